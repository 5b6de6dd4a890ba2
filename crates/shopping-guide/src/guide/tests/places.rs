//! Which source has a say in which question, and in what order the places are given.

use super::*;
use crate::demo::DemoShop;
use crate::{ItemId, Query, Reason, Request, Result, Rung, Scored, Source};

#[test]
fn what_is_popular_fills_places_only_where_one_asks_what_goes_with_a_product() {
    let guide = guide();
    // What the sources of likeness and company do not know stands behind what they do.
    let answer = guide.similar("vase", 9).unwrap();
    let sources: Vec<&str> = answer
        .hits
        .iter()
        .map(|hit| hit.sources[0].as_str())
        .collect();
    assert_eq!(products(&answer), ["tray", "mug", "plate", "bowl", "soap"]);
    assert_eq!(
        sources,
        ["attributes", "trending", "trending", "trending", "trending"]
    );
    assert_eq!(answer.rung, Rung::Attributes);
    let history = guide.recommend(&Query::history(["vase"]).n(9)).unwrap();
    assert_eq!(products(&history), products(&answer));
    let known = guide.similar("mug", 1).unwrap();
    assert_eq!(
        known.hits[0].sources,
        ["neighbours", "factors", "attributes"]
    );
    // A shopper's own history speaks less for a new product than its likeness does.
    let answer = guide
        .recommend(&Query::shopper("ann").context("vase").n(1))
        .unwrap();
    assert_eq!(
        (products(&answer), answer.rung),
        (vec!["tray"], Rung::Known)
    );
}

#[test]
fn a_new_product_is_answered_from_its_own_shelf() {
    let shop = DemoShop::params()
        .n_products(400)
        .n_shoppers(300)
        .generate()
        .unwrap();
    let builder = Guide::builder().catalog(shop.catalog.clone());
    let guide = builder.events(shop.events.clone()).build().unwrap();
    let shelf = |product: &str| {
        shop.catalog
            .get(product)
            .unwrap()
            .value("category")
            .unwrap()
    };
    assert_eq!(shop.new_products.len(), 12);
    for new in &shop.new_products {
        let asked = [
            guide.similar(new, 3),
            guide.recommend(&Query::history([new]).n(3)),
        ];
        for answer in asked.map(Result::unwrap) {
            assert_eq!(answer.rung, Rung::Attributes);
            for hit in &answer.hits {
                assert_eq!(shelf(&hit.product), shelf(new), "{new}: {hit:?}");
            }
        }
    }
}

#[test]
fn the_first_hits_are_the_same_however_many_are_asked_for() {
    let shop = DemoShop::params()
        .n_products(300)
        .n_shoppers(200)
        .generate()
        .unwrap();
    let shopper = shop.events.iter().next().unwrap().shopper.to_owned();
    for depth in [3, 200] {
        let mut params = GuideParams::default().tune(false);
        params.fusion.depth = depth;
        let builder = Guide::builder()
            .catalog(shop.catalog.clone())
            .params(params);
        let guide = builder.events(shop.events.clone()).build().unwrap();
        let all = guide.recommend(&Query::shopper(&shopper).n(500)).unwrap();
        assert_eq!(all.hits.len(), all.allowed);
        assert!(
            all.hits
                .windows(2)
                .all(|pair| pair[0].score >= pair[1].score)
        );
        for n in [1, 10, 250] {
            let few = guide.recommend(&Query::shopper(&shopper).n(n)).unwrap();
            assert_eq!(few.hits, all.hits[..n], "{n} hits");
        }
        for place in [0, 7, 100, all.hits.len() - 1] {
            let hit = &all.hits[place];
            let why = guide.explain(&shopper, &hit.product).unwrap();
            assert_eq!((why.place, why.score), (Some(place + 1), hit.score));
            assert_eq!((why.seen, &why.reasons), (false, &hit.reasons));
            let adds: f32 = why.sources.iter().map(|source| source.adds).sum();
            assert!((adds - why.score).abs() < 1e-6, "{why:?}");
        }
    }
}

/// Says that soap goes with everything.
struct SoapFirst;

impl Source for SoapFirst {
    fn name(&self) -> &'static str {
        "soap first"
    }

    fn candidates(&self, _: &Request, _: usize) -> Result<Vec<Scored<ItemId>>> {
        let soap = ItemId(5);
        Ok(vec![Scored {
            id: soap,
            score: 1.0,
        }])
    }

    fn reasons(&self, _: &Request, _: ItemId) -> Result<Vec<Reason>> {
        let words = "keeps you clean".to_owned();
        Ok(vec![Reason::Other { words }])
    }
}

#[test]
fn a_source_of_the_shop_s_own_is_fused_with_the_others() {
    let guide = guide().with_source(Box::new(SoapFirst), 9.0).unwrap();
    for query in [
        Query::shopper("ann"),
        Query::nobody().context("mug"),
        Query::nobody(),
    ] {
        let answer = guide.recommend(&query.n(1)).unwrap();
        assert_eq!(products(&answer), ["soap"]);
        assert_eq!(answer.hits[0].sources[0], "soap first");
        assert_eq!(answer.hits[0].reasons[0].to_string(), "keeps you clean");
    }
    let without = guide
        .recommend(&Query::nobody().without(["soap"]).n(9))
        .unwrap();
    assert_eq!(without.hits.len(), 5);
    let again = guide.clone().with_source(Box::new(SoapFirst), 1.0);
    assert_eq!(
        again.unwrap_err().to_string(),
        "duplicate source: soap first"
    );
    let error = super::guide()
        .with_source(Box::new(SoapFirst), 0.0)
        .unwrap_err();
    let expected = "parameter `weight` must be finite and above 0, but is 0";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_source_of_the_shop_s_own_silences_none_and_forbids_none() {
    let guide = guide().with_source(Box::new(SoapFirst), 0.01).unwrap();
    for query in [Query::nobody(), Query::shopper("new here")] {
        let answer = guide.recommend(&query.n(9)).unwrap();
        assert_eq!(products(&answer)[0], "mug");
        assert_eq!(answer.hits[0].sources, ["trending", "popular"]);
    }
    // What the query leaves out is left out of what such a source says too, in every answer.
    let query = Query::nobody().without(["soap"]);
    let why = guide.explain_for(&query, "soap").unwrap();
    assert_eq!(
        (why.place, &why.reasons[..]),
        (None, &[Reason::RuledOut][..])
    );
    let own = why.sources.iter().find(|own| own.source == "soap first");
    assert_eq!(own.unwrap().rank, None);
    assert!(guide.ranked(&query, Some("soap first")).unwrap().is_empty());
}
