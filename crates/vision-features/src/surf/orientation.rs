//! The direction of a key point: where the Haar responses around it point together (Bay et al. 2008, §4.1).

use super::integral::Integral;
use crate::Keypoint;

/// Radius of the disc of samples, in scales.
const RADIUS: i32 = 6;
/// How many samples the disc has.
const SAMPLES: usize = 113;

/// The samples of the disc with their Gaussian weights (σ = 2.5 scales).
pub(super) struct Disc(Vec<([f32; 2], f32)>);

impl Disc {
    pub(super) fn new() -> Self {
        let across = || -RADIUS..=RADIUS;
        let points = across().flat_map(|y| across().map(move |x| (x, y)));
        let inside = points.filter(|(x, y)| x * x + y * y <= RADIUS * RADIUS);
        let weigh = |(x, y): (i32, i32)| {
            let squared = (x * x + y * y) as f32;
            ([x as f32, y as f32], (-squared / (2.0 * 2.5 * 2.5)).exp())
        };
        Self(inside.map(weigh).collect())
    }

    /// The direction in degrees, clockwise as seen; `None` where no sample lies in the picture.
    pub(super) fn direction(&self, integral: &Integral, keypoint: &Keypoint) -> Option<f32> {
        let scale = keypoint.size * 1.2 / 9.0;
        let half = (2.0 * scale).round() as usize;
        let side = 2 * half;
        if integral.width < side || integral.height < side {
            return None;
        }
        let (last_x, last_y) = (
            (integral.width - side) as f32,
            (integral.height - side) as f32,
        );
        // Half a pixel more, so that cutting off rounds.
        let corner = |centre: f32, offset: f32| centre + offset * scale - half as f32 + 1.0;
        let mut responses = [[0.0f32; SAMPLES]; 2];
        let mut any = false;
        for (k, &([x, y], weight)) in self.0.iter().enumerate() {
            let (x, y) = (corner(keypoint.x, x), corner(keypoint.y, y));
            if x < 0.0 || y < 0.0 || x >= last_x + 1.0 || y >= last_y + 1.0 {
                continue;
            }
            any = true;
            let (dx, dy) = haar(integral, x as usize, y as usize, half);
            responses[0][k] = weight * dx as f32;
            responses[1][k] = weight * dy as f32;
        }
        any.then(|| ByDirection::new(&responses).longest())
    }
}

/// Right minus left, and bottom minus top half, of the square at `(x, y)`.
fn haar(integral: &Integral, x: usize, y: usize, half: usize) -> (i32, i32) {
    let row = |y: usize| {
        let row = &integral.sums[integral.at(x, y)..][..=2 * half];
        (row[0], row[half], row[2 * half])
    };
    let (top, middle, bottom) = (row(y), row(y + half), row(y + 2 * half));
    let second = |a: i32, b: i32, c: i32| c.wrapping_sub(b).wrapping_sub(b.wrapping_sub(a));
    let left = bottom.0.wrapping_sub(top.0);
    let centre = bottom.1.wrapping_sub(top.1);
    let right = bottom.2.wrapping_sub(top.2);
    let across = |row: (i32, i32, i32)| row.2.wrapping_sub(row.0);
    (
        second(left, centre, right),
        second(across(top), across(middle), across(bottom)),
    )
}

/// How many directions are looked at, 5 degrees apart.
const WINDOWS: usize = 72;

/// The responses added up by their direction in whole degrees, x and y apart.
struct ByDirection {
    /// Of the degrees `5 k` to `5 k + 4`.
    fives: [[f32; WINDOWS]; 2],
    /// Of the degree `5 k` alone.
    firsts: [[f32; WINDOWS]; 2],
}

impl ByDirection {
    fn new([x, y]: &[[f32; SAMPLES]; 2]) -> Self {
        // Apart from the sums, so that the compiler takes several at once.
        let mut rounded = [0i32; SAMPLES];
        for ((rounded, &x), &y) in rounded.iter_mut().zip(x).zip(y) {
            *rounded = (degrees(x, y) + 0.5) as i32;
        }
        let mut fives = [[0.0; WINDOWS]; 2];
        let mut firsts = [[0.0; WINDOWS]; 2];
        for ((&rounded, &x), &y) in rounded.iter().zip(x).zip(y) {
            let degree = rounded as usize % 360;
            let five = degree / 5;
            fives[0][five] += x;
            fives[1][five] += y;
            if degree.is_multiple_of(5) {
                firsts[0][five] += x;
                firsts[1][five] += y;
            }
        }
        Self { fives, firsts }
    }

    /// The direction of the longest sum over a window of 60 degrees without its ends: twelve fives less the first degree.
    fn longest(&self) -> f32 {
        let [x, y] = [0, 1].map(|axis| {
            let twice = [self.fives[axis]; 2];
            let mut sums = self.firsts[axis].map(|first| -first);
            for shift in 0..12 {
                for (sum, five) in sums.iter_mut().zip(&twice.as_flattened()[shift..]) {
                    *sum += five;
                }
            }
            sums
        });
        let mut best = (0.0, 0.0, 0.0);
        for (&x, &y) in x.iter().zip(&y) {
            let squared = x * x + y * y;
            if squared > best.0 {
                best = (squared, x, y);
            }
        }
        degrees(best.1, best.2)
    }
}

/// The direction of `(x, y)` in `0..360` degrees, to a thousandth of one (Hastings, Approximations for digital computers,
/// 1955, sheet 11).
pub(super) fn degrees(x: f32, y: f32) -> f32 {
    let (long, short) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    let t = short / long.max(f32::MIN_POSITIVE);
    let s = t * t;
    let series = 0.999866 + s * (-0.3302995 + s * (0.180141 + s * (-0.085133 + s * 0.0208351)));
    let angle = (t * series).to_degrees();
    let angle = if y.abs() > x.abs() {
        90.0 - angle
    } else {
        angle
    };
    let angle = if x < 0.0 { 180.0 - angle } else { angle };
    let angle = if y < 0.0 { 360.0 - angle } else { angle };
    if angle >= 360.0 { 0.0 } else { angle }
}
