//! The parameters of one recurrent layer, with the presets of Keras and PyTorch.

use guide_core::{Error, Params, Result};
use nn_core::Init;
use serde::{Deserialize, Serialize};

pub use crate::simd::Squash;

/// The kind of recurrent unit. `x` is the input of a step, `h` the state before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cell {
    /// `h ← σ(x W + h R + b)` (Elman, 1990).
    Rnn,
    /// `i, f, o = σ(..)`, `g = tanh(..)`, `c ← f c + i g`, `h ← o tanh(c)` (Hochreiter, Schmidhuber, 1997). Gates stand in the
    /// order i, f, g, o, in Keras as in PyTorch.
    Lstm,
    /// `r, z = σ(..)`, `n = tanh(..)`, `h ← (1 − z) n + z h` (Cho et al., 2014).
    Gru,
}

impl Cell {
    /// Gates, the candidate included: 1, 4 or 3.
    pub fn n_gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }
}

/// Order of the gates of a GRU in its matrices. The other cells have one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GateOrder {
    /// Reset, update, candidate.
    Torch,
    /// Update, reset, candidate.
    Keras,
}

/// Where the reset gate of a GRU acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reset {
    /// On the state: `n = tanh(x W_n + b_n + (r h) R_n)`. The paper; Keras's `reset_after=False`.
    Before,
    /// On the product: `n = tanh(x W_n + b_n + r (h R_n + b'_n))`. PyTorch; Keras's default.
    After,
}

/// Bias vectors of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Biases {
    /// None.
    None,
    /// One, added to the product of the input.
    One,
    /// One for each product, as in PyTorch.
    Two,
}

/// The output of a masked step. The state does not change there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MaskedOutput {
    /// 0, as in PyTorch's packed sequences and Keras's `zero_output_for_mask`.
    Zero,
    /// The output of the step before, 0 if there is none: Keras's default.
    Previous,
}

/// Parameters of one recurrent layer in one direction. The default is [`RecurrentParams::keras`] with an LSTM of 128 units
/// on inputs of 128 numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecurrentParams {
    /// The kind of unit.
    pub cell: Cell,
    /// Numbers in the input of a step. At least 1.
    pub n_in: usize,
    /// Hidden units. At least 1.
    pub n_hidden: usize,
    /// Whether the layer walks a sequence from its end.
    pub reverse: bool,
    /// Order of the gates of a GRU.
    pub gate_order: GateOrder,
    /// Where the reset gate of a GRU acts.
    pub reset: Reset,
    /// Bias vectors.
    pub biases: Biases,
    /// Function of the gates of LSTM and GRU: sigmoid, or the hard sigmoid of Keras 3 and PyTorch. Keras 2 had another one,
    /// `min(max(0.2 x + 0.5, 0), 1)`, which does not exist here.
    pub gate_activation: Squash,
    /// Function of the state and of the candidate.
    pub state_activation: Squash,
    /// Output of masked steps.
    pub masked_output: MaskedOutput,
    /// How the input matrix begins.
    pub input_init: Init,
    /// How the recurrent matrix begins. The whole matrix `[n_hidden, gates * n_hidden]` is one draw, as in Keras.
    pub recurrent_init: Init,
    /// How the biases begin.
    pub bias_init: Init,
    /// Value that the bias of an LSTM's forget gate begins with, if it differs from `bias_init` (Jozefowicz et al., 2015, advise 1).
    pub forget_bias: Option<f32>,
    /// Share of the input's numbers that training drops, the same ones at all steps of a sequence (Gal, Ghahramani, 2016).
    /// From 0 to below 1.
    pub input_dropout: f32,
    /// Share of the state's numbers that training hides from the recurrent product, the same ones at all steps of a sequence
    /// (Gal, Ghahramani, 2016). From 0 to below 1.
    pub recurrent_dropout: f32,
    /// Seed of the first weights.
    pub seed: u64,
}

impl Default for RecurrentParams {
    fn default() -> Self {
        Self::keras(Cell::Lstm, 128, 128)
    }
}

guide_core::setters!(RecurrentParams {
    cell: Cell,
    n_in: usize,
    n_hidden: usize,
    reverse: bool,
    gate_order: GateOrder,
    reset: Reset,
    biases: Biases,
    gate_activation: Squash,
    state_activation: Squash,
    masked_output: MaskedOutput,
    input_init: Init,
    recurrent_init: Init,
    bias_init: Init,
    forget_bias: Option<f32>,
    input_dropout: f32,
    recurrent_dropout: f32,
    seed: u64,
});

impl RecurrentParams {
    /// The layer of Keras 3: Glorot-uniform inputs, an orthogonal recurrent matrix, bias 0 and forget bias 1, one bias (two for
    /// the GRU), gates z, r, n. Masked steps write 0; Keras itself repeats the output before unless told otherwise.
    ///
    /// ```
    /// use nlp_rnn::{Biases, Cell, RecurrentParams};
    /// let params = RecurrentParams::keras(Cell::Lstm, 100, 200);
    /// assert_eq!((params.biases, params.forget_bias), (Biases::One, Some(1.0)));
    /// ```
    pub fn keras(cell: Cell, n_in: usize, n_hidden: usize) -> Self {
        Self {
            cell,
            n_in,
            n_hidden,
            reverse: false,
            gate_order: GateOrder::Keras,
            reset: Reset::After,
            biases: if cell == Cell::Gru {
                Biases::Two
            } else {
                Biases::One
            },
            gate_activation: Squash::Sigmoid,
            state_activation: Squash::Tanh,
            masked_output: MaskedOutput::Zero,
            input_init: Init::GlorotUniform,
            recurrent_init: Init::Orthogonal(1.0),
            bias_init: Init::Zeros,
            forget_bias: Some(1.0),
            input_dropout: 0.0,
            recurrent_dropout: 0.0,
            seed: 0,
        }
    }

    /// The layer of PyTorch: everything from `U(±1 / √n_hidden)`, two biases, gates r, z, n.
    ///
    /// ```
    /// use nlp_rnn::{Biases, Cell, RecurrentParams};
    /// let params = RecurrentParams::torch(Cell::Gru, 100, 200);
    /// assert_eq!((params.biases, params.forget_bias), (Biases::Two, None));
    /// ```
    pub fn torch(cell: Cell, n_in: usize, n_hidden: usize) -> Self {
        let uniform = Init::Uniform((n_hidden.max(1) as f32).sqrt().recip());
        Self {
            gate_order: GateOrder::Torch,
            biases: Biases::Two,
            input_init: uniform,
            recurrent_init: uniform,
            bias_init: uniform,
            forget_bias: None,
            ..Self::keras(cell, n_in, n_hidden)
        }
    }
}

impl Params for RecurrentParams {
    fn validate(&self) -> Result<()> {
        for (name, value) in [("n_in", self.n_in), ("n_hidden", self.n_hidden)] {
            if value == 0 || value > 1 << 20 {
                return Err(Error::param(name, value, "from 1 to 1048576"));
            }
        }
        let is_gate = matches!(self.gate_activation, Squash::Sigmoid | Squash::HardSigmoid);
        if self.cell != Cell::Rnn && !is_gate {
            let value = format!("{:?}", self.gate_activation);
            return Err(Error::param(
                "gate_activation",
                value,
                "sigmoid or hard-sigmoid",
            ));
        }
        if let Some(bias) = self.forget_bias.filter(|bias| !bias.is_finite()) {
            return Err(Error::param("forget_bias", bias, "finite"));
        }
        for (name, value) in [
            ("input_dropout", self.input_dropout),
            ("recurrent_dropout", self.recurrent_dropout),
        ] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::param(name, value, "at least 0 and below 1"));
            }
        }
        Ok(())
    }
}
