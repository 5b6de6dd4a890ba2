//! Matrix products for few or many rows: the second matrix is packed once into panels, the first is read where it lies.

use super::Lanes;
use super::{Isa, Kernel, run};

/// Columns at whose multiples a product may be cut into independent parts: a whole number of panels for every [`Isa`].
pub(crate) const PANEL: usize = 32;
/// Rows of the largest tile of any [`Isa`].
const MOST_ROWS: usize = 12;

/// A matrix inside a slice: the element `(i, j)` is `values[i * row + j * col]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row: usize,
    pub(crate) col: usize,
}

impl<'a> Matrix<'a> {
    /// Rows of `row` numbers, one behind the other.
    pub(crate) fn rows(values: &'a [f32], row: usize) -> Self {
        Self {
            values,
            row,
            col: 1,
        }
    }

    /// The transposed matrix.
    pub(crate) fn transposed(self) -> Self {
        Self {
            row: self.col,
            col: self.row,
            ..self
        }
    }

    /// Without the first `n` rows.
    pub(crate) fn skip_rows(self, n: usize) -> Self {
        Self {
            values: self.values.get(n * self.row..).unwrap_or(&[]),
            ..self
        }
    }

    /// Without the first `n` columns.
    pub(crate) fn skip_cols(self, n: usize) -> Self {
        Self {
            values: self.values.get(n * self.col..).unwrap_or(&[]),
            ..self
        }
    }

    /// Whether `m x n` elements lie within the slice.
    pub(super) fn holds(&self, m: usize, n: usize) -> bool {
        m == 0 || n == 0 || (m - 1) * self.row + (n - 1) * self.col < self.values.len()
    }
}

/// Numbers that [`pack`] writes for a matrix `[k, n]`, whatever the [`Isa`].
pub(crate) fn packed_len(k: usize, n: usize) -> usize {
    k * n.next_multiple_of(PANEL)
}

/// Packs the matrix `b` of `k x n` into panels for [`product`]: `out` gets [`packed_len`] numbers. With `sums`, the sum of
/// each column is added to it.
///
/// # Panics
/// If a slice is too short.
pub(super) fn pack_panels(
    isa: Isa,
    (k, n): (usize, usize),
    b: Matrix<'_>,
    out: &mut [f32],
    sums: Option<&mut [f32]>,
) {
    assert!(
        b.holds(k, n) && out.len() >= packed_len(k, n),
        "packing {k} x {n} numbers into {}",
        out.len()
    );
    run(isa, Pack { k, n, b, out, sums });
}

/// [`pack_panels`] by several threads; the result is the same.
pub(crate) fn pack(
    isa: Isa,
    (k, n): (usize, usize),
    b: Matrix<'_>,
    out: &mut [f32],
    sums: Option<&mut [f32]>,
) {
    /// Numbers that one thread packs in less time than another needs to begin.
    const ALONE: usize = 1 << 15;
    let half = (n / 2).next_multiple_of(PANEL);
    if k * n <= ALONE || half >= n || rayon::current_num_threads() < 2 {
        return pack_panels(isa, (k, n), b, out, sums);
    }
    let (left, right) = out.split_at_mut(packed_len(k, half));
    let (left_sums, right_sums) = match sums.map(|sums| sums.split_at_mut(half)) {
        Some((left, right)) => (Some(left), Some(right)),
        None => (None, None),
    };
    rayon::join(
        || pack(isa, (k, half), b, left, left_sums),
        || pack(isa, (k, n - half), b.skip_cols(half), right, right_sums),
    );
}

struct Pack<'a> {
    k: usize,
    n: usize,
    b: Matrix<'a>,
    out: &'a mut [f32],
    sums: Option<&'a mut [f32]>,
}

impl Kernel for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            k,
            n,
            b,
            out,
            mut sums,
        } = self;
        let width = 2 * V::N;
        for (panel, out) in out
            .chunks_exact_mut((k * width).max(1))
            .take(n.div_ceil(width))
            .enumerate()
        {
            let from = panel * width;
            let count = width.min(n - from);
            let b = b.skip_cols(from);
            for (l, out) in out.chunks_exact_mut(width).enumerate() {
                let b = &b.values[l * b.row..];
                let (out, rest) = out.split_at_mut(count);
                if self.b.col == 1 {
                    let (b, middle) = (&b[..count], V::N.min(count));
                    let (left, right) = out.split_at_mut(middle);
                    V::load(b).store(left);
                    V::load(&b[middle..]).store(right);
                } else {
                    out.iter_mut()
                        .zip(b.iter().step_by(self.b.col))
                        .for_each(|(x, y)| *x = *y);
                }
                rest.fill(0.0);
            }
            if let Some(sums) = sums.as_deref_mut() {
                let sums = &mut sums[from..from + count];
                let (mut first, mut second) = (V::splat(0.0), V::splat(0.0));
                for row in out.chunks_exact(width) {
                    first = first.add(V::load(row));
                    second = second.add(V::load(&row[V::N..]));
                }
                let middle = V::N.min(count);
                let (left, right) = sums.split_at_mut(middle);
                V::load(left).add(first).store(left);
                V::load(right).add(second).store(right);
            }
        }
    }
}

/// `C ← A B`, or `C ← C + A B` if `add`, on one thread: `(m, k) x (k, n) -> (m, n)`.
///
/// `b` was packed by [`pack`] for the same `isa`; the element `(i, j)` of `C` is `c[i * c_row + j]`.
///
/// # Panics
/// If a slice is too short.
pub(crate) fn product(
    isa: Isa,
    (m, k, n): (usize, usize, usize),
    a: Matrix<'_>,
    b: &[f32],
    add: bool,
    c: &mut [f32],
    c_row: usize,
) {
    let size = (m, k, n);
    assert_fits(size, a, (b.len() >= packed_len(k, n), b.len()), c, c_row);
    run(
        isa,
        Product {
            size,
            a,
            b,
            add,
            c,
            c_row,
        },
    );
}

/// Asserts that `a` holds `m x k` numbers, that `b`, of so many, holds what it must, and that `m x n` are within `c`.
pub(super) fn assert_fits(
    (m, k, n): (usize, usize, usize),
    a: Matrix<'_>,
    (b_holds, b_len): (bool, usize),
    c: &[f32],
    c_row: usize,
) {
    let c_holds = m == 0 || n == 0 || ((m - 1) * c_row + n <= c.len() && (m == 1 || c_row >= n));
    assert!(
        a.holds(m, k) && b_holds && c_holds,
        "product of {m} x {k} by {k} x {n}: slices of {}, {b_len} and {} numbers",
        a.values.len(),
        c.len()
    );
}

/// A product whose slices [`assert_fits`] has checked; `B` is a packed matrix, or one in place.
pub(super) struct Product<'a, B> {
    pub(super) size: (usize, usize, usize),
    pub(super) a: Matrix<'a>,
    pub(super) b: B,
    pub(super) add: bool,
    pub(super) c: &'a mut [f32],
    pub(super) c_row: usize,
}

/// The rows of each tile of `m` rows: of nearly the same height, and at most as high as registers allow.
pub(super) fn tile_rows<V: Lanes>(m: usize) -> usize {
    m.div_ceil(m.div_ceil(V::ROWS).max(1)).max(1)
}

impl Kernel for Product<'_, &[f32]> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            size: (m, k, n),
            a,
            b,
            add,
            c,
            c_row,
        } = self;
        let width = 2 * V::N;
        let n_rows = tile_rows::<V>(m);
        for from in (0..n).step_by(width) {
            let count = width.min(n - from);
            for i in (0..m).step_by(n_rows) {
                let rows = n_rows.min(m - i);
                // SAFETY: `product` asserted that the slices hold m x k, the packed k x n and m x n numbers. The tile reads
                // rows i..i + rows of `a` (i + rows <= m), one panel of `b`, which is `k * width` numbers from
                // `from * k` on, and touches `count` (<= n - from) columns of `c`; where the panel is wider than that, it
                // works on a buffer of its own.
                unsafe {
                    let a_tile = (a.values.as_ptr().add(i * a.row), a.row, a.col);
                    let panel = (b.as_ptr().add(from * k), width);
                    let c_tile = c.as_mut_ptr().add(i * c_row + from);
                    if count == width {
                        tiles::<V, 2>(rows, k, a_tile, panel, add, c_tile, c_row);
                        continue;
                    }
                    let mut buffer = [0.0_f32; MOST_ROWS * PANEL];
                    if add {
                        for r in 0..rows {
                            let row = buffer.as_mut_ptr().add(r * width);
                            std::ptr::copy_nonoverlapping(c_tile.add(r * c_row), row, count);
                        }
                    }
                    if count <= V::N {
                        tiles::<V, 1>(rows, k, a_tile, panel, add, buffer.as_mut_ptr(), width);
                    } else {
                        tiles::<V, 2>(rows, k, a_tile, panel, add, buffer.as_mut_ptr(), width);
                    }
                    for r in 0..rows {
                        let row = buffer.as_ptr().add(r * width);
                        std::ptr::copy_nonoverlapping(row, c_tile.add(r * c_row), count);
                    }
                }
            }
        }
    }
}

/// One tile of `rows` (1 to [`MOST_ROWS`]) rows and `W` vectors of columns.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
pub(super) unsafe fn tiles<V: Lanes, const W: usize>(
    rows: usize,
    k: usize,
    a: (*const f32, usize, usize),
    b: (*const f32, usize),
    add: bool,
    c: *mut f32,
    c_row: usize,
) {
    // SAFETY: the caller's promise; `rows` is the number of rows in each arm.
    unsafe {
        match rows {
            1 => tile::<V, 1, W>(k, a, b, add, c, c_row),
            2 => tile::<V, 2, W>(k, a, b, add, c, c_row),
            3 => tile::<V, 3, W>(k, a, b, add, c, c_row),
            4 => tile::<V, 4, W>(k, a, b, add, c, c_row),
            5 => tile::<V, 5, W>(k, a, b, add, c, c_row),
            6 => tile::<V, 6, W>(k, a, b, add, c, c_row),
            7 => tile::<V, 7, W>(k, a, b, add, c, c_row),
            8 => tile::<V, 8, W>(k, a, b, add, c, c_row),
            9 => tile::<V, 9, W>(k, a, b, add, c, c_row),
            10 => tile::<V, 10, W>(k, a, b, add, c, c_row),
            11 => tile::<V, 11, W>(k, a, b, add, c, c_row),
            _ => tile::<V, 12, W>(k, a, b, add, c, c_row),
        }
    }
}

/// `R` rows and `W` vectors of columns of `C`, summed in registers.
///
/// # Safety
/// `a` can be read at `i * row + l * col` for `i < R`, `l < k`; `b` for `k` rows of `W * V::N` numbers at distances of `b_row`; `c` can be read and
/// written for `R` rows of `W * V::N` numbers at distances of `c_row`.
#[inline(always)]
pub(super) unsafe fn tile<V: Lanes, const R: usize, const W: usize>(
    k: usize,
    (a, row, col): (*const f32, usize, usize),
    (b, b_row): (*const f32, usize),
    add: bool,
    c: *mut f32,
    c_row: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::splat(0.0); W]; R];
        for l in 0..k {
            let b_line = b.add(l * b_row);
            let mut b_part = [V::splat(0.0); W];
            for (w, b_part) in b_part.iter_mut().enumerate() {
                *b_part = V::read(b_line.add(w * V::N));
            }
            let a_column = a.add(l * col);
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = V::splat(*a_column.add(r * row));
                for (sum, b_part) in sums.iter_mut().zip(b_part) {
                    *sum = x.fma(b_part, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (w, &sum) in sums.iter().enumerate() {
                let at = c.add(r * c_row + w * V::N);
                let sum = if add { V::read(at).add(sum) } else { sum };
                sum.write(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;

    use super::super::Factor;
    use super::*;

    fn random(len: usize, seed: u64) -> Vec<f32> {
        let mut rng = guide_core::seeded(seed);
        (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    proptest! {
        #[test]
        fn equals_the_plain_product(
            m in 0_usize..30, k in 0_usize..40, n in 0_usize..200, add in any::<bool>(), turned in any::<(bool, bool)>(), gap in 0_usize..3,
            seed in any::<u64>()
        ) {
            let (a, b, old) = (random(m * k, seed), random(k * n, !seed), random(m * (n + gap), seed ^ 1));
            let a = if turned.0 { Matrix::rows(&a, m).transposed() } else { Matrix::rows(&a, k) };
            let b = if turned.1 { Matrix::rows(&b, k).transposed() } else { Matrix::rows(&b, n) };
            let at = |x: Matrix<'_>, i, j| x.values[i * x.row + j * x.col];
            for isa in Isa::all() {
                let mut packed = vec![f32::NAN; packed_len(k, n)];
                let mut sums = vec![0.5; n];
                pack(isa, (k, n), b, &mut packed, Some(&mut sums));
                for (j, sum) in sums.iter().enumerate() {
                    let want: f32 = (0..k).map(|l| at(b, l, j)).sum();
                    prop_assert!((sum - want - 0.5).abs() < 1e-4);
                }
                let mut c = old.clone();
                product(isa, (m, k, n), a, &packed, add, &mut c, n + gap);
                if b.col == 1 {
                    let mut tail = vec![f32::NAN; packed_len(k, n)];
                    let in_place = Factor::new(isa, (k, n), b, &mut tail, true);
                    let mut other = old.clone();
                    in_place.times(isa, (m, k, n), a, add, &mut other, n + gap);
                    prop_assert_eq!(&other, &c);
                }
                for i in 0..m {
                    for j in 0..n + gap {
                        let old = old[i * (n + gap) + j];
                        let sum: f32 = if j < n { (0..k).map(|l| at(a, i, l) * at(b, l, j)).sum() } else { 0.0 };
                        let want = if add || j >= n { old + sum } else { sum };
                        prop_assert!((c[i * (n + gap) + j] - want).abs() < 1e-4, "{isa:?} {i} {j}");
                    }
                }
            }
        }
    }

    #[test]
    fn packing_by_threads_changes_nothing() {
        let (k, n) = (300, 333);
        let b = random(k * n, 4);
        let isa = Isa::detect();
        guide_core::testing::same_for_one_and_two_threads(|| {
            let (mut packed, mut sums) = (vec![0.0; packed_len(k, n)], vec![0.0; n]);
            pack(
                isa,
                (k, n),
                Matrix::rows(&b, n),
                &mut packed,
                Some(&mut sums),
            );
            (packed, sums)
        });
    }
}
