//! Sparse sums one row at a time (Gustavson, 1978, "Two fast algorithms for sparse matrices"), and the best of a row.

use guide_core::Scored;

/// Sums by index, of which only those that were added to are visited.
#[derive(Debug)]
pub(crate) struct Sums {
    sums: Vec<f32>, // [n], all 0 before the first addition
    /// The indices added to, in the first `n_touched` places; what lies behind is scratch.
    touched: Vec<u32>,
    n_touched: usize,
}

impl Sums {
    /// Sums for the indices `0..n`.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            sums: vec![0.0; n],
            touched: vec![0; 64],
            n_touched: 0,
        }
    }

    /// Adds `amount` at `index`.
    ///
    /// The index is always written behind the list and counted only where the sum was 0: whether it was cannot be foreseen,
    /// and a branch on it took half the time of the whole product.
    #[inline]
    pub(crate) fn add(&mut self, index: u32, amount: f32) {
        let sum = &mut self.sums[index as usize];
        let before = *sum;
        *sum = before + amount;
        if self.n_touched == self.touched.len() {
            self.touched.resize(2 * self.n_touched, 0);
        }
        self.touched[self.n_touched] = index;
        self.n_touched += usize::from(before == 0.0);
    }

    /// Visits every sum that is not 0, in the order of first addition, and sets it to 0.
    #[inline]
    pub(crate) fn drain(&mut self, mut visit: impl FnMut(u32, f32)) {
        for &index in &self.touched[..self.n_touched] {
            // A sum that came back to 0 in between stands in the list twice.
            let sum = std::mem::take(&mut self.sums[index as usize]);
            if sum != 0.0 {
                visit(index, sum);
            }
        }
        self.n_touched = 0;
    }
}

/// Keeps the `n` best of what it is offered, in any order of offers: highest score first, ties by index.
///
/// A buffer of `2 n` that is cut to the best `n` when full, so each offer costs a comparison once `n` good ones are held.
#[derive(Debug)]
pub(crate) struct Best {
    n: usize,
    held: Vec<Scored<u32>>,
    /// No score below this can be among the best.
    threshold: f32,
}

impl Best {
    /// Keeps `n`, at least 1.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            n,
            held: Vec::new(),
            threshold: f32::NEG_INFINITY,
        }
    }

    /// Offers `index` with its `score`; `keep` is asked only where the score is good enough.
    #[inline]
    pub(crate) fn offer(&mut self, index: u32, score: f32, keep: impl FnOnce() -> bool) {
        if score >= self.threshold && keep() {
            self.held.push(Scored { id: index, score });
            if self.held.len() == 2 * self.n {
                self.held.select_nth_unstable_by(self.n - 1, Scored::order);
                self.held.truncate(self.n);
                self.threshold = self.held[self.n - 1].score;
            }
        }
    }

    /// How many are held for [`Best::drain`].
    pub(crate) fn len(&self) -> usize {
        self.held.len().min(self.n)
    }

    /// The best, in order; nothing is held afterwards.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Scored<u32>> {
        self.held.sort_unstable_by(Scored::order);
        self.held.truncate(self.n);
        self.threshold = f32::NEG_INFINITY;
        self.held.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn best_equals_a_full_sort(scores in proptest::collection::vec(0_u8..9, 0..200), n in 1_usize..30) {
            let mut all: Vec<Scored<u32>> = (0..).zip(&scores).map(|(id, &s)| Scored { id, score: f32::from(s) }).collect();
            let mut best = Best::new(n);
            for hit in all.iter().rev() {
                best.offer(hit.id, hit.score, || hit.id % 3 > 0);
            }
            all.retain(|hit| hit.id % 3 > 0);
            all.sort_by(Scored::order);
            all.truncate(n);
            prop_assert_eq!(best.drain().collect::<Vec<_>>(), all);
        }

        #[test]
        fn sums_equal_a_dense_sum(added in proptest::collection::vec((0_u32..90, -2_i8..3), 0..300)) {
            let mut sums = Sums::new(90);
            for _ in 0..2 {
                let mut dense = vec![0.0; 90];
                for &(index, amount) in &added {
                    sums.add(index, f32::from(amount));
                    dense[index as usize] += f32::from(amount);
                }
                let mut sparse = vec![0.0; 90];
                sums.drain(|index, sum| sparse[index as usize] += sum);
                prop_assert_eq!(sparse, dense);
            }
        }
    }
}
