//! The words of a query in one product: where they stand, and what each place adds to the score.

use std::ops::Range;

use super::asked::AskedWords;
use super::index::{Counts, Place, TextIndex, tokens_of};
use super::search::Weigh;
use crate::Product;

/// A word of a query in one field of a product.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Match {
    /// The number of the word in the query.
    pub(super) word: usize,
    pub(super) place: Place,
    /// Where it stands there, rising.
    pub(super) spans: Vec<Range<usize>>,
    /// Its part of the score.
    pub(super) amount: f32,
}

/// A term in one field.
struct Found {
    term: u32,
    place: Place,
    spans: Vec<Range<usize>>,
}

impl TextIndex {
    /// The matches of a product, which add up to its score, by word and place.
    pub(super) fn matches(&self, asked: &AskedWords, product: &Product) -> Vec<Match> {
        let weigh = Weigh::new(self, asked);
        let mut found: Vec<Found> = Vec::new();
        let mut lengths = Counts::default();
        let terms = || asked.words.iter().flat_map(|word| &word.terms);
        tokens_of(product, |place, token| {
            lengths[place.field()] += u32::from(token.counts);
            let Some(term) = self.number(token.term) else {
                return;
            };
            if !terms().any(|known| known.0 == term) {
                return;
            }
            let is_here = |one: &&mut Found| one.term == term && one.place == place;
            match found.iter_mut().find(is_here) {
                Some(known) => known.spans.push(token.span),
                None => found.push(Found {
                    term,
                    place,
                    spans: vec![token.span],
                }),
            }
        });
        found.sort_by_key(|one| one.place);
        let formula = &self.base.formula;
        let impact = |term: u32| {
            let mut counts = Counts::default();
            for one in found.iter().filter(|one| one.term == term) {
                counts[one.place.field()] += one.spans.len() as u32;
            }
            formula.impact(&counts, &lengths)
        };
        let mut matches = Vec::new();
        for (number, word) in asked.words.iter().enumerate() {
            let terms = word.terms.iter();
            let terms = terms.map(|&term| (term.0, impact(term.0), weigh.of(number, term.1)));
            let there = terms.filter(|&(_, impact, _)| impact > 0.0);
            let Some((term, impact, weight)) =
                there.max_by(|a, b| (a.1 * a.2).total_cmp(&(b.1 * b.2)))
            else {
                continue;
            };
            let of_term = || found.iter().filter(|one| one.term == term);
            let weighted =
                |one: &Found| one.spans.len() as f32 * formula.of_one(one.place.field(), &lengths);
            let all: f32 = of_term().map(weighted).sum();
            let here = of_term().filter(|one| weighted(one) > 0.0);
            matches.extend(here.map(|one| Match {
                word: number,
                place: one.place,
                spans: one.spans.clone(),
                amount: (1.0 + impact * weight) * (weighted(one) / all),
            }));
        }
        matches
    }
}
