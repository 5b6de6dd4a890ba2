//! One recurrent layer in one direction: sizes, buffers and checks.

use guide_core::{Params, Result};

use super::sequence::{check_columns, check_len};
use super::{Cell, Mode, RecurrentParams, RecurrentWeights, State, Steps};
use crate::simd::packed_len;

/// Steps whose gradients one product of the weights' gradient takes in.
pub(crate) const BLOCK: usize = 512;

/// A recurrent layer in one direction: RNN, LSTM or GRU over batches of sequences `[n, steps, n_in]`.
///
/// The layer holds no weights: [`Recurrent::draw`] makes them, and the caller owns them, the [`State`] and all buffers.
///
/// ```
/// use nlp_rnn::{Cell, Mode, OutputColumns, Recurrent, RecurrentParams, Steps};
/// let layer = Recurrent::new(RecurrentParams::keras(Cell::Rnn, 1, 1))?;
/// let mut weights = layer.draw();
/// (weights.input[0], weights.recurrent[0]) = (1.0, 0.5);
/// let (steps, mut state) = (Steps::full(1, 2), layer.state(1));
/// let (mut cache, mut scratch) = (vec![0.0; layer.cache_len(1, 2)], vec![0.0; layer.scratch_len(1)]);
/// let mut y = [0.0; 2];
/// let out = OutputColumns { values: &mut y, row: 1, from: 0 };
/// layer.forward(&weights, Mode::Infer, &[1.0, 0.0], steps, &mut state, out, &mut cache, &mut scratch)?;
/// // h_1 = tanh(1), h_2 = tanh(h_1 / 2)
/// assert!((y[0] - 0.76159).abs() < 1e-5 && (y[1] - 0.36340).abs() < 1e-5);
/// assert_eq!(state.h[0], y[1]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrent {
    params: RecurrentParams,
    /// Number of the layer within its net: dropout masks depend on it.
    pub(crate) number: u64,
}

/// The cache of a forward pass, cut into its parts. `h_seen` of a step stands beside the gates of the same step, so that the
/// gradient of the recurrent matrix is one product.
pub(crate) struct Cache<'a> {
    /// `[n, steps, gates * n_hidden]`.
    pub(crate) gates: &'a mut [f32],
    /// The state before each step, with dropout, `[n, steps, n_hidden]`.
    pub(crate) h_seen: &'a mut [f32],
    /// LSTM: the cell before each step. GRU: the state before each step.
    pub(crate) before: &'a mut [f32],
    /// LSTM: the function of the cell. GRU: what stands in `inner` of its kernel.
    pub(crate) inner: &'a mut [f32],
    /// The input with dropout, `[n, steps, n_in]`; empty without.
    pub(crate) x: &'a mut [f32],
    /// The masks of the input `[n, n_in]` and of the state `[n, n_hidden]`; empty without dropout.
    pub(crate) x_mask: &'a mut [f32],
    pub(crate) h_mask: &'a mut [f32],
}

impl Recurrent {
    /// A layer with these parameters.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] if a parameter is out of its range.
    pub fn new(params: RecurrentParams) -> Result<Self> {
        params.validate()?;
        Ok(Self { params, number: 0 })
    }

    /// The parameters.
    pub fn params(&self) -> &RecurrentParams {
        &self.params
    }

    /// First weights, drawn under the seed of the parameters.
    pub fn draw(&self) -> RecurrentWeights {
        RecurrentWeights::draw(&self.params)
    }

    /// Gradients of 0.
    pub fn gradients(&self) -> RecurrentWeights {
        RecurrentWeights::zeros(&self.params)
    }

    /// A state of 0 for `n` sequences.
    pub fn state(&self, n: usize) -> State {
        let len = n * self.params.n_hidden;
        let c = if self.params.cell == Cell::Lstm { len } else { 0 };
        State { h: vec![0.0; len], c: vec![0.0; c] }
    }

    /// Numbers in the cache for `n` sequences of `steps` steps.
    pub fn cache_len(&self, n: usize, steps: usize) -> usize {
        self.cache_parts(n, steps).iter().sum()
    }

    fn cache_parts(&self, n: usize, steps: usize) -> [usize; 7] {
        let p = &self.params;
        let (all, hidden) = (n * steps, n * steps * p.n_hidden);
        let more = if p.cell == Cell::Rnn { 0 } else { hidden };
        let (drops_x, drops_h) = (p.input_dropout > 0.0, p.recurrent_dropout > 0.0);
        [
            p.cell.n_gates() * hidden,
            hidden,
            more,
            more,
            if drops_x { all * p.n_in } else { 0 },
            if drops_x { n * p.n_in } else { 0 },
            if drops_h { n * p.n_hidden } else { 0 },
        ]
    }

    /// Numbers in the scratch for `n` sequences, forward or backward. What it holds is of no use after a call.
    pub fn scratch_len(&self, n: usize) -> usize {
        let (n_in, hidden) = (self.params.n_in, self.params.n_hidden);
        let width = self.params.cell.n_gates() * hidden;
        let forward = packed_len(n_in, width) + self.recurrent_packed().0 + width + hidden;
        let backward = packed_len(width, n_in) + self.recurrent_packed().1 + packed_len(BLOCK, width);
        forward.max(backward + n * hidden + width + hidden)
    }

    /// Packed numbers of the recurrent matrix, forward and transposed.
    pub(crate) fn recurrent_packed(&self) -> (usize, usize) {
        let hidden = self.params.n_hidden;
        let (joint, apart) = self.recurrent_columns();
        (
            packed_len(hidden, joint) + packed_len(hidden, apart),
            packed_len(joint, hidden) + packed_len(apart, hidden),
        )
    }

    /// Columns of the recurrent matrix whose product is added to the sums of the gates before them, and columns that follow and
    /// have a product of their own (the candidate of the GRU).
    pub(crate) fn recurrent_columns(&self) -> (usize, usize) {
        let hidden = self.params.n_hidden;
        match self.params.cell {
            Cell::Gru => (2 * hidden, hidden),
            cell => (cell.n_gates() * hidden, 0),
        }
    }

    pub(crate) fn cut<'a>(&self, n: usize, steps: usize, cache: &'a mut [f32]) -> Cache<'a> {
        let mut rest = cache;
        let [gates, h_seen, before, inner, x, x_mask, h_mask] =
            self.cache_parts(n, steps).map(|len| take(&mut rest, len));
        Cache { gates, h_seen, before, inner, x, x_mask, h_mask }
    }

    /// Whether this pass drops inputs, and hides states; with the numbers that the masks depend on.
    pub(crate) fn dropout(&self, mode: Mode) -> Option<(u64, u64, usize)> {
        match mode {
            Mode::Train { seed, step, first } => Some((seed, step, first)),
            Mode::Infer => None,
        }
    }

    pub(crate) fn check(
        &self,
        weights: &RecurrentWeights,
        x: &[f32],
        steps: Steps<'_>,
        state: &State,
        y: (usize, usize, usize),
        (cache, scratch): (&[f32], &[f32]),
    ) -> Result<()> {
        let (n, hidden) = (steps.n, self.params.n_hidden);
        weights.check(&self.params)?;
        steps.check()?;
        check_len("the input of a recurrent layer", &[n, steps.steps, self.params.n_in], x.len())?;
        check_len("the hidden state", &[n, hidden], state.h.len())?;
        let cells = if self.params.cell == Cell::Lstm { n } else { 0 };
        check_len("the cell state", &[cells, hidden], state.c.len())?;
        check_columns("the output of a recurrent layer", steps.len(), hidden, y)?;
        at_least("the cache of a recurrent layer", self.cache_len(n, steps.steps), cache.len())?;
        at_least("the scratch of a recurrent layer", self.scratch_len(n), scratch.len())
    }
}

fn at_least(what: &str, needed: usize, got: usize) -> Result<()> {
    if got < needed { check_len(what, &[needed], got) } else { Ok(()) }
}

/// Cuts the first `len` numbers off `rest`.
///
/// # Panics
/// If there are fewer.
pub(crate) fn take<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let (first, after) = std::mem::take(rest).split_at_mut(len);
    *rest = after;
    first
}

/// Parts that a batch of `n` sequences is cut into: parts of at most 12 sequences, which is the largest tile of the product, and
/// an even number of them, so that two threads have the same work. Depends on nothing but `n`.
pub(crate) fn n_parts(n: usize) -> usize {
    if n <= 8 { 1 } else { n.div_ceil(12).next_multiple_of(2) }
}
