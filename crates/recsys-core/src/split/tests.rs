//! Each split by hand, and what all of them keep.

use super::*;
use crate::testing::small_ratings;

fn timed(rows: &[(&str, &str, i64)]) -> Records {
    let mut records = Records::builder();
    for &(user, item, time) in rows {
        let values = Values {
            time: Some(time),
            ..Values::default()
        };
        records.push(user, item, values).unwrap();
    }
    records.finish()
}

fn names(records: &Records) -> Vec<String> {
    let ids = records.ids();
    let pairs = records.users().iter().zip(records.items());
    pairs
        .map(|(&u, &i)| format!("{}{}", ids.user_name(u), ids.item_name(i)))
        .collect()
}

/// All rows of both parts, sorted, as one comparable value.
fn union(parts: [&Records; 2]) -> Vec<(u32, u32, i64)> {
    let mut all: Vec<_> = parts
        .iter()
        .flat_map(|part| {
            let times = part.times().unwrap().iter();
            part.users()
                .iter()
                .zip(part.items())
                .zip(times)
                .map(|((u, i), &t)| (u.0, i.0, t))
        })
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn parts_share_ids_and_scale_and_lose_nothing() {
    let records = small_ratings(2);
    let whole = union([&records, &records.select(&[])]);
    let mut splits = vec![
        ratio(&records, 0.25, 1).unwrap(),
        leave_last(&records).unwrap(),
        leave_one_out(&records, 1).unwrap(),
        by_time(&records, 0.1).unwrap(),
    ];
    splits.extend(k_fold(&records, 4, 1).unwrap());
    for split in &splits {
        assert_eq!(union([&split.train, &split.test]), whole);
        assert!(std::sync::Arc::ptr_eq(split.test.ids(), records.ids()));
        assert_eq!(split.train.scale(), records.scale());
    }
    let test_records: usize = splits[4..].iter().map(|split| split.test.len()).sum();
    assert_eq!(test_records, records.len());
    assert_eq!(splits[1].test.len(), 60, "one for each user");
    assert_ne!(ratio(&records, 0.25, 2).unwrap(), splits[0]);
    assert_ne!(leave_one_out(&records, 2).unwrap(), splits[2]);
    assert_eq!(leave_one_out(&records, 1).unwrap(), splits[2]);
}

#[test]
fn the_last_is_the_latest_and_then_the_last_to_arrive() {
    let records = timed(&[
        ("a", "x", 9),
        ("a", "y", 3),
        ("b", "x", 5),
        ("b", "z", 5),
        ("c", "x", 1),
    ]);
    let split = leave_last(&records).unwrap();
    assert_eq!(names(&split.test), ["ax", "bz"]);
    assert_eq!(names(&split.train), ["ay", "bx", "cx"]);
}

#[test]
fn a_cut_in_time_never_splits_a_moment() {
    let records = timed(&[
        ("a", "x", 4),
        ("a", "y", 1),
        ("b", "x", 3),
        ("b", "z", 3),
        ("c", "x", 2),
    ]);
    assert_eq!(names(&by_time(&records, 0.2).unwrap().test), ["ax"]);
    assert_eq!(
        names(&by_time(&records, 0.4).unwrap().test),
        ["ax", "bx", "bz"]
    );
    for fraction in [0.0, 1.0, f32::NAN] {
        assert!(matches!(
            by_time(&records, fraction),
            Err(Error::Param { .. })
        ));
    }
    assert!(by_time(&timed(&[("a", "x", 1), ("a", "y", 1)]), 0.5).is_err());
}

#[test]
fn splits_by_time_ask_for_times() {
    let mut records = Records::builder();
    records.push("a", "x", Values::default()).unwrap();
    records.push("b", "x", Values::default()).unwrap();
    let records = records.finish();
    let error = leave_last(&records).unwrap_err().to_string();
    assert_eq!(
        error,
        "leave-last split needs times, but the records have none"
    );
    let error = by_time(&records, 0.5).unwrap_err().to_string();
    assert_eq!(
        error,
        "split by time needs times, but the records have none"
    );
    assert!(matches!(
        leave_one_out(&records, 0),
        Err(Error::Empty { .. })
    ));
}

#[test]
fn held_out_users_have_a_history_and_a_test_part_but_no_training() {
    let records = small_ratings(2);
    let parts = user_holdout(&records, 0.2, 0.25, 3).unwrap();
    let users = |part: &Records| {
        let mut users: Vec<u32> = part.users().iter().map(|user| user.0).collect();
        users.sort_unstable();
        users.dedup();
        users
    };
    assert_eq!(
        (users(&parts.test).len(), users(&parts.train).len()),
        (12, 48)
    );
    assert_eq!(users(&parts.history), users(&parts.test));
    assert!(
        users(&parts.train)
            .iter()
            .all(|user| !users(&parts.test).contains(user))
    );
    assert_eq!(
        parts.train.len() + parts.history.len() + parts.test.len(),
        records.len()
    );
    let share = parts.test.len() as f64 / (parts.test.len() + parts.history.len()) as f64;
    assert!((share - 0.25).abs() < 0.03, "{share}");
    assert!(
        user_holdout(&records, 0.0, 0.2, 3)
            .unwrap_err()
            .to_string()
            .contains("`test_users`")
    );
    assert!(
        user_holdout(&records, 0.5, -0.2, 3)
            .unwrap_err()
            .to_string()
            .contains("`test_fraction`")
    );
}

#[test]
fn a_held_out_user_with_two_records_stays_and_one_with_one_is_left_out() {
    // All but one user has two records; whoever is held out has one of each in the history and the test part.
    let two = timed(&[("a", "x", 1), ("a", "y", 2), ("b", "x", 3), ("b", "y", 4)]);
    for fraction in [0.0, 0.1, 0.5, 0.9, 1.0] {
        for seed in 0..4 {
            let parts = user_holdout(&two, 0.5, fraction, seed).unwrap();
            let sizes = (parts.train.len(), parts.history.len(), parts.test.len());
            assert_eq!(sizes, (2, 1, 1), "a share of {fraction}, seed {seed}");
            assert_eq!(parts.history.users(), parts.test.users());
        }
    }
    let one = timed(&[("a", "x", 1), ("b", "y", 2)]);
    let parts = user_holdout(&one, 0.5, 0.5, 0).unwrap();
    let sizes = (parts.train.len(), parts.history.len(), parts.test.len());
    assert_eq!(sizes, (1, 0, 0));
}

#[test]
fn a_core_keeps_its_values_and_is_a_core() {
    let records = small_ratings(2);
    let core = k_core(&records, 8, 14).unwrap();
    assert!(core.len() < records.len() && core.scale() == records.scale());
    assert!(by_user(&core).iter().all(|row| row.len() >= 8));
    assert_eq!(core.times().unwrap().len(), core.len());
    assert_eq!(k_core(&core, 8, 14).unwrap(), core);
    assert_eq!(k_core(&records, 0, 0).unwrap().ratings(), records.ratings());
    assert!(matches!(
        k_core(&records, 1000, 1),
        Err(Error::Empty { .. })
    ));
}
