//! The draw of the words that a word is held against.

use guide_core::Rng;
use rand::RngExt;

/// Draws words with weights `count ^ exponent`, each in one step (Walker, 1977, and Vose, 1991: the alias method).
#[derive(Debug)]
pub(super) struct Noise {
    /// For each place, the draw below which it is the word itself, and the word that it is else.
    places: Vec<(u32, u32)>,
}

impl Noise {
    pub(super) fn new(counts: &[u64], exponent: f64) -> Self {
        let weights: Vec<f64> = (counts.iter())
            .map(|&count| {
                if count == 0 {
                    0.0
                } else {
                    (count as f64).powf(exponent)
                }
            })
            .collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut left: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut places: Vec<(u32, u32)> = (0..counts.len() as u32).map(|w| (u32::MAX, w)).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) =
            (0..counts.len()).partition(|&word| left[word] < 1.0);
        while let (Some(&giver), Some(taker)) = (rich.last(), poor.pop()) {
            places[taker] = ((left[taker] * 2f64.powi(32)) as u32, giver as u32);
            left[giver] -= 1.0 - left[taker];
            if left[giver] < 1.0 {
                rich.pop();
                poor.push(giver);
            }
        }
        Self { places }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> u32 {
        let bits: u64 = rng.random();
        let place = below(bits, self.places.len());
        let (limit, other) = self.places[place];
        if (bits as u32) < limit {
            place as u32
        } else {
            other
        }
    }
}

/// 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which of `n` has turn number `turn`: the multiples of the golden ratio, cut at 1, go round evenly and by no period that a text
/// might have (Weyl's sequence).
pub(super) fn whose(turn: u64, n: usize) -> usize {
    below(turn.wrapping_mul(GOLDEN), n)
}

/// A number below `n`, uniform, from the upper half of `bits`; `n` is at most `2^32`.
pub(super) fn below(bits: u64, n: usize) -> usize {
    (((bits >> 32) * n as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_its_weights() {
        let counts = [10_000, 0, 625, 16, 256];
        let noise = Noise::new(&counts, 0.75);
        let mut rng = guide_core::seeded(3);
        let mut drawn = [0_u32; 5];
        for _ in 0..200_000 {
            drawn[noise.draw(&mut rng) as usize] += 1;
        }
        // 1000, 0, 125, 8 and 64 of 1197.
        for (drawn, weight) in drawn.iter().zip([1000.0, 0.0, 125.0, 8.0, 64.0]) {
            let expected = 200_000.0 * weight / 1197.0;
            assert!(
                (f64::from(*drawn) - expected).abs() <= 5.0 * f64::sqrt(expected),
                "{drawn} {expected}"
            );
        }
    }
}
