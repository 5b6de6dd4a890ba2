//! Splits of the sets, written once for this project and for the peers.
//!
//! Events: `round(n / 5)` of each user's `n` rows, drawn by the seed and the user, are the test part; `user item item ..` a line.
//! Ratings: seed `s` has the fold `s` of five; `user<tab>item<tab>rating` a line. A tenth: each row is kept with the chance 1/10,
//! drawn by the seed.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use guide_core::stream;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::Options;
use crate::sets::{Kind, Row, SETS, Set};

/// The seeds' streams of the sample, apart from those of users.
const SAMPLE: u64 = u64::MAX;

/// Where the parts of a split are.
pub fn files(splits: &Path, set: &Set, seed: u64) -> [PathBuf; 2] {
    let kind = match set.kind {
        Kind::Ratings => "ratings",
        _ => "events",
    };
    ["train", "test"].map(|part| splits.join(format!("{}.{seed}.{part}.{kind}", set.file_name())))
}

/// Writes the splits that are not there yet.
pub fn write(options: &Options) -> anyhow::Result<()> {
    let folder = options.splits();
    fs::create_dir_all(&folder)?;
    for set in SETS.iter().filter(|set| options.wants(&set.file_name())) {
        let missing = |seed: &u64| !files(&folder, set, *seed).iter().all(|file| file.exists());
        let seeds: Vec<u64> = (0..options.seeds).filter(missing).collect();
        if seeds.is_empty() {
            continue;
        }
        let rows = set.rows(&options.data)?;
        for seed in seeds {
            let (train, test) = match set.kind {
                Kind::Published => set.published(&options.data)?,
                Kind::Events => by_user(sampled(&rows, set.tenth, seed), seed),
                Kind::Ratings => fold(sampled(&rows, set.tenth, 0), seed, options.seeds.max(5)),
            };
            for (file, part) in files(&folder, set, seed).iter().zip([train, test]) {
                let mut out = std::io::BufWriter::new(fs::File::create(file)?);
                match set.kind {
                    Kind::Ratings => {
                        for (user, item, rating) in &part {
                            writeln!(out, "{user}\t{item}\t{rating}")?;
                        }
                    }
                    _ => {
                        for (user, items) in grouped(&part) {
                            writeln!(out, "{user} {}", items.join(" "))?;
                        }
                    }
                }
                out.flush()?;
            }
        }
    }
    Ok(())
}

fn sampled(rows: &[Row], tenth: bool, seed: u64) -> Vec<Row> {
    let mut rng = stream(seed, SAMPLE);
    let keep = |_: &&Row| !tenth || rng.random_range(0..10) == 0;
    rows.iter().filter(keep).cloned().collect()
}

/// The items of each user, users by arrival.
fn grouped(rows: &[Row]) -> Vec<(&str, Vec<&str>)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut users: Vec<(&str, Vec<&str>)> = Vec::new();
    for (user, item, _) in rows {
        let place = *places.entry(user).or_insert(users.len());
        if place == users.len() {
            users.push((user, Vec::new()));
        }
        users[place].1.push(item);
    }
    users
}

fn by_user(rows: Vec<Row>, seed: u64) -> (Vec<Row>, Vec<Row>) {
    let (mut train, mut test) = (Vec::new(), Vec::new());
    // Numbers for items: the files then hold no blanks within a name.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut number = |name: &str| {
        let next = numbers.len();
        *numbers.entry(name.to_owned()).or_insert(next)
    };
    for (user, (_, mut items)) in grouped(&rows).into_iter().enumerate() {
        items.shuffle(&mut stream(seed, user as u64));
        let n_test = (items.len() as f64 / 5.0).round() as usize;
        for (place, item) in items.into_iter().enumerate() {
            let row = (user.to_string(), number(item).to_string(), 0.0);
            if place < n_test {
                test.push(row);
            } else {
                train.push(row);
            }
        }
    }
    (train, test)
}

fn fold(mut rows: Vec<Row>, fold: u64, n_folds: u64) -> (Vec<Row>, Vec<Row>) {
    rows.shuffle(&mut stream(0, 0));
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (place, row) in rows.into_iter().enumerate() {
        if place as u64 % n_folds == fold {
            test.push(row);
        } else {
            train.push(row);
        }
    }
    (train, test)
}
