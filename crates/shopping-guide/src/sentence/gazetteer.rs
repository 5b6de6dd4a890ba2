//! The values of a catalogue's attributes by their words: as the catalogue writes them, by other words of the same meaning, and with typos.

use std::collections::{BTreeMap, HashMap};

use super::same_words::SAME;
use super::tokens::{Kind, Token, tokens};
use super::understood::FoundBy;
use crate::{Catalog, Product};

/// Bytes of a value that are read: longer ones are titles and texts.
const LONGEST: usize = 60;
/// Letters of a word from which on one typo is allowed, and two.
const ONE_TYPO: usize = 5;
const TWO_TYPOS: usize = 9;

/// Values by their words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gazetteer {
    /// Pairs of an attribute and its value, as the catalogue writes them, the most frequent first.
    values: Vec<(String, String)>,
    numbers: HashMap<(String, String), u32>,
    /// The numbers of the values by their words, joined.
    by_words: HashMap<String, Named>,
    /// The most tokens that an entry has.
    most_tokens: usize,
    /// English words of the entries as they are written, each with the form that entries have of it.
    forms: BTreeMap<String, String>,
    /// The longer of these words, by what is left of them without one or two letters.
    by_rest: HashMap<String, Vec<u32>>,
    long_forms: Vec<String>,
}

#[derive(Clone, Debug)]
struct Named {
    values: Vec<u32>,
    by_catalogue: bool,
}

/// Values that stand at a place of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Match {
    /// How many tokens they take.
    pub(super) len: usize,
    pub(super) any_of: Vec<(String, String)>,
    pub(super) found_by: FoundBy,
}

impl Gazetteer {
    /// The values of all products.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
        for product in catalog.products() {
            for (name, value) in &product.attributes {
                if is_named(value) {
                    *counts.entry((name, value)).or_default() += 1;
                }
            }
        }
        let mut counts: Vec<((&str, &str), usize)> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut gazetteer = Self::default();
        for ((name, value), _) in counts {
            let number = gazetteer.values.len() as u32;
            let pair = (name.to_owned(), value.to_owned());
            gazetteer.values.push(pair.clone());
            gazetteer.numbers.insert(pair, number);
            // Of a path of categories the last is what shoppers say.
            let words = value.rsplit('>').next().unwrap_or(value);
            gazetteer.add(words, &[number], true);
        }
        gazetteer.add_same_words();
        gazetteer.index_words();
        gazetteer
    }

    /// Whether it has every value of a product.
    pub(crate) fn has_all_of(&self, product: &Product) -> bool {
        let mut values = product
            .attributes
            .iter()
            .filter(|(_, value)| is_named(value));
        values.all(|pair| self.numbers.contains_key(pair))
    }

    fn add(&mut self, words: &str, values: &[u32], by_catalogue: bool) {
        let tokens = tokens(words, LONGEST);
        // A number alone, such as a year or an id, names nothing.
        if tokens.is_empty()
            || tokens
                .iter()
                .all(|token| matches!(token.kind, Kind::Number | Kind::Mark))
        {
            return;
        }
        self.most_tokens = self.most_tokens.max(tokens.len());
        for token in tokens.iter().filter(|token| token.kind == Kind::Word) {
            for form in [&token.whole, &token.text] {
                self.forms.insert(form.clone(), token.text.clone());
            }
        }
        let named = self.by_words.entry(key(&tokens)).or_insert(Named {
            values: Vec::new(),
            by_catalogue,
        });
        // What the catalogue itself says comes first.
        if by_catalogue || !named.by_catalogue {
            named.values.extend(
                values
                    .iter()
                    .filter(|value| !named.values.contains(value))
                    .copied()
                    .collect::<Vec<u32>>(),
            );
        }
    }

    /// Lets each word of a row name what another word of the row names.
    fn add_same_words(&mut self) {
        for row in SAME {
            let of_word = |word: &&&str| {
                let named = self.by_words.get(&key(&tokens(word, LONGEST)))?;
                named.by_catalogue.then(|| named.values.clone())
            };
            // The first word of a row is the plainest.
            let Some(values) = row.iter().find_map(|word| of_word(&word)) else {
                continue;
            };
            for word in *row {
                self.add(word, &values, false);
            }
        }
    }

    fn index_words(&mut self) {
        let long = self.forms.keys().filter(|word| is_long(word));
        self.long_forms = long.cloned().collect();
        for (number, word) in self.long_forms.iter().enumerate() {
            for rest in rests(word, typos(word)) {
                self.by_rest.entry(rest).or_default().push(number as u32);
            }
        }
    }

    /// The longest value that stands at `place`.
    pub(super) fn at(&self, tokens: &[Token], place: usize) -> Option<Match> {
        let most = self.most_tokens.min(tokens.len() - place);
        for len in (1..=most).rev() {
            let here = &tokens[place..place + len];
            if let Some(named) = self.by_words.get(&key(here)) {
                return Some(Match {
                    len,
                    any_of: self.named(&named.values),
                    found_by: match named.by_catalogue {
                        true => FoundBy::Catalogue,
                        false => FoundBy::SameMeaning,
                    },
                });
            }
        }
        None
    }

    /// The value that the word at `place`, with at most the next two, is but for typos.
    pub(super) fn nearly_at(&self, tokens: &[Token], place: usize) -> Option<Match> {
        let most = self.most_tokens.min(3).min(tokens.len() - place);
        for len in (1..=most).rev() {
            let here = &tokens[place..place + len];
            let words: Option<Vec<&str>> = here.iter().map(|token| self.mended(token)).collect();
            let Some(words) = words else { continue };
            if let Some(named) = self.by_words.get(&words.join(" ")) {
                return Some(Match {
                    len,
                    any_of: self.named(&named.values),
                    found_by: FoundBy::Typo,
                });
            }
        }
        None
    }

    fn named(&self, values: &[u32]) -> Vec<(String, String)> {
        values
            .iter()
            .map(|&value| self.values[value as usize].clone())
            .collect()
    }

    /// The known word that `token` is, or is nearest to, as entries have it; none where several are as near.
    fn mended<'t>(&'t self, token: &'t Token) -> Option<&'t str> {
        if token.kind != Kind::Word {
            return None;
        }
        if let Some(known) = self.forms.get(&token.whole) {
            return Some(known);
        }
        // A slip in the first letter is rare, and makes another word more often than not.
        let mut near: Vec<(usize, &str)> = Vec::new();
        let word = &token.whole;
        for rest in rests(word, typos(word)) {
            for &number in self.by_rest.get(&rest).into_iter().flatten() {
                let known = &self.long_forms[number as usize];
                let changes = distance(word, known);
                let is_near = changes <= typos(word).min(typos(known));
                if is_near && known.chars().next() == word.chars().next() {
                    near.extend(self.forms.get(known).map(|text| (changes, text.as_str())));
                }
            }
        }
        near.sort_unstable();
        near.dedup();
        match near.as_slice() {
            [] => Some(&token.text),
            [only] => Some(only.1),
            [first, second, ..] => (first.0 < second.0).then_some(first.1),
        }
    }
}

/// Whether shoppers may name a value: a long one is a text.
fn is_named(value: &str) -> bool {
    !value.trim().is_empty() && value.len() <= LONGEST
}

/// Tokens joined: with spaces, but for Chinese characters.
fn key(tokens: &[Token]) -> String {
    let mut key = String::new();
    let mut last = None;
    // A hyphen within a value is as good as a space.
    for token in tokens.iter().filter(|token| token.text != "-") {
        if last.is_some_and(|last| last != Kind::Han || token.kind != Kind::Han) {
            key.push(' ');
        }
        key.push_str(&token.text);
        last = Some(token.kind);
    }
    key
}

fn is_long(word: &str) -> bool {
    word.len() >= ONE_TYPO && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Typos that a word of this length may have.
fn typos(word: &str) -> usize {
    match word.len() {
        _ if !is_long(word) => 0,
        LONGEST.. => 0,
        TWO_TYPOS.. => 2,
        _ => 1,
    }
}

/// A word without any `most` or fewer of its letters.
fn rests(word: &str, most: usize) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    let mut last = all.clone();
    for _ in 0..most {
        let mut next: Vec<String> = Vec::new();
        for word in &last {
            for place in 0..word.len() {
                let mut rest = word.clone();
                rest.remove(place);
                next.push(rest);
            }
        }
        next.sort_unstable();
        next.dedup();
        all.extend(next.iter().cloned());
        last = next;
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Letters put in, left out, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    crate::catalog::distance(&chars(a), &chars(b))
}
