//! A step of an optimiser: its memory of each weight, and the loops over them.

use guide_core::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::grads::CHUNK;
use crate::{Epsilon, Grad, Grads, Optimizer, Path, Role, RowGrad, Rule, Untouched, Weights, simd};

/// An optimiser at work on one model: what it remembers of each weight, and the steps done.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Dense, Grads, Optimizer, OptimizerState};
/// let mut dense = Dense { weight: array![[1.0]], bias: None };
/// let mut grads = Grads::of(&dense);
/// grads.as_mut()[0].dense()[0] = 0.5;
/// let mut state = OptimizerState::new(Optimizer::sgd(0.1), &dense);
/// state.step(&mut dense, &mut grads, 1.0);
/// assert_eq!(dense.weight, array![[0.95]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState {
    optimizer: Optimizer,
    steps: u64,
    memory: Vec<Memory>, // of each trained tensor
}

/// What is remembered of one tensor; empty where the rule needs nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Memory {
    first: Vec<f32>,
    second: Vec<f32>,
}

/// The numbers of one step, the same for every weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) rule: Rule,
    /// `η` times the schedule's factor.
    pub(crate) rate: f32,
    /// `λ` where it belongs to the gradient.
    pub(crate) coupled_decay: f32,
    /// What is left of a weight after decoupled decay.
    pub(crate) keep: f32,
    /// Adam: `η / (1 − β₁ᵗ)` or with `√(1 − β₂ᵗ)` in it.
    pub(crate) adam_rate: f32,
    /// Adam: what `√v` is multiplied by, `1 / √(1 − β₂ᵗ)` or 1.
    pub(crate) root_factor: f32,
}

impl OptimizerState {
    /// Before the first step on `model`.
    pub fn new(optimizer: Optimizer, model: &(impl Weights + ?Sized)) -> Self {
        let (first, second) = match optimizer.rule {
            Rule::Sgd { momentum, .. } => (momentum > 0.0, false),
            Rule::Adagrad { .. } => (false, true),
            Rule::RmsProp { momentum, .. } => (momentum > 0.0, true),
            Rule::Adam { .. } => (true, true),
        };
        let start = match optimizer.rule {
            Rule::Adagrad { start, .. } => start,
            _ => 0.0,
        };
        let mut memory = Vec::new();
        model.visit(&Path::ROOT, &mut |_, role, tensor| {
            if role.is_trained() {
                let len = tensor.data().len();
                memory.push(Memory {
                    first: vec![0.0; if first { len } else { 0 }],
                    second: vec![start; if second { len } else { 0 }],
                });
            }
        });
        Self {
            optimizer,
            steps: 0,
            memory,
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves `model` by one step along `grads`, the learning rate multiplied by `factor`. Returns the norm of the gradient
    /// where it had to be found for clipping (then `grads` is clipped).
    ///
    /// # Panics
    /// If `model` or `grads` has other tensors than the model that this was made for.
    pub fn step(
        &mut self,
        model: &mut (impl Weights + ?Sized),
        grads: &mut Grads,
        factor: f32,
    ) -> Option<f64> {
        let norm = self.optimizer.clip_norm.map(|most| grads.clip(most));
        self.steps += 1;
        let step = self.numbers(factor);
        let grads: &[Grad] = grads.as_ref();
        assert_eq!(grads.len(), self.memory.len(), "gradients and tensors");
        let untouched = self.optimizer.untouched;
        let mut parts = grads.iter().zip(&mut self.memory);
        model.visit_mut(&Path::ROOT, &mut |path, role, tensor| {
            if role == Role::Buffer {
                return;
            }
            let Some((grad, memory)) = parts.next() else {
                panic!("no gradient for `{path}`")
            };
            match grad {
                Grad::Dense(grad) => step.dense(tensor.data_mut(), grad, memory),
                Grad::Rows(rows) => step.rows(tensor, rows, memory, untouched),
            }
        });
        norm
    }

    fn numbers(&self, factor: f32) -> Step {
        let optimizer = &self.optimizer;
        let rate = optimizer.learning_rate * factor;
        let (mut adam_rate, mut root_factor) = (rate, 1.0);
        if let Rule::Adam {
            beta1,
            beta2,
            placement,
            ..
        } = optimizer.rule
        {
            let correction = |beta: f32| {
                let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
                1.0 - f64::from(beta).powi(power)
            };
            let (first, second) = (correction(beta1), correction(beta2).sqrt());
            let rate = f64::from(rate);
            (adam_rate, root_factor) = match placement {
                Epsilon::Corrected => ((rate / first) as f32, (1.0 / second) as f32),
                Epsilon::Uncorrected => ((rate * second / first) as f32, 1.0),
            };
        }
        let decay = optimizer.weight_decay;
        Step {
            rule: optimizer.rule,
            rate,
            coupled_decay: if optimizer.decoupled { 0.0 } else { decay },
            keep: if optimizer.decoupled {
                1.0 - rate * decay
            } else {
                1.0
            },
            adam_rate,
            root_factor,
        }
    }
}

impl Step {
    /// Every weight of a tensor; long ones in parallel, which changes no number.
    fn dense(&self, weights: &mut [f32], grad: &[f32], memory: &mut Memory) {
        assert_eq!(weights.len(), grad.len(), "weights and their gradient");
        if weights.len() <= CHUNK {
            return self.apply(weights, grad, &mut memory.first, &mut memory.second);
        }
        let n_chunks = weights.len().div_ceil(CHUNK);
        let firsts = chunks_or_empty(&mut memory.first, n_chunks);
        let seconds = chunks_or_empty(&mut memory.second, n_chunks);
        weights
            .par_chunks_mut(CHUNK)
            .zip(grad.par_chunks(CHUNK))
            .zip(firsts.into_par_iter().zip(seconds))
            .for_each(|((weights, grad), (first, second))| {
                self.apply(weights, grad, first, second)
            });
    }

    /// The rows of a table.
    fn rows(
        &self,
        tensor: &mut dyn Tensor,
        grad: &RowGrad,
        memory: &mut Memory,
        untouched: Untouched,
    ) {
        let dim = tensor.shape().iter().skip(1).product::<usize>();
        let weights = tensor.data_mut();
        let row_of = |of: &[f32], row: usize| {
            if of.is_empty() {
                0..0
            } else {
                row * dim..(row + 1) * dim
            }
        };
        let Memory { first, second } = memory;
        let mut move_row = |row: usize, values: &[f32]| {
            let (firsts, seconds) = (row_of(first, row), row_of(second, row));
            let weights = &mut weights[row * dim..(row + 1) * dim];
            self.apply(weights, values, &mut first[firsts], &mut second[seconds]);
        };
        match untouched {
            Untouched::Stay => grad
                .iter()
                .for_each(|(row, values)| move_row(row as usize, values)),
            Untouched::Move => {
                let zeros = vec![0.0; dim];
                for row in 0..grad.n_rows() {
                    move_row(row, grad.row(row).unwrap_or(&zeros));
                }
            }
        }
    }

    /// One run of weights with what is remembered of them.
    fn apply(&self, weights: &mut [f32], grad: &[f32], first: &mut [f32], second: &mut [f32]) {
        match self.rule {
            Rule::Sgd { momentum: 0.0, .. } => {
                for (p, &g) in weights.iter_mut().zip(grad) {
                    let g = g + self.coupled_decay * *p;
                    *p = self.keep * *p - self.rate * g;
                }
            }
            Rule::Sgd { momentum, nesterov } => {
                for ((p, &g), b) in weights.iter_mut().zip(grad).zip(first) {
                    let g = g + self.coupled_decay * *p;
                    *b = momentum * *b + g;
                    let along = if nesterov { g + momentum * *b } else { *b };
                    *p = self.keep * *p - self.rate * along;
                }
            }
            Rule::Adagrad { epsilon, .. } => {
                for ((p, &g), s) in weights.iter_mut().zip(grad).zip(second) {
                    let g = g + self.coupled_decay * *p;
                    *s += g * g;
                    *p = self.keep * *p - self.rate * g / (s.sqrt() + epsilon);
                }
            }
            Rule::RmsProp {
                rho,
                momentum,
                epsilon,
            } => {
                for (i, ((p, &g), s)) in weights.iter_mut().zip(grad).zip(second).enumerate() {
                    let g = g + self.coupled_decay * *p;
                    *s = rho * *s + (1.0 - rho) * g * g;
                    let mut along = g / (s.sqrt() + epsilon);
                    if let Some(b) = first.get_mut(i) {
                        *b = momentum * *b + along;
                        along = *b;
                    }
                    *p = self.keep * *p - self.rate * along;
                }
            }
            Rule::Adam {
                beta1,
                beta2,
                epsilon,
                ..
            } => {
                let betas = [beta1, beta2, epsilon];
                simd::adam(self, betas, weights, grad, first, second);
            }
        }
    }
}

/// `n_chunks` slices of [`CHUNK`] numbers, or as many empty ones.
fn chunks_or_empty(values: &mut [f32], n_chunks: usize) -> Vec<&mut [f32]> {
    if values.is_empty() {
        (0..n_chunks).map(|_| [].as_mut_slice()).collect()
    } else {
        values.chunks_mut(CHUNK).collect()
    }
}
