//! One sweep sums the numerators and denominators of both sides from the same factors: the users' by rows and the items' by
//! columns, each row of factors by one thread, so that nothing has to be merged.

use guide_core::kernels::{axpy_both, dot};
use guide_core::{EpochReport, Progress, Result, report};
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::NmfParams;

/// What is learned: where training starts, and what it ends with. Rows are `width` long, of which the last may be padding.
pub(super) struct Rows {
    pub(super) users: Vec<f32>,
    pub(super) items: Vec<f32>,
    pub(super) user_biases: Vec<f32>,
    pub(super) item_biases: Vec<f32>,
}

/// Rows of a multiple of this many numbers fill the registers; the zeros at their ends stay zero.
const REGISTER: usize = 8;

/// `rows` of `from` numbers each as rows of `to`, filled up with 0 or cut off.
fn reshape(rows: &[f32], from: usize, to: usize) -> Vec<f32> {
    let mut reshaped = vec![0.0; rows.len() / from * to];
    let common = from.min(to);
    for (new, old) in reshaped.chunks_exact_mut(to).zip(rows.chunks_exact(from)) {
        new[..common].copy_from_slice(&old[..common]);
    }
    reshaped
}

/// Returns what it learned, and the epoch it reached.
pub(super) fn train(
    params: &NmfParams,
    data: &Interactions,
    ratings: &[f32],
    mean: f32,
    start: (&[f32], &[f32]),
    progress: &dyn Progress,
) -> Result<(Rows, usize)> {
    let k = params.n_factors;
    let width = k.next_multiple_of(REGISTER);
    let trainer = Trainer {
        params,
        data,
        ratings,
        columns: data.by_item(),
        order: if params.biased {
            data.by_arrival()
        } else {
            Vec::new()
        },
        width,
        mean,
    };
    let mut reached = 0;
    let mut rows = Rows {
        users: reshape(start.0, k, width),
        items: reshape(start.1, k, width),
        user_biases: vec![0.0; data.n_users()],
        item_biases: vec![0.0; data.n_items()],
    };
    for epoch in 1..=params.n_epochs {
        reached = epoch;
        let squares = trainer.epoch(&mut rows);
        let done = EpochReport {
            algorithm: "nmf",
            epoch,
            n_epochs: params.n_epochs,
            loss: Some(squares / ratings.len() as f64),
        };
        if report(progress, done)?.is_break() {
            break;
        }
    }
    rows.users = reshape(&rows.users, width, k);
    rows.items = reshape(&rows.items, width, k);
    Ok((rows, reached))
}

struct Trainer<'a> {
    params: &'a NmfParams,
    data: &'a Interactions,
    ratings: &'a [f32],
    columns: ByItem,
    order: Vec<u32>,
    width: usize,
    mean: f32,
}

impl Trainer<'_> {
    /// One sweep; returns the sum of squared errors before it.
    fn epoch(&self, rows: &mut Rows) -> f64 {
        let width = self.width;
        let mut estimates = self.products(rows);
        if self.params.biased {
            self.move_biases(rows, &mut estimates);
        }
        let by_row = |user: usize, visit: &mut dyn FnMut(&[f32], usize)| {
            for position in self.data.row(UserId(user as u32)) {
                let item = self.data.items()[position].index();
                visit(&rows.items[item * width..][..width], position);
            }
        };
        let pull = self.params.user_pull();
        let users = self.multiplied(&rows.users, pull, &estimates, by_row);
        let by_column = |item: usize, visit: &mut dyn FnMut(&[f32], usize)| {
            let item = ItemId(item as u32);
            let positions = self.columns.positions_of(item).iter();
            for (user, &position) in self.columns.users_of(item).iter().zip(positions) {
                visit(
                    &rows.users[user.index() * width..][..width],
                    position as usize,
                );
            }
        };
        let pull = self.params.item_pull();
        let items = self.multiplied(&rows.items, pull, &estimates, by_column);
        (rows.users, rows.items) = (users, items);
        let errors = estimates.iter().zip(self.ratings);
        errors
            .map(|(estimate, rating)| f64::from(rating - estimate).powi(2))
            .sum()
    }

    /// `p_u · q_i` of every rating.
    fn products(&self, rows: &Rows) -> Vec<f32> {
        let width = self.width;
        let users = rows.users.par_chunks(width).enumerate().with_min_len(64);
        let products = users.flat_map_iter(|(user, p)| {
            let items = self.data.items_of(UserId(user as u32)).iter();
            items.map(|item| dot(p, &rows.items[item.index() * width..][..width]))
        });
        products.collect()
    }

    /// Turns products into estimates and takes one step on the biases with each, as the ratings arrived.
    fn move_biases(&self, rows: &mut Rows, estimates: &mut [f32]) {
        let (user_rate, item_rate) = self.params.bias_rates();
        for (user, user_bias) in (0..).map(UserId).zip(&mut rows.user_biases) {
            for position in self.order[self.data.row(user)].iter().map(|&p| p as usize) {
                let item_bias = &mut rows.item_biases[self.data.items()[position].index()];
                estimates[position] += self.mean + *user_bias + *item_bias;
                let error = self.ratings[position] - estimates[position];
                user_rate.step(user_bias, error);
                item_rate.step(item_bias, error);
            }
        }
    }

    /// Each row `x` of one side as `x Σ r y / (Σ r̂ y + n λ x)` over the rows `y` of the other side that `each` visits, with
    /// the positions of their ratings.
    fn multiplied(
        &self,
        side: &[f32],
        pull: f32,
        estimates: &[f32],
        each: impl Fn(usize, &mut dyn FnMut(&[f32], usize)) + Sync,
    ) -> Vec<f32> {
        let mut new = side.to_vec();
        let rows = new.par_chunks_mut(self.width).enumerate().with_min_len(16);
        let sums = || (vec![0.0; self.width], vec![0.0; self.width]);
        rows.for_each_init(sums, |(above, below), (id, row)| {
            above.fill(0.0);
            below.fill(0.0);
            let mut n = 0.0;
            each(id, &mut |other, position| {
                let (rating, estimate) = (self.ratings[position], estimates[position]);
                axpy_both(rating, estimate, other, above, below);
                n += 1.0;
            });
            let pull = n * pull;
            for ((x, above), below) in row.iter_mut().zip(&*above).zip(&*below) {
                let below = below + pull * *x;
                if below != 0.0 {
                    *x *= above / below;
                }
            }
        });
        new
    }
}
