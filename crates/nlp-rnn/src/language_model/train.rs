//! Training by windows: the text is cut into parts that are read side by side, window after window, and the hidden state goes on from
//! one window to the next (truncated back-propagation).

use guide_core::{Batches, Error, Result};
use nn_core::{Batch, Grads, Objective, WeightId, Weights};

use super::evaluate::log_loss;
use super::net::{Net, Work};
use crate::{StackState, Steps};

/// The words of a text as `n` parts of one length.
#[derive(Debug)]
pub(super) struct Parts {
    /// `[n, length + 1]`: what comes before the first word of each part, and its words.
    words: Vec<u32>,
    n: usize,
    length: usize,
}

impl Parts {
    /// Cuts `words` into `n` parts; up to `n − 1` words at the end are left out. `end` comes before the first.
    pub(super) fn new(words: &[u32], n: usize, end: u32) -> Result<Self> {
        let length = words.len() / n;
        if length == 0 {
            let expected = format!("at most the {} words of the text", words.len());
            return Err(Error::param("batch", n, expected));
        }
        let mut parts = Vec::with_capacity(n * (length + 1));
        for part in 0..n {
            let start = part * length;
            parts.push(if start == 0 { end } else { words[start - 1] });
            parts.extend_from_slice(&words[start..start + length]);
        }
        Ok(Self {
            words: parts,
            n,
            length,
        })
    }

    /// Windows of at most `steps` steps.
    pub(super) fn n_windows(&self, steps: usize) -> usize {
        self.length.div_ceil(steps)
    }

    /// Words of each part.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Words that are predicted.
    pub(super) fn n_words(&self) -> usize {
        self.n * self.length
    }

    /// Writes the words of a window and those that follow them, `[n, steps]` each, and returns its steps.
    pub(super) fn window(
        &self,
        number: usize,
        steps: usize,
        words: &mut Vec<u32>,
        next: &mut Vec<u32>,
    ) -> Steps<'static> {
        let start = number * steps;
        let end = (start + steps).min(self.length);
        words.clear();
        next.clear();
        for part in self.words.chunks_exact(self.length + 1) {
            words.extend_from_slice(&part[start..end]);
            next.extend_from_slice(&part[start + 1..end + 1]);
        }
        Steps::full(self.n, end - start)
    }
}

/// The mean of `−log p` for a sum over `n_words` words, or infinity where the perplexity, `e` to the mean, is above the largest `f64`.
/// The training loop takes infinity for a training that diverged.
fn mean_loss(sum: f64, n_words: usize) -> f64 {
    let mean = sum / n_words as f64;
    match mean.exp().is_finite() {
        true => mean,
        false => f64::INFINITY,
    }
}

/// The network that learns a text.
pub(super) struct TextObjective<'n> {
    net: &'n Net,
    parts: Parts,
    steps: usize,
    state: StackState,
    work: Work,
    words: Vec<u32>,
    next: Vec<u32>,
    valid: Option<Parts>,
}

impl<'n> TextObjective<'n> {
    pub(super) fn new(net: &'n Net, parts: Parts, steps: usize, valid: Option<Parts>) -> Self {
        Self {
            state: net.stack.state(parts.n),
            net,
            parts,
            steps,
            work: Work::default(),
            words: Vec::new(),
            next: Vec::new(),
            valid,
        }
    }
}

impl Objective for TextObjective<'_> {
    /// Windows.
    fn n_examples(&self) -> usize {
        self.parts.n_windows(self.steps)
    }

    /// One window after the other, in the order of the text.
    fn batches(&self, _: usize, _: usize, _: u64) -> Result<Batches> {
        Batches::sequential(self.n_examples(), 1)
    }

    fn begin_epoch(&mut self, _: usize) {
        self.state.reset();
    }

    fn n_losses(&self) -> usize {
        self.parts.n_words()
    }

    /// The batch is one window. Its loss is infinite where its perplexity is.
    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        let &[number] = batch.examples else {
            panic!("{} windows in a step", batch.examples.len());
        };
        let (net, work, words) = (self.net, &mut self.work, &mut self.words);
        let steps = self.parts.window(number, self.steps, words, &mut self.next);
        let pass = (weights, batch.mode());
        net.forward(pass, words, steps, &mut self.state, work);
        let loss = net.loss(weights, &self.next, 1.0 / steps.n as f32, work);
        if mean_loss(loss, self.next.len()).is_infinite() {
            return f64::INFINITY;
        }
        net.backward(pass, words, steps, work, grads);
        loss
    }

    fn overwrites(&self) -> Option<WeightId> {
        Some(self.net.output())
    }

    /// The mean of `−log p` over the held-out words.
    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        let valid = self.valid.as_ref()?;
        let sum = log_loss(self.net, weights, valid, None);
        Some(mean_loss(sum, valid.n_words()))
    }
}
