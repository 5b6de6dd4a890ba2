//! Sources of candidates: each proposes products for a request and says why.

mod attribute_params;
mod attribute_search;
mod attributes;
mod evidence;
mod factors;
mod neighbours;
mod popular;
mod words;

use guide_core::{Bitmap, Result, Scored};
use recsys_core::{Contribution, ItemId, Part, UserId};

pub use attribute_params::AttributeParams;
pub(crate) use attributes::Attributes;
pub(crate) use evidence::Shared;
pub(crate) use factors::{FactorModel, Factors};
pub(crate) use neighbours::Neighbours;
pub(crate) use popular::{Popular, Trending};

use crate::{Catalog, Reason};

/// A [`Query`](crate::Query) by numbers: what a source sees.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The shopper's number in the event log, if it is known there.
    pub shopper: Option<UserId>,
    /// What the shopper took, with weights, by rising product; the product being looked at weighs as much as all others.
    pub history: Vec<(ItemId, f32)>,
    /// Those of the history that the shopper has: bought, rated, or named on the spot, and not only viewed or put into the cart; by
    /// rising product.
    pub owned: Vec<ItemId>,
    /// The product being looked at.
    pub context: Option<ItemId>,
    /// Attributes that the shopper likes.
    pub likes: Vec<(String, String)>,
    /// The products that may be among the hits.
    pub allowed: Bitmap,
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

    /// The same without `product` in the history.
    pub(crate) fn without(&self, product: ItemId) -> Self {
        let mut request = self.clone();
        request.history.retain(|entry| entry.0 != product);
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

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        S::reasons(self, request, product)
    }
}

/// The shopper's products behind a score, as parts of what speaks for it.
fn because(catalog: &Catalog, parts: &[Contribution]) -> Vec<Reason> {
    let total: f32 = parts.iter().map(|part| part.amount.max(0.0)).sum();
    let reasons = parts.iter().filter_map(|part| match part.from {
        Part::Item(item) if part.amount > 0.0 => {
            let product = catalog.products().get(item.index())?;
            Some(Reason::Because {
                product: product.id.clone(),
                title: product.title.clone(),
                share: part.amount / total,
            })
        }
        _ => None,
    });
    reasons.take(3).collect()
}
