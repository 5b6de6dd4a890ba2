//! The classifier of pictures on generated pictures.

use std::ops::ControlFlow;

use guide_core::testing::same_for_one_and_two_threads;
use guide_core::{Fit, Persist};
use nn_core::EpochRecord;

use super::*;
use crate::{Architecture, Augment, Labels, Pictures};

/// Pictures of 16 x 16 with a bar, upright or level, on a dark or a bright ground.
pub(super) fn bars(n: usize, first: usize) -> Pictures {
    let (mut pixels, mut directions, mut grounds) = (Vec::new(), Vec::new(), Vec::new());
    for number in first..first + n {
        let hash = number.wrapping_mul(2_654_435_761) >> 7;
        let (direction, ground, place) = (hash % 2, hash / 2 % 2, 3 + hash / 4 % 10);
        for cell in 0..256 {
            let along = if direction == 0 { cell % 16 } else { cell / 16 };
            let noise = (number * 31 + cell * cell * 7) % 40;
            let dark = (along.abs_diff(place) < 2) == (ground == 1);
            pixels.push(if dark { noise } else { 255 - noise } as u8);
        }
        directions.push(direction as u32);
        grounds.push(ground as u32);
    }
    let labels = |name: &str, classes: [&str; 2], of| {
        Labels::new(name, classes.map(str::to_owned).to_vec(), of).unwrap()
    };
    let direction = labels("direction", ["upright", "level"], directions);
    let ground = labels("ground", ["dark", "bright"], grounds);
    Pictures::new([16, 16, 1], pixels, vec![direction, ground]).unwrap()
}

pub(super) fn params() -> PictureClassifierParams {
    PictureClassifier::params()
        .epochs(6)
        .batch(16)
        .learning_rate(3e-3)
        .seed(1)
}

#[test]
fn two_heads_learn_at_once_and_the_file_answers_the_same() {
    let (train, test) = (bars(192, 0), bars(64, 1000));
    for architecture in [Architecture::SeedCnn, Architecture::ResNet20] {
        let params = params().architecture(architecture).validation_share(0.15);
        let model = params.fit(&train).unwrap();
        let report = model.evaluate(&test).unwrap();
        assert_eq!(report.heads.len(), 2);
        for head in &report.heads {
            assert!(
                head.accuracy() > 0.9,
                "{architecture} {}: {}",
                head.name,
                head.accuracy()
            );
            assert!(head.top5 == 1.0 && head.log_loss < 0.4 && head.n_unknown == 0);
        }
        let trained = model.report().unwrap();
        assert_eq!(trained.n_train + trained.n_validation, 192);
        assert!(trained.n_validation > 20);
        let mut bytes = Vec::new();
        model.write_to(&mut bytes).unwrap();
        let read = PictureClassifier::read_from(&mut &bytes[..]).unwrap();
        assert_eq!(
            read.classify(&test).unwrap(),
            model.classify(&test).unwrap()
        );
        assert_eq!(read.heads(), model.heads());
    }
}

#[test]
fn the_features_of_a_class_are_near() {
    let model = params().fit(&bars(128, 0)).unwrap();
    let test = bars(40, 500);
    let vectors = model.embed(&test).unwrap();
    assert_eq!((vectors.len(), vectors.dim()), (40, 128));
    let of = test.labels("direction").unwrap().of();
    let mut same = 0;
    for picture in 0..40_u32 {
        assert!((vectors.norm(picture) - 1.0).abs() < 1e-5);
        let near = vectors.similar(picture, 1).unwrap();
        same += usize::from(of[near[0].id as usize] == of[picture as usize]);
    }
    assert!(same >= 36, "{same} of 40");
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let train = bars(40, 0);
    for architecture in [Architecture::SeedCnn, Architecture::ResNet20] {
        let augment = Augment::default().shift(1).flip(0.5).rotation(5.0);
        let params = params()
            .architecture(architecture)
            .epochs(2)
            .augment(augment);
        same_for_one_and_two_threads(|| {
            let model = params.fit(&train).unwrap();
            let scores = model.classify(&train).unwrap();
            scores
                .probabilities(0)
                .iter()
                .map(|p| p.to_bits())
                .collect::<Vec<_>>()
        });
    }
}

#[test]
fn each_parameter_has_an_effect() {
    let train = bars(48, 0);
    let base = params().epochs(2).validation_share(0.25);
    let answers = |params: &PictureClassifierParams| {
        let model = params.fit(&train).unwrap();
        model.classify(&train).unwrap().probabilities(1).clone()
    };
    let before = answers(&base);
    assert_eq!(before, answers(&base));
    for (name, changed) in [
        (
            "architecture",
            base.clone().architecture(Architecture::ResNet20),
        ),
        ("epochs", base.clone().epochs(3)),
        ("batch", base.clone().batch(8)),
        ("training", base.clone().training(PictureTraining::Momentum)),
        ("learning_rate", base.clone().learning_rate(1e-3)),
        ("weight_decay", base.clone().weight_decay(0.5)),
        ("cosine", base.clone().cosine(false)),
        ("label_smoothing", base.clone().label_smoothing(0.2)),
        ("head_weights", base.clone().head_weights(vec![2.0, 0.5])),
        (
            "augment",
            base.clone().augment(Augment::default().flip(1.0)),
        ),
        ("validation_share", base.clone().validation_share(0.0)),
        ("seed", base.clone().seed(2)),
    ] {
        assert_ne!(answers(&changed), before, "{name}");
    }
    // At most a tenth of the steps: none of a short training.
    assert_eq!(answers(&base.clone().warm_up(4)), before);
    let long = base.epochs(20);
    assert_ne!(answers(&long.clone().warm_up(4)), answers(&long));
}

#[test]
fn the_watch_ends_a_training_and_patience_too() {
    let train = bars(48, 0);
    let mut epochs = 0;
    let mut watch = |_: &EpochRecord| {
        epochs += 1;
        if epochs == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let model = params()
        .epochs(9)
        .fit_validated(&train, None, &mut watch)
        .unwrap();
    assert_eq!(model.report().unwrap().history.epochs.len(), 2);
    let patient = params()
        .epochs(40)
        .validation_share(0.3)
        .patience(2)
        .fit(&train)
        .unwrap();
    assert!(patient.report().unwrap().history.epochs.len() < 40);
}

#[test]
fn a_last_step_after_which_scores_overflow_is_an_error() {
    // One step an epoch: its loss is that before it.
    let pictures = bars(32, 0);
    let params = params().epochs(1).batch(32).learning_rate(1e30);
    for params in [params.clone(), params.validation_share(0.3)] {
        let error = params.fit(&pictures).unwrap_err().to_string();
        assert!(
            error.contains("diverged at epoch 1") && error.contains("smaller learning rate"),
            "{error}"
        );
    }
}

#[test]
fn a_class_that_only_the_test_part_has_counts_as_an_error() {
    let model = params().epochs(1).fit(&bars(32, 0)).unwrap();
    let test = bars(4, 0);
    let classes = ["upright", "level", "slanted"].map(str::to_owned).to_vec();
    let labels = Labels::new("direction", classes, vec![2, 2, 2, 0]).unwrap();
    let test = Pictures::new([16, 16, 1], test.all_pixels().to_vec(), vec![labels]).unwrap();
    let report = model.evaluate(&test).unwrap();
    assert_eq!((report.heads.len(), report.heads[0].n_unknown), (1, 3));
    assert!(report.heads[0].accuracy() <= 0.25);
    assert_eq!(report.heads[0].classes.len(), 3);
}

#[test]
fn what_cannot_be_is_refused() {
    let train = bars(16, 0);
    let error = |params: PictureClassifierParams| params.fit(&train).unwrap_err().to_string();
    for (name, params) in [
        ("epochs", params().epochs(0)),
        ("batch", params().batch(0)),
        ("learning_rate", params().learning_rate(f32::NAN)),
        ("weight_decay", params().weight_decay(-1.0)),
        ("label_smoothing", params().label_smoothing(1.0)),
        ("head_weights", params().head_weights(vec![1.0])),
        (
            "head_weights",
            params().head_weights(vec![1.0, f32::INFINITY]),
        ),
        ("validation_share", params().validation_share(1.0)),
        (
            "rotation",
            params().augment(Augment::default().rotation(-1.0)),
        ),
    ] {
        let error = error(params);
        assert!(error.contains(name), "{name}: {error}");
    }
    let unlabelled = Pictures::new([16, 16, 1], train.all_pixels().to_vec(), vec![]).unwrap();
    let refused = |pictures: &Pictures| params().fit(pictures).unwrap_err().to_string();
    assert!(refused(&unlabelled).contains("labels"));
    assert!(refused(&train.select(&[]).unwrap()).contains("empty"));
    let one = Labels::new("kind", vec!["only".to_owned()], vec![0; 16]).unwrap();
    let one = Pictures::new([16, 16, 1], train.all_pixels().to_vec(), vec![one]).unwrap();
    assert!(refused(&one).contains("`only`"));
    let model = params().epochs(1).fit(&train).unwrap();
    let wide = Pictures::new([16, 15, 1], vec![0; 240], vec![]).unwrap();
    assert!(
        model
            .classify(&wide)
            .unwrap_err()
            .to_string()
            .contains("[16, 15, 1]")
    );
    let diverged = error(params().learning_rate(1e30));
    assert!(diverged.contains("diverged"), "{diverged}");
}

#[test]
fn a_file_that_claims_a_larger_network_takes_no_memory_for_it() {
    let model = params().epochs(1).fit(&bars(16, 0)).unwrap();
    let stored = serde_json::to_value(&model).unwrap();
    let read = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut stored = stored.clone();
        change(&mut stored);
        serde_json::from_value::<PictureClassifier>(stored)
            .unwrap_err()
            .to_string()
    };
    let vgg = read(&|stored| {
        stored["params"]["architecture"] = "vgg16".into();
        stored["size"] = serde_json::json!([64, 64, 1]);
    });
    assert!(vgg.contains("weights"), "{vgg}");
    let large = read(&|stored| stored["size"] = serde_json::json!([16384, 16384, 1]));
    assert!(large.contains("weights"), "{large}");
    let other = read(&|stored| stored["params"]["architecture"] = "resnet20".into());
    assert!(other.contains("weights"), "{other}");
}

#[test]
fn a_test_part_is_measured_after_each_epoch_and_decides_nothing() {
    let (train, test) = (bars(96, 0), bars(40, 700));
    let mut measured = Vec::new();
    let mut watch = |record: &EpochRecord| {
        measured.extend(record.measured);
        ControlFlow::Continue(())
    };
    let params = params().epochs(3);
    let model = params
        .fit_measured(&train, None, Some(&test), &mut watch)
        .unwrap();
    let accuracy = model.evaluate(&test).unwrap().heads[0].accuracy();
    assert_eq!((measured.len(), measured[2]), (3, accuracy));
    let alone = params.fit(&train).unwrap();
    assert_eq!(
        alone.network().weights(),
        model.network().weights(),
        "the test part changed the model"
    );
    let wide = Pictures::new([16, 15, 1], vec![0; 240], vec![]).unwrap();
    let refused = params.fit_measured(&train, None, Some(&wide), &mut |_: &EpochRecord| {
        ControlFlow::Continue(())
    });
    assert!(
        refused.unwrap_err().to_string().contains("test part"),
        "another size"
    );
}
