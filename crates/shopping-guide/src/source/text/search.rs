//! The products with the best scores for the words of a query, from the postings of these words.
//!
//! A product scores 1 for each word that it has, plus the sum of `idf · impact` over these words, divided by `1 + sum of idf` over all words of the
//! query. The second part is below 1, so that products with more words come first and BM25F decides among those with as many.
//!
//! Lists of postings are read by rising product. Once `n` products are found, the longest lists whose bounds together do not reach the least score of
//! these are no longer read for new products, only looked up for the products of the other lists (MaxScore: Turtle, Flood, 1995).

use std::borrow::Cow;

use guide_core::{Bitmap, Scored};
use recsys_core::ItemId;

use super::added::impact;
use super::asked::{AskedWord, AskedWords};
use super::index::TextIndex;
use crate::trace;

/// Lists are looked up for each allowed product if that is so many times fewer than the postings: a look-up costs about as much as so many steps.
const LOOK_UP: usize = 8;
/// Sums in another order differ by their rounding; a product is passed over only beyond that.
const ROUNDING: f32 = 1e-3;

/// What each word of a query adds to a score.
pub(super) struct Weigh {
    /// `idf / (1 + sum of idf)` of each word.
    words: Vec<f32>,
}

impl Weigh {
    pub(super) fn new(index: &TextIndex, asked: &AskedWords) -> Self {
        // Of the terms that a mistyped word may stand for, a rare one is not worth more than a frequent one.
        let idf = |word: &AskedWord| {
            let idf = word.terms.iter().map(|&(term, _)| index.base.idf(term));
            idf.reduce(f32::min).unwrap_or(0.0)
        };
        let words: Vec<f32> = asked.words.iter().map(idf).collect();
        let scale = 1.0 / (1.0 + words.iter().sum::<f32>());
        Self {
            words: words.into_iter().map(|idf| idf * scale).collect(),
        }
    }

    /// What a term of impact 1 that counts `weight` adds beside the 1 for its word, which has this number.
    pub(super) fn of(&self, word: usize, weight: f32) -> f32 {
        weight * self.words.get(word).copied().unwrap_or(0.0)
    }
}

/// The products that have one word, rising.
struct List<'i> {
    products: Cow<'i, [u32]>,
    /// The impact in each of them.
    impacts: Cow<'i, [f32]>,
    /// What an impact is multiplied by.
    weight: f32,
    /// The next posting that is read.
    next: usize,
}

impl<'i> List<'i> {
    fn new(index: &'i TextIndex, (number, word): (usize, &AskedWord), weigh: &Weigh) -> Self {
        if let [only] = word.terms.as_slice() {
            let (products, impacts) = index.base.of(only.0);
            return Self {
                products: products.into(),
                impacts: impacts.into(),
                weight: weigh.of(number, only.1),
                next: 0,
            };
        }
        let terms = word.terms.iter();
        let mut postings: Vec<(u32, f32)> = terms
            .flat_map(|&term| {
                let (products, impacts) = index.base.of(term.0);
                let weight = weigh.of(number, term.1);
                let impacts = impacts.iter().map(move |impact| impact * weight);
                products.iter().copied().zip(impacts)
            })
            .collect();
        postings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        postings.dedup_by_key(|posting| posting.0);
        let (products, impacts): (Vec<u32>, Vec<f32>) = postings.into_iter().unzip();
        Self {
            products: products.into(),
            impacts: impacts.into(),
            weight: 1.0,
            next: 0,
        }
    }

    /// The most that it adds to a score: impacts are at most 1, and those of several terms have their weights already.
    fn bound(&self) -> f32 {
        let largest = self.impacts.iter().copied().fold(0.0, f32::max);
        1.0 + largest * self.weight
    }

    fn product(&self) -> Option<u32> {
        self.products.get(self.next).copied()
    }

    /// Reads the posting of `product`, if it is the next one: what it adds beside 1.
    fn take(&mut self, product: u32) -> Option<f32> {
        if self.product() != Some(product) {
            return None;
        }
        let impact = self.impacts.get(self.next).copied();
        self.next += 1;
        impact.map(|impact| impact * self.weight)
    }

    /// Goes on to the first posting from `product` on, in steps that double.
    fn seek(&mut self, product: u32) {
        let left = self.products.get(self.next..).unwrap_or_default();
        let mut end = 1;
        while left.get(end - 1).is_some_and(|&known| known < product) {
            end *= 2;
        }
        let (from, to) = (end / 2, end.min(left.len()));
        let between = left.get(from..to).unwrap_or_default();
        self.next += from + between.partition_point(|&known| known < product);
    }
}

/// The best products so far.
struct Best {
    n: usize,
    hits: Vec<Scored<ItemId>>,
    /// The score that a product has to exceed.
    least: f32,
}

impl Best {
    fn new(n: usize) -> Self {
        Self {
            n,
            hits: Vec::new(),
            least: 0.0,
        }
    }

    /// Takes a score. Of equal ones that count, the products come by rising number, or none has been passed over.
    fn offer(&mut self, product: u32, score: f32) {
        if score < self.least {
            return;
        }
        self.hits.push(Scored {
            id: ItemId(product),
            score,
        });
        if self.hits.len() >= self.n.saturating_mul(2) {
            self.hits.select_nth_unstable_by(self.n - 1, Scored::order);
            self.hits.truncate(self.n);
            self.least = self.hits[self.n - 1].score;
        }
    }

    fn finish(mut self) -> Vec<Scored<ItemId>> {
        self.hits.sort_unstable_by(Scored::order);
        self.hits.truncate(self.n);
        self.hits
    }
}

/// The score of the words that are there: what each adds beside 1, in the order of the query.
pub(super) fn score(added: impl Iterator<Item = Option<f32>>) -> f32 {
    let (n, sum) = added
        .flatten()
        .fold((0.0, 0.0), |(n, sum), adds| (n + 1.0, sum + adds));
    n + sum
}

impl TextIndex {
    /// At most `n` allowed products that have a word of the query, best first, ties by product.
    pub(crate) fn candidates(
        &self,
        asked: &AskedWords,
        allowed: &Bitmap,
        n: usize,
    ) -> Vec<Scored<ItemId>> {
        let n = n.min(allowed.size());
        if n == 0 || asked.words.is_empty() {
            return Vec::new();
        }
        let weigh = Weigh::new(self, asked);
        let mut best = Best::new(n);
        for (product, row) in self.added.rows() {
            let adds = asked.words.iter().enumerate().map(|(number, word)| {
                let terms = word.terms.iter();
                let adds = terms.map(|&term| impact(row, term.0) * weigh.of(number, term.1));
                let most = adds.fold(0.0, f32::max);
                let is_there = word.terms.iter().any(|term| impact(row, term.0) > 0.0);
                is_there.then_some(most)
            });
            let score = score(adds);
            if score > 0.0 && allowed.contains(product) {
                best.offer(product, score);
            }
        }
        let words = asked.words.iter();
        let mut lists: Vec<(usize, List<'_>)> = words
            .enumerate()
            .map(|(number, word)| (number, List::new(self, (number, word), &weigh)))
            .collect();
        // The longest first: these are the first that need not be read.
        lists.sort_by_key(|(_, list)| std::cmp::Reverse(list.products.len()));
        let n_postings: usize = lists.iter().map(|(_, list)| list.products.len()).sum();
        let look_ups = allowed.count().saturating_mul(lists.len() * LOOK_UP);
        let n_scored = match look_ups < n_postings {
            true => self.look_up(&mut lists, allowed, &mut best),
            false => self.read(&mut lists, allowed, &mut best),
        };
        trace::scored("text", n_scored, self.base.n_products);
        best.finish()
    }

    /// Scores each allowed product.
    fn look_up(&self, lists: &mut [(usize, List<'_>)], allowed: &Bitmap, best: &mut Best) -> usize {
        let mut adds = vec![None; lists.len()];
        let mut n_scored = 0;
        for product in allowed.iter() {
            if self.added.has(product) {
                continue;
            }
            for (word, list) in lists.iter_mut() {
                list.seek(product);
                adds[*word] = list.take(product);
            }
            let score = score(adds.iter().copied());
            if score > 0.0 {
                n_scored += 1;
                best.offer(product, score);
            }
        }
        n_scored
    }

    /// Reads the lists.
    fn read(&self, lists: &mut [(usize, List<'_>)], allowed: &Bitmap, best: &mut Best) -> usize {
        // What the lists before each one can add together.
        let bounds = lists.iter().scan(0.0, |sum: &mut f32, (_, list)| {
            let before = *sum;
            *sum += list.bound();
            Some(before)
        });
        let mut bounds: Vec<f32> = bounds.collect();
        bounds.push(f32::INFINITY);
        let mut adds = vec![None; lists.len()];
        let (mut first, mut n_scored) = (0, 0);
        loop {
            // The lists before `first` lead to no new product.
            let (known, open) = lists.split_at_mut(first);
            let next = open.iter().filter_map(|(_, list)| list.product()).min();
            let Some(product) = next else {
                return n_scored;
            };
            let mut sum = 0.0;
            for (word, list) in open {
                adds[*word] = list.take(product);
                sum += adds[*word].map_or(0.0, |adds| 1.0 + adds);
            }
            if !allowed.contains(product) || self.added.has(product) {
                continue;
            }
            let mut is_possible = true;
            for (place, (word, list)) in known.iter_mut().enumerate().rev() {
                adds[*word] = None;
                let bound = sum + bounds[place + 1];
                if !is_possible || bound + ROUNDING < best.least {
                    is_possible = false;
                    continue;
                }
                list.seek(product);
                adds[*word] = list.take(product);
                sum += adds[*word].map_or(0.0, |adds| 1.0 + adds);
            }
            if is_possible {
                n_scored += 1;
                best.offer(product, score(adds.iter().copied()));
                // A later product with an equal score comes behind.
                while bounds[first + 1] + ROUNDING < best.least {
                    first += 1;
                }
            }
        }
    }
}
