//! The Gram matrix of the items, sparse.

use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId};

use crate::sparse::{Sums, add_products};

/// `G = XᵀX`.
#[derive(Debug)]
pub(super) struct Gram {
    /// Row `i`: every `j` with `G_ij > 0`, `i` itself left out.
    rows: Vec<Vec<(u32, f32)>>,
    /// `G_ii`.
    diagonal: Vec<f32>,
}

impl Gram {
    pub(super) fn new(data: &Interactions) -> Self {
        let by_item = data.by_item();
        let weights: Vec<f32> = (0..data.len())
            .map(|position| data.weight(position))
            .collect();
        let (rows, diagonal) = (0..data.n_items() as u32)
            .into_par_iter()
            .map_init(
                || Sums::new(data.n_items()),
                |sums, item| row(data, &by_item, &weights, ItemId(item), sums),
            )
            .unzip();
        Self { rows, diagonal }
    }

    pub(super) fn n_items(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, item: u32) -> &[(u32, f32)] {
        &self.rows[item as usize]
    }

    pub(super) fn diagonal(&self, item: u32) -> f32 {
        self.diagonal[item as usize]
    }
}

/// `G_ij` of all other `j`, rising, and `G_ii`.
fn row(
    data: &Interactions,
    by_item: &ByItem,
    weights: &[f32],
    item: ItemId,
    sums: &mut Sums,
) -> (Vec<(u32, f32)>, f32) {
    add_products(data, by_item, (weights, weights), item, sums);
    let (mut row, mut own) = (Vec::new(), 0.0);
    sums.drain(|other, sum| {
        if other == item.0 {
            own = sum;
        } else {
            row.push((other, sum));
        }
    });
    row.sort_unstable_by_key(|entry| entry.0);
    (row, own)
}
