//! Items that go with a history, found without looking at all items.
#![allow(clippy::unwrap_used)]

use guide_core::{Allowed, Bitmap, Fit};
use recsys_cf::ItemTfidf;
use recsys_core::{Duplicates, FoldIn, Interactions, UserId, testing};

/// What is related are the scores above 0 of the allowed items, also after a model of another size on the same thread.
#[test]
fn related_items_are_those_that_score() {
    let large = Interactions::new(&testing::small_ratings(1), Duplicates::Refuse).unwrap();
    for data in [
        large,
        testing::events(&[("a", "x"), ("a", "y"), ("b", "y"), ("b", "z")]),
    ] {
        let model = ItemTfidf::params().fit(&data).unwrap();
        let n_items = data.n_items();
        let allowed = Bitmap::of(n_items, (0..n_items as u32).filter(|item| item % 3 != 1));
        for user in 0..data.n_users() as u32 {
            let history = data.history_of(UserId(user));
            let mut scores = vec![0.0; n_items];
            model.score_for(&history, &mut scores).unwrap();
            let of = |item: u32| scores[item as usize];
            let mut expected: Vec<u32> = allowed.iter().filter(|&item| of(item) > 0.0).collect();
            expected.sort_by(|&a, &b| of(b).total_cmp(&of(a)));
            for n in [0, 2, n_items] {
                let found = model
                    .related(&history, n, &Allowed::Bits(&allowed))
                    .unwrap();
                let items: Vec<u32> = found.iter().map(|hit| hit.id.0).collect();
                assert_eq!(items, expected[..n.min(expected.len())]);
            }
        }
    }
}
