//! Which source has a say in which question, and in what order the places are given.

use super::*;
use crate::{
    Evidence, FusionParams, ItemId, Query, Reason, Request, Result, Rung, ScorePart, Scored, Source,
};

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
    let shop = demo_shop(400, 300);
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
    let shop = demo_shop(300, 200);
    let shopper = shop.events.iter().next().unwrap().shopper.into_string();
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

/// The place `p` behind the fused candidates scores `min_s w_s / (k + depth + p)`.
#[test]
fn places_behind_the_fused_ones_have_the_score_of_the_formula() {
    let fusion = FusionParams::default()
        .k(10.0)
        .depth(1)
        .neighbours(2.0)
        .factors(0.0)
        .attributes(0.0)
        .trending(0.5)
        .popular(0.25);
    let guide = with(GuideParams::default().tune(false).fusion(fusion));
    let answer = guide.recommend(&Query::nobody().n(9)).unwrap();
    // `trending` and `popular` both put the mug first: 0.5 / (10 + 1) + 0.25 / (10 + 1). The five others lie behind.
    let mut expected = vec![0.75 / 11.0];
    expected.extend((1..=5).map(|place| 0.25 / (10.0 + 1.0 + place as f32)));
    assert_eq!(products(&answer)[0], "mug");
    assert_eq!(answer.hits.len(), expected.len());
    for (hit, expected) in answer.hits.iter().zip(expected) {
        assert!((hit.score - expected).abs() < 1e-7, "{hit:?} {expected}");
    }
    // A source that proposes nothing has no say in the least weight.
    let answer = guide.recommend(&Query::history(["vase"]).n(9)).unwrap();
    let scores: Vec<f32> = answer.hits.iter().map(|hit| hit.score).collect();
    assert!((scores[1] - 0.25 / 12.0).abs() < 1e-7, "{scores:?}");
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
    let expected = "parameter `weight` must be between 0.000001 and 1000000, but is 0";
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
        (why.place, why.reasons.len(), &*why.reasons[0]),
        (None, 1, &Reason::RuledOut)
    );
    let own = why.sources.iter().find(|own| own.source == "soap first");
    assert_eq!(own.unwrap().rank, None);
    let request = guide.request(&query).unwrap();
    let lists = guide.source_lists(&request, 9, |entry| entry.source.name() == "soap first");
    assert!(lists.unwrap()[0].candidates.is_empty());
}

/// A source tells the rank and the score that a product has in its list.
#[test]
fn ranks_are_those_of_the_lists() {
    let shop = demo_shop(300, 200);
    let params = GuideParams::default().tune(false);
    let builder = Guide::builder().catalog(shop.catalog).params(params);
    let guide = builder.events(shop.events).build().unwrap();
    let shoppers: Vec<String> = guide.shoppers().take(3).map(str::to_owned).collect();
    for shopper in shoppers {
        let query = Query::shopper(&shopper).price_from(10.0);
        let request = guide.request(&query).unwrap();
        let mut found = 0;
        for entry in guide.sources() {
            let all = entry.source.candidates(&request, 300).unwrap();
            for number in (0..300).step_by(7) {
                let product = ItemId(number);
                let place = all.iter().position(|hit| hit.id == product);
                let expected = place.map(|place| (place + 1, all[place].score));
                let rank = entry.source.rank(&request, product).unwrap();
                assert_eq!(rank, expected, "{} of {}", number, entry.source.name());
                found += usize::from(rank.is_some());
            }
        }
        assert!(found > 50, "{found}");
    }
}

/// A source with a given score and a given part of a score, which may be NaN or infinite.
struct NoNumber {
    score: f32,
    part: f32,
}

impl Source for NoNumber {
    fn name(&self) -> &'static str {
        "no number"
    }

    fn candidates(&self, _: &Request, _: usize) -> Result<Vec<Scored<ItemId>>> {
        let (id, score) = (ItemId(5), self.score);
        Ok(vec![Scored { id, score }])
    }

    fn parts(&self, _: &Request, _: ItemId) -> Result<Vec<ScorePart>> {
        Ok(vec![ScorePart::new(Evidence::Whole, self.part)])
    }

    fn reasons(&self, _: &Request, _: ItemId) -> Result<Vec<Reason>> {
        Ok(Vec::new())
    }
}

#[test]
fn a_score_that_is_no_number_is_refused_with_its_source() {
    let with = |score, part| {
        let source = Box::new(NoNumber { score, part });
        guide().with_source(source, 1.0).unwrap()
    };
    let query = Query::nobody();
    for score in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let expected =
            format!("score of source `no number` at place 0 is {score}, which is not finite");
        let guide = with(score, 1.0);
        let error = guide.recommend(&query).unwrap_err();
        assert_eq!(error.to_string(), expected);
        let error = guide.explain_for(&query, "soap").unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let guide = with(1.0, f32::NAN);
    assert_eq!(products(&guide.recommend(&query).unwrap()).len(), 6);
    let error = guide.explain_for(&query, "soap").unwrap_err();
    let expected = "part of a score of source `no number` at place 0 is NaN, which is not finite";
    assert_eq!(error.to_string(), expected);
}
