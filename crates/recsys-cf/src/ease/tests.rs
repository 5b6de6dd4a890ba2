use std::ops::ControlFlow;

use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit};
use recsys_core::testing::{
    self, Agreement, History, checkerboard, events, ratings_with_taste, small_ratings,
};
use recsys_core::{Duplicates, Interactions, ItemId, Recommender, UserId};

use super::*;

fn small() -> Interactions {
    Interactions::new(&small_ratings(1), Duplicates::Refuse).unwrap()
}

fn fit(data: &Interactions) -> Result<Ease> {
    Ease::params().regularization(10.0).fit(data)
}

#[test]
fn keeps_the_contracts() {
    testing::recommender(fit);
    testing::fold_in(History::Weights, Agreement::Scores(1e-5), fit);
    testing::explain(1e-5, fit);
    testing::solves_checkerboard(&checkerboard(), fit);
    testing::similar_items(&checkerboard(), fit);
    testing::similar_users(&checkerboard(), fit);
    testing::persist(&fit(&small()).unwrap(), |ease| {
        (ease.recommend(UserId(3), 5, &[]).unwrap(), ease.clone())
    });
}

/// The inverse by Gauss and Jordan in double precision.
fn inverse(mut a: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = a.len();
    for (i, row) in a.iter_mut().enumerate() {
        row.extend((0..n).map(|j| f64::from(u8::from(i == j))));
    }
    for k in 0..n {
        let pivot = a[k][k];
        a[k].iter_mut().for_each(|x| *x /= pivot);
        let row = a[k].clone();
        for (_, other) in a.iter_mut().enumerate().filter(|&(i, _)| i != k) {
            let factor = other[k];
            other
                .iter_mut()
                .zip(&row)
                .for_each(|(x, y)| *x -= factor * y);
        }
    }
    a.into_iter().map(|row| row[n..].to_vec()).collect()
}

#[test]
fn equals_the_formula_in_double_precision() {
    let data = small();
    let n = data.n_items();
    let mut gram = vec![vec![0.0; n]; n];
    for user in (0..data.n_users() as u32).map(UserId) {
        for (i, x) in data.history_of(user) {
            for (j, y) in data.history_of(user) {
                gram[i.index()][j.index()] += f64::from(x) * f64::from(y);
            }
        }
    }
    (0..n).for_each(|i| gram[i][i] += 10.0);
    let p = inverse(gram);
    let ease = fit(&data).unwrap();
    for ((i, j), &weight) in ease.weights().indexed_iter() {
        let expected = if i == j { 0.0 } else { -p[i][j] / p[j][j] };
        assert!((f64::from(weight) - expected).abs() < 1e-5, "({i}, {j})");
    }
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let answer = |params: &EaseParams| {
        params
            .fit(&small())
            .ok()
            .map(|ease| ease.weights().to_owned())
    };
    let changes = [("regularization", "11"), ("max_bytes", "1000")];
    params_have_effect(&Ease::params(), &changes, answer);
    refuses(
        &Ease::params(),
        &[
            ("regularization", "0"),
            ("regularization", "-1"),
            ("max_bytes", "-1"),
        ],
    );
}

#[test]
fn too_much_memory_is_refused_with_the_bytes() {
    let error = Ease::params().max_bytes(1000).fit(&small()).unwrap_err();
    // 40 items: 4 · 40 · (40 + 2 · 64) bytes.
    let expected = "EASE of 40 items needs 26880 bytes, above max_bytes = 1000";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_regularization_below_single_precision_is_refused_by_name() {
    let always_together = events(&[
        ("ann", "tea"),
        ("ann", "cup"),
        ("bob", "tea"),
        ("bob", "cup"),
    ]);
    let error = Ease::params().regularization(1e-9).fit(&always_together);
    assert!(matches!(error, Err(Error::Param { name, .. }) if name == "regularization"));
}

#[test]
fn weights_of_events_count() {
    let ease = fit(&small()).unwrap();
    let history = [(ItemId(3), 1.0), (ItemId(7), 2.0)];
    let mut scores = vec![0.0; 40];
    recsys_core::FoldIn::score_for(&ease, &history, &mut scores).unwrap();
    let expected = ease.weights()[(3, 9)] + 2.0 * ease.weights()[(7, 9)];
    assert!((scores[9] - expected).abs() < 1e-6);
}

/// Ends a training after the first report.
struct AtOnce;

impl Progress for AtOnce {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[test]
fn ended_early_the_first_items_speak_as_if_there_were_no_more() {
    let data = Interactions::new(&ratings_with_taste(300, 100, 3000, 1), Duplicates::Refuse);
    let data = data.unwrap();
    let ease = Ease::params().regularization(10.0);
    let ended = ease.fit_with(&data, &AtOnce).unwrap();
    let n = data.n_items();
    let mut gram = vec![vec![0.0; n]; n];
    for user in (0..data.n_users() as u32).map(UserId) {
        for (i, x) in data.history_of(user) {
            for (j, y) in data.history_of(user) {
                gram[i.index()][j.index()] += f64::from(x) * f64::from(y);
            }
        }
    }
    (0..n).for_each(|i| gram[i][i] += 10.0);
    // The block of the first 64 items; the others are explained by these alone.
    let p = inverse((0..64).map(|i| gram[i][..64].to_vec()).collect());
    for ((i, j), &weight) in ended.weights().indexed_iter() {
        let expected = match (i < 64, j < 64) {
            (false, _) => 0.0,
            (true, true) if i == j => 0.0,
            (true, true) => -p[i][j] / p[j][j],
            (true, false) => (0..64).map(|k| p[i][k] * gram[k][j]).sum(),
        };
        assert!((f64::from(weight) - expected).abs() < 1e-4, "({i}, {j})");
    }
}
