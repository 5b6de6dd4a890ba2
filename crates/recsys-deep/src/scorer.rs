//! Scores of all items, for one user or for blocks of users against tiles of items.

use std::ops::Range;
use std::sync::OnceLock;

use guide_core::kernels::{TopK, axpy, matmul, matmul_into};
use guide_core::ndarray::{Array2, ArrayView1, ArrayViewMut2, s};
use guide_core::{Scored, Tensor};
use nn_core::Activation;
use rayon::prelude::*;
use recsys_core::{Interactions, ItemId, UserId};

use crate::pair_net::{PairNet, Tables, dim};
use crate::pair_passes::add_dots;

/// What the first layer of the tower makes of every item, `Q W_item + c`: the same for every user, so made once.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemParts(OnceLock<Array2<f32>>);

impl PartialEq for ItemParts {
    /// It follows from the weights.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ItemParts {
    /// The parts of the items of `net`; nothing without a tower.
    pub(crate) fn of(&self, net: &PairNet) -> Option<&Array2<f32>> {
        let (tables, first) = (net.tower.as_ref()?, net.hidden.layers().first()?);
        if self.0.get().is_none() {
            // Made outside of the cell: threads of the pool that wait for a cell being filled could not help to fill it.
            let weights = &net.weights;
            let weight = weights.matrix(first.weight());
            let of_items = weight.slice(s![tables.users.dim().., ..]);
            let mut parts = matmul(weights.matrix(tables.items.weight()), of_items);
            if let Some(bias) = first.bias() {
                parts += &ArrayView1::from(weights.get(bias));
            }
            let _ = self.0.set(parts);
        }
        self.0.get()
    }
}

/// Users scored together ..
const USERS: usize = 128;
/// .. against so many items at once.
const ITEMS: usize = 256;

/// What blocks of items are scored in.
#[derive(Default)]
struct Buffers {
    own: Vec<f32>,
    x: Vec<f32>,
    y: Vec<f32>,
}

/// Writes the scores of `items` for the users whose vectors `[p ; p']` are the rows of `users`: `[users, items]`.
pub(crate) fn score_tile(
    net: &PairNet,
    parts: &ItemParts,
    users: &Array2<f32>,
    items: Range<usize>,
    mut scores: ArrayViewMut2<'_, f32>,
) {
    let n_product = dim(&net.product);
    let (w_product, w_top) = net.out_weight().split_at(n_product);
    scores.fill(net.bias());
    if let Some(tables) = &net.product {
        let mut weighted = users.slice(s![.., ..n_product]).to_owned();
        for mut row in weighted.rows_mut() {
            row.iter_mut().zip(w_product).for_each(|(p, w)| *p *= w);
        }
        let vectors = net.weights.matrix(tables.items.weight());
        let items = vectors.slice(s![items.clone(), ..]);
        matmul_into(1.0, weighted.view(), items.t(), 1.0, scores.view_mut());
    }
    let (Some(parts), [first, rest @ ..]) = (parts.of(net), net.hidden.layers()) else {
        return;
    };
    let width = first.n_out();
    let parts = &parts.data()[items.start * width..items.end * width];
    let mut buffers = Buffers::default();
    for (user, mut scores) in users.rows().into_iter().zip(scores.rows_mut()) {
        buffers.own.clear();
        buffers.own.resize(width, 0.0);
        let rows = net.weights.get(first.weight()).chunks_exact(width);
        for (&p, row) in user.iter().skip(n_product).zip(rows) {
            axpy(p, row, &mut buffers.own);
        }
        buffers.x.clear();
        for part in parts.chunks_exact(width) {
            let sums = part.iter().zip(&buffers.own).map(|(part, own)| part + own);
            buffers.x.extend(sums);
        }
        Activation::Relu.apply(&mut buffers.x, 1);
        for layer in rest {
            buffers.y.resize(items.len() * layer.n_out(), 0.0);
            layer.apply(&net.weights, &buffers.x, &mut buffers.y);
            std::mem::swap(&mut buffers.x, &mut buffers.y);
        }
        add_dots(&buffers.x, w_top, scores.as_slice_mut().unwrap_or_default());
    }
}

/// Writes the score of each of the first `scores.len()` items for a user with the vector `[p ; p']`.
pub(crate) fn score_all(net: &PairNet, parts: &ItemParts, user: &[f32], scores: &mut [f32]) {
    score_items(net, parts, user, 0, scores);
}

/// Writes the scores of the items from number `first` on for a user with the vector `[p ; p']`.
pub(crate) fn score_items(
    net: &PairNet,
    parts: &ItemParts,
    user: &[f32],
    first: usize,
    scores: &mut [f32],
) {
    let user = Array2::from_shape_vec((1, user.len()), user.to_vec()).unwrap_or_default();
    for (tile, scores) in scores.chunks_mut(ITEMS).enumerate() {
        let start = first + tile * ITEMS;
        let items = start..start + scores.len();
        if let Ok(scores) = ArrayViewMut2::from_shape((1, scores.len()), scores) {
            score_tile(net, parts, &user, items, scores);
        }
    }
}

/// The best `n` of `n_items` items for many users, each without what it has in `seen`: `score` writes `[users, items]`.
pub(crate) fn best_by_tiles(
    n_items: usize,
    users: &[UserId],
    n: usize,
    seen: &Interactions,
    score: impl Fn(&[UserId], Range<usize>, ArrayViewMut2<'_, f32>) + Sync,
) -> Vec<Vec<Scored<ItemId>>> {
    let blocks = users.par_chunks(USERS);
    let lists = blocks.map_init(Vec::new, |buffer: &mut Vec<f32>, block| {
        let mut best = vec![TopK::new(n.min(n_items)); block.len()];
        for first in (0..n_items).step_by(ITEMS) {
            let tile = first..(first + ITEMS).min(n_items);
            buffer.resize(block.len() * tile.len(), 0.0);
            if let Ok(scores) = ArrayViewMut2::from_shape((block.len(), tile.len()), buffer) {
                score(block, tile.clone(), scores);
            }
            let rows = block.iter().zip(buffer.chunks_exact(tile.len()));
            for ((&user, scores), best) in rows.zip(&mut best) {
                let had = seen.items_of(user);
                let is_new = |item: u32| had.binary_search(&ItemId(item)).is_err();
                best.offer(first as u32, scores, is_new);
            }
        }
        let named = |hit: Scored<u32>| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        };
        let finish = |best: TopK| best.finish().into_iter().map(named).collect();
        best.into_iter().map(finish).collect::<Vec<_>>()
    });
    lists.flatten_iter().collect()
}

/// [`best_by_tiles`] of a network.
pub(crate) fn recommend_batch(
    net: &PairNet,
    parts: &ItemParts,
    n_items: usize,
    users: &[UserId],
    n: usize,
    seen: &Interactions,
) -> Vec<Vec<Scored<ItemId>>> {
    parts.of(net);
    best_by_tiles(n_items, users, n, seen, |block, tile, scores| {
        let vectors: Vec<f32> = block
            .iter()
            .flat_map(|user| user_vector(net, user.index()))
            .collect();
        let shape = (block.len(), vectors.len() / block.len().max(1));
        let vectors = Array2::from_shape_vec(shape, vectors).unwrap_or_default();
        score_tile(net, parts, &vectors, tile, scores);
    })
}

/// The vector `[p ; p']` of a user in the tables.
pub(crate) fn user_vector(net: &PairNet, user: usize) -> Vec<f32> {
    let tables = [&net.product, &net.tower].into_iter().flatten();
    let row = |tables: &Tables| tables.users.row(&net.weights, user as u32).to_vec();
    tables.flat_map(row).collect()
}
