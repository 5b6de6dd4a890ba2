//! A sparse matrix of item to item weights, and the score it gives: `s_i = Σ_j v_j w_ji` over a history of items `j`.

use std::ops::Range;

use guide_core::{Allowed, Error, Progress, Result, Scored};
use rayon::prelude::*;
use recsys_core::{Contribution, ItemId, Part, best_items, rising};
use serde::{Deserialize, Serialize};

use crate::sparse::Sums;
use crate::steps::by_chunks;

/// Items worked on together: few enough to share the work out evenly, enough to make one list of their neighbours.
const BLOCK: usize = 64;

/// Items between one report and the next: far more than the threads wait for each other at its end.
const CHUNK: usize = 64 * BLOCK;

/// Which weights of an item are kept, and in what shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// The most, the largest.
    pub(crate) k: usize,
    /// The power they are raised to.
    pub(crate) amplify: f32,
    /// Whether they are divided by their sum.
    pub(crate) normalize: bool,
}

impl Kept {
    /// Gives the row of the largest weights, all of `hits` from `start` on, its shape. Different weights can become equal,
    /// and small ones 0.
    fn shape(&self, hits: &mut Vec<Scored<ItemId>>, start: usize) {
        if self.amplify == 1.0 && !self.normalize {
            return;
        }
        let row = &mut hits[start..];
        for hit in &mut *row {
            hit.score = hit.score.powf(self.amplify);
        }
        if self.normalize {
            let sum: f64 = row.iter().map(|hit| f64::from(hit.score)).sum();
            for hit in &mut *row {
                hit.score = (f64::from(hit.score) / sum) as f32;
            }
        }
        row.sort_unstable_by(Scored::order);
        while hits.len() > start && hits.last().is_some_and(|hit| hit.score <= 0.0) {
            hits.pop();
        }
    }
}

fn of_item(hit: &Scored<u32>) -> Scored<ItemId> {
    Scored {
        id: ItemId(hit.id),
        score: hit.score,
    }
}

/// For each item the few others it speaks for, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Neighbours {
    starts: Vec<usize>,        // [n_items + 1]
    hits: Vec<Scored<ItemId>>, // row j: the i with w_ji, falling
}

impl Neighbours {
    /// Joins `blocks` of consecutive lists, one list an item: how long each is, and all entries of the block.
    pub(crate) fn from_blocks(blocks: Vec<(Vec<usize>, Vec<Scored<ItemId>>)>) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for len in blocks.iter().flat_map(|(lens, _)| lens) {
            end += len;
            starts.push(end);
        }
        let mut hits = Vec::with_capacity(end);
        for (_, block) in blocks {
            hits.extend(block);
        }
        Self { starts, hits }
    }

    /// What `kept` says of each item `j`, of the scores above 0 that `score(j)(i, s)` makes of what `add_row(j, sums)` adds
    /// up to `s` at every other `i`; 0 must not score above 0. Items that `listener`, as of [`by_chunks`], leaves undone
    /// have none.
    pub(crate) fn best_of_rows<S: Fn(u32, f32) -> f32>(
        n_items: usize,
        kept: Kept,
        listener: (&'static str, &dyn Progress),
        add_row: impl Fn(ItemId, &mut Sums) + Sync,
        score: impl Fn(ItemId) -> S + Sync,
    ) -> Result<Self> {
        let rows = |block: Range<u32>, sums: &mut Sums| {
            let (mut lens, mut hits) = (Vec::new(), Vec::new());
            for item in block.map(ItemId) {
                add_row(item, sums);
                sums.forget(item.0);
                let start = hits.len();
                let row = sums.best(kept.k, score(item));
                hits.extend(row.iter().map(of_item));
                kept.shape(&mut hits, start);
                lens.push(hits.len() - start);
            }
            (lens, hits)
        };
        let mut found = by_chunks(n_items, CHUNK, listener, |chunk| {
            let starts: Vec<u32> = chunk.clone().step_by(BLOCK).collect();
            let blocks = starts.into_par_iter().map_init(
                || Sums::new(n_items),
                |sums, start| rows(start..chunk.end.min(start + BLOCK as u32), sums),
            );
            blocks.collect()
        })?;
        let n_done: usize = found.iter().map(|(lens, _)| lens.len()).sum();
        found.push((vec![0; n_items - n_done], Vec::new()));
        Ok(Self::from_blocks(found))
    }

    /// Removes each weight `w_ji` for which `keep(j, i)` is false.
    pub(crate) fn retain(&mut self, keep: impl Fn(ItemId, ItemId) -> bool) {
        let mut kept = Self {
            starts: vec![0],
            hits: Vec::new(),
        };
        for item in (0..self.starts.len() as u32 - 1).map(ItemId) {
            let of_item = self.of(item).iter().filter(|hit| keep(item, hit.id));
            kept.hits.extend(of_item);
            kept.starts.push(kept.hits.len());
        }
        *self = kept;
    }

    /// With `n` more items that speak for none.
    pub(crate) fn with_empty_rows(&self, n: usize) -> Self {
        let mut more = self.clone();
        more.starts.extend(vec![self.hits.len(); n]);
        more
    }

    /// The items that `item` speaks for, best first.
    pub(crate) fn of(&self, item: ItemId) -> &[Scored<ItemId>] {
        &self.hits[self.starts[item.index()]..self.starts[item.index() + 1]]
    }

    /// Whether no weight has left the numbers that can be added up.
    pub(crate) fn is_finite(&self) -> bool {
        self.hits.iter().all(|hit| hit.score.is_finite())
    }

    /// How many weights there are.
    pub(crate) fn len(&self) -> usize {
        self.hits.len()
    }

    /// Writes the score of every item.
    ///
    /// # Panics
    /// If there is not one score an item.
    pub(crate) fn score(&self, history: impl Iterator<Item = (ItemId, f32)>, scores: &mut [f32]) {
        assert_eq!(scores.len() + 1, self.starts.len(), "one score an item");
        scores.fill(0.0);
        for (item, value) in history {
            for hit in self.of(item) {
                scores[hit.id.index()] += value * hit.score;
            }
        }
    }

    /// What [`best_items`] makes of [`Neighbours::score`], without looking at items that no weight leads to. `sums` has one
    /// place an item.
    pub(crate) fn best(
        &self,
        history: impl Iterator<Item = (ItemId, f32)> + Clone,
        n: usize,
        exclude: &[ItemId],
        sums: &mut Sums,
    ) -> Vec<Scored<ItemId>> {
        let n = n.min(self.starts.len() - 1);
        if n == 0 {
            return Vec::new();
        }
        for (item, value) in history.clone() {
            let hits = self.of(item).iter();
            sums.add(hits.map(|hit| (hit.id.0, value * hit.score)));
        }
        for item in exclude {
            sums.forget(item.0);
        }
        let best = sums.best(n, |_, sum| sum);
        if best.len() < n {
            // Items of score 0, by number, belong into the list too.
            let mut scores = vec![0.0; self.starts.len() - 1];
            self.score(history, &mut scores);
            return best_items(&scores, n, &rising(exclude));
        }
        best.iter().map(of_item).collect()
    }

    /// At most `n` items of score above 0 that are `allowed`, best first, ties by item; no other item is looked at.
    pub(crate) fn best_above_0(
        &self,
        history: impl Iterator<Item = (ItemId, f32)>,
        n: usize,
        allowed: &Allowed<'_>,
        sums: &mut Sums,
    ) -> Vec<Scored<ItemId>> {
        let n = n.min(self.starts.len() - 1);
        if n == 0 {
            return Vec::new();
        }
        for (item, value) in history {
            let hits = self.of(item).iter();
            sums.add(hits.map(|hit| (hit.id.0, value * hit.score)));
        }
        let best = sums.best(
            n,
            |item, sum| if allowed.contains(item) { sum } else { 0.0 },
        );
        best.iter().map(of_item).collect()
    }

    /// The parts of the score of `item`, largest first.
    pub(crate) fn explain(
        &self,
        history: impl Iterator<Item = (ItemId, f32)>,
        item: ItemId,
    ) -> Vec<Contribution> {
        let part = |(from, value)| {
            let hit = self.of(from).iter().find(|hit| hit.id == item)?;
            Some(Contribution {
                from: Part::Item(from),
                amount: value * hit.score,
            })
        };
        let mut parts: Vec<Contribution> = history.filter_map(part).collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        parts
    }

    /// Checks what a decoded file of `kind` claims.
    pub(crate) fn check(&self, kind: &str, n_items: usize) -> Result<()> {
        let rows_fit = self.starts.len() == n_items + 1
            && self.starts[0] == 0
            && self.starts.windows(2).all(|pair| pair[0] <= pair[1])
            && self.starts[n_items] == self.hits.len();
        if !rows_fit {
            return Err(Error::decode(
                kind,
                "neighbours and items do not fit together",
            ));
        }
        let sound = (0..n_items as u32).map(ItemId).all(|item| {
            let hits = self.of(item);
            let each = |hit: &Scored<ItemId>| {
                hit.id.index() < n_items && hit.id != item && hit.score.is_finite()
            };
            hits.iter().all(each) && hits.is_sorted_by(|a, b| Scored::order(a, b).is_lt())
        });
        if sound {
            Ok(())
        } else {
            Err(Error::decode(
                kind,
                "neighbours are out of order or out of range",
            ))
        }
    }
}

#[cfg(test)]
impl Neighbours {
    /// Lets a test damage what a file could hold.
    pub(crate) fn damaged(mut self, damage: fn(&mut Vec<usize>, &mut Vec<Scored<ItemId>>)) -> Self {
        damage(&mut self.starts, &mut self.hits);
        self
    }
}
