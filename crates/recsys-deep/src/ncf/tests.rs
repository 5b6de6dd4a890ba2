use guide_core::ndarray::Array2;
use guide_core::testing::{params_have_effect, refuses};
use guide_core::{Error, Fit, Result};
use nn_core::{Batch, Grads, Init, Loss, Objective, OptimizerState, Untouched};
use recsys_core::testing::{
    Agreement, History, checkerboard, fold_in, persist, rated_checkerboard, rating_predictor,
    recommender, small_ratings, solves_checkerboard,
};
use recsys_core::{Duplicates, Interactions, Model, RatingPredictor, Recommender, UserId};

use super::*;
use crate::pair_net::{PairNet, Start};
use crate::pairs::{Pair, PairObjective, Pairs};

fn params() -> NcfParams {
    Ncf::params()
        .n_factors(8)
        .hidden(vec![16, 8])
        .batch_size(64)
        .learning_rate(0.01)
}

fn ratings() -> Interactions {
    Interactions::new(&small_ratings(5), Duplicates::Refuse).unwrap()
}

fn scores(model: &Ncf, user: u32) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score_items(UserId(user), &mut scores).unwrap();
    scores
}

#[test]
fn keeps_the_contracts() {
    let fit = |data: &Interactions| -> Result<Ncf> { params().fit(data) };
    rating_predictor(fit);
    recommender(fit);
    fold_in(History::Ratings, Agreement::Top10(0.6), fit);
    solves_checkerboard(&rated_checkerboard(), |data| {
        params().validation(0.0).n_epochs(60).fit(data)
    });
    persist(&fit(&ratings()).unwrap(), |model| {
        (scores(model, 3), model.clone())
    });
}

#[test]
fn follows_keras_for_200_steps() {
    // Made by scripts/golden/keras_ncf.py with Keras 3.15.1.
    let golden = include_str!("../../tests/golden/keras_ncf.json");
    let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
    let list =
        |value: &serde_json::Value| -> Vec<f32> { serde_json::from_value(value.clone()).unwrap() };
    let matrix = |name: &str| {
        let rows: Vec<Vec<f32>> = serde_json::from_value(golden[name].clone()).unwrap();
        Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
    };
    let numbers =
        |name: &str| -> Vec<u32> { serde_json::from_value(golden[name].clone()).unwrap() };
    let start = Start {
        tables: Init::Zeros,
        out: Init::Zeros,
        seed: 0,
    };
    let (users, items) = (matrix("user_rows"), matrix("item_rows"));
    let mut net = PairNet::new((users.nrows() - 1, items.nrows() - 1), 0, 4, &[6], start);
    let first = [
        ("tower.users.weight", users),
        ("tower.items.weight", items),
        ("head.layers.0.weight", matrix("hidden")),
        ("head.out.weight", matrix("out")),
    ];
    for (name, numbers) in first {
        let id = net.weights.find(name).unwrap();
        let numbers: Vec<f32> = numbers.into_iter().collect();
        net.weights.get_mut(id).copy_from_slice(&numbers);
    }
    let ids = numbers("users").into_iter().zip(numbers("items"));
    let pair = |((user, item), target)| Pair { user, item, target };
    let mut pairs = Pairs {
        pairs: ids.zip(list(&golden["ratings"])).map(pair).collect(),
        held_out: Vec::new(),
        loss: Loss::Mse,
        redraw: None,
    };

    let mut weights = net.weights.clone();
    let mut grads = Grads::of(&weights);
    let optimizer = params().untouched(Untouched::Move).optimizer();
    let mut state = OptimizerState::new(optimizer, &weights);
    let n = pairs.pairs.len();
    let mut objective = PairObjective::new(&net, &mut pairs);
    for (step, expected) in list(&golden["losses"]).into_iter().enumerate() {
        let examples: Vec<usize> = (16 * step..16 * (step + 1))
            .map(|place| place % n)
            .collect();
        grads.clear();
        let batch = Batch {
            examples: &examples,
            seed: 0,
            step: 1,
        };
        let loss = objective.learn(&weights, batch, &mut grads) as f32 / 16.0;
        assert!(
            (loss - expected).abs() < 1e-3,
            "step {step}: {loss}, Keras {expected}"
        );
        state.step(&mut weights, &grads, 1.0);
    }
}

#[test]
fn learns_taste_better_than_the_mean() {
    let data = ratings();
    let model = params().validation(0.0).n_epochs(100).fit(&data).unwrap();
    let targets = data.ratings().unwrap();
    let mean = targets.iter().sum::<f32>() / targets.len() as f32;
    let (mut own, mut of_mean) = (0.0, 0.0);
    for user in (0..data.n_users() as u32).map(UserId) {
        for (&item, &rating) in data.items_of(user).iter().zip(data.ratings_of(user)) {
            own += (model.predict(Some(user), Some(item)).rating - rating).powi(2);
            of_mean += (mean - rating).powi(2);
        }
    }
    assert!(own < 0.4 * of_mean, "{own}, with the mean {of_mean}");
}

#[test]
fn every_parameter_has_an_effect_and_bad_values_are_refused() {
    let data = ratings();
    let changes = [
        ("n_factors", "9"),
        ("hidden", "[16]"),
        ("n_epochs", "2"),
        ("batch_size", "32"),
        ("learning_rate", "0.02"),
        ("weight_decay", "0.1"),
        ("untouched", "move"),
        ("validation", "0.2"),
        ("seed", "1"),
    ];
    let of = |params: &NcfParams| scores(&params.fit(&data).unwrap(), 3);
    params_have_effect(&params().n_epochs(3), &changes, of);
    let wild = params().learning_rate(0.3).n_epochs(30);
    params_have_effect(&wild, &[("patience", "1")], |params| {
        let epochs = std::sync::Mutex::new(0);
        let count = |_: &guide_core::EpochReport| *epochs.lock().unwrap() += 1;
        struct Count<F>(F);
        impl<F: Fn(&guide_core::EpochReport) + Sync> guide_core::Progress for Count<F> {
            fn epoch(&self, report: &guide_core::EpochReport) -> std::ops::ControlFlow<()> {
                (self.0)(report);
                std::ops::ControlFlow::Continue(())
            }
        }
        params.fit_with(&data, &Count(count)).unwrap();
        epochs.into_inner().unwrap()
    });
    let bad = [
        ("n_factors", "0"),
        ("hidden", "[]"),
        ("hidden", "[4, 0]"),
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("learning_rate", "0"),
        ("weight_decay", "-1"),
        ("n_factors", "4097"),
        ("hidden", "[8193]"),
        ("validation", "1"),
    ];
    refuses(&Ncf::params(), &bad);
    refuses(&Ncf::params().validation(0.0), &[("patience", "1")]);
}

#[test]
fn unsuitable_data_and_divergence_are_errors() {
    assert!(matches!(
        params().fit(&checkerboard()),
        Err(Error::Unsuitable { .. })
    ));
    let error = params().learning_rate(1e30).fit(&ratings()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Diverged {
                algorithm: "ncf",
                epoch: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn little_data_and_batches_beyond_it_will_do() {
    let one = recsys_core::testing::ratings(&[("ann", "pen", 4.0), ("bob", "hat", 2.0)]);
    Ncf::params().fit(&one).unwrap();
    let whole = params()
        .batch_size(ratings().len())
        .fit(&ratings())
        .unwrap();
    let beyond = params().batch_size(usize::MAX).fit(&ratings()).unwrap();
    assert_eq!(scores(&beyond, 3), scores(&whole, 3));
}

#[test]
fn every_known_user_and_item_is_trained_on_whatever_is_held_out() {
    let data = ratings();
    let model = params().n_epochs(1).validation(0.9).fit(&data).unwrap();
    for user in (0..data.n_users() as u32).map(UserId) {
        for &item in data.items_of(user) {
            let basis = model.predict(Some(user), Some(item)).basis;
            assert_eq!(basis, recsys_core::Basis::Model);
        }
    }
}

#[test]
fn many_shards_change_no_bit_for_any_threads() {
    let data = ratings();
    let large = params().batch_size(300).n_epochs(3);
    guide_core::testing::same_for_one_and_two_threads(|| scores(&large.fit(&data).unwrap(), 3));
}

#[test]
fn a_batch_and_a_single_user_may_ask_a_fresh_model_at_once() {
    let data = ratings();
    let users: Vec<UserId> = (0..data.n_users() as u32).map(UserId).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .unwrap();
    let fitted = params().n_epochs(1).fit(&data).unwrap();
    for _ in 0..50 {
        let mut model = fitted.clone();
        model.forget_parts();
        std::thread::scope(|scope| {
            scope.spawn(|| model.recommend(UserId(0), 3, &[]).unwrap());
            pool.install(|| model.recommend_batch(&users, 3, &data).unwrap());
        });
    }
}

#[test]
fn weights_go_out_and_in() {
    let data = ratings();
    let model = params().n_epochs(2).fit(&data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ncf.safetensors");
    model.save_weights(&path).unwrap();
    let mut other = params().n_epochs(1).fit(&data).unwrap();
    assert_ne!(scores(&other, 3), scores(&model, 3));
    other.load_weights(&path).unwrap();
    assert_eq!(scores(&other, 3), scores(&model, 3));
    let table = model.summary().to_string();
    assert!(
        table.contains("embedding (Embedding)") && table.contains("dense_2 (Dense)"),
        "{table}"
    );
}
