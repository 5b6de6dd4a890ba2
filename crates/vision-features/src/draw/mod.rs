//! Pictures of key points and of matches.

mod canvas;
mod params;
#[cfg(test)]
mod tests;

use guide_core::{Error, Params, Result, stream};
use image::RgbImage;
use rand::RngExt;

use crate::features::keypoint_at;
use crate::{GrayImage, Homography, Keypoint, Match};
use canvas::Canvas;
pub use params::DrawParams;

/// `image` with a circle around each key point.
///
/// The picture is one of the crate `image`, which this crate gives on as `RgbImage`: `picture.save("keypoints.png")`.
///
/// # Errors
/// [`Error::NotFinite`] for a key point with NaN or infinities, [`Error::Memory`] above 2 GiB, [`Error::Param`].
///
/// ```
/// use vision_features::{DrawParams, GrayImage, Keypoint, draw_keypoints};
/// let image = GrayImage::new(40, 30, vec![100; 1200])?;
/// let keypoint = Keypoint { x: 20.0, y: 15.0, size: 16.0, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
/// let red = DrawParams::default().rich(true).color(Some([255, 0, 0]));
/// let picture = draw_keypoints(&image, &[keypoint], &red)?;
/// assert_eq!(picture.get_pixel(24, 15).0, [255, 0, 0]); // its direction is to the right
/// assert_eq!(picture.get_pixel(16, 15).0, [100, 100, 100]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn draw_keypoints(
    image: &GrayImage,
    keypoints: &[Keypoint],
    params: &DrawParams,
) -> Result<RgbImage> {
    params.validate()?;
    check_keypoints("key point", keypoints)?;
    let mut canvas = Canvas::new(image.width(), image.height(), params.line_width)?;
    canvas.paste(image, 0);
    for (index, keypoint) in keypoints.iter().enumerate() {
        canvas.keypoint(keypoint, 0, params.rich, color(params, POINTS, index));
    }
    Ok(canvas.finish())
}

/// Two pictures side by side, `a` on the left, with a line for each match of `a` (query) with `b` (train) that `keep` keeps.
///
/// The picture is as wide as both and as high as the higher; what is left is black. `keep` is for instance the inliers of a
/// [`HomographyFit`](crate::HomographyFit); all are kept without it. Where [`DrawParams::single_points`] is set, key points
/// without a match are shown too.
///
/// # Errors
/// [`Error::OutOfRange`] for a match of a key point that is not there, [`Error::Shape`] where `keep` has another length than
/// `matches`, otherwise as [`draw_keypoints`].
///
/// ```
/// use vision_features::{DrawParams, GrayImage, Keypoint, Match, draw_matches};
/// let at = |x, y| Keypoint { x, y, size: 7.0, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
/// let image = GrayImage::new(20, 20, vec![100; 400])?;
/// let found = [Match { query: 0, train: 0, distance: 3.0 }];
/// let red = DrawParams::default().color(Some([255, 0, 0]));
/// let picture = draw_matches(&image, &[at(10.0, 5.0)], &image, &[at(10.0, 5.0)], &found, None, &red)?;
/// assert_eq!(picture.dimensions(), (40, 20));
/// assert_eq!(picture.get_pixel(20, 5).0, [255, 0, 0]); // from (10, 5) to (20 + 10, 5)
/// assert_eq!(picture.get_pixel(20, 15).0, [100; 3]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn draw_matches(
    a: &GrayImage,
    keypoints_a: &[Keypoint],
    b: &GrayImage,
    keypoints_b: &[Keypoint],
    matches: &[Match],
    keep: Option<&[bool]>,
    params: &DrawParams,
) -> Result<RgbImage> {
    params.validate()?;
    check_keypoints("key point of the first picture", keypoints_a)?;
    check_keypoints("key point of the second picture", keypoints_b)?;
    if let Some(keep) = keep.filter(|keep| keep.len() != matches.len()) {
        return Err(Error::Shape {
            what: "which matches to keep".to_owned(),
            expected: vec![matches.len()],
            got: vec![keep.len()],
        });
    }
    let pairs = matches.iter().map(|found| {
        let query = keypoint_at("query key point", keypoints_a, found.query)?;
        Ok((
            query,
            keypoint_at("train key point", keypoints_b, found.train)?,
        ))
    });
    let pairs = pairs.collect::<Result<Vec<_>>>()?;

    let left = a.width();
    let height = a.height().max(b.height());
    let mut canvas = Canvas::new(left + b.width(), height, params.line_width)?;
    canvas.paste(a, 0);
    canvas.paste(b, left);
    if params.single_points {
        let keypoints_a = keypoints_a.iter().map(|keypoint| (keypoint, 0));
        let keypoints_b = keypoints_b.iter().map(|keypoint| (keypoint, left));
        for (index, (keypoint, left)) in keypoints_a.chain(keypoints_b).enumerate() {
            canvas.keypoint(keypoint, left, params.rich, color(params, POINTS, index));
        }
    }
    for (index, (query, train)) in pairs.into_iter().enumerate() {
        if keep.is_none_or(|keep| keep[index]) {
            let color = color(params, MATCHES, index);
            canvas.keypoint(query, 0, params.rich, color);
            canvas.keypoint(train, left, params.rich, color);
            let ends = [(query.x, query.y), (train.x + left as f32, train.y)];
            canvas.lines(&ends, color);
        }
    }
    Ok(canvas.finish())
}

/// Draws on `picture` the border of `object` as `homography` maps it: where the object was found.
///
/// `left` is the column at which the second picture begins: 0, or the width of the first after [`draw_matches`].
///
/// # Errors
/// [`Error::Unsuitable`] where the homography sends a corner to infinity or beyond, so that no border is seen;
/// [`Error::Empty`] for a picture without pixels; [`Error::Memory`]; [`Error::Param`].
///
/// ```
/// use vision_features::{DrawParams, GrayImage, Homography, RgbImage, draw_outline};
/// let object = GrayImage::new(11, 11, vec![0; 121])?;
/// let twice = Homography::new([[2.0, 0.0, 5.0], [0.0, 2.0, 4.0], [0.0, 0.0, 1.0]])?;
/// let mut picture = RgbImage::new(40, 40);
/// let green = DrawParams::default().color(Some([0, 255, 0]));
/// draw_outline(&mut picture, &object, &twice, 0, &green)?;
/// // From (5, 4) to (25, 24).
/// assert_eq!(picture.get_pixel(15, 4).0, [0, 255, 0]);
/// assert_eq!(picture.get_pixel(25, 14).0, [0, 255, 0]);
/// assert_eq!(picture.get_pixel(15, 14).0, [0, 0, 0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn draw_outline(
    picture: &mut RgbImage,
    object: &GrayImage,
    homography: &Homography,
    left: usize,
    params: &DrawParams,
) -> Result<()> {
    params.validate()?;
    let (right, bottom) = ((object.width() - 1) as f64, (object.height() - 1) as f64);
    let corners = [
        [0.0, 0.0],
        [right, 0.0],
        [right, bottom],
        [0.0, bottom],
        [0.0, 0.0],
    ];
    let [_, _, [p, q, r]] = homography.matrix();
    let mapped = corners.map(|[x, y]| {
        // The horizon is where this is 0; the corners must lie on one side of it.
        let side = (p * x + q * y + r).signum() == r.signum();
        homography.apply(x, y).filter(|_| side)
    });
    let mut border = Vec::with_capacity(mapped.len());
    for (index, corner) in mapped.into_iter().enumerate() {
        let (x, y) = corner.ok_or_else(|| Error::Unsuitable {
            algorithm: "outline",
            needed: format!("a homography that keeps the object in view; corner {index} is not"),
        })?;
        border.push((x as f32 + left as f32, y as f32));
    }
    let mut canvas = Canvas::over(picture, params.line_width)?;
    canvas.lines(&border, color(params, OUTLINE, 0));
    *picture = canvas.finish();
    Ok(())
}

/// What the random colours are for: each kind has its own.
const POINTS: u64 = 0;
const MATCHES: u64 = 1;
const OUTLINE: u64 = 2;

/// The colour asked for, or a random one that is not grey: one of red, green and blue full, one missing.
fn color(params: &DrawParams, kind: u64, index: usize) -> [u8; 3] {
    params.color.unwrap_or_else(|| {
        let mut rng = stream(params.seed ^ (kind << 62), index as u64);
        let mut color = [u8::MAX, 0, rng.random_range(0..=u8::MAX)];
        color.swap(0, rng.random_range(0..3));
        color.swap(1, rng.random_range(1..3));
        color
    })
}

fn check_keypoints(what: &str, keypoints: &[Keypoint]) -> Result<()> {
    for (index, k) in keypoints.iter().enumerate() {
        if let Some(value) = [k.x, k.y, k.size, k.angle]
            .into_iter()
            .find(|v| !v.is_finite())
        {
            return Err(Error::NotFinite {
                what: what.to_owned(),
                index,
                value: f64::from(value),
            });
        }
    }
    Ok(())
}
