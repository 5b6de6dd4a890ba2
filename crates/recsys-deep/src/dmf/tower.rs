//! A tower over sparse rows: the first layer is a weighted sum of its rows, the others are dense.

use guide_core::kernels;
use nn_core::{Activation, Dense, Embedding, Grads, Init, Pass, Sequential, Weights, Workspace};
use serde::{Deserialize, Serialize};

use crate::stored::{StoredDense, StoredTable};

/// `h₁ = Σ_j x_j E_j`, `h_k = relu(W_k h_{k−1} + b_k)`; the last without the relu if asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tower {
    pub(crate) first: Embedding, // [n_columns, hidden[0]]
    pub(crate) layers: Sequential<Dense>,
    pub(crate) linear_end: bool,
}

/// What a tower works in over `n` rows.
#[derive(Debug, Default)]
pub(crate) struct TowerWork {
    /// `Σ_j x_j E_j` of each row, written by the caller.
    sums: Vec<f32>,
    layers: Workspace,
}

impl TowerWork {
    /// One vector a row, and room for the gradient by them.
    pub(crate) fn vectors(&mut self) -> (&[f32], &mut [f32]) {
        self.layers.output()
    }
}

impl Tower {
    /// Adds a tower to `weights`, its tensors named `name.first.weight`, `name.layers.0.weight`, `name.layers.0.bias` and so on.
    pub(crate) fn new(
        weights: &mut Weights,
        name: &str,
        n_columns: usize,
        hidden: &[usize],
        linear_end: bool,
        seed: u64,
    ) -> Self {
        let width = hidden.first().copied().unwrap_or(1);
        let (init, first) = (Init::TruncatedNormal(0.01), format!("{name}.first"));
        let first = Embedding::new(weights, &first, n_columns, width, init, seed);
        let mut layers = Vec::new();
        for (number, pair) in hidden.windows(2).enumerate() {
            let (name, seed) = (format!("{name}.layers.{number}"), seed + 1 + number as u64);
            let layer = Dense::new(weights, &name, pair[0], pair[1], Init::HeNormal, seed);
            layers.push(layer);
        }
        match Self::of(first, layers, linear_end) {
            Ok(tower) => tower,
            Err(reason) => panic!("a tower whose layers were made to fit: {reason}"),
        }
    }

    fn of(first: Embedding, layers: Vec<Dense>, linear_end: bool) -> Result<Self, String> {
        let n_layers = layers.len();
        let mut net = Sequential::of(&[first.dim()]);
        for (number, layer) in layers.into_iter().enumerate() {
            let is_linear = linear_end && number + 1 == n_layers;
            let layer = if is_linear {
                layer
            } else {
                layer.activation(Activation::Relu)
            };
            net = net.then(layer).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            first,
            layers: net,
            linear_end,
        })
    }

    /// Room for the sums of `n` rows, all 0.
    pub(crate) fn begin<'w>(&self, n: usize, work: &'w mut TowerWork) -> &'w mut [f32] {
        work.sums.clear();
        work.sums.resize(n * self.first.dim(), 0.0);
        &mut work.sums
    }

    /// Adds `value` times the weights of `column` to a sum.
    pub(crate) fn add(&self, weights: &Weights, column: u32, value: f32, sum: &mut [f32]) {
        kernels::axpy(value, self.first.row(weights, column), sum);
    }

    /// From the sums to the vectors.
    pub(crate) fn finish(&self, weights: &Weights, work: &mut TowerWork) {
        let pass = self.pass(weights, work);
        let input = self.layers.input();
        work.layers.forward(&self.layers, &pass, input, &work.sums);
    }

    /// From the gradient by the vectors to that by the sums, which it returns; adds those by the weights of the layers to `grads`.
    pub(crate) fn backward<'w>(
        &self,
        weights: &Weights,
        work: &'w mut TowerWork,
        grads: &mut Grads,
    ) -> &'w [f32] {
        let pass = self.pass(weights, work);
        let (input, sums) = (self.layers.input(), &work.sums);
        work.layers
            .backward(&self.layers, &pass, input, sums, true, Some(grads))
    }

    fn pass<'p>(&self, weights: &'p Weights, work: &TowerWork) -> Pass<'p> {
        Pass::infer(weights, work.sums.len() / self.first.dim().max(1))
    }

    /// Numbers in a vector.
    pub(crate) fn dim(&self) -> usize {
        self.layers.output_shape().len()
    }
}

/// A tower as it lies in a file.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredTower {
    first: StoredTable,
    layers: Vec<StoredDense>,
    linear_end: bool,
}

impl StoredTower {
    pub(crate) fn of(weights: &Weights, tower: &Tower) -> Self {
        let layers = tower.layers.layers().iter();
        Self {
            first: StoredTable::of(weights, &tower.first),
            layers: layers
                .map(|layer| StoredDense::of(weights, layer))
                .collect(),
            linear_end: tower.linear_end,
        }
    }

    /// Adds the tower to `weights` under `name`, as [`Tower::new`] does.
    pub(crate) fn add_to(self, weights: &mut Weights, name: &str) -> Result<Tower, String> {
        let first = self.first.add_to(weights, &format!("{name}.first"))?;
        let mut layers = Vec::with_capacity(self.layers.len());
        for (number, layer) in self.layers.into_iter().enumerate() {
            layers.push(layer.add_to(weights, &format!("{name}.layers.{number}"))?);
        }
        Tower::of(first, layers, self.linear_end)
    }
}
