//! What the tuning picks, what the evaluation measures, and what is saved.

use guide_core::{seeded, testing::same_for_one_and_two_threads};
use rand::RngExt;

use super::*;
use crate::{Evaluation, EvaluationParams, FusionParams, Silent};

/// A log of clicks as a news site has it: articles age within days, and a reader keeps to one topic and region, which the
/// catalogue tells.
fn news(seed: u64) -> (Catalog, Events) {
    let mut rng = seeded(seed);
    let (n_days, per_day, n_topics, n_regions) = (30_i64, 40, 8, 6);
    let mut products = Vec::new();
    let mut by_day = Vec::new();
    for day in 0..n_days {
        let today: Vec<(String, usize, usize)> = (0..per_day)
            .map(|number| {
                let (topic, region) = (
                    rng.random_range(0..n_topics),
                    rng.random_range(0..n_regions),
                );
                (format!("n{day}-{number}"), topic, region)
            })
            .collect();
        products.extend(today.iter().map(|(id, topic, region)| {
            Product::new(id, format!("Report {id}"))
                .attribute("topic", format!("topic {topic}"))
                .attribute("region", format!("region {region}"))
        }));
        by_day.push(today);
    }
    let mut events = Events::default();
    for reader in 0..400 {
        let (topic, region) = (
            rng.random_range(0..n_topics),
            rng.random_range(0..n_regions),
        );
        for day in 0..n_days {
            let own = by_day[day as usize]
                .iter()
                .filter(|one| one.1 == topic && one.2 == region);
            for (id, ..) in own {
                if rng.random_range(0..10) >= 8 {
                    continue;
                }
                let time = day * DAY + rng.random_range(0..DAY);
                let shopper = format!("r{reader}");
                let event = Event::new(&shopper, id, EventKind::View).time(time);
                events.push(&event).unwrap();
            }
        }
    }
    (Catalog::new(products).unwrap(), events)
}

#[test]
fn a_fused_guide_finds_at_least_what_its_best_source_does() {
    for seed in [1, 2] {
        let (catalog, events) = news(seed);
        let how = EvaluationParams::default();
        let params = GuideParams::default();
        let measured = Evaluation::run(&catalog, &events, &params, &how, &Silent).unwrap();
        let attributes = measured.row("attributes").unwrap();
        assert!(attributes.recall > 0.2, "{attributes:?}");
        let certain = measured.better_sources.iter().filter(|one| one.is_certain);
        assert_eq!(
            certain.count(),
            0,
            "{:?} {:?}",
            measured.rows,
            measured.fusion
        );
    }
}

/// Weights that mislead are reported: the guide is said to lose to one of its sources.
#[test]
fn a_guide_that_loses_to_a_source_says_so() {
    let (catalog, events) = news(3);
    let fusion = FusionParams::default()
        .attributes(0.01)
        .trending(2.0)
        .popular(2.0);
    let params = GuideParams::default().tune(false).fusion(fusion);
    let how = EvaluationParams::default();
    let measured = Evaluation::run(&catalog, &events, &params, &how, &Silent).unwrap();
    let better = &measured.better_sources[0];
    assert_eq!(
        (better.name.as_str(), better.is_certain),
        ("attributes", true)
    );
    let gain = measured.row("attributes").unwrap().recall - measured.rows[0].recall;
    assert!((better.difference - gain).abs() < 1e-9);
    assert!(better.interval.0 < gain && gain < better.interval.1);
    let json = serde_json::to_value(&measured).unwrap();
    assert_eq!(json["better_sources"][0]["name"], "attributes");
    assert_eq!(json["better_sources"][0]["is_certain"], true);
}

fn demo() -> DemoShop {
    demo_shop(200, 300)
}

/// The guide that is saved is the one that was measured, fitted to all events: without the last part of the log it is that
/// one bit by bit.
#[test]
fn what_is_measured_has_the_parameters_of_what_is_saved() {
    let shop = demo();
    let how = EvaluationParams::default();
    let builder = || Guide::builder().catalog(shop.catalog.clone());
    let made = builder()
        .events(shop.events.clone())
        .build_measured(&how, &Silent)
        .unwrap();
    let evaluation = made.evaluation.unwrap();
    assert_eq!(&evaluation.params, made.guide.params());
    assert_eq!(evaluation.fusion, made.guide.params().fusion);
    assert!(made.report.tuned && evaluation.build.tuned);
    assert_eq!(made.report.tuning, evaluation.build.tuning);
    assert!(made.report.events > evaluation.build.events);
    assert_eq!(evaluation.build.events, evaluation.train_events);
    // A guide of the earlier events with these parameters has the figures of the table.
    let fixed = evaluation.params.clone().tune(false);
    let again = Evaluation::run(&shop.catalog, &shop.events, &fixed, &how, &Silent).unwrap();
    for (a, b) in again.rows.iter().zip(&evaluation.rows) {
        assert_eq!((&a.name, a.recall, a.ndcg), (&b.name, b.recall, b.ndcg));
    }
    // The saved guide is the plain build with these parameters.
    let plain = builder().events(shop.events.clone()).params(fixed);
    let plain = plain.build().unwrap();
    let shopper = plain.shoppers().next().unwrap().to_owned();
    let query = crate::Query::shopper(shopper);
    assert_eq!(
        plain.recommend(&query).unwrap(),
        made.guide.recommend(&query).unwrap()
    );
    // The test part takes no part in the tuning.
    let (earlier, _) = shop.events.split_last(how.test_fraction).unwrap();
    let (inner, report) = builder().events(earlier).build_with(&Silent).unwrap();
    assert_eq!(inner.params(), made.guide.params());
    assert_eq!(report.tuning, made.report.tuning);
}

#[test]
fn shoppers_are_a_sample_drawn_by_the_seed() {
    let shop = demo();
    let params = GuideParams::default().tune(false);
    let run = |how: &EvaluationParams| {
        Evaluation::run(&shop.catalog, &shop.events, &params, how, &Silent).unwrap()
    };
    let all = run(&EvaluationParams::default());
    assert!(all.shoppers == all.all_shoppers && all.shoppers > 100);
    let some = run(&EvaluationParams::default().shoppers(60));
    assert_eq!((some.shoppers, some.all_shoppers), (60, all.shoppers));
    assert!(some.pairs < all.pairs);
    let recall = |measured: &Evaluation| measured.rows[0].recall;
    let again = run(&EvaluationParams::default().shoppers(60));
    assert_eq!(recall(&again), recall(&some));
    let other = run(&EvaluationParams::default().shoppers(60).seed(1));
    assert_ne!(recall(&other), recall(&some));
    for row in &all.rows {
        let (low, high) = row.recall_interval;
        assert!(
            low <= row.recall && row.recall <= high && high - low < 0.2,
            "{row:?}"
        );
        let (low, high) = row.ndcg_interval;
        assert!(low <= row.ndcg && row.ndcg <= high, "{row:?}");
    }
    // Few shoppers say less.
    let width = |measured: &Evaluation| {
        let (low, high) = measured.rows[0].recall_interval;
        high - low
    };
    assert!(width(&some) > width(&all));
}

/// The budget is counted in work: with less of it fewer settings are tried, and the same ones on any number of threads.
#[test]
fn settings_are_tried_within_the_budget() {
    let shop = demo();
    let build = |budget| {
        let params = GuideParams::default().tune_budget(budget);
        let builder = Guide::builder()
            .catalog(shop.catalog.clone())
            .events(shop.events.clone());
        let (_, report) = builder.params(params).build_with(&Silent).unwrap();
        report.tuning.unwrap()
    };
    let all = build(u64::MAX);
    assert!(all.trials.len() > 5 && all.untried == 0 && all.is_reproducible());
    assert_eq!(all.trials.iter().filter(|trial| trial.picked).count(), 1);
    let of_one = all.trials[0].work;
    let rows = all.shoppers + shop.catalog.len();
    assert_eq!(of_one, (all.interactions + 64 * rows) as u64 * 64 * 16);
    let some = build(3 * of_one + 1);
    assert_eq!(some.trials.len(), 3);
    assert_eq!(some.untried, all.trials.len() - 3);
    assert!(some.work() <= 3 * of_one + 1);
    for (a, b) in some.trials.iter().zip(&all.trials) {
        assert_eq!((&a.params, a.recall), (&b.params, b.recall));
    }
    let words = some.to_string();
    assert!(words.contains("factors: 3 settings tried"), "{words}");
    let none = build(0);
    assert_eq!(none.trials.len(), 1, "those given");
    same_for_one_and_two_threads(|| build(3 * of_one).trials);
}

#[test]
fn a_limit_in_seconds_is_told_as_irreproducible() {
    let shop = demo();
    let params = GuideParams::default().tune_seconds(Some(1e-6));
    let builder = Guide::builder()
        .catalog(shop.catalog)
        .events(shop.events)
        .params(params);
    let (_, report) = builder.build_with(&Silent).unwrap();
    let tuning = report.tuning.unwrap();
    assert!(!tuning.is_reproducible() && tuning.trials.len() == 1);
    let words = tuning.to_string();
    assert!(
        words.contains("the same seed may give another guide elsewhere"),
        "{words}"
    );
}

/// Of a log that is too large some shoppers are taken, with all that they did.
#[test]
fn a_large_log_is_tuned_on_some_of_its_shoppers() {
    let mut events = Events::default();
    let mut rng = seeded(5);
    for shopper in 0..13_000 {
        let shopper = format!("s{shopper}");
        for event in 0..10 {
            let product = format!("p{}", rng.random_range(0..100));
            let time = i64::from(event) * 1000 + rng.random_range(0..1000);
            let event = Event::new(&shopper, &product, EventKind::Purchase).time(time);
            events.push(&event).unwrap();
        }
    }
    let mut params = GuideParams::default().tune_events(100_000).tune_budget(1);
    params.factors = params.factors.n_factors(2).n_epochs(1);
    let builder = Guide::builder().events(events).params(params);
    let (_, report) = builder.build_with(&Silent).unwrap();
    let tuning = report.tuning.unwrap();
    let share = tuning.shoppers as f64 / tuning.all_shoppers as f64;
    // 100,000 events of the 117,000 that are not held out.
    assert!((share - 100.0 / 117.0).abs() < 0.02, "{share}");
    assert!(tuning.interactions < 105_000 && tuning.asked == 1500);
    assert!(report.shoppers == 13_000, "the guide itself has all");
}
