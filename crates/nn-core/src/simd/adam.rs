//! Adam's loop over the weights: in both forms the same operations on each number, so the same bits.

use crate::step::{Step, nonzero};

/// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `p ← keep·p − rate·m / (√v·root + ε)`.
#[inline(always)]
fn adam_plain(
    step: &Step,
    [beta1, beta2, epsilon]: [f32; 3],
    weights: &mut [f32],
    grad: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    for (((p, &g), m), v) in weights.iter_mut().zip(grad).zip(first).zip(second) {
        let g = step.grad_factor * g + step.coupled_decay * *p;
        *m = nonzero(*m + (1.0 - beta1) * (g - *m));
        *v = nonzero(beta2 * *v + (1.0 - beta2) * (g * g));
        let root = v.sqrt() * step.root_factor + epsilon;
        *p = step.keep * *p - step.adam_rate * *m / root;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn adam_avx2(
    step: &Step,
    betas: [f32; 3],
    weights: &mut [f32],
    grad: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    adam_plain(step, betas, weights, grad, first, second);
}

/// Adam on one run of weights.
pub(crate) fn adam(
    step: &Step,
    betas: [f32; 3],
    weights: &mut [f32],
    grad: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if step.avx2.is_some() {
        // SAFETY: the token says that the processor has the feature, which is all that the callee asks for.
        return unsafe { adam_avx2(step, betas, weights, grad, first, second) };
    }
    adam_plain(step, betas, weights, grad, first, second);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Avx2;
    use super::*;
    use crate::{Epsilon, Rule};

    proptest! {
        #[test]
        fn both_forms_give_the_same_bits(len in 0_usize..40, seed in any::<u64>()) {
            let mut rng = guide_core::seeded(seed);
            let mut draw = || -> Vec<f32> { (0..len).map(|_| rand::RngExt::random::<f32>(&mut rng)).collect() };
            let (weights, grad, first, second) = (draw(), draw(), draw(), draw());
            let betas = [0.9, 0.999, 1e-8];
            let rule = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, placement: Epsilon::Corrected };
            let step = Step { rule, rate: 0.1, grad_factor: 0.7, coupled_decay: 0.01, keep: 0.9, adam_rate: 0.2, root_factor: 1.5, avx2: Avx2::detect() };
            let (mut p, mut m, mut v) = (weights.clone(), first.clone(), second.clone());
            adam_plain(&step, betas, &mut p, &grad, &mut m, &mut v);
            let (mut fast_p, mut fast_m, mut fast_v) = (weights, first, second);
            adam(&step, betas, &mut fast_p, &grad, &mut fast_m, &mut fast_v);
            prop_assert_eq!((p, m, v), (fast_p, fast_m, fast_v));
        }
    }
}
