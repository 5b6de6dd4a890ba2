//! Weights in `safetensors` files written by PyTorch, and the table that Keras prints.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use guide_core::ndarray::Array2;
use guide_core::{Error, Persist};
use nn_core::{
    Activation, BatchNorm, Classifier, Dense, Dropout, Init, Role, Sequential, Weights,
    from_safetensors, load_safetensors, save_safetensors, summary, to_safetensors,
};

/// Made by `scripts/golden/torch_safetensors.py` with PyTorch 2.15.0.
const FROM_TORCH: &[u8] = include_bytes!("golden/chain.safetensors");

fn net() -> (Sequential, Weights) {
    let mut weights = Weights::new();
    let net = Sequential::new(&[4])
        .push(Dense::new(&mut weights, "0", 4, 6, Init::Zeros, 0))
        .unwrap()
        .push(Activation::Relu)
        .unwrap()
        .push(Dense::new(&mut weights, "2", 6, 2, Init::Zeros, 0))
        .unwrap();
    (net, weights)
}

#[test]
fn a_file_of_pytorch_gives_its_answers() {
    let (net, mut weights) = net();
    from_safetensors(&mut weights, FROM_TORCH).unwrap();
    let case = &common::torch()["layers"]["chain"];
    let x = common::matrix(&case["x"]);
    let y = nn_core::infer(&net, &weights, net.input(), &x).unwrap();
    common::assert_near("chain", y.as_slice().unwrap(), &common::flat(&case["y"]));
}

#[test]
fn what_is_written_is_read_again() {
    let (_, mut weights) = net();
    from_safetensors(&mut weights, FROM_TORCH).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.safetensors");
    save_safetensors(&weights, &path).unwrap();
    let (_, mut again) = net();
    load_safetensors(&mut again, &path).unwrap();
    assert_eq!(again, weights);
    assert!(matches!(
        load_safetensors(&mut again, folder.path().join("none")),
        Err(Error::Io { .. })
    ));
}

/// `weight` of `[n_in, 6]` and, if wanted, `bias` of 6.
fn alone(n_in: usize, bias: bool) -> Weights {
    let mut weights = Weights::new();
    let init = Init::GlorotUniform;
    weights.add_matrix("weight", Role::Transposed, [n_in, 6], init, 1);
    if bias {
        weights.add("bias", Role::Weight, &[6], vec![0.5; 6]);
    }
    weights
}

#[test]
fn foreign_files_leave_the_model_as_it_was() {
    let mut weights = alone(4, true);
    let before = weights.clone();
    let mut refused = |bytes: &[u8]| {
        let error = from_safetensors(&mut weights, bytes).unwrap_err();
        assert_eq!(weights, before);
        error
    };
    assert!(matches!(refused(FROM_TORCH), Error::Unknown { .. }));
    let cut = refused(&FROM_TORCH[..50]);
    assert!(matches!(cut, Error::NotAModel { .. }));
    assert!(matches!(refused(b""), Error::NotAModel { .. }));
    let error = refused(&to_safetensors(&alone(5, true)).unwrap());
    assert_eq!(
        error.to_string(),
        "tensor `weight`: expected shape [6, 4], got [6, 5]"
    );
    let mut broken = before.clone();
    broken.get_mut(broken.find("weight").unwrap())[8] = f32::NAN;
    let error = refused(&to_safetensors(&broken).unwrap());
    assert!(matches!(error, Error::NotFinite { .. }));
    let less = to_safetensors(&alone(4, false)).unwrap();
    let error = refused(&less).to_string();
    assert_eq!(error, "unknown tensor in the file: `bias`");
    let mut less = alone(4, false);
    let error = from_safetensors(&mut less, &to_safetensors(&before).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "unknown tensor of the model: `bias`");
}

#[test]
fn the_table_is_that_of_keras() {
    let mut weights = Weights::new();
    let tower = Sequential::new(&[64])
        .push(Dense::new(&mut weights, "0", 64, 32, Init::Zeros, 0))
        .unwrap()
        .push(Activation::Relu)
        .unwrap()
        .push(BatchNorm::new(&mut weights, "2", 32))
        .unwrap()
        .push(Dropout::new(0.5, 1).unwrap())
        .unwrap()
        .push(Dense::new(&mut weights, "4", 32, 1000, Init::Zeros, 0))
        .unwrap();
    let table = summary("tower", &tower, &weights, tower.input()).to_string();
    let golden = common::keras()["summary"]
        .as_str()
        .unwrap()
        .trim_end()
        .to_owned();
    assert_eq!(table.trim_end(), golden);
}

#[test]
fn the_counter_of_pytorch_is_passed_over() {
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "0", 3);
    weights.get_mut(norm.running_mean()).fill(2.0);
    let mut with_counter = weights.clone();
    with_counter.add("0.num_batches_tracked", Role::Buffer, &[1], vec![7.0]);
    let bytes = to_safetensors(&with_counter).unwrap();
    let mut read = Weights::new();
    BatchNorm::new(&mut read, "0", 3);
    from_safetensors(&mut read, &bytes).unwrap();
    assert_eq!(read, weights);
}

/// Two clouds of points, and the classifier that tells them apart.
fn clouds() -> (Array2<f32>, Vec<&'static str>) {
    let mut x = Array2::from_shape_vec((200, 3), nn_core::testing::random(600, 1)).unwrap();
    let mut labels = vec!["left"; 200];
    for (row, label) in labels.iter_mut().enumerate().skip(100) {
        x[[row, 0]] += 2.5;
        *label = "right";
    }
    (x, labels)
}

#[test]
fn a_classifier_is_saved_with_its_labels_and_refuses_what_it_cannot_learn() {
    let (x, labels) = clouds();
    let params = Classifier::params().hidden(vec![8]).learning_rate(0.01);
    let run = || params.fit(&x, &labels).unwrap();
    let model = guide_core::testing::same_for_one_and_two_threads(run);
    assert!(model.accuracy(&x, &labels).unwrap() > 0.97);
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    let again = Classifier::read_from(&mut &bytes[..]).unwrap();
    assert_eq!(
        again.predict_proba(&x).unwrap(),
        model.predict_proba(&x).unwrap()
    );
    let refused = |x: &Array2<f32>, labels: &[&str]| params.fit(x, labels).unwrap_err().to_string();
    assert!(refused(&x, &labels[1..]).contains("labels"));
    assert!(refused(&x, &["one"; 200]).contains("not only `one`"));
    let mut bad = x.clone();
    bad[[3, 1]] = f32::NAN;
    assert!(refused(&bad, &labels).contains("NaN"));
    assert!(refused(&Array2::zeros((0, 3)), &[]).contains("rows"));
    assert!(model.predict(&Array2::zeros((1, 4))).is_err());
    assert!(model.predict(&bad).is_err());
    // A label that was never seen counts as missed.
    assert_eq!(model.accuracy(&x, &["none"; 200]).unwrap(), 0.0);
    let bad = [("hidden", "[0]"), ("n_epochs", "0"), ("validation", "0.95")];
    guide_core::testing::refuses(&Classifier::params(), &bad);
}
