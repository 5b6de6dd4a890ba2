//! What every factor model is in the end: a vector for each user and item, biases, and the score they make together.

use guide_core::kernels::{TopK, dot, gemv, matmul_into};
use guide_core::ndarray::{Array2, s};
use guide_core::{Metric, Result, Scored, Vectors, stream};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use recsys_core::{Contribution, Ids, Interactions, ItemId, Part, UserId};
use serde::{Deserialize, Serialize};

use crate::parts::largest_first;

/// The score `μ + b_u + b_i + p_u · q_i`; biases that a model does not have are empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Factors {
    pub(crate) mean: f32,
    pub(crate) user_biases: Vec<f32>, // [n_users] or empty
    pub(crate) item_biases: Vec<f32>, // [n_items] or empty
    pub(crate) users: Vectors,        // [n_users, n_factors]
    pub(crate) items: Vectors,        // [n_items, n_factors]
}

/// Users scored together ..
const BATCH: usize = 128;
/// .. against so many items at once: enough to feed the matrix product, few enough that the scores stay in cache.
const TILE: usize = 1024;

impl Factors {
    /// Factors without biases, `n_factors` numbers a row.
    ///
    /// # Errors
    /// [`Error::NotFinite`](guide_core::Error::NotFinite).
    pub(crate) fn new(users: Vec<f32>, items: Vec<f32>, n_factors: usize) -> Result<Self> {
        Ok(Self {
            mean: 0.0,
            user_biases: Vec::new(),
            item_biases: Vec::new(),
            users: vectors(users, n_factors)?,
            items: vectors(items, n_factors)?,
        })
    }

    pub(crate) fn user_bias(&self, user: usize) -> f32 {
        self.user_biases.get(user).copied().unwrap_or(0.0)
    }

    pub(crate) fn item_bias(&self, item: usize) -> f32 {
        self.item_biases.get(item).copied().unwrap_or(0.0)
    }

    /// Whether the vector or the bias of a user left 0, where those without interactions stand.
    pub(crate) fn knows_user(&self, user: UserId) -> bool {
        user.index() < self.users.len()
            && (self.user_bias(user.index()) != 0.0 || moved(self.users.row(user.0)))
    }

    /// Whether the vector or the bias of an item left 0.
    pub(crate) fn knows_item(&self, item: ItemId) -> bool {
        item.index() < self.items.len()
            && (self.item_bias(item.index()) != 0.0 || moved(self.items.row(item.0)))
    }

    /// The score with what is known: a missing term counts 0.
    pub(crate) fn estimate(&self, user: Option<usize>, item: Option<usize>) -> f32 {
        let biases = user.map_or(0.0, |user| self.user_bias(user))
            + item.map_or(0.0, |item| self.item_bias(item));
        let product = match (user, item) {
            (Some(user), Some(item)) => {
                dot(self.users.row(user as u32), self.items.row(item as u32))
            }
            _ => 0.0,
        };
        self.mean + biases + product
    }

    /// The score of every item for a known user.
    pub(crate) fn score_items(&self, user: UserId, scores: &mut [f32]) {
        self.score_for(self.user_bias(user.index()), self.users.row(user.0), scores);
    }

    /// The score of every item for someone with this bias and this vector.
    pub(crate) fn score_for(&self, bias: f32, vector: &[f32], scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items.len(), "one score an item");
        gemv(
            self.items.rows().as_slice().unwrap_or_default(),
            vector,
            scores,
        );
        self.add_biases(bias, 0, scores);
    }

    /// Adds mean and biases to the scores of the items from `first` on.
    fn add_biases(&self, user_bias: f32, first: usize, scores: &mut [f32]) {
        let base = self.mean + user_bias;
        if base != 0.0 {
            scores.iter_mut().for_each(|score| *score += base);
        }
        for (score, bias) in scores.iter_mut().zip(self.item_biases.iter().skip(first)) {
            *score += bias;
        }
    }

    /// The best items of many known users: tile by tile through products of matrices, with partial selection.
    pub(crate) fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Vec<Vec<Scored<ItemId>>> {
        let buffers = || {
            let queries = Array2::zeros((BATCH, self.users.dim()));
            (queries, Array2::zeros((BATCH, TILE)))
        };
        let lists = users
            .par_chunks(BATCH)
            .map_init(buffers, |(queries, scores), block| {
                for (user, mut query) in block.iter().zip(queries.outer_iter_mut()) {
                    query.assign(&self.users.rows().row(user.index()));
                }
                let queries = queries.slice(s![..block.len(), ..]);
                let mut best = vec![TopK::new(n.min(self.items.len())); block.len()];
                for first in (0..self.items.len()).step_by(TILE) {
                    let tile = first..(first + TILE).min(self.items.len());
                    let mut scores = scores.slice_mut(s![..block.len(), ..tile.len()]);
                    let items = self.items.rows().slice_move(s![tile.clone(), ..]);
                    matmul_into(1.0, queries, items.t(), 0.0, scores.view_mut());
                    let rows = block.iter().zip(scores.outer_iter_mut()).zip(&mut best);
                    for ((&user, mut scores), best) in rows {
                        let scores = scores.as_slice_mut().unwrap_or_default();
                        self.add_biases(self.user_bias(user.index()), tile.start, scores);
                        let seen = seen.items_of(user);
                        best.offer(first as u32, scores, |item| {
                            seen.binary_search(&ItemId(item)).is_err()
                        });
                    }
                }
                let named = |hit: Scored<u32>| Scored {
                    id: ItemId(hit.id),
                    score: hit.score,
                };
                let lists = best
                    .into_iter()
                    .map(|best| best.finish().into_iter().map(named).collect());
                lists.collect::<Vec<_>>()
            });
        lists.flatten_iter().collect()
    }

    /// Mean, biases and the product of the factors, which sum to the score; what the model does not have is left out.
    pub(crate) fn explain(&self, user: UserId, item: ItemId) -> Vec<Contribution> {
        let product = dot(self.users.row(user.0), self.items.row(item.0));
        let parts = [
            (Part::GlobalMean, self.mean),
            (Part::UserBias, self.user_bias(user.index())),
            (Part::ItemBias, self.item_bias(item.index())),
            (Part::Factors, product),
        ];
        let kept = parts
            .into_iter()
            .filter(|&(from, amount)| amount != 0.0 || from == Part::Factors);
        largest_first(
            kept.map(|(from, amount)| Contribution { from, amount })
                .collect(),
        )
    }

    /// Whether a decoded model's numbers are finite and as many as its names.
    pub(crate) fn fits(&self, ids: &Ids) -> bool {
        let bias_fits = |biases: &[f32], n: usize| {
            (biases.is_empty() || biases.len() == n) && biases.iter().all(|bias| bias.is_finite())
        };
        (self.users.len(), self.items.len()) == (ids.users.len(), ids.items.len())
            && self.users.dim() == self.items.dim()
            && bias_fits(&self.user_biases, self.users.len())
            && bias_fits(&self.item_biases, self.items.len())
            && self.mean.is_finite()
    }
}

fn moved(row: &[f32]) -> bool {
    row.iter().any(|&x| x != 0.0)
}

pub(crate) fn vectors(rows: Vec<f32>, n_factors: usize) -> Result<Vectors> {
    let shape = (rows.len() / n_factors, n_factors);
    match Array2::from_shape_vec(shape, rows) {
        Ok(rows) => Vectors::new(rows, Metric::Cosine),
        Err(reason) => unreachable!("{reason}"),
    }
}

/// Rows of `n_factors` draws from `N(0, deviation²)`, one stream of random numbers a row; 0 where `known` is not.
///
/// `side` keeps the rows of users and items apart.
pub(crate) fn normal_rows(
    known: &[bool],
    n_factors: usize,
    deviation: f32,
    seed: u64,
    side: u64,
) -> Vec<f32> {
    let mut rows = vec![0.0; known.len() * n_factors];
    let each = rows
        .par_chunks_mut(n_factors)
        .zip(known)
        .enumerate()
        .with_min_len(64);
    each.filter(|(_, (_, known))| **known)
        .for_each(|(id, (row, _))| {
            let mut rng = stream(seed, side << 32 | id as u64);
            row.fill_with(|| {
                let deviate: f32 = StandardNormal.sample(&mut rng);
                deviation * deviate
            });
        });
    rows
}

/// Writes what every model with a field `factors: Factors` and a field `ids` does the same way, if its factors make the score.
macro_rules! factor_model {
    ($model:ty) => {
        crate::factors::factor_space!($model);

        impl recsys_core::Recommender for $model {
            fn score_items(
                &self,
                user: recsys_core::UserId,
                scores: &mut [f32],
            ) -> guide_core::Result<()> {
                recsys_core::ensure_user(self, user)?;
                self.factors.score_items(user, scores);
                Ok(())
            }

            fn recommend_batch(
                &self,
                users: &[recsys_core::UserId],
                n: usize,
                seen: &recsys_core::Interactions,
            ) -> guide_core::Result<Vec<Vec<guide_core::Scored<recsys_core::ItemId>>>> {
                users
                    .iter()
                    .try_for_each(|&user| recsys_core::ensure_user(self, user))?;
                Ok(self.factors.recommend_batch(users, n, seen))
            }
        }
    };
}
pub(crate) use factor_model;

/// Writes what every model with a field `factors: Factors` and a field `ids` does the same way, whatever makes the score.
macro_rules! factor_space {
    ($model:ty) => {
        impl $model {
            /// One row of numbers for each user.
            pub fn user_factors(&self) -> guide_core::ndarray::ArrayView2<'_, f32> {
                self.factors.users.rows()
            }

            /// One row of numbers for each item.
            pub fn item_factors(&self) -> guide_core::ndarray::ArrayView2<'_, f32> {
                self.factors.items.rows()
            }
        }

        impl recsys_core::Model for $model {
            fn ids(&self) -> &std::sync::Arc<recsys_core::Ids> {
                &self.ids
            }

            fn knows_user(&self, user: recsys_core::UserId) -> bool {
                self.factors.knows_user(user)
            }

            fn knows_item(&self, item: recsys_core::ItemId) -> bool {
                self.factors.knows_item(item)
            }
        }

        /// By the cosine of the user factors.
        impl recsys_core::SimilarUsers for $model {
            fn similar_users(
                &self,
                user: recsys_core::UserId,
                n: usize,
            ) -> guide_core::Result<Vec<guide_core::Scored<recsys_core::UserId>>> {
                recsys_core::ensure_user(self, user)?;
                let near = self.factors.users.similar(user.0, n)?;
                let named = |hit: guide_core::Scored<u32>| guide_core::Scored {
                    id: recsys_core::UserId(hit.id),
                    score: hit.score,
                };
                Ok(near.into_iter().map(named).collect())
            }
        }

        /// By the cosine of the item factors.
        impl recsys_core::SimilarItems for $model {
            fn similar_items(
                &self,
                item: recsys_core::ItemId,
                n: usize,
            ) -> guide_core::Result<Vec<guide_core::Scored<recsys_core::ItemId>>> {
                recsys_core::ensure_item(self, item)?;
                let near = self.factors.items.similar(item.0, n)?;
                let named = |hit: guide_core::Scored<u32>| guide_core::Scored {
                    id: recsys_core::ItemId(hit.id),
                    score: hit.score,
                };
                Ok(near.into_iter().map(named).collect())
            }
        }
    };
}
pub(crate) use factor_space;

#[cfg(test)]
mod tests {
    use recsys_core::best_items;

    use super::*;

    #[test]
    fn batches_recommend_what_single_users_get() {
        let data = crate::fixtures::low_rank(150, 1100, 9_000, 4);
        let known = vec![true; 1100];
        let users = normal_rows(&known[..150], 8, 1.0, 5, 0);
        let items = normal_rows(&known, 8, 1.0, 5, 1);
        let mut factors = Factors::new(users, items, 8).unwrap();
        factors.mean = 3.0;
        factors.user_biases = (0..150).map(|u| u as f32).collect();
        factors.item_biases = (0..1100).map(|i| 0.001 * i as f32).collect();
        let users: Vec<UserId> = (0..150).rev().map(UserId).collect();
        let batch = factors.recommend_batch(&users, 7, &data);
        let mut scores = vec![0.0; 1100];
        for (&user, list) in users.iter().zip(batch) {
            factors.score_items(user, &mut scores);
            let single = best_items(&scores, 7, data.items_of(user));
            assert_eq!(list.len(), single.len());
            for (batch, single) in list.iter().zip(single) {
                assert_eq!(batch.id, single.id);
                assert!((batch.score - single.score).abs() < 1e-4);
                let estimate = factors.estimate(Some(user.index()), Some(single.id.index()));
                assert!((estimate - single.score).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn rows_have_their_own_stream() {
        let all = normal_rows(&[true; 100], 50, 0.1, 1, 0);
        let some = normal_rows(&[false, true], 50, 0.1, 1, 0);
        assert_eq!(some[..50], [0.0; 50]);
        assert_eq!(some[50..], all[50..100]);
        assert_ne!(normal_rows(&[true], 50, 0.1, 1, 1), all[..50]);
        let n = all.len() as f32;
        let (mean, square) = (
            all.iter().sum::<f32>() / n,
            all.iter().map(|x| x * x).sum::<f32>() / n,
        );
        assert!(
            mean.abs() < 0.005 && (square.sqrt() - 0.1).abs() < 0.005,
            "{mean} {square}"
        );
    }
}
