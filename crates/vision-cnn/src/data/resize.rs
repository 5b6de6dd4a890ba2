//! Bilinear resizing with antialiasing: a triangle filter that widens with the scale, as Pillow's and PyTorch's
//! `antialias=True`.

/// A rectangle of a picture in pixels: pixel `i` covers `i..i + 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) top: f64,
    pub(super) left: f64,
    pub(super) height: f64,
    pub(super) width: f64,
}

impl Rect {
    /// The whole of a picture.
    pub(super) fn whole([height, width]: [usize; 2]) -> Self {
        Self {
            top: 0.0,
            left: 0.0,
            height: height as f64,
            width: width as f64,
        }
    }

    /// The largest rectangle in the middle of a picture that has the shape of `size`.
    pub(super) fn centered(picture: [usize; 2], size: [usize; 2]) -> Self {
        let whole = Self::whole(picture);
        let aspect = size[1] as f64 / size[0] as f64;
        let height = whole.height.min(whole.width / aspect);
        let width = whole.width.min(whole.height * aspect);
        Self {
            top: (whole.height - height) / 2.0,
            left: (whole.width - width) / 2.0,
            height,
            width,
        }
    }
}

/// Memory that is kept from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct ResizeBuffers {
    /// One row of the picture after the vertical filter.
    row: Vec<f32>,
    weights: Vec<f32>,
    /// Weights of all columns, one after the other, and the range of columns that each looks at.
    column_weights: Vec<f32>,
    columns: Vec<(usize, usize)>,
}

/// Resizes the rectangle `rect` of `picture` (`[height, width, channels]` bytes) to `size` (height, width), which is written
/// to `out` as values from 0 to 255.
///
/// The value at an output pixel is the weighted mean of the pixels around its centre. The weights fall linearly to 0 at a
/// distance of one output pixel, or of one input pixel if the picture grows. A rectangle of the output's own size on whole
/// pixels is copied exactly.
///
/// Memory: one row of the picture as `f32`. Each input row is read at most twice if the picture shrinks.
pub(super) fn resize(
    picture: &[u8],
    [height, width, channels]: [usize; 3],
    rect: Rect,
    size: [usize; 2],
    out: &mut [f32],
    buffers: &mut ResizeBuffers,
) {
    let ResizeBuffers {
        row,
        weights,
        column_weights,
        columns,
    } = buffers;
    column_weights.clear();
    columns.clear();
    for x in 0..size[1] {
        let first = push_weights(column_weights, x, (rect.left, rect.width), (width, size[1]));
        columns.push((first, column_weights.len()));
    }
    // The columns that any output pixel looks at.
    let from = columns.first().map_or(0, |&(first, _)| first);
    row.clear();
    row.resize((width - from) * channels, 0.0);
    for (y, out) in out.chunks_exact_mut(size[1] * channels).enumerate() {
        weights.clear();
        let first = push_weights(weights, y, (rect.top, rect.height), (height, size[0]));
        row.fill(0.0);
        for (offset, &weight) in weights.iter().enumerate() {
            let start = ((first + offset) * width + from) * channels;
            let source = &picture[start..start + row.len()];
            for (sum, &value) in row.iter_mut().zip(source) {
                *sum += weight * f32::from(value);
            }
        }
        let mut start = 0;
        for (out, &(first, end)) in out.chunks_exact_mut(channels).zip(&*columns) {
            let weights = &column_weights[start..end];
            start = end;
            let pixels = row[(first - from) * channels..].chunks_exact(channels);
            out.fill(0.0);
            for (&weight, pixel) in weights.iter().zip(pixels) {
                for (out, &value) in out.iter_mut().zip(pixel) {
                    *out += weight * value;
                }
            }
        }
    }
}

/// Adds the weights of the input pixels that the output pixel `place` looks at. Returns the first of them.
///
/// `span` is the start and the length of the rectangle along this side, `n` the numbers of input and output pixels.
fn push_weights(
    weights: &mut Vec<f32>,
    place: usize,
    (start, length): (f64, f64),
    (n_in, n_out): (usize, usize),
) -> usize {
    let scale = length / n_out as f64;
    let reach = scale.max(1.0);
    let center = start + (place as f64 + 0.5) * scale;
    // Casts of negative numbers give 0.
    let first = ((center - reach + 0.5) as usize).min(n_in - 1);
    let end = ((center + reach + 0.5) as usize).clamp(first + 1, n_in);
    let weight = |pixel: usize| (1.0 - (pixel as f64 + 0.5 - center).abs() / reach).max(0.0);
    let sum: f64 = (first..end).map(weight).sum();
    if sum > 0.0 {
        weights.extend((first..end).map(|pixel| (weight(pixel) / sum) as f32));
    } else {
        // Only where the centre lies outside the picture.
        weights.push(1.0);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(picture: &[u8], size: [usize; 3], rect: Rect, to: [usize; 2]) -> Vec<f32> {
        let mut out = vec![f32::NAN; to[0] * to[1] * size[2]];
        resize(
            picture,
            size,
            rect,
            to,
            &mut out,
            &mut ResizeBuffers::default(),
        );
        out
    }

    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
        }
    }

    #[test]
    fn the_same_size_is_a_copy() {
        let picture: Vec<u8> = (0..60).map(|i| (i * 37 % 256) as u8).collect();
        let same: Vec<f32> = picture.iter().map(|&v| f32::from(v)).collect();
        let whole = Rect::whole([4, 5]);
        assert_eq!(resized(&picture, [4, 5, 3], whole, [4, 5]), same);
        let inner = Rect {
            top: 1.0,
            left: 2.0,
            height: 2.0,
            width: 3.0,
        };
        let expected = [&same[21..30], &same[36..45]].concat();
        assert_eq!(resized(&picture, [4, 5, 3], inner, [2, 3]), expected);
    }

    #[test]
    fn halving_by_hand() {
        // Centre 1, reach 2: weights 1/4, 3/4, 3/4, 1/4 of pixels -1, 0, 1, 2; the first does not exist.
        let found = resized(&[0, 80, 160, 240], [1, 4, 1], Rect::whole([1, 4]), [1, 2]);
        close(&found, &[400.0 / 7.0, 1280.0 / 7.0]);
        // Growing twice: centres -1/4 .. 3/4 between two pixels.
        let found = resized(&[0, 80], [1, 2, 1], Rect::whole([1, 2]), [1, 4]);
        close(&found, &[0.0, 20.0, 60.0, 80.0]);
    }

    /// `scripts/golden/torch_resize.py`: `torch.nn.functional.interpolate(.., mode="bilinear", antialias=True)`.
    #[test]
    fn equals_pytorch() {
        let golden = include_str!("resize_golden.txt");
        let mut cases = 0;
        for line in golden.lines() {
            let numbers: Vec<f32> = line.split(' ').map(|n| n.parse().unwrap()).collect();
            let [h, w, to_h, to_w] = [0, 1, 2, 3].map(|i| numbers[i] as usize);
            let picture: Vec<u8> = (0..h * w * 3).map(|i| (i * i * 31 % 251) as u8).collect();
            let found = resized(&picture, [h, w, 3], Rect::whole([h, w]), [to_h, to_w]);
            close(&found, &numbers[4..]);
            cases += 1;
        }
        assert_eq!(cases, 6);
    }

    #[test]
    fn the_centre_has_the_shape_that_is_wanted() {
        let rect = |top, left, height, width| Rect {
            top,
            left,
            height,
            width,
        };
        let centered = Rect::centered([80, 60], [28, 28]);
        assert_eq!(centered, rect(10.0, 0.0, 60.0, 60.0));
        let centered = Rect::centered([10, 100], [40, 60]);
        assert_eq!(centered, rect(0.0, 42.5, 10.0, 15.0));
        assert_eq!(Rect::centered([80, 60], [40, 30]), Rect::whole([80, 60]));
    }
}
