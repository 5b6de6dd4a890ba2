//! The program, run as a user runs it.
#![allow(dead_code, unreachable_pub)] // each test file uses its part
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub fn guide(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guide"))
        .args(args)
        .output()
        .unwrap()
}

pub fn json(args: &[&str]) -> Vec<Value> {
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
pub fn fails(args: &[&str], code: i32, words: &str) {
    let output = guide(args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(output.stdout.is_empty(), "nothing on standard output");
    assert!(error.contains(words), "{error}");
    assert!(code == 2 || error.lines().count() == 1, "one line: {error}");
}

/// 30 users who each rate 12 of 20 items by a rule.
pub fn ratings(folder: &Path) -> String {
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

/// A file with this text.
pub fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The words of a command line.
pub fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}
