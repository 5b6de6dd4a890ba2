//! A user who was not trained on: its own vector is fitted, and all else stays.

use guide_core::kernels::{axpy, dot};
use guide_core::ndarray::Array1;
use nn_core::{
    Activation, Grads, Loss, Optimizer, OptimizerState, Path, Role, Visitor, VisitorMut, Weights,
};

use crate::pair_net::{PairNet, dim};
use crate::pairs::Pair;
use crate::pass::add_dots;
use crate::scorer::{ItemParts, user_vector};

/// The most steps over the whole history.
const STEPS: usize = 200;
/// A gradient of this length ends them.
const FLAT: f32 = 1e-4;

/// The one thing that an optimiser moves here.
struct UserVector(Array1<f32>);

impl Weights for UserVector {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        visitor(at, Role::Weight, &self.0);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        visitor(at, Role::Weight, &mut self.0);
    }
}

/// The vector `[p ; p']` that gives the least loss on the items of `pairs`, from the mean user on by steps of Adam; its
/// distance from there is held by `pull` times its square.
pub(crate) fn fit_user(
    net: &PairNet,
    parts: &ItemParts,
    mean_user: usize,
    pairs: &[Pair],
    loss: Loss,
    pull: f32,
) -> Vec<f32> {
    let start = user_vector(net, mean_user);
    if pairs.is_empty() {
        return start;
    }
    let n = pairs.len() as f32;
    let mut slopes = Slopes::new(net, parts, pairs);
    let mut user = UserVector(Array1::from_vec(start.clone()));
    let mut grads = Grads::of(&user);
    let mut state = OptimizerState::new(Optimizer::adam(0.05), &user);
    for _ in 0..STEPS {
        let vector = user.0.as_slice().unwrap_or_default();
        grads.clear();
        let sum = grads.as_mut()[0].dense();
        slopes.at(vector, loss, sum);
        for ((g, x), start) in sum.iter_mut().zip(vector).zip(&start) {
            *g += 2.0 * pull * (x - start) / n;
        }
        if dot(sum, sum).sqrt() < FLAT {
            break;
        }
        state.step(&mut user, &mut grads, 1.0);
    }
    user.0.to_vec()
}

/// The network over the items of a history: what does not depend on the user is made once.
struct Slopes<'n> {
    net: &'n PairNet,
    weighted: Vec<f32>, // w ⊙ q of each item
    parts: Vec<f32>,    // the items' halves of the first layer
    targets: Vec<f32>,
    scores: Vec<f32>,
    slopes: Vec<f32>,
    kept: Vec<Vec<f32>>, // what comes out of each layer
    d: Vec<f32>,
    below: Vec<f32>,
    turned: Vec<f32>,
}

impl<'n> Slopes<'n> {
    fn new(net: &'n PairNet, parts: &ItemParts, pairs: &[Pair]) -> Self {
        let w_product = &net.head.out_weight()[..dim(&net.product)];
        let tables = net.product.iter();
        let weighted = tables.flat_map(|tables| {
            pairs.iter().flat_map(|pair| {
                let q = tables.items.weight.row(pair.item as usize);
                q.into_iter().zip(w_product).map(|(q, w)| q * w)
            })
        });
        let rows = parts.of(net).into_iter();
        let parts = rows.flat_map(|rows| {
            let row = |pair: &Pair| rows.row(pair.item as usize).to_vec();
            pairs.iter().flat_map(row)
        });
        Self {
            net,
            weighted: weighted.collect(),
            parts: parts.collect(),
            targets: pairs.iter().map(|pair| pair.target).collect(),
            scores: Vec::new(),
            slopes: vec![0.0; pairs.len()],
            kept: vec![Vec::new(); net.head.layers.len()],
            d: Vec::new(),
            below: Vec::new(),
            turned: Vec::new(),
        }
    }

    /// Adds the gradient of the mean loss by the user's vector to `sum`; returns the mean loss.
    fn at(&mut self, user: &[f32], loss: Loss, sum: &mut [f32]) -> f64 {
        let (head, n) = (&self.net.head, self.targets.len());
        let n_product = dim(&self.net.product);
        let (p, p_tower) = user.split_at(n_product);
        let w_top = &head.out_weight()[n_product..];
        self.scores.clear();
        self.scores.resize(n, head.bias());
        if n_product > 0 {
            add_dots(&self.weighted, p, &mut self.scores);
        }
        if let [first, rest @ ..] = &head.layers[..] {
            let mut own = vec![0.0; first.n_out()];
            for (&p, row) in p_tower.iter().zip(first.weight.rows()) {
                axpy(p, row.as_slice().unwrap_or_default(), &mut own);
            }
            self.kept[0].clear();
            self.kept[0].extend_from_slice(&self.parts);
            for row in self.kept[0].chunks_exact_mut(own.len()) {
                axpy(1.0, &own, row);
            }
            Activation::Relu.apply(&mut self.kept[0], 1);
            for (index, layer) in rest.iter().enumerate() {
                if let [x, y] = &mut self.kept[index..index + 2] {
                    y.resize(n * layer.n_out(), 0.0);
                    layer.forward_into(x, y);
                    Activation::Relu.apply(y, 1);
                }
            }
            add_dots(&self.kept[rest.len()], w_top, &mut self.scores);
        }
        let total = loss.of_numbers(
            &self.scores,
            &self.targets,
            1.0 / n as f32,
            &mut self.slopes,
        );
        if n_product > 0 {
            for (&slope, weighted) in self
                .slopes
                .iter()
                .zip(self.weighted.chunks_exact(n_product))
            {
                axpy(slope, weighted, &mut sum[..n_product]);
            }
        }
        if let [first, rest @ ..] = &head.layers[..] {
            self.d.clear();
            for &slope in &self.slopes {
                self.d.extend(w_top.iter().map(|w| slope * w));
            }
            Activation::Relu.backprop(&self.kept[rest.len()], &mut self.d, 1);
            for (index, layer) in rest.iter().enumerate().rev() {
                let x = &self.kept[index];
                self.below.resize(x.len(), 0.0);
                layer.input_gradient(&self.d, &mut self.below, &mut self.turned);
                Activation::Relu.backprop(x, &mut self.below, 1);
                std::mem::swap(&mut self.d, &mut self.below);
            }
            let mut along = vec![0.0; first.n_out()];
            for d in self.d.chunks_exact(along.len()) {
                axpy(1.0, d, &mut along);
            }
            for (sum, row) in sum[n_product..].iter_mut().zip(first.weight.rows()) {
                *sum += dot(row.as_slice().unwrap_or_default(), &along);
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
            let mut slopes = Slopes::new(&net, &parts, &pairs);
            let mut loss = |user: &[f32]| {
                let mut sum = vec![0.0; user.len()];
                let loss = slopes.at(user, Loss::BceWithLogits, &mut sum);
                (loss, sum)
            };
            let mean = user_vector(&net, 4);
            let (before, gradient) = loss(&mean);
            for (index, &slope) in gradient.iter().enumerate() {
                let moved = |by: f32| {
                    let mut moved = mean.clone();
                    moved[index] += by;
                    moved
                };
                let difference = (loss(&moved(1e-2)).0 - loss(&moved(-1e-2)).0) / 2e-2;
                assert!(
                    (f64::from(slope) - difference).abs() < 5e-3,
                    "{slope} {difference}"
                );
            }
            let fitted = fit_user(&net, &parts, 4, &pairs, Loss::BceWithLogits, 0.0);
            let after = loss(&fitted).0;
            assert!(after < before - 0.05, "{before} before, {after} after");
            assert_eq!(fit_user(&net, &parts, 4, &[], Loss::Mse, 0.0), mean);
        }
    }
}
