//! A listener that ends the training.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::{Cancel, EpochReport, Progress};

/// Ends the training of one algorithm at its first report.
struct Ends(&'static str);

impl Progress for Ends {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        match report.algorithm == self.0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Says that it is over when it was asked so often between two steps.
struct After(AtomicUsize);

impl Progress for After {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn build(catalog: Catalog, progress: &dyn Progress) -> crate::Result<(Guide, crate::BuildReport)> {
    let builder = Guide::builder().catalog(catalog).events(events());
    let params = GuideParams::default().tune(false);
    builder.params(params).build_with(progress)
}

fn refused(catalog: Catalog, progress: &dyn Progress) -> String {
    build(catalog, progress).unwrap_err().to_string()
}

#[test]
fn a_cancelled_build_makes_no_guide() {
    let cancel = Cancel::default();
    cancel.cancel();
    let at = |step| format!("cancelled at `{step} of the guide`");
    assert_eq!(refused(catalog(), &cancel), at("events"));
    for (steps, step) in [(0, "events"), (1, "text"), (2, "neighbours")] {
        assert_eq!(refused(catalog(), &After(steps.into())), at(step));
    }
    assert!(build(catalog(), &After(10.into())).is_ok());
    // Tuning, too, ends there.
    let builder = Guide::builder().catalog(catalog()).events(events());
    let error = builder.build_with(&cancel).unwrap_err();
    assert_eq!(error.to_string(), at("events"));
}

#[test]
fn neighbours_of_some_products_are_none_and_factors_of_fewer_epochs_are_told() {
    let mut many = catalog();
    for number in 0..10_000 {
        many.push(Product::new(format!("more {number}"), ""))
            .unwrap();
    }
    let expected = "cancelled at `neighbours of the guide`";
    assert_eq!(refused(many, &Ends("item-top")), expected);
    // All six products are one chunk: there the training is done.
    let (_, report) = build(catalog(), &Ends("item-top")).unwrap();
    assert!(report.stopped.is_empty());
    let (guide, report) = build(catalog(), &Ends("ials")).unwrap();
    assert_eq!(report.stopped, ["factors"]);
    assert!(report.to_string().contains("training ended early: factors"));
    assert!(guide.fitted("factors").is_some());
}
