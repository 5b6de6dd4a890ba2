//! Queries with a text: what has the words comes first, the shopper's history counts among it, and the rest fills the places behind.

use super::*;
use crate::{
    ContextWeights, Evidence, LiveGuide, LiveParams, NoiseParams, Query, Reason, Rung, Silent,
};

fn ids(guide: &Guide, query: &Query) -> Vec<String> {
    let answer = guide.recommend(query).unwrap();
    answer.hits.into_iter().map(|hit| hit.product).collect()
}

#[test]
fn what_has_the_words_comes_first_and_the_rest_behind_it() {
    let guide = guide();
    let plain = guide.recommend(&Query::nobody()).unwrap();
    let answer = guide
        .recommend(&Query::nobody().text("blue trays"))
        .unwrap();
    assert_eq!(products(&answer)[..3], ["tray", "plate", "vase"]);
    assert_eq!(answer.hits.len(), plain.hits.len());
    assert_eq!((answer.rung, plain.rung), (Rung::Text, Rung::Popular));
    assert!(answer.hits.is_sorted_by(|a, b| a.score >= b.score));
    assert_eq!(answer.hits[0].sources[0], "text");
    let told: Vec<String> = answer.hits[0]
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "your words in title: Blue, tray",
            "your words in colour: blue"
        ]
    );
    assert!(
        matches!(&answer.hits[2].reasons[0].reason, Reason::Matches { words, .. } if words == &["tray"])
    );
    // Behind them as without words.
    let rest = plain.hits.iter().map(|hit| hit.product.as_str());
    let rest: Vec<&str> = rest
        .filter(|id| !["tray", "plate", "vase"].contains(id))
        .collect();
    assert_eq!(products(&answer)[3..], rest);
}

#[test]
fn a_history_counts_among_what_has_the_words() {
    let product = |number: usize| {
        let colour = ["red", "blue"][number % 2];
        Product::new(format!("{number}"), format!("mug {colour} w{number}"))
    };
    let products = (0..40)
        .map(product)
        .chain([Product::new("soap", "blue soap")]);
    let guide = Guide::builder()
        .catalog(Catalog::new(products).unwrap())
        .build()
        .unwrap();
    let query = Query::history(["1"]).text("mug");
    let hits = ids(&guide, &query.clone().n(19));
    assert!(
        hits.iter().all(|id| id.parse::<usize>().unwrap() % 2 == 1),
        "{hits:?}"
    );
    assert_eq!(guide.recommend(&query).unwrap().rung, Rung::Text);
    // No history comes before a word.
    let hits = ids(&guide, &Query::history(["1"]).text("red mug").n(20));
    assert!(
        hits.iter().all(|id| id.parse::<usize>().unwrap() % 2 == 0),
        "{hits:?}"
    );
    let diverse = ids(
        &guide,
        &Query::history(["1"]).text("red mug").n(20).diversity(1.0),
    );
    assert!(
        diverse
            .iter()
            .all(|id| id.parse::<usize>().unwrap() % 2 == 0),
        "{diverse:?}"
    );
}

#[test]
fn what_was_not_matched_is_told() {
    let guide = guide();
    let answer = guide
        .recommend(&Query::nobody().text("blue zebra of Ängland"))
        .unwrap();
    assert_eq!(answer.unmatched_words, ["zebra", "Ängland"]);
    let filtered = Query::nobody().text("blue mug").attribute("colour", "red");
    assert_eq!(
        guide.recommend(&filtered).unwrap().unmatched_words,
        ["blue"]
    );
    // Where nothing matches, the answer is that without words.
    for text in ["zebra", "  ", "🙂"] {
        let plain = guide.recommend(&Query::shopper("ann")).unwrap();
        let answer = guide.recommend(&Query::shopper("ann").text(text)).unwrap();
        assert_eq!((answer.hits, answer.rung), (plain.hits, plain.rung));
        assert_eq!(answer.unmatched_words.len(), usize::from(text == "zebra"));
    }
    let long = guide
        .recommend(&Query::nobody().text("mug ".repeat(70)))
        .unwrap();
    assert_eq!((long.words_left_out, products(&long)[0]), (6, "mug"));
}

#[test]
fn parts_add_up_and_places_are_those_of_the_answer() {
    let guide = guide();
    let query = Query::shopper("cleo").text("blue tray");
    let hits = ids(&guide, &query.clone().n(9));
    for (place, id) in hits.iter().enumerate() {
        let why = guide.explain_for(&query, id).unwrap();
        assert_eq!(why.place, Some(place + 1), "{id}");
        let adds: f32 = why.sources.iter().map(|source| source.adds).sum();
        assert!((adds - why.score).abs() < 1e-5 * why.score, "{why:?}");
        for source in why.sources.iter().filter(|source| source.score.is_some()) {
            let sum: f32 = source.parts.iter().map(|part| part.amount).sum();
            assert!((sum - source.score.unwrap()).abs() < 1e-5, "{source:?}");
        }
    }
    let why = guide.explain_for(&query, "tray").unwrap();
    let text = why.sources.iter().find(|one| one.source == "text").unwrap();
    assert_eq!(text.rank, Some(1));
    let word = Evidence::Word {
        word: "tray".to_owned(),
        field: "title".to_owned(),
    };
    assert!(
        text.parts.iter().any(|part| part.evidence == word),
        "{text:?}"
    );
}

#[test]
fn pages_boosts_and_caps_keep_the_words_first() {
    let guide = guide();
    let query = Query::nobody()
        .text("blue tray")
        .boost("colour", "green", 10.0);
    let all = ids(&guide, &query.clone().n(6));
    assert_eq!(
        all[..3],
        ["tray", "vase", "plate"],
        "a boost counts within a tier"
    );
    let first = guide.recommend(&query.clone().n(2)).unwrap();
    let second = guide
        .recommend(&query.clone().n(2).page(first.next.clone().unwrap()))
        .unwrap();
    assert_eq!([products(&first), products(&second)].concat(), all[..4]);
    let capped = ids(&guide, &query.clone().at_most(1, "colour").n(6));
    assert_eq!(capped[..2], ["tray", "vase"]);
    let with_new = guide.recommend(&query.at_least_new(1).n(2)).unwrap();
    assert_eq!(
        products(&with_new),
        ["tray", "vase"],
        "nobody took the vase"
    );
}

#[test]
fn products_that_come_change_or_go_are_found_as_they_are() {
    let live = LiveGuide::new(guide(), LiveParams::default()).unwrap();
    let first = |text: &str| {
        let answer = live.guide().recommend(&Query::nobody().text(text)).unwrap();
        (answer.unmatched_words.is_empty()).then(|| answer.hits[0].product.clone())
    };
    assert_eq!(
        (first("hammock"), first("bowl")),
        (None, Some("bowl".to_owned()))
    );
    live.upsert_product(Product::new("net", "Striped hammock"))
        .unwrap();
    live.upsert_product(Product::new("bowl", "Red dish"))
        .unwrap();
    for settled in [false, true] {
        assert_eq!(first("hammocks").as_deref(), Some("net"), "{settled}");
        assert_eq!(first("hamock").as_deref(), Some("net"), "{settled}");
        assert_eq!(
            (first("bowl"), first("dish")),
            (None, Some("bowl".to_owned()))
        );
        live.settle().unwrap();
    }
    live.set_price("net", Some(3.0)).unwrap();
    assert_eq!(first("hammock").as_deref(), Some("net"));
    live.remove_product("net").unwrap();
    assert_eq!(first("hammock"), None);
    live.settle().unwrap();
    assert_eq!(first("hammock"), None);
}

#[test]
fn a_saved_guide_answers_the_same() {
    let guide = guide();
    let mut bytes = Vec::new();
    crate::Persist::write_to(&guide, &mut bytes).unwrap();
    let read: Guide = crate::Persist::read_from(&mut bytes.as_slice()).unwrap();
    let query = Query::shopper("ann").text("blue tray");
    assert_eq!(
        read.recommend(&query).unwrap(),
        guide.recommend(&query).unwrap()
    );
    let (refitted, _) = guide.refit(&Events::default(), &Silent).unwrap();
    assert_eq!(ids(&refitted, &query), ids(&guide, &query));
}

#[test]
fn without_weight_there_is_no_source_and_with_noise_there_is() {
    let context = ContextWeights::default().text(0.0);
    let builder = Guide::builder().catalog(catalog()).events(events());
    let params = GuideParams::default().context(context);
    let (guide, report) = builder.params(params).build_with(&Silent).unwrap();
    assert!(
        report
            .not_fitted
            .contains(&("text".to_owned(), "its weight is 0".to_owned()))
    );
    let answer = guide.recommend(&Query::nobody().text("blue tray")).unwrap();
    assert_eq!(answer.unmatched_words, ["blue", "tray"]);
    let mut bytes = Vec::new();
    crate::Persist::write_to(&guide, &mut bytes).unwrap();
    let read: Guide = crate::Persist::read_from(&mut bytes.as_slice()).unwrap();
    assert!(read.fitted("text").is_none());
    let params = GuideParams::default()
        .tune(false)
        .noise(Some(NoiseParams::default()));
    assert_eq!(
        ids(&with(params), &Query::nobody().text("blue tray"))[0],
        "tray"
    );
}
