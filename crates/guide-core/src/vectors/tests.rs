//! Search against single queries, the limits of the numbers, and what is refused.

use ndarray::array;
use proptest::prelude::*;
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

/// The cosine in `f64`.
fn reference(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    let both = (dot(a, a) * dot(b, b)).sqrt();
    if both > 0.0 { dot(a, b) / both } else { 0.0 }
}

#[track_caller]
fn is_cosine(found: f32, a: &[f32], b: &[f32]) {
    assert!((-1.0..=1.0).contains(&found), "{found} of {a:?} and {b:?}");
    let expected = reference(a, b);
    assert!(
        (f64::from(found) - expected).abs() < 1e-5,
        "{found}, not {expected}, of {a:?} and {b:?}"
    );
}

#[test]
fn cosines_of_rows_near_1e_22_are_at_most_one() {
    // Norms taken from squares near 1e-44 were wrong by up to 1 %.
    let rows = random(200, 3) * 1e-22;
    let vectors = Vectors::new(rows.clone(), Metric::Cosine).unwrap();
    for (id, row) in (0..).zip(rows.outer_iter()) {
        let row = row.to_vec();
        let hits = vectors.search(&row, 200, &|_| true).unwrap();
        assert!((hits[0].score - 1.0).abs() < 1e-5 && hits[0].score <= 1.0);
        is_cosine(vectors.cosine(id, id), &row, &row);
        assert!((f64::from(vectors.norm(id)) / cosine::norm_f64(&row) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn files_with_wrong_norms_give_no_cosine_above_one() {
    let rows = r#"{"v":1,"dim":[2,1],"data":[3.0,4.0]}"#;
    let json = format!(r#"{{"rows":{rows},"norms":[0.1,0.0],"metric":"cosine"}}"#);
    let vectors: Vectors = serde_json::from_str(&json).unwrap();
    let hits = vectors.search(&[1.0], 2, &|_| true).unwrap();
    let scores: Vec<f32> = hits.iter().map(|hit| hit.score).collect();
    assert_eq!(scores, [1.0, 0.0]);
}

/// Rows of five numbers whose sizes lie between `10^low` and `10^high`.
fn rows_of_sizes(low: i32, high: i32) -> impl Strategy<Value = Vec<Vec<f32>>> {
    let number = (-9.99..9.99_f32, low..=high)
        .prop_map(|(digits, exponent)| (f64::from(digits) * 10f64.powi(exponent)) as f32);
    let row = (prop::collection::vec(number, 5), prop::bool::weighted(0.1));
    let row = row.prop_map(|(row, is_zero)| if is_zero { vec![0.0; 5] } else { row });
    prop::collection::vec(row, 2..8)
}

proptest! {
    /// Whatever sizes the rows have: a row that is accepted has cosines within -1 and 1, which are those of `f64`.
    #[test]
    fn cosines_are_those_of_f64_at_any_size(rows in prop_oneof![
        rows_of_sizes(-30, 17), rows_of_sizes(-45, -18), rows_of_sizes(-24, -20), rows_of_sizes(12, 17),
    ]) {
        let table = Array2::from_shape_vec((rows.len(), 5), rows.concat()).unwrap();
        let vectors = Vectors::new(table.clone(), Metric::Cosine).unwrap();
        let batch = vectors.search_batch(table.view(), rows.len(), |_, _| true).unwrap();
        for (id, row) in (0..).zip(&rows) {
            for (hits, how) in [(&batch[id as usize], "batch"), (&vectors.search(row, rows.len(), &|_| true).unwrap(), "one")] {
                prop_assert_eq!(hits.len(), rows.len(), "{}", how);
                for hit in hits {
                    is_cosine(hit.score, row, &rows[hit.id as usize]);
                }
            }
            for (other, second) in (0..).zip(&rows) {
                is_cosine(vectors.cosine(id, other), row, second);
                let product = kernels::dot(&vectors.unit(id), &vectors.unit(other));
                prop_assert!(product.abs() < 1.0 + 1e-6);
                prop_assert!((f64::from(product) - reference(row, second)).abs() < 1e-5);
            }
        }
    }

    /// Rows up to 1e30: refused where the square of the norm is no `f32`, else searched as any other.
    #[test]
    fn large_rows_are_refused_or_right(rows in rows_of_sizes(-30, 29)) {
        let table = Array2::from_shape_vec((rows.len(), 5), rows.concat()).unwrap();
        let Ok(vectors) = Vectors::new(table, Metric::Cosine) else {
            return Ok(());
        };
        for id in 0..rows.len() as u32 {
            for hit in vectors.similar(id, rows.len()).unwrap() {
                is_cosine(hit.score, &rows[id as usize], &rows[hit.id as usize]);
            }
        }
    }
}
