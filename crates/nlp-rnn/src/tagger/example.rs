//! Sentences as numbers, and the batch that a pass works on.

use crate::word_features::UNKNOWN;
use crate::{Gazetteer, Mark, WordFeatures};

/// A sentence as numbers. Lists of lists are flat, with the end of each list.
#[derive(Clone, Debug, Default)]
pub(super) struct Example {
    pub(super) words: Vec<u32>,
    pub(super) shapes: Vec<u32>,
    /// A row of prefixes and suffixes a word.
    pub(super) affixes: Vec<u32>,
    pub(super) chars: Vec<u32>,
    pub(super) char_ends: Vec<usize>,
    /// `2 kind + 0` where a phrase begins, `2 kind + 1` within it.
    pub(super) marks: Vec<u32>,
    pub(super) mark_ends: Vec<usize>,
    /// Empty where the tags are to be found.
    pub(super) tags: Vec<u32>,
    pub(super) intent: u32,
}

impl Example {
    pub(super) fn new<W: AsRef<str>>(
        words: &[W],
        features: &WordFeatures,
        gazetteer: &Gazetteer,
    ) -> Self {
        let mut example = Self::default();
        for word in words {
            let row = features.of(word.as_ref());
            example.words.push(row.word);
            example.shapes.push(row.shape as u32);
            example.affixes.extend(row.affixes);
            example.chars.extend(row.chars);
            example.char_ends.push(example.chars.len());
        }
        let n_kinds = gazetteer.kinds().len();
        let marks = gazetteer.marks(words);
        for word in 0..words.len() {
            let row = &marks[word * n_kinds..(word + 1) * n_kinds];
            for (kind, mark) in row.iter().enumerate() {
                match mark {
                    Mark::None => {}
                    Mark::Begin => example.marks.push(2 * kind as u32),
                    Mark::Inside => example.marks.push(2 * kind as u32 + 1),
                }
            }
            example.mark_ends.push(example.marks.len());
        }
        example
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn chars(&self, word: usize) -> &[u32] {
        part(&self.chars, &self.char_ends, word)
    }

    pub(super) fn marks(&self, word: usize) -> &[u32] {
        part(&self.marks, &self.mark_ends, word)
    }
}

/// The list number `index` of a flat list of lists.
fn part<'a>(values: &'a [u32], ends: &[usize], index: usize) -> &'a [u32] {
    let start = index.checked_sub(1).map_or(0, |before| ends[before]);
    &values[start..ends[index]]
}

/// The sentences of a pass, padded on the right to the longest: everything that is `[n, steps]`, and the words alone, in their order.
#[derive(Debug, Default)]
pub(super) struct Padded {
    pub(super) n: usize,
    pub(super) steps: usize,
    pub(super) lengths: Vec<usize>,
    pub(super) mask: Vec<bool>,
    pub(super) tags: Vec<u32>,
    pub(super) intents: Vec<u32>,
    /// Row of each word within `[n, steps]`.
    pub(super) rows: Vec<usize>,
    /// Its number, some replaced by [`UNKNOWN`] while training.
    pub(super) words: Vec<u32>,
    pub(super) shapes: Vec<u32>,
    pub(super) affixes: Vec<u32>,
    pub(super) chars: Vec<u32>,
    pub(super) char_ends: Vec<usize>,
    pub(super) marks: Vec<u32>,
    pub(super) mark_ends: Vec<usize>,
}

impl Padded {
    /// Takes in sentences; `drops` says of a word's number whether it is replaced by the unknown word.
    pub(super) fn set<'e>(
        &mut self,
        examples: impl Iterator<Item = &'e Example> + Clone,
        drops: &mut dyn FnMut(u32) -> bool,
    ) {
        self.n = examples.clone().count();
        self.steps = examples.clone().map(Example::len).max().unwrap_or(0);
        self.lengths.clear();
        self.intents.clear();
        for list in [
            &mut self.words,
            &mut self.shapes,
            &mut self.affixes,
            &mut self.chars,
            &mut self.marks,
        ] {
            list.clear();
        }
        for list in [&mut self.rows, &mut self.char_ends, &mut self.mark_ends] {
            list.clear();
        }
        self.mask.clear();
        self.mask.resize(self.n * self.steps, false);
        self.tags.clear();
        self.tags.resize(self.n * self.steps, 0);
        for (row, example) in examples.enumerate() {
            let from = row * self.steps;
            self.lengths.push(example.len());
            self.intents.push(example.intent);
            self.mask[from..from + example.len()].fill(true);
            self.tags[from..from + example.tags.len()].copy_from_slice(&example.tags);
            self.shapes.extend(&example.shapes);
            self.affixes.extend(&example.affixes);
            for word in 0..example.len() {
                self.rows.push(from + word);
                let number = example.words[word];
                self.words
                    .push(if drops(number) { UNKNOWN } else { number });
                self.chars.extend(example.chars(word));
                self.char_ends.push(self.chars.len());
                self.marks.extend(example.marks(word));
                self.mark_ends.push(self.marks.len());
            }
        }
    }

    pub(super) fn n_words(&self) -> usize {
        self.words.len()
    }

    pub(super) fn chars(&self, word: usize) -> &[u32] {
        part(&self.chars, &self.char_ends, word)
    }

    pub(super) fn marks(&self, word: usize) -> &[u32] {
        part(&self.marks, &self.mark_ends, word)
    }
}
