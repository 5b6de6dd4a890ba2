//! What goes into a guide, and what each parameter does.

use guide_core::testing::{params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Params, by_name};

use super::*;
use crate::{Evaluation, EvaluationParams, FusionParams, Query, Silent};

fn bytes(guide: &Guide) -> Vec<u8> {
    let mut bytes = Vec::new();
    guide.write_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_guide_is_the_same_on_one_and_two_threads() {
    let shop = demo_shop(150, 200);
    same_for_one_and_two_threads(|| {
        let builder = Guide::builder()
            .catalog(shop.catalog.clone())
            .events(shop.events.clone());
        let guide = builder.build().unwrap();
        let how = EvaluationParams::default();
        let measured =
            Evaluation::run(&shop.catalog, &shop.events, guide.params(), &how, &Silent).unwrap();
        let figures: Vec<(String, u64)> = measured
            .rows
            .iter()
            .map(|row| (row.name.clone(), row.ndcg.to_bits()))
            .collect();
        (bytes(&guide), figures)
    });
}

#[test]
fn the_strongest_event_counts_and_a_rating_comes_before_it() {
    let log = |text: &str| {
        let (events, _) = Events::read_from(text.as_bytes(), &Default::default()).unwrap();
        let guide = Guide::builder().events(events).build().unwrap();
        let history = guide.history("a").unwrap();
        history
            .iter()
            .map(|(product, weight)| (product.id.clone(), *weight))
            .collect::<Vec<_>>()
    };
    let of = |pairs: &[(&str, f32)]| {
        pairs
            .iter()
            .map(|&(id, w)| (id.to_owned(), w))
            .collect::<Vec<_>>()
    };
    let text =
        "user,item,event,value\na,x,view,\na,x,purchase,3\na,x,cart,\na,y,view,\na,y,view,\n";
    assert_eq!(log(text), of(&[("x", 1.0), ("y", 0.5)]));
    let text = "user,item,event,value\na,x,purchase,1\na,x,rating,2\na,y,rating,5\na,z,rating,1\na,y,view,\n";
    assert_eq!(log(text), of(&[("x", 0.25), ("y", 1.0), ("z", 0.0)]));
}

#[test]
fn a_history_fades_with_time() {
    let weights = |half_life_days| {
        let mut params = GuideParams::default();
        params.events.half_life_days = half_life_days;
        let guide = with(params);
        guide
            .history("ann")
            .unwrap()
            .iter()
            .map(|entry| entry.1)
            .collect::<Vec<_>>()
    };
    assert_eq!(weights(None), [1.0, 1.0]);
    // Ann took the mug on day 1 and the bowl on day 2, her last.
    assert_eq!(weights(Some(1.0)), [0.5, 1.0]);
}

#[test]
fn a_guide_is_built_from_a_catalogue_alone_or_events_alone() {
    let guide = Guide::builder().catalog(catalog()).build().unwrap();
    let answer = guide.similar("mug", 1).unwrap();
    assert_eq!(
        (answer.rung, products(&answer)),
        (crate::Rung::Attributes, vec!["bowl"])
    );
    assert_eq!(guide.recommend(&Query::nobody()).unwrap().hits.len(), 6);
    assert_eq!(
        (guide.shoppers().count(), guide.popularity()),
        (0, vec![0; 6])
    );

    let guide = Guide::builder().events(events()).build().unwrap();
    assert_eq!(guide.similar("mug", 1).unwrap().hits[0].title, "bowl");
    assert_eq!(
        guide.shoppers().collect::<Vec<_>>(),
        ["ann", "bob", "cleo", "dan"]
    );

    let error = Guide::builder().build().unwrap_err();
    assert_eq!(error.to_string(), "the catalogue is empty");
}

#[test]
fn events_of_unknown_products_are_counted() {
    let mut events = events();
    events
        .push(&Event::new("ann", "postage", EventKind::Purchase).time(0))
        .unwrap();
    let builder = Guide::builder().catalog(catalog()).events(events);
    let (guide, report) = builder.build_with(&Silent).unwrap();
    assert_eq!((report.products, report.shoppers, report.events), (6, 4, 9));
    assert_eq!((report.unknown_products, report.new_products), (1, 1));
    assert_eq!(report.unknown_examples, ["postage"]);
    let lines = report.to_string();
    assert!(
        lines.contains("1 events left out: the catalogue lacks their product; postage\n"),
        "{lines}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["seconds"]["neighbours"].is_number(), "{json}");
    assert_eq!(guide.popularity(), [3, 2, 2, 1, 0, 1]);
    let names: Vec<&str> = report
        .seconds
        .iter()
        .map(|entry| entry.0.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "events",
            "counts",
            "text",
            "neighbours",
            "factors",
            #[cfg(feature = "neural")]
            "neural",
            "attributes",
            "bought-together",
            "session",
            "trending",
            "popular",
            "tuning"
        ]
    );
}

#[test]
fn without_times_nothing_trends_and_nothing_fades() {
    let mut untimed = Events::default();
    for event in events().iter() {
        untimed
            .push(&crate::Event {
                time: None,
                ..event
            })
            .unwrap();
    }
    let guide = Guide::builder()
        .catalog(catalog())
        .events(untimed)
        .build()
        .unwrap();
    let why = guide.explain("cleo", "tray").unwrap();
    assert!(why.sources.iter().all(|source| source.source != "trending"));
    assert_eq!(guide.history("ann").unwrap()[0].1, 1.0);
}

#[test]
fn tuning_pays_and_keeps_every_source() {
    let shop = demo_shop(300, 500);
    let measure = |tune| {
        let params = GuideParams::default().tune(tune);
        let how = EvaluationParams::default();
        Evaluation::run(&shop.catalog, &shop.events, &params, &how, &Silent).unwrap()
    };
    let (given, tuned) = (measure(false), measure(true));
    assert_eq!((given.build.tuned, tuned.build.tuned), (false, true));
    assert_eq!(given.fusion, FusionParams::default());
    assert!(
        tuned.rows[0].ndcg > 1.05 * given.rows[0].ndcg,
        "{:?} {:?}",
        tuned.rows[0],
        given.rows[0]
    );
    assert_eq!(tuned.rows.len(), 6, "the guide and its five sources");
    let builder = Guide::builder().catalog(catalog()).events(events());
    let few = builder.build().unwrap();
    assert_eq!(
        few.params(),
        &GuideParams::default(),
        "too few shoppers to go by"
    );
}

/// Building never fails for want of something to tune by; measuring says what it lacks.
#[test]
fn a_shop_that_cannot_be_measured_is_built() {
    let log = |rows: &[(&str, &str, EventKind, Option<i64>)]| {
        let mut events = Events::default();
        for &(shopper, product, kind, time) in rows {
            let event = Event::new(shopper, product, kind).value(3.0);
            events.push(&Event { time, ..event }).unwrap();
        }
        events
    };
    use EventKind::{Purchase, Rating, View};
    let (one, two) = (Some(1), Some(2));
    for (events, lack) in [
        (
            Events::default(),
            "parameter `test_fraction` must be a fraction that splits 0 baskets in two non-empty parts, but is 0.5",
        ),
        (
            log(&[("a", "mug", Purchase, None), ("b", "bowl", View, None)]),
            "split by time needs events with a time; none has one",
        ),
        (
            log(&[("a", "mug", Purchase, one)]),
            "parameter `test_fraction` must be a fraction that splits 1 baskets in two non-empty parts, but is 0.5",
        ),
        (
            log(&[("a", "mug", Rating, one), ("b", "bowl", Rating, two)]),
            "the set of shoppers with a history and a new held-out product is empty",
        ),
        (
            log(&[("a", "gone", View, one), ("b", "mug", View, two)]),
            "the set of shoppers with a history and a new held-out product is empty",
        ),
    ] {
        let builder = Guide::builder().catalog(catalog()).events(events.clone());
        let (guide, report) = builder.build_with(&Silent).unwrap();
        assert!(!report.tuned && report.seconds.iter().any(|entry| entry.0 == "tuning"));
        assert_eq!(guide.similar("mug", 1).unwrap().hits[0].product, "bowl");
        let how = EvaluationParams::default().test_fraction(0.5);
        let params = GuideParams::default();
        let error = Evaluation::run(&catalog(), &events, &params, &how, &Silent).unwrap_err();
        assert_eq!(error.to_string(), lack);
    }
}

/// Then one of the two files has its ids in another column.
#[test]
fn events_of_which_the_catalogue_knows_no_product_are_refused() {
    let text = "shopper,product,event\nann,1,purchase\nbob,2,view\n";
    let (events, _) = Events::read_from(text.as_bytes(), &Default::default()).unwrap();
    let built = Guide::builder().catalog(catalog()).events(events).build();
    let expected = "guide needs events of products that the catalogue has, but knows none of 2: an event has `1`, the catalogue `mug`";
    assert_eq!(built.unwrap_err().to_string(), expected);
}

#[test]
fn products_left_out_are_never_recommended() {
    let params = GuideParams::default().leave_out(vec!["mug".to_owned(), "tray".to_owned()]);
    let guide = with(params);
    let answer = guide.recommend(&Query::nobody().n(9)).unwrap();
    assert_eq!(
        (answer.allowed, products(&answer)),
        (4, vec!["plate", "bowl", "soap", "vase"])
    );
    assert_eq!(products(&guide.similar("plate", 9).unwrap()).len(), 3);
    let why = guide.explain("cleo", "tray").unwrap();
    assert_eq!((why.place, why.score), (None, 0.0));
    let words: Vec<String> = why.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["the shop never recommends it"]);
    let unknown = GuideParams::default().leave_out(vec!["jug".to_owned()]);
    let builder = Guide::builder().catalog(catalog()).params(unknown);
    assert_eq!(
        builder.build().unwrap_err().to_string(),
        "unknown product `jug`"
    );
}

#[test]
fn every_parameter_has_an_effect() {
    let shop = demo_shop(80, 120);
    let shopper = shop.events.iter().next().unwrap().shopper.into_string();
    let first = &shop.catalog.products()[1];
    let text = format!("{} {}", first.title, first.text);
    let answers = |params: &GuideParams| {
        let builder = Guide::builder()
            .catalog(shop.catalog.clone())
            .events(shop.events.clone());
        let guide = builder.params(params.clone()).build().unwrap();
        let query = Query::shopper(&shopper).n(30);
        let found = [
            guide.recommend(&query),
            guide.recommend(&Query::nobody().n(30)),
            guide.similar("P00001", 30),
            guide.recommend(&Query::nobody().cart(["P00001"]).n(30)),
            guide.recommend(&Query::nobody().session(["P00001"]).n(30)),
            guide.recommend(&Query::shopper(&shopper).text(&text).n(30)),
        ];
        found.map(|answer| format!("{:?}", answer.unwrap()))
    };
    let changes = [
        ("events.view", "0.1"),
        ("events.cart", "0.1"),
        ("events.purchase", "0.2"),
        ("events.rating", "0.2"),
        ("events.half_life_days", "null"),
        ("neighbours.k", "3"),
        ("neighbours.weighting", "plain"),
        ("neighbours.shrinkage", "500"),
        ("factors.n_factors", "4"),
        ("factors.regularization", "0.1"),
        ("attributes.attribute_weight", "0"),
        ("attributes.title_weight", "0"),
        ("attributes.text_weight", "2"),
        ("attributes.price_weight", "3"),
        ("attributes.price_bands", "2"),
        ("text_search.k1", "20"),
        ("text_search.b", "0"),
        ("text_search.title", "0"),
        ("text_search.attributes", "0"),
        ("text_search.text", "0"),
        ("trending_half_life_days", "200"),
        ("popular_half_life_days", "7"),
        ("fusion.k", "5"),
        ("fusion.depth", "2"),
        ("fusion.neighbours", "0"),
        ("fusion.factors", "0"),
        ("fusion.attributes", "0"),
        ("fusion.trending", "0"),
        ("fusion.popular", "2"),
        ("fusion.diversity", "0.9"),
        ("context.neighbours", "0"),
        ("context.factors", "0"),
        ("context.attributes", "0"),
        ("context.bought_together", "0"),
        ("context.session", "0"),
        ("context.text", "0"),
        ("viewed", "leave-out"),
        ("leave_out", "[\"P00002\"]"),
        ("at_least_shoppers", "3"),
        ("noise", r#"{"epsilon": 0.5}"#),
        ("seed", "5"),
    ];
    params_have_effect(&GuideParams::default().tune(false), &changes, answers);
    let known = by_name::names(&GuideParams::default());
    // What the models' own parameters do is tested with the models; tuning and the network on shops with enough shoppers.
    let own = known.iter().filter(|name| {
        !name.starts_with("neighbours.")
            && !name.starts_with("factors.")
            && !name.starts_with("tune")
            && !name.contains("neural")
    });
    for name in own {
        assert!(
            changes.iter().any(|change| change.0 == name),
            "`{name}` is not tested"
        );
    }
}

#[test]
fn every_bad_parameter_is_refused_by_name() {
    let bad = [
        ("events.view", "-1"),
        ("events.cart", "-1"),
        ("events.purchase", "-1"),
        ("events.rating", "-1"),
        ("events.half_life_days", "0"),
        ("neighbours.k", "0"),
        ("factors.n_factors", "0"),
        #[cfg(feature = "neural")]
        ("neural.n_epochs", "0"),
        ("attributes.attribute_weight", "-1"),
        ("attributes.title_weight", "-1"),
        ("attributes.text_weight", "-1"),
        ("attributes.price_weight", "-1"),
        ("attributes.price_bands", "0"),
        ("text_search.k1", "-1"),
        ("text_search.b", "1.5"),
        ("text_search.title", "-1"),
        ("text_search.attributes", "-1"),
        ("text_search.text", "1e7"),
        ("trending_half_life_days", "0"),
        ("popular_half_life_days", "-3"),
        ("fusion.popular", "0"),
        ("fusion.diversity", "2"),
        ("context.neighbours", "-1"),
        ("context.factors", "-1"),
        ("context.neural", "-1"),
        ("context.attributes", "-1"),
        ("context.bought_together", "-1"),
        ("context.session", "-1"),
        ("context.text", "-1"),
        ("at_least_shoppers", "0"),
        ("leave_out", "7"),
        ("tune_seconds", "0"),
        ("tune_events", "0"),
        ("neighbours.amplify", "50"),
        ("factors.alpha", "1e30"),
        ("fusion.k", "1e30"),
        ("fusion.neighbours", "1e-30"),
        ("events.view", "1e30"),
    ];
    refuses(&GuideParams::default(), &bad);
    let params = GuideParams::default().trending_half_life_days(f32::NAN);
    let error = Guide::builder()
        .catalog(catalog())
        .params(params.clone())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        params.validate().unwrap_err().to_string()
    );
}
