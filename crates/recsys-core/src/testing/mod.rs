//! Checks that every recommender inherits, and the small data they run on.
//!
//! Each check takes a closure that trains, fits it on [`small_ratings`] (with one user and one item that nobody
//! touched) and panics where the model breaks the contract of its trait.

mod data;
mod recorded;
mod similar;
mod table;

use std::fmt::Debug;

use guide_core::testing::{
    refuses_forged_payloads, same_for_one_and_two_threads, survives_corruption,
};
use guide_core::{Error, Persist, Result, Scored};

use crate::{
    Basis, Explain, FoldIn, Interactions, ItemId, Model, Pair, RatingPredictor, Recommender, UserId,
};

pub use crate::History;
pub use data::{
    checkerboard, events, rated_checkerboard, ratings, ratings_with_taste, recorded_events,
    recorded_ratings, small_half_star_ratings, small_ratings,
};
pub use guide_core::testing::Answers;
pub use recorded::Recorded;
pub use similar::{similar_items, similar_users};
pub use table::Table;

/// Asserts that a model recommends to each user of `board` the one right item, which was withheld.
///
/// `board` is [`checkerboard`] for models of events and [`rated_checkerboard`] for models of ratings.
///
/// # Panics
/// If training fails or the first recommendation to any user is another item.
pub fn solves_checkerboard<M: Recommender>(
    board: &Interactions,
    fit: impl Fn(&Interactions) -> Result<M>,
) {
    let model = done(fit(board));
    for user in users(&model) {
        let hits = done(model.recommend(user, 1, board.items_of(user)));
        let first = hits.first().map(|hit| hit.id);
        assert_eq!(first, Some(ItemId(user.0)), "the withheld item of {user:?}");
    }
}

/// Asserts the contract of [`Recommender`]: finite scores for all items and every user, excluded items left out in whatever
/// order they come, never more nor fewer items than asked for, best first, an error for an unknown user, batches and scores
/// of some items equal to single calls, and the same bits again and on one and two threads, with more users and items than one task takes.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn recommender<M: Recommender>(fit: impl Fn(&Interactions) -> Result<M> + Sync) {
    let seen = contract_data();
    let model = done(fit(&seen));
    let many = data::many_ratings();
    let answers = || {
        let model = done(fit(&many));
        let of_user = |user| scores_of(&model, user).into_iter().map(f32::to_bits);
        let scores: Vec<u32> = users(&model).flat_map(of_user).collect();
        let all: Vec<UserId> = users(&model).collect();
        let lists = done(model.recommend_batch(&all, 7, &many))
            .into_iter()
            .flatten();
        let lists: Vec<_> = lists.map(|hit| (hit.id, hit.score.to_bits())).collect();
        (scores, lists)
    };
    let same = same_for_one_and_two_threads(answers);
    assert!(same == answers(), "a second training differs");

    let all_users: Vec<UserId> = users(&model).collect();
    let batch = done(model.recommend_batch(&all_users, 7, &seen));
    assert_eq!(batch.len(), all_users.len(), "a list for each user");
    for (&user, batch) in all_users.iter().zip(&batch) {
        let scores = scores_of(&model, user);
        assert!(
            scores.iter().all(|s| s.is_finite()),
            "scores of {user:?}: {scores:?}"
        );
        let exclude = seen.items_of(user);
        let single = done(model.recommend(user, 7, exclude));
        for hits in [batch, &single] {
            assert_hits(hits, 7.min(scores.len() - exclude.len()), exclude, &scores);
        }
        for (a, b) in batch.iter().zip(&single) {
            assert_near(a.score, b.score, 1e-4, "batch and single score");
        }
        let all = done(model.recommend(user, scores.len() + 10, exclude));
        assert_hits(&all, scores.len() - exclude.len(), exclude, &scores);
        assert_hits(
            &done(model.recommend(user, scores.len(), &[])),
            scores.len(),
            &[],
            &scores,
        );
        assert!(done(model.recommend(user, 0, &[])).is_empty());
        let falling: Vec<ItemId> = exclude.iter().rev().copied().collect();
        let same = done(model.recommend(user, 7, &falling)) == single;
        assert!(same, "items to leave out in falling order for {user:?}");
        for (item, some) in falling.iter().zip(done(model.score_some(user, &falling))) {
            let score = scores[item.index()];
            assert_near(some, score, 1e-4, "score among some and among all");
        }
    }
    let stranger = UserId(model.n_users() as u32);
    let mut scores = vec![0.0; model.n_items()];
    assert_out_of_range(model.score_items(stranger, &mut scores));
    assert_out_of_range(model.recommend(stranger, 1, &[]));
    assert_out_of_range(model.score_some(stranger, &[ItemId(0)]));
    assert_out_of_range(model.score_some(UserId(0), &[ItemId(model.n_items() as u32)]));
    assert_out_of_range(model.recommend_batch(&[UserId(0), stranger], 1, &seen));
    assert!(done(model.recommend_batch(&[], 1, &seen)).is_empty());
}

/// Asserts the contract of [`RatingPredictor`]: every prediction is on the scale and says rightly on what it rests,
/// `None`, a number past the end and a user or item without ratings are the same, batches equal single calls, and the
/// same bits again and on one and two threads, with more users and items than one task takes.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn rating_predictor<M: RatingPredictor>(fit: impl Fn(&Interactions) -> Result<M> + Sync) {
    let data = contract_data();
    let model = done(fit(&data));
    let (n_users, n_items) = (model.n_users() as u32, model.n_items() as u32);
    // The last user and item are known by name only.
    let no_users = [
        None,
        Some(UserId(n_users - 1)),
        Some(UserId(n_users)),
        Some(UserId(u32::MAX)),
    ];
    let no_items = [
        None,
        Some(ItemId(n_items - 1)),
        Some(ItemId(n_items)),
        Some(ItemId(u32::MAX)),
    ];
    let some_users = || (0..n_users - 1).map(|user| Some(UserId(user)));
    let some_items = || (0..n_items - 1).map(|item| Some(ItemId(item)));

    let known: Vec<Pair> = some_users()
        .flat_map(|user| some_items().map(move |item| (user, item)))
        .collect();
    for &(user, item) in &known {
        let basis = model.predict(user, item).basis;
        let fits = matches!(basis, Basis::Model | Basis::TooFewNeighbours);
        assert!(
            fits,
            "{user:?} and {item:?} are known, but the basis is {basis:?}"
        );
    }
    let expect = |pairs: &[Pair], basis: Basis| {
        let first = model.predict(pairs[0].0, pairs[0].1);
        for &(user, item) in pairs {
            let prediction = model.predict(user, item);
            assert_eq!(prediction.basis, basis, "basis for {user:?} and {item:?}");
            assert_eq!(
                prediction, first,
                "the unknown differ for {user:?} and {item:?}"
            );
        }
    };
    for item in some_items() {
        expect(&no_users.map(|user| (user, item)), Basis::UnknownUser);
    }
    for user in some_users() {
        expect(&no_items.map(|item| (user, item)), Basis::UnknownItem);
    }
    for user in no_users {
        expect(&no_items.map(|item| (user, item)), Basis::UnknownBoth);
    }

    let pairs: Vec<Pair> = known
        .into_iter()
        .chain(no_users.into_iter().zip(no_items))
        .collect();
    let batch = model.predict_batch(&pairs);
    assert_eq!(batch.len(), pairs.len(), "a prediction for each pair");
    let Some(scale) = data.scale() else {
        panic!("ratings have a scale")
    };
    for (&(user, item), batch) in pairs.iter().zip(&batch) {
        let single = model.predict(user, item);
        let on_scale = (scale.min..=scale.max).contains(&single.rating);
        assert!(
            on_scale,
            "{single:?} for {user:?} and {item:?} is off the scale {scale:?}"
        );
        assert_near(batch.rating, single.rating, 1e-5, "batch and single rating");
        assert_eq!(batch.basis, single.basis);
    }
    let many = data::many_ratings();
    let bits = || {
        let model = done(fit(&many));
        let item =
            |user: u32, step: u32| (Some(UserId(user)), Some(ItemId((user + 7 * step) % 300)));
        let pair = |user: u32| (0..40).map(move |step| item(user, step));
        let pairs: Vec<Pair> = (0..model.n_users() as u32).flat_map(pair).collect();
        let bits = |prediction: &crate::Prediction| prediction.rating.to_bits();
        let predictions = model.predict_batch(&pairs);
        predictions.iter().map(bits).collect::<Vec<_>>()
    };
    assert!(
        same_for_one_and_two_threads(bits) == bits(),
        "a second training differs"
    );
}

/// How near the scores for a training user's history come to those of the trained user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agreement {
    /// Every score within this, relative to `1 + |score|`: models whose user side is a function of the history.
    Scores(f32),
    /// Averaged over users, this share of the 10 best new items is the same: models that approach a solution.
    Top10(f64),
}

/// Asserts the contract of [`FoldIn`]: the history of a user in the training data ranks as `agreement` says, an empty
/// history has finite scores, excluded items are left out, and an unknown item, NaN and infinity are refused.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn fold_in<M: FoldIn + Recommender>(
    history: History,
    agreement: Agreement,
    fit: impl Fn(&Interactions) -> Result<M>,
) {
    let data = contract_data();
    let model = done(fit(&data));
    let n_items = model.n_items();
    let mut same = 0.0;
    let mut asked = 0.0;
    for user in users(&model).filter(|&user| !data.items_of(user).is_empty()) {
        let (history, seen) = (history.of(&data, user), data.items_of(user));
        let trained = scores_of(&model, user);
        let mut folded = vec![f32::NAN; n_items];
        done(model.score_for(&history, &mut folded));
        let hits = done(model.recommend_for(&history, 10, seen));
        assert_hits(&hits, 10.min(n_items - seen.len()), seen, &folded);
        let falling: Vec<ItemId> = seen.iter().rev().copied().collect();
        let alike = done(model.recommend_for(&history, 10, &falling)) == hits;
        assert!(alike, "items to leave out in falling order for {user:?}");
        match agreement {
            Agreement::Scores(tolerance) => {
                for (&folded, &trained) in folded.iter().zip(&trained) {
                    assert_near(folded, trained, tolerance, "folded-in and trained score");
                }
            }
            Agreement::Top10(_) => {
                let trained = done(model.recommend(user, 10, seen));
                same += trained
                    .iter()
                    .filter(|hit| hits.iter().any(|h| h.id == hit.id))
                    .count() as f64;
                asked += trained.len() as f64;
            }
        }
    }
    if let Agreement::Top10(share) = agreement {
        assert!(
            same >= share * asked,
            "{same} of {asked} are the same, not {share}"
        );
    }

    let mut scores = vec![f32::NAN; n_items];
    done(model.score_for(&[], &mut scores));
    assert!(
        scores.iter().all(|score| score.is_finite()),
        "an empty history: {scores:?}"
    );
    let all = done(model.recommend_for(&[(ItemId(1), 3.0)], n_items + 10, &[ItemId(1)]));
    assert_eq!(all.len(), n_items - 1, "all but the excluded");
    assert_out_of_range(model.score_for(&[(ItemId(n_items as u32), 1.0)], &mut scores));
    assert_out_of_range(model.recommend_for(&[(ItemId(n_items as u32), 1.0)], 3, &[]));
    for value in [f32::NAN, f32::INFINITY] {
        let refused = model.score_for(&[(ItemId(0), 1.0), (ItemId(1), value)], &mut scores);
        assert!(
            matches!(refused, Err(Error::NotFinite { .. })),
            "{value} gives {refused:?}"
        );
    }
}

/// Asserts the contract of [`Explain`]: for every user and item the parts, largest amount first, sum to the score within
/// `tolerance`, relative to `1 + |score|`; unknown users and items are errors.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn explain<M: Explain + Recommender>(tolerance: f32, fit: impl Fn(&Interactions) -> Result<M>) {
    let data = contract_data();
    let model = done(fit(&data));
    for user in users(&model) {
        let scores = scores_of(&model, user);
        for (item, &score) in items(&model).zip(&scores) {
            let parts = done(model.explain(user, item));
            let sum: f64 = parts.iter().map(|part| f64::from(part.amount)).sum();
            assert_near(sum as f32, score, tolerance, "sum of the parts and score");
            let falls = parts
                .windows(2)
                .all(|pair| pair[0].amount >= pair[1].amount);
            assert!(falls, "largest first: {parts:?}");
        }
    }
    assert_out_of_range(model.explain(UserId(model.n_users() as u32), ItemId(0)));
    assert_out_of_range(model.explain(UserId(0), ItemId(model.n_items() as u32)));
}

/// Asserts that `model` gives the same `answers` after a way through a model file, that the file describes the model,
/// and that damaged and forged files are refused ([`survives_corruption`], [`refuses_forged_payloads`]).
///
/// # Panics
/// If any of that does not hold.
pub fn persist<M: Persist, A: PartialEq + Debug>(model: &M, answers: impl Fn(&M) -> A) {
    let mut file = Vec::new();
    done(model.write_to(&mut file));
    let read = done(M::read_from(&mut file.as_slice()));
    assert_eq!(answers(&read), answers(model), "answers after loading");
    assert!(model.about().is_object(), "about() describes the model");
    let mut again = Vec::new();
    done(read.write_to(&mut again));
    assert!(again == file, "a loaded model writes another file");
    survives_corruption(model, 300, 1);
    refuses_forged_payloads(model, 300);
}

fn contract_data() -> Interactions {
    data::rows(&data::with_strangers(&small_ratings(5)))
}

fn users<M: Model>(model: &M) -> impl Iterator<Item = UserId> {
    (0..model.n_users() as u32).map(UserId)
}

fn items<M: Model>(model: &M) -> impl Iterator<Item = ItemId> {
    (0..model.n_items() as u32).map(ItemId)
}

fn scores_of<M: Recommender>(model: &M, user: UserId) -> Vec<f32> {
    let mut scores = vec![f32::NAN; model.n_items()];
    done(model.score_items(user, &mut scores));
    scores
}

fn done<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// `len` different items, none excluded, ranked, each with its score.
fn assert_hits(hits: &[Scored<ItemId>], len: usize, exclude: &[ItemId], scores: &[f32]) {
    assert_eq!(hits.len(), len, "number of items");
    for hit in hits {
        assert!(!exclude.contains(&hit.id), "{:?} is excluded", hit.id);
        assert_near(
            hit.score,
            scores[hit.id.index()],
            1e-4,
            "score of a hit and of its item",
        );
    }
    assert_ranked(hits);
}

/// Best first, ties by number, none twice.
fn assert_ranked<I: Ord + Copy + Debug>(hits: &[Scored<I>]) {
    let ranked = |pair: &[Scored<I>]| {
        pair[0].score > pair[1].score || (pair[0].score == pair[1].score && pair[0].id < pair[1].id)
    };
    assert!(
        hits.windows(2).all(ranked),
        "best first, ties by number: {hits:?}"
    );
    let mut ids: Vec<I> = hits.iter().map(|hit| hit.id).collect();
    ids.sort_unstable();
    assert!(
        ids.windows(2).all(|pair| pair[0] < pair[1]),
        "one twice: {hits:?}"
    );
}

fn assert_near(a: f32, b: f32, tolerance: f32, what: &str) {
    assert!(
        (a - b).abs() <= tolerance * (1.0 + b.abs()),
        "{what}: {a} and {b}"
    );
}

fn assert_out_of_range<T: Debug>(result: Result<T>) {
    assert!(
        matches!(result, Err(Error::OutOfRange { .. })),
        "expected OutOfRange, got {result:?}"
    );
}

#[cfg(test)]
mod tests;
