//! How tables and layers lie in model files: each with its numbers, as they were written before networks had one store.

use guide_core::ndarray::{Array1, Array2};
use nn_core::{Dense, Embedding, Role, Weights};
use serde::{Deserialize, Serialize};

/// A table of vectors.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredTable {
    weight: Array2<f32>, // [n_rows, dim]
    padding: Option<u32>,
}

/// A dense layer.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredDense {
    weight: Array2<f32>, // [in, out]
    bias: Option<Array1<f32>>,
}

impl StoredTable {
    pub(crate) fn of(weights: &Weights, table: &Embedding) -> Self {
        Self {
            weight: weights.matrix(table.weight()).to_owned(),
            padding: None,
        }
    }

    /// Adds the table to `weights` as `name.weight`.
    pub(crate) fn add_to(self, weights: &mut Weights, name: &str) -> Result<Embedding, String> {
        if self.weight.ncols() == 0 || self.padding.is_some() {
            let shape = self.weight.shape();
            return Err(format!("table `{name}` of {shape:?}"));
        }
        let shape = self.weight.shape().to_vec();
        let numbers = self.weight.into_iter().collect();
        let weight = weights.add(format!("{name}.weight"), Role::Rows, &shape, numbers);
        Ok(Embedding::of(weights, weight))
    }
}

impl StoredDense {
    pub(crate) fn of(weights: &Weights, layer: &Dense) -> Self {
        let bias = layer.bias().map(|bias| weights.get(bias).to_vec());
        Self {
            weight: weights.matrix(layer.weight()).to_owned(),
            bias: bias.map(Array1::from_vec),
        }
    }

    /// Adds the layer to `weights` as `name.weight` and `name.bias`.
    pub(crate) fn add_to(self, weights: &mut Weights, name: &str) -> Result<Dense, String> {
        let shape = self.weight.shape().to_vec();
        let bias = self.bias.filter(|bias| [bias.len()] == shape[1..]);
        let Some(bias) = bias.filter(|bias| !bias.is_empty()) else {
            return Err(format!("bias of layer `{name}` beside {shape:?}"));
        };
        let (of_weight, of_bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let numbers = self.weight.into_iter().collect();
        let weight = weights.add(of_weight, Role::Transposed, &shape, numbers);
        let bias = weights.add(of_bias, Role::Weight, &shape[1..], bias.to_vec());
        Ok(Dense::of(weights, weight, Some(bias)))
    }
}
