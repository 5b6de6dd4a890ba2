//! Sparse sums one row at a time (Gustavson, 1978, "Two fast algorithms for sparse matrices"), and the best of a row.

use std::cell::Cell;

use guide_core::{Scored, kernels};
use recsys_core::{ByItem, Interactions, ItemId};

/// Sums by index, of which only those that were added to are visited.
#[derive(Debug)]
pub(crate) struct Sums {
    sums: Vec<f32>, // [n], all 0 before the first addition
    /// The indices added to, in the first `n_touched` places; what lies behind is scratch.
    touched: Vec<u32>,
    n_touched: usize,
    best: Best,
}

thread_local! {
    /// Sums that each thread keeps from one request to the next.
    static SUMS: Cell<Option<Sums>> = const { Cell::new(None) };
}

/// Lets `work` use sums for the indices `0..n`, without allocating them for each request.
pub(crate) fn with_sums<T>(n: usize, work: impl FnOnce(&mut Sums) -> T) -> T {
    // A request that the same thread answers meanwhile finds none and allocates its own.
    let kept = SUMS.take().filter(|sums| sums.sums.len() >= n);
    let mut sums = kept.unwrap_or_else(|| Sums::new(n));
    let done = work(&mut sums);
    SUMS.set(Some(sums));
    done
}

impl Sums {
    /// Sums for the indices `0..n`.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            sums: vec![0.0; n],
            touched: Vec::new(),
            n_touched: 0,
            best: Best::default(),
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
            n_touched += usize::from(before.to_bits() == 0);
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

    /// Sets the sum of `index` to 0.
    pub(crate) fn forget(&mut self, index: u32) {
        if let Some(sum) = self.sums.get_mut(index as usize) {
            *sum = 0.0;
        }
    }

    /// The `n` best, by [`Best::of`], of what `score` makes of each sum and its index; sets all sums to 0. A sum of 0 must
    /// not score above 0.
    #[inline]
    pub(crate) fn best(&mut self, n: usize, score: impl Fn(u32, f32) -> f32) -> &[Scored<u32>] {
        let touched = &self.touched[..self.n_touched];
        self.n_touched = 0;
        let sums = &mut self.sums[..];
        let scores = touched
            .iter()
            .map(|&index| score(index, std::mem::take(&mut sums[index as usize])));
        self.best.of(n, touched, scores)
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

/// A number for each score above 0 and index that rises where [`Scored::order`] does: what costs one comparison sorts fast.
/// The bits of numbers above 0 rise with them.
fn key(score: f32, index: u32) -> u64 {
    u64::from(!score.to_bits()) << 32 | u64::from(index)
}

/// What [`key`] was made of.
fn scored(key: u64) -> Scored<u32> {
    Scored {
        id: key as u32,
        score: f32::from_bits(!((key >> 32) as u32)),
    }
}

/// Scores looked at together.
const GROUP: usize = 8;

/// Finds the best of many scores, in the same memory each time.
#[derive(Debug, Default)]
pub(crate) struct Best {
    scores: Vec<f32>,
    tops: Vec<u32>,   // the bits of the largest of each group, 0 where none is above 0
    sorted: Vec<u32>, // the same
    held: Vec<u64>,   // by `key`
    found: Vec<Scored<u32>>,
}

impl Best {
    /// The `n` best of the `scores` above 0 of `indices`: highest first, ties by index. `n` is at least 1.
    #[inline]
    pub(crate) fn of(
        &mut self,
        n: usize,
        indices: &[u32],
        scores: impl Iterator<Item = f32>,
    ) -> &[Scored<u32>] {
        self.scores.clear();
        self.scores.extend(scores);
        self.find(n, indices);
        &self.found
    }

    /// Whether a score is among the best cannot be foreseen, and a branch on each took half the time. The `n`-th of the
    /// largest of the groups bounds what can be among them, and leaves few groups to look into.
    fn find(&mut self, n: usize, indices: &[u32]) {
        let whole = self.scores.len().next_multiple_of(GROUP);
        self.scores.resize(whole, 0.0);
        let (groups, _) = self.scores.as_chunks::<GROUP>();
        self.tops.clear();
        self.tops.extend(groups.iter().map(top));
        let mut least = 1; // the bits of the least number above 0
        if self.tops.len() > n {
            self.sorted.clone_from(&self.tops);
            let nth = self.sorted.len() - n;
            least = least.max(*self.sorted.select_nth_unstable(nth).1);
        }
        let bound = f32::from_bits(least);
        self.held.clear();
        for ((scores, indices), &top) in groups.iter().zip(indices.chunks(GROUP)).zip(&self.tops) {
            if top >= least {
                let good = scores.iter().zip(indices).filter(|hit| *hit.0 >= bound);
                self.held
                    .extend(good.map(|(&score, &index)| key(score, index)));
            }
        }
        if self.held.len() > n {
            self.held.select_nth_unstable(n - 1);
            self.held.truncate(n);
        }
        self.held.sort_unstable();
        self.found.clear();
        self.found.extend(self.held.iter().copied().map(scored));
    }
}

/// The bits of the largest number above 0; those of such numbers rise with them.
#[inline]
fn top(group: &[f32; GROUP]) -> u32 {
    // Written so that what is no number counts as little as what is below 0.
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut tops = [0.0; GROUP / 2];
    for (place, top) in tops.iter_mut().enumerate() {
        *top = larger(larger(0.0, group[place]), group[place + GROUP / 2]);
    }
    larger(larger(tops[0], tops[1]), larger(tops[2], tops[3])).to_bits()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn best_equals_a_full_sort(scores in proptest::collection::vec(-4_i8..5, 0..200), n in 1_usize..30) {
            let mut all: Vec<Scored<u32>> = (0..).zip(&scores).map(|(id, &s)| Scored { id, score: f32::from(s) }).collect();
            let indices: Vec<u32> = all.iter().rev().map(|hit| hit.id).collect();
            let scores = all.iter().rev().map(|hit| hit.score);
            let mut best = Best::default();
            let found = best.of(n, &indices, scores);
            all.retain(|hit| hit.score > 0.0);
            all.sort_by(Scored::order);
            all.truncate(n);
            prop_assert_eq!(found, all);
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
