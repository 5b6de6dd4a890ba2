//! L-BFGS (Liu and Nocedal, 1989) for linear models, scaled by the diagonal of the Hessian.
//!
//! The scores of a linear model are linear in the parameters, so the product of the features with a direction is computed
//! once; each further step length of the line search then costs a pass over the scores and none over the features. The loss
//! is convex, so the line search looks for the zero of its derivative, by Newton's method between bounds.

use std::ops::ControlFlow;

use guide_core::{EpochReport, Error, Progress, Result};

use super::LogisticRegressionParams;
use super::objective::Objective;
use super::vectors;

/// What the training came to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinearModelReport {
    /// Iterations of L-BFGS.
    pub iterations: usize,
    /// The regularised mean loss at the end.
    pub loss: f64,
    /// The largest component of its gradient.
    pub gradient: f32,
    /// Whether that is at most `tol`.
    pub converged: bool,
}

/// The scores are computed anew after so many steps, because the rounding errors of the steps add up.
const FRESH_SCORES_EVERY: usize = 16;
/// The line search ends when the derivative fell to this share of that at its start.
const DERIVATIVE_LEFT: f64 = 0.1;
/// Most step lengths that a line search tries.
const MOST_TRIALS: usize = 12;

/// Differences of parameters and gradients of past steps.
struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    /// `1 / (step · change)`.
    inverse: f64,
    /// The coefficient of the first loop.
    alpha: f64,
}

/// Minimises the objective from `parameters` on.
pub(super) fn minimise(
    params: &LogisticRegressionParams,
    objective: &Objective<'_>,
    inverse_diagonal: &[f32],
    parameters: &mut [f32],
    progress: &dyn Progress,
) -> Result<LinearModelReport> {
    let n_scores = objective.labels.len() * objective.width;
    let (mut scores, mut along) = (vec![0.0; n_scores], vec![0.0; n_scores]);
    let mut residuals = vec![0.0; n_scores];
    let mut gradient = vec![0.0; parameters.len()];
    let mut direction = vec![0.0; parameters.len()];
    let mut pairs: Vec<Pair> = Vec::with_capacity(params.history);

    objective.scores(parameters, &mut scores);
    let mut loss = objective.gradient(parameters, &scores, &mut residuals, &mut gradient);
    let mut iterations = 0;
    loop {
        let largest = vectors::largest(&gradient);
        if !(loss.is_finite() && largest.is_finite()) {
            return Err(Error::Diverged {
                algorithm: objective.loss.algorithm(),
                epoch: iterations.max(1),
                step: 0,
                loss,
            });
        }
        let report = LinearModelReport {
            iterations,
            loss,
            gradient: largest,
            converged: largest <= params.tol,
        };
        if report.converged || iterations == params.max_iter {
            return Ok(report);
        }
        find_direction(&gradient, inverse_diagonal, &mut pairs, &mut direction);
        objective.scores(&direction, &mut along);
        let weights = ..objective.n_weights();
        let regularised = Regularised {
            objective,
            scores: &scores,
            along: &along,
            at_start: vectors::dot(&parameters[weights], &direction[weights]),
            growth: vectors::dot(&direction[weights], &direction[weights]),
        };
        let Some(length) = regularised.step_length() else {
            if pairs.is_empty() {
                // Not even the gradient leads down: the loss is as low as 32-bit numbers can tell.
                return Ok(report);
            }
            pairs.clear();
            continue;
        };
        let length = length as f32;
        let mut pair = match pairs.len() == params.history {
            true => pairs.remove(0),
            false => Pair {
                step: vec![0.0; parameters.len()],
                change: vec![0.0; parameters.len()],
                inverse: 0.0,
                alpha: 0.0,
            },
        };
        vectors::add_scaled(length, &direction, parameters);
        iterations += 1;
        match iterations % FRESH_SCORES_EVERY {
            0 => objective.scores(parameters, &mut scores),
            _ => vectors::add_scaled(length, &along, &mut scores),
        }
        pair.change.copy_from_slice(&gradient);
        pair.step.fill(0.0);
        vectors::add_scaled(length, &direction, &mut pair.step);
        loss = objective.gradient(parameters, &scores, &mut residuals, &mut gradient);
        vectors::subtract_from(&gradient, &mut pair.change);
        let product = vectors::dot(&pair.step, &pair.change);
        if product > 0.0 {
            pair.inverse = 1.0 / product;
            pairs.push(pair);
        }
        let epoch = EpochReport {
            algorithm: objective.loss.algorithm(),
            epoch: iterations,
            n_epochs: params.max_iter,
            loss: Some(loss),
        };
        if let ControlFlow::Break(()) = progress.epoch(&epoch) {
            return Ok(LinearModelReport {
                iterations,
                loss,
                gradient: vectors::largest(&gradient),
                converged: false,
            });
        }
    }
}

/// The two loops of L-BFGS: `direction = −H gradient`.
fn find_direction(
    gradient: &[f32],
    inverse_diagonal: &[f32],
    pairs: &mut [Pair],
    direction: &mut [f32],
) {
    vectors::negated(gradient, direction);
    let Some(last) = pairs.last() else {
        vectors::scale_by(1.0, inverse_diagonal, direction);
        return;
    };
    let scale = 1.0 / (last.inverse * vectors::weighted_square(inverse_diagonal, &last.change));
    let mut product = vectors::dot(&last.step, direction);
    for place in (0..pairs.len()).rev() {
        let alpha = product * pairs[place].inverse;
        pairs[place].alpha = alpha;
        let change = &pairs[place].change;
        match place.checked_sub(1) {
            Some(next) => {
                let step = &pairs[next].step;
                product = vectors::add_scaled_then_dot(-alpha as f32, change, direction, step);
            }
            None => vectors::add_scaled(-alpha as f32, change, direction),
        }
    }
    vectors::scale_by(scale as f32, inverse_diagonal, direction);
    product = pairs
        .first()
        .map_or(0.0, |pair| vectors::dot(&pair.change, direction));
    for place in 0..pairs.len() {
        let pair = &pairs[place];
        let left = (pair.alpha - product * pair.inverse) as f32;
        match pairs.get(place + 1) {
            Some(next) => {
                product = vectors::add_scaled_then_dot(left, &pair.step, direction, &next.change);
            }
            None => vectors::add_scaled(left, &pair.step, direction),
        }
    }
}

/// The objective along a direction.
struct Regularised<'a, 'd> {
    objective: &'a Objective<'d>,
    scores: &'a [f32],
    along: &'a [f32],
    /// The product of the weights and the direction.
    at_start: f64,
    /// The square of the direction.
    growth: f64,
}

impl Regularised<'_, '_> {
    /// First and second derivative at `length`.
    fn at(&self, length: f64) -> (f64, f64) {
        let penalty = self.objective.penalty;
        let (first, second) = self.objective.along(self.scores, self.along, length);
        (
            first + penalty * (self.at_start + length * self.growth),
            second + penalty * self.growth,
        )
    }

    /// A length at which the derivative is small; none if the direction does not lead down.
    fn step_length(&self) -> Option<f64> {
        let (start, curvature) = self.at(0.0);
        if !(start < 0.0 && curvature > 0.0) {
            return None;
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut length = -start / curvature;
        for _ in 0..MOST_TRIALS {
            let (first, second) = self.at(length);
            if first.abs() <= DERIVATIVE_LEFT * -start {
                return Some(length);
            }
            if first < 0.0 {
                low = length;
            } else {
                high = length;
            }
            let newton = length - first / second;
            length = match (newton > low && newton < high, high.is_finite()) {
                (true, _) => newton,
                (false, true) => 0.5 * (low + high),
                (false, false) => 2.0 * low,
            };
        }
        // The derivative is still negative at `low`, so the loss is lower there than at the start.
        (low > 0.0).then_some(low)
    }
}
