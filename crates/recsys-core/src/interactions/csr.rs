//! Interactions from the three arrays of a compressed sparse row matrix, as scipy and others have them.

use std::sync::Arc;

use guide_core::{Error, Result};

use super::{Interactions, Rows};
use crate::{Ids, ItemId, Scale};

/// What the numbers of a sparse matrix are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CsrValues<'a> {
    /// There are none: each interaction counts 1.
    Absent,
    /// How much each interaction counts.
    Weights(&'a [f32]),
    /// How much each user liked the item.
    Ratings(&'a [f32]),
}

impl Interactions {
    /// The matrix whose row `u` has the columns `indices[indptr[u]..indptr[u + 1]]`; rows are users and columns items, as
    /// `ids` has them ([`Ids::numbered`] where they have no names). Columns may stand in any order within a row.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `indptr` has one entry more than there are users and `values` as many as `indices`;
    /// [`Error::Param`] with the first place where `indptr` does not start at 0, falls, or does not end at the number of
    /// `indices`; [`Error::OutOfRange`] for a column past the items; [`Error::Duplicate`] for a column that stands twice in
    /// a row; [`Error::NotFinite`] and [`Error::Param`] for a value that is not finite or a weight below 0;
    /// [`Error::Empty`] without an interaction.
    ///
    /// ```
    /// use recsys_core::{CsrValues, Ids, Interactions, ItemId, UserId};
    /// // [[0, 2, 1], [0, 0, 3]], the columns of the first row in falling order.
    /// let (indptr, indices) = ([0, 2, 3], [2, 1, 2]);
    /// let events = Interactions::from_csr(Ids::numbered(2, 3), &indptr, &indices, CsrValues::Weights(&[1.0, 2.0, 3.0]))?;
    /// assert_eq!(events.history_of(UserId(0)), [(ItemId(1), 2.0), (ItemId(2), 1.0)]);
    /// assert_eq!(events.history_of(UserId(1)), [(ItemId(2), 3.0)]);
    ///
    /// let twice = Interactions::from_csr(Ids::numbered(2, 3), &indptr, &[2, 2, 2], CsrValues::Absent);
    /// assert_eq!(twice.unwrap_err().to_string(), "duplicate interaction: user `0`, item `2`, 2 times");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_csr(
        ids: impl Into<Arc<Ids>>,
        indptr: &[usize],
        indices: &[u32],
        values: CsrValues<'_>,
    ) -> Result<Self> {
        let ids = ids.into();
        check_rows(indptr, ids.users.len(), indices.len())?;
        check_values(values, indices.len())?;
        let n_items = ids.items.len();
        if let Some(&item) = indices.iter().find(|&&item| item as usize >= n_items) {
            return Err(Error::out_of_range("column", item as usize, n_items));
        }
        if indices.is_empty() {
            return Err(Error::empty("the set of interactions"));
        }
        if indices.len() > u32::MAX as usize {
            let most = u32::MAX as usize;
            return Err(Error::out_of_range("interaction", indices.len(), most));
        }
        let mut order: Vec<u32> = (0..indices.len() as u32).collect();
        for (user, row) in indptr.windows(2).enumerate() {
            let row = &mut order[row[0]..row[1]];
            let item = |place: &u32| indices[*place as usize];
            if !row.is_sorted_by_key(item) {
                row.sort_unstable_by_key(item);
            }
            let same = row.chunk_by(|a, b| item(a) == item(b));
            if let Some(same) = same.into_iter().find(|same| same.len() > 1) {
                let user = ids.users.name(user as u32);
                let item = ids.items.name(item(&same[0]));
                return Err(Error::Duplicate {
                    what: "interaction".to_owned(),
                    id: format!("user `{user}`, item `{item}`, {} times", same.len()),
                });
            }
        }
        let sorted = |column: &[f32]| order.iter().map(|&place| column[place as usize]).collect();
        let items = order.iter().map(|&place| ItemId(indices[place as usize]));
        let (mut ratings, mut weights, mut scale) = (None, None, None);
        match values {
            CsrValues::Absent => {}
            CsrValues::Weights(column) => weights = Some(sorted(column)),
            CsrValues::Ratings(column) => {
                let ends = |pick: fn(f32, f32) -> f32| column.iter().copied().reduce(pick);
                scale = ends(f32::min)
                    .zip(ends(f32::max))
                    .map(|(min, max)| Scale { min, max });
                ratings = Some(sorted(column));
            }
        }
        let rows = Rows {
            items: items.collect(),
            starts: indptr.to_vec(),
            ids,
            ratings,
            weights,
            times: None,
            arrivals: order,
            scale,
        };
        Self::try_from(rows)
    }
}

fn check_rows(indptr: &[usize], n_users: usize, n: usize) -> Result<()> {
    if indptr.len() != n_users + 1 {
        return Err(Error::Shape {
            what: format!("`indptr` of {n_users} users"),
            expected: vec![n_users + 1],
            got: vec![indptr.len()],
        });
    }
    let refuse = |place: usize, expected: String| {
        let name = format!("indptr[{place}]");
        Err(Error::param(&name, indptr[place], expected))
    };
    if indptr[0] != 0 {
        return refuse(0, "0".to_owned());
    }
    if let Some(user) = indptr.windows(2).position(|row| row[0] > row[1]) {
        let before = indptr[user];
        return refuse(user + 1, format!("at least {before}, the entry before it"));
    }
    if indptr[n_users] != n {
        return refuse(n_users, format!("{n}, the number of `indices`"));
    }
    Ok(())
}

fn check_values(values: CsrValues<'_>, n: usize) -> Result<()> {
    let (what, column) = match values {
        CsrValues::Absent => return Ok(()),
        CsrValues::Weights(column) => ("weight", column),
        CsrValues::Ratings(column) => ("rating", column),
    };
    if column.len() != n {
        return Err(Error::Shape {
            what: format!("{what}s"),
            expected: vec![n],
            got: vec![column.len()],
        });
    }
    if let Some(index) = column.iter().position(|value| !value.is_finite()) {
        return Err(Error::NotFinite {
            what: format!("{what} of interaction"),
            index,
            value: f64::from(column[index]),
        });
    }
    let negative = column.iter().position(|&value| value < 0.0);
    match (values, negative) {
        (CsrValues::Weights(_), Some(index)) => {
            let expected = format!("not negative (interaction {index})");
            Err(Error::param("weight", column[index], expected))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::small_ratings;
    use crate::{Duplicates, UserId};

    fn message(indptr: &[usize], indices: &[u32], values: CsrValues<'_>) -> String {
        let refused = Interactions::from_csr(Ids::numbered(2, 3), indptr, indices, values);
        refused.unwrap_err().to_string()
    }

    #[test]
    fn every_contradiction_of_the_arrays_is_refused() {
        let absent = CsrValues::Absent;
        let cases: [(&[usize], &[u32], &str); 7] = [
            (
                &[0, 1],
                &[0],
                "`indptr` of 2 users: expected shape [3], got [2]",
            ),
            (
                &[],
                &[0],
                "`indptr` of 2 users: expected shape [3], got [0]",
            ),
            (
                &[1, 1, 1],
                &[0],
                "parameter `indptr[0]` must be 0, but is 1",
            ),
            (
                &[0, 2, 1],
                &[0],
                "parameter `indptr[2]` must be at least 2, the entry before it, but is 1",
            ),
            (
                &[0, 1, 9],
                &[0, 1],
                "parameter `indptr[2]` must be 2, the number of `indices`, but is 9",
            ),
            (&[0, 1, 2], &[0, 3], "column 3 is out of range: there are 3"),
            (&[0, 0, 0], &[], "the set of interactions is empty"),
        ];
        for (indptr, indices, expected) in cases {
            assert_eq!(message(indptr, indices, absent), expected);
        }
        // The equal columns do not stand side by side.
        let twice = message(&[0, 0, 3], &[2, 0, 2], absent);
        assert_eq!(twice, "duplicate interaction: user `1`, item `2`, 2 times");
    }

    #[test]
    fn values_must_fit_and_be_numbers() {
        let (indptr, indices) = ([0, 1, 2], [0, 1]);
        let refused = |values| message(&indptr, &indices, values);
        assert_eq!(
            refused(CsrValues::Weights(&[1.0])),
            "weights: expected shape [2], got [1]"
        );
        assert_eq!(
            refused(CsrValues::Ratings(&[1.0, f32::NAN])),
            "rating of interaction 1 is NaN, which is not finite"
        );
        assert_eq!(
            refused(CsrValues::Weights(&[f32::INFINITY, 1.0])),
            "weight of interaction 0 is inf, which is not finite"
        );
        assert_eq!(
            refused(CsrValues::Weights(&[1.0, -2.0])),
            "parameter `weight` must be not negative (interaction 1), but is -2"
        );
        let rated = CsrValues::Ratings(&[-2.0, 1.0]);
        let rated = Interactions::from_csr(Ids::numbered(2, 3), &indptr, &indices, rated).unwrap();
        let (ratings, scale) = rated.require_ratings("it").unwrap();
        assert_eq!(
            (ratings, scale),
            (
                &[-2.0, 1.0][..],
                Scale {
                    min: -2.0,
                    max: 1.0
                }
            )
        );
    }

    #[test]
    fn the_arrays_of_interactions_give_them_back() {
        let of_records = Interactions::new(&small_ratings(3), Duplicates::Refuse).unwrap();
        let rows = (0..of_records.n_users() as u32).map(UserId);
        let (mut indptr, mut indices, mut ratings) = (vec![0], vec![], vec![]);
        for user in rows {
            // Each row back to front.
            indices.extend(of_records.items_of(user).iter().rev().map(|item| item.0));
            ratings.extend(of_records.ratings_of(user).iter().rev());
            indptr.push(indices.len());
        }
        let ids = Arc::clone(of_records.ids());
        let values = CsrValues::Ratings(&ratings);
        let of_arrays = Interactions::from_csr(ids, &indptr, &indices, values).unwrap();
        assert_eq!(of_arrays.items(), of_records.items());
        assert_eq!(of_arrays.ratings(), of_records.ratings());
        for user in (0..of_records.n_users() as u32).map(UserId) {
            assert_eq!(of_arrays.row(user), of_records.row(user));
        }
        // An interaction's arrival is its place in the arrays.
        let arrived = of_arrays.by_arrival().into_iter();
        let as_given: Vec<u32> = arrived.map(|at| of_arrays.items()[at as usize].0).collect();
        assert_eq!(as_given, indices);
    }
}
