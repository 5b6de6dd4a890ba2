//! `guide words nearest`: the neighbours of words, and answers to analogies.

use std::borrow::Cow;

use anyhow::Context;
use clap::Args;
use guide_core::Scored;
use nlp_embed::{WordVectors, Words};
use serde_json::{Value, json};

use super::vectors::{Read, VectorArgs};
use crate::output::Output;
use crate::settings::Settings;
use crate::usage::at_least_one;

#[derive(Args)]
pub struct NearestArgs {
    #[command(flatten)]
    vectors: VectorArgs,
    /// Words to find the neighbours of, each by itself. A word that is not known is looked up as `--tokenizer words` writes it.
    #[arg(value_name = "WORD", required_unless_present = "plus")]
    words: Vec<String>,
    /// Number of neighbours.
    #[arg(long, default_value_t = 10, value_parser = at_least_one())]
    k: usize,
    /// An analogy instead: words that are added. `--plus king,woman --minus man`: man is to king as woman is to ..
    #[arg(long, value_name = "WORDS", conflicts_with = "words")]
    plus: Vec<String>,
    /// Words that are subtracted.
    #[arg(
        long,
        value_name = "WORDS",
        requires = "plus",
        conflicts_with = "words"
    )]
    minus: Vec<String>,
}

/// Runs `guide words nearest`.
pub fn run(args: &NearestArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("words nearest")?;
    let Read { vectors, model } = args.vectors.read(usize::MAX, output)?;
    let file = || args.vectors.vectors.display().to_string();
    let mut rows = Vec::new();
    if args.plus.is_empty() {
        for word in &args.words {
            let word = known(&vectors, word);
            // A word that is not known may have a vector by its n-grams.
            let unseen = model
                .as_ref()
                .filter(|_| vectors.get(&word).is_none())
                .and_then(|model| {
                    let vector = model.vector_of(&word);
                    vector.or_else(|| model.vector_of(&Words::default().normalised(&word)))
                });
            let hits = match unseen {
                Some(vector) => vectors.nearest_to(&vector, args.k, &[]),
                None => vectors.nearest(&word, args.k),
            };
            rows.extend(rows_of(&word, &hits.with_context(file)?));
        }
    } else {
        let (plus, minus) = (listed(&vectors, &args.plus), listed(&vectors, &args.minus));
        let plus: Vec<&str> = plus.iter().map(AsRef::as_ref).collect();
        let minus: Vec<&str> = minus.iter().map(AsRef::as_ref).collect();
        let hits = vectors.analogy(&plus, &minus, args.k).with_context(file)?;
        let asked = [&[&*plus.join(" + ")], minus.as_slice()]
            .concat()
            .join(" - ");
        rows.extend(rows_of(&asked, &hits));
    }
    output.rows(&rows)
}

/// The word as the vectors have it: as it was typed, or else normalised as text is for training.
fn known<'a>(vectors: &WordVectors, word: &'a str) -> Cow<'a, str> {
    let normalised = Words::default().normalised(word);
    match vectors.get(word).is_none() && vectors.get(&normalised).is_some() {
        true => normalised,
        false => Cow::Borrowed(word),
    }
}

/// The words of comma-separated lists. A known word may hold commas itself (`1,299元`); the longest known word is taken.
fn listed<'a>(vectors: &WordVectors, lists: &'a [String]) -> Vec<Cow<'a, str>> {
    let mut words = Vec::new();
    for list in lists {
        let mut rest = Some(list.as_str());
        while let Some(text) = rest {
            let commas = text.match_indices(',').map(|(at, _)| at);
            let mut ends = commas.chain([text.len()]);
            let first = ends.clone().next().unwrap_or(text.len());
            let whole = ends.rfind(|&end| vectors.get(&known(vectors, &text[..end])).is_some());
            let end = whole.unwrap_or(first);
            words.push(known(vectors, &text[..end]));
            rest = text.get(end + 1..);
        }
    }
    words
}

fn rows_of<'a>(asked: &'a str, hits: &'a [Scored<&str>]) -> impl Iterator<Item = Value> + 'a {
    hits.iter()
        .map(move |hit| json!({ "word": asked, "neighbour": hit.id, "cosine": hit.score }))
}
