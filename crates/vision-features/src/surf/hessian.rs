//! The fast Hessian: second derivatives by boxes, and the key points where their determinant has a maximum in place and
//! size (Bay et al. 2008, §3), with the sizes of OpenCV: `(9 + 6 layer) 2^octave`.

use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

use super::integral::Integral;
use super::plain::Lobes;
use super::{SurfParams, simd};
use crate::Keypoint;

/// The determinants of one size of filter at every `2^octave`-th pixel; 0 where the filter reaches over the border.
struct Layer {
    size: usize,
    columns: usize,
    det: Vec<f32>,
}

impl Layer {
    fn new(integral: &Integral, size: usize) -> Self {
        let step = integral.step;
        let (columns, rows) = (integral.width / step, integral.height / step);
        let mut det = vec![0.0; columns * rows];
        if size <= integral.width.min(integral.height) {
            let margin = size / 2 / step;
            let fit = 1 + (integral.width - size) / step;
            let rows_fit = 1 + (integral.height - size) / step;
            let rows = det
                .par_chunks_exact_mut(columns)
                .skip(margin)
                .take(rows_fit);
            rows.with_min_len(16).enumerate().for_each(|(row, det)| {
                let lobes = lobes(integral, size, row * step);
                simd::determinants(&integral.sums, &lobes, &mut det[margin..margin + fit]);
            });
        }
        Self { size, columns, det }
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        self.det[row * self.columns + column]
    }
}

/// The boxes of a filter whose top left corner is the first column of row `top`.
fn lobes(integral: &Integral, size: usize, top: usize) -> Lobes {
    // Of a filter of nine pixels.
    let scaled = |at: usize| (size as f32 / 9.0 * at as f32).round() as usize;
    let at = |[x, y]: [usize; 2]| integral.at(scaled(x), top + scaled(y));
    let mut corners = [0; 32];
    let mut weights = [0.0; 10];
    let weight = |[left, top, right, bottom]: [usize; 4], weight: f32| {
        let sides = [scaled(right) - scaled(left), scaled(bottom) - scaled(top)];
        weight / (sides[0] * sides[1]) as f32
    };
    for (k, along) in [0, 3, 6, 9].into_iter().enumerate() {
        for (side, across) in [2, 7].into_iter().enumerate() {
            corners[4 * side + k] = at([along, across]);
            corners[8 + 4 * side + k] = at([across, along]);
        }
    }
    for (k, sign) in [1.0, -2.0, 1.0].into_iter().enumerate() {
        weights[k] = weight([3 * k, 2, 3 * k + 3, 7], sign);
        weights[3 + k] = weight([2, 3 * k, 7, 3 * k + 3], sign);
    }
    for (k, [x, y]) in [[1, 1], [5, 1], [1, 5], [5, 5]].into_iter().enumerate() {
        let ends = [[x, y], [x + 3, y], [x, y + 3], [x + 3, y + 3]];
        corners[16 + 4 * k..20 + 4 * k].copy_from_slice(&ends.map(at));
        let sign = if x == y { 1.0 } else { -1.0 };
        weights[6 + k] = weight([x, y, x + 3, y + 3], sign);
    }
    Lobes { corners, weights }
}

/// The key points of every octave, without direction and in no order that matters.
pub(super) fn keypoints(integral: &Integral, params: &SurfParams) -> Vec<Keypoint> {
    let mut found = Vec::new();
    for octave in 0..params.n_octaves {
        let step = 1 << octave;
        // Key points need a margin of half the filter above the smallest one in which they are looked for.
        if (15 + 6) * step > integral.width.min(integral.height) {
            break;
        }
        let stepped = (octave > 0).then(|| integral.with_step(step));
        let integral = stepped.as_ref().unwrap_or(integral);
        let layers: Vec<_> = (0..params.n_octave_layers + 2)
            .map(|layer| Layer::new(integral, (9 + 6 * layer) * step))
            .collect();
        for three in layers.windows(3) {
            maxima(
                integral,
                octave,
                three,
                params.hessian_threshold,
                &mut found,
            );
        }
    }
    found
}

/// The key points in the middle one of three layers.
fn maxima(
    integral: &Integral,
    octave: usize,
    layers: &[Layer],
    threshold: f32,
    found: &mut Vec<Keypoint>,
) {
    let [below, middle, above] = layers else {
        return;
    };
    let rows = middle.det.len() / middle.columns;
    let margin = above.size / 2 / integral.step + 1;
    let inside = |n: usize| margin..n.saturating_sub(margin);
    let per_row = inside(rows).into_par_iter().with_min_len(16).map(|row| {
        let mut found = Vec::new();
        let here = &middle.det[row * middle.columns..][..middle.columns];
        for column in inside(middle.columns) {
            let value = here[column];
            if value > threshold && value > here[column - 1] && value > here[column + 1] {
                let cube = Cube::around([below, middle, above], column, row);
                if cube.is_peak() {
                    found.extend(keypoint(
                        integral,
                        octave,
                        [below, middle],
                        &cube,
                        column,
                        row,
                    ));
                }
            }
        }
        found
    });
    found.extend(per_row.collect::<Vec<_>>().into_iter().flatten());
}

/// A key point at the peak of the parabola through `cube`; `None` where that lies outside of it.
fn keypoint(
    integral: &Integral,
    octave: usize,
    [below, middle]: [&Layer; 2],
    cube: &Cube,
    column: usize,
    row: usize,
) -> Option<Keypoint> {
    let offset = cube.peak()?;
    let (step, size) = (integral.step, middle.size);
    let corner = [column, row].map(|at| step * (at - size / 2 / step));
    let centre = corner.map(|corner| corner as f32 + (size - 1) as f32 / 2.0);
    let lobes = lobes(integral, size, corner[1]);
    let (dxx, dyy, _) = lobes.derivatives(&integral.sums, corner[0] / step);
    let trace = dxx + dyy;
    Some(Keypoint {
        x: centre[0] + offset[0] * step as f32,
        y: centre[1] + offset[1] * step as f32,
        size: (size as f32 + offset[2] * (size - below.size) as f32).round(),
        angle: 270.0,
        response: cube.0[1][1][1],
        octave: octave as i32,
        // A bright blob is curved downwards.
        polarity: i8::from(trace < 0.0) - i8::from(trace > 0.0),
    })
}

/// The determinants around one: by layer, row and column.
struct Cube([[[f32; 3]; 3]; 3]);

impl Cube {
    fn around(layers: [&Layer; 3], column: usize, row: usize) -> Self {
        Self(layers.map(|layer| {
            [row - 1, row, row + 1]
                .map(|row| [column - 1, column, column + 1].map(|column| layer.at(column, row)))
        }))
    }

    /// Whether the middle is above all the others.
    fn is_peak(&self) -> bool {
        let all = self.0.as_flattened().as_flattened();
        all.iter()
            .enumerate()
            .all(|(i, &value)| i == 13 || value < all[13])
    }

    /// Where the parabola with the differences in the middle has its peak: x, y and layer.
    fn peak(&self) -> Option<[f32; 3]> {
        let at = |x: i32, y: i32, layer: i32| {
            let [x, y, layer] = [x, y, layer].map(|at| (at + 1) as usize);
            f64::from(self.0[layer][y][x])
        };
        let axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        let along = |[x, y, layer]: [i32; 3]| at(x, y, layer);
        let slope = Vector3::from(axes.map(|[x, y, l]| (at(x, y, l) - at(-x, -y, -l)) / 2.0));
        let curve = Matrix3::from_fn(|i, j| {
            let (a, b) = (axes[i], axes[j]);
            let sum = |s: i32, t: i32| std::array::from_fn(|k| s * a[k] + t * b[k]);
            if i == j {
                along(a) - 2.0 * at(0, 0, 0) + along(a.map(|k| -k))
            } else {
                (along(sum(1, 1)) - along(sum(1, -1)) - along(sum(-1, 1)) + along(sum(-1, -1)))
                    / 4.0
            }
        });
        let offset = -(curve.try_inverse()? * slope);
        let inside = offset.iter().all(|offset| offset.abs() <= 1.0);
        // As OpenCV: one that needs no step at all is taken for a flat place.
        let moved = offset.iter().any(|&offset| offset != 0.0);
        (inside && moved).then(|| offset.map(|offset| offset as f32).into())
    }
}
