//! A catalogue: a table whose rows name a picture and its labels.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use guide_core::table::{Row, Table, TableFormat, TableSource, is_missing};
use guide_core::{Error, Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

use super::load::{LoadNotes, Loaded, UNREADABLE, Unreadable, decode_all, select};
use super::picture_params::PictureParams;
use super::pictures::{Labels, Pictures};

/// How a catalogue is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogueParams {
    /// The column that names the picture (default `id`): the path of a file in the folder of pictures, without the ending if
    /// [`extension`](Self::extension) is set.
    pub picture_column: String,
    /// What is added to the value of the picture column after a dot, for example `jpg`; empty (default) adds nothing.
    pub extension: String,
    /// The columns of the labels, at least one. Each gives a set of [`Labels`] of its name.
    pub labels: Vec<String>,
    /// Columns that are kept as text, for example the product's name; see [`Pictures::texts`].
    pub kept: Vec<String>,
    /// The column of free text to which the surplus fields of a row belong (separators that should have been quoted). Empty
    /// (default) leaves such rows out.
    pub text_column: String,
    /// Rows of a label with fewer examples are left out and counted (default 1). Holds for each label column; rows are taken out
    /// until every label that is left has so many. Pictures are decoded afterwards.
    pub min_examples: usize,
    /// How each file becomes a picture.
    pub pictures: PictureParams,
    /// What is done with pictures that cannot be read or are not there.
    pub unreadable: Unreadable,
}

setters!(CatalogueParams {
    picture_column: String,
    extension: String,
    labels: Vec<String>,
    kept: Vec<String>,
    text_column: String,
    min_examples: usize,
    pictures: PictureParams,
    unreadable: Unreadable,
});

impl Default for CatalogueParams {
    fn default() -> Self {
        Self {
            picture_column: "id".to_owned(),
            extension: String::new(),
            labels: Vec::new(),
            kept: Vec::new(),
            text_column: String::new(),
            min_examples: 1,
            pictures: PictureParams::default(),
            unreadable: Unreadable::Refuse,
        }
    }
}

impl Params for CatalogueParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("min_examples", self.min_examples)?;
        if self.labels.is_empty() {
            return Err(Error::param(
                "labels",
                "[]",
                "at least one column of labels",
            ));
        }
        self.pictures.validate()
    }
}

/// A table of products (delimited text or JSON lines, plain or gzip, see [`guide_core::table`]) and the folder of its pictures.
///
/// ```
/// use vision_cnn::{Catalogue, CatalogueParams, PictureParams};
/// # let folder = tempfile::tempdir()?;
/// # let (table, pictures) = (folder.path().join("products.csv"), folder.path().join("images"));
/// # std::fs::create_dir(&pictures)?;
/// std::fs::write(&table, "id,type,color\n7,coat,red\n8,hat,blue\n9,hat,\n")?;
/// for id in [7, 8, 9] {
///     image::GrayImage::from_pixel(2, 2, image::Luma([id])).save(pictures.join(format!("{id}.png")))?;
/// }
/// let params = CatalogueParams::default()
///     .extension("png".to_owned())
///     .labels(vec!["type".to_owned(), "color".to_owned()])
///     .pictures(PictureParams::default().height(1).width(1).channels(1));
/// let read = Catalogue::new(&table, &pictures).read(&params)?;
/// assert_eq!((read.pictures.all_pixels(), read.pictures.name(1)), (&[7, 8][..], Some("8")));
/// assert_eq!(read.pictures.labels("type")?.classes(), ["coat", "hat"]);
/// assert_eq!(read.notes.to_string(), "1 rows without `color` left out (first: line 4)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Catalogue {
    /// The file of the table.
    pub table: PathBuf,
    /// The folder of the pictures.
    pub folder: PathBuf,
    /// What is known of how the table is written; the rest is found out.
    pub format: TableFormat,
}

setters!(Catalogue {
    format: TableFormat,
});

/// What is wanted of one row.
struct Product {
    line: u64,
    name: String,
    path: PathBuf,
    labels: Vec<String>,
    kept: Vec<String>,
}

impl Catalogue {
    /// The table at `table`, the pictures of which are in `folder`.
    pub fn new(table: impl AsRef<Path>, folder: impl AsRef<Path>) -> Self {
        Self {
            table: table.as_ref().to_owned(),
            folder: folder.as_ref().to_owned(),
            format: TableFormat::default(),
        }
    }

    /// Reads the rows and their pictures, in the order of the table. A picture has the name in its picture column.
    ///
    /// Left out and counted are rows without a picture's name or without a label (also `NA`, `NULL` and the like, see
    /// [`is_missing`]), with surplus fields and no
    /// [`text_column`](CatalogueParams::text_column), whose file is missing, or whose label has fewer than
    /// [`min_examples`](CatalogueParams::min_examples) rows. Pictures that several rows name are kept and counted, since
    /// a test part then may hold a picture of the training part.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a column that is not there; [`Error::Parse`] with the line for a picture's name that leads out of
    /// the folder, and [`Error::Picture`] for the first picture that cannot be read, under [`Unreadable::Refuse`];
    /// [`Error::Empty`] if no row is left; those of [`Table::open`] and [`Table::next_row`]; [`Error::Param`].
    pub fn read(&self, params: &CatalogueParams) -> Result<Loaded> {
        params.validate()?;
        let mut notes = LoadNotes::default();
        let mut products = self.products(params, &mut notes)?;
        leave_out_rare(&mut products, params, &mut notes);
        let paths: Vec<PathBuf> = products.iter().map(|row| row.path.clone()).collect();
        let decoded = decode_all(&paths, &params.pictures, params.unreadable, &mut notes)?;
        let (pixels, kept) = decoded;
        if kept.is_empty() {
            return Err(Error::empty(format!(
                "catalogue {}, after {notes},",
                self.table.display()
            )));
        }
        let column = |of: &dyn Fn(&Product) -> String| -> Vec<String> {
            select(&products.iter().map(of).collect::<Vec<_>>(), &kept)
        };
        let labels = params.labels.iter().enumerate().map(|(place, name)| {
            Labels::from_texts(name, &column(&|row| row.labels[place].clone()))
        });
        let pictures = Pictures::new(params.pictures.size(), pixels, labels.collect())?;
        let texts = params.kept.iter().enumerate();
        let texts =
            texts.map(|(place, name)| (name.clone(), column(&|row| row.kept[place].clone())));
        let names = column(&|row| row.name.clone());
        Ok(Loaded {
            pictures: pictures.with_texts(names, texts.collect()),
            notes,
        })
    }

    /// The rows that have a picture and all labels.
    fn products(&self, params: &CatalogueParams, notes: &mut LoadNotes) -> Result<Vec<Product>> {
        let source = TableSource::file(&self.table)?;
        let mut table = Table::open(&source, &self.format)?;
        let headings = table.headings().to_vec();
        let place = |name: &String| {
            let found = headings.iter().position(|heading| heading == name);
            found.ok_or_else(|| {
                let what = format!(
                    "column of {} (there are: {})",
                    self.table.display(),
                    headings.join(", ")
                );
                Error::unknown(what, name)
            })
        };
        let picture = place(&params.picture_column)?;
        let labels: Vec<usize> = params.labels.iter().map(place).collect::<Result<_>>()?;
        let kept: Vec<usize> = params.kept.iter().map(place).collect::<Result<_>>()?;
        let text = match params.text_column.as_str() {
            "" => None,
            _ => Some(place(&params.text_column)?),
        };
        let separator = table.writing().separator.unwrap_or(',').to_string();
        let mut named = HashSet::new();
        let mut products = Vec::new();
        let mut row = Row::default();
        while table.next_row(&mut row)? {
            let line = row.line;
            let at = || format!("line {line}");
            for flaw in &row.flaws {
                notes.count(&format!("rows with a flaw ({flaw:?})"), at);
            }
            let Some(fields) = joined(&row, headings.len(), text, &separator) else {
                notes.count("rows with more fields than columns left out", at);
                continue;
            };
            if fields.len() < row.len() {
                notes.count("rows with unquoted separators, joined in one text", at);
            }
            let field = |place: usize| fields.get(place).map_or("", |field| field.trim());
            let name = field(picture);
            if is_missing(name) {
                notes.count(
                    &format!("rows without `{}` left out", params.picture_column),
                    at,
                );
                continue;
            }
            let missing = params.labels.iter().zip(&labels);
            let mut missing = missing.filter(|&(_, &place)| is_missing(field(place)));
            if let Some((label, _)) = missing.next() {
                notes.count(&format!("rows without `{label}` left out"), at);
                continue;
            }
            let path = match self.picture_path(name, params) {
                Ok(path) => path,
                Err(reason) if params.unreadable == Unreadable::Skip => {
                    notes.count(UNREADABLE, || format!("{}: {reason}", at()));
                    continue;
                }
                Err(reason) => return Err(Error::parse(&self.table, line, reason)),
            };
            if !path.is_file() {
                if params.unreadable == Unreadable::Refuse {
                    let table = self.table.display();
                    let reason =
                        format!("line {line} of {table} names it, but there is no such file");
                    return Err(Error::Picture { path, reason });
                }
                let first = || format!("{}, {}", at(), path.display());
                notes.count("rows without a picture file left out", first);
                continue;
            }
            if !named.insert(path.clone()) {
                notes.count("rows with a picture of an earlier row, kept", at);
            }
            let texts = |places: &[usize]| -> Vec<String> {
                let texts = places.iter().map(|&place| field(place).to_owned());
                texts.collect()
            };
            products.push(Product {
                line,
                name: name.to_owned(),
                path,
                labels: texts(&labels),
                kept: texts(&kept),
            });
        }
        Ok(products)
    }

    /// The file that a value of the picture column names. It must lie in the folder.
    fn picture_path(
        &self,
        name: &str,
        params: &CatalogueParams,
    ) -> std::result::Result<PathBuf, String> {
        let mut file = name.to_owned();
        if !params.extension.is_empty() {
            file.push('.');
            file.push_str(params.extension.trim_start_matches('.'));
        }
        let path = Path::new(&file);
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        match path.components().all(inside) {
            true => Ok(self.folder.join(path)),
            false => Err(format!(
                "the picture `{file}` is not a path within the folder of pictures"
            )),
        }
    }
}

/// The fields of a row. Surplus ones are joined into the column `text`; without one, `None`. Empty fields after the last column
/// do not count.
fn joined<'r>(
    row: &'r Row,
    n_columns: usize,
    text: Option<usize>,
    separator: &str,
) -> Option<Vec<std::borrow::Cow<'r, str>>> {
    let mut fields: Vec<_> = row.iter().map(std::borrow::Cow::Borrowed).collect();
    if fields.len() <= n_columns
        || fields[n_columns..]
            .iter()
            .all(|field| field.trim().is_empty())
    {
        return Some(fields);
    }
    let end = text? + 1 + fields.len() - n_columns;
    let column = end - (fields.len() - n_columns) - 1;
    let whole = fields[column..end].join(separator);
    fields.splice(column..end, [whole.into()]);
    Some(fields)
}

/// Takes out the rows of labels with fewer than `min_examples` rows, until there are none.
fn leave_out_rare(products: &mut Vec<Product>, params: &CatalogueParams, notes: &mut LoadNotes) {
    loop {
        let before = products.len();
        for (place, column) in params.labels.iter().enumerate() {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for row in &*products {
                *counts.entry(row.labels[place].clone()).or_default() += 1;
            }
            let rare = |row: &Product| counts[&row.labels[place]] < params.min_examples;
            let labels = format!("labels of `{column}` with too few examples left out");
            for (label, _) in counts.iter().filter(|&(_, &n)| n < params.min_examples) {
                notes.count(&labels, || label.clone());
            }
            let rows = format!("rows of a rare `{column}` left out");
            for row in products.iter().filter(|row| rare(row)) {
                notes.count(&rows, || format!("line {}", row.line));
            }
            products.retain(|row| !rare(row));
        }
        if products.len() == before {
            return;
        }
    }
}
