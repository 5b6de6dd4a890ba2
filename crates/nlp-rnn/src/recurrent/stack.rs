//! Several recurrent layers on top of each other, in one or both directions, with dropout between them.

use guide_core::{Error, Params, Result};
use nn_core::{Grads, Mode, Pass, Room, Weights, fill_row_masks};
use serde::{Deserialize, Serialize};

use super::layer::{Use, mask_stream, take};
use super::sequence::check_len;
use super::{Biases, InputColumns, OutputColumns, Recurrent, RecurrentParams, State, Steps};

/// Parameters of a stack of recurrent layers. The default is one layer of the default [`RecurrentParams`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StackParams {
    /// The first layer. The others differ in their inputs, which are the outputs of the layer before, and in their seeds.
    pub layer: RecurrentParams,
    /// Layers. At least 1.
    pub n_layers: usize,
    /// Whether each layer walks in both directions. Its output is then `[forward, backward]`, twice as wide.
    pub bidirectional: bool,
    /// Share of the numbers between two layers that training drops, at each step anew (PyTorch's `dropout`). From 0 to below 1.
    pub dropout: f32,
}

impl Default for StackParams {
    fn default() -> Self {
        Self::new(RecurrentParams::default())
    }
}

guide_core::setters!(StackParams {
    layer: RecurrentParams,
    n_layers: usize,
    bidirectional: bool,
    dropout: f32,
});

impl StackParams {
    /// One layer, without dropout.
    pub fn new(layer: RecurrentParams) -> Self {
        Self {
            layer,
            n_layers: 1,
            bidirectional: false,
            dropout: 0.0,
        }
    }

    /// Numbers in all tensors of a stack with these parameters, computed before any is allocated: a file that claims large layers must
    /// not get memory for them.
    pub(crate) fn n_weights(&self) -> u128 {
        let layer = &self.layer;
        let n_directions = if self.bidirectional { 2 } else { 1 };
        let (n_in, hidden) = (layer.n_in as u128, layer.n_hidden as u128);
        let biases = match layer.biases {
            Biases::None => 0,
            Biases::One => 1,
            Biases::Two => 2,
        };
        let gates = layer.cell.n_gates() as u128 * hidden;
        let of_layer = |n_in: u128| n_directions * gates * (n_in + hidden + biases);
        let later = (self.n_layers as u128).saturating_sub(1);
        of_layer(n_in) + later * of_layer(n_directions * hidden)
    }
}

impl Params for StackParams {
    fn validate(&self) -> Result<()> {
        self.layer.validate()?;
        if !(1..=64).contains(&self.n_layers) {
            return Err(Error::param("n_layers", self.n_layers, "from 1 to 64"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::param(
                "dropout",
                self.dropout,
                "at least 0 and below 1",
            ));
        }
        Ok(())
    }
}

/// The states of a stack, layer by layer, the forward direction before the reversed one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackState {
    /// The state of each layer and direction.
    pub layers: Vec<State>,
}

impl StackState {
    /// Sets everything to 0, with as many numbers as before.
    pub fn reset(&mut self) {
        self.layers.iter_mut().for_each(State::reset);
    }
}

/// A stack of recurrent layers.
///
/// ```
/// use nlp_rnn::{Cell, RecurrentParams, RecurrentStack, StackParams, Steps};
/// use nn_core::{Pass, Room, Weights};
/// let mut weights = Weights::new();
/// let params = StackParams::new(RecurrentParams::torch(Cell::Lstm, 3, 4)).n_layers(2).bidirectional(true);
/// let stack = RecurrentStack::new(&mut weights, "rnn.", params)?;
/// assert_eq!(weights.name(stack.layers()[1].ids().input), "rnn.weight_ih_l0_reverse");
/// let mut state = stack.state(1);
/// let (mut cache, mut scratch) = (vec![0.0; stack.cache_len(1, 5)], vec![0.0; stack.scratch_len(1, 5)]);
/// let mut y = vec![0.0; 5 * stack.width()];
/// let room = Room { cache: &mut cache, scratch: &mut scratch };
/// stack.forward(&Pass::infer(&weights, 1), &[0.5; 15], Steps::full(1, 5), &mut state, &mut y, room)?;
/// // The reversed direction of the last layer ends at the first step.
/// assert_eq!(state.layers[3].h[..], y[4..8]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecurrentStack {
    params: StackParams,
    layers: Vec<Recurrent>,
}

impl RecurrentStack {
    /// A stack with these parameters. Adds its tensors to the store, named as in PyTorch behind `prefix` (`"rnn."`).
    ///
    /// # Errors
    /// [`Error::Param`] if a parameter is out of its range.
    ///
    /// # Panics
    /// If the store has a tensor of such a name.
    pub fn new(weights: &mut Weights, prefix: &str, params: StackParams) -> Result<Self> {
        params.validate()?;
        let n_directions = if params.bidirectional { 2 } else { 1 };
        let mut layers = Vec::with_capacity(params.n_layers * n_directions);
        for number in 0..params.n_layers * n_directions {
            let mut layer = params.layer.clone();
            if number >= n_directions {
                layer.n_in = n_directions * layer.n_hidden;
            }
            layer.reverse ^= number % n_directions == 1;
            layer.seed = layer
                .seed
                .wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let suffix = suffix(number, n_directions);
            let mut layer = Recurrent::new(weights, prefix, &suffix, layer)?;
            layer.number = number as u64;
            layers.push(layer);
        }
        Ok(Self { params, layers })
    }

    /// The parameters.
    pub fn params(&self) -> &StackParams {
        &self.params
    }

    /// The layers, in the order of [`StackState`].
    pub fn layers(&self) -> &[Recurrent] {
        &self.layers
    }

    /// Directions of each layer: 1 or 2.
    pub fn n_directions(&self) -> usize {
        if self.params.bidirectional { 2 } else { 1 }
    }

    /// Numbers in the output of a step.
    pub fn width(&self) -> usize {
        self.n_directions() * self.params.layer.n_hidden
    }

    /// Checks a stack that was read from a file against the store that was read with it.
    ///
    /// # Errors
    /// [`Error::Param`] for bad parameters, [`Error::Shape`] for layers that do not fit together and for a tensor that is missing or
    /// of another shape.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        self.params.validate()?;
        let n = self.n_directions();
        check_len(
            "the layers of a recurrent stack",
            &[self.params.n_layers, n],
            self.layers.len(),
        )?;
        for (number, layer) in self.layers.iter().enumerate() {
            let (own, first) = (layer.params(), &self.params.layer);
            let n_in = if number < n {
                first.n_in
            } else {
                n * first.n_hidden
            };
            let expected = vec![n_in, first.n_hidden];
            if [own.n_in, own.n_hidden] != expected[..] {
                let what = format!("layer {number} of a recurrent stack");
                return Err(Error::Shape {
                    what,
                    expected,
                    got: vec![own.n_in, own.n_hidden],
                });
            }
            layer.check(weights)?;
        }
        Ok(())
    }

    /// A state of 0 for `n` sequences.
    pub fn state(&self, n: usize) -> StackState {
        StackState {
            layers: self.layers.iter().map(|layer| layer.state(n)).collect(),
        }
    }

    /// Makes `state` one of 0 for `n` sequences, in the memory that it has.
    pub fn clear_state(&self, n: usize, state: &mut StackState) {
        state.layers.resize_with(self.layers.len(), State::default);
        for (layer, state) in self.layers.iter().zip(&mut state.layers) {
            layer.clear_state(n, state);
        }
    }

    /// Numbers in the cache for `n` sequences of `steps` steps.
    pub fn cache_len(&self, n: usize, steps: usize) -> usize {
        let layers: usize = self
            .layers
            .iter()
            .map(|layer| layer.cache_len(n, steps))
            .sum();
        let between = n * steps * self.width() * if self.params.dropout > 0.0 { 2 } else { 1 };
        layers + (self.params.n_layers - 1) * between
    }

    /// Numbers in the scratch for `n` sequences of `steps` steps, forward or backward.
    pub fn scratch_len(&self, n: usize, steps: usize) -> usize {
        let layer = self
            .layers
            .iter()
            .map(|layer| layer.scratch_len(n))
            .max()
            .unwrap_or(0);
        let widest = self.width().max(self.params.layer.n_in);
        layer + 3 * n * steps * widest
    }

    /// Runs all layers over a batch: `x` is `[n, steps, n_in]`, `y` is `[n, steps, width]`.
    ///
    /// As [`Recurrent::forward`]; `state` is updated, nothing is allocated.
    ///
    /// # Errors
    /// [`Error::Shape`] if a slice has another length than the parameters and `steps` ask for.
    pub fn forward(
        &self,
        pass: &Pass<'_>,
        x: &[f32],
        steps: Steps<'_>,
        state: &mut StackState,
        y: &mut [f32],
        room: Room<'_>,
    ) -> Result<()> {
        let Room { cache, scratch } = room;
        self.check_sizes(steps, state, y.len(), (cache, scratch))?;
        let (n_directions, width) = (self.n_directions(), self.width());
        let hidden = self.params.layer.n_hidden;
        let last = self.params.n_layers - 1;
        let mut caches = cache;
        let mut x = x;
        let mut y = Some(y);
        let layers = self.layers.iter().zip(&mut state.layers);
        let mut out: &mut [f32] = &mut [];
        for (number, (layer, state)) in layers.enumerate() {
            let (level, direction) = (number / n_directions, number % n_directions);
            if direction == 0 {
                out = match y.take_if(|_| level == last) {
                    Some(y) => y,
                    None => take(&mut caches, steps.len() * width),
                };
            }
            let cache = take(&mut caches, layer.cache_len(steps.n, steps.steps));
            let columns = OutputColumns {
                values: &mut *out,
                row: width,
                from: direction * hidden,
            };
            let room = Room {
                cache,
                scratch: &mut *scratch,
            };
            layer.forward(pass, x, steps, state, columns, room)?;
            if direction + 1 < n_directions || level == last {
                continue;
            }
            let done = std::mem::take(&mut out);
            if self.params.dropout > 0.0 {
                let mask = take(&mut caches, done.len());
                if pass.mode != Mode::Infer {
                    let stream = mask_stream(level as u64, Use::Between);
                    fill_row_masks(pass, stream, self.params.dropout, mask);
                    done.iter_mut().zip(&*mask).for_each(|(y, m)| *y *= m);
                }
            }
            x = done;
        }
        Ok(())
    }

    /// Runs back through the batch of the last [`RecurrentStack::forward`]: as [`Recurrent::backward`], with `dy` `[n, steps, width]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if a slice has another length than the parameters and `steps` ask for.
    #[allow(clippy::too_many_arguments)] // each is a buffer of its own
    pub fn backward(
        &self,
        pass: &Pass<'_>,
        x: &[f32],
        steps: Steps<'_>,
        dy: &[f32],
        d_state: &mut StackState,
        mut dx: Option<&mut [f32]>,
        mut grads: Option<&mut Grads>,
        room: Room<'_>,
    ) -> Result<()> {
        let Room { cache, scratch } = room;
        self.check_sizes(steps, d_state, dy.len(), (cache, scratch))?;
        let (n_directions, width) = (self.n_directions(), self.width());
        let hidden = self.params.layer.n_hidden;
        let widest = steps.len() * width.max(self.params.layer.n_in);
        let mut rest = scratch;
        let (mut d_out, mut d_in) = (take(&mut rest, widest), take(&mut rest, widest));
        let second = take(&mut rest, widest);
        let mut end = self.cache_len(steps.n, steps.steps);
        for level in (0..self.params.n_layers).rev() {
            let is_last = level + 1 == self.params.n_layers;
            let numbers = level * n_directions..(level + 1) * n_directions;
            if !is_last && self.params.dropout > 0.0 {
                end -= steps.len() * width;
                if pass.trains() {
                    let mask = &cache[end..];
                    d_out
                        .iter_mut()
                        .zip(mask)
                        .take(steps.len() * width)
                        .for_each(|(d, m)| *d *= m);
                }
            }
            let own: usize = self.layers[numbers.clone()]
                .iter()
                .map(|layer| layer.cache_len(steps.n, steps.steps))
                .sum();
            let out = if is_last { 0 } else { steps.len() * width };
            let begin = end - own - out;
            // The input of this layer: the output of the layer below, which ends before this layer's own output.
            let below = begin
                - if level == 0 || self.params.dropout == 0.0 {
                    0
                } else {
                    steps.len() * width
                };
            let below_layers: usize = match level.checked_sub(1) {
                Some(level) => self.layers[level * n_directions..(level + 1) * n_directions]
                    .iter()
                    .map(|layer| layer.cache_len(steps.n, steps.steps))
                    .sum(),
                None => 0,
            };
            let (lower, upper) = cache.split_at_mut(begin);
            let input = match level {
                0 => x,
                _ => {
                    let from = below - below_layers - steps.len() * width;
                    &lower[from..from + steps.len() * width]
                }
            };
            let mut caches = &mut upper[out..];
            let n_in = input.len();
            for number in numbers {
                let layer = &self.layers[number];
                let cache = take(&mut caches, layer.cache_len(steps.n, steps.steps));
                let direction = number % n_directions;
                let values = if is_last {
                    dy
                } else {
                    &d_out[..steps.len() * width]
                };
                let columns = InputColumns {
                    values,
                    row: width,
                    from: direction * hidden,
                };
                let grads = grads.as_deref_mut();
                let room = Room {
                    cache,
                    scratch: &mut *rest,
                };
                let target = match (&mut dx, level) {
                    (Some(dx), 0) => Some(&mut **dx),
                    (None, 0) => None,
                    _ => Some(&mut d_in[..n_in]),
                };
                let state = &mut d_state.layers[number];
                match (target, direction) {
                    (Some(target), 1) => {
                        let more = Some(&mut second[..n_in]);
                        layer.backward(pass, input, steps, columns, state, more, grads, room)?;
                        target.iter_mut().zip(&*second).for_each(|(d, s)| *d += s);
                    }
                    (target, _) => {
                        layer.backward(pass, input, steps, columns, state, target, grads, room)?;
                    }
                }
            }
            std::mem::swap(&mut d_out, &mut d_in);
            end = begin;
        }
        Ok(())
    }

    fn check_sizes(
        &self,
        steps: Steps<'_>,
        state: &StackState,
        y: usize,
        (cache, scratch): (&[f32], &[f32]),
    ) -> Result<()> {
        let n = self.layers.len();
        check_len("the states of a recurrent stack", &[n], state.layers.len())?;
        check_len(
            "the output of a recurrent stack",
            &[steps.n, steps.steps, self.width()],
            y,
        )?;
        let needed = self.cache_len(steps.n, steps.steps);
        check_len("the cache of a recurrent stack", &[needed], cache.len())?;
        let needed = self.scratch_len(steps.n, steps.steps);
        check_len(
            "the scratch of a recurrent stack",
            &[needed],
            scratch.len().min(needed),
        )
    }
}

/// What PyTorch appends to the names of the tensors of layer and direction number `number`: `_l0`, `_l0_reverse`, `_l1`, ..
fn suffix(number: usize, n_directions: usize) -> String {
    let direction = if number % n_directions == 1 {
        "_reverse"
    } else {
        ""
    };
    format!("_l{}{direction}", number / n_directions)
}
