//! Quality on MovieLens, where it is: `GUIDE_DATA=/path/to/data cargo test -p recsys-mf --test real_data`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::PathBuf;

use guide_core::{Fit, Params, k_fold};
use recsys_core::{
    Duplicates, Interactions, RatingPredictor, Recommender, Records, Values, evaluate_ranking,
    split,
};
use recsys_mf::{Baseline, Bpr, BprParams, Ials, IalsParams, Lmf, LmfParams, Random, Svd};

/// The ratings of ml-100k, if there are any.
fn ml_100k() -> Option<Records> {
    let folder = PathBuf::from(std::env::var_os("GUIDE_DATA").or_else(|| {
        eprintln!("skipped: GUIDE_DATA is not set");
        None
    })?);
    let text = std::fs::read_to_string(folder.join("ml-100k/u.data")).unwrap();
    let mut records = Records::builder();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (user, item) = (fields.next().unwrap(), fields.next().unwrap());
        let rating = Some(fields.next().unwrap().parse().unwrap());
        let values = Values {
            rating,
            ..Values::default()
        };
        records.push(user, item, values).unwrap();
    }
    Some(records.finish())
}

/// The root mean squared error over five folds.
fn rmse<P>(params: &P, all: &Records) -> f64
where
    P: Params + Fit<Interactions, Model: RatingPredictor>,
{
    let mut sum = 0.0;
    for (train, test) in k_fold(all.len(), 5, 0).unwrap() {
        let train = Interactions::new(&all.select(&train), Duplicates::Refuse).unwrap();
        let model = params.fit(&train).unwrap();
        let test = all.select(&test);
        let squares = (0..test.len()).map(|i| {
            let predicted = model.predict(Some(test.users()[i]), Some(test.items()[i]));
            f64::from(predicted.rating - test.ratings().unwrap()[i]).powi(2)
        });
        sum += (squares.sum::<f64>() / test.len() as f64).sqrt();
    }
    sum / 5.0
}

fn assert_near(name: &str, got: f64, expected: f64, tolerance: f64) {
    eprintln!("{name}: RMSE {got:.4}");
    assert!(
        (got - expected).abs() <= tolerance,
        "{name}: {got}, expected {expected}"
    );
}

#[test]
fn defaults_reach_the_published_errors_on_ml_100k() {
    let Some(all) = ml_100k() else { return };
    assert_near("random", rmse(&Random::params(), &all), 1.518, 0.006);
    assert_near("baseline", rmse(&Baseline::params(), &all), 0.944, 0.001);
    assert_near("svd", rmse(&Svd::params(), &all), 0.934, 0.003);
}

/// The events of ml-100k, a fifth held out, whole or a tenth of them.
fn parts(tenth: bool) -> Option<(Interactions, Interactions)> {
    let all = ml_100k()?;
    let all = match tenth {
        true => split::ratio(&all, 0.1, 5).unwrap().test,
        false => all,
    };
    let parts = split::ratio(&all, 0.2, 1).unwrap();
    let rows = |records| Interactions::new(records, Duplicates::Refuse).unwrap();
    Some((rows(&parts.train), rows(&parts.test)))
}

fn recall<P>(params: &P, parts: &(Interactions, Interactions)) -> f64
where
    P: Fit<Interactions, Model: Recommender>,
{
    let model = params.fit(&parts.0).unwrap();
    let report = evaluate_ranking(&model, &parts.0, &parts.1, &[20]).unwrap();
    report.at[0].mean.recall_over_test
}

/// Asserts that the defaults find more than `peers`, whose names and settings these are.
fn assert_best<P>(name: &str, defaults: &P, peers: &[P], parts: &(Interactions, Interactions))
where
    P: Fit<Interactions, Model: Recommender>,
{
    let ours = recall(defaults, parts);
    for (number, peer) in peers.iter().enumerate() {
        let theirs = recall(peer, parts);
        eprintln!("{name}: recall@20 {ours:.4}, peer {number} {theirs:.4}");
        assert!(ours > theirs, "{name}: {ours}, peer {number} has {theirs}");
    }
}

#[test]
fn defaults_of_rankings_find_more_than_those_of_implicit() {
    for tenth in [false, true] {
        let Some(parts) = parts(tenth) else { return };
        let common = IalsParams::implicit().n_factors(64).alpha(10.0);
        let peers = [IalsParams::implicit(), common.regularization(0.05)];
        assert_best("ials", &Ials::params(), &peers, &parts);
        assert_best("bpr", &Bpr::params(), &[BprParams::implicit()], &parts);
        assert_best("lmf", &Lmf::params(), &[LmfParams::implicit()], &parts);
    }
}
