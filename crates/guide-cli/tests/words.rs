//! `guide words`: training from lines and from a column, neighbours, evaluation, and what each refuses.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;

use common::{fails, file, guide, json, words};
use serde_json::Value;

/// Sentences in which coats and jackets stand beside the same words, and lamps and desks beside others.
fn sentences() -> String {
    let mut text = String::new();
    for round in 0..300 {
        let (wear, room) = (["Coat", "jacket"][round % 2], ["lamp", "desk"][round % 2]);
        text.push_str(&format!(
            "a warm {wear}, made of wool, in size {}.\n",
            round % 3
        ));
        text.push_str(&format!("put the {room} in a corner with light!\n"));
    }
    text
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// Trains a little and returns what was printed.
fn train(more: &str) -> Value {
    let line = format!(
        "words train --model skip-gram --dim 16 --epochs 20 --seed 1 --set sample=0 --json {more}"
    );
    let mut rows = json(&words(&line));
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// The nearest of each line printed.
fn neighbours(line: &str) -> Vec<String> {
    let rows = json(&words(&format!("words nearest --json {line}")));
    let name = |row: &Value| row["neighbour"].as_str().unwrap().to_owned();
    rows.iter().map(name).collect()
}

#[test]
fn trained_words_are_near_those_used_alike_on_any_threads_and_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(folder.path(), "corpus.txt", &sentences());
    let out = |name: &str| path(folder.path(), name);
    let first = train(&format!(
        "--corpus {corpus} --threads 1 --out {}",
        out("a.vec")
    ));
    // a warm coat made of wool in size 0 | put the lamp in a corner with light: 9 and 8 words, 20 passes
    assert_eq!(first["words"], 20 * 300 * (9 + 8));
    assert_eq!(first["tokens"], 300 * (9 + 8));
    // coat and jacket, lamp and desk, 0 to 2, and what else is above
    assert_eq!(
        (first["vocab"].as_u64(), first["dim"].as_u64()),
        (Some(19), Some(16))
    );
    assert!(first["loss"].as_f64().is_some_and(|loss| loss > 0.0));
    let rate = first["words"].as_f64().unwrap() / first["seconds"].as_f64().unwrap();
    assert!((first["words_per_s"].as_f64().unwrap() / rate - 1.0).abs() < 1e-6);

    train(&format!(
        "--corpus {corpus} --threads 2 --out {}",
        out("b.vec")
    ));
    assert_eq!(
        fs::read(out("a.vec")).unwrap(),
        fs::read(out("b.vec")).unwrap()
    );
    assert!(
        fs::read_to_string(out("a.vec"))
            .unwrap()
            .starts_with("19 16\na ")
    );

    let of_text = neighbours(&format!("--vectors {} coat lamp --k 3", out("a.vec")));
    assert_eq!(of_text.len(), 6);
    assert_eq!((&*of_text[0], &*of_text[3]), ("jacket", "desk"));
    for (flag, name) in [("", "c.bin"), ("--format glove", "d.txt"), ("", "e.model")] {
        train(&format!("--corpus {corpus} {flag} --out {}", out(name)));
        let found = neighbours(&format!("--vectors {} coat lamp --k 3", out(name)));
        assert_eq!(found, of_text, "{name}");
    }
    let begins = |name: &str, with: &[u8]| fs::read(out(name)).unwrap().starts_with(with);
    assert!(
        begins("c.bin", b"19 16\na ") && begins("d.txt", b"a ") && begins("e.model", b"GUIDEMDL")
    );
    let other = format!("--corpus {corpus} --set seed=2 --out {}", out("f.vec"));
    train(&other);
    assert_ne!(
        fs::read(out("a.vec")).unwrap(),
        fs::read(out("f.vec")).unwrap()
    );
}

#[test]
fn glove_learns_from_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(folder.path(), "corpus.txt", &sentences());
    let out = path(folder.path(), "glove.txt");
    let line = format!("words train --model glove --corpus {corpus} --out {out} --json");
    let row = json(&words(&format!(
        "{line} --window 4 --epochs 50 --set x_max=10"
    )))
    .remove(0);
    assert_eq!(
        (row["words"].as_u64(), row["dim"].as_u64()),
        (Some(300 * (9 + 8)), Some(50))
    );
    assert!(
        row["pairs"]
            .as_u64()
            .is_some_and(|pairs| pairs > 100 && pairs < 19 * 18)
    );
    assert!(
        row["loss"]
            .as_f64()
            .is_some_and(|loss| loss > 0.0 && loss < 0.1),
        "{row}"
    );
    let found = neighbours(&format!("--vectors {out} lamp --k 1"));
    assert_eq!(found, ["desk"]);
    fails(
        &words(&format!("{line} --negative 5")),
        2,
        "glove: no parameter `negative`; known: dim, ",
    );
}

#[test]
fn glove_counts_across_long_lines() {
    let folder = tempfile::tempdir().unwrap();
    let line = "x ".repeat(999) + "a b";
    let text = file(folder.path(), "line.txt", &line);
    let column = file(folder.path(), "line.csv", &format!("id,text\n1,{line}\n"));
    for corpus in [text, format!("{column} --column text")] {
        let out = path(folder.path(), "glove.txt");
        let train = "words train --model glove --window 1 --min-count 1 --epochs 1 --dim 2";
        let row = json(&words(&format!(
            "{train} --corpus {corpus} --out {out} --json"
        )))
        .remove(0);
        // x with x, x with a, a with b, and the reverse
        assert_eq!(row["pairs"], 5);
    }
}

#[test]
fn a_column_of_chinese_reviews_is_cut_by_the_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "cat,review\n".to_owned();
    for _ in 0..6 {
        text.push_str("手机,\"手机的屏幕很大，300元\"\n衣服,衣服的颜色\n,\n");
    }
    let corpus = file(folder.path(), "reviews.csv", &text);
    let out = path(folder.path(), "zh.vec");
    let line = format!("--corpus {corpus} --column review --tokenizer chinese --out {out}");
    // 手机 的 屏幕 很大 300元 | 衣服 的 颜色
    let row = train(&line);
    assert_eq!(
        (row["tokens"].as_u64(), row["vocab"].as_u64()),
        (Some(6 * 8), Some(7))
    );
    let found = neighbours(&format!("--vectors {out} 手机 --k 10"));
    assert_eq!(found.len(), 6);
    assert!(found.contains(&"300元".to_owned()), "{found:?}");
    // Without the dictionary each character stands alone.
    let row = train(&format!("--corpus {corpus} --column cat --out {out}"));
    assert_eq!(
        (row["tokens"].as_u64(), row["vocab"].as_u64()),
        (Some(6 * 4), Some(4))
    );

    let line = |column: &str| {
        format!("words train --model cbow --corpus {corpus} --column {column} --out {out}")
    };
    fails(
        &words(&line("text")),
        1,
        "reviews.csv:1: no column `text`; there are: cat, review",
    );
    fs::write(&corpus, "cat,review\na,b\nc\n").unwrap();
    fails(
        &words(&line("review")),
        1,
        "reviews.csv:3: 1 fields, none of them `review`",
    );
    fs::write(&corpus, b"cat,review\na,\xff\n").unwrap();
    fails(&words(&line("review")), 1, "reviews.csv:2: not UTF-8");
}

/// Vectors in which man is to woman as king is to queen.
fn royal(folder: &Path) -> String {
    let text = "5 3\nman 1 0 0\nwoman 0 1 0\nking 1 0 1\nqueen 0 1 1\nlamp -1 -1 0\n";
    file(folder, "royal.vec", text)
}

#[test]
fn analogies_and_figures_by_section() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = royal(folder.path());
    let line =
        format!("words nearest --vectors {vectors} --plus king,woman --minus man --k 1 --json");
    let rows = json(&words(&line));
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["word"].as_str(), rows[0]["neighbour"].as_str()),
        (Some("king + woman - man"), Some("queen"))
    );
    // king + woman - man, each at length 1, is (0.7 - 1, 1, 0.7): cosine .959 with queen
    assert!(
        rows[0]["cosine"]
            .as_f64()
            .is_some_and(|cosine| (cosine - 0.9586).abs() < 1e-3)
    );

    let questions = ": family\nman woman king queen\nman woman uncle aunt\n: none\n: wrong\nman lamp king woman\n";
    let questions = file(folder.path(), "questions.txt", questions);
    // cosines: man king .71, woman king 0, man lamp -.71; judged in that order
    let pairs = "man king 9\nwoman king 5\nman lamp 1\nman uncle 4\n";
    let pairs = file(folder.path(), "pairs.tsv", pairs);
    let eval =
        format!("words eval --vectors {vectors} --analogies {questions} --pairs {pairs} --json");
    let rows = json(&words(&eval));
    let of = |row: usize, field: &str| rows[row][field].clone();
    let sections: Vec<Value> = (0..rows.len()).map(|row| of(row, "section")).collect();
    assert_eq!(sections, ["family", "none", "wrong", "total", "total"]);
    let accuracies: Vec<Option<f64>> = (0..5)
        .map(|row| of(row, "analogy_accuracy").as_f64())
        .collect();
    assert_eq!(accuracies, [Some(1.0), None, Some(0.0), Some(0.5), None]);
    let coverages: Vec<Option<f64>> = (0..5).map(|row| of(row, "coverage").as_f64()).collect();
    assert_eq!(
        coverages,
        [Some(0.5), None, Some(1.0), Some(2.0 / 3.0), Some(0.75)]
    );
    assert_eq!(
        (of(3, "answered").as_u64(), of(4, "answered").as_u64()),
        (Some(2), Some(3))
    );
    assert!((of(4, "spearman").as_f64().unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(
        (of(3, "file").as_str(), of(4, "file").as_str()),
        (Some(&*questions), Some(&*pairs))
    );
    assert_eq!(of(0, "vocab"), 5);

    let few = json(&words(&format!("{eval} --vocab-limit 3")));
    assert_eq!(
        (few[0]["vocab"].as_u64(), few[0]["answered"].as_u64()),
        (Some(3), Some(0))
    );
}

#[test]
fn bad_files_and_words_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = royal(folder.path());
    fails(
        &words(&format!("words nearest --vectors {vectors} king emperor")),
        1,
        "royal.vec: unknown word `emperor`",
    );
    fails(
        &words("words nearest --vectors no/such.vec king"),
        1,
        "no/such.vec: ",
    );
    let cut = file(folder.path(), "cut.vec", "2 3\nman 1 0 0\nking 1 0\n");
    fails(
        &words(&format!("words nearest --vectors {cut} man")),
        1,
        "cut.vec:3: ",
    );
    let questions = file(folder.path(), "questions.txt", ": family\nman woman king\n");
    let eval = format!("words eval --vectors {vectors}");
    fails(
        &words(&format!("{eval} --analogies {questions}")),
        1,
        "questions.txt:2: expected 4 words, not 3",
    );
    fails(
        &words(&format!("{eval} --pairs {questions}")),
        1,
        "questions.txt:1: ",
    );

    let latin = folder.path().join("latin.txt");
    fs::write(&latin, b"fine\ncaf\xe9\n").unwrap();
    let latin = latin.to_str().unwrap();
    let out = path(folder.path(), "out.vec");
    let train = |more: &str| format!("words train --model cbow --out {out} {more}");
    fails(
        &words(&train(&format!("--corpus {latin}"))),
        1,
        "latin.txt:2: byte 0xe9 is not UTF-8",
    );
    let short = file(folder.path(), "short.txt", "once upon a time\n");
    fails(
        &words(&train(&format!("--corpus {short}"))),
        1,
        "short.txt: the vocabulary (of 4 tokens",
    );
    fails(&words(&train("--corpus no/such.txt")), 1, "no/such.txt: ");
    assert!(!Path::new(&out).exists());
}

#[test]
fn training_that_cannot_end_well_is_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(folder.path(), "corpus.txt", &sentences());
    let line = |more: &str| format!("words train --corpus {corpus} --model cbow {more}");
    let refused = |more: &str, code: i32, says: &str| fails(&words(&line(more)), code, says);
    refused("--out no/such/folder/a.vec", 1, "no/such/folder/a.vec: ");
    let is_folder = folder.path().display();
    refused(&format!("--out {is_folder}"), 1, &format!("{is_folder}: "));
    let out = path(folder.path(), "a.vec");
    refused(&format!("--out {out}.gz"), 2, "not packed");
    let usage = |more: &str, says: &str| refused(&format!("--out {out} {more}"), 2, says);
    usage(
        "--dim 0",
        "cbow: parameter `dim` must be between 1 and 65536, but is 0",
    );
    usage(
        "--min-count 0",
        "cbow: parameter `min_count` must be at least 1",
    );
    usage(
        "--negative 0",
        "`negative` must be at least 1 without hierarchical_softmax",
    );
    usage(
        "--set sampel=0.1",
        "no parameter `sampel`; known: architecture, dim, ",
    );
    usage("--set sampel=0.1", ", min_count, max_size");
    usage("--set architecture=skip-gram", "--model cbow says");
    usage(
        "--tokenizer letters",
        "whitespace, words, chinese, characters",
    );
    usage("--format pdf", "text, binary, glove, model");
    assert!(!Path::new(&out).exists());
    fails(&words("words nearest --vectors a.vec"), 2, "WORD");
    fails(&words("words nearest --vectors a.vec king --k 0"), 2, "--k");
    fails(
        &words("words nearest --vectors a.vec king --plus queen"),
        2,
        "--plus",
    );
    fails(
        &words("words nearest --vectors a.vec king --minus queen"),
        2,
        "--minus",
    );
    fails(
        &words("words nearest --vectors a.vec king --set k=3"),
        2,
        "has no parameters",
    );
    fails(&words("words eval --vectors a.vec"), 2, "--analogies");
    fails(
        &words("words eval --vectors a.vec --pairs p --vocab-limit 0"),
        2,
        "--vocab-limit",
    );

    // What stood there stays until there is something better.
    fs::write(&out, "old").unwrap();
    let bad = folder.path().join("bad.txt");
    fs::write(&bad, b"\xff").unwrap();
    let train = format!(
        "words train --model cbow --corpus {} --out {out}",
        bad.display()
    );
    assert_eq!(guide(&words(&train)).status.code(), Some(1));
    assert_eq!(fs::read_to_string(&out).unwrap(), "old");
}

#[test]
fn words_that_the_text_has_not_are_found_by_their_n_grams() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = file(folder.path(), "corpus.txt", &sentences());
    let out = path(folder.path(), "a.model");
    train(&format!("--corpus {corpus} --set max_n=4 --out {out}"));
    // Made of what jacket is made of.
    assert_eq!(
        neighbours(&format!("--vectors {out} JACKETS --k 1")),
        ["jacket"]
    );
    fails(
        &words(&format!("words nearest --vectors {out} 手机")),
        1,
        "a.model: unknown word `手机`",
    );
    let pairs = file(folder.path(), "pairs.tsv", "coat jacket 9\ncoat lamp 1\n");
    let rows = json(&words(&format!(
        "words eval --vectors {out} --pairs {pairs} --json"
    )));
    assert_eq!(rows[0]["answered"], 2);
}

#[test]
fn words_are_asked_for_as_they_are_typed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "4 2\ncoat 1 0\n14寸 1 0.1\n1,299元 0 1\ncheap 0.1 1\n";
    let vectors = file(folder.path(), "a.vec", text);
    let line = format!("--vectors {vectors} --k 1");
    assert_eq!(neighbours(&format!("{line} Coat １４寸")), ["14寸", "coat"]);
    assert_eq!(neighbours(&format!("{line} --plus 1,299元")), ["cheap"]);
    assert_eq!(
        neighbours(&format!("{line} --plus 1,299元,Coat,cheap")),
        ["14寸"]
    );
    let missing = format!("words nearest {line} --plus coat,hat");
    fails(&words(&missing), 1, "a.vec: unknown word `hat`");
}

#[test]
fn bytes_that_are_no_text_are_replaced_where_that_is_wished() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = folder.path().join("latin.vec");
    fs::write(&vectors, b"3 1\ncaf\xe9 1\ncaf\xe8 2\ntea 3\n").unwrap();
    let line = format!("words nearest --vectors {} tea", vectors.display());
    fails(&words(&line), 1, "latin.vec:2: ");
    // The two words become the same.
    let replaced = format!("{line} --invalid-utf8 replace");
    fails(
        &words(&replaced),
        1,
        "latin.vec:3: duplicate word: caf\u{fffd}",
    );
    let said = guide(&words(&format!("{replaced} --on-bad-row skip")));
    assert!(said.status.success());
    assert!(String::from_utf8_lossy(&said.stderr).contains("1 rows left out"));
    let csv = folder.path().join("latin.csv");
    let mut text = b"id,text\n".to_vec();
    for _ in 0..6 {
        text.extend_from_slice(b"1,tea caf\xe9\n");
    }
    fs::write(&csv, text).unwrap();
    let out = path(folder.path(), "out.vec");
    let row = train(&format!(
        "--corpus {} --column text --invalid-utf8 replace --out {out}",
        csv.display()
    ));
    assert_eq!(row["vocab"], 2);
}

#[test]
fn texts_that_cannot_be_read_again_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "out.vec");
    let line = |corpus: &str| format!("words train --model cbow --corpus {corpus} --out {out}");
    fails(&words(&line("/dev/null")), 1, "/dev/null: not a file that");
    let corpus = file(folder.path(), "corpus.txt", &sentences());
    let same = format!("words train --model cbow --corpus {corpus} --out {corpus}");
    fails(&words(&same), 2, "--out is the file of --corpus");
    assert_eq!(fs::read_to_string(&corpus).unwrap(), sentences());
    // A quote that nothing closes makes one field of all that follows.
    let rows = "1,\"fine\"\n2,\"stray\n".to_owned() + &"3,more of it\n".repeat(120_000);
    let csv = file(folder.path(), "stray.csv", &format!("id,text\n{rows}"));
    let line = line(&format!("{csv} --column text"));
    fails(
        &words(&line),
        1,
        "stray.csv:3: the row is longer than 1048576 bytes",
    );
}
