//! Where between the pixels and layers an extremum lies, and whether it is worth keeping.

use super::SiftParams;
use super::extrema::{BORDER, Extremum};
use crate::pyramid::Plane;

/// Moves to another pixel before an extremum is given up.
const MAX_STEPS: usize = 5;

/// What white is in a layer; contrasts are told with white at 1.
const WHITE: f32 = 255.0;

/// An extremum with its place between the pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Blob {
    /// The pixel and difference it is nearest to.
    pub(super) at: Extremum,
    /// Position in pixels of the octave.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Blur at which it stands out, in pixels of the octave.
    pub(super) scale: f32,
    pub(super) contrast: f32,
}

/// The parabola through the pixels around one, in columns, rows and layers.
struct Parabola {
    value: f32,
    slope: [f32; 3],
    /// `xx yy ss xy xs ys`.
    bend: [f32; 6],
}

/// Moves an extremum to the top of the parabola around it, until that lies within half a pixel and half a layer. None if
/// it does not settle, leaves the octave, has little contrast, or lies on an edge.
pub(super) fn refine(layers: &[Plane], start: Extremum, params: &SiftParams) -> Option<Blob> {
    let mut at = start;
    let n_layers = params.n_octave_layers;
    let (width, height) = (layers[0].width(), layers[0].height());
    for _ in 0..MAX_STEPS {
        let parabola = Parabola::around(layers, at);
        let [dx, dy, ds] = parabola.top();
        if dx.abs() < 0.5 && dy.abs() < 0.5 && ds.abs() < 0.5 {
            let [sx, sy, ss] = parabola.slope;
            let contrast = (parabola.value + 0.5 * (sx * dx + sy * dy + ss * ds)).abs();
            let lost = contrast * (n_layers as f32) < params.contrast_threshold;
            if lost || parabola.is_on_edge(params.edge_threshold) {
                return None;
            }
            return Some(Blob {
                at,
                x: at.x as f32 + dx,
                y: at.y as f32 + dy,
                scale: params.sigma * ((at.layer as f32 + ds) / n_layers as f32).exp2(),
                contrast,
            });
        }
        at = Extremum {
            x: moved(at.x, dx, BORDER, width - BORDER)?,
            y: moved(at.y, dy, BORDER, height - BORDER)?,
            layer: moved(at.layer, ds, 1, n_layers + 1)?,
        };
    }
    None
}

/// `from + by` rounded, where that lies in `low..high`.
fn moved(from: usize, by: f32, low: usize, high: usize) -> Option<usize> {
    let to = from as f64 + f64::from(by.round_ties_even());
    (low as f64 <= to && to < high as f64).then_some(to as usize)
}

impl Parabola {
    fn around(layers: &[Plane], Extremum { x, y, layer }: Extremum) -> Self {
        let level = |layer: usize| {
            let (finer, coarser) = (&layers[layer], &layers[layer + 1]);
            move |dx: usize, dy: usize| {
                let (x, y) = (x + dx - 1, y + dy - 1);
                coarser.at(x, y) - finer.at(x, y)
            }
        };
        // Neighbours are at 0 and 2 along each axis, the pixel itself at 1.
        let (finer, here, coarser) = (level(layer - 1), level(layer), level(layer + 1));
        let (unit, half, quarter) = (1.0 / WHITE, 0.5 / WHITE, 0.25 / WHITE);
        let middle = here(1, 1);
        let twice = 2.0 * middle;
        Self {
            value: middle * unit,
            slope: [
                (here(2, 1) - here(0, 1)) * half,
                (here(1, 2) - here(1, 0)) * half,
                (coarser(1, 1) - finer(1, 1)) * half,
            ],
            bend: [
                (here(2, 1) + here(0, 1) - twice) * unit,
                (here(1, 2) + here(1, 0) - twice) * unit,
                (coarser(1, 1) + finer(1, 1) - twice) * unit,
                (here(2, 2) - here(0, 2) - here(2, 0) + here(0, 0)) * quarter,
                (coarser(2, 1) - coarser(0, 1) - finer(2, 1) + finer(0, 1)) * quarter,
                (coarser(1, 2) - coarser(1, 0) - finer(1, 2) + finer(1, 0)) * quarter,
            ],
        }
    }

    /// Where its slope is 0, from the pixel it lies around: Cramer's rule; the pixel itself where it has no single top.
    fn top(&self) -> [f32; 3] {
        let [xx, yy, ss, xy, xs, ys] = self.bend;
        let [x, y, s] = self.slope;
        let determinant =
            xx * (yy * ss - ys * ys) - xy * (xy * ss - ys * xs) + xs * (xy * ys - yy * xs);
        if determinant == 0.0 {
            return [0.0; 3];
        }
        let over = -1.0 / determinant;
        [
            over * (x * (yy * ss - ys * ys) - xy * (y * ss - ys * s) + xs * (y * ys - yy * s)),
            over * (xx * (y * ss - ys * s) - x * (xy * ss - ys * xs) + xs * (xy * s - y * xs)),
            over * (xx * (yy * s - y * ys) - xy * (xy * s - y * xs) + x * (xy * ys - yy * xs)),
        ]
    }

    /// Whether the greater of its curvatures is `ratio` times the lesser or more.
    fn is_on_edge(&self, ratio: f32) -> bool {
        let [xx, yy, _, xy, ..] = self.bend;
        let (trace, determinant) = (xx + yy, xx * yy - xy * xy);
        determinant <= 0.0 || trace * trace * ratio >= (ratio + 1.0) * (ratio + 1.0) * determinant
    }
}
