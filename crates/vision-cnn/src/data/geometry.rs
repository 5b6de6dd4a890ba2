//! Flips, shifts and rotations of a picture by sampling.

use super::augment::Border;

/// How a picture is moved: mirrored first, then rotated about its middle, then shifted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Movement {
    /// Mirrors left and right.
    pub(super) flip: bool,
    /// Radians, counter-clockwise as one sees it.
    pub(super) angle: f32,
    /// Pixels down and to the right.
    pub(super) shift: [isize; 2],
}

impl Movement {
    /// Writes the moved picture (`[height, width, channels]`) to `out`, of the same size. Without a rotation, values are copied.
    pub(super) fn apply<T: Copy + Into<f32>>(
        &self,
        picture: &[T],
        size: [usize; 3],
        border: Border,
        out: &mut [f32],
    ) {
        if self.angle == 0.0 {
            self.copy(picture, size, border, out);
        } else {
            self.sample(picture, size, border, out);
        }
    }

    fn copy<T: Copy + Into<f32>>(
        &self,
        picture: &[T],
        [height, width, channels]: [usize; 3],
        border: Border,
        out: &mut [f32],
    ) {
        let row_len = width * channels;
        // The columns of the output that show columns of the picture.
        let [dy, dx] = self.shift;
        let from = dx.clamp(0, width as isize) as usize;
        let to = (width as isize + dx).clamp(0, width as isize) as usize;
        for (y, out) in out.chunks_exact_mut(row_len).enumerate() {
            let wanted = y as isize - dy;
            let y = match (border.value(), wanted.clamp(0, height as isize - 1)) {
                (Some(value), nearest) if nearest != wanted => {
                    out.fill(value);
                    continue;
                }
                (_, nearest) => nearest as usize,
            };
            let row = &picture[y * row_len..(y + 1) * row_len];
            let pixel = |column: usize| {
                let column = if self.flip {
                    width - 1 - column
                } else {
                    column
                };
                &row[column * channels..(column + 1) * channels]
            };
            if from < to {
                let first = (from as isize - dx) as usize;
                let shown = &mut out[from * channels..to * channels];
                if self.flip {
                    for (out, column) in shown.chunks_exact_mut(channels).zip(first..) {
                        put(out, pixel(column));
                    }
                } else {
                    put(
                        shown,
                        &row[first * channels..(first + to - from) * channels],
                    );
                }
            }
            for (columns, nearest) in [(0..from.min(width), 0), (to.max(from)..width, width - 1)] {
                let outside = &mut out[columns.start * channels..columns.end * channels];
                match border.value() {
                    Some(value) => outside.fill(value),
                    None => outside
                        .chunks_exact_mut(channels)
                        .for_each(|out| put(out, pixel(nearest))),
                }
            }
        }
    }

    /// Bilinear sampling at the place that each output pixel comes from.
    fn sample<T: Copy + Into<f32>>(
        &self,
        picture: &[T],
        size: [usize; 3],
        border: Border,
        out: &mut [f32],
    ) {
        match size[2] {
            1 => self.sample_channels::<T, 1>(picture, size, border, out),
            _ => self.sample_channels::<T, 3>(picture, size, border, out),
        }
    }

    /// [`sample`](Self::sample) for `C` channels, so that a pixel is in registers.
    fn sample_channels<T: Copy + Into<f32>, const C: usize>(
        &self,
        picture: &[T],
        [height, width, _]: [usize; 3],
        border: Border,
        out: &mut [f32],
    ) {
        let pixels = picture.as_chunks::<C>().0;
        let (sin, cos) = self.angle.sin_cos();
        let middle = [height, width].map(|n| (n as f32 - 1.0) / 2.0);
        // Where a column of the picture is after it was mirrored: column -> first + step * column.
        let (first, step) = if self.flip {
            (width as f32 - 1.0, -1.0)
        } else {
            (0.0, 1.0)
        };
        let rows = out.as_chunks_mut::<C>().0.chunks_exact_mut(width);
        for (y, row) in rows.enumerate() {
            let dy = y as f32 - middle[0] - self.shift[0] as f32;
            for (x, out) in row.iter_mut().enumerate() {
                let dx = x as f32 - middle[1] - self.shift[1] as f32;
                let source_x = first + step * (middle[1] + dx * cos - dy * sin);
                let source_y = middle[0] + dx * sin + dy * cos;
                let (left, top) = (source_x.floor(), source_y.floor());
                let (right_part, bottom_part) = (source_x - left, source_y - top);
                let weights = [
                    (1.0 - bottom_part) * (1.0 - right_part),
                    (1.0 - bottom_part) * right_part,
                    bottom_part * (1.0 - right_part),
                    bottom_part * right_part,
                ];
                // Sides are at most 2^14 and shifts too, so places fit.
                let (left, top) = (left as isize, top as isize);
                let inside =
                    left >= 0 && top >= 0 && left + 1 < width as isize && top + 1 < height as isize;
                let corners = if inside {
                    let at = top as usize * width + left as usize;
                    [at, at + 1, at + width, at + width + 1].map(|at| pixels[at].map(Into::into))
                } else {
                    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(down, right)| {
                        border.pixel(pixels, width, [top + down, left + right])
                    })
                };
                *out = [0.0; C];
                for (weight, corner) in weights.into_iter().zip(corners) {
                    for (out, value) in out.iter_mut().zip(corner) {
                        *out += weight * value;
                    }
                }
            }
        }
    }
}

impl Border {
    /// The pixel at a row and a column that may lie outside of the picture.
    fn pixel<T: Copy + Into<f32>, const C: usize>(
        self,
        pixels: &[[T; C]],
        width: usize,
        [row, column]: [isize; 2],
    ) -> [f32; C] {
        let height = pixels.len() / width;
        let nearest_row = row.clamp(0, height as isize - 1);
        let nearest_column = column.clamp(0, width as isize - 1);
        match self.value() {
            Some(value) if [nearest_row, nearest_column] != [row, column] => [value; C],
            _ => pixels[nearest_row as usize * width + nearest_column as usize].map(Into::into),
        }
    }
}

fn put<T: Copy + Into<f32>>(out: &mut [f32], pixels: &[T]) {
    for (out, &value) in out.iter_mut().zip(pixels) {
        *out = value.into();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moved(movement: Movement, picture: &[u8], size: [usize; 3], border: Border) -> Vec<f32> {
        let mut out = vec![f32::NAN; picture.len()];
        movement.apply(picture, size, border, &mut out);
        out
    }

    #[test]
    fn by_hand() {
        let picture = [1, 2, 3, 4, 5, 6]; // 2 x 3
        let of = |flip, shift, border| {
            let movement = Movement {
                flip,
                angle: 0.0,
                shift,
            };
            moved(movement, &picture, [2, 3, 1], border)
        };
        assert_eq!(of(true, [0, 0], Border::Edge), [3., 2., 1., 6., 5., 4.]);
        assert_eq!(of(false, [0, 1], Border::Black), [0., 1., 2., 0., 4., 5.]);
        assert_eq!(of(false, [0, 1], Border::Edge), [1., 1., 2., 4., 4., 5.]);
        assert_eq!(of(true, [0, 1], Border::Edge), [3., 3., 2., 6., 6., 5.]);
        assert_eq!(
            of(false, [-1, -2], Border::White),
            [6., 255., 255., 255., 255., 255.]
        );
        assert_eq!(of(false, [-1, -2], Border::Edge), [6.; 6]);
        assert_eq!(of(false, [5, 9], Border::Edge), [1.; 6]);
        assert_eq!(of(true, [-5, -9], Border::Edge), [4.; 6]);
        assert_eq!(of(false, [0, 9], Border::Black), [0.; 6]);
    }

    #[test]
    fn a_quarter_turn_is_counter_clockwise() {
        let picture = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let movement = Movement {
            angle: std::f32::consts::FRAC_PI_2,
            ..Movement::default()
        };
        let turned = moved(movement, &picture, [3, 3, 1], Border::Edge);
        for (found, expected) in turned.iter().zip([3., 6., 9., 2., 5., 8., 1., 4., 7.]) {
            assert!((found - expected).abs() < 1e-4, "{turned:?}");
        }
    }

    #[test]
    fn pixels_between_two_are_their_mean() {
        // By 45 degrees the middle stays, and the middle above it lies half way (sin 45 = .707) towards a corner.
        let picture = [0, 100, 0, 100, 200, 100, 0, 100, 0];
        let movement = Movement {
            angle: std::f32::consts::FRAC_PI_4,
            ..Movement::default()
        };
        let turned = moved(movement, &picture, [3, 3, 1], Border::Black);
        assert!((turned[4] - 200.0).abs() < 1e-4);
        // Bilinear at (.707, .707) from the middle: .086 * 200 + 2 * .207 * 100 + .5 * 0.
        assert!((turned[1] - (17.157 + 41.421)).abs() < 1e-2, "{turned:?}");
        // (1.414, 0) from the middle: .586 of the side's 100, and .414 of black beyond.
        assert!((turned[0] - 58.58).abs() < 1e-1, "{turned:?}");
    }

    proptest! {
        #[test]
        fn twice_flipped_and_there_and_back_is_the_same(
            height in 1_usize..6, width in 1_usize..6, channels in prop::sample::select(vec![1_usize, 3]),
            seed: u8, flip: bool, dy in -7_isize..8, dx in -7_isize..8,
        ) {
            let size = [height, width, channels];
            let picture: Vec<u8> = (0..height * width * channels).map(|i| seed.wrapping_mul(i as u8 + 3)).collect();
            let same: Vec<f32> = picture.iter().map(|&v| f32::from(v)).collect();
            prop_assert_eq!(&moved(Movement::default(), &picture, size, Border::Edge), &same);
            let mirror = Movement { flip: true, ..Movement::default() };
            let mut twice = vec![f32::NAN; same.len()];
            mirror.apply(&moved(mirror, &picture, size, Border::Edge), size, Border::Edge, &mut twice);
            prop_assert_eq!(&twice, &same);
            // Sampling at a tiny angle is copying.
            let copied = Movement { flip, angle: 0.0, shift: [dy, dx] };
            for border in [Border::Edge, Border::Black, Border::White] {
                let expected = moved(copied, &picture, size, border);
                let found = moved(Movement { angle: 1e-7, ..copied }, &picture, size, border);
                for (found, expected) in found.iter().zip(&expected) {
                    prop_assert!((found - expected).abs() < 0.01, "{} for {}", found, expected);
                }
            }
        }
    }
}
