use guide_core::{Cancel, EarlyStopping, Error, Fit, testing};
use recsys_core::testing::{self as checks, Agreement, History};
use recsys_core::{FoldIn, Interactions, ItemId, Model, Recommender, UserId};

use super::{Lmf, LmfParams, LmfSolver};
use crate::descent::sigmoid;
use crate::fixtures;

fn small() -> LmfParams {
    LmfParams::implicit()
        .n_factors(6)
        .n_epochs(5)
        .regularization(0.1)
        .seed(1)
}

fn small_sgd() -> LmfParams {
    LmfParams::rendle()
        .n_factors(6)
        .n_epochs(5)
        .learning_rate(0.05)
        .seed(1)
}

fn keeps_the_contracts(small: &LmfParams, long: &LmfParams, settled: &LmfParams) {
    let fit = |data: &Interactions| small.fit(data);
    checks::solves_checkerboard(&checks::checkerboard(), |data| long.fit(data));
    checks::recommender(fit);
    checks::fold_in(History::Weights, Agreement::Top10(0.8), |data| {
        settled.fit(data)
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
fn adagrad_keeps_the_contracts() {
    let settled = small().n_epochs(300).regularization(0.6);
    keeps_the_contracts(&small(), &small().n_epochs(60), &settled);
}

#[test]
fn sgd_keeps_the_contracts() {
    let settled = small_sgd().n_epochs(300).regularization(0.02);
    keeps_the_contracts(&small_sgd(), &small_sgd().n_epochs(60), &settled);
}

#[test]
fn with_many_shards_too_threads_change_nothing() {
    let data = fixtures::low_rank(300, 200, 20_000, 3);
    testing::same_for_one_and_two_threads(|| small_sgd().n_epochs(2).fit(&data).unwrap());
}

#[test]
fn the_first_step_of_adagrad_by_hand() {
    // AdaGrad's first step is γ in the direction of the gradient, whatever its length. The one item of the one user is its own
    // negative too: with weight 1 the gradient is (1 − 2 σ(s)) (q, 1) − λ (p, b).
    let data = fixtures::events(&[("a", "x", 1.0)]);
    let params = LmfParams::implicit()
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
fn the_first_steps_of_sgd_by_hand() {
    // The one item of the one user is its own negative too: one step up with weight 2 and one down, in either order.
    let data = fixtures::events(&[("a", "x", 2.0)]);
    let params = LmfParams::rendle()
        .n_factors(1)
        .n_epochs(1)
        .neg_prop(1)
        .regularization(0.1)
        .learning_rate(0.25)
        .init_deviation(1.0);
    let numbers = |model: &Lmf| {
        let factors = &model.factors;
        [
            factors.users.row(0)[0],
            factors.items.row(0)[0],
            factors.mean,
            factors.user_bias(0),
            factors.item_bias(0),
        ]
    };
    let step = |[p, q, b, bu, bi]: [f32; 5], slope: fn(f32) -> f32| {
        let g = slope(b + bu + bi + p * q);
        let bias = |b: f32| b + 0.25 * (g - 0.1 * b);
        let (new_p, new_q) = (p + 0.25 * (g * q - 0.1 * p), q + 0.25 * (g * p - 0.1 * q));
        [new_p, new_q, bias(b), bias(bu), bias(bi)]
    };
    let (up, down) = (|s: f32| 2.0 * sigmoid(-s), |s: f32| -sigmoid(s));
    let near = |a: &[f32; 5], b: &[f32; 5]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    let mut met = [false; 2];
    for seed in 0..20 {
        let start = params.clone().learning_rate(1e-20).seed(seed);
        let start = numbers(&start.fit(&data).unwrap());
        let after = numbers(&params.clone().seed(seed).fit(&data).unwrap());
        let orders = [step(step(start, up), down), step(step(start, down), up)];
        let order = orders.iter().position(|order| near(order, &after));
        met[order.unwrap_or_else(|| panic!("{after:?} is neither of {orders:?}"))] = true;
    }
    assert_eq!(met, [true; 2], "both orders come about");
}

#[test]
fn annealing_walks_down_in_a_straight_line() {
    let params = small().learning_rate(0.5).n_epochs(4);
    let rates = |params: LmfParams| [1, 2, 3, 4].map(|epoch| params.rate(epoch));
    assert_eq!(rates(params.clone()), [0.5; 4]);
    assert_eq!(rates(params.anneal(true)), [0.5, 0.375, 0.25, 0.125]);
}

#[test]
fn negatives_are_as_many_as_asked_for_and_not_as_the_factors() {
    let params = small();
    assert_eq!(params.n_negatives(5, 10_000), 150);
    assert_eq!(params.n_negatives(5, 100), 100);
    let params = small_sgd();
    assert_eq!(params.n_negatives(5, 100), 40);
    assert_eq!(params.n_negatives(5, 10), 40);
}

#[test]
fn a_new_user_stands_where_the_loss_is_flat() {
    // At most as many negatives as there are items.
    stands_where_the_loss_is_flat(&small(), 50, 0.1);
    // λ pulls in each of 24 · 9 steps.
    stands_where_the_loss_is_flat(&small_sgd(), 24 * 8, 24.0 * 9.0 * 0.005);
}

fn stands_where_the_loss_is_flat(params: &LmfParams, n_negatives: usize, pull: f32) {
    let data = checks::checkerboard();
    let model = params.fit(&data).unwrap();
    let mut history = data.history_of(UserId(3));
    history[0].1 = 2.5;
    let mut scores = vec![0.0; model.n_items()];
    model.score_for(&history, &mut scores).unwrap();
    let (bias, vector) = model.fold_in(&history);
    assert_eq!(history.len(), 24);
    let share = n_negatives as f32 / model.negatives().len() as f32;
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
        let gradient = had - not.sum::<f32>() - pull * own;
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
    let score = |params: LmfParams, weight: f32| {
        let data = fixtures::events(&[
            ("a", "x", weight),
            ("a", "y", 1.0),
            ("b", "y", 1.0),
            ("b", "z", 1.0),
        ]);
        let mut scores = vec![0.0; 3];
        params
            .n_epochs(50)
            .fit(&data)
            .unwrap()
            .score_items(UserId(0), &mut scores)
            .unwrap();
        scores[0]
    };
    assert!(score(small(), 10.0) > score(small(), 1.0));
    assert!(score(small_sgd(), 10.0) > score(small_sgd(), 1.0));
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("n_factors", "7"),
        ("learning_rate", "0.5"),
        ("anneal", "true"),
        ("regularization", "0.2"),
        ("n_epochs", "6"),
        ("neg_prop", "2"),
        ("init_deviation", "0.5"),
        ("seed", "2"),
    ];
    let data = fixtures::golden_ratings();
    for params in [small().neg_prop(1), small_sgd().neg_prop(1)] {
        testing::params_have_effect(&params, &changes, |params| fixtures::answer(params, &data));
    }
    let answer = |params: LmfParams| fixtures::answer(&params, &data);
    let adagrad = answer(small_sgd().solver(LmfSolver::AdaGrad));
    assert_ne!(answer(small_sgd()), adagrad);
    let by_name = guide_core::by_name::set(&small(), "solver", "sgd").unwrap();
    assert_eq!(by_name, small().solver(LmfSolver::Sgd));
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("learning_rate", "0"),
        ("regularization", "-1"),
        ("n_epochs", "0"),
        ("neg_prop", "0"),
        ("solver", "newton"),
        ("init_deviation", "0"),
    ];
    testing::refuses(&small(), &bad);
}

#[test]
fn can_be_stopped_and_cancelled_and_refuses_to_diverge() {
    let data = fixtures::golden_ratings();
    for params in [small(), small_sgd()] {
        let epochs = |n| params.clone().n_epochs(n).fit(&data).unwrap();
        let cancel = Cancel::default();
        cancel.cancel();
        let cancelled = params.fit_with(&data, &cancel).unwrap();
        assert_eq!(cancelled.factors, epochs(1).factors);
        let stop = EarlyStopping::new(1, 1000.0);
        let stopped = params.fit_with(&data, &stop).unwrap();
        assert_eq!(stopped.factors, epochs(2).factors);
        let refused = params.clone().learning_rate(1e30).fit(&data);
        let diverged = matches!(
            refused,
            Err(Error::Diverged {
                algorithm: "lmf",
                ..
            })
        );
        assert!(diverged, "{refused:?}");
    }
}
