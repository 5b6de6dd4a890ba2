//! Exact search by inner product, with a first pass over rows of bytes.

use ndarray::{ArrayView1, ArrayView2};

use super::{Scored, ensure_finite};
use crate::kernels::{TopK, byte_dots, dot};
use crate::{Allowed, Error, Result};

/// Factor by which bounds are enlarged to cover their own rounding.
const ROUNDED_UP: f64 = 1.0 + 1e-6;
/// Below one allowed row in this many, the allowed rows are scored one by one.
const FEW: usize = 32;
/// A largest number below this has no scale in `f32` that keeps its digits.
const SMALLEST: f32 = 1e-30;
/// Bound on the error from products that underflow in `f32`.
const UNDERFLOW: f32 = 1e-34;
/// The number of rows in a block: the bounds of a block are computed first, then compared.
const BLOCK: usize = 64;
/// Numbers of a row of bytes are padded to a multiple of this, the numbers of a register.
const LANES: usize = 16;

/// Rows of numbers rounded to bytes, for an exact search by inner product that computes few products in `f32`.
///
/// Row `v` is kept as `s c` with whole numbers `c` within ±127. The product with a query `q`, itself rounded to 16 bits, is computed in whole numbers;
/// it differs from `q·v` by at most `|q| m`, where `m` is `|v − s c|` plus what the query's rounding and the sums of `f32` can add. Rows whose upper
/// bound is below the lower bounds of `n` others cannot be among the first `n`; only for the rest is `q·v` computed. Rows are kept by falling norm, so that
/// the pass ends where `|q| |v|` is below those bounds. The result is that of a pass over all rows in `f32`; with 64 numbers a row, at most a third of
/// its memory is read.
///
/// ```
/// use guide_core::{Allowed, DotScan, ndarray::array};
/// let rows = array![[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]];
/// let scan = DotScan::new(rows.view())?;
/// let found = scan.search(rows.view(), &[0.0, 1.0], 2, &Allowed::All)?;
/// assert_eq!((found.hits[0].id, found.hits[0].score), (2, 3.0));
/// assert_eq!((found.hits[1].id, found.hits[1].score), (1, 2.0));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DotScan {
    dim: usize,
    /// The rows by falling norm, ties by row.
    order: Vec<u32>,
    codes: Vec<i8>, // [n, width], rows in the order of `order`, as those of the next three
    scales: Vec<f32>, // [n]
    margins: Vec<f32>, // [n]
    norms: Vec<f32>, // [n], each at least the row's
}

/// What [`DotScan::search`] found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The rows with the largest inner products, ties by row.
    pub hits: Vec<Scored<u32>>,
    /// Rows whose inner product was computed in `f32`.
    pub n_evaluated: usize,
}

impl DotScan {
    /// Rounds `rows`, shape `[n, dim]`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and infinities, [`Error::Param`] for more than 65,536 numbers a row.
    pub fn new(rows: ArrayView2<'_, f32>) -> Result<Self> {
        let dim = rows.ncols();
        if dim > MOST_NUMBERS {
            let expected = format!("at most {MOST_NUMBERS} numbers a row");
            return Err(Error::param("rows", dim, expected));
        }
        ensure_finite("vector component", rows.iter())?;
        let width = width_of(dim);
        let square = |row: ArrayView1<'_, f32>| -> f64 {
            let squares = row.into_iter().map(|&x| f64::from(x) * f64::from(x));
            squares.sum()
        };
        let squares: Vec<f64> = rows.outer_iter().map(square).collect();
        let mut order: Vec<u32> = (0..rows.nrows() as u32).collect();
        let of = |row: u32| squares[row as usize];
        order.sort_by(|&a, &b| of(b).total_cmp(&of(a)));
        let mut scan = Self {
            dim,
            codes: vec![0; rows.nrows() * width],
            scales: Vec::with_capacity(rows.nrows()),
            margins: Vec::with_capacity(rows.nrows()),
            norms: Vec::with_capacity(rows.nrows()),
            order,
        };
        // What the query's rounding adds, and the sums of `f32`, relative to the norms.
        let of_query = 0.5 * (dim as f64).sqrt() / f64::from(largest_code(dim));
        let relative = of_query + (dim as f64 + 4.0) * f64::from(f32::EPSILON);
        for (place, &row) in scan.order.iter().enumerate() {
            let codes = &mut scan.codes[place * width..(place + 1) * width];
            let norm = of(row).sqrt();
            let row = rows.row(row as usize);
            let largest = row.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
            // Below the normal numbers a scale has no precision; the row then is its own margin.
            let scale = match largest >= SMALLEST {
                true => largest / 127.0,
                false => 0.0,
            };
            let mut left = 0.0_f64;
            for (code, &x) in codes.iter_mut().zip(row) {
                if scale > 0.0 {
                    *code = (x / scale).round() as i8;
                }
                let error = f64::from(x) - f64::from(scale) * f64::from(*code);
                left += error * error;
            }
            let margin = (left.sqrt() + relative * norm) * ROUNDED_UP;
            scan.scales.push(scale);
            scan.margins.push(margin as f32);
            scan.norms.push((norm * ROUNDED_UP) as f32);
        }
        Ok(scan)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `n` allowed rows with the largest inner products with `query`. `rows` are the rows given to [`DotScan::new`].
    ///
    /// # Errors
    /// [`Error::Shape`] for rows or a query of another shape, [`Error::NotFinite`] for a query with NaN or an infinity.
    pub fn search(
        &self,
        rows: ArrayView2<'_, f32>,
        query: &[f32],
        n: usize,
        allowed: &Allowed<'_>,
    ) -> Result<Found> {
        let shape = [self.len(), self.dim, self.dim];
        let got = [rows.nrows(), rows.ncols(), query.len()];
        let flat = rows.as_slice().filter(|_| got == shape);
        let flat = flat.ok_or_else(|| Error::Shape {
            what: "rows and the query of a search by inner product".to_owned(),
            expected: shape.to_vec(),
            got: got.to_vec(),
        })?;
        ensure_finite("query component", query)?;
        let row = |id: u32| &flat[id as usize * self.dim..(id as usize + 1) * self.dim];
        let mut best = TopK::new(n.min(self.len()));
        let mut n_evaluated = 0;
        let mut evaluate = |id: u32| {
            // −0 is 0: ties go by row.
            best.offer(id, &[dot(query, row(id)) + 0.0], |_| true);
            n_evaluated += 1;
        };
        match allowed {
            _ if query.iter().all(|&x| x == 0.0) => {
                // All products are 0: the first rows are the best.
                let rows = (0..self.len() as u32).filter(|&row| allowed.contains(row));
                rows.take(n).for_each(&mut evaluate);
            }
            Allowed::Few(ids) => {
                let known = ids.iter().filter(|&&id| (id as usize) < self.len());
                known.for_each(|&id| evaluate(id));
            }
            Allowed::Bits(set) if set.count() * FEW <= self.len() => {
                let known = set.iter().take_while(|&id| (id as usize) < self.len());
                known.for_each(&mut evaluate);
            }
            Allowed::All | Allowed::Bits(_) => {
                let mut possible = self.possible(query, n, allowed);
                possible.sort_unstable();
                possible.into_iter().for_each(&mut evaluate);
            }
        }
        Ok(Found {
            hits: best.finish(),
            n_evaluated,
        })
    }

    /// The rows that may be among the first `n`, in any order.
    fn possible(&self, query: &[f32], n: usize, allowed: &Allowed<'_>) -> Vec<u32> {
        let width = width_of(self.dim);
        let largest = query
            .iter()
            .fold(0.0_f32, |largest, x| largest.max(x.abs()));
        // Below the normal numbers a scale has no precision: no row can be passed over.
        let is_tiny = largest < SMALLEST;
        let query_scale = match is_tiny {
            true => 0.0,
            false => largest / f32::from(largest_code(self.dim)),
        };
        let mut codes = vec![0_i16; width];
        if query_scale > 0.0 {
            for (code, x) in codes.iter_mut().zip(query) {
                *code = (x / query_scale).round() as i16;
            }
        }
        let square: f64 = query.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let norm = match is_tiny && largest > 0.0 {
            true => f32::INFINITY,
            false => (square.sqrt() * ROUNDED_UP) as f32,
        };
        let mut bounds = LowerBounds::new(n);
        let mut possible: Vec<(u32, f32)> = Vec::new();
        let (mut products, mut upper) = ([0_i32; BLOCK], [0.0_f32; BLOCK]);
        for first in (0..self.len()).step_by(BLOCK) {
            let rows = first..(first + BLOCK).min(self.len());
            // All further rows are shorter.
            if norm * self.norms[first] + UNDERFLOW < bounds.least {
                break;
            }
            let products = &mut products[..rows.len()];
            let of_rows = &self.codes[rows.start * width..rows.end * width];
            byte_dots(of_rows, &codes, products);
            let (scales, margins) = (&self.scales[rows.clone()], &self.margins[rows.clone()]);
            let of_rows = scales.iter().zip(margins);
            for ((upper, &product), (scale, margin)) in
                upper.iter_mut().zip(&*products).zip(of_rows)
            {
                *upper = product as f32 * (query_scale * scale) + (norm * margin + UNDERFLOW);
            }
            let upper = &upper[..rows.len()];
            // A bound that overflowed to NaN excludes nothing.
            let may_be = |bound: f32| (bound >= bounds.least) | bound.is_nan();
            if !upper.iter().fold(false, |any, &bound| any | may_be(bound)) {
                continue;
            }
            for (place, &bound) in rows.zip(upper) {
                let row = self.order[place];
                if (bound >= bounds.least || bound.is_nan()) && allowed.contains(row) {
                    possible.push((row, bound));
                    bounds.offer(bound - 2.0 * (norm * self.margins[place] + UNDERFLOW));
                }
            }
        }
        let least = bounds.finish();
        let possible = possible.into_iter();
        possible
            .filter(|(_, bound)| *bound >= least || bound.is_nan())
            .map(|(row, _)| row)
            .collect()
    }
}

/// The `n` largest lower bounds so far.
struct LowerBounds {
    n: usize,
    bounds: Vec<f32>,
    /// The least of the `n` largest, as of the last look; −∞ before there are `n`.
    least: f32,
}

impl LowerBounds {
    fn new(n: usize) -> Self {
        Self {
            n,
            bounds: Vec::new(),
            least: if n == 0 {
                f32::INFINITY
            } else {
                f32::NEG_INFINITY
            },
        }
    }

    fn offer(&mut self, bound: f32) {
        if bound > self.least {
            self.bounds.push(bound);
            if self.bounds.len() >= self.n.saturating_mul(2) {
                self.look();
            }
        }
    }

    fn look(&mut self) {
        if self.n > 0 && self.bounds.len() >= self.n {
            let falling = |a: &f32, b: &f32| b.total_cmp(a);
            self.bounds.select_nth_unstable_by(self.n - 1, falling);
            self.bounds.truncate(self.n);
            self.least = self.bounds[self.n - 1];
        }
    }

    fn finish(mut self) -> f32 {
        self.look();
        self.least
    }
}

/// The most numbers of a row: with more, a query of 16 bits would be rounded to nothing.
const MOST_NUMBERS: usize = 1 << 16;

/// The largest whole number of a query, so that no sum leaves `i32`.
fn largest_code(dim: usize) -> i16 {
    let most = i32::MAX as usize / (128 * dim.max(1));
    most.min(i16::MAX as usize) as i16
}

fn width_of(dim: usize) -> usize {
    dim.next_multiple_of(LANES)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;
    use crate::{Bitmap, seeded};

    fn plain(
        rows: &Array2<f32>,
        query: &[f32],
        n: usize,
        allowed: &Allowed<'_>,
    ) -> Vec<Scored<u32>> {
        let mut hits: Vec<Scored<u32>> = (0..rows.nrows() as u32)
            .filter(|&id| allowed.contains(id))
            .map(|id| Scored {
                id,
                score: dot(query, rows.row(id as usize).as_slice().unwrap()) + 0.0,
            })
            .collect();
        hits.sort_unstable_by(Scored::order);
        hits.truncate(n);
        hits
    }

    proptest! {
        #[test]
        fn equals_a_pass_over_all_rows(n_rows in 0_usize..300, dim in 0_usize..40, n in 0_usize..20, seed in 0_u64..1000, size in prop::sample::select(vec![1e-40_f32, 1e-20, 1.0, 1e15]), of_query in prop::sample::select(vec![0.0_f32, 1e-42, 1.0, 1e18]), share in 0_u32..4) {
            let mut rng = seeded(seed);
            // Some rows are large, some 0, and some equal, as factors of products are.
            let rows = Array2::from_shape_fn((n_rows, dim), |(row, _)| match row % 7 {
                0 => 0.0,
                1 => size,
                kind => size * kind as f32 * rng.random_range(-1.0_f32..1.0),
            });
            let query: Vec<f32> = (0..dim).map(|_| of_query * rng.random_range(-1.0_f32..1.0)).collect();
            let scan = DotScan::new(rows.view()).unwrap();
            let ids: Vec<u32> = (0..n_rows as u32).filter(|id| id * 7 % 4 >= share).collect();
            let set = Bitmap::of(n_rows, ids.iter().copied());
            for allowed in [Allowed::All, Allowed::Bits(&set), Allowed::Few(&ids)] {
                let found = scan.search(rows.view(), &query, n, &allowed).unwrap();
                prop_assert_eq!(found.hits, plain(&rows, &query, n, &allowed));
            }
        }
    }

    #[test]
    fn most_rows_are_passed_over() {
        let mut rng = seeded(1);
        let rows = Array2::from_shape_fn((20_000, 64), |_| rng.random_range(-1.0_f32..1.0));
        let query: Vec<f32> = (0..64).map(|_| rng.random_range(-1.0_f32..1.0)).collect();
        let scan = DotScan::new(rows.view()).unwrap();
        let found = scan
            .search(rows.view(), &query, 200, &Allowed::All)
            .unwrap();
        assert_eq!(found.hits, plain(&rows, &query, 200, &Allowed::All));
        assert!(found.n_evaluated < 400, "{}", found.n_evaluated);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let rows = Array2::<f32>::ones((3, 2));
        let scan = DotScan::new(rows.view()).unwrap();
        assert_eq!((scan.len(), scan.is_empty()), (3, false));
        let search = |rows: &Array2<f32>, query: &[f32]| {
            let found = scan.search(rows.view(), query, 1, &Allowed::All);
            found.unwrap_err().to_string()
        };
        assert!(search(&rows, &[1.0]).contains("expected shape [3, 2, 2], got [3, 2, 1]"));
        assert!(search(&Array2::ones((4, 2)), &[1.0, 1.0]).contains("got [4, 2, 2]"));
        assert!(search(&rows, &[1.0, f32::NAN]).contains("query component 1 is NaN"));
        let mut bad = rows;
        bad[[1, 1]] = f32::INFINITY;
        assert!(DotScan::new(bad.view()).is_err());
    }
}
