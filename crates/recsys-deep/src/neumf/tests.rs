use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result};
use recsys_core::testing::{
    Agreement, History, checkerboard, fold_in, persist, recommender, small_ratings,
    solves_checkerboard,
};
use recsys_core::{Duplicates, Interactions, Model, Recommender, UserId};

use super::*;

fn params(fusion: Fusion) -> NeuMfParams {
    let base = NeuMf::params()
        .fusion(fusion)
        .n_tower_factors(8)
        .hidden(vec![16, 8]);
    base.batch_size(64).learning_rate(0.01).n_epochs(10)
}

fn data() -> Interactions {
    Interactions::new(&small_ratings(5), Duplicates::Refuse).unwrap()
}

fn scores(model: &NeuMf, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

#[test]
fn each_network_keeps_the_contracts() {
    for fusion in [Fusion::Gmf, Fusion::Mlp, Fusion::NeuMf] {
        let fit = |data: &Interactions| -> Result<NeuMf> { params(fusion).fit(data) };
        recommender(fit);
        fold_in(History::Weights, Agreement::Top10(0.5), fit);
        // The withheld item is drawn as a negative too: a long training learns to leave it out.
        solves_checkerboard(&checkerboard(), |data| params(fusion).n_epochs(5).fit(data));
    }
    let model = params(Fusion::NeuMf).fit(&data()).unwrap();
    persist(&model, |model| (scores(model, 3), model.clone()));
}

#[test]
fn pretraining_joins_gmf_and_mlp() {
    let params = params(Fusion::NeuMf).pretrain_epochs(5);
    recommender(|data| params.fit(data));
    // Without a step of its own NeuMF is the mixture of both.
    let data = data();
    let still = params
        .clone()
        .fine_tune_rate(1e-30)
        .alpha(0.25)
        .fit(&data)
        .unwrap();
    let alone = |fusion| {
        scores(
            &params
                .clone()
                .fusion(fusion)
                .n_epochs(5)
                .fit(&data)
                .unwrap(),
            3,
        )
    };
    let (gmf, mlp) = (alone(Fusion::Gmf), alone(Fusion::Mlp));
    for ((joined, gmf), mlp) in scores(&still, 3).iter().zip(gmf).zip(mlp) {
        assert!((joined - 0.25 * gmf - 0.75 * mlp).abs() < 1e-4);
    }
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = data();
    let changes = [
        ("fusion", "gmf"),
        ("n_factors", "9"),
        ("n_tower_factors", "9"),
        ("hidden", "[16]"),
        ("n_negatives", "3"),
        ("n_epochs", "1"),
        ("batch_size", "32"),
        ("learning_rate", "0.02"),
        ("weight_decay", "0.1"),
        ("untouched", "move"),
        ("pretrain_epochs", "1"),
        ("seed", "1"),
    ];
    let of = |params: &NeuMfParams| scores(&params.fit(&data).unwrap(), 3);
    let short = params(Fusion::NeuMf).n_epochs(2);
    params_have_effect(&short, &changes, of);
    let changes = [("alpha", "0.6"), ("fine_tune_rate", "0.02")];
    params_have_effect(&short.pretrain_epochs(1), &changes, of);
    let bad = [
        ("n_factors", "0"),
        ("n_tower_factors", "0"),
        ("hidden", "[0]"),
        ("n_negatives", "0"),
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("learning_rate", "-1"),
        ("weight_decay", "-1"),
        ("alpha", "2"),
        ("fine_tune_rate", "0"),
    ];
    refuses(&NeuMf::params(), &bad);
}

#[test]
fn divergence_is_an_error() {
    let error = params(Fusion::Gmf)
        .learning_rate(1e30)
        .fit(&data())
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                algorithm: "gmf",
                ..
            }
        ),
        "{error}"
    );
}
