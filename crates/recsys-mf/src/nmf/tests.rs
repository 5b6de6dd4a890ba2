use guide_core::{Cancel, EarlyStopping, Error, Fit, Silent, testing};
use recsys_core::testing::{self as checks, Agreement, History};
use recsys_core::{FoldIn, Interactions, ItemId, Model, RatingPredictor, Recommender, UserId};

use super::NmfParams;
use crate::fixtures;

/// What `scripts/golden/surprise_mf.py` gives each kind of number.
const TERMS: [(&str, &str); 6] = [
    ("lr_bu", "0.01"),
    ("lr_bi", "0.02"),
    ("reg_bu", "0.1"),
    ("reg_bi", "0.05"),
    ("reg_pu", "0.2"),
    ("reg_qi", "0.3"),
];

fn small() -> NmfParams {
    NmfParams::surprise().n_factors(6).n_epochs(5).seed(1)
}

#[test]
fn from_the_same_start_it_equals_surprise() {
    let data = fixtures::golden_ratings();
    let (users, items) = (
        fixtures::start("nmf_start", "users"),
        fixtures::start("nmf_start", "items"),
    );
    for (name, biased) in [("nmf", false), ("nmf_biased", true)] {
        let params = NmfParams::surprise()
            .n_factors(5)
            .n_epochs(10)
            .biased(biased);
        let model = params.fit_from(&data, &users, &items, &Silent).unwrap();
        fixtures::assert_golden(&model, name, 2e-5);
    }
    let params = NmfParams::surprise().n_factors(5).n_epochs(10).biased(true);
    let terms = fixtures::terms(&params, &TERMS);
    let model = terms.fit_from(&data, &users, &items, &Silent).unwrap();
    fixtures::assert_golden(&model, "nmf_terms", 2e-5);
}

#[test]
fn one_step_by_hand() {
    let data = fixtures::ratings(&[("a", "x", 4.0), ("a", "y", 1.0)]);
    let params = NmfParams::surprise()
        .n_factors(1)
        .n_epochs(1)
        .regularization(0.5);
    let model = params
        .fit_from(&data, &[2.0], &[1.0, 3.0], &Silent)
        .unwrap();
    // p = 2 (1·4 + 3·1) / (1·2 + 3·6 + 2·0.5·2), q_x = 1 (2·4) / (2·2 + 0.5), q_y = 3 (2·1) / (2·6 + 0.5·3)
    let near = |a: f32, b: f32| assert!((a - b).abs() < 1e-6, "{a} {b}");
    near(model.user_factors()[[0, 0]], 14.0 / 22.0);
    near(model.item_factors()[[0, 0]], 8.0 / 4.5);
    near(model.item_factors()[[1, 0]], 6.0 / 13.5);
}

#[test]
fn it_finds_a_hidden_structure_without_a_negative_number() {
    let (train, test) = fixtures::low_rank_split(400, 300, 24_000, 3);
    let baseline = crate::Baseline::params().fit(&train).unwrap();
    for biased in [false, true] {
        let params = NmfParams::surprise()
            .n_factors(8)
            .n_epochs(150)
            .regularization(0.02)
            .biased(biased);
        let model = testing::same_for_one_and_two_threads(|| params.fit(&train).unwrap());
        let numbers = model.user_factors();
        assert!(
            numbers
                .iter()
                .chain(model.item_factors().iter())
                .all(|&x| x >= 0.0)
        );
        let rmse = |model: &dyn RatingPredictor| fixtures::rmse(model, &test);
        let (nmf, baseline) = (rmse(&model), rmse(&baseline));
        assert!(
            nmf < 0.7 * baseline,
            "nmf {nmf}, baseline {baseline}, biased {biased}"
        );
    }
}

#[test]
fn keeps_the_contracts() {
    let long = NmfParams::surprise().n_factors(2).n_epochs(200);
    checks::solves_checkerboard(&checks::rated_checkerboard(), |data| long.fit(data));
    checks::similar_items(&checks::rated_checkerboard(), |data| long.fit(data));
    checks::similar_users(&checks::rated_checkerboard(), |data| long.fit(data));
    for biased in [false, true] {
        let fit = |data: &Interactions| small().biased(biased).fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        checks::explain(1e-5, fit);
        let long = small().biased(biased).n_epochs(500);
        checks::fold_in(History::Ratings, Agreement::Top10(0.9), |data| {
            long.fit(data)
        });
        let model = fit(&fixtures::golden_ratings()).unwrap();
        checks::persist(&model, |model| {
            let mut scores = vec![0.0; model.n_items()];
            model.score_items(UserId(3), &mut scores).unwrap();
            (scores, model.clone())
        });
    }
}

#[test]
fn a_new_shopper_stands_where_the_updates_rest() {
    let data = fixtures::golden_ratings();
    for biased in [false, true] {
        let pulls = small().reg_pu(Some(0.1)).reg_bu(Some(0.05));
        let model = pulls.n_epochs(30).biased(biased).fit(&data).unwrap();
        let history = fixtures::rated_history(&data, UserId(3));
        let n = history.len() as f32;
        let mut folded = vec![0.0; model.n_items()];
        model.score_for(&history, &mut folded).unwrap();
        let (bias, vector) = model.fold_in(&history);
        for (f, &x) in vector.iter().enumerate() {
            let q = |item: ItemId| model.item_factors()[[item.index(), f]];
            let above: f32 = history.iter().map(|&(item, rating)| q(item) * rating).sum();
            let below: f32 = history
                .iter()
                .map(|&(item, _)| q(item) * folded[item.index()])
                .sum();
            let updated = x * above / (below + 0.1 * n * x);
            assert!((updated - x).abs() < 1e-4, "{updated} {x}");
            assert!(
                x > 0.0 || above <= below + 1e-4,
                "{above} {below}: more would fit better"
            );
        }
        let errors: f32 = history
            .iter()
            .map(|&(item, rating)| rating - folded[item.index()])
            .sum();
        assert!(!biased || (errors - 0.05 * n * bias).abs() < 1e-3);
    }
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("n_factors", "7"),
        ("n_epochs", "6"),
        ("biased", "false"),
        ("regularization", "0.1"),
        ("bias_regularization", "0.1"),
        ("bias_learning_rate", "0.01"),
        ("init_low", "0.1"),
        ("init_high", "2"),
        ("seed", "2"),
    ];
    let data = fixtures::golden_ratings();
    let params = small().biased(true);
    let answer = |params: &NmfParams| fixtures::answer(params, &data);
    testing::params_have_effect(&params, &changes, answer);
    testing::params_have_effect(&params, &TERMS, answer);
    for (term, _) in TERMS {
        testing::refuses(&params, &[(term, "-1"), (term, "much")]);
    }
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("n_epochs", "0"),
        ("regularization", "-1"),
        ("bias_regularization", "-1"),
        ("bias_learning_rate", "0"),
        ("init_low", "-1"),
        ("init_high", "0"),
    ];
    testing::refuses(&params, &bad);
}

#[test]
fn can_be_stopped_and_cancelled() {
    let data = fixtures::golden_ratings();
    let cancel = Cancel::default();
    cancel.cancel();
    let one = small().n_epochs(1).fit(&data).unwrap();
    assert_eq!(
        small().fit_with(&data, &cancel).unwrap().user_factors(),
        one.user_factors()
    );
    let stop = EarlyStopping::new(1, 10.0);
    let two = small().n_epochs(2).fit(&data).unwrap();
    assert_eq!(
        small().fit_with(&data, &stop).unwrap().user_factors(),
        two.user_factors()
    );
}

#[test]
fn unsuitable_data_and_divergence_are_errors() {
    let refused = small()
        .biased(true)
        .bias_learning_rate(1e20)
        .fit(&fixtures::golden_ratings());
    assert!(
        matches!(
            refused,
            Err(Error::Diverged {
                algorithm: "nmf",
                ..
            })
        ),
        "{refused:?}"
    );
    let refused = small()
        .fit(&fixtures::events(&[("a", "x", 1.0)]))
        .unwrap_err()
        .to_string();
    assert_eq!(refused, "nmf needs ratings, but the interactions have none");
    let refused = small()
        .fit(&fixtures::ratings(&[("a", "x", -1.0)]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        refused,
        "nmf needs ratings that are not negative, but there is one of -1"
    );
}
