//! A training step of the tagger allocates nothing once its buffers have grown to the largest batch.
#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::ops::ControlFlow;
use std::sync::Mutex;

use cap::Cap;
use guide_core::testing::on_threads;
use guide_core::{EpochReport, Fit, Progress};
use nlp_rnn::{Gazetteer, TaggedSentence, Tagger, TaggerData};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes allocated so far at each look of the training loop (every 32 steps), an empty entry after each epoch.
struct Looks(Mutex<Vec<Option<usize>>>);

impl Progress for Looks {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        self.0.lock().unwrap().push(None);
        ControlFlow::Continue(())
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        let bytes = ALLOCATOR.total_allocated();
        self.0.lock().unwrap().push(Some(bytes));
        ControlFlow::Continue(())
    }
}

/// Sentences of 2 to 7 words of a few kinds.
fn sentences() -> Vec<TaggedSentence> {
    let words = [
        ("show", "O"),
        ("red", "B-color"),
        ("running", "B-type"),
        ("shoes", "I-type"),
        ("by", "O"),
        ("nike", "B-brand"),
        ("please", "O"),
    ];
    let sentence = |index: usize| {
        let part = &words[..2 + index % 6];
        TaggedSentence {
            words: part.iter().map(|(word, _)| (*word).to_owned()).collect(),
            tags: part.iter().map(|(_, tag)| (*tag).to_owned()).collect(),
            label: Some(if index % 6 < 3 { "Find" } else { "Buy" }.to_owned()),
        }
    };
    (0..480).map(sentence).collect()
}

/// A step that allocates does so in every epoch, so the fewest bytes of the later epochs are those of the steady state.
#[test]
fn a_step_allocates_nothing() {
    let train = sentences();
    let mut gazetteer = Gazetteer::default();
    gazetteer.add("brand", "nike").unwrap();
    gazetteer.add("type", "running shoes").unwrap();
    let data = TaggerData::new(&train, &gazetteer);
    let params = Tagger::params()
        .word_dim(8)
        .char_dim(4)
        .char_filters(5)
        .n_hidden(12)
        .n_layers(2)
        .attention_dim(6)
        .slot_dim(10)
        .batch_size(5)
        .n_epochs(10);
    for threads in [1, 2] {
        // Room for all looks, so that counting does not allocate.
        let looks = Looks(Mutex::new(Vec::with_capacity(1000)));
        on_threads(threads, || {
            params.fit_with(&data, &looks).map(|_| ()).unwrap();
        });
        let looks = looks.0.into_inner().unwrap();
        let epochs: Vec<&[Option<usize>]> = looks.split(Option::is_none).collect();
        // 96 steps: three looks.
        assert!(epochs.len() == 11 && epochs[0].len() == 3, "{epochs:?}");
        let bytes = epochs[3..10].iter().map(|epoch| {
            let (first, last) = (epoch[0].unwrap(), epoch[2].unwrap());
            last - first
        });
        let bytes: Vec<usize> = bytes.collect();
        assert_eq!(bytes.iter().min(), Some(&0), "of {bytes:?}");
    }
}
