//! The source `neural`: when it is trained, what it finds, and what a file and another log make of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use guide_core::seeded;
use guide_core::testing::same_for_one_and_two_threads;
use rand::RngExt;

use super::files::{payload, read, with_section};
use super::*;
use crate::guide::sources::SourceEntry;
use crate::{
    Cancel, EpochReport, ErrorKind, Evaluation, EvaluationParams, Evidence, FusionParams,
    LiveGuide, LiveParams, Params, Progress, Query, Reason, Request, Silent, Trace,
};

/// Large enough for the network to be trained.
static SHOP: LazyLock<DemoShop> = LazyLock::new(|| demo_shop(300, 1300));
/// Its network alone, beside what is popular.
static GUIDE: LazyLock<Guide> = LazyLock::new(|| build(params(), &Silent).unwrap().0);

fn params() -> GuideParams {
    let params = GuideParams::default().tune(false);
    let network = params.neural.clone();
    let network = network.hidden(vec![32, 16]).n_negatives(2).n_epochs(3);
    let fusion = params.fusion.clone().neighbours(0.0).factors(0.0);
    let fusion = fusion.attributes(0.0).trending(0.0).neural(1.0);
    let context = params.context.clone().neural(1.0);
    params
        .context(context)
        .neural(network.batch_size(256).learning_rate(3e-3))
        .fusion(fusion)
}

fn build(
    params: GuideParams,
    progress: &dyn Progress,
) -> crate::Result<(Guide, crate::BuildReport)> {
    let builder = Guide::builder().catalog(SHOP.catalog.clone());
    let builder = builder.events(SHOP.events.clone()).params(params);
    builder.build_with(progress)
}

fn neural(guide: &Guide) -> SourceEntry<'_> {
    let mut entries = guide.sources().into_iter();
    entries.find(|one| one.source.name() == "neural").unwrap()
}

/// A request of somebody with the first `n` products of a shopper's history.
fn request(guide: &Guide, n: usize) -> Request {
    let shopper = guide.shoppers().nth(5).unwrap();
    let history = guide.history(shopper).unwrap().into_iter().take(n);
    let products: Vec<String> = history.map(|(product, _)| product.id.clone()).collect();
    assert_eq!(products.len(), n);
    guide.request(&Query::history(products)).unwrap()
}

fn why_not(report: &crate::BuildReport) -> Option<&str> {
    let mut not_fitted = report.not_fitted.iter();
    let (_, why) = not_fitted.find(|(name, _)| name == "neural")?;
    Some(why)
}

#[test]
fn it_finds_clearly_more_than_what_is_popular_and_is_tuned_as_any_other() {
    let fusion = FusionParams::default().neural(0.1).popular(2.0);
    let params = params().fusion(fusion).tune(true).tune_budget(1);
    let how = EvaluationParams::default();
    let measured = Evaluation::run(&SHOP.catalog, &SHOP.events, &params, &how, &Silent).unwrap();
    let recall = |name: &str| measured.row(name).unwrap().recall;
    assert!(
        recall("neural") > 2.0 * recall("popular"),
        "{:?}",
        measured.rows
    );
    let alone = &measured.build.tuning.as_ref().unwrap().alone;
    assert!(
        alone
            .iter()
            .any(|(name, worth)| name == "neural" && *worth > 0.0)
    );
    assert!(measured.fusion.neural > 0.1, "{:?}", measured.fusion);
}

#[test]
fn it_is_trained_only_where_its_weight_and_the_log_say_so() {
    let untrained = |params: GuideParams| {
        let builder = Guide::builder().catalog(catalog()).events(events());
        let (guide, report) = builder.params(params).build_with(&Silent).unwrap();
        assert!(guide.fitted("neural").is_none());
        why_not(&report).unwrap().to_owned()
    };
    let default = GuideParams::default().tune(false);
    assert_eq!(untrained(default.clone()), "its weights are 0");
    assert!(untrained(params()).contains("1,000 shoppers and 20,000 different pairs"));
    // Either weight is enough to ask for it.
    let context = default.context.clone().neural(0.5);
    assert!(untrained(default.context(context)).contains("1,000 shoppers"));
    let empty = Guide::builder().catalog(catalog()).params(params());
    assert_eq!(
        why_not(&empty.build_with(&Silent).unwrap().1),
        Some("the log has no event")
    );
    let mut endless = params();
    endless.neural.n_epochs = 1000;
    endless.neural.hidden = vec![1024, 1024];
    let (_, report) = build(endless, &Silent).unwrap();
    assert!(
        why_not(&report)
            .unwrap()
            .contains("more than 2e13 multiplications")
    );
}

#[test]
fn who_was_not_there_is_served_by_the_history() {
    let guide = &*GUIDE;
    let request = request(guide, 6);
    assert_eq!(request.shopper, None);
    let source = neural(guide).source;
    let hits = source.candidates(&request, 20).unwrap();
    assert_eq!(hits.len(), 20);
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
    for (place, hit) in hits.iter().enumerate() {
        assert!(request.allows(hit.id.0));
        let rank = source.rank(&request, hit.id).unwrap();
        assert_eq!(rank, Some((place + 1, hit.score)));
    }
    let product = &guide.catalog().products()[SHOP_PRODUCT].id;
    let similar = guide.similar(product, 3).unwrap();
    assert_eq!(similar.hits.len(), 3);
    let by_network = |hit: &crate::Hit| hit.sources.contains(&"neural".to_owned());
    assert!(similar.hits.iter().any(by_network));
    // It is not one list for all.
    let lists: BTreeSet<Vec<u32>> = guide
        .shoppers()
        .take(20)
        .map(|shopper| {
            let request = guide.request(&Query::shopper(shopper)).unwrap();
            let hits = source.candidates(&request, 5).unwrap();
            hits.iter().map(|hit| hit.id.0).collect()
        })
        .collect();
    assert!(lists.len() > 15, "{}", lists.len());
    let nobody = guide.request(&Query::nobody()).unwrap();
    assert!(source.candidates(&nobody, 9).unwrap().is_empty());
    assert_eq!(source.rank(&nobody, hits[0].id).unwrap(), None);
    // What nobody took has no vector.
    let mut anything = request;
    anything.allowed = guide_core::Bitmap::all(guide.catalog().len());
    let hits = source.candidates(&anything, 999).unwrap();
    let counts = guide.popularity();
    assert!(counts.contains(&0));
    assert!(hits.iter().all(|hit| counts[hit.id.index()] > 0));
}

/// A reason is the difference that its product makes, and the score is one whole.
#[test]
fn reasons_are_differences_of_scores() {
    let guide = &*GUIDE;
    let request = request(guide, 4);
    let source = neural(guide).source;
    let best = source.candidates(&request, 1).unwrap()[0];
    let mut expected = Vec::new();
    for &(product, _) in &request.history {
        let others = request.without(product);
        let score = source.rank(&others, best.id).unwrap().unwrap().1;
        let id = guide.catalog().products()[product.index()].id.clone();
        expected.push((best.score - score, id));
    }
    let total: f32 = expected.iter().map(|one| one.0.max(0.0)).sum();
    expected.retain(|one| one.0 > 0.0);
    expected.sort_by(|a, b| b.0.total_cmp(&a.0));
    let reasons = source.reasons(&request, best.id).unwrap();
    assert!(!reasons.is_empty() && reasons.len() == expected.len().min(3));
    for (reason, (amount, id)) in reasons.iter().zip(&expected) {
        let Reason::Because {
            product,
            source,
            share,
            ..
        } = reason
        else {
            panic!("{reason:?}");
        };
        assert_eq!((product, source.as_str()), (id, "neural"));
        assert!((share - amount / total).abs() < 1e-5, "{share} {amount}");
    }
    let query = Query::shopper(guide.shoppers().nth(5).unwrap()).n(1);
    let hit = &guide.recommend(&query).unwrap().hits[0];
    let why = guide.explain_for(&query, &hit.product).unwrap();
    let standing = why
        .sources
        .iter()
        .find(|one| one.source == "neural")
        .unwrap();
    assert_eq!(standing.parts.len(), 1);
    assert_eq!(standing.parts[0].evidence, Evidence::Whole);
    assert_eq!(Some(standing.parts[0].amount), standing.score);
}

#[test]
fn one_thread_and_two_give_the_same_bits() {
    let mut params = params();
    params.neural.n_epochs = 1;
    params.neural.hidden = vec![8];
    same_for_one_and_two_threads(|| {
        let (guide, _) = build(params.clone(), &Silent).unwrap();
        guide.fitted("neural").unwrap().model.save().unwrap()
    });
}

/// Cancels at the first report of the network.
#[derive(Default)]
struct AtNetwork(Cancel);

impl Progress for AtNetwork {
    fn epoch(&self, report: &EpochReport) -> std::ops::ControlFlow<()> {
        if report.algorithm == "dmf" {
            self.0.cancel();
        }
        self.0.epoch(report)
    }

    fn within_epoch(&self) -> std::ops::ControlFlow<()> {
        self.0.within_epoch()
    }
}

#[test]
fn a_cancel_stops_it() {
    let mut params = params();
    params.neural.n_epochs = 100;
    let error = build(params, &AtNetwork::default()).unwrap_err();
    assert_eq!(error.to_string(), "cancelled at `neural of the guide`");
}

#[test]
fn a_loaded_network_answers_as_the_saved_one() {
    let guide = &*GUIDE;
    let loaded = read(&payload(guide)).unwrap();
    assert_eq!(loaded, *guide);
    for shopper in guide.shoppers().take(5) {
        let query = Query::shopper(shopper);
        let answer = guide.recommend(&query).unwrap();
        assert!(answer.hits[0].sources.contains(&"neural".to_owned()));
        assert_eq!(loaded.recommend(&query).unwrap(), answer);
        let product = &answer.hits[0].product;
        let why = guide.explain(shopper, product).unwrap();
        assert_eq!(loaded.explain(shopper, product).unwrap(), why);
    }
}

#[test]
fn a_damaged_section_is_an_error_and_never_a_panic() {
    let guide = &*GUIDE;
    let good = guide
        .fitted("neural")
        .unwrap()
        .model
        .save()
        .unwrap()
        .unwrap();
    let material = guide.material();
    let kind = guide.fitted("neural").unwrap().kind();
    let read_section = |bytes: &[u8]| kind.read(bytes, &material);
    assert!(read_section(&good).is_ok());
    for length in (0..good.len()).step_by(good.len() / 50) {
        assert!(read_section(&good[..length]).is_err(), "{length}");
    }
    let mut rng = seeded(4);
    for round in 0..300 {
        let mut bytes = good.clone();
        // The first bytes hold the shapes.
        let end = if round % 2 == 0 { 64 } else { bytes.len() };
        for _ in 0..rng.random_range(1..4) {
            let place = rng.random_range(0..end);
            bytes[place] = rng.random();
        }
        let Ok(model) = read_section(&bytes) else {
            continue;
        };
        let request = request(guide, 3);
        let source = model.source(guide);
        if let Ok(hits) = source.candidates(&request, 5) {
            for hit in hits {
                source.rank(&request, hit.id).ok();
                source.reasons(&request, hit.id).ok();
            }
        }
    }
    // A network of another catalogue.
    let few = Guide::builder().catalog(catalog()).events(events());
    let few = few.build().unwrap();
    let error = kind.read(&good, &few.material()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot decode `guide`: vectors of the network (300, 16) beside 6 products"
    );
    // A file without it is a guide without it.
    let without = read(&with_section(guide, "source.neural", None)).unwrap();
    assert!(without.fitted("neural").is_none());
}

#[test]
fn another_log_keeps_the_network_and_a_refit_is_owed_to_whom_it_forgets() {
    let live = LiveGuide::new(GUIDE.clone(), LiveParams::default()).unwrap();
    let shopper = GUIDE.shoppers().nth(7).unwrap().to_owned();
    let before = GUIDE.fitted("neural").unwrap().model.save().unwrap();
    live.upsert_product(Product::new("brand new", "Brand new"))
        .unwrap();
    live.observe(&Event::purchase("newcomer", "brand new"))
        .unwrap();
    let bought = GUIDE.catalog().products()[SHOP_PRODUCT].id.clone();
    live.observe(&Event::purchase("newcomer", &*bought))
        .unwrap();
    // The newcomer is served from the two events, of which the network knows one.
    let newcomer = Query::shopper("newcomer").n(9);
    let answer = live.recommend(&newcomer).unwrap();
    assert!(answer.hits[0].sources.contains(&"neural".to_owned()));
    let alone = GUIDE.recommend(&Query::history([&bought]).n(9)).unwrap();
    assert_eq!(products(&answer), products(&alone));
    let proof = live.forget(&shopper).unwrap();
    let trace = proof.sources.iter().find(|(source, _)| source == "neural");
    assert_eq!(trace.unwrap().1, Trace::OwedUntilRefit);
    let guide = live.guide();
    let model = &guide.fitted("neural").unwrap().model;
    let after = model.save().unwrap();
    assert_eq!(after, before);
    let bytes = after.unwrap();
    let mut names = bytes.windows(shopper.len());
    assert!(!names.any(|window| window == shopper.as_bytes()));
    // The product that came later is no candidate, and a known history still finds the others.
    let new = guide.catalog().number("brand new").unwrap();
    let request = guide.request(&newcomer).unwrap();
    let source = neural(&guide).source;
    let hits = source.candidates(&request, 999).unwrap();
    assert!(!hits.is_empty() && hits.iter().all(|hit| hit.id != new));
    assert!(source.reasons(&request, new).unwrap().is_empty());
}

/// A product that many took.
const SHOP_PRODUCT: usize = 3;

#[test]
fn settings_of_the_network_have_bounds() {
    let refused = |change: fn(&mut GuideParams)| {
        let mut params = GuideParams::default();
        change(&mut params);
        let error = params.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
        error.to_string()
    };
    for (error, name) in [
        (refused(|params| params.neural.hidden = vec![]), "hidden"),
        (
            refused(|params| params.neural.hidden = vec![2000, 64]),
            "hidden",
        ),
        (refused(|params| params.neural.n_epochs = 2000), "n_epochs"),
        (
            refused(|params| params.neural.n_negatives = 200),
            "n_negatives",
        ),
        (
            refused(|params| params.neural.batch_size = 1 << 21),
            "batch_size",
        ),
        (
            refused(|params| params.neural.learning_rate = 2.0),
            "learning_rate",
        ),
        (
            refused(|params| params.neural.weight_decay = 2.0),
            "weight_decay",
        ),
    ] {
        assert!(
            error.starts_with(&format!("parameter `neural.{name}` must")),
            "{error}"
        );
    }
    let refused = refused(|params| params.fusion.neural = -1.0);
    assert!(
        refused.starts_with("parameter `fusion.neural`"),
        "{refused}"
    );
}
