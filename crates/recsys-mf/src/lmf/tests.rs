use guide_core::{Cancel, EarlyStopping, Error, Fit, testing};
use recsys_core::testing::{self as checks, Agreement, History};
use recsys_core::{FoldIn, Interactions, ItemId, Model, Recommender, UserId};

use super::{Lmf, LmfParams};
use crate::descent::sigmoid;
use crate::fixtures;

fn small() -> LmfParams {
    Lmf::params()
        .n_factors(6)
        .n_epochs(5)
        .regularization(0.1)
        .seed(1)
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| small().fit(data);
    let long = small().n_epochs(60);
    checks::solves_checkerboard(&checks::checkerboard(), |data| long.fit(data));
    checks::recommender(fit);
    checks::fold_in(History::Weights, Agreement::Top10(0.8), |data| {
        small().n_epochs(300).regularization(0.6).fit(data)
    });
    checks::explain(1e-5, fit);
    checks::similar_items(&checks::checkerboard(), |data| long.fit(data));
    checks::similar_users(&checks::checkerboard(), |data| long.fit(data));
    let model = fit(&checks::checkerboard()).unwrap();
    checks::persist(&model, |model| {
        let mut scores = vec![0.0; model.n_items()];
        model.score_items(UserId(3), &mut scores).unwrap();
        (scores, model.clone())
    });
}

#[test]
fn the_first_step_by_hand() {
    // AdaGrad's first step is γ in the direction of the gradient, whatever its length. The one item of the one user is its own
    // negative too: with weight 1 the gradient is (1 − 2 σ(s)) (q, 1) − λ (p, b).
    let data = fixtures::events(&[("a", "x", 1.0)]);
    let params = Lmf::params()
        .n_factors(1)
        .n_epochs(1)
        .neg_prop(1)
        .regularization(0.1)
        .learning_rate(0.25);
    let before = params.clone().learning_rate(1e-20).fit(&data).unwrap();
    let after = params.fit(&data).unwrap();
    let row = |model: &Lmf| {
        let (user, item) = (&model.factors.users, &model.factors.items);
        [
            user.row(0)[0],
            model.factors.user_bias(0),
            item.row(0)[0],
            model.factors.item_bias(0),
        ]
    };
    let [mut p, mut bu, mut q, mut bi] = row(&before);
    let slope = 1.0 - 2.0 * sigmoid(bu + bi + p * q);
    let step = |g: f32| 0.25 * g / (1e-6 + g * g).sqrt();
    (p, bu) = (p + step(slope * q - 0.1 * p), bu + step(slope - 0.1 * bu));
    let slope = 1.0 - 2.0 * sigmoid(bu + bi + p * q);
    (q, bi) = (q + step(slope * p - 0.1 * q), bi + step(slope - 0.1 * bi));
    for (ours, expected) in row(&after).iter().zip([p, bu, q, bi]) {
        assert!((ours - expected).abs() < 1e-5, "{ours} {expected}");
    }
}

#[test]
fn negatives_are_as_many_as_asked_for_and_not_as_the_factors() {
    let params = small();
    assert_eq!(params.n_negatives(5, 10_000), 150);
    assert_eq!(params.n_negatives(5, 100), 100);
}

#[test]
fn a_new_user_stands_where_the_loss_is_flat() {
    let data = checks::checkerboard();
    let model = small().fit(&data).unwrap();
    let mut history = data.history_of(UserId(3));
    history[0].1 = 2.5;
    let mut scores = vec![0.0; model.n_items()];
    model.score_for(&history, &mut scores).unwrap();
    let (bias, vector) = model.fold_in(&history);
    let share = small().n_negatives(history.len(), 50) as f32 / 256.0;
    for (f, own) in vector.into_iter().chain([bias]).enumerate() {
        let side = |item: ItemId| {
            if f == 6 {
                1.0
            } else {
                model.item_factors()[[item.index(), f]]
            }
        };
        let had: f32 = history
            .iter()
            .map(|&(i, c)| c * sigmoid(-scores[i.index()]) * side(i))
            .sum();
        let not = model
            .negatives()
            .iter()
            .map(|&j| share * sigmoid(scores[j.index()]) * side(j));
        let gradient = had - not.sum::<f32>() - 0.1 * own;
        assert!(gradient.abs() < 2e-2, "{f}: {gradient}");
    }
    let refused = model
        .score_for(&[(ItemId(0), -1.0)], &mut scores)
        .unwrap_err()
        .to_string();
    assert_eq!(
        refused,
        "parameter `weight` must be not negative, but is -1"
    );
}

#[test]
fn heavier_events_pull_harder() {
    let score = |weight: f32| {
        let data = fixtures::events(&[
            ("a", "x", weight),
            ("a", "y", 1.0),
            ("b", "y", 1.0),
            ("b", "z", 1.0),
        ]);
        let mut scores = vec![0.0; 3];
        small()
            .n_epochs(50)
            .fit(&data)
            .unwrap()
            .score_items(UserId(0), &mut scores)
            .unwrap();
        scores[0]
    };
    assert!(score(10.0) > score(1.0));
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("n_factors", "7"),
        ("learning_rate", "0.5"),
        ("regularization", "0.2"),
        ("n_epochs", "6"),
        ("neg_prop", "2"),
        ("seed", "2"),
    ];
    let data = fixtures::golden_ratings();
    let params = small().neg_prop(1);
    testing::params_have_effect(&params, &changes, |params| fixtures::answer(params, &data));
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("learning_rate", "0"),
        ("regularization", "-1"),
        ("n_epochs", "0"),
        ("neg_prop", "0"),
    ];
    testing::refuses(&params, &bad);
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
    let stop = EarlyStopping::new(1, 1000.0);
    let two = small().n_epochs(2).fit(&data).unwrap();
    assert_eq!(
        small().fit_with(&data, &stop).unwrap().user_factors(),
        two.user_factors()
    );
    let refused = small().learning_rate(1e30).fit(&data);
    assert!(
        matches!(
            refused,
            Err(Error::Diverged {
                algorithm: "lmf",
                ..
            })
        ),
        "{refused:?}"
    );
}
