//! The products that share most with a history or with what is liked, found without scoring all products.
//!
//! A score is a sum over the terms of a product. Terms are processed by the drop of the remaining bound per posting, largest first (MaxScore: Turtle,
//! Flood, 1995); the remaining bound is what the terms that are left can add to any product. A product has only so many terms of one field, for example
//! one colour, so that of each field the largest so many count. Once the bound is less than the `n`-th best score found so far, products without a
//! posting so far cannot be among the first `n`. Of the other products, those are scored whose sum so far plus the bound reaches that score.

use std::cell::Cell;

use guide_core::Scored;
use guide_core::kernels::{TopK, count_from, places_from};
use recsys_core::{IdMap, ItemId};

use super::attributes::{Attributes, Sparse};
use super::{Request, rank_above_0};
use crate::trace;

/// Sums in another order differ by their rounding; a product is passed over only beyond that.
const ROUNDING: f32 = 1.0 + 1e-4;
/// Cost of scoring one term of a product relative to adding one posting. With a larger value more postings are read and fewer products scored.
const SCORING: usize = 2;
/// Postings to add before the first check: about what a check costs.
const FIRST_LOOK: usize = 32_768;
/// Prefetch distance, in products.
const AHEAD: usize = 4;

/// What the terms can add to a score.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bounds {
    /// The largest weight of each term, `[n_terms]`.
    largest: Vec<f32>,
    /// The number of the field of each term, `[n_terms]`.
    field_of: Vec<u32>,
    /// The most terms of each field that a product has, `[n_fields]`.
    most: Vec<usize>,
}

impl Bounds {
    pub(super) fn new<'t>(
        fields: impl Iterator<Item = &'t str>,
        by_product: &Sparse,
        by_term: &Sparse,
    ) -> Self {
        let mut names = IdMap::default();
        let field_of: Vec<u32> = fields.map(|field| names.insert(field)).collect();
        let mut most = vec![0; names.len()];
        let mut count = vec![0; names.len()];
        for product in 0..by_product.n_rows() {
            let terms = by_product.row(product).map(|(term, _)| term as usize);
            let fields: Vec<usize> = terms.map(|term| field_of[term] as usize).collect();
            for &field in &fields {
                count[field] += 1;
                most[field] = count[field].max(most[field]);
            }
            fields.iter().for_each(|&field| count[field] = 0);
        }
        let largest = |term: usize| {
            by_term
                .row(term)
                .map(|(_, weight)| weight)
                .fold(0.0, f32::max)
        };
        Self {
            largest: (0..field_of.len()).map(largest).collect(),
            field_of,
            most,
        }
    }
}

/// The terms of one field that are left, by falling bound.
struct Left {
    /// The term, its profile weight, and what it can add to a product.
    terms: Vec<(u32, f32, f32)>,
    /// The terms before this one are done.
    next: usize,
    /// Terms that a product has at most.
    most: usize,
}

impl Left {
    /// What the terms that are left can add to a product.
    fn bound(&self) -> f32 {
        let left = self.terms[self.next..].iter().take(self.most);
        left.map(|term| term.2).sum()
    }

    /// How much less that is without the next term.
    fn gain(&self) -> f32 {
        let enters = self.terms.get(self.next + self.most);
        self.terms[self.next].2 - enters.map_or(0.0, |term| term.2)
    }
}

/// Memory of a search, kept by each thread from one request to the next.
#[derive(Default)]
struct Scratch {
    /// The profile weight of each term; 0 between searches.
    liked: Vec<f32>,
    /// The sum so far of each product; 0 between searches.
    sums: Vec<f32>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Attributes {
    /// At most `n` allowed products that share something with the history or the likes, best first, ties by product.
    pub(crate) fn candidates(&self, request: &Request, n: usize) -> Vec<Scored<ItemId>> {
        self.search(request, n, FIRST_LOOK)
    }

    /// The same with the first check after `first_look` postings, on which the result does not depend.
    fn search(&self, request: &Request, n: usize, first_look: usize) -> Vec<Scored<ItemId>> {
        if n == 0 {
            return Vec::new();
        }
        let n_products = self.by_product.n_rows();
        // A request that the same thread answers meanwhile finds none and allocates its own.
        let mut scratch = SCRATCH.take();
        let n_terms = self.terms.len();
        if scratch.liked.len() < n_terms {
            scratch.liked.resize(n_terms, 0.0);
        }
        if scratch.sums.len() < n_products {
            scratch.sums.resize(n_products, 0.0);
        }
        let profile = self.profile(request, &mut scratch.liked);
        let postings = profile
            .iter()
            .map(|&term| self.by_term.len_of(term as usize));
        let postings: usize = postings.sum();
        let per_product = self.by_product.len().div_ceil(n_products.max(1));
        // Where the filters leave few products, it is quicker to score them all.
        let products: Vec<u32> = match request.allowed.count() * per_product <= postings / 2 {
            true => request
                .allowed
                .iter()
                .take_while(|&product| (product as usize) < n_products)
                .collect(),
            false => self.possible(
                (request, n, first_look),
                (&profile, per_product),
                &mut scratch,
            ),
        };
        trace::scored("attributes", products.len(), n_products);
        let mut best = TopK::new(n.min(request.allowed.size()));
        let indexed = self.scores(&products, &scratch.liked);
        let indexed = indexed.filter(|&(product, _)| self.is_indexed(product));
        let added = self.added.scores(request, &scratch.liked);
        let added = added.map(|hit| (hit.id.0, hit.score));
        for (product, score) in indexed.chain(added) {
            if score > 0.0 {
                best.offer(product, &[score], |_| true);
            }
        }
        for term in profile {
            scratch.liked[term as usize] = 0.0;
        }
        SCRATCH.set(scratch);
        let hits = best.finish().into_iter();
        hits.map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        })
        .collect()
    }

    /// Whether a product is as it was when the index was made.
    fn is_indexed(&self, product: u32) -> bool {
        self.added.is_empty() || self.added.row(product).is_none()
    }

    /// The rank of `product` among the allowed ones, and its score.
    pub(super) fn rank(&self, request: &Request, product: ItemId) -> Option<(usize, f32)> {
        let mut liked = vec![0.0; self.terms.len()];
        self.profile(request, &mut liked);
        let score = |product: u32| match self.added.row(product) {
            Some(row) => row
                .iter()
                .map(|&(term, weight)| weight * liked[term as usize])
                .sum(),
            None => self.by_product.dot(product as usize, &liked),
        };
        rank_above_0(request, product, score)
    }

    /// Puts what the shopper's products and likes weigh, term by term, into `liked`, where all are 0 before; returns the terms above 0, rising.
    fn profile(&self, request: &Request, liked: &mut [f32]) -> Vec<u32> {
        let mut terms = Vec::new();
        let mut add = |term: u32, amount: f32| {
            let liked = &mut liked[term as usize];
            if *liked == 0.0 {
                terms.push(term);
            }
            *liked += amount;
        };
        for &(product, weight) in &request.history {
            let row = self.row(product);
            row.for_each(|(term, amount)| add(term, weight * amount));
        }
        let likes = self.liked_terms(request);
        likes.for_each(|(term, amount)| add(term, amount));
        terms.sort_unstable();
        terms.dedup();
        // Only what is returned is set back to 0 after the search.
        terms.retain(|&term| {
            let is_liked = liked[term as usize] > 0.0;
            if !is_liked {
                liked[term as usize] = 0.0;
            }
            is_liked
        });
        terms
    }

    /// The scores of products by profile weights.
    fn scores(&self, products: &[u32], liked: &[f32]) -> impl Iterator<Item = (u32, f32)> {
        products.iter().enumerate().map(move |(place, &product)| {
            if let Some(&later) = products.get(place + AHEAD) {
                // Rows lie anywhere in memory.
                self.by_product.prefetch(later as usize);
            }
            (product, self.by_product.dot(product as usize, liked))
        })
    }

    /// The allowed products that may be among the first `n`, rising.
    fn possible(
        &self,
        (request, n, first_look): (&Request, usize, usize),
        (profile, per_product): (&[u32], usize),
        scratch: &mut Scratch,
    ) -> Vec<u32> {
        let n_allowed = request.allowed.count() as f32;
        let share_allowed = n_allowed / self.by_product.n_rows().max(1) as f32;
        let mut fields = self.left(profile, &scratch.liked);
        let mut rest: f32 = fields.iter().map(Left::bound).sum();
        let (mut n_done, mut look_at) = (0, f32::INFINITY);
        let mut least = 0.0;
        while let Some(field) = self.next_field(&fields) {
            let field = &mut fields[field];
            let (term, liked, _) = field.terms[field.next];
            let before = field.bound();
            field.next += 1;
            rest = (rest + field.bound() - before).max(0.0);
            let sums = scratch.sums.as_mut_slice();
            for (product, weight) in self.by_term.row(term as usize) {
                sums[product as usize] += liked * weight;
            }
            n_done += self.by_term.len_of(term as usize);
            if n_done >= first_look && rest <= look_at {
                // Anew, without the rounding errors of the differences.
                rest = fields.iter().map(Left::bound).sum();
                // A second estimate is hardly better than the first, unless that had too few products.
                if least == 0.0 {
                    least = self.nth_score(request, n, scratch);
                }
                // Before the bound is well below the least score, nearly all products with a posting are possible.
                look_at = match least > 0.0 {
                    true => (0.6 * least).min(0.8 * rest),
                    false => 0.8 * rest,
                };
                if rest * ROUNDING < least {
                    let needed = least / ROUNDING - rest;
                    let n_possible = count_from(&scratch.sums, needed);
                    // To score those that are allowed costs no more than what was done already.
                    let n_scored = (n_possible as f32 * share_allowed) as usize;
                    if SCORING * n_scored * per_product <= n_done {
                        break;
                    }
                }
            }
        }
        // A product without a posting has the sum 0.
        let needed = (least / ROUNDING - rest).max(f32::MIN_POSITIVE);
        let mut possible = Vec::new();
        places_from(&scratch.sums, needed, &mut possible);
        possible.retain(|&product| request.allows(product) && self.is_indexed(product));
        scratch.sums.fill(0.0);
        possible
    }

    /// The terms of the profile by field.
    fn left(&self, profile: &[u32], liked: &[f32]) -> Vec<Left> {
        let none = |&most: &usize| Left {
            terms: Vec::new(),
            next: 0,
            most,
        };
        let mut fields: Vec<Left> = self.bounds.most.iter().map(none).collect();
        // Terms that came later have no posting.
        let indexed = profile
            .iter()
            .filter(|&&term| (term as usize) < self.bounds.field_of.len());
        for &term in indexed {
            let liked = liked[term as usize];
            let field = self.bounds.field_of[term as usize];
            let bound = liked * self.bounds.largest[term as usize];
            fields[field as usize].terms.push((term, liked, bound));
        }
        fields.retain(|field| !field.terms.is_empty());
        for field in &mut fields {
            field.terms.sort_by(|a, b| b.2.total_cmp(&a.2));
        }
        fields
    }

    /// The field whose next term lowers the bound most for its number of products; none where no term is left.
    fn next_field(&self, fields: &[Left]) -> Option<usize> {
        let worth = |field: &Left| {
            let (term, ..) = field.terms[field.next];
            field.gain() / self.by_term.len_of(term as usize).max(1) as f32
        };
        let open = fields.iter().enumerate();
        let open = open.filter(|(_, field)| field.next < field.terms.len());
        let best = open.max_by(|a, b| worth(a.1).total_cmp(&worth(b.1)));
        best.map(|(place, _)| place)
    }

    /// A score that at least `n` allowed products have; 0 if fewer were met. Of the products with large sums the first `2 n` are scored.
    fn nth_score(&self, request: &Request, n: usize, scratch: &Scratch) -> f32 {
        let largest = scratch
            .sums
            .iter()
            .fold(0.0_f32, |largest, &sum| largest.max(sum));
        let mut met: Vec<u32> = Vec::new();
        let mut cut = largest;
        // With few products above a cut, a lower one is tried.
        while met.len() < n && cut > 0.0 {
            cut = match cut > largest / 16.0 {
                true => cut / 2.0,
                false => 0.0,
            };
            met.clear();
            places_from(&scratch.sums, cut.max(f32::MIN_POSITIVE), &mut met);
            met.retain(|&product| request.allows(product) && self.is_indexed(product));
        }
        let n_scored = n.saturating_mul(2);
        if met.len() > n_scored {
            let sum = |&product: &u32| scratch.sums[product as usize];
            met.select_nth_unstable_by(n_scored, |a, b| sum(b).total_cmp(&sum(a)));
            met.truncate(n_scored);
        }
        if met.len() < n {
            return 0.0;
        }
        let scores = self.scores(&met, &scratch.liked);
        let mut scores: Vec<f32> = scores.map(|(_, score)| score).collect();
        scores.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a));
        scores[n - 1]
    }
}

#[cfg(test)]
mod tests {
    use guide_core::Bitmap;

    use super::*;
    use crate::{AttributeParams, Catalog, Product};

    /// A catalogue in which words, colours and prices are shared by few or by many products.
    fn index(n: usize) -> Attributes {
        let product = |number: usize| {
            let words = [number % 7, number % 11, number * number % 97, number / 5];
            let title = words.map(|word| format!("word{word}")).join(" ");
            Product::new(number.to_string(), title)
                .attribute("colour", ["red", "blue", "green"][number % 3])
                .attribute("brand", format!("brand {}", number * 7 % 41))
                .price((number * 13 % 29) as f32)
        };
        let catalog = Catalog::new((0..n).map(product)).unwrap();
        Attributes::new(&AttributeParams::default(), &catalog)
    }

    /// The search finds what a pass over all products does, bit by bit.
    #[test]
    fn equals_a_pass_over_all_products() {
        for n_products in [30, 3000] {
            let index = index(n_products);
            for number in 0..60 {
                let history = (0..number % 9).map(|nth| {
                    let product = (number * 31 + nth * 17) % n_products;
                    (ItemId(product as u32), 0.3 + nth as f32)
                });
                let keep = [1, 2, 40][number % 3];
                let allowed = (0..n_products as u32).filter(|product| product % keep == 0);
                let request = Request {
                    history: history.collect(),
                    likes: match number % 4 {
                        0 => vec![("colour".to_owned(), "blue".to_owned())],
                        _ => Vec::new(),
                    },
                    allowed: Bitmap::of(n_products, allowed),
                    ..Request::default()
                };
                let mut liked = vec![0.0; index.bounds.largest.len()];
                index.profile(&request, &mut liked);
                let mut all: Vec<Scored<ItemId>> = request
                    .allowed
                    .iter()
                    .map(|product| Scored {
                        id: ItemId(product),
                        score: index.scores(&[product], &liked).next().unwrap().1,
                    })
                    .filter(|hit| hit.score > 0.0)
                    .collect();
                all.sort_unstable_by(Scored::order);
                for n in [1, 10, 200, n_products] {
                    let found = index.candidates(&request, n);
                    // With checks from the first posting on the search ends early.
                    assert_eq!(index.search(&request, n, 1), found);
                    assert_eq!(index.search(&request, n, 500), found);
                    assert_eq!(
                        found,
                        all[..n.min(all.len())],
                        "{n} of {n_products}, {number}"
                    );
                }
                assert_eq!(index.candidates(&request, 0), []);
            }
        }
    }

    /// Few products are scored, and all that are among the first.
    #[test]
    fn most_products_are_passed_over() {
        let n_products = 3000;
        let index = index(n_products);
        let request = Request {
            history: vec![(ItemId(5), 1.0), (ItemId(700), 2.0)],
            allowed: Bitmap::all(n_products),
            ..Request::default()
        };
        let mut scratch = Scratch {
            liked: vec![0.0; index.bounds.largest.len()],
            sums: vec![0.0; n_products],
        };
        let profile = index.profile(&request, &mut scratch.liked);
        let possible = index.possible((&request, 5, 1), (&profile, 7), &mut scratch);
        assert!(possible.len() < 300, "{}", possible.len());
        assert!(scratch.sums.iter().all(|&sum| sum == 0.0));
        let found = index.candidates(&request, 5);
        assert!(found.iter().all(|hit| possible.contains(&hit.id.0)));
    }

    /// What one guide leaves in the memory of a thread changes no answer of another.
    #[test]
    fn guides_of_different_sizes_share_a_thread() {
        let (small, large) = (index(40), index(900));
        let request = |n: usize| Request {
            history: vec![(ItemId(3), 1.0)],
            allowed: Bitmap::all(n),
            ..Request::default()
        };
        let alone = [(&small, 40), (&large, 900)].map(|(index, n)| {
            let request = request(n);
            std::thread::scope(|scope| {
                let search = scope.spawn(|| index.candidates(&request, 9));
                search.join().unwrap()
            })
        });
        for _ in 0..2 {
            assert_eq!(small.candidates(&request(40), 9), alone[0]);
            assert_eq!(large.candidates(&request(900), 9), alone[1]);
        }
    }

    #[test]
    fn a_product_has_so_many_terms_of_a_field() {
        let index = index(300);
        let field = |name: &str| {
            let is_in = |&term: &u32| index.field_and_value(term).0 == name;
            let n_terms = index.bounds.field_of.len() as u32;
            let term = (0..n_terms).find(is_in).unwrap();
            index.bounds.most[index.bounds.field_of[term as usize] as usize]
        };
        assert_eq!((field("colour"), field("price"), field("title")), (1, 1, 4));
    }
}
