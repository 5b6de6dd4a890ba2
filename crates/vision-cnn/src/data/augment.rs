//! Augmentation: random changes of a picture that leave its class as it is.

use std::f32::consts::PI;

use guide_core::{Error, Params, Result, Rng, ensure, setters, stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::geometry::Movement;
use super::resize::Rect;

/// What lies outside of a picture that is shifted or rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Border {
    /// The nearest pixel of the picture.
    Edge,
    /// 0.
    Black,
    /// 255.
    White,
}

impl Border {
    /// The value outside; `None` for the nearest pixel.
    pub(super) fn value(self) -> Option<f32> {
        match self {
            Self::Edge => None,
            Self::Black => Some(0.0),
            Self::White => Some(255.0),
        }
    }
}

/// Random changes of training pictures. The default changes nothing.
///
/// They are applied in the order of the fields. The random numbers of a picture follow from the seed, the epoch and the
/// picture's index, so a picture is changed in the same way however batches are put together and on any number of threads. A
/// field that is changed leaves the random numbers of the others as they are.
///
/// ```
/// use guide_core::Params;
/// use vision_cnn::{Augment, Border};
/// let digits = Augment::default().shift(2).rotation(10.0).border(Border::Black);
/// assert!(digits.validate().is_ok());
/// assert_eq!(digits, Augment::digits());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Augment {
    /// Range of the share of the picture's area that is cut out and resized (default `[1, 1]`: the largest part in the middle
    /// of the output's shape); within 0 and 1. torchvision's `RandomResizedCrop` has `[0.08, 1]`.
    pub crop_area: [f32; 2],
    /// Range of the width divided by the height of what is cut out, relative to the output's shape (default `[1, 1]`); within 0.1
    /// and 10. Drawn evenly by its logarithm; torchvision has `[0.75, 1.33]`. A side that would be longer than the picture's is
    /// as long as that.
    pub crop_ratio: [f32; 2],
    /// Probability that left and right are mirrored (default 0).
    pub flip: f32,
    /// The largest rotation to either side, in degrees (default 0); `0..=180`. Pixels are sampled bilinearly.
    pub rotation: f32,
    /// The largest shift in each direction, in whole pixels (default 0). The same as padding by so many pixels and cutting out at
    /// a random place.
    pub shift: usize,
    /// What lies outside of a picture that is rotated or shifted (default [`Border::Edge`]).
    pub border: Border,
    /// The brightness is multiplied by a factor within `1 - brightness ..= 1 + brightness` (default 0); within 0 and 1.
    pub brightness: f32,
    /// The difference to the picture's mean grey is multiplied by a factor within `1 - contrast ..= 1 + contrast` (default 0);
    /// within 0 and 1.
    pub contrast: f32,
    /// Probability that a random rectangle is replaced by the mean colour, 0 after normalisation (default 0; Zhong and others, 2017).
    pub erase: f32,
    /// Range of the share of the area that is erased (default `[0.02, 0.33]`); within 0 and 1.
    pub erase_area: [f32; 2],
    /// Seed of all random numbers.
    pub seed: u64,
}

setters!(Augment {
    crop_area: [f32; 2],
    crop_ratio: [f32; 2],
    flip: f32,
    rotation: f32,
    shift: usize,
    border: Border,
    brightness: f32,
    contrast: f32,
    erase: f32,
    erase_area: [f32; 2],
    seed: u64,
});

impl Default for Augment {
    fn default() -> Self {
        Self {
            crop_area: [1.0; 2],
            crop_ratio: [1.0; 2],
            flip: 0.0,
            rotation: 0.0,
            shift: 0,
            border: Border::Edge,
            brightness: 0.0,
            contrast: 0.0,
            erase: 0.0,
            erase_area: [0.02, 0.33],
            seed: 0,
        }
    }
}

/// The largest shift, in pixels.
const MOST_SHIFT: usize = 1 << 14;

impl Params for Augment {
    fn validate(&self) -> Result<()> {
        range("crop_area", self.crop_area, 0.01, 1.0)?;
        range("crop_ratio", self.crop_ratio, 0.1, 10.0)?;
        range("erase_area", self.erase_area, 0.0, 1.0)?;
        for (name, value, most) in [
            ("flip", self.flip, 1.0),
            ("rotation", self.rotation, 180.0),
            ("brightness", self.brightness, 1.0),
            ("contrast", self.contrast, 1.0),
            ("erase", self.erase, 1.0),
        ] {
            ensure::within(name, value, 0.0, most)?;
        }
        ensure::within("shift", self.shift, 0, MOST_SHIFT)
    }
}

fn range(name: &str, [low, high]: [f32; 2], least: f32, most: f32) -> Result<()> {
    if least <= low && low <= high && high <= most {
        return Ok(());
    }
    let expected = format!("two ascending numbers between {least} and {most}");
    Err(Error::param(name, format!("[{low:?}, {high:?}]"), expected))
}

/// The ratio of the sides of what is erased lies between this and its inverse, as in the paper.
const ERASE_RATIO: f32 = 0.3;

impl Augment {
    /// For pictures of digits such as MNIST: shifts by 2 pixels, rotations by 10 degrees, black outside.
    pub fn digits() -> Self {
        let augment = Self::default().shift(2).rotation(10.0);
        augment.border(Border::Black)
    }

    /// For pictures of products: mirrored, and cut to at least 70 % of their area at slightly different shapes.
    pub fn products() -> Self {
        let augment = Self::default().flip(0.5).crop_area([0.7, 1.0]);
        augment.crop_ratio([0.9, 1.0 / 0.9])
    }

    /// The random numbers of an epoch.
    pub(super) fn epoch_key(&self, epoch: u64) -> u64 {
        stream(self.seed, epoch).random()
    }

    /// The changes of the picture `index` under an [`epoch_key`](Self::epoch_key).
    pub(super) fn draw(
        &self,
        key: u64,
        index: usize,
        picture: [usize; 2],
        out: [usize; 2],
    ) -> Change {
        let mut rng = stream(key, index as u64);
        // Each number is drawn, wanted or not, so that fields do not change each other's.
        let crop = self.draw_crop(&mut rng, picture, out);
        let flip = draw(&mut rng) < self.flip;
        let angle = between(&mut rng, [-self.rotation, self.rotation]) / 180.0 * PI;
        let n_shifts = (2 * self.shift + 1) as f32;
        let shift = [0, 1].map(|_| {
            let step = (draw(&mut rng) * n_shifts) as usize;
            step.min(2 * self.shift) as isize - self.shift as isize
        });
        let mut factor = |most: f32| between(&mut rng, [1.0 - most, 1.0 + most]);
        let (brightness, contrast) = (factor(self.brightness), factor(self.contrast));
        let erases = draw(&mut rng) < self.erase;
        let erased = self.draw_erased(&mut rng, out);
        Change {
            crop,
            movement: Movement { flip, angle, shift },
            brightness,
            contrast,
            erased: if erases { erased } else { [0; 4] },
        }
    }

    fn draw_crop(&self, rng: &mut Rng, picture: [usize; 2], out: [usize; 2]) -> Rect {
        let share = between(rng, self.crop_area);
        let [low, high] = self.crop_ratio.map(f32::ln);
        let ratio = f64::from(between(rng, [low, high]).exp());
        let place = [0, 1].map(|_| f64::from(draw(rng)));
        if self.crop_area == [1.0; 2] && self.crop_ratio == [1.0; 2] {
            return Rect::centered(picture, out);
        }
        let [height, width] = picture.map(|n| n as f64);
        let area = f64::from(share) * height * width;
        let aspect = ratio * out[1] as f64 / out[0] as f64;
        let cut_height = (area / aspect).sqrt().min(height);
        let cut_width = (area * aspect).sqrt().min(width);
        Rect {
            top: place[0] * (height - cut_height),
            left: place[1] * (width - cut_width),
            height: cut_height,
            width: cut_width,
        }
    }

    /// Top, left, height and width of what is erased.
    fn draw_erased(&self, rng: &mut Rng, [height, width]: [usize; 2]) -> [usize; 4] {
        let area = between(rng, self.erase_area) * (height * width) as f32;
        let most = -ERASE_RATIO.ln();
        let ratio = between(rng, [-most, most]).exp();
        let erased_height = ((area * ratio).sqrt().round() as usize).min(height);
        let erased_width = ((area / ratio).sqrt().round() as usize).min(width);
        let mut start = |room: usize| ((draw(rng) * (room + 1) as f32) as usize).min(room);
        [
            start(height - erased_height),
            start(width - erased_width),
            erased_height,
            erased_width,
        ]
    }
}

/// A number from 0 to 1, without 1.
fn draw(rng: &mut Rng) -> f32 {
    rng.random()
}

fn between(rng: &mut Rng, [low, high]: [f32; 2]) -> f32 {
    low + (high - low) * draw(rng)
}

/// The changes of one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) crop: Rect,
    pub(super) movement: Movement,
    brightness: f32,
    contrast: f32,
    /// Top, left, height and width.
    erased: [usize; 4],
}

impl Change {
    /// The change that only fits the picture to the output's size.
    pub(super) fn none(picture: [usize; 2], out: [usize; 2]) -> Self {
        Self {
            crop: Rect::centered(picture, out),
            movement: Movement::default(),
            brightness: 1.0,
            contrast: 1.0,
            erased: [0; 4],
        }
    }

    /// Changes brightness and contrast of values from 0 to 255, `[.., channels]`.
    pub(super) fn jitter(&self, values: &mut [f32], channels: usize) {
        if self.brightness != 1.0 {
            for value in &mut *values {
                *value = (*value * self.brightness).clamp(0.0, 255.0);
            }
        }
        if self.contrast != 1.0 {
            let pixels = values.chunks_exact(channels);
            let n = pixels.len().max(1) as f64;
            let gray = |pixel: &[f32]| match *pixel {
                [r, g, b] => 0.299 * r + 0.587 * g + 0.114 * b,
                _ => pixel[0],
            };
            let mean = pixels.map(|pixel| f64::from(gray(pixel))).sum::<f64>() / n;
            for value in values {
                let changed = mean as f32 + (*value - mean as f32) * self.contrast;
                *value = changed.clamp(0.0, 255.0);
            }
        }
    }

    /// Sets what is erased to 0, in a picture `width` pixels wide.
    pub(super) fn erase(&self, values: &mut [f32], width: usize, channels: usize) {
        let [top, left, height, erased_width] = self.erased;
        let rows = values.chunks_exact_mut(width * channels);
        for row in rows.skip(top).take(height) {
            row[left * channels..(left + erased_width) * channels].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing;

    use super::*;

    #[test]
    fn parameters_have_their_range() {
        let bad = [
            ("crop_area", "[0.0, 1.0]"),
            ("crop_area", "[0.9, 0.5]"),
            ("crop_ratio", "[0.5, 11.0]"),
            ("erase_area", "[0.5, 1.5]"),
            ("flip", "1.5"),
            ("rotation", "181"),
            ("brightness", "-0.5"),
            ("contrast", "2"),
            ("erase", "-1"),
            ("shift", "16385"),
        ];
        testing::refuses(&Augment::default(), &bad);
        let fields = ["flip", "rotation", "brightness", "contrast", "erase"];
        testing::refuses_not_finite(&Augment::default(), &fields);
        let nan = Augment::default().crop_area([f32::NAN, 1.0]);
        assert!(nan.validate().is_err());
        assert!(Augment::products().validate().is_ok());
    }

    #[test]
    fn each_field_changes_its_own_numbers_alone() {
        let drawn = |augment: &Augment| augment.draw(augment.epoch_key(3), 5, [20, 20], [20, 20]);
        let none = drawn(&Augment::default());
        assert_eq!(none, Change::none([20, 20], [20, 20]));
        let all = Augment::default()
            .crop_area([0.3, 0.9])
            .flip(1.0)
            .rotation(20.0)
            .shift(9)
            .brightness(0.5)
            .contrast(0.5)
            .erase(1.0);
        let change = drawn(&all);
        assert!(change.movement.flip && change.movement.angle != 0.0);
        assert_ne!(change.movement.shift, [0, 0]);
        assert_ne!((change.brightness, change.contrast), (1.0, 1.0));
        for (less, expected) in [
            (
                all.clone().crop_area([1.0; 2]),
                Change {
                    crop: none.crop,
                    ..change
                },
            ),
            (
                all.clone().brightness(0.0),
                Change {
                    brightness: 1.0,
                    ..change
                },
            ),
            (
                all.clone().contrast(0.0),
                Change {
                    contrast: 1.0,
                    ..change
                },
            ),
            (
                all.clone().erase(0.0),
                Change {
                    erased: [0; 4],
                    ..change
                },
            ),
        ] {
            assert_eq!(drawn(&less), expected);
        }
        let movement = drawn(&all.clone().rotation(0.0)).movement;
        assert_eq!(
            movement,
            Movement {
                angle: 0.0,
                ..change.movement
            }
        );
        // Other pictures, epochs and seeds have other changes.
        let key = all.epoch_key(3);
        assert_ne!(all.draw(key, 6, [20, 20], [20, 20]), change);
        assert_ne!(all.draw(all.epoch_key(4), 5, [20, 20], [20, 20]), change);
        assert_ne!(drawn(&all.seed(1)), change);
    }

    #[test]
    fn numbers_reach_all_of_their_range_and_nothing_else() {
        let augment = Augment::default()
            .crop_area([0.25, 1.0])
            .crop_ratio([0.5, 2.0])
            .rotation(15.0)
            .shift(2)
            .flip(0.25)
            .erase(0.5)
            .erase_area([0.1, 0.4]);
        let (mut flips, mut erased, mut shifts) = (0, 0, [[0; 5]; 2]);
        let mut angles = [f32::INFINITY, f32::NEG_INFINITY];
        let mut areas = [f64::INFINITY, f64::NEG_INFINITY];
        let n = 4000;
        for index in 0..n {
            let change = augment.draw(augment.epoch_key(0), index, [30, 40], [16, 16]);
            let crop = change.crop;
            assert!(crop.top >= 0.0 && crop.top + crop.height <= 30.0 + 1e-9);
            assert!(crop.left >= 0.0 && crop.left + crop.width <= 40.0 + 1e-9);
            let area = crop.height * crop.width / 1200.0;
            areas = [areas[0].min(area), areas[1].max(area)];
            let angle = change.movement.angle.to_degrees();
            angles = [angles[0].min(angle), angles[1].max(angle)];
            flips += usize::from(change.movement.flip);
            for (counts, shift) in shifts.iter_mut().zip(change.movement.shift) {
                counts[(shift + 2) as usize] += 1;
            }
            let [top, left, height, width] = change.erased;
            assert!(top + height <= 16 && left + width <= 16);
            erased += usize::from(height * width > 0);
        }
        // Five standard deviations: 5 sqrt(n p (1 - p)).
        assert!((flips as f64 - 1000.0).abs() < 137.0, "{flips}");
        assert!((erased as f64 - 2000.0).abs() < 159.0, "{erased}");
        for count in shifts.as_flattened() {
            assert!((*count as f64 - 800.0).abs() < 127.0, "{shifts:?}");
        }
        assert!(-15.0 <= angles[0] && angles[0] < -14.9 && 14.9 < angles[1] && angles[1] <= 15.0);
        assert!(
            (0.15..0.27).contains(&areas[0]) && areas[1] <= 1.0 && areas[1] > 0.95,
            "{areas:?}"
        );
    }

    #[test]
    fn brightness_and_contrast_by_hand() {
        let change = Change {
            brightness: 1.5,
            contrast: 0.5,
            ..Change::none([1, 2], [1, 2])
        };
        let mut values = [20.0, 200.0];
        change.jitter(&mut values, 1);
        // 30 and 255, whose mean is 142.5.
        assert_eq!(values, [86.25, 198.75]);
        let mut values = [100.0, 0.0, 0.0];
        let change = Change {
            brightness: 1.0,
            contrast: 0.0,
            ..change
        };
        change.jitter(&mut values, 3);
        assert!(values.iter().all(|v| (v - 29.9).abs() < 1e-4), "{values:?}");
    }
}
