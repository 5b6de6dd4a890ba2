//! The metrics equal those of implicit and Surprise on the data of `scripts/golden/metrics.py`.

#![allow(clippy::expect_used, reason = "a test may panic, its helpers too")]

use std::collections::BTreeMap;
use std::sync::Arc;

use approx::assert_relative_eq;
use recsys_core::metrics::{fcp, mae, mse, rmse};
use recsys_core::{
    Duplicates, Ids, Interactions, Model, Recommender, RecordsBuilder, UserId, Values, ensure_user,
    evaluate_ranking,
};

#[derive(serde::Deserialize)]
struct Golden {
    scores: Vec<Vec<f32>>,
    seen: Vec<Vec<usize>>,
    test: Vec<Vec<usize>>,
    /// By cut-off, then name.
    rankings: BTreeMap<usize, BTreeMap<String, f64>>,
    users: Vec<UserId>,
    ratings: Vec<f32>,
    estimates: Vec<f32>,
    errors: BTreeMap<String, f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/metrics.json")).expect("the golden file")
}

struct Table(Arc<Ids>, Vec<Vec<f32>>);

impl Model for Table {
    fn ids(&self) -> &Arc<Ids> {
        &self.0
    }
}

impl Recommender for Table {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> guide_core::Result<()> {
        ensure_user(self, user)?;
        scores.copy_from_slice(&self.1[user.index()]);
        Ok(())
    }
}

fn rows(ids: &Ids, items: &[Vec<usize>]) -> Interactions {
    let mut records = RecordsBuilder::from_ids(ids);
    for (user, items) in items.iter().enumerate() {
        for item in items {
            let pushed = records.push(&user.to_string(), &item.to_string(), Values::default());
            pushed.expect("a plain record");
        }
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).expect("different records")
}

#[test]
fn rankings_equal_those_of_implicit() {
    let golden = golden();
    let ids = Ids::numbered(golden.scores.len(), golden.scores[0].len());
    let (seen, test) = (rows(&ids, &golden.seen), rows(&ids, &golden.test));
    let model = Table(Arc::new(ids), golden.scores);
    let cutoffs: Vec<usize> = golden.rankings.keys().copied().collect();
    assert_eq!(cutoffs.len(), 4);
    let report = evaluate_ranking(&model, &seen, &test, &cutoffs).unwrap();
    for (at, implicit) in report.at.iter().zip(golden.rankings.values()) {
        assert_relative_eq!(
            at.pooled_precision_over_min,
            implicit["precision"],
            epsilon = 1e-12
        );
        assert_relative_eq!(at.mean.map_over_min, implicit["map"], epsilon = 1e-12);
        assert_relative_eq!(at.mean.ndcg, implicit["ndcg"], epsilon = 1e-12);
    }
}

#[test]
fn errors_equal_those_of_surprise() {
    let Golden {
        users,
        ratings,
        estimates,
        errors,
        ..
    } = golden();
    assert_relative_eq!(
        rmse(&ratings, &estimates).unwrap(),
        errors["rmse"],
        epsilon = 1e-6
    );
    assert_relative_eq!(
        mae(&ratings, &estimates).unwrap(),
        errors["mae"],
        epsilon = 1e-6
    );
    assert_relative_eq!(
        mse(&ratings, &estimates).unwrap(),
        errors["mse"],
        epsilon = 1e-6
    );
    let concordant = fcp(&users, &ratings, &estimates).unwrap().unwrap();
    assert_relative_eq!(concordant, errors["fcp"], epsilon = 1e-12);
}
