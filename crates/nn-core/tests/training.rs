//! The training loop: same bits on any threads, divergence, early stopping, best weights, cancel, parameters.
#![allow(clippy::unwrap_used)] // in helpers too

use std::ops::ControlFlow;

use guide_core::ndarray::Array2;
use guide_core::testing::{params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Cancel, Error, seeded};
use nn_core::testing::fill;
use nn_core::{
    Activation, BatchNorm, Course, CrossEntropy, Dense, Dropout, Ending, EpochRecord, History,
    Loss, Optimizer, Schedule, Sequential, Shards, Supervised, Targets, Trainer, Watch, Weights,
    report_to,
};

/// A network with its first weights.
type Net = (Sequential, Weights);

/// With a batch norm, which must see the whole batch.
fn tower(seed: u64) -> Net {
    let mut weights = Weights::new();
    let net = Sequential::new(&[6])
        .push(Dense::torch(&mut weights, "0", 6, 40, seed))
        .unwrap()
        .push(BatchNorm::new(&mut weights, "1", 40))
        .unwrap()
        .push(Activation::Relu)
        .unwrap()
        .push(Dropout::new(0.1, 3).unwrap())
        .unwrap()
        .push(Dense::torch(&mut weights, "4", 40, 1, seed + 1))
        .unwrap();
    (net, weights)
}

/// Without one, so that batches are split into shards.
fn plain_tower(seed: u64) -> Net {
    let mut weights = Weights::new();
    let net = Sequential::new(&[6])
        .push(Dense::torch(&mut weights, "0", 6, 40, seed).activation(Activation::Relu))
        .unwrap()
        .push(Dropout::new(0.1, 1).unwrap())
        .unwrap()
        .push(Dense::torch(&mut weights, "2", 40, 1, seed + 1))
        .unwrap();
    (net, weights)
}

fn line() -> Net {
    let mut weights = Weights::new();
    let dense = Dense::torch(&mut weights, "0", 6, 1, 0);
    (Sequential::new(&[6]).push(dense).unwrap(), weights)
}

/// A target that a small network can learn: `x₀ x₁ + x₂`.
fn data(n: usize, seed: u64) -> (Array2<f32>, Array2<f32>) {
    let mut x = Array2::zeros((n, 6));
    fill(&mut x, &mut seeded(seed));
    let y = x.rows().into_iter().map(|x| x[0] * x[1] + x[2]).collect();
    (x, Array2::from_shape_vec((n, 1), y).unwrap())
}

fn plain(net: &Sequential, n: usize) -> Supervised<'_> {
    let (x, y) = data(n, 1);
    Supervised::new(net, &[6], x, Targets::Numbers(y, Loss::Mse)).unwrap()
}

fn objective(net: &Sequential) -> Supervised<'_> {
    let (x, y) = data(200, 2);
    plain(net, 500)
        .held_out(x, Targets::Numbers(y, Loss::Mse))
        .unwrap()
}

fn short() -> Trainer {
    Trainer::default()
        .n_epochs(4)
        .batch_size(100)
        .optimizer(Optimizer::adam(0.01))
}

fn go_on(_: &EpochRecord) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn run(trainer: &Trainer) -> (Weights, History) {
    let (net, mut weights) = tower(3);
    let history = trainer.train(&mut weights, &mut objective(&net)).unwrap();
    (weights, history)
}

#[test]
fn the_threads_change_no_bit() {
    for tower in [tower, plain_tower] {
        let (weights, losses) = same_for_one_and_two_threads(|| {
            let (net, mut weights) = tower(3);
            let mut objective = objective(&net).shard_size(24);
            let history = short().train(&mut weights, &mut objective).unwrap();
            let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.loss).collect();
            (weights, losses)
        });
        assert!(losses[3] < 0.5 * losses[0], "{losses:?}");
        assert_ne!(weights, tower(3).1);
    }
}

/// Dropout is drawn by position in the batch, so that a split moves only the last bits.
#[test]
fn the_size_of_shards_matters_in_the_last_bits_only() {
    let trained = |size| {
        let (net, mut weights) = plain_tower(3);
        let mut objective = objective(&net).shard_size(size);
        short().train(&mut weights, &mut objective).unwrap();
        weights
    };
    let (few, many) = (trained(100), trained(7));
    assert_ne!(few, many);
    for id in few.ids() {
        for (a, b) in few.get(id).iter().zip(many.get(id)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

#[test]
fn a_layer_that_needs_the_whole_batch_is_not_split() {
    let error = Shards::<()>::of_layer(10, &tower(1).0).unwrap_err();
    assert!(error.to_string().contains("whole batch"), "{error}");
    assert!(Shards::<()>::of_layer(10, &plain_tower(1).0).is_ok());
}

#[test]
fn it_learns() {
    let (_, history) = run(&short().n_epochs(60));
    let best = history.epochs[history.kept_epoch - 1].validation.unwrap();
    // The target's variance is 1/9 + 1/3.
    assert!(best < 0.05, "{best}");
    assert_eq!(history.ending, Ending::Finished);
}

#[test]
fn every_parameter_has_an_effect() {
    let changes = [
        ("n_epochs", "5"),
        ("batch_size", "50"),
        ("optimizer.learning_rate", "0.02"),
        ("optimizer.weight_decay", "0.1"),
        ("optimizer.clip_norm", "0.1"),
        ("schedule.warm_up", "10"),
        ("seed", "1"),
    ];
    params_have_effect(&short(), &changes, |trainer| run(trainer).0);
    let decayed = short().optimizer(Optimizer::adamw(0.01, 0.1));
    params_have_effect(&decayed, &[("optimizer.decoupled", "false")], |trainer| {
        run(trainer).0
    });
    let step = Course::Step {
        every: 1,
        gamma: 0.5,
    };
    let falling = short().schedule(Schedule::default().course(step));
    assert_ne!(run(&falling).0, run(&short()).0);
    assert_eq!(run(&falling).1.epochs[3].learning_rate, 0.01 * 0.125);
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let bad = [
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("optimizer.learning_rate", "0"),
        ("optimizer.rule.adam.beta1", "1"),
    ];
    refuses(&Trainer::default(), &bad);
    let (net, mut weights) = tower(0);
    let error = Trainer::default().train(&mut weights, &mut plain(&net, 0));
    assert!(matches!(error, Err(Error::Empty { .. })));
    let of = |x: Array2<f32>, targets| Supervised::new(&net, &[6], x, targets).map(|_| ());
    let numbers = |y| Targets::Numbers(y, Loss::Mse);
    let (x, y) = data(3, 1);
    let error = of(x.clone(), numbers(data(4, 1).1)).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }));
    let error = of(x.clone(), numbers(Array2::zeros((3, 2)))).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }));
    let error = of(x.clone(), numbers(y / 0.0)).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }));
    let classes = Targets::Classes(vec![0, 1, 0], CrossEntropy::default());
    let error = of(x, classes).unwrap_err().to_string();
    assert!(error.contains("below the 1 outputs"), "{error}");
    assert!(Supervised::new(&net, &[5], data(3, 1).0, numbers(data(3, 1).1)).is_err());
}

#[test]
fn divergence_names_its_epoch_and_step_and_leaves_finite_weights() {
    let (net, mut weights) = line();
    let before = weights.clone();
    let trainer = short().n_epochs(50).optimizer(Optimizer::sgd(1e6));
    let error = trainer
        .train_watched("line", &mut weights, &mut objective(&net), &mut go_on)
        .unwrap_err();
    let Error::Diverged {
        algorithm,
        epoch,
        step,
        loss,
    } = error
    else {
        panic!("{error}")
    };
    assert!(algorithm == "line" && epoch >= 1 && (1..=5).contains(&step) && !loss.is_finite());
    assert!(epoch > 1 || step > 1, "the first loss is finite");
    assert!(epoch > 1 || weights == before);
    assert_eq!(weights.not_finite(), None);
}

#[test]
fn an_interrupted_training_keeps_the_best_weights() {
    // The rate is so high that later epochs are worse than the first ones.
    let wild = short().n_epochs(30).optimizer(Optimizer::sgd(0.9));
    let cancel = Cancel::default();
    let (net, mut weights) = line();
    let mut seen = Vec::new();
    let mut report = report_to("line", &cancel);
    let mut watch = |record: &EpochRecord| {
        seen.push(record.validation.unwrap());
        if record.epoch == 6 {
            cancel.cancel();
        }
        report.epoch(record)
    };
    let mut held_out = objective(&net);
    let history = wild.train_watched("line", &mut weights, &mut held_out, &mut watch);
    let history = history.unwrap();
    assert_eq!((history.ending, seen.len()), (Ending::Interrupted, 6));
    let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(
        history.epochs[history.kept_epoch - 1].validation,
        Some(least)
    );
    assert!(history.kept_epoch < 6, "{seen:?}");

    // The same training for only as many epochs as were kept ends with the same weights.
    let (net, mut again) = line();
    let kept = wild.n_epochs(history.kept_epoch);
    kept.train(&mut again, &mut objective(&net)).unwrap();
    assert_eq!(again, weights);
}

#[test]
fn patience_ends_a_training_that_gets_no_better() {
    let wild = short()
        .n_epochs(100)
        .optimizer(Optimizer::sgd(0.9))
        .patience(3);
    let (net, mut weights) = line();
    let history = wild.train(&mut weights, &mut objective(&net)).unwrap();
    assert_eq!(history.ending, Ending::Early);
    assert_eq!(history.epochs.len(), history.kept_epoch + 3);
    let (net, mut last) = line();
    let to_the_end = wild.keep_best(false);
    to_the_end.train(&mut last, &mut objective(&net)).unwrap();
    assert_ne!(last, weights);
}

#[test]
fn a_batch_larger_than_the_data_is_all_of_it() {
    let whole = run(&short().batch_size(500)).0;
    assert_eq!(run(&short().batch_size(usize::MAX)).0, whole);
}

#[test]
fn a_weight_that_is_not_finite_after_the_last_step_is_divergence() {
    // One step, whose loss is finite and whose weights are not.
    let (x, y) = data(50, 1);
    let (net, mut weights) = line();
    let targets = Targets::Numbers(y * 1e18, Loss::Mse);
    let mut huge = Supervised::new(&net, &[6], x * 1e18, targets).unwrap();
    let before = weights.clone();
    let trainer = short().n_epochs(1).optimizer(Optimizer::sgd(1e30));
    let error = trainer.train(&mut weights, &mut huge).unwrap_err();
    let place = matches!(
        error,
        Error::Diverged {
            epoch: 1,
            step: 1,
            ..
        }
    );
    assert!(place, "{error}");
    assert_eq!(weights, before);
}

#[test]
fn patience_without_a_validation_is_refused() {
    let (net, mut weights) = tower(1);
    let error = short()
        .patience(1)
        .train(&mut weights, &mut plain(&net, 50))
        .unwrap_err();
    assert!(error.to_string().contains("patience"), "{error}");
}

/// Breaks off at its third look.
struct Impatient(usize);

impl Watch for Impatient {
    fn epoch(&mut self, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn within_epoch(&mut self) -> ControlFlow<()> {
        self.0 += 1;
        if self.0 == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[test]
fn a_training_can_be_broken_off_within_an_epoch() {
    let (net, mut weights) = line();
    let before = weights.clone();
    // Five hundred steps an epoch.
    let trainer = short().batch_size(1);
    let mut all = plain(&net, 500);
    let history = trainer
        .train_watched("line", &mut weights, &mut all, &mut Impatient(0))
        .unwrap();
    assert_eq!(
        (history.ending, history.epochs.len(), history.kept_epoch),
        (Ending::Interrupted, 0, 0)
    );
    assert_ne!(weights, before, "what was learned stays");
}
