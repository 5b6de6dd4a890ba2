//! Homographies from points that all belong to it: four by a projective frame, more by the normalised direct linear
//! transform (Hartley, Zisserman, Multiple View Geometry, 2004, §4.1 and §4.4).

use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// A point of a picture.
pub(super) type Point = [f64; 2];

/// The map that takes four points to four, exactly; no three of either may lie on a line.
pub(super) fn from_four(from: &[Point; 4], to: &[Point; 4]) -> Option<Matrix3<f64>> {
    Some(frame(to)? * frame(from)?.try_inverse()?)
}

/// The map that takes the axes and (1, 1, 1) to four points.
fn frame(points: &[Point; 4]) -> Option<Matrix3<f64>> {
    let [a, b, c, d] = points.map(|[x, y]| Vector3::new(x, y, 1.0));
    let corners = Matrix3::from_columns(&[a, b, c]);
    let weights = corners.try_inverse()? * d;
    Some(corners * Matrix3::from_diagonal(&weights))
}

/// The map that takes `from` to `to` with the least algebraic error; at least four pairs.
pub(super) fn from_many(from: &[Point], to: &[Point]) -> Option<Matrix3<f64>> {
    let (shrink_from, shrink_to) = (Similarity::normalising(from)?, Similarity::normalising(to)?);
    let mut squares = SMatrix::<f64, 9, 9>::zeros();
    for (&from, &to) in from.iter().zip(to) {
        let ([x, y], [u, v]) = (shrink_from.apply(from), shrink_to.apply(to));
        let rows = [
            [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, -u],
            [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, -v],
        ];
        for row in rows.map(SVector::from) {
            squares.ger(1.0, &row, &row, 1.0);
        }
    }
    let eigen = squares.symmetric_eigen();
    let smallest = eigen.eigenvalues.imin();
    let h = eigen.eigenvectors.column(smallest);
    let normalised = Matrix3::from_row_iterator(h.iter().copied());
    Some(shrink_to.inverse() * normalised * shrink_from.matrix())
}

/// `p -> scale (p − centre)`.
#[derive(Clone, Copy)]
pub(super) struct Similarity {
    scale: f64,
    centre: Point,
}

impl Similarity {
    /// The one after which `points` have the mean 0 and the mean distance √2 from it; `None` where they are one point.
    pub(super) fn normalising(points: &[Point]) -> Option<Self> {
        let n = points.len() as f64;
        let sum = points
            .iter()
            .fold([0.0; 2], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
        let centre = sum.map(|sum| sum / n);
        let apart = |p: &Point| (p[0] - centre[0]).hypot(p[1] - centre[1]);
        let scale = 2f64.sqrt() * n / points.iter().map(apart).sum::<f64>();
        scale.is_finite().then_some(Self { scale, centre })
    }

    pub(super) fn apply(&self, point: Point) -> Point {
        [0, 1].map(|axis| self.scale * (point[axis] - self.centre[axis]))
    }

    pub(super) fn matrix(&self) -> Matrix3<f64> {
        let [x, y] = self.centre.map(|centre| -self.scale * centre);
        Matrix3::new(self.scale, 0.0, x, 0.0, self.scale, y, 0.0, 0.0, 1.0)
    }

    pub(super) fn inverse(&self) -> Matrix3<f64> {
        let [x, y] = self.centre;
        let s = 1.0 / self.scale;
        Matrix3::new(s, 0.0, x, 0.0, s, y, 0.0, 0.0, 1.0)
    }
}

/// Whether `to` can be a picture of `from` taken from one side of the plane: no three points of either on a line, and all
/// four triangles turn as in `from`, or all of them the other way (a mirror).
pub(super) fn can_be_seen(from: &[Point; 4], to: &[Point; 4]) -> bool {
    let triangles = [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]];
    let turns = triangles.map(|[a, b, c]| {
        let turn = |p: &[Point; 4]| turn(p[a], p[b], p[c]);
        turn(from) * turn(to)
    });
    turns[0] != 0 && turns.iter().all(|&turn| turn == turns[0])
}

/// 1 or -1 by the sense in which a, b, c turn; 0 where they lie on a line, that is within a millionth of a radian.
fn turn(a: Point, b: Point, c: Point) -> i32 {
    let (b, c) = ([b[0] - a[0], b[1] - a[1]], [c[0] - a[0], c[1] - a[1]]);
    let area = b[0] * c[1] - b[1] * c[0];
    if area.abs() <= 1e-6 * b[0].hypot(b[1]) * c[0].hypot(c[1]) {
        0
    } else if area > 0.0 {
        1
    } else {
        -1
    }
}
