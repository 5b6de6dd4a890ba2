//! The training that logistic regression and the support vector machine share.

use guide_core::ndarray::Array2;
use guide_core::{Error, Params, Progress, Result};

use super::example_loss::ExampleLoss;
use super::features::{self, Design};
use super::objective::Objective;
use super::scores::LinearScores;
use super::{LabelledRows, LinearModelReport, LogisticRegressionParams, lbfgs};

/// Trains from the scores of `start`, or from weights of 0.
pub(super) fn fit(
    params: &LogisticRegressionParams,
    loss: ExampleLoss,
    data: &LabelledRows<'_>,
    start: Option<&LinearScores>,
    progress: &dyn Progress,
) -> Result<(LinearScores, LinearModelReport)> {
    params.validate()?;
    let features = data.features;
    let counts = counts_of(loss, data)?;
    let (n, n_classes) = (data.labels.len(), counts.len());
    let of_classes = params.class_weight.of_classes(&counts)?;
    features.ensure_finite()?;
    ensure_room(params, loss, n, features.n_columns(), n_classes)?;
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
        penalty: 1.0 / (f64::from(params.c) * total),
        fit_intercept: params.fit_intercept,
        loss,
    };
    let shares: Vec<f64> = counts
        .iter()
        .zip(&of_classes)
        .map(|(&count, &weight)| count as f64 * f64::from(weight) / total)
        .collect();
    let mut parameters = vec![0.0; objective.n_weights() + objective.width];
    match start {
        Some(start) => start.copy_into(&objective, &mut parameters)?,
        None if params.fit_intercept => {
            let intercepts = &mut parameters[objective.n_weights()..];
            for (intercept, value) in intercepts.iter_mut().zip(loss.first_intercepts(&shares)) {
                *intercept = value;
            }
        }
        None => {}
    }
    let shares = match params.fit_intercept {
        true => shares,
        false => vec![1.0 / n_classes as f64; n_classes],
    };
    let inverse_diagonal = objective.inverse_diagonal(&shares);
    let report = lbfgs::minimise(
        params,
        &objective,
        &inverse_diagonal,
        &mut parameters,
        progress,
    )?;
    let (weights, intercepts) = parameters.split_at_mut(objective.n_weights());
    if n_outputs > 1 && loss == ExampleLoss::Logistic {
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
        what: format!("the weights of {}", loss.algorithm()),
        expected: vec![objective.n_features, n_outputs],
        got: vec![n],
    })?;
    let scores = LinearScores {
        weights,
        intercepts: intercepts[..n_outputs].to_vec(),
        n_classes,
    };
    Ok((scores, report))
}

/// Refuses a training that would take more than `max_bytes`.
fn ensure_room(
    params: &LogisticRegressionParams,
    loss: ExampleLoss,
    n: usize,
    n_features: usize,
    n_classes: usize,
) -> Result<()> {
    let n_outputs = if n_classes == 2 { 1 } else { n_classes };
    let width = features::padded(n_outputs) as u64;
    // Parameters, gradient, direction, diagonal and the steps; scores three times.
    let vectors = (2 * params.history as u64).saturating_add(4);
    let of_weights = (n_features as u64 + 1).saturating_mul(vectors);
    let numbers = of_weights
        .saturating_add(3 * n as u64)
        .saturating_mul(width);
    let needed = numbers.saturating_mul(4);
    match needed <= params.max_bytes {
        true => Ok(()),
        false => Err(Error::Memory {
            what: format!(
                "{} of {n_features} features and {n_classes} classes",
                loss.algorithm()
            ),
            needed,
            limit: params.max_bytes,
        }),
    }
}

/// How many examples each class has.
fn counts_of(loss: ExampleLoss, data: &LabelledRows<'_>) -> Result<Vec<usize>> {
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
            algorithm: loss.algorithm(),
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
        algorithm: loss.algorithm(),
        needed,
    })
}
