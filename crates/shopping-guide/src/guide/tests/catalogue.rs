//! What the catalogue says of products decides what is recommended: stock, variants, categories, times, prices.

use super::*;
use crate::{Query, Reason};

/// Shirts in two sizes, cups below `Home > Kitchen`, a lamp below `Home`, and a rope that is sold out.
fn shop() -> Catalog {
    let product = |id: &str, title: &str, category: &str| {
        Product::new(id, title).attribute("category", category)
    };
    Catalog::new([
        product("shirt-s", "Shirt", "Wear")
            .group("shirt")
            .attribute("size", "S")
            .available(false),
        product("shirt-m", "Shirt", "Wear")
            .group("shirt")
            .attribute("size", "M"),
        product("shirt-l", "Shirt", "Wear")
            .group("shirt")
            .attribute("size", "L"),
        product("cup", "Cup", "Home > Kitchen > Cups").time(100 * DAY),
        product("pan", "Pan", "Home > Kitchen > Pans").time(70 * DAY),
        product("lamp", "Lamp", "Home > Light").time(10 * DAY),
        product("rope", "Rope", "Garden").available(false),
    ])
    .unwrap()
}

fn log() -> Events {
    let mut events = Events::default();
    for (shopper, product) in [
        ("ann", "shirt-m"),
        ("ann", "cup"),
        ("bob", "shirt-s"),
        ("bob", "cup"),
        ("cleo", "shirt-l"),
        ("cleo", "pan"),
        ("dan", "rope"),
        ("dan", "lamp"),
    ] {
        events
            .push(&Event::new(shopper, product, EventKind::Purchase).time(90 * DAY))
            .unwrap();
    }
    events
}

fn open() -> Guide {
    Guide::builder()
        .catalog(shop())
        .events(log())
        .build()
        .unwrap()
}

/// The hits of a query, by the alphabet.
fn hits(guide: &Guide, query: &Query) -> String {
    let answer = guide.recommend(&query.clone().n(9)).unwrap();
    let mut found = products(&answer);
    found.sort_unstable();
    found.join(" ")
}

#[test]
fn what_cannot_be_bought_is_recommended_only_on_request() {
    let guide = open();
    let found = hits(&guide, &Query::nobody());
    assert!(
        !found.contains("rope") && !found.contains("shirt-s"),
        "{found}"
    );
    let all = hits(&guide, &Query::nobody().keep_unavailable());
    assert!(all.contains("rope"), "{all}");
    let sizes = Query::nobody().keep_unavailable().attribute("size", "s");
    assert_eq!(hits(&guide, &sizes), "shirt-s");
    assert_eq!(hits(&guide, &Query::nobody().attribute("size", "s")), "");
}

#[test]
fn a_variant_group_has_one_place() {
    let guide = open();
    let found = hits(&guide, &Query::nobody());
    assert_eq!(found.matches("shirt").count(), 1, "{found}");
    let answer = guide
        .recommend(&Query::nobody().keep_unavailable().n(9))
        .unwrap();
    assert_eq!(answer.hits.len(), 5, "{answer:?}");
    for n in 1..5 {
        let fewer = guide
            .recommend(&Query::nobody().keep_unavailable().n(n))
            .unwrap();
        assert_eq!(
            products(&fewer),
            products(&answer)[..n],
            "the first places are the same"
        );
    }
    // Whoever has one variant is not offered another, and neither is who looks at one.
    for query in [
        Query::shopper("ann"),
        Query::history(["shirt-s"]),
        Query::nobody().context("shirt-m"),
    ] {
        assert!(!hits(&guide, &query).contains("shirt"), "{query:?}");
    }
    let similar = guide.similar("shirt-m", 9).unwrap();
    assert!(
        products(&similar)
            .iter()
            .all(|product| !product.contains("shirt")),
        "{similar:?}"
    );
    assert_eq!(
        hits(&guide, &Query::history(["shirt-s"]).keep_seen())
            .matches("shirt")
            .count(),
        1
    );
    let large = Query::nobody().attribute("size", "L");
    assert_eq!(
        hits(&guide, &large),
        "shirt-l",
        "the filter decides which variant has the place"
    );
}

#[test]
fn a_category_finds_what_lies_below_it() {
    let guide = open();
    let below = |asked: &str| hits(&guide, &Query::nobody().attribute("category", asked));
    assert_eq!(below("Home"), "cup lamp pan");
    for asked in ["Home > Kitchen", "home>kitchen", "Home/Kitchen", "Kitchen"] {
        assert_eq!(below(asked), "cup pan", "{asked}");
    }
    assert_eq!(below("Home > Kitchen > Cups"), "cup");
    let liked = guide
        .recommend(&Query::nobody().likes("category", "kitchen").n(2))
        .unwrap();
    let mut found = products(&liked);
    found.sort_unstable();
    assert_eq!(found, ["cup", "pan"]);
    let reason = liked.hits[0]
        .reasons
        .first()
        .map(ToString::to_string)
        .unwrap();
    assert_eq!(reason, "category: Home > Kitchen");
}

#[test]
fn an_unknown_value_is_told_with_the_nearest_one() {
    let guide = open();
    let told = |query: Query| guide.recommend(&query).unwrap_err().to_string();
    assert_eq!(
        told(Query::nobody().attribute("size", "XL")),
        "unknown value of attribute `size` (nearest: `L`) `XL`"
    );
    let slip = Query::nobody().attribute("Category", "Gardne");
    assert_eq!(
        told(slip),
        "unknown value of attribute `Category` (nearest: `Garden`) `Gardne`"
    );
    let other = Query::nobody().attribute("category", "Electronics");
    assert_eq!(
        told(other),
        "unknown value of attribute `category` `Electronics`"
    );
    // Known of a product that is sold out: no hit, and no error.
    assert_eq!(
        hits(&guide, &Query::nobody().attribute("category", "garden")),
        ""
    );
}

#[test]
fn filters_by_what_no_product_has_say_so() {
    let guide = open();
    let told = |query: Query| guide.recommend(&query).unwrap_err().to_string();
    let expected = "a filter by price needs products with a price; none of the 7 products of the catalogue has one";
    assert_eq!(told(Query::nobody().price_to(20.0)), expected);
    let plain = super::guide();
    let error = plain
        .recommend(&Query::nobody().new_within_days(3.0))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("none of the 6 products of the catalogue has one"),
        "{error}"
    );
    assert_eq!(
        told(Query::nobody().new_within_days(f32::NAN)),
        "parameter `new_within_days` must be finite and not negative, but is NaN"
    );
}

#[test]
fn new_products_are_counted_from_the_present() {
    let guide = open();
    // The newest product, of day 100, is later than the last event, of day 90.
    let new = |days: f32| hits(&guide, &Query::nobody().new_within_days(days));
    assert_eq!(new(0.0), "cup");
    assert_eq!(new(29.0), "cup");
    assert_eq!(new(30.0), "cup pan");
    assert_eq!(new(1e30), "cup lamp pan");
}

#[test]
fn an_attribute_that_all_products_share_is_no_reason() {
    let product = |number: usize| {
        let colour = ["red", "blue"][number % 2];
        Product::new(
            number.to_string(),
            format!("Piece {}", (b'a' + number as u8) as char),
        )
        .attribute("shop", "Acme")
        .attribute("colour", colour)
    };
    let guide = Guide::builder()
        .catalog(Catalog::new((0..20).map(product)).unwrap())
        .build()
        .unwrap();
    let answer = guide.similar("3", 9).unwrap();
    for hit in &answer.hits {
        for reason in &hit.reasons {
            assert!(
                !matches!(&reason.reason, Reason::Shares { attribute, .. } if attribute == "shop"),
                "{hit:?}"
            );
        }
    }
    assert_eq!(
        guide
            .catalog()
            .get(&answer.hits[0].product)
            .unwrap()
            .value("colour"),
        Some("blue")
    );
}

#[test]
fn what_is_measured_can_be_an_answer() {
    let mut later = Events::default();
    for (shopper, product) in [
        ("ann", "shirt-l"),
        ("ann", "pan"),
        ("cleo", "rope"),
        ("dan", "cup"),
    ] {
        later
            .push(&Event::new(shopper, product, EventKind::Purchase).time(95 * DAY))
            .unwrap();
    }
    let guide = open();
    let number = |id: &str| guide.catalog().number(id).unwrap().0;
    let held_out = crate::guide::held_out(&guide, &later, |_| true, None).unwrap();
    let wanted = |shopper: &str| {
        let shopper = guide.shopper(shopper);
        let mut held_out = held_out.iter();
        held_out
            .find(|one| Some(one.shopper) == shopper)
            .map(|one| one.wanted.clone())
    };
    assert_eq!(wanted("ann"), Some(vec![number("pan")]));
    assert_eq!(
        (wanted("cleo"), wanted("dan")),
        (None, Some(vec![number("cup")]))
    );
}
