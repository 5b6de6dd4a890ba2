//! Shared attributes: products as weighted terms (attributes, words of the title and text, price band), compared by cosine.
//!
//! A term `t` of product `i` weighs `w_field · ln(1 + N / df_t)`, each product's vector is scaled to length 1 (Salton,
//! Buckley, 1988), and a shopper is the weighted sum of the vectors of the products taken. It needs no event of the product
//! it proposes, so it serves new products, and new shoppers who say what they like.

use std::collections::BTreeMap;

use guide_core::kernels::TopK;
use guide_core::{Error, Result, Scored};
use recsys_core::{IdMap, ItemId};
use serde::{Deserialize, Serialize};

use super::attribute_params::AttributeParams;
use super::evidence::lower;
use super::words::words;
use super::{Request, best, with_scores};
use crate::answer::PRICE;
use crate::catalog::ancestors;
use crate::{Catalog, Product};

/// The field of a term, and what stands between it and the value in the term's name.
pub(super) const TITLE: &str = "title";
pub(super) const TEXT: &str = "text";
const BETWEEN: char = '\u{1f}';

/// What a category above a product's own weighs, a level up: half as much. The whole path is then less than twice one attribute.
const PER_LEVEL: f32 = 0.5;
/// With so many products an attribute or a word that all of them share tells none from another, and is no term.
const SOME_PRODUCTS: usize = 10;
/// Requests answered in one pass over all products.
const LANES: usize = 16;
/// Products scored before the best of them are kept: so few that the scores stay in cache.
const TILE: usize = 512;

/// The products' terms by product and by term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    terms: IdMap,
    by_product: Sparse,
    by_term: Sparse,
}

/// Rows of numbered weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sparse {
    starts: Vec<usize>, // [n_rows + 1]
    columns: Vec<u32>,
    weights: Vec<f32>,
}

impl Sparse {
    fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> {
        let range = match self.starts.get(row..row + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        };
        let columns = self.columns[range.clone()].iter().copied();
        columns.zip(self.weights[range].iter().copied())
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
            && self.weights.iter().all(|weight| weight.is_finite())
    }
}

impl Attributes {
    /// Indexes the catalogue.
    pub(crate) fn new(params: &AttributeParams, catalog: &Catalog) -> Self {
        let bands = Bands::new(catalog, params.price_bands);
        let mut terms = IdMap::default();
        let mut rows: Vec<Vec<(u32, f64)>> = Vec::with_capacity(catalog.len());
        for product in catalog.products() {
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
            rows.push(row);
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
                *weight *= (1.0 + n / f64::from(document_frequency[*term as usize])).ln();
            }
            // In double precision: the square of a weight may be beyond the numbers of single precision on both sides.
            let squares = row.iter().map(|&(_, weight)| weight * weight);
            let norm = squares.sum::<f64>().sqrt();
            by_product.columns.extend(row.iter().map(|entry| entry.0));
            let scaled = row.iter().map(|entry| (entry.1 / norm) as f32);
            by_product.weights.extend(scaled);
            by_product.starts.push(by_product.columns.len());
        }
        Self {
            by_term: by_product.transpose(terms.len()),
            terms,
            by_product,
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

    /// The cosine of two products.
    pub(crate) fn similarity(&self, a: ItemId, b: ItemId) -> f32 {
        let (mut left, mut right) = (
            self.by_product.row(a.index()).peekable(),
            self.by_product.row(b.index()).peekable(),
        );
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

    /// What the shopper's products and likes weigh, term by term: each like as much as all products together.
    fn profile(&self, request: &Request) -> BTreeMap<u32, f32> {
        let total: f32 = request.history.iter().map(|(_, weight)| weight).sum();
        let mut profile: BTreeMap<u32, f32> = BTreeMap::new();
        for &(product, weight) in &request.history {
            for (term, amount) in self.by_product.row(product.index()) {
                *profile.entry(term).or_default() += weight * amount;
            }
        }
        for (name, value) in &request.likes {
            if let Some(liked) = self.terms.get(&term(&lower(name), &lower(value))) {
                *profile.entry(liked).or_default() += total.max(1.0);
            }
        }
        profile.retain(|_, liked| *liked > 0.0);
        profile
    }

    /// At most `n` allowed products that share something with the history or the likes, best first.
    pub(crate) fn candidates(&self, request: &Request, n: usize) -> Vec<Scored<ItemId>> {
        let profile = self.profile(request);
        with_scores(request.allowed.len(), |scores| {
            for (&term, &liked) in &profile {
                for (product, weight) in self.by_term.row(term as usize) {
                    scores[product as usize] += liked * weight;
                }
            }
            best(scores, request, n)
        })
    }

    /// The candidates for each of several requests, the same to the last bit as for each alone: one pass over all products
    /// serves [`LANES`] requests, which costs less than the long lists of the terms that most histories have.
    pub(crate) fn candidates_of(&self, requests: &[Request], n: usize) -> Vec<Vec<Scored<ItemId>>> {
        let blocks = requests.chunks(LANES);
        blocks
            .flat_map(|block| self.candidates_of_block(block, n))
            .collect()
    }

    fn candidates_of_block(&self, requests: &[Request], n: usize) -> Vec<Vec<Scored<ItemId>>> {
        let mut profiles = vec![[0.0_f32; LANES]; self.terms.len()];
        for (lane, request) in requests.iter().enumerate() {
            for (term, liked) in self.profile(request) {
                profiles[term as usize][lane] = liked;
            }
        }
        let n_products = self.by_product.starts.len().saturating_sub(1);
        let mut best = vec![TopK::new(n.min(n_products)); requests.len()];
        let mut scores = vec![[0.0_f32; TILE]; requests.len()];
        for first in (0..n_products).step_by(TILE) {
            let tile = first..(first + TILE).min(n_products);
            for product in tile.clone() {
                let mut sums = [0.0_f32; LANES];
                for (term, weight) in self.by_product.row(product) {
                    let liked = &profiles[term as usize];
                    sums.iter_mut()
                        .zip(liked)
                        .for_each(|(sum, liked)| *sum += liked * weight);
                }
                let of_each = scores.iter_mut().zip(sums);
                of_each.for_each(|(scores, sum)| scores[product - first] = sum);
            }
            for ((request, scores), best) in requests.iter().zip(&scores).zip(&mut best) {
                best.offer(first as u32, &scores[..tile.len()], |product| {
                    request.allows(product) && scores[product as usize - first] > 0.0
                });
            }
        }
        let named = |hit: Scored<u32>| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        };
        let lists = best.into_iter();
        lists
            .map(|best| best.finish().into_iter().map(named).collect())
            .collect()
    }

    /// What a product shares with the history and the likes, and how much of its score each part is.
    pub(super) fn shared(&self, request: &Request, product: ItemId) -> Vec<Part<'_>> {
        let profile = self.profile(request);
        let parts = self.by_product.row(product.index()).map(|(term, weight)| {
            let (field, value) = self
                .terms
                .name(term)
                .split_once(BETWEEN)
                .unwrap_or_default();
            Part {
                field,
                value,
                amount: profile.get(&term).map_or(0.0, |liked| liked * weight),
            }
        });
        parts.filter(|part| part.amount > 0.0).collect()
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

fn term(field: &str, value: &str) -> String {
    format!("{field}{BETWEEN}{value}")
}

/// Prices cut into bands that hold about the same number of products.
struct Bands {
    /// The lowest price of each band after the first, rising.
    cuts: Vec<f32>,
}

impl Bands {
    fn new(catalog: &Catalog, bands: usize) -> Self {
        let mut prices: Vec<f32> = catalog
            .products()
            .iter()
            .filter_map(|product: &Product| product.price)
            .collect();
        prices.sort_unstable_by(f32::total_cmp);
        let bands = bands.min(prices.len()); // more could hold nothing
        let cut = |band: usize| prices.get(band * prices.len() / bands).copied();
        let mut cuts: Vec<f32> = (1..bands).filter_map(cut).collect();
        cuts.dedup();
        Self { cuts }
    }

    /// `5 - 7.5`, `from 7.5`, `below 5`.
    fn name(&self, price: f32) -> String {
        let band = self.cuts.partition_point(|&cut| cut <= price);
        let low = band.checked_sub(1).and_then(|band| self.cuts.get(band));
        match (low, self.cuts.get(band)) {
            (Some(low), Some(high)) => format!("{low} - {high}"),
            (Some(low), None) => format!("from {low}"),
            (None, Some(high)) => format!("below {high}"),
            (None, None) => "any".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_fall_into_bands_of_equal_size() {
        let priced =
            |(number, price): (usize, f32)| Product::new(number.to_string(), "x").price(price);
        let catalog =
            Catalog::new([1.0, 2.0, 3.0, 4.0].into_iter().enumerate().map(priced)).unwrap();
        let bands = Bands::new(&catalog, 2);
        let names: Vec<String> = [1.0, 2.9, 3.0, 99.0].map(|price| bands.name(price)).into();
        assert_eq!(names, ["below 3", "below 3", "from 3", "from 3"]);
        assert_eq!(Bands::new(&Catalog::default(), 4).name(1.0), "any");
        // No more bands than prices, however many are asked for.
        let four = Bands::new(&catalog, 4).cuts;
        assert_eq!(four, [2.0, 3.0, 4.0]);
        assert_eq!(Bands::new(&catalog, usize::MAX).cuts, four);
    }

    /// Several requests at once are answered as each alone is, bit by bit.
    #[test]
    fn a_batch_is_answered_as_single_requests_are() {
        let product = |number: usize| {
            Product::new(
                number.to_string(),
                format!("word{} word{}", number % 7, number % 11),
            )
            .attribute("colour", ["red", "blue", "green"][number % 3])
            .price((number * 13 % 29) as f32)
        };
        let catalog = Catalog::new((0..1200).map(product)).unwrap();
        let index = Attributes::new(&AttributeParams::default(), &catalog);
        let request = |number: usize| Request {
            history: (0..number % 5)
                .map(|nth| {
                    (
                        ItemId((number * 31 + nth * 17) as u32 % 1200),
                        0.3 + nth as f32,
                    )
                })
                .collect(),
            likes: match number % 4 {
                0 => vec![("colour".to_owned(), "blue".to_owned())],
                _ => Vec::new(),
            },
            allowed: (0..1200)
                .map(|product| !usize::is_multiple_of(product + number, 5))
                .collect(),
            ..Request::default()
        };
        let requests: Vec<Request> = (0..37).map(request).collect();
        let lists = index.candidates_of(&requests, 40);
        assert_eq!(lists.len(), requests.len());
        for (request, list) in requests.iter().zip(lists) {
            assert_eq!(list, index.candidates(request, 40));
        }
    }

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
            allowed: vec![false, true, true],
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
            damage(&mut one.by_product);
            damage(&mut other.by_term);
            assert!(one.check(1).is_err() && other.check(1).is_err());
        }
    }
}
