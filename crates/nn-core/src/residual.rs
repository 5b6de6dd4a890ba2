//! A branch of layers beside a shortcut (He, Zhang, Ren, Sun, 2016).

use guide_core::{Error, Result, kernels};

use crate::activation::in_parts;
use crate::{Activation, Backward, Layer, Pass, Room, Shape, WeightId, Weights};

/// `y = f(branch(x) + shortcut(x))`; without a shortcut layer the shortcut is `x` itself.
///
/// ```
/// use nn_core::{Activation, Dense, Init, Pass, Residual, Sequential, Weights, Workspace};
/// let mut weights = Weights::new();
/// let branch = Dense::new(&mut weights, "branch", 2, 2, Init::Constant(1.0), 0);
/// let net = Sequential::new(&[2]).push(Residual::new(branch, Activation::Relu))?;
/// let mut work = Workspace::default();
/// let y = work.forward(&net, &Pass::infer(&weights, 1), net.input(), &[1.0, -3.0]);
/// assert_eq!(y, [0.0, 0.0]); // relu(-2 + 1), relu(-2 - 3)
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Residual {
    branch: Box<dyn Layer>,
    shortcut: Option<Box<dyn Layer>>,
    activation: Activation,
}

impl Residual {
    /// A branch whose output has the shape of its input, joined with that input.
    pub fn new(branch: impl Layer + 'static, activation: Activation) -> Self {
        Self {
            branch: Box::new(branch),
            shortcut: None,
            activation,
        }
    }

    /// The same with a layer in the shortcut, for a branch that changes the shape.
    #[must_use]
    pub fn with_shortcut(mut self, shortcut: impl Layer + 'static) -> Self {
        self.shortcut = Some(Box::new(shortcut));
        self
    }

    /// Lengths of the parts of the cache: of the branch, its output, of the shortcut, its output.
    fn parts(&self, n: usize, input: Shape) -> [usize; 4] {
        let output = self.branch.output(input).map_or(0, |shape| shape.len());
        let shortcut = self.shortcut.as_ref();
        [
            self.branch.cache_len(n, input),
            n * output,
            shortcut.map_or(0, |layer| layer.cache_len(n, input)),
            shortcut.map_or(0, |_| n * output),
        ]
    }
}

/// Cuts a slice into its first part of this length and the rest.
fn cut<'c>(of: &mut &'c mut [f32], len: usize) -> &'c mut [f32] {
    let (front, rest) = std::mem::take(of).split_at_mut(len);
    *of = rest;
    front
}

fn add(from: &[f32], to: &mut [f32]) {
    in_parts(to, from, 1, |to, from| kernels::axpy(1.0, from, to));
}

impl Layer for Residual {
    fn kind(&self) -> &'static str {
        "Residual"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        if !self.activation.keeps_output() {
            let expected = "a function whose gradient follows from its output (not a GELU)";
            let value = format!("{:?}", self.activation);
            return Err(Error::param("activation", value, expected));
        }
        let output = self.branch.output(input)?;
        let shortcut = match &self.shortcut {
            Some(layer) => layer.output(input)?,
            None => input,
        };
        if output == shortcut {
            Ok(output)
        } else {
            Err(Error::Shape {
                what: "shortcut of Residual beside its branch".to_owned(),
                expected: output.axes().to_vec(),
                got: shortcut.axes().to_vec(),
            })
        }
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        self.branch.visit(visitor);
        if let Some(shortcut) = &self.shortcut {
            shortcut.visit(visitor);
        }
    }

    fn cache_len(&self, n: usize, input: Shape) -> usize {
        self.parts(n, input).iter().sum()
    }

    /// A gradient of the output, one of the input, and what a part needs.
    fn scratch_len(&self, n: usize, input: Shape) -> usize {
        let output = self.branch.output(input).map_or(0, |shape| shape.len());
        let shortcut = self.shortcut.as_ref();
        let most = shortcut.map_or(0, |layer| layer.scratch_len(n, input));
        n * (output + input.len()) + most.max(self.branch.scratch_len(n, input))
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let [branch, branch_y, shortcut, _] = self.parts(pass.n, input);
        let mut rest = room.cache;
        let cache = cut(&mut rest, branch);
        let branch_y = cut(&mut rest, branch_y);
        let scratch = &mut *room.scratch;
        self.branch
            .forward(pass, input, x, branch_y, Room { cache, scratch });
        let beside: &[f32] = match &self.shortcut {
            None => x,
            Some(layer) => {
                let cache = cut(&mut rest, shortcut);
                let scratch = room.scratch;
                layer.forward(pass, input, x, rest, Room { cache, scratch });
                rest
            }
        };
        let width = y.len() / pass.n.max(1);
        in_parts(y, beside, width, |y, beside| y.copy_from_slice(beside));
        in_parts(y, branch_y, width, |y, branch_y| {
            kernels::axpy(1.0, branch_y, y);
            self.activation.apply(y, width);
        });
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let Backward {
            x,
            y,
            dy,
            mut dx,
            mut grads,
        } = at;
        let width = y.len() / pass.n.max(1);
        self.activation.backprop_in_parts(y, dy, width);
        let [branch, branch_y, shortcut, _] = self.parts(pass.n, input);
        let mut rest = room.cache;
        let cache = cut(&mut rest, branch);
        let branch_y = cut(&mut rest, branch_y);
        let (kept, scratch) = room.scratch.split_at_mut(dy.len());
        let (other_dx, scratch) = scratch.split_at_mut(x.len());
        // The branch may overwrite its own.
        in_parts(kept, dy, width, |kept, dy| kept.copy_from_slice(dy));
        let at = Backward {
            x,
            y: branch_y,
            dy,
            dx: dx.as_deref_mut(),
            grads: grads.as_deref_mut(),
        };
        let of_branch = Room {
            cache,
            scratch: &mut *scratch,
        };
        self.branch.backward(pass, input, at, of_branch);
        match &self.shortcut {
            None => {
                if let Some(dx) = dx {
                    add(kept, dx);
                }
            }
            Some(layer) => {
                let cache = cut(&mut rest, shortcut);
                let at = Backward {
                    x,
                    y: rest,
                    dy: kept,
                    dx: dx.is_some().then_some(&mut *other_dx),
                    grads,
                };
                layer.backward(pass, input, at, Room { cache, scratch });
                if let Some(dx) = dx {
                    add(other_dx, dx);
                }
            }
        }
    }

    fn commit(&self, input: Shape, n: usize, cache: &[f32], weights: &mut Weights) {
        let [branch, branch_y, shortcut, _] = self.parts(n, input);
        self.branch.commit(input, n, &cache[..branch], weights);
        if let Some(layer) = &self.shortcut {
            let start = branch + branch_y;
            layer.commit(input, n, &cache[start..start + shortcut], weights);
        }
    }

    fn needs_whole_batch(&self) -> bool {
        let shortcut = self.shortcut.as_ref();
        self.branch.needs_whole_batch() || shortcut.is_some_and(|layer| layer.needs_whole_batch())
    }
}
