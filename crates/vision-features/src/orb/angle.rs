//! The direction of a corner: from the corner to the centre of brightness of the disc around it (Rosin 1999).

use crate::GrayImage;
use crate::features::unfolded;

/// Half the width of each row of the disc of radius 15, from the middle row outwards.
const HALF_WIDTHS: [usize; 16] = [15, 15, 15, 15, 14, 14, 14, 13, 13, 12, 11, 10, 9, 8, 6, 3];

/// In degrees, in `0..360`, to about .01° (the polynomial below). The corner lies 15 pixels or more inside.
pub(super) fn angle(image: &GrayImage, x: usize, y: usize) -> f32 {
    let (mut down, mut right) = (0, 0);
    for (row, dy) in (y - 15..=y + 15).zip(-15i32..) {
        let half = HALF_WIDTHS[dy.unsigned_abs() as usize];
        let pixels = &image.row(row)[x - half..=x + half];
        let mut sum = 0;
        for (&pixel, dx) in pixels.iter().zip(-(half as i32)..) {
            sum += i32::from(pixel);
            right += dx * i32::from(pixel);
        }
        down += dy * sum;
    }
    degrees(down as f32, right as f32)
}

/// The polynomial that OpenCV's `fastAtan2` takes for the arc tangent in degrees between 0 and 1, so that angles and with
/// them the turned pairs are OpenCV's: odd powers from the first.
const ARC_TANGENT: [f32; 4] = [
    0.999_787_84 * DEGREES,
    -0.325_808_4 * DEGREES,
    0.155_578_65 * DEGREES,
    -0.044_326_555 * DEGREES,
];
const DEGREES: f32 = (180.0 / std::f64::consts::PI) as f32;

/// The direction of `(x, y)` in degrees, in `0..360`.
fn degrees(y: f32, x: f32) -> f32 {
    let (long, short) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    let slope = short / (long + f64::EPSILON as f32);
    let square = slope * slope;
    let [first, third, fifth, seventh] = ARC_TANGENT;
    let angle = (((seventh * square + fifth) * square + third) * square + first) * slope;
    unfolded(angle, x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_angle_is_the_arc_tangent() {
        for degree in 0..720 {
            let exact = 0.5 * degree as f32;
            let (sine, cosine) = exact.to_radians().sin_cos();
            let found = degrees(1e4 * sine, 1e4 * cosine);
            let apart = (found - exact).abs();
            assert!(apart.min(360.0 - apart) < 0.012, "{exact}: {found}");
            assert!((0.0..360.0).contains(&found));
        }
        assert_eq!(degrees(0.0, 0.0), 0.0);
    }
}
