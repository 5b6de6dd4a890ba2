//! Neural recommenders: one pass of training over little data, and asking.

use benches::{Set, fit, predict, quick, recommend};
use criterion::{Criterion, criterion_group, criterion_main};
use recsys_deep::{Dmf, Ncf, NeuMf};

fn ratings(c: &mut Criterion) {
    let set = Set::of_10k();
    let params = Ncf::params().n_epochs(1);
    let model = fit(c, "ncf", &set, 1, &params);
    predict(c, "ncf", &set, &model);
    recommend(c, "ncf", &set, &model);
}

fn events(c: &mut Criterion) {
    let set = Set::of_10k();
    for (name, params) in [
        ("gmf", NeuMf::gmf()),
        ("mlp", NeuMf::mlp()),
        ("neumf", NeuMf::params()),
    ] {
        let params = params.n_epochs(1);
        let model = fit(c, name, &set, 1, &params);
        recommend(c, name, &set, &model);
    }
    let params = Dmf::params().n_epochs(1);
    let model = fit(c, "dmf", &set, 1, &params);
    recommend(c, "dmf", &set, &model);
}

criterion_group!(name = networks; config = quick(); targets = ratings, events);
criterion_main!(networks);
