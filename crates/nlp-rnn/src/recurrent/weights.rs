//! The tensors of one recurrent layer, and their gradients.

use guide_core::{Error, Result, stream};
use nn_core::Init;

use super::sequence::check_len;
use super::{Biases, Cell, GateOrder, RecurrentParams};

/// The tensors of one layer in one direction, row-major. `g` is the number of gates: 1, 4 or 3. Gradients have the same form.
///
/// PyTorch stores the transposed matrices: `weight_ih` is `[g * n_hidden, n_in]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentWeights {
    /// `[n_in, g * n_hidden]`, PyTorch's `weight_ih` transposed, Keras's `kernel`.
    pub input: Vec<f32>,
    /// `[n_hidden, g * n_hidden]`, PyTorch's `weight_hh` transposed, Keras's `recurrent_kernel`.
    pub recurrent: Vec<f32>,
    /// `[g * n_hidden]`, PyTorch's `bias_ih`; empty without biases.
    pub bias_input: Vec<f32>,
    /// `[g * n_hidden]`, PyTorch's `bias_hh`; empty unless there are two biases.
    pub bias_recurrent: Vec<f32>,
}

impl RecurrentWeights {
    /// First weights, drawn as the parameters say.
    pub(crate) fn draw(params: &RecurrentParams) -> Self {
        let (n_in, n) = (params.n_in, params.n_hidden);
        let width = params.cell.n_gates() * n;
        let draw = |init: Init, rows: usize, shard: u64| {
            let mut rng = stream(params.seed, shard);
            init.draw((rows, width), rows, width, &mut rng).into_raw_vec_and_offset().0
        };
        let (has_input, has_recurrent) = has_biases(params);
        let mut weights = Self {
            input: draw(params.input_init, n_in, 0),
            recurrent: draw(params.recurrent_init, n, 1),
            bias_input: if has_input { draw(params.bias_init, 1, 2) } else { Vec::new() },
            bias_recurrent: if has_recurrent { draw(params.bias_init, 1, 3) } else { Vec::new() },
        };
        if let (Cell::Lstm, Some(bias)) = (params.cell, params.forget_bias) {
            let forget = |all: &mut Vec<f32>, value: f32| {
                all.iter_mut().skip(n).take(n).for_each(|b| *b = value);
            };
            forget(&mut weights.bias_input, bias);
            forget(&mut weights.bias_recurrent, 0.0);
        }
        weights
    }

    /// Zeros of the right sizes: gradients to add to.
    pub fn zeros(params: &RecurrentParams) -> Self {
        let width = params.cell.n_gates() * params.n_hidden;
        let (has_input, has_recurrent) = has_biases(params);
        Self {
            input: vec![0.0; params.n_in * width],
            recurrent: vec![0.0; params.n_hidden * width],
            bias_input: vec![0.0; if has_input { width } else { 0 }],
            bias_recurrent: vec![0.0; if has_recurrent { width } else { 0 }],
        }
    }

    /// The tensors with the names that PyTorch gives them, without the suffix of layer and direction.
    pub fn tensors_mut(&mut self) -> [(&'static str, &mut Vec<f32>); 4] {
        [
            ("weight_ih", &mut self.input),
            ("weight_hh", &mut self.recurrent),
            ("bias_ih", &mut self.bias_input),
            ("bias_hh", &mut self.bias_recurrent),
        ]
    }

    /// Checks the sizes.
    ///
    /// # Errors
    /// [`Error::Shape`] with the name of the tensor.
    pub fn check(&self, params: &RecurrentParams) -> Result<()> {
        let width = params.cell.n_gates() * params.n_hidden;
        let (has_input, has_recurrent) = has_biases(params);
        check_len("weight_ih", &[params.n_in, width], self.input.len())?;
        check_len("weight_hh", &[params.n_hidden, width], self.recurrent.len())?;
        check_len("bias_ih", &[if has_input { width } else { 0 }], self.bias_input.len())?;
        check_len("bias_hh", &[if has_recurrent { width } else { 0 }], self.bias_recurrent.len())
    }

    /// Checks that all numbers are finite.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the name of the tensor and the position of the number.
    pub fn check_finite(&self) -> Result<()> {
        let tensors = [
            ("weight_ih", &self.input),
            ("weight_hh", &self.recurrent),
            ("bias_ih", &self.bias_input),
            ("bias_hh", &self.bias_recurrent),
        ];
        for (what, values) in tensors {
            if let Some(index) = values.iter().position(|x| !x.is_finite()) {
                let (what, value) = (what.to_owned(), f64::from(values[index]));
                return Err(Error::NotFinite { what, index, value });
            }
        }
        Ok(())
    }
}

/// Whether there are an input and a recurrent bias.
pub(crate) fn has_biases(params: &RecurrentParams) -> (bool, bool) {
    (params.biases != Biases::None, params.biases == Biases::Two)
}

/// Whether the reset gate stands before the update gate.
pub(crate) fn reset_first(params: &RecurrentParams) -> bool {
    params.gate_order == GateOrder::Torch
}

impl RecurrentWeights {
    /// Weights from the layout of PyTorch: `weight_ih` is `[g * n_hidden, n_in]`, `weight_hh` is `[g * n_hidden, n_hidden]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if a tensor has another size than the parameters ask for, [`Error::NotFinite`] for NaN and infinities.
    pub fn from_torch(
        params: &RecurrentParams,
        weight_ih: &[f32],
        weight_hh: &[f32],
        bias_ih: &[f32],
        bias_hh: &[f32],
    ) -> Result<Self> {
        let weights = Self {
            input: transposed(weight_ih, params.n_in),
            recurrent: transposed(weight_hh, params.n_hidden),
            bias_input: bias_ih.to_vec(),
            bias_recurrent: bias_hh.to_vec(),
        };
        weights.check(params)?;
        weights.check_finite()?;
        Ok(weights)
    }

    /// `weight_ih` and `weight_hh` in the layout of PyTorch.
    pub fn to_torch(&self, params: &RecurrentParams) -> (Vec<f32>, Vec<f32>) {
        let width = params.cell.n_gates() * params.n_hidden;
        (transposed(&self.input, width), transposed(&self.recurrent, width))
    }
}

/// The transposed matrix of one with rows of `row` numbers; a last row that is not complete is dropped.
fn transposed(values: &[f32], row: usize) -> Vec<f32> {
    let rows = values.len() / row.max(1);
    (0..row).flat_map(|j| (0..rows).map(move |i| (i, j))).filter_map(|(i, j)| values.get(i * row + j)).copied().collect()
}
