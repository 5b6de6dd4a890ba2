//! What a model is to an optimiser, a file or a table: its tensors, named, in a fixed order.

use std::fmt;

use guide_core::Tensor;

/// What a tensor of a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Trained; every step may change all of it.
    Weight,
    /// Trained; a matrix that PyTorch stores the other way round (`[out, in]` for our `[in, out]`).
    Transposed,
    /// Trained by rows: a table of which a batch touches few (embeddings).
    Rows,
    /// Not trained, but part of the model: running statistics.
    Buffer,
}

impl Role {
    /// Whether an optimiser changes it.
    pub fn is_trained(self) -> bool {
        self != Self::Buffer
    }
}

/// The name of a tensor as a chain of parts, made without allocating; prints as `0.weight`.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The empty path, where every walk begins.
    pub const ROOT: Path<'static> = Path {
        parent: None,
        part: Part::Root,
    };

    /// This path followed by `name`.
    pub fn name(&'a self, name: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            part: Part::Name(name),
        }
    }

    /// This path followed by a number.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path {
            parent: Some(self),
            part: Part::Index(index),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if !matches!(parent.part, Part::Root) {
                f.write_str(".")?;
            }
        }
        match self.part {
            Part::Root => Ok(()),
            Part::Name(name) => f.write_str(name),
            Part::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Sees one tensor of a model after the other.
pub type Visitor<'v> = dyn FnMut(&Path<'_>, Role, &dyn Tensor) + 'v;

/// Sees one tensor of a model after the other and may change it.
pub type VisitorMut<'v> = dyn FnMut(&Path<'_>, Role, &mut dyn Tensor) + 'v;

/// A model as its tensors, in an order that never changes: gradients and optimiser states are kept by that order.
///
/// Both walks must show the same tensors in the same order. A layer without tensors implements nothing.
pub trait Weights {
    /// Shows every tensor, its name below `at`.
    fn visit(&self, _at: &Path<'_>, _visitor: &mut Visitor<'_>) {}

    /// Shows every tensor to change, its name below `at`.
    fn visit_mut(&mut self, _at: &Path<'_>, _visitor: &mut VisitorMut<'_>) {}

    /// [`Weights::visit`] as stage number `index` of a chain.
    #[doc(hidden)]
    fn visit_stage(&self, at: &Path<'_>, index: usize, visitor: &mut Visitor<'_>) {
        self.visit(&at.index(index), visitor);
    }

    /// [`Weights::visit_mut`] as stage number `index` of a chain.
    #[doc(hidden)]
    fn visit_stage_mut(&mut self, at: &Path<'_>, index: usize, visitor: &mut VisitorMut<'_>) {
        self.visit_mut(&at.index(index), visitor);
    }

    /// How many trained tensors there are: the length of its part of the gradients.
    fn n_trained(&self) -> usize {
        let mut count = 0;
        self.visit(&Path::ROOT, &mut |_, role, _| {
            count += usize::from(role.is_trained());
        });
        count
    }
}

/// Numbers in the trained tensors of `model`, and in its buffers.
///
/// ```
/// use nn_core::{Dense, Init, count};
/// let dense = Dense::new(3, 2, Init::Zeros, 0);
/// assert_eq!(count(&dense), (3 * 2 + 2, 0));
/// ```
pub fn count(model: &(impl Weights + ?Sized)) -> (usize, usize) {
    let (mut trained, mut buffers) = (0, 0);
    model.visit(&Path::ROOT, &mut |_, role, tensor| {
        *(if role.is_trained() {
            &mut trained
        } else {
            &mut buffers
        }) += tensor.data().len();
    });
    (trained, buffers)
}

/// The numbers of all tensors of a model, buffers too, to go back to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot(Vec<Vec<f32>>);

impl Snapshot {
    /// Overwrites the snapshot with what `model` holds now; memory is reused.
    pub fn take(&mut self, model: &(impl Weights + ?Sized)) {
        let mut index = 0;
        model.visit(&Path::ROOT, &mut |_, _, tensor| {
            if self.0.len() == index {
                self.0.push(Vec::new());
            }
            self.0[index].clear();
            self.0[index].extend_from_slice(tensor.data());
            index += 1;
        });
        self.0.truncate(index);
    }

    /// Writes the snapshot back into `model`.
    ///
    /// # Panics
    /// If the snapshot was taken of a model of another shape.
    pub fn restore(&self, model: &mut (impl Weights + ?Sized)) {
        let mut index = 0;
        model.visit_mut(&Path::ROOT, &mut |_, _, tensor| {
            tensor.data_mut().copy_from_slice(&self.0[index]);
            index += 1;
        });
        assert_eq!(index, self.0.len(), "tensors in the snapshot and the model");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Dense, Init, Layer};

    #[test]
    fn stages_of_a_chain_have_the_names_of_pytorch() {
        let chain = Dense::new(3, 4, Init::GlorotUniform, 1)
            .then(Activation::Relu.layer())
            .then(Dense::new(4, 1, Init::GlorotUniform, 2));
        let mut names = Vec::new();
        chain.visit(&Path::ROOT, &mut |path, _, _| names.push(path.to_string()));
        assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]);
        let mut names = Vec::new();
        let root = Path::ROOT;
        chain.visit(&root.name("tower"), &mut |path, _, _| {
            names.push(path.to_string())
        });
        assert_eq!(names[2], "tower.2.weight");
        assert_eq!(chain.n_trained(), 4);
    }

    #[test]
    fn a_snapshot_brings_the_numbers_back() {
        let mut dense = Dense::new(3, 2, Init::GlorotUniform, 1);
        let before = dense.clone();
        let mut snapshot = Snapshot::default();
        snapshot.take(&dense);
        dense.weight.fill(7.0);
        snapshot.restore(&mut dense);
        assert_eq!(dense, before);
    }
}
