//! Parameters and weights of extreme size: what the checks let through is trained, saved, loaded and answers.

use guide_core::{Params, by_name};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Query, Reason, WordedReason};

const SIZES: [f64; 16] = [
    3.4028234e38,
    1e30,
    1e23,
    1e10,
    1e6,
    1e4,
    100.0,
    4.0,
    0.01,
    1e-4,
    1e-6,
    1e-10,
    1e-23,
    1e-30,
    1.2e-38,
    1e-45,
];

/// The fields that hold a number of single precision.
fn fields() -> Vec<String> {
    let params = base();
    let known = by_name::names(&params);
    let takes_fractions = |name: &String| {
        // A fraction is refused by fields of whole numbers, and read by all others.
        by_name::set(&params, name, "0.5").is_ok() && by_name::set(&params, name, "x").is_err()
    };
    known.into_iter().filter(takes_fractions).collect()
}

fn base() -> GuideParams {
    let mut params = GuideParams::default().tune(false);
    params.factors = params.factors.n_factors(4).n_epochs(3);
    params
}

fn shares(answer: &Answer) -> Vec<f32> {
    let reasons = answer.hits.iter().flat_map(|hit| &hit.reasons);
    let share = |reason: &WordedReason| match &reason.reason {
        Reason::Because { share, .. } | Reason::Shares { share, .. } => Some(*share),
        _ => None,
    };
    reasons.filter_map(share).collect()
}

fn is_sound(answer: &Answer) -> bool {
    let finite = answer.hits.iter().all(|hit| hit.score.is_finite());
    finite
        && shares(answer)
            .iter()
            .all(|share| (0.0..=1.0001).contains(share))
}

/// Trains, saves, loads and asks; says what went wrong.
fn tried(params: GuideParams) -> std::result::Result<(), String> {
    let builder = Guide::builder().catalog(catalog()).events(events());
    let guide = builder
        .params(params)
        .build()
        .map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    guide
        .write_to(&mut bytes)
        .map_err(|error| error.to_string())?;
    let loaded = Guide::read_from(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
    if loaded != guide {
        return Err("the loaded guide is another".to_owned());
    }
    let product = "mug";
    for query in [
        Query::shopper("ann").keep_seen().n(9),
        Query::shopper("cleo").n(9),
        Query::history([product]).n(9),
        Query::nobody().context(product).n(9),
        Query::nobody().likes("colour", "red").n(9),
        Query::nobody().n(9),
    ] {
        let answer = guide.recommend(&query).map_err(|error| error.to_string())?;
        if answer.hits.len() != answer.allowed || !is_sound(&answer) {
            return Err(format!("{query:?}: {answer:?}"));
        }
        if loaded.recommend(&query).ok() != Some(answer) {
            return Err("the loaded guide answers otherwise".to_owned());
        }
        let why = guide.explain_for(&query, "tray");
        why.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The parameters with these fields set, where the checks let them through.
fn with_fields(sizes: &[(String, f64)]) -> Option<GuideParams> {
    let mut params = base();
    for (name, size) in sizes {
        params = by_name::set(&params, name, &size.to_string()).ok()?;
    }
    params.validate().ok().map(|()| params)
}

#[test]
fn every_single_parameter_that_is_let_through_works() {
    let fields = fields();
    assert!(fields.len() > 30, "{fields:?}");
    assert!(fields.contains(&"attributes.attribute_weight".to_owned()));
    let (mut let_through, mut failed) = (0, Vec::new());
    for name in &fields {
        for size in SIZES {
            let Some(params) = with_fields(&[(name.clone(), size)]) else {
                continue;
            };
            let_through += 1;
            if let Err(reason) = tried(params) {
                failed.push(format!("{name} = {size:e}: {reason}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(let_through > 150, "{let_through}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn parameters_that_are_let_through_work_together(
        choices in proptest::collection::vec((any::<prop::sample::Index>(), 0..SIZES.len()), 1..6)
    ) {
        let fields = fields();
        let sizes: Vec<(String, f64)> = choices
            .iter()
            .map(|(field, size)| (field.get(&fields).clone(), SIZES[*size]))
            .collect();
        if let Some(params) = with_fields(&sizes) {
            let done = tried(params);
            prop_assert!(done.is_ok(), "{sizes:?}: {done:?}");
        }
    }

    /// A history of any weights is refused with the weight and the product, or gives finite scores and shares.
    #[test]
    fn histories_of_any_weights_are_refused_or_answered(
        weights in proptest::collection::vec((0..3_usize, any::<f32>()), 1..6)
    ) {
        let guide = guide();
        let history = weights.iter().map(|(product, weight)| (["mug", "bowl", "tray"][*product], *weight));
        match guide.recommend(&Query::weighted_history(history).n(9)) {
            Ok(answer) => prop_assert!(is_sound(&answer), "{answer:?}"),
            Err(error) => prop_assert!(error.to_string().contains("weight"), "{error}"),
        }
    }

    /// Ratings as far apart as single precision allows.
    #[test]
    fn logs_of_any_ratings_are_built(values in proptest::collection::vec(any::<f32>(), 2..8)) {
        let mut events = Events::default();
        for (index, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let shopper = format!("s{}", index % 3);
            let product = ["mug", "bowl", "tray", "plate"][index % 4];
            let event = Event::new(&shopper, product, EventKind::Rating).value(*value);
            events.push(&event).unwrap();
        }
        let builder = Guide::builder().catalog(catalog()).events(events);
        let guide = builder.params(base()).build().unwrap();
        for shopper in guide.shoppers() {
            let answer = guide.recommend(&Query::shopper(shopper).n(9)).unwrap();
            prop_assert!(is_sound(&answer), "{answer:?}");
        }
    }
}

#[test]
fn weights_whose_sum_is_beyond_the_numbers_are_refused() {
    let guide = guide();
    let query = Query::weighted_history([("bowl", 3.4e38), ("bowl", 3.4e38)]);
    let error = guide.recommend(&query).unwrap_err().to_string();
    let expected = "parameter `history weight` must be 0, or between 0.000001 and 1000000 (product `bowl`), but is 340000000000000000000000000000000000000";
    assert_eq!(error, expected);
    // Within the bounds every sum is finite, however often a product is named.
    let many = vec![("bowl", 1e6); 1000];
    let answer = guide
        .recommend(&Query::weighted_history(many).n(9))
        .unwrap();
    assert!(is_sound(&answer) && !shares(&answer).is_empty());
}

/// The proportions of the fields count, not their size.
#[test]
fn attributes_of_tiny_and_of_huge_weights_speak_as_others_do() {
    let likes = |size: f32| {
        let mut params = base();
        let attributes = params.attributes.clone();
        params.attributes = attributes
            .attribute_weight(size)
            .title_weight(size)
            .text_weight(0.3 * size)
            .price_weight(0.5 * size);
        let builder = Guide::builder().catalog(catalog()).params(params);
        let guide = builder.build().unwrap();
        let answer = guide.similar("mug", 9).unwrap();
        let hits = answer.hits.iter();
        hits.map(|hit| (hit.product.clone(), hit.sources.clone()))
            .collect::<Vec<_>>()
    };
    let usual = likes(1.0);
    assert_eq!(usual[0].1, ["attributes"]);
    for size in [1e-37, 1e-23, 1e23, 1e38] {
        assert_eq!(likes(size), usual, "{size}");
    }
}

#[test]
fn numbers_of_an_answer_come_back_from_json() {
    let guide = guide();
    for query in [
        Query::shopper("cleo").n(9),
        Query::nobody().context("mug").n(9),
    ] {
        let answer = guide.recommend(&query).unwrap();
        let json: Value = serde_json::to_value(&answer).unwrap();
        assert!(!json.to_string().contains("null"), "{json}");
        assert_eq!(serde_json::from_value::<Answer>(json).unwrap(), answer);
    }
}
