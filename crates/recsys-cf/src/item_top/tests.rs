use std::ops::ControlFlow;

use guide_core::{EpochReport, Fit, Persist, Progress, Scored, testing};
use recsys_core::testing::{self as contract, Agreement, History};
use recsys_core::{
    Duplicates, Explain, FoldIn, Interactions, ItemId, Model, Recommender, Records, SimilarItems,
    UserId, Values, best_items,
};

use super::{ItemBm25, ItemCosine, ItemSimilarity, ItemTfidf, ItemTop, ItemTopParams, Weighting};

fn events(rows: &[(&str, &str, f32)]) -> Interactions {
    let mut records = Records::builder();
    for &(user, item, weight) in rows {
        let values = Values {
            weight: Some(weight),
            ..Values::default()
        };
        records.push(user, item, values).unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

fn small() -> Interactions {
    Interactions::new(&contract::small_ratings(1), Duplicates::Refuse).unwrap()
}

#[test]
fn the_defaults_and_those_of_implicit() {
    let of = |params: &ItemTopParams| {
        let ItemTopParams {
            k,
            shrinkage,
            user_exponent,
            amplify,
            ..
        } = *params;
        (k, shrinkage, user_exponent, amplify)
    };
    assert_eq!(of(&ItemCosine::params()), (20, 3.0, 0.5, 1.0));
    assert_eq!(of(&ItemTfidf::params()), (20, 20.0, 0.25, 1.0));
    assert_eq!(of(&ItemBm25::params()), (100, 0.0, 0.0, 1.5));
    for params in methods() {
        assert_eq!(of(&params), (19, 0.0, 0.0, 1.0));
    }
    // x = (1, 3, 0), z = (0, 4, 1) of ann with 2 items, bob with 3 and cy with 2.
    let model = ItemCosine::params().fit(&by_hand()).unwrap();
    let (two, three) = (0.5_f64.sqrt(), (1.0 / 3.0_f64).sqrt());
    let squares = (two + 9.0 * three) * (16.0 * three + two);
    near(weight(&model, 0, 2), 12.0 * three / (squares.sqrt() + 3.0));
}

#[test]
fn what_few_users_share_does_not_stand_before_what_many_do() {
    // One user has a and b; twenty have c and d, and five more have c alone.
    let mut rows = vec![("one".to_owned(), "a"), ("one".to_owned(), "b")];
    for user in 0..25 {
        rows.push((user.to_string(), "c"));
        if user < 20 {
            rows.push((user.to_string(), "d"));
        }
    }
    rows.push(("one".to_owned(), "c"));
    let pairs: Vec<(&str, &str)> = rows.iter().map(|(user, item)| (&**user, *item)).collect();
    let data = contract::events(&pairs);
    let ids = data.ids();
    let from = |name: &str| ids.item(name).unwrap().0;
    let (ab, cd) = ((from("a"), from("b")), (from("c"), from("d")));
    let plain = ItemCosine::implicit().fit(&data).unwrap();
    assert!(weight(&plain, ab.0, ab.1) > weight(&plain, cd.0, cd.1));
    let shrunk = ItemCosine::params().fit(&data).unwrap();
    assert!(weight(&shrunk, ab.0, ab.1) < weight(&shrunk, cd.0, cd.1));
}

fn methods() -> [ItemTopParams; 3] {
    [
        ItemCosine::implicit(),
        ItemTfidf::implicit(),
        ItemBm25::implicit(),
    ]
}

fn weight(model: &ItemTop, from: u32, to: u32) -> f32 {
    let hits = model.neighbours_of(ItemId(from)).unwrap();
    let hit = hits.iter().find(|hit| hit.id == ItemId(to));
    hit.map_or(0.0, |hit| hit.score)
}

#[track_caller]
fn near(a: f32, b: f64) {
    assert!(
        (f64::from(a) - b).abs() < 1e-6 * (1.0 + b.abs()),
        "{a}, not {b}"
    );
}

/// ann: x 1, y 2; bob: x 3, y 1, z 4; z alone with cy, who has w.
fn by_hand() -> Interactions {
    events(&[
        ("ann", "x", 1.0),
        ("ann", "y", 2.0),
        ("bob", "x", 3.0),
        ("bob", "y", 1.0),
        ("bob", "z", 4.0),
        ("cy", "z", 1.0),
        ("cy", "w", 1.0),
    ])
}

#[test]
fn cosines_by_hand() {
    let model = ItemCosine::implicit().fit(&by_hand()).unwrap();
    // x = (1, 3, 0), y = (2, 1, 0), z = (0, 4, 1), w = (0, 0, 1).
    near(weight(&model, 0, 1), 5.0 / 50_f64.sqrt());
    near(weight(&model, 0, 2), 12.0 / 170_f64.sqrt());
    near(weight(&model, 3, 2), 1.0 / 17_f64.sqrt());
    assert_eq!(model.neighbours_of(ItemId(3)).unwrap().len(), 1);
    let mut scores = [0.0; 4];
    model.score_items(UserId(0), &mut scores).unwrap();
    near(scores[2], 12.0 / 170_f64.sqrt() + 2.0 * 4.0 / 85_f64.sqrt());
    assert_eq!(scores[3], 0.0);
    // The best first, then those without a score, by number.
    let hits = model.recommend(UserId(2), 4, &[]).unwrap();
    let ids: Vec<u32> = hits.iter().map(|hit| hit.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3]);
    let parts = model.explain_for(&[(ItemId(0), 1.0), (ItemId(1), 2.0)], ItemId(2));
    assert_eq!(parts.unwrap().len(), 2);
}

#[test]
fn tfidf_and_bm25_by_hand() {
    let data = by_hand();
    // Four items; ann and cy have two each, bob three.
    let (ann, bob) = (4_f64.ln() - 3_f64.ln(), 4_f64.ln() - 4_f64.ln());
    let model = ItemTfidf::implicit().fit(&data).unwrap();
    // bob counts nothing: x = (ann, 0, 0), y = (√2 ann, 0, 0).
    near(weight(&model, 0, 1), 1.0);
    assert_eq!((bob, weight(&model, 0, 2)), (0.0, 0.0));
    near(weight(&model, 2, 3), 1.0);

    let model = ItemBm25::implicit().fit(&data).unwrap();
    // Sums of weights: x 4, y 3, z 5, w 1; their mean 3.25.
    let saturated = |v: f64, length: f64| v * 2.2 / (1.2 * (0.25 + 0.75 * length / 3.25) + v);
    near(
        weight(&model, 0, 1),
        saturated(1.0, 4.0) * saturated(2.0, 3.0) * ann * ann,
    );
}

/// ann, bob and cy have 2, 3 and 2 items; x is ann's and bob's, y too, z bob's and cy's, w cy's.
#[test]
fn measures_of_sets_by_hand() {
    let plain = ItemCosine::implicit();
    let check = |params: &ItemTopParams, expected: [(u32, u32, f64); 3]| {
        let model = params.fit(&by_hand()).unwrap();
        for (from, to, expected) in expected {
            near(weight(&model, from, to), expected);
        }
    };
    let jaccard = plain.clone().similarity(ItemSimilarity::Jaccard);
    check(&jaccard, [(0, 1, 1.0), (0, 2, 1.0 / 3.0), (3, 2, 0.5)]);
    check(
        &jaccard.clone().shrinkage(2.0),
        [(0, 1, 0.5), (0, 2, 0.2), (3, 2, 0.25)],
    );
    // ann and cy count 1/2 each, bob 1/3.
    let (ann, bob, cy) = (0.5, 1.0 / 3.0, 0.5);
    let by_user = jaccard.user_exponent(1.0);
    let (z, cup) = (bob / (ann + bob + cy), cy / (bob + cy));
    check(&by_user, [(0, 1, 1.0), (0, 2, z), (3, 2, cup)]);
    let dice = plain.clone().similarity(ItemSimilarity::Dice);
    check(&dice, [(0, 1, 1.0), (0, 2, 0.5), (3, 2, 2.0 / 3.0)]);
    check(
        &dice.shrinkage(1.0),
        [(0, 1, 2.0 / 3.0), (0, 2, 1.0 / 3.0), (3, 2, 0.4)],
    );
    // Only the item spoken for: 3; only the one that speaks: 1/2.
    let tversky = plain
        .similarity(ItemSimilarity::Tversky)
        .alpha(3.0)
        .beta(0.5);
    check(
        &tversky,
        [(0, 2, 1.0 / 4.5), (3, 2, 0.25), (2, 3, 1.0 / 1.5)],
    );
    check(
        &tversky.shrinkage(1.0),
        [(0, 2, 1.0 / 5.5), (3, 2, 0.2), (2, 3, 0.4)],
    );
}

#[test]
fn cosines_with_two_sides_shrunk_and_by_user_by_hand() {
    // x = (1, 3, 0), y = (2, 1, 0), z = (0, 4, 1), w = (0, 0, 1).
    let asymmetric = ItemCosine::implicit().similarity(ItemSimilarity::Asymmetric);
    let model = asymmetric.alpha(0.2).fit(&by_hand()).unwrap();
    near(
        weight(&model, 0, 2),
        12.0 / (10_f64.powf(0.8) * 17_f64.powf(0.2)),
    );
    near(
        weight(&model, 2, 0),
        12.0 / (17_f64.powf(0.8) * 10_f64.powf(0.2)),
    );
    let model = ItemCosine::implicit()
        .shrinkage(3.0)
        .fit(&by_hand())
        .unwrap();
    near(weight(&model, 0, 2), 12.0 / (170_f64.sqrt() + 3.0));
    // A user counts the root of 1 / 2 or 1 / 3 in every sum.
    let model = ItemCosine::implicit()
        .user_exponent(0.5)
        .fit(&by_hand())
        .unwrap();
    let (two, three) = (0.5_f64.sqrt(), (1.0 / 3.0_f64).sqrt());
    let squares = (two + 9.0 * three) * (16.0 * three + two);
    near(weight(&model, 0, 2), 12.0 * three / squares.sqrt());
}

#[test]
fn half_way_the_measures_meet() {
    let same = |a: ItemTopParams, b: ItemTopParams| {
        let (a, b) = (a.fit(&small()).unwrap(), b.fit(&small()).unwrap());
        assert_eq!(a.neighbours, b.neighbours);
    };
    let of = |similarity| ItemCosine::implicit().similarity(similarity).shrinkage(2.0);
    same(of(ItemSimilarity::Asymmetric), of(ItemSimilarity::Cosine));
    same(of(ItemSimilarity::Tversky), of(ItemSimilarity::Dice));
    let jaccard = of(ItemSimilarity::Jaccard);
    same(of(ItemSimilarity::Tversky).alpha(1.0).beta(1.0), jaccard);
}

#[test]
fn kept_rows_in_their_shape_by_hand() {
    let params = ItemCosine::implicit().similarity(ItemSimilarity::Jaccard);
    // From x: y 1, z 1/3. Squared and of a sum of one: 9/10, 1/10.
    let model = params.clone().amplify(2.0).normalize(true).fit(&by_hand());
    let model = model.unwrap();
    near(weight(&model, 0, 1), 0.9);
    near(weight(&model, 0, 2), 0.1);
    // The sum is that of the neighbours kept.
    let model = params.clone().k(1).normalize(true).fit(&by_hand()).unwrap();
    assert_eq!(model.neighbours_of(ItemId(2)).unwrap().len(), 1);
    near(weight(&model, 2, 3), 1.0);
    // Weights too small for a number are no neighbours; too large ones are refused.
    let model = params.amplify(200.0).fit(&by_hand()).unwrap();
    assert_eq!(model.neighbours_of(ItemId(0)).unwrap().len(), 1);
    model.check().unwrap();
    let params = ItemBm25::implicit()
        .weighting(Weighting::Plain)
        .amplify(90.0);
    for params in [params.clone(), params.normalize(true)] {
        let error = params.fit(&by_hand()).unwrap_err().to_string();
        assert!(error.contains("amplify") && error.contains("90"), "{error}");
    }
}

#[test]
fn a_user_with_every_item_never_turns_the_sign() {
    // In implicit 0.7.3 the idf of such a user is below 0.
    let data = events(&[("a", "x", 1.0), ("a", "y", 1.0), ("b", "x", 1.0)]);
    let model = ItemTfidf::implicit().fit(&data).unwrap();
    assert!(model.neighbours_of(ItemId(0)).unwrap().is_empty());
}

#[test]
fn equals_a_dense_product() {
    let data = small();
    let (n_users, n_items) = (data.n_users(), data.n_items());
    let mut dense = vec![0.0_f64; n_users * n_items];
    for user in (0..n_users as u32).map(UserId) {
        for (item, value) in data.history_of(user) {
            dense[user.index() * n_items + item.index()] = f64::from(value);
        }
    }
    let dot = |i: usize, j: usize| -> f64 {
        let row = |u: usize| dense[u * n_items + i] * dense[u * n_items + j];
        (0..n_users).map(row).sum()
    };
    for k in [1, 5, 100] {
        let model = ItemCosine::implicit().k(k).fit(&data).unwrap();
        for i in 0..n_items {
            let others = (0..n_items).filter(|&j| j != i);
            let mut all: Vec<f64> = others
                .map(|j| dot(i, j) / (dot(i, i) * dot(j, j)).sqrt())
                .collect();
            all.retain(|&cosine| cosine > 0.0);
            all.sort_by(|a, b| b.total_cmp(a));
            all.truncate(k);
            let hits = model.neighbours_of(ItemId(i as u32)).unwrap();
            assert_eq!(hits.len(), all.len());
            for (hit, best) in hits.iter().zip(all) {
                let j = hit.id.index();
                near(hit.score, dot(i, j) / (dot(i, i) * dot(j, j)).sqrt());
                near(hit.score, best);
                let back = weight(&model, hit.id.0, i as u32);
                assert!(back == hit.score || k < 100, "the same from either end");
            }
        }
    }
}

#[test]
fn short_cuts_give_what_all_scores_give() {
    let data = small();
    let model = ItemCosine::implicit().k(3).fit(&data).unwrap();
    let mut scores = vec![0.0; model.n_items()];
    for user in (0..data.n_users() as u32).map(UserId) {
        let exclude = data.items_of(user);
        // A dislike, and a like that takes it back.
        let mut history = data.history_of(user);
        history.extend([(ItemId(5), -2.0), (ItemId(7), 1.0), (ItemId(7), -1.0)]);
        model.score_for(&history, &mut scores).unwrap();
        for n in [1, 10, 40, usize::MAX] {
            let hits = model.recommend_for(&history, n, exclude).unwrap();
            assert_eq!(hits, best_items(&scores, n, exclude));
        }
    }
}

#[test]
fn keeps_the_contracts() {
    for params in methods() {
        // More than the 24 others of the same colour on the board.
        let params = params.k(30);
        let fit = |data: &Interactions| params.fit(data);
        contract::recommender(fit);
        contract::fold_in(History::Weights, Agreement::Scores(0.0), fit);
        contract::explain(1e-6, fit);
        contract::solves_checkerboard(&contract::checkerboard(), fit);
        contract::similar_items(&contract::checkerboard(), fit);
        contract::similar_users(&contract::checkerboard(), fit);
    }
}

#[test]
fn every_measure_keeps_the_contracts() {
    for similarity in [
        ItemSimilarity::Asymmetric,
        ItemSimilarity::Jaccard,
        ItemSimilarity::Tversky,
        ItemSimilarity::Dice,
    ] {
        let params = ItemCosine::implicit().similarity(similarity).alpha(0.3);
        let params = params.k(30).shrinkage(1.0).user_exponent(0.5).amplify(1.5);
        let fit = |data: &Interactions| params.fit(data);
        contract::recommender(fit);
        contract::explain(1e-6, fit);
        contract::solves_checkerboard(&contract::checkerboard(), fit);
    }
}

#[test]
fn same_bits_on_one_and_two_threads() {
    // Several blocks of items, so that two threads have something to share.
    let records = contract::ratings_with_taste(200, 400, 4000, 1);
    let data = Interactions::new(&records, Duplicates::Refuse).unwrap();
    for params in methods() {
        let params = params.user_exponent(0.5).normalize(true);
        testing::same_for_one_and_two_threads(|| params.fit(&data).unwrap());
    }
}

/// Ends a training after the first report.
struct AtOnce;

impl Progress for AtOnce {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        assert_eq!(
            (report.algorithm, report.epoch, report.n_epochs),
            ("item-top", 1, 2)
        );
        ControlFlow::Break(())
    }
}

#[test]
fn ended_early_the_other_items_have_no_neighbours() {
    // One item more than a chunk has, each with the one before.
    let names: Vec<String> = (0..4097).map(|n| n.to_string()).collect();
    let pairs: Vec<(&str, &str)> = names
        .windows(2)
        .flat_map(|two| [(&*two[0], &*two[0]), (&*two[0], &*two[1])])
        .collect();
    let data = contract::events(&pairs);
    let (whole, ended) = (
        ItemCosine::implicit().fit(&data),
        ItemCosine::implicit().fit_with(&data, &AtOnce),
    );
    let (whole, ended) = (whole.unwrap(), ended.unwrap());
    for item in (0..4096).map(ItemId) {
        assert_eq!(
            ended.neighbours_of(item).unwrap(),
            whole.neighbours_of(item).unwrap()
        );
    }
    assert!(ended.neighbours_of(ItemId(4096)).unwrap().is_empty());
    assert!(!whole.neighbours_of(ItemId(4096)).unwrap().is_empty());
    ended.check().unwrap();
}

#[test]
fn every_parameter_counts_and_is_checked() {
    let data = small();
    let recommended = |params: &ItemTopParams| {
        let model = params.fit(&data).unwrap();
        let all: Vec<UserId> = (0..data.n_users() as u32).map(UserId).collect();
        model.recommend_batch(&all, 10, &data).unwrap()
    };
    let changes = [
        ("k", "3"),
        ("weighting", "plain"),
        ("similarity", "cosine"),
        ("k1", "5"),
        ("b", "0"),
        ("user_exponent", "1"),
        ("normalize", "true"),
        ("amplify", "2"),
    ];
    testing::params_have_effect(&ItemBm25::implicit(), &changes, recommended);
    for similarity in ["jaccard", "tversky", "dice", "asymmetric"] {
        let cosine = ItemCosine::implicit().alpha(0.3);
        testing::params_have_effect(&cosine, &[("similarity", similarity)], recommended);
    }
    let tversky = ItemCosine::implicit().similarity(ItemSimilarity::Tversky);
    let changes = [("alpha", "0.1"), ("beta", "2"), ("shrinkage", "9")];
    testing::params_have_effect(&tversky, &changes, recommended);
    let asymmetric = ItemCosine::implicit().similarity(ItemSimilarity::Asymmetric);
    let changes = [("alpha", "0.1"), ("shrinkage", "30")];
    testing::params_have_effect(&asymmetric, &changes, recommended);
    testing::refuses(&asymmetric, &[("alpha", "1.1")]);
    testing::refuses(&tversky, &[("weighting", "tfidf")]);
    testing::refuses(&ItemBm25::implicit(), &[("shrinkage", "1")]);
    testing::refuses(
        &ItemTopParams::default(),
        &[
            ("k", "0"),
            ("weighting", "heavy"),
            ("similarity", "none"),
            ("k1", "-1"),
            ("b", "1.5"),
            ("alpha", "-1"),
            ("beta", "-1"),
            ("shrinkage", "-1"),
            ("user_exponent", "2.5"),
            ("normalize", "much"),
            ("amplify", "0"),
        ],
    );
}

#[test]
fn survives_files() {
    let model = ItemCosine::implicit().k(4).fit(&small()).unwrap();
    contract::persist(&model, |model| {
        let similar = model.similar_items(ItemId(3), 9).unwrap();
        let why = model.explain(UserId(2), similar[0].id).unwrap();
        (model.recommend(UserId(2), 5, &[]).unwrap(), similar, why)
    });
    let (rows, hits) = (
        "cannot decode `item-top`: neighbours and items do not fit together",
        "cannot decode `item-top`: neighbours are out of order or out of range",
    );
    type Damage = fn(&mut Vec<usize>, &mut Vec<Scored<ItemId>>);
    let damages: [(Damage, &str); 5] = [
        (|starts, _| starts.truncate(40), rows),
        (|starts, _| starts[1] = 999, rows),
        (|_, hits| hits[0].id = ItemId(40), hits),
        (|_, hits| hits.swap(0, 1), hits),
        (|_, hits| hits[0].score = f32::INFINITY, hits),
    ];
    for (damage, reason) in damages {
        let mut damaged = model.clone();
        damaged.neighbours = damaged.neighbours.damaged(damage);
        assert_eq!(damaged.check().unwrap_err().to_string(), reason);
    }
}
