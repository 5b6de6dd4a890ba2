//! `guide model export` and `import`: the tensors of the three networks of texts, out and in, and what is refused.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;

use common::{fails, file, json, words};

/// Trains two models of one size that differ in their seed, and one of another size; returns their paths.
fn trained(folder: &Path, line: &str, [size, other_size]: [&str; 2]) -> [String; 3] {
    let models = [("a", 1, size), ("b", 2, size), ("wide", 1, other_size)];
    models.map(|(name, seed, size)| {
        let out = folder.join(format!("{name}.model"));
        let out = out.to_str().unwrap().to_owned();
        json(&words(&format!(
            "text {line} {size} --seed {seed} --json --out {out}"
        )));
        out
    })
}

/// The second model with the tensors of the first is the first, but for its seed; tensors of another size are refused and leave no file.
fn exchanges(folder: &Path, [a, b, other]: [String; 3], kind: &str, refusal: &str) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let export = |model: &str, out: &str| {
        let rows = json(&words(&format!("model export --json {model} --out {out}")));
        assert_eq!(rows[0]["kind"], kind);
    };
    export(&a, &path("a.safetensors"));
    let line = format!(
        "--weights {} --out {}",
        path("a.safetensors"),
        path("c.model")
    );
    json(&words(&format!("model import --json {b} {line}")));
    export(&path("c.model"), &path("c.safetensors"));
    let bytes = |name: &str| fs::read(path(name)).unwrap();
    assert!(bytes("a.safetensors") == bytes("c.safetensors"));
    assert!(fs::read(&b).unwrap() != bytes("c.model"));

    export(&other, &path("other.safetensors"));
    let line = format!(
        "--weights {} --out {}",
        path("other.safetensors"),
        path("d.model")
    );
    fails(&words(&format!("model import {b} {line}")), 1, refusal);
    assert!(!folder.join("d.model").exists());
}

#[test]
fn a_language_model() {
    let temp = tempfile::tempdir().unwrap();
    let text = file(
        temp.path(),
        "train.txt",
        &"a red coat\na blue hat\n".repeat(40),
    );
    let line = format!("lm --train {text} --layers 1 --batch 4 --bptt 6 --epochs 1");
    let models = trained(temp.path(), &line, ["--dim 6", "--dim 8"]);
    let refusal = "tensor `embedding.weight`: expected shape [7, 6], got [7, 8]";
    exchanges(temp.path(), models, "language-model", refusal);
}

#[test]
fn a_classifier() {
    let temp = tempfile::tempdir().unwrap();
    let table = file(
        temp.path(),
        "train.csv",
        &format!(
            "text,label\n{}",
            "a warm coat,good\ntoo small,bad\n".repeat(20)
        ),
    );
    let line = format!(
        "classify --train {table} --test {table} --text-column text --label-column label \
         --model gru --set dim=4 --set epochs=1"
    );
    let linear = temp
        .path()
        .join("linear.model")
        .to_str()
        .unwrap()
        .to_owned();
    let plain = line.replace("--model gru --set dim=4 --set epochs=1", "--model linear");
    json(&words(&format!("text {plain} --json --out {linear}")));
    let models = trained(temp.path(), &line, ["--set hidden=3", "--set hidden=5"]);
    let refusal = "tensor `rnn.weight_ih_l0`: expected shape [9, 4], got [15, 4]";
    exchanges(temp.path(), models, "recurrent-text-classifier", refusal);
    let out = temp
        .path()
        .join("x.safetensors")
        .to_str()
        .unwrap()
        .to_owned();
    fails(
        &words(&format!("model export {linear} --out {out}")),
        1,
        "a model of kind `linear-text-classifier` has no tensors of a network",
    );
    fails(
        &words(&format!("model export {linear} --out {linear}")),
        2,
        "--out",
    );
}

#[test]
fn a_tagger() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("train");
    fs::create_dir(&folder).unwrap();
    file(&folder, "seq.in", &"find red shoes\nplay abba\n".repeat(10));
    file(
        &folder,
        "seq.out",
        &"O B-color B-type\nO B-artist\n".repeat(10),
    );
    file(&folder, "label", &"find\nplay\n".repeat(10));
    let line = format!(
        "tag --train {} --epochs 1 --set word_dim=6 --set n_hidden=5 --set char_filters=4",
        folder.display()
    );
    let models = trained(temp.path(), &line, ["--set slot_dim=4", "--set slot_dim=7"]);
    let refusal = "tensor `slots.weight`: expected shape [4, 12], got [7, 12]";
    exchanges(temp.path(), models, "tagger", refusal);
}
