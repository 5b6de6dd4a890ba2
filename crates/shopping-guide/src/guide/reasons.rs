//! Why a product is at its place: the reasons of the sources that found it, the strongest first.

use guide_core::Result;
use recsys_core::ItemId;

use super::Guide;
use super::fused::{Fused, Place};
use super::limits;
use crate::catalog::{Place as AskedPlace, same_but_for_case};
use crate::source::{Request, Source};
use crate::{Evidence, Hit, Language, Query, Reason, ScorePart, WordedReason};

/// Reasons given for a hit, at most, and of one source.
const MOST_REASONS: usize = 4;
const MOST_OF_A_SOURCE: usize = 2;

/// What the reasons depend on beside the request: the language, and the values that the query itself names.
pub(super) struct Telling<'q> {
    language: Language,
    /// For each attribute that the query filters by, the values that a reason may name.
    asked: Vec<(&'q str, Vec<AskedPlace>)>,
}

impl<'q> Telling<'q> {
    pub(super) fn new(query: &'q Query) -> Self {
        let of_one = |(name, values): &'q (String, Vec<String>)| {
            let liked = query.likes.iter();
            let liked = liked.filter(|(liked, _)| same_but_for_case(liked, name));
            let values = values.iter().chain(liked.map(|(_, value)| value));
            let places = values.map(|value| AskedPlace::new(value).at_any_level());
            (name.as_str(), places.collect())
        };
        Self {
            language: query.language,
            asked: query.filters.attributes.iter().map(of_one).collect(),
        }
    }

    /// Whether a reason may be told: of an attribute that the query filters by, only a value that the query asks for. Someone
    /// who asks for comedies is not told of a drama.
    fn fits(&self, reason: &Reason) -> bool {
        let Reason::Shares {
            attribute, value, ..
        } = reason
        else {
            return true;
        };
        let of_it = |name: &str| same_but_for_case(name, attribute);
        let mut asked = self.asked.iter().filter(|(name, _)| of_it(name));
        asked.all(|(_, places)| places.iter().any(|place| place.holds(value)))
    }

    /// The reason with its text.
    pub(super) fn say(&self, reason: Reason) -> WordedReason {
        reason.worded(self.language)
    }
}

/// Difference between a score and its parts that counts as rounding, relative to the size of all parts.
const ROUNDING: f64 = 1e-4;

/// The parts of the `score` that a source gives a product: one where the source tells none.
///
/// A score by factors may be a small difference of large parts, each rounded on its own. What is missing by rounding is spread
/// over the parts by their size, so that they add up. A larger difference is a mistake of the source, and is left to be seen.
pub(super) fn parts_of(
    source: &dyn Source,
    request: &Request,
    product: ItemId,
    score: f32,
) -> Result<Vec<ScorePart>> {
    limits::finite(source.name(), "score", [score])?;
    let mut parts = source.parts(request, product)?;
    let amounts = parts.iter().map(|part| part.amount);
    limits::finite(source.name(), "part of a score", amounts)?;
    if parts.is_empty() {
        return Ok(vec![ScorePart::new(Evidence::Whole, score)]);
    }
    let amounts = parts.iter().map(|part| f64::from(part.amount));
    let (sum, size) = amounts.fold((0.0, 0.0), |(sum, size), amount| {
        (sum + amount, size + amount.abs())
    });
    let missing = f64::from(score) - sum;
    if missing != 0.0 && missing.abs() <= ROUNDING * size {
        for part in &mut parts {
            let amount = f64::from(part.amount);
            part.amount = (amount + missing * amount.abs() / size) as f32;
        }
    }
    Ok(parts)
}

impl Guide {
    /// The hit at a place of the list, with its sources and reasons.
    pub(super) fn hit(
        &self,
        place: &Place,
        fused: &Fused<'_>,
        request: &Request,
        telling: &Telling<'_>,
    ) -> Result<Hit> {
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
            let told = source(number).reasons(others, item)?.into_iter();
            for reason in told.filter(|reason| telling.fits(reason)) {
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
            reasons = self.popular_now().reasons(others, item)?;
        }
        if place.filled_by.is_none() {
            reasons.extend(self.promoted(item, &request.list.promotions, false));
        }
        let product = &self.catalog.products()[item.index()];
        Ok(Hit {
            product: product.id.clone(),
            title: product.title.clone(),
            price: product.price,
            picture: product.picture.clone(),
            available: product.available,
            score: place.hit.score,
            sources: found_by
                .iter()
                .map(|&(number, _)| source(number).name().to_owned())
                .collect(),
            reasons: reasons
                .into_iter()
                .map(|reason| telling.say(reason))
                .collect(),
        })
    }
}

/// What the one who asks has to do with a product already.
pub(super) fn had(request: &Request, product: ItemId) -> Option<Reason> {
    let viewed = || request.history.iter().any(|entry| entry.0 == product);
    match request.owned.binary_search(&product) {
        Ok(_) => Some(Reason::Seen),
        Err(_) => {
            let is_context = request.contexts.contains(&product);
            (!is_context && viewed()).then_some(Reason::Viewed)
        }
    }
}

/// Whether two reasons name the same product of the shopper's.
fn same(a: &Reason, b: &Reason) -> bool {
    match (a, b) {
        (Reason::Because { product: a, .. }, Reason::Because { product: b, .. }) => a == b,
        _ => a == b,
    }
}
