use guide_core::{Cancel, EarlyStopping, testing};
use recsys_core::testing::{
    Agreement, History, checkerboard, explain, fold_in, persist, recommender, similar_items,
    similar_users, solves_checkerboard,
};
use recsys_core::{Model, Recommender};

use super::*;
use crate::fixtures;

fn params() -> PureSvdParams {
    PureSvd::params().n_factors(5)
}

fn scores(model: &PureSvd, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

fn all_scores(params: &PureSvdParams) -> Vec<f32> {
    let model = params.fit(&fixtures::low_rank(90, 70, 2000, 1)).unwrap();
    (0..90).flat_map(|user| scores(&model, user)).collect()
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| params().fit(data);
    solves_checkerboard(&checkerboard(), |data| {
        PureSvd::params().n_factors(2).fit(data)
    });
    recommender(fit);
    fold_in(History::Weights, Agreement::Scores(1e-5), fit);
    explain(1e-4, fit);
    similar_items(&checkerboard(), |data| {
        PureSvd::params().n_factors(2).fit(data)
    });
    similar_users(&checkerboard(), |data| {
        PureSvd::params().n_factors(2).fit(data)
    });
    let data = checkerboard();
    persist(&params().fit(&data).unwrap(), |model| {
        (scores(model, 3), model.clone())
    });
}

#[test]
fn with_all_factors_the_score_is_the_history_itself() {
    let data = fixtures::events(&[
        ("a", "x", 1.0),
        ("a", "y", 2.0),
        ("b", "y", 1.0),
        ("c", "z", 3.0),
    ]);
    let model = PureSvd::params().fit(&data).unwrap();
    assert_eq!(model.singular_values().len(), 3);
    let expected = [[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]];
    for (user, expected) in (0..).zip(expected) {
        for (score, expected) in scores(&model, user).iter().zip(expected) {
            assert!((score - expected).abs() < 1e-4, "{score} {expected}");
        }
    }
}

#[test]
fn the_vectors_are_singular() {
    // AᵀA v = σ² v, to the accuracy of f32, after enough power iterations.
    let data = fixtures::low_rank(90, 70, 2000, 1);
    let model = params().n_iter(60).fit(&data).unwrap();
    let columns = data.by_item();
    let vectors = model.item_factors();
    for (k, &value) in model.singular_values().iter().enumerate() {
        for item in (0..70).map(ItemId) {
            let users = columns.users_of(item).iter();
            let product: f32 = users
                .map(|user| model.user_factors()[[user.index(), k]])
                .sum();
            let expected = value * value * vectors[[item.index(), k]];
            assert!(
                (product - expected).abs() < 1e-3 * value * value,
                "{k}: {product} {expected}"
            );
        }
    }
}

#[test]
fn more_directions_than_the_rank_add_nothing() {
    let data = fixtures::events(&[
        ("a", "x", 1.0),
        ("a", "y", 1.0),
        ("b", "x", 2.0),
        ("b", "y", 2.0),
    ]);
    let model = params().fit(&data).unwrap();
    assert_eq!(model.item_factors().ncols(), 1);
    assert!((model.singular_values()[0] - 10_f32.sqrt()).abs() < 1e-5);
    let nothing = fixtures::events(&[("a", "x", 0.0), ("b", "y", 0.0)]);
    assert_eq!(scores(&params().fit(&nothing).unwrap(), 0), [0.0, 0.0]);
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let params = params().n_iter(1).oversampling(2);
    testing::refuses(
        &params,
        &[
            ("n_factors", "0"),
            ("n_factors", "1000000000000"),
            ("n_iter", "-1"),
            ("oversampling", "-1"),
        ],
    );
    let changes = [
        ("n_factors", "6"),
        ("n_iter", "2"),
        ("oversampling", "3"),
        ("seed", "1"),
    ];
    testing::params_have_effect(&params, &changes, all_scores);
}

#[test]
fn can_be_cancelled() {
    let cancel = Cancel::default();
    cancel.cancel();
    let data = fixtures::low_rank(90, 70, 2000, 1);
    let stopped = params().fit_with(&data, &cancel).unwrap();
    assert_eq!(
        stopped.item_factors(),
        params().n_iter(1).fit(&data).unwrap().item_factors()
    );
}

#[test]
fn without_a_loss_early_stopping_lets_it_end() {
    let data = fixtures::low_rank(90, 70, 2000, 1);
    let stop = EarlyStopping::new(1, 10.0);
    let whole = params().fit(&data).unwrap();
    assert_eq!(
        params().fit_with(&data, &stop).unwrap().item_factors(),
        whole.item_factors()
    );
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    // More rows on each side than one thread takes at a time.
    let data = fixtures::low_rank(400, 300, 20_000, 3);
    testing::same_for_one_and_two_threads(|| params().fit(&data).unwrap());
}

#[test]
fn a_weight_beyond_f32_is_an_error() {
    let data = fixtures::events(&[("a", "x", 3e38), ("b", "x", 3e38), ("b", "y", 3e38)]);
    assert!(params().fit(&data).is_err());
}
