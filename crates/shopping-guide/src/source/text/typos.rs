//! Words of the catalogue that a mistyped word may stand for: at most one typo from 5 letters, two from 9, none in words with digits.
//!
//! A typo is a letter too many, a letter too few, another letter, or two letters in the wrong order (optimal string alignment: Damerau, 1964). Terms
//! are compared by length and by the set of their letters first, a few operations each.

use super::index::TextIndex;
use super::tokens::MOST_LETTERS;
use crate::catalog::distance;
use crate::fold::{narrow, push_folded};

/// What a word found by a typo counts, next to one that is written right.
pub(super) const TYPO: f32 = 0.6;
/// Terms that one mistyped word stands for, at most: the most frequent ones. With more of them, more products match a word that nobody asked for.
const MOST_TERMS: usize = 4;

/// A term that has so many times fewer products than the most frequent one is left out: it is more likely a typo itself.
const RARE: usize = 20;

/// What is compared first of a term.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sketch {
    /// A bit for each letter from a to z, and six for all others.
    letters: u32,
    /// How many letters; 0 for a term with anything else, which no typo stands for.
    len: u32,
}

impl Sketch {
    pub(super) fn new(term: &str) -> Self {
        let is_word = |c: char| c.is_alphabetic() && !crate::source::words::is_han(c);
        if !term.chars().all(is_word) {
            return Self::default();
        }
        let bit = |c: char| match c {
            'a'..='z' => c as u32 - 'a' as u32,
            other => 26 + other as u32 % 6,
        };
        Self {
            letters: term.chars().fold(0, |set, c| set | 1 << bit(c)),
            len: term.chars().count() as u32,
        }
    }

    /// Whether terms with these sketches may differ by `most` typos. A typo changes two letters of the set at most.
    fn may_be(self, other: Self, most: u32) -> bool {
        other.len > 0
            && self.len.abs_diff(other.len) <= most
            && (self.letters ^ other.letters).count_ones() <= 2 * most
    }
}

impl TextIndex {
    /// The terms that a word which no product has may stand for: those with the fewest typos. `written` is the word as the query has it: its singular
    /// may be another word where the typo is at its end.
    pub(super) fn corrections(&self, word: &str, written: &str) -> Vec<u32> {
        let mut plain = String::new();
        for c in written.chars().take(MOST_LETTERS).map(narrow) {
            if c.is_alphanumeric() {
                push_folded(&mut plain, c);
            }
        }
        let forms = [word, plain.as_str()].map(|form| (Sketch::new(form), form));
        let forms = forms.map(|(sketch, form)| (sketch, form.chars().collect::<Vec<char>>()));
        let [_, (sketch, letters)] = &forms;
        let mut most = match letters.len() {
            ..5 => return Vec::new(),
            5..9 => 1,
            _ => 2,
        };
        if sketch.len == 0 || letters.len() >= MOST_LETTERS {
            return Vec::new();
        }
        let indexed = (0..).zip(&self.base.sketches);
        let indexed = indexed.map(|(term, &sketch)| (term, sketch, self.base.terms.name(term)));
        let later = self.added.terms(&self.base);
        let later = later.map(|(term, name)| (term, Sketch::new(name), name));
        let mut found: Vec<(u32, usize)> = Vec::new();
        for (term, other, name) in indexed.chain(later) {
            let near = forms.iter().filter(|form| form.0.may_be(other, most));
            let near =
                near.map(|(_, form)| distance(form, &name.chars().collect::<Vec<char>>()) as u32);
            let Some(n_typos) = near.min().filter(|&n_typos| n_typos <= most) else {
                continue;
            };
            if n_typos < most {
                found.clear();
                most = n_typos;
            }
            found.push((term, self.base.of(term).0.len()));
        }
        found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let most = found.first().map_or(0, |first| first.1);
        found.retain(|(_, n_products)| n_products * RARE >= most);
        found.truncate(MOST_TERMS);
        found.into_iter().map(|(term, _)| term).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(a: &str, b: &str) -> u32 {
        let of = |word: &str| word.chars().collect::<Vec<char>>();
        distance(&of(a), &of(b)) as u32
    }

    #[test]
    fn typos_by_hand() {
        assert_eq!(n("shoe", "shoe"), 0);
        assert_eq!(n("sheo", "shoe"), 1, "two letters in the wrong order");
        assert_eq!(n("runing", "running"), 1);
        assert_eq!(n("runnning", "running"), 1);
        assert_eq!(n("rubning", "running"), 1);
        assert_eq!(n("shxxe", "shoe"), 2);
        assert_eq!((n("", "abc"), n("abc", "")), (3, 3));
    }

    #[test]
    fn a_sketch_lets_every_near_word_pass() {
        for (a, b) in [("sheo", "shoe"), ("runing", "running"), ("abc", "xbc")] {
            let most = n(a, b);
            assert!(Sketch::new(a).may_be(Sketch::new(b), most), "{a} {b}");
        }
        let of = Sketch::new;
        assert!(!of("shoe").may_be(of("lamp"), 1));
        assert!(!of("shoe").may_be(of("shoelace"), 2));
        assert!(!of("shoe").may_be(of("sho3"), 2) && !of("红").may_be(of("红"), 2));
    }
}
