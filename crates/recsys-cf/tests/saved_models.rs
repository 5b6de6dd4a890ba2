//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Result};
use recsys_cf::{
    CoClustering, Ease, ItemBm25, ItemCosine, ItemTop, Knn, KnnParams, Rp3Beta, Slim, SlopeOne,
};
use recsys_core::testing::{Recorded, recorded_ratings};

/// Neighbours of users have no similar items.
fn user_knn(model: &Knn) -> Result<Answers> {
    let recorded = Recorded::of(model).ratings().scores().fold_in();
    recorded.similar_users().explanations().answers()
}

/// Neighbours of items have no similar users.
fn item_knn(model: &Knn) -> Result<Answers> {
    let recorded = Recorded::of(model).ratings().scores().fold_in();
    recorded.similar_items().explanations().answers()
}

fn item_top(model: &ItemTop) -> Result<Answers> {
    let recorded = Recorded::of(model).scores().fold_in();
    recorded
        .similar_items()
        .similar_users()
        .explanations()
        .answers()
}

fn ease(model: &Ease) -> Result<Answers> {
    let recorded = Recorded::of(model).scores().fold_in();
    recorded
        .similar_items()
        .similar_users()
        .explanations()
        .answers()
}

fn slope_one(model: &SlopeOne) -> Result<Answers> {
    let recorded = Recorded::of(model).ratings().scores().fold_in();
    recorded.similar_users().explanations().answers()
}

fn co_clustering(model: &CoClustering) -> Result<Answers> {
    let recorded = Recorded::of(model).ratings().scores().fold_in();
    recorded.explanations().answers()
}

fn all(saved: &mut SavedModels) {
    let data = recorded_ratings();
    saved.model("knn-basic", || KnnParams::basic().fit(&data), user_knn);
    let means = KnnParams::means().user_based(false);
    saved.model("knn-means", || means.fit(&data), item_knn);
    saved.model("knn-zscore", || KnnParams::zscore().fit(&data), user_knn);
    saved.model(
        "knn-baseline",
        || KnnParams::baseline().fit(&data),
        user_knn,
    );
    saved.model("slope-one", || SlopeOne::params().fit(&data), slope_one);
    let clusters = CoClustering::params().n_user_clusters(2).n_item_clusters(2);
    saved.model("co-clustering", || clusters.fit(&data), co_clustering);
    saved.model(
        "item-top-cosine",
        || ItemCosine::params().k(3).fit(&data),
        item_top,
    );
    saved.model(
        "item-top-bm25",
        || ItemBm25::params().k(3).fit(&data),
        item_top,
    );
    saved.model(
        "item-top-rp3beta",
        || Rp3Beta::params().k(3).fit(&data),
        item_top,
    );
    saved.model("item-top-slim", || Slim::params().fit(&data), item_top);
    saved.model("ease", || Ease::params().fit(&data), ease);
}

guide_core::saved_models!(all);
