//! What SURF may be told.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Parameters of [`Surf`](crate::Surf) and [`SurfExtended`](crate::SurfExtended); the defaults are OpenCV's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SurfParams {
    /// Least determinant of the Hessian of a key point.
    pub hessian_threshold: f32,
    /// How often the filters double in size; `1..=7`.
    pub n_octaves: usize,
    /// Sizes per octave that key points are looked for in; `1..=8`.
    pub n_octave_layers: usize,
    /// Leaves the direction out: every key point points up (270 degrees). Faster, and surer for cameras held upright.
    pub upright: bool,
    /// The most key points, the strongest of those the mask leaves; 0 is all.
    pub max_features: usize,
    /// The most memory for the integral images and the halved pictures, about 20 bytes a pixel with four octaves; 4 GiB are
    /// enough for 200 megapixels.
    pub max_bytes: u64,
}

guide_core::setters!(SurfParams {
    hessian_threshold: f32,
    n_octaves: usize,
    n_octave_layers: usize,
    upright: bool,
    max_features: usize,
    max_bytes: u64,
});

impl Default for SurfParams {
    fn default() -> Self {
        Self {
            hessian_threshold: 100.0,
            n_octaves: 4,
            n_octave_layers: 3,
            upright: false,
            max_features: 0,
            max_bytes: 1 << 32,
        }
    }
}

impl Params for SurfParams {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("hessian_threshold", self.hessian_threshold)?;
        // The largest filter then has sides of 4,032 pixels, a lobe of which fits 31 bits.
        ensure::within("n_octaves", self.n_octaves, 1, 7)?;
        ensure::within("n_octave_layers", self.n_octave_layers, 1, 8)
    }
}
