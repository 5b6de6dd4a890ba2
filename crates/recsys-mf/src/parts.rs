//! Small parts that several models are made of.

use guide_core::{Error, Result};
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
