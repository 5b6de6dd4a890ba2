//! The inner loops of SURF in plain Rust: what `simd` must equal bit for bit.

/// Samples a line of a patch has, of which the last six serve to fill registers.
pub(super) const LINE: usize = 48;

/// Where the corners of the ten boxes of a Hessian begin in a row of an integral image, and what the boxes weigh.
pub(super) struct Lobes {
    /// Dxx: four columns at the top, the same at the bottom. Dyy: four rows at the left, at the right. Dxy: top left, top
    /// right, bottom left and bottom right of four boxes.
    pub(super) corners: [usize; 32],
    /// Three of Dxx, three of Dyy, four of Dxy: the weight of a pixel over the box's area.
    pub(super) weights: [f32; 10],
}

impl Lobes {
    /// `Dxx, Dyy, Dxy` of the filter `j` places further on.
    pub(super) fn derivatives(&self, sums: &[i32], j: usize) -> (f32, f32, f32) {
        let at = |corner: usize| sums[self.corners[corner] + j];
        let weigh = |sum: i32, weight: usize| sum as f32 * self.weights[weight];
        // Differences of four along one side, then of neighbours among these.
        let three = |first: usize, weight: usize| {
            let sides: [i32; 4] =
                std::array::from_fn(|k| at(first + 4 + k).wrapping_sub(at(first + k)));
            let box_sum = |k: usize| weigh(sides[k + 1].wrapping_sub(sides[k]), weight + k);
            box_sum(0) + box_sum(1) + box_sum(2)
        };
        let one = |first: usize, weight: usize| {
            let top = at(first + 1).wrapping_sub(at(first));
            let bottom = at(first + 3).wrapping_sub(at(first + 2));
            weigh(bottom.wrapping_sub(top), weight)
        };
        let dxy = one(16, 6) + one(20, 7) + one(24, 8) + one(28, 9);
        (three(0, 0), three(8, 3), dxy)
    }
}

/// `det_j = Dxx Dyy − 0.81 Dxy²` for filters side by side.
pub(super) fn determinants(sums: &[i32], lobes: &Lobes, det: &mut [f32]) {
    for (j, det) in det.iter_mut().enumerate() {
        let (dxx, dyy, dxy) = lobes.derivatives(sums, j);
        *det = dxx * dyy - 0.81 * dxy * dxy;
    }
}

/// A picture of one byte a pixel, at least two columns and rows, with three bytes more than pixels.
pub(super) struct Padded {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

/// The brightness at the points `start + k (dx, dy)`, between pixels in proportion, outside as at the border.
pub(super) fn line(picture: &Padded, start: [f32; 2], [dx, dy]: [f32; 2], out: &mut [f32; LINE]) {
    let (right, bottom) = ((picture.width - 1) as f32, (picture.height - 1) as f32);
    for (k, out) in out.iter_mut().enumerate() {
        let x = (start[0] + k as f32 * dx).max(0.0).min(right);
        let y = (start[1] + k as f32 * dy).max(0.0).min(bottom);
        let column = (x as usize).min(picture.width - 2);
        let row = (y as usize).min(picture.height - 2);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let at = row * picture.width + column;
        let pixel = |at: usize| f32::from(picture.pixels[at]);
        let (a, b) = (pixel(at), pixel(at + 1));
        let (c, d) = (pixel(at + picture.width), pixel(at + picture.width + 1));
        let (top, bottom) = (a + fx * (b - a), c + fx * (d - c));
        *out = top + fy * (bottom - top);
    }
}
