//! What the lists of all users do to the catalogue: how much of it they show, how evenly, how rare and how mixed.

use crate::ItemId;

/// The share of a catalogue of `n_items` that stands in at least one list (Ge et al., 2010: catalogue coverage).
///
/// ```
/// use recsys_core::{ItemId, metrics::coverage};
/// assert_eq!(coverage([&[ItemId(0), ItemId(2)][..], &[ItemId(2)]], 4), 0.5);
/// ```
pub fn coverage<'a>(lists: impl IntoIterator<Item = &'a [ItemId]>, n_items: usize) -> f64 {
    let shown = counts(lists, n_items)
        .iter()
        .filter(|&&count| count > 0)
        .count();
    if n_items == 0 {
        0.0
    } else {
        shown as f64 / n_items as f64
    }
}

/// Gini coefficient (Gini, 1912; for recommenders Fleder and Hosanagar, 2009) of how often each item of a catalogue of `n_items` is recommended: 0 when all are equally often, near 1
/// when one item is in every list.
///
/// With the counts `x_1 ≤ .. ≤ x_n`: `G = Σ_j (2j − n − 1) x_j / (n Σ_j x_j)`. 0 without a recommendation.
///
/// ```
/// use recsys_core::{ItemId, metrics::gini};
/// // Counts 0, 0, 1, 3: (1·1 + 3·3) / (4 · 4).
/// let lists = [&[ItemId(0), ItemId(1)][..], &[ItemId(0)], &[ItemId(0)]];
/// assert_eq!(gini(lists, 4), 10.0 / 16.0);
/// ```
pub fn gini<'a>(lists: impl IntoIterator<Item = &'a [ItemId]>, n_items: usize) -> f64 {
    let mut counts = counts(lists, n_items);
    counts.sort_unstable();
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return 0.0;
    }
    let weighted = (1..)
        .zip(&counts)
        .map(|(j, &x)| (2.0 * f64::from(j) - n_items as f64 - 1.0) * x as f64);
    weighted.sum::<f64>() / (n_items as f64 * total as f64)
}

/// Mean self-information of the recommended items in bits (Zhou et al., 2010): the mean over lists of the mean of
/// `log₂(n_users / n_i)`, where `n_i` is how many of the `n_users` training users have the item.
///
/// `item_counts` is [`Interactions::item_counts`](crate::Interactions::item_counts) of the training part; an item that nobody
/// has, or past its end, counts as if one user had it. Empty lists are left out; 0 where all are.
///
/// ```
/// use recsys_core::{ItemId, metrics::novelty};
/// // Item 0 is had by all of 8 users (0 bits), item 1 by two (2 bits).
/// assert_eq!(novelty([&[ItemId(0), ItemId(1)][..]], &[8, 2], 8), 1.0);
/// ```
pub fn novelty<'a>(
    lists: impl IntoIterator<Item = &'a [ItemId]>,
    item_counts: &[u32],
    n_users: usize,
) -> f64 {
    let information = |item: &ItemId| {
        let count = item_counts.get(item.index()).copied().unwrap_or(0).max(1);
        (n_users as f64 / f64::from(count)).log2()
    };
    mean_over_lists(lists, 1, |list| {
        list.iter().map(information).sum::<f64>() / list.len() as f64
    })
}

/// Intra-list diversity (Ziegler et al., 2005): the mean over lists of the mean of `1 − similarity` over all pairs of items
/// in the list. Lists of fewer than two items are left out; 0 where all are.
///
/// `similarity` is up to the caller: the cosine of item vectors ([`guide_core::Vectors`]) or of the users two items share
/// ([`ByItem::cosine`](crate::ByItem::cosine)).
///
/// ```
/// use recsys_core::{ItemId, metrics::intra_list_diversity};
/// let same_kind = |a: ItemId, b: ItemId| if a.0 % 2 == b.0 % 2 { 1.0 } else { 0.0 };
/// // Of the pairs (0, 2), (0, 3) and (2, 3), two are unlike.
/// let list = [0, 2, 3].map(ItemId);
/// assert_eq!(intra_list_diversity([&list[..]], same_kind), 2.0 / 3.0);
/// ```
pub fn intra_list_diversity<'a>(
    lists: impl IntoIterator<Item = &'a [ItemId]>,
    similarity: impl Fn(ItemId, ItemId) -> f32,
) -> f64 {
    mean_over_lists(lists, 2, |list| {
        let mut sum = 0.0;
        for (place, &a) in list.iter().enumerate() {
            for &b in &list[place + 1..] {
                sum += 1.0 - f64::from(similarity(a, b));
            }
        }
        sum / (list.len() * (list.len() - 1) / 2) as f64
    })
}

/// How often each item stands in a list; items past the catalogue do not count.
fn counts<'a>(lists: impl IntoIterator<Item = &'a [ItemId]>, n_items: usize) -> Vec<u64> {
    let mut counts = vec![0; n_items];
    for item in lists.into_iter().flatten() {
        if let Some(count) = counts.get_mut(item.index()) {
            *count += 1;
        }
    }
    counts
}

fn mean_over_lists<'a>(
    lists: impl IntoIterator<Item = &'a [ItemId]>,
    shortest: usize,
    of_list: impl Fn(&[ItemId]) -> f64,
) -> f64 {
    let long_enough = lists.into_iter().filter(|list| list.len() >= shortest);
    let (sum, n) = long_enough.fold((0.0, 0_u32), |(sum, n), list| (sum + of_list(list), n + 1));
    sum / f64::from(n.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_lists_have_no_gini_and_full_coverage() {
        let lists = [[0, 1].map(ItemId), [2, 3].map(ItemId)];
        let lists = || lists.iter().map(|list| &list[..]);
        assert_eq!((coverage(lists(), 4), gini(lists(), 4)), (1.0, 0.0));
        assert_eq!((coverage(lists(), 8), gini(lists(), 8)), (0.5, 0.5));
        let none: [&[ItemId]; 0] = [];
        assert_eq!(
            (coverage(none, 0), gini(none, 3), coverage(none, 3)),
            (0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn untouched_items_and_short_lists_are_settled() {
        let list = [ItemId(7)];
        assert_eq!(novelty([&list[..], &[]], &[0], 16), 4.0);
        assert_eq!(novelty([&[][..]], &[0], 16), 0.0);
        assert_eq!(intra_list_diversity([&list[..]], |_, _| 0.0), 0.0);
        let pair = [ItemId(1), ItemId(2)];
        assert_eq!(intra_list_diversity([&list[..], &pair], |_, _| -1.0), 2.0);
    }
}
