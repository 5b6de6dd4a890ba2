use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result};
use nn_core::{Grads, Weights};
use recsys_core::testing::{
    Agreement, History, checkerboard, fold_in, persist, recommender, similar_items, small_ratings,
    solves_checkerboard,
};
use recsys_core::{Duplicates, Interactions, Model, Recommender, UserId};

use super::tower::Tower;
use super::train::{Cells, Towers};
use super::*;

fn params() -> DmfParams {
    DmfParams::paper()
        .hidden(vec![16, 8])
        .batch_size(64)
        .learning_rate(0.003)
        .n_epochs(5)
}

fn data() -> Interactions {
    Interactions::new(&small_ratings(5), Duplicates::Refuse).unwrap()
}

fn scores(model: &Dmf, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

#[test]
fn both_losses_keep_the_contracts() {
    for loss in [DmfLoss::Nce, DmfLoss::Bce] {
        let fit = |data: &Interactions| -> Result<Dmf> { params().loss(loss).fit(data) };
        recommender(fit);
        fold_in(History::Ratings, Agreement::Scores(1e-4), fit);
        let long = |data: &Interactions| {
            params()
                .hidden(vec![16, 16])
                .loss(loss)
                .n_epochs(20)
                .fit(data)
        };
        solves_checkerboard(&checkerboard(), long);
        similar_items(&checkerboard(), long);
    }
    let model = params().fit(&data()).unwrap();
    persist(&model, |model| (scores(model, 3), model.clone()));
}

/// Two small towers and their tensors.
fn towers(data: &Interactions, linear_end: bool) -> (Towers, Weights) {
    let mut weights = Weights::new();
    let mut tower = |name: &str, n: usize, seed: u64| {
        Tower::new(&mut weights, name, n, &[3, 4], linear_end, seed)
    };
    let towers = Towers {
        users: tower("users", data.n_items(), 7),
        items: tower("items", data.n_users(), 9),
    };
    (towers, weights)
}

#[test]
fn the_backward_pass_has_the_gradient_of_differences() {
    let data = data();
    for loss in [DmfLoss::Nce, DmfLoss::Bce] {
        let mut cells = Cells::new(&params().loss(loss), &data, 5.0);
        cells.pairs.draw(1);
        let (towers, mut weights) = towers(&data, loss == DmfLoss::Bce);
        // Far from the corners of the relus.
        for tower in [&towers.users, &towers.items] {
            let first = weights.get_mut(tower.first.weight());
            first.iter_mut().for_each(|w| *w *= 20.0);
            let bias = tower.layers.layers()[0].bias().unwrap();
            weights.get_mut(bias).fill(3.0);
        }
        let learn = |weights: &Weights, grads: &mut Grads| {
            let mut work = Default::default();
            cells.learn((&towers, weights), &[0, 1, 9, 50], 1.0, grads, &mut work)
        };
        let mut grads = Grads::of(&weights);
        learn(&weights, &mut grads);
        nn_core::testing::weights_are_differences(&weights, &grads, |weights| {
            learn(weights, &mut Grads::of(weights))
        });
    }
}

#[test]
fn the_target_is_left_out_of_row_and_column() {
    // With no other cell in its row and column, nothing is left to score by.
    let data = recsys_core::testing::ratings(&[("ann", "pen", 4.0), ("bob", "hat", 2.0)]);
    let (towers, weights) = towers(&data, false);
    let loss = |leave_out: bool, target: usize| {
        let params = params().leave_target_out(leave_out).n_negatives(1);
        let mut cells = Cells::new(&params, &data, 5.0);
        cells.pairs.draw(1);
        let (mut grads, mut work) = (Grads::of(&weights), Default::default());
        cells.learn((&towers, &weights), &[target], 1.0, &mut grads, &mut work)
    };
    let nothing = -0.8 * 1e-6_f64.ln();
    assert!(
        (loss(true, 0) - nothing).abs() < 1e-3,
        "{} {nothing}",
        loss(true, 0)
    );
    assert_ne!(loss(false, 0), loss(true, 0));
    assert_eq!(
        loss(false, 1),
        loss(true, 1),
        "a drawn item is not in the row"
    );
}

#[test]
fn what_is_held_out_is_in_no_input() {
    let data = data();
    let cells = Cells::new(&params().validation(true), &data, 5.0);
    let held_out: Vec<_> = cells
        .pairs
        .held_out
        .iter()
        .filter(|pair| pair.target > 0.0)
        .collect();
    assert_eq!(held_out.len(), data.n_users());
    for pair in held_out {
        assert!(
            cells
                .matrix
                .row(pair.user)
                .all(|(item, value)| item != pair.item || value == 0.0)
        );
        assert!(
            cells
                .matrix
                .column(pair.item)
                .all(|(user, value)| user != pair.user || value == 0.0)
        );
    }
}

#[test]
fn towers_of_their_own_widths_and_many_shards() {
    let data = data();
    let wide = params()
        .item_hidden(vec![24, 12, 8])
        .batch_size(300)
        .validation(true)
        .patience(1);
    let of = || {
        let model = wide.fit(&data).unwrap();
        assert_eq!(model.item_vectors().dim(), 8);
        scores(&model, 3)
    };
    guide_core::testing::same_for_one_and_two_threads(of);
    let error = params().item_hidden(vec![24, 9]).fit(&data).unwrap_err();
    assert!(error.to_string().contains("item_hidden"), "{error}");
}

#[test]
fn weights_go_out_and_in() {
    let data = data();
    let model = params().n_epochs(2).fit(&data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dmf.safetensors");
    model.save_weights(&path).unwrap();
    let mut other = params().n_epochs(1).fit(&data).unwrap();
    assert_ne!(scores(&other, 3), scores(&model, 3));
    other.load_weights(&path).unwrap();
    assert_eq!(scores(&other, 3), scores(&model, 3));
    assert!(
        model
            .summary()
            .to_string()
            .contains("embedding (Embedding)")
    );
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = data();
    let changes = [
        ("hidden", "[9,8]"),
        ("loss", "bce"),
        ("n_negatives", "3"),
        ("n_epochs", "1"),
        ("batch_size", "32"),
        ("learning_rate", "0.02"),
        ("weight_decay", "0.1"),
        ("leave_target_out", "false"),
        ("item_hidden", "[9,8]"),
        ("validation", "true"),
        ("seed", "1"),
    ];
    let of = |params: &DmfParams| scores(&params.fit(&data).unwrap(), 3);
    params_have_effect(&params().n_epochs(2), &changes, of);
    let bad = [
        ("hidden", "[]"),
        ("n_negatives", "1001"),
        ("patience", "1"),
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("learning_rate", "0"),
        ("weight_decay", "-1"),
        ("loss", "mse"),
    ];
    refuses(&DmfParams::paper(), &bad);
}

#[test]
fn divergence_is_an_error() {
    let error = params()
        .loss(DmfLoss::Bce)
        .learning_rate(1e30)
        .fit(&data())
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                algorithm: "dmf",
                ..
            }
        ),
        "{error}"
    );
}
