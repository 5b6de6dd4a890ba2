//! Settles a live guide or fits it again while it answers and takes in changes, and swaps the result in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use guide_core::{Progress, Result, Silent};

use super::{Change, LiveGuide, Writer};
use crate::guide::EventLog;
use crate::{BuildReport, Guide};

impl LiveGuide {
    /// Fits the guide again with all that happened, keeping its parameters and weights, and swaps it in. Answers and changes go on meanwhile; the
    /// changes are taken in at the end. The calling thread does the work; [`LiveGuide::refit_in_background`] begins one for it.
    ///
    /// # Errors
    /// As [`Guide::refit`]; the guide then goes on as it is.
    pub fn refit(&self, progress: &dyn Progress) -> Result<BuildReport> {
        let one_at_a_time = self.rebuilding();
        let now = |_: &mut Writer| Ok(self.guide());
        self.rebuilt(&one_at_a_time, now, |guide| {
            let (guide, log) = self.kept(guide);
            guide.fitted_to(log, progress)
        })
    }

    /// [`LiveGuide::refit`] in a thread of its own.
    pub fn refit_in_background(&self) -> JoinHandle<Result<BuildReport>> {
        let live = self.clone();
        std::thread::spawn(move || live.refit(&Silent))
    }

    /// Takes what happened into the log and counts anew, without training the factors: `neighbours`, `popular`, `trending` and `attributes` are
    /// then as in a guide that is built of all events with the same parameters. It happens by itself after [`LiveParams::settle_after`](crate::LiveParams::settle_after)
    /// changes.
    ///
    /// # Errors
    /// What the sources give; the guide then goes on as it is.
    pub fn settle(&self) -> Result<()> {
        self.settled(&self.rebuilding()).map(|_| ())
    }

    /// Settles the guide, and gives what was settled: without the changes that came meanwhile.
    pub(super) fn settled(&self, one_at_a_time: &MutexGuard<'_, ()>) -> Result<Guide> {
        let now = |_: &mut Writer| Ok(self.guide());
        self.rebuilt(one_at_a_time, now, |guide| {
            let (guide, log) = self.kept(guide);
            let settled = guide.settled_on(log, &Silent)?;
            Ok((settled.clone(), settled))
        })
    }

    pub(super) fn settle_in_background(&self) {
        let live = self.clone();
        let run = move || {
            if let Err(reason) = live.settle() {
                let mut writer = live.writer();
                writer.failure = Some(format!("the guide could not be settled: {reason}"));
            }
        };
        let thread = std::thread::Builder::new().name("settle guide".to_owned());
        if let Err(reason) = thread.spawn(run) {
            let mut writer = self.writer();
            writer.meanwhile = None;
            writer.failure = Some(format!("no thread to settle the guide: {reason}"));
        }
    }

    /// The guide, and its log with what happened, as far as the parameters keep what waits and what happened.
    fn kept(&self, guide: &Guide) -> (Guide, EventLog) {
        let params = &self.shared.params;
        let log = guide.log_kept(params.keep_days, params.keep_events);
        (guide.without_old_waiting(params.keep_days), log)
    }

    pub(super) fn rebuilding(&self) -> MutexGuard<'_, ()> {
        let lock: &Mutex<()> = &self.shared.rebuilding;
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what `rebuild` makes of the guide in its place, with the changes that came meanwhile. `begin` gives the guide to begin with, while no
    /// change can happen.
    pub(super) fn rebuilt<T>(
        &self,
        _one_at_a_time: &MutexGuard<'_, ()>,
        begin: impl FnOnce(&mut Writer) -> Result<Arc<Guide>>,
        rebuild: impl FnOnce(&Guide) -> Result<(Guide, T)>,
    ) -> Result<T> {
        let before = {
            let mut writer = self.writer();
            writer.meanwhile = None;
            let before = begin(&mut writer)?;
            writer.meanwhile = Some(Vec::new());
            before
        };
        let made = rebuild(&before);
        let mut writer = self.writer();
        let meanwhile: Vec<Vec<Change>> = writer.meanwhile.take().unwrap_or_default();
        let (mut guide, told) = made?;
        for changes in &meanwhile {
            guide.apply(changes)?;
        }
        guide.set_sequence(self.guide().sequence());
        self.shared.snapshot.store(Arc::new(guide));
        Ok(told)
    }
}
