//! What the tests of several models share: small data, the golden values of Surprise, checks.

use guide_core::{Fit, Params, by_name, kernels::dot, seeded};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use recsys_core::{
    Duplicates, Ids, Interactions, ItemId, Model, RatingPredictor, Recommender, Records,
    RecordsBuilder, UserId, Values,
};
use serde_json::Value;

/// Ratings of named users and items.
pub(crate) fn ratings(rows: &[(&str, &str, f32)]) -> Interactions {
    interactions(rows, |value| Values {
        rating: Some(value),
        ..Values::default()
    })
}

/// Weighted events of named users and items.
pub(crate) fn events(rows: &[(&str, &str, f32)]) -> Interactions {
    interactions(rows, |value| Values {
        weight: Some(value),
        ..Values::default()
    })
}

fn interactions(rows: &[(&str, &str, f32)], values: impl Fn(f32) -> Values) -> Interactions {
    let mut records = Records::builder();
    for &(user, item, value) in rows {
        records.push(user, item, values(value)).unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

/// The golden values, made by `scripts/golden/surprise_mf.py`.
pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../tests/golden/surprise.json")).unwrap()
}

/// The ratings behind the golden values, from 1 to 5.
pub(crate) fn golden_ratings() -> Interactions {
    let golden = golden();
    let mut records = Records::builder();
    for row in golden["ratings"].as_array().unwrap() {
        let rating = Some(row[2].as_f64().unwrap() as f32);
        let values = Values {
            rating,
            ..Values::default()
        };
        records
            .push(row[0].as_str().unwrap(), row[1].as_str().unwrap(), values)
            .unwrap();
    }
    let records = records.finish().with_scale(1.0, 5.0).unwrap();
    Interactions::new(&records, Duplicates::Refuse).unwrap()
}

/// Asserts that `model`, trained on [`golden_ratings`], predicts what Surprise does.
pub(crate) fn assert_golden(model: &dyn RatingPredictor, name: &str, tolerance: f32) {
    let golden = golden();
    let estimates = golden[name].as_array().unwrap();
    let pairs = golden["pairs"].as_array().unwrap();
    assert_eq!((estimates.len(), pairs.len()), (25, 25));
    for (pair, estimate) in pairs.iter().zip(estimates) {
        let user = model.ids().user(pair[0].as_str().unwrap());
        let item = model.ids().item(pair[1].as_str().unwrap());
        let (ours, theirs) = (
            model.predict(user, item).rating,
            estimate.as_f64().unwrap() as f32,
        );
        assert!(
            (ours - theirs).abs() <= tolerance,
            "{name} {pair}: {ours}, Surprise {theirs}"
        );
    }
}

/// `params` with these fields set.
pub(crate) fn terms<P: Params>(params: &P, terms: &[(&str, &str)]) -> P {
    let set = |params, &(name, value): &(&str, &str)| by_name::set(&params, name, value).unwrap();
    terms.iter().fold(params.clone(), set)
}

/// The random start of one side, as Surprise drew it.
pub(crate) fn start(name: &str, side: &str) -> Vec<f32> {
    let golden = golden();
    let rows = golden[name][side].as_array().unwrap();
    let numbers = rows.iter().flat_map(|row| row.as_array().unwrap());
    numbers.map(|x| x.as_f64().unwrap() as f32).collect()
}

/// Who, what, and how it was rated.
pub(crate) type Rating = (UserId, ItemId, f32);

/// `n` ratings from 1 to 5 of numbered users and items, made of `rank` hidden factors and a little noise; some items are
/// far more popular than others.
fn low_rank_ratings(n_users: usize, n_items: usize, n: usize, rank: usize) -> Vec<Rating> {
    let mut rng = seeded(11);
    let mut deviates =
        |n: usize| -> Vec<f32> { (0..n).map(|_| StandardNormal.sample(&mut rng)).collect() };
    let (users, items, noise) = (
        deviates(n_users * rank),
        deviates(n_items * rank),
        deviates(n),
    );
    let mut pairs = std::collections::BTreeSet::new();
    while pairs.len() < n {
        let item = (rng.random::<f32>().powi(2) * n_items as f32) as usize;
        pairs.insert((rng.random_range(0..n_users), item));
    }
    let rate = |((user, item), noise): ((usize, usize), f32)| {
        let product = dot(&users[user * rank..][..rank], &items[item * rank..][..rank]);
        let rating = (3.0 + product / (rank as f32).sqrt() + 0.1 * noise).clamp(1.0, 5.0);
        (UserId(user as u32), ItemId(item as u32), rating)
    };
    pairs.into_iter().zip(noise).map(rate).collect()
}

fn numbered(n_users: usize, n_items: usize, rows: &[Rating]) -> Interactions {
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(n_users, n_items));
    for &(user, item, rating) in rows {
        let values = Values {
            rating: Some(rating),
            ..Values::default()
        };
        records
            .push(&user.0.to_string(), &item.0.to_string(), values)
            .unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

/// `n` ratings made of `rank` hidden factors.
pub(crate) fn low_rank(n_users: usize, n_items: usize, n: usize, rank: usize) -> Interactions {
    numbered(
        n_users,
        n_items,
        &low_rank_ratings(n_users, n_items, n, rank),
    )
}

/// `n` events of weights from 1 to 3, of users and items that like each other.
pub(crate) fn weighted(n_users: usize, n_items: usize, n: usize) -> Interactions {
    let mut rows = low_rank_ratings(n_users, n_items, 2 * n, 3);
    rows.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(n_users, n_items));
    for &(user, item, rating) in &rows[..n] {
        let values = Values {
            weight: Some((rating - 2.0).round().max(1.0)),
            ..Values::default()
        };
        records
            .push(&user.0.to_string(), &item.0.to_string(), values)
            .unwrap();
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

/// [`low_rank`] with every fifth rating apart.
pub(crate) fn low_rank_split(
    n_users: usize,
    n_items: usize,
    n: usize,
    rank: usize,
) -> (Interactions, Vec<Rating>) {
    let all = low_rank_ratings(n_users, n_items, n, rank);
    let part = |test: bool| {
        let rows = all
            .iter()
            .enumerate()
            .filter(move |(index, _)| (index % 5 == 4) == test);
        rows.map(|(_, row)| *row).collect::<Vec<_>>()
    };
    (numbered(n_users, n_items, &part(false)), part(true))
}

/// The root of the mean squared error.
pub(crate) fn rmse(model: &dyn RatingPredictor, test: &[Rating]) -> f64 {
    let squares = test.iter().map(|&(user, item, rating)| {
        f64::from(model.predict(Some(user), Some(item)).rating - rating).powi(2)
    });
    (squares.sum::<f64>() / test.len() as f64).sqrt()
}

/// The scores of all items for one user after a training: what a parameter should change.
pub(crate) fn answer<P: Fit<Interactions, Model: Recommender>>(
    params: &P,
    data: &Interactions,
) -> Vec<f32> {
    let model = params.fit(data).unwrap();
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(1), &mut scores).unwrap();
    scores
}

/// A user's ratings as a history to fold in.
pub(crate) fn rated_history(data: &Interactions, user: UserId) -> Vec<(ItemId, f32)> {
    let items = data.items_of(user).iter().copied();
    items.zip(data.ratings_of(user).iter().copied()).collect()
}
