//! The readers on the real files in the folder that the environment variable `GUIDE_DATA` names.

#![allow(
    clippy::print_stdout,
    reason = "says what is skipped, and how long reading took"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use recsys_core::read::{self, Delimited};
use recsys_core::{
    Duplicates, Ids, Interactions, Model, Recommender, Records, UserId, ensure_user,
    evaluate_ranking, evaluate_sampled,
};

/// The folder of the data, if there is one.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("GUIDE_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GUIDE_DATA is not set");
    }
    folder
}

/// Recommends what most users have.
struct Popular(Arc<Ids>, Vec<u32>);

impl Popular {
    fn fit(data: &Interactions) -> Self {
        Self(Arc::clone(data.ids()), data.item_counts())
    }
}

impl Model for Popular {
    fn ids(&self) -> &Arc<Ids> {
        &self.0
    }
}

impl Recommender for Popular {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> guide_core::Result<()> {
        ensure_user(self, user)?;
        let counts = scores.iter_mut().zip(&self.1);
        counts.for_each(|(score, &count)| *score = count as f32);
        Ok(())
    }
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

    // TopPop in Ferrari Dacrema et al. (2021), table 54: .4533 and .2542.
    let rows = Interactions::new(&train, Duplicates::Refuse).unwrap();
    let report = evaluate_sampled(&Popular::fit(&rows), &cases, &[10]).unwrap();
    let mean = report.at[0].mean;
    println!(
        "popular: HR@10 {:.4}, NDCG@10 {:.4}",
        mean.hit_rate, mean.ndcg
    );
    assert!((mean.hit_rate - 0.4533).abs() < 0.001 && (mean.ndcg - 0.2542).abs() < 0.001);
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

    let start = Instant::now();
    let report = evaluate_ranking(&Popular::fit(&rows), &rows, &test, &[5, 10, 20]).unwrap();
    println!("full ranking in {:.3} s", start.elapsed().as_secs_f64());
    // What a dozen lines of Python with dictionaries give.
    let mean = report.at(20).unwrap().mean;
    assert_eq!((report.users.len(), report.n_test), (29_858, 217_242));
    assert!(
        (mean.recall_over_test - 0.041_630_979).abs() < 1e-8,
        "{mean:?}"
    );
    assert!((mean.ndcg - 0.031_689_929).abs() < 1e-8, "{mean:?}");
}
