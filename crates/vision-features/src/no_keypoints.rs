//! Why a detector found no key points in a picture.

use std::fmt;

use crate::{Detector, GrayImage};

/// A brightness range smaller than this (of 255) is too little for the default thresholds of every detector.
const FAINT: u8 = 16;

/// Why a picture has no key points.
///
/// ```
/// use vision_features::{GrayImage, NoKeypoints, Orb};
/// let small = GrayImage::from_fn(60, 60, |x, y| (x * y % 251) as u8)?;
/// let why = NoKeypoints::of(&Orb::default(), &small, None);
/// assert_eq!(why, NoKeypoints::TooSmall { width: 60, height: 60, min_side: 63 });
/// assert_eq!(
///     why.to_string(),
///     "60x60 pixels are too small: nothing is found within 31 pixels of the border, so both sides must be more than 62"
/// );
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoKeypoints {
    /// No pixel is to be seen: the mask is 0 everywhere.
    Transparent,
    /// A side is shorter than [`Detector::min_side`].
    TooSmall {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The least number of both.
        min_side: usize,
    },
    /// All pixels have one value.
    Flat {
        /// That value.
        value: u8,
    },
    /// All pixels are darker than 16 of 255. A picture of 10 or 12 bits in a file of 16 looks so.
    Dark {
        /// The brightest value.
        brightest: u8,
    },
    /// The brightest and the darkest pixel are less than 16 of 255 apart.
    Faint {
        /// The darkest value.
        darkest: u8,
        /// The brightest value.
        brightest: u8,
    },
    /// Nothing in it is above the detector's thresholds.
    Weak,
}

impl NoKeypoints {
    /// Why `detector` finds nothing in `image` where `mask` is not 0. Only meaningful if it did find nothing.
    pub fn of(detector: &dyn Detector, image: &GrayImage, mask: Option<&GrayImage>) -> Self {
        if mask.is_some_and(|mask| mask.pixels().iter().all(|&seen| seen == 0)) {
            return Self::Transparent;
        }
        let (width, height, min_side) = (image.width(), image.height(), detector.min_side());
        if width.min(height) < min_side {
            return Self::TooSmall {
                width,
                height,
                min_side,
            };
        }
        let range = image.pixels().iter().fold((u8::MAX, 0), |range, &value| {
            (range.0.min(value), range.1.max(value))
        });
        match range {
            (darkest, brightest) if darkest >= brightest => Self::Flat { value: darkest },
            (_, brightest) if brightest < FAINT => Self::Dark { brightest },
            (darkest, brightest) if brightest - darkest < FAINT => {
                Self::Faint { darkest, brightest }
            }
            _ => Self::Weak,
        }
    }
}

impl fmt::Display for NoKeypoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transparent => f.write_str("all of it is transparent"),
            Self::TooSmall {
                width,
                height,
                min_side,
            } => write!(
                f,
                "{width}x{height} pixels are too small: nothing is found within {} pixels of the border, so both sides \
                 must be more than {}",
                min_side.saturating_sub(1) / 2,
                min_side.saturating_sub(1)
            ),
            Self::Flat { value } => write!(f, "all of it has the brightness {value} of 255"),
            Self::Dark { brightest } => write!(
                f,
                "all of it is darker than {FAINT} of 255 (at most {brightest}); brighten it first, as a picture of 10 or \
                 12 bits in a file of 16 needs"
            ),
            Self::Faint { darkest, brightest } => write!(
                f,
                "its brightness is from {darkest} to {brightest} of 255, too little contrast; stretch it first"
            ),
            Self::Weak => {
                f.write_str("nothing in it is above the detector's threshold; lower that")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Orb, Reduced, Sift, Surf};

    fn image(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> GrayImage {
        GrayImage::from_fn(width, height, value).unwrap()
    }

    #[test]
    fn each_reason_is_told() {
        let sift = Sift::default();
        let of = |image: &GrayImage| NoKeypoints::of(&sift, image, None);
        assert_eq!(of(&image(80, 80, |_, _| 9)), NoKeypoints::Flat { value: 9 });
        let dark = of(&image(80, 80, |x, y| ((x * y) % 15) as u8));
        assert_eq!(dark, NoKeypoints::Dark { brightest: 14 });
        assert!(
            dark.to_string()
                .starts_with("all of it is darker than 16 of 255")
        );
        let faint = of(&image(80, 80, |x, y| 200 + ((x * y) % 15) as u8));
        assert_eq!(
            faint,
            NoKeypoints::Faint {
                darkest: 200,
                brightest: 214
            }
        );
        assert_eq!(of(&image(80, 80, |x, _| x as u8)), NoKeypoints::Weak);
        let hidden = image(80, 80, |_, _| 0);
        let transparent = NoKeypoints::of(&sift, &image(80, 80, |x, _| x as u8), Some(&hidden));
        assert_eq!(transparent, NoKeypoints::Transparent);
    }

    /// The least side is right: a spot in the middle is found at that side, and nothing is one pixel below.
    #[test]
    fn the_least_side_is_that_of_the_detector() {
        let detectors: [(&str, &dyn Detector); 4] = [
            ("sift", &Sift::default()),
            ("surf", &Surf::default()),
            ("orb", &Orb::default()),
            ("reduced", &Reduced::new(Orb::default())),
        ];
        for (name, detector) in detectors {
            let min_side = detector.min_side();
            let found = |side: usize| {
                (1..40).any(|radius| {
                    (0..2).any(|shift| {
                        let centre = side / 2 - shift.min(side / 2);
                        let spot = image(side, side, |x, y| {
                            let (dx, dy) = (x.abs_diff(centre), y.abs_diff(centre));
                            if 4 * (dx * dx + dy * dy) < radius * radius {
                                255
                            } else {
                                0
                            }
                        });
                        !detector.detect(&spot, None).unwrap().is_empty()
                    })
                })
            };
            assert!(found(min_side), "{name}: nothing at {min_side}");
            assert!(!found(min_side - 1), "{name}: found at {}", min_side - 1);
        }
    }
}
