//! The words of a query's text with the terms that they stand for.

use std::ops::Range;

use guide_core::Bitmap;

use super::added::impact;
use super::index::TextIndex;
use super::tokens::{Kind, MOST_LETTERS, cut, tokens};
use super::typos::TYPO;

/// Words of a text that are looked for, at most; each Chinese character counts as one. Each costs up to the products of the catalogue that have it.
const MOST_WORDS: usize = 64;

/// English words that say nothing of a product. They are looked for only where a text has no others.
const FUNCTION_WORDS: &[&str] = &[
    "a", "an", "and", "any", "are", "as", "at", "be", "by", "for", "from", "have", "i", "in", "is",
    "it", "its", "me", "my", "of", "on", "or", "our", "please", "some", "that", "the", "their",
    "them", "these", "this", "to", "want", "we", "with", "you", "your",
];

/// What a query asks for in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AskedWords {
    /// The text as far as it was read.
    text: String,
    /// Where the words stand that were looked for, in the order of the text.
    spans: Vec<Range<usize>>,
    /// Those that a term was found for, each term once.
    pub(super) words: Vec<AskedWord>,
    left_out: usize,
}

/// A word for which there is a term.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AskedWord {
    /// Where it stands in the text.
    spans: Vec<Range<usize>>,
    /// The terms that it stands for, with what each counts; several only for a typo.
    pub(super) terms: Vec<(u32, f32)>,
}

impl AskedWords {
    /// Whether nothing is looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many words behind the first 64 are not looked for.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }

    /// A word as it is written.
    pub(super) fn spelling(&self, word: &AskedWord) -> &str {
        let span = word.spans.first().cloned().unwrap_or_default();
        cut(self.text.get(span).unwrap_or_default())
    }

    fn add(&mut self, span: Range<usize>, terms: Vec<(u32, f32)>) {
        match self.words.iter_mut().find(|known| known.terms == terms) {
            Some(known) => known.spans.push(span),
            None => self.words.push(AskedWord {
                spans: vec![span],
                terms,
            }),
        }
    }
}

/// A token of the text.
struct Read {
    term: String,
    span: Range<usize>,
    kind: Kind,
}

/// A word to look for.
struct Leaf<'t> {
    token: &'t Read,
    known: Option<u32>,
}

impl TextIndex {
    /// The words of a text.
    pub(crate) fn asked(&self, text: &str) -> AskedWords {
        let (mut read, mut n_words) = (Vec::new(), 0);
        tokens(text, |token| {
            n_words += usize::from(token.counts);
            // A compound stands before its parts, which count.
            let is_new = token.counts || token.kind == Kind::Word { depth: 0 };
            if n_words < MOST_WORDS || n_words == MOST_WORDS && (token.counts || !is_new) {
                read.push(Read {
                    term: token.term.to_owned(),
                    span: token.span,
                    kind: token.kind,
                });
            }
        });
        let end = read.iter().map(|token| token.span.end).max().unwrap_or(0);
        let mut asked = AskedWords {
            text: text.get(..end).unwrap_or_default().to_owned(),
            left_out: n_words.saturating_sub(MOST_WORDS),
            ..AskedWords::default()
        };
        let mut leaves = Vec::new();
        let mut rest = read.as_slice();
        while let Some(first) = rest.first() {
            let n = match first.kind {
                Kind::Word { depth } => {
                    let inner =
                        |token: &&Read| matches!(token.kind, Kind::Word { depth: d } if d > depth);
                    1 + rest.iter().skip(1).take_while(inner).count()
                }
                Kind::Character | Kind::Pair => {
                    self.add_words(&mut leaves, &mut asked);
                    let mut end = first.span.start;
                    let goes_on = |token: &&Read| {
                        let is_next = token.kind == Kind::Pair
                            || token.kind == Kind::Character && token.span.start == end;
                        end = end.max(token.span.end);
                        is_next
                    };
                    rest.iter().take_while(goes_on).count().max(1)
                }
            };
            let (these, behind) = rest.split_at(n);
            rest = behind;
            match first.kind {
                Kind::Word { .. } => self.choose(these, &mut leaves),
                _ => self.add_chinese(these, &mut asked),
            }
        }
        self.add_words(&mut leaves, &mut asked);
        self.leave_out_function_words(&mut asked);
        asked
    }

    /// Takes a word if some product has it, its parts otherwise, and the word again if no product has any of these.
    fn choose<'t>(&self, tokens: &'t [Read], leaves: &mut Vec<Leaf<'t>>) {
        let Some((token, inner)) = tokens.split_first() else {
            return;
        };
        let known = self.known(&token.term);
        let is_known = |token: &Read| self.known(&token.term).is_some();
        if known.is_some() || !inner.iter().any(is_known) {
            leaves.push(Leaf { token, known });
            return;
        }
        let Some(Read {
            kind: Kind::Word { depth },
            ..
        }) = inner.first()
        else {
            return;
        };
        let is_part = |token: &Read| matches!(token.kind, Kind::Word { depth: d } if d == *depth);
        let mut rest = inner;
        while !rest.is_empty() {
            let next = rest.iter().skip(1).position(is_part);
            let (part, behind) = rest.split_at(next.map_or(rest.len(), |next| next + 1));
            self.choose(part, leaves);
            rest = behind;
        }
    }

    /// Adds words that stand one behind the other.
    fn add_words(&self, leaves: &mut Vec<Leaf<'_>>, asked: &mut AskedWords) {
        let mut words = leaves.drain(..).peekable();
        while let Some(Leaf { token, known }) = words.next() {
            asked.spans.push(token.span.clone());
            let joined = words.peek().and_then(|next| {
                let is_odd = |leaf: Option<u32>, token: &Read| {
                    leaf.is_none() || token.term.chars().nth(1).is_none()
                };
                let may_be = is_odd(known, token) || is_odd(next.known, next.token);
                let join = || self.known(&format!("{}{}", token.term, next.token.term));
                may_be.then(join).flatten()
            });
            if let Some(joined) = joined
                && let Some(next) = words.next()
            {
                asked.spans.push(next.token.span.clone());
                let span = token.span.start..next.token.span.end;
                asked.add(span, vec![(joined, 1.0)]);
                continue;
            }
            let terms = match known {
                Some(term) => vec![(term, 1.0)],
                None => {
                    let written = asked.text.get(token.span.clone()).unwrap_or_default();
                    let terms = self.corrections(&token.term, written);
                    terms.into_iter().map(|term| (term, TYPO)).collect()
                }
            };
            if !terms.is_empty() {
                asked.add(token.span.clone(), terms);
            }
        }
    }

    /// Adds a run of Chinese characters: the pairs that some product has, or if there is none, the characters.
    fn add_chinese(&self, run: &[Read], asked: &mut AskedWords) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return;
        };
        asked.spans.push(first.span.start..last.span.end);
        for kind in [Kind::Pair, Kind::Character] {
            let mut found = false;
            for token in run.iter().filter(|token| token.kind == kind) {
                if let Some(term) = self.known(&token.term) {
                    asked.add(token.span.clone(), vec![(term, 1.0)]);
                    found = true;
                }
            }
            if found {
                break;
            }
        }
    }

    fn leave_out_function_words(&self, asked: &mut AskedWords) {
        let text = std::mem::take(&mut asked.text);
        let is_function = |span: &Range<usize>| {
            let word = text.get(span.clone()).unwrap_or_default();
            FUNCTION_WORDS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(word))
        };
        if !asked.spans.iter().all(is_function) {
            asked.spans.retain(|span| !is_function(span));
            asked
                .words
                .retain(|word| !word.spans.iter().all(is_function));
        }
        asked.text = text;
    }

    /// The words that no allowed product has, as they are written. Of Chinese text the characters that belong to no pair which one of them has.
    pub(crate) fn unmatched(&self, asked: &AskedWords, allowed: &Bitmap) -> Vec<String> {
        let matched = asked
            .words
            .iter()
            .filter(|word| self.has_any(word, allowed));
        let matched: Vec<&Range<usize>> = matched.flat_map(|word| &word.spans).collect();
        let mut unmatched: Vec<String> = Vec::new();
        for span in &asked.spans {
            let text = asked.text.get(span.clone()).unwrap_or_default();
            let mut piece = String::new();
            let mut take = |piece: &mut String| {
                let word = cut(piece).to_owned();
                if !word.is_empty() && !unmatched.contains(&word) {
                    unmatched.push(word);
                }
                piece.clear();
            };
            // A word is matched as a whole; a Chinese run is not longer.
            for (at, c) in text.char_indices().take(2 * MOST_LETTERS) {
                let here = span.start + at;
                match matched.iter().any(|matched| matched.contains(&here)) {
                    true => take(&mut piece),
                    false => piece.push(c),
                }
            }
            take(&mut piece);
        }
        unmatched
    }

    /// Whether an allowed product has a word.
    fn has_any(&self, word: &AskedWord, allowed: &Bitmap) -> bool {
        let may_be = |product: u32| allowed.contains(product);
        word.terms.iter().any(|&(term, _)| {
            let mut indexed = self.base.of(term).0.iter();
            indexed.any(|&product| may_be(product) && !self.added.has(product))
                || self
                    .added
                    .rows()
                    .any(|(product, row)| may_be(product) && impact(row, term) > 0.0)
        })
    }
}
