//! Step sizes and pulls that may differ from one kind of number to another, as in Surprise.

use guide_core::kernels::dot;
use guide_core::{Result, ensure};

/// The step size η and the pull λ towards 0 of one kind of number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) rate: f32,
    pub(crate) pull: f32,
}

impl Rate {
    /// Its own values where it has some, otherwise those that all share.
    pub(crate) fn new(shared: Rate, rate: Option<f32>, pull: Option<f32>) -> Self {
        Self {
            rate: rate.unwrap_or(shared.rate),
            pull: pull.unwrap_or(shared.pull),
        }
    }

    /// What a step leaves of the old value: `1 − η λ`.
    pub(crate) fn decay(self) -> f32 {
        1.0 - self.rate * self.pull
    }

    /// `b ← b + η (e − λ b)`.
    #[inline]
    pub(crate) fn step(self, bias: &mut f32, error: f32) {
        *bias += self.rate * (error - self.pull * *bias);
    }
}

/// Checks those step sizes, by name, that are given.
///
/// # Errors
/// [`Error::Param`](guide_core::Error::Param).
pub(crate) fn ensure_rates(rates: &[(&str, Option<f32>)]) -> Result<()> {
    let mut given = rates.iter().filter_map(|&(name, rate)| Some((name, rate?)));
    given.try_for_each(|(name, rate)| ensure::positive(name, rate))
}

/// Checks those pulls, by name, that are given.
///
/// # Errors
/// [`Error::Param`](guide_core::Error::Param).
pub(crate) fn ensure_pulls(pulls: &[(&str, Option<f32>)]) -> Result<()> {
    let mut given = pulls.iter().filter_map(|&(name, pull)| Some((name, pull?)));
    given.try_for_each(|(name, pull)| ensure::not_negative(name, pull))
}

/// [`rating_step`](guide_core::kernels::rating_step) with a rate for each side, at about half its speed.
pub(crate) fn uneven_step(
    (p, p_rate): (&mut [f32], Rate),
    (q, q_rate): (&mut [f32], Rate),
    target: f32,
) -> f32 {
    let error = target - dot(p, q);
    let (p_step, q_step) = (p_rate.rate * error, q_rate.rate * error);
    let (p_decay, q_decay) = (p_rate.decay(), q_rate.decay());
    for (p, q) in p.iter_mut().zip(q) {
        let (old_p, old_q) = (*p, *q);
        *p = p_decay * old_p + p_step * old_q;
        *q = q_decay * old_q + q_step * old_p;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_steps_at_its_own_rate() {
        let (mut p, mut q) = ([1.0], [10.0]);
        let slow = Rate {
            rate: 0.25,
            pull: 0.0,
        };
        let fast = Rate {
            rate: 0.5,
            pull: 0.2,
        };
        // e = 12 − 10 = 2; p = 1 + 0.25·2·10; q = 0.9·10 + 0.5·2·1
        let error = uneven_step((&mut p, slow), (&mut q, fast), 12.0);
        assert_eq!((error, p, q), (2.0, [6.0], [10.0]));
        assert_eq!(
            Rate::new(slow, None, Some(0.1)),
            Rate {
                rate: 0.25,
                pull: 0.1
            }
        );
    }
}
