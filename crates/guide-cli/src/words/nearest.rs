//! `guide words nearest`: the neighbours of words, and answers to analogies.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use guide_core::Scored;
use nlp_embed::WordVectors;
use serde_json::{Value, json};

use crate::output::Output;
use crate::settings::Settings;
use crate::usage::at_least_one;

#[derive(Args)]
pub struct NearestArgs {
    /// The vectors: word2vec text or binary, GloVe, or this project's model file; plain or gzip.
    #[arg(long, value_name = "VEC")]
    vectors: PathBuf,
    /// Words whose neighbours are wanted, each by itself.
    #[arg(value_name = "WORD", required_unless_present = "plus")]
    words: Vec<String>,
    /// How many neighbours.
    #[arg(long, default_value_t = 10, value_parser = at_least_one())]
    k: usize,
    /// An analogy instead: words that are added. `--plus king,woman --minus man`: man is to king as woman is to ..
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        conflicts_with = "words"
    )]
    plus: Vec<String>,
    /// Words that are taken off.
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        requires = "plus",
        conflicts_with = "words"
    )]
    minus: Vec<String>,
}

/// Runs `guide words nearest`.
pub fn run(args: &NearestArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("words nearest")?;
    let vectors = WordVectors::read(&args.vectors)?;
    let file = || args.vectors.display().to_string();
    let mut rows = Vec::new();
    if args.plus.is_empty() {
        for word in &args.words {
            let hits = vectors.nearest(word, args.k).with_context(file)?;
            rows.extend(rows_of(word, &hits));
        }
    } else {
        let plus: Vec<&str> = args.plus.iter().map(String::as_str).collect();
        let minus: Vec<&str> = args.minus.iter().map(String::as_str).collect();
        let hits = vectors.analogy(&plus, &minus, args.k).with_context(file)?;
        let asked = [&[&*plus.join(" + ")], minus.as_slice()]
            .concat()
            .join(" - ");
        rows.extend(rows_of(&asked, &hits));
    }
    output.rows(&rows)
}

fn rows_of<'a>(asked: &'a str, hits: &'a [Scored<&str>]) -> impl Iterator<Item = Value> + 'a {
    hits.iter()
        .map(move |hit| json!({ "word": asked, "neighbour": hit.id, "cosine": hit.score }))
}
