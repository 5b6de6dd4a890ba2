//! Logs of one kind of event, and what is done with products that a shopper only viewed.

use super::*;
use crate::{Evaluation, EvaluationParams, Query, Reason, Silent, Viewed};

/// The events of the demo shop, each called `kind`.
fn all_are(kind: EventKind) -> (Catalog, Events) {
    let shop = demo_shop(150, 200);
    let mut events = Events::default();
    for event in shop.events.iter() {
        let event = Event {
            kind,
            value: None,
            ..event
        };
        events.push(&event).unwrap();
    }
    (shop.catalog, events)
}

/// Recommendations, and the figures of an evaluation, for a log in which every event is of this kind.
fn answers(kind: EventKind) -> (Vec<Answer>, Vec<(String, f64, f64)>) {
    let (catalog, events) = all_are(kind);
    let how = EvaluationParams::default();
    let params = GuideParams::default();
    let measured = Evaluation::run(&catalog, &events, &params, &how, &Silent).unwrap();
    let builder = Guide::builder().catalog(catalog).events(events);
    let guide = builder.params(params).build().unwrap();
    let shoppers: Vec<&str> = guide.shoppers().take(20).collect();
    let answers = shoppers
        .iter()
        .map(|shopper| guide.recommend(&Query::shopper(*shopper)).unwrap());
    let rows = measured.rows.into_iter();
    (
        answers.collect(),
        rows.map(|row| (row.name, row.recall, row.ndcg)).collect(),
    )
}

#[test]
fn a_log_of_views_alone_is_answered_as_one_of_purchases() {
    let purchases = answers(EventKind::Purchase);
    assert_eq!(answers(EventKind::View), purchases);
    assert_eq!(answers(EventKind::Cart), purchases);
}

#[test]
fn the_parameters_and_the_query_say_otherwise() {
    let (catalog, events) = all_are(EventKind::View);
    let build = |viewed| {
        let builder = Guide::builder()
            .catalog(catalog.clone())
            .events(events.clone());
        let params = GuideParams::default().tune(false).viewed(viewed);
        builder.params(params).build_with(&Silent).unwrap()
    };
    let (by_log, report) = build(Viewed::ByLog);
    let rule = &report.viewed;
    assert!(rule.left_out && !rule.asked_for && rule.only_kind == Some(EventKind::View));
    let words = report.to_string();
    let expected = "products that the shopper has viewed are left out of answers: all events are of the kind `view`, so each counts as consumption\n";
    assert!(words.contains(expected), "{words}");

    let (keep, report) = build(Viewed::Keep);
    assert!(!report.viewed.left_out && report.viewed.asked_for);
    let shopper = by_log.shoppers().next().unwrap().to_owned();
    let seen: Vec<String> = by_log
        .history(&shopper)
        .unwrap()
        .iter()
        .map(|entry| entry.0.id.clone())
        .collect();
    let is_seen = |answer: &Answer| {
        let hits = answer.hits.iter();
        hits.filter(|hit| seen.contains(&hit.product)).count()
    };
    let all = Query::shopper(&shopper).n(150);
    let ask = |guide: &Guide, query: Query| guide.recommend(&query).unwrap();
    assert_eq!(is_seen(&ask(&by_log, all.clone())), 0);
    assert_eq!(
        is_seen(&ask(&by_log, all.clone().keep_viewed())),
        seen.len()
    );
    assert_eq!(is_seen(&ask(&by_log, all.clone().keep_seen())), seen.len());
    assert_eq!(is_seen(&ask(&keep, all.clone())), seen.len());
    assert_eq!(is_seen(&ask(&keep, all.clone().leave_out_viewed())), 0);
    // What the guide was built with is saved with it, and what is explained is what is answered.
    let why = by_log.explain(&shopper, &seen[0]).unwrap();
    assert!(why.seen && why.place.is_some() && why.reasons[0] != Reason::RuledOut);
    let kept = ask(&by_log, all.clone().keep_viewed());
    let why = by_log
        .explain_for(&all.keep_viewed(), &kept.hits[3].product)
        .unwrap();
    assert_eq!((why.place, why.score), (Some(4), kept.hits[3].score));
}

/// Where the log tells what was bought, what was only viewed stays unless the parameters say otherwise.
#[test]
fn a_log_of_several_kinds_keeps_what_was_viewed() {
    let builder = Guide::builder().catalog(catalog()).events(events());
    let (guide, report) = builder.build_with(&Silent).unwrap();
    assert!(!report.viewed.left_out && report.viewed.only_kind.is_none());
    let has_mug = |guide: &Guide, query: Query| {
        products(&guide.recommend(&query.n(9)).unwrap()).contains(&"mug")
    };
    assert!(has_mug(&guide, Query::shopper("cleo")));
    let no_views = with(GuideParams::default().viewed(Viewed::LeaveOut));
    assert!(!has_mug(&no_views, Query::shopper("cleo")));
    assert!(has_mug(&no_views, Query::shopper("cleo").keep_viewed()));
    let json = serde_json::to_value(&no_views).unwrap();
    let read: Guide = serde_json::from_value(json).unwrap();
    assert!(!has_mug(&read, Query::shopper("cleo")));
}

#[test]
fn an_answer_says_whether_the_shopper_has_everything_that_passes() {
    use crate::NoHits::{HasEverything, NoneAsked, NothingPasses};
    let guide = guide();
    let why = |query: Query| guide.recommend(&query).unwrap().no_hits();
    let red = Query::shopper("ann").attribute("colour", "red");
    assert_eq!(why(red.clone()), Some(HasEverything));
    assert_eq!(why(red.clone().keep_seen()), None);
    assert_eq!(why(red.price_to(1.0)), Some(NothingPasses));
    assert_eq!(why(Query::shopper("ann").n(0)), Some(NoneAsked));
    assert_eq!(
        why(Query::history(["mug"]).only(["mug"])),
        Some(HasEverything)
    );
    // A product that one looks at is left out for that reason, and not because somebody has it.
    let itself = Query::shopper("ann").context("mug").only(["mug"]);
    assert_eq!(why(itself), Some(NothingPasses));
}
