//! The second look: does a photo show a picture from one side, point by point?

use guide_core::{Error, Result};

use super::PictureIndexParams;
use super::stored::Picture;
use super::vocabulary::DIM;
use crate::{Features, Homography, find_homography, match_features};

/// The homography from `picture` to `photo` and at how many places matches agree with it; `None` where they are fewer than
/// `min_inliers`.
pub(super) fn verify(
    photo: &Features<[u8; DIM]>,
    picture: &Picture,
    params: &PictureIndexParams,
) -> Result<Option<(Homography, usize)>> {
    let matches = match_features(&photo.descriptors, &picture.descriptors, &params.matching)?;
    if matches.len() < params.min_inliers {
        return Ok(None);
    }
    let from = matches
        .iter()
        .map(|m| picture.places[m.train as usize].map(f64::from));
    let to = matches.iter().map(|m| {
        let keypoint = photo.keypoints[m.query as usize];
        [f64::from(keypoint.x), f64::from(keypoint.y)]
    });
    let (from, to) = (from.collect::<Vec<_>>(), to.collect::<Vec<_>>());
    match find_homography(&from, &to, &params.ransac) {
        Ok(fit) => {
            let inliers = fit.n_places(&from, &to);
            Ok((inliers >= params.min_inliers).then_some((fit.homography, inliers)))
        }
        // All on a line, say.
        Err(Error::Unsuitable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
