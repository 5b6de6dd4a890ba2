//! Corners of a level: FAST-9/16 (Rosten and Drummond 2006), each the best of its 3x3 neighbourhood, ranked by Harris' measure.

use std::ops::Range;

use super::levels::Level;
use super::simd;
use crate::GrayImage;

/// Rows that one task looks at.
pub(super) const STRIP: usize = 48;

/// A corner, in pixels of its level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    pub(super) level: usize,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) response: f32,
}

/// The corners in `rows` of level number `level` that lie `edge` pixels or more inside, row by row, with their FAST scores.
///
/// `rows` lie that far inside, too, and `edge` is at least 4.
pub(super) fn fast(
    level: (usize, &Level<'_>),
    rows: Range<usize>,
    edge: usize,
    threshold: u8,
) -> Vec<Corner> {
    let (number, Level { image, mask, .. }) = level;
    let width = image.width();
    let columns = edge..width - edge;
    let mut scores = [vec![0; width], vec![0; width], vec![0; width]];
    let fill = |y: usize, scores: &mut [u8]| {
        let near = std::array::from_fn(|i| image.row(y + i - 3));
        simd::fast_scores(&near, threshold, columns.start - 1, columns.end + 1, scores);
    };
    let mut corners = Vec::new();
    let [above, here, below] = &mut scores;
    fill(rows.start - 1, above);
    fill(rows.start, here);
    for y in rows {
        fill(y + 1, below);
        let mut x = columns.start;
        while x < columns.end {
            let ahead = (columns.end - x).min(8);
            match here[x..x + ahead].iter().position(|&score| score != 0) {
                Some(offset) => x += offset,
                None => {
                    x += ahead;
                    continue;
                }
            }
            let score = here[x];
            let beats = |row: &[u8]| score > row[x - 1] && score > row[x + 1];
            let beats_rows = |row: &[u8]| score > row[x] && beats(row);
            let wanted = || mask.as_ref().is_none_or(|mask| mask.pixel(x, y) != 0);
            if beats(here) && beats_rows(above) && beats_rows(below) && wanted() {
                corners.push(Corner {
                    level: number,
                    x,
                    y,
                    response: f32::from(score),
                });
            }
            x += 1;
        }
        std::mem::swap(above, here);
        std::mem::swap(here, below);
    }
    corners
}

/// `det M - .04 (trace M)^2` of the structure tensor `M` over 7x7 pixels, from 3x3 Sobel gradients, with white at 1.
///
/// The corner lies 4 pixels or more inside.
pub(super) fn harris(image: &GrayImage, x: usize, y: usize) -> f32 {
    let rows: [&[u8]; 9] = std::array::from_fn(|i| &image.row(y + i - 4)[x - 4..x + 5]);
    let (mut xx, mut yy, mut xy) = (0, 0, 0);
    for near in rows.windows(3) {
        for i in 1..8 {
            let at = |row: usize, column: usize| i32::from(near[row][column]);
            let dx = 2 * (at(1, i + 1) - at(1, i - 1))
                + (at(0, i + 1) - at(0, i - 1))
                + (at(2, i + 1) - at(2, i - 1));
            let dy = 2 * (at(2, i) - at(0, i))
                + (at(2, i - 1) - at(0, i - 1))
                + (at(2, i + 1) - at(0, i + 1));
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
    }
    let (xx, yy, xy) = (xx as f32, yy as f32, xy as f32);
    let scale = 1.0 / (4.0 * 7.0 * 255.0);
    let trace = xx + yy;
    (xx * yy - xy * xy - 0.04 * trace * trace) * (scale * scale * scale * scale)
}

/// Keeps the `n` strongest and all that are as strong as the last of them.
pub(super) fn retain_best(corners: &mut Vec<Corner>, n: usize) {
    if n == 0 {
        corners.clear();
    }
    if corners.len() <= n {
        return;
    }
    let mut responses: Vec<f32> = corners.iter().map(|corner| corner.response).collect();
    let (_, &mut least, _) = responses.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a));
    corners.retain(|corner| corner.response >= least);
}
