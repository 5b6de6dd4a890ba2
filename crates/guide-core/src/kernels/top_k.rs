//! Partial selection: the best `n` of many scores without sorting them all.

use crate::Scored;

/// The `n` best-scored positions that `keep` lets through: highest score first, ties by position; a NaN is never chosen.
///
/// One pass with a buffer of `2 n`: linear in the scores, whatever their order.
///
/// ```
/// use guide_core::kernels::top_k;
/// let best: Vec<u32> = top_k(&[0.1, 0.9, 0.5, 0.9], 2, |_| true).iter().map(|hit| hit.id).collect();
/// assert_eq!(best, [1, 3]);
/// ```
pub fn top_k(scores: &[f32], n: usize, keep: impl Fn(u32) -> bool) -> Vec<Scored<u32>> {
    let mut best = TopK::new(n.min(scores.len()));
    best.offer(0, scores, keep);
    best.finish()
}

/// [`top_k`] of scores that come piece by piece.
///
/// ```
/// use guide_core::kernels::TopK;
/// let mut best = TopK::new(2);
/// best.offer(0, &[0.1, 0.9], |_| true);
/// best.offer(2, &[0.5, 0.2], |id| id != 3);
/// let best: Vec<u32> = best.finish().iter().map(|hit| hit.id).collect();
/// assert_eq!(best, [1, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct TopK {
    n: usize,
    /// At most `2 n`, among them the best so far.
    best: Vec<Scored<u32>>,
    /// What a score must beat; none until `n` were seen.
    threshold: Option<f32>,
}

/// Scores looked at together: where none beats the threshold, all are passed over at once.
const STRIDE: usize = 32;

/// The most places that are reserved before a score is seen.
const MAX_RESERVED: usize = 4096;

impl TopK {
    /// Keeps the `n` best; any `n` will do, memory grows with the scores that are kept.
    pub fn new(n: usize) -> Self {
        Self {
            n,
            best: Vec::with_capacity(n.saturating_mul(2).min(MAX_RESERVED)),
            threshold: None,
        }
    }

    /// Takes the scores of the positions `first`, `first + 1`, ... Pieces come by rising position.
    pub fn offer(&mut self, first: u32, scores: &[f32], keep: impl Fn(u32) -> bool) {
        if self.n == 0 {
            return;
        }
        for (start, scores) in (first..).step_by(STRIDE).zip(scores.chunks(STRIDE)) {
            // A later position never beats an equal score, so strictly above is enough once n are held.
            if let Some(threshold) = self.threshold
                && !scores
                    .iter()
                    .fold(false, |any, &score| any | (score > threshold))
            {
                continue;
            }
            for (id, &score) in (start..).zip(scores) {
                let good = self
                    .threshold
                    .map_or(!score.is_nan(), |threshold| score > threshold);
                if good && keep(id) {
                    self.best.push(Scored { id, score });
                    if self.best.len() == self.n.saturating_mul(2) {
                        self.best.select_nth_unstable_by(self.n - 1, Scored::order);
                        self.best.truncate(self.n);
                        self.threshold = Some(self.best[self.n - 1].score);
                    }
                }
            }
        }
    }

    /// The best, highest score first.
    pub fn finish(mut self) -> Vec<Scored<u32>> {
        self.best.sort_unstable_by(Scored::order);
        self.best.truncate(self.n);
        self.best
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_a_full_sort(scores in proptest::collection::vec(0_u8..9, 0..200), n in 0_usize..30, odd_only in any::<bool>()) {
            let scores: Vec<f32> = scores.into_iter().map(|s| if s == 8 { f32::NAN } else { f32::from(s) }).collect();
            let keep = |id: u32| !odd_only || id % 2 == 1;
            let mut all: Vec<u32> = (0..scores.len() as u32).filter(|&i| keep(i) && !scores[i as usize].is_nan()).collect();
            all.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b)));
            all.truncate(n);
            let best: Vec<u32> = top_k(&scores, n, keep).iter().map(|hit| hit.id).collect();
            prop_assert_eq!(&best, &all);

            let mut pieces = TopK::new(n);
            let cut = scores.len() / 3;
            pieces.offer(0, &scores[..cut], keep);
            pieces.offer(cut as u32, &scores[cut..], keep);
            let best: Vec<u32> = pieces.finish().iter().map(|hit| hit.id).collect();
            prop_assert_eq!(best, all);
        }
    }

    #[test]
    fn any_number_may_be_asked_for() {
        for n in [usize::MAX, usize::MAX / 2 + 1, MAX_RESERVED] {
            let mut best = TopK::new(n);
            best.offer(0, &[0.5, 2.0, 1.0], |_| true);
            let best: Vec<u32> = best.finish().iter().map(|hit| hit.id).collect();
            assert_eq!(best, [1, 2, 0]);
        }
    }

    #[test]
    fn more_than_the_reserve_are_kept() {
        let n = MAX_RESERVED + 1;
        let scores: Vec<f32> = (0..3 * n).map(|score| score as f32).collect();
        let best: Vec<u32> = top_k(&scores, n, |_| true)
            .iter()
            .map(|hit| hit.id)
            .collect();
        let expected: Vec<u32> = (2 * n as u32..3 * n as u32).rev().collect();
        assert_eq!(best, expected);
    }

    #[test]
    fn lowest_scores_still_fill_the_list() {
        let hits = top_k(&[f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY], 3, |_| true);
        assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 0, 2]);
    }
}
