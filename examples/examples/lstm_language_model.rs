//! A language model: an LSTM that learns which word comes next, measures a text by its perplexity, and writes.
//!
//!     cargo run --release -p examples --example lstm_language_model [train.txt test.txt]

use std::ops::ControlFlow;

use examples::{expect, path, reviews};
use nlp_embed::{Sentences, TextFile};
use nlp_rnn::{ContinuousCache, Generation, LanguageModel};
use nn_core::EpochRecord;

fn main() -> anyhow::Result<()> {
    let (train, test): (Box<dyn Sentences>, Box<dyn Sentences>) = match path() {
        Some(path) => {
            let test = std::env::args().nth(2).unwrap_or_else(|| path.clone());
            (
                Box::new(TextFile::of_tokens(path)),
                Box::new(TextFile::of_tokens(test)),
            )
        }
        None => {
            let mut sentences = reviews();
            let test = sentences.split_off(sentences.len() * 9 / 10);
            (Box::new(sentences), Box::new(test))
        }
    };
    let params = match path() {
        Some(_) => LanguageModel::params(),
        None => LanguageModel::params()
            .dim(48)
            .hidden(48)
            .layers(1)
            .dropout(0.0)
            .epochs(8),
    };
    let mut watch = |epoch: &EpochRecord| {
        println!(
            "epoch {}: training perplexity {:.2}",
            epoch.epoch,
            epoch.loss.exp()
        );
        ControlFlow::Continue(())
    };
    let (model, _) = params.fit_watched(train.as_ref(), None, &mut watch)?;
    let plain = model.perplexity(test.as_ref(), None)?;
    let with_cache = model.perplexity(test.as_ref(), Some(ContinuousCache::default()))?;
    println!(
        "test perplexity {:.2}, with a cache {:.2}, over {} words",
        plain.perplexity, with_cache.perplexity, plain.n_words
    );
    for seed in 0..3 {
        let generation = Generation::default()
            .seed(seed)
            .temperature(0.8)
            .cache(None);
        println!("written: {}", model.generate(&[], &generation)?.join(" "));
    }
    let best = model.generate(&[], &Generation::default().beam(4))?;
    println!("most probable: {}", best.join(" "));
    // A model that knows only how frequent each word is would be as perplexed as its vocabulary is varied.
    let frequencies = model.vocabulary().counts();
    let total: u64 = frequencies.iter().sum();
    let entropy: f64 = frequencies
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| count as f64 / total as f64)
        .map(|p| -p * p.ln())
        .sum();
    println!("perplexity of the frequencies alone {:.2}", entropy.exp());
    let better = entropy.exp() / plain.perplexity;
    expect(
        better > 2.0,
        "less than half the perplexity of frequencies alone",
    )
}
