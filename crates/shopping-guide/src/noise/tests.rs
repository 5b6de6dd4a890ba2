//! Noise in a guide: the cap of each shopper, what is kept, saved and told.

use crate::live::{LiveGuide, LiveParams, Trace};
use crate::{Catalog, Event, Events, Guide, GuideParams, NoiseParams, Product, Query, Silent};

/// Products that a shopper takes one a day.
const N_PRODUCTS: usize = 8;
const DAY: i64 = 86_400;

/// So little noise that counts are exact.
fn nearly_none(most_products: usize) -> NoiseParams {
    let params = NoiseParams::default().epsilon(1000.0).delta(0.1);
    params.most_products(most_products).seed(Some(3))
}

fn catalog() -> Catalog {
    let ids = (0..N_PRODUCTS).map(|number| format!("p{number}"));
    Catalog::new(ids.map(|id| Product::new(id.as_str(), id.as_str()))).unwrap()
}

/// Each shopper takes the first `n` products twice, one a day.
fn events(n_shoppers: usize, n: usize) -> Events {
    let mut events = Events::default();
    for shopper in 0..n_shoppers {
        for product in 0..n {
            for again in 0..2 {
                let time = product as i64 * DAY + again;
                let (shopper, product) = (format!("s{shopper}"), format!("p{product}"));
                events
                    .push(&Event::purchase(shopper, product).time(time))
                    .unwrap();
            }
        }
    }
    events
}

fn params(noise: NoiseParams) -> GuideParams {
    GuideParams::default().tune(false).noise(Some(noise))
}

fn guide(noise: NoiseParams, events: Events) -> Guide {
    let builder = Guide::builder().catalog(catalog()).events(events);
    builder.params(params(noise)).build().unwrap()
}

#[test]
fn of_each_shopper_the_latest_products_count() {
    let guide = guide(nearly_none(3), events(50, 5));
    assert_eq!(guide.popularity(), [0, 0, 50, 50, 50, 0, 0, 0]);
    let answer = guide.recommend(&Query::history(["p3"])).unwrap();
    let found = |id: &str| answer.hits.iter().find(|hit| hit.product == id).unwrap();
    let by_neighbours = |id: &str| found(id).sources.contains(&"neighbours".to_owned());
    // Of five products the last three count, so that p3 goes with p2 and p4, and not with p0 and p1.
    assert!(by_neighbours("p2") && by_neighbours("p4"));
    assert!(!by_neighbours("p0") && !by_neighbours("p1"));
    // One shopper with everything changes no more than the cap.
    let mut more = events(50, 5);
    for product in 0..N_PRODUCTS {
        more.push(&Event::purchase("one", format!("p{product}")).time(9 * DAY))
            .unwrap();
    }
    let with_one = self::guide(nearly_none(3), more);
    let (with, without) = (with_one.popularity(), guide.popularity());
    let changed = with.iter().zip(without);
    let changed: u32 = changed.map(|(&with, without)| with.abs_diff(without)).sum();
    assert_eq!(changed, 3);
}

#[test]
fn pairs_of_few_shoppers_are_left_out() {
    // With δ = 0.000001 and ε = 1 a pair of two products needs 40 shoppers and more.
    let noise = |shoppers| {
        let params = NoiseParams::default().most_products(2).seed(Some(1));
        let guide = guide(params, events(shoppers, 2));
        let answer = guide.recommend(&Query::history(["p0"])).unwrap();
        let hit = answer.hits.iter().find(|hit| hit.product == "p1").unwrap();
        hit.sources.contains(&"neighbours".to_owned())
    };
    assert!(!noise(10) && noise(200));
}

#[test]
fn exact_sources_are_not_fitted_and_the_report_tells_what_was_spent() {
    let builder = Guide::builder().catalog(catalog()).events(events(60, 4));
    let builder = builder.params(params(NoiseParams::default()));
    let (guide, report) = builder.build_with(&Silent).unwrap();
    let left_out: Vec<&str> = report
        .not_fitted
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    for name in ["factors", "bought-together", "session"] {
        assert!(left_out.contains(&name), "{left_out:?}");
    }
    let told = report.noise.clone().unwrap();
    assert_eq!(
        (told.fits, told.epsilon_spent, told.delta_spent),
        (1, 1.0, 1e-6)
    );
    assert!(
        report
            .to_string()
            .contains("spent so far: epsilon 1, delta 0.000001"),
        "{report}"
    );
    let (again, report) = guide.refit(&events(3, 3), &Silent).unwrap();
    assert_eq!(report.noise.unwrap().epsilon_spent, 2.0);
    assert_ne!(again.popularity(), guide.popularity());
    let exact = Guide::builder().catalog(catalog()).build().unwrap();
    assert_eq!(exact.noise(), None);
}

/// The same counts until the guide is fitted again: what is observed, settled, saved and read draws no new noise.
#[test]
fn counts_with_noise_are_kept_until_a_refit() {
    let built = guide(NoiseParams::default(), events(300, 4));
    let live = LiveGuide::new(built.clone(), LiveParams::default()).unwrap();
    live.observe(&Event::purchase("new", "p7").time(9 * DAY))
        .unwrap();
    live.upsert_product(Product::new("later", "Later")).unwrap();
    assert_eq!(live.guide().popularity()[..N_PRODUCTS], built.popularity());
    live.settle().unwrap();
    let settled = live.guide();
    assert_eq!(settled.popularity()[..N_PRODUCTS], built.popularity());
    let mut file = Vec::new();
    settled.write_to(&mut file).unwrap();
    let read = Guide::read_from(&mut file.as_slice()).unwrap();
    assert_eq!(read, *settled);
    let query = Query::history(["p1"]).n(9);
    assert_eq!(
        read.recommend(&query).unwrap(),
        settled.recommend(&query).unwrap()
    );
    assert_eq!(read.noise().unwrap().fits, 1);
    let proof = live.forget("s3").unwrap();
    let owed: Vec<&str> = proof
        .sources
        .iter()
        .filter(|(_, trace)| *trace == Trace::OwedUntilRefit)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(owed, ["neighbours", "trending", "popular"]);
    assert_eq!(live.guide().popularity()[..N_PRODUCTS], built.popularity());
    live.refit(&Silent).unwrap();
    assert_ne!(live.guide().popularity()[..N_PRODUCTS], built.popularity());
    assert_eq!(live.guide().noise().unwrap().fits, 2);
}

#[test]
fn bad_noise_is_refused() {
    let refused = |params: GuideParams| {
        let built = Guide::builder().catalog(catalog()).params(params).build();
        built.unwrap_err().to_string()
    };
    let expected = "parameter `tune` must be false with `noise`: what tuning picks follows from exact counts, but is true";
    let noise = NoiseParams::default();
    assert_eq!(refused(params(noise.clone()).tune(true)), expected);
    for (bad, name) in [
        (noise.clone().epsilon(0.0), "noise.epsilon"),
        (noise.clone().epsilon(f64::NAN), "noise.epsilon"),
        (noise.clone().delta(0.5), "noise.delta"),
        (noise.clone().most_products(0), "noise.most_products"),
    ] {
        let message = refused(params(bad));
        assert!(message.contains(name), "{message}");
    }
}
