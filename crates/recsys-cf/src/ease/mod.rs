//! EASE: a linear model of all pairs of items, solved in closed form (Steck, 2019, "Embarrassingly shallow autoencoders for
//! sparse data").

mod invert;
mod model;
#[cfg(test)]
mod tests;

use guide_core::ndarray::Array2;
use guide_core::{EpochReport, Error, Fit, Params, Progress, Result, ensure, report};
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId};
use serde::{Deserialize, Serialize};

use invert::{Swept, mirror};
pub use model::Ease;

/// Parameters of [`Ease`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EaseParams {
    /// λ, added to the diagonal of the Gram matrix. 500 is usual for MovieLens; sparser data takes less (80 for Gowalla in
    /// the BARS tables).
    pub regularization: f32,
    /// The most memory that training may take: `n_items²` numbers of four bytes and two panels. 8 GiB.
    pub max_bytes: u64,
}

impl Default for EaseParams {
    fn default() -> Self {
        Self {
            regularization: 500.0,
            max_bytes: 8 << 30,
        }
    }
}

guide_core::setters!(EaseParams {
    regularization: f32,
    max_bytes: u64,
});

impl Params for EaseParams {
    fn validate(&self) -> Result<()> {
        ensure::positive("regularization", self.regularization)
    }
}

impl Ease {
    /// The default parameters.
    pub fn params() -> EaseParams {
        EaseParams::default()
    }
}

impl Fit<Interactions> for EaseParams {
    type Model = Ease;

    /// Solves for some hundred items after the other, of which `progress` hears. Where it ends the training, only the items
    /// solved so far speak for others, with the weights that would be right if there were no more.
    ///
    /// # Errors
    /// Bad parameters; [`Error::Memory`] with the bytes needed; [`Error::Param`] for a `regularization` so small beside
    /// the data that single precision cannot invert the matrix.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Ease> {
        self.validate()?;
        let needed = invert::bytes(data.n_items());
        if needed > self.max_bytes {
            return Err(Error::Memory {
                what: format!("EASE of {} items", data.n_items()),
                needed,
                limit: self.max_bytes,
            });
        }
        let mut weights = gram(data, self.regularization);
        // In exact arithmetic no pivot is below λ, since the Gram matrix itself has no negative eigenvalue.
        let least = f64::from(self.regularization) / 2.0;
        let swept = invert::sweep(weights.view_mut(), least, &mut |epoch, n_epochs| {
            let done = EpochReport {
                algorithm: "ease",
                epoch,
                n_epochs,
                loss: None,
            };
            report(progress, done)
        })?;
        let Swept::First(n_solved) = swept else {
            return Err(Error::param(
                "regularization",
                self.regularization,
                "larger for this data: the matrix cannot be inverted in single precision",
            ));
        };
        weights_of_swept(&mut weights, n_solved);
        Ok(Ease::new(self.clone(), data.clone(), weights))
    }
}

/// The lower triangle of `XᵀX + λI`.
fn gram(data: &Interactions, regularization: f32) -> Array2<f32> {
    let n = data.n_items();
    let by_item = data.by_item();
    let mut gram = Array2::zeros((n, n));
    if let Some(rows) = gram.as_slice_mut() {
        rows.par_chunks_mut(n)
            .zip(0..n as u32)
            .for_each(|(row, item)| {
                gram_row(data, &by_item, ItemId(item), row);
                row[item as usize] += regularization;
            });
    }
    gram
}

/// `Σ_u x_ui x_uj` for all `j <= i`.
fn gram_row(data: &Interactions, by_item: &ByItem, item: ItemId, row: &mut [f32]) {
    let users = by_item.users_of(item).iter();
    for (&user, &own) in users.zip(by_item.positions_of(item)) {
        let weight = data.weight(own as usize);
        for position in data.row(user).start..=own as usize {
            row[data.items()[position].index()] += weight * data.weight(position);
        }
    }
}

/// `B_ij = −P_ij / P_jj`, `B_jj = 0`, from the lower triangle of `−P`, of which the first `n_solved` columns are swept. What
/// these say of the others already stands there; the others say nothing.
fn weights_of_swept(matrix: &mut Array2<f32>, n_solved: usize) {
    mirror(matrix.view_mut());
    let n = matrix.nrows();
    let diagonal = matrix.diag();
    let scale = |(j, &p): (usize, &f32)| if j < n_solved { -1.0 / p } else { 1.0 };
    let scales: Vec<f32> = diagonal.iter().enumerate().map(scale).collect();
    if let Some(all) = matrix.as_slice_mut() {
        all.par_chunks_mut(n).enumerate().for_each(|(i, row)| {
            if i < n_solved {
                row.iter_mut().zip(&scales).for_each(|(b, s)| *b *= s);
                row[i] = 0.0;
            } else {
                row.fill(0.0);
            }
        });
    }
}
