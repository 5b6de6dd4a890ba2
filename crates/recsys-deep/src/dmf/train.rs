//! Training of both towers on pairs.

use guide_core::kernels;
use nn_core::{Batch, Grads, Objective, Shards, Weights};
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::params::{DmfLoss, DmfParams};
use super::tower::{Tower, TowerWork};
use crate::pairs::{Pair, Pairs};

/// Both towers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Towers {
    pub(super) users: Tower,
    pub(super) items: Tower,
}

/// The matrix by rows and columns, each value over the highest rating, 1 where there are no ratings.
pub(super) struct Matrix<'d> {
    data: &'d Interactions,
    by_item: ByItem,
    pub(super) values: Vec<f32>,
}

impl<'d> Matrix<'d> {
    pub(super) fn new(data: &'d Interactions, highest: f32) -> Self {
        let values = match data.ratings() {
            Some(ratings) => ratings.iter().map(|rating| rating / highest).collect(),
            None => vec![1.0; data.len()],
        };
        Self {
            data,
            by_item: data.by_item(),
            values,
        }
    }

    /// A user's row: items and values.
    pub(super) fn row(&self, user: u32) -> impl Iterator<Item = (u32, f32)> {
        let user = UserId(user);
        let items = self.data.items_of(user).iter().map(|item| item.0);
        items.zip(self.values[self.data.row(user)].iter().copied())
    }

    /// An item's column: users and values.
    pub(super) fn column(&self, item: u32) -> impl Iterator<Item = (u32, f32)> {
        let users = self.by_item.users_of(ItemId(item)).iter();
        let cells = users.zip(self.by_item.positions_of(ItemId(item)));
        cells.map(|(user, &position)| (user.0, self.values[position as usize]))
    }

    /// Makes these cells 0: they are not to be known.
    fn hide(&mut self, pairs: &[Pair]) {
        for pair in pairs {
            let user = UserId(pair.user);
            if let Ok(place) = self.data.items_of(user).binary_search(&ItemId(pair.item)) {
                let start = self.data.row(user).start;
                self.values[start + place] = 0.0;
            }
        }
    }
}

/// What a shard of a batch is learned in.
#[derive(Debug, Default)]
pub(super) struct Work {
    pairs: Vec<Pair>,
    users: TowerWork,
    items: TowerWork,
    scores: Vec<f32>,
    targets: Vec<f32>,
    d_scores: Vec<f32>,
    sum: Vec<f32>,
}

/// The cells of the matrix that are learned.
pub(super) struct Cells<'d> {
    pub(super) pairs: Pairs<'d>,
    pub(super) matrix: Matrix<'d>,
    pub(super) loss: DmfLoss,
    pub(super) leave_target_out: bool,
}

impl<'d> Cells<'d> {
    pub(super) fn new(params: &DmfParams, data: &'d Interactions, highest: f32) -> Self {
        let mut matrix = Matrix::new(data, highest);
        let pairs = Pairs::drawn(
            data,
            |place| matrix.values[place],
            params.loss.of_scores(),
            params.n_negatives,
            params.seed,
            params.validation,
        );
        matrix.hide(&pairs.held_out);
        Self {
            pairs,
            matrix,
            loss: params.loss,
            leave_target_out: params.leave_target_out,
        }
    }

    /// Scores the pairs of `work`; `leave_out` takes the cell of each out of both inputs. Pairs of one user that follow each other
    /// and lose nothing share the sum over its row. (A cell taken off the whole sum would leave its rounding behind, and a
    /// cosine makes that large.)
    fn forward(&self, towers: &Towers, weights: &Weights, leave_out: bool, work: &mut Work) {
        let (n, dim) = (work.pairs.len(), towers.users.first.dim());
        let mut sums = towers.users.begin(n, &mut work.users).chunks_exact_mut(dim);
        for run in work.pairs.chunk_by(|a, b| a.user == b.user) {
            work.sum.clear();
            work.sum.resize(dim, 0.0);
            for (item, value) in self.matrix.row(run[0].user) {
                towers.users.add(weights, item, value, &mut work.sum);
            }
            for (pair, sum) in run.iter().zip(&mut sums) {
                if leave_out && pair.target > 0.0 {
                    for (item, value) in self.matrix.row(pair.user).filter(but(pair.item)) {
                        towers.users.add(weights, item, value, sum);
                    }
                } else {
                    sum.copy_from_slice(&work.sum);
                }
            }
        }
        let dim = towers.items.first.dim();
        let sums = towers.items.begin(n, &mut work.items).chunks_exact_mut(dim);
        for (pair, sum) in work.pairs.iter().zip(sums) {
            let keep = |cell: &(u32, f32)| !leave_out || cell.0 != pair.user;
            for (user, value) in self.matrix.column(pair.item).filter(keep) {
                towers.items.add(weights, user, value, sum);
            }
        }
        towers.users.finish(weights, &mut work.users);
        towers.items.finish(weights, &mut work.items);
        let ((p, _), (q, _)) = (work.users.vectors(), work.items.vectors());
        let dim = towers.users.dim().max(1);
        let rows = p.chunks_exact(dim).zip(q.chunks_exact(dim));
        work.scores.clear();
        work.scores
            .extend(rows.map(|(p, q)| score(self.loss, p, q)));
    }

    /// The sum of the losses; keeps `scale` times their gradients.
    fn loss(&self, scale: f32, work: &mut Work) -> f64 {
        let targets = work.pairs.iter().map(|pair| pair.target);
        work.targets.clear();
        work.targets.extend(targets);
        work.d_scores.resize(work.pairs.len(), 0.0);
        let loss = self.pairs.loss;
        loss.of(&work.scores, &work.targets, scale, &mut work.d_scores)
    }

    fn backward(
        &self,
        towers: &Towers,
        weights: &Weights,
        leave_out: bool,
        work: &mut Work,
        grads: &mut Grads,
    ) {
        let dim = towers.users.dim().max(1);
        let ((p, dp), (q, dq)) = (work.users.vectors(), work.items.vectors());
        let vectors = p.chunks_exact(dim).zip(q.chunks_exact(dim));
        let gradients = dp.chunks_exact_mut(dim).zip(dq.chunks_exact_mut(dim));
        for ((&d, (p, q)), gradients) in work.d_scores.iter().zip(vectors).zip(gradients) {
            back_score(self.loss, p, q, d, gradients);
        }
        let d = towers.users.backward(weights, &mut work.users, grads);
        let (table, dim) = (
            grads.rows(towers.users.first.weight()),
            towers.users.first.dim(),
        );
        let mut d_sums = d.chunks_exact(dim);
        for run in work.pairs.chunk_by(|a, b| a.user == b.user) {
            work.sum.clear();
            work.sum.resize(dim, 0.0);
            for (pair, d) in run.iter().zip(&mut d_sums) {
                if leave_out && pair.target > 0.0 {
                    for (item, value) in self.matrix.row(pair.user).filter(but(pair.item)) {
                        kernels::axpy(value, d, table.row_mut(item));
                    }
                } else {
                    kernels::axpy(1.0, d, &mut work.sum);
                }
            }
            for (item, value) in self.matrix.row(run[0].user) {
                kernels::axpy(value, &work.sum, table.row_mut(item));
            }
        }
        let d = towers.items.backward(weights, &mut work.items, grads);
        let (table, dim) = (
            grads.rows(towers.items.first.weight()),
            towers.items.first.dim(),
        );
        for (pair, d) in work.pairs.iter().zip(d.chunks_exact(dim)) {
            let keep = |cell: &(u32, f32)| !leave_out || cell.0 != pair.user;
            for (user, value) in self.matrix.column(pair.item).filter(keep) {
                kernels::axpy(value, d, table.row_mut(user));
            }
        }
    }

    /// The sum of the losses of these examples; adds `scale` times its gradient to `grads`.
    pub(super) fn learn(
        &self,
        (towers, weights): (&Towers, &Weights),
        examples: &[usize],
        scale: f32,
        grads: &mut Grads,
        work: &mut Work,
    ) -> f64 {
        work.pairs.clear();
        let pairs = examples.iter().map(|&place| self.pairs.pairs[place]);
        work.pairs.extend(pairs);
        self.forward(towers, weights, self.leave_target_out, work);
        let sum = self.loss(scale, work);
        self.backward(towers, weights, self.leave_target_out, work, grads);
        sum
    }
}

/// All cells but the one in this column.
fn but(column: u32) -> impl Fn(&(u32, f32)) -> bool {
    move |cell| cell.0 != column
}

/// Both towers that learn the cells.
pub(super) struct CellObjective<'t, 'd> {
    pub(super) towers: &'t Towers,
    pub(super) cells: Cells<'d>,
    shards: Shards<Work>,
}

/// Pairs that one thread takes at a time.
const SHARD: usize = 128;

impl<'t, 'd> CellObjective<'t, 'd> {
    pub(super) fn new(towers: &'t Towers, cells: Cells<'d>) -> Self {
        Self {
            towers,
            cells,
            shards: Shards::new(SHARD),
        }
    }
}

impl Objective for CellObjective<'_, '_> {
    fn n_examples(&self) -> usize {
        self.cells.pairs.len()
    }

    fn group(&self) -> usize {
        self.cells.pairs.width()
    }

    fn begin_epoch(&mut self, epoch: usize) {
        self.cells.pairs.draw(epoch);
    }

    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        let (cells, towers) = (&self.cells, self.towers);
        let scale = 1.0 / batch.examples.len() as f32;
        let group = cells.pairs.width();
        self.shards.learn(
            weights,
            batch.examples,
            group,
            grads,
            |shard, grads, work| cells.learn((towers, weights), shard.examples, scale, grads, work),
        )
    }

    /// What is held out is in no input.
    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        self.cells.pairs.mean_held_out(|pairs| {
            let mut work = Work::default();
            work.pairs.extend_from_slice(pairs);
            self.cells.forward(self.towers, weights, false, &mut work);
            self.cells.loss(0.0, &mut work)
        })
    }
}

/// Inner product and norms of two vectors.
fn parts(p: &[f32], q: &[f32]) -> (f32, f32, f32) {
    (
        kernels::dot(p, q),
        kernels::dot(p, p).sqrt(),
        kernels::dot(q, q).sqrt(),
    )
}

/// The cosine (0 where a vector is 0), or the inner product.
fn score(loss: DmfLoss, p: &[f32], q: &[f32]) -> f32 {
    let (dot, p_norm, q_norm) = parts(p, q);
    match loss {
        DmfLoss::Bce => dot,
        DmfLoss::Nce if p_norm * q_norm > 0.0 => dot / (p_norm * q_norm),
        // NaN must not hide behind the comparison.
        DmfLoss::Nce => 0.0 * (p_norm + q_norm),
    }
}

/// Writes `d` times the gradients by both vectors: of a cosine `c`, `∂c/∂p = (q/|q| − c p/|p|) / |p|`.
fn back_score(loss: DmfLoss, p: &[f32], q: &[f32], d: f32, (dp, dq): (&mut [f32], &mut [f32])) {
    let (dot, p_norm, q_norm) = parts(p, q);
    let both = p_norm * q_norm;
    let (across, along_p, along_q) = match loss {
        DmfLoss::Bce => (d, 0.0, 0.0),
        DmfLoss::Nce if both > 0.0 => {
            let along = d * dot / both;
            (
                d / both,
                along / (p_norm * p_norm),
                along / (q_norm * q_norm),
            )
        }
        DmfLoss::Nce => (0.0, 0.0, 0.0),
    };
    for (((dp, dq), &p), &q) in dp.iter_mut().zip(dq).zip(p).zip(q) {
        *dp = across * q - along_p * p;
        *dq = across * p - along_q * q;
    }
}
