//! The processor time of this process. On a loaded machine it tells slow inputs from inputs that had to wait.

use std::time::{Duration, Instant};

/// Clock ticks per second in `/proc/self/stat`: 100 on all Linux systems, whatever the kernel's own tick is.
const TICKS_PER_SECOND: u64 = 100;

/// Most time between two readings. A reading costs some microseconds, too much for each input.
const REFRESH: Duration = Duration::from_millis(200);

/// Measures how long inputs take.
pub struct Stopwatch {
    start: Instant,
    /// When the processor time was read last, and the reading. It may include up to [`REFRESH`] of earlier inputs.
    reading: (Instant, Option<Duration>),
}

impl Stopwatch {
    /// A stopwatch that runs.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            reading: (now, used()),
        }
    }

    /// Starts again at zero.
    pub fn restart(&mut self) {
        self.start = Instant::now();
        if self.start - self.reading.0 > REFRESH {
            self.reading = (self.start, used());
        }
    }

    /// Whether more than `limit` of processor time has passed; of wall time where the system does not tell processor time.
    pub fn is_above(&self, limit: Duration) -> bool {
        if self.start.elapsed() <= limit {
            return false;
        }
        match (self.reading.1, used()) {
            (Some(before), Some(now)) => now.saturating_sub(before) > limit + REFRESH,
            _ => true,
        }
    }
}

/// Processor time of all threads so far, or `None` where there is no `/proc`.
pub fn used() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Fields behind the name of the program, which stands in parentheses and may hold blanks: state is the first of them,
    // user and system time are the 12th and 13th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}
