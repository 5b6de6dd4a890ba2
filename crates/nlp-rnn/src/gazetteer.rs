//! Lists of known phrases, such as the brands and colours of a catalogue, as features of the words of a sentence.

use std::collections::BTreeMap;
use std::path::Path;

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::TaggedNotes;
use crate::tagged_folder::Lines;

/// Most kinds of a gazetteer.
const MAX_KINDS: usize = 1024;

/// Phrases by kind. Words are compared in lower case.
///
/// A phrase may be of several kinds. For each kind the longest phrases are found from left to right, without overlap.
///
/// ```
/// use nlp_rnn::{Gazetteer, Mark};
/// let mut gazetteer = Gazetteer::default();
/// gazetteer.add("brand", "New Balance")?;
/// gazetteer.add("brand", "balance")?;
/// gazetteer.add("color", "navy blue")?;
/// let marks = gazetteer.marks(&["navy", "new", "balance", "shoes"]);
/// // A row a word, a column a kind: brand, color. `new balance` is longer than `balance`; `navy` alone is no colour.
/// assert_eq!(marks, [
///     Mark::None, Mark::None,
///     Mark::Begin, Mark::None,
///     Mark::Inside, Mark::None,
///     Mark::None, Mark::None,
/// ]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Gazetteer {
    kinds: Vec<String>,
    /// Numbers of the words of all phrases.
    words: BTreeMap<String, u32>,
    /// The trie: from a node (0 is the root) by a word to a node.
    next: BTreeMap<(u32, u32), u32>,
    /// Kinds that have a phrase which ends at a node, rising.
    ends: BTreeMap<u32, Vec<u32>>,
}

/// What a gazetteer says of a word and a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// It is in no phrase of the kind.
    #[default]
    None = 0,
    /// It begins a phrase.
    Begin = 1,
    /// It is a further word of a phrase.
    Inside = 2,
}

/// What a file holds of a [`Gazetteer`], not checked yet.
#[derive(Deserialize)]
struct Stored {
    kinds: Vec<String>,
    words: BTreeMap<String, u32>,
    next: BTreeMap<(u32, u32), u32>,
    ends: BTreeMap<u32, Vec<u32>>,
}

impl TryFrom<Stored> for Gazetteer {
    type Error = String;

    /// Refuses kinds that do not exist and a trie with a way back, in which a search would not end.
    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let Stored {
            kinds,
            words,
            next,
            ends,
        } = stored;
        let n_kinds = kinds.len();
        if n_kinds > MAX_KINDS {
            return Err(format!("{n_kinds} kinds of phrases"));
        }
        if ends
            .values()
            .flatten()
            .any(|&kind| kind as usize >= n_kinds)
        {
            return Err(format!("a phrase of an unknown kind among {n_kinds}"));
        }
        if next.iter().any(|(&(from, _), &to)| to <= from) {
            return Err("the phrases of a gazetteer have a cycle".to_owned());
        }
        Ok(Self {
            kinds,
            words,
            next,
            ends,
        })
    }
}

impl Gazetteer {
    /// Reads a file of lines, each a kind, a tab and a phrase, plain or gzip. Empty lines are passed over; they, a byte order mark and CR
    /// line ends are noted.
    ///
    /// ```
    /// use nlp_rnn::{Gazetteer, Mark};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("known.tsv");
    /// std::fs::write(&path, "\u{feff}brand\tNew Balance\n")?;
    /// let (gazetteer, notes) = Gazetteer::read(&path)?;
    /// assert_eq!(gazetteer.kinds(), ["brand"]);
    /// assert!(notes.to_string().starts_with("a byte order mark removed from"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] with the path, [`Error::Memory`] above 1 GiB, [`Error::Parse`] with path and line for bytes that are not UTF-8 and
    /// for a line that has no kind, tab and phrase or that [`Gazetteer::add`] refuses.
    pub fn read(path: impl AsRef<Path>) -> Result<(Self, TaggedNotes)> {
        let path = path.as_ref();
        let (mut gazetteer, mut notes) = (Self::default(), TaggedNotes::default());
        let lines = Lines::read(path.to_owned(), &mut notes)?;
        for (index, number) in (0..lines.len()).zip(1..) {
            let line = lines.line(index);
            if line.trim().is_empty() {
                notes.empty_lines += 1;
                notes.first_empty_line.get_or_insert(number);
                continue;
            }
            let parts = line.split_once('\t');
            let parts = parts.map(|(kind, phrase)| (kind.trim(), phrase.trim()));
            let full = parts.filter(|(kind, phrase)| !kind.is_empty() && !phrase.is_empty());
            let (kind, phrase) = full.ok_or_else(|| {
                let reason = "a line of the gazetteer is a kind, a tab and a phrase";
                Error::parse(path, number, reason)
            })?;
            let added = gazetteer.add(kind, phrase);
            added.map_err(|reason| Error::parse(path, number, reason))?;
        }
        Ok((gazetteer, notes))
    }

    /// Adds a phrase: words separated by blanks, as the tagger's input. Adding it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Empty`] for a phrase without a word, [`Error::OutOfRange`] above 1024 kinds or 2³² − 1 words in all.
    pub fn add(&mut self, kind: &str, phrase: &str) -> Result<()> {
        let phrase = phrase.to_lowercase();
        if phrase.trim().is_empty() {
            return Err(Error::empty(format!("a phrase of the kind `{kind}`")));
        }
        let kind = match self.kinds.iter().position(|known| known == kind) {
            Some(number) => number,
            None if self.kinds.len() < MAX_KINDS => {
                self.kinds.push(kind.to_owned());
                self.kinds.len() - 1
            }
            None => return Err(Error::out_of_range("kind of phrases", MAX_KINDS, MAX_KINDS)),
        };
        let mut node = 0;
        for word in phrase.split_whitespace() {
            let word = match self.words.get(word) {
                Some(&number) => number,
                None => {
                    let number = number(self.words.len())?;
                    self.words.insert(word.to_owned(), number);
                    number
                }
            };
            node = match self.next.get(&(node, word)) {
                Some(&next) => next,
                None => {
                    let next = number(self.next.len() + 1)?;
                    self.next.insert((node, word), next);
                    next
                }
            };
        }
        let kinds = self.ends.entry(node).or_default();
        if let Err(at) = kinds.binary_search(&(kind as u32)) {
            kinds.insert(at, kind as u32);
        }
        Ok(())
    }

    /// The names of the kinds, in the order of their first phrase.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// Phrases, counted once a kind.
    pub fn n_phrases(&self) -> usize {
        self.ends.values().map(Vec::len).sum()
    }

    /// A mark for each word and kind, `[words, kinds]`, row-major.
    pub fn marks<W: AsRef<str>>(&self, words: &[W]) -> Vec<Mark> {
        let n_kinds = self.kinds.len();
        let mut marks = vec![Mark::None; words.len() * n_kinds];
        let known = words
            .iter()
            .map(|word| self.words.get(&word.as_ref().to_lowercase()).copied());
        let known: Vec<Option<u32>> = known.collect();
        // The word from which on a kind may begin again.
        let mut free = vec![0; n_kinds];
        // The end of the longest phrase of each kind from the present word on.
        let mut longest = vec![0; n_kinds];
        for start in 0..words.len() {
            longest.fill(0);
            let mut node = 0;
            for (end, word) in known.iter().enumerate().skip(start) {
                let Some(&next) = word.and_then(|word| self.next.get(&(node, word))) else {
                    break;
                };
                node = next;
                for &kind in self.ends.get(&node).into_iter().flatten() {
                    longest[kind as usize] = end + 1;
                }
            }
            for kind in 0..n_kinds {
                if longest[kind] == 0 || start < free[kind] {
                    continue;
                }
                free[kind] = longest[kind];
                for word in start..longest[kind] {
                    let mark = if word == start {
                        Mark::Begin
                    } else {
                        Mark::Inside
                    };
                    marks[word * n_kinds + kind] = mark;
                }
            }
        }
        marks
    }
}

fn number(index: usize) -> Result<u32> {
    u32::try_from(index)
        .map_err(|_| Error::out_of_range("word of a gazetteer", index, u32::MAX as usize))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn built(phrases: &[(&str, &str)]) -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        for (kind, phrase) in phrases {
            gazetteer.add(kind, phrase).unwrap();
        }
        gazetteer
    }

    fn shown(gazetteer: &Gazetteer, sentence: &str) -> String {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        let letter = |mark: &Mark| ['.', 'B', 'I'][*mark as usize];
        let marks = gazetteer.marks(&words);
        let rows = marks.chunks(gazetteer.kinds().len());
        rows.map(|row| row.iter().map(letter).collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_longest_phrase_of_each_kind_is_taken() {
        let gazetteer = built(&[
            ("a", "x"),
            ("a", "x y z"),
            ("b", "y"),
            ("b", "Y W"),
            ("a", "z w"),
        ]);
        assert_eq!((gazetteer.kinds().len(), gazetteer.n_phrases()), (2, 5));
        assert_eq!(shown(&gazetteer, "x y z w"), "B. IB I. ..");
        assert_eq!(shown(&gazetteer, "x y q"), "B. .B ..");
        assert_eq!(shown(&gazetteer, "X Y w x"), "B. .B .I B.");
        assert_eq!(shown(&gazetteer, "q z w"), ".. B. I.");
        assert_eq!(shown(&gazetteer, "x x"), "B. B.");
        assert!(Gazetteer::default().marks(&["a"]).is_empty());
    }

    #[test]
    fn bad_phrases_and_files_are_refused() {
        let mut gazetteer = built(&[("a", "x y")]);
        let before = gazetteer.clone();
        assert_eq!(
            gazetteer.add("a", " \t").unwrap_err().to_string(),
            "a phrase of the kind `a` is empty"
        );
        gazetteer.add("a", "X  y").unwrap();
        assert_eq!(gazetteer, before);
        let stored = |next: BTreeMap<(u32, u32), u32>, kind: u32| Stored {
            kinds: vec!["a".to_owned()],
            words: BTreeMap::from([("x".to_owned(), 0)]),
            next,
            ends: BTreeMap::from([(1, vec![kind])]),
        };
        assert!(Gazetteer::try_from(stored(BTreeMap::from([((0, 0), 1)]), 0)).is_ok());
        assert!(Gazetteer::try_from(stored(BTreeMap::from([((0, 0), 1)]), 1)).is_err());
        assert!(Gazetteer::try_from(stored(BTreeMap::from([((1, 0), 1)]), 0)).is_err());
    }

    proptest! {
        /// Against a search that tries every phrase at every word.
        #[test]
        fn equals_a_plain_search(
            phrases in prop::collection::vec((0..2usize, prop::collection::vec(0..3usize, 1..4)), 0..8),
            sentence in prop::collection::vec(0..3usize, 0..8),
        ) {
            let word = |id: &usize| ["u", "v", "w"][*id];
            let text = |ids: &[usize]| ids.iter().map(word).collect::<Vec<_>>().join(" ");
            let mut gazetteer = built(&[("a", "end"), ("b", "end")]);
            for (kind, phrase) in &phrases {
                gazetteer.add(["a", "b"][*kind], &text(phrase)).unwrap();
            }
            let words: Vec<&str> = sentence.iter().map(word).collect();
            let marks = gazetteer.marks(&words);
            for kind in 0..2 {
                let mut expected = vec![Mark::None; words.len()];
                let mut at = 0;
                while at < words.len() {
                    let fits = |phrase: &&Vec<usize>| sentence[at..].starts_with(phrase);
                    let of_kind = phrases.iter().filter(|(of, _)| *of == kind).map(|(_, phrase)| phrase);
                    let length = of_kind.filter(fits).map(Vec::len).max().unwrap_or(0);
                    for (offset, mark) in expected[at..at + length].iter_mut().enumerate() {
                        *mark = if offset == 0 { Mark::Begin } else { Mark::Inside };
                    }
                    at += length.max(1);
                }
                let got: Vec<Mark> = marks.chunks(2).map(|row| row[kind]).collect();
                prop_assert_eq!(got, expected);
            }
        }
    }
}
