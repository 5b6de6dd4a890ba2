//! The network of the recurrent classifier: word vectors, recurrent layers, pooling, and a score of each label.

use guide_core::{Error, Result};
use nn_core::{
    Backward, Dense, Dropout, Embedding, Grads, Init, Layer, Mode, Pass, Room, Shape, Weights,
};

use super::params::RecurrentClassifierParams;
use super::pooling::{Pool, PoolWork};
use super::words::{PADDING, UNKNOWN};
use crate::recurrent::fitting;
use crate::{GateOrder, RecurrentParams, RecurrentStack, StackParams, StackState, Steps};

/// The parts of the network over the tensors of a store: `embedding.weight` `[words, dim]`, PyTorch's names for the layers below `rnn.`,
/// those of attention, and `output.weight`, `output.bias`.
#[derive(Clone, Debug)]
pub(super) struct Net {
    pub(super) embedding: Embedding,
    pub(super) stack: RecurrentStack,
    pool: Pool,
    output: Dense,
    words: Dropout,
    before: Dropout,
    after: Dropout,
}

/// The memory of the passes, kept from step to step.
#[derive(Debug, Default)]
pub(super) struct Work {
    n: usize,
    steps: usize,
    ids: Vec<u32>,   // [n, steps], after word dropout
    mask: Vec<bool>, // [n, steps]; all true where no text is shorter
    is_full: bool,
    kept: Vec<f32>,   // [n, steps], word dropout
    x: Vec<f32>,      // [n, steps, dim]
    hidden: Vec<f32>, // [n, steps, width]
    pooled: Vec<f32>, // [n, width], after dropout
    /// `[n, labels]`: the scores, and before the backward pass their gradient.
    pub(super) logits: Vec<f32>,
    d_pooled: Vec<f32>,
    d_hidden: Vec<f32>,
    dx: Vec<f32>,
    state: StackState,
    d_state: StackState,
    cache: Vec<f32>,
    scratch: Vec<f32>,
    pool: PoolWork,
}

impl Work {
    /// Takes the words of `n` texts, none of them empty, filled up to the length of the longest.
    pub(super) fn load<'t>(&mut self, n: usize, text: impl Fn(usize) -> &'t [u32]) {
        let lengths = || (0..n).map(|i| text(i).len());
        self.n = n;
        self.steps = lengths().max().unwrap_or(0);
        self.is_full = lengths().all(|length| length == self.steps);
        self.ids.clear();
        self.mask.clear();
        for i in 0..n {
            self.ids.extend_from_slice(text(i));
            self.ids.resize((i + 1) * self.steps, PADDING);
            self.mask.resize(i * self.steps + text(i).len(), true);
            self.mask.resize((i + 1) * self.steps, false);
        }
    }
}

/// Steps over the loaded texts; `mask` is only needed where one is shorter than another.
fn steps(n: usize, steps: usize, is_full: bool, mask: &[bool]) -> Steps<'_> {
    match is_full {
        true => Steps::full(n, steps),
        false => Steps::masked(n, steps, mask),
    }
}

impl Net {
    /// Adds the tensors to `weights`: drawn by the seed, or, where a file fills them afterwards, of 0.
    pub(super) fn new(
        weights: &mut Weights,
        params: &RecurrentClassifierParams,
        (n_words, n_labels): (usize, usize),
        draw: bool,
    ) -> Result<Self> {
        let init = |init| if draw { init } else { Init::Zeros };
        let (seed, width) = (params.seed, params.width());
        let vectors = init(Init::Normal(EMBEDDING_SCALE));
        let embedding = Embedding::new(weights, "embedding", n_words, params.dim, vectors, seed);
        let layer = RecurrentParams {
            input_init: init(Init::GlorotUniform),
            recurrent_init: init(Init::Orthogonal(1.0)),
            recurrent_dropout: params.recurrent_dropout,
            seed: seed.wrapping_add(1),
            // The first weights are Keras's; the tensors of a GRU lie as PyTorch has them.
            gate_order: GateOrder::Torch,
            ..RecurrentParams::keras(params.cell, params.dim, params.hidden)
        };
        let stack = StackParams::new(layer)
            .n_layers(params.layers)
            .bidirectional(params.bidirectional)
            .dropout(params.dropout);
        let stack = RecurrentStack::new(weights, "rnn.", stack)?;
        let pool = Pool::new(weights, params.pooling, width, draw, seed.wrapping_add(2));
        let glorot = init(Init::GlorotUniform);
        let output = Dense::new(
            weights,
            "output",
            width,
            n_labels,
            glorot,
            seed.wrapping_add(4),
        );
        Ok(Self {
            embedding: embedding.with_padding(weights, PADDING),
            stack,
            pool,
            output,
            words: Dropout::new(params.word_dropout, 101)?,
            before: Dropout::new(params.embedding_dropout, 102)?,
            after: Dropout::new(params.dropout, 103)?,
        })
    }

    /// Labels.
    pub(super) fn n_labels(&self) -> usize {
        self.output.n_out()
    }

    /// Scores every label of the loaded texts in [`Work::logits`].
    pub(super) fn forward(&self, weights: &Weights, mode: Mode, work: &mut Work) {
        let all = steps(work.n, work.steps, work.is_full, &work.mask);
        let (rows, width) = (all.len(), self.stack.width());
        if mode != Mode::Infer && self.words.rate() > 0.0 {
            work.kept.resize(rows, 1.0);
            work.kept.fill(1.0);
            self.words.apply(mode, 0, &mut work.kept);
            let words = work.ids.iter_mut().zip(&work.kept);
            let dropped = words.filter(|(id, kept)| **kept == 0.0 && **id != PADDING);
            dropped.for_each(|(id, _)| *id = UNKNOWN);
        }
        work.x.resize(rows * self.embedding.dim(), 0.0);
        self.embedding.gather(weights, &work.ids, &mut work.x);
        self.before.apply(mode, 0, &mut work.x);
        self.stack.clear_state(work.n, &mut work.state);
        work.hidden.resize(rows * width, 0.0);
        let cache = self.stack.cache_len(all.n, all.steps);
        work.cache.resize(cache, 0.0);
        let scratch = self.stack.scratch_len(all.n, all.steps);
        work.scratch.resize(scratch, 0.0);
        let room = Room {
            cache: &mut work.cache,
            scratch: &mut work.scratch,
        };
        let (state, hidden) = (&mut work.state, &mut work.hidden);
        let pass = Pass {
            mode,
            ..Pass::infer(weights, all.n)
        };
        fitting(self.stack.forward(&pass, &work.x, all, state, hidden, room));
        work.pooled.resize(all.n * width, 0.0);
        let last = &work.state.layers[self.last_level()..];
        let (pooled, pool) = (&mut work.pooled, &mut work.pool);
        self.pool
            .forward(weights, &work.hidden, all, last, pooled, pool);
        self.after.apply(mode, 0, &mut work.pooled);
        work.logits.resize(all.n * self.n_labels(), 0.0);
        self.output.apply(weights, &work.pooled, &mut work.logits);
    }

    /// After [`Net::forward`] and with the gradient by the scores in [`Work::logits`]: adds the gradients of all tensors.
    pub(super) fn backward(
        &self,
        weights: &Weights,
        mode: Mode,
        work: &mut Work,
        grads: &mut Grads,
    ) {
        let all = steps(work.n, work.steps, work.is_full, &work.mask);
        let pass = Pass {
            mode,
            ..Pass::infer(weights, all.n)
        };
        let shape = Shape::of(&[self.stack.width()]);
        let scratch = self
            .output
            .scratch_len(all.n, shape)
            .max(work.scratch.len());
        work.scratch.resize(scratch, 0.0);
        work.d_pooled.resize(work.pooled.len(), 0.0);
        let at = Backward {
            x: &work.pooled,
            y: &[],
            dy: &mut work.logits,
            dx: Some(&mut work.d_pooled),
            grads: Some(grads),
        };
        let room = Room {
            cache: &mut [],
            scratch: &mut work.scratch,
        };
        self.output.backward(&pass, shape, at, room);
        self.after.apply(mode, 0, &mut work.d_pooled);
        self.stack.clear_state(all.n, &mut work.d_state);
        work.d_hidden.resize(work.hidden.len(), 0.0);
        let d_last = &mut work.d_state.layers[self.last_level()..];
        let (d_pooled, d_hidden) = (&work.d_pooled, &mut work.d_hidden);
        let (hidden, pool) = (&work.hidden, &mut work.pool);
        self.pool.backward(
            weights, hidden, all, d_pooled, d_hidden, d_last, pool, grads,
        );
        work.dx.resize(work.x.len(), 0.0);
        let room = Room {
            cache: &mut work.cache,
            scratch: &mut work.scratch,
        };
        let (d_hidden, dx) = (&work.d_hidden, Some(&mut work.dx[..]));
        let (x, d_state) = (&work.x, &mut work.d_state);
        let done = self
            .stack
            .backward(&pass, x, all, d_hidden, d_state, dx, Some(grads), room);
        fitting(done);
        self.before.apply(mode, 0, &mut work.dx);
        self.embedding.scatter(&work.ids, &work.dx, grads);
    }

    /// The place of the last level's first direction among the states.
    fn last_level(&self) -> usize {
        self.stack.layers().len() - self.stack.n_directions()
    }
}

/// Standard deviation of the first word vectors.
const EMBEDDING_SCALE: f32 = 0.1;

/// Numbers in the tensors of a network, so that a file which claims a large one is refused before memory is taken.
///
/// # Errors
/// [`Error::Param`] above `u64::MAX`.
pub(super) fn n_weights(
    params: &RecurrentClassifierParams,
    n_words: usize,
    n_labels: usize,
) -> Result<u64> {
    let (dim, width) = (params.dim as u128, params.width() as u128);
    let layer = RecurrentParams::keras(params.cell, params.dim, params.hidden);
    let layers = StackParams::new(layer)
        .n_layers(params.layers)
        .bidirectional(params.bidirectional)
        .n_weights();
    let attention = match params.pooling {
        super::Pooling::Attention => width * (width + 2),
        _ => 0,
    };
    let (n_words, n_labels) = (n_words as u128, n_labels as u128);
    let all = n_words * dim + layers + attention + (width + 1) * n_labels;
    u64::try_from(all).map_err(|_| Error::param("hidden", params.hidden, "smaller"))
}
