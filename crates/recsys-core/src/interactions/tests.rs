//! Rows, duplicates and columns by hand.

use super::*;
use crate::Values;

fn twice() -> Records {
    let mut records = Records::builder();
    for (item, rating, time) in [("x", 1.0, 5), ("y", 4.0, 6), ("x", 3.0, 2)] {
        records
            .push(
                "a",
                item,
                Values {
                    rating: Some(rating),
                    weight: None,
                    time: Some(time),
                },
            )
            .unwrap();
    }
    records.finish()
}

#[test]
fn each_policy_settles_duplicates_its_way() {
    let settle = |policy| {
        let rows = Interactions::new(&twice(), policy).unwrap();
        (
            rows.ratings().unwrap()[0],
            rows.weight(0),
            rows.times().unwrap()[0],
        )
    };
    assert_eq!(settle(Duplicates::First), (1.0, 1.0, 5));
    assert_eq!(settle(Duplicates::Last), (3.0, 1.0, 2));
    assert_eq!(settle(Duplicates::Sum), (2.0, 2.0, 5));
    assert_eq!(settle(Duplicates::Mean), (2.0, 1.0, 5));
    let error = Interactions::new(&twice(), Duplicates::Refuse)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "duplicate interaction: user `a`, item `x`, 2 times");
}

/// Two records of (a, x) and one of (a, y), with weights.
fn weighted(weights: [f32; 3]) -> Records {
    let mut records = Records::builder();
    for (item, weight) in ["x", "y", "x"].into_iter().zip(weights) {
        let weight = Some(weight);
        let values = Values {
            weight,
            ..Values::default()
        };
        records.push("a", item, values).unwrap();
    }
    records.finish()
}

#[test]
fn each_policy_settles_given_weights_its_way() {
    let settle = |policy| {
        let rows = Interactions::new(&weighted([0.5, 7.0, 2.0]), policy).unwrap();
        rows.weights_of(UserId(0)).collect::<Vec<_>>()
    };
    assert_eq!(settle(Duplicates::First), [0.5, 7.0]);
    assert_eq!(settle(Duplicates::Last), [2.0, 7.0]);
    assert_eq!(settle(Duplicates::Sum), [2.5, 7.0]);
    assert_eq!(settle(Duplicates::Mean), [1.25, 7.0]);
}

#[test]
fn a_sum_of_weights_beyond_f32_is_refused() {
    let records = weighted([f32::MAX, 1.0, f32::MAX]);
    let error = Interactions::new(&records, Duplicates::Sum).unwrap_err();
    assert_eq!(
        error.to_string(),
        "sum of the weights of user `a` and item `x`, interaction 0 is inf, which is not finite"
    );
    let mean = Interactions::new(&records, Duplicates::Mean).unwrap();
    assert_eq!(mean.weight(0), f32::MAX);
}

#[test]
fn a_decoded_negative_weight_is_refused() {
    let mut rows = Interactions::new(&weighted([1.0; 3]), Duplicates::Sum).unwrap();
    rows.check().unwrap();
    std::sync::Arc::make_mut(&mut rows.rows).weights = Some(vec![1.0, -1.0]);
    assert_eq!(
        rows.check().unwrap_err().to_string(),
        "cannot decode `interactions`: a weight is negative"
    );
}

#[test]
fn what_does_not_fit_together_is_not_read() {
    let rows = Interactions::new(&weighted([1.0; 3]), Duplicates::Sum).unwrap();
    let json = serde_json::to_value(&rows).unwrap();
    let read = serde_json::from_value::<Interactions>;
    assert_eq!(read(json.clone()).unwrap(), rows);
    for (field, value) in [("starts", "[]"), ("items", "[7]"), ("weights", "[1]")] {
        let mut json = json.clone();
        json[field] = serde_json::from_str(value).unwrap();
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains("cannot decode `interactions`"), "{error}");
    }
}

#[test]
fn no_record_is_an_error() {
    let error = Interactions::new(&Records::builder().finish(), Duplicates::Last).unwrap_err();
    assert_eq!(error.to_string(), "the set of interactions is empty");
}

#[test]
fn columns_point_back_into_the_rows() {
    let mut records = Records::builder();
    for (user, item) in [(1, 2), (0, 2), (0, 0), (2, 1), (1, 0)] {
        records
            .push(&user.to_string(), &item.to_string(), Values::default())
            .unwrap();
    }
    let rows = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
    let columns = rows.by_item();
    for item in (0..3).map(ItemId) {
        for (user, &position) in columns
            .users_of(item)
            .iter()
            .zip(columns.positions_of(item))
        {
            assert!(rows.row(*user).contains(&(position as usize)));
            assert_eq!(rows.items()[position as usize], item);
        }
    }
    rows.check().unwrap();
    assert!(rows.items_of(UserId(9)).is_empty());
    for unknown in [3, u32::MAX].map(ItemId) {
        assert!(columns.users_of(unknown).is_empty());
        assert!(columns.positions_of(unknown).is_empty());
    }
    // Item "2" (number 0) has users 1 and 0, item "0" has 0 and 1, item "1" has 2.
    let cosine = |a, b| columns.cosine(ItemId(a), ItemId(b));
    assert_eq!((cosine(0, 1), cosine(0, 2), cosine(0, 9)), (1.0, 0.0, 0.0));
}

#[test]
fn rows_can_be_walked_in_the_order_of_arrival() {
    let mut records = Records::builder();
    for (user, item) in [("a", "x"), ("b", "y"), ("a", "y"), ("b", "x")] {
        records.push(user, item, Values::default()).unwrap();
    }
    let rows = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
    assert_eq!(rows.by_arrival(), [0, 1, 3, 2]);
}
