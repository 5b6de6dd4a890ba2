//! How good a ranked list is, from the places of its hits alone.
//!
//! `ranks` are the places, from 0 and rising, at which the user's test items stand in the ranking; items that are not
//! ranked have none. `n_test = |test|` counts all of the user's test items, `k` is the cut-off, and hits are
//! the ranks below `k`. All functions give 0 for `k = 0` or `n_test = 0`.

use guide_core::Result;
use serde::{Deserialize, Serialize};

use super::ensure_finite;

/// 1 with a hit, else 0; its mean over users is the hit rate.
///
/// ```
/// use recsys_core::metrics::hit;
/// assert_eq!((hit(&[3], 4), hit(&[3], 3)), (1.0, 0.0));
/// ```
pub fn hit(ranks: &[usize], k: usize) -> f64 {
    f64::from(hits(ranks, k) > 0)
}

/// `hits / k`: the share of the list that is right. Below 1 even for the best list when `|test| < k`.
///
/// ```
/// assert_eq!(recsys_core::metrics::precision_over_k(&[0, 3, 9], 4), 0.5);
/// ```
pub fn precision_over_k(ranks: &[usize], k: usize) -> f64 {
    share(hits(ranks, k), k)
}

/// `hits / |test|`: the share of the test items that is found. Below 1 even for the best list when `k < |test|`.
///
/// ```
/// assert_eq!(recsys_core::metrics::recall_over_test(&[0, 3, 9], 8, 4), 0.25);
/// ```
pub fn recall_over_test(ranks: &[usize], n_test: usize, k: usize) -> f64 {
    share(hits(ranks, k), n_test)
}

/// `hits / min(k, |test|)`: recall that the best list brings to 1 (Liang et al., 2018).
///
/// ```
/// assert_eq!(recsys_core::metrics::recall_over_min(&[0, 3, 9], 8, 4), 0.5);
/// ```
pub fn recall_over_min(ranks: &[usize], n_test: usize, k: usize) -> f64 {
    share(hits(ranks, k), k.min(n_test))
}

/// Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) with gains of 0 and 1: `Σ_hits 1/log₂(rank + 2)` over the same sum for
/// `min(k, |test|)` hits at the top.
///
/// ```
/// // A hit in the second place of two items, where one test item could have stood first: log₂ 2 / log₂ 3.
/// assert_eq!(recsys_core::metrics::ndcg(&[1], 1, 2), 1.0 / 3_f64.log2());
/// ```
pub fn ndcg(ranks: &[usize], n_test: usize, k: usize) -> f64 {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let ideal: f64 = (0..k.min(n_test)).map(gain).sum();
    if ideal == 0.0 {
        return 0.0;
    }
    ranks
        .iter()
        .take_while(|&&rank| rank < k)
        .map(|&rank| gain(rank))
        .sum::<f64>()
        / ideal
}

/// Average precision `Σ_hits (hits up to and with this one) / (rank + 1)`, over `min(k, |test|)`; its mean over users is MAP
/// (Buckley and Voorhees, 2000, who divide by `|test|`; the minimum lets the best list of `k` items reach 1).
///
/// ```
/// // Hits in places 1 and 4: (1/1 + 2/4) / 3 test items.
/// assert_eq!(recsys_core::metrics::average_precision_over_min(&[0, 3], 3, 10), 0.5);
/// ```
pub fn average_precision_over_min(ranks: &[usize], n_test: usize, k: usize) -> f64 {
    let n = k.min(n_test);
    if n == 0 {
        return 0.0;
    }
    let within = ranks.iter().take_while(|&&rank| rank < k).enumerate();
    within
        .map(|(before, &rank)| (before + 1) as f64 / (rank + 1) as f64)
        .sum::<f64>()
        / n as f64
}

/// `1 / (rank + 1)` of the first hit, 0 without one; its mean over users is MRR (Voorhees, 1999).
///
/// ```
/// assert_eq!(recsys_core::metrics::reciprocal_rank(&[3, 5], 10), 0.25);
/// ```
pub fn reciprocal_rank(ranks: &[usize], k: usize) -> f64 {
    match ranks.first() {
        Some(&rank) if rank < k => 1.0 / (rank + 1) as f64,
        _ => 0.0,
    }
}

/// Area under the ROC curve: the share of pairs of a test item (`positives`) and another (`negatives`) in which the test item
/// scores higher, ties counting half (Hanley and McNeil, 1982; for recommenders Rendle et al., 2009); `None` where either side is empty.
///
/// The one metric that looks past every cut-off. A tie is half a win by its definition, so that a constant scores 0.5.
///
/// # Errors
/// [`Error::NotFinite`](guide_core::Error::NotFinite) for a score that is not finite.
///
/// ```
/// use recsys_core::metrics::auc;
/// assert_eq!(auc(&[3.0, 1.0], &[2.0, 1.0])?, Some((1.0 + 1.0 + 0.0 + 0.5) / 4.0));
/// assert_eq!(auc(&[], &[1.0])?, None);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn auc(positives: &[f32], negatives: &[f32]) -> Result<Option<f64>> {
    ensure_finite("score of the positive", positives)?;
    ensure_finite("score of the negative", negatives)?;
    let mut positives = positives.to_vec();
    positives.sort_unstable_by(f32::total_cmp);
    let mut doubled_wins = 0_u64;
    for negative in negatives {
        let not_above = positives.partition_point(|positive| positive <= negative);
        let below = positives[..not_above].partition_point(|positive| positive < negative);
        doubled_wins += (2 * (positives.len() - not_above) + not_above - below) as u64;
    }
    let pairs = positives.len() * negatives.len();
    Ok((pairs > 0).then(|| doubled_wins as f64 / (2 * pairs) as f64))
}

/// Every list metric of one user at one cut-off, or their means over users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RankingScores {
    /// [`hit`].
    pub hit_rate: f64,
    /// [`precision_over_k`].
    pub precision_over_k: f64,
    /// [`recall_over_test`].
    pub recall_over_test: f64,
    /// [`recall_over_min`].
    pub recall_over_min: f64,
    /// [`ndcg`].
    pub ndcg: f64,
    /// [`average_precision_over_min`].
    pub map_over_min: f64,
    /// [`reciprocal_rank`].
    pub mrr: f64,
}

impl RankingScores {
    /// The metrics of one user at the cut-off `k`.
    pub fn of(ranks: &[usize], n_test: usize, k: usize) -> Self {
        Self {
            hit_rate: hit(ranks, k),
            precision_over_k: precision_over_k(ranks, k),
            recall_over_test: recall_over_test(ranks, n_test, k),
            recall_over_min: recall_over_min(ranks, n_test, k),
            ndcg: ndcg(ranks, n_test, k),
            map_over_min: average_precision_over_min(ranks, n_test, k),
            mrr: reciprocal_rank(ranks, k),
        }
    }

    /// The mean over users, in their order; all 0 for none.
    pub fn mean(users: &[Self]) -> Self {
        let n = users.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| users.iter().map(of).sum::<f64>() / n;
        Self {
            hit_rate: mean(|user| user.hit_rate),
            precision_over_k: mean(|user| user.precision_over_k),
            recall_over_test: mean(|user| user.recall_over_test),
            recall_over_min: mean(|user| user.recall_over_min),
            ndcg: mean(|user| user.ndcg),
            map_over_min: mean(|user| user.map_over_min),
            mrr: mean(|user| user.mrr),
        }
    }
}

fn hits(ranks: &[usize], k: usize) -> usize {
    ranks.partition_point(|&rank| rank < k)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn all_metrics_of_one_list_by_hand() {
        // Three test items; two are ranked, in places 2 and 4; the list is cut at 4.
        let scores = RankingScores::of(&[1, 3], 3, 4);
        assert_eq!((scores.hit_rate, scores.precision_over_k), (1.0, 0.5));
        assert_eq!(
            (scores.recall_over_test, scores.recall_over_min),
            (2.0 / 3.0, 2.0 / 3.0)
        );
        assert_eq!((scores.map_over_min, scores.mrr), ((0.5 + 0.5) / 3.0, 0.5));
        // (1/log₂3 + 1/log₂5) / (1/log₂2 + 1/log₂3 + 1/log₂4) = (0.63093 + 0.43068) / 2.13093.
        assert_relative_eq!(scores.ndcg, 0.498_189, epsilon = 1e-6);
        let cut = RankingScores::of(&[1, 3], 3, 2);
        assert_eq!(
            (
                cut.precision_over_k,
                cut.recall_over_test,
                cut.recall_over_min
            ),
            (0.5, 1.0 / 3.0, 0.5)
        );
        assert_eq!((cut.map_over_min, cut.mrr), (0.25, 0.5));
    }

    #[test]
    fn the_best_list_scores_one_and_nothing_scores_zero() {
        let best = RankingScores::of(&[0, 1, 2], 5, 3);
        assert_eq!(
            (best.recall_over_min, best.ndcg, best.map_over_min, best.mrr),
            (1.0, 1.0, 1.0, 1.0)
        );
        assert_eq!(best.recall_over_test, 0.6);
        for (ranks, n_test, k) in [(&[][..], 3, 5), (&[5], 1, 5), (&[0], 1, 0), (&[], 0, 5)] {
            assert_eq!(
                RankingScores::of(ranks, n_test, k),
                RankingScores::default()
            );
        }
    }

    #[test]
    fn means_are_over_users() {
        let users = [RankingScores::of(&[0], 1, 1), RankingScores::of(&[], 4, 1)];
        let mean = RankingScores::mean(&users);
        assert_eq!(
            (mean.hit_rate, mean.ndcg, mean.recall_over_test),
            (0.5, 0.5, 0.5)
        );
        assert_eq!(RankingScores::mean(&[]), RankingScores::default());
    }

    #[test]
    fn auc_equals_counting_all_pairs() {
        let positives = [0.5, -1.0, 2.0, 0.5];
        let negatives = [0.5, 0.0, 3.0, -1.0, -2.0, 0.5];
        let mut wins = 0.0;
        for p in positives {
            for n in negatives {
                wins += if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert_eq!(auc(&positives, &negatives).unwrap(), Some(wins / 24.0));
        assert_eq!(auc(&[1.0; 3], &[1.0; 5]).unwrap(), Some(0.5));
    }

    #[test]
    fn auc_refuses_scores_that_are_not_finite() {
        let message = |p: &[f32], n: &[f32]| auc(p, n).unwrap_err().to_string();
        assert_eq!(
            message(&[1.0, f32::NAN], &[0.0]),
            "score of the positive 1 is NaN, which is not finite"
        );
        assert_eq!(
            message(&[1.0], &[f32::NAN]),
            "score of the negative 0 is NaN, which is not finite"
        );
    }
}
