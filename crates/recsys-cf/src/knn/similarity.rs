//! The similarities of one user (or item) to all others, from one walk over its ratings.

use recsys_core::Biases;

use super::lists::Sides;
use super::params::Similarity;

/// What the similarity of two rests on: sums over what both rated, in `f64` as Surprise holds them, so that equal
/// similarities stay equal.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: f64,
    left: f64,
    right: f64,
    left_squared: f64,
    right_squared: f64,
    product: f64,
}

impl Sums {
    #[inline]
    fn add(&mut self, left: f64, right: f64) {
        self.n += 1.0;
        self.left += left;
        self.right += right;
        self.left_squared += left * left;
        self.right_squared += right * right;
        self.product += left * right;
    }
}

/// Computes similarities; holds what all of them share.
#[derive(Clone, Debug, Default)]
pub(super) struct Similarities {
    kind: Option<Similarity>,
    min_support: f64,
    shrinkage: f64,
    /// `Σ r²` over all ratings of each `x`, for [`Similarity::CosineAll`].
    norms: Vec<f64>,
    /// Mean, biases of `x`, biases of `y`, for [`Similarity::PearsonBaseline`].
    biases: Option<(f64, Vec<f64>, Vec<f64>)>,
}

/// The one whose similarities are asked for: its ratings by rising `y`, and its bias.
pub(super) struct Subject<'a> {
    pub(super) ratings: &'a [(u32, f32)],
    pub(super) bias: f64,
}

/// Memory of one walk, reused from one subject to the next.
#[derive(Default)]
pub(super) struct Walk {
    sums: Vec<Sums>,
    /// The similarity to each `x`, 0 without enough in common.
    pub(super) similarities: Vec<f64>,
}

impl Similarities {
    pub(super) fn new(params: &super::KnnParams, sides: &Sides, biases: Option<&Biases>) -> Self {
        let squared = |ratings: &[(u32, f32)]| {
            ratings
                .iter()
                .map(|&(_, r)| f64::from(r) * f64::from(r))
                .sum::<f64>()
        };
        let n = sides.of_x.len() as u32;
        let least = if params.similarity == Similarity::PearsonBaseline {
            2
        } else {
            1
        };
        Self {
            kind: Some(params.similarity),
            min_support: params.min_support.max(least) as f64,
            shrinkage: f64::from(params.shrinkage),
            norms: match params.similarity {
                Similarity::CosineAll => (0..n).map(|x| squared(sides.of_x.of(x))).collect(),
                _ => Vec::new(),
            },
            biases: match (params.similarity, biases, params.user_based) {
                (Similarity::PearsonBaseline, Some(b), true) => {
                    Some((b.mean, b.users.clone(), b.items.clone()))
                }
                (Similarity::PearsonBaseline, Some(b), false) => {
                    Some((b.mean, b.items.clone(), b.users.clone()))
                }
                _ => None,
            },
        }
    }

    /// The similarities of `subject` to every `x`, left in `walk`.
    pub(super) fn walk(&self, sides: &Sides, subject: &Subject<'_>, walk: &mut Walk) {
        walk.sums.clear();
        walk.sums.resize(sides.of_x.len(), Sums::default());
        for &(y, rating) in subject.ratings {
            match &self.biases {
                None => {
                    for &(x, other) in sides.of_y.of(y) {
                        walk.sums[x as usize].add(f64::from(rating), f64::from(other));
                    }
                }
                Some((mean, of_x, of_y)) => {
                    let base = mean + of_y[y as usize];
                    let residual = f64::from(rating) - (base + subject.bias);
                    for &(x, other) in sides.of_y.of(y) {
                        let other = f64::from(other) - (base + of_x[x as usize]);
                        walk.sums[x as usize].add(residual, other);
                    }
                }
            }
        }
        let norm: f64 = match self.kind {
            Some(Similarity::CosineAll) => subject
                .ratings
                .iter()
                .map(|&(_, r)| f64::from(r) * f64::from(r))
                .sum(),
            _ => 0.0,
        };
        walk.similarities.clear();
        let of = walk.sums.iter().enumerate().map(|(x, sums)| {
            if sums.n < self.min_support {
                0.0
            } else {
                self.of(sums, norm, x)
            }
        });
        walk.similarities.extend(of);
    }

    /// The similarity that rests on `sums`, in Surprise's order of operations; 0 where it divides by zero.
    fn of(&self, sums: &Sums, norm: f64, x: usize) -> f64 {
        let ratio = |above: f64, below: f64| if below > 0.0 { above / below } else { 0.0 };
        let Sums {
            n,
            left,
            right,
            left_squared,
            right_squared,
            product,
        } = *sums;
        match self.kind {
            Some(Similarity::Msd) => {
                1.0 / ((left_squared + right_squared - 2.0 * product).max(0.0) / n + 1.0)
            }
            Some(Similarity::Cosine) => ratio(product, (left_squared * right_squared).sqrt()),
            Some(Similarity::CosineAll) => ratio(product, (norm * self.norms[x]).sqrt()),
            Some(Similarity::Pearson) => {
                let below = (n * left_squared - left * left) * (n * right_squared - right * right);
                ratio(n * product - left * right, below.max(0.0).sqrt())
            }
            Some(Similarity::PearsonBaseline) => {
                let shrunk = (n - 1.0) / (n - 1.0 + self.shrinkage);
                ratio(product, (left_squared * right_squared).sqrt()) * shrunk
            }
            None => 0.0,
        }
    }
}
