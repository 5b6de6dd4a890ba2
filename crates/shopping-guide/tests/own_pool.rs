//! A guide is built, measured and asked in the thread pool of the caller. The test has a process of its own: it tells whether
//! anything used the global pool by being the first to start it.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use guide_demo::DemoShop;
use shopping_guide::{EpochReport, EvaluationParams, Guide, Progress, Query};

/// Counts what is told, and refuses to hear it from a thread outside the pool.
#[derive(Default)]
struct OnShopThreads(AtomicUsize);

impl OnShopThreads {
    fn hear(&self) {
        let thread = std::thread::current();
        assert!(thread.name().is_some_and(|name| name.starts_with("shop-")));
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Progress for OnShopThreads {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        self.hear();
        ControlFlow::Continue(())
    }

    fn step(&self, _: &str, _: usize, _: usize) {
        self.hear();
    }
}

#[test]
fn all_work_runs_in_the_pool_of_the_caller() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .thread_name(|index| format!("shop-{index}"))
        .build()
        .unwrap();
    let progress = OnShopThreads::default();
    let (made, answer) = pool.install(|| {
        let shop = DemoShop::params().n_products(120).n_shoppers(150);
        let shop = shop.generate().unwrap();
        let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
        let made = builder.build_measured(&EvaluationParams::default(), &progress);
        let made = made.unwrap();
        let answer = made.guide.recommend(&Query::nobody()).unwrap();
        (made, answer)
    });
    assert!(made.evaluation.is_ok() && !answer.hits.is_empty());
    assert!(progress.0.into_inner() > 10, "the listener heard the work");
    // An error if the global pool was started before.
    let global = rayon::ThreadPoolBuilder::new().num_threads(1);
    assert!(global.build_global().is_ok(), "the global pool was used");
}
