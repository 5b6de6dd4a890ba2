//! Products that come, change and go.

use super::*;

#[test]
fn a_new_product_is_found_at_once_and_its_events_have_waited_for_it() {
    let live = live(log(&some_events(0, 40)));
    let waits = live
        .observe(&Event::new("ann", "jug", EventKind::Purchase))
        .unwrap();
    assert_eq!((waits.waiting, live.guide().popularity().len()), (1, 6));
    let jug = Product::new("jug", "A green jug")
        .attribute("colour", "green")
        .price(7.0)
        .group("jugs");
    let came = live.upsert_product(jug.clone()).unwrap();
    assert_eq!((came.waiting, came.new_shoppers), (0, 1));
    let guide = live.guide();
    assert_eq!(
        guide.popularity(),
        [built(log(&some_events(0, 40))).popularity(), vec![1]].concat()
    );
    assert_eq!(guide.history("ann").unwrap()[0].0, &jug);
    // By attributes, by filters, and as what somebody looks at.
    let liked = ask(&live, &Query::nobody().likes("colour", "green").n(2));
    assert!(liked.contains(&"jug".to_owned()), "{liked:?}");
    let similar = guide.similar("jug", 2).unwrap();
    assert!(products(&similar).contains(&"vase"), "{similar:?}");
    let green = Query::nobody().attribute("colour", "green");
    assert_eq!(ask(&live, &green).len(), 2);
    assert_eq!(ask(&live, &Query::nobody().price_to(8.0)), ["jug"]);
    assert!(
        guide
            .explain_for(&Query::history(["vase"]), "jug")
            .unwrap()
            .place
            .is_some()
    );
    assert!(guide.explain_for(&Query::history(["jug"]), "mug").is_ok());
    // Its next version.
    live.upsert_product(Product::new("jug", "A red jug").attribute("colour", "red"))
        .unwrap();
    assert_eq!(ask(&live, &green), ["vase"]);
    assert!(!ask(&live, &Query::nobody().context("vase")).starts_with(&["jug".to_owned()]));
    assert!(
        live.recommend(&Query::nobody().price_to(8.0)).is_err(),
        "no product has a price"
    );
}

#[test]
fn price_and_stock_and_removal_take_effect_and_are_saved() {
    let live = live(log(&some_events(0, 40)));
    live.set_price("mug", Some(3.0)).unwrap();
    live.set_price("bowl", Some(5.0)).unwrap();
    assert_eq!(ask(&live, &Query::nobody().price_to(4.0)), ["mug"]);
    live.set_price("mug", Some(4.5)).unwrap();
    assert_eq!(ask(&live, &Query::nobody().price_to(4.0)), [""; 0]);
    live.set_price("mug", None).unwrap();
    assert_eq!(ask(&live, &Query::nobody().price_to(9.0)), ["bowl"]);
    live.set_stock("tray", Some(false)).unwrap();
    assert!(!ask(&live, &Query::nobody()).contains(&"tray".to_owned()));
    assert!(ask(&live, &Query::nobody().keep_unavailable()).contains(&"tray".to_owned()));
    live.remove_product("soap").unwrap();
    let everything = Query::nobody().keep_unavailable();
    assert!(!ask(&live, &everything).contains(&"soap".to_owned()));
    for error in [
        live.set_price("jug", Some(1.0)).unwrap_err(),
        live.set_stock("jug", None).unwrap_err(),
        live.remove_product("jug").unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "unknown product `jug`");
    }
    assert!(live.set_price("mug", Some(f32::NAN)).is_err());
    assert!(live.upsert_product(Product::new("", "x")).is_err());
    let saved = serde_json::to_vec(&*live.guide()).unwrap();
    let read: Guide = serde_json::from_slice(&saved).unwrap();
    let answered = products(&read.recommend(&everything).unwrap()).join(" ");
    assert_eq!(answered, ask(&live, &everything).join(" "));
    // Another price or stock does not bring it back, and it may be sold again.
    live.set_price("soap", Some(2.0)).unwrap();
    live.set_stock("soap", Some(true)).unwrap();
    assert!(!ask(&live, &everything).contains(&"soap".to_owned()));
    live.upsert_product(Product::new("soap", "Soap")).unwrap();
    assert!(ask(&live, &everything).contains(&"soap".to_owned()));
}

/// After a new product what was there before is found as before, and settled the guide is the one that is built of the whole catalogue.
#[test]
fn a_settled_guide_is_the_one_that_is_built_of_what_there_is() {
    let live = live(log(&some_events(0, 40)));
    let jug = Product::new("jug", "A green jug")
        .attribute("colour", "green")
        .price(7.0);
    live.upsert_products([
        jug.clone(),
        Product::new("pot", "A blue pot").attribute("colour", "blue"),
    ])
    .unwrap();
    live.observe(&Event::new("shopper 1", "jug", EventKind::Purchase).time(9 * DAY))
        .unwrap();
    live.settle().unwrap();
    let mut all = catalog();
    all.push(jug).unwrap();
    all.push(Product::new("pot", "A blue pot").attribute("colour", "blue"))
        .unwrap();
    let mut rows = some_events(0, 40);
    rows.push(Row(
        "shopper 1".to_owned(),
        "jug",
        EventKind::Purchase,
        9 * DAY,
        None,
    ));
    let builder = Guide::builder()
        .catalog(all)
        .events(log(&rows))
        .params(params());
    assert_eq!(counted(&live.guide()), counted(&builder.build().unwrap()));
    live.refit(&Silent).unwrap();
    let answer = live.recommend(&Query::history(["jug"])).unwrap();
    assert!(!answer.hits.is_empty());
}

#[test]
fn sentences_name_the_values_of_new_products() {
    let live = LiveGuide::new(built(log(&[])), LiveParams::default()).unwrap();
    assert!(live.guide().understand("teal").slots.is_empty());
    let product = Product::new("jug", "Jug").attribute("colour", "Teal");
    live.upsert_product(product).unwrap();
    assert_eq!(live.guide().understand("teal").slots.len(), 1);
}
