//! Training without epochs: the items in chunks, after each of which the listener hears of it and may end the training.

use std::ops::Range;

use guide_core::{EpochReport, Progress, Result, report};

/// What `work` makes of one chunk of items after the other, in their order, each reported as an epoch of `algorithm`.
///
/// Ends before all items are done where `progress` says so. The chunks follow from the data, not from the threads.
pub(crate) fn by_chunks<T>(
    n_items: usize,
    chunk: usize,
    (algorithm, progress): (&'static str, &dyn Progress),
    mut work: impl FnMut(Range<u32>) -> Vec<T>,
) -> Result<Vec<T>> {
    let n_epochs = n_items.div_ceil(chunk).max(1);
    let mut made = Vec::new();
    for epoch in 1..=n_epochs {
        let (start, end) = ((epoch - 1) * chunk, (epoch * chunk).min(n_items));
        made.extend(work(start as u32..end as u32));
        let done = EpochReport {
            algorithm,
            epoch,
            n_epochs,
            loss: None,
        };
        if report(progress, done)?.is_break() {
            break;
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Mutex;

    use super::*;

    /// Ends after so many reports, and writes them down.
    struct After(usize, Mutex<Vec<(usize, usize)>>);

    impl Progress for After {
        fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
            if let Ok(mut heard) = self.1.lock() {
                heard.push((report.epoch, report.n_epochs));
            }
            if report.epoch < self.0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }
    }

    #[test]
    fn every_item_once_unless_it_is_ended() {
        let all = After(9, Mutex::default());
        let made = by_chunks(10, 4, ("test", &all), Iterator::collect);
        assert_eq!(made.unwrap(), (0..10).collect::<Vec<u32>>());
        assert_eq!(*all.1.lock().unwrap(), [(1, 3), (2, 3), (3, 3)]);
        let ended = After(2, Mutex::default());
        let made = by_chunks(10, 4, ("test", &ended), Iterator::collect);
        assert_eq!(made.unwrap(), (0..8).collect::<Vec<u32>>());
    }
}
