//! Dropout masks that depend on the element alone: the same for any split of a batch over threads.

/// Seed of the training, number of the step, and number of the pass's first sequence within the whole batch.
pub(crate) type DropoutKey = (u64, u64, usize);

/// What a mask is for: masks of different uses are independent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    Input,
    Recurrent,
    Between,
}

/// The mask of `width` numbers for each example: `1 / (1 − rate)` where a number is kept, 0 where it is dropped.
pub(crate) fn fill_mask(
    mask: &mut [f32],
    width: usize,
    rate: f32,
    (seed, step, first): DropoutKey,
    (layer, use_): (u64, Use),
) {
    let key = mix(mix(mix(seed) ^ step) ^ (layer << 2 | use_ as u64));
    let scale = 1.0 / (1.0 - rate);
    // A number is dropped if its 24 random bits, as a share of 2^24, are below the rate.
    let bound = (f64::from(rate) * f64::from(1 << 24)).round() as u32;
    for (example, row) in mask.chunks_mut(width.max(1)).enumerate() {
        let row_key = mix(key ^ (first + example) as u64);
        let (low, high) = (row_key as u32, (row_key >> 32) as u32);
        for (j, value) in row.iter_mut().enumerate() {
            let bits = mix_32((j as u32).wrapping_mul(0x9E37_79B9).wrapping_add(low) ^ high);
            *value = if bits >> 8 < bound { 0.0 } else { scale };
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014) after its increment.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

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

    fn mask(width: usize, n: usize, first: usize, layer: u64, use_: Use) -> Vec<f32> {
        let mut mask = vec![0.0; n * width];
        fill_mask(&mut mask, width, 0.25, (7, 3, first), (layer, use_));
        mask
    }

    #[test]
    fn a_quarter_is_dropped_and_the_mean_is_kept() {
        let mask = mask(1000, 200, 0, 0, Use::Input);
        let mean = mask.iter().map(|&m| f64::from(m)).sum::<f64>() / mask.len() as f64;
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
        assert!(
            mask.iter()
                .all(|&m| m == 0.0 || (m - 4.0 / 3.0).abs() < 1e-6)
        );
        // Neighbours in a row and in a column are independent: both dropped in one sixteenth of the cases.
        for apart in [1, 1000] {
            let both = mask
                .iter()
                .zip(&mask[apart..])
                .filter(|(a, b)| **a == 0.0 && **b == 0.0)
                .count();
            assert!(
                (both as f64 / mask.len() as f64 - 0.0625).abs() < 0.004,
                "{both}"
            );
        }
    }

    #[test]
    fn a_mask_belongs_to_the_example_and_not_to_the_shard() {
        let whole = mask(13, 6, 0, 1, Use::Recurrent);
        assert_eq!(whole[4 * 13..], mask(13, 2, 4, 1, Use::Recurrent));
        assert_ne!(whole, mask(13, 6, 0, 2, Use::Recurrent));
        assert_ne!(whole, mask(13, 6, 0, 1, Use::Between));
    }
}
