//! Readers and writers at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;

/// Two writers take in pairs of events; every reader sees both of a pair or neither, and nothing is lost. The guide is settled meanwhile.
#[test]
fn readers_never_see_half_of_a_change() {
    let live = LiveGuide::new(
        built(Events::default()),
        LiveParams::default().settle_after(50),
    )
    .unwrap();
    let (is_over, seen) = (AtomicBool::new(false), AtomicUsize::new(0));
    let end = Instant::now() + Duration::from_secs(more("LIVE_GUIDE_SECONDS", 2));
    let written = std::thread::scope(|scope| {
        let writer = |name: &'static str| {
            let live = live.clone();
            move || {
                let mut n = 0;
                while Instant::now() < end {
                    let shopper = format!("{name} {n}");
                    let bought = |product| Event::new(&shopper, product, EventKind::Purchase);
                    live.observe_batch([bought("mug"), bought("soap")]).unwrap();
                    n += 1;
                }
                n
            }
        };
        for _ in 0..8 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let guide = live.guide();
                    let counts = guide.popularity();
                    assert_eq!(counts[0], counts[5], "half of a change");
                    let Some(last) = guide.shoppers().last().map(str::to_owned) else {
                        continue;
                    };
                    assert_eq!(guide.history(&last).unwrap().len(), 2);
                    let answer = guide.recommend(&Query::shopper(&last)).unwrap();
                    assert_eq!(answer.hits.len(), 4);
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let writers = [scope.spawn(writer("a")), scope.spawn(writer("b"))];
        let written: usize = writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .sum();
        is_over.store(true, Ordering::Relaxed);
        written
    });
    drop(live.rebuilding());
    assert_eq!(live.take_failure(), None);
    assert!(written > 10 && seen.into_inner() > 10);
    assert_eq!(live.guide().shoppers().count(), written);
    assert_eq!(live.guide().popularity()[0] as usize, written);
    assert_eq!(live.guide().sequence() as usize, written);
}
