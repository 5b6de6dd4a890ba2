//! The equations by another way, and what every trainer promises.

use std::ops::ControlFlow;
use std::sync::Mutex;

use guide_core::{Cancel, EarlyStopping, EpochReport, Fit, Persist, Progress, testing};
use recsys_core::{Interactions, ItemId, RatingPredictor, UserId, testing as checks};

use super::{Als, AlsParams};
use crate::alternate::Solver;
use crate::fixtures;

fn small() -> AlsParams {
    Als::params().n_factors(5).n_epochs(4).seed(1)
}

#[test]
fn users_stand_where_the_loss_is_least() {
    let data = fixtures::golden_ratings();
    for solver in [Solver::Cholesky, Solver::ConjugateGradient] {
        let model = small().solver(solver).fit(&data).unwrap();
        for user in (0..25).map(UserId) {
            let history = fixtures::rated_history(&data, user);
            let x = model.factors.users.row(user.0);
            let ridge = 0.1 * history.len() as f64;
            let mut gradient: Vec<f64> = x.iter().map(|&x| ridge * f64::from(x)).collect();
            for &(item, rating) in &history {
                let estimate = model
                    .factors
                    .estimate(Some(user.index()), Some(item.index()));
                let error = f64::from(estimate - rating);
                let y = model.factors.items.row(item.0);
                gradient
                    .iter_mut()
                    .zip(y)
                    .for_each(|(g, y)| *g += error * f64::from(*y));
            }
            assert!(
                gradient.iter().all(|g| g.abs() < 1e-4),
                "{solver:?} {gradient:?}"
            );
        }
    }
}

#[test]
fn it_finds_a_hidden_structure() {
    let (train, test) = fixtures::low_rank_split(400, 300, 24_000, 3);
    let rmse = |model: &dyn RatingPredictor| fixtures::rmse(model, &test);
    let baseline = rmse(&crate::Baseline::params().fit(&train).unwrap());
    let params = Als::params().n_factors(4).regularization(0.02);
    let biased = rmse(&params.fit(&train).unwrap());
    let plain = rmse(&params.biased(false).fit(&train).unwrap());
    assert!(
        biased < 0.3 * baseline && plain < 0.3 * baseline,
        "{baseline} {biased} {plain}"
    );
}

#[test]
fn it_keeps_every_contract() {
    for biased in [true, false] {
        let fit = |data: &Interactions| small().biased(biased).fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        checks::explain(1e-4, fit);
        checks::fold_in(
            checks::History::Ratings,
            checks::Agreement::Scores(1e-4),
            fit,
        );
        checks::solves_checkerboard(&checks::rated_checkerboard(), fit);
        checks::similar_items(&checks::rated_checkerboard(), fit);
        checks::similar_users(&checks::rated_checkerboard(), fit);
    }
    let fit = |data: &Interactions| small().solver(Solver::ConjugateGradient).fit(data);
    checks::recommender(fit);
}

#[test]
fn training_can_be_stopped() {
    let data = fixtures::golden_ratings();
    let cancel = Cancel::default();
    cancel.cancel();
    let plain = || small().biased(false);
    let stopped = plain().fit_with(&data, &cancel).unwrap();
    assert_eq!(
        stopped.factors,
        plain().n_epochs(1).fit(&data).unwrap().factors
    );
    // The losses of the biases, which come first, are not held against those of the factors.
    let early = small()
        .n_epochs(50)
        .fit_with(&data, &EarlyStopping::new(1, 10.0))
        .unwrap();
    assert_eq!(
        early.factors,
        small().n_epochs(2).fit(&data).unwrap().factors
    );
}

#[test]
fn the_biases_are_reported_and_can_be_stopped_too() {
    /// Keeps what is reported, and stops at once.
    #[derive(Default)]
    struct Reports(Mutex<Vec<EpochReport>>);
    impl Progress for Reports {
        fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
            self.0.lock().unwrap().push(report.clone());
            ControlFlow::Break(())
        }
    }
    let reports = Reports::default();
    small()
        .fit_with(&fixtures::golden_ratings(), &reports)
        .unwrap();
    let reports = reports.0.into_inner().unwrap();
    let met: Vec<_> = reports
        .iter()
        .map(|r| (r.algorithm, r.epoch, r.loss.is_some()))
        .collect();
    assert_eq!(met, [("baseline", 1, false), ("als", 1, true)]);
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let data = fixtures::low_rank(300, 200, 20_000, 3);
    for solver in [Solver::Cholesky, Solver::ConjugateGradient] {
        testing::same_for_one_and_two_threads(|| small().solver(solver).fit(&data).unwrap());
    }
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = fixtures::golden_ratings();
    let answer = |params: &AlsParams| fixtures::answer(params, &data);
    let changes = [
        ("n_factors", "7"),
        ("n_epochs", "5"),
        ("biased", "false"),
        ("reg_user", "1"),
        ("reg_item", "1"),
        ("regularization", "0.2"),
        ("solver", "conjugate-gradient"),
        ("init_deviation", "2"),
        ("seed", "2"),
    ];
    testing::params_have_effect(&small(), &changes, answer);
    let steps = small().solver(Solver::ConjugateGradient);
    testing::params_have_effect(&steps, &[("cg_steps", "1")], answer);
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("n_epochs", "0"),
        ("reg_user", "-1"),
        ("reg_item", "-1"),
        ("regularization", "0"),
        ("cg_steps", "0"),
        ("init_deviation", "-1"),
        ("solver", "qr"),
    ];
    testing::refuses(&small(), &bad);
}

#[test]
fn it_survives_a_trip_through_a_file_and_refuses_a_damaged_one() {
    let mut model = small().fit(&fixtures::golden_ratings()).unwrap();
    checks::persist(&model, |model| {
        model.predict(Some(UserId(1)), Some(ItemId(3)))
    });
    model.params.n_factors = 7;
    assert!(model.check().is_err());
    let error = small()
        .fit(&fixtures::events(&[("a", "x", 1.0)]))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "als needs ratings, but the interactions have none"
    );
}
