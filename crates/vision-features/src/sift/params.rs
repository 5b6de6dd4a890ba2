//! What SIFT may be told.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Parameters of [`Sift`](crate::Sift); the defaults are OpenCV's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SiftParams {
    /// The most key points, the strongest; 0 is all. A mask is applied to what is left (as OpenCV does).
    pub max_features: usize,
    /// Scales per octave that key points are looked for in; 3 in Lowe's paper. `1..=16`.
    pub n_octave_layers: usize,
    /// Least contrast of a key point times `n_octave_layers`, with white at 1.
    pub contrast_threshold: f32,
    /// Greatest ratio of the two curvatures: larger keeps more of what lies on edges.
    pub edge_threshold: f32,
    /// Blur of the first picture of an octave in pixels; `0.1..=16`.
    pub sigma: f32,
    /// Puts pixel `x` at `2x` in the doubled picture. Without, it lies at `2x + ½` and all positions are about a quarter of
    /// a pixel too large (OpenCV issue 23123, its `enable_precise_upscale`).
    pub precise_upscale: bool,
    /// Descriptors as RootSIFT: divided by their sum, square root, times 512 (Arandjelović and Zisserman, Three things
    /// everyone should know to improve object retrieval, 2012).
    pub root: bool,
    /// Chooses the `max_features` so that they cover the picture, by suppression within squares (Bailo et al., 2018).
    pub spread: bool,
    /// The most memory for the scale space, about 130 bytes a pixel with three layers; 4 GiB are enough for 33 megapixels.
    pub max_bytes: u64,
}

guide_core::setters!(SiftParams {
    max_features: usize,
    n_octave_layers: usize,
    contrast_threshold: f32,
    edge_threshold: f32,
    sigma: f32,
    precise_upscale: bool,
    root: bool,
    spread: bool,
    max_bytes: u64,
});

impl Default for SiftParams {
    fn default() -> Self {
        Self {
            max_features: 0,
            n_octave_layers: 3,
            contrast_threshold: 0.04,
            edge_threshold: 10.0,
            sigma: 1.6,
            precise_upscale: false,
            root: false,
            spread: false,
            max_bytes: 1 << 32,
        }
    }
}

impl Params for SiftParams {
    fn validate(&self) -> Result<()> {
        ensure::within("n_octave_layers", self.n_octave_layers, 1, 16)?;
        ensure::not_negative("contrast_threshold", self.contrast_threshold)?;
        ensure::positive("edge_threshold", self.edge_threshold)?;
        ensure::within("sigma", self.sigma, 0.1, 16.0)
    }
}
