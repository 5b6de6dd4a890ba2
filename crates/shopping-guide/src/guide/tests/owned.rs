//! What a shopper has, what was only looked at, and who can have a product explained.

use super::*;
use crate::guide::held_out;
use crate::{Query, Reason, Rung, Viewed, WordedReason};

#[test]
fn what_was_only_looked_at_stays_recommendable() {
    let guide = guide();
    // Cleo bought the plate and looked at the mug.
    let answer = guide.recommend(&Query::shopper("cleo").n(9)).unwrap();
    let mug = answer.hits.iter().position(|hit| hit.product == "mug");
    let mug = mug.unwrap();
    assert!(!products(&answer).contains(&"plate"));
    let reasons = &answer.hits[mug].reasons;
    assert_eq!(
        reasons[0].to_string(),
        "this shopper looked at it or put it into the cart"
    );
    let why = guide.explain("cleo", "mug").unwrap();
    assert_eq!((why.seen, why.place), (false, Some(mug + 1)));
    assert_eq!((why.score, &why.reasons), (answer.hits[mug].score, reasons));
    let without = Query::shopper("cleo").leave_out_viewed().n(9);
    let without = guide.recommend(&without).unwrap();
    assert!(!products(&without).contains(&"mug") && without.allowed == answer.allowed - 1);
    let why = guide.explain("cleo", "plate").unwrap();
    assert_eq!((why.seen, &*why.reasons[0]), (true, &Reason::Seen));
}

#[test]
fn a_rating_makes_an_owner_and_a_cart_does_not() {
    let text = "shopper,product,event,value\nann,mug,rating,5\nann,bowl,cart,\nbob,bowl,view,\nbob,bowl,purchase,1\nbob,mug,view,\n";
    let (events, _) = Events::read_from(text.as_bytes(), &Default::default()).unwrap();
    let builder = Guide::builder().catalog(catalog()).events(events);
    let guide = builder.build().unwrap();
    let owned = |shopper| {
        let owned = guide.owned_by(guide.shopper(shopper).unwrap());
        let names = owned
            .iter()
            .map(|&item| guide.catalog().products()[item.index()].id.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        (owned("ann"), owned("bob")),
        (vec!["mug".to_owned()], vec!["bowl".to_owned()])
    );
}

#[test]
fn nothing_is_recommended_because_of_itself() {
    let guide = guide();
    for query in [
        Query::shopper("cleo"),
        Query::shopper("ann").keep_seen(),
        Query::history(["mug", "bowl"]).keep_seen(),
    ] {
        for hit in guide.recommend(&query.n(9)).unwrap().hits {
            let itself = |reason: &WordedReason| matches!(&reason.reason, Reason::Because { product, .. } if *product == hit.product);
            assert!(!hit.reasons.iter().any(itself), "{hit:?}");
        }
    }
    let kept = guide
        .recommend(&Query::history(["soap"]).keep_seen().only(["soap"]))
        .unwrap();
    assert_eq!(kept.hits[0].reasons[0], Reason::Seen);
}

#[test]
fn what_is_held_out_is_what_an_answer_could_hold() {
    let mut later = Events::default();
    for product in ["mug", "plate", "vase"] {
        let event = Event::new("cleo", product, EventKind::Purchase);
        later.push(&event).unwrap();
    }
    // She has the plate; the mug she only looked at.
    let wanted = |guide: &Guide| {
        let asked = held_out(guide, &later, |_| true, None).unwrap();
        let cleo = guide.shopper("cleo").unwrap();
        assert!(asked.iter().all(|one| one.shopper == cleo));
        asked.into_iter().map(|one| one.wanted).collect::<Vec<_>>()
    };
    assert_eq!(wanted(&guide()), [[0, 4]]);
    let left_out = with(GuideParams::default().leave_out(vec!["vase".to_owned()]));
    assert_eq!(wanted(&left_out), [[0]]);
    let no_views = with(GuideParams::default().viewed(Viewed::LeaveOut));
    assert_eq!(wanted(&no_views), [[4]]);
    let first = held_out(&guide(), &later, |index| index == 1, None);
    assert!(first.unwrap().is_empty(), "the plate alone, which she has");
}

#[test]
fn products_that_the_catalogue_lacks_are_passed_over_and_told() {
    let guide = guide();
    let query = Query::history(["mug", "jug", "can"]).without(["soap", "jug"]);
    let answer = guide.recommend(&query.clone().n(9)).unwrap();
    assert_eq!(answer.unknown_products, ["can", "jug"]);
    let known = Query::history(["mug"]).without(["soap"]).n(9);
    assert_eq!(guide.recommend(&known).unwrap().hits, answer.hits);
    let why = guide.explain_for(&query, "bowl").unwrap();
    assert_eq!(why.unknown_products, ["can", "jug"]);
    let nobody = guide.recommend(&Query::history(["jug"])).unwrap();
    assert_eq!(nobody.rung, Rung::Popular);
}

#[test]
fn a_product_is_explained_to_whoever_asks() {
    let guide = guide();
    for query in [
        Query::nobody(),
        Query::shopper("new here"),
        Query::history(["mug"]),
        Query::nobody().likes("colour", "blue"),
        Query::shopper("ann").context("vase"),
        Query::shopper("dan").keep_seen(),
    ] {
        let answer = guide.recommend(&query.clone().n(9)).unwrap();
        for (place, hit) in (1..).zip(&answer.hits) {
            let why = guide.explain_for(&query, &hit.product).unwrap();
            assert_eq!(
                (why.place, why.score, &why.reasons),
                (Some(place), hit.score, &hit.reasons),
                "{query:?} {}",
                hit.product
            );
            assert_eq!(why.unknown_shopper, answer.unknown_shopper);
        }
    }
    for (query, product) in [
        (Query::nobody().context("vase"), "vase"),
        (Query::nobody().price_to(6.0), "bowl"),
        (Query::shopper("ann").attribute("colour", "blue"), "mug"),
    ] {
        let why = guide.explain_for(&query, product).unwrap();
        assert_eq!(
            (why.place, why.reasons.last().map(|last| &last.reason)),
            (None, Some(&Reason::RuledOut))
        );
    }
}
