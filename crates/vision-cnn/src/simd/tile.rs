//! The tile of all products: a few rows by one or two vectors of columns, summed in registers.

use nn_core::simd::Lanes;

/// Rows of the largest tile with one vector of columns, for any kind of vector.
pub(super) const MOST_ROWS: usize = 16;
/// Numbers in the widest panel, for any kind of vector.
pub(super) const MOST_COLUMNS: usize = 32;

/// Rows of the largest tile with `n_vectors` (1 or 2) vectors of columns, so that the sums stay in registers.
#[inline(always)]
pub(super) fn most_rows<V: Lanes>(n_vectors: usize) -> usize {
    if n_vectors == 1 {
        (2 * V::ROWS).min(MOST_ROWS)
    } else {
        V::ROWS.min(12)
    }
}

/// Rows of each tile when `n` rows are shared out evenly to as few tiles of at most `most` rows as do.
#[inline(always)]
pub(super) fn even(n: usize, most: usize) -> usize {
    n.div_ceil(n.div_ceil(most).max(1)).max(1)
}

/// Asks the processor to bring numbers into the L2 cache. Changes nothing else.
#[inline(always)]
pub(super) fn prefetch(values: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in values.chunks(16) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: the instruction is part of every x86-64 processor and reads nothing, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// The summands of a tile: the outer and the inner steps, and where each reads.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) outer: usize,
    /// Numbers of `a` between two outer steps.
    pub(super) a_outer: usize,
    pub(super) inner: usize,
    /// Numbers of `a` between two inner steps; taken as 1 by tiles of `BY_ROW`.
    pub(super) a_inner: usize,
    /// Numbers of `a` between two rows; taken as 1 by the other tiles.
    pub(super) a_row: usize,
    /// Numbers of `b` between two steps, inner and outer alike.
    pub(super) b_step: usize,
}

/// What the sums begin with.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// These numbers in every row, one for each column.
    Row(*const f32),
    /// The numbers of `c`.
    Old,
}

/// `C ← start + Σ_steps a bᵀ` for `rows` rows and `W` vectors of columns; `max(·, 0)` of it if `relu`.
///
/// # Safety
/// As [`tile`]; `rows` is at least 1 and at most [`MOST_ROWS`] for one vector of columns, 12 for two.
#[inline(always)]
pub(super) unsafe fn tiles<V: Lanes, const W: usize, const BY_ROW: bool>(
    rows: usize,
    steps: Steps,
    a: *const f32,
    b: *const f32,
    start: Start,
    relu: bool,
    c: (*mut f32, usize),
) {
    // SAFETY: the caller's promise; `rows` is the number of rows in each arm.
    unsafe {
        match rows {
            1 => tile::<V, 1, W, BY_ROW>(steps, a, b, start, relu, c),
            2 => tile::<V, 2, W, BY_ROW>(steps, a, b, start, relu, c),
            3 => tile::<V, 3, W, BY_ROW>(steps, a, b, start, relu, c),
            4 => tile::<V, 4, W, BY_ROW>(steps, a, b, start, relu, c),
            5 => tile::<V, 5, W, BY_ROW>(steps, a, b, start, relu, c),
            6 => tile::<V, 6, W, BY_ROW>(steps, a, b, start, relu, c),
            7 => tile::<V, 7, W, BY_ROW>(steps, a, b, start, relu, c),
            8 => tile::<V, 8, W, BY_ROW>(steps, a, b, start, relu, c),
            9 => tile::<V, 9, W, BY_ROW>(steps, a, b, start, relu, c),
            10 => tile::<V, 10, W, BY_ROW>(steps, a, b, start, relu, c),
            11 => tile::<V, 11, W, BY_ROW>(steps, a, b, start, relu, c),
            13 if W == 1 => tile::<V, 13, W, BY_ROW>(steps, a, b, start, relu, c),
            14 if W == 1 => tile::<V, 14, W, BY_ROW>(steps, a, b, start, relu, c),
            15 if W == 1 => tile::<V, 15, W, BY_ROW>(steps, a, b, start, relu, c),
            16 if W == 1 => tile::<V, 16, W, BY_ROW>(steps, a, b, start, relu, c),
            _ => tile::<V, 12, W, BY_ROW>(steps, a, b, start, relu, c),
        }
    }
}

/// One tile of `R` rows and `W` vectors of columns. `BY_ROW`: inner steps read neighbours of `a`, and rows lie `a_row` apart; otherwise rows
/// are neighbours, and inner steps `a_inner` apart.
///
/// # Safety
/// `a` can be read at `o * a_outer + i * a_inner + r * a_row` for all outer steps `o`, inner steps `i` and rows `r < R`; `b` for `W * V::N` numbers
/// from each of the `outer * inner` multiples of `b_step` on; `c.0` can be read and written for `R` rows of `W * V::N` numbers at distances of `c.1`; the
/// row of [`Start::Row`] can be read for `W * V::N` numbers.
#[inline(always)]
unsafe fn tile<V: Lanes, const R: usize, const W: usize, const BY_ROW: bool>(
    steps: Steps,
    a: *const f32,
    b: *const f32,
    start: Start,
    relu: bool,
    (c, c_row): (*mut f32, usize),
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); W]; R];
        match start {
            Start::Row(row) => {
                for w in 0..W {
                    let first = V::read(row.add(w * V::N));
                    sums.iter_mut().for_each(|sums| sums[w] = first);
                }
            }
            Start::Old => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (w, sum) in sums.iter_mut().enumerate() {
                        *sum = V::read(c.add(r * c_row + w * V::N));
                    }
                }
            }
        }
        let mut b = b;
        for outer in 0..steps.outer {
            let mut x = a.add(outer * steps.a_outer);
            for _ in 0..steps.inner {
                let mut columns = [V::splat(0.0); W];
                for (w, column) in columns.iter_mut().enumerate() {
                    *column = V::read(b.add(w * V::N));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let row = if BY_ROW { r * steps.a_row } else { r };
                    let factor = V::splat(*x.add(row));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = factor.fma(column, *sum);
                    }
                }
                b = b.wrapping_add(steps.b_step);
                x = x.wrapping_add(if BY_ROW { 1 } else { steps.a_inner });
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (w, &sum) in sums.iter().enumerate() {
                // The second argument is the result for NaN, which stays.
                let sum = if relu { V::splat(0.0).max(sum) } else { sum };
                sum.write(c.add(r * c_row + w * V::N));
            }
        }
    }
}
