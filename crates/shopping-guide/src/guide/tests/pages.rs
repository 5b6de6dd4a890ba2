//! Pages: one after the other they are the long answer.

use super::*;
use crate::{NoHits, Query};

/// The demo shop, where every third product is a variant of the one before, and every second one has a high margin.
fn shop_with_variants() -> (Guide, String) {
    let shop = demo_shop(150, 120);
    let products = shop.catalog.products().iter().enumerate();
    let products = products.map(|(number, product)| {
        let product = Product::clone(product);
        let product = match number % 3 {
            0 => product,
            _ => product.group(format!("g{}", number / 3)),
        };
        product.attribute("margin", if number % 2 == 0 { "high" } else { "low" })
    });
    let catalog = Catalog::new(products).unwrap();
    let shopper = shop.events.iter().next().unwrap().shopper.to_string();
    let params = GuideParams::default().tune(false);
    let builder = Guide::builder().catalog(catalog).events(shop.events);
    (builder.params(params).build().unwrap(), shopper)
}

/// The hits of all pages of `n`, and how many pages there are.
fn all_pages(guide: &Guide, query: &Query, sizes: &[usize]) -> (Vec<crate::Hit>, usize) {
    let mut hits = Vec::new();
    let mut query = query.clone();
    let mut pages = 0;
    loop {
        query = query.n(sizes[pages % sizes.len()]);
        let answer = guide.recommend(&query).unwrap();
        assert_eq!(answer.hits_before, hits.len());
        assert!(!answer.hits.is_empty() || pages == 0);
        hits.extend(answer.hits);
        pages += 1;
        match answer.next {
            Some(next) => query = query.page(next),
            None => return (hits, pages),
        }
    }
}

#[test]
fn all_pages_together_are_one_long_answer() {
    let (guide, shopper) = shop_with_variants();
    let some = guide.catalog().products()[5].id.clone();
    for query in [
        Query::shopper(&shopper),
        Query::nobody(),
        Query::nobody().context(&some),
        Query::shopper(&shopper).at_most(2, "brand"),
        Query::shopper(&shopper)
            .at_most(7, "category")
            .diversity(0.6),
        Query::shopper(&shopper)
            .boost("margin", "high", 2.0)
            .boost("margin", "low", 0.5),
        Query::history([&some])
            .boost("margin", "high", 1.3)
            .diversity(0.3)
            .at_most(20, "margin"),
    ] {
        let long = guide.recommend(&query.clone().n(1000)).unwrap();
        assert_eq!(long.next, None);
        for sizes in [&[10][..], &[1, 7, 30], &[long.hits.len()], &[13]] {
            let (hits, pages) = all_pages(&guide, &query, sizes);
            assert_eq!(hits, long.hits, "{query:?} {sizes:?}");
            if let [size] = sizes {
                assert_eq!(pages, long.hits.len().div_ceil(*size));
            }
        }
    }
}

/// With a floor each page has its new products, and no product comes twice or never.
#[test]
fn with_a_floor_no_hit_is_given_twice_and_none_is_lost() {
    let (guide, shopper) = shop_with_variants();
    let popularity = guide.popularity();
    let is_new = |hit: &crate::Hit| {
        let number = guide.catalog().number(&hit.product).unwrap();
        let group = guide.catalog().products()[number.index()].group.as_ref();
        let products = guide.catalog().products().iter().zip(&popularity);
        let mut variants =
            products.filter(|(one, _)| group.is_some() && one.group.as_ref() == group);
        popularity[number.index()] == 0 && variants.all(|(_, &shoppers)| shoppers == 0)
    };
    let query = Query::shopper(&shopper);
    let long = guide.recommend(&query.clone().n(1000)).unwrap();
    let n_new = long.hits.iter().filter(|hit| is_new(hit)).count();
    assert!(n_new >= 2, "{n_new}");
    let query = query.at_least_new(1);
    let (hits, _) = all_pages(&guide, &query, &[10]);
    let ids = |hits: &[crate::Hit]| {
        let mut ids: Vec<String> = hits.iter().map(|hit| hit.product.clone()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&hits), ids(&long.hits));
    let with_new = hits.chunks(10).filter(|page| page.iter().any(is_new));
    assert_eq!(
        with_new.count(),
        n_new,
        "one on each page while there are any"
    );
    // The order of the others is that of the list.
    let old = |hits: Vec<crate::Hit>| {
        let old = hits.into_iter().filter(|hit| !is_new(hit));
        old.map(|hit| hit.product).collect::<Vec<_>>()
    };
    assert_eq!(old(hits), old(long.hits));
    let capped = query.at_most(2, "brand");
    let (hits, _) = all_pages(&guide, &capped, &[4, 9]);
    let mut brands: Vec<&str> = hits
        .iter()
        .filter_map(|hit| guide.catalog().get(&hit.product)?.value("brand"))
        .collect();
    brands.sort_unstable();
    assert!(brands.chunk_by(|a, b| a == b).all(|same| same.len() <= 2));
    let mut unique = ids(&hits);
    unique.dedup();
    assert_eq!(unique.len(), hits.len());
}

#[test]
fn a_page_behind_the_last_hit_is_empty_and_says_so() {
    let guide = guide();
    let query = Query::nobody();
    let first = guide.recommend(&query.clone().n(5)).unwrap();
    let next = first.next.unwrap();
    // The last of the six products.
    let second = guide.recommend(&query.clone().n(5).page(next.clone()));
    let second = second.unwrap();
    assert_eq!((second.hits.len(), &second.next), (1, &None));
    let beyond: crate::Cursor = next.as_str().replace("5x1", "99x9").into();
    for query in [query.clone(), query.clone().at_least_new(1)] {
        let cursor = guide.recommend(&query.clone().n(5)).unwrap().next.unwrap();
        let beyond: crate::Cursor = cursor.as_str().replace("5x1", "99x9").into();
        let answer = guide.recommend(&query.page(beyond)).unwrap();
        assert_eq!(
            (answer.no_hits(), answer.next),
            (Some(NoHits::NoMore), None)
        );
    }
    assert!(
        guide
            .recommend(&Query::shopper("ann").page(beyond))
            .is_err()
    );
    assert_eq!(guide.recommend(&query.n(0)).unwrap().next, None);
    let json = serde_json::to_value(&first.hits[0]).unwrap();
    assert_eq!(json["price"], first.hits[0].price.unwrap());
    assert!(json.get("picture").is_none() && json.get("available").is_none());
}
