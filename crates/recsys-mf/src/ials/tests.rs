//! The equations by another way, and what every trainer promises.

mod from_data;

use std::ops::ControlFlow;
use std::sync::Mutex;

use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, Fit, Persist, Progress, Silent, testing,
};
use recsys_core::{
    Duplicates, Ids, Interactions, ItemId, Recommender, RecordsBuilder, UserId, Values,
    testing as checks,
};
use serde_json::Value;

use super::params::Weights;
use super::{Confidence, Ials, IalsParams};
use crate::alternate::Solver;
use crate::fixtures;

fn small() -> IalsParams {
    Ials::params()
        .n_factors(6)
        .n_epochs(4)
        .unobserved_weight(0.3)
        .regularization(0.02)
        .seed(1)
}

fn weighted() -> Interactions {
    fixtures::weighted(40, 30, 300)
}

/// The gradient of the whole loss by one user's vector, over all items one by one.
fn gradient(model: &Ials, history: &[(ItemId, f32)], x: &[f32]) -> Vec<f64> {
    let params = &model.params;
    let unobserved_weight = params.unobserved_weight.unwrap();
    let size = history.len() as f32 + unobserved_weight * 30.0;
    let regularization = params.regularization.unwrap();
    let ridge = f64::from(regularization * size.powf(params.frequency_exponent));
    let mut gradient: Vec<f64> = x.iter().map(|&x| ridge * f64::from(x)).collect();
    for item in (0..30).map(ItemId) {
        let y = model.factors.items.row(item.0);
        let score: f64 = x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum();
        let taken = history.iter().find(|(taken, _)| *taken == item);
        let confidence = taken.map_or(0.0, |(_, weight)| f64::from(params.alpha * weight));
        let unobserved = match (params.confidence, taken) {
            (Confidence::Replacing, Some(_)) => 0.0,
            _ => f64::from(unobserved_weight),
        };
        let derivative = confidence * (score - 1.0) + unobserved * score;
        gradient
            .iter_mut()
            .zip(y)
            .for_each(|(g, y)| *g += derivative * f64::from(*y));
    }
    gradient
}

#[test]
fn users_stand_where_the_loss_is_least_and_new_shoppers_with_them() {
    let data = weighted();
    for solver in [Solver::Cholesky, Solver::ConjugateGradient] {
        for confidence in [Confidence::Added, Confidence::Replacing] {
            for exponent in [0.0, 0.7, 1.0] {
                let params = small().solver(solver).confidence(confidence).alpha(2.0);
                let model = params.frequency_exponent(exponent).fit(&data).unwrap();
                for user in (0..40).map(UserId) {
                    let history = data.history_of(user);
                    for x in [model.factors.users.row(user.0), &model.fold_in(&history)] {
                        let gradient = gradient(&model, &history, x);
                        assert!(
                            gradient.iter().all(|g| g.abs() < 2e-4),
                            "{solver:?} {gradient:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn one_epoch_equals_implicit_and_a_dense_solve() {
    // Made by `scripts/golden/implicit_ials.py`.
    let golden: Value = serde_json::from_str(include_str!("../../tests/golden/ials.json")).unwrap();
    let size = |name: &str| golden[name].as_u64().unwrap() as usize;
    let (n_users, n_items) = (size("n_users"), size("n_items"));
    let number = |x: &Value| x.as_f64().unwrap() as f32;
    let numbers = |rows: &Value| -> Vec<f32> {
        let rows = rows.as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap())
            .map(number)
            .collect()
    };
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(n_users, n_items));
    for event in golden["events"].as_array().unwrap() {
        let values = Values {
            weight: Some(number(&event[2])),
            ..Values::default()
        };
        let (user, item) = (event[0].to_string(), event[1].to_string());
        records.push(&user, &item, values).unwrap();
    }
    let data = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let names = [
            "regularization",
            "frequency_exponent",
            "unobserved_weight",
            "alpha",
            "confidence",
        ];
        let values = names.map(|name| case[name].to_string());
        let terms: Vec<(&str, &str)> = names
            .into_iter()
            .zip(values.iter().map(String::as_str))
            .collect();
        let exact = IalsParams::implicit()
            .n_factors(4)
            .n_epochs(1)
            .solver(Solver::Cholesky);
        let params = fixtures::terms(&exact, &terms);
        let model = params
            .fit_from(&data, numbers(&golden["users"]), &Silent)
            .unwrap();
        let expected = numbers(&case["scores"]);
        assert_eq!(expected.len(), n_users * n_items);
        for (user, expected) in (0..).map(UserId).zip(expected.chunks_exact(n_items)) {
            let mut scores = vec![0.0; n_items];
            model.score_items(user, &mut scores).unwrap();
            for (score, expected) in scores.iter().zip(expected) {
                assert!(
                    (score - expected).abs() < 1e-4,
                    "{params:?} {user:?}: {score}, not {expected}"
                );
            }
        }
    }
}

/// Keeps the losses.
#[derive(Default)]
struct Losses(Mutex<Vec<f64>>);

impl Progress for Losses {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        self.0.lock().unwrap().push(report.loss.unwrap());
        ControlFlow::Continue(())
    }
}

#[test]
fn the_loss_is_what_it_says_and_falls() {
    let data = weighted();
    let losses = Losses::default();
    let model = small()
        .solver(Solver::Cholesky)
        .fit_with(&data, &losses)
        .unwrap();
    let losses = losses.0.into_inner().unwrap();
    assert!(
        losses.windows(2).all(|pair| pair[1] < pair[0]),
        "{losses:?}"
    );
    let (weights, mut loss) = (Weights::of(&model.params), 0.0);
    let score = |u: u32, i: u32| {
        let (x, y) = (model.factors.users.row(u), model.factors.items.row(i));
        f64::from(x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>())
    };
    let square = |x: &[f32]| f64::from(x.iter().map(|x| x * x).sum::<f32>());
    for u in 0..40 {
        let history = data.history_of(UserId(u));
        loss += f64::from(weights.ridge(history.len(), 30)) * square(model.factors.users.row(u));
        for i in 0..30 {
            loss += f64::from(weights.unobserved) * score(u, i).powi(2);
        }
        for (item, weight) in history {
            loss += f64::from(weight) * (1.0 - score(u, item.0)).powi(2);
        }
    }
    for (i, count) in (0..).zip(data.item_counts()) {
        loss += f64::from(weights.ridge(count as usize, 40)) * square(model.factors.items.row(i));
    }
    let expected = loss / data.len() as f64;
    assert!(
        (losses[3] - expected).abs() < 1e-4 * expected,
        "{losses:?}, {expected}"
    );
}

#[test]
fn conjugate_gradient_comes_to_the_exact_solution() {
    let data = weighted();
    let losses = |params: IalsParams| {
        let losses = Losses::default();
        params.fit_with(&data, &losses).unwrap();
        losses.0.into_inner().unwrap()[3]
    };
    let exact = losses(small().solver(Solver::Cholesky));
    let many = losses(small().cg_steps(30));
    let few = losses(small().cg_steps(1));
    assert!(
        (exact - many).abs() < 1e-4 * exact,
        "exact {exact}, many {many}"
    );
    assert!(few > exact, "few {few}, exact {exact}");
}

#[test]
fn it_keeps_every_contract() {
    let fit = |data: &Interactions| small().fit(data);
    checks::recommender(fit);
    checks::fold_in(
        checks::History::Weights,
        checks::Agreement::Scores(1e-4),
        fit,
    );
    checks::explain(1e-4, fit);
    let events = |data: &Interactions| small().n_epochs(15).fit(data);
    checks::solves_checkerboard(&checks::checkerboard(), events);
    checks::similar_items(&checks::checkerboard(), events);
    checks::similar_users(&checks::checkerboard(), events);
    let implicit = IalsParams::implicit().n_factors(8);
    checks::solves_checkerboard(&checks::checkerboard(), |data| implicit.fit(data));
    let exact = |data: &Interactions| small().solver(Solver::Cholesky).fit(data);
    checks::recommender(exact);
    checks::explain(1e-4, exact);
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = weighted();
    let changes = [
        ("n_factors", "7"),
        ("n_epochs", "5"),
        ("regularization", "0.1"),
        ("frequency_exponent", "0.5"),
        ("unobserved_weight", "0.5"),
        ("alpha", "2"),
        ("confidence", "replacing"),
        ("solver", "cholesky"),
        ("cg_steps", "2"),
        ("init_deviation", "1"),
        ("seed", "2"),
    ];
    let answer = |params: &IalsParams| fixtures::answer(params, &data);
    testing::params_have_effect(&small(), &changes, answer);
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("n_epochs", "0"),
        ("regularization", "0"),
        ("frequency_exponent", "-1"),
        ("unobserved_weight", "-1"),
        ("alpha", "0"),
        ("cg_steps", "0"),
        ("init_deviation", "0"),
        ("solver", "qr"),
    ];
    testing::refuses(&small(), &bad);
}

#[test]
fn training_can_be_stopped_and_overflow_is_an_error() {
    let data = weighted();
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = small().fit_with(&data, &cancel).unwrap();
    assert_eq!(
        stopped.factors,
        small().n_epochs(1).fit(&data).unwrap().factors
    );
    let early = small()
        .n_epochs(50)
        .fit_with(&data, &EarlyStopping::new(1, 10.0))
        .unwrap();
    assert_eq!(
        early.factors,
        small().n_epochs(2).fit(&data).unwrap().factors
    );
    for solver in [Solver::Cholesky, Solver::ConjugateGradient] {
        let error = small()
            .solver(solver)
            .alpha(f32::MAX)
            .fit(&data)
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Diverged {
                    algorithm: "ials",
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn one_and_two_threads_give_the_same_bits_by_both_solvers() {
    let data = fixtures::weighted(300, 200, 6_000);
    for solver in [Solver::Cholesky, Solver::ConjugateGradient] {
        let params = small().solver(solver).n_epochs(2);
        testing::same_for_one_and_two_threads(|| params.fit(&data).unwrap());
    }
}

#[test]
fn more_factors_than_a_band_are_solved_as_well() {
    let data = weighted();
    let params = small().solver(Solver::Cholesky).n_factors(70);
    let model = params.fit(&data).unwrap();
    for user in (0..40).map(UserId) {
        let gradient = gradient(
            &model,
            &data.history_of(user),
            model.factors.users.row(user.0),
        );
        assert!(gradient.iter().all(|g| g.abs() < 2e-4), "{gradient:?}");
    }
}

#[test]
fn it_survives_a_trip_through_a_file_and_refuses_a_damaged_one() {
    let data = weighted();
    let mut model = small().fit(&data).unwrap();
    checks::persist(&model, |model| {
        (model.factors.clone(), model.fold_in(&[(ItemId(2), 3.0)]))
    });
    model.gramian = None;
    assert_eq!(model.fold_in(&[(ItemId(2), 3.0)]).len(), 6);
    model.params.n_factors = 7;
    assert!(model.check().is_err());
}
