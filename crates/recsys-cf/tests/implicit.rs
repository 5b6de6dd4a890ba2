//! Neighbours and recommendations equal implicit 0.7.3's; the golden is made by `scripts/golden/implicit_item_top.py`.
//!
//! Three known differences. implicit's `K` neighbours include the item itself, here they do not: `K = 11` there is `k = 10`
//! here. Where it runs out of candidates it fills up with what the user has, at score 0. And the idf of a user who has
//! every item falls below 0 there; the golden has no such user.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use guide_core::{Fit, Scored};
use recsys_cf::{ItemBm25, ItemCosine, ItemTfidf, ItemTopParams};
use recsys_core::{Duplicates, Interactions, ItemId, Recommender, Records, UserId, Values};
use serde::Deserialize;

type Pairs = Vec<(u32, f32)>;

#[derive(Deserialize)]
struct Golden {
    rows: Vec<Pairs>,
    methods: BTreeMap<String, Method>,
}

#[derive(Deserialize)]
struct Method {
    neighbours: Vec<Pairs>,
    recommended: Vec<Pairs>,
}

fn events(rows: &[Pairs]) -> Interactions {
    let mut records = Records::builder();
    // Numbered as in the golden.
    for item in 0..40 {
        records.add_item(&item.to_string());
    }
    for (user, row) in rows.iter().enumerate() {
        for &(item, weight) in row {
            let values = Values {
                weight: Some(weight),
                ..Values::default()
            };
            let (user, item) = (user.to_string(), item.to_string());
            records.push(&user, &item, values).unwrap();
        }
    }
    Interactions::new(&records.finish(), Duplicates::Refuse).unwrap()
}

#[track_caller]
fn assert_same(found: &[Scored<ItemId>], expected: &[(u32, f32)], what: &str) {
    assert_eq!(
        found.len(),
        expected.len(),
        "{what}: {found:?}, {expected:?}"
    );
    for (hit, &(item, score)) in found.iter().zip(expected) {
        let near = (hit.score - score).abs() < 2e-6 * (1.0 + score);
        assert!(
            hit.id == ItemId(item) && near,
            "{what}: {hit:?}, not {item} {score}"
        );
    }
}

#[test]
fn equal_to_implicit() {
    let golden: Golden = serde_json::from_str(include_str!("golden/item_top.json")).unwrap();
    let data = events(&golden.rows);
    let params: [(&str, ItemTopParams); 3] = [
        ("cosine", ItemCosine::implicit()),
        ("tfidf", ItemTfidf::implicit()),
        ("bm25", ItemBm25::implicit()),
    ];
    for (name, params) in params {
        let model = params.k(10).fit(&data).unwrap();
        let method = &golden.methods[name];
        for (item, theirs) in (0..).zip(&method.neighbours) {
            let others: Pairs = theirs
                .iter()
                .copied()
                .filter(|pair| pair.0 != item)
                .collect();
            assert_eq!(others.len() + 1, theirs.len(), "itself among them");
            let ours = model.neighbours_of(ItemId(item)).unwrap();
            assert_same(ours, &others, &format!("{name}, item {item}"));
        }
        for (user, theirs) in (0..).map(UserId).zip(&method.recommended) {
            let seen = data.items_of(user);
            let new = |pair: &&(u32, f32)| !seen.contains(&ItemId(pair.0));
            let theirs: Pairs = theirs.iter().filter(new).copied().collect();
            let ours = model.recommend(user, 5, seen).unwrap();
            assert_eq!(ours.len(), 5.min(40 - seen.len()));
            // Here an item that nothing speaks for has its place at the end, with score 0.
            let spoken_for = ours.iter().take_while(|hit| hit.score > 0.0).count();
            assert_same(&ours[..spoken_for], &theirs, &format!("{name}, {user:?}"));
        }
    }
}
