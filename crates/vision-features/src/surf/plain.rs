//! The inner loops of SURF in plain Rust: what `simd` must equal bit for bit.

use std::ops::Range;

use super::pictures::Picture;

/// Where the corners of the ten boxes of a Hessian lie in an integral image, from the corner of the filter, and what the
/// boxes weigh.
pub(super) struct Lobes {
    /// Dxx: four columns at the top, the same at the bottom. Dyy: four rows at the left, at the right. Dxy: top left, top
    /// right, bottom left and bottom right of four boxes.
    pub(super) corners: [usize; 32],
    /// Three of Dxx, three of Dyy, four of Dxy: the weight of a pixel over the box's area.
    pub(super) weights: [f32; 10],
}

impl Lobes {
    /// `Dxx, Dyy, Dxy` of the filter with its corner at the `first` number.
    #[inline]
    pub(super) fn derivatives(&self, sums: &[i32], first: usize) -> (f32, f32, f32) {
        let side = |from: usize, to: usize| {
            let at = |k: usize| sums[first + self.corners[k]];
            at(to).wrapping_sub(at(from))
        };
        let weigh =
            |from: i32, to: i32, weight: usize| to.wrapping_sub(from) as f32 * self.weights[weight];
        // Differences of four along one side, then of neighbours among these.
        let three = |k: usize, weight: usize| {
            let (a, b) = (side(k, k + 4), side(k + 1, k + 5));
            let (c, d) = (side(k + 2, k + 6), side(k + 3, k + 7));
            weigh(a, b, weight) + weigh(b, c, weight + 1) + weigh(c, d, weight + 2)
        };
        let one = |k: usize, weight: usize| weigh(side(k, k + 1), side(k + 2, k + 3), weight);
        let dxy = one(16, 6) + one(20, 7) + one(24, 8) + one(28, 9);
        (three(0, 0), three(8, 3), dxy)
    }
}

/// `det_j = Dxx Dyy − 0.81 Dxy²` for filters side by side, the first with its corner at the `first` number.
pub(super) fn determinants(sums: &[i32], lobes: &Lobes, first: usize, det: &mut [f32]) {
    for (j, det) in det.iter_mut().enumerate() {
        let (dxx, dyy, dxy) = lobes.derivatives(sums, first + j);
        *det = dxx * dyy - 0.81 * dxy * dxy;
    }
}

/// The columns of the middle row, the fifth, whose numbers are above `least` and all their neighbours in nine rows: three of
/// the layer below, of their own and of the layer above.
pub(super) fn peaks(rows: [&[f32]; 9], least: f32, columns: Range<usize>, found: &mut Vec<usize>) {
    found.extend(columns.filter(|&column| {
        let value = rows[4][column];
        value > least
            && rows.iter().enumerate().all(|(k, row)| {
                let middle = k == 4 || value > row[column];
                middle && value > row[column - 1] && value > row[column + 1]
            })
    }));
}

/// The brightness at the points of a grid, between pixels in proportion, outside as at the border.
///
/// Its rows have `W` points, `across_k (dx, dy)` from the middle of the row, for the step `(dx, dy)`; the middles are
/// `(-dy, dx)` apart and `centre` lies halfway between the first and the last of them.
pub(super) fn sample<const W: usize>(
    picture: &Picture,
    centre: [f32; 2],
    [dx, dy]: [f32; 2],
    across: &[f32; W],
    out: &mut [[f32; W]],
) {
    let (right, bottom) = ((picture.width - 1) as f32, (picture.height - 1) as f32);
    let first = (out.len() as f32 - 1.0) / -2.0;
    for (row, out) in out.iter_mut().enumerate() {
        let down = first + row as f32;
        let (middle_x, middle_y) = (centre[0] - down * dy, centre[1] + down * dx);
        for (out, across) in out.iter_mut().zip(across) {
            let x = (middle_x + across * dx).max(0.0).min(right);
            let y = (middle_y + across * dy).max(0.0).min(bottom);
            let column = (x as usize).min(picture.width - 2);
            let row = (y as usize).min(picture.height - 2);
            let (fx, fy) = (x - column as f32, y - row as f32);
            let at = row * picture.width + column;
            let [a, c] = picture.pairs[at].map(f32::from);
            let [b, d] = picture.pairs[at + 1].map(f32::from);
            let (top, bottom) = (a + fx * (b - a), c + fx * (d - c));
            *out = top + fy * (bottom - top);
        }
    }
}
