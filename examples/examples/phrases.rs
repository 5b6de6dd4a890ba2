//! Phrases: words that follow each other more often than chance has it are joined, pairs first, then threes.
//!
//!     cargo run --release -p examples --example phrases [text.txt]

use examples::{expect, path};
use guide_core::Fit;
use nlp_embed::{
    ENGLISH_CONNECTOR_WORDS, PhraseScoring, Phrases, Sentences, TextFile, Vocabulary, Words,
};

/// What shoppers typed, made by a rule: some things have names of several words, other words stand together by chance.
fn queries() -> Vec<Vec<&'static str>> {
    let things = [
        "running shoes",
        "coffee machine",
        "usb c cable",
        "bag of rice",
        "lamp",
        "coat",
    ];
    let looks = ["red", "cheap", "new", "small", "black"];
    let ends = ["please", "today", "for me", "with discount"];
    let mut queries = Vec::new();
    for round in 0..600 {
        let (look, thing, end) = (looks[round % 5], things[round % 6], ends[round / 30 % 4]);
        queries.push(
            [look, thing, end]
                .iter()
                .flat_map(|part| part.split(' '))
                .collect(),
        );
    }
    queries
}

fn show(name: &str, phrases: &Phrases) {
    let best: Vec<String> = phrases
        .scores()
        .iter()
        .take(6)
        .map(|(phrase, score)| format!("{phrase} {score:.2}"))
        .collect();
    println!(
        "{name:<8} {:>3} phrases: {}",
        phrases.len(),
        best.join(", ")
    );
}

fn main() -> anyhow::Result<()> {
    let sentences: Box<dyn Sentences> = match path() {
        Some(path) => Box::new(TextFile::new(path, Words::default())),
        None => Box::new(queries()),
    };
    let sentences = sentences.as_ref();
    let connectors = ENGLISH_CONNECTOR_WORDS.iter().map(|&word| word.to_owned());
    let params = Phrases::params().connector_words(connectors.collect());
    // The scores grow with the number of different words, which are few here.
    let threshold = if path().is_some() { 10.0 } else { 0.2 };
    let original = params.clone().threshold(threshold);
    let pairs = original.fit(sentences)?;
    show("original", &pairs);
    let npmi = params.scoring(PhraseScoring::Npmi).threshold(0.6);
    show("npmi", &npmi.fit(sentences)?);

    // Learned again on what was joined, pairs and words become threes.
    let joined = pairs.joined(sentences);
    let threes = original.fit(&joined)?;
    let joined = threes.joined(&joined);
    show("again", &threes);
    let mut shown = 0;
    joined.walk(&mut |tokens| {
        if shown < 6 {
            println!("  {}", tokens.join(" "));
        }
        shown += 1;
        Ok(())
    })?;

    // What is joined is text like any other: counted here, trained on elsewhere.
    let vocabulary = Vocabulary::params().build(&joined)?;
    for phrase in [
        "running_shoes",
        "coffee_machine",
        "usb_c_cable",
        "bag_of_rice",
    ] {
        expect(
            vocabulary.id(phrase).is_some(),
            "the names of things are words",
        )?;
    }
    expect(
        vocabulary.id("red_lamp").is_none(),
        "what stands together by chance is not",
    )
}
