//! Factor models, and the simple models below them: training and asking.
//!
//! Where the default is many passes, five are timed: the throughput counts interactions times passes.

use benches::{Set, fit, predict, quick, recommend};
use criterion::{Criterion, criterion_group, criterion_main};
use recsys_mf::{
    Als, Baseline, Bpr, GraphFilter, Ials, Lmf, Nmf, Popular, PureSvd, Random, Solver, Svd, Svdpp,
};

const PASSES: usize = 5;

fn simple(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    let params = Random::params();
    let model = fit(c, "random", &set, 1, &params);
    predict(c, "random", &set, &model);
    recommend(c, "random", &set, &model);

    let params = Popular::params();
    let model = fit(c, "popular", &set, 1, &params);
    predict(c, "popular", &set, &model);
    recommend(c, "popular", &set, &model);

    let params = Baseline::params();
    let model = fit(c, "baseline", &set, params.biases.n_epochs, &params);
    predict(c, "baseline", &set, &model);
    recommend(c, "baseline", &set, &model);
}

fn ratings(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    let params = Svd::params().n_epochs(PASSES);
    let model = fit(c, "svd", &set, PASSES, &params);
    predict(c, "svd", &set, &model);
    recommend(c, "svd", &set, &model);

    let params = Svdpp::params().n_epochs(PASSES);
    let model = fit(c, "svdpp", &set, PASSES, &params);
    predict(c, "svdpp", &set, &model);
    recommend(c, "svdpp", &set, &model);

    let params = Nmf::params().n_epochs(PASSES);
    let model = fit(c, "nmf", &set, PASSES, &params);
    predict(c, "nmf", &set, &model);
    recommend(c, "nmf", &set, &model);

    let params = Als::params().n_epochs(PASSES);
    let model = fit(c, "als", &set, PASSES, &params);
    predict(c, "als", &set, &model);
    recommend(c, "als", &set, &model);
}

fn events(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    let params = Ials::params().n_epochs(PASSES);
    let model = fit(c, "ials", &set, PASSES, &params);
    recommend(c, "ials", &set, &model);
    fit(
        c,
        "ials-cholesky",
        &set,
        PASSES,
        &params.clone().solver(Solver::Cholesky),
    );

    let params = Bpr::params().n_epochs(PASSES);
    let model = fit(c, "bpr", &set, PASSES, &params);
    recommend(c, "bpr", &set, &model);

    let params = Lmf::params().n_epochs(PASSES);
    let model = fit(c, "lmf", &set, PASSES, &params);
    recommend(c, "lmf", &set, &model);

    let params = PureSvd::params();
    let model = fit(c, "pure-svd", &set, 1, &params);
    recommend(c, "pure-svd", &set, &model);
    let params = GraphFilter::params().n_factors(50);
    let model = fit(c, "graph-filter", &set, 1, &params);
    recommend(c, "graph-filter", &set, &model);
}

criterion_group!(name = factors; config = quick(); targets = simple, ratings, events);
criterion_main!(factors);
