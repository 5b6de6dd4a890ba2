//! A step of training allocates nothing: an epoch of many steps costs as many allocations as one of few.
#![allow(clippy::unwrap_used, unsafe_code)] // counting needs an allocator

use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use guide_core::testing::on_threads;
use guide_core::{EpochReport, Fit, Progress};
use nn_core::Untouched;
use recsys_core::testing::small_ratings;
use recsys_core::{Duplicates, Interactions};
use recsys_deep::{DmfParams, Ncf, NeuMfParams};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The count after each epoch.
#[derive(Default)]
struct Counts(Mutex<Vec<usize>>);

impl Progress for Counts {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        let mut counts = self.0.lock().unwrap();
        counts.push(ALLOCATIONS.load(Ordering::Relaxed));
        ControlFlow::Continue(())
    }
}

/// Allocations in the fewest of the later epochs: what the buffers grow to in the first ones is not the steady state.
fn in_an_epoch<P: Fit<Interactions> + Sync>(params: &P, data: &Interactions) -> usize {
    let counts = Counts::default();
    on_threads(1, || params.fit_with(data, &counts).map(|_| ()).unwrap());
    let counts = counts.0.into_inner().unwrap();
    let epochs = counts.windows(2).map(|pair| pair[1] - pair[0]);
    epochs.skip(3).min().unwrap()
}

#[test]
fn a_step_allocates_nothing() {
    let data = Interactions::new(&small_ratings(5), Duplicates::Refuse).unwrap();
    for untouched in [Untouched::Stay, Untouched::Move] {
        let ncf = Ncf::params()
            .validation(0.0)
            .n_epochs(12)
            .untouched(untouched);
        let (few, many) = (ncf.clone().batch_size(256), ncf.batch_size(8));
        assert_eq!(in_an_epoch(&many, &data), in_an_epoch(&few, &data), "ncf");
        let neumf = NeuMfParams::authors().n_epochs(12).untouched(untouched);
        let (few, many) = (neumf.clone().batch_size(1280), neumf.batch_size(20));
        assert_eq!(in_an_epoch(&many, &data), in_an_epoch(&few, &data), "neumf");
    }
    let dmf = DmfParams::paper().n_epochs(12);
    let (few, many) = (dmf.clone().batch_size(1280), dmf.batch_size(20));
    assert_eq!(in_an_epoch(&many, &data), in_an_epoch(&few, &data), "dmf");
}
