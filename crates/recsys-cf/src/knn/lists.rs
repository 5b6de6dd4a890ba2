//! The ratings as lists: for each one of a side, whom it meets on the other side and the rating between them.

use recsys_core::{Interactions, ItemId, UserId};

/// Ratings grouped by one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lists {
    starts: Vec<usize>,       // [n + 1]
    ratings: Vec<(u32, f32)>, // [n ratings]: the other side's number, the rating
}

impl Lists {
    /// The list of `of`; empty past the end.
    pub(super) fn of(&self, of: u32) -> &[(u32, f32)] {
        match self.starts.get(of as usize..of as usize + 2) {
            Some(&[start, end]) => &self.ratings[start..end],
            _ => &[],
        }
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}

/// Both groupings of the same ratings: `x` is the side whose similarities count (users, if user-based), `y` the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sides {
    /// What each `x` rated, by rising `y`: any two walks meet common ones in the same order, so that the similarity of
    /// two is the same from either end, to the bit.
    pub(super) of_x: Lists,
    /// Who rated each `y`, in the order of arrival, by which the nearest neighbours break ties as Surprise does.
    pub(super) of_y: Lists,
}

impl Sides {
    /// Groups the ratings of `data`.
    pub(super) fn new(data: &Interactions, user_based: bool) -> Self {
        let ratings = data.ratings().unwrap_or_default();
        let users = (0..data.n_users() as u32).map(|user| {
            data.row(UserId(user))
                .map(|position| (data.items()[position].0, position))
                .collect::<Vec<_>>()
        });
        let columns = data.by_item();
        let items = (0..data.n_items() as u32).map(|item| {
            let (users, positions) = (
                columns.users_of(ItemId(item)),
                columns.positions_of(ItemId(item)),
            );
            users
                .iter()
                .zip(positions)
                .map(|(user, &at)| (user.0, at as usize))
                .collect::<Vec<_>>()
        });
        let arrivals = data.arrivals();
        if user_based {
            Self {
                of_x: lists(users, ratings, None),
                of_y: lists(items, ratings, Some(arrivals)),
            }
        } else {
            Self {
                of_x: lists(items, ratings, None),
                of_y: lists(users, ratings, Some(arrivals)),
            }
        }
    }
}

/// Lists of `(other, position)`, sorted by the position's arrival where asked, with the ratings in place of the positions.
fn lists(
    groups: impl Iterator<Item = Vec<(u32, usize)>>,
    ratings: &[f32],
    arrivals: Option<&[u32]>,
) -> Lists {
    let mut lists = Lists {
        starts: vec![0],
        ratings: Vec::with_capacity(ratings.len()),
    };
    for mut group in groups {
        if let Some(arrivals) = arrivals {
            group.sort_unstable_by_key(|&(_, position)| arrivals[position]);
        }
        lists.ratings.extend(
            group
                .into_iter()
                .map(|(other, position)| (other, ratings[position])),
        );
        lists.starts.push(lists.ratings.len());
    }
    lists
}
