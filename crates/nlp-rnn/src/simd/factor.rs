//! The second matrix of a product, packed or in place: for a few rows, packing takes longer than the product.

use super::Lanes;
use super::product::{
    Matrix, PANEL, Product, assert_fits, pack, pack_panels, product, tile, tile_rows, tiles,
};
use super::{Isa, Kernel, run};

/// The second matrix of a product of few rows: packed, or, where packing would take longer than the product, where it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Factor<'a> {
    /// Panels of [`pack`].
    Packed(&'a [f32]),
    /// A matrix of contiguous rows; of its columns those behind the last whole [`PANEL`] are packed.
    InPlace {
        matrix: Matrix<'a>,
        last_columns: &'a [f32],
    },
}

impl<'a> Factor<'a> {
    /// `b` of `k x n`, packed into `out`, which has [`packed_len`] numbers, or `in_place`.
    ///
    /// # Panics
    /// If a slice is too short, or the rows of a matrix that stays in place are not contiguous.
    pub(crate) fn new(
        isa: Isa,
        (k, n): (usize, usize),
        b: Matrix<'a>,
        out: &'a mut [f32],
        in_place: bool,
    ) -> Self {
        if !in_place {
            pack(isa, (k, n), b, out, None);
            return Self::Packed(out);
        }
        assert!(
            b.col == 1 && b.holds(k, n),
            "a matrix of {k} x {n} in place"
        );
        let whole = n - n % PANEL;
        pack_panels(isa, (k, n - whole), b.skip_cols(whole), out, None);
        Self::InPlace {
            matrix: b,
            last_columns: out,
        }
    }

    /// [`product`] with this matrix. The result is the same whether it is packed or not.
    ///
    /// # Panics
    /// As [`product`].
    pub(crate) fn times(
        self,
        isa: Isa,
        (m, k, n): (usize, usize, usize),
        a: Matrix<'_>,
        add: bool,
        c: &mut [f32],
        c_row: usize,
    ) {
        let (matrix, last_columns) = match self {
            Self::Packed(b) => return product(isa, (m, k, n), a, b, add, c, c_row),
            Self::InPlace {
                matrix,
                last_columns,
            } => (matrix, last_columns),
        };
        let whole = n - n % PANEL;
        let holds = matrix.col == 1 && matrix.holds(k, n);
        assert_fits((m, k, n), a, (holds, matrix.values.len()), c, c_row);
        run(
            isa,
            Product {
                size: (m, k, whole),
                a,
                b: matrix,
                add,
                c: &mut *c,
                c_row,
            },
        );
        if whole < n && m > 0 {
            let size = (m, k, n - whole);
            product(isa, size, a, last_columns, add, &mut c[whole..], c_row);
        }
    }
}

/// Vectors of columns that a product of one row sums at a time: so many sums do not wait for each other.
const ONE_ROW: usize = 8;

impl Kernel for Product<'_, Matrix<'_>> {
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
        let n_rows = tile_rows::<V>(m);
        let mut from = 0;
        while from < n {
            let wide = m == 1 && n - from >= ONE_ROW * V::N;
            for i in (0..m).step_by(n_rows) {
                let rows = n_rows.min(m - i);
                // SAFETY: `Factor::times` asserted that the slices hold m x k, k x n and m x n numbers, and `n` is a whole number of
                // panels, each of at least `2 * V::N` columns. The tile reads rows i..i + rows of `a` (i + rows <= m) and touches
                // columns from `from` on of `b` and `c`: `ONE_ROW * V::N` (<= n - from) if `wide`, else `2 * V::N`.
                unsafe {
                    let a_tile = (a.values.as_ptr().add(i * a.row), a.row, a.col);
                    let b_tile = (b.values.as_ptr().add(from), b.row);
                    let c_tile = c.as_mut_ptr().add(i * c_row + from);
                    if wide {
                        tile::<V, 1, ONE_ROW>(k, a_tile, b_tile, add, c_tile, c_row);
                    } else {
                        tiles::<V, 2>(rows, k, a_tile, b_tile, add, c_tile, c_row);
                    }
                }
            }
            from += if wide { ONE_ROW * V::N } else { 2 * V::N };
        }
    }
}
