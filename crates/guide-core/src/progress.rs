//! Progress of a training run: reports after each epoch, early stopping, and cancelling from another thread.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, Result};

/// What a trainer says after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// The algorithm's name, as on the command line.
    pub algorithm: &'static str,
    /// Epochs done, from 1.
    pub epoch: usize,
    /// Epochs asked for.
    pub n_epochs: usize,
    /// The training loss, where the algorithm has one.
    pub loss: Option<f64>,
}

/// Listens to a training run and may stop it.
///
/// A stopped training returns the model as it stands then, or, where a part of the data is held out to watch, as it was at its
/// best. Work that has no usable result yet, such as counting the words of a text or building a guide, ends with
/// [`Error::Cancelled`].
pub trait Progress: Sync {
    /// Called after each epoch; [`ControlFlow::Break`] ends the training.
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()>;

    /// Asked now and then within the long epochs of networks; [`ControlFlow::Break`] ends the training there.
    fn within_epoch(&self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Told of long work that is not training, such as asking a model for many users: `done` of `total` parts of `what` are
    /// done. A total of 0 says that the number of parts is not known.
    fn step(&self, _what: &str, _done: usize, _total: usize) {}
}

/// Listens to nothing and stops nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Checks the loss of an epoch and passes it on: the one call a trainer makes after each epoch.
///
/// # Errors
/// [`Error::Diverged`] when the loss is not finite; its step is 0, for an epoch as a whole.
///
/// ```
/// use guide_core::{EpochReport, Silent, report};
/// let epoch = |loss| EpochReport { algorithm: "svd", epoch: 3, n_epochs: 20, loss: Some(loss) };
/// assert!(report(&Silent, epoch(0.5))?.is_continue());
/// assert_eq!(
///     report(&Silent, epoch(f64::NAN)).unwrap_err().to_string(),
///     "svd diverged at epoch 3: loss NaN; a smaller learning rate may help"
/// );
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn report(progress: &dyn Progress, report: EpochReport) -> Result<ControlFlow<()>> {
    match report.loss {
        Some(loss) if !loss.is_finite() => Err(Error::Diverged {
            algorithm: report.algorithm,
            epoch: report.epoch,
            step: 0,
            loss,
        }),
        _ => Ok(progress.epoch(&report)),
    }
}

/// A switch that ends a training from outside, for example from a user interface.
///
/// ```
/// use guide_core::{Cancel, EpochReport, Progress};
/// let cancel = Cancel::default();
/// let epoch = EpochReport { algorithm: "svd", epoch: 1, n_epochs: 20, loss: None };
/// assert!(cancel.epoch(&epoch).is_continue());
/// cancel.clone().cancel();
/// assert!(cancel.epoch(&epoch).is_break());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the training to end: within the epoch it is in where the trainer looks up there, else after it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Progress for Cancel {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        self.within_epoch()
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        if self.0.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Ends a training whose loss has not fallen by `min_delta` for `patience` epochs.
///
/// ```
/// use guide_core::{EarlyStopping, EpochReport, Progress};
/// let stop = EarlyStopping::new(2, 0.01);
/// let mut losses = [1.0, 0.5, 0.499, 0.498].iter().enumerate();
/// let stopped = losses.position(|(i, &loss)| {
///     stop.epoch(&EpochReport { algorithm: "svd", epoch: i + 1, n_epochs: 9, loss: Some(loss) }).is_break()
/// });
/// assert_eq!(stopped, Some(3));
/// ```
#[derive(Debug)]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f64,
    /// The best loss so far, and the epochs since.
    state: Mutex<(f64, usize)>,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without a fall of at least `min_delta`.
    pub fn new(patience: usize, min_delta: f64) -> Self {
        Self {
            patience,
            min_delta,
            state: Mutex::new((f64::INFINITY, 0)),
        }
    }
}

impl Progress for EarlyStopping {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        let Some(loss) = report.loss else {
            return ControlFlow::Continue(());
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = if loss < state.0 - self.min_delta {
            (loss, 0)
        } else {
            (state.0, state.1 + 1)
        };
        if state.1 >= self.patience {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
