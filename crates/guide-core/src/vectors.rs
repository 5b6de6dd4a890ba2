//! Rows of numbers with their norms, and exact search among them: item factors, word vectors and image embeddings alike.

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, kernels};

/// An id with its score: the higher, the better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored<T> {
    /// What was scored.
    pub id: T,
    /// The score.
    pub score: f32,
}

impl<T: Ord> Scored<T> {
    /// Best first: falling score, ties by rising id.
    pub fn order(a: &Self, b: &Self) -> Ordering {
        b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id))
    }
}

/// How two vectors are compared; every score is "the higher, the nearer".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// `a·b / (|a| |b|)`, 0 where a norm is 0.
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
    /// [`Error::Shape`] for a query of another length, [`Error::NotFinite`] for one with NaN or an infinity.
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
pub struct Vectors {
    rows: Array2<f32>, // [n, dim]
    norms: Vec<f32>,   // [n]
    metric: Metric,
}

/// Queries scored together in [`Vectors::search_batch`]: enough to feed the matrix product, few enough to stay in cache.
const BATCH: usize = 64;

impl Vectors {
    /// Takes `rows` of shape `[n, dim]`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the position of the first NaN or infinity.
    pub fn new(rows: Array2<f32>, metric: Metric) -> Result<Self> {
        let rows = rows.as_standard_layout().into_owned();
        ensure_finite("vector component", rows.iter())?;
        let norms = rows
            .outer_iter()
            .map(|row| norm(row.as_slice().unwrap_or_default()))
            .collect();
        Ok(Self {
            rows,
            norms,
            metric,
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.nrows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers a row.
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
        let blocks: Vec<usize> = (0..queries.nrows()).step_by(BATCH).collect();
        let found = blocks.par_iter().flat_map_iter(|&start| {
            let end = (start + BATCH).min(queries.nrows());
            let block = queries.slice(s![start..end, ..]);
            let mut scores = kernels::matmul(block, self.rows.t()); // [block, n]
            let keep = &keep;
            let hits: Vec<_> = (start..end)
                .zip(scores.outer_iter_mut())
                .map(|(query, mut scores)| {
                    let scores = scores.as_slice_mut().unwrap_or_default();
                    let query_norm = queries.row(query).iter().map(|x| x * x).sum::<f32>().sqrt();
                    self.finish(query_norm, scores);
                    kernels::top_k(scores, n, |row| keep(query, row))
                })
                .collect();
            hits
        });
        Ok(found.collect())
    }

    /// Checks what a decoded file claims.
    ///
    /// # Errors
    /// [`Error::Decode`] when norms and rows differ in number, or a number is not finite.
    pub fn check(&self) -> Result<()> {
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

    /// Turns dot products with a query into scores of the metric.
    fn finish(&self, query_norm: f32, scores: &mut [f32]) {
        match self.metric {
            Metric::Dot => {}
            Metric::Cosine => {
                for (score, norm) in scores.iter_mut().zip(&self.norms) {
                    let both = norm * query_norm;
                    *score = if both > 0.0 { *score / both } else { 0.0 };
                }
            }
            Metric::L2 => {
                for (score, norm) in scores.iter_mut().zip(&self.norms) {
                    let squared = norm * norm + query_norm * query_norm - 2.0 * *score;
                    *score = -squared.max(0.0).sqrt();
                }
            }
        }
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
        ensure_finite("query component", query.iter())?;
        let mut scores = vec![0.0; self.len()];
        if self.metric == Metric::L2 {
            // Directly: |a|² + |b|² − 2 a·b would lose the digits of near neighbours.
            for (id, score) in (0..).zip(&mut scores) {
                *score = -kernels::squared_distance(query, self.row(id)).sqrt();
            }
        } else {
            kernels::gemv(self.rows.as_slice().unwrap_or_default(), query, &mut scores);
            self.finish(norm(query), &mut scores);
        }
        Ok(kernels::top_k(&scores, n, keep))
    }
}

fn norm(vector: &[f32]) -> f32 {
    kernels::dot(vector, vector).sqrt()
}

fn ensure_finite<'a>(what: &str, values: impl Iterator<Item = &'a f32>) -> Result<()> {
    for (index, &value) in values.enumerate() {
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

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand::RngExt;

    use super::*;
    use crate::{seeded, testing};

    fn random(rows: usize, dim: usize) -> Array2<f32> {
        let mut rng = seeded(3);
        Array2::from_shape_simple_fn((rows, dim), || rng.random_range(-1.0..1.0))
    }

    #[test]
    fn batches_find_what_single_queries_find() {
        let queries = random(150, 12);
        for metric in [Metric::Cosine, Metric::Dot, Metric::L2] {
            let vectors = Vectors::new(random(300, 12), metric).unwrap();
            let keep = |query: usize, row: u32| !(query as u32 + row).is_multiple_of(5);
            let batch = testing::same_for_one_and_two_threads(|| {
                vectors.search_batch(queries.view(), 7, keep).unwrap()
            });
            for (query, hits) in batch.iter().enumerate() {
                let one = vectors
                    .search(queries.row(query).as_slice().unwrap(), 7, &|row| {
                        keep(query, row)
                    })
                    .unwrap();
                let ids = |hits: &[Scored<u32>]| hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
                assert_eq!(ids(hits), ids(&one), "{metric:?}, query {query}");
            }
        }
    }

    #[test]
    fn distances_are_exact_for_near_neighbours() {
        let vectors = Vectors::new(array![[1000.0, 0.0], [1000.0, 0.01]], Metric::L2).unwrap();
        let nearest = vectors.search(&[1000.0, 0.01], 2, &|_| true).unwrap();
        assert_eq!((nearest[0].id, nearest[0].score), (1, 0.0));
        assert!((nearest[1].score + 0.01).abs() < 1e-6);
    }

    #[test]
    fn bad_queries_are_refused() {
        let vectors = Vectors::new(array![[1.0, 0.0]], Metric::Cosine).unwrap();
        let error = vectors.search(&[1.0], 1, &|_| true).unwrap_err();
        assert_eq!(error.to_string(), "query: expected shape [2], got [1]");
        let error = vectors.search(&[1.0, f32::NAN], 1, &|_| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "query component 1 is NaN, which is not finite"
        );
        assert!(Vectors::new(array![[f32::INFINITY]], Metric::Dot).is_err());
        assert!(vectors.similar(1, 1).is_err());
        assert!(vectors.similar(0, 5).unwrap().is_empty());
    }

    #[test]
    fn no_rows_find_nothing() {
        let vectors = Vectors::new(Array2::zeros((0, 2)), Metric::L2).unwrap();
        assert!(
            vectors
                .search(&[0.0, 0.0], 3, &|_| true)
                .unwrap()
                .is_empty()
        );
    }
}
