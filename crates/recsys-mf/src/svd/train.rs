//! Gradient descent on `Σ (r_ui − r̂_ui)² + λ (b_u² + b_i² + |p_u|² + |q_i|²)`, cell by cell.

use std::sync::Arc;

use guide_core::kernels::rating_step;
use guide_core::{EpochReport, Fit, Params, Progress, Result, report};
use recsys_core::Interactions;

use super::{Svd, SvdParams};
use crate::blocks::{Blocks, Entry, Shards};
use crate::factors::{Factors, normal_rows};
use crate::parts::{Known, diverged, ensure_room};
use crate::rates::uneven_step;

/// Keep the draws of users and items apart; any two numbers do.
const USER_DRAWS: u64 = 14;
const ITEM_DRAWS: u64 = 15;

/// What is learned of the users or items of one shard.
struct Side {
    biases: Vec<f32>,
    factors: Vec<f32>,
}

impl Fit<Interactions> for SvdParams {
    type Model = Svd;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Svd> {
        self.validate()?;
        ensure_room("svd", data.n_users() + data.n_items(), self.n_factors)?;
        let known = Known::of(data);
        let start = |known: &[bool], side| {
            normal_rows(known, self.n_factors, self.init_deviation, self.seed, side)
        };
        let (users, items) = (
            start(&known.users, USER_DRAWS),
            start(&known.items, ITEM_DRAWS),
        );
        self.fit_from(data, &users, &items, progress)
    }
}

impl SvdParams {
    /// Trains from these factors, `n_factors` numbers a row.
    pub(super) fn fit_from(
        &self,
        data: &Interactions,
        users: &[f32],
        items: &[f32],
        progress: &dyn Progress,
    ) -> Result<Svd> {
        let (ratings, scale) = data.require_ratings("svd")?;
        let total: f64 = ratings.iter().map(|&r| f64::from(r)).sum();
        let mean = (total / ratings.len() as f64) as f32;
        let blocks = Blocks::new(data, ratings);
        let k = self.n_factors;
        let side = |factors: Vec<f32>| Side {
            biases: vec![0.0; factors.len() / k],
            factors,
        };
        let mut users: Vec<Side> = blocks
            .users
            .scatter(users, k)
            .into_iter()
            .map(side)
            .collect();
        let mut items: Vec<Side> = blocks
            .items
            .scatter(items, k)
            .into_iter()
            .map(side)
            .collect();
        let offset = if self.biased { mean } else { 0.0 };
        let mut reached = 0;
        for epoch in 1..=self.n_epochs {
            reached = epoch;
            let squares = blocks.epoch(&mut users, &mut items, |users, items, entries| {
                self.learn(offset, users, items, entries)
            });
            let done = EpochReport {
                algorithm: "svd",
                epoch,
                n_epochs: self.n_epochs,
                loss: Some(squares / ratings.len() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        let factors = |sides: &[Side], shards: &Shards| {
            shards.gather(sides.iter().map(|side| &side.factors[..]), k)
        };
        let biases = |sides: &[Side], shards: &Shards| {
            shards.gather(sides.iter().map(|side| &side.biases[..]), 1)
        };
        let mut all = Factors::new(
            factors(&users, &blocks.users),
            factors(&items, &blocks.items),
            k,
        )
        .map_err(|_| diverged("svd", reached))?;
        if self.biased {
            all.mean = mean;
            all.user_biases = biases(&users, &blocks.users);
            all.item_biases = biases(&items, &blocks.items);
        }
        Ok(Svd {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            scale,
            mean,
            factors: all,
        })
    }

    /// One pass over the ratings of a cell; returns the sum of squared errors met on the way.
    fn learn(&self, offset: f32, users: &mut Side, items: &mut Side, entries: &[Entry]) -> f64 {
        let k = self.n_factors;
        let (user_rate, item_rate) = (self.user_rate(), self.item_rate());
        let (user_bias_rate, item_bias_rate) = (self.user_bias_rate(), self.item_bias_rate());
        let (even, decay) = (user_rate == item_rate, user_rate.decay());
        let mut squares = 0.0;
        for entry in entries {
            let (user, item) = (entry.user as usize, entry.item as usize);
            let p = &mut users.factors[user * k..][..k];
            let q = &mut items.factors[item * k..][..k];
            let (user_bias, item_bias) = (&mut users.biases[user], &mut items.biases[item]);
            let target = entry.rating - (offset + *user_bias + *item_bias);
            let error = if even {
                rating_step(p, q, target, 1.0, user_rate.rate, decay)
            } else {
                uneven_step((p, user_rate), (q, item_rate), target)
            };
            if self.biased {
                user_bias_rate.step(user_bias, error);
                item_bias_rate.step(item_bias, error);
            }
            squares += f64::from(error) * f64::from(error);
        }
        squares
    }
}
