//! A forgotten shopper leaves nothing but what the proof says.

use super::*;
use crate::{FileJournal, SyncMode, Trace};

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Counts are those of a guide that was built without the shopper: the same order and the same bits.
#[test]
fn counts_are_as_if_the_shopper_had_never_been() {
    let all = some_events(0, 100);
    for shopper in ["shopper 0", "shopper 3", "shopper 8"] {
        let live = live(log(&all[..60]));
        for row in &all[60..] {
            live.observe(&event(row)).unwrap();
        }
        let proof = live.forget(shopper).unwrap();
        let others: Vec<_> = all.iter().filter(|row| row.0 != shopper).cloned().collect();
        assert_eq!(proof.events, all.len() - others.len());
        assert!(proof.events > 0 && !proof.file_replaced && proof.journal_events == 0);
        let guide = live.guide();
        assert_eq!(counted(&guide), counted(&built(log(&others))));
        for (source, trace) in &proof.sources {
            let expected = if source == "factors" {
                Trace::OwedUntilRefit
            } else {
                Trace::CountedAnew
            };
            assert_eq!(*trace, expected, "{source}");
        }
        assert!(guide.history(shopper).is_err());
        assert!(
            guide
                .recommend(&Query::shopper(shopper))
                .unwrap()
                .unknown_shopper
        );
        let mut file = Vec::new();
        guide.write_to(&mut file).unwrap();
        assert!(!contains(&file, shopper) && contains(&file, "shopper 1"));
        // What was owed is done.
        live.refit(&Silent).unwrap();
        let mut expected = built(log(&others));
        expected.set_sequence(live.guide().sequence());
        assert_eq!(*live.guide(), expected);
        // Who is not known leaves nothing to do, and who comes again is new.
        assert_eq!(live.forget("nobody").unwrap().events, 0);
        live.observe(&Event::new(shopper, "mug", EventKind::Purchase))
            .unwrap();
        assert_eq!(live.guide().history(shopper).unwrap().len(), 1);
    }
}

#[test]
fn nothing_in_the_folder_tells_of_a_forgotten_shopper() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop");
    let guide = built(log(&some_events(0, 60)));
    let live = LiveGuide::create(&path, guide, SyncMode::Never, LiveParams::default()).unwrap();
    for row in some_events(60, 100) {
        live.observe(&event(&row)).unwrap();
    }
    live.observe(&Event::new("shopper 3", "not sold yet", EventKind::View))
        .unwrap();
    let tells = || {
        let files = std::fs::read_dir(&path).unwrap();
        files
            .filter(|file| {
                contains(
                    &std::fs::read(file.as_ref().unwrap().path()).unwrap(),
                    "shopper 3",
                )
            })
            .count()
    };
    assert_eq!(tells(), 2);
    let proof = live.forget("shopper 3").unwrap();
    assert!(proof.file_replaced && proof.journal_events > 0);
    assert_eq!(tells(), 0);
    drop(live);
    let opened = LiveGuide::open(&path, SyncMode::Never, LiveParams::default()).unwrap();
    assert!(opened.live.guide().history("shopper 3").is_err());
    assert_eq!(opened.live.guide().shoppers().count(), 8);
    let twice = LiveGuide::open(&path, SyncMode::Never, LiveParams::default());
    let error = twice.err().unwrap().to_string();
    assert!(error.contains("is open already"), "{error}");
    let again = Guide::builder().catalog(catalog()).build().unwrap();
    assert!(LiveGuide::create(&path, again, SyncMode::Never, LiveParams::default()).is_err());
}

/// The process ends between the entry in the journal and the rest of the work.
#[test]
fn a_crash_while_forgetting_does_not_bring_the_shopper_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let guide = built(log(&some_events(0, 60)));
    let open = || {
        let (journal, _) = FileJournal::open(&path, SyncMode::Never).unwrap();
        LiveGuide::with_journal(guide.clone(), journal, LiveParams::default()).unwrap()
    };
    let (live, _) = open();
    for row in some_events(60, 80) {
        live.observe(&event(&row)).unwrap();
    }
    live.note(&mut live.writer(), "shopper 3").unwrap();
    live.observe(&Event::new("shopper 4", "mug", EventKind::Purchase))
        .unwrap();
    drop(live);
    let (live, replayed) = open();
    assert_eq!(replayed.entries, 22);
    assert!(live.guide().history("shopper 3").is_err());
    assert_eq!(live.guide().sequence(), 22);
    // Without a folder the guide that was saved is the caller's.
    live.saved(&live.guide()).unwrap();
    assert!(!contains(&std::fs::read(&path).unwrap(), "shopper"));
}
