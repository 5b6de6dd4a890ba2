//! A step of an optimiser: its memory of each weight, and the loops over them.

use guide_core::kernels;
use serde::{Deserialize, Serialize};

use crate::grads::CHUNK;
use crate::simd::{self, Avx2};
use crate::{Epsilon, Grad, Grads, Optimizer, RowGrad, Rule, Untouched, Weights};

/// An optimiser at work on one store of tensors: what it remembers of each weight, and the steps done.
///
/// ```
/// use nn_core::{Grads, Optimizer, OptimizerState, Role, Weights};
/// let mut weights = Weights::new();
/// let id = weights.add("w", Role::Weight, &[1], vec![1.0]);
/// let mut grads = Grads::of(&weights);
/// grads.dense(id)[0] = 0.5;
/// let mut state = OptimizerState::new(Optimizer::sgd(0.1), &weights);
/// state.step(&mut weights, &grads, 1.0);
/// assert_eq!(weights.get(id), [0.95]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState {
    optimizer: Optimizer,
    steps: u64,
    memory: Vec<Memory>, // of each tensor; empty for buffers
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
    /// What the gradient is multiplied by, for clipping.
    pub(crate) grad_factor: f32,
    /// `λ` where it belongs to the gradient.
    pub(crate) coupled_decay: f32,
    /// What is left of a weight after decoupled decay.
    pub(crate) keep: f32,
    /// Adam: `η / (1 − β₁ᵗ)` or with `√(1 − β₂ᵗ)` in it.
    pub(crate) adam_rate: f32,
    /// Adam: what `√v` is multiplied by, `1 / √(1 − β₂ᵗ)` or 1.
    pub(crate) root_factor: f32,
    /// Whether the fast loops can be taken.
    pub(crate) avx2: Option<Avx2>,
}

impl OptimizerState {
    /// Before the first step on `weights`.
    pub fn new(optimizer: Optimizer, weights: &Weights) -> Self {
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
        let memory = weights.ids().map(|id| {
            let trained = weights.role(id).is_trained();
            let len = |needed: bool| {
                if needed && trained {
                    weights.get(id).len()
                } else {
                    0
                }
            };
            Memory {
                first: vec![0.0; len(first)],
                second: vec![start; len(second)],
            }
        });
        Self {
            memory: memory.collect(),
            optimizer,
            steps: 0,
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves `weights` by one step along `grads`, the learning rate multiplied by `factor`. Returns the norm of the gradient
    /// before clipping, where there is clipping.
    ///
    /// # Panics
    /// If `weights` or `grads` has other tensors than the store that this was made for.
    pub fn step(&mut self, weights: &mut Weights, grads: &Grads, factor: f32) -> Option<f64> {
        let clip = self.optimizer.clip_norm.map(|most| grads.clip_factor(most));
        self.steps += 1;
        let mut step = self.numbers(factor);
        step.grad_factor = clip.map_or(1.0, |(factor, _)| factor);
        assert_eq!(weights.ids().len(), self.memory.len(), "tensors");
        let untouched = self.optimizer.untouched;
        let parts = weights.ids().zip(grads.iter()).zip(&mut self.memory);
        for ((id, grad), memory) in parts {
            if !weights.role(id).is_trained() {
                continue;
            }
            let run = Run::new(weights.get_mut(id), memory);
            match (grad, untouched) {
                (Grad::Dense(grad), _) => step.dense(run, grad),
                (Grad::Rows(rows), Untouched::Stay) => step.touched_rows(run, rows),
                (Grad::Rows(rows), Untouched::Move) => step.all_rows(run, rows, 0),
            }
        }
        clip.map(|(_, norm)| norm)
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
            grad_factor: 1.0,
            coupled_decay: if optimizer.decoupled { 0.0 } else { decay },
            keep: if optimizer.decoupled {
                1.0 - rate * decay
            } else {
                1.0
            },
            adam_rate,
            root_factor,
            avx2: Avx2::detect(),
        }
    }
}

/// What a row that no example touched has for a gradient, a piece at a time.
static ZEROS: [f32; 1024] = [0.0; 1024];

/// A run of weights with what is remembered of them; `first` and `second` are empty where the rule needs nothing.
struct Run<'r> {
    weights: &'r mut [f32],
    first: &'r mut [f32],
    second: &'r mut [f32],
}

impl<'r> Run<'r> {
    fn new(weights: &'r mut [f32], memory: &'r mut Memory) -> Self {
        let Memory { first, second } = memory;
        Self {
            weights,
            first,
            second,
        }
    }

    /// The part from `start` to `end`.
    fn part(&mut self, start: usize, end: usize) -> Run<'_> {
        fn part(of: &mut [f32], start: usize, end: usize) -> &mut [f32] {
            if of.is_empty() {
                of
            } else {
                &mut of[start..end]
            }
        }
        Run {
            weights: &mut self.weights[start..end],
            first: part(self.first, start, end),
            second: part(self.second, start, end),
        }
    }

    /// Both parts, before and from `middle` on.
    fn split(self, middle: usize) -> (Self, Self) {
        let (weights, first, second) = (
            self.weights.split_at_mut(middle),
            self.first.split_at_mut(middle.min(self.first.len())),
            self.second.split_at_mut(middle.min(self.second.len())),
        );
        let left = Run {
            weights: weights.0,
            first: first.0,
            second: second.0,
        };
        let right = Run {
            weights: weights.1,
            first: first.1,
            second: second.1,
        };
        (left, right)
    }
}

/// How many rows ahead memory is asked for.
const AHEAD: usize = 8;

impl Step {
    /// Every weight of a tensor; long ones in parallel, which changes no number.
    fn dense(&self, run: Run<'_>, grad: &[f32]) {
        assert_eq!(run.weights.len(), grad.len(), "weights and their gradient");
        if grad.len() <= CHUNK {
            return self.apply(run, grad);
        }
        let middle = grad.len() / 2;
        let ((left, right), (to_left, to_right)) = (run.split(middle), grad.split_at(middle));
        rayon::join(|| self.dense(left, to_left), || self.dense(right, to_right));
    }

    /// The touched rows of a table alone.
    fn touched_rows(&self, mut run: Run<'_>, grad: &RowGrad) {
        let dim = grad.dim();
        for (place, (row, values)) in grad.iter().enumerate() {
            if let Some(later) = grad.touched().get(place + AHEAD) {
                let part = run.part(*later as usize * dim, (*later as usize + 1) * dim);
                kernels::prefetch(part.weights);
                kernels::prefetch(part.first);
                kernels::prefetch(part.second);
            }
            let start = row as usize * dim;
            self.apply(run.part(start, start + dim), values);
        }
    }

    /// All rows of a table from number `first_row` on, in parallel where they are many, which changes no number.
    fn all_rows(&self, mut run: Run<'_>, grad: &RowGrad, first_row: usize) {
        let (dim, len) = (grad.dim().max(1), run.weights.len());
        let n_rows = len / dim;
        if len > CHUNK && n_rows > 1 {
            let middle = n_rows / 2;
            let (left, right) = run.split(middle * dim);
            rayon::join(
                || self.all_rows(left, grad, first_row),
                || self.all_rows(right, grad, first_row + middle),
            );
            return;
        }
        let mut row = 0;
        while row < n_rows {
            let is_untouched = |row: &usize| grad.row(first_row + row).is_none();
            let end = row + (row..n_rows).take_while(is_untouched).count();
            for start in (row * dim..end * dim).step_by(ZEROS.len()) {
                let stop = (start + ZEROS.len()).min(end * dim);
                self.apply(run.part(start, stop), &ZEROS[..stop - start]);
            }
            if let Some(values) = grad.row(first_row + end).filter(|_| end < n_rows) {
                self.apply(run.part(end * dim, (end + 1) * dim), values);
            }
            row = end + 1;
        }
    }

    /// One run of weights with what is remembered of them.
    fn apply(&self, run: Run<'_>, grad: &[f32]) {
        let Run {
            weights,
            first,
            second,
        } = run;
        match self.rule {
            Rule::Sgd { momentum: 0.0, .. } => {
                for (p, &g) in weights.iter_mut().zip(grad) {
                    let g = self.grad_factor * g + self.coupled_decay * *p;
                    *p = self.keep * *p - self.rate * g;
                }
            }
            Rule::Sgd { momentum, nesterov } => {
                for ((p, &g), b) in weights.iter_mut().zip(grad).zip(first) {
                    let g = self.grad_factor * g + self.coupled_decay * *p;
                    *b = nonzero(momentum * *b + g);
                    let along = if nesterov { g + momentum * *b } else { *b };
                    *p = self.keep * *p - self.rate * along;
                }
            }
            Rule::Adagrad { epsilon, .. } => {
                for ((p, &g), s) in weights.iter_mut().zip(grad).zip(second) {
                    let g = self.grad_factor * g + self.coupled_decay * *p;
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
                    let g = self.grad_factor * g + self.coupled_decay * *p;
                    *s = nonzero(rho * *s + (1.0 - rho) * g * g);
                    let mut along = g / (s.sqrt() + epsilon);
                    if let Some(b) = first.get_mut(i) {
                        *b = nonzero(momentum * *b + along);
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

/// `x`, or 0 where it is so small that it would soon be a denormal, with which processors compute 10 to 40 times slower.
#[inline(always)]
pub(crate) fn nonzero(x: f32) -> f32 {
    if x.abs() < 1e-30 { 0.0 } else { x }
}
