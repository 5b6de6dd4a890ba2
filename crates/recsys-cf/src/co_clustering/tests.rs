use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result, Silent};
use recsys_core::testing::{
    self, Agreement, History, rated_checkerboard, ratings, small_half_star_ratings,
};
use recsys_core::{Basis, Duplicates, Interactions, ItemId, RatingPredictor, Recommender, UserId};

use super::*;

fn small() -> Interactions {
    Interactions::new(&small_half_star_ratings(1), Duplicates::Refuse).unwrap()
}

fn fit(data: &Interactions) -> Result<CoClustering> {
    CoClustering::params().fit(data)
}

#[test]
fn keeps_the_contracts() {
    testing::recommender(fit);
    testing::rating_predictor(fit);
    testing::fold_in(History::Ratings, Agreement::Scores(1e-5), fit);
    testing::explain(1e-5, fit);
    let two = CoClustering::params().n_user_clusters(2).n_item_clusters(2);
    testing::solves_checkerboard(&rated_checkerboard(), |data| two.fit(data));
    testing::persist(&fit(&small()).unwrap(), |model| {
        (model.recommend(UserId(3), 5, &[]).unwrap(), model.clone())
    });
}

#[test]
fn equals_surprise_from_the_same_start() {
    let golden = include_str!("../../tests/golden/co_clustering.json");
    let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
    assert_eq!(golden["peer"], "scikit-surprise 1.1.5");
    let known: Vec<(&str, &str, f32)> =
        serde::Deserialize::deserialize(&golden["ratings"]).unwrap();
    let data = ratings(&known);
    let numbers =
        |value: &serde_json::Value| -> Vec<u32> { serde_json::from_value(value.clone()).unwrap() };
    for case in golden["cases"].as_array().unwrap() {
        let size = |name: &str| case[name].as_u64().unwrap() as usize;
        let params = CoClustering::params()
            .n_user_clusters(size("n_user_clusters"))
            .n_item_clusters(size("n_item_clusters"))
            .n_epochs(size("n_epochs"));
        let (users, items) = (
            numbers(&case["user_clusters"]),
            numbers(&case["item_clusters"]),
        );
        let model = train::fit_from(&params, &data, users, items, &Silent).unwrap();
        let pairs = golden["pairs"].as_array().unwrap();
        for (pair, expected) in pairs.iter().zip(case["estimates"].as_array().unwrap()) {
            let user = data.ids().user(pair[0].as_str().unwrap());
            let item = data.ids().item(pair[1].as_str().unwrap());
            let rating = model.predict(user, item).rating;
            let expected = expected.as_f64().unwrap() as f32;
            assert!(
                (rating - expected).abs() < 1e-5,
                "{params:?} {pair}: {rating}, not {expected}"
            );
        }
    }
}

#[test]
fn half_stars_by_hand() {
    let data = ratings(&[
        ("ann", "tea", 4.5),
        ("ann", "pot", 2.0),
        ("bob", "tea", 4.0),
        ("bob", "pot", 2.5),
        ("cid", "tea", 1.5),
        ("cid", "pot", 4.5),
    ]);
    let params = CoClustering::params().n_user_clusters(3).n_item_clusters(2);
    let (ann_and_bob, cid) = (0, 1); // and the third cluster is empty
    let users = vec![ann_and_bob, ann_and_bob, cid];
    let model = train::fit_from(&params, &data, users.clone(), vec![0, 1], &Silent).unwrap();
    assert_eq!(
        (model.user_clusters(), model.item_clusters()),
        (&users[..], &[0, 1][..])
    );
    let near = |user, item, expected: f32| {
        let rating = model.predict(user, item).rating;
        assert!((rating - expected).abs() < 1e-6, "{rating}, not {expected}");
    };
    let (ann, cid, tea, pot) = (UserId(0), UserId(2), ItemId(0), ItemId(1));
    // Ann and Bob both have the mean of their cluster, 3.25, and tea and pot are alone in theirs: the mean of the pair of
    // clusters, (4.5 + 4) / 2 and (2 + 2.5) / 2, is left. In integers it would be 4 and 2.
    near(Some(ann), Some(tea), 4.25);
    near(Some(ann), Some(pot), 2.25);
    near(Some(cid), Some(pot), 4.5);
    near(None, Some(tea), 10.0 / 3.0);
    near(Some(cid), None, 3.0);
    near(None, None, 19.0 / 6.0);
    assert_eq!(model.predict(None, Some(tea)).basis, Basis::UnknownUser);
}

#[test]
fn ends_when_no_cluster_changes() {
    let epochs = std::sync::atomic::AtomicUsize::new(0);
    struct Count<'a>(&'a std::sync::atomic::AtomicUsize);
    impl guide_core::Progress for Count<'_> {
        fn epoch(&self, report: &guide_core::EpochReport) -> std::ops::ControlFlow<()> {
            assert!(report.loss.is_some_and(|loss| loss > 0.0));
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::ops::ControlFlow::Continue(())
        }
    }
    let many = CoClustering::params().n_epochs(1000);
    let model = many.fit_with(&small(), &Count(&epochs)).unwrap();
    let n_epochs = epochs.into_inner();
    assert!((2..100).contains(&n_epochs), "{n_epochs}");
    let again = CoClustering::params()
        .n_epochs(n_epochs)
        .fit(&small())
        .unwrap();
    assert_eq!(again.user_clusters(), model.user_clusters());
    assert_eq!(again.item_clusters(), model.item_clusters());
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("n_user_clusters", "4"),
        ("n_item_clusters", "4"),
        ("n_epochs", "1"),
        ("seed", "1"),
    ];
    params_have_effect(&CoClustering::params(), &changes, |params| {
        params
            .fit(&small())
            .unwrap()
            .recommend(UserId(0), 40, &[])
            .unwrap()
    });
    let bad = [
        ("n_user_clusters", "0"),
        ("n_user_clusters", "4097"),
        ("n_item_clusters", "0"),
        ("n_epochs", "0"),
        ("seed", "-1"),
    ];
    refuses(&CoClustering::params(), &bad);
    let error = fit(&testing::checkerboard()).unwrap_err();
    assert!(matches!(
        error,
        Error::Unsuitable {
            algorithm: "co-clustering",
            ..
        }
    ));
}
