//! Perplexity, plain or with a continuous cache (Grave, Joulin, Usunier, 2017).

use guide_core::{Params, Result, ensure, kernels};
use nn_core::{CrossEntropy, Mode, Weights};
use serde::{Deserialize, Serialize};

use super::net::{Net, Work};
use super::train::Parts;

/// A continuous cache: words that followed hidden states like the present one, within the last words, become more likely.
///
/// `p(w) = (1 − λ) p_net(w) + λ p_cache(w)` with `p_cache(w) ∝ Σ_i 1{w_{i+1} = w} e^{θ h_t · h_i}` over the last `size` words.
/// Grave, Joulin, Usunier (2017), "Improving Neural Language Models with a Continuous Cache", eq. 2 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContinuousCache {
    /// Words that are remembered (default 500).
    pub size: usize,
    /// `θ` (default 0.3).
    pub theta: f32,
    /// `λ`, from 0 to below 1 (default 0.1).
    pub lambda: f32,
}

impl Default for ContinuousCache {
    fn default() -> Self {
        Self {
            size: 500,
            theta: 0.3,
            lambda: 0.1,
        }
    }
}

guide_core::setters!(ContinuousCache {
    size: usize,
    theta: f32,
    lambda: f32,
});

impl Params for ContinuousCache {
    fn validate(&self) -> Result<()> {
        ensure::within("size", self.size, 1, 1 << 24)?;
        ensure::not_negative("theta", self.theta)?;
        ensure::within("lambda", self.lambda, 0.0, 1.0 - f32::EPSILON)
    }
}

/// Words whose scores are held at a time.
const BLOCK: usize = 128;

/// The sum of `−log p` over the words of all parts, each part read from its start.
pub(super) fn log_loss(
    net: &Net,
    weights: &Weights,
    parts: &Parts,
    cache: Option<ContinuousCache>,
) -> f64 {
    let mut work = Work::default();
    let (mut words, mut next) = (Vec::new(), Vec::new());
    let mut state = None;
    let mut memory = cache.map(|cache| Memory::new(cache, net.width()));
    let mut sum = 0.0;
    for number in 0..parts.n_windows(BLOCK) {
        let steps = parts.window(number, BLOCK, &mut words, &mut next);
        let state = state.get_or_insert_with(|| net.stack.state(steps.n));
        net.forward((weights, Mode::Infer), &words, steps, state, &mut work);
        net.score_all(weights, &mut work);
        match &mut memory {
            None => sum += CrossEntropy::default().of(net.n_words(), &mut work.logits, &next, 1.0),
            Some(memory) => {
                // After the loss of a row, −gradient + 1 at its word is the probability.
                let hidden = work.hidden().to_vec();
                let rows = work.logits.chunks_exact_mut(net.n_words());
                for ((row, hidden), &word) in rows.zip(hidden.chunks_exact(net.width())).zip(&next) {
                    let loss = CrossEntropy::default().of(net.n_words(), row, &[word], 1.0);
                    sum -= memory.mixed((-loss).exp(), hidden, word).ln();
                    memory.push(hidden, word);
                }
            }
        }
    }
    sum
}

/// The last hidden states with the words that followed them.
pub(super) struct Memory {
    cache: ContinuousCache,
    width: usize,
    states: Vec<f32>, // [up to size, width], a ring
    words: Vec<u32>,
    /// Where the next one is written.
    place: usize,
    similarities: Vec<f32>,
}

impl Memory {
    pub(super) fn new(cache: ContinuousCache, width: usize) -> Self {
        Self {
            cache,
            width,
            states: Vec::new(),
            words: Vec::new(),
            place: 0,
            similarities: Vec::new(),
        }
    }

    /// Remembers that `word` followed `hidden`.
    pub(super) fn push(&mut self, hidden: &[f32], word: u32) {
        if self.words.len() < self.cache.size {
            self.states.extend_from_slice(hidden);
            self.words.push(word);
        } else {
            let start = self.place * self.width;
            self.states[start..start + self.width].copy_from_slice(hidden);
            self.words[self.place] = word;
        }
        self.place = (self.place + 1) % self.cache.size;
    }

    /// `e^{θ h · h_i}` of what is remembered over the largest, and their sum.
    fn compare(&mut self, hidden: &[f32]) -> f64 {
        self.similarities.resize(self.words.len(), 0.0);
        kernels::gemv(&self.states, hidden, &mut self.similarities);
        let top = self.similarities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for s in &mut self.similarities {
            *s = (self.cache.theta * (*s - top)).exp();
            sum += f64::from(*s);
        }
        sum
    }

    /// The probability of `word`, whose probability by the network alone is `p`.
    fn mixed(&mut self, p: f64, hidden: &[f32], word: u32) -> f64 {
        if self.words.is_empty() {
            return p;
        }
        let sum = self.compare(hidden);
        let found = self.words.iter().zip(&self.similarities);
        let found = found.filter(|&(&w, _)| w == word);
        let of_word: f64 = found.map(|(_, &s)| f64::from(s)).sum();
        let lambda = f64::from(self.cache.lambda);
        (1.0 - lambda) * p + lambda * of_word / sum
    }

    /// Mixes the cache into the probabilities of all words.
    pub(super) fn mix(&mut self, probabilities: &mut [f32], hidden: &[f32]) {
        if self.words.is_empty() {
            return;
        }
        let sum = self.compare(hidden);
        probabilities.iter_mut().for_each(|p| *p *= 1.0 - self.cache.lambda);
        for (&word, &s) in self.words.iter().zip(&self.similarities) {
            probabilities[word as usize] += self.cache.lambda * (f64::from(s) / sum) as f32;
        }
    }
}
