//! What a query tells of the shopper beside the log or the history: what was bought, viewed, put into the cart or looked at in this
//! visit.

use std::collections::HashMap;

use recsys_core::ItemId;

use super::Guide;
use crate::fusion::WEIGHTS;
use crate::{EventKind, Query};

/// What a product of the session counts of the one that was looked at next. The larger, the longer a visit is remembered: with 0.8 a
/// view counts half after 3 more, and a tenth after 10.
pub(crate) const SESSION_STEP: f32 = 0.8;

/// What a query tells of the shopper, by numbers.
#[derive(Debug, Default, PartialEq)]
pub(super) struct NewEvents {
    /// Each product once with its weight, in the order of the query.
    pub(super) weights: Vec<(ItemId, f32)>,
    pub(super) bought: Vec<ItemId>,
    /// By rising product, each once.
    pub(super) cart: Vec<ItemId>,
    /// In the order of time.
    pub(super) session: Vec<ItemId>,
}

impl Guide {
    /// The events of `query`; ids that the catalogue does not have go to `unknown`.
    pub(super) fn new_events(&self, query: &Query, unknown: &mut Vec<String>) -> NewEvents {
        // As in the log: where it has views alone, these count as purchases.
        let rule = &self.log.weighing().rule;
        let weight_of = |kind: EventKind| self.params.events.of(rule.counts_as(kind));
        let mut numbered = |ids: &[String]| -> Vec<Option<ItemId>> {
            let number = |id: &String| {
                let number = self.catalog.number(id);
                if number.is_none() {
                    unknown.push(id.clone());
                }
                number
            };
            ids.iter().map(number).collect()
        };
        let [bought, viewed, cart] = [&query.bought, &query.viewed, &query.cart]
            .map(|ids| -> Vec<ItemId> { numbered(ids).into_iter().flatten().collect() });
        // A product that the catalogue lacks was looked at all the same, and is a step.
        let session = numbered(&query.session);
        let view = weight_of(EventKind::View);
        let mut factor = 1.0;
        let mut steps = Vec::with_capacity(session.len());
        for product in session.iter().rev() {
            // As small as any weight may be, so that no product of two weights is 0.
            let weight = (view * factor).max(view.min(*WEIGHTS.start()));
            steps.extend(product.map(|product| (product, weight)));
            factor *= SESSION_STEP;
        }
        let each = |products: &[ItemId], kind: EventKind| -> Vec<(ItemId, f32)> {
            let weight = weight_of(kind);
            products.iter().map(|&product| (product, weight)).collect()
        };
        let mut weights = Vec::new();
        add_strongest(&mut weights, each(&bought, EventKind::Purchase));
        add_strongest(&mut weights, each(&cart, EventKind::Cart));
        add_strongest(&mut weights, each(&viewed, EventKind::View));
        add_strongest(&mut weights, steps);
        let mut cart = cart;
        cart.sort_unstable();
        cart.dedup();
        NewEvents {
            weights,
            bought,
            cart,
            session: session.into_iter().flatten().collect(),
        }
    }
}

/// Adds `events` to a history, in which a product counts what its strongest event counts.
pub(super) fn add_strongest(history: &mut Vec<(ItemId, f32)>, events: Vec<(ItemId, f32)>) {
    if events.is_empty() {
        return;
    }
    let known = history.iter().enumerate();
    let mut places: HashMap<ItemId, usize> = known.map(|(place, entry)| (entry.0, place)).collect();
    for (product, weight) in events {
        let place = *places.entry(product).or_insert(history.len());
        match history.get_mut(place) {
            Some((_, known)) => *known = known.max(weight),
            None => history.push((product, weight)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::tests;
    use crate::{Event, Events};

    #[test]
    fn a_product_counts_what_its_strongest_event_counts() {
        let guide = tests::guide();
        let query = Query::nobody()
            .bought(["mug"])
            .cart(["soap", "bowl", "mug", "soap"])
            .viewed(["mug", "bowl", "vase", "jug"]);
        let mut unknown = Vec::new();
        let events = guide.new_events(&query, &mut unknown);
        let of = |id| guide.catalog().number(id).unwrap();
        let (mug, bowl, soap) = (of("mug"), of("bowl"), of("soap"));
        let expected = [(mug, 1.0), (soap, 0.75), (bowl, 0.75), (of("vase"), 0.5)];
        assert_eq!(events.weights, expected);
        assert_eq!(
            (events.bought, events.cart),
            (vec![mug], vec![mug, bowl, soap])
        );
        assert_eq!(unknown, ["jug"]);
    }

    #[test]
    fn a_session_fades_by_its_steps() {
        let guide = tests::guide();
        let query = Query::nobody().session(["mug", "bowl", "jug", "mug", "tray"]);
        let mut unknown = Vec::new();
        let events = guide.new_events(&query, &mut unknown);
        let of = |id| guide.catalog().number(id).unwrap();
        let (mug, bowl, tray) = (of("mug"), of("bowl"), of("tray"));
        // The jug is a step too; the mug counts as at the last time.
        let expected = [(tray, 0.5), (mug, 0.5 * 0.8), (bowl, 0.5 * 0.512)];
        for ((product, weight), expected) in events.weights.iter().zip(expected) {
            assert_eq!(*product, expected.0);
            assert!((weight - expected.1).abs() < 1e-6, "{weight}");
        }
        assert_eq!(events.session, [mug, bowl, mug, tray]);
        assert_eq!(unknown, ["jug"]);
        // However long a session is, what was seen first has a weight.
        let long = std::iter::once("mug").chain(std::iter::repeat_n("bowl", 1000));
        let events = guide.new_events(&Query::nobody().session(long), &mut unknown);
        assert_eq!(events.weights, [(bowl, 0.5), (mug, 1e-6)]);
    }

    #[test]
    fn in_a_log_of_views_a_view_counts_as_in_the_log() {
        let events = [("ann", "mug"), ("bob", "bowl")].map(|(who, what)| Event::view(who, what));
        let builder = Guide::builder().catalog(tests::catalog());
        let guide = builder
            .events(Events::new(events).unwrap())
            .build()
            .unwrap();
        let query = Query::shopper("ann").viewed(["bowl"]);
        let request = guide.request(&query).unwrap();
        let of = |id| guide.catalog().number(id).unwrap();
        assert_eq!(request.history, [(of("mug"), 1.0), (of("bowl"), 1.0)]);
    }
}
