//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::Result;
use guide_core::ndarray::{Array2, array};
use guide_core::testing::{Answers, SavedModels};
use nn_core::{Classifier, ClassifierParams};

fn rows() -> Array2<f32> {
    Array2::from_shape_fn((12, 3), |(row, col)| {
        ((row * 5 + col * 3) % 7) as f32 - col as f32
    })
}

fn train(params: &ClassifierParams) -> Result<Classifier> {
    let labels: Vec<&str> = (0..12).map(|row| ["a", "b", "c"][row % 3]).collect();
    params.fit(&rows(), &labels)
}

fn answers(model: &Classifier) -> Result<Answers> {
    let mut answers = Answers::default();
    answers.words("classes", model.classes());
    let shares = model.predict_proba(&array![[0.0, 1.0, 2.0], [-3.0, 0.5, 6.0]])?;
    answers.numbers("shares", shares.iter().copied());
    Ok(answers)
}

fn all(saved: &mut SavedModels) {
    let deep = Classifier::params().hidden(vec![5, 4]).n_epochs(30);
    let deep = deep.validation(0.2).learning_rate(0.02);
    saved.model("classifier", || train(&deep), answers);
    let linear = deep.clone().hidden(vec![]).validation(0.0);
    saved.model("classifier-linear", || train(&linear), answers);
}

guide_core::saved_models!(all);
