//! One recurrent layer in one direction: sizes, buffers and checks.

use guide_core::{Params, Result};
use nn_core::{Mode, Pass, Weights};
use serde::{Deserialize, Serialize};

use super::sequence::{check_columns, check_len};
use super::weights::{RecurrentIds, Tensors};
use super::{Cell, RecurrentParams, State, Steps};
use crate::simd::packed_len;

/// Steps whose gradients one product of the weights' gradient takes in.
pub(crate) const BLOCK: usize = 512;

/// A recurrent layer in one direction: RNN, LSTM or GRU over batches of sequences `[n, steps, n_in]`.
///
/// The weights lie in the store of the net; the caller owns the [`State`] and all buffers.
///
/// ```
/// use nlp_rnn::{Cell, OutputColumns, Recurrent, RecurrentParams, Steps};
/// use nn_core::{Pass, Room, Weights};
/// let mut weights = Weights::new();
/// let layer = Recurrent::new(&mut weights, "", "_l0", RecurrentParams::keras(Cell::Rnn, 1, 1))?;
/// weights.get_mut(layer.ids().input)[0] = 1.0;
/// weights.get_mut(layer.ids().recurrent)[0] = 0.5;
/// let (steps, mut state) = (Steps::full(1, 2), layer.state(1));
/// let (mut cache, mut scratch) = (vec![0.0; layer.cache_len(1, 2)], vec![0.0; layer.scratch_len(1)]);
/// let mut y = [0.0; 2];
/// let out = OutputColumns { values: &mut y, row: 1, from: 0 };
/// let room = Room { cache: &mut cache, scratch: &mut scratch };
/// layer.forward(&Pass::infer(&weights, 1), &[1.0, 0.0], steps, &mut state, out, room)?;
/// // h_1 = tanh(1), h_2 = tanh(h_1 / 2)
/// assert!((y[0] - 0.76159).abs() < 1e-5 && (y[1] - 0.36340).abs() < 1e-5);
/// assert_eq!(state.h[0], y[1]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrent {
    params: RecurrentParams,
    ids: RecurrentIds,
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
    /// A layer with these parameters. Adds its tensors to the store, named as in PyTorch: `weight_ih`, `weight_hh`, `bias_ih` and
    /// `bias_hh`, each between `prefix` (`"rnn."`) and `suffix` (`"_l0"`).
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] if a parameter is out of its range.
    ///
    /// # Panics
    /// If the store has a tensor of such a name.
    pub fn new(
        weights: &mut Weights,
        prefix: &str,
        suffix: &str,
        params: RecurrentParams,
    ) -> Result<Self> {
        params.validate()?;
        let ids = RecurrentIds::add(weights, prefix, suffix, &params);
        Ok(Self {
            params,
            ids,
            number: 0,
        })
    }

    /// Checks a layer that was read from a file against the store that was read with it.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] for bad parameters, [`guide_core::Error::Shape`] for a tensor that is missing or of another shape.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        self.params.validate()?;
        self.ids.check(weights, &self.params)
    }

    /// The ids of its tensors.
    pub fn ids(&self) -> &RecurrentIds {
        &self.ids
    }

    /// The parameters.
    pub fn params(&self) -> &RecurrentParams {
        &self.params
    }

    /// A state of 0 for `n` sequences.
    pub fn state(&self, n: usize) -> State {
        let mut state = State::default();
        self.clear_state(n, &mut state);
        state
    }

    /// Makes `state` one of 0 for `n` sequences, in the memory that it has.
    pub fn clear_state(&self, n: usize, state: &mut State) {
        let len = n * self.params.n_hidden;
        let has_cell = self.params.cell == Cell::Lstm;
        for (values, len) in [
            (&mut state.h, len),
            (&mut state.c, if has_cell { len } else { 0 }),
        ] {
            values.clear();
            values.resize(len, 0.0);
        }
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
        let backward =
            packed_len(width, n_in) + self.recurrent_packed().1 + packed_len(BLOCK, width);
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
        Cache {
            gates,
            h_seen,
            before,
            inner,
            x,
            x_mask,
            h_mask,
        }
    }

    /// Whether a pass drops numbers of the input, and of the state.
    pub(crate) fn drops(&self, pass: &Pass<'_>) -> [bool; 2] {
        let rates = [self.params.input_dropout, self.params.recurrent_dropout];
        rates.map(|rate| pass.mode != Mode::Infer && rate > 0.0)
    }

    /// The tensors during a pass, after all sizes were checked.
    pub(crate) fn checked<'a>(
        &self,
        pass: &Pass<'a>,
        x: &[f32],
        steps: Steps<'_>,
        state: &State,
        y: (usize, usize, usize),
        (cache, scratch): (&[f32], &[f32]),
    ) -> Result<Tensors<'a>> {
        let (n, hidden) = (steps.n, self.params.n_hidden);
        check_len("the sequences of a pass", &[pass.n], n)?;
        steps.check()?;
        check_len(
            "the input of a recurrent layer",
            &[n, steps.steps, self.params.n_in],
            x.len(),
        )?;
        check_len("the hidden state", &[n, hidden], state.h.len())?;
        let cells = if self.params.cell == Cell::Lstm { n } else { 0 };
        check_len("the cell state", &[cells, hidden], state.c.len())?;
        check_columns("the output of a recurrent layer", steps.len(), hidden, y)?;
        at_least(
            "the cache of a recurrent layer",
            self.cache_len(n, steps.steps),
            cache.len(),
        )?;
        at_least(
            "the scratch of a recurrent layer",
            self.scratch_len(n),
            scratch.len(),
        )?;
        Ok(self.ids.tensors(pass.weights))
    }
}

/// What a dropout mask is for: masks of different uses are independent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    Input,
    Recurrent,
    Between,
}

/// The random stream of the masks of a use in the layer `number`.
pub(crate) fn mask_stream(number: u64, what: Use) -> u64 {
    number << 2 | what as u64
}

fn at_least(what: &str, needed: usize, got: usize) -> Result<()> {
    if got < needed {
        check_len(what, &[needed], got)
    } else {
        Ok(())
    }
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
    if n <= 8 {
        1
    } else {
        n.div_ceil(12).next_multiple_of(2)
    }
}
