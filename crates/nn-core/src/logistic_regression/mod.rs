//! Multinomial logistic regression with L2 regularisation on dense and sparse features, with the objective of scikit-learn's
//! `LogisticRegression` (Pedregosa et al., 2011).

mod features;
mod lbfgs;
mod model;
mod objective;
mod params;
#[cfg(test)]
mod tests;
mod vectors;

pub use features::FeatureRows;
pub use lbfgs::LogisticRegressionReport;
pub use model::LogisticRegression;
pub use params::{ClassWeight, LogisticRegressionParams};

use guide_core::ndarray::Array2;
use guide_core::{Error, Fit, Params, Progress, Result};

use features::Design;
use objective::Objective;

/// Features with the class of each example.
#[derive(Clone, Copy, Debug)]
pub struct LabelledRows<'a> {
    /// One example a row.
    pub features: FeatureRows<'a>,
    /// The class of each example, from 0. Every class up to the largest must have an example.
    pub labels: &'a [u32],
}

impl<'a> LabelledRows<'a> {
    /// Features with the class of each example.
    pub fn new(features: impl Into<FeatureRows<'a>>, labels: &'a [u32]) -> Self {
        Self {
            features: features.into(),
            labels,
        }
    }
}

impl Fit<LabelledRows<'_>> for LogisticRegressionParams {
    type Model = LogisticRegression;

    /// # Errors
    /// As [`LogisticRegressionParams::fit_from`].
    fn fit_with(
        &self,
        data: &LabelledRows<'_>,
        progress: &dyn Progress,
    ) -> Result<LogisticRegression> {
        self.fit_from(data, None, progress)
    }
}

impl LogisticRegressionParams {
    /// Trains from the weights of `start`, which saves iterations if it was trained on similar data, or from weights of 0.
    /// `progress` may stop the training, which then gives the model as it is.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter out of its range, [`Error::Shape`] for labels or a `start` that do not fit,
    /// [`Error::NotFinite`] for NaN and infinities, [`Error::Unsuitable`] for fewer than two classes or a class without
    /// examples, [`Error::Diverged`] if the features are so large that the loss overflows.
    pub fn fit_from(
        &self,
        data: &LabelledRows<'_>,
        start: Option<&LogisticRegression>,
        progress: &dyn Progress,
    ) -> Result<LogisticRegression> {
        self.validate()?;
        let features = data.features;
        let counts = counts_of(data)?;
        let (n, n_classes) = (data.labels.len(), counts.len());
        let of_classes = self.class_weight.of_classes(&counts)?;
        features.ensure_finite()?;
        self.ensure_room(n, features.n_columns(), n_classes)?;
        let weights: Vec<f32> = data
            .labels
            .iter()
            .map(|&y| of_classes[y as usize])
            .collect();
        let total: f64 = counts
            .iter()
            .zip(&of_classes)
            .map(|(&count, &weight)| count as f64 * f64::from(weight))
            .sum();
        let n_outputs = if n_classes == 2 { 1 } else { n_classes };
        let objective = Objective {
            design: Design::new(features),
            labels: data.labels,
            weights,
            total,
            n_features: features.n_columns(),
            n_outputs,
            width: features::padded(n_outputs),
            penalty: 1.0 / (f64::from(self.c) * total),
            fit_intercept: self.fit_intercept,
        };
        let shares: Vec<f64> = counts
            .iter()
            .zip(&of_classes)
            .map(|(&count, &weight)| count as f64 * f64::from(weight) / total)
            .collect();
        let mut parameters = vec![0.0; objective.n_weights() + objective.width];
        match start {
            Some(start) => start.copy_into(&objective, &mut parameters)?,
            None if self.fit_intercept => {
                let intercepts = &mut parameters[objective.n_weights()..];
                for (intercept, value) in intercepts.iter_mut().zip(first_intercepts(&shares)) {
                    *intercept = value;
                }
            }
            None => {}
        }
        let shares = match self.fit_intercept {
            true => shares,
            false => vec![1.0 / n_classes as f64; n_classes],
        };
        let inverse_diagonal = objective.inverse_diagonal(&shares);
        let report = lbfgs::minimise(
            self,
            &objective,
            &inverse_diagonal,
            &mut parameters,
            progress,
        )?;
        let (weights, intercepts) = parameters.split_at_mut(objective.n_weights());
        if n_outputs > 1 {
            // A common shift of all intercepts changes no probability; scikit-learn's have the mean 0.
            let intercepts = &mut intercepts[..n_outputs];
            let mean = intercepts.iter().sum::<f32>() / n_outputs as f32;
            intercepts
                .iter_mut()
                .for_each(|intercept| *intercept -= mean);
        }
        let width = objective.width;
        let weights = weights
            .chunks(width)
            .flat_map(|row| &row[..n_outputs])
            .copied();
        let weights = Array2::from_shape_vec((objective.n_features, n_outputs), weights.collect());
        let weights = weights.map_err(|_| Error::Shape {
            what: "the weights of logistic regression".to_owned(),
            expected: vec![objective.n_features, n_outputs],
            got: vec![n],
        })?;
        Ok(LogisticRegression::new(
            self.clone(),
            weights,
            intercepts[..n_outputs].to_vec(),
            n_classes,
            report,
        ))
    }

    /// Refuses a training that would take more than `max_bytes`.
    fn ensure_room(&self, n: usize, n_features: usize, n_classes: usize) -> Result<()> {
        let n_outputs = if n_classes == 2 { 1 } else { n_classes };
        let width = features::padded(n_outputs) as u64;
        // Parameters, gradient, direction, diagonal and the steps; scores three times.
        let vectors = (2 * self.history as u64).saturating_add(4);
        let of_weights = (n_features as u64 + 1).saturating_mul(vectors);
        let numbers = of_weights
            .saturating_add(3 * n as u64)
            .saturating_mul(width);
        let needed = numbers.saturating_mul(4);
        match needed <= self.max_bytes {
            true => Ok(()),
            false => Err(Error::Memory {
                what: format!(
                    "logistic regression of {n_features} features and {n_classes} classes"
                ),
                needed,
                limit: self.max_bytes,
            }),
        }
    }
}

/// How many examples each class has.
fn counts_of(data: &LabelledRows<'_>) -> Result<Vec<usize>> {
    let (n, labels) = (data.features.n_rows(), data.labels);
    if labels.len() != n {
        return Err(Error::Shape {
            what: "the labels, one for each row of features".to_owned(),
            expected: vec![n],
            got: vec![labels.len()],
        });
    }
    if u32::try_from(n).is_err() {
        return Err(Error::Unsuitable {
            algorithm: "logistic regression",
            needed: format!("at most {} examples, not {n}", u32::MAX),
        });
    }
    let largest = labels
        .iter()
        .max()
        .ok_or_else(|| Error::empty("the list of labels"))?;
    // A label above the number of examples means a class without examples, and no memory is spent on it.
    let mut counts = vec![0; (*largest as usize + 1).min(n + 1)];
    for &label in labels {
        if let Some(count) = counts.get_mut(label as usize) {
            *count += 1;
        }
    }
    let needed = match counts.iter().position(|&count| count == 0) {
        Some(class) => format!("examples of every class; class {class} has none"),
        None if counts.len() < 2 => "at least two classes; all examples are of class 0".to_owned(),
        None => return Ok(counts),
    };
    Err(Error::Unsuitable {
        algorithm: "logistic regression",
        needed,
    })
}

/// The intercepts whose probabilities are the shares of the classes.
fn first_intercepts(shares: &[f64]) -> Vec<f32> {
    if let [no, yes] = shares {
        return vec![(yes / no).ln() as f32];
    }
    let mean = shares.iter().map(|share| share.ln()).sum::<f64>() / shares.len() as f64;
    shares
        .iter()
        .map(|share| (share.ln() - mean) as f32)
        .collect()
}
