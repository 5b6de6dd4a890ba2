//! Products that came or changed after the index was made: few, so that a search looks at each.

use std::sync::Arc;

use recsys_core::IdMap;

use super::index::{Postings, counts_of};
use crate::Product;

/// The terms of one product, rising, with their impacts.
type Row = Arc<[(u32, f32)]>;

/// Products with their terms, by rising number.
#[derive(Clone, Debug, Default)]
pub(super) struct Added {
    /// Terms that no product of the index has; their numbers follow those of the index.
    terms: Arc<IdMap>,
    rows: Vec<(u32, Row)>,
}

impl Added {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn place(&self, product: u32) -> Result<usize, usize> {
        self.rows
            .binary_search_by_key(&product, |(known, _)| *known)
    }

    /// Whether a product is one of these.
    pub(super) fn has(&self, product: u32) -> bool {
        !self.is_empty() && self.place(product).is_ok()
    }

    /// The products with their terms.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, &[(u32, f32)])> {
        self.rows.iter().map(|(product, row)| (*product, &**row))
    }

    /// The names of the terms that came later, with their numbers.
    pub(super) fn terms(&self, base: &Postings) -> impl Iterator<Item = (u32, &str)> {
        (base.terms.len() as u32..).zip(self.terms.names())
    }

    /// The number of a term that came later.
    pub(super) fn number(&self, term: &str, base: &Postings) -> Option<u32> {
        let number = self.terms.get(term)?;
        Some(base.terms.len() as u32 + number)
    }

    /// The number of a term that one of these products has.
    pub(super) fn known(&self, term: &str, base: &Postings) -> Option<u32> {
        let later = || self.number(term, base);
        let number = base.terms.get(term).or_else(later)?;
        let mut rows = self.rows();
        rows.any(|(_, row)| impact(row, number) > 0.0)
            .then_some(number)
    }

    /// Puts a product in, or in place of what it was.
    pub(super) fn put(&mut self, number: u32, product: &Product, base: &Postings) {
        let terms = Arc::make_mut(&mut self.terms);
        let n_base = base.terms.len() as u32;
        let (counts, lengths) = counts_of(product, |term| {
            let known = base.terms.get(term);
            Some(known.unwrap_or_else(|| n_base + terms.insert(term)))
        });
        let impacts = counts
            .iter()
            .map(|(term, counts)| (*term, base.formula.impact(counts, &lengths)));
        let row: Row = impacts.filter(|entry| entry.1 > 0.0).collect();
        match self.place(number) {
            Ok(place) => self.rows[place].1 = row,
            Err(place) => self.rows.insert(place, (number, row)),
        }
    }
}

/// The impact of a term in a row; 0 if it is not there.
pub(super) fn impact(row: &[(u32, f32)], term: u32) -> f32 {
    let found = row.binary_search_by_key(&term, |entry| entry.0);
    found.map_or(0.0, |place| row[place].1)
}
