//! Ranking, fold-in, reasons and similar items from the same estimates.

use std::ops::Range;

use guide_core::{Error, Result, Scored, kernels};
use rayon::prelude::*;
use recsys_core::{
    Biases, Contribution, Explain, FoldIn, Interactions, ItemId, Model, Part, Recommender,
    SimilarItems, SimilarUsers, UserId, best_items, ensure_history, ensure_item, ensure_user,
    similar_by_items,
};

use super::estimate::{Level, Neighbour, estimate, shares};
use super::model::{Derived, Knn, Scratch};
use super::params::Estimate;
use super::similarity::Subject;

/// Bytes of scores or similarities that an item-based model holds at once.
const BLOCK_BYTES: usize = 64 << 20;

/// How many lists of `n` numbers, of `bytes` each, are held at once: at least one.
fn lists_of(n: usize, bytes: usize) -> usize {
    (BLOCK_BYTES / (n * bytes).max(1)).max(1)
}

/// Someone to rank items for.
struct Profile {
    /// Items and ratings: by rising item where users are compared, in the order of arrival where items are.
    ratings: Vec<(u32, f32)>,
    bias: f64,
    /// The number among the trained users, if it is one.
    known: Option<u32>,
}

impl Knn {
    fn profile_of(&self, user: UserId) -> Profile {
        let Derived { sides, levels, .. } = &self.derived;
        if self.params.user_based {
            Profile {
                ratings: sides.of_x.of(user.0).to_vec(),
                bias: levels.of(user.0).bias,
                known: Some(user.0),
            }
        } else {
            let ratings = sides.of_y.of(user.0).to_vec();
            Profile {
                ratings,
                bias: levels.y_bias(user.0),
                known: Some(user.0),
            }
        }
    }

    /// The profile of someone unseen; the bias is what ALS would give with the items' biases fixed.
    fn profile_for(&self, history: &[(ItemId, f32)]) -> Profile {
        let mut ratings: Vec<(u32, f32)> = history
            .iter()
            .map(|&(item, rating)| (item.0, rating))
            .collect();
        if self.params.user_based {
            ratings.sort_by_key(|&(item, _)| item);
        }
        let bias = self
            .biases
            .as_ref()
            .map_or(0.0, |Biases { mean, items, .. }| {
                let rest = |&(item, r): &(u32, f32)| f64::from(r) - mean - items[item as usize];
                let below = f64::from(self.params.biases.reg_user) + ratings.len() as f64;
                if ratings.is_empty() {
                    0.0
                } else {
                    ratings.iter().map(rest).sum::<f64>() / below
                }
            });
        Profile {
            ratings,
            bias,
            known: None,
        }
    }

    fn score_profile(&self, profile: &Profile, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.n_items(), "one score an item");
        let mut scratch = Scratch::default();
        if self.params.user_based {
            let level = self.walk_profile(profile, &mut scratch);
            for (item, score) in (0..).zip(scores) {
                *score = self.estimate(level, item, &mut scratch).rating as f32;
            }
        } else {
            // As many items at once as similarities to what was rated may be held: nearly always all.
            let width = lists_of(profile.ratings.len(), size_of::<f64>());
            for (chunk, scores) in scores.chunks_mut(width).enumerate() {
                self.score_items_of(profile, chunk * width, scores);
            }
        }
    }

    /// Item-based: the scores of the items from number `first` on.
    fn score_items_of(&self, profile: &Profile, first: usize, scores: &mut [f32]) {
        let rows = self.similarity_rows(profile, first..first + scores.len());
        let levels = &self.derived.levels;
        let mut found = Vec::new();
        for (place, score) in scores.iter_mut().enumerate() {
            found.clear();
            let rated = (0..).zip(&profile.ratings).zip(&rows);
            found.extend(rated.map(|((at, &(x, rating)), row)| Neighbour {
                similarity: row[place],
                place: at,
                x,
                rating,
            }));
            let level = levels.of((first + place) as u32);
            *score = estimate(&self.params, levels, level, profile.bias, &mut found).rating as f32;
        }
    }

    /// User-based: the similarities of the profile to all users, left in `scratch`, and its level.
    fn walk_profile(&self, profile: &Profile, scratch: &mut Scratch) -> Level {
        let Derived {
            sides,
            levels,
            similarities,
        } = &self.derived;
        let subject = Subject {
            ratings: &profile.ratings,
            bias: profile.bias,
            is_neighbour: false,
        };
        similarities.walk(sides, &subject, &mut scratch.walk);
        if let Some(itself) = profile
            .known
            .and_then(|x| scratch.walk.similarities.get_mut(x as usize))
        {
            *itself = 1.0;
        }
        levels.of_ratings(
            profile.ratings.iter().map(|&(_, rating)| rating),
            profile.bias,
        )
    }

    /// Item-based: the similarities to `items` of each item in the profile.
    fn similarity_rows(&self, profile: &Profile, items: Range<usize>) -> Vec<Vec<f64>> {
        let row = |scratch: &mut Scratch, &(item, _): &(u32, f32)| {
            self.walk(item, true, scratch);
            scratch.walk.similarities[items.clone()].to_vec()
        };
        profile
            .ratings
            .par_iter()
            .map_init(Scratch::default, row)
            .collect()
    }

    /// Item-based scores of a block of users: one walk an item, shared by all of them.
    fn score_block(&self, users: &[UserId]) -> Vec<Vec<f32>> {
        let score_item = |scratch: &mut Scratch, item: u32| {
            self.walk(item, false, scratch);
            let level = self.derived.levels.of(item);
            let score = |user: &UserId| self.estimate(level, user.0, scratch).rating as f32;
            users.iter().map(score).collect::<Vec<f32>>()
        };
        let items = 0..self.n_items() as u32;
        items
            .into_par_iter()
            .map_init(Scratch::default, score_item)
            .collect() // [item][user]
    }

    /// The `n` users (where user-based) or items most similar to `x`.
    fn most_similar<I>(&self, x: u32, n: usize, id: fn(u32) -> I) -> Vec<Scored<I>> {
        let mut scratch = Scratch::default();
        self.walk(x, false, &mut scratch);
        let similarities = scratch.walk.similarities.iter();
        let scores: Vec<f32> = similarities.map(|&s| s as f32).collect();
        let keep = |other: u32| other != x && scores[other as usize] > 0.0;
        let best = kernels::top_k(&scores, n, keep).into_iter();
        best.map(|hit| Scored {
            id: id(hit.id),
            score: hit.score,
        })
        .collect()
    }
}

impl Recommender for Knn {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.score_profile(&self.profile_of(user), scores);
        Ok(())
    }

    fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        users.iter().try_for_each(|&user| ensure_user(self, user))?;
        if self.params.user_based {
            let best = |&user: &UserId| {
                let mut scores = vec![0.0; self.n_items()];
                self.score_profile(&self.profile_of(user), &mut scores);
                best_items(&scores, n, seen.items_of(user))
            };
            return Ok(users.par_iter().map(best).collect());
        }
        let mut lists = Vec::with_capacity(users.len());
        for block in users.chunks(lists_of(self.n_items(), size_of::<f32>())) {
            let by_item = self.score_block(block);
            let best = |(at, &user): (usize, &UserId)| {
                let scores: Vec<f32> = by_item.iter().map(|of_item| of_item[at]).collect();
                best_items(&scores, n, seen.items_of(user))
            };
            lists.par_extend(block.par_iter().enumerate().map(best));
        }
        Ok(lists)
    }
}

/// The history holds ratings.
impl FoldIn for Knn {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        self.score_profile(&self.profile_for(history), scores);
        Ok(())
    }
}

/// Item-based models only; user-based ones give [`Error::Unsuitable`].
impl SimilarItems for Knn {
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>> {
        ensure_item(self, item)?;
        if self.params.user_based {
            let needed = "user_based = false to compare items".to_owned();
            return Err(Error::Unsuitable {
                algorithm: self.params.name(),
                needed,
            });
        }
        Ok(self.most_similar(item.0, n, ItemId))
    }
}

/// Those of a positive similarity where the model compares users; else by what they rated, [`similar_by_items`].
impl SimilarUsers for Knn {
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>> {
        ensure_user(self, user)?;
        if self.params.user_based {
            Ok(self.most_similar(user.0, n, UserId))
        } else {
            similar_by_items(&self.data, user, n)
        }
    }
}

/// Exact: the parts of the estimate before it is moved onto the scale.
impl Explain for Knn {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let (x, y) = self.sides_of(user, item);
        let (levels, level) = (&self.derived.levels, self.derived.levels.of(x));
        let mut scratch = Scratch::default();
        self.walk(x, false, &mut scratch);
        let estimated = self.estimate(level, y, &mut scratch);
        let user_based = self.params.user_based;
        let (of_x, of_y) = if user_based {
            (Part::UserBias, Part::ItemBias)
        } else {
            (Part::ItemBias, Part::UserBias)
        };
        let mut parts: Vec<(Part, f64)> = match self.params.estimate {
            Estimate::Basic if estimated.enough => Vec::new(),
            Estimate::Basic => vec![(Part::GlobalMean, levels.mean)],
            Estimate::Means | Estimate::Zscore => {
                vec![
                    (Part::GlobalMean, levels.mean),
                    (of_x, self.fallback(level, y) - levels.mean),
                ]
            }
            Estimate::Baseline => {
                vec![
                    (Part::GlobalMean, levels.mean),
                    (of_x, level.bias),
                    (of_y, levels.y_bias(y)),
                ]
            }
        };
        if estimated.enough {
            let named = |x: u32| {
                if user_based {
                    Part::User(UserId(x))
                } else {
                    Part::Item(ItemId(x))
                }
            };
            let shares = shares(
                &self.params,
                levels,
                level,
                levels.y_bias(y),
                &scratch.neighbours,
            );
            parts.extend(shares.into_iter().map(|(x, amount)| (named(x), amount)));
        }
        let mut parts: Vec<Contribution> = parts
            .into_iter()
            .map(|(from, amount)| Contribution {
                from,
                amount: amount as f32,
            })
            .collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use guide_core::Fit;
    use recsys_core::{Duplicates, testing::small_ratings};

    use super::*;
    use crate::{KnnParams, Similarity};

    #[test]
    fn parts_of_the_items_score_as_all_at_once() {
        let data = Interactions::new(&small_ratings(2), Duplicates::Refuse).unwrap();
        let params = KnnParams::baseline().user_based(false);
        let model = params.similarity(Similarity::Pearson).fit(&data).unwrap();
        let mut scores = vec![0.0; data.n_items()];
        model.score_items(UserId(3), &mut scores).unwrap();
        let mut in_parts = vec![0.0; data.n_items()];
        for (part, scores) in in_parts.chunks_mut(7).enumerate() {
            model.score_items_of(&model.profile_of(UserId(3)), part * 7, scores);
        }
        assert_eq!(in_parts, scores);
    }

    #[test]
    fn blocks_stay_within_their_bytes() {
        assert_eq!(lists_of(100_000, 4), 167);
        assert_eq!(lists_of(1 << 30, 4), 1);
        assert_eq!(lists_of(0, 8), BLOCK_BYTES);
    }
}
