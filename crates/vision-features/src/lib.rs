#![doc = include_str!("../README.md")]

mod draw;
mod features;
mod gray_image;
mod homography;
mod matching;
mod no_keypoints;
mod orb;
mod picture_file;
mod pyramid;
mod reduced;
mod retrieval;
mod sift;
mod simd;
mod spread;
#[cfg(feature = "surf")]
mod surf;
mod verification;

pub use draw::{DrawParams, draw_keypoints, draw_matches, draw_outline};
pub use features::{Detector, FeatureExtractor, Features, Keypoint};
pub use gray_image::GrayImage;
pub use guide_core::picture::ReadParams;
pub use homography::{Homography, HomographyFit, RansacParams, find_homography};
pub use image::RgbImage;
pub use matching::{
    Descriptor, Match, MatchParams, Points, match_features, matched_points, nearest,
};
pub use no_keypoints::NoKeypoints;
pub use orb::{Orb, OrbParams, OrbScore};
pub use picture_file::PictureFile;
pub use reduced::Reduced;
pub use retrieval::{
    Encoding, Enlarged, Found, PictureIndex, PictureIndexParams, VisualVocabulary,
    VisualVocabularyParams,
};
pub use sift::{Sift, SiftParams};
#[cfg(feature = "surf")]
pub use surf::{Surf, SurfExtended, SurfParams};
pub use verification::{Distortion, Verdict, Verification};

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Silent,
};
