//! What an event changes at once.

use super::*;

#[test]
fn history_and_seen_and_popularity_follow_at_once() {
    let live = live(log(&some_events(0, 40)));
    let before = live.guide();
    let shopper = Query::shopper("new");
    assert!(before.recommend(&shopper).unwrap().unknown_shopper);
    let observed = live
        .observe(&Event::new("new", "mug", EventKind::Purchase).time(6 * DAY))
        .unwrap();
    assert_eq!(
        (observed.sequence, observed.new_shoppers, observed.waiting),
        (1, 1, 0)
    );
    let answer = live.recommend(&shopper).unwrap();
    assert!(!answer.unknown_shopper && !products(&answer).contains(&"mug"));
    assert_eq!(answer.rung, crate::Rung::Known);
    let guide = live.guide();
    let history = guide.history("new").unwrap();
    assert_eq!(
        (history.len(), &history[0].0.id, history[0].1),
        (1, &"mug".to_owned(), 1.0)
    );
    let number = before.catalog().number("mug").unwrap().index();
    assert_eq!(guide.popularity()[number], before.popularity()[number] + 1);
    assert!(before.history("new").is_err(), "a snapshot never changes");
    // A view of another product is no reason to leave it out, and the same product twice is one shopper.
    live.observe(&Event::new("new", "bowl", EventKind::View).time(6 * DAY))
        .unwrap();
    live.observe(&Event::new("new", "mug", EventKind::View).time(7 * DAY))
        .unwrap();
    assert!(ask(&live, &shopper).contains(&"bowl".to_owned()));
    assert_eq!(
        live.guide().popularity()[number],
        before.popularity()[number] + 1
    );
}

/// A guide that observed events answers, as far as it does not depend on training, as one that was built of all of them.
#[test]
fn observed_events_are_as_good_as_built_ones() {
    for first in [0, 1, 30, 60] {
        let all = some_events(0, 90);
        let live = live(log(&all[..first]));
        for row in &all[first..] {
            live.observe(&event(row)).unwrap();
        }
        let (observed, expected) = (live.guide(), built(log(&all)));
        assert_eq!(observed.popularity(), expected.popularity());
        let mut shoppers: Vec<&str> = expected.shoppers().collect();
        let mut known: Vec<&str> = observed.shoppers().collect();
        shoppers.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, shoppers);
        for shopper in shoppers {
            let owned = |guide: &Guide| {
                let products = guide.owned_by(guide.shopper(shopper).unwrap());
                products.into_iter().map(|id| id.0).collect::<Vec<_>>()
            };
            assert_eq!(owned(&observed), owned(&expected));
            let products = |guide: &Guide| -> Vec<String> {
                let history = guide.history(shopper).unwrap().into_iter();
                history.map(|(product, _)| product.id.clone()).collect()
            };
            assert_eq!(products(&observed), products(&expected));
        }
    }
}

/// The order of `popular` after each event is the order of the counts.
#[test]
fn popular_products_are_in_order_after_every_event() {
    let all = some_events(0, 120);
    let guide = {
        let params = params().popular_half_life_days(None);
        let builder = Guide::builder().catalog(catalog()).events(log(&all[..20]));
        builder.params(params).build().unwrap()
    };
    let live = LiveGuide::new(guide, LiveParams::default()).unwrap();
    for upto in 21..all.len() {
        live.observe(&event(&all[upto - 1])).unwrap();
        let builder = Guide::builder()
            .catalog(catalog())
            .events(log(&all[..upto]));
        let expected = builder.params(params()).build().unwrap();
        let scores = |guide: &Guide| {
            let request = guide.request(&Query::nobody()).unwrap();
            let sources = guide.sources();
            let popular = sources
                .iter()
                .find(|entry| entry.source.name() == "popular")
                .unwrap();
            let hits = popular.source.candidates(&request, 9).unwrap();
            let ranked = |hit: &guide_core::Scored<_>| {
                popular.source.rank(&request, hit.id).unwrap().unwrap().0
            };
            assert!(hits.iter().map(ranked).eq(1..=hits.len()));
            hits.iter()
                .map(|hit| (hit.id, hit.score))
                .collect::<Vec<_>>()
        };
        let (now, expected) = (scores(&live.guide()), scores(&expected));
        for (one, other) in now.iter().zip(&expected) {
            assert!((one.1 - other.1).abs() < 1e-5, "{now:?} {expected:?}");
        }
    }
}

#[test]
fn a_batch_is_taken_in_whole_or_not_at_all() {
    let live = live(Events::default());
    let good = Event::new("ann", "mug", EventKind::Purchase);
    let bad = Event::new("", "mug", EventKind::Purchase);
    assert!(live.observe_batch([good.clone(), bad]).is_err());
    assert_eq!(
        (live.guide().sequence(), live.guide().shoppers().count()),
        (0, 0)
    );
    let more = Event::new("bob", "bowl", EventKind::View);
    let observed = live.observe_batch([good, more]).unwrap();
    assert_eq!((observed.sequence, observed.new_shoppers), (1, 2));
    let rating = Event::new("ann", "mug", EventKind::Rating);
    let error = live.observe(&rating).unwrap_err().to_string();
    assert!(error.contains("a value in every rating"), "{error}");
    let forgotten = Change::Forgotten {
        shopper: "ann".to_owned(),
    };
    assert!(live.change(vec![forgotten]).is_err());
}

use crate::Change;
