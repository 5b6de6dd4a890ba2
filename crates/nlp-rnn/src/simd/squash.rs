//! The functions of gates and states, and their derivatives by their own values.

use serde::{Deserialize, Serialize};

use super::Lanes;

/// A function of a gate or of a state whose derivative follows from its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Squash {
    /// `tanh x`.
    Tanh,
    /// `1 / (1 + e^−x)`. Arguments below −69 count as −69, so that values stay above 1e-30.
    Sigmoid,
    /// `min(max(x + 3, 0), 6) / 6`, as in PyTorch and Keras 3.
    HardSigmoid,
    /// `max(x, 0)`.
    Relu,
    /// `x`.
    Linear,
}

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The natural logarithm of 2 in two parts. The first has 9 bits, so that its product with a whole number below 2^15 is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// `(p, s)` with `e^x = s + s p`: `s` is a power of two and `p = e^r − 1` for the rest `|r| ≤ ln 2 / 2`, by its Taylor series,
/// whose first term left out is below 2e-8 of `r`. `x` lies within ±87.
#[inline(always)]
fn exp_parts<V: Lanes>(x: V) -> (V, V) {
    let n = x.mul(V::splat(LOG2_E)).round();
    let r = n.fma(V::splat(-LN_2_HIGH), x);
    let r = n.fma(V::splat(-LN_2_LOW), r);
    let mut q = V::splat(1.0 / 5040.0);
    for factorial in [720.0, 120.0, 24.0, 6.0, 2.0] {
        q = q.fma(r, V::splat(1.0 / factorial));
    }
    (q.fma(r.mul(r), r), n.pow2())
}

/// `1 / (1 + e^−x)`.
#[inline(always)]
fn sigmoid<V: Lanes>(x: V) -> V {
    let x = V::splat(69.0).min(V::splat(-69.0).max(x));
    let (p, s) = exp_parts(V::splat(0.0).sub(x));
    let one = V::splat(1.0);
    one.div(s.fma(p, s).add(one))
}

/// `tanh x = (e^2x − 1) / (e^2x + 1)`, the numerator without cancellation.
#[inline(always)]
fn tanh<V: Lanes>(x: V) -> V {
    let x = V::splat(20.0).min(V::splat(-20.0).max(x.add(x)));
    let (p, s) = exp_parts(x);
    let numerator = s.fma(p, s.sub(V::splat(1.0)));
    numerator.div(numerator.add(V::splat(2.0)))
}

impl Squash {
    /// The value at `x`.
    #[inline(always)]
    pub(super) fn value<V: Lanes>(self, x: V) -> V {
        match self {
            Self::Tanh => tanh(x),
            Self::Sigmoid => sigmoid(x),
            Self::HardSigmoid => {
                let x = V::splat(6.0).min(V::splat(0.0).max(x.add(V::splat(3.0))));
                x.mul(V::splat(1.0 / 6.0))
            }
            Self::Relu => x.where_positive(x),
            Self::Linear => x,
        }
    }

    /// The derivative where the value is `y`.
    #[inline(always)]
    pub(super) fn derivative<V: Lanes>(self, y: V) -> V {
        let one = V::splat(1.0);
        match self {
            Self::Tanh => one.sub(y.mul(y)),
            Self::Sigmoid => y.sub(y.mul(y)),
            Self::HardSigmoid => {
                let below_one = one.sub(y).where_positive(V::splat(1.0 / 6.0));
                y.where_positive(below_one)
            }
            Self::Relu => y.where_positive(one),
            Self::Linear => one,
        }
    }
}

/// The value of `squash` at the first numbers of `sum` plus those of `bias`. A function and not a closure in the kernels: a closure
/// cannot be `#[inline(always)]`, and what is not inlined is compiled without the vector instructions, 20 times slower.
#[inline(always)]
pub(super) fn biased<V: Lanes>(squash: Squash, sum: &[f32], bias: &[f32]) -> V {
    squash.value(V::load(sum).add(V::load(bias)))
}

#[cfg(test)]
mod tests {
    use super::super::{Isa, Kernel, run};
    use super::*;

    struct Values<'a>(Squash, &'a mut [f32]);

    impl Kernel for Values<'_> {
        type Output = ();

        #[inline(always)]
        fn with<V: Lanes>(self) {
            for part in self.1.chunks_mut(V::N) {
                self.0.value(V::load(part)).store(part);
            }
        }
    }

    fn values(isa: Isa, squash: Squash, x: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        run(isa, Values(squash, &mut out));
        out
    }

    #[test]
    fn every_form_is_within_3e_7_of_the_true_value() {
        let mut x: Vec<f32> = (-680_000..=680_000).map(|i| i as f32 * 1e-4).collect();
        x.extend([1e-30, -1e-20, 1e-8, -3e-5, 0.0]);
        for isa in Isa::all() {
            for (squash, truth) in [
                (Squash::Tanh, f64::tanh as fn(f64) -> f64),
                (Squash::Sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
            ] {
                let worst = x.iter().zip(values(isa, squash, &x)).map(|(&x, got)| {
                    let want = truth(f64::from(x));
                    if want == 0.0 {
                        f64::from(got.abs())
                    } else {
                        ((f64::from(got) - want) / want).abs()
                    }
                });
                let worst = worst.fold(0.0, f64::max);
                assert!(worst < 3e-7, "{isa:?} {squash:?}: relative error {worst:e}");
            }
        }
    }

    #[test]
    fn ends_and_nan() {
        for isa in Isa::all() {
            let x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e9, -1e9];
            let tanh = values(isa, Squash::Tanh, &x);
            assert!(
                tanh[0] == 1.0 && tanh[1] == -1.0 && tanh[2].is_nan() && tanh[3] == 1.0,
                "{tanh:?}"
            );
            let sigmoid = values(isa, Squash::Sigmoid, &x);
            assert!(
                sigmoid[0] == 1.0 && sigmoid[1] < 2e-30 && sigmoid[2].is_nan(),
                "{sigmoid:?}"
            );
            let relu = values(isa, Squash::Relu, &[-1.0, 0.0, 2.0, f32::NAN]);
            assert!(relu[..3] == [0.0, 0.0, 2.0] && relu[3].is_nan());
            let hard = values(isa, Squash::HardSigmoid, &[-4.0, 0.0, 1.5, 9.0]);
            assert!(
                hard.iter()
                    .zip([0.0, 0.5, 0.75, 1.0])
                    .all(|(a, b)| (a - b).abs() < 1e-7),
                "{hard:?}"
            );
        }
    }
}
