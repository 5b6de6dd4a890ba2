//! The tensors of one recurrent layer in the store of its net, with PyTorch's names.

use guide_core::{Result, stream};
use nn_core::{Init, Role, WeightId, Weights};
use serde::{Deserialize, Serialize};

use super::sequence::check_len;
use super::{Biases, Cell, GateOrder, RecurrentParams};

/// The numbers of the tensors of one layer in one direction. `g` is the number of gates: 1, 4 or 3.
///
/// Matrices are stored `[in, g * n_hidden]`, as in Keras, and written to files `[g * n_hidden, in]`, as in PyTorch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecurrentIds {
    /// `[n_in, g * n_hidden]`: PyTorch's `weight_ih`, Keras's `kernel`.
    pub input: WeightId,
    /// `[n_hidden, g * n_hidden]`: PyTorch's `weight_hh`, Keras's `recurrent_kernel`.
    pub recurrent: WeightId,
    /// `[g * n_hidden]`: PyTorch's `bias_ih`; `None` without biases.
    pub bias_input: Option<WeightId>,
    /// `[g * n_hidden]`: PyTorch's `bias_hh`; `None` unless there are two biases.
    pub bias_recurrent: Option<WeightId>,
}

/// The values of all tensors of one layer during a pass; those that it lacks are empty.
#[derive(Clone, Copy)]
pub(crate) struct Tensors<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) recurrent: &'a [f32],
    pub(crate) bias_input: &'a [f32],
    pub(crate) bias_recurrent: &'a [f32],
}

impl RecurrentIds {
    /// Adds `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, each between `prefix` and `suffix`, drawn as the parameters say.
    pub(crate) fn add(
        weights: &mut Weights,
        prefix: &str,
        suffix: &str,
        params: &RecurrentParams,
    ) -> Self {
        let (n_in, n) = (params.n_in, params.n_hidden);
        let width = params.cell.n_gates() * n;
        let draw = |init: Init, rows: usize, shard: u64| {
            let mut rng = stream(params.seed, shard);
            init.draw((rows, width), rows, width, &mut rng)
                .into_iter()
                .collect::<Vec<f32>>()
        };
        let name = |tensor: &str| format!("{prefix}{tensor}{suffix}");
        let mut matrix = |tensor: &str, init, rows, shard| {
            weights.add(
                name(tensor),
                Role::Transposed,
                &[rows, width],
                draw(init, rows, shard),
            )
        };
        let input = matrix("weight_ih", params.input_init, n_in, 0);
        let recurrent = matrix("weight_hh", params.recurrent_init, n, 1);
        let mut bias = |tensor: &str, forget: f32, shard| {
            let mut values = draw(params.bias_init, 1, shard);
            if params.cell == Cell::Lstm && params.forget_bias.is_some() {
                values.iter_mut().skip(n).take(n).for_each(|b| *b = forget);
            }
            weights.add(name(tensor), Role::Weight, &[width], values)
        };
        let (has_input, has_recurrent) = has_biases(params);
        let bias_input = has_input.then(|| bias("bias_ih", params.forget_bias.unwrap_or(0.0), 2));
        let bias_recurrent = has_recurrent.then(|| bias("bias_hh", 0.0, 3));
        Self {
            input,
            recurrent,
            bias_input,
            bias_recurrent,
        }
    }

    /// The values of the tensors.
    pub(crate) fn tensors<'a>(&self, weights: &'a Weights) -> Tensors<'a> {
        let bias = |id: Option<WeightId>| id.map_or(&[][..], |id| weights.get(id));
        Tensors {
            input: weights.get(self.input),
            recurrent: weights.get(self.recurrent),
            bias_input: bias(self.bias_input),
            bias_recurrent: bias(self.bias_recurrent),
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = WeightId> + use<> {
        [
            Some(self.input),
            Some(self.recurrent),
            self.bias_input,
            self.bias_recurrent,
        ]
        .into_iter()
        .flatten()
    }

    /// Checks that the store has these tensors, in the shapes that the parameters ask for.
    pub(crate) fn check(&self, weights: &Weights, params: &RecurrentParams) -> Result<()> {
        let width = params.cell.n_gates() * params.n_hidden;
        let (has_input, has_recurrent) = has_biases(params);
        check_len(
            "the input bias",
            &[usize::from(has_input)],
            usize::from(self.bias_input.is_some()),
        )?;
        check_len(
            "the recurrent bias",
            &[usize::from(has_recurrent)],
            usize::from(self.bias_recurrent.is_some()),
        )?;
        let shapes = [
            Some(vec![params.n_in, width]),
            Some(vec![params.n_hidden, width]),
        ];
        let biases = [
            has_input.then(|| vec![width]),
            has_recurrent.then(|| vec![width]),
        ];
        for (id, shape) in self.all().zip(shapes.into_iter().chain(biases).flatten()) {
            let is_there = weights.ids().any(|other| other == id);
            if !is_there || weights.shape(id) != shape {
                let what = format!("a tensor of a recurrent layer ({id:?})");
                let got = if is_there {
                    weights.shape(id).to_vec()
                } else {
                    Vec::new()
                };
                return Err(guide_core::Error::Shape {
                    what,
                    expected: shape,
                    got,
                });
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
