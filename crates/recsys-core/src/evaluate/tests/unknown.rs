//! Users and items that a split left out of the training part are counted, and no zero of theirs enters a mean.

use guide_core::Result;

use super::{History, evaluate_auc, evaluate_fold_in, evaluate_ranking};
use super::{evaluate_sampled, evaluate_sampled_seen, pairs, sample_cases};
use crate::testing::Table;
use crate::tune::{RankingMeasure, Validation};
use crate::{
    CrossValidation, Duplicates, Ids, Interactions, ItemId, Model, Recommender, Records,
    SampledCase, UserId, Values, cross_validate,
};

/// Of users 0 to 2 only user 1 has nothing in the training part; nobody has item 3 there.
fn parts() -> (Table, Interactions, Interactions) {
    let row = [0.9, 0.8, 0.7, 0.6];
    (
        Table::new(&[&row, &row, &row]),
        pairs((3, 4), &[(0, 0), (2, 1), (2, 2)]),
        pairs((3, 4), &[(0, 1), (0, 3), (1, 0), (1, 3), (2, 0)]),
    )
}

#[test]
fn a_user_without_rows_in_the_training_part_is_unknown() {
    let (model, seen, test) = parts();
    let report = evaluate_ranking(&model, &seen, &test, &[1]).unwrap();
    assert_eq!(report.n_unknown_users, 1);
    assert_eq!(report.users, [UserId(0), UserId(2)]);
    // User 0 finds 1 of 2, user 2 all: no zero of user 1 is in the mean.
    assert_eq!(report.at[0].mean.recall_over_test, 0.75);
    assert_eq!((report.n_test, report.n_unknown_items), (3, 1));

    let auc = evaluate_auc(&model, &seen, &test).unwrap();
    assert_eq!((auc.n_unknown_users, auc.n_unknown_items), (1, 1));
    // User 0: item 1 above item 2, item 3 below it. User 2: item 0 above item 3.
    assert_eq!((auc.users.len(), auc.auc), (2, 0.75));
}

#[test]
fn where_all_are_unknown_the_error_says_how_many() {
    let (model, seen, _) = parts();
    let strangers = pairs((3, 4), &[(1, 0)]);
    let refused = evaluate_ranking(&model, &seen, &strangers, &[1]);
    let message = refused.unwrap_err().to_string();
    assert!(
        message.contains("(1 with test items are unknown"),
        "{message}"
    );
}

#[test]
fn someone_with_an_empty_history_is_unknown_to_a_fold_in() {
    let (model, seen, test) = parts();
    let report = evaluate_fold_in(&model, &seen, History::Weights, &test, &[1]).unwrap();
    assert_eq!((report.n_unknown_users, report.users.len()), (1, 2));
    // The model has a number for item 3, so it may know it from elsewhere.
    assert_eq!(report.n_unknown_items, 0);
}

#[test]
fn a_sampled_ranking_knows_no_more_than_the_training_part() {
    let (model, seen, test) = parts();
    let cases = sample_cases(&seen, &test, 1, 3).unwrap();
    assert_eq!(cases.len(), 5, "a case for each test item, known or not");
    let report = evaluate_sampled_seen(&model, &seen, &cases, &[1]).unwrap();
    assert_eq!((report.n_unknown_users, report.n_unknown_items), (2, 0));
    assert_eq!(report.at[0].cases.len(), 3);
}

#[test]
fn a_model_that_keeps_who_it_was_trained_on_is_asked() {
    struct Knows(Table);
    impl Model for Knows {
        fn ids(&self) -> &std::sync::Arc<Ids> {
            self.0.ids()
        }
        fn knows_user(&self, user: UserId) -> bool {
            user == UserId(0)
        }
        fn knows_item(&self, item: ItemId) -> bool {
            item != ItemId(1)
        }
    }
    impl Recommender for Knows {
        fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
            self.0.score_items(user, scores)
        }
    }
    let row = [0.5, 0.9];
    let model = Knows(Table::new(&[&row, &row]));
    let case = |user, positive: u32| SampledCase {
        user: UserId(user),
        positive: ItemId(positive),
        negatives: vec![ItemId(1 - positive)],
    };
    let report = evaluate_sampled(&model, &[case(0, 0), case(0, 1), case(1, 0)], &[1]).unwrap();
    assert_eq!(report.ranks, [Some(0), Some(1), None]);
    assert_eq!((report.n_unknown_users, report.n_unknown_items), (1, 1));
}

#[test]
fn a_validation_part_leaves_strangers_out() {
    let (model, seen, test) = parts();
    let part = |rows: &[(u32, u32)], ids: &Interactions| {
        let mut records = crate::RecordsBuilder::from_ids(ids.ids());
        for (user, item) in rows {
            let (user, item) = (user.to_string(), item.to_string());
            records.push(&user, &item, Values::default()).unwrap();
        }
        records.finish()
    };
    let train = part(&[(0, 0), (2, 1), (2, 2)], &seen);
    let held_out = part(&[(0, 1), (1, 1), (2, 0)], &test);
    let validation = Validation::given(&train, held_out, Duplicates::Refuse).unwrap();
    let value = |measure| validation.rank(&model, measure).unwrap();
    assert_eq!(value(RankingMeasure::Recall { k: 1 }), 1.0);
    let sampled = RankingMeasure::SampledHitRate {
        k: 2,
        n_negatives: 1,
        seed: 1,
    };
    assert_eq!(value(sampled), 1.0);
}

#[test]
fn predictions_for_strangers_are_counted_as_fallbacks_in_every_fold() {
    // Each user has one rating: whoever is in the test fold is not in training.
    let mut records = Records::builder();
    for user in 0..10 {
        let rating = Some(1.0 + (user % 5) as f32);
        let values = Values {
            rating,
            ..Values::default()
        };
        records.push(&user.to_string(), "pen", values).unwrap();
    }
    let how = CrossValidation::new(Duplicates::Refuse);
    let folds = cross_validate(&records.finish(), &how, super::Baseline::fit).unwrap();
    for fold in &folds {
        assert_eq!((fold.report.n, fold.report.n_fallback), (2, 2));
    }
}
