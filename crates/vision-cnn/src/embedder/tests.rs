//! The embedder on generated pictures.

use std::ops::ControlFlow;

use guide_core::testing::{refuses, same_for_one_and_two_threads};
use guide_core::{Fit, Params, Persist};
use nn_core::EpochRecord;

use super::objective::TripletObjective;
use super::*;
use crate::{
    Architecture, Augment, Labels, Normalization, PictureBatches, PictureClassifier, Pictures,
};

/// Pictures of 16 x 16: a bright square in one of four corners, at a random place within it, on a noisy ground.
fn corners(n: usize, first: usize) -> Pictures {
    let (mut pixels, mut of) = (Vec::new(), Vec::new());
    for number in first..first + n {
        let hash = number.wrapping_mul(2_654_435_761) >> 7;
        let (corner, dy, dx) = (number % 4, hash % 4, hash / 4 % 4);
        let [top, left] = [corner / 2 * 8 + dy, corner % 2 * 8 + dx];
        for cell in 0..256 {
            let (y, x) = (cell / 16, cell % 16);
            let inside = (top..top + 4).contains(&y) && (left..left + 4).contains(&x);
            let noise = (number * 31 + cell * cell * 7 + hash) % 60;
            pixels.push(if inside { 250 - noise } else { noise } as u8);
        }
        of.push(corner as u32);
    }
    let classes = (0..4).map(|corner| corner.to_string()).collect();
    let labels = Labels::new("corner", classes, of).unwrap();
    Pictures::new([16, 16, 1], pixels, vec![labels]).unwrap()
}

fn params() -> PictureEmbedderParams {
    PictureEmbedder::params()
        .architecture(Architecture::LeNet5)
        .epochs(6)
        .learning_rate(1e-3)
        .seed(1)
}

fn go_on(_: &EpochRecord) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn triplets_bring_pictures_of_a_class_together_and_the_file_answers_the_same() {
    let (train, test) = (corners(160, 0), corners(60, 1000));
    let drawn = params().learning_rate(1e-9).epochs(1).fit(&train).unwrap();
    let model = params().fit(&train).unwrap();
    let (before, after) = (
        drawn.evaluate(&test, "corner", 5).unwrap(),
        model.evaluate(&test, "corner", 5).unwrap(),
    );
    assert!(after.at_1 > 0.95 && after.precision_at_5 > 0.9, "{after:?}");
    assert!(
        after.precision_at_5 > before.precision_at_5,
        "{before:?} {after:?}"
    );
    assert_eq!((after.n_asked, after.n_rare), (60, 0));
    let report = model.report().unwrap();
    assert_eq!((report.n_classes, report.n_alone), (4, 0));
    let losses: Vec<f64> = report
        .history
        .epochs
        .iter()
        .map(|epoch| epoch.loss)
        .collect();
    assert!(losses[5] < losses[0], "{losses:?}");
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    let read = PictureEmbedder::read_from(&mut &bytes[..]).unwrap();
    let rows = |model: &PictureEmbedder| model.embed(&test).unwrap().rows().to_owned();
    assert_eq!(rows(&read), rows(&model));
    assert_eq!(read.trained_with(), model.trained_with());
}

#[test]
fn the_trunk_of_a_classifier_is_an_embedder_and_a_start() {
    let (train, test) = (corners(96, 0), corners(40, 1000));
    for architecture in [Architecture::SeedCnn, Architecture::ResNet20] {
        let classifier = PictureClassifier::params()
            .architecture(architecture)
            .epochs(3)
            .batch(16);
        let model = classifier.fit(&train).unwrap();
        let expected = model.embed(&test).unwrap().rows().to_owned();
        let embedder = model.into_embedder().unwrap();
        let vectors = embedder.embed(&test).unwrap();
        assert_eq!(vectors.rows(), expected);
        assert!(embedder.trained_with().is_none() && embedder.network().heads().is_empty());
        for row in 0..40 {
            assert!((vectors.norm(row) - 1.0).abs() < 1e-5);
        }
        let start = Some(&embedder);
        let tuned = params()
            .epochs(2)
            .fit_from(start, &train, &mut go_on)
            .unwrap();
        assert_eq!(tuned.architecture(), architecture);
        assert_eq!(tuned.trained_with().unwrap().architecture, architecture);
        assert_eq!(tuned.normalization(), embedder.normalization());
        assert_ne!(tuned.embed(&test).unwrap().rows(), expected);
        let wide = Pictures::new([16, 15, 1], vec![0; 240], vec![]).unwrap();
        let refused = embedder.embed(&wide).unwrap_err().to_string();
        assert!(refused.contains("[16, 15, 1]"), "{refused}");
    }
}

#[test]
fn a_last_step_after_which_features_overflow_is_an_error() {
    // One step an epoch: its loss is that before it.
    let pictures = corners(64, 0);
    let params = params()
        .epochs(1)
        .pictures_per_class(16)
        .learning_rate(1e30);
    let error = params.fit(&pictures).unwrap_err().to_string();
    assert!(error.contains("diverged at epoch 1"), "{error}");
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let train = corners(48, 0);
    for architecture in [Architecture::SeedCnn, Architecture::ResNet20] {
        let augment = Augment::default().shift(1).flip(0.5);
        let params = params()
            .architecture(architecture)
            .epochs(2)
            .augment(augment);
        same_for_one_and_two_threads(|| {
            let vectors = params.fit(&train).unwrap().embed(&train).unwrap();
            vectors
                .rows()
                .iter()
                .map(|x| x.to_bits())
                .collect::<Vec<_>>()
        });
    }
}

#[test]
fn each_parameter_has_an_effect() {
    let pictures = corners(48, 0);
    let other = Labels::new(
        "half",
        vec!["a".to_owned(), "b".to_owned()],
        (0..48).map(|number| number / 2 % 2).collect(),
    );
    let labels = vec![pictures.all_labels()[0].clone(), other.unwrap()];
    let train = Pictures::new([16, 16, 1], pictures.all_pixels().to_vec(), labels).unwrap();
    let base = params()
        .epochs(2)
        .classes_per_batch(3)
        .pictures_per_class(3);
    let answers = |params: &PictureEmbedderParams| {
        let model = params.fit(&train).unwrap();
        model.embed(&train).unwrap().rows().to_owned()
    };
    let before = answers(&base);
    assert_eq!(before, answers(&base));
    for (name, changed) in [
        (
            "architecture",
            base.clone().architecture(Architecture::SeedCnn),
        ),
        ("labels", base.clone().labels("half".to_owned())),
        ("epochs", base.clone().epochs(3)),
        ("classes_per_batch", base.clone().classes_per_batch(2)),
        ("pictures_per_class", base.clone().pictures_per_class(4)),
        ("margin", base.clone().margin(0.5)),
        ("learning_rate", base.clone().learning_rate(1e-4)),
        ("weight_decay", base.clone().weight_decay(0.5)),
        ("cosine", base.clone().cosine(false)),
        (
            "augment",
            base.clone().augment(Augment::default().flip(1.0)),
        ),
        ("seed", base.clone().seed(2)),
    ] {
        assert_ne!(answers(&changed), before, "{name}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let bad = [
        ("epochs", "0"),
        ("classes_per_batch", "1"),
        ("pictures_per_class", "1"),
        ("margin", "0"),
        ("margin", "2"),
        ("learning_rate", "0"),
        ("weight_decay", "-1"),
    ];
    refuses(&PictureEmbedderParams::default(), &bad);
    assert!(PictureEmbedderParams::default().validate().is_ok());
    let train = corners(8, 0);
    let error = |params: PictureEmbedderParams, pictures: &Pictures| {
        params.fit(pictures).unwrap_err().to_string()
    };
    assert!(error(params().labels("color".to_owned()), &train).contains("corner"));
    assert!(error(params(), &train.select(&[]).unwrap()).contains("empty"));
    // Two pictures of one class, and two that are alone.
    let alone = error(params(), &train.select(&[0, 4, 1, 2]).unwrap());
    assert!(alone.contains("not 1"), "{alone}");
    let unlabelled = Pictures::new([16, 16, 1], vec![0; 256], vec![]).unwrap();
    assert!(error(params(), &unlabelled).contains("labels"));
    let diverged = error(params().learning_rate(1e30), &train);
    assert!(diverged.contains("diverged"), "{diverged}");
    let start = params().epochs(1).fit(&train).unwrap();
    let wide = Pictures::new([16, 15, 1], vec![0; 240], vec![]).unwrap();
    let labels = vec![Labels::new("corner", vec!["0".to_owned()], vec![0]).unwrap()];
    let wide = Pictures::new([16, 15, 1], wide.all_pixels().to_vec(), labels).unwrap();
    let refused = params().fit_from(Some(&start), &wide, &mut go_on);
    assert!(refused.unwrap_err().to_string().contains("[16, 15, 1]"));
    assert!(start.evaluate(&train, "corner", 9).is_err());
}

#[test]
fn a_file_that_claims_a_larger_network_takes_no_memory_for_it() {
    let model = params().epochs(1).fit(&corners(16, 0)).unwrap();
    let stored = serde_json::to_value(&model).unwrap();
    let read = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut stored = stored.clone();
        change(&mut stored);
        serde_json::from_value::<PictureEmbedder>(stored)
            .unwrap_err()
            .to_string()
    };
    let vgg = read(&|stored| {
        stored["architecture"] = "vgg16".into();
        stored["size"] = serde_json::json!([64, 64, 1]);
    });
    assert!(vgg.contains("weights"), "{vgg}");
    let large = read(&|stored| stored["size"] = serde_json::json!([16384, 16384, 1]));
    assert!(large.contains("weights"), "{large}");
    let other = read(&|stored| stored["architecture"] = "resnet20".into());
    assert!(
        other.contains("tensor") || other.contains("weights"),
        "{other}"
    );
}

#[test]
fn an_error_of_a_pass_is_kept() {
    let pictures = corners(8, 0);
    let trunk = Architecture::LeNet5.trunk([16, 16, 1], 0).unwrap();
    let unit = Normalization::unit(1).unwrap();
    let of: Vec<u32> = (0..12).map(|picture| picture % 2).collect();
    let train = |of: &[u32]| {
        let batches = PictureBatches::new(&pictures, unit.clone()).unwrap();
        let mut objective = TripletObjective::new(&trunk, batches, of, [2, 6], (0.2, 1));
        let trainer = nn_core::Trainer::default().n_epochs(1).batch_size(12);
        let trained = trainer.train(&mut trunk.weights().clone(), &mut objective);
        (trained.is_ok(), objective.take_error())
    };
    let (trained, error) = train(&of);
    let error = error.unwrap().to_string();
    assert!(!trained && error.contains("there are 8"), "{error}");
    let (trained, error) = train(&of[..8]);
    assert!(trained && error.is_none());
}
