//! Linear scores of classes: what logistic regression and the support vector machine learn.

use guide_core::kernels::axpy;
use guide_core::ndarray::Array2;
use guide_core::{Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::features::{self, FeatureRows};
use super::objective::Objective;

/// `z = W x + b`. For two classes there is one output, of class 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LinearScores {
    /// `[features, outputs]`.
    pub(super) weights: Array2<f32>,
    pub(super) intercepts: Vec<f32>,
    pub(super) n_classes: usize,
}

impl LinearScores {
    pub(super) fn n_features(&self) -> usize {
        self.weights.nrows()
    }

    /// Checks shapes and numbers, for models from files.
    pub(super) fn check(&self, kind: &str) -> Result<()> {
        let n_outputs = if self.n_classes == 2 {
            1
        } else {
            self.n_classes
        };
        let fits = self.n_classes >= 2
            && self.weights.ncols() == n_outputs
            && self.weights.is_standard_layout()
            && self.intercepts.len() == n_outputs;
        if !fits {
            let reason = format!(
                "weights of shape {:?} with {} intercepts for {} classes",
                self.weights.shape(),
                self.intercepts.len(),
                self.n_classes
            );
            return Err(Error::decode(kind, reason));
        }
        match self
            .weights
            .iter()
            .chain(&self.intercepts)
            .find(|x| !x.is_finite())
        {
            Some(bad) => Err(Error::decode(kind, format!("a weight of {bad}"))),
            None => Ok(()),
        }
    }

    /// The scores of each example, shape `[examples, classes]`.
    /// For two classes the score of class 0 is 0, and that of class 1 is scikit-learn's `decision_function`.
    pub(super) fn decision<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Array2<f32>> {
        let features = features.into();
        self.ensure_fits(features.n_columns())?;
        features.ensure_finite()?;
        let mut scores = Array2::zeros((features.n_rows(), self.n_classes));
        match features {
            FeatureRows::Dense(_) => {
                let n_outputs = self.weights.ncols();
                let mut out = vec![0.0; features.n_rows() * n_outputs];
                features::times(features, n_outputs, self.flat_weights(), &mut out);
                for (mut scores, out) in scores.outer_iter_mut().zip(out.chunks(n_outputs)) {
                    let first = self.n_classes - n_outputs;
                    for (place, (out, intercept)) in out.iter().zip(&self.intercepts).enumerate() {
                        scores[first + place] = out + intercept;
                    }
                }
            }
            FeatureRows::Sparse(rows) => {
                let flat = scores.as_slice_mut().unwrap_or_default();
                let each = flat.par_chunks_mut(self.n_classes).enumerate();
                each.with_min_len(64).for_each(|(row, scores)| {
                    let (columns, values) = rows.row(row);
                    self.score(columns, values, scores);
                });
            }
        }
        Ok(scores)
    }

    /// Puts the scores of one sparse example into `scores`, as [`LinearScores::decision`]. Allocates nothing.
    pub(super) fn decision_of(
        &self,
        columns: &[u32],
        values: &[f32],
        scores: &mut [f32],
    ) -> Result<()> {
        if columns.len() != values.len() || scores.len() != self.n_classes {
            return Err(Error::Shape {
                what: "values and scores of an example".to_owned(),
                expected: vec![columns.len(), self.n_classes],
                got: vec![values.len(), scores.len()],
            });
        }
        if let Some(&column) = columns.iter().find(|&&c| c as usize >= self.n_features()) {
            return Err(Error::out_of_range(
                "feature",
                column as usize,
                self.n_features(),
            ));
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: "feature".to_owned(),
                index: columns[index] as usize,
                value: f64::from(values[index]),
            });
        }
        self.score(columns, values, scores);
        Ok(())
    }

    /// The class of the largest score of each example; of several the first.
    pub(super) fn predict<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Vec<u32>> {
        let scores = self.decision(features)?;
        let best = |row: guide_core::ndarray::ArrayView1<'_, f32>| {
            let better = |best: usize, class| if row[class] > row[best] { class } else { best };
            (1..self.n_classes).fold(0, better) as u32
        };
        Ok(scores.outer_iter().map(best).collect())
    }

    /// The scores of one example that fits.
    fn score(&self, columns: &[u32], values: &[f32], scores: &mut [f32]) {
        let weights = self.flat_weights();
        if self.n_classes == 2 {
            let mut sum = self.intercepts[0];
            for (&column, &value) in columns.iter().zip(values) {
                sum += value * weights[column as usize];
            }
            scores.copy_from_slice(&[0.0, sum]);
            return;
        }
        scores.copy_from_slice(&self.intercepts);
        for (&column, &value) in columns.iter().zip(values) {
            let start = column as usize * self.n_classes;
            axpy(value, &weights[start..start + self.n_classes], scores);
        }
    }

    fn flat_weights(&self) -> &[f32] {
        self.weights.as_slice().unwrap_or_default()
    }

    fn ensure_fits(&self, n_features: usize) -> Result<()> {
        if n_features == self.n_features() {
            return Ok(());
        }
        Err(Error::Shape {
            what: "the features of an example of a linear model".to_owned(),
            expected: vec![self.n_features()],
            got: vec![n_features],
        })
    }

    /// Copies the weights as the start of another training.
    pub(super) fn copy_into(&self, to: &Objective<'_>, parameters: &mut [f32]) -> Result<()> {
        self.ensure_fits(to.n_features)?;
        if self.weights.ncols() != to.n_outputs {
            return Err(Error::Shape {
                what: "the outputs of the model that the training starts from".to_owned(),
                expected: vec![to.n_outputs],
                got: vec![self.weights.ncols()],
            });
        }
        let rows = parameters.chunks_mut(to.width);
        let from = self.flat_weights().chunks(to.n_outputs);
        let intercepts: &[f32] = match to.fit_intercept {
            true => &self.intercepts,
            false => &[],
        };
        for (row, from) in rows.zip(from.chain([intercepts])) {
            row[..from.len()].copy_from_slice(from);
        }
        Ok(())
    }
}
