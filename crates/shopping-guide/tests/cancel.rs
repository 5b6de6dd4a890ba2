//! A build that is cancelled within any of its steps or trainings ends with `Error::Cancelled` and makes no guide.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use std::ops::ControlFlow;
use std::sync::Mutex;

use guide_demo::DemoShop;
use shopping_guide::{
    Cancel, EpochReport, ErrorKind, EvaluationParams, Guide, MeasuredGuide, Progress, Result,
};

/// Writes down each step and each algorithm once, and cancels at the one called `at`.
#[derive(Default)]
struct At<'a> {
    at: &'a str,
    heard: Mutex<Vec<String>>,
    cancel: Cancel,
}

impl At<'_> {
    fn hear(&self, what: &str) {
        let mut heard = self.heard.lock().unwrap();
        if !heard.iter().any(|known| known == what) {
            heard.push(what.to_owned());
        }
        if what == self.at {
            self.cancel.cancel();
        }
    }
}

impl Progress for At<'_> {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        self.hear(report.algorithm);
        self.cancel.epoch(report)
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        self.cancel.within_epoch()
    }

    fn step(&self, what: &str, _: usize, _: usize) {
        self.hear(what);
    }
}

fn build(progress: &At<'_>) -> Result<MeasuredGuide> {
    let shop = DemoShop::params().n_products(80).n_shoppers(120);
    let shop = shop.generate()?;
    let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    builder.build_measured(&EvaluationParams::default(), progress)
}

#[test]
fn a_build_can_be_cancelled_within_every_step_and_training() {
    let whole = At::default();
    build(&whole).unwrap();
    let heard = whole.heard.into_inner().unwrap();
    let has = |part: &str| heard.iter().any(|what| what.contains(part));
    assert!(has("item-top") && has("ials") && has("tuning"), "{heard:?}");
    for at in &heard {
        let stops = At {
            at,
            ..At::default()
        };
        let error = build(&stops).map(|made| made.report).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "at {at}: {error}");
    }
}
