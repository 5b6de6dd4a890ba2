//! Which key points of a partly transparent picture are kept.

use super::PictureFile;
use crate::{Features, GrayImage, Keypoint};

/// How far outside the outline of what is seen a key point may lie, in pixels. The blur of a detector moves key points of
/// the outline by a few pixels.
const ROOM: f32 = 5.0;

impl PictureFile {
    /// Removes key points where nothing is to be seen.
    ///
    /// A key point is kept if a pixel that is not fully transparent lies within 5 pixels, or within its
    /// [`size`](Keypoint::size) if the key point is inside the convex hull of all such pixels. So holes and gaps, which
    /// belong to the shape of a logo, keep their key points, and the ground around a cut-out has none.
    ///
    /// ```
    /// use vision_features::{Features, GrayImage, Keypoint, PictureFile};
    /// // Only the columns 0 and 20 are seen.
    /// let seen = |x, _| if x == 0 || x == 20 { 255 } else { 0 };
    /// let picture = PictureFile {
    ///     image: GrayImage::from_fn(40, 3, |_, _| 255)?,
    ///     mask: Some(GrayImage::from_fn(40, 3, seen)?),
    /// };
    /// let at = |x, size| Keypoint { x, y: 1.0, size, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
    /// let mut features = Features {
    ///     keypoints: vec![at(10.0, 9.0), at(10.0, 11.0), at(24.0, 3.0), at(30.0, 15.0)],
    ///     descriptors: vec!["in the gap, small", "in the gap, large", "at the edge", "outside"],
    /// };
    /// picture.retain_seen(&mut features);
    /// assert_eq!(features.descriptors, ["in the gap, large", "at the edge"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn retain_seen<D>(&self, features: &mut Features<D>) {
        let Some(mask) = &self.mask else { return };
        let hull = Hull::of(mask);
        let keep = |keypoint: &Keypoint| {
            let inside = hull.contains(f64::from(keypoint.x), f64::from(keypoint.y));
            let room = if inside {
                keypoint.size.max(ROOM)
            } else {
                ROOM
            };
            sees_something(mask, keypoint, room)
        };
        let keep: Vec<bool> = features.keypoints.iter().map(keep).collect();
        let mut kept = keep.iter();
        features.keypoints.retain(|_| kept.next() == Some(&true));
        let mut kept = keep.iter();
        features.descriptors.retain(|_| kept.next() == Some(&true));
    }
}

/// Whether `mask` is not 0 at a pixel within `room` pixels of the key point.
fn sees_something(mask: &GrayImage, keypoint: &Keypoint, room: f32) -> bool {
    let Keypoint { x, y, .. } = *keypoint;
    let range = |at: f32, n: usize| {
        // Casts of negative numbers and NaN give 0.
        let (low, high) = ((at - room).floor() as usize, (at + room).ceil() as usize);
        low.min(n)..high.saturating_add(1).min(n)
    };
    let columns = range(x, mask.width());
    range(y, mask.height()).any(|row| {
        let dy = row as f32 - y;
        let mut seen = mask.row(row)[columns.clone()].iter().zip(columns.clone());
        seen.any(|(&seen, column)| seen != 0 && (column as f32 - x).hypot(dy) <= room)
    })
}

/// The convex hull of the pixels that are seen (Andrew's monotone chain, 1979), by row.
struct Hull {
    /// Corners from the top down along the left side, and along the right side.
    left: Vec<[f64; 2]>,
    right: Vec<[f64; 2]>,
}

impl Hull {
    fn of(mask: &GrayImage) -> Self {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for y in 0..mask.height() {
            let row = mask.row(y);
            let first = row.iter().position(|&seen| seen != 0);
            let last = row.iter().rposition(|&seen| seen != 0);
            if let (Some(first), Some(last)) = (first, last) {
                push_corner(&mut left, [first as f64, y as f64], 1.0);
                push_corner(&mut right, [last as f64, y as f64], -1.0);
            }
        }
        Self { left, right }
    }

    fn contains(&self, x: f64, y: f64) -> bool {
        match (side_at(&self.left, y), side_at(&self.right, y)) {
            (Some(left), Some(right)) => (left..=right).contains(&x),
            _ => false,
        }
    }
}

/// Adds a corner below the others and removes those that the hull then leaves inside. `sign` is 1 for the left side.
fn push_corner(side: &mut Vec<[f64; 2]>, corner: [f64; 2], sign: f64) {
    while let [.., a, b] = side[..] {
        let cross = (b[0] - a[0]) * (corner[1] - a[1]) - (corner[0] - a[0]) * (b[1] - a[1]);
        if sign * cross < 0.0 {
            break;
        }
        side.pop();
    }
    side.push(corner);
}

/// The column of a side of the hull at row `y`. `None` above and below it.
fn side_at(side: &[[f64; 2]], y: f64) -> Option<f64> {
    let next = side.partition_point(|corner| corner[1] < y);
    let below = side.get(next)?;
    if below[1] == y {
        return Some(below[0]);
    }
    let above = side.get(next.checked_sub(1)?)?;
    let part = (y - above[1]) / (below[1] - above[1]);
    Some(above[0] + part * (below[0] - above[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_spans_what_is_seen() {
        // A diamond around (20, 20) with a hole, and nothing else.
        let mask = GrayImage::from_fn(60, 50, |x, y| {
            let far = x.abs_diff(20) + y.abs_diff(20);
            if (5..=10).contains(&far) { 255 } else { 0 }
        })
        .unwrap();
        let hull = Hull::of(&mask);
        for y in 0..50 {
            for x in 0..60_usize {
                let far = x.abs_diff(20) + 20_usize.abs_diff(y);
                assert_eq!(hull.contains(x as f64, y as f64), far <= 10, "({x}, {y})");
            }
        }
        // Two spots: the hull is the strip between them.
        let spots = GrayImage::from_fn(60, 50, |x, y| {
            u8::from((x, y) == (10, 10) || (x, y) == (50, 30))
        })
        .unwrap();
        let hull = Hull::of(&spots);
        assert!(hull.contains(30.0, 20.0));
        assert!(!hull.contains(30.0, 23.0) && !hull.contains(30.0, 17.0));
        let empty = Hull::of(&GrayImage::from_fn(4, 4, |_, _| 0).unwrap());
        assert!(!empty.contains(1.0, 1.0));
    }

    #[test]
    fn all_features_of_an_opaque_picture_are_kept() {
        let picture = PictureFile {
            image: GrayImage::from_fn(9, 9, |_, _| 7).unwrap(),
            mask: None,
        };
        let keypoint = Keypoint {
            x: -5.0,
            y: 99.0,
            size: 1.0,
            angle: 0.0,
            response: 1.0,
            octave: 0,
            polarity: 0,
        };
        let mut features = Features {
            keypoints: vec![keypoint],
            descriptors: vec![()],
        };
        picture.retain_seen(&mut features);
        assert_eq!(features.len(), 1);
        let hidden = PictureFile {
            mask: Some(GrayImage::from_fn(9, 9, |_, _| 0).unwrap()),
            ..picture
        };
        hidden.retain_seen(&mut features);
        assert!(features.is_empty() && features.descriptors.is_empty());
    }
}
