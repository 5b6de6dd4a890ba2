//! Progress of a build as spans and events of `tracing`.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use guide_core::{EpochReport, Progress, Silent};
use tracing::Span;

/// Tells `tracing` of every step and every trained epoch, and passes both on to another listener.
///
/// The whole work is a span `guide` at level INFO, from [`TracingProgress::new`] until the value is dropped. Each step in it is a
/// span `step` with the field `what`, such as `neighbours of each product`; it ends where the next step begins. Within a step,
/// each epoch is an event at level DEBUG with the fields `algorithm`, `epoch`, `n_epochs` and `loss`, and so are the parts that
/// are done, at most one a second, with the fields `done` and `total`.
///
/// The spans are children of the span in which the value is made. No span is ever entered, since training runs on several
/// threads: a span's time is that from its creation to its end.
///
/// ```
/// use shopping_guide::{Event, Events, Guide, TracingProgress};
/// let events = Events::new([Event::purchase("ann", "mug"), Event::purchase("ann", "bowl")])?;
/// let (guide, _) = Guide::builder().events(events).build_with(&TracingProgress::new())?;
/// # let _ = guide;
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Debug)]
pub struct TracingProgress<P = Silent> {
    inner: P,
    /// Of the whole work.
    work: Span,
    step: Mutex<Step>,
}

/// The step that is under way.
#[derive(Debug, Default)]
struct Step {
    what: String,
    /// None before the first step.
    span: Option<Span>,
    /// When its parts were told of last.
    told: Option<Instant>,
}

/// Parts of a step are told of at most this often: a log line for each of 100,000 parts would hide the rest.
const BETWEEN_PARTS: Duration = Duration::from_secs(1);

impl TracingProgress {
    /// Opens the span of the work; nothing stops it.
    pub fn new() -> Self {
        Self::around(Silent)
    }
}

impl Default for TracingProgress {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Progress> TracingProgress<P> {
    /// Opens the span of the work. `inner` hears of everything too and may stop the work, as [`Cancel`](crate::Cancel) does.
    pub fn around(inner: P) -> Self {
        Self {
            inner,
            work: tracing::info_span!("guide"),
            step: Mutex::default(),
        }
    }

    fn with_step<T>(&self, tell: impl FnOnce(&mut Step) -> T) -> T {
        tell(&mut self.step.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<P: Progress> Progress for TracingProgress<P> {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        self.with_step(|step| {
            let (epoch, n_epochs) = (report.epoch as u64, report.n_epochs as u64);
            tracing::debug!(
                parent: step.span.as_ref().unwrap_or(&self.work),
                algorithm = report.algorithm,
                epoch,
                n_epochs,
                loss = report.loss,
                "epoch"
            );
        });
        self.inner.epoch(report)
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        self.inner.within_epoch()
    }

    fn step(&self, what: &str, done: usize, total: usize) {
        self.with_step(|step| {
            if step.what != what || step.span.is_none() {
                *step = Step {
                    what: what.to_owned(),
                    span: Some(tracing::info_span!(parent: &self.work, "step", what)),
                    told: None,
                };
            }
            let is_due = |told: Instant| told.elapsed() >= BETWEEN_PARTS;
            if total > 0 && step.told.is_none_or(is_due) {
                step.told = Some(Instant::now());
                let (done, total) = (done as u64, total as u64);
                let parent = step.span.as_ref().unwrap_or(&self.work);
                tracing::debug!(parent: parent, done, total, "parts");
            }
        });
        self.inner.step(what, done, total);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::{Debug, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::with_default;
    use tracing::{Metadata, Subscriber};

    use super::*;
    use crate::{Cancel, ErrorKind, Event, Events, Guide, GuideParams};

    /// Writes down what it hears: `+span<parent name fields`, `-span`, `>span` where one is entered, `=span fields` for fields that come later, and
    /// `!parent fields` for an event.
    #[derive(Clone, Default)]
    pub(crate) struct Lines {
        lines: Arc<Mutex<Vec<String>>>,
        spans: Arc<AtomicU64>,
    }

    impl Lines {
        fn add(&self, line: String) {
            self.lines.lock().unwrap().push(line);
        }

        pub(crate) fn all(&self) -> Vec<String> {
            self.lines.lock().unwrap().clone()
        }
    }

    struct Fields(String);

    impl Visit for Fields {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            write!(self.0, " {field}={value:?}").unwrap();
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let id = self.spans.fetch_add(1, Ordering::Relaxed) + 1;
            let mut fields = Fields(String::new());
            span.record(&mut fields);
            let (parent, name) = (
                span.parent().map_or(0, Id::into_u64),
                span.metadata().name(),
            );
            self.add(format!("+{id}<{parent} {name}{}", fields.0));
            Id::from_u64(id)
        }

        fn try_close(&self, id: Id) -> bool {
            self.add(format!("-{}", id.into_u64()));
            true
        }

        fn record(&self, span: &Id, record: &Record<'_>) {
            let mut fields = Fields(String::new());
            record.record(&mut fields);
            self.add(format!("={}{}", span.into_u64(), fields.0));
        }

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            let mut fields = Fields(String::new());
            event.record(&mut fields);
            let parent = event.parent().map_or(0, Id::into_u64);
            self.add(format!("!{parent}{}", fields.0));
        }

        fn enter(&self, span: &Id) {
            self.add(format!(">{}", span.into_u64()));
        }

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn steps_are_spans_and_epochs_are_events_in_them() {
        let lines = Lines::default();
        with_default(lines.clone(), || {
            let progress = TracingProgress::new();
            progress.step("neighbours", 0, 0);
            let epoch = |epoch, loss| EpochReport {
                algorithm: "ials",
                epoch,
                n_epochs: 2,
                loss,
            };
            assert!(progress.epoch(&epoch(1, Some(0.5))).is_continue());
            progress.step("neighbours", 1, 9);
            progress.step("neighbours", 2, 9); // within a second of the last
            progress.step("factors", 0, 0);
            assert!(progress.epoch(&epoch(2, None)).is_continue());
        });
        let expected = [
            "+1<0 guide",
            "+2<1 step what=\"neighbours\"",
            "!2 message=epoch algorithm=\"ials\" epoch=1 n_epochs=2 loss=0.5",
            "!2 message=parts done=1 total=9",
            "+3<1 step what=\"factors\"",
            "-2",
            "!3 message=epoch algorithm=\"ials\" epoch=2 n_epochs=2",
            "-1",
            "-3",
        ];
        assert_eq!(lines.all(), expected);
    }

    #[test]
    fn a_build_has_a_span_for_each_source_and_the_inner_listener_stops_it() {
        let build = |progress: &dyn Progress| {
            let events = Events::new([Event::view("a", "x"), Event::view("a", "y")]);
            let builder = Guide::builder().events(events.unwrap());
            let params = GuideParams::default().tune(false);
            builder.params(params).build_with(progress)
        };
        let lines = Lines::default();
        with_default(lines.clone(), || {
            build(&TracingProgress::new()).unwrap();
        });
        let heard = lines.all();
        for what in [
            "neighbours of each product",
            "factors of shoppers and products",
        ] {
            let span = format!("<1 step what=\"{what}\"");
            assert!(heard.iter().any(|line| line.contains(&span)), "{heard:#?}");
        }
        let entered = heard.iter().find(|line| line.starts_with('>'));
        assert_eq!(entered, None, "training runs on several threads");
        let opened = heard.iter().filter(|line| line.starts_with('+')).count();
        let closed = heard.iter().filter(|line| line.starts_with('-')).count();
        assert_eq!(opened, closed);

        let cancel = Cancel::default();
        cancel.cancel();
        let stopped = build(&TracingProgress::around(cancel)).unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Cancelled);
    }
}
