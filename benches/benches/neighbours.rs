//! Neighbours, clusters and item-item models: training and asking.

use benches::{Set, fit, predict, quick, recommend};
use criterion::{Criterion, criterion_group, criterion_main};
use recsys_cf::{
    CoClustering, Ease, ItemBm25, ItemCosine, ItemTfidf, KnnParams, Rp3Beta, Slim, SlopeOne,
};

/// Training builds lists and levels; the similarities are walked for each prediction.
fn knn(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    for (name, params) in [
        ("knn-basic", KnnParams::basic()),
        ("knn-means", KnnParams::means()),
        ("knn-zscore", KnnParams::zscore()),
        ("knn-baseline", KnnParams::baseline()),
    ] {
        let model = fit(c, name, &set, 1, &params);
        predict(c, name, &set, &model);
        recommend(c, name, &set, &model);
    }
    let items = KnnParams::basic().user_based(false);
    let model = fit(c, "knn-basic-items", &set, 1, &items);
    predict(c, "knn-basic-items", &set, &model);
    recommend(c, "knn-basic-items", &set, &model);
}

fn ratings(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    let params = SlopeOne::params();
    let model = fit(c, "slope-one", &set, 1, &params);
    predict(c, "slope-one", &set, &model);
    recommend(c, "slope-one", &set, &model);

    let params = CoClustering::params();
    let model = fit(c, "co-clustering", &set, params.n_epochs, &params);
    predict(c, "co-clustering", &set, &model);
    recommend(c, "co-clustering", &set, &model);
}

fn events(c: &mut Criterion) {
    let set = Set::like_ml_100k();
    for (name, params) in [
        ("item-cosine", ItemCosine::params()),
        ("item-tfidf", ItemTfidf::params()),
        ("item-bm25", ItemBm25::params()),
    ] {
        let model = fit(c, name, &set, 1, &params);
        recommend(c, name, &set, &model);
    }
    let params = Rp3Beta::params();
    let model = fit(c, "rp3beta", &set, 1, &params);
    recommend(c, "rp3beta", &set, &model);

    let params = Ease::params();
    let model = fit(c, "ease", &set, 1, &params);
    recommend(c, "ease", &set, &model);

    let params = Slim::params();
    let model = fit(c, "slim", &set, 1, &params);
    recommend(c, "slim", &set, &model);
}

criterion_group!(name = neighbours; config = quick(); targets = knn, ratings, events);
criterion_main!(neighbours);
