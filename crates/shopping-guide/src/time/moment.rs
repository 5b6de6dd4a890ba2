//! A point in time, as the clocks of Rust programs give it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// A point in time, in whole seconds since 1970-01-01 00:00 UTC; fractions of a second are cut off.
///
/// Made from [`SystemTime`] and from [`Timestamp`], for [`Event::at`](crate::Event::at) and [`Product::at`](crate::Product::at).
///
/// ```
/// use shopping_guide::{Event, Moment, Timestamp};
/// use std::time::{Duration, UNIX_EPOCH};
/// let time = UNIX_EPOCH + Duration::from_millis(1_714_557_600_900);
/// assert_eq!(Moment::from(time).seconds(), 1_714_557_600);
/// let written: Timestamp = "2024-05-01T10:00:00Z".parse()?;
/// assert_eq!(Event::view("ann", "mug").at(written), Event::view("ann", "mug").at(time));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// The present, by the clock of the system.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Whole seconds since 1970-01-01 00:00 UTC, negative before.
    pub fn seconds(self) -> i64 {
        self.0
    }
}

/// Rounded down, also before 1970.
impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self(super::seconds(time))
    }
}

/// Rounded down, also before 1970.
impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let part = i64::from(before.subsec_nanos() > 0);
                i64::try_from(before.as_secs()).map_or(i64::MIN, |seconds| -seconds - part)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn both_clocks_round_down_on_both_sides_of_1970() {
        for (milliseconds, seconds) in [
            (0, 0),
            (900, 0),
            (1000, 1),
            (-1, -1),
            (-1000, -1),
            (-1001, -2),
        ] {
            let distance = Duration::from_millis(i64::unsigned_abs(milliseconds));
            let time = match milliseconds < 0 {
                true => UNIX_EPOCH - distance,
                false => UNIX_EPOCH + distance,
            };
            assert_eq!(Moment::from(time).seconds(), seconds, "{milliseconds}");
            let time = Timestamp::from_millisecond(milliseconds).unwrap();
            assert_eq!(Moment::from(time).seconds(), seconds, "{milliseconds}");
        }
    }

    #[test]
    fn the_present_is_after_this_was_written() {
        assert!(Moment::now().seconds() > 1_700_000_000);
    }
}
