use guide_core::kernels::dot;
use guide_core::{Cancel, EarlyStopping, EpochReport, Error, Progress, testing};
use recsys_core::testing::{
    Agreement, History, checkerboard, explain, fold_in, persist, recommender, similar_items,
    similar_users, solves_checkerboard,
};
use recsys_core::{Model, Recommender};

use super::tiles::Tiles;
use super::train::{Lookup, narrow};
use super::*;
use crate::descent::sigmoid;
use crate::fixtures;
use guide_core::{Fit, Result};
use recsys_core::{FoldIn, Interactions, ItemId, UserId};

fn params() -> BprParams {
    BprParams::implicit()
        .n_factors(8)
        .learning_rate(0.1)
        .n_epochs(30)
}

fn scores(model: &Bpr, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

fn all_scores(data: &Interactions, params: &BprParams) -> Vec<f32> {
    let model = params.fit(data).unwrap();
    (0..model.n_users() as u32)
        .flat_map(|user| scores(&model, user))
        .collect()
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| -> Result<Bpr> { params().fit(data) };
    solves_checkerboard(&checkerboard(), |data| params().n_epochs(300).fit(data));
    recommender(fit);
    fold_in(History::Weights, Agreement::Top10(0.8), |data| {
        params().n_epochs(300).fit(data)
    });
    explain(1e-5, fit);
    similar_items(&checkerboard(), |data| params().n_epochs(300).fit(data));
    similar_users(&checkerboard(), |data| params().n_epochs(300).fit(data));
    let model = fit(&checkerboard()).unwrap();
    persist(&model, |model| (scores(model, 3), model.clone()));
}

#[test]
fn with_many_shards_too_threads_change_nothing() {
    let data = fixtures::low_rank(700, 500, 30_000, 3);
    assert_eq!(Tiles::new(&data, 0).n_shards, 4);
    testing::same_for_one_and_two_threads(|| params().n_epochs(2).fit(&data).unwrap());
}

#[test]
fn tiles_hold_every_interaction_once() {
    let data = fixtures::low_rank(700, 500, 30_000, 3);
    let tiles = Tiles::new(&data, 7);
    let mut met = Vec::new();
    for tile in 0..tiles.n_tiles() {
        let mut entries = 0;
        for shard in 0..tiles.n_shards {
            let (users, items) = tiles.cell(tile, shard);
            for (user, &item) in users.iter().zip(items) {
                let user = tiles.user_starts[shard] as u32 + user;
                assert!((user as usize) < tiles.user_starts[shard + 1]);
                met.push((UserId(user), ItemId(tiles.items_of(tile)[item as usize])));
                entries += 1;
            }
        }
        assert_eq!(tiles.entries_of(tile).len(), entries);
    }
    met.sort_unstable();
    let all = (0..700)
        .map(UserId)
        .flat_map(|user| data.items_of(user).iter().map(move |&item| (user, item)));
    assert_eq!(met, all.collect::<Vec<_>>());
    let sizes: Vec<usize> = tiles
        .user_starts
        .windows(2)
        .map(|b| {
            (b[0]..b[1])
                .map(|user| data.row(UserId(user as u32)).len())
                .sum()
        })
        .collect();
    assert!(
        sizes.iter().all(|size| (6_500..8_500).contains(size)),
        "{sizes:?}"
    );
}

#[test]
fn short_and_long_lists_are_looked_through_alike() {
    for len in [0_u32, 1, 2, 63, 64, 65, 129, 500] {
        let owned: Vec<ItemId> = (0..len).map(|item| ItemId(3 * item)).collect();
        let mut lookups: Vec<Lookup<'_>> = (0..3 * len + 3)
            .map(|item| Lookup {
                rest: &owned,
                item: ItemId(item),
            })
            .collect();
        narrow(&mut lookups);
        for lookup in lookups {
            let item = lookup.item.0;
            let expected = item % 3 == 0 && item < 3 * len;
            assert_eq!(lookup.found(), expected, "{item} of {len}");
        }
    }
}

#[test]
fn one_step_by_hand() {
    // Only (a, x) against y can be drawn, and only (b, y) against x: each once an epoch.
    let data = fixtures::events(&[("a", "x", 1.0), ("b", "y", 1.0)]);
    let params = BprParams::implicit()
        .n_factors(1)
        .n_epochs(1)
        .learning_rate(0.5)
        .regularization(0.1)
        .seed(1);
    let step = |params: &BprParams| params.fit(&data).unwrap();
    let before = step(&params.clone().learning_rate(1e-20));
    let after = step(&params.clone().negatives(Negatives::Uniform));
    // Which pairs were met: the draw of an own item is passed over.
    let (mut p, mut q, mut b) = (
        [before.user_factors()[[0, 0]], before.user_factors()[[1, 0]]],
        [before.item_factors()[[0, 0]], before.item_factors()[[1, 0]]],
        [0.0_f32; 2],
    );
    let candidates: Vec<Vec<usize>> = vec![vec![], vec![0], vec![1], vec![0, 1], vec![1, 0]];
    let start = (p, q, b);
    let reached = candidates.iter().any(|users| {
        (p, q, b) = start;
        for &u in users {
            let (i, j) = (u, 1 - u);
            let z = sigmoid(-(b[i] - b[j] + p[u] * (q[i] - q[j])));
            let (pu, qi, qj) = (p[u], q[i], q[j]);
            p[u] += 0.5 * (z * (qi - qj) - 0.1 * pu);
            q[i] += 0.5 * (z * pu - 0.1 * qi);
            q[j] += 0.5 * (-z * pu - 0.1 * qj);
            b[i] += 0.5 * (z - 0.1 * b[i]);
            b[j] += 0.5 * (-z - 0.1 * b[j]);
        }
        let near = |a: f32, b: f32| (a - b).abs() < 1e-6;
        !users.is_empty()
            && (0..2).all(|k| {
                near(p[k], after.user_factors()[[k, 0]])
                    && near(q[k], after.item_factors()[[k, 0]])
                    && near(b[k], after.item_biases()[k])
            })
    });
    assert!(reached, "{before:?} {after:?}");
}

#[test]
fn a_new_user_stands_where_the_loss_is_flat() {
    let data = checkerboard();
    let model = params().fit(&data).unwrap();
    let history = data.history_of(UserId(3));
    let mut folded = vec![0.0; model.n_items()];
    model.score_for(&history, &mut folded).unwrap();
    let p = model.fold_in(&history);
    for (item, &score) in folded.iter().enumerate() {
        let row = model.item_factors();
        let expected = model.item_biases()[item] + dot(row.row(item).as_slice().unwrap(), &p);
        assert!((score - expected).abs() < 1e-5);
    }
    // The gradient, written out pair by pair.
    let negatives: Vec<usize> = model
        .negatives()
        .iter()
        .map(|item| item.index())
        .filter(|&item| history.iter().all(|(own, _)| own.index() != item))
        .collect();
    let mut gradient: Vec<f64> = p
        .iter()
        .map(|&p| history.len() as f64 * 0.01 * f64::from(p))
        .collect();
    let mut longest = 0.0_f64;
    for (item, _) in &history {
        for &other in &negatives {
            let wrong =
                f64::from(sigmoid(folded[other] - folded[item.index()])) / negatives.len() as f64;
            for (k, gradient) in gradient.iter_mut().enumerate() {
                let apart =
                    model.item_factors()[[item.index(), k]] - model.item_factors()[[other, k]];
                *gradient -= wrong * f64::from(apart);
                longest += (wrong * f64::from(apart)).abs();
            }
        }
    }
    assert!(
        gradient.iter().all(|g| g.abs() < 2e-3 * longest),
        "{gradient:?} of {longest}"
    );
}

#[test]
fn popular_items_lose_more_against_popular_negatives() {
    let data = fixtures::low_rank(300, 100, 6_000, 3);
    let mean_bias = |negatives| {
        let model = params().negatives(negatives).fit(&data).unwrap();
        let counts = data.item_counts();
        let heads = (0..100)
            .filter(|&item| counts[item] > 100)
            .map(|item| model.item_biases()[item]);
        let heads: Vec<f32> = heads.collect();
        heads.iter().sum::<f32>() / heads.len() as f32
    };
    assert!(mean_bias(Negatives::Popular) < mean_bias(Negatives::Uniform));
}

/// The pairs that a model finds hardest are those that it likes worst to be asked for.
#[test]
fn of_several_candidates_the_hardest_is_learned_from() {
    #[derive(Default)]
    struct Last(std::sync::Mutex<f64>);
    impl Progress for Last {
        fn epoch(&self, report: &EpochReport) -> std::ops::ControlFlow<()> {
            *self.0.lock().unwrap() = report.loss.unwrap();
            std::ops::ControlFlow::Continue(())
        }
    }
    let data = fixtures::low_rank(700, 500, 30_000, 3);
    let loss = |n_candidates| {
        let last = Last::default();
        let params = params().negatives(Negatives::Uniform);
        let params = params.n_candidates(n_candidates).n_epochs(10);
        params.fit_with(&data, &last).unwrap();
        last.0.into_inner().unwrap()
    };
    let losses = [1, 2, 8].map(loss);
    assert!(losses.is_sorted() && losses[0] < losses[2], "{losses:?}");
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let bad = [
        ("n_factors", "0"),
        ("n_factors", "1000000000000"),
        ("learning_rate", "0"),
        ("regularization", "-1"),
        ("n_epochs", "0"),
        ("negatives", "none"),
        ("n_candidates", "0"),
        ("n_candidates", "100000"),
    ];
    testing::refuses(&params(), &bad);
    testing::refuses(
        &params(),
        &[
            ("learning_rate", "NaN"),
            ("verify_negative_samples", "maybe"),
        ],
    );
    let changes = [
        ("n_factors", "9"),
        ("learning_rate", "0.2"),
        ("regularization", "0.02"),
        ("n_epochs", "31"),
        ("negatives", "uniform"),
        ("n_candidates", "3"),
        ("verify_negative_samples", "false"),
        ("seed", "1"),
    ];
    let data = fixtures::low_rank(60, 50, 1500, 3);
    testing::params_have_effect(&params(), &changes, |params| all_scores(&data, params));
}

#[test]
fn can_be_stopped_and_cancelled() {
    let data = checkerboard();
    let cancel = Cancel::default();
    cancel.cancel();
    let one = params().n_epochs(1).fit(&data).unwrap();
    assert_eq!(
        params().fit_with(&data, &cancel).unwrap().user_factors(),
        one.user_factors()
    );
    let stop = EarlyStopping::new(1, 10.0);
    let two = params().n_epochs(2).fit(&data).unwrap();
    assert_eq!(
        params().fit_with(&data, &stop).unwrap().user_factors(),
        two.user_factors()
    );
}

#[test]
fn divergence_is_an_error() {
    let params = params().learning_rate(1e20);
    let refused = params.fit(&checkerboard());
    assert!(
        matches!(
            refused,
            Err(Error::Diverged {
                algorithm: "bpr",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_user_with_every_item_has_no_negative() {
    let data = fixtures::events(&[("a", "x", 1.0), ("a", "y", 1.0)]);
    let model = params().fit(&data).unwrap();
    assert!(scores(&model, 0).iter().all(|score| score.is_finite()));
    let mut folded = vec![f32::NAN; 2];
    model
        .score_for(&data.history_of(UserId(0)), &mut folded)
        .unwrap();
    assert_eq!(folded, model.item_biases());
}
