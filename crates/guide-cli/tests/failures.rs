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
    assert_eq!(error.matches("a folder").count(), 1, "{error}");

    let cut = file(folder.path(), "cut.shop", "");
    fs::write(&cut, b"GUIDEMDL\x01\x01").unwrap();
    let says = "cut.shop: not a model file: only 10 bytes";
    fails(&["model", "inspect", &cut], 1, says);
    fails(&["shop", "recommend", "--shop", &cut], 1, says);
    // Begins like a model file, so that it is read as one.
    fails(&["words", "nearest", "--vectors", &cut, "coat"], 1, says);
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
fn predictions_that_cannot_be_written_are_refused_before_anything_is_read() {
    let line = "ratings --algo svd --data no/such.csv --holdout 0.5 --predictions";
    fails(
        &words(&format!("{line} no/such/out.csv")),
        1,
        "guide: no/such/out.csv: ",
    );
    fails(&words(&format!("{line} /")), 1, "guide: /: ");
}

#[test]
fn nothing_is_written_for_parameters_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let line = format!("demo --out {} --set fusion.depth=0", out.display());
    fails(&words(&line), 2, "parameter `fusion.depth`");
    for (flag, name) in [("products", "n_products"), ("shoppers", "n_shoppers")] {
        let line = format!("demo --out {} --{flag} 18446744073709551615", out.display());
        let says = format!(
            "parameter `{name}` must be between 1 and 1000000, but is 18446744073709551615"
        );
        fails(&words(&line), 2, &says);
    }
    assert!(!out.exists());
}
