//! What a query asks of the list as a whole: caps, boosts, diversity and a floor for new products; and filters that leave out.

use super::*;
use crate::{FusionParams, Query, Reason};

fn asked(guide: &Guide, query: Query) -> Answer {
    guide.recommend(&query.n(9)).unwrap()
}

fn refused(guide: &Guide, query: Query) -> String {
    guide.recommend(&query).unwrap_err().to_string()
}

/// A guide whose only source is `popular`, so that products come by how many took them: a, b, c, d, and e and f, which nobody
/// took. Only the first `depth` are fused.
fn popular_only(depth: usize) -> Guide {
    let product = |id: &str, brand: &str, margin: &str| {
        Product::new(id, id)
            .attribute("brand", brand)
            .attribute("margin", margin)
    };
    let catalog = Catalog::new([
        product("a", "Koi", "low"),
        product("b", "koi", "high"),
        product("c", "Veldt", "low"),
        product("d", "Veldt", "high > top"),
        product("e", "Koi", "high"),
        Product::new("f", "f"),
    ]);
    let mut events = Events::default();
    for (product, shoppers) in [("a", 4), ("b", 3), ("c", 2), ("d", 1)] {
        for shopper in 0..shoppers {
            let shopper = format!("s{shopper}");
            let event = Event::new(&shopper, product, EventKind::Purchase);
            events.push(&event).unwrap();
        }
    }
    let fusion = FusionParams::default()
        .depth(depth)
        .neighbours(0.0)
        .factors(0.0)
        .attributes(0.0)
        .trending(0.0)
        .popular(1.0);
    let params = GuideParams::default().tune(false).fusion(fusion);
    let builder = Guide::builder().catalog(catalog.unwrap()).events(events);
    builder.params(params).build().unwrap()
}

#[test]
fn caps_hold_over_fused_and_filled_places_for_every_number_of_hits() {
    for depth in [1, 2, 200] {
        let guide = popular_only(depth);
        let all = asked(&guide, Query::nobody());
        assert_eq!(products(&all), ["a", "b", "c", "d", "e", "f"]);
        for (cap, expected) in [
            (1, &["a", "c", "f"][..]),
            (2, &["a", "b", "c", "d", "f"]),
            (3, &["a", "b", "c", "d", "e", "f"]),
        ] {
            let query = Query::nobody().at_most(cap, "Brand");
            let capped = asked(&guide, query.clone());
            assert_eq!(products(&capped), expected, "depth {depth}");
            for n in 1..expected.len() {
                let few = guide.recommend(&query.clone().n(n)).unwrap();
                assert_eq!(few.hits, capped.hits[..n]);
                assert!(few.next.is_some());
            }
            for hit in &capped.hits {
                let why = guide.explain_for(&query, &hit.product).unwrap();
                assert_eq!((why.score, &why.reasons), (hit.score, &hit.reasons));
            }
        }
        // A path counts as a whole; both caps hold.
        let two = asked(
            &guide,
            Query::nobody().at_most(2, "brand").at_most(1, "margin"),
        );
        assert_eq!(products(&two), ["a", "b", "d", "f"]);
        let why = guide.explain_for(&Query::nobody().at_most(1, "brand"), "b");
        let why = why.unwrap();
        assert_eq!(
            (why.place, why.reasons.len(), &why.reasons[0].reason),
            (None, 1, &Reason::RuledOut)
        );
    }
    let guide = popular_only(200);
    let error = refused(&guide, Query::nobody().at_most(1, "colour"));
    assert!(error.contains("known: brand, margin") && error.contains("colour"));
    let error = refused(&guide, Query::nobody().at_most(0, "brand"));
    assert!(error.contains("`at_most` must be at least 1"), "{error}");
}

#[test]
fn boosts_multiply_fused_scores_and_the_reasons_admit_it() {
    let guide = popular_only(200);
    let plain = asked(&guide, Query::nobody());
    // 1 / 62 · 1.05 is above 1 / 61; 1 / 64 · 1.05 and 1 / 65 · 1.05 as much above 1 / 61 and 1 / 63.
    let query = Query::nobody().boost("Margin", "HIGH", 1.05);
    let answer = asked(&guide, query.clone());
    assert_eq!(products(&answer), ["b", "d", "a", "e", "c", "f"]);
    let expected = [
        1.05 / 62.0,
        1.05 / 64.0,
        1.0 / 61.0,
        1.05 / 65.0,
        1.0 / 63.0,
    ];
    for (hit, expected) in answer.hits.iter().zip(expected) {
        assert!((hit.score - expected).abs() < 1e-7, "{hit:?}");
    }
    let promoted = Reason::Promoted {
        attribute: "Margin".to_owned(),
        value: "high".to_owned(),
        factor: 1.05,
    };
    // A path below the value is promoted too.
    for hit in [&answer.hits[0], &answer.hits[1]] {
        assert_eq!(
            hit.reasons.last().map(|reason| &reason.reason),
            Some(&promoted)
        );
        assert_eq!(hit.reasons.len(), 2);
    }
    assert_eq!(promoted.to_string(), "the shop promotes Margin: high");
    assert_eq!(
        answer.hits[2], plain.hits[0],
        "what is not promoted is as before"
    );
    // Several boosts multiply: 1.05 · 0.5 is less than 1.
    let query = query.boost("brand", "koi", 0.5);
    let answer = asked(&guide, query.clone());
    assert_eq!(
        products(&answer),
        ["d", "c", "f", "b", "a", "e"][..].to_vec().as_slice()
    );
    let of_b = &answer.hits[3];
    assert!((of_b.score - 0.525 / 62.0).abs() < 1e-7);
    assert_eq!(
        of_b.reasons.last().map(|reason| &reason.reason),
        Some(&promoted)
    );
    // A lowered score is not said as a reason; the explanation has it.
    let why = guide.explain_for(&query, "b").unwrap();
    assert_eq!((why.place, why.score), (Some(4), of_b.score));
    let lowered = why.reasons.last().unwrap();
    assert_eq!(lowered.to_string(), "the shop holds back brand: Koi");
    assert_eq!(why.reasons[..2], of_b.reasons);
    let of_a = &answer.hits[4];
    assert!(
        !of_a
            .reasons
            .iter()
            .any(|reason| matches!(reason.reason, Reason::Promoted { .. }))
    );
    for factor in [0.09, 10.1, f32::NAN, -1.0] {
        let error = refused(&guide, Query::nobody().boost("margin", "high", factor));
        assert!(
            error.contains("`boost` must be between 0.1 and 10"),
            "{error}"
        );
    }
    let error = refused(&guide, Query::nobody().boost("margin", "hihg", 2.0));
    assert!(error.contains("nearest: `high`"), "{error}");
    assert!(refused(&guide, Query::nobody().boost("shelf", "x", 2.0)).contains("shelf"));
}

#[test]
fn boosts_do_not_reach_the_places_behind_the_fused_ones() {
    let guide = popular_only(2);
    let all = asked(&guide, Query::nobody());
    let raised = asked(&guide, Query::nobody().boost("margin", "high", 10.0));
    assert_eq!(products(&raised), ["b", "a", "c", "d", "e", "f"]);
    assert_eq!(raised.hits[2..], all.hits[2..]);
    // However much scores are lowered, and however often, they stay above those behind, and above 0.
    let mut query = Query::nobody();
    for _ in 0..60 {
        query = query.boost("brand", "koi", 0.1);
    }
    let lowered = asked(&guide, query);
    assert_eq!(products(&lowered), products(&all));
    let scores: Vec<f32> = lowered.hits.iter().map(|hit| hit.score).collect();
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    assert!(scores.iter().all(|score| score.is_finite() && *score > 0.0));
}

#[test]
fn the_diversity_of_a_query_takes_the_place_of_the_guide_s() {
    let guide = guide();
    let ask = |guide: &Guide, query: Query| asked(guide, query).hits;
    let mut params = guide.params().clone();
    params.fusion.diversity = 0.8;
    let diverse = with(params);
    let query = Query::nobody();
    assert_ne!(ask(&guide, query.clone()), ask(&diverse, query.clone()));
    assert_eq!(
        ask(&guide, query.clone().diversity(0.8)),
        ask(&diverse, query.clone())
    );
    assert_eq!(
        ask(&guide, query.clone()),
        ask(&diverse, query.clone().diversity(0.0))
    );
    for diversity in [-0.1, 1.1, f32::NAN] {
        let error = refused(&guide, query.clone().diversity(diversity));
        assert!(
            error.contains("`diversity` must be between 0 and 1"),
            "{error}"
        );
    }
}

#[test]
fn new_products_take_the_last_places() {
    for depth in [2, 200] {
        let guide = popular_only(depth);
        let ask = |n: usize, least: usize| {
            let query = Query::nobody().n(n).at_least_new(least);
            let answer = guide.recommend(&query).unwrap();
            let scores: Vec<f32> = answer.hits.iter().map(|hit| hit.score).collect();
            assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
            products(&answer).concat()
        };
        assert_eq!(ask(3, 0), "abc");
        assert_eq!(ask(3, 1), "abe");
        assert_eq!(ask(3, 2), "aef");
        assert_eq!(ask(3, 3), "aef", "only two products are new");
        assert_eq!(ask(1, 9), "e");
        assert_eq!(ask(5, 1), "abcde", "there is one already");
        assert_eq!(ask(5, 2), "abcef");
        assert_eq!(ask(9, 2), "abcdef");
        // The next page begins with what left.
        let query = Query::nobody().at_least_new(1).n(3);
        let first = guide.recommend(&query).unwrap();
        let second = guide.recommend(&query.clone().page(first.next.unwrap()));
        let second = second.unwrap();
        assert_eq!(products(&second).concat(), "cdf");
        assert_eq!(second.next, None);
        // A new product that a cap refuses is not brought forward.
        let capped = query.clone().n(2).at_most(1, "brand");
        assert_eq!(products(&guide.recommend(&capped).unwrap()).concat(), "af");
        let filtered = query.clone().without(["e", "f"]);
        assert_eq!(
            products(&guide.recommend(&filtered).unwrap()).concat(),
            "abc"
        );
    }
}

/// The best new product is the one that shares most with the history.
#[test]
fn new_products_come_by_attributes_first() {
    let red = |id: &str| Product::new(id, id).attribute("colour", "red");
    let blue = |id: &str| Product::new(id, id).attribute("colour", "blue");
    let catalog = Catalog::new([blue("n1"), red("a"), red("b"), blue("c"), red("n2")]);
    let mut events = Events::default();
    for shopper in ["s", "t", "u"] {
        for product in ["a", "b", "c"] {
            let event = Event::new(shopper, product, EventKind::Purchase);
            events.push(&event).unwrap();
        }
    }
    let mut params = GuideParams::default().tune(false);
    params.fusion.depth = 1;
    let builder = Guide::builder().catalog(catalog.unwrap()).events(events);
    let guide = builder.params(params).build().unwrap();
    let query = Query::history(["a"]).n(2).at_least_new(1);
    let answer = guide.recommend(&query).unwrap();
    assert_eq!(products(&answer), ["b", "n2"]);
    assert_eq!(answer.hits[1].sources, ["attributes"]);
    let answer = guide.recommend(&query.at_least_new(2)).unwrap();
    assert_eq!(products(&answer), ["n2", "n1"]);
    assert!(answer.hits[0].score > answer.hits[1].score);
}

#[test]
fn values_are_left_out_as_they_are_asked_for() {
    let guide = popular_only(200);
    let hits = |query: Query| products(&asked(&guide, query)).concat();
    assert_eq!(hits(Query::nobody().not_attribute("BRAND", "KOI")), "cdf");
    assert_eq!(hits(Query::nobody().not_attribute("margin", "high")), "acf");
    assert_eq!(
        hits(Query::nobody().not_attribute("margin", "top")),
        "abcef"
    );
    let both = Query::nobody()
        .not_attribute("margin", "high > top")
        .not_attribute("margin", "low");
    assert_eq!(hits(both.clone()), "bef");
    assert_eq!(hits(both.attribute("brand", "koi")), "be");
    let error = refused(&guide, Query::nobody().not_attribute("brand", "Vledt"));
    assert!(error.contains("nearest: `Veldt`"), "{error}");
    let error = refused(&guide, Query::nobody().not_attribute("colour", "red"));
    assert!(
        error.contains("attribute (known: brand, margin) `colour`"),
        "{error}"
    );
}

#[test]
fn in_stock_keeps_only_what_is_known_to_be_in_stock() {
    let catalog = Catalog::new([
        Product::new("yes", "Yes").available(true),
        Product::new("no", "No").available(false),
        Product::new("unknown", "Unknown"),
    ]);
    let guide = Guide::builder().catalog(catalog.unwrap()).build().unwrap();
    let hits = |query: Query| products(&asked(&guide, query)).join(" ");
    assert_eq!(hits(Query::nobody()), "yes unknown");
    assert_eq!(hits(Query::nobody().in_stock()), "yes");
    assert_eq!(hits(Query::nobody().in_stock().keep_unavailable()), "yes");
    let answer = asked(&guide, Query::nobody().keep_unavailable());
    let available: Vec<Option<bool>> = answer.hits.iter().map(|hit| hit.available).collect();
    assert_eq!(available, [Some(true), Some(false), None]);
    let error = refused(&popular_only(200), Query::nobody().in_stock());
    assert!(
        error.contains("a filter by stock needs products with"),
        "{error}"
    );
}
