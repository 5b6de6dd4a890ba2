//! Files of ratings: delimited in several formats, adjacency lists, and sampled negatives.

use std::path::Path;

use guide_core::Result as Read;
use recsys_core::read::{Delimited, adjacency, adjacency_with, negatives};
use recsys_core::{Duplicates, Ids, Interactions, Records, UserId};

use super::{Reading, ScratchFile, Target, choice, finite, gzip};

/// Reads ratings.
pub struct Ratings {
    corpus: Vec<Vec<u8>>,
    file: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"user",
    b"item",
    b"rating",
    b"::",
    b"(0,25)",
    b"881250949",
    b"4.5",
    b"1e3",
    b"ann",
    b"3e38",
];

const TEXTS: &[&str] = &[
    "user,item,rating\nann,pen,4\nann,\"ink, red\",2\nbob,pen,2.5\n",
    "ann,pen,4\nbob,\"the \"\"ink\"\"\",1\nann,pen,3\n",
    "196\t242\t3\t881250949\n186\t302\t3\t891717742\n196\t302\t1\t878887116\n",
    "1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978302268\n",
    "ann pen book\nbob pen\n\ncid\n",
    "(0,25)\t1064\t174\t2791\n(1,133)\t1072\t3154\t3368\n",
    "ann pen 2.5 100\nbob ink 1 200\nann pen 3e38 300\nann pen 3e38 300\n",
    "ann;pen;1\r\nbob;ink;5\r\n",
];

impl Ratings {
    /// The target with its corpus.
    pub fn new(scratch: &Path) -> Self {
        let mut corpus: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        corpus.push(b"J\xfcrgen,T\xfcr,4\nJ\xf6rg,T\xfcr,2\n".to_vec());
        corpus.push(gzip(TEXTS[2].as_bytes()));
        Self {
            corpus,
            file: ScratchFile::new(scratch, "ratings"),
        }
    }
}

impl Target for Ratings {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    /// Reads the input in every format, since each is quick.
    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let path = self.file.with(input)?;
        let ids = known_ids().map_err(|reason| reason.to_string())?;
        let mut accepted = false;
        for format in formats().map_err(|reason| reason.to_string())? {
            let records = match choice(input, 4) {
                0 => format.read_with(path, &ids),
                _ => format.read(path),
            };
            if let Ok(records) = records {
                accepted = true;
                sound(&records).map_err(|reason| format!("{format:?}: {reason}"))?;
            }
        }
        let users = match choice(input, 2) {
            0 => adjacency(path),
            _ => adjacency_with(path, &ids),
        };
        if let Ok(records) = users {
            accepted = true;
            sound(&records).map_err(|reason| format!("adjacency: {reason}"))?;
        }
        if let Ok(cases) = negatives(path, &ids) {
            accepted = true;
            if cases.iter().any(|case| case.negatives.is_empty()) {
                return Err("a case without negatives".to_owned());
            }
        }
        Ok(if accepted {
            Reading::Accepted
        } else {
            Reading::Refused
        })
    }
}

/// One reader of each kind.
fn formats() -> Read<[Delimited; 8]> {
    Ok([
        Delimited::ml_100k(),
        Delimited::ml_1m(),
        Delimited::csv("user item rating")?,
        Delimited::csv("user item rating")?
            .skip_lines(1)
            .scale(0.5, 5.0),
        Delimited::new("user item weight timestamp", " ")?,
        Delimited::new("user item weight", ",")?.encoding("windows-1252"),
        Delimited::new("item _ user", ";")?,
        Delimited::new("user item", "\t")?.quotes(true),
    ])
}

/// Names that were known before.
fn known_ids() -> Read<Ids> {
    let mut records = Records::builder();
    records.add_user("ann");
    records.add_item("pen");
    Ok(records.finish().ids().as_ref().clone())
}

/// Checks the numbers of `records`, and of the interactions that follow from them.
fn sound(records: &Records) -> Result<(), String> {
    let numbers = records
        .ratings()
        .into_iter()
        .chain(records.weights())
        .flatten();
    numbers
        .copied()
        .try_for_each(|number| finite("a rating or weight", number))?;
    let ids = records.ids();
    let n_ids = (ids.users.len(), ids.items.len());
    if (records.n_users(), records.n_items()) != n_ids || records.is_empty() {
        return Err(format!(
            "{} records of {n_ids:?} users and items",
            records.len()
        ));
    }
    for duplicates in [
        Duplicates::First,
        Duplicates::Last,
        Duplicates::Sum,
        Duplicates::Mean,
        Duplicates::Refuse,
    ] {
        let Ok(rows) = Interactions::new(records, duplicates) else {
            continue;
        };
        let n: usize = (0..rows.n_users() as u32)
            .map(|user| rows.items_of(UserId(user)).len())
            .sum();
        if n != rows.len() {
            return Err(format!(
                "{n} interactions in rows, {} in all, by {duplicates:?}",
                rows.len()
            ));
        }
        let ratings = rows.ratings().into_iter().flatten().copied();
        let weights = (0..rows.len()).map(|position| rows.weight(position));
        ratings
            .chain(weights)
            .try_for_each(|number| finite(&format!("a number by {duplicates:?}"), number))?;
    }
    Ok(())
}
