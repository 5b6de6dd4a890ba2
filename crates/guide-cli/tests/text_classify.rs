//! `guide text classify`: training, testing, saving, and what it refuses and says.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::path::Path;

use common::{fails, file, guide, json, words};
use serde_json::Value;

/// Reviews that recommend a product or not, after a heading.
fn reviews(n: usize, heading: &str) -> String {
    let said = [
        ["soft and warm", "lovely, as shown"],
        ["itchy and thin", "torn at the seam"],
    ];
    let mut text = format!("{heading}\n");
    for number in 0..n {
        let label = (number * 7 / 3) % 2;
        let said = said[label][number % 2];
        text.push_str(&format!(
            "{number},\"This coat {number} is {said}\",{}\n",
            ["yes", "no"][label]
        ));
    }
    text
}

fn table(folder: &Path, name: &str, n: usize) -> String {
    file(folder, name, &reviews(n, "id,text,label"))
}

fn classify(line: &str) -> Vec<Value> {
    let line = format!("text classify --json --text-column text --label-column label {line}");
    json(&words(&line))
}

#[test]
fn a_classifier_is_trained_tested_and_saved_the_same_on_any_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (
        table(folder.path(), "train.csv", 200),
        table(folder.path(), "test.csv", 50),
    );
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |name: &str, threads: u8| {
        let rows = classify(&format!(
            "--train {train} --test {test} --threads {threads} --out {}",
            out(name)
        ));
        assert_eq!(rows.len(), 1);
        rows[0].clone()
    };
    let row = run("a.model", 1);
    assert_eq!(
        (&row["model"], &row["accuracy"], &row["macro_f1"]),
        (&"linear".into(), &1.0.into(), &1.0.into())
    );
    assert_eq!(
        (&row["n_train"], &row["n_test"], &row["labels"]),
        (&200.into(), &50.into(), &2.into())
    );
    assert!(row["seconds"].as_f64().unwrap() > 0.0 && row["predict_us"].as_f64().unwrap() > 0.0);
    run("b.model", 2);
    let bytes = |name: &str| std::fs::read(out(name)).unwrap();
    assert!(bytes("a.model") == bytes("b.model"));
    let about = json(&words(&format!("model inspect --json {}", out("a.model"))));
    assert_eq!(about[0]["kind"], "linear-text-classifier");
    let again = &classify(&format!("--load {} --test {test}", out("a.model")))[0];
    assert_eq!(again["model"], "linear-text-classifier");
    for key in [
        "accuracy",
        "macro_f1",
        "log_loss",
        "log_loss_texts",
        "n_test",
        "labels",
    ] {
        assert_eq!(again[key], row[key], "{key}");
    }
    let load = "text classify --text-column text --label-column label --load";
    let line = format!("{load} {train} --test {test}");
    fails(&words(&line), 1, "train.csv");
    let line = format!("{load} {} --test {test} --set c=1", out("a.model"));
    fails(&words(&line), 2, "--set");
    let line = format!("{load} {} --test {test} --model lstm", out("a.model"));
    fails(&words(&line), 2, "cannot be used with");
}

#[test]
fn a_share_is_held_out_by_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let train = table(folder.path(), "train.csv", 100);
    let row = &classify(&format!("--train {train} --holdout 0.2 --seed 3"))[0];
    assert_eq!((&row["n_train"], &row["n_test"]), (&80.into(), &20.into()));
    let valid = &classify(&format!("--train {train} --test {train} --valid {train}"))[0];
    assert_eq!(valid["valid_accuracy"], 1.0);
    let set = &classify(&format!(
        "--train {train} --holdout 0.2 --set features.char_ngrams=null"
    ))[0];
    assert!(set["features"].as_u64().unwrap() < row["features"].as_u64().unwrap());
}

#[test]
fn what_is_left_out_or_unknown_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = reviews(60, "id;text;label")
        .replace(",\"", ";\"")
        .replace("\",", "\";");
    let train = file(
        folder.path(),
        "train.csv",
        &(text + "60;;yes\n61;a coat;\n62;;\n"),
    );
    let test = file(
        folder.path(),
        "test.csv",
        "id;text;label\n1;soft and warm;yes\n2;a gift;other\n3;ΩΩ;yes\n",
    );
    let line = format!(
        "text classify --text-column text --label-column label --sep ; --train {train} --test {test} --json"
    );
    let output = guide(&words(&format!("{line} --valid {test}")));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    for part in [
        "1 of 3 validation texts have a label that the training texts lack, and are left out: other",
        "1 rows without a text are left out; the first at line 62",
        "2 rows without a label are left out; the first at line 63",
        "1 of 3 test texts have a label that the training texts lack, and count as errors: other",
        "1 of 3 test texts have no known n-gram or word",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let train = table(folder.path(), "train.csv", 20);
    let line = |more: &str| {
        format!("text classify --train {train} --text-column text --label-column label {more}")
    };
    fails(&words(&line("")), 2, "--holdout");
    fails(
        &words(&line("--holdout 0.2 --test x.csv")),
        2,
        "cannot be used with",
    );
    fails(
        &words(&line("--holdout 0.2 --set nothing=1")),
        2,
        "no parameter `nothing`",
    );
    fails(
        &words(&line("--holdout 0.2 --set regression.c=0")),
        2,
        "parameter `c` must be",
    );
    fails(
        &words(&line(&format!("--holdout 0.2 --out {train}"))),
        2,
        "--out",
    );
    let cell = line("--holdout 0.2 --model lstm --set cell=rnn");
    fails(&words(&cell), 2, "--model");
    let encoding = line("--holdout 0.2 --encoding foo");
    fails(&words(&encoding), 2, "--encoding");
    let same = format!(
        "text classify --train {train} --text-column text --label-column text --holdout 0.2"
    );
    fails(&words(&same), 2, "another column");
    let other = format!(
        "text classify --train {train} --text-column words --label-column label --holdout 0.2"
    );
    fails(
        &words(&other),
        1,
        "no column `words`; there are: id, text, label",
    );
    let one = file(
        folder.path(),
        "one.csv",
        "text,label\na coat,yes\na hat,yes\n",
    );
    let line =
        format!("text classify --train {one} --text-column text --label-column label --test {one}");
    fails(
        &words(&line),
        1,
        "one.csv: texts of at least two labels are needed, but all have `yes`",
    );
    let foreign = file(folder.path(), "foreign.csv", "text,label\na coat,maybe\n");
    for model in ["linear", "lstm"] {
        let line = format!(
            "text classify --train {train} --text-column text --label-column label --test {train} --valid {foreign} --model {model}"
        );
        fails(
            &words(&line),
            1,
            "the list of validation texts with a label that the training texts have is empty",
        );
    }
}

#[test]
fn recurrent_networks_are_trained_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    let train = table(folder.path(), "train.csv", 200);
    let out = folder.path().join("a.model").to_str().unwrap().to_owned();
    let small = "--set dim=8 --set hidden=8 --set learning_rate=0.02";
    for model in ["rnn", "lstm", "gru"] {
        let line = format!("--train {train} --holdout 0.2 --model {model} {small} --out {out}");
        let row = &classify(&line)[0];
        assert_eq!(
            (&row["model"], &row["accuracy"]),
            (&model.into(), &1.0.into())
        );
        assert!(row["kept_epoch"].as_u64().unwrap() >= 1);
    }
    let about = json(&words(&format!("model inspect --json {out}")));
    assert_eq!(about[0]["kind"], "recurrent-text-classifier");
    let again = &classify(&format!("--load {out} --test {train}"))[0];
    assert_eq!(again["accuracy"], 1.0);
    // Words that are not read are said, of training texts and of test texts.
    let line = format!(
        "text classify --json --text-column text --label-column label --train {train} --test {train} --model lstm"
    );
    let line = format!("{line} {small} --set max_length=3 --set epochs=1");
    let said = String::from_utf8(guide(&words(&line)).stderr).unwrap();
    assert!(said.contains("training texts are cut to 3 words"), "{said}");
    assert!(
        said.contains("200 of 200 test texts are longer than the model reads"),
        "{said}"
    );
    // Word vectors in any format.
    let vectors = file(
        folder.path(),
        "vectors.txt",
        "soft 1 0 1 0\nitchy 0 1 0 1\n",
    );
    let small = "--set hidden=8 --set learning_rate=0.02 --set epochs=2";
    let line = format!("--train {train} --holdout 0.2 --model lstm {small} --vectors {vectors}");
    assert_eq!(classify(&line)[0]["with_vector"], 2);
}
