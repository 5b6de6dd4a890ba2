//! Syncs a file in the background, a span after something was written to it.

use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::SyncMode;

/// A thread that syncs a file; when dropped, it syncs once more and ends.
#[derive(Debug)]
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_written: bool,
    is_over: bool,
    failure: Option<String>,
}

impl Shared {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state)
    }
}

impl Syncer {
    /// The thread for `file`, where the mode asks for one.
    pub(super) fn new(mode: SyncMode, file: &File) -> io::Result<Option<Self>> {
        let SyncMode::Every(span) = mode else {
            return Ok(None);
        };
        let file = file.try_clone()?;
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new().name("journal sync".to_owned());
        let thread = thread.spawn(move || run(&of_thread, &file, span))?;
        Ok(Some(Self {
            shared,
            thread: Some(thread),
        }))
    }

    /// Says that something was written.
    pub(super) fn wake(&self) {
        let was_written = self
            .shared
            .with(|state| std::mem::replace(&mut state.is_written, true));
        if !was_written {
            self.shared.changed.notify_one();
        }
    }

    /// Why a sync failed, if one did.
    pub(super) fn failure(&self) -> Option<String> {
        self.shared.with(|state| state.failure.clone())
    }
}

fn run(shared: &Shared, file: &File, span: Duration) {
    loop {
        let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |state: &mut State| !state.is_written && !state.is_over;
        let state = shared.changed.wait_while(state, waiting);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        // What is written within the span is synced with it.
        let open = |state: &mut State| !state.is_over;
        let waited = shared.changed.wait_timeout_while(state, span, open);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (was_written, is_over) = (state.is_written, state.is_over);
        state.is_written = false;
        drop(state);
        if was_written && let Err(reason) = file.sync_data() {
            let failure = format!("a sync in the background failed: {reason}");
            shared.with(|state| state.failure = Some(failure));
        }
        if is_over {
            return;
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.with(|state| state.is_over = true);
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to sync.
            let _ = thread.join();
        }
    }
}
