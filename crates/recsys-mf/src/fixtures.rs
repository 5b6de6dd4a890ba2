//! What the tests of several models share: small data, the golden values of Surprise, checks.

use std::fmt::Debug;

use guide_core::Persist;
use recsys_core::{
    Duplicates, Explain, Interactions, ItemId, RatingPredictor, Recommender, Records, UserId,
    Values,
};
use serde_json::Value;

/// Ratings of named users and items.
pub(crate) fn ratings(rows: &[(&str, &str, f32)]) -> Interactions {
    interactions(rows, |value| Values {
        rating: Some(value),
        ..Values::default()
    })
}

/// Weighted events of named users and items.
pub(crate) fn events(rows: &[(&str, &str, f32)]) -> Interactions {
    interactions(rows, |value| Values {
        weight: Some(value),
        ..Values::default()
    })
}

fn interactions(rows: &[(&str, &str, f32)], values: impl Fn(f32) -> Values) -> Interactions {
    let mut records = Records::builder();
    for &(user, item, value) in rows {
        records.push(user, item, values(value)).unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

/// The golden values, made by `scripts/golden/surprise_mf.py`.
pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../tests/golden/surprise.json")).unwrap()
}

/// The ratings behind the golden values, from 1 to 5.
pub(crate) fn golden_ratings() -> Interactions {
    let golden = golden();
    let mut records = Records::builder();
    for row in golden["ratings"].as_array().unwrap() {
        let rating = Some(row[2].as_f64().unwrap() as f32);
        let values = Values {
            rating,
            ..Values::default()
        };
        records
            .push(row[0].as_str().unwrap(), row[1].as_str().unwrap(), values)
            .unwrap();
    }
    let records = records.finish().with_scale(1.0, 5.0).unwrap();
    Interactions::new(&records, Duplicates::Refuse).unwrap()
}

/// Asserts that `model`, trained on [`golden_ratings`], predicts what Surprise does.
pub(crate) fn assert_golden(model: &dyn RatingPredictor, name: &str, tolerance: f32) {
    let golden = golden();
    let estimates = golden[name].as_array().unwrap();
    let pairs = golden["pairs"].as_array().unwrap();
    assert_eq!((estimates.len(), pairs.len()), (25, 25));
    for (pair, estimate) in pairs.iter().zip(estimates) {
        let user = model.ids().user(pair[0].as_str().unwrap());
        let item = model.ids().item(pair[1].as_str().unwrap());
        let (ours, theirs) = (
            model.predict(user, item).rating,
            estimate.as_f64().unwrap() as f32,
        );
        assert!(
            (ours - theirs).abs() <= tolerance,
            "{name} {pair}: {ours}, Surprise {theirs}"
        );
    }
}

/// Asserts that the parts of every score sum to it, largest first.
pub(crate) fn assert_parts_sum<M: Recommender + Explain>(model: &M, tolerance: f32) {
    let mut scores = vec![0.0; model.n_items()];
    for user in (0..model.n_users() as u32).map(UserId) {
        model.score_items(user, &mut scores).unwrap();
        for (item, &score) in (0..).map(ItemId).zip(&scores) {
            let parts = model.explain(user, item).unwrap();
            let sum: f32 = parts.iter().map(|part| part.amount).sum();
            assert!(
                (sum - score).abs() <= tolerance * (1.0 + score.abs()),
                "{sum}, score {score}"
            );
            assert!(
                parts
                    .windows(2)
                    .all(|pair| pair[0].amount >= pair[1].amount)
            );
        }
    }
}

/// `model` after a trip through a file, asserted to be the same.
pub(crate) fn round_trip<M: Persist + PartialEq + Debug>(model: &M) -> M {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    model.save(&path).unwrap();
    let back = M::load(&path).unwrap();
    assert_eq!(&back, model);
    back
}
