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
    Dmf::params()
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
        let cells = Cell::new(&params().loss(loss), &data, 5.0);
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
            cells
                .learn(towers, &[0, 9, 50], 1.0, &mut seeded(0), grads.as_mut())
                .0
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
    let data = data();
    let cells = Cell::new(&params(), &data, 5.0);
    let (user, item) = (3, data.items_of(UserId(3))[1].0);
    let (row, column) = (
        cells.matrix.row(user, None),
        cells.matrix.column(item, None),
    );
    let value = data.ratings_of(UserId(3))[1] / 5.0;
    assert!(row.contains(&(item, value)) && column.contains(&(user, value)));
    assert_eq!(cells.matrix.row(user, Some(item)).len(), row.len() - 1);
    assert!(
        cells
            .matrix
            .column(item, Some(user))
            .iter()
            .all(|cell| cell.0 != user)
    );
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = data();
    let changes = [
        ("hidden", "[16]"),
        ("loss", "bce"),
        ("n_negatives", "3"),
        ("n_epochs", "1"),
        ("batch_size", "32"),
        ("learning_rate", "0.02"),
        ("weight_decay", "0.1"),
        ("leave_target_out", "false"),
        ("seed", "1"),
    ];
    let of = |params: &DmfParams| scores(&params.fit(&data).unwrap(), 3);
    params_have_effect(&params().n_epochs(2), &changes, of);
    let bad = [
        ("hidden", "[]"),
        ("n_negatives", "0"),
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("learning_rate", "0"),
        ("weight_decay", "-1"),
        ("loss", "mse"),
    ];
    refuses(&Dmf::params(), &bad);
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
