//! Small data sets whose structure is known: two checkerboards and seeded ratings.

use std::collections::HashSet;

use guide_core::seeded;
use rand::RngExt;

use crate::{Duplicates, Interactions, Records, RecordsBuilder, Values};

/// Rows and columns of a checkerboard; even, so that the parity of a column survives going round.
pub(super) const BOARD: usize = 50;

/// A checkerboard of events: of 50 users and 50 items, user `u` has the items of its own parity, but for item `u`, which is
/// withheld and is therefore the one right recommendation (the idea of implicit's test suite).
pub fn checkerboard() -> Interactions {
    board(|user, item| (user % 2 == item % 2 && user != item).then(Values::default))
}

/// A checkerboard of ratings: 5 for an item of the user's own parity and 1 for the others, with item `u` and the next
/// three of the other parity withheld from user `u`: of these four, `u` is the right one.
pub fn rated_checkerboard() -> Interactions {
    board(|user, item| {
        let ahead = (item + BOARD - user) % BOARD;
        let withheld = [0, 1, 3, 5].contains(&ahead);
        (!withheld).then(|| Values {
            rating: Some(if ahead.is_multiple_of(2) { 5.0 } else { 1.0 }),
            ..Values::default()
        })
    })
}

fn board(cell: impl Fn(usize, usize) -> Option<Values>) -> Interactions {
    let mut records = numbered(BOARD, BOARD);
    for user in 0..BOARD {
        for item in 0..BOARD {
            if let Some(values) = cell(user, item) {
                push(&mut records, user, item, values);
            }
        }
    }
    rows(&records.finish())
}

/// The ratings, from 1 to 5 with weights and times, that the committed models of [`Recorded`](super::Recorded) were trained on.
pub fn recorded_ratings() -> Interactions {
    recorded(true)
}

/// The pairs of [`recorded_ratings`] without ratings, weights and times.
pub fn recorded_events() -> Interactions {
    recorded(false)
}

fn recorded(rated: bool) -> Interactions {
    let mut records = Records::builder();
    for user in 0..8 {
        for item in (0..7).filter(|item| (user * user + 3 * item + user * item) % 5 > 1) {
            let values = Values {
                rating: Some((1 + (user * item) % 5) as f32),
                weight: Some((1 + item % 2) as f32),
                time: Some((1000 * user + item) as i64),
            };
            let values = if rated { values } else { Values::default() };
            super::done(records.push(&format!("u{user}"), &format!("i{item}"), values));
        }
    }
    let records = records.finish();
    if !rated {
        return rows(&records);
    }
    rows(&super::done(records.with_scale(1.0, 5.0)))
}

/// The rows of a few ratings given by hand: user, item, rating.
///
/// ```
/// let data = recsys_core::testing::ratings(&[("ann", "pen", 4.0), ("bob", "pen", 2.0)]);
/// assert_eq!(data.ratings(), Some(&[4.0, 2.0][..]));
/// ```
pub fn ratings(triples: &[(&str, &str, f32)]) -> Interactions {
    by_hand(
        triples
            .iter()
            .map(|&(user, item, rating)| (user, item, Some(rating))),
    )
}

/// The rows of a few events given by hand: user, item.
///
/// ```
/// let data = recsys_core::testing::events(&[("ann", "pen"), ("bob", "pen")]);
/// assert_eq!((data.len(), data.ratings()), (2, None));
/// ```
pub fn events(pairs: &[(&str, &str)]) -> Interactions {
    by_hand(pairs.iter().map(|&(user, item)| (user, item, None)))
}

fn by_hand<'a>(cells: impl Iterator<Item = (&'a str, &'a str, Option<f32>)>) -> Interactions {
    let mut records = Records::builder();
    for (user, item, rating) in cells {
        let values = Values {
            rating,
            ..Values::default()
        };
        if let Err(error) = records.push(user, item, values) {
            panic!("{error}");
        }
    }
    rows(&records.finish())
}

/// About 850 ratings of 60 users for 40 items with taste in them, each with a weight of 1 to 3 and a time.
///
/// Each user has one of four tastes and a bias, each item one of four kinds and a quality; users rate what suits their
/// taste more often and higher. Whole stars from 1 to 5; [`small_half_star_ratings`] has halves, from 0.5 to 5.
pub fn small_ratings(seed: u64) -> Records {
    small(seed, 1.0)
}

/// [`small_ratings`] in half stars from 0.5 to 5.
pub fn small_half_star_ratings(seed: u64) -> Records {
    small(seed, 0.5)
}

fn small(seed: u64, step: f32) -> Records {
    const N_USERS: usize = 60;
    const N_ITEMS: usize = 40;
    let mut rng = seeded(seed);
    let mut spread = |width: f32| width * (rng.random::<f32>() - 0.5);
    let user_biases: Vec<f32> = (0..N_USERS).map(|_| spread(1.2)).collect();
    let item_qualities: Vec<f32> = (0..N_ITEMS).map(|_| spread(1.6)).collect();
    let mut records = numbered(N_USERS, N_ITEMS);
    let mut time = 1_000_000;
    // Rounds over all users, so that no user's ratings stand in one lump of time.
    for round in 0..4 {
        for (user, bias) in user_biases.iter().enumerate() {
            for item in (0..N_ITEMS).filter(|item| (item / 4 + user) % 4 == round) {
                let suits = user % 4 == item % 4;
                if rng.random::<f32>()
                    > if suits { 0.75 } else { 0.2 } + 0.15 * item_qualities[item]
                {
                    continue;
                }
                let taste = if suits { 1.1 } else { -0.6 };
                let noise = 1.2 * (rng.random::<f32>() - 0.5);
                let liking = 3.2 + bias + item_qualities[item] + taste + noise;
                let weight = 1 + rng.random_range(0..if suits { 3 } else { 2 });
                time += rng.random_range(1..100);
                let values = Values {
                    rating: Some(((liking / step).round() * step).clamp(step, 5.0)),
                    weight: Some(weight as f32),
                    time: Some(time),
                };
                push(&mut records, user, item, values);
            }
        }
    }
    match records.finish().with_scale(step, 5.0) {
        Ok(records) => records,
        Err(error) => panic!("{error}"),
    }
}

/// `records` and, as the last ones, a user and an item that nobody interacted with.
pub(super) fn with_strangers(records: &Records) -> Records {
    let mut builder = RecordsBuilder::from_ids(records.ids());
    builder.add_user("nobody");
    builder.add_item("untouched");
    let mut all = records.clone();
    all.ids = builder.finish().ids;
    all
}

/// 6,000 ratings of 320 users for 300 items, each with a weight that no short sum of powers of two makes and a time: enough
/// for several tasks of any kind of work, in which sums in another order show.
pub(super) fn many_ratings() -> Interactions {
    let mut records = ratings_with_taste(320, 300, 6000, 5);
    let weights = (0..).zip(records.ratings.iter().flatten());
    let weights = weights.map(|(n, rating)| 0.3 * rating + 0.1 * (n % 7) as f32);
    records.weights = Some(weights.collect());
    records.times = Some((0..6000).collect());
    rows(&records)
}

/// The rows of records without duplicates.
pub(super) fn rows(records: &Records) -> Interactions {
    match Interactions::new(records, Duplicates::Refuse) {
        Ok(rows) => rows,
        Err(error) => panic!("{error}"),
    }
}

fn numbered(n_users: usize, n_items: usize) -> RecordsBuilder {
    RecordsBuilder::from_ids(&crate::Ids::numbered(n_users, n_items))
}

fn push(records: &mut RecordsBuilder, user: usize, item: usize, values: Values) {
    if let Err(error) = records.push(&user.to_string(), &item.to_string(), values) {
        panic!("{error}");
    }
}

/// `n` ratings from 1 to 5, each pair once, by users and items that share three hidden traits, with biases and noise; some
/// items are far more popular than others. For examples and benches, which need more than [`small_ratings`] has.
///
/// # Panics
/// If there are fewer than `2 n` pairs.
pub fn ratings_with_taste(n_users: usize, n_items: usize, n: usize, seed: u64) -> Records {
    assert!(
        n_users * n_items >= 2 * n,
        "{n} of {n_users} x {n_items} pairs"
    );
    let mut rng = seeded(seed);
    let mut traits = |n: usize| -> Vec<[f32; 4]> {
        (0..n)
            .map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0)))
            .collect()
    };
    let (users, items) = (traits(n_users), traits(n_items));
    let mut records = numbered(n_users, n_items);
    let mut pairs = HashSet::new();
    while records.len() < n {
        let user = rng.random_range(0..n_users);
        // Squaring makes the items of low numbers popular.
        let chance: f32 = rng.random();
        let item = (chance * chance * n_items as f32) as usize;
        if !pairs.insert((user, item)) {
            continue;
        }
        let (p, q) = (&users[user], &items[item]);
        let liking = p[..3].iter().zip(q).map(|(p, q)| p * q).sum::<f32>();
        let noise: f32 = rng.random_range(-0.8..0.8);
        let rating = (3.4 + 0.5 * (p[3] + q[3]) + 1.2 * liking + noise)
            .round()
            .clamp(1.0, 5.0);
        push(
            &mut records,
            user,
            item,
            Values {
                rating: Some(rating),
                ..Values::default()
            },
        );
    }
    records.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, UserId};

    #[test]
    fn the_boards_withhold_what_they_say() {
        let events = checkerboard();
        assert_eq!(events.len(), 50 * 24);
        assert_eq!(events.items_of(UserId(3))[..3], [1, 5, 7].map(ItemId));
        let rated = rated_checkerboard();
        assert_eq!(rated.len(), 50 * 46);
        assert!(
            [48, 49, 1, 3]
                .iter()
                .all(|&i| !rated.contains(UserId(48), ItemId(i)))
        );
        assert_eq!(rated.ratings_of(UserId(0))[..3], [5.0, 5.0, 5.0]);
        assert_eq!(rated.ratings_of(UserId(0))[3..6], [1.0, 5.0, 1.0]);
    }

    #[test]
    fn many_ratings_are_enough_for_several_tasks() {
        let many = many_ratings();
        assert!(many.n_users() >= 300 && many.n_items() >= 300);
        let touched = many.item_counts().iter().filter(|&&n| n > 0).count();
        assert!(touched >= 290, "{touched}");
        assert!(many.times().is_some() && many.weight(1) != many.weight(2));
    }

    #[test]
    fn small_ratings_hold_taste_for_every_user_and_item() {
        for seed in 0..20 {
            let records = small_ratings(seed);
            assert!((700..1000).contains(&records.len()), "{}", records.len());
            let ratings = rows(&records);
            let by_item = ratings.by_item();
            for item in (0..40).map(ItemId) {
                assert!(by_item.users_of(item).len() >= 3);
            }
            let (mut own, mut others) = (Vec::new(), Vec::new());
            for user in (0..60).map(UserId) {
                assert!(ratings.items_of(user).len() >= 4);
                for (item, &rating) in ratings.items_of(user).iter().zip(ratings.ratings_of(user)) {
                    if item.0 % 4 == user.0 % 4 {
                        &mut own
                    } else {
                        &mut others
                    }
                    .push(rating);
                }
            }
            let mean = |of: &[f32]| of.iter().sum::<f32>() / of.len() as f32;
            assert!(mean(&own) > mean(&others) + 0.8);
        }
        assert_eq!(small_ratings(3), small_ratings(3));
        assert_ne!(small_ratings(3), small_ratings(4));
        let halves = small_half_star_ratings(3);
        assert!(halves.ratings().unwrap().iter().any(|r| r.fract() == 0.5));
    }
}
