//! What one shard trains of a text, on rows of its own and copies of others.

use guide_core::kernels::{axpy, logistic_step, prefetch};
use guide_core::stream;

use super::encode::Encoded;
use super::params::{Architecture, Word2VecParams};
use super::plan::{Plan, Setting};
use super::rows::Share;
use super::sampling::whose;

/// The loss is taken from one step of so many: logarithms cost as much as the training.
const LOSS_EVERY: usize = 16;

/// Rows are fetched so many words ahead.
const AHEAD: usize = 2;

/// The sum of some losses, and how many they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loss {
    sum: f64,
    n: u64,
    /// Steps made, of which the first is always among those that the loss is taken from.
    steps: u64,
}

impl Loss {
    /// Counts a step; whether its loss is to be taken.
    fn is_due(&mut self) -> bool {
        self.steps += 1;
        whose(self.steps - 1, LOSS_EVERY) == 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.n += other.n;
    }

    /// The mean; none where no step was made.
    pub(super) fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) inputs: Share,
    pub(super) outputs: Share,
    pub(super) loss: Loss,
    plan: Plan,
    around: Vec<u32>,
    numbers: Vec<u32>,
    errors: Vec<f32>,
    pull: Vec<f32>,
    hidden: Vec<f32>,
}

impl Shard {
    /// Number `part` of `n_parts`.
    pub(super) fn new(
        (n_inputs, n_outputs): (usize, usize),
        dim: usize,
        part: usize,
        n_parts: usize,
    ) -> Self {
        Self {
            inputs: Share::new(n_inputs, dim, part, n_parts),
            outputs: Share::new(n_outputs, dim, part, n_parts),
            loss: Loss::default(),
            plan: Plan::default(),
            around: Vec::new(),
            numbers: Vec::new(),
            errors: Vec::new(),
            pull: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// Forgets what was borrowed.
    pub(super) fn clear(&mut self) {
        self.inputs.clear();
        self.outputs.clear();
        self.loss = Loss::default();
    }

    /// Draws what training on the text of this round will need, and borrows the rows for it.
    pub(super) fn prepare(&mut self, setting: Setting<'_>, text: &Encoded, round: u64) {
        let params = setting.params;
        let number = 1 + round * (params.n_shards as u64 + 1);
        let rng = |number| stream(params.seed, number);
        let rngs = (rng(number), rng(number + 1 + self.outputs.part as u64));
        let (inputs, outputs) = (&mut self.inputs, &mut self.outputs);
        (self.plan).draw(setting, text, rngs, inputs, outputs);
    }

    /// Trains on what was prepared; `inputs` and `outputs` are the rows that the shard owns.
    pub(super) fn train(
        &mut self,
        params: &Word2VecParams,
        (inputs, outputs): (&mut Vec<f32>, &mut Vec<f32>),
        rate: f32,
    ) {
        self.inputs.take(inputs);
        self.outputs.take(outputs);
        let plan = std::mem::take(&mut self.plan);
        self.follow(params, &plan, rate);
        self.plan = plan;
        self.inputs.give_back(inputs);
        self.outputs.give_back(outputs);
    }

    /// Makes the steps of `plan`: each word is predicted from those around it.
    pub(super) fn follow(&mut self, params: &Word2VecParams, plan: &Plan, rate: f32) {
        let mut start = 0;
        for &end in &plan.sentence_ends {
            for place in start..end {
                for &slot in &plan.outputs[plan.outputs_of(place + AHEAD)] {
                    prefetch(self.outputs.row(slot));
                }
                let entering = place + params.window + AHEAD;
                for &slot in plan.inputs_of(entering..entering + 1) {
                    prefetch(self.inputs.row(slot));
                }
                let range = plan.outputs_of(place);
                if range.is_empty() {
                    continue;
                }
                let half = plan.halves[place] as usize;
                self.around.clear();
                let before = place.saturating_sub(half).max(start)..place;
                let after = place + 1..end.min(place + 1 + half);
                for places in [before.clone(), after.clone()] {
                    self.around.extend_from_slice(plan.inputs_of(places));
                }
                if self.around.is_empty() {
                    continue;
                }
                let (outputs, labels) = (&plan.outputs[range.clone()], &plan.labels[range]);
                let n_inputs = match params.architecture {
                    Architecture::SkipGram if plan.inputs.len() == plan.halves.len() => {
                        self.skip_gram(outputs, labels, rate)
                    }
                    Architecture::SkipGram => {
                        let places = || before.clone().chain(after.clone());
                        let words = || places().map(|place| plan.inputs_of(place..place + 1));
                        self.by_groups(words, true, outputs, labels, rate)
                    }
                    Architecture::Cbow => {
                        let around = std::mem::take(&mut self.around);
                        let all = || std::iter::once(&around[..]);
                        let n_inputs = self.by_groups(all, params.cbow_mean, outputs, labels, rate);
                        self.around = around;
                        n_inputs
                    }
                };
                for &slot in outputs {
                    self.outputs.count_pairs(slot, n_inputs);
                }
                for &slot in &self.around {
                    self.inputs.count_pairs(slot, outputs.len());
                }
                if self.loss.is_due() {
                    self.loss.sum += loss_of(&self.errors, rate);
                    self.loss.n += n_inputs as u64;
                }
            }
            start = end;
        }
    }

    /// Each word around predicts the outputs by itself.
    fn skip_gram(&mut self, outputs: &[u32], labels: &[f32], rate: f32) -> usize {
        let (n_inputs, stride) = (self.around.len(), self.inputs.stride);
        self.errors.resize(n_inputs * outputs.len(), 0.0);
        self.pull.resize(n_inputs * stride, 0.0);
        logistic_step(
            (self.inputs.data(), &self.around),
            (self.outputs.data_mut(), outputs),
            stride,
            labels,
            rate,
            &mut self.errors,
            &mut self.pull,
        );
        for (&slot, pull) in self.around.iter().zip(self.pull.chunks_exact(stride)) {
            axpy(1.0, pull, self.inputs.row_mut(slot));
        }
        n_inputs
    }

    /// Each group of rows predicts the outputs by its mean, or its sum; what moves a mean moves each row of it, of a sum each
    /// row gets its share, as in the C program and in fastText.
    fn by_groups<'p, G: Iterator<Item = &'p [u32]>>(
        &mut self,
        groups: impl Fn() -> G,
        mean: bool,
        outputs: &[u32],
        labels: &[f32],
        rate: f32,
    ) -> usize {
        let stride = self.inputs.stride;
        let share = |group: &[u32]| 1.0 / group.len() as f32;
        self.hidden.clear();
        self.numbers.clear();
        for (number, group) in groups().enumerate() {
            self.numbers.push(number as u32);
            self.hidden.resize((number + 1) * stride, 0.0);
            let hidden = &mut self.hidden[number * stride..];
            let weight = if mean { share(group) } else { 1.0 };
            for &slot in group {
                axpy(weight, self.inputs.row(slot), hidden);
            }
        }
        let n_inputs = self.numbers.len();
        self.errors.resize(n_inputs * outputs.len(), 0.0);
        self.pull.resize(n_inputs * stride, 0.0);
        logistic_step(
            (&self.hidden, &self.numbers),
            (self.outputs.data_mut(), outputs),
            stride,
            labels,
            rate,
            &mut self.errors,
            &mut self.pull,
        );
        for (group, pull) in groups().zip(self.pull.chunks_exact(stride)) {
            let weight = if mean { 1.0 } else { share(group) };
            for &slot in group {
                axpy(weight, pull, self.inputs.row_mut(slot));
            }
        }
        n_inputs
    }
}

/// `Σ −ln σ(±z)` from the errors `rate (label − σ(z))`: what was said of the truth is `1 − |error| / rate`.
fn loss_of(errors: &[f32], rate: f32) -> f64 {
    let losses = errors.iter().map(|error| {
        let said = 1.0 - f64::from((error / rate).abs());
        // Not `max`, which would take the place of NaN.
        if said < 1e-7 {
            -f64::ln(1e-7)
        } else {
            -said.ln()
        }
    });
    losses.sum()
}
