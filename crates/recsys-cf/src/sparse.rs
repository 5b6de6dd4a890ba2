//! Sparse sums one row at a time (Gustavson, 1978, "Two fast algorithms for sparse matrices"), and the best of a row.

use guide_core::{Scored, kernels};
use recsys_core::{ByItem, Interactions, ItemId};

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
            touched: Vec::new(),
            n_touched: 0,
        }
    }

    /// Adds each amount at its index.
    ///
    /// The index is always written behind the list and counted only where the sum was 0: whether it was cannot be foreseen,
    /// and a branch on it took half the time of a whole product. The count stays in a register for a row: in memory, each
    /// addition would wait for the one before.
    #[inline]
    pub(crate) fn add(&mut self, row: impl ExactSizeIterator<Item = (u32, f32)>) {
        let mut n_touched = self.n_touched;
        if self.touched.len() < n_touched + row.len() {
            self.touched.resize(2 * (n_touched + row.len()), 0);
        }
        let (sums, touched) = (&mut self.sums[..], &mut self.touched[..]);
        for (index, amount) in row {
            let sum = &mut sums[index as usize];
            let before = *sum;
            *sum = before + amount;
            touched[n_touched] = index;
            n_touched += usize::from(before == 0.0);
        }
        self.n_touched = n_touched;
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

/// Adds row `item` of `AᵀB`: `Σ_u a_ui b_uj` for every `j` that shares a user with `item`. `a` and `b` have one value an
/// interaction of `data`, whose columns are `by_item`.
pub(crate) fn add_products(
    data: &Interactions,
    by_item: &ByItem,
    (a, b): (&[f32], &[f32]),
    item: ItemId,
    sums: &mut Sums,
) {
    let users = by_item.users_of(item);
    for (index, (&user, &position)) in users.iter().zip(by_item.positions_of(item)).enumerate() {
        if let Some(&later) = users.get(index + 4) {
            // Rows lie anywhere in memory.
            let row = data.row(later);
            kernels::prefetch(&data.items()[row.clone()]);
            kernels::prefetch(&b[row]);
        }
        let (own, row) = (a[position as usize], data.row(user));
        let others = data.items()[row.clone()].iter().zip(&b[row]);
        sums.add(others.map(|(other, value)| (other.0, own * value)));
    }
}

/// Keeps the `n` best of what it is offered, in any order of offers: highest score first, ties by index.
///
/// A buffer of `2 n` that is cut to the best `n` when full, so each offer costs a comparison once `n` good ones are held.
#[derive(Debug)]
pub(crate) struct Best {
    n: usize,
    held: Vec<u64>, // by `key`
    /// No score below this can be among the best.
    threshold: f32,
}

/// A number for each score and index that rises where [`Scored::order`] does: what costs one comparison sorts fast.
fn key(score: f32, index: u32) -> u64 {
    let bits = score.to_bits();
    // As `f32::total_cmp` has it: negative numbers fall with their bits, and all stand before the positive ones.
    let rising = if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    };
    u64::from(!rising) << 32 | u64::from(index)
}

/// What [`key`] was made of.
fn scored(key: u64) -> Scored<u32> {
    let rising = !((key >> 32) as u32);
    let bits = if rising >> 31 == 1 {
        rising & !(1 << 31)
    } else {
        !rising
    };
    Scored {
        id: key as u32,
        score: f32::from_bits(bits),
    }
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
            self.held.push(key(score, index));
            if self.held.len() == 2 * self.n {
                let (_, &mut last, _) = self.held.select_nth_unstable(self.n - 1);
                self.threshold = scored(last).score;
                self.held.truncate(self.n);
            }
        }
    }

    /// How many are held for [`Best::drain`].
    pub(crate) fn len(&self) -> usize {
        self.held.len().min(self.n)
    }

    /// The best, in order; nothing is held afterwards.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Scored<u32>> {
        self.held.sort_unstable();
        self.held.truncate(self.n);
        self.threshold = f32::NEG_INFINITY;
        self.held.drain(..).map(scored)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn best_equals_a_full_sort(scores in proptest::collection::vec(-4_i8..5, 0..200), n in 1_usize..30) {
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
                for row in added.chunks(7) {
                    sums.add(row.iter().map(|&(index, amount)| (index, f32::from(amount))));
                }
                for &(index, amount) in &added {
                    dense[index as usize] += f32::from(amount);
                }
                let mut sparse = vec![0.0; 90];
                sums.drain(|index, sum| sparse[index as usize] += sum);
                prop_assert_eq!(sparse, dense);
            }
        }
    }
}
