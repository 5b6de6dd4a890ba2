//! What training takes from the data: the formulas by hand, and files of it.

use guide_core::{Fit, Persist, by_name, testing};
use recsys_core::{Ids, Interactions, Recommender, RecordsBuilder, UserId, Values};
use serde::Serialize;

use super::super::{Confidence, Ials, IalsParams};
use crate::alternate::Solver;
use crate::fixtures;

/// 6 interactions of 3 users and 2 items; a fourth user and a third item are known by name only.
fn by_hand(weights: [f32; 6]) -> Interactions {
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(4, 3));
    let pairs = [
        ("0", "0"),
        ("0", "1"),
        ("1", "0"),
        ("1", "1"),
        ("2", "0"),
        ("2", "1"),
    ];
    for ((user, item), weight) in pairs.into_iter().zip(weights) {
        let values = Values {
            weight: Some(weight),
            ..Values::default()
        };
        records.push(user, item, values).unwrap();
    }
    Interactions::new(&records.finish(), recsys_core::Duplicates::Refuse).unwrap()
}

fn near(a: Option<f32>, b: f64) {
    let a = f64::from(a.unwrap());
    assert!((a - b).abs() < 1e-6 * b, "{a}, not {b}");
}

#[test]
fn both_follow_their_formulas() {
    // d = 6 / (3 · 2) = 1 and the mean weight 2: α₀ = 2 · 1. λ = 2 (√(6/3) + √(6/2)) / 2.
    let data = by_hand([1.0, 3.0, 2.0, 2.0, 4.0, 0.0]);
    let lambda = 2_f64.sqrt() + 3_f64.sqrt();
    let flat = Ials::params().frequency_exponent(0.0).resolved(&data);
    near(flat.unobserved_weight, 2.0);
    near(flat.regularization, lambda);
    // With ν, a user of 2 interactions and 3 items on the other side gets the same λ.
    for exponent in [0.5_f32, 1.0] {
        let params = Ials::params().frequency_exponent(exponent).resolved(&data);
        let size = 2.0 + 2.0 * 3.0_f64;
        near(
            params.regularization,
            lambda / size.powf(f64::from(exponent)),
        );
    }
    // α multiplies the weights, and so both.
    let params = Ials::params()
        .alpha(10.0)
        .frequency_exponent(0.0)
        .resolved(&data);
    near(params.unobserved_weight, 20.0);
    near(params.regularization, 10.0 * lambda);
    // What is set stays.
    let params = Ials::params().unobserved_weight(0.25).regularization(7.0);
    assert_eq!(params.resolved(&data), params);
    let params = Ials::params().unobserved_weight(0.0).resolved(&data);
    assert_eq!(params.unobserved_weight, Some(0.0));
    near(params.regularization, lambda / 2.0);
}

/// Every one of 100 users has every one of 100 items: the noise level is (√100 + √100) / 2 = 10, and λ is 8 mean weights.
#[test]
fn regularization_from_data_is_at_most_8_mean_weights() {
    let events = |n: usize| {
        let mut records = RecordsBuilder::from_ids(&Ids::numbered(n, n));
        for pair in 0..n * n {
            let (user, item) = ((pair / n).to_string(), (pair % n).to_string());
            let weight = Some(if pair % 2 == 0 { 1.0 } else { 2.0 });
            let values = Values {
                weight,
                ..Values::default()
            };
            records.push(&user, &item, values).unwrap();
        }
        Interactions::new(&records.finish(), recsys_core::Duplicates::Refuse).unwrap()
    };
    let flat = Ials::params().frequency_exponent(0.0);
    near(flat.resolved(&events(100)).regularization, 1.5 * 8.0);
    near(flat.resolved(&events(36)).regularization, 1.5 * 6.0);
}

#[test]
fn weights_that_are_all_doubled_change_no_score_where_all_rows_have_one_lambda() {
    // With ν above 0, λ grows with the number of interactions of a row, which α does not change.
    let events = fixtures::weighted(40, 30, 300);
    let fit = |alpha: f32| {
        let params = Ials::params()
            .n_factors(6)
            .frequency_exponent(0.0)
            .alpha(alpha);
        params.fit(&events).unwrap()
    };
    let (once, twice) = (fit(1.0), fit(2.0));
    for user in (0..40).map(UserId) {
        let scores = |model: &Ials| {
            let mut scores = vec![0.0; 30];
            model.score_items(user, &mut scores).unwrap();
            scores
        };
        for (a, b) in scores(&once).into_iter().zip(scores(&twice)) {
            assert!((a - b).abs() < 1e-4, "{a}, {b}");
        }
    }
}

#[test]
fn extreme_weights_leave_parameters_that_are_valid() {
    for weights in [[0.0; 6], [3e38; 6], [1e-38; 6]] {
        let params = Ials::params().resolved(&by_hand(weights));
        guide_core::Params::validate(&params).unwrap();
    }
}

#[test]
fn json_has_null_and_files_have_four_bytes_for_what_is_left_to_the_data() {
    let from_data = Ials::params();
    let json = serde_json::to_value(&from_data).unwrap();
    assert!(json["regularization"].is_null() && json["unobserved_weight"].is_null());
    let back: IalsParams = serde_json::from_value(json).unwrap();
    assert_eq!(back, from_data);
    let set = from_data
        .clone()
        .regularization(0.02)
        .unobserved_weight(0.3);
    let json = serde_json::to_string(&set).unwrap();
    assert!(json.contains(r#""regularization":0.02"#), "{json}");
    assert_eq!(serde_json::from_str::<IalsParams>(&json).unwrap(), set);
    for (value, expected) in [("null", None), ("0.5", Some(0.5))] {
        let params = by_name::set(&set, "regularization", value).unwrap();
        assert_eq!(params.regularization, expected);
    }
    let error = by_name::set(&set, "regularization", "some").unwrap_err();
    assert!(error.to_string().contains("`regularization`"), "{error}");
    // A field that is missing is not one that is left to the data.
    let fields = serde_json::to_value(&set).unwrap();
    let fields = fields.as_object().unwrap().clone();
    let without = |name: &str| {
        let mut fields = fields.clone();
        fields.remove(name);
        serde_json::from_value::<IalsParams>(serde_json::Value::Object(fields))
    };
    assert!(without("regularization").is_err());
}

/// The parameters as files had them when both were plain numbers.
#[derive(Serialize)]
struct Plain {
    n_factors: usize,
    n_epochs: usize,
    regularization: f32,
    frequency_exponent: f32,
    unobserved_weight: f32,
    alpha: f32,
    confidence: Confidence,
    solver: Solver,
    cg_steps: usize,
    init_deviation: f32,
    seed: u64,
}

#[test]
fn binary_files_of_plain_numbers_stay_readable() {
    let config = bincode::config::standard();
    let plain = Plain {
        n_factors: 64,
        n_epochs: 16,
        regularization: 0.003,
        frequency_exponent: 1.0,
        unobserved_weight: 0.1,
        alpha: 1.0,
        confidence: Confidence::Added,
        solver: Solver::ConjugateGradient,
        cg_steps: 3,
        init_deviation: 0.1,
        seed: 0,
    };
    let old = bincode::serde::encode_to_vec(&plain, config).unwrap();
    let read = |bytes: &[u8]| -> IalsParams {
        let (params, n) = bincode::serde::decode_from_slice(bytes, config).unwrap();
        assert_eq!(n, bytes.len(), "every byte is read");
        params
    };
    assert_eq!(read(&old), IalsParams::rendle());
    for params in [IalsParams::rendle(), Ials::params()] {
        let bytes = bincode::serde::encode_to_vec(&params, config).unwrap();
        assert_eq!(bytes.len(), old.len());
        assert_eq!(read(&bytes), params);
    }
}

#[test]
fn a_model_file_shows_the_values_that_training_used() {
    let data = fixtures::weighted(40, 30, 300);
    let params = Ials::params().n_factors(4).n_epochs(2);
    let model = params.fit(&data).unwrap();
    let used = params.resolved(&data);
    assert_eq!(model.trained_with(), &used);
    assert_eq!(
        model.about()["params"],
        serde_json::to_value(&used).unwrap()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ials.guide");
    model.save(&file).unwrap();
    let loaded = Ials::load(&file).unwrap();
    assert_eq!(loaded.trained_with(), &used);
    // The same training with the values set gives the same bits.
    assert_eq!(used.fit(&data).unwrap(), model);
    let mut damaged = model;
    damaged.params.regularization = None;
    assert!(damaged.check().is_err());
}

#[test]
fn the_defaults_give_the_same_bits_on_one_and_two_threads() {
    let data = fixtures::weighted(300, 200, 6_000);
    let params = Ials::params().n_epochs(2);
    testing::same_for_one_and_two_threads(|| params.fit(&data).unwrap());
}

#[test]
fn named_settings_leave_nothing_to_the_data() {
    let data = by_hand([1.0; 6]);
    let implicit = IalsParams::implicit();
    assert_eq!(implicit.resolved(&data), implicit);
    assert_eq!(implicit.confidence, Confidence::Replacing);
    let rendle = IalsParams::rendle();
    assert_eq!(rendle.resolved(&data), rendle);
    let terms = (
        rendle.regularization,
        rendle.unobserved_weight,
        rendle.frequency_exponent,
    );
    assert_eq!(terms, (Some(0.003), Some(0.1), 1.0));
}
