//! What ORB may be told.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// How far a key point must lie from the edge: a rotated pair reaches 18 pixels, and the blur under it 3 more.
const LEAST_EDGE: usize = 21;
/// The greatest distance from the edge that is accepted, far beyond any picture.
const MOST_EDGE: usize = 1 << 28;

/// By what key points are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OrbScore {
    /// The corner measure of Harris and Stephens (1988) over 7x7 pixels: prefers true corners to edges.
    #[default]
    Harris,
    /// The FAST score: the largest threshold at which the point would still be a corner. Quicker, less stable.
    Fast,
}

/// Parameters of [`Orb`](crate::Orb); the defaults are OpenCV's.
///
/// The patch that is described is always 31 pixels wide, because the pairs of points were learned for that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrbParams {
    /// How many key points are wanted over all levels. A level that has fewer corners than its share gives what it has; where
    /// several are as strong as the last one of a level, all of them are kept, so a few more are possible (as in OpenCV).
    pub max_features: usize,
    /// Ratio of the sizes of two levels; `1.01..=2`.
    pub scale_factor: f32,
    /// Levels, each smaller than the one before; `1..=32`. Those too small to hold a key point are left out.
    pub n_levels: usize,
    /// How near the edge of a level, in its pixels, key points are not looked for; at least 21.
    pub edge_threshold: usize,
    /// How much brighter or darker than the centre 9 points in a row on the circle must be.
    pub fast_threshold: u8,
    /// By what key points are ranked.
    pub score: OrbScore,
    /// Chooses the key points of a level so that they cover it, by suppression within squares (Bailo et al., 2018).
    pub spread: bool,
}

guide_core::setters!(OrbParams {
    max_features: usize,
    scale_factor: f32,
    n_levels: usize,
    edge_threshold: usize,
    fast_threshold: u8,
    score: OrbScore,
    spread: bool,
});

impl Default for OrbParams {
    fn default() -> Self {
        Self {
            max_features: 500,
            scale_factor: 1.2,
            n_levels: 8,
            edge_threshold: 31,
            fast_threshold: 20,
            score: OrbScore::Harris,
            spread: false,
        }
    }
}

impl Params for OrbParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("max_features", self.max_features)?;
        ensure::within("scale_factor", self.scale_factor, 1.01, 2.0)?;
        ensure::within("n_levels", self.n_levels, 1, 32)?;
        if (LEAST_EDGE..=MOST_EDGE).contains(&self.edge_threshold) {
            return Ok(());
        }
        let expected = format!("at least {LEAST_EDGE} and at most {MOST_EDGE}");
        Err(Error::param(
            "edge_threshold",
            self.edge_threshold,
            expected,
        ))
    }
}

impl OrbParams {
    /// The scale of a level: one of its pixels is so many of the picture.
    pub(super) fn scale(&self, level: usize) -> f32 {
        f64::from(self.scale_factor).powf(level as f64) as f32
    }

    /// How many key points each level shall give: a geometric series by `1 / scale_factor`, rounded; the last level takes the
    /// rest.
    pub(super) fn quotas(&self) -> Vec<usize> {
        let factor = (1.0 / f64::from(self.scale_factor)) as f32;
        let all = f64::from(factor).powf(self.n_levels as f64) as f32;
        let mut wanted = self.max_features as f32 * (1.0 - factor) / (1.0 - all);
        let mut rest = self.max_features;
        let mut quotas = Vec::with_capacity(self.n_levels);
        for _ in 1..self.n_levels {
            let quota = (wanted.round_ties_even() as usize).min(rest);
            quotas.push(quota);
            rest -= quota;
            wanted *= factor;
        }
        quotas.push(rest);
        quotas
    }
}
