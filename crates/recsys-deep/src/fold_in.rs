//! A user who was not trained on: its own vector is fitted, and all else stays.

use guide_core::kernels::{axpy, dot};
use nn_core::{
    Activation, Grads, Loss, Optimizer, OptimizerState, Pass, Role, Sequential, Shape, Weights,
    Workspace,
};

use crate::pair_net::{PairNet, dim};
use crate::pair_passes::add_dots;
use crate::pairs::Pair;
use crate::scorer::{ItemParts, user_vector};

/// The most steps over the whole history.
const STEPS: usize = 200;
/// A gradient of this length ends them.
const FLAT: f32 = 1e-4;

/// The vector `[p ; p']` that gives the least loss on the items of `pairs`, from the mean user on by steps of Adam; its
/// distance from there is regularised by `regularization` times its square.
pub(crate) fn fit_user(
    net: &PairNet,
    parts: &ItemParts,
    mean_user: usize,
    pairs: &[Pair],
    loss: Loss,
    regularization: f32,
) -> Vec<f32> {
    let start = user_vector(net, mean_user);
    if pairs.is_empty() {
        return start;
    }
    let n = pairs.len() as f32;
    let mut losses = UserLoss::new(net, parts, pairs);
    let mut weights = Weights::new();
    let user = weights.add("user", Role::Weight, &[start.len()], start.clone());
    let mut grads = Grads::of(&weights);
    let mut state = OptimizerState::new(Optimizer::adam(0.05), &weights);
    for _ in 0..STEPS {
        let vector = weights.get(user);
        grads.clear();
        let sum = grads.dense(user);
        losses.at(vector, loss, sum);
        for ((g, x), start) in sum.iter_mut().zip(vector).zip(&start) {
            *g += 2.0 * regularization * (x - start) / n;
        }
        if dot(sum, sum).sqrt() < FLAT {
            break;
        }
        state.step(&mut weights, &grads, 1.0);
    }
    weights.get(user).to_vec()
}

/// The loss of the items of a history as a function of the user's vector: what does not depend on the user is made once.
struct UserLoss<'n> {
    net: &'n PairNet,
    weighted: Vec<f32>, // w ⊙ q of each item
    parts: Vec<f32>,    // the items' halves of the first layer
    /// The layers after the first.
    rest: Sequential<nn_core::Dense>,
    targets: Vec<f32>,
    scores: Vec<f32>,
    d_scores: Vec<f32>,
    first: Vec<f32>, // what comes out of the first layer, [n, width]
    work: Workspace,
}

impl<'n> UserLoss<'n> {
    fn new(net: &'n PairNet, parts: &ItemParts, pairs: &[Pair]) -> Self {
        let w_product = &net.out_weight()[..dim(&net.product)];
        let tables = net.product.iter();
        let weighted = tables.flat_map(|tables| {
            pairs.iter().flat_map(|pair| {
                let q = tables.items.row(&net.weights, pair.item);
                q.iter().zip(w_product).map(|(q, w)| q * w)
            })
        });
        let rows = parts.of(net).into_iter();
        let parts = rows.flat_map(|rows| {
            let row = |pair: &Pair| rows.row(pair.item as usize).to_vec();
            pairs.iter().flat_map(row)
        });
        let layers = net.hidden.layers();
        let width = layers.first().map_or(0, nn_core::Dense::n_out);
        let mut rest = Sequential::of(&[width]);
        for layer in layers.iter().skip(1) {
            rest = match rest.then(layer.clone()) {
                Ok(rest) => rest,
                Err(reason) => panic!("layers of a network that was checked: {reason}"),
            };
        }
        Self {
            net,
            weighted: weighted.collect(),
            parts: parts.collect(),
            rest,
            targets: pairs.iter().map(|pair| pair.target).collect(),
            scores: Vec::new(),
            d_scores: vec![0.0; pairs.len()],
            first: Vec::new(),
            work: Workspace::default(),
        }
    }

    /// Adds the gradient of the mean loss by the user's vector to `sum`; returns the mean loss.
    fn at(&mut self, user: &[f32], loss: Loss, sum: &mut [f32]) -> f64 {
        let (net, n) = (self.net, self.targets.len());
        let n_product = dim(&net.product);
        let (p, p_tower) = user.split_at(n_product);
        let w_top = &net.out_weight()[n_product..];
        let pass = Pass::infer(&net.weights, n);
        self.scores.clear();
        self.scores.resize(n, net.bias());
        if n_product > 0 {
            add_dots(&self.weighted, p, &mut self.scores);
        }
        let first = net.hidden.layers().first();
        let shape: Shape = self.rest.input();
        let rows = first.map(|first| net.weights.get(first.weight()).chunks_exact(first.n_out()));
        if let Some(rows) = rows.clone() {
            let mut own = vec![0.0; shape.len()];
            for (&p, row) in p_tower.iter().zip(rows) {
                axpy(p, row, &mut own);
            }
            self.first.clear();
            self.first.extend_from_slice(&self.parts);
            for row in self.first.chunks_exact_mut(own.len()) {
                axpy(1.0, &own, row);
            }
            Activation::Relu.apply(&mut self.first, 1);
            let top = self.work.forward(&self.rest, &pass, shape, &self.first);
            add_dots(top, w_top, &mut self.scores);
        }
        let scale = 1.0 / n as f32;
        let total = loss.of(&self.scores, &self.targets, scale, &mut self.d_scores);
        if n_product > 0 {
            let weighted = self.weighted.chunks_exact(n_product);
            for (&d, weighted) in self.d_scores.iter().zip(weighted) {
                axpy(d, weighted, &mut sum[..n_product]);
            }
        }
        if let Some(rows) = rows {
            let (_, d_top) = self.work.output();
            for (to, &d) in d_top.chunks_exact_mut(w_top.len()).zip(&self.d_scores) {
                to.iter_mut().zip(w_top).for_each(|(to, w)| *to = d * w);
            }
            let d = self
                .work
                .backward(&self.rest, &pass, shape, &self.first, true, None);
            // The sum over the items, where the relu let them through.
            let mut along = vec![0.0; shape.len()];
            let width = along.len();
            for (d, y) in d.chunks_exact(width).zip(self.first.chunks_exact(width)) {
                for ((sum, &d), &y) in along.iter_mut().zip(d).zip(y) {
                    *sum += if y > 0.0 { d } else { 0.0 };
                }
            }
            for (sum, row) in sum[n_product..].iter_mut().zip(rows) {
                *sum += dot(row, &along);
            }
        }
        total / n as f64
    }
}

#[cfg(test)]
mod tests {
    use nn_core::Init;

    use super::*;
    use crate::pair_net::Start;

    #[test]
    fn the_gradient_is_the_difference_and_the_fitted_vector_lowers_the_loss() {
        let start = Start {
            tables: Init::Uniform(1.0),
            out: Init::Uniform(1.0),
            seed: 3,
        };
        let pair = |(item, target)| Pair {
            user: 0,
            item,
            target,
        };
        let pairs = [(0, 1.0), (2, 0.0), (4, 1.0)].map(pair);
        for (n_product, n_tower, hidden) in [(3, 2, &[6, 5][..]), (3, 0, &[]), (0, 4, &[8])] {
            let net = PairNet::new((4, 5), n_product, n_tower, hidden, start);
            let parts = ItemParts::default();
            let mut losses = UserLoss::new(&net, &parts, &pairs);
            let mut loss = |user: &[f32]| {
                let mut sum = vec![0.0; user.len()];
                let loss = losses.at(user, Loss::BceWithLogits, &mut sum);
                (loss, sum)
            };
            let mean = user_vector(&net, 4);
            let (before, gradient) = loss(&mean);
            for (index, &by) in gradient.iter().enumerate() {
                let moved = |by: f32| {
                    let mut moved = mean.clone();
                    moved[index] += by;
                    moved
                };
                let difference = (loss(&moved(1e-2)).0 - loss(&moved(-1e-2)).0) / 2e-2;
                assert!(
                    (f64::from(by) - difference).abs() < 5e-3,
                    "{by} {difference}"
                );
            }
            let fitted = fit_user(&net, &parts, 4, &pairs, Loss::BceWithLogits, 0.0);
            let after = loss(&fitted).0;
            assert!(after < before - 0.05, "{before} before, {after} after");
            assert_eq!(fit_user(&net, &parts, 4, &[], Loss::Mse, 0.0), mean);
        }
    }
}
