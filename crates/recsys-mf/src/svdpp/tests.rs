use guide_core::{Cancel, EarlyStopping, Error, Fit, Silent, testing};
use recsys_core::testing::{self as checks, Agreement, History};
use recsys_core::{FoldIn, Interactions, ItemId, Model, RatingPredictor, Recommender, UserId};

use super::train::Rows;
use super::{Svdpp, SvdppParams};
use crate::fixtures;

/// What `scripts/golden/surprise_mf.py` gives each kind of number.
const TERMS: [(&str, &str); 10] = [
    ("lr_bu", "0.01"),
    ("lr_bi", "0.02"),
    ("lr_pu", "0.03"),
    ("lr_qi", "0.015"),
    ("lr_yj", "0.025"),
    ("reg_bu", "0.1"),
    ("reg_bi", "0.05"),
    ("reg_pu", "0.2"),
    ("reg_qi", "0.3"),
    ("reg_yj", "0.4"),
];

fn small() -> SvdppParams {
    Svdpp::params().n_factors(6).n_epochs(5).seed(1)
}

fn golden_start() -> Rows {
    let [users, items, implicit] =
        ["users", "items", "implicit"].map(|side| fixtures::start("svdpp_start", side));
    Rows::new(users, items, implicit, 5)
}

#[test]
fn from_the_same_start_it_equals_surprise() {
    let data = fixtures::golden_ratings();
    let params = Svdpp::params().n_factors(5).n_epochs(10);
    let model = params.fit_from(&data, golden_start(), &Silent).unwrap();
    fixtures::assert_golden(&model, "svdpp", 2e-5);
    let terms = fixtures::terms(&params, &TERMS);
    let model = terms.fit_from(&data, golden_start(), &Silent).unwrap();
    fixtures::assert_golden(&model, "svdpp_terms", 2e-5);
}

#[test]
fn one_step_by_hand() {
    // One rating of 4 with mean 4: b and p, q, y only decay where the error is 0; so give the start an error.
    let data = fixtures::ratings(&[("a", "x", 4.0)]);
    let params = Svdpp::params()
        .n_factors(1)
        .n_epochs(1)
        .learning_rate(0.1)
        .regularization(0.5);
    let start = Rows::new(vec![1.0], vec![2.0], vec![0.5], 1);
    let model = params.fit_from(&data, start, &Silent).unwrap();
    // e = 4 − (4 + 2 (1 + 0.5)) = −3; p = 1 + 0.1 (−3·2 − 0.5), y = 0.5 + 0.1 (−6 − 0.25), q = 2 + 0.1 (−3·1.5 − 1)
    let near = |a: f32, b: f32| (a - b).abs() < 1e-6;
    assert!(near(model.item_factors()[[0, 0]], 1.45), "{model:?}");
    assert!(near(model.implicit_factors()[[0, 0]], -0.125), "{model:?}");
    assert!(
        near(model.user_factors()[[0, 0]], 0.35 - 0.125),
        "{model:?}"
    );
    assert!(near(model.factors.item_bias(0), -0.3), "{model:?}");
}

#[test]
fn it_finds_a_hidden_structure() {
    let (train, test) = fixtures::low_rank_split(400, 300, 24_000, 3);
    let params = Svdpp::params()
        .n_factors(8)
        .n_epochs(30)
        .learning_rate(0.02);
    let model = testing::same_for_one_and_two_threads(|| params.fit(&train).unwrap());
    let baseline = crate::Baseline::params().fit(&train).unwrap();
    let rmse = |model: &dyn RatingPredictor| fixtures::rmse(model, &test);
    let (svdpp, baseline) = (rmse(&model), rmse(&baseline));
    assert!(
        svdpp < 0.25 * baseline,
        "svdpp {svdpp}, baseline {baseline}"
    );
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| small().fit(data);
    let long = Svdpp::params()
        .n_factors(6)
        .n_epochs(60)
        .learning_rate(0.02);
    checks::solves_checkerboard(&checks::rated_checkerboard(), |data| long.fit(data));
    checks::recommender(fit);
    checks::rating_predictor(fit);
    checks::fold_in(History::Ratings, Agreement::Top10(0.75), |data| {
        long.fit(data)
    });
    checks::explain(1e-5, fit);
    checks::similar_items(&checks::rated_checkerboard(), |data| long.fit(data));
    checks::similar_users(&checks::rated_checkerboard(), |data| long.fit(data));
    let model = fit(&fixtures::golden_ratings()).unwrap();
    checks::persist(&model, |model| {
        let mut scores = vec![0.0; model.n_items()];
        model.score_items(UserId(3), &mut scores).unwrap();
        (scores, model.clone())
    });
}

#[test]
fn a_new_shopper_stands_where_the_error_is_flat() {
    let data = fixtures::golden_ratings();
    let pulls = small().reg_pu(Some(0.1)).reg_bu(Some(0.2));
    let model = pulls.n_epochs(30).fit(&data).unwrap();
    let history = fixtures::rated_history(&data, UserId(3));
    let n = history.len() as f32;
    let mut folded = vec![0.0; model.n_items()];
    model.score_for(&history, &mut folded).unwrap();
    let (bias, both) = model.fold_in(&history);
    for (k, &both) in both.iter().enumerate() {
        let implicit = |item: ItemId| model.implicit_factors()[[item.index(), k]] / n.sqrt();
        let own = both - history.iter().map(|&(item, _)| implicit(item)).sum::<f32>();
        let slope = |&(item, rating): &(ItemId, f32)| {
            (rating - folded[item.index()]) * model.item_factors()[[item.index(), k]]
        };
        let gradient = history.iter().map(slope).sum::<f32>() - 0.1 * n * own;
        assert!(gradient.abs() < 1e-4, "{gradient}");
    }
    let errors: f32 = history
        .iter()
        .map(|&(item, rating)| rating - folded[item.index()])
        .sum();
    assert!((errors - 0.2 * n * bias).abs() < 1e-4);
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("n_factors", "7"),
        ("n_epochs", "6"),
        ("learning_rate", "0.01"),
        ("regularization", "0.1"),
        ("init_deviation", "0.2"),
        ("seed", "2"),
    ];
    let data = fixtures::golden_ratings();
    let answer = |params: &SvdppParams| fixtures::answer(params, &data);
    testing::params_have_effect(&small(), &changes, answer);
    testing::params_have_effect(&small(), &TERMS, answer);
    for (term, _) in TERMS {
        testing::refuses(&small(), &[(term, "-1"), (term, "much")]);
    }
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("n_epochs", "0"),
        ("learning_rate", "0"),
        ("regularization", "-1"),
        ("init_deviation", "0"),
    ];
    testing::refuses(&small(), &bad);
}

#[test]
fn can_be_stopped_and_cancelled_and_refuses_to_diverge() {
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
    let refused = small().learning_rate(1e10).fit(&data);
    assert!(
        matches!(
            refused,
            Err(Error::Diverged {
                algorithm: "svdpp",
                ..
            })
        ),
        "{refused:?}"
    );
    let events = fixtures::events(&[("a", "x", 1.0)]);
    let refused = small().fit(&events).unwrap_err().to_string();
    assert_eq!(
        refused,
        "svdpp needs ratings, but the interactions have none"
    );
}
