//! Who is served how, what filters leave, and why.

use super::*;
use crate::{Query, Reason, Rung};

fn refused(query: &Query) -> String {
    guide().recommend(query).unwrap_err().to_string()
}

#[test]
fn a_known_shopper_is_served_by_what_others_took() {
    let query = Query::shopper("cleo").leave_out_viewed().n(2);
    let answer = guide().recommend(&query).unwrap();
    assert_eq!(
        (answer.rung, products(&answer)),
        (Rung::Known, vec!["tray", "bowl"])
    );
    let tray = &answer.hits[0];
    assert!(tray.sources.contains(&"neighbours".to_owned()), "{tray:?}");
    let because = tray.reasons.iter().find_map(|reason| match &reason.reason {
        Reason::Because { product, title, .. } => Some((product.as_str(), title.as_str())),
        _ => None,
    });
    assert_eq!(because, Some(("plate", "Blue plate")));
    assert_eq!(tray.title, "Blue tray");
}

#[test]
fn each_rung_of_the_ladder_serves_and_is_named() {
    let guide = guide();
    let rung = |query: &Query| guide.recommend(query).map(|answer| answer.rung).unwrap();
    assert_eq!(rung(&Query::shopper("ann")), Rung::Known);
    assert_eq!(rung(&Query::history(["mug"])), Rung::FoldedIn);
    assert_eq!(rung(&Query::nobody().context("mug")), Rung::FoldedIn);
    // Nobody has the vase, but the title of the tray has a word of its own.
    let answer = guide.recommend(&Query::history(["vase"]).n(6)).unwrap();
    assert_eq!(
        (answer.rung, answer.hits[0].product.as_str()),
        (Rung::Attributes, "tray")
    );
    let answer = guide
        .recommend(&Query::shopper("eve").likes("colour", "green").n(6))
        .unwrap();
    assert_eq!(
        (answer.rung, answer.hits[0].product.as_str()),
        (Rung::Attributes, "vase")
    );
    // The mug leads by popularity (2.5 against the plate's 2) and lately: with a half life of 14 days it counts
    // .673 + .743 + .5 · .862 = 1.85 at the log's end, the plate .820 + .906 = 1.73.
    for query in [
        Query::shopper("eve"),
        Query::nobody(),
        Query::history(Vec::<String>::new()),
    ] {
        let answer = guide.recommend(&query).unwrap();
        assert_eq!(
            (answer.rung, answer.hits[0].product.as_str()),
            (Rung::Popular, "mug")
        );
    }
}

#[test]
fn popularity_looks_at_the_filters_first() {
    let answer = guide()
        .recommend(&Query::nobody().attribute("colour", "RED"))
        .unwrap();
    assert_eq!(
        (answer.rung, products(&answer)),
        (Rung::Popular, vec!["mug", "bowl"])
    );
    let popular = answer.hits[0]
        .reasons
        .iter()
        .map(|reason| &reason.reason)
        .find(|reason| matches!(reason, Reason::Popular { .. }));
    // Bought by two and seen by one, as 2.5; the plate was bought by two.
    assert_eq!(
        popular,
        Some(&Reason::Popular {
            shoppers: 3,
            place: 1
        })
    );
}

#[test]
fn every_hit_has_a_reason_and_nothing_seen_or_forbidden_is_hit() {
    let guide = guide();
    let everyone = ["ann", "bob", "cleo", "dan", "eve"];
    for shopper in everyone {
        let answer = guide.recommend(&Query::shopper(shopper).n(6)).unwrap();
        let bought = events();
        let bought = bought
            .iter()
            .filter(|event| event.shopper == shopper && event.kind == EventKind::Purchase);
        let seen: Vec<String> = bought.map(|event| event.product.into_string()).collect();
        assert_eq!(answer.hits.len(), 6 - seen.len(), "{shopper}");
        for hit in &answer.hits {
            assert!(
                !hit.reasons.is_empty() && hit.reasons.len() <= 5 && !hit.sources.is_empty(),
                "{hit:?}"
            );
            assert!(!seen.contains(&hit.product) && hit.score > 0.0);
        }
        let falling = answer
            .hits
            .windows(2)
            .all(|pair| pair[0].score >= pair[1].score);
        assert!(falling, "{answer:?}");
    }
}

#[test]
fn filters_hold_at_once() {
    let guide = guide();
    let hits = |query: Query| {
        let answer = guide.recommend(&query.n(9)).unwrap();
        let mut products: Vec<String> = answer.hits.into_iter().map(|hit| hit.product).collect();
        products.sort();
        products.join(" ")
    };
    let all = || Query::nobody();
    assert_eq!(hits(all()), "bowl mug plate soap tray vase");
    assert_eq!(hits(all().price_from(6.0).price_to(9.0)), "bowl plate tray");
    assert_eq!(
        hits(all().price_from(-1.0)),
        "bowl mug plate tray vase",
        "the soap has no price"
    );
    assert_eq!(
        hits(
            all()
                .attribute("colour", "Blue")
                .attribute("colour", "green")
        ),
        "plate tray vase"
    );
    assert_eq!(
        refused(&all().attribute("colour", "mauve")),
        "unknown value of attribute `colour` `mauve`"
    );
    assert_eq!(hits(all().only(["mug", "soap", "gone"])), "mug soap");
    assert_eq!(hits(all().only(["mug", "soap"]).without(["mug"])), "soap");
    assert_eq!(hits(all().only(Vec::<String>::new())), "");
    assert_eq!(
        hits(Query::history(["mug", "vase"])),
        "bowl plate soap tray"
    );
    assert_eq!(
        hits(Query::history(["mug", "vase"]).keep_seen()),
        "bowl mug plate soap tray vase"
    );
    assert_eq!(
        hits(Query::shopper("ann").context("tray")),
        "plate soap vase"
    );
    assert_eq!(guide.recommend(&all().n(2)).unwrap().hits.len(), 2);
    assert!(guide.recommend(&all().n(0)).unwrap().hits.is_empty());
}

#[test]
fn what_goes_with_a_product_is_found_also_for_a_new_one() {
    let guide = guide();
    let answer = guide.similar("mug", 1).unwrap();
    assert_eq!(
        (answer.rung, products(&answer)),
        (Rung::FoldedIn, vec!["bowl"])
    );
    let answer = guide.similar("vase", 2).unwrap();
    assert_eq!(answer.rung, Rung::Attributes);
    assert!(answer.hits[0].sources.contains(&"attributes".to_owned()));
    assert_eq!(
        guide.similar("jug", 1).unwrap_err().to_string(),
        "unknown product `jug`"
    );
}

#[test]
fn an_explanation_adds_up() {
    let guide = guide();
    let query = Query::shopper("cleo").leave_out_viewed();
    let why = guide.explain_for(&query, "tray").unwrap();
    assert_eq!(
        (why.place, why.rung, why.title.as_str()),
        (Some(1), Rung::Known, "Blue tray")
    );
    let sum: f32 = why.sources.iter().map(|source| source.adds).sum();
    assert!((sum - why.score).abs() < 1e-6, "{why:?}");
    let hit = &guide.recommend(&query.n(1)).unwrap().hits[0];
    assert_eq!((hit.score, &hit.reasons), (why.score, &why.reasons));
    let names: Vec<&str> = why
        .sources
        .iter()
        .map(|source| source.source.as_str())
        .collect();
    assert_eq!(
        names,
        ["neighbours", "factors", "attributes", "trending", "popular"]
    );
    let neighbours = &why.sources[0];
    assert_eq!(
        (neighbours.rank, neighbours.score.is_some()),
        (Some(1), true)
    );
    assert!(!why.seen);
    // Also a product that the shopper has can be asked for: ann's mug speaks for the bowl.
    let why = guide.explain("ann", "bowl").unwrap();
    assert_eq!(
        (why.seen, why.place, &*why.reasons[0]),
        (true, Some(1), &Reason::Seen)
    );
    let words: Vec<String> = why.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(
        words[..2],
        ["this shopper has it already", "goes with Red mug"]
    );
    assert_eq!(
        guide.explain("eve", "bowl").unwrap_err().to_string(),
        "unknown shopper `eve`"
    );
    assert_eq!(
        guide.explain("ann", "jug").unwrap_err().to_string(),
        "unknown product `jug`"
    );
    assert_eq!(
        guide.history("eve").unwrap_err().to_string(),
        "unknown shopper `eve`"
    );
}

#[test]
fn reasons_read_as_words() {
    let guide = guide();
    let why = guide.explain("cleo", "tray").unwrap();
    let words: Vec<String> = why.reasons.iter().map(ToString::to_string).collect();
    assert!(
        words.contains(&"goes with Blue plate".to_owned()),
        "{words:?}"
    );
    let popular = Reason::Popular {
        shoppers: 3,
        place: 1,
    };
    assert_eq!(
        popular.to_string(),
        "place 1 by popularity, looked at or taken by 3 shoppers"
    );
    let trending = Reason::Trending {
        place: 2,
        half_life_days: 14.0,
    };
    assert_eq!(trending.to_string(), "place 2 among what is taken lately");
}

#[test]
fn bad_questions_are_refused_with_their_value() {
    assert_eq!(
        refused(&Query::nobody().context("jug")),
        "unknown product `jug`"
    );
    assert_eq!(
        refused(&Query::nobody().attribute("smell", "x")),
        "unknown attribute (known: colour) `smell`"
    );
    assert_eq!(
        refused(&Query::nobody().likes("smell", "x")),
        "unknown attribute (known: colour) `smell`"
    );
    let nan = Query::weighted_history([("mug", 1.0), ("bowl", f32::NAN)]);
    assert_eq!(
        refused(&nan),
        "weight of history entry 1 is NaN, which is not finite"
    );
    let negative = Query::weighted_history([("mug", -1.0)]);
    let expected = "parameter `history weight` must be not negative (product `mug`), but is -1";
    assert_eq!(refused(&negative), expected);
    let likes = |name, value| Query::nobody().likes(name, value);
    assert_eq!(
        refused(&likes("colour", "ultraviolet")),
        "unknown value of attribute `colour` `ultraviolet`"
    );
    assert!(guide().recommend(&likes("Colour", "BLUE")).is_ok());
    assert_eq!(
        refused(&Query::nobody().price_from(9.0).price_to(5.5)),
        "parameter `price_from` must be at most price_to = 5.5, but is 9"
    );
    let endless = Query::nobody().price_to(f32::INFINITY);
    assert_eq!(
        refused(&endless),
        "parameter `price_to` must be finite, but is inf"
    );
}

#[test]
fn the_product_being_looked_at_counts_as_much_as_the_history() {
    let guide = guide();
    let answer = guide
        .recommend(&Query::shopper("ann").context("plate").n(1))
        .unwrap();
    assert_eq!(products(&answer), ["tray"]);
    let twice = guide
        .recommend(&Query::history(["mug", "mug"]).n(3))
        .unwrap();
    let heavy = guide
        .recommend(&Query::weighted_history([("mug", 2.0)]).n(3))
        .unwrap();
    assert_eq!((twice.hits, twice.rung), (heavy.hits, heavy.rung));
}

#[test]
fn a_shopper_whose_id_became_a_fraction_is_found_either_way() {
    let mut events = Events::default();
    for (shopper, product) in [
        ("17850.0", "mug"),
        ("17850.0", "bowl"),
        ("9", "mug"),
        ("9", "plate"),
    ] {
        events
            .push(&Event::new(shopper, product, EventKind::Purchase))
            .unwrap();
    }
    let guide = Guide::builder()
        .catalog(catalog())
        .events(events)
        .build()
        .unwrap();
    for id in ["17850", "17850.0", "9", "9.0"] {
        assert_eq!(
            guide.recommend(&Query::shopper(id)).unwrap().rung,
            Rung::Known,
            "{id}"
        );
    }
    assert_eq!(
        guide.recommend(&Query::shopper("1785")).unwrap().rung,
        Rung::Popular
    );
}

#[test]
fn names_of_attributes_and_values_are_found_whatever_their_case() {
    let answer = guide()
        .recommend(&Query::nobody().attribute("COLOUR", "Red"))
        .unwrap();
    assert_eq!(products(&answer), ["mug", "bowl"]);
    let answer = guide()
        .recommend(&Query::nobody().likes("Colour", "GREEN").n(1))
        .unwrap();
    assert_eq!(products(&answer), ["vase"]);
    let reason = &answer.hits[0].reasons[0];
    assert_eq!(reason.to_string(), "colour: green");
}

#[test]
fn an_answer_tells_an_unknown_shopper_and_filters_that_leave_nothing() {
    let guide = guide();
    let told = |query: Query| {
        let answer = guide.recommend(&query).unwrap();
        (answer.unknown_shopper, answer.allowed, answer.rung)
    };
    assert_eq!(told(Query::shopper("ann")), (false, 4, Rung::Known));
    assert_eq!(told(Query::shopper("eve")), (true, 6, Rung::Popular));
    assert_eq!(told(Query::nobody()), (false, 6, Rung::Popular));
    let nothing = Query::shopper("ann").price_from(1000.0);
    assert_eq!(told(nothing), (false, 0, Rung::Nothing));
    assert_eq!(told(Query::nobody().n(0)), (false, 6, Rung::Nothing));
}

#[test]
fn reasons_are_true_where_nobody_was() {
    let guide = Guide::builder().catalog(catalog()).build().unwrap();
    let answer = guide.recommend(&Query::nobody().n(1)).unwrap();
    let words = answer.hits[0].reasons[0].to_string();
    assert_eq!(words, "nobody has looked at it or taken it yet");
    let one = Reason::Popular {
        shoppers: 1,
        place: 4,
    };
    assert_eq!(
        one.to_string(),
        "place 4 by popularity, looked at or taken by 1 shopper"
    );
}
