use guide_core::{Cancel, testing};
use recsys_core::Model;
use recsys_core::testing::{
    Agreement, History, checkerboard, explain, fold_in, persist, recommender, similar_items,
    similar_users, solves_checkerboard,
};

use super::*;
use crate::fixtures;

fn params() -> GraphFilterParams {
    GraphFilter::params().n_factors(5)
}

fn scores(model: &GraphFilter, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

fn all_scores(params: &GraphFilterParams) -> Vec<f32> {
    let model = params.fit(&fixtures::low_rank(90, 70, 2000, 1)).unwrap();
    (0..90).flat_map(|user| scores(&model, user)).collect()
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| params().fit(data);
    solves_checkerboard(&checkerboard(), |data| params().n_factors(2).fit(data));
    recommender(fit);
    fold_in(History::Weights, Agreement::Scores(1e-5), fit);
    explain(1e-4, fit);
    similar_items(&checkerboard(), |data| params().n_factors(2).fit(data));
    similar_users(&checkerboard(), |data| params().n_factors(2).fit(data));
    persist(&params().fit(&checkerboard()).unwrap(), |model| {
        (scores(model, 3), model.clone())
    });
}

/// `s_u = w_u (P + β D^-½ V Vᵀ D^½) Σ_k (−T P)^k / k!` with tables, in f64, for all singular vectors, where `V Vᵀ P = P` turns
/// the ideal filter into the projection on the span of the rows: with as many items as that span has dimensions, into 1.
#[test]
fn it_equals_its_formula_written_out() {
    let events = [
        ("a", "x", 1.0),
        ("a", "y", 2.0),
        ("b", "y", 1.0),
        ("b", "z", 1.0),
        ("c", "x", 0.5),
        ("d", "z", 3.0),
        ("d", "x", 1.0),
    ];
    let data = fixtures::events(&events);
    let (beta, time) = (0.3, 1.5);
    let params = GraphFilter::params()
        .ideal_weight(beta as f32)
        .sharpening(time as f32);
    let model = params.fit(&data).unwrap();
    assert_eq!(model.item_factors().ncols(), 3);
    let weight = |u: usize, i: usize| {
        let (user, item) = (["a", "b", "c", "d"][u], ["x", "y", "z"][i]);
        let found = events
            .iter()
            .find(|event| (event.0, event.1) == (user, item));
        found.map_or(0.0, |event| f64::from(event.2))
    };
    let user_sum = |u: usize| (0..3).map(|i| weight(u, i)).sum::<f64>();
    let item_sum = |i: usize| (0..4).map(|u| weight(u, i)).sum::<f64>();
    let n = |u: usize, i: usize| weight(u, i) / (user_sum(u) * item_sum(i)).sqrt();
    let p = |i: usize, j: usize| (0..4).map(|u| n(u, i) * n(u, j)).sum::<f64>();
    let by_p = |row: [f64; 3]| [0, 1, 2].map(|j| (0..3).map(|i| row[i] * p(i, j)).sum::<f64>());
    for user in 0..4 {
        let own = [0, 1, 2].map(|i| weight(user, i));
        let passed = by_p(own);
        let mut term = [0, 1, 2].map(|i| passed[i] + beta * own[i]);
        let mut expected = term;
        for k in 1..=4 {
            term = by_p(term).map(|x| -time / f64::from(k) * x);
            expected = [0, 1, 2].map(|i| expected[i] + term[i]);
        }
        for (score, expected) in scores(&model, user as u32).iter().zip(expected) {
            assert!(
                (f64::from(*score) - expected).abs() < 1e-5,
                "{score} {expected}"
            );
        }
    }
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let params = params().n_iter(1).oversampling(2);
    testing::refuses(
        &params,
        &[
            ("n_factors", "0"),
            ("n_factors", "1000000000000"),
            ("ideal_weight", "-1"),
            ("sharpening", "-0.5"),
            ("sharpening", "11"),
            ("n_iter", "-1"),
            ("oversampling", "-1"),
        ],
    );
    let changes = [
        ("n_factors", "6"),
        ("ideal_weight", "0.5"),
        ("sharpening", "1"),
        ("n_iter", "2"),
        ("oversampling", "3"),
        ("seed", "1"),
    ];
    testing::params_have_effect(&params, &changes, all_scores);
}

#[test]
fn weights_of_zero_are_nothing() {
    let nothing = fixtures::events(&[("a", "x", 0.0), ("b", "y", 0.0)]);
    assert_eq!(scores(&params().fit(&nothing).unwrap(), 0), [0.0, 0.0]);
}

#[test]
fn can_be_cancelled() {
    let cancel = Cancel::default();
    cancel.cancel();
    let data = fixtures::low_rank(90, 70, 2000, 1);
    let stopped = params().fit_with(&data, &cancel).unwrap();
    let once = params().n_iter(1).fit(&data).unwrap();
    assert_eq!(stopped.item_factors(), once.item_factors());
}
