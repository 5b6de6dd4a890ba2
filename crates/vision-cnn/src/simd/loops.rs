//! Plain loops over rows, compiled for the processor at hand: the same operations in the same order on every path.

use nn_core::simd::{Isa, Kernel, Lanes, run};

/// Most numbers that are summed side by side.
const SIDE_BY_SIDE: usize = 64;

/// How many numbers are added to sums at a time for rows of `width` numbers: one row, or, if rows are shorter than a vector, several rows side by
/// side with a sum for each of their numbers.
#[inline(always)]
fn side_by_side(width: usize) -> usize {
    if width >= 16 {
        width
    } else {
        width * (SIDE_BY_SIDE / width)
    }
}

/// Sums the rows of `n` numbers into `sum`. `add` gets the place of the first number of one row or of several, and sums of the same length to add its
/// numbers to.
#[inline(always)]
fn by_rows(n: usize, sum: &mut [f32], mut add: impl FnMut(usize, &mut [f32])) {
    let width = sum.len();
    if width == 0 {
        return;
    }
    let wide = side_by_side(width);
    if wide == width {
        for first in (0..n / width).map(|row| row * width) {
            add(first, sum);
        }
        return;
    }
    let mut sums = [0.0_f32; SIDE_BY_SIDE];
    let n_wide = n / wide;
    for number in 0..n_wide {
        add(number * wide, &mut sums[..wide]);
    }
    for (place, part) in sums[..wide].iter().enumerate() {
        sum[place % width] += part;
    }
    for first in (n_wide * wide..n).step_by(width) {
        if first + width <= n {
            add(first, sum);
        }
    }
}

/// Adds each row of `rows` to `sum`.
pub(crate) fn add_rows(isa: Isa, rows: &[f32], sum: &mut [f32]) {
    run(isa, AddRows { rows, sum });
}

struct AddRows<'a> {
    rows: &'a [f32],
    sum: &'a mut [f32],
}

impl Kernel for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let rows = self.rows;
        by_rows(rows.len(), self.sum, |first, sum| {
            let row = &rows[first..first + sum.len()];
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        });
    }
}

/// Sets the numbers of `dy` to 0 where `y` is 0 or less, and adds each of its rows to `sum`: the gradient of `max(·, 0)` and of a bias.
pub(crate) fn mask_and_add_rows(isa: Isa, y: &[f32], dy: &mut [f32], sum: &mut [f32]) {
    run(isa, MaskAndAddRows { y, dy, sum });
}

struct MaskAndAddRows<'a> {
    y: &'a [f32],
    dy: &'a mut [f32],
    sum: &'a mut [f32],
}

impl Kernel for MaskAndAddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self { y, dy, sum } = self;
        by_rows(dy.len().min(y.len()), sum, |first, sum| {
            let (dy, y) = (
                &mut dy[first..first + sum.len()],
                &y[first..first + sum.len()],
            );
            for ((sum, dy), &y) in sum.iter_mut().zip(dy).zip(y) {
                let kept = if y > 0.0 { *dy } else { 0.0 };
                *dy = kept;
                *sum += kept;
            }
        });
    }
}

/// Copies `n` columns of rows of `n_columns` numbers, from `column` on, into rows of `width` numbers, zeros behind them.
///
/// # Panics
/// If `column + n` is above `n_columns`, or `n` above `width`.
pub(crate) fn pack_columns(
    isa: Isa,
    (rows, n_columns): (&[f32], usize),
    (column, n): (usize, usize),
    (packed, width): (&mut [f32], usize),
) {
    assert!(column + n <= n_columns && n <= width, "columns of a row");
    run(
        isa,
        PackColumns {
            rows,
            n_columns,
            column,
            n,
            packed,
            width,
        },
    );
}

struct PackColumns<'a> {
    rows: &'a [f32],
    n_columns: usize,
    column: usize,
    n: usize,
    packed: &'a mut [f32],
    width: usize,
}

impl Kernel for PackColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let (column, n) = (self.column, self.n);
        let rows = self.rows.chunks_exact(self.n_columns);
        for (to, row) in self.packed.chunks_exact_mut(self.width).zip(rows) {
            let row = &row[column..column + n];
            for (first, to) in (0..).step_by(V::N).zip(to.chunks_mut(V::N)) {
                V::load(&row[first.min(n)..]).store(to);
            }
        }
    }
}
