//! The journal in a file, whole, torn and damaged.

use std::time::Duration;

use super::*;
use crate::{Change, FileJournal, Journal, JournalEntry, SyncMode};

fn entry(sequence: u64) -> JournalEntry {
    let id = format!("shopper {}", sequence % 3);
    let event = Event::new(&id, "mug", EventKind::View).time(sequence as i64);
    JournalEntry::new(sequence, vec![Change::Event(event.into_owned())])
}

fn entries(journal: &mut FileJournal, after: u64) -> Vec<u64> {
    let mut read = Vec::new();
    let replayed = journal.replay(after, &mut |entry| {
        read.push(entry.sequence);
        Ok(())
    });
    assert_eq!(replayed.unwrap().entries, read.len());
    read
}

fn written(path: &std::path::Path, n: u64) -> Vec<u8> {
    let (mut journal, _) = FileJournal::open(path, SyncMode::Never).unwrap();
    (1..=n).for_each(|sequence| journal.append(&entry(sequence)).unwrap());
    std::fs::read(path).unwrap()
}

#[test]
fn entries_come_back_in_order_under_every_mode() {
    let folder = tempfile::tempdir().unwrap();
    for (number, mode) in [
        SyncMode::EachChange,
        SyncMode::Every(Duration::from_millis(1)),
        SyncMode::Never,
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(number.to_string());
        let (mut journal, cut) = FileJournal::open(&path, mode).unwrap();
        assert_eq!(cut, 0);
        for sequence in 1..=20 {
            journal.append(&entry(sequence)).unwrap();
        }
        journal.sync().unwrap();
        drop(journal);
        let (mut journal, _) = FileJournal::open(&path, mode).unwrap();
        assert_eq!(entries(&mut journal, 17), [18, 19, 20]);
        assert_eq!(journal.rewrite_without("shopper 1", 10).unwrap(), 4);
        assert_eq!(entries(&mut journal, 0).len(), 20, "no number is missing");
        journal.drop_until(15).unwrap();
        journal.append(&entry(21)).unwrap();
        assert_eq!(entries(&mut journal, 0), [16, 17, 18, 19, 20, 21]);
    }
}

/// Wherever a crash cuts the file, the entries before it are there, and the bytes of the unfinished one are told.
#[test]
fn a_torn_tail_is_cut_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let whole = written(&path, 5);
    let four = {
        let (mut journal, _) = FileJournal::open(&path, SyncMode::Never).unwrap();
        journal.drop_until(0).unwrap();
        let other = folder.path().join("four");
        written(&other, 4).len()
    };
    for len in 0..whole.len() {
        std::fs::write(&path, &whole[..len]).unwrap();
        let (mut journal, cut) = FileJournal::open(&path, SyncMode::Never).unwrap();
        let read = entries(&mut journal, 0);
        assert!(read.iter().copied().eq(1..=read.len() as u64));
        if len >= four {
            assert_eq!((read.len(), cut as usize), (4, len - four));
        }
        // It goes on from there.
        let next = read.len() as u64 + 1;
        journal.append(&entry(next)).unwrap();
        assert_eq!(entries(&mut journal, 0).last(), Some(&next));
    }
    // Room that the system made and never filled.
    let zeros = [&whole[..], &[0; 4096]].concat();
    std::fs::write(&path, zeros).unwrap();
    let (mut journal, cut) = FileJournal::open(&path, SyncMode::Never).unwrap();
    assert_eq!((entries(&mut journal, 0).len(), cut), (5, 4096));
}

/// A changed byte before the last entry is no crash: nothing is cut unless one asks for it.
#[test]
fn damage_in_the_middle_is_refused_and_can_be_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let whole = written(&path, 5);
    let per_entry = (whole.len() - 10) / 5;
    for at in 10..10 + 4 * per_entry {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, &damaged).unwrap();
        let opened = FileJournal::open(&path, SyncMode::Never);
        let error = opened.unwrap_err().to_string();
        assert!(
            error.contains("is damaged") && error.contains("bytes from there on"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "nothing was cut");
        let behind = FileJournal::repair(&path).unwrap();
        assert_eq!(
            behind as usize,
            whole.len() - 10 - (at - 10) / per_entry * per_entry
        );
        let (mut journal, _) = FileJournal::open(&path, SyncMode::Never).unwrap();
        assert_eq!(entries(&mut journal, 0).len(), (at - 10) / per_entry);
    }
    std::fs::write(&path, b"a text that is no journal").unwrap();
    let error = FileJournal::open(&path, SyncMode::Never)
        .unwrap_err()
        .to_string();
    assert!(error.contains("does not begin as a journal"), "{error}");
    assert!(FileJournal::repair(&path).is_err());
}
