//! The trained model: rankings, similar items, and shoppers it never saw.

use std::sync::Arc;

use guide_core::ndarray::Array2;
use guide_core::{Error, Fit, Metric, Params, Persist, Progress, Result, Scored, Vectors, kernels};
use nn_core::report_to;
use rayon::prelude::*;
use recsys_core::{
    FoldIn, Ids, Interactions, ItemId, Model, Recommender, SimilarItems, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::params::{DmfLoss, DmfParams};
use super::tower::{Cells, Tower};
use super::train::{Cell, Matrix, Towers};

/// Deep matrix factorisation: `ŷ_ui = max(10⁻⁶, cos(p_u, q_i))`, `p_u` made of the user's row of the matrix by one tower, `q_i` of the
/// item's column by another. See [`DmfLoss`] for what is learned.
///
/// The first layer of a tower only adds up the weights of what is in the row. While a cell is trained on, it is left out of
/// both. A user is what it rated: [`FoldIn`] gives a new user with the same row the same scores.
///
/// Xue, Dai, Zhang, Huang, Chen (2017), "Deep Matrix Factorization Models for Recommender Systems", eq. 5 to 13.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// use recsys_deep::Dmf;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat"), ("dan", "cap"), ("eve", "cap")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let dmf = Dmf::params().learning_rate(0.01).n_epochs(30).fit(&data)?;
/// let hits = dmf.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(hits[0].id, ItemId(1)); // cat has the pen: ink
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dmf {
    params: DmfParams,
    ids: Arc<Ids>,
    /// What ratings are divided by, where there are any.
    highest: Option<f32>,
    tower: Tower, // of users
    users: Vectors,
    items: Vectors,
}

/// Rows that pass a tower at a time.
const BLOCK: usize = 256;

impl Dmf {
    /// The default parameters.
    pub fn params() -> DmfParams {
        DmfParams::default()
    }

    /// The vectors of all users, for cosines of length 1.
    pub fn user_vectors(&self) -> &Vectors {
        &self.users
    }

    /// The vectors of all items, for cosines of length 1.
    pub fn item_vectors(&self) -> &Vectors {
        &self.items
    }

    fn score_vector(&self, user: &[f32], scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items.len(), "scores and items");
        kernels::gemv(
            self.items.rows().as_slice().unwrap_or_default(),
            user,
            scores,
        );
    }
}

/// What a tower makes of `n` rows; divided by their lengths where scores are cosines.
fn vectors(
    tower: &Tower,
    loss: DmfLoss,
    n: usize,
    cells: impl Fn(u32) -> Cells + Sync,
) -> Result<Vectors> {
    let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
    let blocks = starts.par_iter().map(|&start| {
        let rows: Vec<Cells> = (start..(start + BLOCK).min(n))
            .map(|row| cells(row as u32))
            .collect();
        let mut vectors = tower.forward(&rows).vectors().clone();
        if loss == DmfLoss::Nce {
            vectors.rows_mut().into_iter().for_each(|mut row| {
                let norm = row.dot(&row).sqrt();
                row.mapv_inplace(|x| if norm > 0.0 { x / norm } else { 0.0 });
            });
        }
        vectors.into_raw_vec_and_offset().0
    });
    let numbers = blocks.collect::<Vec<_>>().concat();
    let rows = Array2::from_shape_vec((n, tower.dim()), numbers);
    Vectors::new(
        rows.map_err(|reason| Error::decode("dmf", reason))?,
        Metric::Cosine,
    )
}

impl Fit<Interactions> for DmfParams {
    type Model = Dmf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Dmf> {
        self.validate()?;
        let highest = data.ratings().and(data.scale()).map(|scale| scale.max);
        if let Some(highest) = highest.filter(|&highest| highest <= 0.0) {
            let needed = format!("a highest rating above 0, not {highest}");
            return Err(Error::Unsuitable {
                algorithm: "dmf",
                needed,
            });
        }
        let lowest = data
            .ratings()
            .into_iter()
            .flatten()
            .copied()
            .fold(0.0, f32::min);
        if lowest < 0.0 {
            let needed = format!("ratings that are not negative, not {lowest}");
            return Err(Error::Unsuitable {
                algorithm: "dmf",
                needed,
            });
        }
        let linear_end = self.loss == DmfLoss::Bce;
        let seed = self.seed.wrapping_mul(2003);
        let mut towers = Towers {
            users: Tower::new(
                data.n_items(),
                &self.hidden,
                linear_end,
                seed.wrapping_add(1),
            ),
            items: Tower::new(
                data.n_users(),
                &self.hidden,
                linear_end,
                seed.wrapping_add(1001),
            ),
        };
        let mut cells = Cell::new(self, data, highest.unwrap_or(1.0));
        let trainer = self.trainer();
        trainer.train(
            "dmf",
            &mut towers,
            &mut cells,
            &mut report_to("dmf", progress),
        )?;
        let matrix: &Matrix<'_> = &cells.matrix;
        Ok(Dmf {
            users: vectors(&towers.users, self.loss, data.n_users(), |user| {
                matrix.row(user, None)
            })?,
            items: vectors(&towers.items, self.loss, data.n_items(), |item| {
                matrix.column(item, None)
            })?,
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            highest,
            tower: towers.users,
        })
    }
}

impl Model for Dmf {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }
}

impl Recommender for Dmf {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.score_vector(self.users.row(user.0), scores);
        Ok(())
    }
}

impl FoldIn for Dmf {
    /// The values are ratings where the model was trained on ratings, else they are not looked at.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let value = |rating: f32| self.highest.map_or(1.0, |highest| rating / highest);
        let cells: Cells = history
            .iter()
            .map(|&(item, rating)| (item.0, value(rating)))
            .collect();
        let user = vectors(&self.tower, self.params.loss, 1, |_| cells.clone())?;
        self.score_vector(user.row(0), scores);
        Ok(())
    }
}

impl SimilarItems for Dmf {
    /// By the cosine of their vectors.
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>> {
        ensure_item(self, item)?;
        let hits = self.items.similar(item.0, n)?.into_iter();
        Ok(hits
            .map(|hit| Scored {
                id: ItemId(hit.id),
                score: hit.score,
            })
            .collect())
    }
}

impl Persist for Dmf {
    const KIND: &'static str = "dmf";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "users": self.ids.users.len(),
            "items": self.ids.items.len(),
            "dim": self.items.dim(),
        })
    }

    fn check(&self) -> Result<()> {
        self.users.check()?;
        self.items.check()?;
        let (n_users, n_items) = (self.ids.users.len(), self.ids.items.len());
        let fits = self.users.len() == n_users
            && self.items.len() == n_items
            && self.tower.fits(n_items)
            && self.users.dim() == self.tower.dim()
            && self.items.dim() == self.tower.dim()
            && self.highest.is_none_or(|highest| highest > 0.0);
        if fits {
            Ok(())
        } else {
            Err(Error::decode(
                Self::KIND,
                "names, tower and vectors do not fit together",
            ))
        }
    }
}
