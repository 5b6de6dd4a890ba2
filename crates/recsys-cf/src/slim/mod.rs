//! SLIM: each item a sparse sum of others, found by coordinate descent (Ning, Karypis, 2011, "SLIM: sparse linear methods
//! for top-N recommender systems").

mod gram;
mod solve;
#[cfg(test)]
mod tests;

use guide_core::{Error, Fit, Params, Progress, Result, Scored, ensure};
use rayon::prelude::*;
use recsys_core::{Interactions, ItemId};
use serde::{Deserialize, Serialize};

use crate::item_top::{ItemTop, Recipe};
use crate::neighbours::Neighbours;
use crate::steps::by_chunks;
use gram::Gram;
use solve::Solver;

/// Items solved between one report and the next.
const CHUNK: usize = 512;

/// SLIM: for each item `i` the weights `w ≥ 0`, `w_i = 0`, that minimise
/// `½ ‖x_i − X w‖² + (l2 / 2) ‖w‖² + l1 ‖w‖₁` (equation 4).
///
/// `X` holds the weights of the events (1 where there are none). Solved by coordinate descent on the sparse Gram matrix
/// `G = XᵀX`: `w_j ← max(0, G_ji − Σ_{k≠j} G_jk w_k − l1) / (G_jj + l2)`. An item with `G_ji ≤ l1` can never get a weight and
/// is not looked at. The model is an [`ItemTop`].
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::Slim;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Values};
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "tea"), ("ann", "cup"), ("bob", "tea"), ("bob", "cup"), ("cy", "tea")] {
///     records.push(user, item, Values::default())?;
/// }
/// let events = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let model = Slim::params().l1_regularization(0.5).l2_regularization(1.0).fit(&events)?;
/// // Tea three times, cup twice, both twice. From tea to cup (2 − 0.5) / (3 + 1), back (2 − 0.5) / (2 + 1).
/// assert_eq!(model.neighbours_of(ItemId(0))?[0].score, 0.375);
/// assert_eq!(model.neighbours_of(ItemId(1))?[0].score, 0.5);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Slim;

impl Slim {
    /// The default parameters.
    pub fn params() -> SlimParams {
        SlimParams::default()
    }
}

/// Parameters of [`Slim`]. The default pulls were chosen on a validation part of MovieLens 1M; sweeps and tolerance are
/// those of scikit-learn's elastic net.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlimParams {
    /// Pull towards few weights, in the units of `G`: what two items must share before one speaks for the other.
    pub l1_regularization: f32,
    /// Pull towards small weights, in the units of `G`.
    pub l2_regularization: f32,
    /// Only so many items, the nearest by cosine, may speak for an item (fsSLIM in the paper). All by default.
    pub n_candidates: Option<usize>,
    /// The most sweeps over the weights of an item.
    pub n_epochs: usize,
    /// A sweep that changes no weight by more than this is the last.
    pub tolerance: f32,
    /// Only so many weights, the largest, speak for an item in the end. All by default.
    pub k: Option<usize>,
    /// The most memory that `G` may take: eight bytes for each two items that share a user, either way. 8 GiB.
    pub max_bytes: u64,
}

impl Default for SlimParams {
    fn default() -> Self {
        Self {
            l1_regularization: 1.0,
            l2_regularization: 300.0,
            n_candidates: None,
            n_epochs: 100,
            tolerance: 1e-4,
            k: None,
            max_bytes: 8 << 30,
        }
    }
}

guide_core::setters!(SlimParams {
    l1_regularization: f32,
    l2_regularization: f32,
    n_candidates: Option<usize>,
    n_epochs: usize,
    tolerance: f32,
    k: Option<usize>,
    max_bytes: u64,
});

impl Params for SlimParams {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("l1_regularization", self.l1_regularization)?;
        ensure::not_negative("l2_regularization", self.l2_regularization)?;
        for (name, n) in [("n_candidates", self.n_candidates), ("k", self.k)] {
            if n == Some(0) {
                return Err(Error::param(name, 0, "at least 1, or none for all"));
            }
        }
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::positive("tolerance", self.tolerance)
    }
}

impl Fit<Interactions> for SlimParams {
    type Model = ItemTop;

    /// Solves some hundred items side by side and then the next, of which `progress` hears. Where it ends the training,
    /// nothing speaks for the items not reached yet.
    ///
    /// # Errors
    /// Bad parameters; [`Error::Memory`] with the bytes that `G` needs.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<ItemTop> {
        self.validate()?;
        let gram = Gram::new(data, self.max_bytes)?;
        let mut columns = by_chunks(data.n_items(), CHUNK, ("slim", progress), |items| {
            let solved = items.into_par_iter().with_min_len(8).map_init(
                || Solver::new(self, &gram),
                |solver, item| solver.solve(item),
            );
            solved.collect()
        })?;
        columns.resize(data.n_items(), Vec::new());
        Ok(ItemTop::new(
            Recipe::Slim(self.clone()),
            data.clone(),
            by_row(&columns),
        ))
    }
}

/// Weights by the item that speaks, from weights by the item that is spoken for.
fn by_row(columns: &[Vec<(u32, f32)>]) -> Neighbours {
    let mut rows = vec![Vec::new(); columns.len()];
    for (to, column) in (0..).map(ItemId).zip(columns) {
        for &(from, score) in column {
            rows[from as usize].push(Scored { id: to, score });
        }
    }
    rows.par_iter_mut()
        .for_each(|row| row.sort_unstable_by(Scored::order));
    let lens = rows.iter().map(Vec::len).collect();
    Neighbours::from_blocks(vec![(lens, rows.concat())])
}
