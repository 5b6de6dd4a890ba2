//! Splits of records into parts that share their ids, and the k-core filter.
//!
//! Splits are made before duplicates are settled, so that each part settles its own and nothing of the test part
//! reaches training.

use guide_core::{Error, Result, ensure, holdout, stream};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::{Records, UserId, Values};

/// Two parts of the same records, each in the order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The part to train on.
    pub train: Records,
    /// The part to test on.
    pub test: Records,
}

/// The two parts of a split by users: see [`user_holdout`].
#[derive(Clone, Debug, PartialEq)]
pub struct UserHoldout {
    /// All records of the users that are not held out.
    pub train: Records,
    /// What is told of the held-out users, for [`FoldIn`](crate::FoldIn).
    pub history: Records,
    /// What is to be found of the held-out users.
    pub test: Records,
}

/// A test part of `round(n · test_fraction)` records drawn by `seed`.
///
/// # Errors
/// [`Error::Param`] unless both parts get a record.
///
/// ```
/// use recsys_core::{split, testing::small_ratings};
/// let records = small_ratings(1);
/// let parts = split::ratio(&records, 0.2, 7)?;
/// assert_eq!(parts.train.len() + parts.test.len(), records.len());
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn ratio(records: &Records, test_fraction: f32, seed: u64) -> Result<Split> {
    let (train, test) = holdout(records.len(), test_fraction, seed)?;
    Ok(Split {
        train: records.select(&train),
        test: records.select(&test),
    })
}

/// `k` splits whose test parts are disjoint, cover all records and differ by at most one in size.
///
/// # Errors
/// [`Error::Param`] unless `2 <= k <= n`.
///
/// ```
/// use recsys_core::{Records, Values, split};
/// let mut records = Records::builder();
/// for item in ["a", "b", "c", "d", "e"] {
///     records.push("ann", item, Values::default())?;
/// }
/// let folds = split::k_fold(&records.finish(), 2, 7)?;
/// let mut sizes: Vec<_> = folds.iter().map(|fold| (fold.train.len(), fold.test.len())).collect();
/// sizes.sort();
/// assert_eq!(sizes, [(2, 3), (3, 2)]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn k_fold(records: &Records, k: usize, seed: u64) -> Result<Vec<Split>> {
    let folds = guide_core::k_fold(records.len(), k, seed)?.into_iter();
    let split = |(train, test): (Vec<usize>, Vec<usize>)| Split {
        train: records.select(&train),
        test: records.select(&test),
    };
    Ok(folds.map(split).collect())
}

/// The latest record of each user is its test part (of equal times, the last to arrive); users with one record keep it
/// in training.
///
/// # Errors
/// [`Error::Unsuitable`] without times, [`Error::Empty`] when no user has two records.
///
/// ```
/// use recsys_core::{ItemId, Records, Values, split};
/// let mut records = Records::builder();
/// for (user, item, time) in [("ann", "pen", 9), ("ann", "ink", 3), ("bob", "cup", 5)] {
///     records.push(user, item, Values { time: Some(time), ..Values::default() })?;
/// }
/// let parts = split::leave_last(&records.finish())?;
/// // ann's pen is the latest; bob's one record stays in training.
/// assert_eq!((parts.test.items(), parts.train.items()), (&[ItemId(0)][..], &[ItemId(1), ItemId(2)][..]));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn leave_last(records: &Records) -> Result<Split> {
    let times = require_times(records, "leave-last split")?;
    leave_one(records, |_, of_user| {
        of_user
            .iter()
            .copied()
            .max_by_key(|&record| (times[record], record))
    })
}

/// One record of each user, drawn by `seed`, is its test part; users with one record keep it in training.
///
/// # Errors
/// [`Error::Empty`] when no user has two records.
///
/// ```
/// use recsys_core::{UserId, split, testing::small_ratings};
/// let records = small_ratings(1);
/// let parts = split::leave_one_out(&records, 7)?;
/// let mut users = parts.test.users().to_vec();
/// users.sort();
/// assert_eq!(users, (0..60).map(UserId).collect::<Vec<_>>());
/// assert_eq!(parts.train.len(), records.len() - 60);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn leave_one_out(records: &Records, seed: u64) -> Result<Split> {
    leave_one(records, |user, of_user| {
        let drawn = stream(seed, u64::from(user.0)).random_range(0..of_user.len());
        of_user.get(drawn).copied()
    })
}

/// Cuts at a moment: what comes before it is for training, the last `test_fraction` of the records for testing. Records of
/// the same time stay together, in the test part where the cut falls among them.
///
/// # Errors
/// [`Error::Unsuitable`] without times, [`Error::Param`] unless both parts get a record.
///
/// ```
/// use recsys_core::{Records, Values, split};
/// let mut records = Records::builder();
/// for (item, time) in [("a", 4), ("b", 1), ("c", 3), ("d", 3), ("e", 2)] {
///     records.push("ann", item, Values { time: Some(time), ..Values::default() })?;
/// }
/// // Two of five are asked for; the second is one of two records of time 3, which stay together.
/// let parts = split::by_time(&records.finish(), 0.4)?;
/// assert_eq!(parts.test.times(), Some(&[4, 3, 3][..]));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn by_time(records: &Records, test_fraction: f32) -> Result<Split> {
    let times = require_times(records, "split by time")?;
    ensure::within("test_fraction", test_fraction, 0.0, 1.0)?;
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let n_test = (times.len() as f64 * f64::from(test_fraction)).round() as usize;
    let cut = n_test
        .checked_sub(1)
        .map(|last| sorted[sorted.len() - 1 - last]);
    match cut {
        Some(cut) if cut > sorted[0] => {
            let (test, train): (Vec<usize>, _) =
                (0..times.len()).partition(|&record| times[record] >= cut);
            Ok(Split {
                train: records.select(&train),
                test: records.select(&test),
            })
        }
        _ => {
            let expected = format!(
                "a fraction that splits the times of {} records in two non-empty parts",
                times.len()
            );
            Err(Error::param("test_fraction", test_fraction, expected))
        }
    }
}

/// Takes `round(n · test_users)` of the users that have records wholly out of training, and of each of these users'
/// records `round(n_u · test_fraction)`, but at least one and never all, into the test part; the others are its history (Liang et al., 2018).
/// Both are drawn by `seed`. Held-out users with one record are left out.
///
/// # Errors
/// [`Error::Param`] for fractions outside 0..1 or unless both sides get a user.
///
/// ```
/// use recsys_core::{Records, Values, split};
/// let mut records = Records::builder();
/// for user in ["ann", "bob", "eve", "joe"] {
///     for item in ["a", "b", "c", "d"] {
///         records.push(user, item, Values::default())?;
///     }
/// }
/// // One user of four is held out; of its four records one is to be found from the other three.
/// let parts = split::user_holdout(&records.finish(), 0.25, 0.25, 7)?;
/// assert_eq!((parts.train.len(), parts.history.len(), parts.test.len()), (12, 3, 1));
/// assert_eq!(parts.history.users()[0], parts.test.users()[0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn user_holdout(
    records: &Records,
    test_users: f32,
    test_fraction: f32,
    seed: u64,
) -> Result<UserHoldout> {
    ensure::within("test_fraction", test_fraction, 0.0, 1.0)?;
    let rows = by_user(records);
    let active: Vec<usize> = (0..rows.len())
        .filter(|&user| !rows[user].is_empty())
        .collect();
    let (_, held_out) = holdout(active.len(), test_users, seed).map_err(|error| match error {
        Error::Param {
            value, expected, ..
        } => Error::param("test_users", value, expected.replace("examples", "users")),
        other => other,
    })?;
    let mut is_held_out = vec![false; rows.len()];
    let (mut history, mut test) = (Vec::new(), Vec::new());
    for user in held_out.into_iter().map(|place| active[place]) {
        is_held_out[user] = true;
        let mut of_user = rows[user].clone();
        if of_user.len() < 2 {
            continue;
        }
        of_user.shuffle(&mut stream(seed, user as u64));
        let n_test = (of_user.len() as f64 * f64::from(test_fraction)).round() as usize;
        let rest = of_user.split_off(n_test.clamp(1, of_user.len() - 1));
        test.extend(of_user);
        history.extend(rest);
    }
    history.sort_unstable();
    test.sort_unstable();
    let train: Vec<usize> = (0..records.len())
        .filter(|&record| !is_held_out[records.users[record].index()])
        .collect();
    Ok(UserHoldout {
        train: records.select(&train),
        history: records.select(&history),
        test: records.select(&test),
    })
}

/// Leaves out users with fewer than `min_per_user` records and items with fewer than `min_per_item`, again and again until
/// all that stay have enough. Users and items that go lose their numbers; the others are numbered anew by arrival.
///
/// # Errors
/// [`Error::Empty`] when nothing stays.
///
/// ```
/// use recsys_core::{Records, Values, split};
/// let mut records = Records::builder();
/// for (user, item) in [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "y"), ("c", "z")] {
///     records.push(user, item, Values::default())?;
/// }
/// // z has one record and goes; then c has one and goes too.
/// let core = split::k_core(&records.finish(), 2, 2)?;
/// assert_eq!((core.len(), core.n_users(), core.n_items()), (4, 2, 2));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn k_core(records: &Records, min_per_user: usize, min_per_item: usize) -> Result<Records> {
    let mut kept: Vec<usize> = (0..records.len()).collect();
    loop {
        let mut per_user = vec![0_usize; records.n_users()];
        let mut per_item = vec![0_usize; records.n_items()];
        for &record in &kept {
            per_user[records.users[record].index()] += 1;
            per_item[records.items[record].index()] += 1;
        }
        let before = kept.len();
        kept.retain(|&record| {
            per_user[records.users[record].index()] >= min_per_user
                && per_item[records.items[record].index()] >= min_per_item
        });
        if kept.len() == before {
            break;
        }
    }
    if kept.is_empty() {
        return Err(Error::empty(format!(
            "the core of {min_per_user} records a user and {min_per_item} an item"
        )));
    }
    let mut core = Records::builder();
    let value =
        |column: &Option<Vec<f32>>, record: usize| column.as_ref().map(|column| column[record]);
    for record in kept {
        let values = Values {
            rating: value(&records.ratings, record),
            weight: value(&records.weights, record),
            time: records.times.as_ref().map(|times| times[record]),
        };
        let ids = records.ids();
        core.push(
            ids.user_name(records.users[record]),
            ids.item_name(records.items[record]),
            values,
        )?;
    }
    let mut core = core.finish();
    core.scale = records.scale;
    Ok(core)
}

fn leave_one(
    records: &Records,
    choose: impl Fn(UserId, &[usize]) -> Option<usize>,
) -> Result<Split> {
    let mut is_test = vec![false; records.len()];
    for (user, of_user) in (0..).map(UserId).zip(by_user(records)) {
        if of_user.len() < 2 {
            continue;
        }
        if let Some(record) = choose(user, &of_user) {
            is_test[record] = true;
        }
    }
    let (test, train): (Vec<usize>, Vec<usize>) =
        (0..records.len()).partition(|&record| is_test[record]);
    if test.is_empty() {
        return Err(Error::empty("the test part: no user has two records; it"));
    }
    Ok(Split {
        train: records.select(&train),
        test: records.select(&test),
    })
}

/// The records of each user, in the order of arrival.
fn by_user(records: &Records) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); records.n_users()];
    for (record, user) in records.users.iter().enumerate() {
        rows[user.index()].push(record);
    }
    rows
}

fn require_times<'a>(records: &'a Records, algorithm: &'static str) -> Result<&'a [i64]> {
    records.times().ok_or_else(|| Error::Unsuitable {
        algorithm,
        needed: "times, but the records have none".to_owned(),
    })
}

#[cfg(test)]
mod tests;
