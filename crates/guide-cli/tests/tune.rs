//! `guide tune`: spaces, splits, goals, and one look at the test part.

mod common;

use std::fs;

use common::{fails, file, guide, json, ratings, words};

#[test]
fn tuning_tries_the_space_and_meets_the_test_part_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let out = folder.path().join("trials.jsonl");
    let files = format!("tune --train {data} --test {data} --format csv --algo knn-basic");
    let space = "--space k=1,5 --space similarity=msd,cosine";
    let line = format!("{files} {space} --json --out {}", out.display());
    let rows = json(&words(&line));
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
    assert_eq!(rows[1]["k"].as_u64(), Some(1), "typed as the field is");
    assert!(best["test"]["rmse"].as_f64().is_some());
    let written = fs::read_to_string(out).unwrap();
    let written = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(written.collect::<Vec<serde_json::Value>>(), rows);

    // People see each trial on standard error as it ends, and a table.
    let output = guide(&words(&format!("{files} {space}")));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 4, "{told}");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("trial")
    );
}

#[test]
fn ranges_draw_what_the_field_holds() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let run = |space: &str| {
        let line = format!(
            "tune --train {data} --format csv --goal recall --k 5 --search random --trials 4 --json {space}"
        );
        let mut rows = json(&words(&line));
        rows.pop();
        rows
    };
    let drawn = |space: &str, field: &str| -> Vec<f64> {
        let rows = run(space).into_iter();
        rows.map(|row| row[field].as_f64().unwrap()).collect()
    };
    let b = drawn("--algo item-bm25 --space b=0..1", "b");
    assert!(b.iter().all(|b| (0.0..=1.0).contains(b)));
    assert!(b.iter().any(|b| b.fract() != 0.0), "{b:?}");
    let k = drawn("--algo item-bm25 --space k=1..50", "k");
    assert!(k.iter().all(|k| k.fract() == 0.0), "{k:?}");
    let spread = drawn(
        "--algo ease --space regularization=0.001..1000@log",
        "regularization",
    );
    assert!(spread.iter().any(|x| *x < 1.0), "{spread:?}");
}

#[test]
fn splits_and_goals() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = String::new();
    for user in 0..40 {
        for item in (0..12).filter(|item| (item + user) % 3 != 0) {
            events.push_str(&format!("u{user};i{item};4;{}\n", item * 100 + user));
        }
    }
    let data = file(folder.path(), "events.txt", &format!("a heading\n{events}"));
    let test = file(
        folder.path(),
        "test.txt",
        "a heading\nu1;i2;4;9999\nu2;i1;4;9999\n",
    );
    let cases = file(
        folder.path(),
        "cases.txt",
        "(u1,i2)\ti5\ti8\n(u2,i1)\ti4\ti7\n",
    );
    let format = ["--line-format", "user item rating timestamp"];
    let rest = format!(
        "tune --train {data} --sep ; --skip-lines 1 --algo item-cosine --space k=2,9 --json"
    );
    let rest = words(&rest);
    let run = |more: &str| json(&[&rest[..], &format, &words(more)].concat());
    for split in ["ratio", "leave-last", "leave-one-out", "by-time"] {
        let rows = run(&format!("--validation {split}"));
        assert!(rows[2]["validation"]["ndcg"].is_f64(), "{split}: {rows:?}");
    }
    let sampled = "--validation leave-last --goal hr-sampled --negatives 2 --k 1";
    let rows = run(&format!("{sampled} --seed 3"));
    let hr = rows[2]["validation"]["hr"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&hr));
    assert_eq!(
        rows[2]["validation"],
        run(&format!("{sampled} --seed 3"))[2]["validation"]
    );
    let rows = run(&format!("{sampled} --test {test} --negatives {cases}"));
    assert_eq!(rows[2]["test"]["users"].as_u64(), Some(2), "{}", rows[2]);
    let full = run(&format!("--goal recall --test {test}"));
    assert!(full[2]["test"]["coverage"].is_f64());
    let refused = |more: &str, says: &str| {
        fails(&[&rest[..], &format, &words(more)].concat(), 2, says);
    };
    refused(
        "--goal hr-sampled --negatives 500",
        "--negatives must be at most",
    );
    refused("--negatives 5", "hr-sampled");
    refused(&format!("--negatives {cases}"), "--test");
    refused("--goal rmse", "predicts no ratings");
    refused("--format foo", "ml-100k");
    refused(
        "--validation-fraction 0.000001",
        "--validation-fraction must be",
    );
}

#[test]
fn the_space_is_checked_before_the_first_trial() {
    let folder = tempfile::tempdir().unwrap();
    let data = ratings(folder.path());
    let refused = |space: &str, says: &str| {
        let line = format!("tune --train {data} --format csv --algo knn-basic --space {space}");
        fails(&words(&line), 2, says);
    };
    refused("kk=1..9 --search random", "no parameter `kk`");
    refused("kk=1", "no parameter `kk`");
    refused("k=1,5,many", "must be a whole number from 0, but is many");
    refused("similarity=msd,foo", "must be one of `msd`, `cosine`");
    refused("k=1..5", "--search random");
    refused("k=0.5..5 --search random", "takes whole numbers");
    refused("k=9..5 --search random", "the lower end first");
    refused("k=1,2 --search halving", "--resource");
}
