//! Every measure by hand, and what cannot be measured.

mod unknown;

use std::sync::Arc;

use approx::assert_relative_eq;
use guide_core::testing::{on_threads, same_for_one_and_two_threads};
use guide_core::{Error, Result};

use super::*;
use crate::metrics::RankingScores;
use crate::testing::{Table, checkerboard, small_ratings};
use crate::{
    Basis, BiasParams, Biases, Duplicates, FoldIn, Ids, Interactions, ItemId, Model, Prediction,
    RatingPredictor, Recommender, Records, RecordsBuilder, UserId, Values, split,
};

/// The items of the first history entry's row.
impl FoldIn for Table {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        let value = history.first().map_or(0.0, |entry| entry.1);
        scores.copy_from_slice(&self.scores[0]);
        scores.iter_mut().for_each(|score| *score *= value);
        Ok(())
    }
}

struct Baseline(Interactions, Biases);

impl Baseline {
    fn fit(data: &Interactions) -> Result<Box<dyn RatingPredictor>> {
        Ok(Box::new(Self(
            data.clone(),
            Biases::fit(&BiasParams::default(), data)?,
        )))
    }
}

impl Model for Baseline {
    fn ids(&self) -> &Arc<Ids> {
        self.0.ids()
    }
}

impl RatingPredictor for Baseline {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let known = user.is_some_and(|user| !self.0.items_of(user).is_empty());
        let basis = if known {
            Basis::Model
        } else {
            Basis::UnknownUser
        };
        Prediction {
            rating: self.1.estimate(user, item) as f32,
            basis,
        }
    }
}

pub(super) fn pairs(ids: (usize, usize), pairs: &[(usize, usize)]) -> Interactions {
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(ids.0, ids.1));
    for (user, item) in pairs {
        records
            .push(&user.to_string(), &item.to_string(), Values::default())
            .unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

#[test]
fn a_ranking_by_hand() {
    // User 0: 3 is seen; the ranking is 1, 4, 0, 2; test items 4 and 2 have the places 1 and 3. User 1: 0, 2, 3, 4; test item 0.
    let model = Table::new(&[&[2.0, 5.0, 1.0, 9.0, 4.0], &[5.0, 9.0, 4.0, 3.0, 2.0]]);
    let seen = pairs((2, 5), &[(0, 3), (1, 1)]);
    let test = pairs((2, 5), &[(0, 4), (0, 2), (1, 0), (1, 1)]);
    let report = evaluate_ranking(&model, &seen, &test, &[1, 3, 10]).unwrap();
    assert_eq!(report.users, [UserId(0), UserId(1)]);
    assert_eq!(
        (report.n_test, report.n_test_seen, report.n_unknown_users),
        (3, 1, 0)
    );
    assert_eq!(report.lists[0], [1, 4, 0, 2].map(ItemId));
    let at = |k| report.at(k).unwrap();
    assert_eq!(
        at(1).users,
        [RankingScores::default(), RankingScores::of(&[0], 1, 1)]
    );
    assert_eq!(
        (at(1).mean.hit_rate, at(1).pooled_precision_over_min),
        (0.5, 0.5)
    );
    assert_eq!((at(1).coverage, at(3).coverage), (2.0 / 5.0, 1.0));
    assert_eq!(
        (at(3).mean.recall_over_test, at(3).pooled_precision_over_min),
        (0.75, 2.0 / 3.0)
    );
    assert_eq!(at(3).mean.mrr, 0.75);
    assert_eq!(at(3).mean.precision_over_k, 1.0 / 3.0);
    assert_eq!(
        (at(10).mean.recall_over_test, at(10).mean.hit_rate),
        (1.0, 1.0)
    );
    // Recommended at 1: items 1 (had by one of two users) and 0 (by none, counted as one): 1 bit each.
    assert_eq!(at(1).novelty, 1.0);
    assert!(report.at(2).is_none());

    let auc = evaluate_auc(&model, &seen, &test).unwrap();
    // User 0: 4 > 0 but < 1, 2 < both: 1 of 4. User 1: 0 above 2, 3, 4.
    assert_eq!((auc.values, auc.auc), (vec![0.25, 1.0], 0.625));
}

#[test]
fn ties_count_against_the_method() {
    let n = 100;
    let model = Table::new(&[&vec![1.0; n]]);
    let seen = pairs((1, n), &[(0, 50)]);
    let test = pairs((1, n), &[(0, 0), (0, 1)]);
    let report = evaluate_ranking(&model, &seen, &test, &[10, 98, 200]).unwrap();
    assert_eq!(
        report.lists[0][..2],
        [0, 1].map(ItemId),
        "the list itself shows ties by item"
    );
    assert_eq!(report.at[0].mean, RankingScores::default());
    // 97 other items first, then the two.
    assert_eq!(report.at[1].mean.recall_over_test, 0.5);
    assert_eq!(report.at[2].mean.recall_over_test, 1.0);
    assert_eq!(evaluate_auc(&model, &seen, &test).unwrap().auc, 0.5);

    // A tie inside the list: items 1, 2 and 3 tie behind 0.
    let model = Table::new(&[&[5.0, 3.0, 3.0, 3.0, 1.0, 0.0]]);
    let (seen, test) = (pairs((1, 6), &[(0, 5)]), pairs((1, 6), &[(0, 1), (0, 4)]));
    let report = evaluate_ranking(&model, &seen, &test, &[2, 3, 4, 5]).unwrap();
    let recall: Vec<f64> = report
        .at
        .iter()
        .map(|at| at.mean.recall_over_test)
        .collect();
    assert_eq!(recall, [0.0, 0.0, 0.5, 1.0]);
}

#[test]
fn unknown_users_are_counted_and_unknown_items_are_missed() {
    let model = Table::new(&[&[1.0, 2.0]]);
    let seen = pairs((1, 2), &[(0, 0)]);
    let test = pairs((2, 4), &[(0, 1), (0, 3), (1, 1)]);
    let report = evaluate_ranking(&model, &seen, &test, &[5]).unwrap();
    assert_eq!((report.n_unknown_users, report.users.len()), (1, 1));
    assert_eq!(report.at[0].mean.recall_over_test, 0.5);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let model = Table::new(&[&[1.0, 2.0]]);
    let seen = pairs((1, 2), &[(0, 0)]);
    let message = |result: Result<RankingReport>| result.unwrap_err().to_string();
    for cutoffs in [&[][..], &[3, 0]] {
        assert!(message(evaluate_ranking(&model, &seen, &seen, cutoffs)).contains("`cutoffs`"));
        assert!(
            evaluate_sampled(&model, &[], cutoffs)
                .unwrap_err()
                .to_string()
                .contains("`cutoffs`")
        );
    }
    let nothing_new = evaluate_ranking(&model, &seen, &seen, &[1]);
    assert_eq!(
        message(nothing_new),
        "the set of users with a new test item is empty"
    );
    let mut other = Records::builder();
    other.push("0", "1", Values::default()).unwrap();
    let other = Interactions::new(&other.finish(), Duplicates::Refuse).unwrap();
    let expected = "evaluation needs data numbered as in training, but item 0 is `0` in the model and `1` in the data";
    assert_eq!(
        message(evaluate_ranking(&model, &seen, &other, &[1])),
        expected
    );
    assert!(evaluate_sampled(&model, &[], &[1]).is_err());
}

#[test]
fn fold_in_is_measured_from_the_history_alone() {
    let model = Table::new(&[&[3.0, 2.0, 1.0]]);
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(2, 3));
    let rated = |rating| Values {
        rating: Some(rating),
        ..Values::default()
    };
    records.push("1", "0", rated(-1.0)).unwrap();
    let history = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
    let test = pairs((2, 3), &[(1, 2)]);
    let hit_rate = |values| {
        let report = evaluate_fold_in(&model, &history, values, &test, &[1]).unwrap();
        assert_eq!(report.users, [UserId(1)]);
        report.at[0].mean.hit_rate
    };
    assert_eq!(hit_rate(History::Weights), 0.0);
    assert_eq!(
        hit_rate(History::Ratings),
        1.0,
        "turned round by the rating of -1"
    );
}

#[test]
fn sampled_ranks_by_hand() {
    let model = Table::new(&[&[5.0, 4.0, 4.0, 3.0, 6.0]]);
    let case = |user, positive, negatives: &[u32]| SampledCase {
        user: UserId(user),
        positive: ItemId(positive),
        negatives: negatives.iter().copied().map(ItemId).collect(),
    };
    let cases = [
        case(0, 0, &[1, 2, 3]),
        case(0, 1, &[2, 3, 1]), // ties with 2; the negative 1 is the positive itself
        case(0, 9, &[3]),       // unknown to the model
        case(0, 3, &[9]),
        case(7, 0, &[1]), // unknown user
    ];
    let report = evaluate_sampled(&model, &cases, &[1, 2]).unwrap();
    assert_eq!(report.ranks, [Some(0), Some(1), Some(1), Some(0), None]);
    assert_eq!(report.n_unknown_users, 1);
    assert_eq!(
        (report.at[0].mean.hit_rate, report.at[1].mean.hit_rate),
        (0.5, 1.0)
    );
    assert_relative_eq!(report.at[1].mean.ndcg, (2.0 + 2.0 / 3_f64.log2()) / 4.0);

    let flat = Table::new(&[&[0.0; 5]]);
    let report = evaluate_sampled(&flat, &[case(0, 0, &[1, 2, 3, 4])], &[4]).unwrap();
    assert_eq!(report.at[0].mean.hit_rate, 0.0, "a constant finds nothing");
}

#[test]
fn sampled_cases_of_one_user_are_scored_at_once_and_only_their_items() {
    /// Counts how often it is asked, and for how many items.
    struct Counting(Table, std::sync::Mutex<Vec<usize>>);
    impl Model for Counting {
        fn ids(&self) -> &Arc<Ids> {
            self.0.ids()
        }
    }
    impl Recommender for Counting {
        fn score_items(&self, _: UserId, _: &mut [f32]) -> Result<()> {
            panic!("the whole catalogue is scored")
        }
        fn score_some(&self, user: UserId, items: &[ItemId]) -> Result<Vec<f32>> {
            self.1.lock().unwrap().push(items.len());
            self.0.score_some(user, items)
        }
    }
    let row = [5.0, 4.0, 3.0, 2.0, 1.0, 0.0];
    let table = Table::new(&[&row, &row]);
    let case = |user, positive, negatives: [u32; 2]| SampledCase {
        user: UserId(user),
        positive: ItemId(positive),
        negatives: negatives.map(ItemId).to_vec(),
    };
    let cases = [case(0, 1, [0, 5]), case(0, 2, [0, 5]), case(1, 4, [2, 3])];
    let model = Counting(table, std::sync::Mutex::default());
    let report = on_threads(1, || evaluate_sampled(&model, &cases, &[1]).unwrap());
    assert_eq!(report.ranks, [Some(1), Some(1), Some(2)]);
    assert_eq!(model.1.into_inner().unwrap(), [4, 3]);
}

#[test]
fn scores_that_are_not_finite_are_refused_with_their_user() {
    let case = SampledCase {
        user: UserId(1),
        positive: ItemId(0),
        negatives: vec![ItemId(1)],
    };
    let test = pairs((2, 3), &[(1, 0)]);
    let seen = pairs((2, 3), &[(1, 2)]);
    for (bad, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let expected = format!("score for user 1 is {name}, which is not finite");
        for row in [[bad, 0.5, 0.0], [0.5, bad, 0.0]] {
            let model = Table::new(&[&[0.0; 3], &row]);
            let sampled = evaluate_sampled(&model, std::slice::from_ref(&case), &[1]);
            assert_eq!(sampled.unwrap_err().to_string(), expected);
            let auc = evaluate_auc(&model, &seen, &test);
            assert_eq!(auc.unwrap_err().to_string(), expected);
        }
    }
    let model = Table::new(&[&[0.0; 3], &[0.0, f32::INFINITY, 0.0]]);
    let ranking = evaluate_ranking(&model, &seen, &test, &[2]).unwrap_err();
    assert_eq!(
        ranking.to_string(),
        "score for user 1 is inf, which is not finite"
    );
    // NaN is never listed: the test item is missed, however short the catalogue.
    let model = Table::new(&[&[0.0; 3], &[f32::NAN; 3]]);
    let ranking = evaluate_ranking(&model, &seen, &test, &[3]).unwrap();
    assert_eq!(ranking.at[0].mean, RankingScores::default());
}

#[test]
fn a_prediction_that_is_not_finite_is_refused_with_its_place() {
    struct Broken(Interactions);
    impl Model for Broken {
        fn ids(&self) -> &Arc<Ids> {
            self.0.ids()
        }
    }
    impl RatingPredictor for Broken {
        fn predict(&self, _: Option<UserId>, item: Option<ItemId>) -> Prediction {
            Prediction {
                rating: if item == Some(ItemId(1)) {
                    f32::NAN
                } else {
                    3.0
                },
                basis: Basis::Model,
            }
        }
    }
    let mut records = Records::builder();
    for (item, rating) in [("x", 3.0), ("y", 4.0)] {
        let rating = Some(rating);
        let values = Values {
            rating,
            ..Values::default()
        };
        records.push("a", item, values).unwrap();
    }
    let test = records.finish();
    let model = Broken(Interactions::new(&test, Duplicates::Refuse).unwrap());
    let error = evaluate_ratings(&model, &test).unwrap_err().to_string();
    assert_eq!(error, "estimate 1 is NaN, which is not finite");
}

#[test]
fn diversity_stands_at_each_cut_off_once_similarity_is_told() {
    let model = Table::new(&[&[4.0, 3.0, 2.0, 1.0]]);
    let (seen, test) = (pairs((1, 4), &[(0, 3)]), pairs((1, 4), &[(0, 2)]));
    let report = evaluate_ranking(&model, &seen, &test, &[1, 2, 3]).unwrap();
    assert!(report.at.iter().all(|at| at.diversity.is_none()));
    // The list is 0, 1, 2: items 0 and 1 are alike, 2 is like neither.
    let alike = |a: ItemId, b: ItemId| f32::from(u8::from(a.0.max(b.0) < 2));
    let told = report.clone().with_diversity(alike).unwrap();
    let diversity: Vec<_> = told.at.iter().map(|at| at.diversity.unwrap()).collect();
    assert_eq!(diversity, [0.0, 0.0, 2.0 / 3.0]);
    let error = report.with_diversity(|_, _| f32::NAN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "diversity at cut-off 2 is NaN, which is not finite"
    );
}

#[test]
fn sampled_cases_hold_different_new_items() {
    let parts = split::leave_last(&small_ratings(1)).unwrap();
    let rows = |records| Interactions::new(records, Duplicates::Refuse).unwrap();
    let (seen, test) = (rows(&parts.train), rows(&parts.test));
    let cases = same_for_one_and_two_threads(|| sample_cases(&seen, &test, 9, 4).unwrap());
    assert_eq!(cases.len(), 60);
    for case in &cases {
        let mut negatives = case.negatives.clone();
        negatives.sort_unstable();
        negatives.dedup();
        assert_eq!(negatives.len(), 9);
        let had = |&item: &ItemId| seen.contains(case.user, item) || item == case.positive;
        assert!(!negatives.iter().any(had));
    }
    assert_ne!(cases, sample_cases(&seen, &test, 9, 5).unwrap());
    let error = sample_cases(&seen, &test, 39, 4).unwrap_err();
    assert!(matches!(error, Error::Param { name, .. } if name == "n_negatives"));
}

#[test]
fn rating_errors_are_those_of_the_predictions() {
    let parts = split::ratio(&small_ratings(1), 0.25, 1).unwrap();
    let train = Interactions::new(&parts.train, Duplicates::Refuse).unwrap();
    let model = Baseline::fit(&train).unwrap();
    let report = evaluate_ratings(model.as_ref(), &parts.test).unwrap();
    assert_eq!(
        (report.n, report.predictions.len()),
        (parts.test.len(), parts.test.len())
    );
    let ratings = parts.test.ratings().unwrap();
    let squared = ratings
        .iter()
        .zip(&report.predictions)
        .map(|(&r, p)| f64::from(r - p.rating).powi(2));
    assert_relative_eq!(
        report.mse,
        squared.sum::<f64>() / ratings.len() as f64,
        epsilon = 1e-9
    );
    assert_relative_eq!(report.rmse * report.rmse, report.mse);
    assert!(report.fcp.unwrap() > 0.5 && report.n_fallback == 0);
    let unrated = parts.test.select(&[]);
    assert!(matches!(
        evaluate_ratings(model.as_ref(), &unrated),
        Err(Error::Empty { .. })
    ));
    let mut events = RecordsBuilder::from_ids(train.ids());
    events.push("1", "1", Values::default()).unwrap();
    let error = evaluate_ratings(model.as_ref(), &events.finish())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "evaluation needs ratings, but the test part has none"
    );
}

#[test]
fn folds_are_the_same_in_parallel_and_in_turn() {
    let records = small_ratings(1);
    let how = CrossValidation::new(Duplicates::Refuse).folds(4).seed(2);
    let errors = |how: &CrossValidation| {
        let folds = cross_validate(&records, how, Baseline::fit).unwrap();
        assert!(
            folds
                .iter()
                .all(|fold| fold.fit_s > 0.0 && fold.test_s > 0.0)
        );
        folds
            .iter()
            .map(|fold| fold.report.rmse)
            .collect::<Vec<_>>()
    };
    let parallel = same_for_one_and_two_threads(|| errors(&how));
    assert_eq!(parallel.len(), 4);
    assert_eq!(parallel, errors(&how.parallel(false)));
    assert_ne!(parallel, errors(&how.seed(3)));
    assert!(cross_validate(&records, &how.folds(1), Baseline::fit).is_err());
    let failing = cross_validate(&records, &how, |_| Err(Error::empty("it")));
    assert!(matches!(failing, Err(Error::Empty { .. })));
}

#[test]
fn rankings_are_the_same_on_one_and_two_threads_and_in_chunks() {
    // More users than a chunk holds.
    let n_users = 5000;
    let rows: Vec<Vec<f32>> = (0..n_users)
        .map(|u| (0..30).map(|i| ((u * 7 + i * 13) % 29) as f32).collect())
        .collect();
    let model = Table::new(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let every = |step: usize, offset: usize| -> Vec<(usize, usize)> {
        (0..n_users)
            .map(|u| (u, (u * step + offset) % 30))
            .collect()
    };
    let (seen, test) = (
        pairs((n_users, 30), &every(1, 0)),
        pairs((n_users, 30), &every(1, 7)),
    );
    let measure = || evaluate_ranking(&model, &seen, &test, &[5, 10]).unwrap();
    let report = same_for_one_and_two_threads(measure);
    assert_eq!(report.users.len(), n_users);
    let single = on_threads(1, || {
        let last = pairs((n_users, 30), &every(1, 7)[n_users - 1..]);
        evaluate_ranking(&model, &seen, &last, &[5, 10]).unwrap()
    });
    assert_eq!(single.at[1].users[0], report.at[1].users[n_users - 1]);
}

#[test]
fn the_checkerboard_is_solved_by_its_own_colours() {
    let rows: Vec<Vec<f32>> = (0..50)
        .map(|u| {
            (0..50)
                .map(|i| f32::from(u8::from(u % 2 == i % 2)))
                .collect()
        })
        .collect();
    let model = Table::new(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let diagonal: Vec<(usize, usize)> = (0..50).map(|u| (u, u)).collect();
    let report =
        evaluate_ranking(&model, &checkerboard(), &pairs((50, 50), &diagonal), &[1]).unwrap();
    assert_eq!(
        (
            report.at[0].mean.ndcg,
            report.at[0].coverage,
            report.at[0].gini
        ),
        (1.0, 1.0, 0.0)
    );
}
