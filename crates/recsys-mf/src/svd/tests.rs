//! Golden values, solves by another way, and what every trainer promises.

use guide_core::{Cancel, EarlyStopping, Error, Fit, Persist, Silent, testing};
use recsys_core::{
    Basis, FoldIn, Interactions, ItemId, RatingPredictor, UserId, testing as checks,
};

use super::SvdParams;
use crate::fixtures;

/// What `scripts/golden/surprise_mf.py` gives each kind of number.
const TERMS: [(&str, &str); 8] = [
    ("lr_bu", "0.01"),
    ("lr_bi", "0.02"),
    ("lr_pu", "0.03"),
    ("lr_qi", "0.015"),
    ("reg_bu", "0.1"),
    ("reg_bi", "0.05"),
    ("reg_pu", "0.2"),
    ("reg_qi", "0.3"),
];

fn small() -> SvdParams {
    SvdParams::surprise().n_factors(6).n_epochs(5).seed(1)
}

#[test]
fn from_the_same_start_it_equals_surprise() {
    let data = fixtures::golden_ratings();
    let (users, items) = (
        fixtures::start("svd_start", "users"),
        fixtures::start("svd_start", "items"),
    );
    let params = SvdParams::surprise().n_factors(5).n_epochs(10);
    let model = params.fit_from(&data, &users, &items, &Silent).unwrap();
    fixtures::assert_golden(&model, "svd", 1e-5);
    let terms = fixtures::terms(&params, &TERMS);
    let model = terms.fit_from(&data, &users, &items, &Silent).unwrap();
    fixtures::assert_golden(&model, "svd_terms", 1e-5);
    let plain = params.biased(false).learning_rate(0.02);
    let model = plain.fit_from(&data, &users, &items, &Silent).unwrap();
    fixtures::assert_golden(&model, "svd_unbiased", 1e-5);
    let unknown = model.predict(Some(UserId(0)), None);
    assert_eq!(unknown.basis, Basis::UnknownItem);
}

#[test]
fn it_finds_a_hidden_structure() {
    let (train, test) = fixtures::low_rank_split(400, 300, 24_000, 3);
    let baseline = crate::Baseline::params().fit(&train).unwrap();
    let svd = SvdParams::surprise()
        .n_factors(8)
        .n_epochs(40)
        .learning_rate(0.02)
        .fit(&train)
        .unwrap();
    let plain = SvdParams::surprise()
        .biased(false)
        .n_factors(8)
        .n_epochs(60)
        .learning_rate(0.02);
    let plain = plain.fit(&train).unwrap();
    let rmse = |model: &dyn RatingPredictor| fixtures::rmse(model, &test);
    let (b, s, p) = (rmse(&baseline), rmse(&svd), rmse(&plain));
    assert!(
        s < 0.6 * b && p < 0.65 * b,
        "baseline {b}, svd {s}, plain {p}"
    );
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let data = fixtures::low_rank(300, 200, 20_000, 3);
    testing::same_for_one_and_two_threads(|| small().fit(&data).unwrap());
}

#[test]
fn every_parameter_has_an_effect() {
    let data = fixtures::golden_ratings();
    let changes = [
        ("n_factors", "7"),
        ("n_epochs", "6"),
        ("biased", "false"),
        ("learning_rate", "0.01"),
        ("regularization", "0.1"),
        ("init_deviation", "0.2"),
        ("seed", "2"),
    ];
    let answer = |params: &SvdParams| fixtures::answer(params, &data);
    testing::params_have_effect(&small(), &changes, answer);
    testing::params_have_effect(&small(), &TERMS, answer);
}

#[test]
fn bad_parameters_are_refused_by_name() {
    testing::refuses(
        &small(),
        &[
            ("n_factors", "0"),
            ("n_factors", "1000000000000"),
            ("n_epochs", "0"),
            ("learning_rate", "0"),
            ("regularization", "-1"),
            ("init_deviation", "0"),
        ],
    );
    for (term, _) in TERMS {
        testing::refuses(&small(), &[(term, "-1"), (term, "much")]);
    }
}

#[test]
fn rates_that_are_told_apart_but_equal_change_nothing() {
    let data = fixtures::golden_ratings();
    let shared = small().fit(&data).unwrap();
    let apart = small().lr_pu(Some(0.005)).reg_qi(Some(0.02));
    assert_eq!(apart.fit(&data).unwrap().factors, shared.factors);
    // The path for rates that differ, at a difference that does not show.
    let uneven = small().reg_qi(Some(0.020_001)).fit(&data).unwrap();
    let (users, expected) = (uneven.user_factors(), shared.user_factors());
    for (x, expected) in users.iter().zip(expected) {
        assert!((x - expected).abs() < 1e-6, "{x} {expected}");
    }
}

#[test]
fn a_step_too_far_after_an_early_stop_names_the_epoch_it_came_to() {
    // The first error is finite, the numbers after it are not.
    let cancel = Cancel::default();
    cancel.cancel();
    let data = fixtures::ratings(&[("a", "x", 1.0), ("b", "x", 5.0)]);
    let params = small()
        .n_epochs(9)
        .learning_rate(f32::MAX)
        .regularization(0.0);
    let params = params.lr_bu(Some(0.1)).lr_bi(Some(0.1));
    let error = params.fit_with(&data, &cancel).unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 1, .. }), "{error}");
}

#[test]
fn a_new_shopper_gets_what_a_dense_solve_gives() {
    let data = fixtures::golden_ratings();
    for biased in [true, false] {
        let model = small()
            .biased(biased)
            .reg_pu(Some(0.1))
            .reg_bu(Some(0.2))
            .n_epochs(30)
            .fit(&data)
            .unwrap();
        let history = fixtures::rated_history(&data, UserId(3));
        let (bias, vector) = model.fold_in(&history);
        // The solution is where the gradient of Σ e² + n (0.2 b² + 0.1 |p|²) is 0.
        let n = history.len() as f64;
        let mut gradient = vec![0.0; 7];
        for &(item, rating) in &history {
            let fixed = f64::from(model.factors.estimate(None, Some(item.index())) + bias);
            let q = model.factors.items.row(item.0);
            let product: f64 = q.iter().zip(&vector).map(|(q, p)| f64::from(q * p)).sum();
            let error = f64::from(rating) - fixed - product;
            gradient[6] += error;
            gradient
                .iter_mut()
                .zip(q)
                .for_each(|(g, q)| *g += error * f64::from(*q));
        }
        gradient
            .iter_mut()
            .zip(&vector)
            .for_each(|(g, p)| *g -= 0.1 * n * f64::from(*p));
        gradient[6] -= 0.2 * n * f64::from(bias);
        if !biased {
            assert_eq!(bias, 0.0);
            gradient[6] = 0.0;
        }
        assert!(gradient.iter().all(|g| g.abs() < 1e-4), "{gradient:?}");

        let mut scores = vec![0.0; 18];
        model.score_for(&history, &mut scores).unwrap();
        let q = model.factors.items.row(5);
        let product: f32 = q.iter().zip(&vector).map(|(q, p)| q * p).sum();
        let expected = model.factors.estimate(None, Some(5)) + bias + product;
        assert!((scores[5] - expected).abs() < 1e-5);
    }
}

#[test]
fn a_diverging_training_is_an_error_that_names_its_epoch() {
    let error = small()
        .learning_rate(10.0)
        .n_epochs(50)
        .fit(&fixtures::golden_ratings())
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                algorithm: "svd",
                epoch: 1..50,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn training_can_be_stopped() {
    let data = fixtures::golden_ratings();
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = small().fit_with(&data, &cancel).unwrap();
    assert_eq!(
        stopped.factors,
        small().n_epochs(1).fit(&data).unwrap().factors
    );
    let early = small()
        .n_epochs(1000)
        .fit_with(&data, &EarlyStopping::new(1, 0.01))
        .unwrap();
    assert_ne!(
        early.factors,
        small().n_epochs(1000).fit(&data).unwrap().factors
    );
}

#[test]
fn it_keeps_every_contract() {
    let enough = SvdParams::surprise()
        .n_factors(10)
        .n_epochs(300)
        .learning_rate(0.02);
    checks::solves_checkerboard(&checks::rated_checkerboard(), |data| enough.fit(data));
    checks::similar_items(&checks::rated_checkerboard(), |data| enough.fit(data));
    checks::similar_users(&checks::rated_checkerboard(), |data| enough.fit(data));
    for biased in [true, false] {
        let fit = |data: &Interactions| small().biased(biased).fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        checks::explain(1e-5, fit);
    }
    let agreement = checks::Agreement::Top10(0.9);
    checks::fold_in(checks::History::Ratings, agreement, |data| enough.fit(data));
}

#[test]
fn it_survives_a_trip_through_a_file_and_refuses_a_damaged_one() {
    let mut model = small().fit(&fixtures::golden_ratings()).unwrap();
    checks::persist(&model, |model| {
        model.predict(Some(UserId(1)), Some(ItemId(3)))
    });
    model.factors.user_biases.pop();
    assert!(model.check().is_err());
    let error = small()
        .fit(&fixtures::events(&[("a", "x", 1.0)]))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "svd needs ratings, but the interactions have none"
    );
}
