//! The interactions by columns.

use std::ops::Range;

use crate::{Interactions, ItemId, UserId};

/// The interactions by columns: for each item its users, rising, and where the interaction stands in the rows.
///
/// ```
/// use recsys_core::{ItemId, UserId, testing::events};
/// let rows = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "ink")]);
/// let columns = rows.by_item();
/// assert_eq!(columns.users_of(ItemId(1)), [UserId(0), UserId(1)]);
/// assert_eq!(columns.positions_of(ItemId(1)), [1, 2]);
/// // One user in common of one and two: 1 / √(1 · 2).
/// assert_eq!(columns.cosine(ItemId(0), ItemId(1)), 1.0 / 2_f32.sqrt());
/// assert!(columns.users_of(ItemId(2)).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ByItem {
    starts: Vec<usize>,  // [n_items + 1]
    users: Vec<UserId>,  // [n]
    positions: Vec<u32>, // [n]
}

impl ByItem {
    /// Who has `item`, rising; empty for an unknown item.
    pub fn users_of(&self, item: ItemId) -> &[UserId] {
        &self.users[self.column(item)]
    }

    /// Where each of [`ByItem::users_of`] stands in the rows.
    pub fn positions_of(&self, item: ItemId) -> &[u32] {
        &self.positions[self.column(item)]
    }

    /// The cosine of two items as sets of users: `|A ∩ B| / √(|A| |B|)`, 0 where either has none or is unknown.
    pub fn cosine(&self, a: ItemId, b: ItemId) -> f32 {
        let (mut left, mut right) = (self.users_of(a), self.users_of(b));
        let norm = (left.len() as f32 * right.len() as f32).sqrt();
        let mut common = 0_u32;
        while let (Some(x), Some(y)) = (left.first(), right.first()) {
            common += u32::from(x == y);
            (left, right) = (&left[usize::from(x <= y)..], &right[usize::from(y <= x)..]);
        }
        if common == 0 {
            0.0
        } else {
            common as f32 / norm
        }
    }

    fn column(&self, item: ItemId) -> Range<usize> {
        match self.starts.get(item.index()..item.index() + 2) {
            Some(&[start, end]) => start..end,
            _ => 0..0,
        }
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
