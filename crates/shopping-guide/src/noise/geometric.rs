//! Noise of the two-sided geometric distribution.

use guide_core::{Error, Result, Rng, stream};
use rand::rngs::SysRng;
use rand::{Rng as _, TryRng as _};

use super::NoiseParams;

/// Bytes that are asked of the operating system at once.
const CHUNK: usize = 4096;

/// Draws noise for one kind of counts.
pub(super) struct Geometric {
    /// `ln a`, below 0.
    ln_a: f64,
    bits: Bits,
}

/// Where random bits come from.
enum Bits {
    System { chunk: Vec<u8>, next: usize },
    Seeded(Box<Rng>),
}

impl Geometric {
    /// Noise under which counts that one shopper changes by at most `sensitivity` in sum spend `epsilon`. Of one seed every `fit` and `kind` of counts has
    /// noise of its own.
    pub(super) fn new(params: &NoiseParams, (fit, kind): (u32, u32), sensitivity: f64) -> Self {
        Self {
            ln_a: -params.epsilon_of_one() / sensitivity,
            bits: match params.seed {
                None => Bits::System {
                    chunk: vec![0; CHUNK],
                    next: CHUNK,
                },
                Some(seed) => {
                    let shard = (u64::from(fit) << 32) | u64::from(kind);
                    Bits::Seeded(Box::new(stream(seed, shard)))
                }
            },
        }
    }

    /// The difference of two numbers of the geometric distribution `Pr[n] = (1 − a) aⁿ`.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] where the operating system gives no random bits.
    pub(super) fn draw(&mut self) -> Result<i64> {
        Ok(self.one_sided()? - self.one_sided()?)
    }

    fn one_sided(&mut self) -> Result<i64> {
        // Uniform in (0, 1], so that its logarithm is finite.
        let uniform = ((self.bits.next()? >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        Ok((uniform.ln() / self.ln_a).floor() as i64)
    }
}

impl Bits {
    fn next(&mut self) -> Result<u64> {
        match self {
            Self::Seeded(rng) => Ok(rng.next_u64()),
            Self::System { chunk, next } => {
                if *next == chunk.len() {
                    SysRng
                        .try_fill_bytes(chunk)
                        .map_err(|reason| Error::Unsuitable {
                            algorithm: "noise",
                            needed: format!("random bits of the operating system: {reason}"),
                        })?;
                    *next = 0;
                }
                let (_, rest) = chunk.split_at(*next);
                *next += 8;
                let bytes = rest.first_chunk().copied().unwrap_or_default();
                Ok(u64::from_le_bytes(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each number is drawn, against the formula of the distribution: χ² below the value that one run in a thousand million exceeds.
    fn fits_the_formula(params: &NoiseParams, sensitivity: f64) {
        let mut noise = Geometric::new(params, (1, 0), sensitivity);
        let a = (-params.epsilon_of_one() / sensitivity).exp();
        let n = 200_000;
        let most = (sensitivity / params.epsilon_of_one() * 6.0).ceil() as i64;
        let mut counts = vec![0_u32; 2 * most as usize + 1];
        let mut sum = 0.0;
        for _ in 0..n {
            let drawn = noise.draw().unwrap();
            sum += drawn as f64;
            counts[(drawn.clamp(-most, most) + most) as usize] += 1;
        }
        let mut chi = 0.0;
        for (place, &count) in counts.iter().enumerate() {
            let value = (place as i64 - most).abs();
            let exactly = (1.0 - a) / (1.0 + a) * a.powi(value as i32);
            // At the ends all beyond them too.
            let expected = match value == most {
                true => a.powi(value as i32) / (1.0 + a),
                false => exactly,
            } * f64::from(n);
            chi += (f64::from(count) - expected).powi(2) / expected;
        }
        let freedom = (counts.len() - 1) as f64;
        assert!(
            chi < freedom + 6.0 * (2.0 * freedom).sqrt() + 12.0,
            "{chi} {freedom}"
        );
        let deviation = (2.0 * a).sqrt() / (1.0 - a);
        assert!((sum / f64::from(n)).abs() < 6.0 * deviation / f64::from(n).sqrt());
    }

    #[test]
    fn noise_has_the_distribution_of_the_formula() {
        for (epsilon, sensitivity) in [(3.0, 1.0), (1.0, 5.0), (6.0, 5.0)] {
            let params = NoiseParams::default().epsilon(epsilon);
            fits_the_formula(&params, sensitivity);
            fits_the_formula(&params.seed(Some(7)), sensitivity);
        }
    }

    #[test]
    fn every_fit_has_noise_of_its_own() {
        let draws = |seed, fit, kind| {
            let params = NoiseParams::default().seed(seed);
            let mut noise = Geometric::new(&params, (fit, kind), 5.0);
            (0..20).map(|_| noise.draw().unwrap()).collect::<Vec<i64>>()
        };
        assert_eq!(draws(Some(1), 1, 0), draws(Some(1), 1, 0));
        assert_ne!(draws(Some(1), 1, 0), draws(Some(1), 2, 0));
        assert_ne!(draws(Some(1), 1, 0), draws(Some(1), 1, 1));
        assert_ne!(draws(None, 1, 0), draws(None, 1, 0));
    }
}
