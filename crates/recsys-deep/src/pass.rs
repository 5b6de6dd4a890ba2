//! The passes of the network over many pairs at once, in memory that is kept from step to step.

use guide_core::kernels;
use nn_core::{Activation, Embedding, Grad, Loss};

use crate::pair_net::{PairNet, dim};
use crate::pairs::Pair;

/// What the passes over `n` pairs work in.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pairs: Vec<Pair>,
    p: Vec<f32>,         // [n, product]
    q: Vec<f32>,         // [n, product]
    product: Vec<f32>,   // p ⊙ q
    kept: Vec<Vec<f32>>, // [n, 2 · tower], then what comes out of each layer
    targets: Vec<f32>,
    pub(crate) scores: Vec<f32>,
    slopes: Vec<f32>, // of the loss by the scores
    d: Vec<f32>,      // slopes by what comes out of a layer ..
    below: Vec<f32>,  // .. and by what goes in
    turned: Vec<f32>,
}

impl Work {
    /// Begins with these pairs.
    pub(crate) fn take(&mut self, pairs: impl Iterator<Item = Pair>) {
        self.pairs.clear();
        self.pairs.extend(pairs);
        self.targets.clear();
        self.targets
            .extend(self.pairs.iter().map(|pair| pair.target));
    }

    /// The sum of the losses of the scores; keeps `scale` times its slopes.
    pub(crate) fn loss(&mut self, loss: Loss, scale: f32) -> f64 {
        self.slopes.resize(self.scores.len(), 0.0);
        loss.of_numbers(&self.scores, &self.targets, scale, &mut self.slopes)
    }
}

impl PairNet {
    /// Scores the pairs of `work`.
    pub(crate) fn forward(&self, work: &mut Work) {
        let n = work.pairs.len();
        let (w_product, w_top) = self.head.out_weight().split_at(dim(&self.product));
        work.scores.clear();
        work.scores.resize(n, self.head.bias());
        if let Some(tables) = &self.product {
            let width = w_product.len();
            copy_rows(
                &tables.users,
                &work.pairs,
                |pair| pair.user,
                &mut work.p,
                (0, width),
            );
            copy_rows(
                &tables.items,
                &work.pairs,
                |pair| pair.item,
                &mut work.q,
                (0, width),
            );
            work.product.resize(n * width, 0.0);
            let factors = work.p.iter().zip(&work.q);
            for (product, (p, q)) in work.product.iter_mut().zip(factors) {
                *product = p * q;
            }
            add_dots(&work.product, w_product, &mut work.scores);
        }
        if let Some(tables) = &self.tower {
            let layers = &self.head.layers;
            work.kept.resize_with(1 + layers.len(), Vec::new);
            let width = tables.users.dim();
            let x = &mut work.kept[0];
            copy_rows(
                &tables.users,
                &work.pairs,
                |pair| pair.user,
                x,
                (0, 2 * width),
            );
            copy_rows(
                &tables.items,
                &work.pairs,
                |pair| pair.item,
                x,
                (width, 2 * width),
            );
            for (index, layer) in layers.iter().enumerate() {
                if let [x, y] = &mut work.kept[index..index + 2] {
                    y.resize(n * layer.n_out(), 0.0);
                    layer.forward_into(x, y);
                    Activation::Relu.apply(y, 1);
                }
            }
            add_dots(&work.kept[layers.len()], w_top, &mut work.scores);
        }
    }

    /// After [`PairNet::forward`] and [`Work::loss`]: adds the gradient of the loss to `grads`.
    pub(crate) fn backward(&self, work: &mut Work, grads: &mut [Grad]) {
        let n_product = dim(&self.product);
        let (w_product, w_top) = self.head.out_weight().split_at(n_product);
        let n_tables = self.n_tables();
        let (tables, head) = grads.split_at_mut(n_tables);
        let (layers, out) = head.split_at_mut(2 * self.head.layers.len());
        let (to_product, to_tower) = tables.split_at_mut(if n_product > 0 { 2 } else { 0 });
        if let [d_weight, d_bias] = out {
            let (d_product, d_top) = d_weight.dense().split_at_mut(n_product);
            add_outer(&work.slopes, &work.product, d_product);
            if let Some(top) = work.kept.last() {
                add_outer(&work.slopes, top, d_top);
            }
            d_bias.dense()[0] += work.slopes.iter().sum::<f32>();
        }
        if let [to_users, to_items] = to_product {
            let (to_users, to_items) = (to_users.rows(), to_items.rows());
            let vectors = work
                .p
                .chunks_exact(n_product)
                .zip(work.q.chunks_exact(n_product));
            for ((pair, &slope), (p, q)) in work.pairs.iter().zip(&work.slopes).zip(vectors) {
                let add = |to: &mut [f32], other: &[f32]| {
                    for ((to, w), x) in to.iter_mut().zip(w_product).zip(other) {
                        *to += slope * w * x;
                    }
                };
                add(to_users.row_mut(pair.user), q);
                add(to_items.row_mut(pair.item), p);
            }
        }
        if let [to_users, to_items] = to_tower {
            self.begin_descent(work, w_top);
            for (index, layer) in self.head.layers.iter().enumerate().rev() {
                let x = &work.kept[index];
                layer.weight_gradient(x, &work.d, &mut layers[2 * index..2 * index + 2]);
                work.below.resize(x.len(), 0.0);
                layer.input_gradient(&work.d, &mut work.below, &mut work.turned);
                if index > 0 {
                    Activation::Relu.backprop(x, &mut work.below, 1);
                }
                std::mem::swap(&mut work.d, &mut work.below);
            }
            let (to_users, to_items) = (to_users.rows(), to_items.rows());
            let width = to_users.dim();
            for (pair, d) in work.pairs.iter().zip(work.d.chunks_exact(2 * width)) {
                kernels::axpy(1.0, &d[..width], to_users.row_mut(pair.user));
                kernels::axpy(1.0, &d[width..], to_items.row_mut(pair.item));
            }
        }
    }

    /// The slopes by what comes out of the last layer.
    fn begin_descent(&self, work: &mut Work, w_top: &[f32]) {
        let top = &work.kept[self.head.layers.len()];
        work.d.resize(top.len(), 0.0);
        let width = w_top.len().max(1);
        let rows = work.d.chunks_exact_mut(width).zip(top.chunks_exact(width));
        for ((d, top), &slope) in rows.zip(&work.slopes) {
            for ((d, &w), &y) in d.iter_mut().zip(w_top).zip(top) {
                *d = if y > 0.0 { slope * w } else { 0.0 };
            }
        }
    }
}

/// Copies the row of each pair into `to`, from column `first` of `width` on.
fn copy_rows(
    table: &Embedding,
    pairs: &[Pair],
    id: impl Fn(&Pair) -> u32,
    to: &mut Vec<f32>,
    (first, width): (usize, usize),
) {
    let rows = table.weight.as_slice().unwrap_or_default();
    let dim = table.dim();
    to.resize(pairs.len() * width, 0.0);
    for (to, pair) in to.chunks_exact_mut(width).zip(pairs) {
        let start = id(pair) as usize * dim;
        to[first..first + dim].copy_from_slice(&rows[start..start + dim]);
    }
}

/// Adds the product of each row of `x` with `w` to its score.
pub(crate) fn add_dots(x: &[f32], w: &[f32], scores: &mut [f32]) {
    for (score, row) in scores.iter_mut().zip(x.chunks_exact(w.len().max(1))) {
        *score += kernels::dot(row, w);
    }
}

/// `sum += Σ slope · row`.
fn add_outer(slopes: &[f32], x: &[f32], sum: &mut [f32]) {
    for (&slope, row) in slopes.iter().zip(x.chunks_exact(sum.len().max(1))) {
        kernels::axpy(slope, row, sum);
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Grads, Init, testing};

    use super::*;
    use crate::pair_net::Start;

    #[test]
    fn the_backward_pass_has_the_slope_of_differences() {
        let start = Start {
            tables: Init::Uniform(1.0),
            out: Init::Uniform(1.0),
            seed: 3,
        };
        let pair = |(user, item)| Pair {
            user,
            item,
            target: 0.3,
        };
        let pairs = [(0, 2), (3, 2), (3, 0), (1, 1)].map(pair);
        let learn = |net: &PairNet, grads: &mut Grads, work: &mut Work| {
            work.take(pairs.iter().copied());
            net.forward(work);
            let sum = work.loss(Loss::Mse, 1.0);
            net.backward(work, grads.as_mut());
            sum
        };
        for (n_product, n_tower, hidden) in [(3, 2, &[5, 4][..]), (3, 0, &[]), (0, 4, &[6])] {
            let net = PairNet::new((4, 3), n_product, n_tower, hidden, start);
            assert!(net.fits(4, 3) && !net.fits(3, 3));
            let mut grads = Grads::of(&net);
            learn(&net, &mut grads, &mut Work::default());
            testing::weights_are_differences(&net, &grads, |net| {
                learn(net, &mut Grads::of(net), &mut Work::default())
            });
        }
    }
}
