//! Rows of numbers with their norms, and exact search among them. Item factors, word vectors and image embeddings all use it.

mod cosine;
mod dot_scan;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, kernels};
pub use dot_scan::{DotScan, Found};

use cosine::{cosine, is_exact, norm, norm_f64};

/// An id with its score: the higher, the better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored<T> {
    /// What was scored.
    pub id: T,
    /// The score.
    pub score: f32,
}

impl<T: Ord> Scored<T> {
    /// Best first: by decreasing score, ties by increasing id.
    pub fn order(a: &Self, b: &Self) -> Ordering {
        b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id))
    }
}

/// How two vectors are compared. A higher score always means a nearer vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// `a·b / (|a| |b|)`, within -1 and 1; 0 if a norm is 0.
    Cosine,
    /// `a·b`.
    Dot,
    /// `−|a − b|`.
    L2,
}

/// Finds the nearest of many vectors.
pub trait VectorIndex {
    /// The `n` nearest rows to `query` that `keep` lets through, nearest first, ties by row.
    ///
    /// # Errors
    /// [`Error::Shape`] for a query of another length, [`Error::NotFinite`] for one with NaN, an infinity, or an infinite
    /// norm.
    fn search(
        &self,
        query: &[f32],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<Scored<u32>>>;
}

/// Rows of `f32` with their norms, searched exactly.
///
/// ```
/// use guide_core::{Metric, VectorIndex, Vectors, ndarray::array};
/// let vectors = Vectors::new(array![[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]], Metric::Cosine)?;
/// let nearest = vectors.search(&[0.0, 1.0], 2, &|_| true)?;
/// assert_eq!((nearest[0].id, nearest[0].score), (1, 1.0));
/// assert_eq!(nearest[1].id, 2); // 45 degrees away
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Vectors {
    rows: Array2<f32>, // [n, dim]
    norms: Vec<f32>,   // [n]
    metric: Metric,
}

/// [`Vectors`] as decoded from a file, before the check.
#[derive(Deserialize)]
struct Stored {
    rows: Array2<f32>,
    norms: Vec<f32>,
    metric: Metric,
}

impl TryFrom<Stored> for Vectors {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let vectors = Self {
            rows: stored.rows,
            norms: stored.norms,
            metric: stored.metric,
        };
        vectors.check()?;
        Ok(vectors)
    }
}

/// Queries scored together in [`Vectors::search_batch`]: enough to feed the matrix product, few enough to stay in cache.
const BATCH: usize = 64;

impl Vectors {
    /// Takes `rows` of shape `[n, dim]`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the position of the first NaN or infinity, or of the first row with a norm above 1.8e19, the
    /// square of which is no finite `f32`.
    pub fn new(rows: Array2<f32>, metric: Metric) -> Result<Self> {
        let rows = rows.as_standard_layout().into_owned();
        ensure_finite("vector component", rows.iter())?;
        let norms: Vec<f32> = rows
            .outer_iter()
            .map(|row| norm(row.as_slice().unwrap_or_default()))
            .collect();
        ensure_finite("vector norm", &norms)?;
        Ok(Self {
            rows,
            norms,
            metric,
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.nrows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.rows.ncols()
    }

    /// How rows are compared.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// All rows, `[n, dim]`.
    pub fn rows(&self) -> ArrayView2<'_, f32> {
        self.rows.view()
    }

    /// One row.
    ///
    /// # Panics
    /// If `id` is not below [`Vectors::len`].
    pub fn row(&self, id: u32) -> &[f32] {
        let (dim, id) = (self.dim(), id as usize);
        &self.rows.as_slice().unwrap_or_default()[id * dim..(id + 1) * dim]
    }

    /// Row `id` divided by its norm. A row of zeros stays as it is.
    ///
    /// ```
    /// use guide_core::{Metric, Vectors, ndarray::array};
    /// let vectors = Vectors::new(array![[3.0, 4.0], [3e-40, 4e-40]], Metric::Cosine)?;
    /// assert_eq!(vectors.unit(0), [0.6, 0.8]);
    /// assert!((vectors.unit(1)[0] - 0.6).abs() < 1e-5); // 3e-40 itself has five digits
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `id` is not below [`Vectors::len`].
    pub fn unit(&self, id: u32) -> Vec<f32> {
        let (row, norm) = (self.row(id), self.norm(id));
        if norm == 0.0 {
            return row.to_vec();
        }
        if is_exact(norm) {
            return row.iter().map(|x| x / norm).collect();
        }
        let norm = norm_f64(row);
        row.iter().map(|&x| (f64::from(x) / norm) as f32).collect()
    }

    /// The cosine of two rows, within -1 and 1; 0 if one of them is zero.
    ///
    /// ```
    /// use guide_core::{Metric, Vectors, ndarray::array};
    /// let vectors = Vectors::new(array![[1e-22, 0.0], [3e-23, 4e-23]], Metric::Cosine)?;
    /// assert!((vectors.cosine(0, 1) - 0.6).abs() < 1e-6);
    /// assert!(vectors.cosine(1, 1) <= 1.0);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `a` or `b` is not below [`Vectors::len`].
    pub fn cosine(&self, a: u32, b: u32) -> f32 {
        let product = kernels::dot(self.row(a), self.row(b));
        self.cosine_from(product, self.row(a), self.norm(a), b)
    }

    /// The cosine of `query` and row `id`, whose product in `f32` is given.
    fn cosine_from(&self, product: f32, query: &[f32], query_norm: f32, id: u32) -> f32 {
        let norm = self.norm(id);
        let both = norm * query_norm;
        if is_exact(both) {
            (product / both).clamp(-1.0, 1.0)
        } else if norm == 0.0 || query_norm == 0.0 {
            0.0
        } else {
            cosine(query, self.row(id))
        }
    }

    /// The length of one row.
    ///
    /// # Panics
    /// If `id` is not below [`Vectors::len`].
    pub fn norm(&self, id: u32) -> f32 {
        self.norms[id as usize]
    }

    /// The `n` rows nearest to row `id`, itself left out.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown row.
    pub fn similar(&self, id: u32, n: usize) -> Result<Vec<Scored<u32>>> {
        if id as usize >= self.len() {
            return Err(Error::out_of_range("vector", id as usize, self.len()));
        }
        self.search(self.row(id), n, &|other| other != id)
    }

    /// [`VectorIndex::search`] for every row of `queries` (`[m, dim]`) through blocked matrix products;
    /// `keep(query, row)` filters.
    ///
    /// # Errors
    /// As [`VectorIndex::search`].
    pub fn search_batch(
        &self,
        queries: ArrayView2<'_, f32>,
        n: usize,
        keep: impl Fn(usize, u32) -> bool + Sync,
    ) -> Result<Vec<Vec<Scored<u32>>>> {
        self.ensure_fits(queries.ncols())?;
        ensure_finite("query component", queries.iter())?;
        let m = queries.nrows();
        let rows = queries.as_standard_layout();
        let queries = rows.as_slice().unwrap_or_default();
        let norms: Vec<f32> = (0..m)
            .map(|index| norm(&queries[index * self.dim()..][..self.dim()]))
            .collect();
        ensure_finite("query norm", &norms)?;
        let blocks: Vec<usize> = (0..m).step_by(BATCH).collect();
        let found = blocks.par_iter().flat_map_iter(|&start| {
            let end = (start + BATCH).min(m);
            let block = rows.slice(s![start..end, ..]);
            let mut products = kernels::matmul(block, self.rows.t()); // [block, n]
            let keep = &keep;
            let hits: Vec<_> = (start..end)
                .zip(products.outer_iter_mut())
                .map(|(index, mut products)| {
                    let query = &queries[index * self.dim()..][..self.dim()];
                    let products = products.as_slice_mut().unwrap_or_default();
                    self.best(query, norms[index], products, n, |row| keep(index, row))
                })
                .collect();
            hits
        });
        Ok(found.collect())
    }

    /// Checks a decoded file: as many norms as rows, and only finite numbers.
    fn check(&self) -> Result<()> {
        let fits = self.norms.len() == self.rows.nrows() && self.rows.is_standard_layout();
        let finite = self.rows.iter().chain(&self.norms).all(|x| x.is_finite());
        if fits && finite {
            Ok(())
        } else {
            Err(Error::decode(
                "vectors",
                "norms and rows do not fit together",
            ))
        }
    }

    /// The `n` best rows for a query. `products` are its dot products with all rows; they are overwritten with the scores.
    fn best(
        &self,
        query: &[f32],
        query_norm: f32,
        products: &mut [f32],
        n: usize,
        keep: impl Fn(u32) -> bool,
    ) -> Vec<Scored<u32>> {
        match self.metric {
            Metric::Dot => {}
            Metric::Cosine => {
                self.to_cosines(query, query_norm, products);
            }
            Metric::L2 => return self.nearest(query, query_norm, products, n, keep),
        }
        kernels::top_k(products, n, keep)
    }

    /// Replaces the dot products of `query` with all rows by the cosines. Two simple loops, which the compiler vectorises, and
    /// a third one only if the query or a row is so small or large that `f32` is not precise.
    fn to_cosines(&self, query: &[f32], query_norm: f32, products: &mut [f32]) {
        for (score, norm) in products.iter_mut().zip(&self.norms) {
            *score = (*score / (norm * query_norm)).clamp(-1.0, 1.0);
        }
        let is_inexact = |norm: &f32| !is_exact(norm * query_norm);
        let n_inexact: u32 = self
            .norms
            .iter()
            .map(|norm| u32::from(is_inexact(norm)))
            .sum();
        if n_inexact == 0 {
            return;
        }
        for (id, score) in (0..).zip(products) {
            if is_inexact(&self.norms[id as usize]) {
                *score = self.cosine_from(0.0, query, query_norm, id);
            }
        }
    }

    /// The `n` nearest rows by distance. `|a|² + |b|² − 2 a·b` loses the digits of near neighbours, so it only selects the rows
    /// that can be among the nearest; their distances are then computed exactly.
    ///
    /// The rounding error of that sum is at most `slack (|a|² + |b|²)` (Higham, 2002, section 3.1).
    fn nearest(
        &self,
        query: &[f32],
        query_norm: f32,
        products: &mut [f32],
        n: usize,
        keep: impl Fn(u32) -> bool,
    ) -> Vec<Scored<u32>> {
        let slack = (2 * self.dim() + 12) as f32 * f32::EPSILON;
        // The last term covers products that underflow: `slack` times it is one subnormal step per number.
        let size = |norm: &f32| norm * norm + query_norm * query_norm + f32::MIN_POSITIVE;
        for (product, norm) in products.iter_mut().zip(&self.norms) {
            let size = size(norm);
            *product = 2.0 * *product - size - slack * size; // minus the largest possible squared distance
        }
        let most = kernels::top_k(products, n, &keep);
        // If `keep` leaves fewer than n rows, all of them are among the n nearest.
        let most = most.last().filter(|_| most.len() == n).map(|hit| hit.score);
        let mut hits: Vec<Scored<u32>> = (0..)
            .zip(&*products)
            .zip(&self.norms)
            .filter(|((id, product), norm)| {
                let best = **product + 2.0 * slack * size(norm); // NaN on overflow: then the distance is computed
                !most.is_some_and(|most| best < most) && keep(*id)
            })
            .map(|((id, _), _)| Scored {
                id,
                score: self.distance_score(query, id),
            })
            .collect();
        hits.sort_unstable_by(Scored::order);
        hits.truncate(n);
        hits
    }

    fn distance_score(&self, query: &[f32], id: u32) -> f32 {
        -kernels::squared_distance(query, self.row(id)).sqrt()
    }

    fn ensure_fits(&self, dim: usize) -> Result<()> {
        if dim == self.dim() {
            Ok(())
        } else {
            Err(Error::Shape {
                what: "query".to_owned(),
                expected: vec![self.dim()],
                got: vec![dim],
            })
        }
    }
}

impl VectorIndex for Vectors {
    fn search(
        &self,
        query: &[f32],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<Scored<u32>>> {
        self.ensure_fits(query.len())?;
        ensure_finite("query component", query)?;
        let query_norm = norm(query);
        ensure_finite("query norm", [&query_norm])?;
        let mut scores = vec![0.0; self.len()];
        if self.metric == Metric::L2 {
            for (id, score) in (0..).zip(&mut scores) {
                *score = self.distance_score(query, id);
            }
            Ok(kernels::top_k(&scores, n, keep))
        } else {
            kernels::gemv(self.rows.as_slice().unwrap_or_default(), query, &mut scores);
            Ok(self.best(query, query_norm, &mut scores, n, keep))
        }
    }
}

fn ensure_finite<'a>(what: &str, values: impl IntoIterator<Item = &'a f32>) -> Result<()> {
    for (index, &value) in values.into_iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NotFinite {
                what: what.to_owned(),
                index,
                value: f64::from(value),
            });
        }
    }
    Ok(())
}
