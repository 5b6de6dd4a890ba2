//! Both cosines and the estimates by hand, the inherited checks, and goldens of scikit-surprise 1.1.5.

use approx::assert_abs_diff_eq;
use guide_core::{Error, Fit, testing as core_testing};
use recsys_core::testing::{self, Agreement, History};
use recsys_core::{
    Basis, BiasParams, Duplicates, Interactions, ItemId, RatingPredictor, Recommender, Records,
    SimilarItems, SimilarUsers, UserId, Values,
};

use super::{Estimate, Knn, KnnParams, Similarity};

const SIMILARITIES: [Similarity; 8] = [
    Similarity::Msd,
    Similarity::Cosine,
    Similarity::CosineAll,
    Similarity::Pearson,
    Similarity::PearsonBaseline,
    Similarity::Jaccard,
    Similarity::Tversky,
    Similarity::Asymmetric,
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
fn measures_of_what_each_has_rated_by_hand() {
    let basic = KnnParams::basic();
    // ann has x and y, bob x, y and z, cid z.
    let jaccard = basic.clone().similarity(Similarity::Jaccard);
    assert_abs_diff_eq!(similarity(jaccard.clone(), 0, 1), 2.0 / 3.0);
    assert_abs_diff_eq!(similarity(jaccard.clone(), 1, 2), 1.0 / 3.0);
    // Two in common: 2/3 · 2 / (2 + 3).
    let shrunk = similarity(jaccard.shrinkage(Some(3.0)), 0, 1);
    assert_abs_diff_eq!(shrunk, 4.0 / 15.0, epsilon = 1e-7);
    // What only ann has counts 2, what only bob has ¼.
    let tversky = basic.clone().similarity(Similarity::Tversky);
    let tversky = tversky.alpha(2.0).beta(0.25);
    assert_abs_diff_eq!(similarity(tversky.clone(), 0, 1), 2.0 / 2.25);
    assert_abs_diff_eq!(similarity(tversky, 1, 0), 2.0 / 4.0);
    // 24 over 25^α 50^(1 − α), the other way round from bob.
    let asymmetric = basic.similarity(Similarity::Asymmetric).alpha(0.8);
    let (there, back) = (
        24.0 / (25_f32.powf(0.8) * 50_f32.powf(0.2)),
        24.0 / (50_f32.powf(0.8) * 25_f32.powf(0.2)),
    );
    assert_abs_diff_eq!(similarity(asymmetric.clone(), 0, 1), there, epsilon = 1e-6);
    assert_abs_diff_eq!(similarity(asymmetric, 1, 0), back, epsilon = 1e-6);
}

#[test]
fn shrinkage_is_surprises_unless_it_is_given() {
    let data = Interactions::new(&testing::small_ratings(3), Duplicates::Last).unwrap();
    for similarity in SIMILARITIES {
        let same = match similarity {
            Similarity::PearsonBaseline => 100.0,
            _ => 0.0,
        };
        let params = KnnParams::basic().similarity(similarity);
        let like = |params: &KnnParams| {
            let model = params.fit(&data).unwrap();
            model.similar_users(UserId(0), 60).unwrap()
        };
        let default = like(&params);
        assert_eq!(like(&params.clone().shrinkage(Some(same))), default);
        let shrunk = like(&params.shrinkage(Some(same + 5.0)));
        assert!(
            shrunk.iter().map(|hit| hit.score).sum::<f32>()
                < default.iter().map(|hit| hit.score).sum()
        );
    }
}

#[test]
fn equal_ratings_have_a_deviation_of_one() {
    let data = ratings(&[("ann", "x", 3.0), ("bob", "x", 3.0), ("bob", "y", 3.0)]);
    for user_based in [true, false] {
        let model = KnnParams::zscore()
            .user_based(user_based)
            .fit(&data)
            .unwrap();
        let prediction = model.predict(Some(UserId(0)), Some(ItemId(1)));
        assert_eq!((prediction.rating, prediction.basis), (3.0, Basis::Model));
        let mut scores = [f32::NAN; 2];
        recsys_core::FoldIn::score_for(&model, &[(ItemId(0), 3.0)], &mut scores).unwrap();
        assert_eq!(scores[1], 3.0);
    }
}

#[test]
fn reports_its_baselines_and_itself() {
    let heard = std::sync::Mutex::new(Vec::new());
    struct Listener<'a>(&'a std::sync::Mutex<Vec<(&'static str, usize)>>);
    impl guide_core::Progress for Listener<'_> {
        fn epoch(&self, report: &guide_core::EpochReport) -> std::ops::ControlFlow<()> {
            self.0
                .lock()
                .unwrap()
                .push((report.algorithm, report.epoch));
            // Ends the baselines after two epochs.
            if report.epoch == 2 {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        }
    }
    let params = KnnParams::baseline();
    let ended = params.fit_with(&three_users(), &Listener(&heard)).unwrap();
    let expected = [("baseline", 1), ("baseline", 2), ("knn-baseline", 1)];
    assert_eq!(*heard.lock().unwrap(), expected);
    let two = params.biases(BiasParams::default().n_epochs(2));
    assert_eq!(ended.biases, two.fit(&three_users()).unwrap().biases);
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
                // Off the middle, so that the two sides of a measure that has two differ.
                let params = KnnParams::basic()
                    .estimate(estimate)
                    .similarity(similarity)
                    .user_based(user_based)
                    .alpha(0.8);
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
fn similar_items_are_of_an_item_based_model_and_similar_users_of_both() {
    testing::similar_items(&testing::rated_checkerboard(), |data| {
        KnnParams::basic().user_based(false).fit(data)
    });
    for user_based in [true, false] {
        testing::similar_users(&testing::rated_checkerboard(), |data| {
            KnnParams::basic().user_based(user_based).fit(data)
        });
    }
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
    let tversky = params.clone().similarity(Similarity::Tversky);
    core_testing::params_have_effect(&tversky, &[("alpha", "2"), ("beta", "2")], answer);
    let asymmetric = params.clone().similarity(Similarity::Asymmetric);
    core_testing::params_have_effect(&asymmetric, &[("alpha", "0.9")], answer);
    core_testing::refuses(&asymmetric, &[("alpha", "1.1")]);
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
        ("alpha", "-1"),
        ("beta", "-1"),
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
