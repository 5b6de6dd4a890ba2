//! Interactions in the order of arrival: what readers make, splits cut and tests walk through.

mod columns;

use std::sync::Arc;

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::{Ids, ItemId, UserId};

pub use columns::{ColumnId, ValueColumns};

/// The lowest and the highest rating there can be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The lowest.
    pub min: f32,
    /// The highest.
    pub max: f32,
}

impl Scale {
    /// The scale from `min` to `max`.
    ///
    /// # Errors
    /// [`Error::Param`] unless `min < max`, both finite.
    pub fn new(min: f32, max: f32) -> Result<Self> {
        if !(min.is_finite() && max.is_finite() && min < max) {
            return Err(Error::param(
                "scale",
                format!("{min}..{max}"),
                "two finite numbers, the lower one first",
            ));
        }
        Ok(Self { min, max })
    }

    /// Whether `rating` lies on the scale, its ends included.
    pub fn holds(self, rating: f32) -> bool {
        (self.min..=self.max).contains(&rating)
    }

    /// `rating`, moved onto the scale. NaN stays NaN, so that a model that makes one is found out; nothing panics, whatever
    /// the fields hold.
    ///
    /// ```
    /// let stars = recsys_core::Scale::new(1.0, 5.0)?;
    /// assert_eq!([0.2, 3.7, 9.0].map(|rating| stars.clip(rating)), [1.0, 3.7, 5.0]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn clip(self, rating: f32) -> f32 {
        if rating < self.min {
            self.min
        } else if rating > self.max {
            self.max
        } else {
            rating
        }
    }
}

/// What one interaction says beside who and what. A column is given for all records or for none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Values {
    /// How much the user liked it.
    pub rating: Option<f32>,
    /// How much the event counts (1 where there is none).
    pub weight: Option<f32>,
    /// When, in seconds.
    pub time: Option<i64>,
}

/// Interactions in the order of arrival, duplicates and all.
///
/// Parts of a split share the [`Ids`], so that a number means the same everywhere; a user or item that a part knows
/// only by name has no interactions there and counts as unknown.
///
/// ```
/// use recsys_core::{Records, Values};
/// let mut records = Records::builder();
/// records.push("ann", "book", Values { rating: Some(4.0), ..Values::default() })?;
/// records.push("bob", "book", Values { rating: Some(2.0), ..Values::default() })?;
/// let records = records.finish();
/// assert_eq!((records.len(), records.n_users(), records.n_items()), (2, 2, 1));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    pub(crate) ids: Arc<Ids>,
    pub(crate) users: Vec<UserId>,
    pub(crate) items: Vec<ItemId>,
    pub(crate) ratings: Option<Vec<f32>>,
    pub(crate) weights: Option<Vec<f32>>,
    pub(crate) times: Option<Vec<i64>>,
    pub(crate) scale: Option<Scale>,
}

impl Records {
    /// An empty set to push interactions into.
    pub fn builder() -> RecordsBuilder {
        RecordsBuilder::default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Users with a number, also those without a record here.
    pub fn n_users(&self) -> usize {
        self.ids.users.len()
    }

    /// Items with a number, also those without a record here.
    pub fn n_items(&self) -> usize {
        self.ids.items.len()
    }

    /// The names.
    pub fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    /// The user of each record.
    pub fn users(&self) -> &[UserId] {
        &self.users
    }

    /// The item of each record.
    pub fn items(&self) -> &[ItemId] {
        &self.items
    }

    /// The rating of each record, if they have one.
    pub fn ratings(&self) -> Option<&[f32]> {
        self.ratings.as_deref()
    }

    /// The weight of each record, if they have one.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The time of each record, if they have one.
    pub fn times(&self) -> Option<&[i64]> {
        self.times.as_deref()
    }

    /// The rating scale: what was set, or the lowest and highest rating read; parts of a split keep it.
    pub fn scale(&self) -> Option<Scale> {
        self.scale
    }

    /// The same records on a rating scale that is known from elsewhere.
    ///
    /// # Errors
    /// [`Error::Param`] unless `min < max`, both finite, with every rating between them.
    pub fn with_scale(mut self, min: f32, max: f32) -> Result<Self> {
        let scale = Scale::new(min, max)?;
        let mut ratings = self.ratings.iter().flatten().enumerate();
        if let Some((record, rating)) = ratings.find(|(_, rating)| !scale.holds(**rating)) {
            let expected = format!("wide enough for every rating (record {record} has {rating})");
            return Err(Error::param("scale", format!("{min}..{max}"), expected));
        }
        self.scale = Some(scale);
        Ok(self)
    }

    /// The records at `indices`, in that order, with the same ids and scale.
    ///
    /// # Panics
    /// If an index is past the end.
    pub fn select(&self, indices: &[usize]) -> Self {
        fn pick<T: Copy>(column: &[T], indices: &[usize]) -> Vec<T> {
            indices.iter().map(|&index| column[index]).collect()
        }
        Self {
            ids: Arc::clone(&self.ids),
            users: pick(&self.users, indices),
            items: pick(&self.items, indices),
            ratings: self.ratings.as_ref().map(|column| pick(column, indices)),
            weights: self.weights.as_ref().map(|column| pick(column, indices)),
            times: self.times.as_ref().map(|column| pick(column, indices)),
            scale: self.scale,
        }
    }
}

/// Takes interactions one by one; made by [`Records::builder`].
#[derive(Clone, Debug, Default)]
pub struct RecordsBuilder {
    ids: Ids,
    users: Vec<UserId>,
    items: Vec<ItemId>,
    ratings: Vec<f32>,
    weights: Vec<f32>,
    times: Vec<i64>,
}

impl RecordsBuilder {
    /// Starts from the names of other records, for example of the training part: known names keep their numbers, new ones
    /// come behind.
    pub fn from_ids(ids: &Ids) -> Self {
        Self {
            ids: ids.clone(),
            ..Self::default()
        }
    }

    /// Adds an interaction.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for a rating or weight that is not finite, [`Error::Param`] for a negative weight,
    /// [`Error::Unsuitable`] when a column is given here but was not given before, or the reverse.
    pub fn push(&mut self, user: &str, item: &str, values: Values) -> Result<()> {
        let index = self.users.len();
        for (what, value) in [("rating", values.rating), ("weight", values.weight)] {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                let value = f64::from(value);
                return Err(Error::NotFinite {
                    what: format!("{what} of record"),
                    index,
                    value,
                });
            }
        }
        if let Some(weight) = values.weight.filter(|&weight| weight < 0.0) {
            return Err(Error::param(
                "weight",
                weight,
                format!("not negative (record {index})"),
            ));
        }
        let columns = [
            ("rating", values.rating.is_some(), self.ratings.len()),
            ("weight", values.weight.is_some(), self.weights.len()),
            ("time", values.time.is_some(), self.times.len()),
        ];
        for (what, given, before) in columns {
            if given != (before == index) && index > 0 {
                let needed =
                    format!("a {what} in every record or in none; record {index} breaks that");
                return Err(Error::Unsuitable {
                    algorithm: "records",
                    needed,
                });
            }
        }
        self.users.push(UserId(self.ids.users.insert(user)));
        self.items.push(ItemId(self.ids.items.insert(item)));
        self.ratings.extend(values.rating);
        self.weights.extend(values.weight);
        self.times.extend(values.time);
        Ok(())
    }

    /// Gives `item` a number without an interaction, for catalogues with products that nobody touched.
    pub fn add_item(&mut self, item: &str) -> ItemId {
        ItemId(self.ids.items.insert(item))
    }

    /// Gives `user` a number without an interaction.
    pub fn add_user(&mut self, user: &str) -> UserId {
        UserId(self.ids.users.insert(user))
    }

    /// How many interactions were pushed.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether none was pushed.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The records.
    pub fn finish(self) -> Records {
        let some = |present: bool| present && !self.users.is_empty();
        let (rated, weighted, timed) = (
            some(!self.ratings.is_empty()),
            some(!self.weights.is_empty()),
            some(!self.times.is_empty()),
        );
        let scale = rated.then(|| {
            let fold = |pick: fn(f32, f32) -> f32| {
                self.ratings.iter().copied().reduce(pick).unwrap_or(0.0)
            };
            Scale {
                min: fold(f32::min),
                max: fold(f32::max),
            }
        });
        Records {
            ids: Arc::new(self.ids),
            users: self.users,
            items: self.items,
            ratings: rated.then_some(self.ratings),
            weights: weighted.then_some(self.weights),
            times: timed.then_some(self.times),
            scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(rating: f32) -> Values {
        Values {
            rating: Some(rating),
            ..Values::default()
        }
    }

    #[test]
    fn bad_values_are_refused_with_their_position() {
        let mut records = Records::builder();
        records.push("a", "x", rated(3.0)).unwrap();
        let error = records.push("a", "y", rated(f32::NAN)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rating of record 1 is NaN, which is not finite"
        );
        let error = records.push("a", "y", Values::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "records needs a rating in every record or in none; record 1 breaks that"
        );
        let late = Values {
            time: Some(1),
            ..rated(1.0)
        };
        assert!(matches!(
            records.push("a", "y", late),
            Err(Error::Unsuitable { .. })
        ));
        assert_eq!(records.finish().len(), 1, "nothing half-written");
    }

    #[test]
    fn a_scale_holds_every_rating_and_clips_without_panic() {
        let mut records = Records::builder();
        records.push("a", "x", rated(3.0)).unwrap();
        records.push("a", "y", rated(9.0)).unwrap();
        let records = records.finish();
        let error = records.clone().with_scale(1.0, 5.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter `scale` must be wide enough for every rating (record 1 has 9), but is 1..5"
        );
        for (min, max) in [
            (5.0, 1.0),
            (1.0, 1.0),
            (f32::NAN, 5.0),
            (1.0, f32::INFINITY),
        ] {
            let refused = records.clone().with_scale(min, max);
            assert!(matches!(refused, Err(Error::Param { name, .. }) if name == "scale"));
        }
        assert!(records.with_scale(1.0, 9.0).is_ok());
        let (min, max) = (5.0, 1.0);
        assert_eq!(Scale { min, max }.clip(3.0), 5.0, "upside down");
        assert!(Scale::new(1.0, 5.0).unwrap().clip(f32::NAN).is_nan());
    }

    #[test]
    fn a_test_part_shares_the_numbers_of_its_training_part() {
        let mut train = Records::builder();
        train.push("a", "x", rated(1.0)).unwrap();
        let train = train.finish();
        let mut test = RecordsBuilder::from_ids(train.ids());
        test.push("b", "x", rated(5.0)).unwrap();
        let test = test.finish();
        assert_eq!(
            (test.users(), test.items()),
            (&[UserId(1)][..], &[ItemId(0)][..])
        );
        assert_eq!(train.n_users(), 1);
    }
}
