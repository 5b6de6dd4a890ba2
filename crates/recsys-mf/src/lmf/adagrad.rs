//! One step of AdaGrad for each user with the items fixed, then for each item with the users fixed. A step reads the other
//! side alone, so that all of a side are taken in parallel; each draws its negatives from a stream of its own.

use guide_core::kernels::{axpy, dot, prefetch};
use guide_core::{EpochReport, Progress, Result, Rng, report, stream};
use rand::Rng as _;
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::loss::Loss;
use super::{LmfParams, Trained};
use crate::factors::normal_rows;
use crate::parts::Known;

/// The users or the items: rows of their factors followed by their bias.
struct Side {
    rows: Vec<f32>,
    /// Sums of squared gradients.
    squares: Vec<f32>,
}

impl Side {
    /// Random rows, 0 without interactions.
    fn start(params: &LmfParams, known: &[bool], side: u64) -> Self {
        let width = params.n_factors + 1;
        let rows = normal_rows(known, width, params.init_deviation, params.seed, side);
        let squares = vec![0.0; rows.len()];
        Self { rows, squares }
    }

    /// The factors, and the biases, which are the last number of each row.
    fn split(self, n_factors: usize) -> (Vec<f32>, Vec<f32>) {
        let rows = self.rows.chunks_exact(n_factors + 1);
        let biases = rows.clone().map(|row| row[n_factors]).collect();
        let factors = rows.flat_map(|row| &row[..n_factors]).copied();
        (factors.collect(), biases)
    }
}

/// Keep the draws of users, items and epochs apart; epochs take the numbers from the last one on.
const USER_DRAWS: u64 = 21;
const ITEM_DRAWS: u64 = 22;
const EPOCH_DRAWS: u64 = 23;

/// Keeps the first divisions of AdaGrad finite, as in implicit.
const EPSILON: f32 = 1e-6;
/// Negatives fetched ahead.
const AHEAD: usize = 8;

pub(super) fn train(
    params: &LmfParams,
    data: &Interactions,
    progress: &dyn Progress,
) -> Result<Trained> {
    let known = Known::of(data);
    let mut users = Side::start(params, &known.users, USER_DRAWS);
    let mut items = Side::start(params, &known.items, ITEM_DRAWS);
    let columns = data.by_item();
    let mut owners = Vec::with_capacity(data.len());
    for user in 0..data.n_users() as u32 {
        owners.resize(data.row(UserId(user)).end, user);
    }
    let by_row = |user: u32| {
        let row = data.row(UserId(user));
        row.map(|position| (data.items()[position].0, data.weight(position)))
    };
    let by_column = |item: u32| column(data, &columns, ItemId(item));
    let taken: Vec<u32> = data.items().iter().map(|item| item.0).collect();
    let mut reached = 0;
    for epoch in 1..=params.n_epochs {
        reached = epoch;
        let rate = params.rate(epoch);
        let draws = EPOCH_DRAWS + 2 * epoch as u64;
        let (loss, n) = params.pass(rate, &mut users, &items, by_row, &taken, draws);
        let (item_loss, item_n) =
            params.pass(rate, &mut items, &users, by_column, &owners, draws + 1);
        let done = EpochReport {
            algorithm: "lmf",
            epoch,
            n_epochs: params.n_epochs,
            loss: Some((loss + item_loss) / (n + item_n)),
        };
        if report(progress, done)?.is_break() {
            break;
        }
    }
    let (users, user_biases) = users.split(params.n_factors);
    let (items, item_biases) = items.split(params.n_factors);
    Ok(Trained {
        bias: 0.0,
        user_biases,
        item_biases,
        users,
        items,
        reached,
    })
}

fn column<'a>(
    data: &'a Interactions,
    columns: &'a ByItem,
    item: ItemId,
) -> impl ExactSizeIterator<Item = (u32, f32)> + 'a {
    let users = columns.users_of(item).iter();
    let positions = columns.positions_of(item).iter();
    users
        .zip(positions)
        .map(|(user, &position)| (user.0, data.weight(position as usize)))
}

impl LmfParams {
    /// One step at this rate for each row of `side` that `liked` gives interactions; `pool` holds the other end of every interaction.
    /// Returns the sum of the losses met and their number.
    fn pass<I: ExactSizeIterator<Item = (u32, f32)>>(
        &self,
        rate: f32,
        side: &mut Side,
        others: &Side,
        liked: impl Fn(u32) -> I + Sync,
        pool: &[u32],
        draws: u64,
    ) -> (f64, f64) {
        let width = self.n_factors + 1;
        let rows = side
            .rows
            .par_chunks_mut(width)
            .zip(side.squares.par_chunks_mut(width));
        let rows = rows.enumerate().with_min_len(16);
        let buffers = || (vec![0.0; width], Vec::new());
        let losses = rows.map_init(buffers, |(gradient, negatives), (id, (row, squares))| {
            let liked = liked(id as u32);
            if liked.len() == 0 {
                return (0.0, 0);
            }
            let mut rng = stream(self.seed, (draws << 32) | id as u64);
            let n_negatives = self.n_negatives(liked.len(), others.rows.len() / width);
            draw(&mut rng, pool, n_negatives, negatives);
            let loss = self.climb(row, &others.rows, liked, negatives, gradient);
            for ((x, square), g) in row.iter_mut().zip(squares).zip(gradient) {
                let g = *g - self.regularization * *x;
                *square += g * g;
                *x += rate / (EPSILON + *square).sqrt() * g;
            }
            loss.total()
        });
        let losses: Vec<(f64, usize)> = losses.collect();
        let total = |sum: (f64, f64), part: &(f64, usize)| (sum.0 + part.0, sum.1 + part.1 as f64);
        losses.iter().fold((0.0, 0.0), total)
    }

    /// Writes the gradient of the log-likelihood by `row`; returns the loss.
    fn climb(
        &self,
        row: &[f32],
        others: &[f32],
        liked: impl Iterator<Item = (u32, f32)>,
        negatives: &[u32],
        gradient: &mut [f32],
    ) -> Loss {
        let k = self.n_factors;
        let other = |id: u32| &others[id as usize * (k + 1)..][..k + 1];
        let score = |other: &[f32]| row[k] + other[k] + dot(&row[..k], &other[..k]);
        let mut loss = Loss::new();
        gradient.fill(0.0);
        let mut pull = |other: &[f32], step: f32| {
            axpy(step, &other[..k], &mut gradient[..k]);
            gradient[k] += step;
        };
        for (id, weight) in liked {
            let other = other(id);
            pull(other, loss.taken(score(other), weight));
        }
        for (n, &id) in negatives.iter().enumerate() {
            if let Some(&later) = negatives.get(n + AHEAD) {
                prefetch(other(later));
            }
            let other = other(id);
            pull(other, loss.passed_over(score(other)));
        }
        loss
    }
}

/// Fills `drawn` with `n` of `pool`.
fn draw(rng: &mut Rng, pool: &[u32], n: usize, drawn: &mut Vec<u32>) {
    drawn.clear();
    // The upper half of the product is uniform up to pool.len() / 2^32.
    let place = |random: u32| ((u64::from(random) * pool.len() as u64) >> 32) as usize;
    drawn.extend((0..n).map(|_| pool[place(rng.next_u32())]));
}
