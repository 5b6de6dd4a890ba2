//! Queries that tell what the shopper did since the log, and that name several products being looked at.

use super::*;
use crate::{Query, Reason, Rung, Viewed};

fn asked(guide: &Guide, query: Query) -> Answer {
    guide.recommend(&query.n(9)).unwrap()
}

/// What an answer says but for the cursor, which is of its query.
fn said(answer: Answer) -> (Vec<crate::Hit>, usize, usize) {
    (answer.hits, answer.allowed, answer.passing)
}

#[test]
fn hits_go_with_all_contexts_and_none_of_them_is_a_hit() {
    let guide = guide();
    let answer = asked(&guide, Query::nobody().context("mug").context("plate"));
    // The bowl goes with the mug, the tray with the plate, and nothing else goes with either.
    assert_eq!(answer.passing, 4);
    let mut first = products(&answer)[..2].to_vec();
    first.sort_unstable();
    assert_eq!(first, ["bowl", "tray"]);
    assert!(!products(&answer).contains(&"mug") && !products(&answer).contains(&"plate"));
    let of = |id: &str| guide.catalog().number(id).unwrap();
    let history = |query: &Query| guide.request(query).unwrap().history;
    let query = Query::nobody()
        .context("plate")
        .context("mug")
        .context("plate");
    let request = guide.request(&query).unwrap();
    assert_eq!(request.contexts, [of("plate"), of("mug")]);
    assert_eq!(history(&query), [(of("mug"), 1.0), (of("plate"), 1.0)]);
    // Together they weigh as much as all else.
    let query = Query::weighted_history([("soap", 2.0), ("vase", 4.0), ("mug", 9.0)]);
    let expected = [("mug", 3.0), ("plate", 3.0), ("vase", 4.0), ("soap", 2.0)];
    assert_eq!(
        history(&query.context("plate").context("mug")),
        expected.map(|(id, weight)| (of(id), weight))
    );
    // Twice the same context is one.
    let twice = asked(&guide, Query::nobody().context("mug").context("mug"));
    assert_eq!(said(twice), said(guide.similar("mug", 9).unwrap()));
    assert!(
        guide
            .recommend(&Query::nobody().context("mug").context("jug"))
            .is_err()
    );
    // A new product beside one that others took leaves the other sources their weight.
    let mixed = asked(&guide, Query::nobody().context("vase").context("mug"));
    assert_eq!(products(&mixed)[0], "bowl");
}

#[test]
fn what_was_bought_is_owned_and_what_was_viewed_is_not() {
    let guide = guide();
    // The same as a history on the spot, for somebody whom the log does not know.
    let told = asked(&guide, Query::shopper("new here").bought(["mug"]));
    assert!(told.unknown_shopper && told.rung == Rung::FoldedIn);
    assert_eq!(said(told), said(asked(&guide, Query::history(["mug"]))));
    // Views are half a purchase, and stay.
    let viewed = asked(&guide, Query::nobody().viewed(["mug"]));
    let mug = viewed.hits.iter().find(|hit| hit.product == "mug").unwrap();
    assert_eq!(mug.reasons[0], Reason::Viewed);
    assert_eq!(viewed.passing, viewed.allowed);
    let left_out = asked(&guide, Query::nobody().viewed(["mug"]).leave_out_viewed());
    assert!(!products(&left_out).contains(&"mug"));
    let no_views = with(GuideParams::default().viewed(Viewed::LeaveOut));
    for query in [
        Query::nobody().viewed(["mug"]),
        Query::nobody().session(["mug"]),
    ] {
        assert!(!products(&asked(&no_views, query.clone())).contains(&"mug"));
        let kept = asked(&no_views, query.keep_viewed());
        assert!(products(&kept).contains(&"mug"));
    }
    // What was bought may be kept.
    let kept = asked(&guide, Query::nobody().bought(["mug"]).keep_seen());
    let mug = kept.hits.iter().find(|hit| hit.product == "mug").unwrap();
    assert_eq!(mug.reasons[0], Reason::Seen);
}

#[test]
fn new_events_come_on_top_of_a_known_shopper() {
    let guide = guide();
    let of = |id: &str| guide.catalog().number(id).unwrap();
    let weight = |query: Query, id: &str| {
        let history = guide.request(&query).unwrap().history;
        let found = history.iter().find(|entry| entry.0 == of(id));
        found.map(|entry| entry.1)
    };
    // Cleo bought the plate and viewed the mug, the day after.
    let cleo = || Query::shopper("cleo");
    let before = weight(cleo(), "plate").unwrap();
    assert!(before < 1.0 && before > 0.9);
    assert_eq!(weight(cleo().bought(["plate"]), "plate"), Some(1.0));
    assert_eq!(weight(cleo().viewed(["plate"]), "plate"), Some(before));
    assert_eq!(weight(cleo().cart(["mug"]), "mug"), Some(0.75));
    assert_eq!(weight(cleo().session(["bowl", "tray"]), "bowl"), Some(0.4));
    let answer = asked(&guide, cleo());
    assert!(products(&answer).contains(&"bowl"));
    let answer = asked(&guide, cleo().bought(["bowl"]).viewed(["jug"]));
    assert_eq!(answer.rung, Rung::Known);
    assert!(!products(&answer).contains(&"bowl"));
    assert_eq!(answer.unknown_products, ["jug"]);
    assert_eq!(answer.passing, answer.allowed + 2);
}

#[test]
fn what_is_in_the_cart_is_never_a_hit() {
    let guide = guide();
    for query in [
        Query::nobody(),
        Query::nobody().keep_viewed(),
        Query::shopper("ann").keep_seen().keep_viewed(),
        Query::history(["plate"]),
    ] {
        let query = query.cart(["mug", "can"]);
        let answer = asked(&guide, query.clone());
        assert!(!products(&answer).contains(&"mug"), "{query:?}");
        assert_eq!(answer.unknown_products, ["can"]);
        let why = guide.explain_for(&query, "mug").unwrap();
        assert!(why.seen && why.place.is_some(), "as if it were not in it");
    }
    let answer = asked(&guide, Query::nobody().cart(["mug"]));
    assert_eq!(products(&answer)[0], "bowl");
    assert_eq!(answer.rung, Rung::FoldedIn);
    let only = asked(&guide, Query::nobody().cart(["mug"]).only(["mug"]));
    assert_eq!(only.no_hits(), Some(crate::NoHits::HasEverything));
    let request = guide
        .request(&Query::nobody().cart(["tray", "mug"]))
        .unwrap();
    assert_eq!(request.cart.len(), 2);
    assert!(request.owned.is_empty());
}

#[test]
fn variants_of_what_is_in_the_cart_are_left_out_too() {
    let shirt = |id: &str| Product::new(id, "Shirt").group("shirt");
    let catalog = Catalog::new([shirt("s"), shirt("m"), Product::new("mug", "Mug")]);
    let guide = Guide::builder().catalog(catalog.unwrap()).build().unwrap();
    let answer = asked(&guide, Query::nobody().cart(["s"]));
    assert_eq!(products(&answer), ["mug"]);
    let answer = asked(&guide, Query::nobody().viewed(["s"]));
    assert_eq!(answer.hits.len(), 2);
}
