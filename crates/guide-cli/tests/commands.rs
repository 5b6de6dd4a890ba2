//! The program as a user meets it: what it prints, what it writes, and how it fails.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn guide(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guide"))
        .args(args)
        .output()
        .unwrap()
}

fn json(args: &[&str]) -> Vec<Value> {
    let output = guide(args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Asserts that the command fails with this exit code and one line on standard error that holds `words`.
fn fails(args: &[&str], code: i32, words: &str) {
    let output = guide(args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(output.stdout.is_empty(), "nothing on standard output");
    assert!(error.contains(words), "{error}");
    assert!(code == 2 || error.lines().count() == 1, "one line: {error}");
}

/// 30 users who each rate 12 of 20 items by a rule.
fn ratings(folder: &Path) -> String {
    let mut text = String::new();
    for user in 0..30 {
        for item in (0..20).filter(|item| (item * 7 + user * 3) % 5 < 3) {
            let rating = 1 + (user % 3 + item % 4) % 5;
            text.push_str(&format!("u{user},\"i{item}\",{rating}\n"));
        }
    }
    let path = folder.join("ratings.csv");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn ratings_by_folds_and_by_file_with_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let rows = json(&[
        "ratings",
        "--data",
        &data,
        "--algo",
        "baseline,svd",
        "--folds",
        "3",
        "--json",
    ]);
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0]["algo"].as_str(), rows[0]["folds"].as_u64()),
        (Some("baseline"), Some(3))
    );
    assert!(rows.iter().all(|row| {
        row["rmse"]
            .as_f64()
            .is_some_and(|rmse| rmse > 0.0 && rmse < 2.0)
    }));

    let out = folder.path().join("predictions.csv");
    let out = out.to_str().unwrap();
    let test = folder.path().join("test.csv");
    fs::write(&test, "u3,i4,2\nstranger,i1,5\nu1,i2,3\n").unwrap();
    let test = test.to_str().unwrap();
    json(&[
        "ratings",
        "--data",
        &data,
        "--test",
        test,
        "--algo",
        "knn-basic",
        "--predictions",
        out,
        "--json",
    ]);
    let lines: Vec<String> = fs::read_to_string(out)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(lines[0], "user,item,rating,estimate");
    assert!(
        lines[1].starts_with("u3,i4,2,") && lines[2].starts_with("stranger,i1,5,"),
        "{lines:?}"
    );
}

#[test]
fn one_and_two_threads_print_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let run = |threads: &str| {
        let args = [
            "ratings",
            "--data",
            &data,
            "--algo",
            "svd",
            "--json",
            "--seed",
            "4",
            "--threads",
            threads,
        ];
        json(&args).remove(0)["rmse"].clone()
    };
    assert_eq!(run("1"), run("2"));
}

#[test]
fn tuning_tries_the_space_and_meets_the_test_part_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let args = [
        "tune",
        "--train",
        &data,
        "--test",
        &data,
        "--format",
        "csv",
        "--algo",
        "knn-basic",
        "--json",
    ];
    let rows = json(
        &[
            &args[..],
            &["--space", "k=1,5", "--space", "similarity=msd,cosine"],
        ]
        .concat(),
    );
    assert_eq!(rows.len(), 5, "four trials and the best");
    let best = &rows[4];
    let tried: Vec<f64> = rows[..4]
        .iter()
        .map(|row| row["rmse"].as_f64().unwrap())
        .collect();
    assert_eq!(
        best["validation"]["rmse"].as_f64(),
        tried.iter().copied().reduce(f64::min)
    );
    assert!(best["test"]["rmse"].as_f64().is_some());
    fails(
        &[&args[..9], &["--space", "kk=1"]].concat(),
        1,
        "no parameter `kk`",
    );
}

#[test]
fn rankings_of_adjacency_lists() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (
        folder.path().join("train.txt"),
        folder.path().join("test.txt"),
    );
    fs::write(&train, "0 0 1 2\n1 0 1 3\n2 2 3\n").unwrap();
    fs::write(&test, "0 3\n2 0 1\n").unwrap();
    let (train, test) = (train.to_str().unwrap(), test.to_str().unwrap());
    let args = [
        "--train",
        train,
        "--test",
        test,
        "--format",
        "adjacency",
        "--k",
        "2",
        "--json",
    ];
    let rows = json(&[&["ranking", "--algo", "item-cosine,popular"], &args[..]].concat());
    // Of four items, users 0 and 2 have one and two left to find: two places hold them all.
    assert_eq!(
        (rows[0]["recall"].as_f64(), rows[0]["users"].as_u64()),
        (Some(1.0), Some(2))
    );
}

#[test]
fn the_demo_builds_a_shop_that_answers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let demo = json(&[
        "demo",
        "--out",
        out,
        "--products",
        "300",
        "--shoppers",
        "200",
        "--json",
    ])
    .remove(0);
    assert_eq!(
        (demo["products"].as_u64(), demo["shoppers"].as_u64()),
        (Some(300), Some(200))
    );
    assert!(
        fs::read_to_string(folder.path().join("report.html"))
            .unwrap()
            .contains("<svg")
    );

    let shop = folder.path().join("demo.shop");
    let shop = shop.to_str().unwrap();
    let hits = json(&[
        "shop",
        "recommend",
        "--shop",
        shop,
        "--shopper",
        "no one",
        "-n",
        "3",
        "--json",
    ]);
    assert_eq!((hits.len(), hits[0]["rung"].as_str()), (3, Some("popular")));
    let product = hits[0]["product"].as_str().unwrap();
    let similar = json(&[
        "shop",
        "similar",
        "--shop",
        shop,
        "--product",
        product,
        "-n",
        "4",
        "--json",
    ]);
    assert!(
        similar.len() == 4
            && similar
                .iter()
                .all(|hit| !hit["reasons"].as_array().unwrap().is_empty())
    );
    let about = json(&["model", "inspect", shop, "--json"]).remove(0);
    assert_eq!(
        (about["kind"].as_str(), about["version"].as_u64()),
        (Some("guide"), Some(1))
    );
    fails(
        &["shop", "similar", "--shop", shop, "--product", "nothing"],
        1,
        "unknown product `nothing`",
    );

    let (catalog, events) = (
        folder.path().join("catalog.csv"),
        folder.path().join("events.csv"),
    );
    let again = folder.path().join("again.shop");
    let [catalog, events, again] = [&catalog, &events, &again].map(|path| path.to_str().unwrap());
    let built = json(&[
        "shop",
        "build",
        "--catalog",
        catalog,
        "--events",
        events,
        "--out",
        again,
        "--json",
    ])
    .remove(0);
    assert_eq!(built["catalog"]["kept"].as_u64(), Some(300));
    assert!(
        built["evaluation"]["rows"]
            .as_array()
            .is_some_and(|rows| rows.len() >= 4)
    );
}

#[test]
fn failures_name_the_file_the_line_and_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "u1,i1,4\nu1,i2,good\n").unwrap();
    let bad = bad.to_str().unwrap();
    fails(
        &["ratings", "--data", bad, "--algo", "svd"],
        1,
        "bad.csv:2: ",
    );
    fails(
        &["ratings", "--data", "no/such.csv", "--algo", "svd"],
        1,
        "no/such.csv: ",
    );
    fails(
        &["ratings", "--data", &data, "--algo", "svdx"],
        1,
        "no algorithm `svdx`; known: random, popular",
    );
    fails(
        &["ratings", "--data", &data, "--algo", "item-cosine"],
        1,
        "predicts no ratings",
    );
    let set = ["ratings", "--data", &data, "--algo", "svd", "--set"];
    fails(
        &[&set[..], &["factors=3"]].concat(),
        1,
        "no parameter `factors`; known: n_factors",
    );
    fails(
        &[&set[..], &["n_factors=0"]].concat(),
        1,
        "parameter `n_factors` must be at least 1, but is 0",
    );
    fails(&[&set[..], &["n_factors"]].concat(), 2, "is not KEY=VALUE");
    fails(&["ratings", "--algo", "svd"], 2, "--data");
    fails(
        &[
            "ratings",
            "--data",
            &data,
            "--algo",
            "svd",
            "--threads",
            "0",
        ],
        1,
        "--threads",
    );
    let cut = folder.path().join("cut.shop");
    fs::write(&cut, b"GUIDEMDL\x01\x01").unwrap();
    let cut = cut.to_str().unwrap();
    fails(&["model", "inspect", cut], 1, "cut.shop: only 10 bytes");
    fails(&["shop", "recommend", "--shop", cut], 1, "not a model file");
}
