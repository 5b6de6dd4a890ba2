//! What an evaluation measures, on shops that are worked by hand and on the demo shop.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod by_hand;
mod compare;
mod demo;
mod own_split;

use shopping_guide::{Catalog, Event, Events, FusionParams, GuideParams, Product};

/// Seven products: two red ones, a blue one, and four without an attribute. Nobody took `n` and `m`.
fn catalog() -> Catalog {
    let colour = |id: &str| match id {
        "p1" | "p2" => Some("red"),
        "p3" => Some("blue"),
        _ => None,
    };
    let product = |id| match colour(id) {
        Some(colour) => Product::new(id, "").attribute("colour", colour),
        None => Product::new(id, ""),
    };
    Catalog::new(["p0", "p1", "p2", "p3", "p4", "n", "m"].map(product)).unwrap()
}

/// Shoppers with one, three and five purchases: three took `p0`, two `p1` and `p2`, one `p3` and `p4`.
fn train() -> Events {
    let pairs = [
        ("one", "p0"),
        ("few", "p0"),
        ("few", "p1"),
        ("few", "p2"),
        ("many", "p0"),
        ("many", "p1"),
        ("many", "p2"),
        ("many", "p3"),
        ("many", "p4"),
    ];
    log(&pairs)
}

fn log(pairs: &[(&str, &str)]) -> Events {
    let events = pairs.iter();
    Events::new(events.map(|&(shopper, product)| Event::purchase(shopper, product))).unwrap()
}

/// A guide that recommends what is popular and nothing else.
fn popular_only() -> GuideParams {
    let fusion = FusionParams::default()
        .neighbours(0.0)
        .factors(0.0)
        .attributes(0.0)
        .trending(0.0)
        .popular(1.0);
    GuideParams::default().tune(false).fusion(fusion)
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}
