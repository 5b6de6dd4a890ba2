//! Tests of the live guide.

mod crash;
mod forget;
mod journal;
mod observe;
mod products;
mod rebuild;
mod threads;

use guide_core::Silent;

use crate::{
    Answer, Catalog, Event, EventKind, Events, Guide, GuideParams, LiveGuide, LiveParams, Product,
    Query,
};

pub(super) const DAY: i64 = 86_400;

/// Shopper, product, kind, time and basket of an event.
#[derive(Clone)]
pub(super) struct Row(
    pub(super) String,
    pub(super) &'static str,
    pub(super) EventKind,
    pub(super) i64,
    pub(super) Option<String>,
);

pub(super) fn catalog() -> Catalog {
    let product = |id: &str, colour: &str| {
        Product::new(id, format!("A {colour} {id}")).attribute("colour", colour)
    };
    Catalog::new([
        product("mug", "red"),
        product("bowl", "red"),
        product("plate", "blue"),
        product("tray", "blue"),
        product("vase", "green"),
        product("soap", "white"),
    ])
    .unwrap()
}

/// Shoppers with numbers take two or three products of six, on days that follow each other, some in baskets.
pub(super) fn some_events(from: usize, to: usize) -> Vec<Row> {
    let products = ["mug", "bowl", "plate", "tray", "vase", "soap"];
    let kinds = [EventKind::Purchase, EventKind::View, EventKind::Cart];
    let event = |number: usize| {
        let mixed = guide_core::split_mix(number as u64) as usize;
        let basket = (!number.is_multiple_of(4)).then(|| format!("basket {}", number / 4));
        Row(
            format!("shopper {}", mixed % 9),
            products[mixed / 16 % 6],
            kinds[mixed / 128 % 3],
            number as i64 * DAY / 8,
            basket,
        )
    };
    (from..to).map(event).collect()
}

pub(super) fn log(rows: &[Row]) -> Events {
    Events::new(rows.iter().map(event)).unwrap()
}

pub(super) fn event(row: &Row) -> Event<'_> {
    let Row(shopper, product, kind, time, basket) = row;
    let event = Event::new(shopper, product, *kind).time(*time);
    match basket {
        Some(basket) => event.basket(&**basket),
        None => event,
    }
}

pub(super) fn params() -> GuideParams {
    let params = GuideParams::default().tune(false);
    let factors = params.factors.clone().n_factors(4);
    params.factors(factors)
}

/// A guide of these events with parameters that no tuning changes.
pub(super) fn built(events: Events) -> Guide {
    let builder = Guide::builder().catalog(catalog()).events(events);
    builder.params(params()).build_with(&Silent).unwrap().0
}

pub(super) fn live(events: Events) -> LiveGuide {
    LiveGuide::new(built(events), LiveParams::default()).unwrap()
}

pub(super) fn products(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.product.as_str()).collect()
}

pub(super) fn ask(live: &LiveGuide, query: &Query) -> Vec<String> {
    let answer = live.recommend(query).unwrap();
    products(&answer).into_iter().map(str::to_owned).collect()
}

/// What each source alone proposes to each shopper, with the bits of the scores. `factors` are left out: they are trained.
pub(super) fn counted(guide: &Guide) -> Vec<(String, Vec<(String, u32)>)> {
    let mut told = Vec::new();
    let mut shoppers: Vec<&str> = guide.shoppers().collect();
    shoppers.sort_unstable();
    for shopper in shoppers {
        let request = guide.request(&Query::shopper(shopper)).unwrap();
        for entry in guide.sources() {
            if entry.source.name() == "factors" {
                continue;
            }
            let hits = entry.source.candidates(&request, 99).unwrap();
            let named = |id: recsys_core::ItemId| guide.catalog().products()[id.index()].id.clone();
            let hits = hits.iter().map(|hit| (named(hit.id), hit.score.to_bits()));
            told.push((
                format!("{shopper}: {}", entry.source.name()),
                hits.collect(),
            ));
        }
    }
    told
}

/// How much of a test there is to do: `usual`, unless the environment says more.
fn more(variable: &str, usual: u64) -> u64 {
    let told = std::env::var(variable).ok();
    told.and_then(|told| told.parse().ok()).unwrap_or(usual)
}
