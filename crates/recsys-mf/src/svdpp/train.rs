//! Gradient descent on `Σ (r_ui − r̂_ui)² + λ (b_u² + b_i² + |p_u|² + |q_i|² + Σ_j |y_j|²)`, user after user.
//!
//! A step on one rating moves every `y_j` of the user by the same amount: `y_j ← d y_j + η e q_i / √n` with `d = 1 − η λ`.
//! So their sum over the user, `z_u = Σ_j y_j / √n`, moves by `z_u ← d z_u + η e q_i`, just as `p_u` does. It is enough to
//! carry `p_u + z_u` through the user's ratings; at the end one drift `D`, the same for all, moves `p_u` by `D` and each
//! `y_j` by `D / √n`. This is Surprise's arithmetic at a cost that does not grow with the square of a user's ratings.
//!
//! One thread does it. Cutting the users into rounds whose shards learn side by side from the same `y` was tried: rounds of
//! 32 and 128 users brought the error on ml-1m to .8636 and .8678 instead of .8641 and on ml-100k to .9174 and .9179
//! instead of .9172, took as long (0.7 s of work for 20 epochs of ml-1m is little to share), and where items are dense and
//! steps long, the summed drifts of a round overshot so far that nothing was learned.

use guide_core::kernels::{axpy, rating_step};
use guide_core::{EpochReport, Progress, Result, report};
use recsys_core::{Interactions, UserId};

use super::SvdppParams;

/// What is learned: where training starts, and what it ends with.
pub(super) struct Rows {
    pub(super) users: Vec<f32>,    // [n_users * n_factors]
    pub(super) items: Vec<f32>,    // [n_items * n_factors]
    pub(super) implicit: Vec<f32>, // [n_items * n_factors]
    pub(super) user_biases: Vec<f32>,
    pub(super) item_biases: Vec<f32>,
}

/// Half of what a step on a rating moves `p_u + z_u` by moves the item's factors. Held divided by √2, it moves by as much as
/// they do, which is what [`rating_step`] does.
const SQRT_2: f32 = std::f32::consts::SQRT_2;

impl Rows {
    /// Starts from these factors, with biases of 0.
    pub(super) fn new(users: Vec<f32>, items: Vec<f32>, implicit: Vec<f32>, k: usize) -> Self {
        let (user_biases, item_biases) = (vec![0.0; users.len() / k], vec![0.0; items.len() / k]);
        Self {
            users,
            items,
            implicit,
            user_biases,
            item_biases,
        }
    }

    /// Learns from all ratings `n_epochs` times; at the end `users` are `p_u + z_u`.
    pub(super) fn train(
        &mut self,
        params: &SvdppParams,
        data: &Interactions,
        ratings: &[f32],
        mean: f32,
        progress: &dyn Progress,
    ) -> Result<()> {
        let order = data.by_arrival();
        let users = || (0..data.n_users() as u32).map(UserId);
        for epoch in 1..=params.n_epochs {
            let mut squares = 0.0;
            for user in users().filter(|&user| !data.row(user).is_empty()) {
                let path = &order[data.row(user)];
                squares += self.learn(params, data, user, path, ratings, mean);
            }
            let done = EpochReport {
                algorithm: "svdpp",
                epoch,
                n_epochs: params.n_epochs,
                loss: Some(squares / ratings.len() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        let k = params.n_factors;
        for (user, row) in users().zip(self.users.chunks_exact_mut(k)) {
            add_implicit(&self.implicit, data, user, row);
        }
        Ok(())
    }

    /// One pass over the ratings of `user` along `path`; returns the sum of squared errors met on the way.
    fn learn(
        &mut self,
        params: &SvdppParams,
        data: &Interactions,
        user: UserId,
        path: &[u32],
        ratings: &[f32],
        mean: f32,
    ) -> f64 {
        let (k, rate, reg) = (
            params.n_factors,
            params.learning_rate,
            params.regularization,
        );
        let decay = 1.0 - rate * reg;
        let own = &mut self.users[user.index() * k..][..k];
        let user_bias = &mut self.user_biases[user.index()];
        let mut both = own.to_vec();
        add_implicit(&self.implicit, data, user, &mut both);
        both.iter_mut().for_each(|both| *both /= SQRT_2);
        let start = both.clone();
        let mut squares = 0.0;
        for position in path.iter().map(|&position| position as usize) {
            let item = data.items()[position].index();
            let q = &mut self.items[item * k..][..k];
            let item_bias = &mut self.item_biases[item];
            let target = ratings[position] - (mean + *user_bias + *item_bias);
            let error = rating_step(&mut both, q, target, SQRT_2, rate, decay);
            *user_bias += rate * (error - reg * *user_bias);
            *item_bias += rate * (error - reg * *item_bias);
            squares += f64::from(error) * f64::from(error);
        }
        // 2 D = (p + z) − d^n (p + z at the start), of which both are held divided by √2.
        let left = f64::from(decay).powi(path.len() as i32) as f32;
        let share = 1.0 / (path.len() as f32).sqrt();
        for ((both, start), own) in both.iter_mut().zip(start).zip(own) {
            let drift = (*both - left * start) / SQRT_2;
            *own = left * *own + drift;
            *both = share * drift;
        }
        for item in data.items_of(user) {
            let implicit = &mut self.implicit[item.index() * k..][..k];
            for (y, drift) in implicit.iter_mut().zip(&both) {
                *y = left * *y + drift;
            }
        }
        squares
    }
}

/// Adds `z_u = Σ_j y_j / √n` to `row`.
fn add_implicit(implicit: &[f32], data: &Interactions, user: UserId, row: &mut [f32]) {
    let (k, owned) = (row.len(), data.items_of(user));
    let share = 1.0 / (owned.len() as f32).sqrt();
    for item in owned {
        axpy(share, &implicit[item.index() * k..][..k], row);
    }
}
