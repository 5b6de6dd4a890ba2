//! The readers on the real files in the folder that the environment variable `GUIDE_DATA` names.

#![allow(
    clippy::print_stdout,
    reason = "says what is skipped, and how long reading took"
)]

use std::path::PathBuf;
use std::time::Instant;

use recsys_core::read::{self, Delimited};
use recsys_core::{Duplicates, Interactions, Records};

/// The folder of the data, if there is one.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("GUIDE_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GUIDE_DATA is not set");
    }
    folder
}

fn size(records: &Records) -> (usize, usize, usize) {
    (records.len(), records.n_users(), records.n_items())
}

#[test]
fn movie_lens_100k() {
    let Some(folder) = data() else { return };
    let folder = folder.join("ml-100k");
    let all = Delimited::ml_100k().read(folder.join("u.data")).unwrap();
    assert_eq!(size(&all), (100_000, 943, 1682));
    for (train, test) in [("u1.base", "u1.test"), ("ua.base", "ua.test")] {
        let train = Delimited::ml_100k().read(folder.join(train)).unwrap();
        let test = Delimited::ml_100k()
            .read_with(folder.join(test), train.ids())
            .unwrap();
        assert_eq!(train.len() + test.len(), 100_000);
        assert_eq!((test.n_users(), test.n_items()), (943, 1682));
    }
    Interactions::new(&all, Duplicates::Refuse).unwrap();
    let error = Delimited::ml_100k()
        .read(folder.join("u.item"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("u.item:1: the line has 1 fields"), "{error}");
}

#[test]
fn movie_lens_1m() {
    let Some(folder) = data() else { return };
    let path = folder.join("ml-1m/ratings.tsv.gz");
    let start = Instant::now();
    let format = Delimited::new("user item rating", "\t").unwrap();
    let records = format.read(&path).unwrap();
    println!("1,000,209 lines in {:.3} s", start.elapsed().as_secs_f64());
    assert_eq!(size(&records), (1_000_209, 6040, 3706));
    assert_eq!(
        records.scale().map(|scale| (scale.min, scale.max)),
        Some((1.0, 5.0))
    );
    let start = Instant::now();
    assert_eq!(format.quotes(true).read(&path).unwrap(), records);
    println!("with quotes in {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    Interactions::new(&records, Duplicates::Refuse).unwrap();
    println!("rows in {:.3} s", start.elapsed().as_secs_f64());
    // Latin-1 titles: the first line with an accent is refused by number.
    let titles = Delimited::new("item user _", "::").unwrap();
    let error = titles
        .read(folder.join("ml-1m/movies.dat"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("movies.dat:73: ") && error.ends_with("is not UTF-8"),
        "{error}"
    );
}

#[test]
fn neural_collaborative_filtering_files() {
    let Some(folder) = data() else { return };
    let folder = folder.join("ncf-ml-1m");
    let format = Delimited::ml_100k();
    let train = format.read(folder.join("ml-1m.train.rating.gz")).unwrap();
    let test = format
        .read_with(folder.join("ml-1m.test.rating.gz"), train.ids())
        .unwrap();
    assert_eq!((train.len(), test.len()), (994_169, 6040));
    let cases = read::negatives(folder.join("ml-1m.test.negative.gz"), test.ids()).unwrap();
    assert_eq!(cases.len(), 6040);
    assert!(cases.iter().all(|case| case.negatives.len() == 99));
    let positives = cases.iter().map(|case| (case.user, case.positive));
    assert!(
        positives.eq(test
            .users()
            .iter()
            .copied()
            .zip(test.items().iter().copied()))
    );
    let equal = cases
        .iter()
        .flat_map(|case| case.negatives.iter().filter(|&&item| item == case.positive));
    assert_eq!(equal.count(), 156);
}

#[test]
fn gowalla() {
    let Some(folder) = data() else { return };
    let folder = folder.join("gowalla");
    let start = Instant::now();
    let train = read::adjacency(folder.join("train.txt.gz")).unwrap();
    println!(
        "810,128 interactions in {:.3} s",
        start.elapsed().as_secs_f64()
    );
    let test = read::adjacency_with(folder.join("test.txt.gz"), train.ids()).unwrap();
    assert_eq!(size(&train), (810_128, 29_858, 40_981));
    assert_eq!(size(&test), (217_242, 29_858, 40_981));
    let rows = Interactions::new(&train, Duplicates::Refuse).unwrap();
    let test = Interactions::new(&test, Duplicates::Refuse).unwrap();
    assert!(test.items().len() == 217_242 && rows.n_users() == test.n_users());
}
