//! All interactions as one sparse matrix by rows: users are rows, items columns, everywhere.

mod csr;

use std::ops::Range;
use std::sync::Arc;

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize, Serializer};

use crate::{Ids, ItemId, Records, Scale, UserId};

pub use csr::CsrValues;

/// What to do with several records of the same user and item. There is no default: the caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// [`Error::Duplicate`] with both names.
    Refuse,
    /// The record that arrived first.
    First,
    /// The record that arrived last.
    Last,
    /// Weights added up (1 each where there are none), rating averaged, latest time: for event logs.
    Sum,
    /// Ratings and weights averaged, latest time.
    Mean,
}

/// Interactions as one compressed sparse matrix: row `u` holds the items of user `u`, by rising item, each once.
///
/// ```
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, UserId, Values};
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "book"), ("ann", "pen"), ("bob", "pen"), ("ann", "pen")] {
///     records.push(user, item, Values::default())?;
/// }
/// let events = Interactions::new(&records.finish(), Duplicates::Sum)?;
/// assert_eq!(events.items_of(UserId(0)), [ItemId(0), ItemId(1)]);
/// assert_eq!(events.weights_of(UserId(0)).collect::<Vec<_>>(), [1.0, 2.0]);
/// assert_eq!(events.by_item().users_of(ItemId(1)), [UserId(0), UserId(1)]);
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// A copy shares the numbers of the original: a model that keeps the histories that it was trained on costs no memory for them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Rows")]
pub struct Interactions {
    rows: Arc<Rows>,
}

/// The numbers of [`Interactions`], as a file holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rows {
    ids: Arc<Ids>,
    starts: Vec<usize>,        // [n_users + 1]
    items: Vec<ItemId>,        // [n]
    ratings: Option<Vec<f32>>, // [n]
    weights: Option<Vec<f32>>, // [n]
    times: Option<Vec<i64>>,   // [n]
    /// The place of each interaction in the order of arrival.
    arrivals: Vec<u32>, // [n]
    scale: Option<Scale>,
}

impl Serialize for Interactions {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl TryFrom<Rows> for Interactions {
    type Error = Error;

    fn try_from(rows: Rows) -> Result<Self> {
        let rows = Self::from(rows);
        rows.check()?;
        Ok(rows)
    }
}

impl Interactions {
    /// Sorts `records` into rows and settles duplicates as asked.
    ///
    /// # Errors
    /// [`Error::Empty`] without a record; [`Error::Duplicate`] under [`Duplicates::Refuse`]; [`Error::NotFinite`] under
    /// [`Duplicates::Sum`] for weights whose sum is beyond `f32`.
    pub fn new(records: &Records, duplicates: Duplicates) -> Result<Self> {
        if records.is_empty() {
            return Err(Error::empty("the set of interactions"));
        }
        if records.len() > u32::MAX as usize {
            return Err(Error::out_of_range(
                "interaction",
                records.len(),
                u32::MAX as usize,
            ));
        }
        let order = by_user_then_item(records);
        let mut kept: Vec<Range<usize>> = Vec::with_capacity(order.len()); // runs of equal (user, item) in `order`
        for (place, &record) in order.iter().enumerate() {
            let key = |record: u32| {
                (
                    records.users[record as usize],
                    records.items[record as usize],
                )
            };
            match kept.last_mut() {
                Some(run) if key(order[run.start]) == key(record) => run.end = place + 1,
                _ => kept.push(place..place + 1),
            }
        }
        let repeated = kept.iter().find(|run| run.len() > 1);
        if let Some(run) = repeated.filter(|_| duplicates == Duplicates::Refuse) {
            let record = order[run.start] as usize;
            let (user, item) = (records.users[record], records.items[record]);
            let (user, item) = (records.ids.user_name(user), records.ids.item_name(item));
            return Err(Error::Duplicate {
                what: "interaction".to_owned(),
                id: format!("user `{user}`, item `{item}`, {} times", run.len()),
            });
        }
        let sums_weights = duplicates == Duplicates::Sum
            && (records.weights.is_some() || kept.len() < order.len());
        let mut rows = Rows {
            ids: Arc::clone(&records.ids),
            starts: vec![0; records.n_users() + 1],
            items: Vec::with_capacity(kept.len()),
            ratings: records
                .ratings
                .as_ref()
                .map(|_| Vec::with_capacity(kept.len())),
            weights: (records.weights.is_some() || sums_weights)
                .then(|| Vec::with_capacity(kept.len())),
            times: records
                .times
                .as_ref()
                .map(|_| Vec::with_capacity(kept.len())),
            arrivals: Vec::with_capacity(kept.len()),
            scale: records.scale,
        };
        for run in kept {
            rows.push_run(records, &order[run], duplicates)?;
        }
        for user in 0..records.n_users() {
            rows.starts[user + 1] += rows.starts[user];
        }
        Ok(Self::from(rows))
    }

    fn from(rows: Rows) -> Self {
        let rows = Arc::new(rows);
        Self { rows }
    }

    /// Users, also those without interactions.
    pub fn n_users(&self) -> usize {
        self.rows.starts.len() - 1
    }

    /// Items, also those without interactions.
    pub fn n_items(&self) -> usize {
        self.rows.ids.items.len()
    }

    /// Interactions.
    pub fn len(&self) -> usize {
        self.rows.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.items.is_empty()
    }

    /// The names.
    pub fn ids(&self) -> &Arc<Ids> {
        &self.rows.ids
    }

    /// The rating scale.
    pub fn scale(&self) -> Option<Scale> {
        self.rows.scale
    }

    /// The positions of a user's row in [`Interactions::items`] and its sister columns; empty for an unknown user.
    pub fn row(&self, user: UserId) -> Range<usize> {
        match self.rows.starts.get(user.index()..user.index() + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
    }

    /// The user's items, rising; empty for an unknown user.
    pub fn items_of(&self, user: UserId) -> &[ItemId] {
        &self.rows.items[self.row(user)]
    }

    /// The user's ratings, in the order of [`Interactions::items_of`]; empty where there are no ratings.
    pub fn ratings_of(&self, user: UserId) -> &[f32] {
        self.rows
            .ratings
            .as_ref()
            .map_or(&[], |ratings| &ratings[self.row(user)])
    }

    /// The user's weights, in the order of [`Interactions::items_of`]; 1 each where there are none.
    pub fn weights_of(&self, user: UserId) -> impl Iterator<Item = f32> {
        self.row(user).map(|position| self.weight(position))
    }

    /// The user's history as pairs of item and weight, as [`FoldIn`](crate::FoldIn) takes it.
    pub fn history_of(&self, user: UserId) -> Vec<(ItemId, f32)> {
        self.items_of(user)
            .iter()
            .copied()
            .zip(self.weights_of(user))
            .collect()
    }

    /// The item of every interaction, row after row.
    pub fn items(&self) -> &[ItemId] {
        &self.rows.items
    }

    /// The rating of every interaction.
    pub fn ratings(&self) -> Option<&[f32]> {
        self.rows.ratings.as_deref()
    }

    /// The rating of every interaction.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] in the name of `algorithm` where there are none.
    pub fn require_ratings(&self, algorithm: &'static str) -> Result<(&[f32], Scale)> {
        match (&self.rows.ratings, self.rows.scale) {
            (Some(ratings), Some(scale)) => Ok((ratings, scale)),
            _ => Err(Error::Unsuitable {
                algorithm,
                needed: "ratings, but the interactions have none".to_owned(),
            }),
        }
    }

    /// The time of every interaction.
    pub fn times(&self) -> Option<&[i64]> {
        self.rows.times.as_deref()
    }

    /// The place of every interaction in the order of arrival: of equal duplicates, the first one's.
    pub fn arrivals(&self) -> &[u32] {
        &self.rows.arrivals
    }

    /// The positions of all interactions row after row, each row in the order of arrival: the path of those who follow a
    /// peer step by step.
    pub fn by_arrival(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        for row in self.rows.starts.windows(2) {
            order[row[0]..row[1]].sort_unstable_by_key(|&p| self.rows.arrivals[p as usize]);
        }
        order
    }

    /// The weight at `position`, 1 where there are none.
    ///
    /// # Panics
    /// If there are weights and `position` is past the end.
    pub fn weight(&self, position: usize) -> f32 {
        self.rows
            .weights
            .as_ref()
            .map_or(1.0, |weights| weights[position])
    }

    /// Whether `user` has `item`.
    pub fn contains(&self, user: UserId, item: ItemId) -> bool {
        self.items_of(user).binary_search(&item).is_ok()
    }

    /// How many interactions each item has.
    pub fn item_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.n_items()];
        for item in &self.rows.items {
            counts[item.index()] += 1;
        }
        counts
    }

    /// Checks what a decoded file claims.
    fn check(&self) -> Result<()> {
        let refuse = |reason: &str| Err(Error::decode("interactions", reason));
        let n = self.rows.items.len();
        let rows_fit = self.rows.starts.len() == self.rows.ids.users.len() + 1
            && self.rows.starts[0] == 0
            && self.rows.starts.windows(2).all(|pair| pair[0] <= pair[1])
            && self.rows.starts[self.rows.starts.len() - 1] == n;
        if !rows_fit {
            return refuse("rows and users do not fit together");
        }
        let lengths = [
            self.rows.ratings.as_ref().map(Vec::len),
            self.rows.weights.as_ref().map(Vec::len),
        ];
        let lengths = lengths.into_iter().chain([
            self.rows.times.as_ref().map(Vec::len),
            Some(self.rows.arrivals.len()),
        ]);
        if lengths.flatten().any(|len| len != n) {
            return refuse("columns have different lengths");
        }
        let rising = |user: u32| {
            self.items_of(UserId(user))
                .windows(2)
                .all(|pair| pair[0] < pair[1])
        };
        if !(0..self.n_users() as u32).all(rising)
            || self
                .rows
                .items
                .iter()
                .any(|item| item.index() >= self.n_items())
        {
            return refuse("items are out of order or out of range");
        }
        let numbers = self.rows.ratings.iter().chain(&self.rows.weights).flatten();
        if !numbers.copied().all(f32::is_finite) {
            return refuse("a rating or weight is not finite");
        }
        if self
            .rows
            .weights
            .iter()
            .flatten()
            .any(|&weight| weight < 0.0)
        {
            return refuse("a weight is negative");
        }
        match self.rows.scale {
            Some(scale) if scale.min > scale.max || !(scale.max - scale.min).is_finite() => {
                refuse("the rating scale is upside down")
            }
            None if self.rows.ratings.is_some() => refuse("ratings without a scale"),
            _ => Ok(()),
        }
    }
}

impl Rows {
    /// Appends one interaction made of the `run` of records of the same user and item, in the order of arrival.
    fn push_run(&mut self, records: &Records, run: &[u32], duplicates: Duplicates) -> Result<()> {
        let (first, last) = (run[0] as usize, run[run.len() - 1] as usize);
        let chosen = if duplicates == Duplicates::First {
            first
        } else {
            last
        };
        let combines = matches!(duplicates, Duplicates::Sum | Duplicates::Mean);
        let total = |column: &[f32]| {
            run.iter()
                .map(|&record| f64::from(column[record as usize]))
                .sum::<f64>()
        };
        self.starts[records.users[first].index() + 1] += 1;
        self.items.push(records.items[first]);
        self.arrivals.push(first as u32);
        if let (Some(to), Some(from)) = (&mut self.ratings, &records.ratings) {
            to.push(if combines {
                (total(from) / run.len() as f64) as f32
            } else {
                from[chosen]
            });
        }
        if let Some(to) = &mut self.weights {
            let sum = records
                .weights
                .as_ref()
                .map_or(run.len() as f64, |from| total(from));
            let weight = match (duplicates, &records.weights) {
                (Duplicates::Sum, _) => sum as f32,
                (Duplicates::Mean, _) => (sum / run.len() as f64) as f32,
                (_, Some(from)) => from[chosen],
                (_, None) => 1.0,
            };
            if !weight.is_finite() {
                let user = records.ids.user_name(records.users[first]);
                let item = records.ids.item_name(records.items[first]);
                return Err(Error::NotFinite {
                    what: format!(
                        "sum of the weights of user `{user}` and item `{item}`, interaction"
                    ),
                    index: to.len(),
                    value: f64::from(weight),
                });
            }
            to.push(weight);
        }
        if let (Some(to), Some(from)) = (&mut self.times, &records.times) {
            let latest = run.iter().map(|&record| from[record as usize]).max();
            to.push(if combines {
                latest.unwrap_or(from[chosen])
            } else {
                from[chosen]
            });
        }
        Ok(())
    }
}

/// The numbers of all records by user, then item, then arrival: two counting sorts, stable and linear.
fn by_user_then_item(records: &Records) -> Vec<u32> {
    let arrivals: Vec<u32> = (0..records.len() as u32).collect();
    let by_item = counting_sort(&arrivals, records.n_items(), |record| {
        records.items[record as usize].index()
    });
    counting_sort(&by_item, records.n_users(), |record| {
        records.users[record as usize].index()
    })
}

fn counting_sort(records: &[u32], n_keys: usize, key: impl Fn(u32) -> usize) -> Vec<u32> {
    let mut next = vec![0_usize; n_keys + 1];
    for &record in records {
        next[key(record) + 1] += 1;
    }
    for k in 0..n_keys {
        next[k + 1] += next[k];
    }
    let mut sorted = vec![0; records.len()];
    for &record in records {
        let place = &mut next[key(record)];
        sorted[*place] = record;
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests;
