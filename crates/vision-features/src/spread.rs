//! Key points that cover the picture instead of crowding where it is richest.

use crate::Keypoint;

/// Side of the finest grid: the picture is never cut into more squares than its square.
const FINEST: f32 = 1024.0;

/// The positions in `keypoints` (strongest first) of `n` that are spread over a picture of `width` x `height` pixels, in
/// ascending order; all where there are no more than `n`.
///
/// From the strongest down, a key point is kept where no kept one is nearer than `d` pixels along both axes. `d` is a whole
/// number for which at least `n` are kept and for `d + 1` fewer; of these the `n` strongest are taken. It is found by halving,
/// which need not give the largest such `d`: now and then a larger `d` keeps more. Where even the smallest `d` keeps fewer (key points that differ in direction only, say), the strongest of the others fill up. This is the
/// adaptive suppression by squares of Bailo et al. (Efficient adaptive non-maximal suppression, 2018) with exact distances.
pub(crate) fn spread(keypoints: &[Keypoint], n: usize, width: usize, height: usize) -> Vec<usize> {
    if keypoints.len() <= n {
        return (0..keypoints.len()).collect();
    }
    let finest = ((width as f32 * height as f32).sqrt() / FINEST).max(1.0) as usize;
    let (mut enough, mut kept) = (finest, suppress(keypoints, finest, width, height));
    let mut too_far = width.max(height) + 1;
    while kept.len() >= n && too_far - enough > 1 {
        let middle = enough.midpoint(too_far);
        let at_middle = suppress(keypoints, middle, width, height);
        if at_middle.len() >= n {
            (enough, kept) = (middle, at_middle);
        } else {
            too_far = middle;
        }
    }
    let is_kept = |index: &usize| kept.binary_search(index).is_ok();
    let others = (0..keypoints.len()).filter(|index| !is_kept(index));
    let mut chosen: Vec<usize> = kept.iter().copied().chain(others).take(n).collect();
    chosen.sort_unstable();
    chosen
}

/// The key points, from the strongest down, that have no kept one nearer than `distance` along both axes.
fn suppress(keypoints: &[Keypoint], distance: usize, width: usize, height: usize) -> Vec<usize> {
    let (columns, rows) = (width / distance + 1, height / distance + 1);
    // A square of the grid has room for one kept key point; those that could suppress another lie in the nine around it.
    let mut grid: Vec<Option<u32>> = vec![None; columns * rows];
    let mut kept = Vec::new();
    for (index, keypoint) in keypoints.iter().enumerate() {
        let square = |at: f32, n: usize| ((at.max(0.0) / distance as f32) as usize).min(n - 1);
        let (column, row) = (square(keypoint.x, columns), square(keypoint.y, rows));
        let near = |other: Option<u32>| {
            other
                .and_then(|other| keypoints.get(other as usize))
                .is_some_and(|other| {
                    let apart = (other.x - keypoint.x)
                        .abs()
                        .max((other.y - keypoint.y).abs());
                    apart < distance as f32
                })
        };
        let around = |at: usize, n: usize| at.saturating_sub(1)..(at + 2).min(n);
        let suppressed = around(row, rows).any(|y| {
            grid[y * columns..][around(column, columns)]
                .iter()
                .any(|&other| near(other))
        });
        if !suppressed {
            grid[row * columns + column] = Some(index as u32);
            kept.push(index);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> Keypoint {
        Keypoint {
            x,
            y,
            size: 1.0,
            angle: 0.0,
            response: 0.0,
            octave: 0,
            polarity: 0,
        }
    }

    #[test]
    fn a_crowd_of_strong_ones_leaves_room_for_the_others() {
        // Ten strong ones around (5, 5), then one in each other corner of 100 x 50 pixels.
        let mut keypoints: Vec<Keypoint> = (0..10).map(|i| at(5.0 + 0.3 * i as f32, 5.0)).collect();
        keypoints.extend([at(95.0, 5.0), at(5.0, 45.0), at(95.0, 45.0)]);
        assert_eq!(spread(&keypoints, 4, 100, 50), [0, 10, 11, 12]);
        assert_eq!(spread(&keypoints, 2, 100, 50), [0, 10]);
        // 1 pixel apart fit 3 of the crowd; the strongest of the rest fill up to 8.
        assert_eq!(spread(&keypoints, 8, 100, 50), [0, 1, 2, 4, 8, 10, 11, 12]);
        assert_eq!(spread(&keypoints, 13, 100, 50), (0..13).collect::<Vec<_>>());
        assert!(spread(&keypoints, 0, 100, 50).is_empty());
    }

    #[test]
    fn twins_at_one_place_fill_up_last() {
        let keypoints = [at(5.0, 5.0), at(5.0, 5.0), at(6.0, 5.0)];
        assert_eq!(spread(&keypoints, 2, 10, 10), [0, 2]);
        assert_eq!(spread(&keypoints[..2], 1, 10, 10), [0]);
    }
}
