//! Random numbers of elements, by seed, step, layer and position: the same however a batch is split.

use guide_core::split_mix;

use crate::{Mode, Pass};

/// The start of one layer's random numbers in one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    key: u64,
}

impl Draws {
    /// The draws of the random stream number `stream` in this pass; `None` where the pass answers.
    pub(crate) fn of(mode: Mode, stream: u64) -> Option<Self> {
        let Mode::Train { seed, step } = mode else {
            return None;
        };
        let stream = split_mix(stream.wrapping_add(INCREMENT));
        let key = split_mix(seed ^ split_mix(step ^ stream));
        Some(Self { key })
    }

    /// 32 random bits for the element at `position` of the whole batch.
    #[inline(always)]
    pub(crate) fn bits(self, position: u64) -> u32 {
        let high = (position >> 32) as u32;
        let mut x = (position as u32) ^ (self.key as u32) ^ high.wrapping_mul(INCREMENT_32);
        x ^= x >> 16;
        x = x.wrapping_mul(0x21F0_AAAD);
        x ^= x >> 15;
        x = x.wrapping_add((self.key >> 32) as u32);
        x = x.wrapping_mul(0xD35A_2D97);
        x ^ (x >> 15)
    }
}

/// Fills dropout masks, a row for each example of a pass: `1 / (1 − rate)` where a number is kept, 0 where it is dropped. Nothing
/// happens where the pass answers.
///
/// A row depends on seed and step of the pass, on `stream`, and on the place of its example in the whole batch, so that it is the
/// same however the batch is split. `rate` is at least 0 and below 1. For masks that are used several times, as over all steps of
/// a sequence; [`Dropout`](crate::Dropout) drops numbers without a mask.
///
/// ```
/// use nn_core::{Mode, Pass, Weights, fill_row_masks};
/// let weights = Weights::new();
/// let pass = Pass { mode: Mode::Train { seed: 1, step: 2 }, ..Pass::infer(&weights, 3) };
/// let mut masks = [1.0; 3 * 50];
/// fill_row_masks(&pass, 0, 0.5, &mut masks);
/// assert!(masks.contains(&0.0) && masks.contains(&2.0));
/// // The second and third example as a pass of their own.
/// let mut rest = [1.0; 2 * 50];
/// fill_row_masks(&Pass { n: 2, first: 1, ..pass }, 0, 0.5, &mut rest);
/// assert_eq!(masks[50..], rest);
/// ```
pub fn fill_row_masks(pass: &Pass<'_>, stream: u64, rate: f32, masks: &mut [f32]) {
    let Mode::Train { seed, step } = pass.mode else {
        return;
    };
    let mix = |x: u64| split_mix(x.wrapping_add(INCREMENT));
    let key = mix(mix(mix(seed) ^ step) ^ stream);
    let keep = 1.0 / (1.0 - rate);
    // A number is dropped if its 24 random bits, as a share of 2^24, are below the rate.
    let bound = (f64::from(rate) * f64::from(1 << 24)).round() as u32;
    let width = (masks.len() / pass.n.max(1)).max(1);
    for (example, row) in masks.chunks_mut(width).enumerate() {
        let row_key = mix(key ^ (pass.first + example) as u64);
        let (low, high) = (row_key as u32, (row_key >> 32) as u32);
        for (place, value) in row.iter_mut().enumerate() {
            let place = (place as u32).wrapping_mul(INCREMENT_32);
            let bits = mix_32(place.wrapping_add(low) ^ high);
            *value = if bits >> 8 < bound { 0.0 } else { keep };
        }
    }
}

/// 2^64 and 2^32 divided by the golden ratio: the increments of SplitMix and of Weyl's sequence.
const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;
const INCREMENT_32: u32 = (INCREMENT >> 32) as u32;

/// A bijection of 32 bits (constants: Wellons, 2018) after which every bit depends on every bit of `x`; it vectorises.
#[inline]
fn mix_32(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_spread_evenly_and_differ_between_steps() {
        let draws = |step| Draws::of(Mode::Train { seed: 3, step }, 1).unwrap();
        let n = 1 << 16;
        let mut counts = [0_u32; 32];
        let mut pairs = 0_i64;
        for position in 0..n {
            let bits = draws(1).bits(position);
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += (bits >> bit) & 1;
            }
            // Neighbours and steps agree in as many of their top bits as chance says.
            pairs += i64::from((bits >> 31) == (draws(1).bits(position + 1) >> 31)) * 2 - 1;
            pairs += i64::from((bits >> 31) == (draws(2).bits(position) >> 31)) * 2 - 1;
        }
        // Five standard deviations of a fair coin: 5 · √n / 2 = 640, and 5 · √(2 n) = 1810.
        let far = |count: &u32| (i64::from(*count) - (n / 2) as i64).abs() > 640;
        assert!(!counts.iter().any(far), "{counts:?}");
        assert!(pairs.abs() < 1810, "{pairs}");
        assert!(Draws::of(Mode::Infer, 1).is_none());
    }

    fn masks(width: usize, n: usize, first: usize, stream: u64) -> Vec<f32> {
        let weights = crate::Weights::new();
        let pass = Pass {
            mode: Mode::Train { seed: 7, step: 3 },
            first,
            ..Pass::infer(&weights, n)
        };
        let mut masks = vec![0.0; n * width];
        fill_row_masks(&pass, stream, 0.25, &mut masks);
        masks
    }

    #[test]
    fn a_quarter_is_dropped_and_the_mean_is_kept() {
        let mask = masks(1000, 200, 0, 0);
        let mean = mask.iter().map(|&m| f64::from(m)).sum::<f64>() / mask.len() as f64;
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
        let known = |&m: &f32| m == 0.0 || (m - 4.0 / 3.0).abs() < 1e-6;
        assert!(mask.iter().all(known));
        // Neighbours in a row and in a column are independent: both dropped in one sixteenth of the cases.
        for apart in [1, 1000] {
            let pairs = mask.iter().zip(&mask[apart..]);
            let both = pairs.filter(|(a, b)| **a == 0.0 && **b == 0.0).count();
            let share = both as f64 / mask.len() as f64;
            assert!((share - 0.0625).abs() < 0.004, "{both}");
        }
    }

    #[test]
    fn a_mask_belongs_to_the_example_and_not_to_the_shard() {
        let whole = masks(13, 6, 0, 5);
        assert_eq!(whole[4 * 13..], masks(13, 2, 4, 5));
        assert_ne!(whole, masks(13, 6, 0, 9));
        assert_ne!(whole, masks(13, 6, 0, 6));
    }

    /// The first bits of both kinds of draws: a trained model must not change with a new version.
    #[test]
    fn draws_never_change() {
        let draws = Draws::of(Mode::Train { seed: 3, step: 2 }, 1).unwrap();
        let bits = [0, 1, 1 << 40].map(|position| draws.bits(position));
        assert_eq!(bits, [1_023_980_270, 699_444_151, 1_009_811_890]);
        let dropped: Vec<usize> = (0..64).filter(|&j| masks(64, 1, 0, 1)[j] == 0.0).collect();
        let expected = [
            0, 5, 7, 8, 9, 10, 14, 28, 35, 44, 46, 47, 48, 50, 52, 55, 63,
        ];
        assert_eq!(dropped, expected);
    }
}
