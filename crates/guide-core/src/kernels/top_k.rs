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
    let n = n.min(scores.len());
    if n == 0 {
        return Vec::new();
    }
    let mut best: Vec<Scored<u32>> = Vec::with_capacity(2 * n);
    let mut threshold = f32::NEG_INFINITY;
    let mut full = false;
    for (id, &score) in (0_u32..).zip(scores) {
        // A later position never beats an equal score, so strictly above is enough once n are held.
        if (score > threshold || (!full && !score.is_nan())) && keep(id) {
            best.push(Scored { id, score });
            if best.len() == 2 * n {
                best.select_nth_unstable_by(n - 1, Scored::order);
                best.truncate(n);
                threshold = best[n - 1].score;
                full = true;
            }
        }
    }
    best.sort_unstable_by(Scored::order);
    best.truncate(n);
    best
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
            prop_assert_eq!(best, all);
        }
    }

    #[test]
    fn lowest_scores_still_fill_the_list() {
        let hits = top_k(&[f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY], 3, |_| true);
        assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 0, 2]);
    }
}
