//! The trained model: rankings, similar items, and shoppers it never saw.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use guide_core::{Error, Fit, Metric, Params, Persist, Progress, Result, Scored, Vectors, kernels};
use nn_core::{Role, Summary, Weights, report_to};
use rayon::prelude::*;
use recsys_core::{
    FoldIn, Ids, Interactions, ItemId, Model, Recommender, SimilarItems, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::params::{DmfLoss, DmfParams};
use super::tower::{StoredTower, Tower, TowerWork};
use super::train::{CellObjective, Cells, Matrix, Towers};
use super::user_tower::DmfUserTower;
use crate::scorer::best_by_tiles;

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
/// use recsys_deep::DmfParams;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat"), ("dan", "cap"), ("eve", "cap")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let dmf = DmfParams::paper().learning_rate(0.01).n_epochs(30).fit(&data)?;
/// let hits = dmf.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(hits[0].id, ItemId(1)); // cat has the pen: ink
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Dmf {
    params: DmfParams,
    ids: Arc<Ids>,
    /// What ratings are divided by, where there are any.
    highest: Option<f32>,
    tower: Tower,     // of users
    weights: Weights, // of that tower
    users: Vectors,
    items: Vectors,
}

/// The model as it lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    params: DmfParams,
    ids: Arc<Ids>,
    highest: Option<f32>,
    tower: StoredTower,
    users: Vectors,
    items: Vectors,
}

impl From<Dmf> for Stored {
    fn from(model: Dmf) -> Self {
        Self {
            tower: StoredTower::of(&model.weights, &model.tower),
            params: model.params,
            ids: model.ids,
            highest: model.highest,
            users: model.users,
            items: model.items,
        }
    }
}

impl TryFrom<Stored> for Dmf {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let mut weights = Weights::new();
        Ok(Self {
            tower: stored.tower.add_to(&mut weights, TOWER)?,
            weights,
            params: stored.params,
            ids: stored.ids,
            highest: stored.highest,
            users: stored.users,
            items: stored.items,
        })
    }
}

/// The name of the tower of users in a file of weights.
pub(super) const TOWER: &str = "tower";

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

    /// A copy of the tower of users, which makes the vectors of histories.
    pub fn user_tower(&self) -> DmfUserTower {
        DmfUserTower {
            loss: self.params.loss,
            highest: self.highest,
            tower: self.tower.clone(),
            weights: self.weights.clone(),
        }
    }

    /// The table of the layers of the tower of users, as Keras prints it.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new("dmf");
        let first = &self.tower.first;
        summary.row(
            "Embedding",
            &[first.dim()],
            &self.weights,
            &[first.weight()],
        );
        for layer in self.tower.layers.layers() {
            let ids: Vec<_> = [Some(layer.weight()), layer.bias()]
                .into_iter()
                .flatten()
                .collect();
            summary.row("Dense", &[layer.n_out()], &self.weights, &ids);
        }
        summary
    }

    /// What answers need as a `safetensors` file: the tower of users as `tower.first.weight`, `[items, width]`,
    /// `tower.layers.0.weight`, `tower.layers.0.bias` and so on, with PyTorch's layout, and the vectors `users` and `items`.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        nn_core::save_safetensors(&self.with_vectors(), path)
    }

    /// Takes the weights of such a file, for the same users and items in the same order and layers of the same widths.
    ///
    /// # Errors
    /// As [`nn_core::load_safetensors`]; the model is then as it was.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let mut weights = self.with_vectors();
        nn_core::load_safetensors(&mut weights, path)?;
        let vectors = |name: &str| {
            let id = weights.find(name);
            let id = id.ok_or_else(|| Error::unknown("tensor in the file:", name))?;
            Vectors::new(weights.matrix(id).to_owned(), Metric::Cosine)
        };
        let (users, items) = (vectors("users")?, vectors("items")?);
        for id in self.weights.ids() {
            let numbers = weights.get(id);
            self.weights.get_mut(id).copy_from_slice(numbers);
        }
        (self.users, self.items) = (users, items);
        Ok(())
    }

    /// The tensors of the tower, and behind them the vectors.
    fn with_vectors(&self) -> Weights {
        let mut weights = self.weights.clone();
        let mut add = |name: &str, rows: ArrayView2<'_, f32>| {
            let numbers = rows.iter().copied().collect();
            weights.add(name, Role::Buffer, rows.shape(), numbers);
        };
        add("users", self.users.rows());
        add("items", self.items.rows());
        weights
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

/// What a tower makes of `n` rows of cells; divided by their lengths where scores are cosines.
pub(super) fn vectors<C: Iterator<Item = (u32, f32)>>(
    (tower, weights): (&Tower, &Weights),
    loss: DmfLoss,
    n: usize,
    cells: impl Fn(u32) -> C + Sync,
) -> Result<Vectors> {
    let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
    let blocks = starts.par_iter().map(|&start| {
        let rows = start as u32..(start + BLOCK).min(n) as u32;
        let mut work = TowerWork::default();
        let sums = tower.begin(rows.len(), &mut work);
        for (row, sum) in rows.zip(sums.chunks_exact_mut(tower.first.dim())) {
            for (column, value) in cells(row) {
                tower.add(weights, column, value, sum);
            }
        }
        tower.finish(weights, &mut work);
        let mut vectors = work.vectors().0.to_vec();
        if loss == DmfLoss::Nce {
            for row in vectors.chunks_exact_mut(tower.dim()) {
                let norm = kernels::dot(row, row).sqrt();
                let unit = |x: &mut f32| *x = if norm > 0.0 { *x / norm } else { 0.0 };
                row.iter_mut().for_each(unit);
            }
        }
        vectors
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
        let mut weights = Weights::new();
        let mut tower = |name: &str, n_columns: usize, hidden: &[usize], number: u64| {
            let seed = seed.wrapping_add(number);
            Tower::new(&mut weights, name, n_columns, hidden, linear_end, seed)
        };
        let towers = Towers {
            users: tower("users", data.n_items(), &self.hidden, 1),
            items: tower("items", data.n_users(), self.item_widths(), 1001),
        };
        let cells = Cells::new(self, data, highest.unwrap_or(1.0));
        let mut trainer = self.trainer();
        if cells.pairs.held_out.is_empty() {
            trainer.patience = 0;
        }
        let mut watch = report_to("dmf", progress);
        let mut objective = CellObjective::new(&towers, cells);
        trainer.train_watched("dmf", &mut weights, &mut objective, &mut watch)?;
        // Of all that is known, what was held out too.
        let matrix = Matrix::new(data, highest.unwrap_or(1.0));
        let of_users = (&towers.users, &weights);
        let users = vectors(of_users, self.loss, data.n_users(), |user| matrix.row(user))?;
        let of_items = (&towers.items, &weights);
        let items = vectors(of_items, self.loss, data.n_items(), |item| {
            matrix.column(item)
        })?;
        let stored = Stored {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            highest,
            // The tower of users alone answers for new users.
            tower: StoredTower::of(&weights, &towers.users),
            users,
            items,
        };
        Dmf::try_from(stored).map_err(|reason| Error::decode("dmf", reason))
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

    fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        users.iter().try_for_each(|&user| ensure_user(self, user))?;
        let score = |block: &[UserId], tile: Range<usize>, scores: ArrayViewMut2<'_, f32>| {
            let rows: Vec<usize> = block.iter().map(|user| user.index()).collect();
            let queries = self.users.rows().select(Axis(0), &rows);
            let items = self.items.rows().slice_move(s![tile, ..]);
            kernels::matmul_into(1.0, queries.view(), items.t(), 0.0, scores);
        };
        Ok(best_by_tiles(self.items.len(), users, n, seen, score))
    }
}

impl FoldIn for Dmf {
    /// The values are ratings where the model was trained on ratings, else they are not looked at.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let value = |rating: f32| self.highest.map_or(1.0, |highest| rating / highest);
        let cell = |&(item, rating): &(ItemId, f32)| (item.0, value(rating));
        let tower = (&self.tower, &self.weights);
        let user = vectors(tower, self.params.loss, 1, |_| history.iter().map(cell))?;
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
        guide_core::check_params(Self::KIND, &self.params)?;
        let (n_users, n_items) = (self.ids.users.len(), self.ids.items.len());
        let fits = self.users.len() == n_users
            && self.items.len() == n_items
            && self.tower.first.n_rows() == n_items
            && self.weights.not_finite().is_none()
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
