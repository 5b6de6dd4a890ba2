//! Weights as `safetensors` files, with PyTorch's names and layouts.

use std::borrow::Cow;
use std::path::Path as FilePath;

use guide_core::model_file::write_atomically;
use guide_core::{Error, Result, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};

use crate::{Path, Role, Weights};

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

/// All tensors of `model` as the bytes of a `safetensors` file; matrices of [`Role::Transposed`] are written `[out, in]`.
///
/// # Errors
/// [`Error::Decode`] if two tensors have the same name.
pub fn to_safetensors(model: &(impl Weights + ?Sized)) -> Result<Vec<u8>> {
    let mut tensors: Vec<(String, Stored)> = Vec::new();
    model.visit(&Path::ROOT, &mut |path, role, tensor| {
        let (shape, values) = turned(role, tensor.shape(), tensor.data());
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        tensors.push((path.to_string(), Stored { shape, bytes }));
    });
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) = tensors.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::Duplicate {
            what: "tensor".to_owned(),
            id: twice[0].0.clone(),
        });
    }
    let views = tensors.iter().map(|(name, stored)| (name, stored));
    safetensors::serialize(views, None).map_err(|reason| Error::decode("safetensors", reason))
}

/// Overwrites all tensors of `model` with those of the same names in `bytes`. The counters `num_batches_tracked` that PyTorch
/// writes beside batch norms are passed over.
///
/// # Errors
/// [`Error::NotAModel`] for bytes that are no such file, [`Error::Unknown`] for a tensor that the file lacks or the model
/// does not have, [`Error::Shape`], [`Error::Decode`] for numbers that are not `f32`, [`Error::NotFinite`]. The model is then as it was.
pub fn from_safetensors(model: &mut (impl Weights + ?Sized), bytes: &[u8]) -> Result<()> {
    let file = SafeTensors::deserialize(bytes).map_err(|reason| Error::NotAModel {
        reason: reason.to_string(),
    })?;
    let mut found: Vec<Result<Vec<f32>>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    model.visit(&Path::ROOT, &mut |path, role, tensor| {
        let name = path.to_string();
        found.push(match file.tensor(&name) {
            Ok(view) => read(&name, role, tensor, &view),
            Err(_) => Err(Error::unknown("tensor in the file:", &name)),
        });
        names.push(name);
    });
    let found = found.into_iter().collect::<Result<Vec<_>>>()?;
    if let Some(foreign) = file
        .names()
        .into_iter()
        .find(|&name| !is_counter(name) && !names.iter().any(|n| n == name))
    {
        return Err(Error::unknown("tensor of the model:", foreign));
    }
    let mut found = found.iter();
    model.visit_mut(&Path::ROOT, &mut |_, _, tensor| {
        if let Some(values) = found.next() {
            tensor.data_mut().copy_from_slice(values);
        }
    });
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
pub fn save_safetensors(model: &(impl Weights + ?Sized), path: impl AsRef<FilePath>) -> Result<()> {
    let (path, bytes) = (path.as_ref(), to_safetensors(model)?);
    write_atomically(path, |file| {
        file.write_all(&bytes)
            .map_err(|source| Error::io(path, source))
    })
}

/// [`from_safetensors`] of a file.
///
/// # Errors
/// As [`from_safetensors`], [`Error::Io`] with the path.
pub fn load_safetensors(
    model: &mut (impl Weights + ?Sized),
    path: impl AsRef<FilePath>,
) -> Result<()> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, source))?;
    from_safetensors(model, &bytes)
}

/// The numbers of one tensor, in the model's layout.
fn read(name: &str, role: Role, tensor: &dyn Tensor, view: &TensorView<'_>) -> Result<Vec<f32>> {
    if view.dtype() != Dtype::F32 {
        let reason = format!("`{name}` holds {:?}, not F32", view.dtype());
        return Err(Error::decode("safetensors", reason));
    }
    let (shape, _) = turned(role, tensor.shape(), &[]);
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
    Ok(turned(role, &shape, &values).1.into_owned())
}

/// Shape and numbers in the other library's layout: a transposed matrix, or the same.
fn turned<'v>(role: Role, shape: &[usize], values: &'v [f32]) -> (Vec<usize>, Cow<'v, [f32]>) {
    match (role, shape) {
        (Role::Transposed, &[n_rows, n_cols]) => {
            let by_column = (0..n_cols).flat_map(|col| {
                (0..n_rows).filter_map(move |row| values.get(row * n_cols + col).copied())
            });
            (vec![n_cols, n_rows], Cow::Owned(by_column.collect()))
        }
        _ => (shape.to_vec(), Cow::Borrowed(values)),
    }
}
