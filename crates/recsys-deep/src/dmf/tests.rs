use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result, seeded};
use nn_core::{Grads, Objective};
use recsys_core::testing::{
    Agreement, History, checkerboard, fold_in, persist, recommender, similar_items, small_ratings,
    solves_checkerboard,
};
use recsys_core::{Duplicates, Interactions, Model, Recommender, UserId};

use super::tower::Tower;
use super::train::{Cell, Towers};
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

#[test]
fn the_backward_pass_has_the_slope_of_differences() {
    let data = data();
    for loss in [DmfLoss::Nce, DmfLoss::Bce] {
        let mut cells = Cell::new(&params().loss(loss), &data, 5.0);
        cells.begin_epoch(1);
        let mut towers = Towers {
            users: Tower::new(data.n_items(), &[3, 4], loss == DmfLoss::Bce, 7),
            items: Tower::new(data.n_users(), &[3, 4], loss == DmfLoss::Bce, 9),
        };
        // Far from the bends of the relus.
        for tower in [&mut towers.users, &mut towers.items] {
            tower.first.weight.mapv_inplace(|w| 20.0 * w);
            tower.layers[0].bias.as_mut().unwrap().fill(3.0);
        }
        let learn = |towers: &Towers, grads: &mut Grads| {
            let (mut rng, mut work) = (seeded(0), Default::default());
            cells.learn(
                towers,
                &[0, 1, 9, 50],
                1.0,
                &mut rng,
                grads.as_mut(),
                &mut work,
            )
        };
        let mut grads = Grads::of(&towers);
        learn(&towers, &mut grads);
        nn_core::testing::weights_are_differences(&towers, &grads, |towers| {
            learn(towers, &mut Grads::of(towers))
        });
    }
}

#[test]
fn the_target_is_left_out_of_row_and_column() {
    // With no other cell in its row and column, nothing is left to score by.
    let data = recsys_core::testing::ratings(&[("ann", "pen", 4.0), ("bob", "hat", 2.0)]);
    let towers = Towers {
        users: Tower::new(2, &[3, 4], false, 7),
        items: Tower::new(2, &[3, 4], false, 9),
    };
    let loss = |leave_out: bool, target: usize| {
        let mut cells = Cell::new(
            &params().leave_target_out(leave_out).n_negatives(1),
            &data,
            5.0,
        );
        cells.begin_epoch(1);
        let (mut grads, mut work) = (Grads::of(&towers), Default::default());
        cells.learn(
            &towers,
            &[target],
            1.0,
            &mut seeded(0),
            grads.as_mut(),
            &mut work,
        )
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
    let cells = Cell::new(&params().validation(true), &data, 5.0);
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
