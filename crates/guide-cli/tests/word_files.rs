//! `guide words` on files as users have them: vectors with odd rows, published pairs, texts without context, control characters.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{fails, file, guide, json, words};

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// The neighbours of `lamp` with their cosines.
fn nearest(folder: &Path, name: &str, content: &str, more: &str) -> Vec<(String, f64)> {
    let vectors = file(folder, name, content);
    let rows = json(&words(&format!(
        "words nearest --vectors {vectors} lamp --json {more}"
    )));
    rows.iter()
        .filter(|row| row.get("neighbour").is_some())
        .map(|row| {
            (
                row["neighbour"].as_str().unwrap().to_owned(),
                row["cosine"].as_f64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn blanks_and_tabs_give_the_same_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let plain = nearest(
        folder.path(),
        "a.vec",
        "3 2\nlamp 1 0\nnew york 4 3\nsofa bed 0 2\n",
        "",
    );
    assert_eq!(plain[0].0, "new york");
    assert!((plain[0].1 - 0.8).abs() < 1e-6 && plain[1] == ("sofa bed".to_owned(), 0.0));
    for text in [
        "3 2\nlamp\t1\t0\nnew york\t4\t3\nsofa bed\t0\t2\n",
        "3 2\nlamp\t1 0\nnew york\t4 3\nsofa bed\t0 2\n",
        "3 2\nlamp  1  0\nnew york  4  3\nsofa bed  0  2\n",
        "lamp\t1\t0\nnew york\t4\t3\nsofa bed\t0\t2\n",
        "lamp 1 0\nnew york 4 3\nsofa bed 0 2\n",
    ] {
        assert_eq!(nearest(folder.path(), "b.vec", text, ""), plain, "{text:?}");
    }
}

#[test]
fn bad_rows_are_errors_or_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "5 2\nlamp 1 0\ncoat 4 3\ncoat 0 2\n 1 2\nhat 1 x\n";
    let vectors = file(folder.path(), "bad.vec", bad);
    let line = format!("words nearest --vectors {vectors} lamp");
    let reason = "bad.vec:4: duplicate word: coat (--on-bad-row skip leaves such rows out)";
    fails(&words(&line), 1, reason);
    // What is done about bytes that are not UTF-8 says nothing about duplicates.
    fails(&words(&format!("{line} --invalid-utf8 replace")), 1, reason);
    fails(
        &words(&format!("{line} --on-bad-row ignore")),
        2,
        "error, skip",
    );

    let told = guide(&words(&format!("{line} --on-bad-row skip")));
    assert!(told.status.success());
    let (_, log) = text(&told);
    let reason = "bad.vec: 3 rows left out, 1 of them with a word that has a row already; the first at line 4: duplicate word: coat";
    assert!(log.contains(reason), "{log}");
    let rows = json(&words(&format!("{line} --on-bad-row skip --json")));
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0]["words"].as_u64(), rows[0]["dim"].as_u64()),
        (Some(2), Some(2))
    );
    let skipped = &rows[0]["skipped_rows"];
    assert_eq!(
        (
            skipped["duplicates"].as_u64(),
            skipped["malformed"].as_u64()
        ),
        (Some(1), Some(2))
    );
    assert_eq!(skipped["first_line"], 4);
    assert_eq!(rows[1]["neighbour"], "coat");

    let pairs = file(folder.path(), "pairs.txt", "lamp coat 1\n");
    let eval = format!("words eval --vectors {vectors} --pairs {pairs}");
    fails(&words(&eval), 1, "bad.vec:4: ");
    let rows = json(&words(&format!("{eval} --on-bad-row skip --json")));
    assert_eq!(rows[0]["skipped_rows"]["duplicates"], 1);
    assert_eq!(rows[1]["answered"], 1);
    // Without a bad row the count is 0, and still said.
    let good = file(folder.path(), "good.vec", "2 1\nlamp 1\ncoat 2\n");
    let rows = json(&words(&format!(
        "words nearest --vectors {good} lamp --on-bad-row skip --json"
    )));
    assert_eq!(rows[0]["skipped_rows"]["duplicates"], 0);
    assert!(rows[0]["skipped_rows"]["first_line"].is_null());
}

#[test]
fn files_that_hold_no_vectors_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8], reason: &str| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        fails(
            &words(&format!("words nearest --vectors {path} lamp")),
            1,
            reason,
        );
    };
    refused(
        "ft.bin",
        &[0x2F4F_16BA_u32.to_le_bytes(), 12_u32.to_le_bytes()].concat(),
        "ft.bin: fastText model (bin), which is not read here; pass the model's .vec file instead",
    );
    refused(
        "glove.zip",
        b"PK\x03\x04\x14\0\0\0",
        "glove.zip: zip archive, which is not read here; unpack it and pass the file inside",
    );
    refused(
        "a.vec",
        b"<html><body>404</body></html>",
        "a.vec: HTML page, which is not read here; ",
    );
    refused(
        "hi.vec",
        b"5 3\nhat 1 2 3\nlamp 0 1 0\n",
        "hi.vec:4: the file ends after 2 of 5 words",
    );
    refused(
        "lo.vec",
        b"1 3\nhat 1 2 3\nlamp 0 1 0\n",
        "lo.vec:3: more than the 1 words of the first line",
    );
    refused(
        "claim.vec",
        b"2000000 300\njacket 1 2 3\n",
        "claim.vec:2: expected a word and 300 numbers, not 3: `jacket 1 2 3`",
    );
    let corpus = folder.path().join("glove.zip");
    let train = format!(
        "words train --corpus {} --model cbow --out o.vec",
        corpus.display()
    );
    fails(
        &words(&train),
        1,
        "glove.zip: zip archive, which is not read here",
    );
    fails(
        &words(&format!("{train} --column text")),
        1,
        "glove.zip: zip archive, which is not read here",
    );
}

#[test]
fn published_pairs_are_read_and_the_column_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = file(folder.path(), "a.vec", "3 2\nlamp 1 0\ncoat 4 3\nhat 0 2\n");
    // cosines: lamp coat .8, coat hat .6, lamp hat 0; judged in that order
    let simlex = "word1\tword2\tPOS\tSimLex999\tconc(w1)\nlamp\tcoat\tN\t8.1\t1\ncoat\that\tN\t2.5\t9\nlamp\that\tN\t2\t5\n";
    let wordsim = "Word 1,Word 2,Human (mean)\nlamp,coat,8.1\ncoat,hat,2.5\nlamp,hat,2\n";
    for (name, content, column, heading) in [
        ("simlex.txt", simlex, 4, "SimLex999"),
        ("combined.csv", wordsim, 3, "Human (mean)"),
    ] {
        let pairs = file(folder.path(), name, content);
        let output = guide(&words(&format!(
            "words eval --vectors {vectors} --pairs {pairs} --json"
        )));
        let (out, log) = text(&output);
        let row: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
        assert!(
            (row["spearman"].as_f64().unwrap() - 1.0).abs() < 1e-12,
            "{row}"
        );
        assert_eq!(
            (row["answered"].as_u64(), row["score_column"].as_u64()),
            (Some(3), Some(column))
        );
        assert_eq!(row["score_heading"], heading);
        let told =
            format!("{name}: line 1 is a heading; the judgement is column {column}, `{heading}`");
        assert!(log.contains(&told), "{log}");
    }
    let unclear = file(
        folder.path(),
        "unclear.tsv",
        "a\tb\tx\ty\nlamp\tcoat\t1\t2\n",
    );
    fails(
        &words(&format!("words eval --vectors {vectors} --pairs {unclear}")),
        1,
        "unclear.tsv:1: the heading `a`, `b`, `x`, `y` does not say which column",
    );
}

#[test]
fn a_text_without_context_is_named_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(folder.path(), "one.txt", &"coat\nlamp\nhat\n".repeat(10));
    let cause = "the list of sentences with two words of the vocabulary (each line of a text file is a sentence) is empty";
    for (model, more) in [("skip-gram", "--set sample=0"), ("cbow", ""), ("glove", "")] {
        let out = folder.path().join("o.vec");
        let line = format!(
            "words train --corpus {corpus} --model {model} --dim 4 --out {} {more}",
            out.display()
        );
        fails(&words(&line), 1, &format!("one.txt: {cause}"));
        assert!(!out.exists());
    }
}

#[test]
fn emoji_and_names_with_signs_are_words() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(
        folder.path(),
        "reviews.txt",
        &"love it 😍 👍🏽 C++ beats C# and C\nbought at AT&T and H&M 👍🏽\n".repeat(10),
    );
    for tokenizer in ["words", "chinese"] {
        let out = folder.path().join("o.vec");
        let out = out.to_str().unwrap();
        let train = "words train --model skip-gram --dim 4 --epochs 1 --set sample=0 --json";
        json(&words(&format!(
            "{train} --corpus {corpus} --tokenizer {tokenizer} --out {out}"
        )));
        for word in ["😍", "👍🏽", "c++", "C#", "c", "at&t", "H&M"] {
            let rows = json(&words(&format!(
                "words nearest --vectors {out} {word} --k 1 --json"
            )));
            assert_eq!(rows.len(), 1, "{word}");
        }
    }
}

#[test]
fn no_control_character_of_a_file_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let word = "a\u{1b}[2J\u{9b}31m\u{202e}b";
    let good = file(
        folder.path(),
        "good.vec",
        &format!("2 2\nlamp 1 0\n{word} 1 1\n"),
    );
    let twice = file(
        folder.path(),
        "twice.vec",
        &format!("2 2\n{word} 1 0\n{word} 1 1\n"),
    );
    let number = file(
        folder.path(),
        "number.vec",
        &format!("2 2\nlamp 1 0\nhat {word} 1\n"),
    );
    let inner = file(folder.path(), "cr.vec", "2 2\nbe\rlow 1 0\nlamp 1 x\ry\n");
    let mac = file(folder.path(), "mac.vec", "1 2\rlamp 1 0\r");
    let odd = file(folder.path(), "a\u{1b}[2J\u{9b}.vec", "1 2\n");
    let pairs = file(folder.path(), "pairs.txt", &format!("a b {word}\n"));
    for line in [
        format!("words nearest --vectors {good} lamp"),
        format!("words nearest --vectors {good} lamp --json"),
        format!("words nearest --vectors {twice} lamp"),
        format!("words nearest --vectors {twice} {word} --on-bad-row skip"),
        format!("words nearest --vectors {number} lamp"),
        format!("words nearest --vectors {inner} lamp"),
        format!("words nearest --vectors {mac} lamp"),
        format!("words nearest --vectors {odd} lamp"),
        format!("words nearest --vectors {good} {word}x"),
        format!("words eval --vectors {good} --pairs {pairs}"),
    ] {
        let (out, log) = text(&guide(&words(&line)));
        for printed in [&out, &log] {
            let is_raw = |c: char| !guide_core::is_printable(c) && c != '\n';
            assert!(!printed.contains(is_raw), "{line:?}: {printed:?}");
        }
    }
    let rows = json(&words(&format!(
        "words nearest --vectors {good} lamp --json"
    )));
    assert_eq!(rows[0]["neighbour"], word);
}
