//! Events with wrong times and without any.

use super::*;
use crate::{Query, Silent};

fn built(events: Events) -> (Guide, crate::BuildReport) {
    let builder = Guide::builder().catalog(catalog()).events(events);
    builder.build_with(&Silent).unwrap()
}

fn and(event: &Event<'_>) -> Events {
    let mut events = events();
    events.push(event).unwrap();
    events
}

#[test]
fn one_wrong_date_silences_nothing() {
    let year_9999 = 253_370_764_800;
    let wrong = Event::new("dan", "vase", EventKind::View).time(year_9999);
    let (guide, _) = built(and(&wrong));
    for shopper in ["ann", "bob", "cleo"] {
        assert_eq!(
            guide.history(shopper).unwrap(),
            super::guide().history(shopper).unwrap()
        );
    }
    // Dan himself: the plate of day 7 and the tray of day 8 fade as before, to the end of the log.
    let weights: Vec<f32> = guide
        .history("dan")
        .unwrap()
        .iter()
        .map(|entry| entry.1)
        .collect();
    assert!(weights.iter().all(|&weight| weight > 0.4), "{weights:?}");
    let answer = guide.recommend(&Query::nobody().n(9)).unwrap();
    assert_eq!(products(&answer)[..2], ["mug", "plate"]);
    assert_eq!(answer.hits[0].sources, ["trending", "popular"]);
}

#[test]
fn an_event_without_a_time_is_the_oldest_and_told() {
    let (guide, report) = built(and(&Event::new("ann", "tray", EventKind::Purchase)));
    assert_eq!((report.events, report.untimed), (10, 1));
    assert!(
        report
            .to_string()
            .contains("1 events have no time: taken as the oldest")
    );
    let day = |days: f32| (-days / 90.0).exp2();
    let history = guide.history("ann").unwrap();
    let weights: Vec<f32> = history.iter().map(|entry| entry.1).collect();
    assert_eq!(
        weights,
        [day(1.0), 1.0, day(1.0)],
        "mug and tray on day 1, the bowl on day 2"
    );
    assert!(guide.fitted("trending").is_some());

    // One of a product that the catalogue lacks is none.
    let (_, report) = built(and(&Event::new("ann", "jug", EventKind::View)));
    assert_eq!((report.untimed, report.unknown_products), (0, 1));

    let mut untimed = Events::default();
    for event in events().iter() {
        untimed
            .push(&Event {
                time: None,
                ..event
            })
            .unwrap();
    }
    let (guide, report) = built(untimed);
    assert!(guide.fitted("trending").is_none() && report.untimed == 9);
    assert!(report.to_string().contains("no event has a time"));
}
