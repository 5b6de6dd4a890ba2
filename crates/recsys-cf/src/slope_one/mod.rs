//! Slope One: how much better one item is rated than another (Lemire, Maclachlan, 2005, "Slope one predictors for online
//! rating-based collaborative filtering").

mod model;
#[cfg(test)]
mod tests;

use guide_core::ndarray::Array2;
use guide_core::{EpochReport, Error, Fit, Params, Progress, Result, report};
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId, UserId};
use serde::{Deserialize, Serialize};

pub use model::SlopeOne;

/// Parameters of [`SlopeOne`], which has none but its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlopeOneParams {
    /// The most memory that the deviations may take: `n_items²` numbers of four bytes. 2 GiB, enough for 23,000 items.
    pub max_bytes: u64,
}

impl Default for SlopeOneParams {
    fn default() -> Self {
        Self { max_bytes: 2 << 30 }
    }
}

guide_core::setters!(SlopeOneParams { max_bytes: u64 });

impl Params for SlopeOneParams {
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

impl Fit<Interactions> for SlopeOneParams {
    type Model = SlopeOne;

    /// Trains in one step, so that `progress` hears of it once, at the end.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] without ratings; [`Error::Memory`] with the bytes needed.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<SlopeOne> {
        self.validate()?;
        let (ratings, _) = data.require_ratings("slope-one")?;
        let n = data.n_items();
        let needed = 4 * (n as u64) * (n as u64);
        if needed > self.max_bytes {
            return Err(Error::Memory {
                what: format!("slope one of {n} items"),
                needed,
                limit: self.max_bytes,
            });
        }
        let mean = mean(ratings).unwrap_or(0.0);
        let users = (0..data.n_users() as u32).map(UserId);
        let user_means = users.map(|user| self::mean(data.ratings_of(user)).unwrap_or(mean));
        let model = SlopeOne {
            params: self.clone(),
            user_means: user_means.collect(),
            mean,
            deviations: deviations(data, ratings),
            ratings: data.clone(),
        };
        let done = EpochReport {
            algorithm: "slope-one",
            epoch: 1,
            n_epochs: 1,
            loss: None,
        };
        let _ = report(progress, done)?;
        Ok(model)
    }
}

/// `None` of no ratings.
fn mean(ratings: &[f32]) -> Option<f64> {
    let sum: f64 = ratings.iter().map(|&r| f64::from(r)).sum();
    (!ratings.is_empty()).then(|| sum / ratings.len() as f64)
}

fn deviations(data: &Interactions, ratings: &[f32]) -> Array2<f32> {
    let n = data.n_items();
    let by_item = data.by_item();
    let mut deviations = Array2::zeros((n, n));
    if let Some(rows) = deviations.as_slice_mut() {
        rows.par_chunks_mut(n).zip(0..n as u32).for_each_init(
            || vec![(0.0, 0); n],
            |sums, (row, item)| row_of(data, ratings, &by_item, ItemId(item), sums, row),
        );
    }
    deviations
}

/// `dev(item, ·)`; `sums` is there to be used again and again.
fn row_of(
    data: &Interactions,
    ratings: &[f32],
    by_item: &ByItem,
    item: ItemId,
    sums: &mut [(f64, u32)],
    row: &mut [f32],
) {
    sums.fill((0.0, 0));
    let users = by_item.users_of(item).iter();
    for (&user, &own) in users.zip(by_item.positions_of(item)) {
        let own = f64::from(ratings[own as usize]);
        for (j, &other) in data.items_of(user).iter().zip(data.ratings_of(user)) {
            let (sum, n) = &mut sums[j.index()];
            *sum += own - f64::from(other);
            *n += 1;
        }
    }
    for (deviation, &(sum, n)) in row.iter_mut().zip(sums.iter()) {
        *deviation = (sum / f64::from(n)) as f32; // NaN for 0 / 0
    }
}
