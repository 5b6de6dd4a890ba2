//! `guide words eval`: how well vectors answer analogies, and agree with people about similarities.

use std::path::PathBuf;

use clap::Args;
use nlp_embed::{Analogies, AnalogySection, EvaluationParams, PairReport, WordPairs};
use serde_json::{Value, json};

use super::vectors::VectorArgs;
use crate::output::Output;
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
    /// Pairs of words with a judgement, as wordsim353 and simlex999.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pairs: Vec<PathBuf>,
    /// Only the first so many words of the vectors are known. Figures of different limits cannot be compared.
    #[arg(long, value_name = "N", default_value_t = 30_000, value_parser = at_least_one())]
    vocab_limit: usize,
}

/// Runs `guide words eval`.
pub fn run(args: &EvalArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("words eval")?;
    let params = EvaluationParams::default().vocab_limit(args.vocab_limit);
    // Bad files are told of before the first figure.
    let analogies = read(&args.analogies, |path| Analogies::read(path))?;
    let pairs = read(&args.pairs, |path| WordPairs::read(path))?;
    let vectors = args.vectors.read(args.vocab_limit)?.vectors;
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
        output.row(of_pairs(&file, &report), &mut rows)?;
    }
    output.table(&rows)
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

fn of_pairs(file: &str, report: &PairReport) -> Value {
    json!({
        "file": file,
        "section": "total",
        "analogy_accuracy": null,
        "answered": report.answered,
        "skipped": report.skipped,
        "spearman": report.spearman,
        "coverage": report.coverage(),
        "vocab": report.vocab,
    })
}
