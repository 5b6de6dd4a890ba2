//! A bar on a terminal, nothing elsewhere.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::time::Duration;

use guide_core::{EpochReport, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows the epochs of one training run.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar labelled `label`; hidden where standard error is no terminal.
    pub fn new(label: &str) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        let loss = report
            .loss
            .map_or(String::new(), |loss| format!("  loss {loss:.4}"));
        self.0.set_message(format!(
            "{}  epoch {} of {}{loss}",
            report.algorithm, report.epoch, report.n_epochs
        ));
        ControlFlow::Continue(())
    }
}
