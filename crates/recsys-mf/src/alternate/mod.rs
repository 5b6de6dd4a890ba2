//! Alternating least squares: one side solved with the other fixed. Shared by the models of events and of ratings.
//!
//! With the other side's vectors `y_j`, a row of cells `(j, w, t)` is the minimum `x` of
//! `Σ (w (x·y_j)² − 2 t x·y_j) + α₀ Σ_all (x·y)² + λ |x|²`, the solution of `A x = b` with
//! `A = α₀ YᵀY + Σ w y_j y_jᵀ + λ I` and `b = Σ t y_j`. Rows are solved in parallel and do not see each other, so the
//! number of threads changes nothing.

mod fixed;
mod rows;

use guide_core::ndarray::Array2;
use guide_core::{EpochReport, Progress, Result, report};
use serde::{Deserialize, Serialize};

use crate::factors::Factors;
use crate::parts::diverged;

pub(crate) use fixed::Fixed;
use fixed::{Method, gramian};
pub(crate) use rows::{Cells, Rows};

/// How the linear system of each user and item is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Solver {
    /// Exactly, in `n_factors³ / 3` steps.
    Cholesky,
    /// A few steps of conjugate gradient from the last epoch's solution, `n_factors²` each (Takács, Pilászy, Tikk, 2011).
    ConjugateGradient,
}

/// A whole training: items and users in turn.
pub(crate) struct Alternation {
    pub(crate) algorithm: &'static str,
    pub(crate) by_user: Rows,
    pub(crate) by_item: Rows,
    pub(crate) n_factors: usize,
    pub(crate) n_epochs: usize,
    /// α₀.
    pub(crate) unobserved: f32,
    pub(crate) solver: Solver,
    pub(crate) cg_steps: usize,
    /// The loss of a model that scores everything 0.
    pub(crate) loss_of_nothing: f64,
}

impl Alternation {
    /// Starts from `users`, ends with users that are solved exactly, and returns `α₀ YᵀY` too. The loss reported is that
    /// of one interaction.
    pub(crate) fn run(
        &self,
        mut users: Vec<f32>,
        progress: &dyn Progress,
    ) -> Result<(Factors, Option<Array2<f32>>)> {
        let k = self.n_factors;
        let mut items = vec![0.0; self.by_item.len() * k];
        let method = match self.solver {
            Solver::Cholesky => Method::Exact,
            Solver::ConjugateGradient => Method::Steps(self.cg_steps),
        };
        let mut reached = 0;
        for epoch in 1..=self.n_epochs {
            reached = epoch;
            let gramian_of_users = gramian(&users, k, self.unobserved);
            let fixed = Fixed::new(&users, k, gramian_of_users.as_ref());
            fixed.half_step(&self.by_item, &mut items, method);
            let gramian_of_items = gramian(&items, k, self.unobserved);
            let fixed = Fixed::new(&items, k, gramian_of_items.as_ref());
            let minima = fixed.half_step(&self.by_user, &mut users, method);
            let loss = self.loss_of_nothing + minima + self.by_item.penalty(&items, k);
            let done = EpochReport {
                algorithm: self.algorithm,
                epoch,
                n_epochs: self.n_epochs,
                loss: Some(loss / self.by_user.n_cells() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        let gramian = gramian(&items, k, self.unobserved);
        if self.solver == Solver::ConjugateGradient {
            let fixed = Fixed::new(&items, k, gramian.as_ref());
            fixed.half_step(&self.by_user, &mut users, Method::Converge);
        }
        let factors =
            Factors::new(users, items, k).map_err(|_| diverged(self.algorithm, reached))?;
        Ok((factors, gramian))
    }
}
