//! Takes what happened since into the log, and counts anew all that is made of counts. What was trained keeps its product side.

use guide_core::{Progress, Result};
use recsys_core::{IdMap, Ids, UserId};

use super::log::{EventLog, LogEvent};
use super::since::OwnedEvent;
use super::sources::FittedSource;
use super::train::{Base, train_on};
use super::{BuildReport, Counts, Guide};
use crate::live::Trace;
use crate::source::{Fitted, KINDS};

impl Guide {
    /// Whether it knows more than its log and its catalogue's indices.
    pub(crate) fn is_ahead_of_its_log(&self) -> bool {
        !self.since.is_empty()
            || self.attributes.has_added()
            || self.log.ids().items.len() != self.catalog.len()
    }

    /// How many events and products it has taken in since it was fitted or settled.
    pub(crate) fn n_changes_since(&self) -> usize {
        self.since.len() + self.attributes.n_added()
    }

    /// How many events wait for their product.
    pub(crate) fn n_waiting(&self) -> usize {
        self.since.n_waiting()
    }

    /// The events that wait, the sources of the shop's own and the number of the last change are those of `guide`.
    fn keep_what_is_no_count(&mut self, guide: &Self) {
        self.since = guide.since.waiting_alone();
        self.own = guide.own.clone();
        self.sequence = guide.sequence;
        self.sentences = guide.sentences.clone();
        // An index with changes beside it is made again when one asks.
        if guide.text.get().is_some_and(|text| !text.has_added()) {
            self.text = guide.text.clone();
        }
    }

    /// Without the waiting events that are more than `days` older than the latest event of the log.
    pub(crate) fn without_old_waiting(&self, days: Option<f32>) -> Self {
        let mut kept = self.clone();
        if let Some(oldest) = days.map(|days| self.log.days_before(days)) {
            let is_young = |event: &OwnedEvent| event.time.is_none_or(|time| time >= oldest);
            kept.since.retain_waiting(is_young);
        }
        kept
    }

    /// How many shoppers are known.
    pub(crate) fn n_shoppers(&self) -> usize {
        self.log.n_shoppers() + self.since.shoppers().names().len()
    }

    /// The number of the last change of a live guide that it knows.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(crate) fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// The log with what happened since.
    pub(crate) fn log_now(&self) -> EventLog {
        let (log, since) = (&self.log, &self.since);
        let joined = |known: &IdMap, new: &super::since::Names| {
            let mut names = known.clone();
            new.names().for_each(|name| {
                names.insert(name);
            });
            names
        };
        let ids = Ids {
            users: joined(&log.ids().users, since.shoppers()),
            items: self.catalog.ids().clone(),
        };
        let mut events: Vec<(UserId, LogEvent)> = since.events().copied().collect();
        // Stable: of one shopper and product in order of arrival.
        events.sort_by_key(|(shopper, event)| (*shopper, event.product));
        let params = &self.params;
        let baskets = joined(log.baskets(), since.baskets());
        log.with_rows(&params.events, params.viewed, ids, baskets, events)
    }

    /// The log with what happened since, without events that are more than `days` older than the latest, and at most `events` of each shopper,
    /// the latest by time.
    pub(crate) fn log_kept(&self, days: Option<f32>, events: Option<usize>) -> EventLog {
        let log = self.log_now();
        if days.is_none() && events.is_none() {
            return log;
        }
        let oldest = days.map(|days| log.days_before(days));
        let mut firsts: Vec<(i64, usize)> = vec![(i64::MIN, usize::MAX); log.n_shoppers()];
        if let Some(most) = events {
            for shopper in (0..log.n_shoppers() as u32).map(UserId) {
                let of_shopper = log.events_of(shopper).enumerate();
                let mut times: Vec<(i64, usize)> = of_shopper
                    .map(|(place, event)| (event.time.unwrap_or(i64::MIN), place))
                    .collect();
                if let Some(before) = times.len().checked_sub(most) {
                    times.sort_unstable();
                    firsts[shopper.index()] = times.get(before).copied().unwrap_or_default();
                }
            }
        }
        let mut place = 0;
        let mut last = None;
        let params = &self.params;
        log.retain(&params.events, params.viewed, |shopper, event| {
            place = match last == Some(shopper) {
                true => place + 1,
                false => 0,
            };
            last = Some(shopper);
            let first = firsts[shopper.index()];
            let is_late = first.1 == usize::MAX || (event.time.unwrap_or(i64::MIN), place) >= first;
            let is_young = oldest.is_none_or(|oldest| event.time.is_none_or(|time| time >= oldest));
            is_late && is_young
        })
    }

    /// The same guide without the events of a shopper.
    pub(crate) fn without_shopper(&self, id: &str, progress: &dyn Progress) -> Result<Self> {
        let mut rest = self.clone();
        rest.since.retain_waiting(|event| *event.shopper != *id);
        let log = self.log_now();
        let params = &self.params;
        let log = match log.ids().user(id) {
            Some(shopper) => log.retain(&params.events, params.viewed, |one, _| one != shopper),
            None => log,
        };
        rest.settled_on(log, progress)
    }

    /// How many events there are of a shopper.
    pub(crate) fn n_events_of(&self, id: &str) -> usize {
        let of_shopper = self.since.waiting().filter(|event| *event.shopper == *id);
        let known = self.log.ids().user(id).or_else(|| {
            let number = self.since.shoppers().get(id)?;
            Some(UserId((self.log.n_shoppers() + number as usize) as u32))
        });
        let known = known.map_or(0, |shopper| {
            self.log.events_of(shopper).len() + self.since.events_of(shopper).count()
        });
        known + of_shopper.count()
    }

    /// What each source holds of a shopper whose events have been taken out.
    pub(crate) fn traces(&self) -> Vec<(String, Trace)> {
        let trace = |one: &FittedSource| match one.kind().waits_for_a_refit(&self.params) {
            true => Trace::OwedUntilRefit,
            false => Trace::CountedAnew,
        };
        let fitted = self.fitted.iter();
        fitted
            .map(|one| (one.kind().name().to_owned(), trace(one)))
            .collect()
    }

    /// A guide that is fitted to `log` with the same parameters.
    pub(crate) fn fitted_to(
        &self,
        log: EventLog,
        progress: &dyn Progress,
    ) -> Result<(Self, BuildReport)> {
        self.ensure_whole_log("a refit")?;
        let params = &*self.params;
        let trained = train_on(params, &Base::of(self), log, progress)?;
        let report = BuildReport::new(&trained);
        let mut guide = trained.guide;
        guide.keep_what_is_no_count(self);
        Ok((guide, report))
    }

    /// The same guide with what happened since in its log.
    pub(crate) fn settled(&self, progress: &dyn Progress) -> Result<Self> {
        self.settled_on(self.log_now(), progress)
    }

    /// The same guide with another log: counts are counted anew, by the same code as when it was built; what was trained is kept.
    pub(crate) fn settled_on(&self, log: EventLog, progress: &dyn Progress) -> Result<Self> {
        let mut settled =
            Self::unfitted(self.params.clone(), self.indexed(), log, Counts::of(self))?;
        settled.keep_what_is_no_count(self);
        for (kind, source) in KINDS.iter().enumerate() {
            let material = settled.material();
            let before = self.fitted.iter().find(|one| one.kind == kind);
            let kept = before.map(|one| one.model.kept(&material)).transpose()?;
            let model = match kept.flatten() {
                Some(kept) => Some(kept),
                None if source.waits_for_a_refit(&self.params) => None,
                None => match source.fit(&material, progress)? {
                    Fitted::Model(model) => Some(model),
                    Fitted::NotFitted(_) => None,
                },
            };
            settled
                .fitted
                .extend(model.map(|model| FittedSource { kind, model }));
        }
        Ok(settled)
    }
}
