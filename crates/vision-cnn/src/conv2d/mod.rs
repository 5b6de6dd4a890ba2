//! The convolution layer.

mod by_panel;
mod correlation;
mod kernel_gradient;
mod params;
mod phase;
#[cfg(test)]
mod tests;

use guide_core::{Params, Result, seeded};
use nn_core::simd::Isa;
use nn_core::{Activation, Backward, Layer, Pass, Role, Room, Shape, WeightId, Weights};
use rayon::prelude::*;

use crate::window::Axis;
use by_panel::ByPanel;
use correlation::{Correlation, StripKernel};
use kernel_gradient::KernelGradient;
pub use params::Conv2dParams;
pub(crate) use params::{MAX_CHANNELS, MAX_STRIDE, MAX_WEIGHTS};
use phase::Direction;

/// `y[i, j, o] = f(b[o] + Σ_{k, l, c} x[i · stride + k · dilation − top, j · stride + l · dilation − left, c] w[k, l, c, o])` over
/// pictures `[height, width, channels]`: a correlation, as in Keras and PyTorch. With groups, `c` runs over the channels of the group of `o`
/// alone.
///
/// The kernel is `[height, width, in / groups, out]` as in Keras; files hold it as PyTorch does ([`Role::Kernel`]).
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::{Conv2d, Conv2dParams};
/// let mut weights = Weights::new();
/// let conv = Conv2d::new(&mut weights, "0", Conv2dParams::keras(1, 1, 2))?;
/// weights.get_mut(conv.kernel()).copy_from_slice(&[1.0, 10.0, 100.0, 1000.0]);
/// let picture = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // two rows of three
/// let mut work = Workspace::default();
/// let y = work.forward(&conv, &Pass::infer(&weights, 1), Shape::of(&[2, 3, 1]), &picture);
/// assert_eq!(y, [5421.0, 6532.0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    params: Conv2dParams,
    kernel: WeightId,
    bias: Option<WeightId>,
    isa: Isa,
}

/// Examples from which on a batch is split by examples, below it by strips of rows.
const BY_EXAMPLE_FROM: usize = 8;
/// Parts of a batch at most.
const MAX_PARTS: usize = 32;

impl Conv2d {
    /// Adds `name.weight` and, with a bias, `name.bias` to the store.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] for invalid parameters ([`Conv2dParams`] has their ranges).
    pub fn new(weights: &mut Weights, name: &str, params: Conv2dParams) -> Result<Self> {
        params.validate()?;
        let [height, width] = params.kernel;
        let group = params.n_in / params.groups;
        let shape = [height, width, group, params.n_out];
        let (fan_in, fan_out) = (height * width * group, height * width * params.n_out);
        let mut rng = seeded(params.seed);
        let kernel = params.init.draw(shape, fan_in, fan_out, &mut rng);
        let name_of = |part: &str| format!("{name}.{part}");
        let values = kernel.into_iter().collect();
        let kernel = weights.add(name_of("weight"), Role::Kernel, &shape, values);
        let bias = params.bias.then(|| {
            let values = params
                .bias_init
                .draw(params.n_out, fan_in, fan_out, &mut rng);
            let values = values.into_iter().collect();
            weights.add(name_of("bias"), Role::Weight, &[params.n_out], values)
        });
        Ok(Self {
            params,
            kernel,
            bias,
            isa: Isa::detect(),
        })
    }

    /// The parameters.
    pub fn params(&self) -> &Conv2dParams {
        &self.params
    }

    /// The number of the kernel in the store.
    pub fn kernel(&self) -> WeightId {
        self.kernel
    }

    /// The number of the bias in the store.
    pub fn bias(&self) -> Option<WeightId> {
        self.bias
    }

    fn axes(&self, input: Shape) -> Result<[Axis; 2]> {
        let window = self.params.window();
        window.over(self.kind(), Some(self.params.n_in), input)
    }

    /// The map of a checked shape in one direction.
    fn correlation(&self, direction: Direction, input: Shape) -> Correlation {
        let axes = match self.axes(input) {
            Ok(axes) => axes,
            Err(reason) => panic!("{reason}"),
        };
        let groups = self.params.groups;
        Correlation {
            isa: self.isa,
            direction,
            axes,
            group_in: self.params.n_in / groups,
            group_out: self.params.n_out / groups,
            groups,
        }
    }

    fn kernel_gradient(&self, forward: Correlation, n: usize) -> KernelGradient {
        KernelGradient::new(forward, n, &self.params)
    }

    /// Maps `n` examples, by several threads. `scratch` holds `map_len` numbers.
    fn map(
        &self,
        map: &Correlation,
        kernel: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        (x, y): (&[f32], &mut [f32]),
        scratch: &mut [f32],
    ) {
        let relu = activation == Activation::Relu;
        let (x_len, y_len) = (map.source_len(), map.n_rows() * map.dest_row());
        let n = y.len() / y_len.max(1);
        if let Some(by_panel) = ByPanel::of(*map, n) {
            by_panel.run(kernel, (bias, relu), (x, &mut *y), scratch);
            if !relu {
                activation.apply(y, self.params.n_out);
            }
            return;
        }
        let plain = n < BY_EXAMPLE_FROM && map.packs_in_strips(n);
        let packed_len = if plain { 0 } else { map.packed_len() };
        let (packed, buffers) = scratch.split_at_mut(packed_len);
        let kernel = if plain {
            StripKernel::Plain(kernel)
        } else if map.is_depthwise() {
            StripKernel::Packed(kernel)
        } else {
            map.pack(kernel, packed);
            StripKernel::Packed(packed)
        };
        let strip = |x: &[f32], first: usize, y: &mut [f32], buffer: &mut [f32]| {
            map.strip(x, kernel, (bias, relu), first, y, buffer);
            if !relu {
                activation.apply(y, self.params.n_out);
            }
        };
        if n >= BY_EXAMPLE_FROM {
            let (part, rows) = (n.div_ceil(MAX_PARTS), map.strip_rows());
            let buffer = map.buffer_len(rows).max(1);
            let parts = y
                .par_chunks_mut(part * y_len)
                .zip(x.par_chunks(part * x_len));
            let parts = parts.zip(buffers.par_chunks_exact_mut(buffer));
            parts.with_max_len(1).for_each(|((y, x), buffer)| {
                for (y, x) in y.chunks_exact_mut(y_len).zip(x.chunks_exact(x_len)) {
                    for (number, y) in y.chunks_mut(rows * map.dest_row()).enumerate() {
                        strip(x, number * rows, y, buffer);
                    }
                }
            });
            return;
        }
        let rows = map.parallel_rows();
        let buffer = map.buffer_len(rows).max(1) + if plain { map.block_len() } else { 0 };
        for (y, x) in y.chunks_exact_mut(y_len).zip(x.chunks_exact(x_len)) {
            let strips = y.par_chunks_mut(rows * map.dest_row()).enumerate();
            let strips = strips.zip(buffers.par_chunks_exact_mut(buffer));
            strips.with_max_len(1).for_each(|((number, y), buffer)| {
                strip(x, number * rows, y, buffer);
            });
        }
    }
}

/// Numbers of work space of [`Conv2d::map`].
fn map_len(map: &Correlation, n: usize) -> usize {
    if let Some(by_panel) = ByPanel::of(*map, n) {
        return by_panel.scratch_len();
    }
    let buffers = if n >= BY_EXAMPLE_FROM {
        let parts = n.div_ceil(n.div_ceil(MAX_PARTS));
        parts * map.buffer_len(map.strip_rows()).max(1)
    } else {
        let rows = map.parallel_rows();
        let strips = map.n_rows().div_ceil(rows);
        if map.packs_in_strips(n) {
            return strips * (map.buffer_len(rows).max(1) + map.block_len());
        }
        strips * map.buffer_len(rows).max(1)
    };
    map.packed_len() + buffers
}

impl Layer for Conv2d {
    fn kind(&self) -> &'static str {
        "Conv2D"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        let [rows, columns] = self.axes(input)?;
        Ok(Shape::of(&[rows.output, columns.output, self.params.n_out]))
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        visitor(self.kernel);
        self.bias.iter().for_each(|&bias| visitor(bias));
    }

    /// The packed kernel, and padded strips; in the backward pass these or the sums of the parts of a batch, whichever are more.
    fn scratch_len(&self, n: usize, input: Shape) -> usize {
        let forward = self.correlation(Direction::Forward, input);
        let backward = self.correlation(Direction::Backward, input);
        let gradient = self.kernel_gradient(forward, n).scratch_len();
        map_len(&forward, n)
            .max(map_len(&backward, n))
            .max(gradient)
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let map = self.correlation(Direction::Forward, input);
        let kernel = pass.weights.get(self.kernel);
        let bias = self.bias.map(|bias| pass.weights.get(bias));
        let activation = self.params.activation;
        in_pool(|| self.map(&map, kernel, bias, activation, (x, y), room.scratch));
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        in_pool(|| self.backward_in_pool(pass, input, at, room));
    }
}

impl Conv2d {
    fn backward_in_pool(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let activation = self.params.activation;
        match at.grads {
            Some(grads) => {
                let forward = self.correlation(Direction::Forward, input);
                let gradient = self.kernel_gradient(forward, pass.n);
                let sums = &mut room.scratch[..gradient.scratch_len()];
                gradient.blocks((at.x, at.y, &mut *at.dy), sums);
                gradient.add_kernel(sums, grads.dense(self.kernel));
                if let Some(bias) = self.bias {
                    gradient.add_bias(sums, grads.dense(bias));
                }
            }
            None if activation != Activation::Linear => {
                let width = self.params.n_out;
                let part = (1_usize << 14).next_multiple_of(width);
                let parts = at.dy.par_chunks_mut(part).zip(at.y.par_chunks(part));
                parts.for_each(|(dy, y)| activation.backprop(y, dy, width));
            }
            None => {}
        }
        if let Some(dx) = at.dx {
            let map = self.correlation(Direction::Backward, input);
            let kernel = pass.weights.get(self.kernel);
            let linear = Activation::Linear;
            self.map(&map, kernel, None, linear, (at.dy, dx), room.scratch);
        }
    }
}

/// Runs `work` on a thread of the pool: from another thread each of its parts would be handed over one by one.
fn in_pool(work: impl FnOnce() + Send) {
    if rayon::current_thread_index().is_some() {
        work();
    } else {
        rayon::join(work, || ());
    }
}
