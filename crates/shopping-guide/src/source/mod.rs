//! Sources of candidates: each proposes products for a request and says why.

mod added_attributes;
mod attribute_params;
mod attribute_search;
mod attributes;
mod evidence;
mod factors;
mod from_visits;
mod kind;
mod mean_similarity;
mod neighbours;
#[cfg(feature = "neural")]
mod neural;
mod no_reason;
mod popular;
mod popular_changes;
mod price_bands;
mod text;
mod visits;
mod words;

use std::collections::HashSet;
use std::sync::Arc;

use guide_core::{Bitmap, Result, Scored};
use recsys_core::{Contribution, ItemId, Part, UserId};

pub use attribute_params::AttributeParams;
pub(crate) use attributes::{Attributes, AttributesBefore4};
pub(crate) use evidence::lower;
pub(crate) use factors::FactorModel;
pub(crate) use kind::{Basis, Fitted, Material, SourceKind, SourceModel, UnderNoise, Weights};
pub(crate) use popular::{Popular, PopularBefore5};
pub(crate) use popular_changes::{PopularChanges, PopularNow};
pub use text::TextParams;
pub(crate) use text::{AskedWords, TextIndex};
pub(crate) use visits::{Visits, Within};
pub(crate) use words::is_han;

/// The kinds of sources that a guide fits, in the order in which they are told. A new source is one entry here.
pub(crate) const KINDS: &[&dyn SourceKind] = &[
    &text::TextKind,
    &neighbours::NeighboursKind,
    &factors::FactorsKind,
    #[cfg(feature = "neural")]
    &neural::NeuralKind,
    &evidence::AttributesKind,
    &from_visits::BoughtTogetherKind,
    &from_visits::SessionKind,
    &popular::TrendingKind,
    &popular::PopularKind,
];

use crate::guide::ListRules;
use crate::{Catalog, Evidence, Reason, ScorePart};

/// A [`Query`](crate::Query) by numbers: what a source sees.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The shopper's number in the event log, if it is known there.
    pub shopper: Option<UserId>,
    /// What the shopper took, looked at or put into the cart, with weights, by rising product; the products being looked at weigh
    /// together as much as all others.
    pub history: Vec<(ItemId, f32)>,
    /// Those of the history that the shopper has: bought, rated, or named on the spot, and not only viewed or put into the cart; by
    /// rising product.
    pub owned: Vec<ItemId>,
    /// The products being looked at, each once, in the order of the query.
    pub contexts: Vec<ItemId>,
    /// What is in the cart, by rising product. It is in the history too, and never allowed.
    pub cart: Vec<ItemId>,
    /// What the shopper looked at in this visit, in the order of time, the latest last; a product may occur several times. It is
    /// in the history too.
    pub session: Vec<ItemId>,
    /// Attributes that the shopper likes.
    pub likes: Vec<(String, String)>,
    /// The words that the query looks for.
    pub text: Option<String>,
    /// The same words by their terms; `None` where there is nothing to look for.
    pub(crate) words: Option<Arc<AskedWords>>,
    /// The products that may be among the hits.
    pub allowed: Bitmap,
    /// What the query asks of the list as a whole.
    pub(crate) list: ListRules,
    /// How many products pass the filters before those are left out that the shopper has.
    pub(crate) passing: usize,
    /// What the query names and the catalogue does not have, by the alphabet.
    pub(crate) unknown: Vec<String>,
}

impl Request {
    /// Whether `product` may be among the hits.
    pub fn allows(&self, product: u32) -> bool {
        self.allowed.contains(product)
    }

    /// Gives the products being looked at, which stand in the history, the weight of all others together; 1 each where there are no others.
    pub(crate) fn weigh_contexts(&mut self) {
        if self.contexts.is_empty() {
            return;
        }
        let contexts: HashSet<ItemId> = self.contexts.iter().copied().collect();
        let others = self.history.iter();
        let others = others.filter(|entry| !contexts.contains(&entry.0));
        let total: f32 = others.map(|entry| entry.1).sum();
        let each = match total > 0.0 {
            true => total / contexts.len() as f32,
            false => 1.0,
        };
        let own = self.history.iter_mut();
        let own = own.filter(|entry| contexts.contains(&entry.0));
        own.for_each(|entry| entry.1 = each);
    }

    /// The same without `product` in the history, the cart and the session.
    pub(crate) fn without(&self, product: ItemId) -> Self {
        let mut request = self.clone();
        request.history.retain(|entry| entry.0 != product);
        request.cart.retain(|&in_cart| in_cart != product);
        request.session.retain(|&viewed| viewed != product);
        request
    }
}

/// Proposes products: one of the guide's own, or a shop's by [`Guide::with_source`](crate::Guide::with_source).
///
/// Products are numbered as in the catalogue: [`Catalog::number`](crate::Catalog::number).
pub trait Source: Send + Sync {
    /// Its name, as answers show it.
    fn name(&self) -> &'static str;

    /// At most `n` products that [`Request::allows`], best first, ties by product. Products without a score are left out.
    ///
    /// # Errors
    /// What the model behind it gives.
    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>>;

    /// The rank of `product` among all that the source can propose to `request`, from 1, and its score; `None` if the source does not propose it.
    /// The default asks for all candidates; override it where the rank is cheaper.
    ///
    /// # Errors
    /// What the model behind it gives.
    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        let all = self.candidates(request, request.allowed.size())?;
        let mut allowed = all.iter().filter(|hit| request.allows(hit.id.0));
        let place = allowed.by_ref().position(|hit| hit.id == product);
        let score = all.iter().find(|hit| hit.id == product);
        Ok(place.zip(score).map(|(place, hit)| (place + 1, hit.score)))
    }

    /// The parts of the score that [`Source::rank`] gives `product`: all of them, so that they add up to it. Empty, as the
    /// default is, if the score has no parts; an explanation then shows it as one.
    ///
    /// # Errors
    /// What the model behind it gives.
    fn parts(&self, _request: &Request, _product: ItemId) -> Result<Vec<ScorePart>> {
        Ok(Vec::new())
    }

    /// Why the source proposes `product`, strongest first.
    ///
    /// # Errors
    /// What the model behind it gives.
    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>>;
}

impl<S: Source + ?Sized> Source for &S {
    fn name(&self) -> &'static str {
        S::name(self)
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        S::candidates(self, request, n)
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        S::rank(self, request, product)
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        S::parts(self, request, product)
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        S::reasons(self, request, product)
    }
}

/// The part of a history whose products a model was fitted to: those behind its `n_items` came later.
fn known_to_model(history: &[(ItemId, f32)], n_items: usize) -> &[(ItemId, f32)] {
    let known = history.partition_point(|(product, _)| product.index() < n_items);
    &history[..known]
}

/// The rank of `product` by these scores of all allowed products, as [`Source::rank`] has it; products whose score is not above 0 have none.
fn rank_above_0(
    request: &Request,
    product: ItemId,
    score: impl Fn(u32) -> f32,
) -> Option<(usize, f32)> {
    let own = score(product.0);
    if !(own > 0.0 && request.allows(product.0)) {
        return None;
    }
    let is_better = |&other: &u32| {
        let other_score = score(other);
        other_score > own || other_score == own && other < product.0
    };
    let better = request.allowed.iter().filter(is_better).count();
    Some((better + 1, own))
}

/// The parts of a score by the products of the history, named.
fn named(catalog: &Catalog, parts: &[Contribution]) -> Vec<ScorePart> {
    let part = |part: &Contribution| {
        let product = match part.from {
            Part::Item(item) => catalog.products().get(item.index()),
            _ => None,
        };
        let evidence = product.map_or(Evidence::Whole, |product| Evidence::Product {
            product: product.id.clone(),
            title: product.title.clone(),
        });
        ScorePart::new(evidence, part.amount)
    };
    parts.iter().map(part).collect()
}

/// The products of the history that speak most for a score of `source`, each with its share of all that speaks for it.
fn because(catalog: &Catalog, source: &str, parts: &[Contribution]) -> Vec<Reason> {
    let total: f32 = parts.iter().map(|part| part.amount.max(0.0)).sum();
    let reasons = parts.iter().filter_map(|part| match part.from {
        Part::Item(item) if part.amount > 0.0 => {
            let product = catalog.products().get(item.index())?;
            Some(Reason::Because {
                product: product.id.clone(),
                title: product.title.clone(),
                source: source.to_owned(),
                share: part.amount / total,
            })
        }
        _ => None,
    });
    reasons.take(3).collect()
}
