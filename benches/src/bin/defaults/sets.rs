//! The data sets: pairs of user and item, each once, with ratings where there are any.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use guide_demo::DemoShop;

/// A user, an item and a rating (0 if the event has no rating).
pub type Row = (String, String, f32);

/// How a set is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Events: a fifth of each user's rows is the test part.
    Events,
    /// As published: the seed is that of the algorithms alone.
    Published,
    /// Ratings: the folds of a cross-validation.
    Ratings,
}

/// A data set by name.
pub struct Set {
    /// The name, of the rows of the table too.
    pub name: &'static str,
    /// How it is split.
    pub kind: Kind,
    /// Whether a tenth of the rows is drawn first, by the seed of the split.
    pub tenth: bool,
    /// The data that the set is read or generated from.
    source: Source,
}

#[derive(Clone, Copy)]
enum Source {
    Gowalla,
    MovieLens1M,
    MovieLens100K,
    Retail,
    Demo,
}

const fn set(name: &'static str, kind: Kind, tenth: bool, source: Source) -> Set {
    Set {
        name,
        kind,
        tenth,
        source,
    }
}

/// Every set, small ones first.
pub const SETS: &[Set] = &[
    set(
        "ml-100k, a tenth",
        Kind::Events,
        true,
        Source::MovieLens100K,
    ),
    set("online-retail, a tenth", Kind::Events, true, Source::Retail),
    set("demo, a tenth", Kind::Events, true, Source::Demo),
    set("ml-100k", Kind::Events, false, Source::MovieLens100K),
    set("demo", Kind::Events, false, Source::Demo),
    set("ml-1m, a tenth", Kind::Events, true, Source::MovieLens1M),
    set("online-retail", Kind::Events, false, Source::Retail),
    set("gowalla, a tenth", Kind::Events, true, Source::Gowalla),
    set(
        "ml-100k ratings, a tenth",
        Kind::Ratings,
        true,
        Source::MovieLens100K,
    ),
    set(
        "ml-100k ratings",
        Kind::Ratings,
        false,
        Source::MovieLens100K,
    ),
    set("ml-1m", Kind::Events, false, Source::MovieLens1M),
    set("gowalla", Kind::Events, false, Source::Gowalla),
    set(
        "gowalla, published split",
        Kind::Published,
        false,
        Source::Gowalla,
    ),
    set("ml-1m ratings", Kind::Ratings, false, Source::MovieLens1M),
];

impl Set {
    /// The name in file names.
    pub fn file_name(&self) -> String {
        self.name.replace(", ", "-").replace(' ', "-")
    }

    /// All rows, each pair once.
    pub fn rows(&self, data: &Path) -> anyhow::Result<Vec<Row>> {
        let rows = match self.source {
            Source::Gowalla => {
                let mut rows = adjacency(&data.join("gowalla/train.txt.gz"))?;
                rows.extend(adjacency(&data.join("gowalla/test.txt.gz"))?);
                rows
            }
            Source::MovieLens1M => ratings(&data.join("ml-1m/ratings.tsv.gz"))?,
            Source::MovieLens100K => ratings(&data.join("ml-100k/u.data"))?,
            Source::Retail => retail(&data.join("online-retail/online_retail.csv.gz"))?,
            Source::Demo => demo()?,
        };
        let mut had = HashSet::new();
        Ok(rows
            .into_iter()
            .filter(|(user, item, _)| had.insert((user.clone(), item.clone())))
            .collect())
    }

    /// Both parts of a split that was published.
    pub fn published(&self, data: &Path) -> anyhow::Result<(Vec<Row>, Vec<Row>)> {
        let part = |name: &str| adjacency(&data.join("gowalla").join(name));
        Ok((part("train.txt.gz")?, part("test.txt.gz")?))
    }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(match path.extension().is_some_and(|end| end == "gz") {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    })
}

/// `user item item ..` a line.
fn adjacency(path: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in BufReader::new(open(path)?).lines() {
        let line = line?;
        let mut names = line.split_whitespace();
        if let Some(user) = names.next() {
            rows.extend(names.map(|item| (user.to_owned(), item.to_owned(), 0.0)));
        }
    }
    Ok(rows)
}

/// `user<tab>item<tab>rating` a line, and what follows.
fn ratings(path: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in BufReader::new(open(path)?).lines() {
        let line = line?;
        let mut fields = line.split('\t');
        let mut next = || {
            fields
                .next()
                .with_context(|| format!("a short line: {line}"))
        };
        rows.push((next()?.to_owned(), next()?.to_owned(), next()?.parse()?));
    }
    Ok(rows)
}

/// The sales to known customers: what was returned or cancelled is left out.
fn retail(path: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(open(path)?).records() {
        let record = record?;
        let field = |place: usize| record.get(place).unwrap_or_default();
        let sold = field(3).parse::<f64>().is_ok_and(|quantity| quantity > 0.0);
        if sold && !field(6).is_empty() && !field(0).starts_with('C') {
            rows.push((field(6).to_owned(), field(1).to_owned(), 0.0));
        }
    }
    Ok(rows)
}

/// The events of the demo shop of `guide demo`, whatever their kind, as its file of events has them.
fn demo() -> anyhow::Result<Vec<Row>> {
    let folder = std::env::temp_dir().join(format!("defaults-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    DemoShop::params().generate()?.save(&folder)?;
    let mut rows = Vec::new();
    let mut reader = csv::Reader::from_path(folder.join("events.csv"))?;
    let headings = reader.headers()?.clone();
    let place = |name: &str| {
        let found = headings.iter().position(|heading| heading == name);
        found.with_context(|| format!("the demo shop's events have no column `{name}`"))
    };
    let (shopper, product) = (place("shopper")?, place("product")?);
    for record in reader.records() {
        let record = record?;
        let field = |place: usize| record.get(place).unwrap_or_default().to_owned();
        rows.push((field(shopper), field(product), 0.0));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(rows)
}
