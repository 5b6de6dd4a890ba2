//! Gradient descent on `Σ (r_ui − r̂_ui)² + λ (b_u² + b_i² + |p_u|² + |q_i|² + Σ_j |y_j|²)`, user after user.
//!
//! A step on one rating moves every `y_j` of the user by the same amount: `y_j ← d y_j + η e q_i / √n` with `d = 1 − η λ`.
//! So their sum over the user, `z_u = Σ_j y_j / √n`, moves by `z_u ← d z_u + η e q_i`, just as `p_u` does. It is enough to
//! carry `p_u + z_u` through the user's ratings; at the end one drift `D`, the same for all, moves `p_u` by `D` and each
//! `y_j` by `D / √n`. This is Surprise's arithmetic at a cost that does not grow with the square of a user's ratings.
//!
//! That asks for the same `d` and `η` of all three. Where they differ, `p_u` and `z_u` are carried side by side.
//!
//! One thread does it: `docs/decisions/007-svdpp-serial.md` has what was tried.

use guide_core::kernels::{axpy, dot, rating_step};
use guide_core::{EpochReport, Progress, Result, report};
use recsys_core::{Interactions, UserId};

use super::SvdppParams;
use crate::rates::Rate;

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

    /// Learns from all ratings `n_epochs` times; at the end `users` are `p_u + z_u`. Returns the epoch it reached.
    pub(super) fn train(
        &mut self,
        params: &SvdppParams,
        data: &Interactions,
        ratings: &[f32],
        mean: f32,
        progress: &dyn Progress,
    ) -> Result<usize> {
        let order = data.by_arrival();
        let users = || (0..data.n_users() as u32).map(UserId);
        let mut reached = 0;
        for epoch in 1..=params.n_epochs {
            reached = epoch;
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
        Ok(reached)
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
        let k = params.n_factors;
        let (own_rate, item_rate, implicit_rate) = (
            params.user_rate(),
            params.item_rate(),
            params.implicit_rate(),
        );
        let (user_bias_rate, item_bias_rate) = (params.user_bias_rate(), params.item_bias_rate());
        let even = own_rate == item_rate && own_rate == implicit_rate;
        let (rate, decay) = (own_rate.rate, own_rate.decay());
        let own = &mut self.users[user.index() * k..][..k];
        let user_bias = &mut self.user_biases[user.index()];
        // `z_u`, or where one step moves both alike `(p_u + z_u) / √2`.
        let mut moved = if even { own.to_vec() } else { vec![0.0; k] };
        add_implicit(&self.implicit, data, user, &mut moved);
        if even {
            moved.iter_mut().for_each(|both| *both /= SQRT_2);
        }
        let start = moved.clone();
        let mut squares = 0.0;
        for position in path.iter().map(|&position| position as usize) {
            let item = data.items()[position].index();
            let q = &mut self.items[item * k..][..k];
            let item_bias = &mut self.item_biases[item];
            let target = ratings[position] - (mean + *user_bias + *item_bias);
            let error = if even {
                rating_step(&mut moved, q, target, SQRT_2, rate, decay)
            } else {
                let sides = (&mut *own, &mut moved[..], q);
                uneven_step(sides, (own_rate, implicit_rate, item_rate), target)
            };
            user_bias_rate.step(user_bias, error);
            item_bias_rate.step(item_bias, error);
            squares += f64::from(error) * f64::from(error);
        }
        let left = f64::from(implicit_rate.decay()).powi(path.len() as i32) as f32;
        let share = 1.0 / (path.len() as f32).sqrt();
        // From here on `moved` is the drift of each `y_j`, `D / √n`.
        if even {
            // 2 D = (p + z) − d^n (p + z at the start), of which both are held divided by √2.
            for ((both, start), own) in moved.iter_mut().zip(start).zip(own) {
                let drift = (*both - left * start) / SQRT_2;
                *own = left * *own + drift;
                *both = share * drift;
            }
        } else {
            for (z, start) in moved.iter_mut().zip(start) {
                *z = share * (*z - left * start);
            }
        }
        for item in data.items_of(user) {
            let implicit = &mut self.implicit[item.index() * k..][..k];
            for (y, drift) in implicit.iter_mut().zip(&moved) {
                *y = left * *y + drift;
            }
        }
        squares
    }
}

/// One step on a rating where `p_u`, `z_u` and `q_i` each have a rate of their own.
fn uneven_step(
    (own, implicit, q): (&mut [f32], &mut [f32], &mut [f32]),
    (own_rate, implicit_rate, item_rate): (Rate, Rate, Rate),
    target: f32,
) -> f32 {
    let error = target - dot(own, q) - dot(implicit, q);
    for ((p, z), q) in own.iter_mut().zip(implicit).zip(q) {
        let (old_p, old_z, old_q) = (*p, *z, *q);
        *p = own_rate.decay() * old_p + own_rate.rate * error * old_q;
        *z = implicit_rate.decay() * old_z + implicit_rate.rate * error * old_q;
        *q = item_rate.decay() * old_q + item_rate.rate * error * (old_p + old_z);
    }
    error
}

/// Adds `z_u = Σ_j y_j / √n` to `row`.
fn add_implicit(implicit: &[f32], data: &Interactions, user: UserId, row: &mut [f32]) {
    let (k, owned) = (row.len(), data.items_of(user));
    let share = 1.0 / (owned.len() as f32).sqrt();
    for item in owned {
        axpy(share, &implicit[item.index() * k..][..k], row);
    }
}
