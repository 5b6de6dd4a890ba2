//! The Gram matrix of the items, sparse.

use guide_core::{Error, Result};
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId};

use crate::sparse::{Sums, add_products};

/// `G = XᵀX`.
#[derive(Debug)]
pub(super) struct Gram {
    /// Row `i`: every `j` with `G_ij > 0`, rising, `i` itself left out.
    rows: Vec<Vec<(u32, f32)>>,
    /// `G_ii`.
    diagonal: Vec<f32>,
}

impl Gram {
    /// Counts first, since what the rows take cannot be told from the events; then computes them.
    ///
    /// # Errors
    /// [`Error::Memory`] for rows that take more than `max_bytes`.
    pub(super) fn new(data: &Interactions, max_bytes: u64) -> Result<Self> {
        let products = Products {
            data,
            by_item: data.by_item(),
            weights: (0..data.len()).map(|at| data.weight(at)).collect(),
        };
        let items = || (0..data.n_items() as u32).into_par_iter();
        let sums = || Sums::new(data.n_items());
        let counts = items().map_init(sums, |sums, item| {
            let mut n = 0_u64;
            products.visit(item, sums, |_, _| n += 1);
            n
        });
        let needed = counts.sum::<u64>() * size_of::<(u32, f32)>() as u64;
        if needed > max_bytes {
            return Err(Error::Memory {
                what: format!("SLIM of {} items", data.n_items()),
                needed,
                limit: max_bytes,
            });
        }
        let rows = items().map_init(sums, |sums, item| {
            let (mut row, mut own) = (Vec::new(), 0.0);
            products.visit(item, sums, |other, sum| {
                if other == item {
                    own = sum;
                } else {
                    row.push((other, sum));
                }
            });
            row.sort_unstable_by_key(|entry| entry.0);
            row.shrink_to_fit();
            (row, own)
        });
        let (rows, diagonal) = rows.unzip();
        Ok(Self { rows, diagonal })
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

/// What the rows are made of.
struct Products<'a> {
    data: &'a Interactions,
    by_item: ByItem,
    weights: Vec<f32>, // [n]
}

impl Products<'_> {
    /// Visits every `j` with `G_ij > 0` of this `i`.
    fn visit(&self, item: u32, sums: &mut Sums, visit: impl FnMut(u32, f32)) {
        let weights = (&self.weights[..], &self.weights[..]);
        add_products(self.data, &self.by_item, weights, ItemId(item), sums);
        sums.drain(visit);
    }
}
