//! Why a product is at its place: the reasons of the sources that found it, the strongest first.

use guide_core::Result;
use recsys_core::ItemId;

use super::Guide;
use super::fused::{Fused, Place};
use crate::source::Request;
use crate::{Hit, Reason};

/// Reasons given for a hit, at most, and of one source.
const MOST_REASONS: usize = 4;
const MOST_OF_A_SOURCE: usize = 2;

impl Guide {
    /// The hit at a place of the list, with its sources and reasons.
    pub(super) fn hit(&self, place: &Place, fused: &Fused<'_>, request: &Request) -> Result<Hit> {
        let (item, found_by) = (place.hit.id, fused.found_by(place));
        // Nothing is recommended because of itself.
        let others = request.history.iter().any(|entry| entry.0 == item);
        let others = others.then(|| request.without(item));
        let others = others.as_ref().unwrap_or(request);
        let source = |number: usize| &fused.sources[number].source;
        // A reason is as strong as its part of the score: the shares of different sources do not compare. What is said of
        // this shopper comes before what is true for everyone.
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        for &(number, adds) in &found_by {
            let mut new = 0;
            for reason in source(number).reasons(others, item)? {
                let strength = adds * reason.share();
                match reasons.iter_mut().find(|(_, known)| same(known, &reason)) {
                    Some((known, _)) => *known += strength,
                    None if new < MOST_OF_A_SOURCE => {
                        reasons.push((strength, reason));
                        new += 1;
                    }
                    None => {}
                }
            }
        }
        if reasons.iter().any(|(_, reason)| !reason.is_weak()) {
            reasons.retain(|(_, reason)| !reason.is_weak());
        }
        reasons.sort_by(|(left, a), (right, b)| {
            let everyone = a.is_for_everyone().cmp(&b.is_for_everyone());
            everyone.then(right.total_cmp(left))
        });
        let mut reasons: Vec<Reason> = reasons.into_iter().map(|(_, reason)| reason).collect();
        reasons.truncate(MOST_REASONS);
        if let Some(had) = had(request, item) {
            reasons.insert(0, had);
        }
        if reasons.is_empty() {
            reasons = crate::source::Source::reasons(&self.popular, others, item)?;
        }
        let product = &self.catalog.products()[item.index()];
        Ok(Hit {
            product: product.id.clone(),
            title: product.title.clone(),
            score: place.hit.score,
            sources: found_by
                .iter()
                .map(|&(number, _)| source(number).name().to_owned())
                .collect(),
            reasons,
        })
    }
}

/// What the one who asks has to do with a product already.
pub(super) fn had(request: &Request, product: ItemId) -> Option<Reason> {
    let viewed = || request.history.iter().any(|entry| entry.0 == product);
    match request.owned.binary_search(&product) {
        Ok(_) => Some(Reason::Seen),
        Err(_) => (request.context != Some(product) && viewed()).then_some(Reason::Viewed),
    }
}

/// Whether two reasons name the same product of the shopper's.
fn same(a: &Reason, b: &Reason) -> bool {
    match (a, b) {
        (Reason::Because { product: a, .. }, Reason::Because { product: b, .. }) => a == b,
        _ => a == b,
    }
}
