//! The cells of a side, row after row.

use std::ops::Range;

use guide_core::kernels::dot;
use recsys_core::{Interactions, ItemId, UserId};

/// What rows know about the other side: who, with which weight in `A`, and with which in `b`.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    others: Vec<u32>,
    weights: Vec<f32>,
    targets: Vec<f32>,
}

/// Some of the [`Cells`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) others: &'a [u32],
    pub(super) weights: &'a [f32],
    pub(super) targets: &'a [f32],
}

impl Cells {
    /// Adds one of the other side, with its weights in `A` and `b`.
    pub(crate) fn push(&mut self, other: u32, (weight, target): (f32, f32)) {
        self.others.push(other);
        self.weights.push(weight);
        self.targets.push(target);
    }

    pub(crate) fn len(&self) -> usize {
        self.others.len()
    }

    pub(super) fn all(&self) -> Row<'_> {
        self.range(0..self.len())
    }

    fn range(&self, range: Range<usize>) -> Row<'_> {
        Row {
            others: &self.others[range.clone()],
            weights: &self.weights[range.clone()],
            targets: &self.targets[range],
        }
    }
}

/// The rows of one side, and the `λ` of each.
pub(crate) struct Rows {
    starts: Vec<usize>,
    cells: Cells,
    pub(super) ridges: Vec<f32>,
}

impl Rows {
    /// One row a user. `cell` gives the weights in `A` and `b` of an interaction, `ridge` the `λ` of a number of them.
    pub(crate) fn by_user(
        data: &Interactions,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let users = (0..data.n_users() as u32).map(|user| {
            let row = data.row(UserId(user));
            row.map(|position| (data.items()[position].0, position))
        });
        Self::new(users, cell, ridge)
    }

    /// One row an item.
    pub(crate) fn by_item(
        data: &Interactions,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let columns = data.by_item();
        let items = (0..data.n_items() as u32).map(ItemId).map(|item| {
            let positions = columns.positions_of(item).iter();
            let positions = positions.map(|&position| position as usize);
            columns
                .users_of(item)
                .iter()
                .map(|user| user.0)
                .zip(positions)
        });
        Self::new(items, cell, ridge)
    }

    fn new<R: Iterator<Item = (u32, usize)>>(
        rows: impl Iterator<Item = R>,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let (mut starts, mut cells, mut ridges) = (vec![0], Cells::default(), Vec::new());
        for row in rows {
            let before = cells.len();
            row.for_each(|(other, position)| cells.push(other, cell(position)));
            ridges.push(ridge(cells.len() - before));
            starts.push(cells.len());
        }
        Self {
            starts,
            cells,
            ridges,
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ridges.len()
    }

    pub(super) fn n_cells(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn row(&self, row: usize) -> Row<'_> {
        self.rows(row..row + 1)
    }

    /// The cells of several rows, one row after the other.
    pub(super) fn rows(&self, rows: Range<usize>) -> Row<'_> {
        self.cells
            .range(self.starts[rows.start]..self.starts[rows.end])
    }

    /// `Σ λ |x|²` over the rows of `factors`.
    pub(super) fn penalty(&self, factors: &[f32], n_factors: usize) -> f64 {
        let rows = factors.chunks_exact(n_factors).zip(&self.ridges);
        rows.map(|(row, &ridge)| f64::from(ridge) * f64::from(dot(row, row)))
            .sum()
    }
}
