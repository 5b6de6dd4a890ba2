//! Training of both towers on pairs.

use guide_core::{Rng, kernels};
use nn_core::{Grad, Objective, Path, Visitor, VisitorMut, Weights};
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

impl Weights for Towers {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        self.users.visit(&at.name("users"), visitor);
        self.items.visit(&at.name("items"), visitor);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        self.users.visit_mut(&at.name("users"), visitor);
        self.items.visit_mut(&at.name("items"), visitor);
    }
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
    slopes: Vec<f32>,
    sum: Vec<f32>,
}

/// What is learned.
pub(super) struct Cell<'d> {
    pub(super) pairs: Pairs<'d>,
    pub(super) matrix: Matrix<'d>,
    pub(super) loss: DmfLoss,
    pub(super) leave_target_out: bool,
}

impl<'d> Cell<'d> {
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
    fn forward(&self, towers: &Towers, leave_out: bool, work: &mut Work) {
        let (n, dim) = (work.pairs.len(), towers.users.first.dim());
        let mut sums = towers.users.begin(n, &mut work.users).chunks_exact_mut(dim);
        for run in work.pairs.chunk_by(|a, b| a.user == b.user) {
            work.sum.clear();
            work.sum.resize(dim, 0.0);
            for (item, value) in self.matrix.row(run[0].user) {
                towers.users.add(item, value, &mut work.sum);
            }
            for (pair, sum) in run.iter().zip(&mut sums) {
                if leave_out && pair.target > 0.0 {
                    for (item, value) in self.matrix.row(pair.user).filter(but(pair.item)) {
                        towers.users.add(item, value, sum);
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
                towers.items.add(user, value, sum);
            }
        }
        towers.users.finish(&mut work.users);
        towers.items.finish(&mut work.items);
        let (p, q) = (work.users.vectors(), work.items.vectors());
        work.scores.clear();
        work.scores
            .extend((0..n).map(|index| score(self.loss, row(p, n, index), row(q, n, index))));
    }

    /// The sum of the losses; keeps `scale` times their slopes.
    fn loss(&self, scale: f32, work: &mut Work) -> f64 {
        let targets = work.pairs.iter().map(|pair| pair.target);
        work.targets.clear();
        work.targets.extend(targets);
        work.slopes.resize(work.pairs.len(), 0.0);
        let loss = self.pairs.loss;
        loss.of_numbers(&work.scores, &work.targets, scale, &mut work.slopes)
    }

    fn backward(&self, towers: &Towers, leave_out: bool, work: &mut Work, grads: &mut [Grad]) {
        let n = work.pairs.len();
        let (users, items) = (&mut work.users, &mut work.items);
        users.d.resize(users.vectors().len(), 0.0);
        items.d.resize(items.vectors().len(), 0.0);
        let dim = towers.users.dim().max(1);
        let slopes = users
            .d
            .chunks_exact_mut(dim)
            .zip(items.d.chunks_exact_mut(dim));
        for (index, (&slope, (dp, dq))) in work.slopes.iter().zip(slopes).enumerate() {
            let (p, q) = (
                &users.outputs[users.outputs.len() - 1],
                &items.outputs[items.outputs.len() - 1],
            );
            let (p, q) = (row(p, n, index), row(q, n, index));
            back_score(self.loss, p, q, slope, (dp, dq));
        }
        let (to_users, to_items) = grads.split_at_mut(towers.users.n_trained());
        towers.users.backward(users, to_users);
        towers.items.backward(items, to_items);

        let (table, dim) = (to_users[0].rows(), towers.users.first.dim());
        let mut slopes = users.d.chunks_exact(dim);
        for run in work.pairs.chunk_by(|a, b| a.user == b.user) {
            work.sum.clear();
            work.sum.resize(dim, 0.0);
            for (pair, d) in run.iter().zip(&mut slopes) {
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
        let (table, dim) = (to_items[0].rows(), towers.items.first.dim());
        for (pair, d) in work.pairs.iter().zip(items.d.chunks_exact(dim)) {
            let keep = |cell: &(u32, f32)| !leave_out || cell.0 != pair.user;
            for (user, value) in self.matrix.column(pair.item).filter(keep) {
                kernels::axpy(value, d, table.row_mut(user));
            }
        }
    }
}

/// All cells but the one in this column.
fn but(column: u32) -> impl Fn(&(u32, f32)) -> bool {
    move |cell| cell.0 != column
}

impl Objective<Towers> for Cell<'_> {
    type Workspace = Work;

    fn n_examples(&self) -> usize {
        self.pairs.len()
    }

    fn group(&self) -> usize {
        self.pairs.width()
    }

    fn begin_epoch(&mut self, epoch: usize) {
        self.pairs.draw(epoch);
    }

    fn learn(
        &self,
        towers: &Towers,
        examples: &[usize],
        scale: f32,
        _: &mut Rng,
        grads: &mut [Grad],
        work: &mut Work,
    ) -> f64 {
        work.pairs.clear();
        let pairs = examples.iter().map(|&place| self.pairs.pairs[place]);
        work.pairs.extend(pairs);
        self.forward(towers, self.leave_target_out, work);
        let sum = self.loss(scale, work);
        self.backward(towers, self.leave_target_out, work, grads);
        sum
    }

    /// What is held out is in no input.
    fn validate(&self, towers: &Towers) -> Option<f64> {
        self.pairs.mean_held_out(|pairs| {
            let mut work = Work::default();
            work.pairs.extend_from_slice(pairs);
            self.forward(towers, false, &mut work);
            self.loss(0.0, &mut work)
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

/// Row number `index` of `n`.
fn row(of: &[f32], n: usize, index: usize) -> &[f32] {
    let dim = of.len() / n.max(1);
    &of[index * dim..(index + 1) * dim]
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

/// Writes `slope` times the gradients by both vectors: of a cosine `c`, `∂c/∂p = (q/|q| − c p/|p|) / |p|`.
fn back_score(loss: DmfLoss, p: &[f32], q: &[f32], slope: f32, (dp, dq): (&mut [f32], &mut [f32])) {
    let (dot, p_norm, q_norm) = parts(p, q);
    let both = p_norm * q_norm;
    let (across, along_p, along_q) = match loss {
        DmfLoss::Bce => (slope, 0.0, 0.0),
        DmfLoss::Nce if both > 0.0 => {
            let along = slope * dot / both;
            (
                slope / both,
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
