//! Local response normalisation (Krizhevsky, Sutskever, Hinton, 2012), by PyTorch's formula.

use guide_core::{Error, Params, Result, ensure, setters};
use nn_core::{Backward, Layer, Pass, Room, Shape, misfit};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// `y_c = x_c s_c^−β`, `s_c = k + α / size · Σ x²` over the `size` channels from `c − ⌊size / 2⌋` on, as far as they exist. (The paper and
/// TensorFlow multiply by `α` without the division.)
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::LocalResponseNorm;
/// let norm = LocalResponseNorm::default().size(2).alpha(2.0).beta(1.0).k(0.0);
/// let (weights, mut work) = (Weights::new(), Workspace::default());
/// let y = work.forward(&norm, &Pass::infer(&weights, 1), Shape::of(&[1, 1, 2]), &[2.0, 4.0]);
/// assert_eq!(y, [0.5, 0.2]); // 2 / 2², 4 / (2² + 4²)
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocalResponseNorm {
    /// Channels that are summed. At least 1.
    pub size: usize,
    /// `α`. At least 0.
    pub alpha: f32,
    /// `β`. At least 0.
    pub beta: f32,
    /// `k`. At least 0; with 0 a point of zeros gives no finite number.
    pub k: f32,
    /// Seed. The layer draws nothing.
    pub seed: u64,
}

/// AlexNet's: 5 channels, `α` 1e-4, `β` 0.75, `k` 2.
impl Default for LocalResponseNorm {
    fn default() -> Self {
        Self {
            size: 5,
            alpha: 1e-4,
            beta: 0.75,
            k: 2.0,
            seed: 0,
        }
    }
}

setters!(LocalResponseNorm {
    size: usize,
    alpha: f32,
    beta: f32,
    k: f32,
    seed: u64,
});

impl Params for LocalResponseNorm {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("size", self.size)?;
        ensure::not_negative("alpha", self.alpha)?;
        ensure::not_negative("beta", self.beta)?;
        ensure::not_negative("k", self.k)
    }
}

/// Points that one thread takes at a time.
const POINTS: usize = 256;

impl LocalResponseNorm {
    /// The channels that are summed for channel `c`.
    fn around(&self, c: usize, depth: usize) -> std::ops::Range<usize> {
        let first = c.saturating_sub(self.size / 2);
        first..(c + self.size - self.size / 2).min(depth)
    }

    /// The channels whose sums hold channel `c`.
    fn with(&self, c: usize, depth: usize) -> std::ops::Range<usize> {
        let first = (c + 1 + self.size / 2).saturating_sub(self.size);
        first..(c + self.size / 2 + 1).min(depth)
    }
}

impl Layer for LocalResponseNorm {
    fn kind(&self) -> &'static str {
        "LocalResponseNorm"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        self.validate()?;
        if self.size > 1 << 20 {
            return Err(Error::param("size", self.size, "at most 1048576"));
        }
        if input.is_empty() || input.axes().is_empty() {
            return Err(misfit(self.kind(), input.with_last(1).axes(), input));
        }
        Ok(input)
    }

    /// `s`.
    fn cache_len(&self, n: usize, input: Shape) -> usize {
        n * input.len()
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let (depth, share) = (input.last(), self.alpha / self.size as f32);
        let blocks = y
            .par_chunks_mut(POINTS * depth)
            .zip(x.par_chunks(POINTS * depth));
        let blocks = blocks.zip(room.cache.par_chunks_mut(POINTS * depth));
        blocks.for_each(|((y, x), s)| {
            let points = y.chunks_exact_mut(depth).zip(x.chunks_exact(depth));
            for ((y, x), s) in points.zip(s.chunks_exact_mut(depth)) {
                for c in 0..depth {
                    let squares: f32 = x[self.around(c, depth)].iter().map(|x| x * x).sum();
                    s[c] = self.k + share * squares;
                    y[c] = x[c] * s[c].powf(-self.beta);
                }
            }
        });
    }

    /// `dx_c = dy_c s_c^−β − 2 α β / size · x_c Σ dy y / s` over the channels whose sums hold `c`.
    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let Some(dx) = at.dx else {
            return;
        };
        let depth = input.last();
        let share = 2.0 * self.alpha * self.beta / self.size as f32;
        let block = POINTS * depth;
        let blocks = dx.par_chunks_mut(block).zip(at.dy.par_chunks_mut(block));
        let inputs = at.x.par_chunks(block).zip(at.y.par_chunks(block));
        let blocks = blocks.zip(inputs).zip(room.cache.par_chunks(block));
        blocks.for_each(|(((dx, dy), (x, y)), s)| {
            let points = dx.chunks_exact_mut(depth).zip(dy.chunks_exact_mut(depth));
            let inputs = x.chunks_exact(depth).zip(y.chunks_exact(depth));
            for (((dx, dy), (x, y)), s) in points.zip(inputs).zip(s.chunks_exact(depth)) {
                for c in 0..depth {
                    dx[c] = dy[c] * s[c].powf(-self.beta);
                    dy[c] *= y[c] / s[c];
                }
                for c in 0..depth {
                    let through: f32 = dy[self.with(c, depth)].iter().sum();
                    dx[c] -= share * x[c] * through;
                }
            }
        });
    }
}
