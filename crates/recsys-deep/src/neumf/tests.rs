use guide_core::testing::{params_have_effect, refuses};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use guide_core::{Cancel, EpochReport, Error, Fit, Persist, Progress, Result};
use recsys_core::testing::{
    Agreement, History, checkerboard, fold_in, persist, recommender, small_ratings,
    solves_checkerboard,
};
use recsys_core::{Duplicates, Interactions, Model, Recommender, UserId};

use super::*;
use crate::pair_net::PairNet;

fn params(fusion: Fusion) -> NeuMfParams {
    let base = NeuMfParams::authors()
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
        ("validation", "true"),
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
        ("n_factors", "4097"),
        ("n_tower_factors", "4097"),
        ("hidden", "[8193]"),
        ("n_negatives", "1001"),
        ("patience", "1"),
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

#[test]
fn many_shards_change_no_bit_for_any_threads() {
    let data = data();
    let large = params(Fusion::NeuMf).batch_size(300).n_epochs(3);
    guide_core::testing::same_for_one_and_two_threads(|| scores(&large.fit(&data).unwrap(), 3));
}

/// Counts epochs and calls within them, and ends the training at a call.
#[derive(Default)]
struct Calls {
    epochs: AtomicUsize,
    within: AtomicUsize,
    end_within: Option<usize>,
}

impl Progress for Calls {
    fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
        self.epochs.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Continue(())
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        let call = self.within.fetch_add(1, Ordering::Relaxed) + 1;
        if Some(call) == self.end_within {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[test]
fn patience_ends_a_training_and_the_best_weights_are_kept() {
    let data = data();
    let wild = params(Fusion::Gmf)
        .validation(true)
        .learning_rate(0.2)
        .n_epochs(30)
        .patience(2);
    let calls = Calls::default();
    let kept = wild.fit_with(&data, &calls).unwrap();
    let n_epochs = calls.epochs.into_inner();
    assert!((3..30).contains(&n_epochs), "{n_epochs}");
    let best = wild.patience(0).n_epochs(n_epochs - 2).fit(&data).unwrap();
    assert_eq!(scores(&kept, 3), scores(&best, 3));
}

#[test]
fn cancel_ends_an_epoch_and_all_of_the_pretraining() {
    let data = data();
    let cancel = Cancel::default();
    cancel.cancel();
    let pretrained = params(Fusion::NeuMf).pretrain_epochs(5);
    let model = pretrained.fit_with(&data, &cancel).unwrap();
    let start = params(Fusion::Gmf).start(&data);
    let first_row = |net: PairNet| {
        let users = net.product.unwrap().users;
        users.row(&net.weights, 0).to_vec()
    };
    assert_eq!(first_row(model.net), first_row(start));
    // Broken off within the second epoch of GMF, NeuMF scores as that.
    let calls = Calls {
        end_within: Some(2),
        ..Calls::default()
    };
    let model = pretrained.fit_with(&data, &calls).unwrap();
    assert_eq!(
        (calls.epochs.into_inner() <= 1, calls.within.into_inner()),
        (true, 2)
    );
    let calls = Calls {
        end_within: Some(2),
        ..Calls::default()
    };
    let gmf = params(Fusion::Gmf).fit_with(&data, &calls).unwrap();
    for (joined, gmf) in scores(&model, 3).iter().zip(scores(&gmf, 3)) {
        assert!((joined - gmf).abs() < 1e-5, "{joined} {gmf}");
    }
}

#[test]
fn batches_find_what_single_users_get() {
    let data = data();
    let users: Vec<UserId> = (0..data.n_users() as u32).map(UserId).collect();
    for fusion in [Fusion::Gmf, Fusion::Mlp, Fusion::NeuMf] {
        let model = params(fusion).n_epochs(2).fit(&data).unwrap();
        let lists = model.recommend_batch(&users, 4, &data).unwrap();
        for (&user, list) in users.iter().zip(lists) {
            let single = model.recommend(user, 4, data.items_of(user)).unwrap();
            for (batch, single) in list.iter().zip(single) {
                assert!((batch.score - single.score).abs() < 1e-5);
            }
        }
    }
}

/// A new user's vector is fitted on as many drawn items as the parameters say: a file must not ask for billions.
#[test]
fn a_file_with_parameters_that_no_training_allows_is_refused() {
    let mut model = params(Fusion::NeuMf).n_epochs(1).fit(&data()).unwrap();
    Persist::check(&model).unwrap();
    model.params.n_negatives = usize::MAX;
    let error = Persist::check(&model).unwrap_err().to_string();
    assert!(error.contains("n_negatives"), "{error}");
}
