//! The training loop: same bits on any threads, divergence, early stopping, best weights, cancel, parameters.
#![allow(clippy::unwrap_used)] // in helpers too

use std::ops::ControlFlow;

use guide_core::ndarray::Array2;
use guide_core::testing::{params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Cancel, Error, seeded};
use nn_core::testing::fill;
use nn_core::{
    Activation, BatchNorm1d, Chain, Course, Dense, Dropout, Ending, EpochRecord, History, Layer,
    Loss, Optimizer, Schedule, Supervised, Trainer, Watch, report_to,
};

type Tower = Chain<Chain<Chain<Chain<Dense, BatchNorm1d>, nn_core::Activate>, Dropout>, Dense>;

fn tower(seed: u64) -> Tower {
    Dense::torch(6, 40, seed)
        .then(BatchNorm1d::new(40))
        .then(Activation::Relu.layer())
        .then(Dropout::new(0.1).unwrap())
        .then(Dense::torch(40, 1, seed + 1))
}

/// A target that a small network can learn: `x₀ x₁ + x₂`.
fn data(n: usize, seed: u64) -> (Array2<f32>, Array2<f32>) {
    let mut x = Array2::zeros((n, 6));
    fill(&mut x, &mut seeded(seed));
    let y = x.rows().into_iter().map(|x| x[0] * x[1] + x[2]).collect();
    (x, Array2::from_shape_vec((n, 1), y).unwrap())
}

fn objective() -> Supervised {
    let ((x, y), (held_x, held_y)) = (data(500, 1), data(200, 2));
    Supervised::new(x, y, Loss::Mse)
        .unwrap()
        .held_out(held_x, held_y)
        .unwrap()
}

fn short() -> Trainer {
    Trainer::default()
        .n_epochs(4)
        .batch_size(100)
        .shard_size(24)
        .optimizer(Optimizer::adam(0.01))
}

fn go_on(_: &EpochRecord) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn run(trainer: &Trainer) -> (Tower, History) {
    let mut model = tower(3);
    let history = trainer
        .train("tower", &mut model, &mut objective(), &mut go_on)
        .unwrap();
    (model, history)
}

#[test]
fn the_threads_change_no_bit() {
    let (model, losses) = same_for_one_and_two_threads(|| {
        let (model, history) = run(&short());
        let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.loss).collect();
        (model, losses)
    });
    assert!(losses[3] < 0.5 * losses[0], "{losses:?}");
    assert_ne!(model, tower(3));
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
        ("shard_size", "100"),
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
        ("shard_size", "0"),
        ("optimizer.learning_rate", "0"),
        ("optimizer.rule.adam.beta1", "1"),
    ];
    refuses(&Trainer::default(), &bad);
    let nothing = Supervised::new(Array2::zeros((0, 6)), Array2::zeros((0, 1)), Loss::Mse);
    let error = Trainer::default().train("tower", &mut tower(0), &mut nothing.unwrap(), &mut go_on);
    assert!(matches!(error, Err(Error::Empty { .. })));
    let (x, y) = data(3, 1);
    assert!(matches!(
        Supervised::new(x.clone(), data(4, 1).1, Loss::Mse),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(
        Supervised::new(x, y / 0.0, Loss::Mse),
        Err(Error::NotFinite { .. })
    ));
}

#[test]
fn divergence_names_its_epoch_and_step_and_leaves_finite_weights() {
    let mut model = Dense::torch(6, 1, 0);
    let before = model.clone();
    let trainer = short().n_epochs(50).optimizer(Optimizer::sgd(1e6));
    let error = trainer
        .train("line", &mut model, &mut objective(), &mut go_on)
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
    assert!(epoch > 1 || model == before);
    assert!(model.weight.iter().all(|w| w.is_finite()));
}

#[test]
fn an_interrupted_training_keeps_the_best_weights() {
    // The rate is so high that later epochs are worse than the first ones.
    let wild = short().n_epochs(30).optimizer(Optimizer::sgd(0.9));
    let cancel = Cancel::default();
    let mut model = Dense::torch(6, 1, 0);
    let mut seen = Vec::new();
    let mut report = report_to("line", &cancel);
    let history = wild
        .train("line", &mut model, &mut objective(), &mut |record| {
            seen.push(record.validation.unwrap());
            if record.epoch == 6 {
                cancel.cancel();
            }
            report.epoch(record)
        })
        .unwrap();
    assert_eq!((history.ending, seen.len()), (Ending::Interrupted, 6));
    let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(
        history.epochs[history.kept_epoch - 1].validation,
        Some(least)
    );
    assert!(history.kept_epoch < 6, "{seen:?}");

    // The same training for only as many epochs as were kept ends with the same weights.
    let mut again = Dense::torch(6, 1, 0);
    let kept = wild.n_epochs(history.kept_epoch);
    kept.train("line", &mut again, &mut objective(), &mut go_on)
        .unwrap();
    assert_eq!(again, model);
}

#[test]
fn patience_ends_a_training_that_gets_no_better() {
    let wild = short()
        .n_epochs(100)
        .optimizer(Optimizer::sgd(0.9))
        .patience(3);
    let mut model = Dense::torch(6, 1, 0);
    let history = wild
        .train("line", &mut model, &mut objective(), &mut go_on)
        .unwrap();
    assert_eq!(history.ending, Ending::Early);
    assert_eq!(history.epochs.len(), history.kept_epoch + 3);
    let mut last = Dense::torch(6, 1, 0);
    wild.keep_best(false)
        .train("line", &mut last, &mut objective(), &mut go_on)
        .unwrap();
    assert_ne!(last, model);
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
    let mut huge = Supervised::new(x * 1e18, y * 1e18, Loss::Mse).unwrap();
    let mut model = Dense::torch(6, 1, 0);
    let before = model.clone();
    let trainer = short().n_epochs(1).optimizer(Optimizer::sgd(1e30));
    let error = trainer
        .train("line", &mut model, &mut huge, &mut go_on)
        .unwrap_err();
    let place = matches!(
        error,
        Error::Diverged {
            epoch: 1,
            step: 1,
            ..
        }
    );
    assert!(place, "{error}");
    assert_eq!(model, before);
}

#[test]
fn patience_without_a_validation_is_refused() {
    let (x, y) = data(50, 1);
    let mut plain = Supervised::new(x, y, Loss::Mse).unwrap();
    let error = short()
        .patience(1)
        .train("tower", &mut tower(1), &mut plain, &mut go_on)
        .unwrap_err();
    assert!(error.to_string().contains("patience"), "{error}");
}

#[test]
fn the_statistics_of_shards_are_those_of_their_batch() {
    let (x, _) = data(11, 3);
    let mut rng = seeded(0);
    let (mut whole, mut parts) = (BatchNorm1d::new(6), BatchNorm1d::new(6));
    let (_, cache) = whole.forward(&x, &mut rng);
    whole.absorb(&[&cache]);
    let caches: Vec<_> = [0..1, 1..5, 5..11]
        .map(|rows| {
            parts
                .forward(
                    &x.slice(guide_core::ndarray::s![rows, ..]).to_owned(),
                    &mut rng,
                )
                .1
        })
        .into();
    parts.absorb(&caches.iter().collect::<Vec<_>>());
    let near = |a: &guide_core::ndarray::Array1<f32>, b: &guide_core::ndarray::Array1<f32>| {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
    };
    assert!(near(&whole.running_mean, &parts.running_mean));
    assert!(near(&whole.running_var, &parts.running_var));
    let before = parts.clone();
    parts.absorb(&[&caches[0]]);
    assert_eq!(parts, before, "one row has no variance");
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
    let (x, y) = data(500, 1);
    let mut plain = Supervised::new(x, y, Loss::Mse).unwrap();
    let mut model = Dense::torch(6, 1, 0);
    let before = model.clone();
    // Five hundred steps an epoch.
    let trainer = short().batch_size(1);
    let history = trainer
        .train_watched("line", &mut model, &mut plain, &mut Impatient(0))
        .unwrap();
    assert_eq!(
        (history.ending, history.epochs.len(), history.kept_epoch),
        (Ending::Interrupted, 0, 0)
    );
    assert_ne!(model, before, "what was learned stays");
}
