//! Shared attributes: products as weighted terms (attributes, words of the title and text, price band), compared by cosine.
//!
//! A term `t` of product `i` weighs `w_field · ln(1 + N / df_t)`, each product's vector is scaled to length 1 (Salton,
//! Buckley, 1988), and a shopper is the weighted sum of the vectors of the products taken. It needs no event of the product
//! it proposes, so it serves new products, and new shoppers who say what they like.

use std::ops::Range;
use std::sync::Arc;

use guide_core::{Error, Result, kernels};
use recsys_core::{IdMap, ItemId};
use serde::{Deserialize, Serialize};

use super::Request;
use super::added_attributes::Added;
use super::attribute_params::AttributeParams;
use super::attribute_search::Bounds;
use super::evidence::lower;
use super::price_bands::Bands;
use super::words::words;
use crate::answer::{PRICE, TEXT, TITLE};
use crate::catalog::ancestors;
use crate::{Catalog, Product};

/// What stands between the field of a term and the value in the term's name.
const BETWEEN: char = '\u{1f}';

/// What a category above a product's own weighs, a level up: half as much. The whole path is then less than twice one attribute.
const PER_LEVEL: f32 = 0.5;
/// With so many products an attribute or a word that all of them share tells none from another, and is no term.
const SOME_PRODUCTS: usize = 10;

/// The products' terms by product and by term.
///
/// Copies share what they hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(crate) struct Attributes {
    pub(super) terms: Arc<IdMap>,
    pub(super) by_product: Arc<Sparse>,
    #[serde(skip)]
    pub(super) by_term: Arc<Sparse>,
    /// What a term can add to a score at most.
    #[serde(skip)]
    pub(super) bounds: Arc<Bounds>,
    /// Products that came or changed after the index was made.
    #[serde(skip)]
    pub(super) added: Added,
}

/// [`Attributes`] as a file holds them, not checked yet.
#[derive(Deserialize)]
struct Stored {
    terms: IdMap,
    by_product: Sparse,
}

impl From<Stored> for Attributes {
    fn from(stored: Stored) -> Self {
        Self::of(stored.terms, stored.by_product)
    }
}

/// [`Attributes`] as guides before version 4 hold them: with the products by term, which follow from the terms by product.
#[derive(Deserialize)]
pub(crate) struct AttributesBefore4 {
    terms: IdMap,
    by_product: Sparse,
    _by_term: Sparse,
}

impl From<AttributesBefore4> for Attributes {
    fn from(stored: AttributesBefore4) -> Self {
        Self::of(stored.terms, stored.by_product)
    }
}

/// Rows of numbered weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sparse {
    starts: Vec<usize>, // [n_rows + 1]
    columns: Vec<u32>,
    weights: Vec<f32>,
}

impl Sparse {
    /// Where a row lies. A file may claim ranges that do not exist, before it is checked.
    fn range(&self, row: usize) -> Range<usize> {
        match self.starts.get(row..row + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
    }

    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> {
        let range = self.range(row);
        let columns = self.columns.get(range.clone()).unwrap_or_default();
        let weights = self.weights.get(range).unwrap_or_default();
        columns.iter().copied().zip(weights.iter().copied())
    }

    pub(super) fn n_rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many numbers all rows have.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// How many numbers a row has.
    pub(super) fn len_of(&self, row: usize) -> usize {
        self.range(row).len()
    }

    /// The sum of the weights of a row, each times the number of its column in `dense`.
    pub(super) fn dot(&self, row: usize, dense: &[f32]) -> f32 {
        let range = self.range(row);
        let columns = self.columns.get(range.clone()).unwrap_or_default();
        let weights = self.weights.get(range).unwrap_or_default();
        let (columns, columns_left) = columns.as_chunks::<4>();
        let (weights, weights_left) = weights.as_chunks::<4>();
        // Four sums, so that one addition need not wait for the one before.
        let mut sums = [0.0_f32; 4];
        for (columns, weights) in columns.iter().zip(weights) {
            for lane in 0..4 {
                sums[lane] += dense[columns[lane] as usize] * weights[lane];
            }
        }
        let left = columns_left.iter().zip(weights_left);
        let left = left.map(|(&column, weight)| dense[column as usize] * weight);
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + left.sum::<f32>()
    }

    /// Fetches a row from memory, so that it is there when it is read.
    pub(super) fn prefetch(&self, row: usize) {
        let range = self.range(row);
        kernels::prefetch(self.columns.get(range.clone()).unwrap_or_default());
        kernels::prefetch(self.weights.get(range).unwrap_or_default());
    }

    fn transpose(&self, n_columns: usize) -> Self {
        let mut starts = vec![0; n_columns + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..n_columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut weights = vec![0.0; self.columns.len()];
        for row in 0..self.starts.len() - 1 {
            for (column, weight) in self.row(row) {
                let place = &mut next[column as usize];
                columns[*place] = row as u32;
                weights[*place] = weight;
                *place += 1;
            }
        }
        Self {
            starts,
            columns,
            weights,
        }
    }

    fn fits(&self, n_rows: usize, n_columns: usize) -> bool {
        self.starts.len() == n_rows + 1
            && self.starts[0] == 0
            && self.starts.windows(2).all(|pair| pair[0] <= pair[1])
            && self.starts[n_rows] == self.columns.len()
            && self.columns.len() == self.weights.len()
            && self
                .columns
                .iter()
                .all(|&column| (column as usize) < n_columns)
            && self
                .weights
                .iter()
                .all(|weight| weight.is_finite() && *weight >= 0.0)
    }
}

impl Attributes {
    /// Indexes the catalogue.
    pub(crate) fn new(params: &AttributeParams, catalog: &Catalog) -> Self {
        let bands = Bands::new(catalog, params.price_bands);
        let mut terms = IdMap::default();
        let mut rows: Vec<Vec<(u32, f64)>> = Vec::with_capacity(catalog.len());
        for product in catalog.products() {
            rows.push(weighted_terms(params, &bands, product, &mut terms));
        }
        let mut document_frequency = vec![0_u32; terms.len()];
        for &(term, _) in rows.iter().flatten() {
            document_frequency[term as usize] += 1;
        }
        let tells_nothing = |term: u32| {
            rows.len() >= SOME_PRODUCTS && document_frequency[term as usize] as usize == rows.len()
        };
        let constant: Vec<bool> = (0..terms.len() as u32).map(tells_nothing).collect();
        for row in &mut rows {
            row.retain(|entry| !constant[entry.0 as usize]);
        }
        let n = rows.len() as f64;
        let mut by_product = Sparse {
            starts: vec![0],
            ..Sparse::default()
        };
        for mut row in rows {
            for (term, weight) in &mut row {
                *weight *= rarity(n, f64::from(document_frequency[*term as usize]));
            }
            for (term, weight) in scaled(row) {
                by_product.columns.push(term);
                by_product.weights.push(weight);
            }
            by_product.starts.push(by_product.columns.len());
        }
        Self::of(terms, by_product)
    }

    fn of(terms: IdMap, by_product: Sparse) -> Self {
        // Rows of a forged file that do not fit are not looked at further; the check refuses them.
        let (by_term, bounds) = match by_product.fits(by_product.n_rows(), terms.len()) {
            true => {
                let by_term = by_product.transpose(terms.len());
                let fields = terms.names();
                let fields = fields.map(|name| name.split_once(BETWEEN).unwrap_or_default().0);
                let bounds = Bounds::new(fields, &by_product, &by_term);
                (by_term, bounds)
            }
            false => Default::default(),
        };
        Self {
            terms: Arc::new(terms),
            by_product: Arc::new(by_product),
            by_term: Arc::new(by_term),
            bounds: Arc::new(bounds),
            added: Added::default(),
        }
    }

    /// Checks what a decoded file claims.
    pub(crate) fn check(&self, n_products: usize) -> Result<()> {
        let n_terms = self.terms.len();
        if self.by_product.fits(n_products, n_terms) && self.by_term.fits(n_terms, n_products) {
            Ok(())
        } else {
            Err(Error::decode(
                "guide",
                "terms and products do not fit together",
            ))
        }
    }

    /// The terms of a product, rising, with their weights.
    pub(super) fn row(&self, product: ItemId) -> impl Iterator<Item = (u32, f32)> {
        let added = self.added.row(product.0);
        let indexed = match added {
            Some(_) => None,
            None => Some(self.by_product.row(product.index())),
        };
        let added = added.into_iter().flatten().copied();
        added.chain(indexed.into_iter().flatten())
    }

    /// The cosine of two products.
    pub(crate) fn similarity(&self, a: ItemId, b: ItemId) -> f32 {
        let (mut left, mut right) = (self.row(a).peekable(), self.row(b).peekable());
        let mut sum = 0.0;
        while let (Some(&(x, weight)), Some(&(y, other))) = (left.peek(), right.peek()) {
            if x == y {
                sum += weight * other;
            }
            if x <= y {
                left.next();
            }
            if y <= x {
                right.next();
            }
        }
        sum
    }

    /// What a product shares with the history and the likes, and how much of its score each part is.
    pub(super) fn shared(&self, request: &Request, product: ItemId) -> Vec<Part<'_>> {
        let mut liked: Vec<(u32, f32, f32)> = self
            .row(product)
            .map(|(term, weight)| (term, weight, 0.0))
            .collect();
        for &(other, weight) in &request.history {
            let mut own = liked.iter_mut().peekable();
            for (term, amount) in self.row(other) {
                while own.next_if(|own| own.0 < term).is_some() {}
                if let Some(own) = own.next_if(|own| own.0 == term) {
                    own.2 += weight * amount;
                }
            }
        }
        for (term, amount) in self.liked_terms(request) {
            let own = liked.iter_mut().find(|own| own.0 == term);
            own.into_iter().for_each(|own| own.2 += amount);
        }
        let parts = liked.into_iter().map(|(term, weight, liked)| {
            let (field, value) = self.field_and_value(term);
            Part {
                field,
                value,
                amount: liked * weight,
            }
        });
        parts.filter(|part| part.amount > 0.0).collect()
    }

    /// The terms that the request says are liked, each with its weight: that of all products of the history together.
    pub(super) fn liked_terms(&self, request: &Request) -> impl Iterator<Item = (u32, f32)> {
        let total: f32 = request.history.iter().map(|(_, weight)| weight).sum();
        let likes = request.likes.iter();
        let terms =
            likes.filter_map(|(name, value)| self.terms.get(&term(&lower(name), &lower(value))));
        terms.map(move |term| (term, total.max(1.0)))
    }

    /// The field of a term and its value there.
    pub(super) fn field_and_value(&self, term: u32) -> (&str, &str) {
        let name = self.terms.name(term);
        name.split_once(BETWEEN).unwrap_or_default()
    }
}

/// A term as one part of a score.
pub(super) struct Part<'a> {
    /// The name of the attribute in lower case, or `title`, `text`, `price`.
    pub(super) field: &'a str,
    /// The value in lower case.
    pub(super) value: &'a str,
    pub(super) amount: f32,
}

/// What the terms of a product weigh by their fields, by rising term; new terms get a number.
pub(super) fn weighted_terms(
    params: &AttributeParams,
    bands: &Bands,
    product: &Product,
    terms: &mut IdMap,
) -> Vec<(u32, f64)> {
    let mut row = Vec::new();
    let mut add = |field: &str, value: &str, weight: f32| {
        if weight > 0.0 && !value.is_empty() {
            row.push((terms.insert(&term(field, value)), f64::from(weight)));
        }
    };
    for (name, value) in &product.attributes {
        let name = lower(name);
        add(&name, &lower(value), params.attribute_weight);
        let mut weight = params.attribute_weight;
        for above in ancestors(value) {
            weight *= PER_LEVEL;
            add(&name, &lower(above), weight);
        }
    }
    let mut add_words = |field, text: &str, weight| {
        let text: Vec<char> = text.chars().collect();
        words(&text)
            .iter()
            .for_each(|word| add(field, &word.text, weight));
    };
    add_words(TITLE, &product.title, params.title_weight);
    add_words(TEXT, &product.text, params.text_weight);
    if let Some(price) = product.price {
        add(PRICE, &bands.name(price), params.price_weight);
    }
    // Of equal terms the heaviest stays.
    row.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    row.dedup_by_key(|entry| entry.0);
    row
}

/// `ln(1 + n / df)`.
pub(super) fn rarity(n: f64, document_frequency: f64) -> f64 {
    (1.0 + n / document_frequency).ln()
}

/// The row with length 1.
pub(super) fn scaled(row: Vec<(u32, f64)>) -> impl Iterator<Item = (u32, f32)> {
    // In double precision: the square of a weight may be beyond the numbers of single precision on both sides.
    let squares = row.iter().map(|&(_, weight)| weight * weight);
    let norm = squares.sum::<f64>().sqrt();
    row.into_iter()
        .map(move |(term, weight)| (term, (weight / norm) as f32))
}

fn term(field: &str, value: &str) -> String {
    format!("{field}{BETWEEN}{value}")
}

#[cfg(test)]
mod tests {
    use guide_core::Bitmap;

    use super::*;

    /// Two products share one of two terms; `ln(1 + 3/2)` for the shared one, `ln(1 + 3/1)` for the others.
    #[test]
    fn likeness_is_the_cosine_of_weighted_terms() {
        let product = |id: &str, colour: &str, shape: &str| {
            Product::new(id, "")
                .attribute("colour", colour)
                .attribute("shape", shape)
        };
        let catalog = Catalog::new([
            product("a", "red", "round"),
            product("b", "Red", "square"),
            product("c", "blue", "flat"),
        ]);
        let index = Attributes::new(&AttributeParams::default(), &catalog.unwrap());
        let (shared, own) = (2.5_f32.ln(), 4.0_f32.ln());
        let expected = shared * shared / (shared * shared + own * own);
        assert!((index.similarity(ItemId(0), ItemId(1)) - expected).abs() < 1e-6);
        assert_eq!(index.similarity(ItemId(0), ItemId(2)), 0.0);
        assert!((index.similarity(ItemId(2), ItemId(2)) - 1.0).abs() < 1e-6);

        let request = Request {
            history: vec![(ItemId(0), 2.0)],
            allowed: Bitmap::of(3, [1, 2]),
            ..Request::default()
        };
        let hits = index.candidates(&request, 9);
        assert_eq!(hits.len(), 1);
        assert!((hits[0].score - 2.0 * expected).abs() < 1e-6);
        let shared = index.shared(&request, ItemId(1));
        assert_eq!(shared.len(), 1);
        assert_eq!((shared[0].field, shared[0].value), ("colour", "red"));
        assert_eq!(shared[0].amount, hits[0].score);
    }

    #[test]
    fn contradicting_rows_are_refused() {
        let catalog = Catalog::new([Product::new("a", "red mug")]).unwrap();
        let good = Attributes::new(&AttributeParams::default(), &catalog);
        assert!(good.check(1).is_ok() && good.check(2).is_err());
        let damage: [fn(&mut Sparse); 5] = [
            |rows| rows.columns[0] = 9,
            |rows| rows.starts[1] = 7,
            |rows| rows.starts.clear(),
            |rows| rows.weights[0] = f32::NAN,
            |rows| rows.weights.truncate(1),
        ];
        for damage in damage {
            let (mut one, mut other) = (good.clone(), good.clone());
            damage(Arc::make_mut(&mut one.by_product));
            damage(Arc::make_mut(&mut other.by_term));
            assert!(one.check(1).is_err() && other.check(1).is_err());
        }
    }
}
