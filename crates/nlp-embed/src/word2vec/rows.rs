//! Rows that several shards train at once. Of `n` shards each owns every `n`-th row and moves it in place; a row of another
//! shard it borrows: it moves a copy, and what it has changed is brought home in a fixed order.

use guide_core::kernels::{axpy, dot, prefetch};
use rayon::prelude::*;

use super::plan::OWN_WORDS;

/// This row is not borrowed.
const NONE: u32 = u32::MAX;
/// Numbers in a register: rows are as long as a multiple of it, filled up with zeros.
const REGISTER: usize = 8;
/// Rows that are on their way while one is copied.
const FETCHED_AHEAD: usize = 8;

/// All rows: row `r` of `n` parts stands in part `r mod n` at place `r / n`.
#[derive(Debug)]
pub(super) struct Rows {
    dim: usize,
    stride: usize,
    n_rows: usize,
    pub(super) parts: Vec<Vec<f32>>,
}

impl Rows {
    /// Deals out `rows`, `[n_rows, dim]`.
    pub(super) fn new(rows: &[f32], dim: usize, n_parts: usize) -> Self {
        let stride = dim.next_multiple_of(REGISTER);
        let mut parts = vec![Vec::new(); n_parts];
        for (number, row) in rows.chunks_exact(dim).enumerate() {
            let part = &mut parts[number % n_parts];
            part.extend_from_slice(row);
            part.resize(part.len() + stride - dim, 0.0);
        }
        Self {
            dim,
            stride,
            n_rows: rows.len() / dim,
            parts,
        }
    }

    fn row(&self, row: u32) -> &[f32] {
        let (part, place) = home(row, self.parts.len());
        &self.parts[part][place * self.stride..][..self.stride]
    }

    /// The rows in their order again, `[n_rows, dim]`.
    pub(super) fn collect(&self) -> Vec<f32> {
        let rows = (0..self.n_rows as u32).map(|row| &self.row(row)[..self.dim]);
        rows.flatten().copied().collect()
    }

    /// Brings home what the shards have changed of each other's rows, in the order of the shards.
    ///
    /// A row that one shard has moved is as that shard left it. Of a row that `k` have moved, `c Σ (moved − row)` is added. With
    /// few updates each, `c` is 1 and nothing is lost. With many, each shard has gone the whole way to where the row belongs,
    /// and the sum would go `k` times as far: `c` tends to `1 / k`. Between, each update is taken to close a share `ρ` of the
    /// distance, so that `u` leave `q = (1 − ρ)^u` of it, the `k u` one after another leave `q^k`, and
    /// `c = (1 − q^k) / (k (1 − q))`.
    ///
    /// That holds where all pull the same way. Of a large table, whose rows have many directions to move in, most of what two
    /// shards do to a row is at right angles, and one does not undo the other's: `c` is nearer to 1 by as much as they disagree.
    /// In a small one noise agrees by chance, and tells nothing.
    pub(super) fn merge(&mut self, shares: &[&Share], rate: f32) {
        let stride = self.stride;
        let is_large = self.n_rows >= OWN_WORDS * self.parts.len();
        (self.parts.par_iter_mut().enumerate()).for_each(|(owner, part)| {
            let mut way = vec![0.0; stride];
            for (number, first) in shares.iter().enumerate() {
                for (copy, &row) in first.rows.iter().enumerate() {
                    let (home, place) = home(row, shares.len());
                    let earlier = shares[..number].iter().any(|share| share.has(row));
                    if home != owner || earlier {
                        continue;
                    }
                    let own = &mut part[place * stride..][..stride];
                    let own_pairs = shares[owner].pairs[place];
                    let before = &first.before[copy * stride..][..stride];
                    let moved = || shares[number..].iter().filter_map(|share| share.moved(row));
                    let k = moved().count() + usize::from(own_pairs > 0);
                    match (own_pairs, k, moved().next()) {
                        (0, 1, Some((after, _))) => own.copy_from_slice(after),
                        (_, 0 | 1, _) => {}
                        _ => {
                            way.fill(0.0);
                            let mut squares = add_way(before, own, &mut way);
                            let mut pairs = f64::from(own_pairs);
                            for (after, its_pairs) in moved() {
                                squares += add_way(before, after, &mut way);
                                pairs += f64::from(its_pairs);
                            }
                            let damped = damping(k, f64::from(rate) * pairs / k as f64);
                            let agreed = if is_large {
                                agreement(dot(&way, &way), squares, k)
                            } else {
                                1.0
                            };
                            let share = 1.0 - agreed * (1.0 - damped);
                            own.copy_from_slice(before);
                            axpy(share, &way, own);
                        }
                    }
                }
            }
        });
    }
}

/// The part of a row, and its place there.
fn home(row: u32, n_parts: usize) -> (usize, usize) {
    (row as usize % n_parts, row as usize / n_parts)
}

/// The rows that one shard works on: its own, and copies of those that it has borrowed.
#[derive(Clone, Debug)]
pub(super) struct Share {
    pub(super) stride: usize,
    pub(super) part: usize,
    n_parts: usize,
    n_own: usize,
    /// Which copy a row of another part has, or [`NONE`].
    copies: Vec<u32>,
    /// The row of each copy.
    rows: Vec<u32>,
    /// The borrowed rows as they were, and as they are brought home.
    before: Vec<f32>,
    after: Vec<f32>,
    /// While the shard works: its own rows, then the copies.
    data: Vec<f32>,
    /// Products of a pair of vectors by which each of these rows was moved.
    pub(super) pairs: Vec<u32>,
}

impl Share {
    /// That of shard `part` of `n_parts` in `n_rows` rows.
    pub(super) fn new(n_rows: usize, dim: usize, part: usize, n_parts: usize) -> Self {
        let n_own = (n_rows + n_parts - 1 - part) / n_parts;
        Self {
            stride: dim.next_multiple_of(REGISTER),
            part,
            n_parts,
            n_own,
            copies: vec![NONE; n_rows],
            rows: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            data: Vec::new(),
            pairs: vec![0; n_own],
        }
    }

    /// Where the shard finds `row`; where it belongs to another, [`Share::borrow`] will copy it.
    pub(super) fn slot_of(&mut self, row: u32) -> u32 {
        let (home, place) = home(row, self.n_parts);
        if home == self.part {
            return place as u32;
        }
        let copy = &mut self.copies[row as usize];
        if *copy == NONE {
            *copy = self.rows.len() as u32;
            self.rows.push(row);
        }
        self.n_own as u32 + *copy
    }

    /// The row that the shard owns at `place`.
    pub(super) fn own_row(&self, place: u32) -> u32 {
        place * self.n_parts as u32 + self.part as u32
    }

    /// Copies the rows asked for. Those to come are fetched meanwhile: they lie anywhere, and would be waited for one by one.
    pub(super) fn borrow(&mut self, rows: &Rows) {
        for (number, &row) in self.rows.iter().enumerate() {
            if let Some(&later) = self.rows.get(number + FETCHED_AHEAD) {
                prefetch(rows.row(later));
            }
            self.before.extend_from_slice(rows.row(row));
        }
        self.pairs.resize(self.n_own + self.rows.len(), 0);
    }

    /// Takes the shard's own part to work on, behind which the copies stand until [`Share::give_back`].
    pub(super) fn take(&mut self, part: &mut Vec<f32>) {
        self.data = std::mem::take(part);
        self.data.extend_from_slice(&self.before);
    }

    pub(super) fn give_back(&mut self, part: &mut Vec<f32>) {
        let n_own = self.n_own * self.stride;
        self.after.extend_from_slice(&self.data[n_own..]);
        self.data.truncate(n_own);
        *part = std::mem::take(&mut self.data);
    }

    pub(super) fn data(&self) -> &[f32] {
        &self.data
    }

    pub(super) fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Counts the products by which a row is moved in one step.
    pub(super) fn count_pairs(&mut self, slot: u32, n: usize) {
        let pairs = &mut self.pairs[slot as usize];
        *pairs = pairs.saturating_add(n as u32);
    }

    pub(super) fn row(&self, slot: u32) -> &[f32] {
        &self.data[slot as usize * self.stride..][..self.stride]
    }

    pub(super) fn row_mut(&mut self, slot: u32) -> &mut [f32] {
        &mut self.data[slot as usize * self.stride..][..self.stride]
    }

    /// Whether `row` is borrowed.
    fn has(&self, row: u32) -> bool {
        self.copies[row as usize] != NONE
    }

    /// The copy of `row` and by how many pairs it was moved, if it is borrowed and was.
    fn moved(&self, row: u32) -> Option<(&[f32], u32)> {
        let copy = self.copies[row as usize] as usize;
        let pairs = *self.pairs.get(self.n_own + copy)?;
        (pairs > 0).then(|| (&self.after[copy * self.stride..][..self.stride], pairs))
    }

    /// Forgets what was borrowed.
    pub(super) fn clear(&mut self) {
        for &row in &self.rows {
            self.copies[row as usize] = NONE;
        }
        self.rows.clear();
        self.before.clear();
        self.after.clear();
        self.pairs.truncate(self.n_own);
        self.pairs.fill(0);
    }
}

/// Adds the way from `before` to `after` to `way`; returns its square.
fn add_way(before: &[f32], after: &[f32], way: &mut [f32]) -> f32 {
    let mut square = 0.0;
    for ((sum, before), after) in way.iter_mut().zip(before).zip(after) {
        let step = after - before;
        *sum += step;
        square += step * step;
    }
    square
}

/// How much `k` ways agree: the mean cosine of two of them, weighted by their lengths, from the square of their sum and the sum of
/// their squares; 0 where they rather part.
fn agreement(square_of_sum: f32, squares: f32, k: usize) -> f32 {
    if squares > 0.0 {
        ((square_of_sum - squares) / ((k - 1) as f32 * squares)).clamp(0.0, 1.0)
    } else {
        0.0
    }
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
    fn agreement_is_the_cosine_of_the_ways() {
        // (3, 0) and (0, 4); (3, 0) and (2, 0); (3, 0) and (−1, 0); three times (1, 0); no way at all.
        assert_eq!(agreement(25.0, 25.0, 2), 0.0);
        assert_eq!(agreement(25.0, 13.0, 2), 12.0 / 13.0);
        assert_eq!(agreement(4.0, 10.0, 2), 0.0);
        assert_eq!(agreement(9.0, 3.0, 3), 1.0);
        assert_eq!(agreement(0.0, 0.0, 2), 0.0);
    }

    #[test]
    fn ways_that_agree_are_damped_in_large_tables() {
        // Both shards move row 0 by so many pairs that the mean is right where they agree: both by (4, 0), or by (4, 0) and (0, 4).
        let moved = |n_rows: usize, other: [f32; 2]| {
            let mut rows = Rows::new(&vec![0.0; 2 * n_rows], 2, 2);
            let mut shares = [0, 1].map(|part| Share::new(n_rows, 2, part, 2));
            let slots = shares.each_mut().map(|share| {
                let slot = share.slot_of(0);
                share.borrow(&rows);
                slot
            });
            for (part, to) in [[4.0, 0.0], other].into_iter().enumerate() {
                let (share, slot) = (&mut shares[part], slots[part]);
                share.take(&mut rows.parts[part]);
                share.row_mut(slot)[..2].copy_from_slice(&to);
                share.count_pairs(slot, 1000);
                share.give_back(&mut rows.parts[part]);
            }
            let [a, b] = &shares;
            rows.merge(&[a, b], 1.0);
            [rows.row(0)[0], rows.row(0)[1]]
        };
        for n_rows in [2, 2 * OWN_WORDS] {
            assert_eq!(moved(n_rows, [4.0, 0.0]), [4.0, 0.0]);
        }
        assert_eq!(moved(2, [0.0, 4.0]), [2.0, 2.0]);
        assert_eq!(moved(2 * OWN_WORDS, [0.0, 4.0]), [4.0, 4.0]);
    }

    #[test]
    fn borrowed_rows_are_brought_home() {
        // Rows 0 and 2 belong to the first shard, row 1 to the second. The first borrows row 1, the second row 0 and 2.
        let mut rows = Rows::new(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0], 2, 2);
        let mut shares = [0, 1].map(|part| Share::new(3, 2, part, 2));
        let mut slots = [[0; 3]; 2];
        for (share, slots) in shares.iter_mut().zip(&mut slots) {
            for (row, slot) in (0..).zip(slots) {
                *slot = share.slot_of(row);
            }
            share.borrow(&rows);
        }
        assert_eq!(slots, [[0, 2, 1], [1, 0, 2]]);
        assert_eq!((shares[0].own_row(1), shares[1].own_row(0)), (2, 1));
        // Row 0 is moved by its owner alone, row 1 by the borrower alone, row 2 by both.
        let moves = [(0, 0, 5.0), (0, 1, 7.0), (0, 2, 4.0), (1, 2, 6.0)];
        for (number, (share, part)) in shares.iter_mut().zip(&mut rows.parts).enumerate() {
            share.take(part);
            for &(_, row, value) in moves.iter().filter(|moved| moved.0 == number) {
                let slot = slots[number][row];
                assert_eq!(share.row(slot)[2..], [0.0; 6]);
                share.row_mut(slot)[1] = value;
                share.pairs[slot as usize] += 1;
            }
            share.give_back(part);
        }
        let [a, b] = &shares;
        rows.merge(&[a, b], 0.0);
        assert_eq!(rows.collect(), [1.0, 5.0, 2.0, 7.0, 3.0, 7.0]);
        shares[1].clear();
        assert_eq!((shares[1].slot_of(2), shares[1].slot_of(0)), (1, 2));
    }
}
