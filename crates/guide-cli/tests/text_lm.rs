//! `guide text lm` on generated texts: rows of epochs, perplexity with a cache, a saved model, written texts, and what is refused.
#![allow(clippy::unwrap_used)] // in helpers too

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn guide(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guide"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn rows(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Sentences of two kinds, so that the second word says the third.
fn write_texts(folder: &Path) {
    let line = |number: usize| {
        if number * 7 % 11 < 5 {
            "a red coat\n"
        } else {
            "a blue hat\n"
        }
    };
    let text = |from: usize, to: usize| (from..to).map(line).collect::<String>();
    std::fs::write(folder.join("train.txt"), text(0, 300)).unwrap();
    std::fs::write(folder.join("valid.txt"), text(300, 340)).unwrap();
    std::fs::write(folder.join("test.txt"), text(340, 380) + "a green hat\n").unwrap();
    std::fs::write(folder.join("empty.txt"), "").unwrap();
}

const SMALL: [&str; 14] = [
    "--dim",
    "8",
    "--layers",
    "1",
    "--batch",
    "4",
    "--bptt",
    "8",
    "--epochs",
    "3",
    "--dropout",
    "0",
    "--set",
    "training=adam",
];

#[test]
fn a_model_is_trained_measured_saved_and_writes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_texts(folder);
    let train = [
        "text",
        "lm",
        "--json",
        "--train",
        "train.txt",
        "--valid",
        "valid.txt",
    ];
    let more = [
        "--set",
        "learning_rate=0.02",
        "--test",
        "test.txt",
        "--cache",
        "--out",
        "lm.model",
    ];
    let trained = guide(folder, &[&train[..], &SMALL, &more].concat());
    let trained = rows(&trained);
    assert_eq!(trained.len(), 4);
    for (row, epoch) in trained[..3].iter().zip(1..) {
        assert_eq!(row["epoch"], epoch);
        assert!(row["tokens_per_s"].as_f64().unwrap() > 0.0);
    }
    // One bit in four words: 2^(1/4) = 1.19, and the unknown word on top.
    let perplexity = trained[3]["test_ppl"].as_f64().unwrap();
    assert!((1.1..2.0).contains(&perplexity), "{perplexity}");
    assert!(trained[3]["cache_ppl"].as_f64().unwrap() > 1.0);
    assert_eq!(trained[3]["words"], 164);
    assert_eq!(trained[3]["unknown_words"], 1);

    let load = [
        "text", "lm", "--json", "--load", "lm.model", "--test", "test.txt",
    ];
    let again = rows(&guide(
        folder,
        &[&load[..], &["--prompt", "a red", "--beam", "3"]].concat(),
    ));
    assert_eq!(again[0]["test_ppl"], trained[3]["test_ppl"]);
    assert_eq!(again[1]["text"], "a red coat");
    let empty = guide(
        folder,
        &["text", "lm", "--load", "lm.model", "--test", "empty.txt"],
    );
    let said = String::from_utf8(empty.stderr).unwrap();
    assert_eq!(empty.status.code(), Some(1), "{said}");
    assert!(
        said.contains("empty.txt: the text to predict is empty"),
        "{said}"
    );
    let about = guide(folder, &["model", "inspect", "lm.model"]);
    let about = String::from_utf8(about.stdout).unwrap();
    assert!(about.contains("language-model"), "{about}");
}

/// The model keeps its tokeniser, so that a test text is cut as the training text was.
#[test]
fn a_loaded_model_cuts_text_as_training_did() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = "A red coat!\nA blue hat.\n".repeat(40);
    std::fs::write(folder.join("train.txt"), &text).unwrap();
    let train = [
        "text",
        "lm",
        "--json",
        "--train",
        "train.txt",
        "--test",
        "train.txt",
        "--out",
        "lm.model",
        "--tokenizer",
        "words",
    ];
    let trained = rows(&guide(folder, &[&train[..], &SMALL].concat()));
    assert_eq!(trained[3]["unknown_words"], 0);
    let load = ["text", "lm", "--json", "--load", "lm.model"];
    let test = [&load[..], &["--test", "train.txt", "--prompt", "A RED,"]].concat();
    let again = rows(&guide(folder, &test));
    assert_eq!(again[0]["test_ppl"], trained[3]["test_ppl"]);
    assert_eq!(again[0]["unknown_words"], 0);
    assert!(again[1]["text"].as_str().unwrap().starts_with("a red"));
    // Another tokeniser only if it is asked for.
    let blanks = [&test[..], &["--tokenizer", "whitespace"]].concat();
    let other = rows(&guide(folder, &blanks));
    assert!(other[0]["unknown_words"].as_u64().unwrap() > 0);
}

/// `--tied` acts before `--dim` is taken for `--hidden` too.
#[test]
fn a_tied_preset_takes_its_width_from_dim() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_texts(folder);
    let tied = [
        "text",
        "lm",
        "--json",
        "--train",
        "train.txt",
        "--preset",
        "zaremba-small",
        "--tied",
        "--dim",
        "12",
        "--epochs",
        "1",
    ];
    assert_eq!(rows(&guide(folder, &tied)).len(), 1);
}

#[test]
fn what_cannot_be_learned_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_texts(folder);
    let refused = |args: &[&str], code: i32, words: &str| {
        let output = guide(folder, &[&["text", "lm"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    };
    refused(&["--train", "empty.txt"], 1, "empty.txt");
    refused(&["--train", "none.txt"], 1, "none.txt");
    refused(
        &["--train", "."],
        1,
        "not a file that can be read more than once",
    );
    // The texts of later are looked at before the training, and named.
    for flag in ["--valid", "--test"] {
        let empty = ["--train", "train.txt", flag, "empty.txt"];
        refused(
            &empty,
            1,
            &format!("{flag} empty.txt: the text has no word"),
        );
        let missing = ["--train", "train.txt", flag, "none.txt"];
        refused(&missing, 1, "none.txt");
    }
    let cache = ["--train", "train.txt", "--test", "test.txt", "--cache"];
    refused(&[&cache[..], &["--cache-size", "0"]].concat(), 2, "size");
    let wild = [
        "--set",
        "learning_rate=1e6",
        "--set",
        "training=sgd",
        "--set",
        "clip=0",
    ];
    let wild = [
        &SMALL[..],
        &["--train", "train.txt", "--out", "wild.model"],
        &wild,
    ]
    .concat();
    refused(&wild, 1, "diverged");
    assert!(!folder.join("wild.model").exists());
    refused(
        &["--train", "train.txt", "--batch", "5000"],
        1,
        "1200 words",
    );
    refused(&["--train", "train.txt", "--dropout", "1"], 2, "dropout");
    refused(&["--train", "train.txt", "--set", "depth=3"], 2, "depth");
    refused(
        &["--train", "train.txt", "--out", "train.txt"],
        2,
        "--train",
    );
    refused(
        &["--load", "train.txt", "--test", "test.txt"],
        1,
        "train.txt",
    );
    refused(&["--load", "lm.model"], 2, "--test");
    let load = ["--load", "lm.model", "--test", "test.txt"];
    for flag in [
        "--valid=valid.txt",
        "--vectors=none.txt",
        "--out=other.model",
        "--preset=keras",
        "--model=gru",
        "--dim=4",
        "--hidden=4",
        "--layers=1",
        "--bptt=5",
        "--batch=2",
        "--epochs=1",
        "--dropout=0.1",
        "--tied",
    ] {
        refused(&[&load[..], &[flag]].concat(), 2, "cannot be used with");
    }
    let both = ["--prompt", "a", "--beam", "3", "--top-k", "2"];
    let small = ["--train", "train.txt", "--dim", "4", "--epochs", "1"];
    refused(&[&small[..], &both].concat(), 2, "top_k");
    refused(&[], 2, "--train");
}

#[test]
fn word_vectors_set_the_width_and_are_started_from() {
    let folder = tempfile::tempdir().unwrap();
    write_texts(folder.path());
    std::fs::write(
        folder.path().join("vectors.txt"),
        "2 3\nred 1 0 0.5\ncoat 0.5 0.1 0\n",
    )
    .unwrap();
    let train = "text lm --json --train train.txt --layers 1 --batch 4 --epochs 1";
    let run = |more: &str| {
        let line = format!("{train} {more}");
        guide(folder.path(), &line.split(' ').collect::<Vec<_>>())
    };
    let with = rows(&run("--vectors vectors.txt --out a.model"));
    let without = rows(&run("--dim 3"));
    assert_ne!(with[0]["train_ppl"], without[0]["train_ppl"]);
    let about = rows(&guide(
        folder.path(),
        &["model", "inspect", "--json", "a.model"],
    ));
    let params = &about[0]["about"]["params"];
    assert_eq!((&params["dim"], &params["hidden"]), (&3.into(), &3.into()));
    let output = run("--vectors vectors.txt --dim 4");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("parameter `dim` must be the width of the word vectors to start from, 3"),
        "{error}"
    );
}

/// A pipe can be read once; a training reads its text several times.
#[cfg(unix)]
#[test]
fn a_pipe_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let output = guide(folder.path(), &["text", "lm", "--train", "pipe"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("pipe: not a file that can be read more than once"),
        "{said}"
    );
}

#[test]
fn what_is_cut_is_said_and_nul_characters_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_texts(folder);
    let text = format!("a {} coat\n", "x".repeat(150));
    std::fs::write(folder.join("long.txt"), text.repeat(30)).unwrap();
    std::fs::write(folder.join("nul.txt"), "a red coat\na\0b\n").unwrap();
    let train = ["text", "lm", "--train", "train.txt", "--out", "lm.model"];
    let test = ["--test", "long.txt"];
    let trained = guide(folder, &[&train[..], &SMALL, &test].concat());
    let load = ["text", "lm", "--load", "lm.model"];
    let loaded = guide(folder, &[&load[..], &test].concat());
    for output in [trained, loaded] {
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        let expected = "long.txt: 30 words of more than 100 bytes are cut to their first 100\n";
        assert!(said.contains(expected), "{said}");
    }
    for line in [&train[..], &load] {
        let nul = guide(folder, &[line, &["--test", "nul.txt"]].concat());
        let said = String::from_utf8(nul.stderr).unwrap();
        assert_eq!(nul.status.code(), Some(1), "{said}");
        assert!(said.contains("nul.txt:2: a NUL character"), "{said}");
    }
}
