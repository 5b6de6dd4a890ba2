//! Scores of all items for one user vector, by matrix products.

use std::sync::OnceLock;

use guide_core::kernels;
use guide_core::ndarray::{Array2, s};
use nn_core::Layer;

use crate::pair_net::{PairNet, dim, relu};

/// What the first layer of the tower makes of every item, `Q W_item`: the same for every user, so made once.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemParts(OnceLock<Array2<f32>>);

impl PartialEq for ItemParts {
    /// It follows from the weights.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Items scored at a time: their hidden layers stay in cache.
const BLOCK: usize = 256;

/// Writes the score of each of the first `scores.len()` items for a user with the vector `[p ; p']`.
pub(crate) fn score_all(net: &PairNet, parts: &ItemParts, user: &[f32], scores: &mut [f32]) {
    let n_items = scores.len();
    let (p, p_tower) = user.split_at(dim(&net.product));
    let (w_product, w_top) = net.head.out_weight().split_at(p.len());
    scores.fill(0.0);
    if let Some(tables) = &net.product {
        let weighted: Vec<f32> = p.iter().zip(w_product).map(|(p, w)| p * w).collect();
        let items = tables.items.weight.as_slice().unwrap_or_default();
        kernels::gemv(&items[..n_items * p.len()], &weighted, scores);
    }
    if let (Some(tables), [first, rest @ ..]) = (&net.tower, &net.head.layers[..]) {
        let dim = p_tower.len();
        let items = tables.items.weight.slice(s![..n_items, ..]);
        let made = || kernels::matmul(items, first.weight.slice(s![dim.., ..]));
        let parts = parts.0.get_or_init(made);
        let mut own = first
            .bias
            .clone()
            .map_or(vec![0.0; first.n_out()], |bias| bias.to_vec());
        for (&p, row) in p_tower.iter().zip(first.weight.rows()) {
            if let Some(row) = row.as_slice() {
                kernels::axpy(p, row, &mut own);
            }
        }
        for start in (0..n_items).step_by(BLOCK) {
            let end = (start + BLOCK).min(n_items);
            let mut x = parts.slice(s![start..end, ..]).to_owned();
            for mut row in x.rows_mut() {
                row.iter_mut().zip(&own).for_each(|(x, own)| *x += own);
            }
            relu(&mut x);
            for layer in rest {
                x = layer.infer(&x);
                relu(&mut x);
            }
            for (score, row) in scores[start..end].iter_mut().zip(x.rows()) {
                *score += row.as_slice().map_or(0.0, |row| kernels::dot(row, w_top));
            }
        }
    } else if let Some(tables) = &net.tower {
        let (w_user, w_item) = w_top.split_at(p_tower.len());
        let own = kernels::dot(p_tower, w_user);
        for (score, row) in scores.iter_mut().zip(tables.items.weight.rows()) {
            *score += own + row.as_slice().map_or(0.0, |row| kernels::dot(row, w_item));
        }
    }
    scores
        .iter_mut()
        .for_each(|score| *score += net.head.bias());
}

/// The vector `[p ; p']` of a user in the tables.
pub(crate) fn user_vector(net: &PairNet, user: usize) -> Vec<f32> {
    let tables = [&net.product, &net.tower].into_iter().flatten();
    tables
        .flat_map(|tables| tables.users.weight.row(user).to_vec())
        .collect()
}
