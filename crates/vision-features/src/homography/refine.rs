//! The homography with the least sum of squared distances in the second picture (Levenberg 1944, Marquardt 1963).

use nalgebra::{Matrix3, SMatrix, SVector};

use super::dlt::{Point, Similarity};

const MAX_STEPS: usize = 20;

/// `start` moved to lessen `Σ |to − H from|²`; `start` itself where no step does.
///
/// Works on points of mean 0 and mean distance √2, which leaves the sum the same but for a factor. There the last number
/// of `H` can be held at 1: it belongs to the mean of the points, which is seen where all of them are.
pub(super) fn refine(start: &Matrix3<f64>, from: &[Point], to: &[Point]) -> Option<Matrix3<f64>> {
    let (shrink_from, shrink_to) = (Similarity::normalising(from)?, Similarity::normalising(to)?);
    let from: Vec<_> = from.iter().map(|&p| shrink_from.apply(p)).collect();
    let to: Vec<_> = to.iter().map(|&p| shrink_to.apply(p)).collect();
    let start = shrink_to.matrix() * start * shrink_from.inverse();
    let start = start / start[(2, 2)];
    let mut h = SVector::<f64, 8>::from_fn(|i, _| start[(i / 3, i % 3)]);
    if !h.iter().all(|number| number.is_finite()) {
        return None;
    }
    let mut sum = squares(&h, &from, &to);
    let mut damping = 1e-3;
    let (mut normal, mut slope) = normal_equations(&h, &from, &to);
    for _ in 0..MAX_STEPS {
        let mut damped = normal;
        for i in 0..8 {
            damped[(i, i)] *= 1.0 + damping;
        }
        let Some(factors) = damped.cholesky() else {
            break;
        };
        let moved = h + factors.solve(&slope);
        let moved_sum = squares(&moved, &from, &to);
        if moved_sum < sum {
            let gain = sum - moved_sum;
            (h, sum) = (moved, moved_sum);
            if gain <= 1e-12 * sum {
                break;
            }
            (normal, slope) = normal_equations(&h, &from, &to);
            damping *= 0.1;
        } else {
            damping *= 10.0;
            if damping > 1e6 {
                break;
            }
        }
    }
    let h = Matrix3::new(h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0);
    Some(shrink_to.inverse() * h * shrink_from.matrix())
}

/// Where `h` maps a point, and the `w` it is divided by.
fn map(h: &SVector<f64, 8>, [x, y]: Point) -> ([f64; 2], f64) {
    let w = h[6] * x + h[7] * y + 1.0;
    let u = (h[0] * x + h[1] * y + h[2]) / w;
    ([u, (h[3] * x + h[4] * y + h[5]) / w], w)
}

fn squares(h: &SVector<f64, 8>, from: &[Point], to: &[Point]) -> f64 {
    let pairs = from.iter().zip(to);
    let squares = pairs.map(|(&from, to)| {
        let ([u, v], _) = map(h, from);
        (to[0] - u).powi(2) + (to[1] - v).powi(2)
    });
    squares.sum()
}

/// `JᵀJ` and `Jᵀ r` of the residuals `r = to − H from` and the slopes `J` of `H from`.
fn normal_equations(
    h: &SVector<f64, 8>,
    from: &[Point],
    to: &[Point],
) -> (SMatrix<f64, 8, 8>, SVector<f64, 8>) {
    let mut normal = SMatrix::<f64, 8, 8>::zeros();
    let mut slope = SVector::<f64, 8>::zeros();
    for (&from, to) in from.iter().zip(to) {
        let ([u, v], w) = map(h, from);
        let (x, y, one) = (from[0] / w, from[1] / w, 1.0 / w);
        let rows = [
            ([x, y, one, 0.0, 0.0, 0.0, -u * x, -u * y], to[0] - u),
            ([0.0, 0.0, 0.0, x, y, one, -v * x, -v * y], to[1] - v),
        ];
        for (row, residual) in rows {
            let row = SVector::from(row);
            normal.ger(1.0, &row, &row, 1.0);
            slope.axpy(residual, &row, 1.0);
        }
    }
    (normal, slope)
}
