//! Records from columns that a program has in memory: ids as text or whole numbers, no text in between.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use guide_core::{Error, Result};

use super::{Records, RecordsBuilder, Values};

/// An id in a column: text, which is its own name, or a whole number, whose name is its decimal digits. So `7_u32` and
/// `"7"` are the same user.
pub trait ColumnId {
    /// The name; `buffer` is empty and may hold it.
    fn name<'a>(&'a self, buffer: &'a mut String) -> &'a str;
}

macro_rules! text_ids {
    ($($kind:ty),+) => {$(
        impl ColumnId for $kind {
            fn name<'a>(&'a self, _: &'a mut String) -> &'a str {
                self.as_ref()
            }
        }
    )+};
}
text_ids!(&str, String, Cow<'_, str>, Arc<str>, Box<str>);

macro_rules! number_ids {
    ($($kind:ty),+) => {$(
        impl ColumnId for $kind {
            fn name<'a>(&'a self, buffer: &'a mut String) -> &'a str {
                // Writing into a string does not fail.
                let _ = write!(buffer, "{self}");
                buffer
            }
        }
    )+};
}
number_ids!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// The columns beside users and items, each as long as they are or absent.
///
/// ```
/// use recsys_core::ValueColumns;
/// let columns = ValueColumns { ratings: Some(&[4.0, 2.5]), ..ValueColumns::default() };
/// assert!(columns.weights.is_none() && columns.times.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ValueColumns<'a> {
    /// How much each user liked the item.
    pub ratings: Option<&'a [f32]>,
    /// How much each event counts (1 where there is no column).
    pub weights: Option<&'a [f32]>,
    /// When, in seconds.
    pub times: Option<&'a [i64]>,
}

impl Records {
    /// Records from columns of equal length, one record a row. Ids are numbered in the order in which they come.
    ///
    /// # Errors
    /// [`Error::Shape`] with the column whose length is not that of `users`; [`Error::NotFinite`] with the row of a rating or
    /// weight that is not finite; [`Error::Param`] with the row of a negative weight.
    ///
    /// ```
    /// use recsys_core::{ItemId, Records, UserId, ValueColumns};
    /// let users = [17_u64, 4, 17];
    /// let items = ["pen", "ink", "ink"];
    /// let values = ValueColumns { weights: Some(&[1.0, 3.0, 0.5]), ..ValueColumns::default() };
    /// let records = Records::from_columns(&users, &items, values)?;
    /// assert_eq!(records.users(), [UserId(0), UserId(1), UserId(0)]);
    /// assert_eq!(records.items(), [ItemId(0), ItemId(1), ItemId(1)]);
    /// assert_eq!(records.ids().user("17"), Some(UserId(0)));
    ///
    /// let short = Records::from_columns(&users, &items[..2], ValueColumns::default());
    /// assert_eq!(short.unwrap_err().to_string(), "column `items`: expected shape [3], got [2]");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_columns<U: ColumnId, I: ColumnId>(
        users: &[U],
        items: &[I],
        values: ValueColumns<'_>,
    ) -> Result<Self> {
        RecordsBuilder::default().finish_with(users, items, values)
    }
}

impl RecordsBuilder {
    /// [`Records::from_columns`] behind the records that were pushed before, with the ids that are known already: for a test
    /// part, begin with [`RecordsBuilder::from_ids`].
    ///
    /// # Errors
    /// As [`Records::from_columns`], and [`Error::Unsuitable`] where the records pushed before have other columns.
    ///
    /// ```
    /// use recsys_core::{ItemId, Records, RecordsBuilder, UserId, ValueColumns};
    /// let train = Records::from_columns(&[5, 6], &[50, 60], ValueColumns::default())?;
    /// let test = RecordsBuilder::from_ids(train.ids()).finish_with(&[6], &[50], ValueColumns::default())?;
    /// assert_eq!((test.users(), test.items()), (&[UserId(1)][..], &[ItemId(0)][..]));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn finish_with<U: ColumnId, I: ColumnId>(
        mut self,
        users: &[U],
        items: &[I],
        values: ValueColumns<'_>,
    ) -> Result<Records> {
        let lengths = [
            ("items", Some(items.len())),
            ("ratings", values.ratings.map(<[f32]>::len)),
            ("weights", values.weights.map(<[f32]>::len)),
            ("times", values.times.map(<[i64]>::len)),
        ];
        for (column, len) in lengths {
            if let Some(len) = len.filter(|&len| len != users.len()) {
                return Err(Error::Shape {
                    what: format!("column `{column}`"),
                    expected: vec![users.len()],
                    got: vec![len],
                });
            }
        }
        let (mut user_name, mut item_name) = (String::new(), String::new());
        for (row, (user, item)) in users.iter().zip(items).enumerate() {
            user_name.clear();
            item_name.clear();
            let of_row = Values {
                rating: values.ratings.and_then(|column| column.get(row).copied()),
                weight: values.weights.and_then(|column| column.get(row).copied()),
                time: values.times.and_then(|column| column.get(row).copied()),
            };
            self.push(user.name(&mut user_name), item.name(&mut item_name), of_row)?;
        }
        Ok(self.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_the_records_that_pushing_gives() {
        let mut pushed = Records::builder();
        let rows = [
            ("a", -3, 4.0, 1.5, 10),
            ("b", 7, 2.0, 0.0, -5),
            ("a", 7, 3.0, 2.0, 0),
        ];
        for (user, item, rating, weight, time) in rows {
            let values = Values {
                rating: Some(rating),
                weight: Some(weight),
                time: Some(time),
            };
            pushed.push(user, &item.to_string(), values).unwrap();
        }
        let values = ValueColumns {
            ratings: Some(&[4.0, 2.0, 3.0]),
            weights: Some(&[1.5, 0.0, 2.0]),
            times: Some(&[10, -5, 0]),
        };
        let items = [-3_i64, 7, 7];
        let expected = pushed.finish();
        let users = ["a", "b", "a"];
        assert_eq!(
            Records::from_columns(&users, &items, values).unwrap(),
            expected
        );
        let users = users.map(str::to_owned);
        assert_eq!(
            Records::from_columns(&users, &items, values).unwrap(),
            expected
        );
        let users = users.map(Cow::Owned);
        assert_eq!(
            Records::from_columns(&users, &items, values).unwrap(),
            expected
        );
    }

    #[test]
    fn numbers_and_their_digits_are_one_id() {
        let none = ValueColumns::default();
        let numbers = Records::from_columns(&[0_u8, 255], &[u64::MAX, 1], none).unwrap();
        let texts = Records::from_columns(&["0", "255"], &["18446744073709551615", "1"], none);
        assert_eq!(numbers, texts.unwrap());
    }

    #[test]
    fn bad_columns_are_refused_with_the_column_or_the_row() {
        fn message(values: ValueColumns<'_>) -> String {
            let refused = Records::from_columns(&[1, 2], &[1, 2], values);
            refused.unwrap_err().to_string()
        }
        let none = ValueColumns::default();
        let short = ValueColumns {
            times: Some(&[1]),
            ..none
        };
        assert_eq!(
            message(short),
            "column `times`: expected shape [2], got [1]"
        );
        for bad in [f32::NAN, f32::NEG_INFINITY] {
            let ratings = [1.0, bad];
            let values = ValueColumns {
                ratings: Some(&ratings),
                ..none
            };
            let start = "rating of record 1 is ";
            assert!(message(values).starts_with(start), "{}", message(values));
        }
        let negative = ValueColumns {
            weights: Some(&[-1.0, 1.0]),
            ..none
        };
        let expected = "parameter `weight` must be not negative (record 0), but is -1";
        assert_eq!(message(negative), expected);
        let nobody: [u32; 0] = [];
        assert!(
            Records::from_columns(&nobody, &nobody, none)
                .unwrap()
                .is_empty()
        );
    }
}
