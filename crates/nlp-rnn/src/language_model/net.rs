//! The network of a language model: words' vectors, recurrent layers, and a score of every word at every step.

use guide_core::ndarray::{ArrayView2, ArrayViewMut2, s};
use guide_core::{Result, kernels};
use nn_core::{
    CrossEntropy, Dropout, Embedding, Grads, Init, Mode, Pass, Role, Room, WeightId, Weights,
};
use rayon::prelude::*;

use super::params::LanguageModelParams;
use crate::recurrent::fitting;
use crate::{RecurrentStack, StackState, Steps};

/// The parts of the network over the tensors of a store: `embedding.weight` `[words, dim]`, PyTorch's names for the layers, and
/// `output.weight` `[words, hidden]` unless it is the embedding's, `output.bias`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Net {
    pub(super) embedding: Embedding,
    pub(super) stack: RecurrentStack,
    output: WeightId,
    bias: WeightId,
    before: Dropout,
    after: Dropout,
    n_words: usize,
}

/// The memory of the passes, kept from step to step.
#[derive(Debug, Default)]
pub(super) struct Work {
    x: Vec<f32>,      // [rows, dim]
    hidden: Vec<f32>, // [rows, hidden], after dropout
    logits: Vec<f32>, // [rows, words]
    parts: Vec<f32>,  // [WORD_PARTS, rows, hidden]
    d_hidden: Vec<f32>,
    dx: Vec<f32>,
    cache: Vec<f32>,
    scratch: Vec<f32>,
    d_state: StackState,
}

impl Work {
    /// What came out of the last layer.
    pub(super) fn hidden(&self) -> &[f32] {
        &self.hidden
    }
}

impl Net {
    /// Adds the tensors to `weights`.
    pub(super) fn new(
        weights: &mut Weights,
        params: &LanguageModelParams,
        n_words: usize,
    ) -> Result<Self> {
        let uniform = Init::Uniform(params.init);
        let role = if params.tied {
            Role::Weight
        } else {
            Role::Rows
        };
        let shape = [n_words, params.dim];
        let table = weights.add_matrix("embedding.weight", role, shape, uniform, params.seed);
        let embedding = Embedding::of(weights, table);
        let stack = RecurrentStack::new(weights, "rnn.", params.stack())?;
        let output = if params.tied {
            table
        } else {
            let (shape, seed) = ([n_words, params.hidden], params.seed.wrapping_add(2));
            let init = params.output_init();
            weights.add_matrix("output.weight", Role::Weight, shape, init, seed)
        };
        let bias = weights.add("output.bias", Role::Weight, &[n_words], vec![0.0; n_words]);
        Ok(Self {
            embedding,
            stack,
            output,
            bias,
            before: Dropout::new(params.dropout, 101)?,
            after: Dropout::new(params.dropout, 102)?,
            n_words,
        })
    }

    /// Numbers in the hidden state.
    pub(super) fn width(&self) -> usize {
        self.stack.width()
    }

    /// Runs the layers over `words`, `[n, steps]`, from `state` on, and leaves what comes out in [`Work::hidden`].
    pub(super) fn forward(
        &self,
        (weights, mode): (&Weights, Mode),
        words: &[u32],
        steps: Steps<'_>,
        state: &mut StackState,
        work: &mut Work,
    ) {
        let (rows, pass) = (steps.len(), self.pass(weights, mode, steps));
        work.x.resize(rows * self.embedding.dim(), 0.0);
        self.embedding.gather(weights, words, &mut work.x);
        self.before.apply(mode, 0, &mut work.x);
        work.hidden.resize(rows * self.width(), 0.0);
        let cache = self.stack.cache_len(steps.n, steps.steps);
        work.cache.resize(cache, 0.0);
        let scratch = self.stack.scratch_len(steps.n, steps.steps);
        work.scratch.resize(scratch.max(work.scratch.len()), 0.0);
        let room = Room {
            cache: &mut work.cache,
            scratch: &mut work.scratch,
        };
        let hidden = &mut work.hidden;
        fitting(
            self.stack
                .forward(&pass, &work.x, steps, state, hidden, room),
        );
        self.after.apply(mode, 0, &mut work.hidden);
    }

    /// Scores every word after one state: `logits = W hidden + b`.
    pub(super) fn score(&self, weights: &Weights, hidden: &[f32], logits: &mut Vec<f32>) {
        logits.resize(self.n_words, 0.0);
        kernels::gemv(weights.get(self.output), hidden, logits);
        kernels::axpy(1.0, weights.get(self.bias), logits);
    }

    /// The sum of `−log p` of the `next` words after the states that the last forward pass left. The work space then holds
    /// `scale` times its gradient by the scores of all words.
    pub(super) fn loss(&self, weights: &Weights, next: &[u32], scale: f32, work: &mut Work) -> f64 {
        self.products(weights, work);
        let bias = weights.get(self.bias);
        CrossEntropy::default().of_biased(bias, &mut work.logits, next, scale)
    }

    /// `−log p` of the `next` words one by one, handed over with the state before each.
    pub(super) fn losses(
        &self,
        weights: &Weights,
        next: &[u32],
        work: &mut Work,
        mut visit: impl FnMut(f64, &[f32], u32),
    ) {
        self.products(weights, work);
        let bias = weights.get(self.bias);
        let rows = work.logits.chunks_exact_mut(self.n_words);
        let states = work.hidden.chunks_exact(self.width());
        for ((row, state), &word) in rows.zip(states).zip(next) {
            let loss = CrossEntropy::default().of_biased(bias, row, &[word], 0.0);
            visit(loss, state, word);
        }
    }

    /// The scores of all words after all states, the biases still to be added.
    fn products(&self, weights: &Weights, work: &mut Work) {
        let hidden = matrix(&work.hidden, self.width());
        work.logits.resize(hidden.nrows() * self.n_words, 0.0);
        let logits = matrix_mut(&mut work.logits, self.n_words);
        let output = weights.matrix(self.output);
        kernels::matmul_into(1.0, hidden, output.t(), 0.0, logits);
    }

    /// The matrix of the output layer, whose gradient [`Net::backward`] overwrites.
    pub(super) fn output(&self) -> WeightId {
        self.output
    }

    /// After [`Net::forward`] and [`Net::loss`]: overwrites the gradient of [`Net::output`], then adds to those of all tensors.
    pub(super) fn backward(
        &self,
        (weights, mode): (&Weights, Mode),
        words: &[u32],
        steps: Steps<'_>,
        work: &mut Work,
        grads: &mut Grads,
    ) {
        let pass = self.pass(weights, mode, steps);
        let (width, output) = (self.width(), weights.matrix(self.output));
        let d_logits = matrix(&work.logits, self.n_words);
        let hidden = matrix(&work.hidden, width);
        let to_output = matrix_mut(grads.dense(self.output), width);
        kernels::matmul_into(1.0, d_logits.t(), hidden, 0.0, to_output);
        // Each block of words adds up its columns, so that no sum depends on the threads.
        let (n_words, logits) = (self.n_words, &work.logits);
        let blocks = grads
            .dense(self.bias)
            .par_chunks_mut(BIAS_BLOCK)
            .enumerate();
        blocks.for_each(|(block, sums)| {
            let start = block * BIAS_BLOCK;
            for row in logits.chunks_exact(n_words) {
                kernels::axpy(1.0, &row[start..start + sums.len()], sums);
            }
        });
        // A long sum into a small matrix: parts of the vocabulary go to the threads, and their sums are added in order.
        let len = work.hidden.len();
        work.parts.resize(WORD_PARTS * len, 0.0);
        let parts = work.parts.par_chunks_exact_mut(len.max(1)).enumerate();
        parts.for_each(|(part, sums)| {
            let words = part * n_words / WORD_PARTS..(part + 1) * n_words / WORD_PARTS;
            let (d_logits, output) = (
                d_logits.slice(s![.., words.clone()]),
                output.slice(s![words, ..]),
            );
            kernels::matmul_on_one_thread(1.0, d_logits, output, 0.0, matrix_mut(sums, width));
        });
        work.d_hidden.clear();
        work.d_hidden.resize(len, 0.0);
        for part in work.parts.chunks_exact(len.max(1)) {
            kernels::axpy(1.0, part, &mut work.d_hidden);
        }
        self.after.apply(mode, 0, &mut work.d_hidden);
        // No gradient goes back through the state at either end of the window.
        self.stack.clear_state(steps.n, &mut work.d_state);
        work.dx.resize(work.x.len(), 0.0);
        let room = Room {
            cache: &mut work.cache,
            scratch: &mut work.scratch,
        };
        let (d_hidden, dx) = (&work.d_hidden, Some(&mut work.dx[..]));
        let (x, d_state) = (&work.x, &mut work.d_state);
        let done = self
            .stack
            .backward(&pass, x, steps, d_hidden, d_state, dx, Some(grads), room);
        fitting(done);
        self.before.apply(mode, 0, &mut work.dx);
        self.embedding.scatter(words, &work.dx, grads);
    }

    fn pass<'p>(&self, weights: &'p Weights, mode: Mode, steps: Steps<'_>) -> Pass<'p> {
        Pass {
            mode,
            ..Pass::infer(weights, steps.n)
        }
    }
}

/// Words whose biases one thread sums at a time.
const BIAS_BLOCK: usize = 1024;

/// Parts of the vocabulary whose scores go back to the hidden states side by side.
pub(super) const WORD_PARTS: usize = 8;

fn matrix(values: &[f32], width: usize) -> ArrayView2<'_, f32> {
    match ArrayView2::from_shape((values.len() / width.max(1), width), values) {
        Ok(matrix) => matrix,
        Err(reason) => panic!("{} numbers as rows of {width}: {reason}", values.len()),
    }
}

fn matrix_mut(values: &mut [f32], width: usize) -> ArrayViewMut2<'_, f32> {
    let len = values.len();
    match ArrayViewMut2::from_shape((len / width.max(1), width), values) {
        Ok(matrix) => matrix,
        Err(reason) => panic!("{len} numbers as rows of {width}: {reason}"),
    }
}
