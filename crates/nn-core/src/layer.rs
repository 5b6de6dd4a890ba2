//! The contract of a layer: shapes checked once, then passes in memory that the caller owns and reuses.

use std::fmt::Debug;

use guide_core::{Error, Result};

use crate::{Grads, Shape, Summary, WeightId, Weights};

/// Whether a pass answers or trains. Random numbers are drawn by seed, step and the number of each element within the batch,
/// so that they do not depend on how a batch is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An answer: no dropout, running statistics.
    Infer,
    /// Training: dropout, and the statistics of the batch.
    Train {
        /// Seed of the training.
        seed: u64,
        /// Number of the step, so that each step draws anew.
        step: u64,
    },
}

/// What all layers of a network share during one pass.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'p> {
    /// The tensors.
    pub weights: &'p Weights,
    /// Answers or trains.
    pub mode: Mode,
    /// Examples in the pass.
    pub n: usize,
    /// The number of the first of them within the whole batch, where a batch is split.
    pub first: usize,
}

impl<'p> Pass<'p> {
    /// A pass that answers `n` examples.
    pub fn infer(weights: &'p Weights, n: usize) -> Self {
        Self {
            weights,
            mode: Mode::Infer,
            n,
            first: 0,
        }
    }

    /// Whether it trains.
    pub fn trains(&self) -> bool {
        self.mode != Mode::Infer
    }
}

/// The memory of one layer during a pass, cut from buffers that the caller keeps from step to step.
#[derive(Debug)]
pub struct Room<'r> {
    /// What the backward pass needs of the forward pass; [`Layer::cache_len`] numbers.
    pub cache: &'r mut [f32],
    /// Work space without a meaning between two passes; [`Layer::scratch_len`] numbers or more.
    pub scratch: &'r mut [f32],
}

/// What goes into a backward pass and what comes out of it.
#[derive(Debug)]
pub struct Backward<'b> {
    /// The input of the forward pass.
    pub x: &'b [f32],
    /// The output of the forward pass.
    pub y: &'b [f32],
    /// `∂L/∂y`. The pass may overwrite it.
    pub dy: &'b mut [f32],
    /// `∂L/∂x`, overwritten. `None` where nobody wants it.
    pub dx: Option<&'b mut [f32]>,
    /// `∂L/∂w` is added to these. `None` where nobody wants them.
    pub grads: Option<&'b mut Grads>,
}

/// A function with weights and an explicit backward pass. It holds the numbers of its tensors in a [`Weights`] store, and no pass
/// changes it, so that threads share it.
///
/// All arrays are row-major slices with the batch along the first axis. Shapes are checked by [`Layer::output`] when a network is
/// put together; inside a pass they are a contract, and slices of other lengths panic.
pub trait Layer: Debug + Send + Sync {
    /// The name of its kind, as Keras writes it.
    fn kind(&self) -> &'static str;

    /// The shape of its output for inputs of this shape.
    ///
    /// # Errors
    /// [`Error::Shape`] that names the layer and both shapes where they do not fit.
    fn output(&self, input: Shape) -> Result<Shape>;

    /// Shows the numbers of its tensors.
    fn visit(&self, _visitor: &mut dyn FnMut(WeightId)) {}

    /// Numbers to keep from the forward to the backward pass over `n` examples of this shape.
    fn cache_len(&self, _n: usize, _input: Shape) -> usize {
        0
    }

    /// Numbers of work space for either pass.
    fn scratch_len(&self, _n: usize, _input: Shape) -> usize {
        0
    }

    /// Writes the output for the `pass.n` examples in `x` into `y`.
    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>);

    /// The backward pass for the same pass, input and cache.
    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>);

    /// Writes what the last forward pass learned of its batch into the buffers, once a step: running statistics.
    fn commit(&self, _input: Shape, _n: usize, _cache: &[f32], _weights: &mut Weights) {}

    /// Whether a training pass must see the whole batch at once: its results depend on the other examples.
    fn needs_whole_batch(&self) -> bool {
        false
    }

    /// Adds its row, or the rows of its parts, to a table of layers.
    fn describe(&self, input: Shape, weights: &Weights, summary: &mut Summary) {
        let shape = self.output(input).unwrap_or(input);
        let mut ids = Vec::new();
        self.visit(&mut |id| ids.push(id));
        summary.row(self.kind(), shape.axes(), weights, &ids);
    }
}

impl Layer for Box<dyn Layer> {
    fn kind(&self) -> &'static str {
        (**self).kind()
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        (**self).output(input)
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        (**self).visit(visitor);
    }

    fn cache_len(&self, n: usize, input: Shape) -> usize {
        (**self).cache_len(n, input)
    }

    fn scratch_len(&self, n: usize, input: Shape) -> usize {
        (**self).scratch_len(n, input)
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        (**self).forward(pass, input, x, y, room);
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        (**self).backward(pass, input, at, room);
    }

    fn commit(&self, input: Shape, n: usize, cache: &[f32], weights: &mut Weights) {
        (**self).commit(input, n, cache, weights);
    }

    fn needs_whole_batch(&self) -> bool {
        (**self).needs_whole_batch()
    }

    fn describe(&self, input: Shape, weights: &Weights, summary: &mut Summary) {
        (**self).describe(input, weights, summary);
    }
}

/// The error of a layer that cannot take inputs of this shape.
pub fn misfit(layer: &str, expected: &[usize], got: Shape) -> Error {
    Error::Shape {
        what: format!("input of {layer}"),
        expected: expected.to_vec(),
        got: got.axes().to_vec(),
    }
}
