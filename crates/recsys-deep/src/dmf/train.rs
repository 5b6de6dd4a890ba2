//! Training of both towers on pairs.

use guide_core::ndarray::Array2;
use guide_core::{Rng, kernels};
use nn_core::{Grad, Objective, Path, Visitor, VisitorMut, Weights};
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::params::{DmfLoss, DmfParams};
use super::tower::{Cells, Tower};
use crate::pairs::Pairs;

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

    /// A user's row without one item.
    pub(super) fn row(&self, user: u32, without: Option<u32>) -> Cells {
        let user = UserId(user);
        let items = self.data.items_of(user).iter().map(|item| item.0);
        let cells = items.zip(self.values[self.data.row(user)].iter().copied());
        cells.filter(|(item, _)| Some(*item) != without).collect()
    }

    /// An item's column without one user.
    pub(super) fn column(&self, item: u32, without: Option<u32>) -> Cells {
        let (users, positions) = (
            self.by_item.users_of(ItemId(item)),
            self.by_item.positions_of(ItemId(item)),
        );
        let cells = users.iter().zip(positions);
        let cells = cells.map(|(user, &position)| (user.0, self.values[position as usize]));
        cells.filter(|(user, _)| Some(*user) != without).collect()
    }
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
        let matrix = Matrix::new(data, highest);
        let (targets, loss) = (matrix.values.clone(), params.loss);
        Self {
            pairs: Pairs::drawn(
                data,
                targets,
                loss.of_scores(),
                params.n_negatives,
                params.seed,
            ),
            matrix,
            loss,
            leave_target_out: params.leave_target_out,
        }
    }
}

impl Objective<Towers> for Cell<'_> {
    type Trace = ();

    fn n_examples(&self) -> usize {
        self.pairs.columns.users.len()
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
    ) -> (f64, ()) {
        let columns = self.pairs.columns.select(examples);
        let without = |other: u32| self.leave_target_out.then_some(other);
        let pairs = || columns.users.iter().zip(&columns.items);
        let rows: Vec<Cells> = pairs()
            .map(|(&u, &i)| self.matrix.row(u, without(i)))
            .collect();
        let cols: Vec<Cells> = pairs()
            .map(|(&u, &i)| self.matrix.column(i, without(u)))
            .collect();
        let (of_users, of_items) = (towers.users.forward(&rows), towers.items.forward(&cols));
        let (p, q) = (of_users.vectors(), of_items.vectors());
        let (sum, dy) = self.pairs.loss(scores(self.loss, p, q), &columns, scale);
        let (dp, dq) = back_scores(self.loss, p, q, &dy);
        let (to_users, to_items) = grads.split_at_mut(towers.users.n_trained());
        towers.users.backward(&rows, &of_users, dp, to_users);
        towers.items.backward(&cols, &of_items, dq, to_items);
        (sum, ())
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

fn row(of: &Array2<f32>, index: usize) -> &[f32] {
    let dim = of.ncols();
    &of.as_slice().unwrap_or_default()[index * dim..(index + 1) * dim]
}

/// Cosines (0 where a vector is 0), or inner products.
fn scores(loss: DmfLoss, p: &Array2<f32>, q: &Array2<f32>) -> Vec<f32> {
    let score = |index| {
        let (dot, p_norm, q_norm) = parts(row(p, index), row(q, index));
        match loss {
            DmfLoss::Bce => dot,
            DmfLoss::Nce if p_norm * q_norm > 0.0 => dot / (p_norm * q_norm),
            // NaN must not hide behind the comparison.
            DmfLoss::Nce => 0.0 * (p_norm + q_norm),
        }
    };
    (0..p.nrows()).map(score).collect()
}

/// The gradients by both vectors: of a cosine `c`, `∂c/∂p = (q/|q| − c p/|p|) / |p|`.
fn back_scores(
    loss: DmfLoss,
    p: &Array2<f32>,
    q: &Array2<f32>,
    dy: &[f32],
) -> (Array2<f32>, Array2<f32>) {
    let (mut dp, mut dq) = (Array2::zeros(p.dim()), Array2::zeros(q.dim()));
    for (index, &dy) in dy.iter().enumerate() {
        let (p, q) = (row(p, index), row(q, index));
        let (dot, p_norm, q_norm) = parts(p, q);
        let both = p_norm * q_norm;
        let (across, along_p, along_q) = match loss {
            DmfLoss::Bce => (dy, 0.0, 0.0),
            DmfLoss::Nce if both > 0.0 => {
                let cosine = dot / both;
                (
                    dy / both,
                    dy * cosine / (p_norm * p_norm),
                    dy * cosine / (q_norm * q_norm),
                )
            }
            DmfLoss::Nce => (0.0, 0.0, 0.0),
        };
        for (place, (&p, &q)) in p.iter().zip(q).enumerate() {
            dp[[index, place]] = across * q - along_p * p;
            dq[[index, place]] = across * p - along_q * q;
        }
    }
    (dp, dq)
}
