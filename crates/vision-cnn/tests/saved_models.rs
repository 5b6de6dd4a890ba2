//! Model files that are committed: each later version of the code must load them and answer the same.

use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Result};
use vision_cnn::{Architecture, Labels, PictureClassifier, PictureEmbedder, Pictures};

/// Pictures of 12 x 12 with a bright left or right half.
fn halves(n: usize) -> Result<Pictures> {
    let value = |picture: usize, cell: usize| match (cell % 12 < 6) == picture.is_multiple_of(2) {
        true => 240 - (picture * 13 + cell * 7) % 40,
        false => (picture * 5 + cell * 11) % 40,
    };
    let pixels = (0..n).flat_map(|picture| (0..144).map(move |cell| value(picture, cell) as u8));
    let of = (0..n as u32).map(|picture| picture % 2);
    let classes = vec!["left".to_owned(), "right".to_owned()];
    let labels = Labels::new("side", classes, of.collect())?;
    Pictures::new([12, 12, 1], pixels.collect(), vec![labels])
}

/// LeNet-5, since on so small pictures it has the fewest weights, 15,000.
fn classifier() -> Result<PictureClassifier> {
    let params = PictureClassifier::params().architecture(Architecture::LeNet5);
    params.epochs(1).batch(8).fit(&halves(16)?)
}

fn embedder() -> Result<PictureEmbedder> {
    let params = PictureEmbedder::params().architecture(Architecture::LeNet5);
    params.epochs(1).fit(&halves(16)?)
}

fn classified(model: &PictureClassifier) -> Result<Answers> {
    let scores = model.classify(&halves(3)?)?;
    let mut answers = Answers::default();
    answers.words("classes", model.heads()[0].classes().to_vec());
    answers.numbers("probabilities", scores.probabilities(0).iter().copied());
    Ok(answers)
}

fn embedded(model: &PictureEmbedder) -> Result<Answers> {
    let vectors = model.embed(&halves(2)?)?;
    let mut answers = Answers::default();
    answers.numbers("vectors", vectors.rows().iter().copied());
    Ok(answers)
}

fn all(saved: &mut SavedModels) {
    saved.model("picture-classifier", classifier, classified);
    saved.model("picture-embedder", embedder, embedded);
}

guide_core::saved_models!(all);
