//! `guide words eval`: measures vectors on analogies and on similarities that people judged.

use std::path::PathBuf;

use clap::Args;
use nlp_embed::{Analogies, AnalogySection, EvaluationParams, PairReport, WordPairs};
use serde_json::{Value, json};

use super::vectors::VectorArgs;
use crate::output::{Output, log};
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::at_least_one;

#[derive(Args)]
pub struct EvalArgs {
    #[command(flatten)]
    vectors: VectorArgs,
    /// Questions `a b c d` under `: section` lines, as questions-words.txt.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "pairs")]
    analogies: Vec<PathBuf>,
    /// Pairs of words with a judgement, such as WordSim-353 and SimLex-999 as they are published: with a heading or without,
    /// separated by tabs, blanks or commas. The heading tells which column is the judgement (`SimLex999`, `Human (mean)`,
    /// `score`, ..); without one it is the third, or the only column of numbers.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pairs: Vec<PathBuf>,
    /// Number of words of the vectors that are used, from the first. Figures of different limits cannot be compared.
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = at_least_one())]
    vocab_limit: usize,
}

/// Runs `guide words eval`.
pub fn run(args: &EvalArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("words eval")?;
    let params = EvaluationParams::default().vocab_limit(args.vocab_limit);
    // All files are read before the first figure, so that a bad one is reported at once.
    let analogies = read(&args.analogies, |path| Analogies::read(path))?;
    let pairs = read(&args.pairs, |path| WordPairs::read(path))?;
    for (path, pairs) in args.pairs.iter().zip(&pairs) {
        if let Some(how) = understood(pairs) {
            log(&format!("{}: {how}", path.display()));
        }
    }
    let vectors = args.vectors.read(args.vocab_limit, output)?.vectors;
    let mut rows = Vec::new();
    for (path, analogies) in args.analogies.iter().zip(analogies) {
        let report = Bar::during("analogies", |_| analogies.evaluate(&vectors, params))?;
        let file = path.display().to_string();
        for section in report.sections.iter().chain([&report.total]) {
            output.row(of_section(&file, section, report.vocab), &mut rows)?;
        }
    }
    for (path, pairs) in args.pairs.iter().zip(pairs) {
        let report = pairs.evaluate(&vectors, params)?;
        let file = path.display().to_string();
        output.row(of_pairs(&file, &pairs, &report), &mut rows)?;
    }
    output.table(&rows)
}

/// How the columns of a file of pairs were understood; `None` if there are two words and a number.
fn understood(pairs: &WordPairs) -> Option<String> {
    let column = pairs.score_column();
    match (pairs.heading(), pairs.score_heading()) {
        (Some((line, _)), Some(name)) => Some(format!(
            "line {line} is a heading; the judgement is column {column}, `{name}`"
        )),
        _ if column > 3 => Some(format!(
            "no heading; the judgement is column {column}, the only one of numbers"
        )),
        _ => None,
    }
}

fn read<T>(
    paths: &[PathBuf],
    read: impl Fn(&PathBuf) -> guide_core::Result<T>,
) -> guide_core::Result<Vec<T>> {
    paths.iter().map(read).collect()
}

fn of_section(file: &str, section: &AnalogySection, vocab: usize) -> Value {
    json!({
        "file": file,
        "section": section.section,
        "analogy_accuracy": section.accuracy(),
        "answered": section.answered,
        "skipped": section.skipped,
        "spearman": null,
        "coverage": section.coverage(),
        "vocab": vocab,
    })
}

fn of_pairs(file: &str, pairs: &WordPairs, report: &PairReport) -> Value {
    json!({
        "file": file,
        "section": "total",
        "analogy_accuracy": null,
        "answered": report.answered,
        "skipped": report.skipped,
        "spearman": report.spearman,
        "coverage": report.coverage(),
        "vocab": report.vocab,
        "score_column": pairs.score_column(),
        "score_heading": pairs.score_heading(),
    })
}
