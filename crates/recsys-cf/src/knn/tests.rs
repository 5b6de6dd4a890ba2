//! Both cosines and the estimates by hand, the inherited checks, and goldens of scikit-surprise 1.1.5.

use approx::assert_abs_diff_eq;
use guide_core::{Error, Fit, testing as core_testing};
use recsys_core::testing::{self, Agreement, History};
use recsys_core::{
    Basis, BiasParams, Duplicates, Interactions, ItemId, RatingPredictor, Recommender, Records,
    SimilarItems, UserId, Values,
};

use super::{Estimate, Knn, KnnParams, Similarity};

const SIMILARITIES: [Similarity; 5] = [
    Similarity::Msd,
    Similarity::Cosine,
    Similarity::CosineAll,
    Similarity::Pearson,
    Similarity::PearsonBaseline,
];
const ESTIMATES: [Estimate; 4] = [
    Estimate::Basic,
    Estimate::Means,
    Estimate::Zscore,
    Estimate::Baseline,
];

fn ratings(triples: &[(&str, &str, f32)]) -> Interactions {
    let mut records = Records::builder();
    for &(user, item, rating) in triples {
        records
            .push(
                user,
                item,
                Values {
                    rating: Some(rating),
                    ..Values::default()
                },
            )
            .unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

/// ann and bob have x and y in common; bob alone has z; cid shares nothing but z.
fn three_users() -> Interactions {
    ratings(&[
        ("ann", "x", 3.0),
        ("ann", "y", 4.0),
        ("bob", "x", 4.0),
        ("bob", "y", 3.0),
        ("bob", "z", 5.0),
        ("cid", "z", 2.0),
    ])
}

fn similarity(params: KnnParams, a: u32, b: u32) -> f32 {
    let model = params.fit(&three_users()).unwrap();
    let found = model.similar_users(UserId(a), 9).unwrap();
    found
        .iter()
        .find(|hit| hit.id == UserId(b))
        .map_or(0.0, |hit| hit.score)
}

#[test]
fn the_two_cosines_by_hand() {
    // Common items x, y: 3·4 + 4·3 = 24. Over common items both norms are 5; over all, bob's is √50.
    let basic = KnnParams::basic();
    assert_abs_diff_eq!(
        similarity(basic.clone().similarity(Similarity::Cosine), 0, 1),
        24.0 / 25.0
    );
    let all = similarity(basic.clone().similarity(Similarity::CosineAll), 0, 1);
    assert_abs_diff_eq!(all, 24.0 / (5.0 * 50.0_f32.sqrt()), epsilon = 1e-6);
    // One common item makes the common-items cosine 1, whatever the ratings; over all items it does not.
    assert_abs_diff_eq!(
        similarity(basic.clone().similarity(Similarity::Cosine), 1, 2),
        1.0
    );
    let all = similarity(basic.similarity(Similarity::CosineAll), 1, 2);
    assert_abs_diff_eq!(all, 10.0 / (50.0_f32.sqrt() * 2.0), epsilon = 1e-6);
}

#[test]
fn the_other_similarities_by_hand() {
    let basic = KnnParams::basic();
    // Mean squared difference over x and y: (1 + 1) / 2.
    assert_abs_diff_eq!(similarity(basic.clone(), 0, 1), 0.5);
    // ann rises where bob falls: −1, which `similar_users` leaves out.
    assert_eq!(
        similarity(basic.clone().similarity(Similarity::Pearson), 0, 1),
        0.0
    );
    // Two common items where three are asked for.
    assert_eq!(similarity(basic.min_support(3), 0, 1), 0.0);
}

#[test]
fn estimates_by_hand() {
    let predict = |params: KnnParams| {
        params
            .fit(&three_users())
            .unwrap()
            .predict(Some(UserId(0)), Some(ItemId(2)))
    };
    // Of z's raters only bob has anything in common with ann.
    assert_abs_diff_eq!(predict(KnnParams::basic()).rating, 5.0);
    // μ_ann = 3.5, and bob gave z 1 above his mean of 4.
    assert_abs_diff_eq!(predict(KnnParams::means()).rating, 4.5);
    // σ_ann = 0.5, σ_bob = √(2/3): 3.5 + 0.5 · 1 / √(2/3).
    let by_hand = 3.5 + 0.5 / (2.0_f32 / 3.0).sqrt();
    assert_abs_diff_eq!(predict(KnnParams::zscore()).rating, by_hand, epsilon = 1e-6);
    let few = predict(KnnParams::means().min_k(2));
    assert_eq!((few.rating, few.basis), (3.5, Basis::TooFewNeighbours));
}

#[test]
fn ties_go_to_the_rating_that_arrived_first() {
    // bob and cid are equally near to ann; cid's rating of z came first, and k = 1 takes it alone.
    let data = ratings(&[
        ("ann", "x", 3.0),
        ("bob", "x", 3.0),
        ("cid", "x", 3.0),
        ("cid", "z", 1.0),
        ("bob", "z", 5.0),
    ]);
    let model = KnnParams::basic().k(1).fit(&data).unwrap();
    assert_eq!(model.predict(Some(UserId(0)), Some(ItemId(1))).rating, 1.0);
}

#[test]
fn every_combination_keeps_the_contracts() {
    for user_based in [true, false] {
        for estimate in ESTIMATES {
            for similarity in SIMILARITIES {
                let params = KnnParams::basic()
                    .estimate(estimate)
                    .similarity(similarity)
                    .user_based(user_based);
                let fit = |data: &Interactions| params.fit(data);
                testing::rating_predictor(fit);
                testing::recommender(fit);
                testing::explain(1e-4, fit);
            }
        }
    }
}

#[test]
fn a_folded_in_user_scores_like_the_trained_one() {
    for estimate in ESTIMATES {
        // Of an item-based model every score is a function of the history; of a user-based one the trained user is its
        // own nearest neighbour where it rated, so only the ranking of new items agrees.
        let item_based = KnnParams::basic().estimate(estimate).user_based(false);
        testing::fold_in(History::Ratings, Agreement::Scores(1e-4), |data| {
            item_based.fit(data)
        });
        let user_based = KnnParams::basic().estimate(estimate);
        testing::fold_in(History::Ratings, Agreement::Top10(0.99), |data| {
            user_based.fit(data)
        });
    }
}

#[test]
fn similar_items_are_of_an_item_based_model() {
    testing::similar_items(&testing::rated_checkerboard(), |data| {
        KnnParams::basic().user_based(false).fit(data)
    });
    let model = KnnParams::basic().fit(&three_users()).unwrap();
    assert!(matches!(
        model.similar_items(ItemId(0), 1),
        Err(Error::Unsuitable { .. })
    ));
}

#[test]
fn survives_saving_and_corruption() {
    let data = Interactions::new(&testing::small_ratings(3), Duplicates::Last).unwrap();
    let model = KnnParams::baseline()
        .similarity(Similarity::PearsonBaseline)
        .fit(&data)
        .unwrap();
    testing::persist(&model, |model: &Knn| {
        model.recommend(UserId(3), 5, &[]).unwrap()
    });
}

#[test]
fn every_parameter_has_an_effect_and_its_bad_values_are_refused() {
    let data = Interactions::new(&testing::small_half_star_ratings(5), Duplicates::Last).unwrap();
    let pairs: Vec<_> = (0..60)
        .map(|n| (Some(UserId(n)), Some(ItemId(n * 7 % 40))))
        .collect();
    let answer = |params: &KnnParams| {
        let model = params.fit(&data).unwrap();
        model
            .predict_batch(&pairs)
            .iter()
            .map(|p| p.rating.to_bits())
            .collect::<Vec<_>>()
    };
    let params = KnnParams::baseline()
        .similarity(Similarity::PearsonBaseline)
        .k(10);
    let other = [
        ("estimate", "basic"),
        ("user_based", "false"),
        ("similarity", "msd"),
        ("k", "3"),
        ("min_k", "8"),
        ("min_support", "6"),
        ("shrinkage", "1"),
        ("biases.method", "sgd"),
        ("biases.n_epochs", "1"),
        ("biases.reg_user", "1"),
        ("biases.reg_item", "1"),
    ];
    core_testing::params_have_effect(&params, &other, answer);
    let sgd = params.clone().biases(BiasParams::sgd());
    let other = [
        ("biases.learning_rate", "0.05"),
        ("biases.regularization", "0.5"),
    ];
    core_testing::params_have_effect(&sgd, &other, answer);
    let bad = [
        ("k", "0"),
        ("min_k", "0"),
        ("min_k", "11"),
        ("min_support", "0"),
        ("shrinkage", "-1"),
    ];
    core_testing::refuses(&params, &bad);
    assert!(
        params
            .biases(BiasParams::default().n_epochs(0))
            .fit(&data)
            .is_err()
    );
}

#[test]
fn events_without_ratings_are_refused() {
    let error = KnnParams::basic()
        .fit(&testing::checkerboard())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "knn-basic needs ratings, but the interactions have none"
    );
}
