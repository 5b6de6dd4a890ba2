//! The passes of the network over many pairs at once, in memory that is kept from step to step.

use guide_core::kernels;
use nn_core::{Embedding, Grads, Loss, Pass, Shape, Weights, Workspace};

use crate::pair_net::{PairNet, dim};
use crate::pairs::Pair;

/// What the passes over `n` pairs work in.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pairs: Vec<Pair>,
    p: Vec<f32>,      // [n, product]
    q: Vec<f32>,      // [n, product]
    sides: Vec<f32>,  // [p' ; q'] of each pair, [n, 2 · tower]
    joined: Vec<f32>, // [n, product + tower]
    hidden: Workspace,
    out: Workspace,
    targets: Vec<f32>,
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

    /// The sum of the losses of the scores; keeps `scale` times its gradient.
    pub(crate) fn loss(&mut self, loss: Loss, scale: f32) -> f64 {
        let (scores, gradient) = self.out.output();
        loss.of(scores, &self.targets, scale, gradient)
    }
}

impl PairNet {
    /// The input of the output layer.
    fn joined(&self) -> Shape {
        Shape::of(&[self.out.n_in()])
    }

    /// Scores the pairs of `work`.
    pub(crate) fn forward(&self, weights: &Weights, work: &mut Work) {
        let (pass, n) = (Pass::infer(weights, work.pairs.len()), work.pairs.len());
        let (width, n_product) = (self.out.n_in(), dim(&self.product));
        work.joined.resize(n * width, 0.0);
        if let Some(tables) = &self.product {
            let columns = (0, n_product);
            let (users, items) = ((weights, &tables.users), (weights, &tables.items));
            let (pairs, p, q) = (&work.pairs, &mut work.p, &mut work.q);
            copy_rows(users, pairs, |pair| pair.user, p, columns);
            copy_rows(items, pairs, |pair| pair.item, q, columns);
            let vectors = work.p.chunks_exact(n_product);
            let vectors = vectors.zip(work.q.chunks_exact(n_product));
            for (to, (p, q)) in work.joined.chunks_exact_mut(width).zip(vectors) {
                for ((to, p), q) in to.iter_mut().zip(p).zip(q) {
                    *to = p * q;
                }
            }
        }
        if let Some(tables) = &self.tower {
            let (half, all) = (tables.users.dim(), 2 * tables.users.dim());
            let (users, items) = ((weights, &tables.users), (weights, &tables.items));
            let (pairs, sides) = (&work.pairs, &mut work.sides);
            copy_rows(users, pairs, |pair| pair.user, sides, (0, all));
            copy_rows(items, pairs, |pair| pair.item, sides, (half, all));
            let (input, x) = (self.hidden.input(), &work.sides);
            let top = work.hidden.forward(&self.hidden, &pass, input, x);
            let rows = top.chunks_exact(width - n_product);
            for (to, top) in work.joined.chunks_exact_mut(width).zip(rows) {
                to[n_product..].copy_from_slice(top);
            }
        }
        work.out
            .forward(&self.out, &pass, self.joined(), &work.joined);
    }

    /// After [`PairNet::forward`] and [`Work::loss`]: adds the gradient of the loss to `grads`.
    pub(crate) fn backward(&self, weights: &Weights, work: &mut Work, grads: &mut Grads) {
        let pass = Pass::infer(weights, work.pairs.len());
        let (width, n_product) = (self.out.n_in(), dim(&self.product));
        let (joined, shape) = (&work.joined, self.joined());
        let d = work
            .out
            .backward(&self.out, &pass, shape, joined, true, Some(grads));
        if let Some(tables) = &self.product {
            let vectors = work.p.chunks_exact(n_product);
            let vectors = vectors.zip(work.q.chunks_exact(n_product));
            let rows = d.chunks_exact(width).zip(vectors);
            for (pair, (d, (p, q))) in work.pairs.iter().zip(rows) {
                add_product(d, q, grads.rows(tables.users.weight()).row_mut(pair.user));
                add_product(d, p, grads.rows(tables.items.weight()).row_mut(pair.item));
            }
        }
        if let Some(tables) = &self.tower {
            let (_, to) = work.hidden.output();
            let rows = to.chunks_exact_mut(width - n_product);
            for (to, d) in rows.zip(d.chunks_exact(width)) {
                to.copy_from_slice(&d[n_product..]);
            }
            let (input, x) = (self.hidden.input(), &work.sides);
            let d = work
                .hidden
                .backward(&self.hidden, &pass, input, x, true, Some(grads));
            let half = tables.users.dim();
            add_rows(&tables.users, &work.pairs, |pair| pair.user, d, 0, grads);
            add_rows(&tables.items, &work.pairs, |pair| pair.item, d, half, grads);
        }
    }
}

/// Copies the row of each pair into `to`, from column `first` of `width` on.
fn copy_rows(
    (weights, table): (&Weights, &Embedding),
    pairs: &[Pair],
    id: impl Fn(&Pair) -> u32,
    to: &mut Vec<f32>,
    (first, width): (usize, usize),
) {
    to.resize(pairs.len() * width, 0.0);
    for (to, pair) in to.chunks_exact_mut(width).zip(pairs) {
        to[first..first + table.dim()].copy_from_slice(table.row(weights, id(pair)));
    }
}

/// Adds the columns from `first` on of each pair's `d` to the gradient of its row.
fn add_rows(
    table: &Embedding,
    pairs: &[Pair],
    id: impl Fn(&Pair) -> u32,
    d: &[f32],
    first: usize,
    grads: &mut Grads,
) {
    let (rows, dim) = (grads.rows(table.weight()), table.dim());
    for (pair, d) in pairs.iter().zip(d.chunks_exact(2 * dim)) {
        kernels::axpy(1.0, &d[first..first + dim], rows.row_mut(id(pair)));
    }
}

/// `to += d ⊙ x`, over the length of `x`.
fn add_product(d: &[f32], x: &[f32], to: &mut [f32]) {
    for ((to, d), x) in to.iter_mut().zip(d).zip(x) {
        *to += d * x;
    }
}

/// Adds the product of each row of `x` with `w` to its score.
pub(crate) fn add_dots(x: &[f32], w: &[f32], scores: &mut [f32]) {
    for (score, row) in scores.iter_mut().zip(x.chunks_exact(w.len().max(1))) {
        *score += kernels::dot(row, w);
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Init, testing};

    use super::*;
    use crate::pair_net::Start;

    #[test]
    fn the_backward_pass_has_the_gradient_of_differences() {
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
        for (n_product, n_tower, hidden) in [(3, 2, &[5, 4][..]), (3, 0, &[]), (0, 4, &[6])] {
            let net = PairNet::new((4, 3), n_product, n_tower, hidden, start);
            assert!(net.fits(4, 3) && !net.fits(3, 3));
            let learn = |weights: &Weights, grads: &mut Grads| {
                let mut work = Work::default();
                work.take(pairs.iter().copied());
                net.forward(weights, &mut work);
                let sum = work.loss(Loss::Mse, 1.0);
                net.backward(weights, &mut work, grads);
                sum
            };
            let mut grads = Grads::of(&net.weights);
            learn(&net.weights, &mut grads);
            testing::weights_are_differences(&net.weights, &grads, |weights| {
                learn(weights, &mut Grads::of(weights))
            });
        }
    }
}
