//! How the program fails: 2 for a usage error, else 1, with one line that names the file, the line and the cause.

mod common;

use std::fs;

use common::{fails, file, ratings, words};

#[test]
fn failures_name_the_file_the_line_and_the_cause_once() {
    let folder = tempfile::tempdir().unwrap();
    let bad = file(folder.path(), "bad.csv", "u1,i1,4\nu1,i2,good\n");
    let run = |path: &str| format!("ratings --algo svd --data {path}");
    fails(&words(&run(&bad)), 1, "bad.csv:2: ");
    fails(&words(&run("no/such.csv")), 1, "no/such.csv: ");
    let output = common::guide(&words(&run("/")));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.matches("os error").count(), 1, "{error}");

    let cut = file(folder.path(), "cut.shop", "");
    fs::write(&cut, b"GUIDEMDL\x01\x01").unwrap();
    fails(&["model", "inspect", &cut], 1, "cut.shop: only 10 bytes");
    let recommend = ["shop", "recommend", "--shop", &cut];
    fails(&recommend, 1, "not a model file");
}

#[test]
fn what_can_never_be_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let usage = |line: &str, says: &str| fails(&words(line), 2, says);
    let svd = format!("ratings --data {data} --algo svd");
    usage("ratings --algo svd", "--data");
    usage(&format!("{svd} --threads 0"), "--threads");
    usage(&format!("{svd} --threads 100000"), "1..=1024");
    let unknown = format!("ratings --data {data} --algo svd,svdx");
    usage(&unknown, "no algorithm `svdx`; known: random, popular");
    let ranks = format!("ratings --data {data} --algo item-cosine");
    usage(&ranks, "predicts no ratings");
    usage(
        &format!("{svd} --set factors=3"),
        "no parameter `factors`; known: n_factors",
    );
    usage(
        &format!("{svd} --set n_factors=0"),
        "svd: parameter `n_factors` must be ",
    );
    usage(
        &format!("{svd} --set n_factors=few"),
        "parameter `n_factors` must be a whole number from 0, but is few",
    );
    usage(&format!("{svd} --set n_factors"), "is not KEY=VALUE");
    usage(&format!("{svd} --holdout 1.2"), "--holdout");
    usage(&format!("{svd} --holdout 0.00001"), "--holdout must be");
    usage(&format!("{svd} --folds 1"), "--folds must be");
    usage(&format!("{svd} --predictions out.csv"), "--holdout");
    usage(&format!("{svd} --scale 5,1"), "LOW,HIGH");
    usage(&format!("{svd} --line-format who"), "--line-format must be");
    usage(&format!("{svd} --format pairs"), "no column `rating`");
    let rank = format!("ranking --train {data} --test {data} --algo svd");
    usage(&format!("{rank} --k 0"), "--k");
    usage(&format!("{rank} --format foo"), "ml-100k");
    usage(&format!("{rank} --format adjacency --sep ,"), "adjacency");
    let build = "shop build --catalog c.csv --out o.shop";
    usage(&format!("{build} --test-fraction 2"), "--test-fraction");
    let columns = "no role `name`; known: id, title";
    usage(&format!("{build} --catalog-column name=x"), columns);
    usage(&format!("{build} --event-column when=x"), "known: shopper");
    usage("shop recommend --shop s -n 0", "--hits");
    for command in [
        "shop recommend --shop s",
        "shop similar --shop s --product p",
        "shop explain --shop s --shopper a --product p",
        "model inspect s",
        "algorithms",
    ] {
        usage(&format!("{command} --set k=3"), "has no parameters");
    }
}

#[test]
fn nothing_is_written_for_parameters_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let line = format!("demo --out {} --set fusion.depth=0", out.display());
    fails(&words(&line), 2, "parameter `fusion.depth`");
    assert!(!out.exists());
}
