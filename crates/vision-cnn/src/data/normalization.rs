//! Normalisation of each channel: bytes become numbers of mean 0 and standard deviation 1.

use guide_core::{Error, Result, ensure};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pictures::Pictures;

/// The mean and the standard deviation of each channel, of values from 0 to 1. Stored with a model, so that it sees pictures as
/// in its training.
///
/// A byte `v` becomes `(v / 255 - mean) / std`.
///
/// ```
/// use vision_cnn::{Normalization, Pictures};
/// let pictures = Pictures::new([1, 2, 1], vec![0, 255, 255, 255, 9, 9], vec![])?;
/// // Of the first two pictures: mean 3/4, and the mean square is 3/4 too.
/// let measured = Normalization::measured(&pictures, &[0, 1])?;
/// assert_eq!((measured.mean(), measured.std()), (&[0.75][..], &[0.1875_f32.sqrt()][..]));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalization {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Normalization {
    /// Normalisation by these means and standard deviations, one of each per channel, in units of 0 to 1.
    ///
    /// # Errors
    /// [`Error::Param`] unless there are 1 or 3 of each, the means finite, the standard deviations finite and above 0.
    pub fn new(mean: &[f32], std: &[f32]) -> Result<Self> {
        let normalization = Self {
            mean: mean.to_vec(),
            std: std.to_vec(),
        };
        normalization.check()?;
        Ok(normalization)
    }

    /// Values from 0 to 1: means of 0 and standard deviations of 1.
    ///
    /// # Errors
    /// [`Error::Param`] unless there are 1 or 3 channels.
    pub fn unit(channels: usize) -> Result<Self> {
        Self::new(&vec![0.0; channels.min(4)], &vec![1.0; channels.min(4)])
    }

    /// The figures of ImageNet that the public weights of torchvision expect.
    pub fn imagenet() -> Self {
        Self {
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
        }
    }

    /// The figures of some of the pictures: those of the training part.
    ///
    /// # Errors
    /// [`Error::Empty`] without pictures; [`Error::OutOfRange`] for one that is not there; [`Error::Unsuitable`] for a channel
    /// that has one value everywhere.
    pub fn measured(pictures: &Pictures, indices: &[usize]) -> Result<Self> {
        if indices.is_empty() {
            return Err(Error::empty("the list of pictures to measure"));
        }
        if let Some(&index) = indices.iter().find(|&&index| index >= pictures.len()) {
            return Err(Error::out_of_range("picture", index, pictures.len()));
        }
        let channels = pictures.size()[2];
        // Sums of integers are exact in any order.
        let sums = |&index: &usize| {
            let mut sums = [[0_u64; 2]; 3];
            for pixel in pictures.pixels(index).chunks_exact(channels) {
                for (sums, &value) in sums.iter_mut().zip(pixel) {
                    let value = u64::from(value);
                    sums[0] += value;
                    sums[1] += value * value;
                }
            }
            sums
        };
        let add = |a: [[u64; 2]; 3], b: [[u64; 2]; 3]| {
            [0, 1, 2].map(|c| [a[c][0] + b[c][0], a[c][1] + b[c][1]])
        };
        let sums = indices.par_iter().map(sums).reduce(Default::default, add);
        let n = (indices.len() * pictures.picture_len() / channels) as f64;
        let (mut mean, mut std) = (Vec::new(), Vec::new());
        for (channel, [sum, squares]) in sums.into_iter().take(channels).enumerate() {
            let of_channel = sum as f64 / n / 255.0;
            let variance = squares as f64 / n / (255.0 * 255.0) - of_channel * of_channel;
            // A channel of one value leaves a rest of rounding, at most 1e-15.
            if variance < 1e-12 {
                return Err(Error::Unsuitable {
                    algorithm: "normalisation",
                    needed: format!(
                        "pictures that differ; channel {channel} is {:.0} everywhere",
                        of_channel * 255.0
                    ),
                });
            }
            mean.push(of_channel as f32);
            std.push(variance.sqrt() as f32);
        }
        Self::new(&mean, &std)
    }

    /// Checks what was read from a file.
    ///
    /// # Errors
    /// As [`Normalization::new`].
    pub fn check(&self) -> Result<()> {
        for (name, values) in [("mean", &self.mean), ("std", &self.std)] {
            if ![1, 3].contains(&values.len()) || values.len() != self.mean.len() {
                let expected = "one value for each channel, 1 or 3";
                return Err(Error::param(name, format!("{values:?}"), expected));
            }
        }
        for &mean in &self.mean {
            ensure::within("mean", mean, -1e3, 1e3)?;
        }
        for &std in &self.std {
            ensure::within("std", std, 1e-6, 1e6)?;
        }
        Ok(())
    }

    /// The mean of each channel.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The standard deviation of each channel.
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Normalises pixels of values from 0 to 255 in place, `[.., channels]`.
    pub(super) fn apply(&self, values: &mut [f32]) {
        let of = |channel: usize| {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            (1.0 / (255.0 * std), -mean / std)
        };
        if let [_] = self.mean[..] {
            let (scale, offset) = of(0);
            for value in values {
                *value = *value * scale + offset;
            }
            return;
        }
        let of = [0, 1, 2].map(of);
        for pixel in values.as_chunks_mut::<3>().0 {
            for (value, (scale, offset)) in pixel.iter_mut().zip(of) {
                *value = *value * scale + offset;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing::same_for_one_and_two_threads;

    use super::*;

    #[test]
    fn measured_channels_have_mean_0_and_deviation_1() {
        let pixels: Vec<u8> = (0..600_u32).map(|i| (i * i % 241) as u8).collect();
        let pictures = Pictures::new([5, 4, 3], pixels, vec![]).unwrap();
        let all: Vec<usize> = (0..10).collect();
        let measured =
            same_for_one_and_two_threads(|| Normalization::measured(&pictures, &all).unwrap());
        let mut values: Vec<f32> = pictures
            .all_pixels()
            .iter()
            .map(|&v| f32::from(v))
            .collect();
        measured.apply(&mut values);
        for channel in 0..3 {
            let of_channel = || values.iter().skip(channel).step_by(3);
            let mean = of_channel().sum::<f32>() / 200.0;
            let square = of_channel().map(|v| v * v).sum::<f32>() / 200.0;
            assert!(
                mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-5,
                "{mean} {square}"
            );
        }
    }

    #[test]
    fn by_hand() {
        let normalization = Normalization::new(&[0.2, 0.0, 0.5], &[0.5, 1.0, 0.25]).unwrap();
        let mut values = [51.0, 51.0, 51.0, 255.0, 0.0, 127.5];
        normalization.apply(&mut values);
        for (found, expected) in values.iter().zip([0.0, 0.2, -1.2, 1.6, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }

    #[test]
    fn what_cannot_be_normalised_is_refused() {
        let pictures = Pictures::new([1, 1, 1], vec![7, 7, 9], vec![]).unwrap();
        let measured = |indices: &[usize]| Normalization::measured(&pictures, indices);
        assert_eq!(
            measured(&[0, 1]).unwrap_err().to_string(),
            "normalisation needs pictures that differ; channel 0 is 7 everywhere"
        );
        assert!(measured(&[0, 2]).is_ok());
        assert!(matches!(measured(&[3]), Err(Error::OutOfRange { .. })));
        assert!(matches!(measured(&[]), Err(Error::Empty { .. })));
        for (mean, std) in [
            (&[0.0, 0.0][..], &[1.0, 1.0][..]),
            (&[0.0], &[1.0; 3]),
            (&[f32::NAN], &[1.0]),
            (&[0.0], &[0.0]),
            (&[0.0], &[f32::INFINITY]),
        ] {
            assert!(matches!(
                Normalization::new(mean, std),
                Err(Error::Param { .. })
            ));
        }
        assert!(Normalization::unit(3).is_ok() && Normalization::unit(usize::MAX).is_err());
        assert!(Normalization::imagenet().check().is_ok());
    }
}
