//! The terms of all products with their postings, weighted by BM25F.
//!
//! An occurrence in a field weighs `w_f / (1 - b + b · length_f / mean length_f)`; with `x` the sum over all occurrences of a term in a product, its
//! impact there is `x / (k1 + x)`, below 1 (Robertson, Zaragoza, 2009, equations 3.18 to 3.20). A word of a query adds its impact times
//! `idf = ln(1 + (N - df + 0.5) / (df + 0.5))`.

use std::sync::Arc;

use rayon::prelude::*;
use recsys_core::IdMap;

use super::TextParams;
use super::added::Added;
use super::tokens::{Token, tokens};
use super::typos::Sketch;
use crate::{Catalog, Product};

/// Products that one thread indexes at a time. The terms have the same numbers for any number of threads.
const SHARD: usize = 4096;

/// The fields of a product, as numbers of arrays.
pub(super) const N_FIELDS: usize = 3;

/// Where a token stands in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Title,
    /// The value of the attribute with this number.
    Attribute(u32),
    Text,
}

impl Place {
    pub(super) fn field(self) -> usize {
        match self {
            Self::Title => 0,
            Self::Attribute(_) => 1,
            Self::Text => 2,
        }
    }
}

/// Gives the tokens of all fields of a product.
pub(super) fn tokens_of(product: &Product, mut each: impl FnMut(Place, Token<'_>)) {
    tokens(&product.title, |token| each(Place::Title, token));
    for (number, (_, value)) in (0..).zip(&product.attributes) {
        tokens(value, |token| each(Place::Attribute(number), token));
    }
    tokens(&product.text, |token| each(Place::Text, token));
}

/// How often a term stands in each field of a product.
pub(super) type Counts = [u32; N_FIELDS];

/// The terms of a product, rising, with their counts, and the lengths of its fields. `number` gives the number of a term, or `None` to pass it over.
pub(super) fn counts_of(
    product: &Product,
    mut number: impl FnMut(&str) -> Option<u32>,
) -> (Vec<(u32, Counts)>, Counts) {
    let mut found: Vec<(u32, usize)> = Vec::new();
    let mut lengths = Counts::default();
    tokens_of(product, |place, token| {
        lengths[place.field()] += u32::from(token.counts);
        found.extend(number(token.term).map(|term| (term, place.field())));
    });
    found.sort_unstable();
    let terms = found.chunk_by(|a, b| a.0 == b.0).map(|of_term| {
        let mut counts = Counts::default();
        for &(_, field) in of_term {
            counts[field] += 1;
        }
        (of_term[0].0, counts)
    });
    (terms.collect(), lengths)
}

/// What makes an impact of counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Formula {
    k1: f32,
    b: f32,
    weights: [f32; N_FIELDS],
    /// The mean length of each field over the products that have it.
    means: [f32; N_FIELDS],
}

impl Formula {
    fn new(params: &TextParams, lengths: impl Iterator<Item = Counts>) -> Self {
        let mut sums = [(0_u64, 0_u64); N_FIELDS];
        for of_product in lengths {
            for (sum, length) in sums.iter_mut().zip(of_product) {
                sum.0 += u64::from(length);
                sum.1 += u64::from(length > 0);
            }
        }
        Self {
            k1: params.k1,
            b: params.b,
            weights: [params.title, params.attributes, params.text],
            means: sums.map(|(sum, n)| sum as f32 / n.max(1) as f32),
        }
    }

    /// What one occurrence in a field of this length weighs.
    pub(super) fn of_one(&self, field: usize, lengths: &Counts) -> f32 {
        let length = lengths[field] as f32 / self.means[field].max(f32::MIN_POSITIVE);
        let norm = 1.0 - self.b + self.b * length;
        // With `b` 1, a compound whose parts do not count may stand in a field of length 0.
        self.weights[field] / norm.max(f32::MIN_POSITIVE)
    }

    /// The weighted sum over the occurrences; 0 where no field counts.
    fn weighted(&self, counts: &Counts, lengths: &Counts) -> f32 {
        let fields = (0..N_FIELDS).filter(|&field| counts[field] > 0);
        let amounts = fields.map(|field| counts[field] as f32 * self.of_one(field, lengths));
        amounts.sum::<f32>().min(f32::MAX)
    }

    /// The impact of a term, from 0 to 1; 0 where no field counts.
    pub(super) fn impact(&self, counts: &Counts, lengths: &Counts) -> f32 {
        let weighted = self.weighted(counts, lengths);
        match weighted > 0.0 {
            true => (1.0 / (self.k1 / weighted + 1.0)).max(f32::MIN_POSITIVE),
            false => 0.0,
        }
    }
}

/// The postings of a catalogue, with the products that came or changed later. Copies share what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    pub(super) base: Arc<Postings>,
    pub(super) added: Added,
}

/// The terms with the products that have them.
#[derive(Debug, Default)]
pub(super) struct Postings {
    pub(super) formula: Formula,
    pub(super) terms: IdMap,
    /// Where the products of each term begin, `[n_terms + 1]`.
    starts: Vec<usize>,
    /// For each term its products, rising.
    products: Vec<u32>,
    /// The impact of the term in each of these.
    impacts: Vec<f32>,
    /// What typos are compared with, `[n_terms]`.
    pub(super) sketches: Vec<Sketch>,
    pub(super) n_products: usize,
}

/// A term in a product with its impact there.
type Posting = (u32, u32, f32);

/// What one shard of the catalogue has, with terms numbered in the order in which they come.
#[derive(Default)]
struct Shard {
    terms: IdMap,
    entries: Vec<(u32, Counts)>,
    /// The number of entries of each product with the lengths of its fields.
    rows: Vec<(usize, Counts)>,
}

impl Shard {
    fn new(products: &[Arc<Product>]) -> Self {
        let mut shard = Self::default();
        for product in products {
            let (terms, lengths) = counts_of(product, |term| Some(shard.terms.insert(term)));
            shard.rows.push((terms.len(), lengths));
            shard.entries.extend(terms);
        }
        shard
    }

    /// Its postings, where `numbers` are those of its terms in the whole catalogue and `first` is the number of its first product.
    fn postings(&self, formula: &Formula, numbers: &[u32], first: usize) -> Vec<Posting> {
        let mut entries = self.entries.iter();
        let mut postings = Vec::with_capacity(self.entries.len());
        for (product, (n, lengths)) in (first as u32..).zip(&self.rows) {
            for (term, counts) in entries.by_ref().take(*n) {
                let impact = formula.impact(counts, lengths);
                if impact > 0.0 {
                    postings.push((numbers[*term as usize], product, impact));
                }
            }
        }
        postings
    }
}

impl Postings {
    fn new(params: &TextParams, catalog: &Catalog) -> Self {
        let shards = catalog.products().par_chunks(SHARD);
        let shards: Vec<Shard> = shards.map(Shard::new).collect();
        let lengths = shards.iter().flat_map(|shard| &shard.rows);
        let formula = Formula::new(params, lengths.map(|row| row.1));
        let mut terms = IdMap::default();
        let numbers = shards.iter().map(|shard| {
            let names = shard.terms.names();
            names.map(|name| terms.insert(name)).collect()
        });
        let numbers: Vec<Vec<u32>> = numbers.collect();
        let of_shards = shards.par_iter().zip(&numbers).enumerate();
        let of_shards = of_shards
            .map(|(place, (shard, numbers))| shard.postings(&formula, numbers, place * SHARD));
        let of_shards: Vec<Vec<Posting>> = of_shards.collect();
        let mut starts = vec![0; terms.len() + 1];
        for &(term, ..) in of_shards.iter().flatten() {
            starts[term as usize + 1] += 1;
        }
        for term in 0..terms.len() {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let mut products = vec![0; starts[terms.len()]];
        let mut impacts = vec![0.0; products.len()];
        // By rising product, so that those of each term are rising too.
        for &(term, product, impact) in of_shards.iter().flatten() {
            let place = &mut next[term as usize];
            products[*place] = product;
            impacts[*place] = impact;
            *place += 1;
        }
        let sketches = terms.names().map(Sketch::new).collect();
        Self {
            formula,
            terms,
            starts,
            products,
            impacts,
            sketches,
            n_products: catalog.len(),
        }
    }

    /// The products of a term, rising, and its impact in each; none of a term that came later.
    pub(super) fn of(&self, term: u32) -> (&[u32], &[f32]) {
        let range = match self.starts.get(term as usize..term as usize + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        };
        let products = self.products.get(range.clone()).unwrap_or_default();
        (products, self.impacts.get(range).unwrap_or_default())
    }

    /// How rare a term is: `ln(1 + (N - df + 0.5) / (df + 0.5))`. A term that came later counts as that of one product.
    pub(super) fn idf(&self, term: u32) -> f32 {
        let n = self.n_products as f64;
        let df = self.of(term).0.len().max(1) as f64;
        (1.0 + ((n - df).max(0.0) + 0.5) / (df + 0.5)).ln() as f32
    }
}

impl TextIndex {
    /// Indexes the catalogue.
    pub(crate) fn new(params: &TextParams, catalog: &Catalog) -> Self {
        Self {
            base: Arc::new(Postings::new(params, catalog)),
            added: Added::default(),
        }
    }

    /// Whether products came or changed after the index was made.
    pub(crate) fn has_added(&self) -> bool {
        !self.added.is_empty()
    }

    /// The index with these products of the catalogue as they are now. Means of lengths and what a term weighs follow from the products that were
    /// indexed first.
    pub(crate) fn with_products(&self, catalog: &Catalog, products: &[u32]) -> Self {
        let mut with = self.clone();
        for &number in products {
            if let Some(product) = catalog.products().get(number as usize) {
                with.added.put(number, product, &self.base);
            }
        }
        with
    }

    /// The number of a term, whether or not a product has it now.
    pub(super) fn number(&self, term: &str) -> Option<u32> {
        let base = self.base.terms.get(term);
        base.or_else(|| self.added.number(term, &self.base))
    }

    /// The number of a term that some product has.
    pub(super) fn known(&self, term: &str) -> Option<u32> {
        let base = self.base.terms.get(term);
        let base = base.filter(|&term| !self.base.of(term).0.is_empty());
        base.or_else(|| self.added.known(term, &self.base))
    }
}
