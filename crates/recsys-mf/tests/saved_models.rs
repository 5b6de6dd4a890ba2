//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::Fit;
use guide_core::testing::SavedModels;
use recsys_core::testing::Recorded;
use recsys_core::{Duplicates, Interactions, Records, Values};
use recsys_mf::{
    Als, Baseline, Bpr, GraphFilter, Ials, Lmf, Nmf, Popular, PureSvd, Random, Svd, Svdpp,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn data() -> Interactions {
    let mut records = Records::builder();
    for user in 0..8 {
        for item in (0..7).filter(|item| (user * user + 3 * item + user * item) % 5 > 1) {
            let values = Values {
                rating: Some((1 + (user * item) % 5) as f32),
                weight: Some((1 + item % 2) as f32),
                time: Some(1000 * user + item),
            };
            records
                .push(&format!("u{user}"), &format!("i{item}"), values)
                .unwrap();
        }
    }
    let records = records.finish().with_scale(1.0, 5.0).unwrap();
    Interactions::new(&records, Duplicates::Refuse).unwrap()
}

/// A model of factors, by what it can answer.
macro_rules! model {
    ($saved:ident, $name:literal, $params:expr, $($question:ident),+) => {
        let params = $params;
        let data = data();
        $saved.model($name, || params.fit(&data), |model| {
            Recorded::of(model)$(.$question())+.answers()
        });
    };
}

fn all(mut saved: SavedModels) {
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
    saved.finish();
}

#[test]
fn committed_models_answer_as_recorded() {
    all(SavedModels::check(FOLDER));
}

/// Run once after a raise of a `VERSION`: `cargo test -p recsys-mf --test saved_models -- --ignored`.
#[test]
#[ignore = "writes the files that are missing"]
fn write_missing_models() {
    all(SavedModels::write_missing(FOLDER));
}
