//! Small parts that several models are made of.

use guide_core::{Error, Result, ensure};
use recsys_core::{Basis, Contribution, Ids, Interactions, ItemId, UserId};
use serde::{Deserialize, Serialize};

/// Which users and items had interactions in training. The others have a number, but nothing was learned of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) users: Vec<bool>,
    pub(crate) items: Vec<bool>,
}

impl Known {
    pub(crate) fn of(data: &Interactions) -> Self {
        Self {
            users: (0..data.n_users() as u32)
                .map(|user| !data.row(UserId(user)).is_empty())
                .collect(),
            items: data.item_counts().iter().map(|&count| count > 0).collect(),
        }
    }

    /// The index of a user with interactions.
    pub(crate) fn user(&self, user: Option<UserId>) -> Option<usize> {
        let index = user?.index();
        (self.users.get(index) == Some(&true)).then_some(index)
    }

    /// The index of an item with interactions.
    pub(crate) fn item(&self, item: Option<ItemId>) -> Option<usize> {
        let index = item?.index();
        (self.items.get(index) == Some(&true)).then_some(index)
    }

    /// On what a prediction for this user and item rests.
    pub(crate) fn basis(&self, user: Option<UserId>, item: Option<ItemId>) -> Basis {
        match (self.user(user), self.item(item)) {
            (Some(_), Some(_)) => Basis::Model,
            (None, Some(_)) => Basis::UnknownUser,
            (Some(_), None) => Basis::UnknownItem,
            (None, None) => Basis::UnknownBoth,
        }
    }

    pub(crate) fn fits(&self, ids: &Ids) -> bool {
        self.users.len() == ids.users.len() && self.items.len() == ids.items.len()
    }
}

/// The most numbers a user or item may have: far beyond what any paper uses, and few enough that one row is no danger.
const MAX_FACTORS: usize = 65_536;
/// The most that a training may take for the factors.
const MAX_BYTES: u64 = 64 << 30;

/// Checks the parameter `n_factors`.
///
/// # Errors
/// [`Error::Param`].
pub(crate) fn ensure_n_factors(n_factors: usize) -> Result<()> {
    ensure::within("n_factors", n_factors, 1, MAX_FACTORS)
}

/// Checks that `n_rows` rows of `width` numbers, those of all users and items together, are not too much to ask for.
///
/// # Errors
/// [`Error::Memory`] with the bytes needed.
pub(crate) fn ensure_room(algorithm: &'static str, n_rows: usize, width: usize) -> Result<()> {
    let numbers = (n_rows as u64).saturating_mul(width as u64);
    let needed = numbers.saturating_mul(size_of::<f32>() as u64);
    if needed <= MAX_BYTES {
        Ok(())
    } else {
        Err(Error::Memory {
            what: format!("{algorithm} with {n_rows} rows of {width} factors"),
            needed,
            limit: MAX_BYTES,
        })
    }
}

/// The last step of `epoch` went beyond the finite numbers, too late for the epoch's loss to show it.
pub(crate) fn diverged(algorithm: &'static str, epoch: usize) -> Error {
    Error::Diverged {
        algorithm,
        epoch,
        step: 1,
        loss: f64::INFINITY,
    }
}

/// Refuses a decoded model of `kind` unless `fits`.
pub(crate) fn ensure_fits(kind: &str, fits: bool, reason: &str) -> Result<()> {
    if fits {
        Ok(())
    } else {
        Err(Error::decode(kind, reason))
    }
}

/// The contributions in the order in which [`recsys_core::Explain`] gives them.
pub(crate) fn largest_first(mut parts: Vec<Contribution>) -> Vec<Contribution> {
    parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_holds_is_refused_before_it_is_asked_for() {
        assert!(ensure_n_factors(1).is_ok() && ensure_n_factors(65_536).is_ok());
        let error = ensure_n_factors(1_000_000_000_000).unwrap_err().to_string();
        assert_eq!(
            error,
            "parameter `n_factors` must be between 1 and 65536, but is 1000000000000"
        );
        assert!(ensure_room("svd", 1 << 18, 65_536).is_ok());
        let error = ensure_room("svd", (1 << 18) + 1, 65_536)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "svd with 262145 rows of 65536 factors needs 68719738880 bytes, above max_bytes = 68719476736"
        );
        assert!(ensure_room("svd", usize::MAX, 65_536).is_err());
    }
}
