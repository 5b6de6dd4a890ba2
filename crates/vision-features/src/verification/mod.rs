//! Whether the matches that agree on a homography show that the object is in the picture: more of them than chance gives
//! (after Brown and Lowe, Recognising panoramas, 2003), and a view that a camera can have.

#[cfg(test)]
mod tests;

use std::fmt;

use guide_core::{Error, Params, Result, setters};
use serde::{Deserialize, Serialize};

use crate::HomographyFit;
use crate::homography::n_places;

/// How many times larger one part of the object may appear than another, as a ratio of lengths.
const MOST_FORESHORTENING: f64 = 10.0;
/// How many times larger or smaller than in the first picture the object may appear, as a ratio of lengths.
const MOST_SCALE: f64 = 20.0;
/// Inliers whose distances to their common line have a smaller standard deviation, in pixels of either picture, lie on a line.
const LEAST_SPREAD: f64 = 2.0;

/// When a homography counts as the object found.
///
/// Four wrong matches always have a homography, and the more wrong matches there are, the more of them agree with the best one
/// by chance. So the number of places that must agree grows with the number `n` of matches:
///
/// `places >= max(min_places, base + rate * n)`
///
/// Places are the different points among the inliers ([`HomographyFit::n_places`]) and `n` the different points among all
/// matches. The form is that of Brown and Lowe (Recognising panoramas, 2003: `5.9 + 0.22 n`; 2007: `8.0 + 0.3 n`). They derive it
/// from a binomial test: a wrong match agrees with one probability, a right one with a larger. The default values 10, 4 and 0.15
/// are measured. The most that agreed in unrelated pictures is 10 of 100 matches, on pages of text in one monospaced typeface,
/// and 7 of fewer than 60. The least that agreed in pictures of one scene is 19 of 100. See docs/benchmarks.md, "Pictures".
///
/// The homography must also be a view that a camera can have: not mirrored, no part of the object more than 10 times as large
/// as another and none more than 20 times as large or small as in the first picture, and inliers that do not lie on one line.
///
/// ```
/// use vision_features::{RansacParams, Verification, find_homography};
/// // 20 matches. 12 agree: moved by (9, 0). The others are wrong.
/// let from: Vec<[f64; 2]> = (0..20).map(|i| [(i % 5 * 30) as f64, (i / 5 * 40 + i % 3) as f64]).collect();
/// let moved = |&[x, y]: &[f64; 2]| [x + 9.0, y];
/// let wrong = |&[x, y]: &[f64; 2]| [(x * 7.0 + y * y) % 150.0, (y * 5.0 + x * x) % 170.0];
/// let right = from[..12].iter().map(moved).chain(from[12..].iter().map(wrong));
/// let to: Vec<[f64; 2]> = right.collect();
/// let fit = find_homography(&from, &to, &RansacParams::default())?;
/// let verdict = Verification::default().judge(&fit, &from, &to);
/// // max(10, 4 + 0.15 * 20 = 7)
/// assert_eq!((verdict.found, verdict.places, verdict.needed), (true, 12, 10));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    /// The least places that must agree, at least 5, because any 4 do. With less than 10, products of one kind
    /// photographed alike are found in each other's photos.
    pub min_places: usize,
    /// Places that must agree besides `rate * n`.
    pub base: f64,
    /// Places for each match, `0..=1`. With less than 0.1, unrelated pages of text in one typeface are found. With more than
    /// 0.15, an object is missed where few matches are right.
    pub rate: f64,
}

setters!(Verification {
    min_places: usize,
    base: f64,
    rate: f64,
});

impl Default for Verification {
    fn default() -> Self {
        Self {
            min_places: 10,
            base: 4.0,
            rate: 0.15,
        }
    }
}

impl Params for Verification {
    fn validate(&self) -> Result<()> {
        guide_core::ensure::within("min_places", self.min_places, 5, usize::MAX)?;
        for (name, value) in [("base", self.base), ("rate", self.rate)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::param(name, value, "finite and at least 0"));
            }
        }
        guide_core::ensure::within("rate", self.rate, 0.0, 1.0)
    }
}

/// Whether the object was found, and why not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the object is in the picture.
    pub found: bool,
    /// Different places at which matches agree.
    pub places: usize,
    /// Places that must agree.
    pub needed: usize,
    /// Different places of all matches.
    pub n_matches: usize,
    /// What is wrong with the homography itself.
    pub distortion: Option<Distortion>,
}

/// Why a homography is no view of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distortion {
    /// The object would be seen in a mirror. Detectors do not match mirrored objects, so such a fit is chance.
    Mirrored,
    /// Parts of the object would differ in size by more than 10 times.
    Foreshortened,
    /// The object would be more than 20 times larger or smaller than in the first picture.
    Scaled,
    /// The inliers lie on a line, so that nothing beside it is known.
    OnALine,
}

impl Verification {
    /// Judges a homography. `from` and `to` are the points that it was fitted to.
    pub fn judge(&self, fit: &HomographyFit, from: &[[f64; 2]], to: &[[f64; 2]]) -> Verdict {
        let places = fit.n_places(from, to);
        let n_matches = n_places(&vec![true; from.len()], from, to);
        let needed = self.needed(n_matches);
        let distortion = distortion(fit, from, to);
        Verdict {
            found: places >= needed && distortion.is_none(),
            places,
            needed,
            n_matches,
            distortion,
        }
    }

    /// The places that must agree among matches at `n_matches` places.
    pub fn needed(&self, n_matches: usize) -> usize {
        let bound = self.base + self.rate * n_matches as f64;
        (bound.ceil() as usize).max(self.min_places)
    }
}

impl Verdict {
    /// Why the object was not found. `None` if it was.
    pub fn objection(&self) -> Option<String> {
        let Self {
            places,
            needed,
            n_matches,
            ..
        } = self;
        match self.distortion {
            _ if self.found => None,
            Some(distortion) if places >= needed => Some(format!(
                "not found: {places} places agree, but {distortion}"
            )),
            _ => Some(format!(
                "not found: {places} places of {n_matches} agree, as they may in unrelated pictures; {needed} would show the object"
            )),
        }
    }
}

impl fmt::Display for Distortion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mirrored => "only on a mirrored object",
            Self::Foreshortened => "only if parts of the object differ more than 10 times in size",
            Self::Scaled => "only if the object is more than 20 times as large or small",
            Self::OnALine => "all of them on a line",
        })
    }
}

/// What is wrong with a homography, judged at its inliers.
fn distortion(fit: &HomographyFit, from: &[[f64; 2]], to: &[[f64; 2]]) -> Option<Distortion> {
    let inliers = |points: &[[f64; 2]]| -> Vec<[f64; 2]> {
        let kept = points.iter().zip(&fit.inliers).filter(|(_, keep)| **keep);
        kept.map(|(&point, _)| point).collect()
    };
    let (from, to) = (inliers(from), inliers(to));
    let matrix = fit.homography.matrix();
    let [_, _, [p, q, r]] = matrix;
    let determinant = nalgebra::Matrix3::from(matrix).determinant();
    // The map changes areas at (x, y) by determinant / w³.
    let areas = from
        .iter()
        .map(|&[x, y]| determinant / (p * x + q * y + r).powi(3));
    let (least, most) = areas.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), area| {
        (least.min(area), most.max(area))
    });
    let limit = |ratio: f64| ratio * ratio;
    if least <= 0.0 {
        return Some(Distortion::Mirrored);
    }
    if most > limit(MOST_FORESHORTENING) * least {
        return Some(Distortion::Foreshortened);
    }
    if most > limit(MOST_SCALE) || least * limit(MOST_SCALE) < 1.0 {
        return Some(Distortion::Scaled);
    }
    (spread(&from).min(spread(&to)) < LEAST_SPREAD).then_some(Distortion::OnALine)
}

/// Standard deviation of points across the line that fits them best.
fn spread(points: &[[f64; 2]]) -> f64 {
    let n = points.len().max(1) as f64;
    let mean = [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / n);
    let moment = |a: usize, b: usize| {
        let products = points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b]));
        products.sum::<f64>() / n
    };
    let (xx, xy, yy) = (moment(0, 0), moment(0, 1), moment(1, 1));
    // The smaller eigenvalue of the covariance matrix.
    let smaller = 0.5 * (xx + yy) - (0.25 * (xx - yy).powi(2) + xy * xy).sqrt();
    smaller.max(0.0).sqrt()
}
