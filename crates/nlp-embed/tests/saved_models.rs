//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::ndarray::Array2;
use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Result};
use nlp_embed::{
    Architecture, Glove, Phrases, TrainingText, Vocabulary, Word2Vec, Word2VecParams, WordVectors,
};

fn sentences() -> Vec<Vec<&'static str>> {
    vec![
        vec!["red", "coat", "warm"],
        vec!["blue", "coat", "warm", "手机"],
        vec!["red", "coat", "new"],
    ]
}

/// The numbers and the nearest words of a table.
fn table(answers: &mut Answers, words: &Vocabulary, rows: Array2<f32>) -> Result<()> {
    answers.words("words", words.words().iter().map(|word| word.to_string()));
    answers.numbers("counts", words.counts().iter().map(|&count| count as f32));
    answers.numbers("vectors", rows.iter().copied());
    nearest(answers, &WordVectors::new(words.clone(), rows)?)
}

fn nearest(answers: &mut Answers, vectors: &WordVectors) -> Result<()> {
    let hits = vectors.nearest("coat", 3)?;
    answers.words("nearest to coat", hits.iter().map(|hit| hit.id));
    answers.numbers("cosines", hits.iter().map(|hit| hit.score));
    Ok(())
}

fn word2vec(model: &Word2Vec) -> Result<Answers> {
    let mut answers = Answers::default();
    let unknown = model.vector_of("coats").unwrap_or_default();
    answers.numbers("vector of coats", unknown);
    answers.numbers("outputs", model.outputs().iter().copied());
    table(&mut answers, model.vocabulary(), model.vectors().to_owned())?;
    Ok(answers)
}

fn glove(model: &Glove) -> Result<Answers> {
    let mut answers = Answers::default();
    table(&mut answers, model.vocabulary(), model.vectors().to_owned())?;
    Ok(answers)
}

fn phrases(model: &Phrases) -> Result<Answers> {
    let mut answers = Answers::default();
    let scores = model.scores();
    answers.words("phrases", scores.iter().map(|(phrase, _)| phrase));
    answers.numbers("scores", scores.iter().map(|&(_, score)| score as f32));
    let joined = model.join(&["a", "red", "coat", "of", "the", "new", "coat", "red"]);
    answers.words("joined", joined.into_iter().map(|word| word.into_owned()));
    Ok(answers)
}

fn word_vectors(model: &WordVectors) -> Result<Answers> {
    let mut answers = Answers::default();
    let rows = model.vectors().rows();
    answers.numbers("vectors", rows.iter().copied());
    nearest(&mut answers, model)?;
    Ok(answers)
}

fn all(saved: &mut SavedModels) {
    let sentences = sentences();
    let vocabulary = Vocabulary::params().min_count(1).build(&sentences).unwrap();
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let params = || Word2Vec::params().dim(4).epochs(2).sample(0.0);
    let mut train = |name: &str, params: Word2VecParams| {
        saved.model(name, || params.fit(&text), word2vec);
    };
    train("word2vec-skip-gram", params());
    train("word2vec-subwords", params().max_n(4).n_buckets(20));
    let tree = params().hierarchical_softmax(true).negative(0);
    train("word2vec-cbow-tree", tree.architecture(Architecture::Cbow));
    let params = Glove::params().dim(4).epochs(2);
    saved.model("glove", || params.fit(&text), glove);
    let vectors = || {
        let (words, rows) = params.fit(&text)?.into_parts();
        WordVectors::new(words, rows)
    };
    saved.model("word-vectors", vectors, word_vectors);
    let params = Phrases::params().min_count(1).threshold(0.1);
    saved.model("phrases", || params.fit(&sentences), phrases);
}

guide_core::saved_models!(all);
