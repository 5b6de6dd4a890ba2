//! The fast Hessian: second derivatives by boxes, and the key points where their determinant has a maximum in place and
//! size (Bay et al. 2008, §3), with the sizes of OpenCV: `(9 + 6 layer) 2^octave`.

use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

use super::integral::Integral;
use super::plain::Lobes;
use super::{SurfParams, simd};
use crate::{GrayImage, Keypoint};

/// Rows in which the maxima are looked for at once; for two more, determinants are taken twice.
const STRIP: usize = 32;

/// One size of filter: the rows and columns, of every `2^octave`-th pixel, around which it does not reach over the border.
struct Layer {
    size: usize,
    /// The first row and the first column.
    margin: usize,
    columns: usize,
    rows: usize,
    lobes: Lobes,
}

impl Layer {
    fn new(integral: &Integral, size: usize) -> Self {
        let fit = |n: usize| (n + integral.step).saturating_sub(size) / integral.step;
        let columns = fit(integral.width);
        Self {
            size,
            margin: size / 2 / integral.step,
            columns,
            // A filter wider than the picture fits into no row.
            rows: if columns == 0 {
                0
            } else {
                fit(integral.height)
            },
            lobes: lobes(integral, size),
        }
    }

    /// Where the corner of the filter around the first column of a row lies.
    fn first(&self, integral: &Integral, row: usize) -> usize {
        integral.at(0, (row - self.margin) * integral.step)
    }

    fn determinants(&self, integral: &Integral, row: usize, det: &mut [f32]) {
        if (self.margin..self.margin + self.rows).contains(&row) {
            let det = &mut det[self.margin..self.margin + self.columns];
            simd::determinants(&integral.sums, &self.lobes, self.first(integral, row), det);
        }
    }
}

/// The boxes of a filter.
fn lobes(integral: &Integral, size: usize) -> Lobes {
    // Of a filter of nine pixels.
    let scaled = |at: usize| (size as f32 / 9.0 * at as f32).round() as usize;
    let at = |[x, y]: [usize; 2]| integral.at(scaled(x), scaled(y));
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

/// Every `2^octave`-th pixel, and the filters that are laid around it.
struct Octave {
    index: usize,
    integral: Integral,
    layers: Vec<Layer>,
}

/// How many octaves have room for a key point, which needs a margin of half the filter above the smallest one in which they
/// are looked for.
pub(super) fn n_octaves(image: &GrayImage, params: &SurfParams) -> usize {
    let shorter = image.width().min(image.height());
    let has_room = |&index: &usize| (15 + 6) << index <= shorter;
    (0..params.n_octaves).take_while(has_room).count()
}

/// The key points of every octave, without direction, in no order that matters.
pub(super) fn keypoints(image: &GrayImage, params: &SurfParams) -> Vec<Keypoint> {
    let mut octaves: Vec<Octave> = Vec::new();
    for index in 0..n_octaves(image, params) {
        let integral = match octaves.last() {
            None => Integral::new(image),
            Some(finer) => finer.integral.coarser(),
        };
        let sizes = (0..params.n_octave_layers + 2).map(|layer| (9 + 6 * layer) << index);
        octaves.push(Octave {
            index,
            layers: sizes.map(|size| Layer::new(&integral, size)).collect(),
            integral,
        });
    }
    let mut strips = Vec::new();
    for octave in &octaves {
        let rows = octave.integral.height / octave.integral.step;
        strips.extend((0..rows).step_by(STRIP).map(|first| (octave, first)));
    }
    let found = strips
        .into_par_iter()
        .with_max_len(1)
        .map(|(octave, first)| octave.maxima(first, params.hessian_threshold));
    found.collect::<Vec<_>>().into_iter().flatten().collect()
}

impl Octave {
    /// The key points in the strip from the `first` row on.
    fn maxima(&self, first: usize, threshold: f32) -> Vec<Keypoint> {
        let integral = &self.integral;
        let [columns, rows] = [integral.width, integral.height].map(|n| n / integral.step);
        // The last three rows of each layer, row `r` at place `r % 3`.
        let mut last = vec![0.0; 3 * self.layers.len() * columns];
        let (mut peaks, mut found) = (Vec::new(), Vec::new());
        for row in first.saturating_sub(1)..rows.min(first + STRIP + 1) {
            let rings = last.chunks_exact_mut(3 * columns);
            for (layer, ring) in self.layers.iter().zip(rings) {
                layer.determinants(integral, row, &mut ring[row % 3 * columns..][..columns]);
            }
            if row <= first {
                continue;
            }
            let middle = row - 1;
            for index in 1..self.layers.len() - 1 {
                let margin = self.layers[index + 1].margin + 1;
                let inside = |n: usize| margin..n.saturating_sub(margin);
                if !inside(rows).contains(&middle) {
                    continue;
                }
                let around: [&[f32]; 9] = std::array::from_fn(|k| {
                    let (layer, row) = (index + k / 3 - 1, middle + k % 3 - 1);
                    &last[(3 * layer + row % 3) * columns..][..columns]
                });
                peaks.clear();
                simd::peaks(around, threshold, inside(columns), &mut peaks);
                let keypoints = peaks.iter().filter_map(|&column| {
                    self.keypoint(index, &Cube::around(around, column), column, middle)
                });
                found.extend(keypoints);
            }
        }
        found
    }

    /// A key point at the peak of the parabola through `cube`; `None` where that lies outside of it.
    fn keypoint(&self, index: usize, cube: &Cube, column: usize, row: usize) -> Option<Keypoint> {
        let offset = cube.peak()?;
        let (layer, below) = (&self.layers[index], &self.layers[index - 1]);
        let step = self.integral.step;
        let place = |at: usize, offset: f32| {
            let corner = step * (at - layer.margin);
            corner as f32 + (layer.size - 1) as f32 / 2.0 + offset * step as f32
        };
        let corner = layer.first(&self.integral, row) + column - layer.margin;
        let (dxx, dyy, _) = layer.lobes.derivatives(&self.integral.sums, corner);
        let trace = dxx + dyy;
        Some(Keypoint {
            x: place(column, offset[0]),
            y: place(row, offset[1]),
            size: (layer.size as f32 + offset[2] * (layer.size - below.size) as f32).round(),
            angle: 270.0,
            response: cube.0[1][1][1],
            octave: self.index as i32,
            // A bright blob is curved downwards.
            polarity: i8::from(trace < 0.0) - i8::from(trace > 0.0),
        })
    }
}

/// The determinants around one: by layer, row and column.
struct Cube([[[f32; 3]; 3]; 3]);

impl Cube {
    fn around(rows: [&[f32]; 9], column: usize) -> Self {
        let mut cube = [[[0.0; 3]; 3]; 3];
        for (three, row) in cube.as_flattened_mut().iter_mut().zip(rows) {
            three.copy_from_slice(&row[column - 1..column + 2]);
        }
        Self(cube)
    }

    /// Where the parabola with the differences in the middle has its peak: x, y and layer.
    fn peak(&self) -> Option<[f32; 3]> {
        let at = |x: usize, y: usize, layer: usize| f64::from(self.0[layer][y][x]);
        // Slopes and curvatures along x, y and layer, and the twists of two.
        let (x, y, l) = (
            [at(0, 1, 1), at(2, 1, 1)],
            [at(1, 0, 1), at(1, 2, 1)],
            [at(1, 1, 0), at(1, 1, 2)],
        );
        let slope = Vector3::from([x, y, l].map(|[before, after]| (after - before) / 2.0));
        let curve = |[before, after]: [f64; 2]| after - 2.0 * at(1, 1, 1) + before;
        let twist = |[a, b, c, d]: [f64; 4]| (d - c - b + a) / 4.0;
        let xy = twist([at(0, 0, 1), at(0, 2, 1), at(2, 0, 1), at(2, 2, 1)]);
        let xl = twist([at(0, 1, 0), at(0, 1, 2), at(2, 1, 0), at(2, 1, 2)]);
        let yl = twist([at(1, 0, 0), at(1, 0, 2), at(1, 2, 0), at(1, 2, 2)]);
        let curves = Matrix3::new(curve(x), xy, xl, xy, curve(y), yl, xl, yl, curve(l));
        let offset = -(curves.try_inverse()? * slope);
        let inside = offset.iter().all(|offset| offset.abs() <= 1.0);
        // As OpenCV: one that needs no step at all is taken for a flat place.
        let moved = offset.iter().any(|&offset| offset != 0.0);
        (inside && moved).then(|| offset.map(|offset| offset as f32).into())
    }
}
