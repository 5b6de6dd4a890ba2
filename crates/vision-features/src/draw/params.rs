//! How key points and matches are drawn.

use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

/// How key points and matches are drawn; the defaults look as OpenCV's `drawKeypoints` and `drawMatches` do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DrawParams {
    /// Red, green and blue of everything; a random one for each key point or match where `None`.
    pub color: Option<[u8; 3]>,
    /// Whether a key point is a circle of its size with a radius in its direction, rather than one of radius 3.
    pub rich: bool,
    /// Whether [`draw_matches`](crate::draw_matches) also shows the key points without a match.
    pub single_points: bool,
    /// Width of the lines in pixels.
    pub line_width: f32,
    /// Start of the random colours.
    pub seed: u64,
}

impl Default for DrawParams {
    fn default() -> Self {
        Self {
            color: None,
            rich: false,
            single_points: true,
            line_width: 1.0,
            seed: 0,
        }
    }
}

setters!(DrawParams {
    color: Option<[u8; 3]>,
    rich: bool,
    single_points: bool,
    line_width: f32,
    seed: u64,
});

impl Params for DrawParams {
    fn validate(&self) -> Result<()> {
        ensure::positive("line_width", self.line_width)
    }
}
