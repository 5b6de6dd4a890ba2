//! A bar on a terminal, nothing elsewhere.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::time::Duration;

use guide_core::{EpochReport, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows the epochs of one training run.
pub struct Bar(ProgressBar);

impl Bar {
    /// Shows a bar labelled `label` while `work` runs and takes it away before anything else is printed; hidden where
    /// standard error is no terminal.
    pub fn during<T>(label: &str, work: impl FnOnce(&Self) -> T) -> T {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {elapsed} {prefix} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        let bar = Self(bar);
        let done = work(&bar);
        bar.0.finish_and_clear();
        done
    }

    /// Shows `message` beside the label.
    pub fn say(&self, message: String) {
        self.0.set_message(message);
    }

    /// Runs `print` while the bar is away.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
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

    fn step(&self, what: &str, done: usize, total: usize) {
        self.0.set_message(match total {
            0 => what.to_owned(),
            total => format!("{what}  {done} of {total}"),
        });
    }
}
