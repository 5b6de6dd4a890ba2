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

/// What a file holds of [`Vectors`], not checked yet.
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
    /// [`Error::NotFinite`] with the position of the first NaN or infinity, or of the first row whose norm is none of the
    /// `f32` (above `1.8e19`).
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

    /// Checks what a decoded file claims: that norms and rows are as many, and numbers finite.
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

    /// The `n` best rows for a query, given its dot products with all rows, which are overwritten.
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
                for (score, norm) in products.iter_mut().zip(&self.norms) {
                    let both = norm * query_norm;
                    *score = if both > 0.0 { *score / both } else { 0.0 };
                }
            }
            Metric::L2 => return self.nearest(query, query_norm, products, n, keep),
        }
        kernels::top_k(products, n, keep)
    }

    /// The `n` nearest rows by distance: `|a|² + |b|² − 2 a·b` loses the digits of near neighbours, so it only tells which
    /// rows can be among them, and those are measured.
    ///
    /// Sums of `dim` rounded products bound what it loses by `slack (|a|² + |b|²)` (Higham, 2002, section 3.1).
    fn nearest(
        &self,
        query: &[f32],
        query_norm: f32,
        products: &mut [f32],
        n: usize,
        keep: impl Fn(u32) -> bool,
    ) -> Vec<Scored<u32>> {
        let slack = (2 * self.dim() + 12) as f32 * f32::EPSILON;
        // The last term is for products that underflow: slack times it is a step of the smallest f32 a number.
        let size = |norm: &f32| norm * norm + query_norm * query_norm + f32::MIN_POSITIVE;
        for (product, norm) in products.iter_mut().zip(&self.norms) {
            let size = size(norm);
            *product = 2.0 * *product - size - slack * size; // minus the most that the squared distance can be
        }
        let most = kernels::top_k(products, n, &keep);
        // Where fewer than n rows are kept, all of them are among the n nearest.
        let most = most.last().filter(|_| most.len() == n).map(|hit| hit.score);
        let mut hits: Vec<Scored<u32>> = (0..)
            .zip(&*products)
            .zip(&self.norms)
            .filter(|((id, product), norm)| {
                let best = **product + 2.0 * slack * size(norm); // NaN where the numbers overflow: to be measured
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

fn norm(vector: &[f32]) -> f32 {
    kernels::dot(vector, vector).sqrt()
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

    /// What `search` finds for each query, which `search_batch` has to find too.
    fn one_by_one(vectors: &Vectors, queries: &Array2<f32>, n: usize) -> Vec<Vec<Scored<u32>>> {
        let found = queries.outer_iter().map(|query| {
            let query = query.to_vec();
            vectors.search(&query, n, &|row| row % 7 != 3).unwrap()
        });
        found.collect()
    }

    #[test]
    fn batches_keep_the_digits_of_near_neighbours() {
        // A cloud far from the origin: the squares are a million times the squared distances, above the digits of f32.
        // The other two are the ends of the numbers, where squares overflow and underflow.
        for (shift, scale) in [(1000.0, 0.01), (0.0, 7e18), (0.0, 3e-23)] {
            let rows = random(500, 6) * scale + shift;
            let queries = random(70, 6) * scale + shift;
            let vectors = Vectors::new(rows, Metric::L2).unwrap();
            for n in [0, 1, 9, 428, 429, 500] {
                let batch = vectors
                    .search_batch(queries.view(), n, |_, row| row % 7 != 3)
                    .unwrap();
                assert_eq!(
                    batch,
                    one_by_one(&vectors, &queries, n),
                    "{n} near {shift}, apart by {scale}"
                );
            }
        }
        let vectors = Vectors::new(array![[1000.0, 0.0], [1000.0, 0.01]], Metric::L2).unwrap();
        let queries = array![[1000.0, 0.01]];
        let nearest = vectors
            .search_batch(queries.view(), 2, |_, _| true)
            .unwrap();
        assert_eq!((nearest[0][0].id, nearest[0][0].score), (1, 0.0));
        assert!((nearest[0][1].score + 0.01).abs() < 1e-6);
    }

    #[test]
    fn batches_take_queries_of_any_layout() {
        let vectors = Vectors::new(random(40, 5), Metric::L2).unwrap();
        let queries = random(9, 5);
        let columns = queries.t().as_standard_layout().into_owned(); // [5, 9]
        let batch = vectors
            .search_batch(columns.t(), 4, |_, row| row % 7 != 3)
            .unwrap();
        assert_eq!(batch, one_by_one(&vectors, &queries, 4));
    }

    #[test]
    fn lengths_beyond_the_numbers_are_refused() {
        let rows = array![[1.0, 0.0], [2e19, 0.0]];
        let error = Vectors::new(rows, Metric::Cosine).unwrap_err();
        assert_eq!(
            error.to_string(),
            "vector norm 1 is inf, which is not finite"
        );
        let vectors = Vectors::new(array![[1.0, 0.0]], Metric::Cosine).unwrap();
        let error = vectors.search(&[2e19, 0.0], 1, &|_| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "query norm 0 is inf, which is not finite"
        );
        let queries = array![[1.0, 0.0], [2e19, 0.0]];
        let error = vectors.search_batch(queries.view(), 1, |_, _| true);
        assert_eq!(
            error.unwrap_err().to_string(),
            "query norm 1 is inf, which is not finite"
        );
    }

    #[test]
    fn what_does_not_fit_together_is_not_read() {
        let read = |norms: &str| {
            let rows = r#"{"v":1,"dim":[2,1],"data":[3.0,4.0]}"#;
            let json = format!(r#"{{"rows":{rows},"norms":{norms},"metric":"dot"}}"#);
            serde_json::from_str::<Vectors>(&json).map_err(|error| error.to_string())
        };
        let vectors = Vectors::new(array![[3.0], [4.0]], Metric::Dot).unwrap();
        assert_eq!(read("[3.0,4.0]").unwrap(), vectors);
        let error = read("[3.0]").unwrap_err();
        assert!(error.contains("norms and rows do not fit together"));
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
