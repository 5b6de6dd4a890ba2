//! The CSV file that a catalogue is written to, and that is equal to it when it is read back.
//!
//! The columns are `id,title,text,price,picture`, then those of `group`, `time` and `available` that a product has, then the
//! attributes that have a plain name, with `|` between several values, then `more attributes`. An attribute that has no column
//! of its own, or that stands at another place than the columns do, is in the last column: a JSON list of names and values. A
//! field that begins with `"` is a JSON string: so are texts written that CSV or its readers would change.

use std::io::Write;
use std::path::Path;

use guide_core::{Error, Result};
use recsys_core::IdMap;

use super::columns::CatalogColumns;
use super::{Catalog, Product};
use crate::read_report::{ColumnUse, ReadReport, Remedy};
use crate::table::{Row, Table, plain};
use crate::time;
use crate::written_text::{is_plain, optional_text, unwritten, written};

/// The first columns of every file.
const FIRST: [&str; 5] = ["id", "title", "text", "price", "picture"];
/// Columns that a file has if a product needs them.
const GROUP: &str = "group";
const TIME: &str = "time";
const AVAILABLE: &str = "available";
/// The last column: a JSON list of the names and values that have no column.
const MORE: &str = "more attributes";
/// Attributes that get a column of their own. With more, the empty fields would outweigh the others.
const MOST_COLUMNS: usize = 200;

/// Which column of a written file is what.
pub(super) struct Layout {
    group: Option<usize>,
    time: Option<usize>,
    available: Option<usize>,
    /// The first column of an attribute.
    first_attribute: usize,
    headings: Vec<String>,
}

impl Catalog {
    /// The columns that [`Catalog::save_csv`] always writes. [`Catalog::read`] knows such a file without them.
    pub fn columns(&self) -> CatalogColumns {
        let columns = CatalogColumns::default().id("id").title("title");
        columns.text("text").price("price").picture("picture")
    }

    /// Writes the catalogue as CSV. [`Catalog::read`] makes an equal catalogue of it.
    ///
    /// The columns are id, title, text, price, picture, then what products need of group, time and available, and a column an
    /// attribute with `|` between several values. The last column, `more attributes`, is a JSON list of the names and values
    /// that the columns cannot say, such as a value that holds `|`.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        guide_core::model_file::write_atomically(path, |file| self.write_csv(file, path))
    }

    fn write_csv(&self, file: &mut dyn Write, path: &Path) -> Result<()> {
        let has = |fits: fn(&Product) -> bool| self.products.iter().any(|product| fits(product));
        let optional = [
            (GROUP, has(|product| product.group.is_some())),
            (TIME, has(|product| product.time.is_some())),
            (AVAILABLE, has(|product| product.available.is_some())),
        ];
        let names = self.column_names();
        let mut heading: Vec<&str> = FIRST.to_vec();
        heading.extend(optional.iter().filter(|one| one.1).map(|one| one.0));
        heading.extend(names.names());
        heading.push(MORE);
        let mut writer = csv::Writer::from_writer(file);
        let io = |reason: csv::Error| Error::io(path, std::io::Error::other(reason));
        writer.write_record(&heading).map_err(io)?;
        for product in &self.products {
            let mut fields = vec![
                written(&product.id),
                written(&product.title),
                written(&product.text),
                product
                    .price
                    .map_or(String::new(), |price| price.to_string()),
                optional_text(product.picture.as_deref()),
            ];
            let rest = [
                optional_text(product.group.as_deref()),
                product.time.map_or(String::new(), time::stamp),
                product
                    .available
                    .map_or(String::new(), |available| available.to_string()),
            ];
            let rest = rest
                .into_iter()
                .zip(optional)
                .filter(|(_, (_, is_needed))| *is_needed);
            fields.extend(rest.map(|(field, _)| field));
            fields.extend(attribute_fields(product, &names));
            writer.write_record(&fields).map_err(io)?;
        }
        writer.flush().map_err(|source| Error::io(path, source))
    }

    /// The attributes that get a column: those with a plain name that no other column has.
    fn column_names(&self) -> IdMap {
        let mut names = IdMap::default();
        let mut taken: Vec<String> = [&FIRST[..], &[GROUP, TIME, AVAILABLE, MORE]]
            .concat()
            .iter()
            .map(|name| plain(name))
            .collect();
        for name in self.attribute_names().names() {
            let own = plain(name);
            if is_plain_name(name) && !taken.contains(&own) {
                taken.push(own);
                names.insert(name);
                if names.len() == MOST_COLUMNS {
                    break;
                }
            }
        }
        names
    }
}

/// A field for each attribute column, then one for what they cannot say.
fn attribute_fields(product: &Product, names: &IdMap) -> Vec<String> {
    let mut columns: Vec<Vec<&str>> = vec![Vec::new(); names.len()];
    let mut last = 0;
    let mut in_columns = 0;
    for (name, value) in &product.attributes {
        match names.get(name).map(|column| column as usize) {
            Some(column) if column >= last && is_plain_value(value) => {
                columns[column].push(value);
                last = column;
                in_columns += 1;
            }
            _ => break,
        }
    }
    let more = &product.attributes[in_columns..];
    let more = match more.is_empty() {
        true => String::new(),
        false => serde_json::to_string(more).unwrap_or_default(),
    };
    let fields = columns.into_iter().map(|values| values.join("|"));
    fields.chain([more]).collect()
}

/// Letters, digits, blanks within, and a few signs: what every reader of tables leaves as it is.
fn is_plain_name(name: &str) -> bool {
    let known = |c: char| c.is_alphanumeric() || " _-()/&+.".contains(c);
    name.trim() == name
        && name.len() <= 100
        && name.starts_with(char::is_alphabetic)
        && name.chars().all(known)
}

fn is_plain_value(value: &str) -> bool {
    !value.is_empty() && !value.contains('|') && is_plain(value)
}

impl Layout {
    /// The layout of a file with these headings, if [`Catalog::save_csv`] wrote it and the caller says nothing else of it.
    pub(super) fn of(headings: &[String], columns: &CatalogColumns) -> Option<Self> {
        let is_as_written =
            *columns == CatalogColumns::default() || *columns == Catalog::default().columns();
        let is_own = headings.len() > FIRST.len()
            && headings.iter().zip(FIRST).all(|(own, known)| own == known);
        if !is_as_written || !is_own || headings.last()? != MORE {
            return None;
        }
        let mut next = FIRST.len();
        let mut optional = |name: &str| {
            let is_there = headings.get(next).is_some_and(|heading| heading == name);
            next += usize::from(is_there);
            is_there.then(|| next - 1)
        };
        let (group, time, available) = (optional(GROUP), optional(TIME), optional(AVAILABLE));
        Some(Self {
            group,
            time,
            available,
            first_attribute: next,
            headings: headings.to_vec(),
        })
    }

    /// Reads the file, of which every column is known.
    pub(super) fn read(&self, mut table: Table<'_>, path: &Path) -> Result<(Catalog, ReadReport)> {
        let mut report = ReadReport::new(path.display().to_string());
        report.tell_writing(table.writing());
        let mut catalog = Catalog::default();
        while let Some(mut row) = table.next_row(Some(1), &mut report)? {
            if row.remedy != Some(Remedy::LeftOut) {
                match self.product(&row) {
                    Ok(product) if product.id.is_empty() => {
                        row.leave_out(&mut report, "has no product id", product.title);
                    }
                    Ok(product) if catalog.number(&product.id).is_some() => {
                        row.leave_out(
                            &mut report,
                            "is a product that an earlier row has",
                            product.id,
                        );
                    }
                    Ok(product) => catalog.push(product)?,
                    Err((reason, seen)) => row.leave_out(&mut report, reason, seen),
                }
            }
            report.settle(row.remedy);
        }
        if catalog.is_empty() {
            return Err(report.nothing_left(path, "catalogue", "product"));
        }
        report.columns = self
            .headings
            .iter()
            .enumerate()
            .map(|(column, heading)| self.told(column, heading))
            .collect();
        Ok((catalog, report))
    }

    fn told(&self, column: usize, heading: &str) -> ColumnUse {
        let is_attribute = column >= self.first_attribute && heading != MORE;
        ColumnUse {
            heading: heading.to_owned(),
            role: if is_attribute {
                "attribute".to_owned()
            } else {
                heading.to_owned()
            },
            why: "the file was written by this program".to_owned(),
        }
    }

    /// The product of a row; `Err` with what is wrong and the field.
    fn product(&self, row: &Row) -> std::result::Result<Product, (&'static str, String)> {
        let text = |column: usize| {
            let broken = |field| {
                (
                    "has a text that begins with a quote and is no JSON string",
                    field,
                )
            };
            unwritten(row.field(Some(column))).map_err(broken)
        };
        let mut product = Product::new(text(0)?, text(1)?).text(text(2)?);
        let optional = |column: Option<usize>| match column {
            Some(column) if !row.field(Some(column)).is_empty() => text(column).map(Some),
            _ => Ok(None),
        };
        let price = row.field(Some(3));
        if !price.is_empty() {
            let number: Option<f32> = price.parse().ok();
            let number = number.filter(|number| number.is_finite());
            product.price =
                Some(number.ok_or(("has a price that is no number", price.to_owned()))?);
        }
        product.picture = optional(Some(4))?;
        product.group = optional(self.group)?;
        let stamp = row.field(self.time);
        if !stamp.is_empty() {
            let time = time::parse(stamp).map(crate::value::Reading::value);
            product.time = Some(time.ok_or(("has a time that cannot be read", stamp.to_owned()))?);
        }
        product.available = match row.field(self.available) {
            "" => None,
            "true" => Some(true),
            "false" => Some(false),
            other => {
                return Err((
                    "has a value of `available` that is neither true nor false",
                    other.to_owned(),
                ));
            }
        };
        let last = self.headings.len() - 1;
        for (column, name) in self
            .headings
            .iter()
            .enumerate()
            .take(last)
            .skip(self.first_attribute)
        {
            let values = row
                .field(Some(column))
                .split('|')
                .filter(|value| !value.is_empty());
            product
                .attributes
                .extend(values.map(|value| (name.clone(), value.trim().to_owned())));
        }
        let more = row.field(Some(last));
        if !more.is_empty() {
            let more: Option<Vec<(String, String)>> = serde_json::from_str(more).ok();
            let broken = (
                "has attributes that are no JSON list of names and values",
                row.field(Some(last)).to_owned(),
            );
            product.attributes.extend(more.ok_or(broken)?);
        }
        Ok(product)
    }
}
