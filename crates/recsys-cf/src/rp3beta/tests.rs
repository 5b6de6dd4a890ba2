use guide_core::Fit;
use guide_core::testing::{params_have_effect, refuses, same_for_one_and_two_threads};
use recsys_core::ItemId;
use recsys_core::testing::{
    self, Agreement, History, checkerboard, ratings_with_taste, small_ratings,
};
use recsys_core::{Duplicates, Recommender, Records, Values};

use super::*;

fn fit(data: &Interactions) -> Result<ItemTop> {
    Rp3Beta::params().fit(data)
}

fn small() -> Interactions {
    Interactions::new(&small_ratings(1), Duplicates::Refuse).unwrap()
}

#[test]
fn keeps_the_contracts() {
    testing::recommender(fit);
    testing::fold_in(History::Weights, Agreement::Scores(1e-5), fit);
    testing::explain(1e-5, fit);
    testing::solves_checkerboard(&checkerboard(), fit);
    testing::similar_items(&checkerboard(), fit);
    testing::similar_users(&checkerboard(), fit);
    testing::persist(&fit(&small()).unwrap(), |model| {
        (model.recommend(UserId(3), 5, &[]).unwrap(), model.clone())
    });
}

#[test]
fn weights_by_hand() {
    let mut records = Records::builder();
    for (user, item, weight) in [
        ("ann", "tea", 1.0),
        ("ann", "cup", 3.0),
        ("bob", "tea", 3.0),
        ("bob", "pot", 1.0),
        ("bob", "cup", 0.0),
    ] {
        let values = Values {
            weight: Some(weight),
            ..Values::default()
        };
        records.push(user, item, values).unwrap();
    }
    let data = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
    let model = Rp3Beta::params().alpha(0.5).beta(1.0).fit(&data).unwrap();
    let (tea, cup, pot) = (ItemId(0), ItemId(1), ItemId(2));
    let weights = |item| -> Vec<(ItemId, f32)> {
        let hits = model.neighbours_of(item).unwrap().iter();
        hits.map(|hit| (hit.id, hit.score)).collect()
    };
    // Tea to Ann 1/4 and on to the cup 3/4, which two users have: √(3/16) / 2. Tea to Bob 3/4, to the pot 1/4: √(3/16).
    let root = (3.0_f32 / 16.0).sqrt();
    assert_eq!(weights(tea), [(pot, root), (cup, root / 2.0)]);
    // The cup leads to Ann alone, since Bob's weight is 0: √(1 · 1/4) / 2.
    assert_eq!(weights(cup), [(tea, 0.25)]);
    assert_eq!(weights(pot), [(tea, 0.75_f32.sqrt() / 2.0)]);
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("k", "3"),
        ("alpha", "0.9"),
        ("beta", "0"),
        ("normalize", "true"),
    ];
    params_have_effect(&Rp3Beta::params(), &changes, |params| {
        let model = params.fit(&small()).unwrap();
        model.recommend(UserId(0), 40, &[]).unwrap()
    });
    let bad = [("k", "0"), ("alpha", "-1"), ("beta", "-0.5")];
    refuses(&Rp3Beta::params(), &bad);
}

#[test]
fn normalized_weights_of_an_item_sum_to_one() {
    let model = Rp3Beta::params().normalize(true).fit(&small()).unwrap();
    let plain = fit(&small()).unwrap();
    for item in (0..40).map(ItemId) {
        let hits = model.neighbours_of(item).unwrap();
        let raw = plain.neighbours_of(item).unwrap();
        let sum = |hits: &[guide_core::Scored<ItemId>]| hits.iter().map(|h| h.score).sum::<f32>();
        assert!((sum(hits) - 1.0).abs() < 1e-5);
        let (hit, raw_hit) = (hits[0], raw[0]);
        assert!((hit.score - raw_hit.score / sum(raw)).abs() < 1e-6);
    }
}

#[test]
fn same_bits_on_one_and_two_threads() {
    // Several blocks of items, so that two threads have something to share.
    let data = Interactions::new(&ratings_with_taste(200, 400, 4000, 1), Duplicates::Refuse);
    let data = data.unwrap();
    same_for_one_and_two_threads(|| fit(&data).unwrap());
}
