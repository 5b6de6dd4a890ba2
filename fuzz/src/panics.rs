//! Catches panics and keeps their messages, without printing them.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

/// The message and place of the last panic, also of one in a worker thread.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Replaces the hook that prints panics.
pub fn silence() {
    panic::set_hook(Box::new(|info| {
        if let Ok(mut last) = LAST.lock() {
            *last = Some(info.to_string());
        }
    }));
}

/// Runs `work`.
///
/// # Errors
/// The message of a panic in it.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let message = LAST.lock().ok().and_then(|mut last| last.take());
        message.unwrap_or_else(|| "a panic without a message".to_owned())
    })
}
