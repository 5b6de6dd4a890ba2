//! `guide text tag`: training, testing, predictions, the gazetteer, trained vectors, and what it refuses and says.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;

use common::{fails, file, guide, json, words};
use serde_json::Value;

const BRANDS: [&str; 4] = ["alba", "red fox", "kestrel", "norr"];

/// Lines of `seq.in`, `seq.out` and `label`.
fn lines(n: usize) -> [String; 3] {
    let [mut seq_in, mut seq_out, mut label] = [const { String::new() }; 3];
    for index in 0..n {
        let brand = BRANDS[index * 7 / 3 % 3];
        let tags = if brand.contains(' ') {
            "B-brand I-brand"
        } else {
            "B-brand"
        };
        let color = ["red", "blue"][index * 5 / 4 % 2];
        if index % 2 == 0 {
            seq_in += &format!("show {color} {brand} shoes\n");
            seq_out += &format!("O B-color {tags} O\n");
            label += "find\n";
        } else {
            seq_in += &format!("return my {brand} hat\n");
            seq_out += &format!("O O {tags} O\n");
            label += "return\n";
        }
    }
    [seq_in, seq_out, label]
}

/// A folder of `n` sentences.
fn folder(parent: &Path, name: &str, n: usize) -> String {
    let folder = parent.join(name);
    fs::create_dir(&folder).unwrap();
    for (name, text) in ["seq.in", "seq.out", "label"].into_iter().zip(lines(n)) {
        file(&folder, name, &text);
    }
    folder.to_str().unwrap().to_owned()
}

const SMALL: &str = "--set word_dim=12 --set n_hidden=16 --set slot_dim=16 --set char_filters=8 --set learning_rate=0.01 --epochs 8";

fn tag(line: &str) -> Value {
    let mut rows = json(&words(&format!("text tag --json {line}")));
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn a_tagger_is_trained_tested_and_saved_the_same_on_any_threads() {
    let temp = tempfile::tempdir().unwrap();
    let (train, test) = (
        folder(temp.path(), "train", 120),
        folder(temp.path(), "test", 23),
    );
    let out = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
    let run = |threads: u8| {
        tag(&format!(
            "--train {train} --valid {test} --test {test} {SMALL} --threads {threads} --out {} --predictions {}",
            out(&format!("{threads}.model")),
            out(&format!("{threads}.tags"))
        ))
    };
    let row = run(1);
    for key in [
        "f1",
        "precision",
        "recall",
        "intent_accuracy",
        "sentence_accuracy",
    ] {
        assert_eq!(row[key], 1.0, "{key} of {row}");
    }
    assert_eq!(
        (&row["sentences"], &row["kinds"]["brand"]["true"]),
        (&23.into(), &23.into())
    );
    assert!(row["seconds"].as_f64().unwrap() > 0.0 && row["tag_us"].as_f64().unwrap() > 0.0);
    // All tags are right, and the predictions come in the order of the test.
    assert_eq!(fs::read_to_string(out("1.tags")).unwrap(), lines(23)[1]);
    run(2);
    let bytes = |name: &str| fs::read(out(name)).unwrap();
    assert!(bytes("1.model") == bytes("2.model"));
    let loaded = tag(&format!("--load {} --test {test}", out("1.model")));
    assert_eq!(
        (&loaded["f1"], &loaded["kinds"]),
        (&row["f1"], &row["kinds"])
    );
    let about = json(&words(&format!("model inspect --json {}", out("1.model"))));
    assert_eq!(about[0]["kind"], "tagger");
    let model = out("1.model");
    let text = [
        "text",
        "tag",
        "--json",
        "--load",
        &model,
        "--text",
        "Show blue norr SHOES!",
    ];
    let found = json(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            &found[0]["words"][3],
            &found[0]["tags"][1],
            &found[0]["intent"]
        ),
        (&"shoes".into(), &"B-color".into(), &"find".into())
    );
}

/// Line n of the predictions belongs to line n of the test's files.
#[test]
fn predictions_keep_the_lines_of_the_test() {
    let temp = tempfile::tempdir().unwrap();
    let (train, test) = (
        folder(temp.path(), "train", 120),
        folder(temp.path(), "test", 0),
    );
    let [seq_in, seq_out, label] = lines(4);
    let with_gaps = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        format!(
            "\n{}\n\n\n{}\n\n",
            lines[..2].join("\n"),
            lines[2..].join("\n")
        )
    };
    for (name, text) in [
        ("seq.in", &seq_in),
        ("seq.out", &seq_out),
        ("label", &label),
    ] {
        file(Path::new(&test), name, &with_gaps(text));
    }
    let out = temp.path().join("out.tags");
    let row = tag(&format!(
        "--train {train} --test {test} {SMALL} --predictions {}",
        out.display()
    ));
    assert_eq!((&row["sentences"], &row["f1"]), (&4.into(), &1.0.into()));
    assert_eq!(fs::read_to_string(out).unwrap(), with_gaps(&seq_out));
}

#[test]
fn without_labels_there_is_no_intent() {
    let temp = tempfile::tempdir().unwrap();
    let train = folder(temp.path(), "train", 60);
    fs::remove_file(Path::new(&train).join("label")).unwrap();
    let row = tag(&format!("--train {train} --test {train} {SMALL}"));
    assert_eq!(
        (&row["intent_accuracy"], &row["f1"]),
        (&Value::Null, &1.0.into())
    );
    // Labels of a test are not compared then, and sentences are judged by their tags.
    let test = folder(temp.path(), "test", 10);
    let line = format!("text tag --json --train {train} --test {test} {SMALL}");
    let output = guide(&words(&line));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("10 test sentences have a label, but the model was trained without labels"),
        "{said}"
    );
    let row: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&row["intent_accuracy"], &row["sentence_accuracy"]),
        (&Value::Null, &1.0.into())
    );
    let row = tag(&format!("--train {train} {SMALL}"));
    assert_eq!((&row["tags"], &row["intents"]), (&4.into(), &0.into()));
}

/// A brand that is an unknown word stands in the gazetteer.
#[test]
fn a_gazetteer_and_vectors_are_read() {
    let temp = tempfile::tempdir().unwrap();
    let train = folder(temp.path(), "train", 120);
    let test = folder(temp.path(), "test", 0);
    let folder = Path::new(&test);
    file(folder, "seq.in", "show my zzyzx qwopp\n");
    file(folder, "seq.out", "O O B-brand I-brand\n");
    file(folder, "label", "find\n");
    let phrases: String = BRANDS
        .iter()
        .map(|brand| format!("brand\t{brand}\n"))
        .collect();
    // The byte order mark is no part of the first kind.
    let known = file(
        temp.path(),
        "known.tsv",
        &format!("\u{feff}{phrases}\nbrand\tZzyzx Qwopp\n"),
    );
    let bare = "--set char_filters=0 --set affix_dim=0 --set shape_dim=0 --set word_dropout=0.2";
    let row = tag(&format!(
        "--train {train} --test {test} --gazetteer {known} {SMALL} {bare}"
    ));
    assert_eq!(row["kinds"]["brand"]["f1"], 1.0, "{row}");
    let line = format!("text tag --json --train {train} --gazetteer {known} {SMALL}");
    let output = guide(&words(&line.replace("--epochs 8", "--epochs 1")));
    let said = String::from_utf8(output.stderr).unwrap();
    for part in [
        "1 empty lines were passed over (first: line 5)",
        "a byte order mark removed from",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let bad = file(temp.path(), "bad.tsv", "brand\talba\nbrand norr\n");
    let line = format!("text tag --train {train} --gazetteer {bad}");
    fails(
        &words(&line),
        1,
        "bad.tsv:2: a line of the gazetteer is a kind, a tab and a phrase",
    );

    let vectors = file(
        temp.path(),
        "vectors.txt",
        "3 2\nred 1 0\nblue 0.5 0.1\nteal 0.9 0\n",
    );
    let small = SMALL.replace("--set word_dim=12 ", "");
    let row = tag(&format!(
        "--train {train} --test {train} --vectors {vectors} {small}"
    ));
    assert_eq!(row["f1"], 1.0);
    let line = format!("text tag --train {train} --vectors {vectors} {SMALL}");
    fails(
        &words(&line),
        1,
        "parameter `word_dim` must be the width of the word vectors to start from, 2, but is 12",
    );
}

#[test]
fn names_that_training_lacks_are_said() {
    let temp = tempfile::tempdir().unwrap();
    let train = folder(temp.path(), "train", 20);
    let test = folder(temp.path(), "test", 0);
    for (name, text) in [
        ("seq.in", "show blue norr\nshow two\n"),
        ("seq.out", "O B-hue B-hue\nO B-count\n"),
        ("label", "find\nbuy\n"),
    ] {
        file(Path::new(&test), name, text);
    }
    let out = temp.path().join("a.model").display().to_string();
    let small = SMALL.replace("--epochs 8", "--epochs 1");
    let train =
        format!("text tag --json --train {train} --valid {test} --test {test} --out {out} {small}");
    let load = format!("text tag --json --load {out} --test {test}");
    for (line, parts) in [(train, &["validation", "test"][..]), (load, &["test"])] {
        let output = guide(&words(&line));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        for part in parts {
            for (counts, names) in [("3 of 5 tags", "B-count, B-hue"), ("1 of 2 labels", "buy")] {
                let expected = format!(
                    "{counts} of the {part} sentences do not occur in the training sentences, and count as errors: {names}"
                );
                assert!(said.contains(&expected), "{said}");
            }
        }
    }
}

/// Flags of training have no effect on a trained model.
#[test]
fn flags_of_training_are_refused_with_a_trained_model() {
    for flag in [
        "--valid v",
        "--gazetteer g.tsv",
        "--vectors v.vec",
        "--epochs 3",
        "--out o.model",
        "--tokenizer characters",
    ] {
        let line = format!("text tag --load a.model --test t {flag}");
        fails(&words(&line), 2, "cannot be used with");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_line() {
    let temp = tempfile::tempdir().unwrap();
    let good = folder(temp.path(), "good", 20);
    let bad = |name: &str, part: &str, text: &str| {
        let folder = folder(temp.path(), name, 20);
        file(Path::new(&folder), part, text);
        folder
    };
    let [seq_in, seq_out, label] = lines(20);
    let run = |train: &str| format!("text tag --train {train} --test {good}");
    let fewer = bad(
        "fewer",
        "seq.out",
        &seq_out.replacen("O O B-brand O", "O B-brand O", 1),
    );
    fails(&words(&run(&fewer)), 1, "seq.out:2: 3 tags for the 4 words");
    let odd = bad(
        "odd",
        "seq.out",
        &seq_out.replacen("O O B-brand O", "O O X-brand O", 1),
    );
    fails(&words(&run(&odd)), 1, "seq.out:2: ");
    let unlabelled = bad("unlabelled", "label", &label.replacen("return", "", 1));
    fails(
        &words(&run(&unlabelled)),
        1,
        "label:2: no label for the sentence of this line",
    );
    let short = bad("short", "seq.in", &seq_in[..seq_in.len() / 2]);
    fails(&words(&run(&short)), 1, "seq.out");
    let missing = format!("{good}/nowhere");
    fails(&words(&run(&missing)), 1, "nowhere");
    fails(&words("text tag"), 2, "--train");
    fails(
        &words(&format!("text tag --train {good} --set nothing=1")),
        2,
        "no parameter `nothing`",
    );
    fails(
        &words(&format!(
            "text tag --train {good} --set features.min_count=0"
        )),
        2,
        "`min_count` must be",
    );
    fails(
        &words(&format!("text tag --train {good} --predictions p.txt")),
        2,
        "--test",
    );
    fails(
        &words(&format!("text tag --train {good} --out {good}/seq.in")),
        2,
        "--out",
    );
}

#[test]
fn what_is_passed_over_is_said() {
    let temp = tempfile::tempdir().unwrap();
    let train = folder(temp.path(), "train", 20);
    for (name, text) in ["seq.in", "seq.out", "label"].into_iter().zip(lines(20)) {
        file(Path::new(&train), name, &format!("{text}\n"));
    }
    let line = format!("text tag --json --train {train} {SMALL} --epochs 1");
    let line = line.replace("--epochs 8 ", "");
    let output = guide(&words(&line));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("1 empty lines were passed over (first: line 21)"),
        "{said}"
    );
}
