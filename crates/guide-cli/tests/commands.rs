//! The program as a user meets it: what it prints, what it writes, and how it fails.

mod common;

use std::fs;

use common::{fails, guide, json, ratings, words};

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
fn rating_models_rank_files_with_ratings() {
    let folder = tempfile::tempdir().unwrap();
    let csv = ratings(folder.path());
    let text = fs::read_to_string(&csv).unwrap().replace('"', "");
    let (test, train): (Vec<_>, Vec<_>) = text
        .lines()
        .map(|line| format!("{}\t978300019\n", line.replace(',', "\t")))
        .enumerate()
        .partition(|(number, _)| number % 6 == 0);
    let write = |name: &str, lines: Vec<(usize, String)>| {
        let text: String = lines.into_iter().map(|(_, line)| line).collect();
        common::file(folder.path(), name, &text)
    };
    let (train, test) = (write("train.rating", train), write("test.rating", test));
    let files = format!("ranking --train {train} --test {test} --k 5 --json --seed 1 --algo");
    let rank = |rest: &str| json(&words(&format!("{files} {rest}")));
    let all = "baseline,knn-basic,knn-means,knn-zscore,knn-baseline,slope-one,co-clustering,svd,svdpp,nmf,als,ncf,ials";
    let rows = rank(&format!("{all} --format ncf"));
    assert_eq!(rows.len(), 13);
    assert!(rows.iter().all(|row| row["ndcg"].is_f64()));
    let found = rows.iter().filter(|row| row["ndcg"].as_f64() > Some(0.0));
    assert!(found.count() > 6);

    // The other formats hold the same.
    let same = |row: &serde_json::Value| (row["ndcg"].clone(), row["recall"].clone());
    let [expected] = &rank("svd --format ml-100k")[..] else {
        panic!("one row")
    };
    let with = |algo: &str, fields: &str| -> Vec<String> {
        let line = format!("{files} {algo} --format tsv --line-format");
        let words = words(&line).into_iter().map(str::to_owned);
        words.chain([fields.to_owned()]).collect()
    };
    let run = |line: Vec<String>| json(&line.iter().map(String::as_str).collect::<Vec<_>>());
    let by_words = run(with("svd", "user item rating"));
    assert_eq!(same(&by_words[0]), same(expected));
    let popular = run(with("popular", "user item"));
    assert!(popular[0]["recall"].is_f64());
    let svd = with("svd", "user item");
    let svd: Vec<&str> = svd.iter().map(String::as_str).collect();
    fails(&svd, 1, "needs ratings");
}

#[test]
fn nobody_reading_on_is_no_failure() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let start = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guide"));
        command.args(["algorithms", "--json"]).stdout(out);
        command.stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut child = start(Stdio::piped());
    drop(child.stdout.take());
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), &*error), (Some(0), ""));
    if let Ok(full) = fs::File::options().write(true).open("/dev/full") {
        let output = start(full.into()).wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            error.starts_with("guide: standard output: No space left"),
            "{error}"
        );
    }
}

#[test]
fn single_precision_parameters_are_printed_as_they_are_written() {
    let output = guide(&["algorithms", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let svd = text
        .lines()
        .find(|line| line.contains(r#""algo":"svd","#))
        .unwrap();
    assert!(svd.contains(r#""learning_rate":0.005,"#), "{svd}");
}
