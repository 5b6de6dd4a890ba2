//! The interactions by columns.

use std::ops::Range;

use crate::{Interactions, ItemId, UserId};

/// The interactions by columns: for each item its users, rising, and where the interaction stands in the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ByItem {
    starts: Vec<usize>,  // [n_items + 1]
    users: Vec<UserId>,  // [n]
    positions: Vec<u32>, // [n]
}

impl ByItem {
    /// Who has `item`, rising.
    pub fn users_of(&self, item: ItemId) -> &[UserId] {
        &self.users[self.column(item)]
    }

    /// Where each of [`ByItem::users_of`] stands in the rows.
    pub fn positions_of(&self, item: ItemId) -> &[u32] {
        &self.positions[self.column(item)]
    }

    fn column(&self, item: ItemId) -> Range<usize> {
        self.starts[item.index()]..self.starts[item.index() + 1]
    }
}

impl Interactions {
    /// The same matrix by columns.
    pub fn by_item(&self) -> ByItem {
        let mut starts = vec![0; self.n_items() + 1];
        for item in self.items() {
            starts[item.index() + 1] += 1;
        }
        for item in 0..self.n_items() {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let mut users = vec![UserId(0); self.len()];
        let mut positions = vec![0_u32; self.len()];
        for user in (0..self.n_users() as u32).map(UserId) {
            for position in self.row(user) {
                let place = &mut next[self.items()[position].index()];
                users[*place] = user;
                positions[*place] = position as u32;
                *place += 1;
            }
        }
        ByItem {
            starts,
            users,
            positions,
        }
    }
}
