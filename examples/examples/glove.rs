//! GloVe: vectors whose products tell how often words stand near each other, counted once over the whole text.
//!
//!     cargo run --release -p examples --example glove [text.txt [word..]]

use examples::{CLOTHES, FURNITURE, expect, path, reviews};
use guide_core::Fit;
use nlp_embed::{Glove, Sentences, TextFile, TrainingText, Vocabulary, WordVectors, Words};

fn main() -> anyhow::Result<()> {
    let sentences: Box<dyn Sentences> = match path() {
        Some(path) => Box::new(TextFile::new(path, Words::default())),
        None => Box::new(reviews()),
    };
    let vocabulary = Vocabulary::params().build(sentences.as_ref())?;
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: sentences.as_ref(),
    };
    // Little text: few numbers a word, and counts that are large for it.
    let params = match path() {
        Some(_) => Glove::params(),
        None => Glove::params().dim(10).window(6).x_max(20.0).epochs(40),
    };
    let model = params.fit(&text)?;
    let report = model.report();
    println!(
        "{} words, {} pairs that stand near each other, loss {:.4}",
        vocabulary.len(),
        report.pairs,
        report.loss
    );
    let (words, rows) = model.into_parts();
    let vectors = WordVectors::new(words, rows)?;
    let mut asked: Vec<String> = std::env::args().skip(2).collect();
    if path().is_none() {
        asked = [CLOTHES, FURNITURE]
            .concat()
            .iter()
            .map(|&word| word.to_owned())
            .collect();
    }
    for word in &asked {
        let nearest = vectors.nearest(word, 3)?;
        let shown: Vec<String> = (nearest.iter())
            .map(|hit| format!("{} {:.3}", hit.id, hit.score))
            .collect();
        println!("  {word:<8} {}", shown.join(", "));
        let word = word.as_str();
        if path().is_none() {
            let group = if CLOTHES.contains(&word) {
                CLOTHES
            } else {
                FURNITURE
            };
            expect(
                group.contains(&nearest[0].id),
                "what is nearest to a thing is of its kind",
            )?;
        }
    }
    Ok(())
}
