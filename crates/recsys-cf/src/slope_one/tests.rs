use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result};
use recsys_core::testing::{self, Agreement, History, ratings, small_half_star_ratings};
use recsys_core::{
    Basis, Duplicates, Explain, FoldIn, Interactions, ItemId, Part, RatingPredictor, Recommender,
    UserId,
};

use super::*;

fn small() -> Interactions {
    Interactions::new(&small_half_star_ratings(1), Duplicates::Refuse).unwrap()
}

fn fit(data: &Interactions) -> Result<SlopeOne> {
    SlopeOne::params().fit(data)
}

/// Ann and Bob rated tea and cup, Cid tea and pot, Dan the fan alone.
fn four() -> Interactions {
    ratings(&[
        ("ann", "tea", 3.5),
        ("ann", "cup", 3.0),
        ("bob", "tea", 4.0),
        ("bob", "cup", 2.0),
        ("cid", "tea", 2.5),
        ("cid", "pot", 1.0),
        ("dan", "fan", 0.5),
    ])
}

#[test]
fn keeps_the_contracts() {
    testing::recommender(fit);
    testing::rating_predictor(fit);
    testing::fold_in(History::Ratings, Agreement::Scores(1e-5), fit);
    testing::explain(1e-5, fit);
    testing::similar_users(&testing::rated_checkerboard(), fit);
    testing::persist(&fit(&small()).unwrap(), |model| {
        let scores = model.recommend(UserId(3), 5, &[]).unwrap();
        (scores, model.predict(Some(UserId(1)), Some(ItemId(2))))
    });
}

#[test]
fn half_stars_by_hand() {
    let model = fit(&four()).unwrap();
    let (ann, bob, cid, dan) = (UserId(0), UserId(1), UserId(2), UserId(3));
    let (tea, cup, pot, fan) = (ItemId(0), ItemId(1), ItemId(2), ItemId(3));
    // tea − cup: (0.5 + 2) / 2. Held in integers it would be (0 + 2) / 2.
    assert_eq!(model.deviations()[(0, 1)], 1.25);
    assert_eq!(model.deviations()[(1, 0)], -1.25);
    assert_eq!(model.deviations()[(2, 0)], -1.5);
    assert!(model.deviations()[(1, 2)].is_nan());
    let predict = |user, item| model.predict(Some(user), Some(item));
    // Ann's mean is 3.25; the pot shares a user with the tea alone: 3.25 − 1.5.
    assert_eq!(predict(ann, pot).rating, 1.75);
    // Cid's mean is 1.75; tea alone speaks for the cup: 1.75 − 1.25.
    assert_eq!(predict(cid, cup).rating, 0.5);
    // Bob rated the tea: itself 0 and over the cup 1.25, from a mean of 3.
    assert_eq!(predict(bob, tea).rating, 3.625);
    let alone = predict(dan, tea);
    assert_eq!((alone.rating, alone.basis), (0.5, Basis::TooFewNeighbours));
    assert_eq!(predict(ann, fan).rating, 3.25);
    assert_eq!(
        model.predict(None, Some(tea)).rating,
        (16.5_f64 / 7.0) as f32
    );

    let parts = model.explain(ann, pot).unwrap();
    assert_eq!(parts.last().unwrap().from, Part::Item(tea));
    assert_eq!(parts.last().unwrap().amount, -1.5);
    let mut scores = [0.0; 4];
    // Someone new who rated the tea 5 stands where Ann's deviations put them.
    model.score_for(&[(tea, 5.0)], &mut scores).unwrap();
    assert_eq!(scores, [5.0, 3.75, 3.5, 5.0]);
}

#[test]
fn a_prediction_stays_on_the_scale_and_a_score_does_not() {
    let data = ratings(&[
        ("ann", "tea", 5.0),
        ("ann", "cup", 2.0),
        ("bob", "cup", 4.0),
    ]);
    let model = fit(&data).unwrap();
    let (bob, tea) = (UserId(1), ItemId(0));
    assert_eq!(model.predict(Some(bob), Some(tea)).rating, 5.0);
    let mut scores = [0.0; 2];
    model.score_items(bob, &mut scores).unwrap();
    assert_eq!(scores[0], 7.0);
}

#[test]
fn too_much_memory_or_no_ratings_are_refused() {
    let error = SlopeOne::params().max_bytes(63).fit(&four()).unwrap_err();
    let expected = "slope one of 4 items needs 64 bytes, above max_bytes = 63";
    assert_eq!(error.to_string(), expected);
    let error = fit(&testing::checkerboard()).unwrap_err();
    assert!(matches!(
        error,
        Error::Unsuitable {
            algorithm: "slope-one",
            ..
        }
    ));
    params_have_effect(&SlopeOne::params(), &[("max_bytes", "63")], |params| {
        params.fit(&four()).is_ok()
    });
    refuses(&SlopeOne::params(), &[("max_bytes", "-1")]);
}
