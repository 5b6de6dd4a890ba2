//! Reads a catalogue from a table with any columns.

use std::io::Read;
use std::path::Path;

use guide_core::Result;
use guide_core::table::{TableFormat, TableSource};
use recsys_core::IdMap;

use super::{Catalog, Product};
use crate::read_report::{ReadReport, Remedy};
use crate::table::{Roles, Row, Table, names};
use crate::value::{Column, GUESSED_DECIMAL, number};

/// Which columns of a table are what. What is not said is guessed from the headings, English or Chinese.
///
/// ```
/// use shopping_guide::{Catalog, CatalogColumns};
/// let table = "Artikel;Titel;Preis\n7;Tasse;4,5\n";
/// let columns = CatalogColumns::default().id("Artikel").title("Titel").price("Preis");
/// let (catalog, report) = Catalog::read_from(table.as_bytes(), &columns)?;
/// let cup = catalog.get("7").unwrap();
/// assert_eq!((cup.title.as_str(), cup.price, report.kept), ("Tasse", Some(4.5), 1));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CatalogColumns {
    /// The product's id.
    pub id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// A longer text.
    pub text: Option<String>,
    /// Its price.
    pub price: Option<String>,
    /// Where its picture is.
    pub picture: Option<String>,
    /// The attributes; if none are said, every other column whose values are short, few and the product's own.
    pub attributes: Option<Vec<String>>,
}

impl CatalogColumns {
    /// Says the column of the id.
    #[must_use]
    pub fn id(mut self, heading: impl Into<String>) -> Self {
        self.id = Some(heading.into());
        self
    }

    /// Says the column of the title.
    #[must_use]
    pub fn title(mut self, heading: impl Into<String>) -> Self {
        self.title = Some(heading.into());
        self
    }

    /// Says the column of the longer text.
    #[must_use]
    pub fn text(mut self, heading: impl Into<String>) -> Self {
        self.text = Some(heading.into());
        self
    }

    /// Says the column of the price.
    #[must_use]
    pub fn price(mut self, heading: impl Into<String>) -> Self {
        self.price = Some(heading.into());
        self
    }

    /// Says the column of the picture.
    #[must_use]
    pub fn picture(mut self, heading: impl Into<String>) -> Self {
        self.picture = Some(heading.into());
        self
    }

    /// Says the columns that are attributes, and that no other is.
    #[must_use]
    pub fn attributes<S: Into<String>>(mut self, headings: impl IntoIterator<Item = S>) -> Self {
        self.attributes = Some(headings.into_iter().map(Into::into).collect());
        self
    }
}

/// Attributes guessed: at most so many values, or half as many as there are products.
const FEW_VALUES: usize = 50;
/// Attributes guessed: never more values than this.
const MOST_VALUES: usize = 1000;
/// Attributes guessed: numbers have at most so many values.
const FEW_NUMBERS: usize = 20;
/// Attributes guessed: the longest mean length of a value, in characters.
const SHORT: usize = 40;

impl Catalog {
    /// Reads the file at `path`, plain or gzip, with a heading; several rows of one product become one, with the most
    /// frequent title and the median price.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Parse`] when no column fits a role that is needed, or a column that was said
    /// is not there, or no row is a product; [`Error::Empty`] when there is no row.
    ///
    /// [`Error::Io`]: guide_core::Error::Io
    /// [`Error::Parse`]: guide_core::Error::Parse
    /// [`Error::Empty`]: guide_core::Error::Empty
    pub fn read(path: impl AsRef<Path>, columns: &CatalogColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::file(path)?, columns)
    }

    /// [`Catalog::read`] from anything that can be read.
    ///
    /// # Errors
    /// As [`Catalog::read`].
    pub fn read_from(source: impl Read, columns: &CatalogColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::read(source, "<catalog>")?, columns)
    }
}

fn read(source: &TableSource, columns: &CatalogColumns) -> Result<(Catalog, ReadReport)> {
    let path = source.path();
    let mut table = Table::open(source, &TableFormat::default(), names::is_known)?;
    let headings = table.headings().to_vec();
    let mut roles = Roles::new(path, &headings);
    let ids = [names::PRODUCT_ID, names::ID, names::PRODUCT].concat();
    let id = roles.require("id", columns.id.as_deref(), &ids, "--catalog-column")?;
    let title = roles.require("title", columns.title.as_deref(), names::TITLE, "--catalog-column")?;
    let text = roles.find("text", columns.text.as_deref(), names::TEXT)?;
    let price = roles.find("price", columns.price.as_deref(), names::PRICE)?;
    let picture = roles.find("picture", columns.picture.as_deref(), names::PICTURE)?;
    let said = columns.attributes.is_some();
    let candidates: Vec<usize> = match &columns.attributes {
        Some(said) => said
            .iter()
            .map(|name| roles.named(name))
            .collect::<Result<_>>()?,
        None => (0..headings.len())
            .filter(|&column| roles.role(column).is_none() && !headings[column].is_empty())
            .filter(|&column| !names::is_of_an_event(&headings[column]))
            .collect(),
    };
    let mut traits: Vec<Trait> = candidates
        .iter()
        .map(|&column| Trait::new(column))
        .collect();

    let mut report = ReadReport::new(path.display().to_string());
    let mut ids = IdMap::default();
    let mut gathered: Vec<Gathered> = Vec::new();
    let mut prices = Prices::default();
    while let Some(mut row) = table.next_row(Some(title), &mut report)? {
        let name = row.field(Some(id)).to_owned();
        if row.remedy != Some(Remedy::LeftOut) && name.is_empty() {
            row.leave_out(
                &mut report,
                "has no product id",
                row.field(Some(title)).to_owned(),
            );
        }
        if row.remedy != Some(Remedy::LeftOut) {
            let number = ids.insert(&name) as usize;
            if number == gathered.len() {
                gathered.push(Gathered::new(row.line, traits.len()));
            }
            let product = &mut gathered[number];
            product.rows += 1;
            product.take_title(row.field(Some(title)));
            prices.take(number, price, &mut row, &mut report);
            for (to, column) in [(&mut product.text, text), (&mut product.picture, picture)] {
                if to.is_empty() {
                    row.field(column).clone_into(to);
                }
            }
            for (one, seen) in traits.iter_mut().zip(&mut product.values) {
                one.take(row.field(Some(one.column)), seen);
            }
        }
        report.settle(row.remedy);
    }
    if gathered.is_empty() {
        return Err(report.nothing_left(path, "catalogue", "product"));
    }
    let mut prices = prices.by_product(gathered.len(), &mut report);
    let repeated = gathered.iter().filter(|product| product.rows > 1).count();
    for one in &mut traits {
        one.is_attribute = said || one.looks_like_an_attribute(gathered.len(), repeated);
        if one.is_attribute {
            roles.give_because(one.column, "attribute", "its values are short and few");
        }
    }
    report.columns = roles.given();
    let mut catalog = Catalog::default();
    for ((name, product), prices) in ids.names().zip(gathered).zip(&mut prices) {
        let line = product.line;
        if product.titles.is_empty() {
            report.note(
                Remedy::Mended,
                "is a product that no row gives a title, its id taken",
                line,
                name,
            );
        }
        if let [(one, _), (other, _), ..] = product.titles.as_slice() {
            report.note(
                Remedy::Mended,
                "is a product whose rows have different titles, the most frequent one taken",
                line,
                format!("{name}: {one} / {other}"),
            );
        }
        catalog.push(product.finish(name, median(prices), &traits, &headings))?;
    }
    Ok((catalog, report))
}

/// A column that may be an attribute.
struct Trait {
    column: usize,
    values: IdMap,
    /// Total length of the values, in characters, each distinct one once.
    chars: usize,
    numbers: usize,
    /// Products whose rows contradict each other.
    varied: usize,
    is_attribute: bool,
}

/// The value of a trait that a product has: the first one seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    value: Option<u32>,
    varied: bool,
}

impl Trait {
    fn new(column: usize) -> Self {
        Self {
            column,
            values: IdMap::default(),
            chars: 0,
            numbers: 0,
            varied: 0,
            is_attribute: false,
        }
    }

    fn take(&mut self, value: &str, seen: &mut Seen) {
        if value.is_empty() || seen.varied {
            return;
        }
        let known = self.values.len();
        let id = self.values.insert(value);
        if self.values.len() > known {
            self.chars += value.chars().count();
            self.numbers += usize::from(number(value).is_some());
        }
        match seen.value {
            None => seen.value = Some(id),
            Some(first) if first != id => {
                seen.varied = true;
                self.varied += 1;
            }
            Some(_) => {}
        }
    }

    fn looks_like_an_attribute(&self, products: usize, repeated: usize) -> bool {
        let distinct = self.values.len();
        let few = distinct <= FEW_VALUES.max(products / 2).min(MOST_VALUES);
        let short = self.chars <= SHORT * distinct;
        let words = self.numbers < distinct || distinct <= FEW_NUMBERS;
        distinct > 0 && few && short && words && self.varied * 10 <= repeated
    }
}

/// All that the rows of one product say.
struct Gathered {
    line: u64,
    rows: usize,
    titles: Vec<(String, usize)>,
    text: String,
    picture: String,
    values: Vec<Seen>, // one a trait
}

impl Gathered {
    fn new(line: u64, n_traits: usize) -> Self {
        Self {
            line,
            rows: 0,
            titles: Vec::new(),
            text: String::new(),
            picture: String::new(),
            values: vec![Seen::default(); n_traits],
        }
    }

    fn take_title(&mut self, title: &str) {
        match self.titles.iter_mut().find(|(known, _)| known == title) {
            _ if title.is_empty() => {}
            Some((_, count)) => *count += 1,
            None => self.titles.push((title.to_owned(), 1)),
        }
    }

    fn finish(
        self,
        id: &str,
        price: Option<f32>,
        traits: &[Trait],
        headings: &[String],
    ) -> Product {
        let best = self.titles.iter().map(|(_, count)| *count).max();
        let title = self.titles.iter().find(|(_, count)| Some(*count) == best);
        let mut product = Product::new(id, title.map_or(id, |(title, _)| title));
        product.text = self.text;
        product.picture = (!self.picture.is_empty()).then_some(self.picture);
        product.price = price;
        for (one, seen) in traits.iter().zip(self.values) {
            if let Some(value) = seen.value.filter(|_| one.is_attribute) {
                for value in one.values.name(value).split('|').map(str::trim) {
                    product
                        .attributes
                        .push((headings[one.column].clone(), value.to_owned()));
                }
            }
        }
        product
    }
}

/// All prices, in the order of the rows.
#[derive(Default)]
struct Prices {
    column: Column<f32>,
    /// Product and price.
    seen: Vec<(usize, f32)>,
}

impl Prices {
    /// Takes the price of a row.
    fn take(
        &mut self,
        product: usize,
        column: Option<usize>,
        row: &mut Row,
        report: &mut ReadReport,
    ) {
        let text = row.field(column).to_owned();
        if text.is_empty() {
            return;
        }
        let Some(reading) = number(&text) else {
            let reason = "has a price that is no number, taken as unknown";
            return row.mend(report, reason, text);
        };
        let at = self.seen.len();
        let price = self.column.take(reading, at, row.line, &text);
        self.seen.push((product, price));
        if price <= 0.0 {
            let reason = "has a price that is not above 0, taken as unknown";
            row.mend(report, reason, text);
        }
    }

    /// The prices of each product.
    fn by_product(mut self, products: usize, report: &mut ReadReport) -> Vec<Vec<f32>> {
        let correct = |at: usize, price| self.seen[at].1 = price;
        self.column.settle(report, GUESSED_DECIMAL, correct);
        let mut prices = vec![Vec::new(); products];
        for (product, price) in self.seen {
            if price > 0.0 {
                prices[product].push(price);
            }
        }
        prices
    }
}

/// The middle of `values`, the mean of the two middle ones of an even number.
fn median(values: &mut [f32]) -> Option<f32> {
    values.sort_unstable_by(f32::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(lower + (upper - lower) / 2.0)
}
