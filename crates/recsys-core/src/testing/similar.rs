//! The contracts of those who find items like an item and users like a user.

use std::fmt::Debug;

use guide_core::{Result, Scored};

use super::{assert_out_of_range, assert_ranked, contract_data, done, items, users};
use crate::{Interactions, ItemId, SimilarItems, SimilarUsers, UserId};

/// Asserts the contract of [`SimilarItems`], and that on `board` ([`checkerboard`](super::checkerboard) or
/// [`rated_checkerboard`](super::rated_checkerboard)) the item most similar to any has its parity.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn similar_items<M: SimilarItems>(
    board: &Interactions,
    fit: impl Fn(&Interactions) -> Result<M>,
) {
    let model = done(fit(&contract_data()));
    for item in items(&model) {
        for n in [0, 5, model.n_items() + 10] {
            let hits = done(model.similar_items(item, n));
            assert_others(item, &hits, n.min(model.n_items() - 1));
        }
    }
    assert_out_of_range(model.similar_items(ItemId(model.n_items() as u32), 1));
    let model = done(fit(board));
    for item in items(&model) {
        let nearest = done(model.similar_items(item, 1));
        let same = nearest
            .first()
            .is_some_and(|hit| hit.id.0 % 2 == item.0 % 2);
        assert!(same, "nearest to {item:?}: {nearest:?}");
    }
}

/// Asserts the contract of [`SimilarUsers`], and that on `board` ([`checkerboard`](super::checkerboard) or
/// [`rated_checkerboard`](super::rated_checkerboard)) the user most similar to any has its parity.
///
/// # Panics
/// If training fails or the model breaks the contract.
pub fn similar_users<M: SimilarUsers>(
    board: &Interactions,
    fit: impl Fn(&Interactions) -> Result<M>,
) {
    let model = done(fit(&contract_data()));
    for user in users(&model) {
        for n in [0, 5, model.n_users() + 10] {
            let hits = done(model.similar_users(user, n));
            assert_others(user, &hits, n.min(model.n_users() - 1));
        }
    }
    assert_out_of_range(model.similar_users(UserId(model.n_users() as u32), 1));
    let model = done(fit(board));
    for user in users(&model) {
        let nearest = done(model.similar_users(user, 1));
        let same = nearest
            .first()
            .is_some_and(|hit| hit.id.0 % 2 == user.0 % 2);
        assert!(same, "nearest to {user:?}: {nearest:?}");
    }
}

/// At most `most` hits, ranked, none of them `own` itself.
fn assert_others<I: Ord + Copy + Debug>(own: I, hits: &[Scored<I>], most: usize) {
    assert!(hits.len() <= most, "at most {most} for {own:?}: {hits:?}");
    assert!(
        hits.iter().all(|hit| hit.id != own),
        "{own:?} is like itself"
    );
    assert_ranked(hits);
}
