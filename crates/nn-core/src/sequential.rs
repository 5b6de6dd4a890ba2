//! Layers one after the other.

use guide_core::Result;

use crate::{Backward, Layer, Pass, Room, Shape, Summary, WeightId, Weights};

/// `y = layer_k(.. layer_1(x))`. With the default `L` any layers; with one type of layer, such as `Sequential<Dense>`, a value that
/// can be cloned and compared.
///
/// ```
/// use nn_core::{Activation, Dense, Init, Pass, Sequential, Shape, Weights, Workspace};
/// let mut weights = Weights::new();
/// let net = Sequential::new(&[2])
///     .push(Dense::new(&mut weights, "0", 2, 2, Init::Constant(1.0), 0))?
///     .push(Activation::Relu)?
///     .push(Dense::new(&mut weights, "2", 2, 1, Init::Constant(0.5), 0))?;
/// let mut work = Workspace::default();
/// let y = work.forward(&net, &Pass::infer(&weights, 2), net.input(), &[1.0, 2.0, 1.0, -2.0]);
/// assert_eq!(y, [3.0, 0.0]);
/// let mut other = Weights::new();
/// let misfit = Sequential::new(&[2]).push(Dense::new(&mut other, "0", 3, 1, Init::Zeros, 0));
/// assert_eq!(misfit.unwrap_err().to_string(), "input of layer 0 (Dense): expected shape [3], got [2]");
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sequential<L = Box<dyn Layer>> {
    layers: Vec<L>,
    /// The input of each layer, and the output of the last.
    shapes: Vec<Shape>,
}

impl Sequential {
    /// A network without layers for inputs of this shape, the batch axis left out.
    pub fn new(input: &[usize]) -> Self {
        Self::of(input)
    }

    /// Adds a layer at the end.
    ///
    /// # Errors
    /// [`guide_core::Error::Shape`] with the layer's number, kind and both shapes, if it cannot take what comes before it.
    pub fn push(self, layer: impl Layer + 'static) -> Result<Self> {
        self.then(Box::new(layer))
    }
}

impl<L: Layer> Sequential<L> {
    /// A network without layers, of layers of one type.
    pub fn of(input: &[usize]) -> Self {
        Self {
            layers: Vec::new(),
            shapes: vec![Shape::of(input)],
        }
    }

    /// Adds a layer of that type at the end.
    ///
    /// # Errors
    /// As [`Sequential::push`].
    pub fn then(mut self, layer: L) -> Result<Self> {
        let number = self.layers.len();
        let output = layer.output(self.output_shape());
        let named = |error| match error {
            guide_core::Error::Shape { expected, got, .. } => guide_core::Error::Shape {
                what: format!("input of layer {number} ({})", layer.kind()),
                expected,
                got,
            },
            other => other,
        };
        self.shapes.push(output.map_err(named)?);
        self.layers.push(layer);
        Ok(self)
    }

    /// The layers.
    pub fn layers(&self) -> &[L] {
        &self.layers
    }

    /// The shape of an input.
    pub fn input(&self) -> Shape {
        self.shapes[0]
    }

    /// The shape of an output.
    pub fn output_shape(&self) -> Shape {
        self.shapes[self.shapes.len() - 1]
    }
}

/// A slice that is cut piece by piece from its front.
struct Cut<'c>(&'c mut [f32]);

impl<'c> Cut<'c> {
    fn take(&mut self, len: usize) -> &'c mut [f32] {
        let (front, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        self.0 = rest;
        front
    }
}

/// The cache holds, for each layer, its cache and (but for the last) its output.
impl<L: Layer> Layer for Sequential<L> {
    fn kind(&self) -> &'static str {
        "Sequential"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        self.layers
            .iter()
            .try_fold(input, |shape, layer| layer.output(shape))
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        self.layers.iter().for_each(|layer| layer.visit(visitor));
    }

    fn cache_len(&self, n: usize, input: Shape) -> usize {
        let mut len = 0;
        self.walk(input, |number, layer, shape, output| {
            len += layer.cache_len(n, shape);
            if number + 1 < self.layers.len() {
                len += n * output.len();
            }
        });
        len
    }

    /// Two gradients of activations, and what the layer that needs most needs.
    fn scratch_len(&self, n: usize, input: Shape) -> usize {
        let (mut widest, mut most) = (0, 0);
        self.walk(input, |_, layer, shape, _| {
            widest = widest.max(n * shape.len());
            most = most.max(layer.scratch_len(n, shape));
        });
        2 * widest + most
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let Some((last, before)) = self.layers.split_last() else {
            y.copy_from_slice(x);
            return;
        };
        let mut cut = Cut(room.cache);
        let (mut x, mut shape): (&[f32], Shape) = (x, input);
        for layer in before {
            let output = fitting(layer, shape);
            let cache = cut.take(layer.cache_len(pass.n, shape));
            let y = cut.take(pass.n * output.len());
            let scratch = &mut *room.scratch;
            layer.forward(pass, shape, x, y, Room { cache, scratch });
            (x, shape) = (y, output);
        }
        let cache = cut.take(last.cache_len(pass.n, shape));
        let scratch = room.scratch;
        last.forward(pass, shape, x, y, Room { cache, scratch });
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let Backward {
            x,
            y,
            dy,
            mut dx,
            mut grads,
        } = at;
        let n_layers = self.layers.len();
        if n_layers == 0 {
            if let Some(dx) = dx {
                dx.copy_from_slice(dy);
            }
            return;
        }
        let mut widest = 0;
        self.walk(input, |_, _, shape, _| {
            widest = widest.max(pass.n * shape.len());
        });
        let (above, rest) = room.scratch.split_at_mut(widest);
        let (below, scratch) = rest.split_at_mut(widest);
        let mut gradients = [above, below];
        // The end of what is left of the cache moves down layer by layer.
        let mut left = &mut room.cache[..self.cache_len(pass.n, input)];
        let mut y: &[f32] = y;
        for number in (0..n_layers).rev() {
            let layer = &self.layers[number];
            let shape = self.shape_of(number, input);
            let middle = left.len() - layer.cache_len(pass.n, shape);
            let (front, cache) = left.split_at_mut(middle);
            let middle = front.len() - if number > 0 { pass.n * shape.len() } else { 0 };
            let (front, before) = front.split_at_mut(middle);
            left = front;
            let layer_x: &[f32] = if number > 0 { before } else { x };
            let [above, below] = &mut gradients;
            let dy = if number + 1 == n_layers {
                &mut *dy
            } else {
                &mut above[..y.len()]
            };
            let at = Backward {
                x: layer_x,
                y,
                dy,
                dx: if number > 0 {
                    Some(&mut below[..layer_x.len()])
                } else {
                    dx.take()
                },
                grads: grads.as_deref_mut(),
            };
            layer.backward(pass, shape, at, Room { cache, scratch });
            gradients.swap(0, 1);
            y = layer_x;
        }
    }

    fn commit(&self, input: Shape, n: usize, cache: &[f32], weights: &mut Weights) {
        let mut rest = cache;
        self.walk(input, |number, layer, shape, output| {
            let (own, after) = rest.split_at(layer.cache_len(n, shape));
            layer.commit(shape, n, own, weights);
            rest = after;
            if number + 1 < self.layers.len() {
                rest = &rest[n * output.len()..];
            }
        });
    }

    fn needs_whole_batch(&self) -> bool {
        self.layers.iter().any(Layer::needs_whole_batch)
    }

    fn describe(&self, input: Shape, weights: &Weights, summary: &mut Summary) {
        self.walk(input, |_, layer, shape, _| {
            layer.describe(shape, weights, summary);
        });
    }
}

impl<L: Layer> Sequential<L> {
    /// Shows each layer with its number and the shapes of its input and output.
    fn walk(&self, input: Shape, mut show: impl FnMut(usize, &L, Shape, Shape)) {
        let mut shape = input;
        for (number, layer) in self.layers.iter().enumerate() {
            let output = fitting(layer, shape);
            show(number, layer, shape, output);
            shape = output;
        }
    }

    /// The shape of the input of a layer.
    fn shape_of(&self, number: usize, input: Shape) -> Shape {
        if input == self.input() {
            return self.shapes[number];
        }
        let before = &self.layers[..number];
        before
            .iter()
            .fold(input, |shape, layer| fitting(layer, shape))
    }
}

/// The output of a layer in a network that was checked when it was put together.
fn fitting(layer: &impl Layer, input: Shape) -> Shape {
    match layer.output(input) {
        Ok(output) => output,
        Err(reason) => panic!("{reason}"),
    }
}
