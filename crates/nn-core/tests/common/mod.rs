//! Golden values by name.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test program uses its part

use guide_core::ndarray::{Array1, Array2};
use serde_json::Value;

/// The values of `torch.json`, made by `scripts/golden/torch_nn.py` with PyTorch 2.15.0.
pub fn torch() -> Value {
    serde_json::from_str(include_str!("../golden/torch.json")).unwrap()
}

/// The values of `keras.json`, made by `scripts/golden/keras_nn.py` with Keras 3.15.1.
pub fn keras() -> Value {
    serde_json::from_str(include_str!("../golden/keras.json")).unwrap()
}

pub fn list(value: &Value) -> Vec<f32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap() as f32)
        .collect()
}

pub fn matrix(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f32>> = value.as_array().unwrap().iter().map(list).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// All numbers of a matrix, row by row.
pub fn flat(value: &Value) -> Vec<f32> {
    matrix(value).into_iter().collect()
}

pub fn vector(value: &Value) -> Array1<f32> {
    Array1::from_vec(list(&value[0]))
}

pub fn numbers(value: &Value) -> Vec<u32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_u64().unwrap() as u32)
        .collect()
}

/// Equal to 1e-4, of the number where it is above 1.
pub fn assert_near(what: &str, got: &[f32], expected: &[f32]) {
    within(what, got, expected, 1e-4);
}

pub fn within(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let apart = (got - expected).abs() / expected.abs().max(1.0);
        assert!(
            apart <= tolerance,
            "{what} [{index}]: {got}, expected {expected}"
        );
    }
}
