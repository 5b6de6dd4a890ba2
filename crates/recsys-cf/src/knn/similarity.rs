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
    alpha: f64,
    beta: f64,
    /// [`size_of`] each `x`, for the similarities that look beyond what two have in common.
    sizes: Vec<f64>,
    /// Mean, biases of `x`, biases of `y`, for [`Similarity::PearsonBaseline`].
    biases: Option<(f64, Vec<f64>, Vec<f64>)>,
}

/// How much there is of someone with these ratings: `Σ r²` for the cosines, their number for the measures of sets.
fn size_of(kind: Option<Similarity>, ratings: &[(u32, f32)]) -> f64 {
    match kind {
        Some(Similarity::CosineAll | Similarity::Asymmetric) => ratings
            .iter()
            .map(|&(_, r)| f64::from(r) * f64::from(r))
            .sum(),
        Some(Similarity::Jaccard | Similarity::Tversky) => ratings.len() as f64,
        _ => 0.0,
    }
}

/// The one whose similarities are asked for: its ratings by rising `y`, and its bias.
pub(super) struct Subject<'a> {
    pub(super) ratings: &'a [(u32, f32)],
    pub(super) bias: f64,
    /// What each similarity is for: an estimate for the subject, or one that it is a neighbour in. Only measures with two
    /// different sides tell these apart.
    pub(super) is_neighbour: bool,
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
        let kind = Some(params.similarity);
        let n = sides.of_x.len() as u32;
        let (least, shrinkage) = match params.similarity {
            Similarity::PearsonBaseline => (2, 100.0),
            _ => (1, 0.0),
        };
        Self {
            kind,
            min_support: params.min_support.max(least) as f64,
            shrinkage: f64::from(params.shrinkage.unwrap_or(shrinkage)),
            alpha: f64::from(params.alpha),
            beta: f64::from(params.beta),
            sizes: (0..n).map(|x| size_of(kind, sides.of_x.of(x))).collect(),
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
        let size = size_of(self.kind, subject.ratings);
        walk.similarities.clear();
        let of = walk.sums.iter().enumerate().map(|(x, sums)| {
            if sums.n < self.min_support {
                0.0
            } else {
                let other = self.sizes[x];
                let (size, other) = if subject.is_neighbour {
                    (other, size)
                } else {
                    (size, other)
                };
                self.of(sums, size, other) * self.trust(sums.n)
            }
        });
        walk.similarities.extend(of);
    }

    /// How far a similarity that rests on `n` in common counts.
    fn trust(&self, n: f64) -> f64 {
        let n = match self.kind {
            Some(Similarity::PearsonBaseline) => n - 1.0,
            _ => n,
        };
        n / (n + self.shrinkage)
    }

    /// The similarity that rests on `sums`, with the [`size_of`] whom an estimate is for and of the neighbour, in Surprise's order of operations; 0 where it
    /// divides by zero.
    fn of(&self, sums: &Sums, size: f64, other_size: f64) -> f64 {
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
            Some(Similarity::CosineAll) => ratio(product, (size * other_size).sqrt()),
            Some(Similarity::Pearson) => {
                let below = (n * left_squared - left * left) * (n * right_squared - right * right);
                ratio(n * product - left * right, below.max(0.0).sqrt())
            }
            Some(Similarity::PearsonBaseline) => {
                ratio(product, (left_squared * right_squared).sqrt())
            }
            Some(Similarity::Jaccard) => n / (size + other_size - n),
            Some(Similarity::Tversky) => {
                // A history may name an item twice.
                let only = |size: f64| (size - n).max(0.0);
                n / (n + self.alpha * only(size) + self.beta * only(other_size))
            }
            Some(Similarity::Asymmetric) => {
                let below = size.powf(self.alpha) * other_size.powf(1.0 - self.alpha);
                ratio(product, below)
            }
            None => 0.0,
        }
    }
}
