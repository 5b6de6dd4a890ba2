//! The one store of a network's tensors. Layers hold ids of tensors, so that two layers can share one.

use std::collections::HashSet;

use guide_core::ndarray::ArrayView2;
use guide_core::{Error, Result, seeded};
use serde::{Deserialize, Serialize};

use crate::Init;

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Trained; every step may change all of it.
    Weight,
    /// Trained; a matrix that PyTorch stores transposed (`[out, in]` for our `[in, out]`).
    Transposed,
    /// Trained by rows: a table of which a batch touches few (embeddings).
    Rows,
    /// Not trained, but part of the model: running statistics.
    Buffer,
    /// Trained; the kernel of a convolution, `[height, width, in, out]`, that PyTorch stores `[out, in, height, width]`.
    Kernel,
    /// Trained; the matrix of a dense layer behind flattened pictures, `[height · width · channels, out]`, that PyTorch stores
    /// `[out, channels · height · width]`, since it holds pictures channels first.
    Flattened {
        /// Channels of the pictures.
        channels: usize,
    },
}

impl Role {
    /// Whether an optimiser changes it.
    pub fn is_trained(self) -> bool {
        self != Self::Buffer
    }
}

/// The number of a tensor in its store. Layers that share a tensor hold the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WeightId(u32);

impl WeightId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One tensor with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    name: String,
    role: Role,
    shape: Vec<usize>,
    values: Vec<f32>, // row-major
}

/// All tensors of a network by number, in the order in which they were added. Each is stored, counted and trained once, however
/// many layers use it.
///
/// ```
/// use nn_core::{Role, Weights};
/// let mut weights = Weights::new();
/// let bias = weights.add("0.bias", Role::Weight, &[2], vec![1.0, 2.0]);
/// weights.get_mut(bias)[0] = 5.0;
/// assert_eq!(weights.get(bias), [5.0, 2.0]);
/// assert_eq!((weights.name(bias), weights.count()), ("0.bias", (2, 0)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Weights {
    entries: Vec<Entry>,
}

/// A store as it comes from a file, not yet checked.
#[derive(Deserialize)]
struct Stored {
    entries: Vec<Entry>,
}

impl TryFrom<Stored> for Weights {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let mut names = HashSet::new();
        for entry in &stored.entries {
            let axes = entry.shape.iter();
            let len = axes.copied().try_fold(1_usize, usize::checked_mul);
            if len != Some(entry.values.len()) {
                let (name, len) = (&entry.name, entry.values.len());
                return Err(format!(
                    "tensor `{name}` of shape {:?} holds {len} numbers",
                    entry.shape
                ));
            }
            if !names.insert(entry.name.as_str()) {
                return Err(format!("two tensors are named `{}`", entry.name));
            }
        }
        Ok(Self {
            entries: stored.entries,
        })
    }
}

impl Weights {
    /// A store without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tensor under a name, row-major.
    ///
    /// # Panics
    /// If the shape does not hold as many numbers, or the name is taken.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        role: Role,
        shape: &[usize],
        values: Vec<f32>,
    ) -> WeightId {
        let name = name.into();
        let len: usize = shape.iter().product();
        assert_eq!(len, values.len(), "numbers of tensor `{name}` of {shape:?}");
        assert!(self.find(&name).is_none(), "two tensors named `{name}`");
        self.entries.push(Entry {
            name,
            role,
            shape: shape.to_vec(),
            values,
        });
        WeightId(self.entries.len() as u32 - 1)
    }

    /// Adds a matrix of `init` under `seed`, its fans being its two lengths.
    pub fn add_matrix(
        &mut self,
        name: impl Into<String>,
        role: Role,
        [n_rows, n_cols]: [usize; 2],
        init: Init,
        seed: u64,
    ) -> WeightId {
        let values = init.draw((n_rows, n_cols), n_rows, n_cols, &mut seeded(seed));
        self.add(name, role, &[n_rows, n_cols], values.into_iter().collect())
    }

    /// The values of a tensor, row-major.
    pub fn get(&self, id: WeightId) -> &[f32] {
        &self.entries[id.index()].values
    }

    /// The values of a tensor, to change them.
    pub fn get_mut(&mut self, id: WeightId) -> &mut [f32] {
        &mut self.entries[id.index()].values
    }

    /// A tensor as a matrix: its last axis by all others.
    pub fn matrix(&self, id: WeightId) -> ArrayView2<'_, f32> {
        let entry = &self.entries[id.index()];
        let n_cols = entry.shape.last().copied().unwrap_or(1);
        let n_rows = entry.values.len() / n_cols.max(1);
        match ArrayView2::from_shape((n_rows, n_cols), &entry.values) {
            Ok(matrix) => matrix,
            Err(reason) => panic!("tensor `{}` as a matrix: {reason}", entry.name),
        }
    }

    /// The shape of a tensor.
    pub fn shape(&self, id: WeightId) -> &[usize] {
        &self.entries[id.index()].shape
    }

    /// The name of a tensor.
    pub fn name(&self, id: WeightId) -> &str {
        &self.entries[id.index()].name
    }

    /// What a tensor is for.
    pub fn role(&self, id: WeightId) -> Role {
        self.entries[id.index()].role
    }

    /// The ids of all tensors, in the order in which they were added.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = WeightId> + use<> {
        (0..self.entries.len() as u32).map(WeightId)
    }

    /// The tensor of this name.
    pub fn find(&self, name: &str) -> Option<WeightId> {
        let place = self.entries.iter().position(|entry| entry.name == name)?;
        Some(WeightId(place as u32))
    }

    /// Numbers in the trained tensors, and in the buffers.
    pub fn count(&self) -> (usize, usize) {
        let (mut trained, mut buffers) = (0, 0);
        for entry in &self.entries {
            let count = if entry.role.is_trained() {
                &mut trained
            } else {
                &mut buffers
            };
            *count += entry.values.len();
        }
        (trained, buffers)
    }

    /// The first number that is not finite, with the name of its tensor.
    pub fn not_finite(&self) -> Option<(&str, f32)> {
        self.entries.iter().find_map(|entry| {
            let bad = entry.values.iter().find(|value| !value.is_finite())?;
            Some((entry.name.as_str(), *bad))
        })
    }

    /// Overwrites the numbers with those of a store of the same tensors; memory is reused.
    ///
    /// # Panics
    /// If the other store has other tensors.
    pub fn copy_from(&mut self, other: &Self) {
        assert_eq!(self.entries.len(), other.entries.len(), "tensors");
        for (to, from) in self.entries.iter_mut().zip(&other.entries) {
            to.values.copy_from_slice(&from.values);
        }
    }
}

impl Weights {
    /// Takes the values of `other`, which must have the same tensors in the same order: for a store that comes from a file.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a tensor that only one of both has, [`Error::Shape`] for one of another shape.
    pub fn replace(&mut self, other: Self) -> Result<()> {
        let names = self.entries.iter().map(|entry| &entry.name);
        let mut others = other.entries.iter().map(|entry| &entry.name);
        for name in names {
            match others.next() {
                Some(other) if other == name => {}
                _ => return Err(Error::unknown("tensor in the file:", name)),
            }
        }
        if let Some(name) = others.next() {
            return Err(Error::unknown("tensor of the model:", name));
        }
        for (own, other) in self.entries.iter().zip(&other.entries) {
            if own.shape != other.shape {
                return Err(Error::Shape {
                    what: format!("tensor `{}`", own.name),
                    expected: own.shape.clone(),
                    got: other.shape.clone(),
                });
            }
        }
        for (own, other) in self.entries.iter_mut().zip(other.entries) {
            own.values = other.values;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_brings_the_numbers_back() {
        let mut weights = Weights::new();
        let matrix = weights.add_matrix("m", Role::Weight, [3, 2], Init::GlorotUniform, 1);
        let before = weights.clone();
        weights.get_mut(matrix).fill(7.0);
        assert_ne!(weights, before);
        weights.copy_from(&before);
        assert_eq!(weights, before);
        assert_eq!(weights.matrix(matrix).dim(), (3, 2));
    }

    #[test]
    #[should_panic(expected = "two tensors named `m`")]
    fn a_name_is_given_once() {
        let mut weights = Weights::new();
        weights.add("m", Role::Weight, &[0], Vec::new());
        weights.add("m", Role::Buffer, &[0], Vec::new());
    }
}
