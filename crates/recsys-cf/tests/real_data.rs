//! Recall on MovieLens 100K as events, where it is: `GUIDE_DATA=/path/to/data cargo test -p recsys-cf --test real_data`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::PathBuf;

use guide_core::Fit;
use recsys_cf::{ItemBm25, ItemCosine, ItemTfidf};
use recsys_core::{
    Duplicates, Interactions, Recommender, Records, Values, evaluate_ranking, split,
};

/// The events of ml-100k, if there are any.
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
        records.push(user, item, Values::default()).unwrap();
    }
    Some(records.finish())
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
fn defaults_find_more_than_those_of_implicit() {
    for tenth in [false, true] {
        let Some(parts) = parts(tenth) else { return };
        let methods = [
            ("item-cosine", ItemCosine::params(), ItemCosine::implicit()),
            ("item-tfidf", ItemTfidf::params(), ItemTfidf::implicit()),
            ("item-bm25", ItemBm25::params(), ItemBm25::implicit()),
        ];
        for (name, defaults, implicit) in methods {
            assert_best(name, &defaults, &[implicit], &parts);
        }
    }
}
