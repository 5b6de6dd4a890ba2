//! Weights as `safetensors` files, with PyTorch's names and layouts.

use std::borrow::Cow;
use std::path::Path;

use guide_core::model_file::write_atomically;
use guide_core::{Error, Result};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};

use crate::{Role, WeightId, Weights};

/// One tensor on its way into a file.
struct Stored {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Stored {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// All tensors of `weights` as the bytes of a `safetensors` file; those of [`Role::Transposed`], [`Role::Kernel`] and
/// [`Role::Flattened`] in PyTorch's layout.
///
/// # Errors
/// [`Error::Decode`] if the tensors cannot be written so.
pub fn to_safetensors(weights: &Weights) -> Result<Vec<u8>> {
    let stored = |id: WeightId| {
        let (role, own) = (weights.role(id), weights.shape(id));
        let shape = file_shape(role, own);
        let values = match axes(role, own) {
            Some(axes) => Cow::Owned(reversed(weights.get(id), axes)),
            None => Cow::Borrowed(weights.get(id)),
        };
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let bytes = bytes.collect();
        (weights.name(id), Stored { shape, bytes })
    };
    let mut tensors: Vec<(&str, Stored)> = weights.ids().map(stored).collect();
    tensors.sort_by_key(|tensor| tensor.0);
    let views = tensors.iter().map(|(name, stored)| (name, stored));
    safetensors::serialize(views, None).map_err(|reason| Error::decode("safetensors", reason))
}

/// Overwrites all tensors of `weights` with those of the same names in `bytes`. The counters `num_batches_tracked` that PyTorch
/// writes beside batch norms are passed over.
///
/// # Errors
/// [`Error::NotAModel`] for bytes that are no such file, [`Error::Unknown`] for a tensor that the file lacks or the store
/// does not have, [`Error::Shape`], [`Error::Decode`] for numbers that are not `f32`, [`Error::NotFinite`]. The store is then as it was.
pub fn from_safetensors(weights: &mut Weights, bytes: &[u8]) -> Result<()> {
    let file = SafeTensors::deserialize(bytes).map_err(|reason| Error::NotAModel {
        reason: reason.to_string(),
    })?;
    let found = weights.ids().map(|id| {
        let name = weights.name(id);
        let view = file.tensor(name);
        let view = view.map_err(|_| Error::unknown("tensor in the file:", name))?;
        read(name, weights.role(id), weights.shape(id), &view)
    });
    let found = found.collect::<Result<Vec<_>>>()?;
    let mut names = file.names().into_iter();
    if let Some(foreign) = names.find(|name| !is_counter(name) && weights.find(name).is_none()) {
        return Err(Error::unknown("tensor of the model:", foreign));
    }
    for (id, values) in weights.ids().zip(found) {
        weights.get_mut(id).copy_from_slice(&values);
    }
    Ok(())
}

/// What PyTorch counts in a batch norm, and nothing here needs.
fn is_counter(name: &str) -> bool {
    name.rsplit('.').next() == Some("num_batches_tracked")
}

/// [`to_safetensors`] into a file, written beside it first and then renamed.
///
/// # Errors
/// As [`to_safetensors`], [`Error::Io`] with the path.
pub fn save_safetensors(weights: &Weights, path: impl AsRef<Path>) -> Result<()> {
    let (path, bytes) = (path.as_ref(), to_safetensors(weights)?);
    write_atomically(path, |file| {
        file.write_all(&bytes)
            .map_err(|source| Error::io(path, source))
    })
}

/// [`from_safetensors`] of a file.
///
/// # Errors
/// As [`from_safetensors`], [`Error::Io`] with the path.
pub fn load_safetensors(weights: &mut Weights, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, source))?;
    from_safetensors(weights, &bytes)
}

/// The numbers of one tensor, in the model's layout.
fn read(name: &str, role: Role, own: &[usize], view: &TensorView<'_>) -> Result<Vec<f32>> {
    if view.dtype() != Dtype::F32 {
        let reason = format!("`{name}` holds {:?}, not F32", view.dtype());
        return Err(Error::decode("safetensors", reason));
    }
    let shape = file_shape(role, own);
    if view.shape() != shape {
        return Err(Error::Shape {
            what: format!("tensor `{name}`"),
            expected: shape,
            got: view.shape().to_vec(),
        });
    }
    let (numbers, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = numbers
        .iter()
        .map(|&bytes| f32::from_le_bytes(bytes))
        .collect();
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::NotFinite {
            what: format!("tensor `{name}` at"),
            index,
            value: f64::from(values[index]),
        });
    }
    Ok(match axes(role, own) {
        Some([a, b, c]) => reversed(&values, [c, b, a]),
        None => values,
    })
}

/// The shape of a tensor in the other library.
fn file_shape(role: Role, shape: &[usize]) -> Vec<usize> {
    match (role, shape) {
        (Role::Transposed | Role::Flattened { .. }, &[n_in, n_out]) => vec![n_out, n_in],
        (Role::Kernel, &[height, width, n_in, n_out]) => vec![n_out, n_in, height, width],
        _ => shape.to_vec(),
    }
}

/// The tensor as three axes whose order the other library reverses; `None` where both have one layout.
fn axes(role: Role, shape: &[usize]) -> Option<[usize; 3]> {
    match (role, shape) {
        (Role::Transposed, &[n_in, n_out]) => Some([n_in, 1, n_out]),
        (Role::Flattened { channels }, &[n_in, n_out]) => {
            Some([n_in / channels.max(1), channels, n_out])
        }
        (Role::Kernel, &[height, width, n_in, n_out]) => Some([height * width, n_in, n_out]),
        _ => None,
    }
}

/// A tensor `[a, b, c]` as `[c, b, a]`.
fn reversed(values: &[f32], [a, b, c]: [usize; 3]) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for k in 0..c {
        for j in 0..b {
            let column = (0..a).map(|i| (i * b + j) * c + k);
            out.extend(column.filter_map(|place| values.get(place).copied()));
        }
    }
    out
}
