//! Minimising a smooth convex function of one user's vector: how a shopper is folded into models without a closed form.

use guide_core::kernels::{axpy, dot};

const MAX_STEPS: usize = 200;
/// The gradient counts as gone at this share of its first length.
const GONE: f32 = 1e-4;

/// Walks from 0 down the `gradient` (which it is given to write) with steps of the length of Barzilai and Borwein (1988),
/// `|Δx|² / Δx·Δg`, the first of them `first_step` long.
pub(crate) fn minimise(
    n: usize,
    first_step: f32,
    mut gradient: impl FnMut(&[f32], &mut [f32]),
) -> Vec<f32> {
    let (mut x, mut g) = (vec![0.0; n], vec![0.0; n]);
    gradient(&x, &mut g);
    let first = dot(&g, &g).sqrt();
    let (mut step, mut next) = (first_step, g.clone());
    for _ in 0..MAX_STEPS {
        if dot(&g, &g).sqrt() <= GONE * first {
            break;
        }
        axpy(-step, &g, &mut x);
        gradient(&x, &mut next);
        // Δx = −step g, so |Δx|² / Δx·Δg = step |g|² / (g·g − g·next).
        let (square, bend) = (dot(&g, &g), dot(&g, &g) - dot(&g, &next));
        if bend > 0.0 {
            step *= square / bend;
        }
        std::mem::swap(&mut g, &mut next);
    }
    x
}

/// `1 / (1 + e^−x)`.
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_of_a_valley() {
        // f(x, y) = (x − 1)²/2 + 50 (y + 2)²
        let bottom = minimise(2, 0.01, |x, g| {
            g.copy_from_slice(&[x[0] - 1.0, 100.0 * (x[1] + 2.0)]);
        });
        assert!(
            (bottom[0] - 1.0).abs() < 0.03 && (bottom[1] + 2.0).abs() < 3e-4,
            "{bottom:?}"
        );
    }

    #[test]
    fn finds_the_bottom_of_a_logistic_loss() {
        // f(x) = ln(1 + e^−x) + x²/2 has its bottom where σ(−x) = x: x = 0.4010581.
        let bottom = minimise(1, 1.0, |x, g| g[0] = x[0] - sigmoid(-x[0]));
        assert!((bottom[0] - 0.401_058).abs() < 1e-4, "{bottom:?}");
        assert_eq!(minimise(2, 1.0, |_, g| g.fill(0.0)), [0.0, 0.0]);
    }
}
