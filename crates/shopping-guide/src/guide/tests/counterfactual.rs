//! The products of the history that a hit depends on: each answer is checked by asking again.

use super::*;
use crate::{Counterfactual, ItemId, Query, Request};

/// Whether `product` is a hit of a request without `removed`, which stay left out.
fn is_hit(guide: &Guide, request: &Request, removed: &[ItemId], n: usize, product: ItemId) -> bool {
    let mut request = request.clone();
    request.history.retain(|entry| !removed.contains(&entry.0));
    for product in removed {
        request.allowed.remove(product.0);
    }
    let places = guide.fuse(&request).unwrap().places(n).unwrap();
    places.iter().any(|place| place.hit.id == product)
}

/// Checks that a set found drops the hit, and that no product of it can be put back.
fn check(guide: &Guide, query: &Query, product: &str, found: &Counterfactual) {
    let Counterfactual::Found {
        products,
        questions,
        replaced_by,
    } = found
    else {
        return;
    };
    let number = |id: &str| guide.catalog().number(id).unwrap();
    let removed: Vec<ItemId> = products.iter().map(|one| number(&one.product)).collect();
    let request = guide.request(query).unwrap();
    assert!(*questions <= 200 && !removed.is_empty());
    let in_history = |product: &ItemId| request.history.iter().any(|entry| entry.0 == *product);
    assert!(removed.iter().all(in_history));
    let hit = |removed: &[ItemId]| is_hit(guide, &request, removed, query.n, number(product));
    assert!(hit(&[]) && !hit(&removed), "{query:?} {product} {found:?}");
    for place in 0..removed.len() {
        let mut fewer = removed.clone();
        fewer.remove(place);
        assert!(hit(&fewer), "{query:?} {product} {found:?}");
    }
    if let Some(other) = replaced_by {
        let before = guide.recommend(query).unwrap();
        assert!(
            !products.contains(other)
                && !super::products(&before).contains(&other.product.as_str())
        );
    }
}

#[test]
fn a_hit_depends_on_what_was_taken_with_it() {
    let guide = guide();
    let query = Query::history(["plate"]).n(1);
    assert_eq!(products(&guide.recommend(&query).unwrap()), ["tray"]);
    let why = guide.because_of(&query, "tray").unwrap();
    check(&guide, &query, "tray", &why);
    // Without it nothing is known of the one who asks, and the mug leads by popularity.
    let Counterfactual::Found {
        products,
        questions: 1,
        replaced_by: Some(mug),
    } = &why
    else {
        panic!("{why:?}");
    };
    assert_eq!(
        (products.len(), products[0].title.as_str()),
        (1, "Blue plate")
    );
    assert_eq!(mug.product, "mug");
    let behind = guide.because_of(&query, "vase").unwrap();
    assert!(matches!(behind, Counterfactual::NotAHit { place: Some(place) } if place > 1));
    let owned = guide.because_of(&query, "plate").unwrap();
    assert_eq!(owned, Counterfactual::NotAHit { place: None });
    let unknown = guide.because_of(&query, "jug").unwrap_err().to_string();
    assert_eq!(unknown, "unknown product `jug`");
}

#[test]
fn what_is_popular_depends_on_no_history() {
    let guide = guide();
    let popular = guide.because_of(&Query::nobody(), "mug").unwrap();
    assert_eq!(popular, Counterfactual::NotFound { tried: 0 });
    // Soap has nothing in common with anything, and fills the list.
    let query = Query::history(["vase"]).n(6);
    let filled = guide.because_of(&query, "soap").unwrap();
    assert_eq!(filled, Counterfactual::NotFound { tried: 0 });
    // All five remaining products are hits whatever the history is.
    let kept = guide.because_of(&query, "tray").unwrap();
    assert!(
        matches!(kept, Counterfactual::NotFound { tried: 1 }),
        "{kept:?}"
    );
}

#[test]
fn the_product_being_looked_at_is_never_removed() {
    let guide = guide();
    let query = Query::nobody().context("mug").n(1);
    let why = guide.because_of(&query, "bowl").unwrap();
    assert_eq!(why, Counterfactual::NotFound { tried: 0 });
}

/// Fifty shoppers of the demo shop: what is found holds, and is found for hits that neighbours or factors speak for.
#[test]
fn counterfactuals_of_the_demo_shop_hold() {
    let shop = demo_shop(300, 400);
    let params = GuideParams::default().tune(false);
    let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    let guide = builder.params(params).build().unwrap();
    let (mut asked, mut found, mut several) = (0, 0, 0);
    for shopper in guide.shoppers().take(50) {
        let query = Query::shopper(shopper).n(10);
        let answer = guide.recommend(&query).unwrap();
        for hit in answer.hits.iter().step_by(3) {
            let why = guide.because_of(&query, &hit.product).unwrap();
            check(&guide, &query, &hit.product, &why);
            let by_history = ["neighbours", "factors"];
            if !hit
                .sources
                .iter()
                .any(|one| by_history.contains(&one.as_str()))
            {
                continue;
            }
            asked += 1;
            if let Counterfactual::Found { products, .. } = &why {
                found += 1;
                several += usize::from(products.len() > 1);
            }
        }
    }
    assert!(asked > 100 && found * 10 >= asked * 9, "{found} of {asked}");
    assert!(several > 0, "some hits depend on several products");
}
