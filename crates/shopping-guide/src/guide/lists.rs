//! Asks the sources for many shoppers of the log: each source once for each shopper.

use std::time::Instant;

use guide_core::{Bitmap, Progress, Result, Scored, seeded};
use rand::RngExt;
use rayon::prelude::*;
use recsys_core::{ItemId, UserId};

use super::Guide;
use super::fused::allowed_candidates;
use super::sources::SourceEntry;
use super::train::go_on;
use super::viewed::leave_out_had;
use crate::source::Request;
use crate::{EventKind, Events, Filters, trace};

/// Shoppers between one report of the progress and the next: a fraction of a second of work.
const BATCH: usize = 256;

/// A shopper of a guide's log, and the products that this shopper took later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AskedShopper {
    pub(crate) shopper: UserId,
    /// Products that an answer can hold, by rising number, each once.
    pub(crate) wanted: Vec<u32>,
}

/// The products that each shopper took in the later events and that an answer may contain: those that can be recommended and
/// that the shopper did not have before. `is_later` tells a later event by its index. By rising shopper.
pub(crate) fn held_out(
    guide: &Guide,
    events: &Events,
    is_later: impl Fn(usize) -> bool,
    only: Option<EventKind>,
) -> Result<Vec<AskedShopper>> {
    let (rows, ids) = events.rows();
    let products: Vec<Option<u32>> = ids
        .items
        .names()
        .map(|id| guide.catalog.ids().get(id))
        .collect();
    let mut shoppers: Vec<Option<Option<UserId>>> = vec![None; ids.users.len()]; // looked up when needed
    let mut pairs: Vec<(UserId, u32)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if !is_later(index) || only.is_some_and(|only| only != row.kind) {
            continue;
        }
        let shopper = shoppers[row.shopper.index()]
            .get_or_insert_with(|| guide.shopper(ids.user_name(row.shopper)));
        if let (Some(shopper), Some(product)) = (*shopper, products[row.product.index()]) {
            pairs.push((shopper, product));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let allowed = guide.allowed(&Filters::default(), &mut Vec::new())?;
    let asked = pairs.chunk_by(|a, b| a.0 == b.0).filter_map(|pairs| {
        let shopper = pairs[0].0;
        let had = guide.had_by(shopper);
        let new = pairs
            .iter()
            .map(|pair| pair.1)
            .filter(|&product| had.binary_search(&ItemId(product)).is_err())
            .filter(|&product| allowed.contains(product));
        let wanted: Vec<u32> = new.collect();
        (!wanted.is_empty()).then_some(AskedShopper { shopper, wanted })
    });
    Ok(asked.collect())
}

/// At most `n` of `all`, drawn by `seed`, in the order that they had.
pub(crate) fn sample<T>(mut all: Vec<T>, n: usize, seed: u64) -> Vec<T> {
    if all.len() <= n {
        return all;
    }
    let mut rng = seeded(seed);
    let mut places: Vec<usize> = (0..all.len()).collect();
    for place in 0..n {
        let other = rng.random_range(place..places.len());
        places.swap(place, other);
    }
    let mut is_drawn = vec![false; all.len()];
    places[..n].iter().for_each(|&place| is_drawn[place] = true);
    let mut drawn = is_drawn.into_iter();
    all.retain(|_| drawn.next() == Some(true));
    all
}

/// The candidates of one source for one request.
pub(crate) struct SourceList<'g> {
    pub(crate) entry: SourceEntry<'g>,
    pub(crate) candidates: Vec<Scored<ItemId>>,
    /// Seconds that it took.
    pub(crate) seconds: f64,
}

impl SourceList<'_> {
    /// The same list of the same source.
    pub(crate) fn borrowed(&self) -> SourceList<'_> {
        SourceList {
            entry: self.entry.borrowed(),
            candidates: self.candidates.clone(),
            seconds: self.seconds,
        }
    }
}

/// What the sources propose to one shopper.
pub(crate) struct Proposed<'g> {
    pub(crate) request: &'g Request,
    pub(crate) lists: Vec<SourceList<'g>>,
}

/// Who is asked for what, as the progress is told.
pub(crate) struct Questions<'a> {
    pub(crate) asked: &'a [AskedShopper],
    /// Candidates of each source, at most.
    pub(crate) n: usize,
    pub(crate) what: &'a str,
    pub(crate) progress: &'a dyn Progress,
}

impl Guide {
    /// At most `n` candidates of each source that `is_asked`.
    pub(crate) fn source_lists(
        &self,
        request: &Request,
        n: usize,
        is_asked: impl Fn(&SourceEntry<'_>) -> bool,
    ) -> Result<Vec<SourceList<'_>>> {
        let sources = self.sources().into_iter();
        let asked = sources.filter(|entry| is_asked(entry));
        let lists = asked.map(|entry| {
            let start = Instant::now();
            let candidates = allowed_candidates(&*entry.source, request, n)?;
            let seconds = start.elapsed().as_secs_f64();
            trace::candidates(entry.source.name(), candidates.len(), seconds);
            Ok(SourceList {
                entry,
                candidates,
                seconds,
            })
        });
        lists.collect()
    }

    /// The products at the first `n` places of the answer that the guide makes of these lists.
    pub(crate) fn fused<'g>(
        &'g self,
        request: &'g Request,
        lists: Vec<SourceList<'g>>,
        n: usize,
    ) -> Result<Vec<u32>> {
        let places = self.fuse_lists(request, lists).places(n)?;
        Ok(places.iter().map(|place| place.hit.id.0).collect())
    }

    /// What `each` makes of what the sources propose to every shopper, in the order in which they are asked. The requests are
    /// those of [`Query::shopper`](crate::Query::shopper); the sources are those that `is_asked`.
    ///
    /// # Errors
    /// What `each` gives; [`Error::Cancelled`](guide_core::Error::Cancelled) where `progress` ends it.
    pub(crate) fn ask_all<T: Send>(
        &self,
        questions: &Questions<'_>,
        is_asked: impl Fn(&SourceEntry<'_>) -> bool + Sync,
        each: impl Fn(Proposed<'_>, &AskedShopper) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let Questions {
            asked,
            n,
            what,
            progress,
        } = questions;
        let allowed = self.allowed(&Filters::default(), &mut Vec::new())?;
        let of_one = |one: &AskedShopper| {
            let request = self.request_of(one.shopper, &allowed);
            let lists = self.source_lists(&request, *n, &is_asked)?;
            let request = &request;
            each(Proposed { request, lists }, one)
        };
        let mut all = Vec::with_capacity(asked.len());
        for batch in asked.chunks(BATCH) {
            progress.step(what, all.len(), asked.len());
            go_on(*progress, what)?;
            let answers = batch.par_iter().map(of_one);
            all.extend(answers.collect::<Result<Vec<T>>>()?);
        }
        progress.step(what, all.len(), asked.len());
        Ok(all)
    }

    /// The request of a shopper of the log, where `allowed` are the products that pass without looking at the shopper.
    fn request_of(&self, shopper: UserId, allowed: &Bitmap) -> Request {
        let mut request = Request {
            shopper: Some(shopper),
            history: self.history_of(shopper),
            owned: self.owned_by(shopper),
            allowed: allowed.clone(),
            ..Request::default()
        };
        request.passing = allowed.count();
        leave_out_had(
            &mut request.allowed,
            &request.history,
            &request.owned,
            &Filters::default(),
            self.leaves_out_viewed(),
        );
        self.leave_out_variants(&request.owned, &mut request.allowed);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::tests;
    use crate::{GuideParams, Query, Silent, Viewed};

    #[test]
    fn a_sample_is_drawn_by_the_seed_and_keeps_the_order() {
        let drawn = |n, seed| sample((0..100).collect::<Vec<u32>>(), n, seed);
        assert_eq!(drawn(100, 1), (0..100).collect::<Vec<u32>>());
        assert_eq!(drawn(30, 1), drawn(30, 1));
        assert_ne!(drawn(30, 1), drawn(30, 2));
        let some = drawn(30, 3);
        assert!(some.len() == 30 && some.is_sorted_by(|a, b| a < b));
        assert!(drawn(0, 1).is_empty());
    }

    /// A request made for many shoppers is the one that a query makes.
    #[test]
    fn requests_made_for_many_shoppers_are_those_of_a_query() {
        for viewed in [Viewed::Keep, Viewed::LeaveOut] {
            let left_out = vec!["soap".to_owned()];
            let params = GuideParams::default().viewed(viewed).leave_out(left_out);
            let guide = tests::with(params);
            let shoppers: Vec<String> = guide.shoppers().map(str::to_owned).collect();
            let asked: Vec<AskedShopper> = (0..shoppers.len() as u32)
                .map(|number| AskedShopper {
                    shopper: UserId(number),
                    wanted: Vec::new(),
                })
                .collect();
            let questions = Questions {
                asked: &asked,
                n: 3,
                what: "test",
                progress: &Silent,
            };
            let each = |proposed: Proposed<'_>, _: &AskedShopper| {
                assert_eq!(proposed.lists.len(), 8);
                Ok(proposed.request.clone())
            };
            let made = guide.ask_all(&questions, |_| true, each).unwrap();
            for (shopper, made) in shoppers.iter().zip(made) {
                assert_eq!(guide.request(&Query::shopper(shopper)).unwrap(), made);
            }
        }
    }
}
