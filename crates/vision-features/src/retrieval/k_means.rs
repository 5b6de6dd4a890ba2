//! k-means: Lloyd's algorithm (1982) from centres drawn as by Arthur and Vassilvitskii (k-means++, 2007).

use guide_core::ndarray::{Array1, Array2, ArrayView2, Axis, s};
use guide_core::{EpochReport, Error, Progress, Result, Rng, kernels, report};
use rand::RngExt;
use rayon::prelude::*;

/// Rows whose distances to all centres are computed at once.
const SHARD: usize = 256;
/// Rows a centre that the first centres are drawn from; more make the first centres no better, only later.
const DRAWN_FROM: usize = 32;

/// A row's nearest centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Nearest {
    pub(super) centre: u32,
    /// `|row - centre|²`, with the rounding errors of `|row|² + |centre|² - 2 row·centre`.
    pub(super) squared: f32,
}

/// The nearest of `centres` (`[k, dim]`, at least one) to each of `rows` (`[n, dim]`), of equal ones the first.
pub(super) fn nearest(rows: ArrayView2<'_, f32>, centres: ArrayView2<'_, f32>) -> Vec<Nearest> {
    let halves: Array1<f32> = centres.map_axis(Axis(1), |c| 0.5 * c.dot(&c));
    let shards = (0..rows.nrows()).step_by(SHARD).collect::<Vec<_>>();
    let found = shards.par_iter().flat_map_iter(|&start| {
        let shard = rows.slice(s![start..(start + SHARD).min(rows.nrows()), ..]);
        let products = kernels::matmul(shard, centres.t());
        let nearest = shard.outer_iter().zip(products.outer_iter());
        let nearest = nearest.map(|(row, products)| {
            let mut best = (0, f32::NEG_INFINITY);
            for (centre, (product, half)) in products.iter().zip(&halves).enumerate() {
                let nearness = product - half;
                if nearness > best.1 {
                    best = (centre, nearness);
                }
            }
            Nearest {
                centre: best.0 as u32,
                squared: (row.dot(&row) - 2.0 * best.1).max(0.0),
            }
        });
        nearest.collect::<Vec<_>>()
    });
    found.collect()
}

/// `k` centres of `rows`, which stand in random order, after at most `n_iterations` rounds.
///
/// # Errors
/// [`Error::Unsuitable`] for fewer than `k` different rows.
pub(super) fn fit(
    rows: ArrayView2<'_, f32>,
    k: usize,
    n_iterations: usize,
    rng: &mut Rng,
    progress: &dyn Progress,
) -> Result<Array2<f32>> {
    if k > rows.nrows() {
        return Err(too_few(k, rows.nrows()));
    }
    let mut centres = first_centres(rows, k, rng)?;
    let mut before = Vec::new();
    for round in 1..=n_iterations {
        let found = nearest(rows, centres.view());
        let words: Vec<u32> = found.iter().map(|nearest| nearest.centre).collect();
        let loss = found.iter().map(|nearest| f64::from(nearest.squared));
        let state = EpochReport {
            algorithm: "visual-vocabulary",
            epoch: round,
            n_epochs: n_iterations,
            loss: Some(loss.sum::<f64>() / rows.nrows() as f64),
        };
        centres = means(rows, &found, &centres);
        if report(progress, state)?.is_break() || words == before {
            break;
        }
        before = words;
    }
    Ok(centres)
}

/// [`draw_centres`] from the first rows, or from all where those are too much alike.
fn first_centres(rows: ArrayView2<'_, f32>, k: usize, rng: &mut Rng) -> Result<Array2<f32>> {
    let enough = k.saturating_mul(DRAWN_FROM).min(rows.nrows());
    draw_centres(rows.slice(s![..enough, ..]), k, rng).or_else(|few| {
        if enough < rows.nrows() {
            draw_centres(rows, k, rng)
        } else {
            Err(few)
        }
    })
}

/// Centres drawn one after another, a row with a probability in proportion to its squared distance from those before.
fn draw_centres(rows: ArrayView2<'_, f32>, k: usize, rng: &mut Rng) -> Result<Array2<f32>> {
    let mut centres = Array2::zeros((k, rows.ncols()));
    let mut squared = vec![1.0; rows.nrows()];
    for drawn in 0..k {
        let row = draw(&squared, rng).ok_or_else(|| too_few(k, drawn))?;
        centres.row_mut(drawn).assign(&rows.row(row));
        let centre = rows.row(row);
        let centre = centre.as_slice().unwrap_or_default();
        let all = squared.par_iter_mut().enumerate().with_min_len(SHARD);
        all.for_each(|(index, least)| {
            let row = rows.row(index);
            let apart = kernels::squared_distance(row.as_slice().unwrap_or_default(), centre);
            *least = if drawn == 0 { apart } else { apart.min(*least) };
        });
    }
    Ok(centres)
}

fn too_few(k: usize, found: usize) -> Error {
    Error::Unsuitable {
        algorithm: "visual-vocabulary",
        needed: format!("{k} different descriptors for as many words, found {found}"),
    }
}

/// An index with a probability in proportion to its weight; `None` where all are 0.
fn draw(weights: &[f32], rng: &mut Rng) -> Option<usize> {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mut left = rng.random::<f64>() * total;
    let mut last = None;
    for (index, &weight) in weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0.0)
    {
        last = Some(index);
        left -= f64::from(weight);
        if left < 0.0 {
            break;
        }
    }
    last
}

/// The mean of the rows nearest to each centre; a centre without any moves to the row farthest from its own.
fn means(rows: ArrayView2<'_, f32>, nearest: &[Nearest], old: &Array2<f32>) -> Array2<f32> {
    let mut members = vec![Vec::new(); old.nrows()];
    for (row, nearest) in nearest.iter().enumerate() {
        members[nearest.centre as usize].push(row);
    }
    let mut centres = old.clone();
    let empty: Vec<usize> = (0..members.len())
        .filter(|&c| members[c].is_empty())
        .collect();
    if !empty.is_empty() {
        let mut farthest: Vec<usize> = (0..nearest.len()).collect();
        farthest.sort_by(|&a, &b| nearest[b].squared.total_cmp(&nearest[a].squared));
        for (centre, row) in empty.into_iter().zip(farthest) {
            centres.row_mut(centre).assign(&rows.row(row));
        }
    }
    let dim = rows.ncols().max(1);
    let all = centres
        .as_slice_mut()
        .unwrap_or_default()
        .par_chunks_mut(dim)
        .zip(&members);
    all.filter(|(_, members)| !members.is_empty())
        .for_each(|(centre, members)| {
            let mut sums = vec![0.0f64; dim];
            for &row in members {
                for (sum, &value) in sums.iter_mut().zip(rows.row(row)) {
                    *sum += f64::from(value);
                }
            }
            for (mean, sum) in centre.iter_mut().zip(sums) {
                *mean = (sum / members.len() as f64) as f32;
            }
        });
    centres
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Mutex;

    use guide_core::ndarray::array;
    use guide_core::{Silent, seeded};

    use super::*;

    fn sorted(centres: &Array2<f32>) -> Vec<Vec<f32>> {
        let mut rows: Vec<Vec<f32>> = centres.outer_iter().map(|row| row.to_vec()).collect();
        rows.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        rows
    }

    #[test]
    fn separated_clusters_are_found_exactly() {
        // Four points around each of three places; their means are the places.
        let places = [[0.0, 0.0], [100.0, 0.0], [40.0, 200.0]];
        let around = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];
        let rows = Array2::from_shape_fn((12, 2), |(row, at)| {
            places[row % 3][at] + around[row / 3][at]
        });
        for seed in 0..20 {
            let centres = fit(rows.view(), 3, 10, &mut seeded(seed), &Silent).unwrap();
            assert_eq!(sorted(&centres), [[0.0, 0.0], [40.0, 200.0], [100.0, 0.0]]);
        }
    }

    #[test]
    fn nearest_is_by_distance_and_the_first_of_equal_ones() {
        let centres = array![[0.0, 0.0], [4.0, 0.0], [4.0, 0.0]];
        let found = nearest(
            array![[1.0, 1.0], [2.0, 0.0], [4.0, 3.0]].view(),
            centres.view(),
        );
        let expected = [(0, 2.0), (0, 4.0), (1, 9.0)];
        assert_eq!(
            found,
            expected.map(|(centre, squared)| Nearest { centre, squared })
        );
        assert!(nearest(Array2::zeros((0, 2)).view(), centres.view()).is_empty());
    }

    #[test]
    fn a_centre_without_rows_moves_to_the_farthest() {
        let rows = array![[0.0, 0.0], [2.0, 0.0], [10.0, 0.0]];
        let old = array![[1.0, 0.0], [50.0, 50.0], [60.0, 60.0]];
        let found = nearest(rows.view(), old.view());
        // All belong to the first; (10, 0) is farthest from it, and of the other two the first comes next.
        let expected = array![[4.0, 0.0], [10.0, 0.0], [0.0, 0.0]];
        assert_eq!(means(rows.view(), &found, &old), expected);
    }

    #[test]
    fn too_few_different_rows_are_refused() {
        let error = fit(Array2::ones((9, 2)).view(), 2, 5, &mut seeded(0), &Silent).unwrap_err();
        assert_eq!(
            error.to_string(),
            "visual-vocabulary needs 2 different descriptors for as many words, found 1"
        );
        for k in [1, usize::MAX] {
            let error = fit(Array2::zeros((0, 2)).view(), k, 5, &mut seeded(0), &Silent).err();
            assert!(matches!(error, Some(Error::Unsuitable { .. })), "{k}");
        }
        // The only other one lies beyond those that the first centres are drawn from.
        let mut rows = Array2::ones((2 * DRAWN_FROM + 1, 2));
        rows[(2 * DRAWN_FROM, 0)] = 5.0;
        let centres = fit(rows.view(), 2, 5, &mut seeded(0), &Silent).unwrap();
        assert_eq!(sorted(&centres), [[1.0, 1.0], [5.0, 1.0]]);
    }

    /// Notes the losses and stops after some.
    struct Losses(Mutex<Vec<f64>>, usize);

    impl Progress for Losses {
        fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
            let mut losses = self.0.lock().unwrap();
            losses.extend(report.loss);
            if losses.len() == self.1 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }

    #[test]
    fn rounds_lessen_the_loss_and_can_be_stopped() {
        let mut rng = seeded(3);
        let rows = Array2::from_shape_simple_fn((2000, 4), || rng.random_range(0..256) as f32);
        let losses_of = |stop_after| {
            let losses = Losses(Mutex::default(), stop_after);
            fit(rows.view(), 30, 8, &mut seeded(1), &losses).unwrap();
            losses.0.into_inner().unwrap()
        };
        let losses = losses_of(usize::MAX);
        assert_eq!(losses.len(), 8);
        assert!(losses.is_sorted_by(|a, b| a > b), "{losses:?}");
        assert_eq!(losses_of(3), losses[..3]);
    }
}
