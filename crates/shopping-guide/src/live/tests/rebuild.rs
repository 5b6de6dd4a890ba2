//! Settling and refitting while changes come.

use super::*;

/// Settled and refitted guides are those that are built of all events, bit by bit.
#[test]
fn a_settled_guide_equals_a_built_one() {
    let all = some_events(0, 100);
    let live = live(log(&all[..50]));
    for row in &all[50..] {
        live.observe(&event(row)).unwrap();
    }
    let before = live.guide();
    live.settle().unwrap();
    let (settled, expected) = (live.guide(), built(log(&all)));
    assert_eq!(counted(&settled), counted(&expected));
    assert!(settled.n_changes_since() == 0 && before.n_changes_since() == 50);
    let report = live.refit(&Silent).unwrap();
    assert_eq!(report.events, 100);
    assert_eq!(counted(&live.guide()), counted(&expected));
    let query = Query::shopper("shopper 2");
    assert_eq!(
        live.recommend(&query).unwrap(),
        expected.recommend(&query).unwrap()
    );
    let (refitted, report) = built(log(&all[..50]))
        .refit(&log(&all[50..]), &Silent)
        .unwrap();
    assert_eq!(
        (counted(&refitted), report.events),
        (counted(&live.guide()), 100)
    );
    // The events that a guide gives are those that it was built of.
    let again = built(live.guide().events().unwrap());
    assert_eq!(counted(&again), counted(&live.guide()));
}

#[test]
fn the_guide_settles_by_itself_and_nothing_is_lost() {
    let guide = built(Events::default());
    let live = LiveGuide::new(guide, LiveParams::default().settle_after(10)).unwrap();
    let all = some_events(0, 500);
    for row in &all {
        live.observe(&event(row)).unwrap();
    }
    // The last work in the background ends.
    drop(live.rebuilding());
    live.settle().unwrap();
    assert_eq!(live.take_failure(), None);
    assert_eq!(live.guide().events().unwrap().len(), 500);
    assert_eq!(counted(&live.guide()), counted(&built(log(&all))));
}

#[test]
fn old_events_are_dropped_as_the_parameters_say() {
    let all = some_events(0, 200); // 25 days
    let kept = |params: LiveParams| {
        let live = LiveGuide::new(built(log(&all)), params).unwrap();
        live.settle().unwrap();
        live.guide().events().unwrap()
    };
    assert_eq!(kept(LiveParams::default()).len(), 200);
    let of_days = kept(LiveParams::default().keep_days(Some(10.0)));
    let latest = live(log(&all)).guide().log_now().now();
    assert!(
        of_days
            .iter()
            .all(|event| event.time.unwrap() >= latest - 10 * DAY)
    );
    assert_eq!(
        of_days.len(),
        all.iter().filter(|row| row.3 >= latest - 10 * DAY).count()
    );
    let few = kept(LiveParams::default().keep_events(Some(3)));
    for shopper in (0..9).map(|number| format!("shopper {number}")) {
        let mut times: Vec<i64> = all
            .iter()
            .filter(|row| row.0 == shopper)
            .map(|row| row.3)
            .collect();
        times.sort_unstable();
        let mut kept: Vec<i64> = few
            .iter()
            .filter(|event| *event.shopper == *shopper)
            .filter_map(|event| event.time)
            .collect();
        kept.sort_unstable();
        assert_eq!(kept, times[times.len() - 3..]);
    }
    // What waits for its product gets old too.
    let params = LiveParams::default().keep_days(Some(10.0));
    let live = LiveGuide::new(built(log(&all)), params).unwrap();
    for time in [latest - 20 * DAY, latest - DAY] {
        live.observe(&Event::view("ann", "not sold yet").time(time))
            .unwrap();
    }
    live.settle().unwrap();
    assert_eq!(live.guide().n_waiting(), 1);
    for (bad, name) in [
        (LiveParams::default().settle_after(0), "settle_after"),
        (LiveParams::default().keep_days(Some(0.0)), "keep_days"),
        (LiveParams::default().keep_events(Some(0)), "keep_events"),
    ] {
        let error = LiveGuide::new(built(Events::default()), bad)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(name), "{error}");
    }
}
