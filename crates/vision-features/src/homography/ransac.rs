//! RANSAC (Fischler, Bolles 1981) with the truncated squares of MSAC (Torr, Zisserman 2000) and a refit of each new best
//! model on the matches that agree with it (Chum, Matas, Kittler 2003).

use std::collections::HashSet;

use guide_core::{Error, Params, Result, seeded};
use nalgebra::Matrix3;
use rand::seq::index::sample_array;

use super::dlt::{Point, can_be_seen, from_four, from_many};
use super::refine::refine;
use super::{Homography, RansacParams};

/// How often a sample is drawn anew where three of its points lie on a line or coincide.
const DRAWS: usize = 20;
/// How often a model is fitted to the matches that agree with it, which then may be others.
const REFITS: usize = 4;

/// A homography and the matches that agree with it.
#[derive(Clone, Debug, PartialEq)]
pub struct HomographyFit {
    /// From the first picture to the second.
    pub homography: Homography,
    /// Whether each match lies within the threshold.
    pub inliers: Vec<bool>,
    /// The number of samples drawn.
    pub iterations: usize,
}

impl HomographyFit {
    /// The number of matches within the threshold.
    pub fn n_inliers(&self) -> usize {
        self.inliers.iter().filter(|&&inlier| inlier).count()
    }

    /// The number of different points among the inliers, in the picture where it is smaller. `from` and `to` are the points
    /// that the fit was made from.
    ///
    /// SIFT gives several key points at one place if several directions stand out there. Their matches are several inliers,
    /// but no more evidence than one.
    ///
    /// ```
    /// use vision_features::{RansacParams, find_homography};
    /// // moved by (9, 0); the last two match the same places
    /// let from = [[0.0, 0.0], [50.0, 0.0], [0.0, 50.0], [50.0, 50.0], [50.0, 50.0]];
    /// let to = from.map(|[x, y]| [x + 9.0, y]);
    /// let fit = find_homography(&from, &to, &RansacParams::default())?;
    /// assert_eq!((fit.n_inliers(), fit.n_places(&from, &to)), (5, 4));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn n_places(&self, from: &[[f64; 2]], to: &[[f64; 2]]) -> usize {
        n_places(&self.inliers, from, to)
    }
}

/// The number of different points among the inliers, in the picture where it is smaller.
pub(crate) fn n_places(inliers: &[bool], from: &[Point], to: &[Point]) -> usize {
    let places = |points: &[Point]| {
        let agreeing = points.iter().zip(inliers).filter(|(_, inlier)| **inlier);
        // -0 and 0 are one place.
        let places = agreeing.map(|(point, _)| point.map(|number| (number + 0.0).to_bits()));
        places.collect::<HashSet<_>>().len()
    };
    places(from).min(places(to))
}

/// Finds the homography that maps most of the points `from` near their partners `to`.
///
/// Samples of four pairs are drawn until, with the given confidence, one of them had no wrong pair. A sample is skipped if
/// three of its points in either picture lie on a line (two equal points do), or if no camera can see it. The model with
/// the least `Σ min(|to − H from|², threshold²)` wins. It is fitted to all pairs that agree with it, first by the direct
/// linear transform, then by the method of Levenberg and Marquardt on `Σ |to − H from|²`.
///
/// Every inlier is mapped by [`Homography::apply`] to within the threshold of its partner (up to a millionth), all of them
/// on the same side of the horizon, and the inliers are at four different places of each picture at least.
///
/// Any four pairs in general position have a homography, so a fit alone does not show that the object is there: ask
/// [`Verification`](crate::Verification). Pairs that share a point are counted each by [`HomographyFit::n_inliers`]. Remove such
/// pairs before (the matcher can), otherwise many that point at one spot can outvote the object (opencv issue 25546).
///
/// # Errors
/// [`Error::Shape`] for slices of different lengths; [`Error::NotFinite`] for NaN and infinities; [`Error::Unsuitable`] for
/// fewer than four pairs, or if no sample gave a homography with four inliers; [`Error::Param`].
///
/// ```
/// use vision_features::{RansacParams, find_homography};
/// // twice as large and moved by (10, 0); the last pair is wrong
/// let from = [[0.0, 0.0], [50.0, 0.0], [0.0, 50.0], [50.0, 50.0], [20.0, 10.0], [30.0, 40.0]];
/// let to = [[10.0, 0.0], [110.0, 0.0], [10.0, 100.0], [110.0, 100.0], [50.0, 20.0], [0.0, 0.0]];
/// let fit = find_homography(&from, &to, &RansacParams::default())?;
/// assert_eq!(fit.inliers, [true, true, true, true, true, false]);
/// let (x, y) = fit.homography.apply(25.0, 5.0).unwrap();
/// assert!((x - 60.0).abs() < 1e-9 && (y - 10.0).abs() < 1e-9);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn find_homography(
    from: &[[f64; 2]],
    to: &[[f64; 2]],
    params: &RansacParams,
) -> Result<HomographyFit> {
    params.validate()?;
    check_points(from, to)?;
    let mut rng = seeded(params.seed);
    let mut best = None::<Scored>;
    let (mut iterations, mut enough) = (0, params.max_iterations);
    while iterations < enough {
        iterations += 1;
        let sample = (0..DRAWS).find_map(|_| draw(&mut rng, from, to));
        let Some(model) = sample.and_then(|(from, to)| from_four(&from, &to)) else {
            continue;
        };
        let least = best.as_ref().map_or(f64::INFINITY, |best| best.cost);
        let Some(scored) = Scored::below(least, model, from, to, params.threshold) else {
            continue;
        };
        let polished = scored.refitted(from, to, params.threshold, from_pairs);
        if polished.usable(from, to, params.threshold).is_none() {
            continue;
        }
        let share = polished.n_inliers() as f64 / from.len() as f64;
        enough = enough.min(samples_needed(share, params.confidence));
        best = Some(polished);
    }
    let none = || Error::Unsuitable {
        algorithm: "homography",
        needed: format!(
            "4 matches of which no 3 lie on a line; none found in {iterations} samples of {} matches",
            from.len()
        ),
    };
    let best = best.ok_or_else(none)?;
    let unrefined = best.usable(from, to, params.threshold);
    let refined = best.refitted(from, to, params.threshold, |from, to| {
        from_pairs(from, to).and_then(|model| refine(&model, from, to))
    });
    let refined = refined.usable(from, to, params.threshold);
    let (homography, inliers) = refined.or(unrefined).ok_or_else(none)?;
    Ok(HomographyFit {
        homography,
        inliers,
        iterations,
    })
}

fn from_pairs(from: &[Point], to: &[Point]) -> Option<Matrix3<f64>> {
    match (from.try_into(), to.try_into()) {
        (Ok(from), Ok(to)) => from_four(from, to),
        _ => from_many(from, to),
    }
}

fn check_points(from: &[Point], to: &[Point]) -> Result<()> {
    if from.len() != to.len() {
        return Err(Error::Shape {
            what: "points of the second picture (n, 2)".to_owned(),
            expected: vec![from.len(), 2],
            got: vec![to.len(), 2],
        });
    }
    for (what, points) in [("first", from), ("second", to)] {
        let numbers = points.as_flattened();
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("coordinate of the {what} picture's point"),
                index: at / 2,
                value: numbers[at],
            });
        }
    }
    if from.len() < 4 {
        return Err(Error::Unsuitable {
            algorithm: "homography",
            needed: format!("at least 4 matches, got {}", from.len()),
        });
    }
    Ok(())
}

/// Four different pairs in general position; `None` where the draw is not.
fn draw(
    rng: &mut guide_core::Rng,
    from: &[Point],
    to: &[Point],
) -> Option<([Point; 4], [Point; 4])> {
    let indices = sample_array::<_, 4>(rng, from.len())?;
    let (from, to) = (indices.map(|i| from[i]), indices.map(|i| to[i]));
    can_be_seen(&from, &to).then_some((from, to))
}

/// The samples after which one of four right matches has been seen with probability `confidence`.
fn samples_needed(share: f64, confidence: f64) -> usize {
    let missed = (-share.powi(4)).ln_1p();
    // 0 / 0 where all agree and full confidence is asked for.
    let needed = ((1.0 - confidence).ln() / missed).ceil();
    if needed.is_nan() { 1 } else { needed as usize }
}

/// A model with what the matches say of it.
struct Scored {
    model: Matrix3<f64>,
    cost: f64,
    inliers: Vec<bool>,
}

impl Scored {
    /// `None` where the cost is not below `least`, which most models show early.
    fn below(
        least: f64,
        model: Matrix3<f64>,
        from: &[Point],
        to: &[Point],
        threshold: f64,
    ) -> Option<Self> {
        let limit = threshold * threshold;
        let mut cost = 0.0;
        let mut inliers = Vec::with_capacity(from.len());
        for (from, to) in from.iter().zip(to) {
            let [u, v, w] = [0, 1, 2]
                .map(|row| model[(row, 0)] * from[0] + model[(row, 1)] * from[1] + model[(row, 2)]);
            let squared = (to[0] - u / w).powi(2) + (to[1] - v / w).powi(2);
            // NaN, on the horizon, is no inlier.
            let inlier = squared <= limit;
            cost += if inlier { squared } else { limit };
            if cost >= least {
                return None;
            }
            inliers.push(inlier);
        }
        Some(Self {
            model,
            cost,
            inliers,
        })
    }

    fn n_inliers(&self) -> usize {
        self.inliers.iter().filter(|&&inlier| inlier).count()
    }

    /// The model as a homography, and the inliers that [`Homography::apply`] maps near their partners, in front of the
    /// camera. `None` if they are at fewer than four places.
    ///
    /// Inliers that rounding alone explains are removed here. They occur with coordinates far outside any picture.
    fn usable(
        &self,
        from: &[Point],
        to: &[Point],
        threshold: f64,
    ) -> Option<(Homography, Vec<bool>)> {
        let homography = Homography::new(self.model.transpose().into()).ok()?;
        let [_, _, [p, q, r]] = homography.matrix();
        let w = |[x, y]: Point| p * x + q * y + r;
        // The normalised matrix is rounded anew, so a match at the very threshold needs some room.
        let most = threshold * (1.0 + 1e-6);
        let inliers = || self.inliers.iter().zip(from.iter().zip(to));
        let in_front = inliers().filter(|(inlier, (from, _))| **inlier && w(**from) > 0.0);
        let side = if 2 * in_front.count() >= self.n_inliers() {
            1.0
        } else {
            -1.0
        };
        let inliers = inliers().map(|(&inlier, (&from, to))| {
            let near = |(u, v): (f64, f64)| (to[0] - u).hypot(to[1] - v) <= most;
            inlier && side * w(from) > 0.0 && homography.apply(from[0], from[1]).is_some_and(near)
        });
        let inliers: Vec<bool> = inliers.collect();
        (n_places(&inliers, from, to) >= 4).then_some((homography, inliers))
    }

    /// Fits the model to its inliers by `fit` and finds these anew, as long as that lessens the cost.
    fn refitted(
        mut self,
        from: &[Point],
        to: &[Point],
        threshold: f64,
        fit: impl Fn(&[Point], &[Point]) -> Option<Matrix3<f64>>,
    ) -> Self {
        for _ in 0..REFITS {
            let keep = |points: &[Point]| -> Vec<Point> {
                let kept = points.iter().zip(&self.inliers).filter(|(_, keep)| **keep);
                kept.map(|(&point, _)| point).collect()
            };
            let Some(model) = fit(&keep(from), &keep(to)) else {
                break;
            };
            match Self::below(self.cost, model, from, to, threshold) {
                Some(better) => self = better,
                None => break,
            }
        }
        self
    }
}
