//! The sources `bought-together` and `session`: what other shoppers took in one visit with what is in the cart, and what they went on to after what was
//! looked at in this visit.
//!
//! `score(i) = Σ_j w_j (1 − a_ji) n_ji / (√(n_j n_i) + 10)` over the products `j` of the cart or the session, where `n_ji` shoppers took both in a visit (in
//! a session: `i` after `j`), and `n_i` looked at `i` or took it at all. In a cart `w_j` is 1 and `a_ji` is the likeness of the attributes, so that
//! complements come before what would take the product's place; in a session `w_j` fades with each step back, and `a_ji` is 0.

use std::collections::BTreeMap;
use std::sync::Arc;

use guide_core::{Progress, Result, Scored};
use recsys_core::{Contribution, ItemId, Part};

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, Weights};
use super::visits::Within;
use super::{Request, Source, because, named};
use crate::guide::{GuideParams, SESSION_STEP};
use crate::{Guide, Reason, ScorePart};

/// Keeps pairs of few shoppers from the first places.
const SHRINKAGE: f32 = 10.0;
/// Products of a session that are looked at, the latest.
const MOST_OF_A_SESSION: usize = 10;

/// The kind of the source `bought-together`.
pub(crate) struct BoughtTogetherKind;

impl SourceKind for BoughtTogetherKind {
    fn name(&self) -> &'static str {
        "bought-together"
    }

    fn basis(&self) -> Basis {
        Basis::OtherShoppers
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights {
            with_cart: params.context.bought_together,
            ..Weights::default()
        }
    }

    fn fit(&self, material: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        fitted(material, Within::Visit)
    }
}

/// The kind of the source `session`.
pub(crate) struct SessionKind;

impl SourceKind for SessionKind {
    fn name(&self) -> &'static str {
        "session"
    }

    fn basis(&self) -> Basis {
        Basis::OtherShoppers
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights {
            in_session: params.context.session,
            ..Weights::default()
        }
    }

    fn fit(&self, material: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        fitted(material, Within::Later)
    }
}

fn fitted(material: &Material<'_>, within: Within) -> Result<Fitted> {
    Ok(match material.log.has_visits() {
        true => Fitted::Model(Arc::new(FromVisits(within))),
        false => Fitted::NotFitted("no event has a basket or a time"),
    })
}

/// The counts are those that the guide has.
#[derive(Debug)]
struct FromVisits(Within);

impl SourceModel for FromVisits {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        Box::new(FromVisitsSource {
            within: self.0,
            guide,
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

struct FromVisitsSource<'g> {
    within: Within,
    guide: &'g Guide,
}

impl FromVisitsSource<'_> {
    /// The products that the request asks by, each with its weight.
    fn asked_by(&self, request: &Request) -> Vec<(ItemId, f32)> {
        match self.within {
            Within::Visit => request.cart.iter().map(|&product| (product, 1.0)).collect(),
            Within::Later => {
                let mut weights: BTreeMap<ItemId, f32> = BTreeMap::new();
                let mut weight = 1.0;
                for &product in request.session.iter().rev().take(MOST_OF_A_SESSION) {
                    weights.entry(product).or_insert(weight);
                    weight *= SESSION_STEP;
                }
                weights.into_iter().collect()
            }
        }
    }

    /// What product `from` adds to the score of each product that goes with it.
    fn adds(&self, (from, weight): (ItemId, f32)) -> Vec<(ItemId, f32)> {
        let guide = self.guide;
        let popular = guide.popular_now();
        let floor = guide.params().at_least_shoppers as u32;
        let of_from = popular.shoppers(from) as f32;
        let pairs = guide.visits_with(from, self.within).into_iter();
        let known = pairs.filter(|&(_, shoppers)| shoppers >= floor);
        let adds = known.map(|(product, shoppers)| {
            let of_product = popular.shoppers(product) as f32;
            let likeness = match self.within {
                Within::Visit => guide.attributes().similarity(from, product).clamp(0.0, 1.0),
                Within::Later => 0.0,
            };
            let share = shoppers as f32 / ((of_from * of_product).sqrt() + SHRINKAGE);
            (product, weight * (1.0 - likeness) * share)
        });
        adds.collect()
    }

    fn contributions(&self, request: &Request, product: ItemId) -> Vec<Contribution> {
        let parts = self.asked_by(request).into_iter().filter_map(|asked| {
            let adds = self.adds(asked);
            let place = adds.binary_search_by_key(&product, |entry| entry.0).ok()?;
            Some(Contribution {
                from: Part::Item(asked.0),
                amount: adds[place].1,
            })
        });
        let mut parts: Vec<Contribution> = parts.collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        parts
    }
}

impl Source for FromVisitsSource<'_> {
    fn name(&self) -> &'static str {
        match self.within {
            Within::Visit => "bought-together",
            Within::Later => "session",
        }
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let mut scores: BTreeMap<ItemId, f32> = BTreeMap::new();
        for asked in self.asked_by(request) {
            for (product, adds) in self.adds(asked) {
                if request.allows(product.0) {
                    *scores.entry(product).or_default() += adds;
                }
            }
        }
        let scored = scores.into_iter().map(|(id, score)| Scored { id, score });
        let mut hits: Vec<Scored<ItemId>> = scored.filter(|hit| hit.score > 0.0).collect();
        hits.sort_unstable_by(Scored::order);
        hits.truncate(n);
        Ok(hits)
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        Ok(named(
            self.guide.catalog(),
            &self.contributions(request, product),
        ))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.contributions(request, product);
        Ok(because(self.guide.catalog(), self.name(), &parts))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Catalog, Event, Events, Guide, GuideParams, LiveGuide, LiveParams, Product, Query,
    };

    fn catalog() -> Catalog {
        let product = |id: &str, kind: &str| Product::new(id, id).attribute("kind", kind);
        Catalog::new([
            product("lens", "lens"),
            product("camera", "camera"),
            product("other camera", "camera"),
            product("bag", "bag"),
            product("soap", "soap"),
        ])
        .unwrap()
    }

    /// Three shoppers buy a camera with a lens, two look at both cameras in a visit, one of them takes a bag with it on another day.
    fn events() -> Events {
        let rows = [
            ("a", "camera", "1", 0),
            ("a", "lens", "1", 10),
            ("b", "camera", "2", 0),
            ("b", "lens", "2", 10),
            ("c", "lens", "3", 0),
            ("c", "camera", "3", 10),
            ("d", "camera", "4", 0),
            ("d", "other camera", "4", 10),
            ("e", "camera", "5", 0),
            ("e", "other camera", "5", 10),
            ("e", "camera", "6", 900_000),
            ("e", "bag", "6", 900_010),
            ("f", "soap", "7", 0),
        ];
        let bought =
            |(shopper, product, basket, time): (&'static str, &'static str, &'static str, i64)| {
                Event::purchase(shopper, product).basket(basket).time(time)
            };
        Events::new(rows.map(bought)).unwrap()
    }

    fn guide(params: GuideParams) -> Guide {
        let builder = Guide::builder().catalog(catalog()).events(events());
        builder.params(params.tune(false)).build().unwrap()
    }

    /// The scores that a source gives, by product.
    fn scores(guide: &Guide, source: &str, query: &Query) -> Vec<(String, f32)> {
        let request = guide.request(query).unwrap();
        let sources = guide.sources();
        let one = sources
            .iter()
            .find(|entry| entry.source.name() == source)
            .unwrap();
        let hits = one.source.candidates(&request, 9).unwrap().into_iter();
        let named = hits.map(|hit| {
            (
                guide.catalog().products()[hit.id.index()].id.clone(),
                hit.score,
            )
        });
        named.collect()
    }

    #[test]
    fn counts_of_a_cart_by_hand() {
        let guide = guide(GuideParams::default());
        let found = scores(&guide, "bought-together", &Query::nobody().cart(["camera"]));
        let names: Vec<&str> = found.iter().map(|entry| entry.0.as_str()).collect();
        assert_eq!(names, ["lens", "bag", "other camera"]);
        // Five shoppers have the camera, three the lens, three both; a lens is nothing like a camera.
        let expected = 3.0 / (15.0_f32.sqrt() + 10.0);
        assert!((found[0].1 - expected).abs() < 1e-6, "{found:?}");
        // Nobody but the products of the cart is asked by.
        assert!(scores(&guide, "bought-together", &Query::history(["camera"])).is_empty());
        let answer = guide.recommend(&Query::nobody().cart(["camera"])).unwrap();
        assert_eq!(answer.hits[0].product, "lens");
        assert!(
            answer.hits[0]
                .sources
                .contains(&"bought-together".to_owned())
        );
        assert!(answer.hits.iter().all(|hit| hit.product != "camera"));
        let why = guide
            .explain_for(&Query::nobody().cart(["camera"]), "lens")
            .unwrap();
        let standing = why
            .sources
            .iter()
            .find(|one| one.source == "bought-together")
            .unwrap();
        let sum: f32 = standing.parts.iter().map(|part| part.amount).sum();
        assert!((sum - standing.score.unwrap()).abs() < 1e-6);
    }

    #[test]
    fn a_session_goes_on_as_others_went_on() {
        let guide = guide(GuideParams::default());
        let of = |session: &[&str]| {
            scores(
                &guide,
                "session",
                &Query::nobody().session(session.iter().copied()),
            )
        };
        let found = of(&["camera"]);
        // a and b went on to the lens; c came from it.
        let expected = 2.0 / (15.0_f32.sqrt() + 10.0);
        let lens = found.iter().find(|entry| entry.0 == "lens").unwrap();
        assert!((lens.1 - expected).abs() < 1e-6, "{found:?}");
        assert_eq!(of(&["lens"]).len(), 1, "to the camera");
        assert!(of(&["soap"]).is_empty());
        let later = of(&["camera", "soap"]);
        let faded = later.iter().find(|entry| entry.0 == "lens").unwrap();
        assert!((faded.1 - 0.8 * expected).abs() < 1e-6);
    }

    /// Pairs of few shoppers are shown to nobody.
    #[test]
    fn a_floor_of_shoppers_hides_what_one_shopper_did() {
        let query = Query::nobody().cart(["camera"]);
        let of = |floor| {
            scores(
                &guide(GuideParams::default().at_least_shoppers(floor)),
                "bought-together",
                &query,
            )
        };
        assert_eq!(
            (of(1).len(), of(2).len(), of(3).len(), of(4).len()),
            (3, 2, 1, 0)
        );
    }

    #[test]
    fn the_floor_holds_for_neighbours_too() {
        let query = Query::history(["camera"]);
        let of = |floor| {
            let guide = guide(GuideParams::default().at_least_shoppers(floor));
            scores(&guide, "neighbours", &query).len()
        };
        // Three have camera and lens, two both cameras, one camera and bag.
        assert_eq!([of(1), of(2), of(3), of(4)], [3, 2, 1, 0]);
    }

    /// An event that is observed counts at once, and as it counts when the guide is built of all events.
    #[test]
    fn observed_events_count_at_once() {
        let observed =
            LiveGuide::new(guide(GuideParams::default()), LiveParams::default()).unwrap();
        let mut rows = events();
        let bought = |shopper: &'static str, product: &'static str, basket: &'static str| {
            Event::purchase(shopper, product)
                .basket(basket)
                .time(950_000)
        };
        for event in [
            bought("g", "camera", "8"),
            bought("g", "lens", "8"),
            // The basket began before, and the pair of a is known.
            bought("a", "bag", "1"),
            bought("a", "lens", "9"),
            bought("a", "camera", "9"),
            bought("new", "soap", "10"),
            bought("new", "bag", "10"),
        ] {
            observed.observe(&event).unwrap();
            rows.push(&event).unwrap();
        }
        let builder = Guide::builder().catalog(catalog()).events(rows);
        let built = builder
            .params(GuideParams::default().tune(false))
            .build()
            .unwrap();
        for product in ["camera", "lens", "bag", "soap"] {
            let query = Query::nobody().cart([product]).session([product]);
            for source in ["bought-together", "session"] {
                let of = |guide: &Guide| scores(guide, source, &query);
                assert_eq!(of(&observed.guide()), of(&built), "{source} {product}");
            }
        }
    }
}
