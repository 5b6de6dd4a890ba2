//! Compares a photo with a picture point by point, by a homography.

use guide_core::{Error, Result};

use super::PictureIndexParams;
use super::stored::Picture;
use super::vocabulary::DIM;
use crate::{Features, Homography, Verification, find_homography, match_features};

/// A homography on which a photo and a picture agree.
pub(super) struct Agreed {
    /// From the picture to the photo.
    pub(super) homography: Homography,
    /// Different places at which matches agree.
    pub(super) inliers: usize,
    /// Whether they are more than chance gives.
    pub(super) found: bool,
}

/// Fits a homography from `picture` to `photo`. `None` if matches agree at fewer than `min_inliers` places.
pub(super) fn verify(
    photo: &Features<[u8; DIM]>,
    picture: &Picture,
    params: &PictureIndexParams,
) -> Result<Option<Agreed>> {
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
            let verdict = Verification::default().judge(&fit, &from, &to);
            Ok((verdict.places >= params.min_inliers).then_some(Agreed {
                homography: fit.homography,
                inliers: verdict.places,
                found: verdict.found,
            }))
        }
        // No homography, for example because all matches lie on a line.
        Err(Error::Unsuitable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
