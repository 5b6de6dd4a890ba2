//! What a reason may say, in which language, and that the parts of a score add up to it.

use super::*;
use crate::{Evidence, Language, Query, Reason};

/// Five films that nobody has taken.
fn films() -> Guide {
    let film = |id: &str, title: &str, genres: &[&str]| {
        let film = Product::new(id, title).attribute("status", "released");
        let genres = genres.iter();
        genres.fold(film, |film, genre| film.attribute("genre", *genre))
    };
    let catalog = Catalog::new([
        film("tears", "Tears", &["Drama"]),
        film("both", "Smile and weep", &["Comedy", "Drama"]).attribute("year", "2019"),
        film("laugh", "Laugh", &["Comedy"]),
        film("old", "Old 1984", &["Western"]).attribute("year", "2019"),
        film("older", "Older 1984", &["War"]),
    ]);
    Guide::builder().catalog(catalog.unwrap()).build().unwrap()
}

/// The attribute and value of each reason of the only hit.
fn shared(query: &Query) -> Vec<String> {
    let answer = films().recommend(query).unwrap();
    let reasons = answer.hits[0].reasons.iter();
    let shared = reasons.filter_map(|reason| match &reason.reason {
        Reason::Shares {
            attribute, value, ..
        } => Some(format!("{attribute}: {value}")),
        _ => None,
    });
    shared.collect()
}

#[test]
fn a_filter_is_not_explained_by_another_value() {
    let drama = || Query::history(["tears"]).only(["both"]);
    assert_eq!(shared(&drama()), ["genre: Drama"]);
    let none: [&str; 0] = [];
    assert_eq!(shared(&drama().attribute("Genre", "COMEDY")), none);
    // The hit has a reason all the same.
    let query = drama().attribute("genre", "comedy");
    let answer = films().recommend(&query).unwrap();
    assert_eq!(answer.hits[0].reasons.len(), 1);
    assert_eq!(answer.hits[0].reasons[0], Reason::Untried);
    let why = films().explain_for(&query, "both").unwrap();
    assert_eq!(why.reasons, answer.hits[0].reasons);
    // What the query asks for may be said: by the filter, or as a value that the shopper likes.
    let query = drama().attribute("genre", "comedy");
    assert_eq!(
        shared(&query.clone().attribute("genre", "drama")),
        ["genre: Drama"]
    );
    assert_eq!(shared(&query.likes("genre", "drama")), ["genre: Drama"]);
    let both = Query::history(["tears", "laugh"]).only(["both"]);
    assert_eq!(shared(&both).len(), 2);
    assert_eq!(
        shared(&both.attribute("genre", "comedy")),
        ["genre: Comedy"]
    );
}

/// They share a status, a year and a number in the title, and no more.
#[test]
fn states_years_and_numbers_are_no_reason() {
    for (history, product) in [("old", "both"), ("old", "older"), ("laugh", "tears")] {
        let query = Query::history([history]).only([product]);
        let answer = films().recommend(&query).unwrap();
        let hit = &answer.hits[0];
        let reasons: Vec<&Reason> = hit.reasons.iter().map(|one| &one.reason).collect();
        assert_eq!(reasons, [&Reason::Untried], "{hit:?}");
    }
    let why = films().explain_for(&Query::history(["old"]), "older");
    let parts = &why.unwrap().sources[0].parts;
    let number = Evidence::Attribute {
        attribute: "title".to_owned(),
        value: "1984".to_owned(),
    };
    assert_eq!(parts[0].evidence, number, "it counts in the score");
}

#[test]
fn reasons_are_in_the_language_of_the_query() {
    let guide = guide();
    let query = Query::shopper("cleo").n(6);
    let english = guide.recommend(&query).unwrap();
    let chinese = query.language(Language::Chinese);
    let answer = guide.recommend(&chinese).unwrap();
    for (hit, same) in answer.hits.iter().zip(&english.hits) {
        for (reason, other) in hit.reasons.iter().zip(&same.reasons) {
            assert_eq!(reason.reason, other.reason);
            assert_eq!(reason.text, reason.say(Language::Chinese));
            assert_eq!(other.text, other.say(Language::English));
        }
        let why = guide.explain_for(&chinese, &hit.product).unwrap();
        assert_eq!(why.reasons, hit.reasons);
    }
    let texts = answer.hits.iter().flat_map(|hit| &hit.reasons);
    let texts: Vec<&str> = texts.map(|reason| reason.text.as_str()).collect();
    assert!(texts.contains(&"与“Blue plate”常被一起选购"), "{texts:?}");
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["hits"][0]["reasons"][0]["text"], texts[0]);
    let read: crate::Answer = serde_json::from_value(json).unwrap();
    assert_eq!(read, answer);
    // A query from JSON names its language by its code.
    let query: Query = serde_json::from_str(r#"{"language": "zh"}"#).unwrap();
    assert_eq!(query, Query::nobody().language(Language::Chinese));
    let unknown = serde_json::from_str::<Query>(r#"{"language": "xx"}"#);
    let message = unknown.unwrap_err().to_string();
    assert!(message.contains("unknown language (known: en, zh) `xx`"));
}

#[test]
fn a_reason_names_its_source() {
    let answer = guide().recommend(&Query::shopper("cleo").n(6)).unwrap();
    let mut named = 0;
    for hit in &answer.hits {
        for reason in &hit.reasons {
            match &reason.reason {
                Reason::Because { source, share, .. } | Reason::Shares { source, share, .. } => {
                    assert!(hit.sources.contains(source), "{hit:?}");
                    assert!(*share > 0.0 && *share <= 1.0, "{hit:?}");
                    named += 1;
                }
                _ => {}
            }
        }
    }
    assert!(named > 2, "{answer:?}");
}

/// The parts of every score, for shoppers of every kind.
#[test]
fn the_parts_of_a_score_add_up_to_it() {
    let shop = demo_shop(200, 300);
    let params = GuideParams::default().tune(false);
    let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    let guide = builder.params(params).build().unwrap();
    let product = |number: usize| guide.catalog().products()[number].id.clone();
    let mut queries = vec![
        Query::nobody(),
        Query::nobody().context(product(7)),
        Query::weighted_history([(product(3), 0.01), (product(5), 1.0), (product(8), 40.0)]),
    ];
    let (name, value) = guide.catalog().products()[9].attributes[0].clone();
    queries.push(Query::history([product(4)]).likes(name, value));
    let shoppers: Vec<&str> = guide.shoppers().step_by(23).collect();
    queries.extend(shoppers.iter().map(|shopper| Query::shopper(*shopper)));
    queries.push(Query::shopper(shoppers[0]).context(product(11)));
    let mut checked = std::collections::BTreeMap::new();
    let mut negative = 0;
    for query in &queries {
        for number in (0..guide.catalog().len()).step_by(17) {
            let why = guide.explain_for(query, &product(number)).unwrap();
            for source in &why.sources {
                let Some(score) = source.score else {
                    assert!(source.parts.is_empty());
                    continue;
                };
                let sum: f64 = source.parts.iter().map(|part| f64::from(part.amount)).sum();
                let off = (sum - f64::from(score)).abs();
                assert!(
                    off <= 1e-5 * f64::from(score.abs()),
                    "{query:?} {}: {score} is not {sum}: {source:?}",
                    why.product
                );
                negative += source.parts.iter().filter(|part| part.amount < 0.0).count();
                *checked.entry(source.source.clone()).or_insert(0) += 1;
            }
        }
    }
    assert!(
        checked.len() == 5 && checked.values().all(|&n| n > 20),
        "{checked:?}"
    );
    assert!(negative > 0, "factors also speak against a product");
}

#[test]
fn parts_name_products_terms_or_the_whole() {
    let why = guide().explain("ann", "tray").unwrap();
    let of = |name: &str| why.sources.iter().find(|one| one.source == name).unwrap();
    for part in &of("popular").parts {
        assert_eq!(part.evidence, Evidence::Whole);
        assert_eq!(Some(part.amount), of("popular").score);
    }
    let why = guide().explain("dan", "mug").unwrap();
    let neighbours = &why.sources[0];
    let product = |id: &str, title: &str| Evidence::Product {
        product: id.to_owned(),
        title: title.to_owned(),
    };
    // Cleo alone took the plate and saw the mug.
    assert_eq!(neighbours.parts.len(), 1);
    assert_eq!(neighbours.parts[0].evidence, product("plate", "Blue plate"));
    let json = serde_json::to_value(&neighbours.parts[0]).unwrap();
    assert_eq!(
        (json["kind"].as_str(), json["product"].as_str()),
        (Some("product"), Some("plate"))
    );
    assert!(json["amount"].is_f64());
}
