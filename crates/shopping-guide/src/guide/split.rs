//! Cuts an event log by time without copying it: for each event, whether it is in the earlier or in the later part.

use guide_core::{Error, Result, ensure};

use crate::Events;

/// Which part of the log an event is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Among all but the last baskets.
    Earlier,
    /// Among the last baskets.
    Later,
    /// In neither part: it has no time, or the cut was not made among it.
    Neither,
}

/// One part for each event of a log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeSplit(Vec<Part>);

impl TimeSplit {
    /// Cuts all events, by the rule of [`Events::split_last`].
    ///
    /// # Errors
    /// As [`Events::split_last`].
    pub(crate) fn new(events: &Events, fraction: f32) -> Result<Self> {
        Self::among(events, fraction, |_| true)
    }

    /// Cuts the earlier part of this split once more; what is later here is in neither part there.
    ///
    /// # Errors
    /// As [`Events::split_last`].
    pub(crate) fn again(&self, events: &Events, fraction: f32) -> Result<Self> {
        Self::among(events, fraction, |index| self.is_earlier(index))
    }

    fn among(events: &Events, fraction: f32, is_in: impl Fn(usize) -> bool) -> Result<Self> {
        ensure::within("test_fraction", fraction, 0.0, 1.0)?;
        let (rows, _) = events.rows();
        if !rows.is_empty() && rows.iter().all(|row| row.time.is_none()) {
            return Err(Error::Unsuitable {
                algorithm: "split by time",
                needed: "events with a time; none has one".to_owned(),
            });
        }
        const NONE: u32 = u32::MAX;
        let n_baskets = rows.iter().filter_map(|row| row.basket).max();
        let mut group_of_basket = vec![NONE; n_baskets.map_or(0, |last| last as usize + 1)];
        let mut group_of_event = vec![NONE; rows.len()];
        let mut groups: Vec<(i64, u32)> = Vec::new(); // time and first event
        for (index, row) in rows.iter().enumerate() {
            let Some(time) = row.time.filter(|_| is_in(index)) else {
                continue;
            };
            let known = row.basket.map(|basket| group_of_basket[basket as usize]);
            let group = match known.filter(|&group| group != NONE) {
                Some(group) => {
                    let start = &mut groups[group as usize].0;
                    *start = time.min(*start);
                    group
                }
                None => {
                    groups.push((time, index as u32));
                    groups.len() as u32 - 1
                }
            };
            if let Some(basket) = row.basket {
                group_of_basket[basket as usize] = group;
            }
            group_of_event[index] = group;
        }
        let later = (groups.len() as f64 * f64::from(fraction)).round() as usize;
        if later == 0 || later >= groups.len() {
            let expected = format!(
                "a fraction that splits {} baskets in two non-empty parts",
                groups.len()
            );
            return Err(Error::param("test_fraction", fraction, expected));
        }
        let mut order = groups.clone();
        let first_later = groups.len() - later;
        let cut = *order.select_nth_unstable(first_later).1;
        let part = |&group: &u32| match groups.get(group as usize) {
            None => Part::Neither,
            Some(&group) if group < cut => Part::Earlier,
            Some(_) => Part::Later,
        };
        Ok(Self(group_of_event.iter().map(part).collect()))
    }

    /// Whether event `index` is in the earlier part.
    pub(crate) fn is_earlier(&self, index: usize) -> bool {
        self.0.get(index) == Some(&Part::Earlier)
    }

    /// Whether event `index` is in the later part.
    pub(crate) fn is_later(&self, index: usize) -> bool {
        self.0.get(index) == Some(&Part::Later)
    }

    /// How many events are in the earlier part.
    pub(crate) fn count_earlier(&self) -> usize {
        self.count(Part::Earlier)
    }

    /// How many events are in the later part.
    #[cfg(test)]
    pub(crate) fn count_later(&self) -> usize {
        self.count(Part::Later)
    }

    fn count(&self, part: Part) -> usize {
        self.0.iter().filter(|&&of| of == part).count()
    }
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;
    use crate::{Event, EventKind};

    fn random_log(seed: u64, baskets: bool) -> Events {
        let mut rng = seeded(seed);
        let mut events = Events::default();
        for _ in 0..200 {
            let names = [0, 1, 2].map(|_| rng.random_range(0..40).to_string());
            let mut event = Event::new(&names[0], &names[1], EventKind::View);
            event.time = (rng.random_range(0..10) > 0).then(|| rng.random_range(0..50));
            event.basket = (baskets && rng.random_range(0..3) > 0).then(|| (&names[2]).into());
            events.push(&event).unwrap();
        }
        events
    }

    /// The same parts as the split that copies.
    #[test]
    fn the_parts_are_those_of_a_split_that_copies() {
        for seed in 0..20 {
            let events = random_log(seed, seed % 2 == 0);
            let split = TimeSplit::new(&events, 0.3).unwrap();
            let (earlier, later) = events.split_last(0.3).unwrap();
            let all: Vec<Event<'_>> = events.iter().collect();
            let of = |keep: &dyn Fn(usize) -> bool| {
                let kept = all.iter().enumerate().filter(|(index, _)| keep(*index));
                kept.map(|(_, event)| event.clone()).collect::<Vec<_>>()
            };
            assert_eq!(
                of(&|index| split.is_earlier(index)),
                earlier.iter().collect::<Vec<_>>()
            );
            assert_eq!(
                of(&|index| split.is_later(index)),
                later.iter().collect::<Vec<_>>()
            );
            let again = split.again(&events, 0.3).unwrap();
            let (inner, outer) = earlier.split_last(0.3).unwrap();
            assert_eq!(
                of(&|index| again.is_earlier(index)),
                inner.iter().collect::<Vec<_>>()
            );
            assert_eq!(again.count_later(), outer.len());
        }
    }
}
