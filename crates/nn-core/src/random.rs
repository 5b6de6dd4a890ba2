//! Random numbers of elements, by seed, step, layer and position: the same however a batch is split.

use crate::Mode;

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
        let key = mix(seed ^ mix(step ^ mix(stream.wrapping_add(0x9E37_79B9_7F4A_7C15))));
        Some(Self { key })
    }

    /// 32 random bits for the element at `position` of the whole batch.
    #[inline(always)]
    pub(crate) fn bits(self, position: u64) -> u32 {
        let high = (position >> 32) as u32;
        let mut x = (position as u32) ^ (self.key as u32) ^ high.wrapping_mul(0x9E37_79B9);
        x ^= x >> 16;
        x = x.wrapping_mul(0x21F0_AAAD);
        x ^= x >> 15;
        x = x.wrapping_add((self.key >> 32) as u32);
        x = x.wrapping_mul(0xD35A_2D97);
        x ^ (x >> 15)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
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
}
