//! The batch-hard triplet loss (Hermans, Beyer, Leibe, "In Defense of the Triplet Loss", 2017, eq. 5) on unit vectors.

use guide_core::kernels;

/// The memory of the loss, kept from batch to batch.
#[derive(Debug, Default)]
pub(super) struct TripletLoss {
    units: Vec<f32>,     // [n, width]
    norms: Vec<f32>,     // [n]
    distances: Vec<f32>, // [n, n]
    d_units: Vec<f32>,   // [n, width]
}

/// A distance below which its gradient, a unit vector, is not defined.
const NO_DISTANCE: f32 = 1e-6;

/// Divides each row by its norm; a row of zeros stays.
pub(crate) fn normalize(width: usize, rows: &mut [f32]) {
    for row in rows.chunks_exact_mut(width.max(1)) {
        let norm = kernels::dot(row, row).sqrt();
        if norm > 0.0 {
            row.iter_mut().for_each(|x| *x /= norm);
        }
    }
}

impl TripletLoss {
    /// `Σ_a max(0, margin + max_p |u_a − u_p| − min_n |u_a − u_n|)` over the rows `a` of `features`, `u = f / |f|`, where `p` are the
    /// other rows of the class of `a` and `n` the rows of other classes. A row without a `p` or without an `n` counts 0.
    ///
    /// Writes `scale` times its gradient by the features into `d_features`. The sums are taken row by row, on one thread.
    ///
    /// # Panics
    /// If there is not one class for each row of `width` numbers, or `d_features` has another length.
    pub(super) fn of(
        &mut self,
        (width, features): (usize, &[f32]),
        classes: &[u32],
        (margin, scale): (f32, f32),
        d_features: &mut [f32],
    ) -> f64 {
        let n = classes.len();
        assert_eq!(features.len(), n * width, "features of {n} pictures");
        assert_eq!(d_features.len(), features.len(), "their gradient");
        self.measure(width, features, n);
        self.d_units.clear();
        self.d_units.resize(features.len(), 0.0);
        let mut sum = 0.0;
        for a in 0..n {
            let (mut far, mut near) = (None, None);
            for (b, &distance) in self.distances[a * n..(a + 1) * n].iter().enumerate() {
                if b == a {
                    continue;
                }
                if classes[b] == classes[a] {
                    if far.is_none_or(|(_, most)| distance > most) {
                        far = Some((b, distance));
                    }
                } else if near.is_none_or(|(_, least)| distance < least) {
                    near = Some((b, distance));
                }
            }
            let (Some(far), Some(near)) = (far, near) else {
                continue;
            };
            let loss = margin + far.1 - near.1;
            // Not below 0 but NaN counts, so that a training that diverges is seen.
            if loss <= 0.0 {
                continue;
            }
            sum += f64::from(loss);
            self.pull(width, a, far, scale);
            self.pull(width, a, near, -scale);
        }
        self.through_norms(width, d_features);
        sum
    }

    /// The unit vectors, their norms, and the distances of all pairs.
    fn measure(&mut self, width: usize, features: &[f32], n: usize) {
        self.units.clear();
        self.units.extend_from_slice(features);
        self.norms.clear();
        let rows = features.chunks_exact(width.max(1));
        self.norms
            .extend(rows.map(|row| kernels::dot(row, row).sqrt()));
        normalize(width, &mut self.units);
        self.distances.clear();
        self.distances.resize(n * n, 0.0);
        for a in 0..n {
            for b in 0..a {
                let [a_row, b_row] = [a, b].map(|row| &self.units[row * width..][..width]);
                let distance = kernels::squared_distance(a_row, b_row).sqrt();
                self.distances[a * n + b] = distance;
                self.distances[b * n + a] = distance;
            }
        }
    }

    /// Adds `scale ∂|u_a − u_b| / ∂u = ± scale (u_a − u_b) / |u_a − u_b|` to the gradients of both rows.
    fn pull(&mut self, width: usize, a: usize, (b, distance): (usize, f32), scale: f32) {
        if distance < NO_DISTANCE {
            return;
        }
        for column in 0..width {
            let [a, b] = [a, b].map(|row| row * width + column);
            let step = scale * (self.units[a] - self.units[b]) / distance;
            self.d_units[a] += step;
            self.d_units[b] -= step;
        }
    }

    /// The gradient by `f` of what depends on `u = f / |f|`: `(du − (u·du) u) / |f|`, 0 for a row of zeros.
    fn through_norms(&self, width: usize, d_features: &mut [f32]) {
        let rows = self.units.chunks_exact(width.max(1));
        let rows = rows.zip(self.d_units.chunks_exact(width.max(1)));
        let out = d_features.chunks_exact_mut(width.max(1)).zip(&self.norms);
        for ((unit, d_unit), (out, &norm)) in rows.zip(out) {
            out.fill(0.0);
            if norm > 0.0 {
                let along = kernels::dot(unit, d_unit);
                kernels::axpy(1.0 / norm, d_unit, out);
                kernels::axpy(-along / norm, unit, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_core::testing::random;

    use super::*;

    #[test]
    fn the_loss_by_hand() {
        // Class 0: (2, 0) and (0, 3), which are 2^½ apart as unit vectors. Class 1: (-1, 0).
        let features = [2.0, 0.0, 0.0, 3.0, -1.0, 0.0];
        let classes = [0, 0, 1];
        let mut d = [9.0; 6];
        let sum = TripletLoss::default().of((2, &features), &classes, (0.2, 1.0), &mut d);
        // From the first: .2 + 2^½ - 2 < 0. From the second: .2 + 2^½ - 2^½. The third has no other of its class.
        assert!((sum - 0.2).abs() < 1e-6, "{sum}");
        // The gradient of the second, (0, 1): ((-1, 1) - (1, 1)) / 2^½ = (-2^½, 0), which is at right angles; divided by 3.
        let root = 2.0_f32.sqrt();
        assert!(
            (d[2] + root / 3.0).abs() < 1e-6 && d[3].abs() < 1e-6,
            "{d:?}"
        );
        // The first, (1, 0), by the first pair: (1, -1) / 2^½, less its part along (1, 0); divided by 2.
        assert!(
            d[0].abs() < 1e-6 && (d[1] + 0.5 / root).abs() < 1e-6,
            "{d:?}"
        );
        // The third, (-1, 0): -(u_n - u_a) / 2^½ = -(-1, -1) / 2^½, less its part along (-1, 0).
        assert!(
            d[4].abs() < 1e-6 && (d[5] - 1.0 / root).abs() < 1e-6,
            "{d:?}"
        );
    }

    #[test]
    fn the_gradient_is_that_of_differences() {
        let width = 5;
        for (seed, classes) in [
            (1, vec![0, 0, 1, 1, 2, 2, 2]),
            (2, vec![3, 1, 3, 1]),
            (3, vec![0, 1, 2, 0]),
        ] {
            let features = random(classes.len() * width, seed);
            let mut d = vec![0.0; features.len()];
            let mut loss = TripletLoss::default();
            let sum = loss.of((width, &features), &classes, (0.9, 1.0), &mut d);
            assert!(sum > 0.0);
            let mut other = vec![0.0; features.len()];
            for index in 0..features.len() {
                let step = 1e-3;
                let [above, below] = [step, -step].map(|by| {
                    let mut moved = features.clone();
                    moved[index] += by;
                    loss.of((width, &moved), &classes, (0.9, 1.0), &mut other)
                });
                let expected = (above - below) / f64::from(2.0 * step);
                let apart = (f64::from(d[index]) - expected).abs();
                assert!(apart < 5e-3, "{seed} {index}: {} for {expected}", d[index]);
            }
            let mut half = vec![0.0; features.len()];
            loss.of((width, &features), &classes, (0.9, 0.5), &mut half);
            assert!(
                half.iter()
                    .zip(&d)
                    .all(|(half, d)| (2.0 * half - d).abs() < 1e-5)
            );
        }
    }

    #[test]
    fn one_class_equal_rows_and_zeros_have_no_gradient() {
        let mut loss = TripletLoss::default();
        let mut d = [1.0; 4];
        assert_eq!(
            loss.of((2, &[1.0, 2.0, 3.0, 4.0]), &[0, 0], (0.5, 1.0), &mut d),
            0.0
        );
        assert_eq!(d, [0.0; 4]);
        let mut d = [1.0; 6];
        let sum = loss.of(
            (2, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
            &[0, 0, 1],
            (0.5, 1.0),
            &mut d,
        );
        assert_eq!((sum, d), (1.0, [0.0; 6]));
        let sum = loss.of((2, &[0.0; 6]), &[0, 0, 1], (0.5, 1.0), &mut d);
        assert_eq!((sum, d), (1.0, [0.0; 6]));
        assert_eq!(loss.of((2, &[]), &[], (0.5, 1.0), &mut []), 0.0);
    }
}
