//! The last epoch of a training is as fast as the first: no state, gradient or moment becomes a denormal number, with which a processor
//! computes 10 to 100 times as slowly.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use nlp_rnn::{LanguageModel, Training};
use nn_core::EpochRecord;
use std::ops::ControlFlow;

/// Epochs of each training.
const EPOCHS: usize = 20;

/// The fastest of three epochs, so that another program on the machine disturbs less.
fn fastest(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// A text that is learned by heart at once, so that gradients, and with them Adam's moments, fall towards 0.
#[test]
#[ignore = "measures time, which other programs disturb: cargo test --release -p nlp-rnn --test epoch_times -- --ignored --nocapture"]
fn the_last_epoch_is_as_fast_as_the_first() {
    let text: Vec<_> = (0..400)
        .map(|_| vec!["one", "red", "coat", "more"])
        .collect();
    for training in [Training::Adam, Training::Sgd] {
        let rate = if training == Training::Adam {
            0.05
        } else {
            1.0
        };
        let params = LanguageModel::params().dim(64).hidden(64).layers(2);
        let params = params.batch(8).bptt(10).epochs(EPOCHS).training(training);
        let params = params.learning_rate(rate).decay(1.0);
        let mut seconds = Vec::new();
        let mut watch = |record: &EpochRecord| {
            seconds.push(record.seconds);
            ControlFlow::Continue(())
        };
        params.fit_watched(&text, None, &mut watch).unwrap();
        let (first, last) = (fastest(&seconds[..3]), fastest(&seconds[EPOCHS - 3..]));
        println!("{training:?}: first {first:.4} s, last {last:.4} s");
        assert!(
            last < 1.3 * first,
            "{training:?}: {last} s after {first} s: {seconds:?}"
        );
    }
}
