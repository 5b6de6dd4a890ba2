//! Measures a text classifier on texts with known labels.

use std::collections::BTreeMap;
use std::time::Instant;

use guide_core::{Error, Result};
use nn_core::Confusion;
use rayon::prelude::*;

use super::LinearClassifier;
use crate::LabelledTexts;

/// How well a classifier answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassifierReport {
    /// Counts by actual and predicted label, in the order of `labels`.
    pub confusion: Confusion,
    /// The labels of the model, then those that only the test texts have.
    pub labels: Vec<String>,
    /// Labels that the model does not know, and how many test texts have each. Each such text counts as an error.
    pub unknown_labels: Vec<(String, usize)>,
    /// Texts without a known n-gram, which were answered with the shares of the labels.
    pub n_prior: usize,
    /// Mean negative logarithm of the probability of the right label, in nats, over the texts whose label is known.
    pub log_loss: f64,
    /// Seconds for all texts, on all threads.
    pub seconds: f64,
}

impl LinearClassifier {
    /// Predicts the label of each text and compares it with the label it has. A label that the model does not know counts as
    /// an error, and as a class of its own in the macro F1.
    ///
    /// # Errors
    /// [`Error::Empty`] without texts, and those of [`LinearClassifier::predict`].
    pub fn evaluate(&self, data: &LabelledTexts<'_>) -> Result<ClassifierReport> {
        if data.is_empty() {
            return Err(Error::empty("the list of test texts"));
        }
        let start = Instant::now();
        let answers = self.predict_batch(data.texts())?;
        let seconds = start.elapsed().as_secs_f64();
        let mut labels = self.labels.clone();
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for label in data.labels() {
            if self.class_of(label).is_none() {
                *unknown.entry(label).or_default() += 1;
            }
        }
        labels.extend(unknown.keys().map(|label| (*label).to_owned()));
        let n_known = self.labels.len();
        let actual: Vec<u32> = data
            .labels()
            .par_iter()
            .map(|label| match self.class_of(label) {
                Some(class) => class as u32,
                None => (n_known + unknown.range(..*label).count()) as u32,
            })
            .collect();
        let predicted: Vec<u32> = answers.iter().map(|answer| answer.class() as u32).collect();
        let known = answers.iter().zip(&actual).filter_map(|(answer, &class)| {
            let p = *answer.probabilities().get(class as usize)?;
            Some(-f64::from(p.max(f32::MIN_POSITIVE)).ln())
        });
        let losses: Vec<f64> = known.collect();
        Ok(ClassifierReport {
            confusion: Confusion::new(&actual, &predicted)?,
            unknown_labels: unknown
                .into_iter()
                .map(|(label, count)| (label.to_owned(), count))
                .collect(),
            n_prior: answers.iter().filter(|answer| answer.is_prior()).count(),
            log_loss: losses.iter().sum::<f64>() / losses.len().max(1) as f64,
            labels,
            seconds,
        })
    }

    fn class_of(&self, label: &str) -> Option<usize> {
        self.labels
            .binary_search_by(|known| known.as_str().cmp(label))
            .ok()
    }
}
