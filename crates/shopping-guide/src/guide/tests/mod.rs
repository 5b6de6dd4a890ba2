mod answers;
mod catalogue;
mod conversation;
mod counterfactual;
mod extremes;
mod files;
mod list_rules;
#[cfg(feature = "neural")]
mod neural;
mod new_events;
mod owned;
mod pages;
mod places;
mod reasons;
mod stopped;
mod text;
mod times;
mod training;
mod tuning;
mod viewed;

use recsys_cf::ItemTfidf;
use recsys_mf::IalsParams;

use crate::{Answer, Catalog, Event, EventKind, Events, Guide, GuideParams, Product};

/// Six products: two red ones and two blue ones that go together, a green one of which nobody knows, and one without
/// anything in common with the others.
pub(super) fn catalog() -> Catalog {
    let product = |id: &str, title: &str, colour: &str, price: f32| {
        Product::new(id, title)
            .attribute("colour", colour)
            .price(price)
    };
    Catalog::new([
        product("mug", "Red mug", "red", 5.0),
        product("bowl", "Red bowl", "red", 7.5),
        product("plate", "Blue plate", "blue", 6.0),
        product("tray", "Blue tray", "blue", 9.0),
        product("vase", "Vase with tray", "green", 30.0),
        Product::new("soap", "Soap"),
    ])
    .unwrap()
}

pub(super) const DAY: i64 = 86_400;

/// Ann and bob take red, cleo and dan blue; cleo has seen the mug.
pub(super) fn events() -> Events {
    use EventKind::{Purchase, View};
    let mut events = Events::default();
    for (shopper, product, kind, day) in [
        ("ann", "mug", Purchase, 1),
        ("ann", "bowl", Purchase, 2),
        ("bob", "mug", Purchase, 3),
        ("bob", "bowl", View, 4),
        ("cleo", "plate", Purchase, 5),
        ("cleo", "mug", View, 6),
        ("dan", "plate", Purchase, 7),
        ("dan", "tray", Purchase, 8),
        ("dan", "soap", View, 9),
    ] {
        events
            .push(&Event::new(shopper, product, kind).time(day * DAY))
            .unwrap();
    }
    events
}

/// The guide whose answers the tests state. Its factors and neighbours have settings of their own, so that other defaults
/// change no answer of so small a shop.
pub(super) fn guide() -> Guide {
    let factors = IalsParams::rendle().regularization(0.01);
    let params = GuideParams::default().neighbours(ItemTfidf::implicit());
    with(params.factors(factors))
}

pub(super) fn with(params: GuideParams) -> Guide {
    Guide::builder()
        .catalog(catalog())
        .events(events())
        .params(params)
        .build()
        .unwrap()
}

pub(super) fn products(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.product.as_str()).collect()
}

/// A demo shop. `guide-demo` depends on this crate without its unit tests, so its products and events have other types. They are copied.
pub(super) struct DemoShop {
    pub(super) catalog: Catalog,
    pub(super) events: Events,
    pub(super) new_products: Vec<String>,
}

pub(super) fn demo_shop(n_products: usize, n_shoppers: usize) -> DemoShop {
    let params = guide_demo::DemoShop::params();
    let params = params.n_products(n_products).n_shoppers(n_shoppers);
    let shop = params.generate().unwrap();
    let products = serde_json::to_string(shop.catalog.products()).unwrap();
    let products: Vec<Product> = serde_json::from_str(&products).unwrap();
    let mut events = Events::default();
    for event in shop.events.iter() {
        let kind = serde_json::to_value(event.kind).unwrap();
        let kind: EventKind = serde_json::from_value(kind).unwrap();
        let mut copy = Event::new(&*event.shopper, &*event.product, kind);
        (copy.value, copy.time) = (event.value, event.time);
        copy.basket = event.basket.as_deref().map(Into::into);
        events.push(&copy).unwrap();
    }
    DemoShop {
        catalog: Catalog::new(products).unwrap(),
        events,
        new_products: shop.new_products,
    }
}
