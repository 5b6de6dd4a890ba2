//! The memory of a whole network's passes, kept from step to step.

use crate::{Backward, Grads, Layer, Pass, Room, Shape, Weights};

/// Outputs, caches, gradients and work space of one layer (which may be a whole [`crate::Sequential`]). It grows to the largest
/// batch that it meets and allocates nothing after that.
///
/// ```
/// use nn_core::{Dense, Init, Pass, Shape, Weights, Workspace};
/// let mut weights = Weights::new();
/// let dense = Dense::new(&mut weights, "0", 2, 1, Init::Constant(1.0), 0);
/// let mut work = Workspace::default();
/// let y = work.forward(&dense, &Pass::infer(&weights, 2), Shape::of(&[2]), &[1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(y, [3.0, 7.0]);
/// ```
#[derive(Debug, Default)]
pub struct Workspace {
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    cache: Vec<f32>,
    scratch: Vec<f32>,
}

impl Workspace {
    /// Runs the forward pass and returns its output.
    ///
    /// # Panics
    /// If `x` is not `pass.n` examples of the shape `input`, or the layer cannot take that shape.
    pub fn forward(
        &mut self,
        layer: &dyn Layer,
        pass: &Pass<'_>,
        input: Shape,
        x: &[f32],
    ) -> &[f32] {
        let output = match layer.output(input) {
            Ok(output) => output,
            Err(reason) => panic!("{reason}"),
        };
        assert_eq!(x.len(), pass.n * input.len(), "numbers for {input}");
        self.y.resize(pass.n * output.len(), 0.0);
        self.cache.resize(layer.cache_len(pass.n, input), 0.0);
        grow(&mut self.scratch, layer.scratch_len(pass.n, input));
        let room = Room {
            cache: &mut self.cache,
            scratch: &mut self.scratch,
        };
        layer.forward(pass, input, x, &mut self.y, room);
        &self.y
    }

    /// The output of the last forward pass, and room for the gradient of the loss by it.
    pub fn output(&mut self) -> (&[f32], &mut [f32]) {
        self.dy.resize(self.y.len(), 0.0);
        (&self.y, &mut self.dy)
    }

    /// Runs the backward pass after [`Workspace::forward`] with the gradient that was written by [`Workspace::output`]. Returns the
    /// gradient by the input, which is empty where `wants_dx` is false.
    pub fn backward(
        &mut self,
        layer: &dyn Layer,
        pass: &Pass<'_>,
        input: Shape,
        x: &[f32],
        wants_dx: bool,
        grads: Option<&mut Grads>,
    ) -> &[f32] {
        self.dx.resize(if wants_dx { x.len() } else { 0 }, 0.0);
        let at = Backward {
            x,
            y: &self.y,
            dy: &mut self.dy,
            dx: wants_dx.then_some(&mut self.dx[..]),
            grads,
        };
        let room = Room {
            cache: &mut self.cache,
            scratch: &mut self.scratch,
        };
        layer.backward(pass, input, at, room);
        &self.dx
    }

    /// Commits the statistics of the last forward pass ([`Layer::commit`]).
    pub fn commit(&self, layer: &dyn Layer, input: Shape, n: usize, weights: &mut Weights) {
        layer.commit(input, n, &self.cache, weights);
    }
}

/// Makes `buffer` at least this long.
fn grow(buffer: &mut Vec<f32>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
}
