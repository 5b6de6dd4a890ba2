//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::Fit;
use guide_core::testing::SavedModels;
use recsys_core::testing::{Recorded, recorded_ratings};
use recsys_mf::{
    Als, Baseline, Bpr, GraphFilter, Ials, Lmf, Nmf, Popular, PureSvd, Random, Svd, Svdpp,
};

/// A model of factors, by what it can answer.
macro_rules! model {
    ($saved:ident, $name:literal, $params:expr, $($question:ident),+) => {
        let params = $params;
        let data = recorded_ratings();
        $saved.model($name, || params.fit(&data), |model| {
            Recorded::of(model)$(.$question())+.answers()
        });
    };
}

fn all(saved: &mut SavedModels) {
    model!(saved, "random", Random::params(), ratings, scores);
    model!(
        saved,
        "popular",
        Popular::params(),
        ratings,
        scores,
        fold_in,
        explanations
    );
    model!(
        saved,
        "baseline",
        Baseline::params(),
        ratings,
        scores,
        fold_in,
        explanations
    );
    let svd = Svd::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "svd",
        svd,
        ratings,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let svdpp = Svdpp::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "svdpp",
        svdpp,
        ratings,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let nmf = Nmf::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "nmf",
        nmf,
        ratings,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let als = Als::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "als",
        als,
        ratings,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let ials = Ials::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "ials",
        ials,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let bpr = Bpr::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "bpr",
        bpr,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let lmf = Lmf::params().n_factors(3).n_epochs(2);
    model!(
        saved,
        "lmf",
        lmf,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let pure_svd = PureSvd::params().n_factors(2);
    model!(
        saved,
        "pure-svd",
        pure_svd,
        scores,
        fold_in,
        similar_items,
        similar_users,
        explanations
    );
    let filter = GraphFilter::params().n_factors(2);
    model!(saved, "graph-filter", filter, scores, fold_in, explanations);
}

guide_core::saved_models!(all);
