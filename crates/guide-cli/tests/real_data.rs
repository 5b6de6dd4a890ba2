//! Figures on real data, which is never part of the project: skipped where `GUIDE_DATA` does not say where it is.

#![allow(clippy::print_stderr)] // says what it skips

mod common;

use common::{json, words};

/// The folder of the data, if there is one.
fn data() -> Option<String> {
    let folder = std::env::var("GUIDE_DATA").ok();
    if folder.is_none() {
        eprintln!("skipped: GUIDE_DATA names no folder with data");
    }
    folder
}

#[test]
fn a_guide_of_a_real_shop_finds_twice_what_popularity_does() {
    let Some(data) = data() else { return };
    let file = format!("{data}/online-retail/online_retail.csv.gz");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("retail.shop");
    let line = format!(
        "shop build --catalog {file} --events {file} --out {} --json",
        out.display()
    );
    let evaluation = json(&words(&line)).remove(0)["evaluation"].clone();
    assert_eq!(evaluation["k"].as_u64(), Some(20));
    let figure = |source: &str, figure: &str| {
        let rows = evaluation["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == source).unwrap();
        row[figure].as_f64().unwrap()
    };
    for name in ["recall", "ndcg"] {
        let (guide, popular) = (figure("guide", name), figure("popular", name));
        assert!(guide >= 2.0 * popular, "{name}: {guide} and {popular}");
    }
}

#[test]
fn knn_basic_has_the_published_error_on_movielens_100k() {
    let Some(data) = data() else { return };
    let line = format!(
        "ratings --data {data}/ml-100k/u.data --format ml-100k --algo knn-basic --folds 5 --json"
    );
    let rmse = json(&words(&line))[0]["rmse"].as_f64().unwrap();
    assert!((rmse - 0.980).abs() <= 0.002, "{rmse}");
}
