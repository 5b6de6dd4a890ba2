//! Parameters that several shards train at once: each on copies of the rows it meets, merged in a fixed order.

use guide_core::kernels::prefetch;
use rayon::prelude::*;

/// No copy of this row yet.
const NONE: u32 = u32::MAX;
/// Numbers in a register: rows of the copies are as long as a multiple of it, filled up with zeros.
const REGISTER: usize = 8;
/// Rows that are on their way while one is copied.
const FETCHED_AHEAD: usize = 8;
/// Rows merged by a thread at a time.
const ROWS: usize = 2048;

/// A shard's copies of the rows it has met since the last merge.
#[derive(Clone, Debug)]
pub(super) struct Copies {
    /// Numbers a copy.
    pub(super) stride: usize,
    /// The copy of each row, or [`NONE`].
    slots: Vec<u32>,
    /// The row of each copy.
    rows: Vec<u32>,
    /// The copies, `[rows.len(), stride]`.
    pub(super) data: Vec<f32>,
    /// Products of a pair of vectors by which each copy was moved.
    pub(super) pairs: Vec<u32>,
}

impl Copies {
    pub(super) fn new(n_rows: usize, dim: usize) -> Self {
        Self {
            stride: dim.next_multiple_of(REGISTER),
            slots: vec![NONE; n_rows],
            rows: Vec::new(),
            data: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// The number of the copy of `row`; where it is met for the first time, [`Copies::fill`] will make it.
    pub(super) fn slot_of(&mut self, row: u32) -> u32 {
        let slot = &mut self.slots[row as usize];
        if *slot == NONE {
            *slot = self.rows.len() as u32;
            self.rows.push(row);
        }
        *slot
    }

    /// Copies the rows met since the last time. The rows to come are fetched meanwhile: copied one by one as they are met, they
    /// would be waited for one by one, which took a third of the time of CBOW.
    pub(super) fn fill(&mut self, shared: &[f32], dim: usize) {
        let place = |row: u32| row as usize * dim..(row as usize + 1) * dim;
        let first = self.pairs.len();
        self.pairs.resize(self.rows.len(), 0);
        self.data.reserve((self.rows.len() - first) * self.stride);
        for (number, &row) in self.rows.iter().enumerate().skip(first) {
            if let Some(&later) = self.rows.get(number + FETCHED_AHEAD) {
                prefetch(&shared[place(later)]);
            }
            self.data.extend_from_slice(&shared[place(row)]);
            self.data.resize((number + 1) * self.stride, 0.0);
        }
    }

    pub(super) fn row(&self, slot: u32) -> &[f32] {
        let start = slot as usize * self.stride;
        &self.data[start..start + self.stride]
    }

    pub(super) fn row_mut(&mut self, slot: u32) -> &mut [f32] {
        let start = slot as usize * self.stride;
        &mut self.data[start..start + self.stride]
    }

    pub(super) fn clear(&mut self) {
        for &row in &self.rows {
            self.slots[row as usize] = NONE;
        }
        self.rows.clear();
        self.data.clear();
        self.pairs.clear();
    }
}

/// Adds to each row of `shared` what the shards have changed of it, in the order of the shards.
///
/// A row that one shard has moved is as that shard left it. Of a row that `k` have moved, `c Σ (copy − row)` is added. With
/// few updates each, `c` is 1 and nothing is lost. With many, each shard has gone the whole way to where the row belongs, and
/// the sum would go `k` times as far: `c` tends to `1 / k`. Between, each update is taken to close a share `ρ` of the distance,
/// so that `u` leave `q = (1 − ρ)^u` of it, the `k u` one after another leave `q^k`, and `c = (1 − q^k) / (k (1 − q))`.
pub(super) fn merge(shared: &mut [f32], dim: usize, shards: &[&Copies], rate: f32) {
    let chunks = shared.par_chunks_mut(ROWS * dim).enumerate();
    chunks.for_each(|(chunk, shared)| {
        let mut base = vec![0.0; dim];
        for (offset, row) in shared.chunks_exact_mut(dim).enumerate() {
            let number = chunk * ROWS + offset;
            let copies = || {
                (shards.iter())
                    .map(|copies| (*copies, copies.slots[number]))
                    .filter(|&(_, slot)| slot != NONE)
            };
            let k = copies().count();
            if let (1, Some((copies, slot))) = (k, copies().next()) {
                row.copy_from_slice(&copies.row(slot)[..dim]);
            }
            if k < 2 {
                continue;
            }
            let pairs: f64 =
                (copies().map(|(copies, slot)| f64::from(copies.pairs[slot as usize]))).sum();
            let share = damping(k, f64::from(rate) * pairs / k as f64);
            base.copy_from_slice(row);
            for (copies, slot) in copies() {
                for ((row, base), copy) in row.iter_mut().zip(&base).zip(copies.row(slot)) {
                    *row += share * (copy - base);
                }
            }
        }
    });
}

/// Distance closed by one pair at a step size of 1: the second derivative of its loss, at most 1/4, times the squared length
/// of the other vector, which is near 1.
const BEND: f64 = 0.25;

/// The `c` of [`merge`] for `k` shards that have each moved a row by `way`, the step size times the pairs.
fn damping(k: usize, way: f64) -> f32 {
    let left = (-BEND * way).exp();
    if left == 1.0 {
        1.0
    } else {
        ((1.0 - left.powi(k as i32)) / (k as f64 * (1.0 - left))) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damping_goes_from_the_sum_to_the_mean() {
        assert_eq!(damping(4, 0.0), 1.0);
        assert!(damping(4, 1e-6) > 0.999);
        // q = 1/2: (1 − 1/16) / (4 / 2)
        assert!((damping(4, 4.0 * std::f64::consts::LN_2) - 0.46875).abs() < 1e-6);
        assert!((damping(4, 1e3) - 0.25).abs() < 1e-6);
    }

    #[test]
    fn rows_are_merged_from_their_copies() {
        // Row 0 is met by none, row 1 by one shard, row 2 by both.
        let mut shared = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
        let mut shards = [Copies::new(3, 2), Copies::new(3, 2)];
        let slot = shards[1].slot_of(1);
        shards[1].fill(&shared, 2);
        shards[1].row_mut(slot)[0] = 7.0;
        for (shard, value) in shards.iter_mut().zip([4.0, 6.0]) {
            let slot = shard.slot_of(2);
            shard.fill(&shared, 2);
            assert_eq!(shard.row(slot), [3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            shard.row_mut(slot)[1] = value;
        }
        let [a, b] = &shards;
        merge(&mut shared, 2, &[a, b], 0.0);
        assert_eq!(shared, [1.0, 1.0, 7.0, 2.0, 3.0, 7.0]);
        shards[1].clear();
        assert_eq!(shards[1].slot_of(2), 0);
        shards[1].fill(&shared, 2);
        assert_eq!(shards[1].row(0)[..2], [3.0, 7.0]);
    }
}
