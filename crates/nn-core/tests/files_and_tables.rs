//! Weights in `safetensors` files written by PyTorch, and the table that Keras prints.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use guide_core::{Error, Tensor};
use nn_core::{
    Activation, BatchNorm1d, Dense, Dropout, Init, Layer, from_safetensors, load_safetensors,
    save_safetensors, summary, to_safetensors,
};

/// Made by `scripts/golden/torch_safetensors.py` with PyTorch 2.15.0.
const FROM_TORCH: &[u8] = include_bytes!("golden/chain.safetensors");

fn chain()
-> impl Layer<Input = guide_core::ndarray::Array2<f32>, Output = guide_core::ndarray::Array2<f32>>
+ Clone
+ PartialEq
+ std::fmt::Debug {
    Dense::new(4, 6, Init::Zeros, 0)
        .then(Activation::Relu.layer())
        .then(Dense::new(6, 2, Init::Zeros, 0))
}

#[test]
fn a_file_of_pytorch_gives_its_answers() {
    let mut model = chain();
    from_safetensors(&mut model, FROM_TORCH).unwrap();
    let case = &common::torch()["layers"]["chain"];
    let y = model.infer(&common::matrix(&case["x"]));
    common::assert_near("chain", y.data(), common::matrix(&case["y"]).data());
}

#[test]
fn what_is_written_is_read_again() {
    let mut model = chain();
    from_safetensors(&mut model, FROM_TORCH).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.safetensors");
    save_safetensors(&model, &path).unwrap();
    let mut again = chain();
    load_safetensors(&mut again, &path).unwrap();
    assert_eq!(again, model);
    assert!(matches!(
        load_safetensors(&mut again, folder.path().join("none")),
        Err(Error::Io { .. })
    ));
}

#[test]
fn foreign_files_leave_the_model_as_it_was() {
    let mut dense = Dense::new(4, 6, Init::GlorotUniform, 1);
    let before = dense.clone();
    let mut refused = |bytes: &[u8]| {
        let error = from_safetensors(&mut dense, bytes).unwrap_err();
        assert_eq!(dense, before);
        error
    };
    assert!(matches!(refused(FROM_TORCH), Error::Unknown { .. }));
    assert!(matches!(
        refused(&FROM_TORCH[..50]),
        Error::NotAModel { .. }
    ));
    assert!(matches!(refused(b""), Error::NotAModel { .. }));
    let other = to_safetensors(&Dense::new(5, 6, Init::Zeros, 0)).unwrap();
    let error = refused(&other);
    assert_eq!(
        error.to_string(),
        "tensor `weight`: expected shape [6, 4], got [6, 5]"
    );
    let mut broken = before.clone();
    broken.weight[[1, 2]] = f32::NAN;
    assert!(matches!(
        refused(&to_safetensors(&broken).unwrap()),
        Error::NotFinite { .. }
    ));
    let less = to_safetensors(&before.clone().without_bias()).unwrap();
    assert_eq!(
        refused(&less).to_string(),
        "unknown tensor in the file: `bias`"
    );
    let mut less = before.clone().without_bias();
    let error = from_safetensors(&mut less, &to_safetensors(&before).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "unknown tensor of the model: `bias`");
}

#[test]
fn the_table_is_that_of_keras() {
    let tower = Dense::new(64, 32, Init::Zeros, 0)
        .then(Activation::Relu.layer())
        .then(BatchNorm1d::new(32))
        .then(Dropout::new(0.5).unwrap())
        .then(Dense::new(32, 1000, Init::Zeros, 0));
    let table = summary("tower", &tower, &[64]).to_string();
    let golden = common::keras()["summary"]
        .as_str()
        .unwrap()
        .trim_end()
        .to_owned();
    assert_eq!(table.trim_end(), golden);
}

/// A batch norm, and beside it the counter that PyTorch writes.
struct WithCounter(BatchNorm1d, guide_core::ndarray::Array1<f32>);

impl nn_core::Weights for WithCounter {
    fn visit(&self, at: &nn_core::Path<'_>, visitor: &mut nn_core::Visitor<'_>) {
        self.0.visit(at, visitor);
        visitor(
            &at.name("num_batches_tracked"),
            nn_core::Role::Buffer,
            &self.1,
        );
    }
}

#[test]
fn the_counter_of_pytorch_is_passed_over() {
    let mut norm = BatchNorm1d::new(3);
    norm.running_mean.fill(2.0);
    let bytes = to_safetensors(&WithCounter(
        norm.clone(),
        guide_core::ndarray::arr1(&[7.0]),
    ));
    let mut read = BatchNorm1d::new(3);
    from_safetensors(&mut read, &bytes.unwrap()).unwrap();
    assert_eq!(read, norm);
}
