//! Enumerates the n-grams of a text: as slices of two prepared strings, with a hash that grows with the n-gram.

use std::borrow::Cow;

use super::TfIdfParams;
use crate::{Tokenize, Words};

/// The two kinds of n-grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NgramKind {
    /// Words that follow each other, with one blank between them.
    Words,
    /// Characters that follow each other.
    Characters,
}

/// A text in the two forms whose slices are its n-grams.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    /// Tokens with one blank between them.
    words: String,
    /// Where each token ends in `words`.
    word_ends: Vec<u32>,
    /// The text with single blanks, beginning and ending with one if n-grams stay within words.
    characters: String,
}

impl Prepared {
    /// A text whose only n-gram of full length is `term`.
    pub(super) fn of_term(kind: NgramKind, term: &str) -> Self {
        let mut prepared = Self::default();
        match kind {
            NgramKind::Words => {
                prepared.words.push_str(term);
                let blanks = term.match_indices(' ').map(|(at, _)| at as u32);
                prepared.word_ends.extend(blanks.chain([term.len() as u32]));
            }
            NgramKind::Characters => prepared.characters.push_str(term),
        }
        prepared
    }

    /// The string whose slices are the n-grams of `kind`.
    #[inline]
    pub(super) fn text(&self, kind: NgramKind) -> &str {
        match kind {
            NgramKind::Words => &self.words,
            NgramKind::Characters => &self.characters,
        }
    }
}

/// An n-gram of a prepared text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ngram {
    pub(super) hash: u64,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Cuts texts into n-grams.
pub(super) struct Analyser {
    pub(super) word_ngrams: Option<(usize, usize)>,
    pub(super) char_ngrams: Option<(usize, usize)>,
    within_words: bool,
    lower_case: bool,
    nfkc: bool,
    tokenizer: Box<dyn Tokenize>,
}

impl Analyser {
    pub(super) fn new(params: &TfIdfParams) -> Self {
        Self {
            word_ngrams: params.word_ngrams,
            char_ngrams: params.char_ngrams,
            within_words: params.within_words,
            lower_case: params.lower_case,
            nfkc: params.nfkc,
            tokenizer: params.tokenizer.build(params.lower_case),
        }
    }

    /// Prepares `text` in the buffers of `into`.
    pub(super) fn prepare(&self, text: &str, into: &mut Prepared) {
        let text = match (self.nfkc, self.lower_case) {
            (true, lower_case) => Words::default().lower_case(lower_case).normalised(text),
            (false, true) => Cow::Owned(text.to_lowercase()),
            (false, false) => Cow::Borrowed(text),
        };
        into.words.clear();
        into.word_ends.clear();
        into.characters.clear();
        if self.word_ngrams.is_some() {
            let (words, ends) = (&mut into.words, &mut into.word_ends);
            self.tokenizer.tokenize(&text, &mut |token| {
                if !ends.is_empty() {
                    words.push(' ');
                }
                words.push_str(token);
                ends.push(words.len() as u32);
            });
        }
        match (self.char_ngrams, self.within_words) {
            (None, _) => {}
            (Some(_), false) => join_blanks(&text, &mut into.characters),
            (Some(_), true) => {
                for word in text.split_whitespace() {
                    into.characters.push(' ');
                    into.characters.push_str(word);
                }
                if !into.characters.is_empty() {
                    into.characters.push(' ');
                }
            }
        }
    }

    /// Hands each n-gram from the start of a [`Prepared::of_term`] to `visit`, of up to the most words or characters.
    pub(super) fn each_of_whole(
        &self,
        kind: NgramKind,
        text: &Prepared,
        characters: &mut Vec<(u32, char)>,
        mut visit: impl FnMut(Ngram),
    ) {
        match (kind, self.word_ngrams, self.char_ngrams) {
            (NgramKind::Words, Some((_, most)), _) => each_of_words(text, 1, most, visit),
            (NgramKind::Characters, _, Some((_, most))) => {
                each_of_characters(&text.characters, 0, 1, most, characters, &mut visit);
            }
            _ => {}
        }
    }

    /// Hands each n-gram of `kind` to `visit`, repeated ones again. `characters` is a buffer.
    pub(super) fn each(
        &self,
        kind: NgramKind,
        text: &Prepared,
        characters: &mut Vec<(u32, char)>,
        mut visit: impl FnMut(Ngram),
    ) {
        match kind {
            NgramKind::Words => {
                if let Some((least, most)) = self.word_ngrams {
                    each_of_words(text, least, most, visit);
                }
            }
            NgramKind::Characters => {
                let Some((least, most)) = self.char_ngrams else {
                    return;
                };
                if !self.within_words {
                    each_of_characters(&text.characters, 0, least, most, characters, &mut visit);
                    return;
                }
                let padded = &text.characters;
                let mut start = 0;
                while let Some(len) = padded.get(start + 1..).and_then(|rest| rest.find(' ')) {
                    let word = &padded[start..start + len + 2];
                    let n = word.chars().count();
                    // scikit-learn: a word that is shorter than the shortest n-gram is one as a whole.
                    let least = least.min(n);
                    each_of_characters(word, start, least, most.max(least), characters, &mut visit);
                    start += len + 1;
                }
            }
        }
    }
}

/// Appends `text` with each run of two or more blanks replaced by one space, as scikit-learn does.
fn join_blanks(text: &str, to: &mut String) {
    let mut run: Option<char> = None;
    let mut run_len = 0;
    for c in text.chars() {
        if c.is_whitespace() {
            run.get_or_insert(c);
            run_len += 1;
            continue;
        }
        if let Some(blank) = run.take() {
            to.push(if run_len > 1 { ' ' } else { blank });
            run_len = 0;
        }
        to.push(c);
    }
    if let Some(blank) = run {
        to.push(if run_len > 1 { ' ' } else { blank });
    }
}

fn each_of_words(text: &Prepared, least: usize, most: usize, mut visit: impl FnMut(Ngram)) {
    let ends = &text.word_ends;
    for first in 0..ends.len() {
        let start = if first == 0 { 0 } else { ends[first - 1] + 1 };
        let (mut hash, mut from) = (FIRST, start);
        for (n, &end) in (1..=most).zip(&ends[first..]) {
            for byte in text.words.as_bytes()[from as usize..end as usize].chunks(8) {
                let mut eight = [0; 8];
                eight[..byte.len()].copy_from_slice(byte);
                hash = mixed(hash, u64::from_le_bytes(eight));
            }
            hash = mixed(hash, u64::from(end - from));
            from = end;
            if n >= least {
                visit(Ngram {
                    hash: finished(hash),
                    start,
                    end,
                });
            }
        }
    }
}

/// The n-grams of `text`, which begins at byte `offset` of the prepared string.
fn each_of_characters(
    text: &str,
    offset: usize,
    least: usize,
    most: usize,
    characters: &mut Vec<(u32, char)>,
    visit: &mut impl FnMut(Ngram),
) {
    characters.clear();
    characters.extend(
        text.char_indices()
            .map(|(at, c)| ((offset + at + c.len_utf8()) as u32, c)),
    );
    let mut start = offset as u32;
    for first in 0..characters.len() {
        let mut hash = FIRST;
        for (n, &(end, c)) in (1..=most).zip(&characters[first..]) {
            hash = mixed(hash, u64::from(c));
            if n >= least {
                visit(Ngram {
                    hash: finished(hash),
                    start,
                    end,
                });
            }
        }
        start = characters[first].0;
    }
}

const FIRST: u64 = 0x9E37_79B9_7F4A_7C15;

/// One step of the hash.
#[inline]
fn mixed(hash: u64, next: u64) -> u64 {
    (hash.rotate_left(23) ^ next).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// Spreads a hash over all 64 bits.
#[inline]
fn finished(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ (hash >> 32)
}
