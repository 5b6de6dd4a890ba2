//! Classifiers and embedders made from networks that were trained before, and the errors of their files.

use std::ops::ControlFlow;

use guide_core::ndarray::Array2;
use guide_core::{Fit, Persist};
use nn_core::{EpochRecord, Objective, Pass, Role, Sequential, Weights, Workspace, to_safetensors};

use super::objective::{Examples, PictureObjective};
use super::tests::{bars, params};
use super::*;
use crate::{
    Architecture, Conv2d, Conv2dParams, GlobalAvgPool, Network, Normalization, PictureBatches,
    PictureEmbedder, Pictures,
};

fn go_on(_: &EpochRecord) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn lenet(n_classes: &[usize], seed: u64) -> Network {
    let network = Architecture::LeNet5.network([16, 16, 1], n_classes, seed);
    network.unwrap()
}

fn heads() -> Vec<Head> {
    let head = |name: &str, classes: [&str; 2]| Head::new(name, classes.map(str::to_owned).into());
    vec![
        head("direction", ["upright", "level"]).unwrap(),
        head("ground", ["dark", "bright"]).unwrap(),
    ]
}

/// Layers of one's own.
fn own_network(n_classes: usize) -> Network {
    let mut weights = Weights::new();
    let conv = Conv2d::new(&mut weights, "conv", Conv2dParams::keras(1, 4, 3)).unwrap();
    let trunk = Sequential::new(&[16, 16, 1]).push(conv).unwrap();
    let trunk = trunk.push(GlobalAvgPool).unwrap();
    let network = Network::new("own", weights, trunk).unwrap();
    let network = network.head("direction", n_classes, 0).unwrap();
    network.head("ground", n_classes, 1).unwrap()
}

fn saved(model: &impl Persist) -> Vec<u8> {
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn weights_from_elsewhere_classify_embed_and_are_saved() {
    let (train, test) = (bars(32, 0), bars(9, 500));
    let trained = params()
        .architecture(Architecture::LeNet5)
        .epochs(1)
        .fit(&train)
        .unwrap();
    let file = to_safetensors(trained.network().weights()).unwrap();
    let mut network = lenet(&[2, 2], 9);
    nn_core::from_safetensors(network.weights_mut(), &file).unwrap();
    let normalization = trained.normalization().clone();
    let model = PictureClassifier::from_network(network, heads(), normalization.clone()).unwrap();
    let expected = trained.classify(&test).unwrap();
    assert_eq!(model.classify(&test).unwrap(), expected);
    assert!(model.report().is_none());
    assert_eq!(model.architecture(), Some(Architecture::LeNet5));
    assert_eq!(model.trained_with().architecture, Architecture::LeNet5);
    let read = PictureClassifier::read_from(&mut &saved(&model)[..]).unwrap();
    assert_eq!(read.classify(&test).unwrap(), expected);

    let mut trunk = Architecture::LeNet5.trunk([16, 16, 1], 4).unwrap();
    let passed_over = trunk.trunk_from_safetensors(&file).unwrap();
    let of_heads = ["fc3.1.bias", "fc3.1.weight", "fc3.bias", "fc3.weight"];
    assert_eq!(passed_over, of_heads);
    let rows = trained.embed(&test).unwrap().rows().to_owned();
    let network = model.into_network();
    for network in [trunk, network] {
        let embedder = PictureEmbedder::from_network(network, normalization.clone()).unwrap();
        assert!(embedder.network().heads().is_empty());
        let read = PictureEmbedder::read_from(&mut &saved(&embedder)[..]).unwrap();
        assert_eq!(read.embed(&test).unwrap().rows(), rows);
    }
}

#[test]
fn a_trunk_with_other_heads_is_trained_further() {
    let train = bars(96, 0);
    let file = to_safetensors(lenet(&[7], 3).weights()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lenet.safetensors");
    std::fs::write(&path, &file).unwrap();
    let mut network = lenet(&[2, 2], 4);
    assert_eq!(
        network.load_trunk(&path).unwrap(),
        ["fc3.bias", "fc3.weight"]
    );
    let missing = network.load_trunk(folder.path().join("none")).unwrap_err();
    assert!(missing.to_string().contains("none"), "{missing}");
    let value = |network: &Network, name: &str| {
        let id = network.weights().find(name).unwrap();
        network.weights().get(id)[0]
    };
    let (first, head) = (
        value(&network, "conv1.weight"),
        value(&network, "fc3.weight"),
    );
    assert_eq!(first, value(&lenet(&[7], 3), "conv1.weight"));
    assert_eq!(head, value(&lenet(&[2, 2], 4), "fc3.weight"));

    let unit = Normalization::unit(1).unwrap();
    let small_steps = params().epochs(1).learning_rate(1e-6);
    let near = small_steps
        .fit_from(network, Some(unit.clone()), &train, None, &mut go_on)
        .unwrap();
    assert!((value(near.network(), "conv1.weight") - first).abs() < 1e-4);
    assert_ne!(value(near.network(), "conv1.weight"), first);
    assert_eq!(near.normalization(), &unit);

    let valid = bars(20, 700);
    let model = params()
        .fit_from(near.into_network(), None, &train, Some(&valid), &mut go_on)
        .unwrap();
    assert_eq!(model.report().unwrap().n_validation, 20);
    assert_eq!(model.trained_with().architecture, Architecture::LeNet5);
    let test = bars(40, 1000);
    let report = model.evaluate(&test).unwrap();
    assert!(report.heads[0].accuracy() > 0.8, "{report:?}");
    let read = PictureClassifier::read_from(&mut &saved(&model)[..]).unwrap();
    let expected = model.classify(&test).unwrap();
    assert_eq!(read.classify(&test).unwrap(), expected);
}

#[test]
fn a_trunk_that_does_not_fit_leaves_the_network_as_it_was() {
    let mut network = lenet(&[2], 1);
    let before = network.weights().clone();
    let mut refused = |bytes: &[u8]| {
        let error = network.trunk_from_safetensors(bytes).unwrap_err();
        assert_eq!(network.weights(), &before);
        error.to_string()
    };
    let of = |network: Network| to_safetensors(network.weights()).unwrap();
    let error = refused(&of(own_network(2)));
    assert!(
        error.contains("tensor in the file: `conv1.weight`"),
        "{error}"
    );
    let resnet = Architecture::ResNet20.network([16, 16, 1], &[2], 0);
    let error = refused(&of(resnet.unwrap()));
    assert!(
        error.contains("conv1.weight") && error.contains("got [16, 1, 3, 3]"),
        "{error}"
    );
    // The dense layer behind pictures of another size has other inputs; the convolutions before it fit.
    let wide = Architecture::LeNet5.network([20, 16, 1], &[2], 5);
    let error = refused(&of(wide.unwrap()));
    assert!(
        error.contains("fc1.weight") && error.contains("shape"),
        "{error}"
    );
    let mut broken = lenet(&[2], 6);
    let last = broken.weights().find("fc2.bias").unwrap();
    broken.weights_mut().get_mut(last)[0] = f32::NAN;
    let error = refused(&of(broken));
    assert!(
        error.contains("fc2.bias") && error.contains("NaN"),
        "{error}"
    );
    assert!(!refused(b"no such file").is_empty());
}

#[test]
fn layers_of_ones_own_are_trained_but_not_saved() {
    let train = bars(24, 0);
    let model = params()
        .epochs(1)
        .fit_from(own_network(2), None, &train, None, &mut go_on)
        .unwrap();
    assert_eq!(model.architecture(), None);
    assert_eq!(model.embed(&train).unwrap().dim(), 4);
    let error = model.write_to(&mut Vec::new()).unwrap_err().to_string();
    assert!(
        error.contains("`own`") && error.contains("save_safetensors"),
        "{error}"
    );
    let error = model.into_embedder().unwrap_err().to_string();
    assert!(error.contains("`own`"), "{error}");
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    let train = bars(16, 0);
    let fit = |network: Network| {
        let model = params().fit_from(network, None, &train, None, &mut go_on);
        model.unwrap_err().to_string()
    };
    let error = fit(lenet(&[2, 3], 0));
    assert!(
        error.contains("expected shape [2, 2], got [2, 3]"),
        "{error}"
    );
    assert!(fit(lenet(&[2], 0)).contains("got [2]"));
    let wide = Architecture::LeNet5.network([20, 16, 1], &[2, 2], 0);
    assert!(fit(wide.unwrap()).contains("[20, 16, 1]"));

    let unit = |channels| Normalization::unit(channels).unwrap();
    let made = |network, heads, normalization| {
        let model = PictureClassifier::from_network(network, heads, normalization);
        model.unwrap_err().to_string()
    };
    let error = made(lenet(&[2, 3], 0), heads(), unit(1));
    assert!(
        error.contains("expected shape [2, 3], got [2, 2]"),
        "{error}"
    );
    assert!(made(lenet(&[2, 2], 0), heads(), unit(3)).contains("channels"));
    let twice = vec![heads().remove(0), heads().remove(0)];
    assert!(made(lenet(&[2, 2], 0), twice, unit(1)).contains("direction"));
    let mut foreign = lenet(&[2, 2], 0);
    *foreign.weights_mut() = own_network(2).weights().clone();
    assert!(made(foreign, heads(), unit(1)).contains("conv1.weight"));
    let mut longer = lenet(&[2, 2], 0);
    longer
        .weights_mut()
        .add("more", Role::Weight, &[1], vec![0.0]);
    assert!(made(longer, heads(), unit(1)).contains("`more`"));
    let mut broken = lenet(&[2, 2], 0);
    let id = broken.weights().find("fc1.bias").unwrap();
    broken.weights_mut().get_mut(id)[3] = f32::INFINITY;
    assert!(made(broken, heads(), unit(1)).contains("fc1.bias"));
    assert!(Head::new("empty", Vec::new()).is_err());
    assert!(Head::new("twice", vec!["a".to_owned(), "a".to_owned()]).is_err());
    // A head that was added by hand has another name than the architecture gives it.
    let trunk = Architecture::LeNet5.trunk([16, 16, 1], 0).unwrap();
    let network = trunk.head("own", 2, 0).unwrap();
    assert_eq!(network.architecture(), None);
}

#[test]
fn a_file_of_an_impossible_size_takes_no_memory() {
    let classifier = params().epochs(1).fit(&bars(16, 0)).unwrap();
    let stored = serde_json::to_value(&classifier).unwrap();
    let embedder = serde_json::to_value(classifier.into_embedder().unwrap()).unwrap();
    let both = |change: &dyn Fn(&mut serde_json::Value)| {
        let (mut stored, mut embedder) = (stored.clone(), embedder.clone());
        change(&mut stored);
        change(&mut embedder);
        let classifier = serde_json::from_value::<PictureClassifier>(stored);
        let embedder = serde_json::from_value::<PictureEmbedder>(embedder);
        [classifier.unwrap_err(), embedder.unwrap_err()].map(|error| error.to_string())
    };
    for (size, side) in [
        ([64, 64, 1_u64 << 40], "channels"),
        ([1 << 40, 64, 3], "height"),
        ([64, 1 << 40, 3], "width"),
        ([u64::MAX, u64::MAX, u64::MAX], "height"),
    ] {
        for error in both(&|stored| stored["size"] = serde_json::json!(size)) {
            assert!(error.contains(side), "{size:?}: {error}");
        }
    }
    // Refused at the first tensor that is too large, not once the network of 25 million weights is built.
    for error in both(&|stored| {
        stored["size"] = serde_json::json!([64, 64, 1]);
        let weights = serde_json::json!({"entries": [
            {"name": "conv1.weight", "role": "Kernel", "shape": [1, 1, 1, 2], "values": [0.5, 0.5]}
        ]});
        stored["weights"] = weights;
        match stored
            .get("params")
            .and_then(|params| params.get("architecture"))
        {
            Some(_) if stored.get("heads").is_some() => {
                stored["params"]["architecture"] = "resnet50".into();
            }
            _ => stored["architecture"] = "resnet50".into(),
        }
    }) {
        assert!(
            error.contains("2 weights, where the network needs 3136"),
            "{error}"
        );
    }
}

#[test]
fn an_error_of_a_pass_is_kept() {
    let pictures = bars(8, 0);
    let network = lenet(&[2, 2], 0);
    let examples = |places: Vec<usize>| Examples {
        batches: PictureBatches::new(&pictures, Normalization::unit(1).unwrap()).unwrap(),
        places,
        classes: pictures
            .all_labels()
            .iter()
            .map(|labels| labels.of())
            .collect(),
    };
    let objective = |train, valid, test| {
        let (train, valid) = (examples(train), Some(examples(valid)));
        let mut objective = PictureObjective::new(&network, train, valid, 0.0, vec![1.0; 2]);
        objective.measure_on(Some(examples(test)));
        objective
    };
    let trainer = nn_core::Trainer::default().n_epochs(2).batch_size(4);
    for (train, valid, test) in [
        (vec![0, 1, 99], vec![2], vec![3]),
        (vec![0, 1], vec![99], vec![3]),
        (vec![0, 1], vec![2], vec![99]),
    ] {
        let mut objective = objective(train, valid, test);
        let mut weights = network.weights().clone();
        let trained = trainer.train(&mut weights, &mut objective);
        assert!(trained.is_err(), "the training went on");
        let error = objective.take_error().unwrap().to_string();
        assert!(error.contains("99") && error.contains("8"), "{error}");
    }
    let mut sound = objective(vec![0, 1], vec![2], vec![3]);
    trainer
        .train(&mut network.weights().clone(), &mut sound)
        .unwrap();
    assert!(sound.take_error().is_none() && sound.n_examples() == 2);
}

#[test]
fn a_classifier_from_a_network_scores_as_its_layers_do() {
    let network = lenet(&[2, 2], 8);
    let pictures = bars(1, 3);
    let pass = Pass::infer(network.weights(), 1);
    let x: Vec<f32> = pictures
        .pixels(0)
        .iter()
        .map(|&v| f32::from(v) / 255.0)
        .collect();
    let (mut trunk, mut head) = (Workspace::default(), Workspace::default());
    let features = trunk.forward(network.trunk(), &pass, network.input(), &x);
    let shape = network.trunk().output_shape();
    let scores = head.forward(&network.heads()[1], &pass, shape, features);
    let sum: f32 = scores.iter().map(|score| score.exp()).sum();
    let expected: Vec<f32> = scores.iter().map(|score| score.exp() / sum).collect();
    let unit = Normalization::unit(1).unwrap();
    let model = PictureClassifier::from_network(network, heads(), unit).unwrap();
    let found: Array2<f32> = model.classify(&pictures).unwrap().probabilities(1).clone();
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
    }
    let wide = Pictures::new([16, 15, 1], vec![0; 240], vec![]).unwrap();
    assert!(model.classify(&wide).is_err() && model.embed(&wide).is_err());
}
