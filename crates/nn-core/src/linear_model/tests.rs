//! Against scikit-learn (scripts/golden/sklearn_logistic.py), and what is refused.

use guide_core::ndarray::{Array2, array};
use guide_core::{Error, Fit, Params, Silent, SparseRows, testing};
use serde_json::Value;

use super::*;

const GOLDEN: &str = include_str!("../../tests/golden/sklearn_logistic.json");

fn numbers(value: &Value) -> Vec<f32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap() as f32)
        .collect()
}

fn table(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f32>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn sparse(x: &Array2<f32>) -> SparseRows {
    let mut rows = SparseRows::new(x.ncols());
    for row in x.outer_iter() {
        let columns: Vec<u32> = (0..x.ncols() as u32)
            .filter(|&c| row[c as usize] != 0.0)
            .collect();
        let values: Vec<f32> = columns.iter().map(|&c| row[c as usize]).collect();
        rows.push(&columns, &values).unwrap();
    }
    rows
}

fn params_of(case: &Value) -> LogisticRegressionParams {
    let mut params = LogisticRegression::params().tol(1e-7);
    if let Some(c) = case.get("C").and_then(Value::as_f64) {
        params.c = c as f32;
    }
    params.fit_intercept = case.get("fit_intercept").is_none();
    params.class_weight = match case.get("class_weight") {
        None => ClassWeight::None,
        Some(Value::String(_)) => ClassWeight::Balanced,
        Some(given) => ClassWeight::Given(numbers(given)),
    };
    params
}

fn assert_near(
    what: &str,
    found: impl IntoIterator<Item = f32>,
    expected: impl IntoIterator<Item = f32>,
) {
    let (found, expected): (Vec<_>, Vec<_>) =
        (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        let bound = 1e-4 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() < bound,
            "{what}: {found}, not {expected}"
        );
    }
}

#[test]
fn weights_and_probabilities_equal_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let x = table(&golden["x"]);
    let rows = sparse(&x);
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let labels: Vec<u32> = numbers(&case["labels"]).iter().map(|&y| y as u32).collect();
        let params = params_of(&case["params"]);
        for data in [
            LabelledRows::new(&x, &labels),
            LabelledRows::new(&rows, &labels),
        ] {
            let model = params.fit(&data).unwrap();
            let what = format!("{} {:?}", case["params"], model.report());
            let coef = table(&case["coef"]);
            assert_near(
                &what,
                model.weights().t().iter().copied(),
                coef.iter().copied(),
            );
            assert_near(
                &what,
                model.intercepts().to_vec(),
                numbers(&case["intercept"]),
            );
            let p = table(&case["probabilities"]);
            let found = model.predict_proba(data.features).unwrap();
            let first = found
                .outer_iter()
                .take(3)
                .flatten()
                .copied()
                .collect::<Vec<_>>();
            assert_near(&what, first, p.iter().copied());
        }
    }
}

#[test]
fn the_support_vector_machine_equals_that_of_scikit_learn() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let x = table(&golden["x"]);
    let rows = sparse(&x);
    let cases = golden["svm_cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let labels: Vec<u32> = numbers(&case["labels"]).iter().map(|&y| y as u32).collect();
        let of = params_of(&case["params"]);
        let params = LinearSvm::params()
            .c(of.c)
            .class_weight(of.class_weight)
            .fit_intercept(of.fit_intercept)
            .tol(1e-7);
        for data in [
            LabelledRows::new(&x, &labels),
            LabelledRows::new(&rows, &labels),
        ] {
            let model = params.fit(&data).unwrap();
            let what = format!("{} {:?}", case["params"], model.report());
            let coef = table(&case["coef"]);
            let weights = model.weights().t();
            assert_near(&what, weights.iter().copied(), coef.iter().copied());
            let intercepts = numbers(&case["intercept"]);
            assert_near(&what, model.intercepts().to_vec(), intercepts);
            let scores = model.decision(data.features).unwrap();
            let first = model.n_classes() - model.intercepts().len();
            let of_three = scores.outer_iter().take(3);
            let found: Vec<f32> = of_three
                .flat_map(|row| row.to_vec().split_off(first))
                .collect();
            assert_near(&what, found, table(&case["scores"]).iter().copied());
            let classes = model.predict(data.features).unwrap();
            let largest = |row: usize| {
                (0..model.n_classes())
                    .all(|class| scores[[row, class]] <= scores[[row, classes[row] as usize]])
            };
            assert!((0..classes.len()).all(largest));
            assert!(model.check("x").is_ok());
        }
    }
}

#[test]
fn parameters_of_the_support_vector_machine() {
    let params = LinearSvm::params();
    testing::refuses(&params, &[("c", "0"), ("tol", "0"), ("max_iter", "0")]);
    testing::refuses_not_finite(&params, &["c", "tol"]);
    let (x, mut labels) = groups(200, 8, 3);
    labels[..60].fill(0);
    let data = LabelledRows::new(&x, &labels);
    let changes = [
        ("c", "0.1"),
        ("class_weight", "balanced"),
        ("fit_intercept", "false"),
        ("tol", "0.01"),
        ("max_iter", "2"),
    ];
    testing::params_have_effect(&params, &changes, |params| {
        let model = params.fit(&data).unwrap();
        (model.weights().clone(), model.intercepts().to_vec())
    });
    let error = params
        .clone()
        .max_bytes(100)
        .fit(&data)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the linear support vector machine of 8 features"),
        "{error}"
    );
    let error = params.fit(&LabelledRows::new(&x, &[0; 200])).unwrap_err();
    assert!(matches!(
        error,
        Error::Unsuitable {
            algorithm: "the linear support vector machine",
            ..
        }
    ));
}

/// Examples of `n_classes` overlapping groups.
fn groups(n: usize, n_features: usize, n_classes: usize) -> (Array2<f32>, Vec<u32>) {
    let labels: Vec<u32> = (0..n).map(|i| (i % n_classes) as u32).collect();
    let noise = |i: usize, j: usize| ((i * 31 + j * 17 + i * j) % 23) as f32 / 23.0 - 0.5;
    let x = Array2::from_shape_fn((n, n_features), |(i, j)| {
        noise(i, j)
            + if j % n_classes == i % n_classes {
                0.5
            } else {
                0.0
            }
    });
    (x, labels)
}

#[test]
fn same_bits_for_one_and_two_threads() {
    for n_classes in [2, 3, 20] {
        let (x, labels) = groups(700, 400, n_classes);
        let rows = sparse(&x);
        for data in [
            LabelledRows::new(&x, &labels),
            LabelledRows::new(&rows, &labels),
        ] {
            let weights = testing::same_for_one_and_two_threads(|| {
                let model = LogisticRegression::params().fit(&data).unwrap();
                let svm = LinearSvm::params().fit(&data).unwrap();
                (model.weights() + svm.weights(), model.intercepts().to_vec())
            });
            assert!(weights.0.iter().any(|weight| *weight != 0.0));
        }
    }
}

#[test]
fn training_from_the_solution_takes_no_iteration() {
    let (x, labels) = groups(300, 20, 3);
    let data = LabelledRows::new(&x, &labels);
    let params = LogisticRegression::params();
    let model = params.fit(&data).unwrap();
    assert!(model.report().unwrap().iterations > 2 && model.report().unwrap().converged);
    let again = params.fit_from(&data, Some(&model), &Silent).unwrap();
    assert_eq!(again.report().unwrap().iterations, 0);
    assert_eq!(again.weights(), model.weights());
    let one = params.clone().max_iter(1).fit(&data).unwrap();
    assert!(!one.report().unwrap().converged);
    let (other, labels) = groups(300, 21, 3);
    let misfit = params.fit_from(&LabelledRows::new(&other, &labels), Some(&model), &Silent);
    assert!(
        misfit
            .unwrap_err()
            .to_string()
            .contains("expected shape [20], got [21]")
    );
}

#[test]
fn sparse_and_dense_rows_get_the_same_answers() {
    for n_classes in [2, 4, 18] {
        let (x, labels) = groups(90, 30, n_classes);
        let model = LogisticRegression::params()
            .fit(&LabelledRows::new(&x, &labels))
            .unwrap();
        let rows = sparse(&x);
        let (dense, of_rows) = (model.decision(&x).unwrap(), model.decision(&rows).unwrap());
        assert!(
            dense
                .iter()
                .zip(&of_rows)
                .all(|(a, b)| (a - b).abs() < 1e-4)
        );
        let mut scores = vec![0.0; n_classes];
        let (columns, values) = rows.row(5);
        model.decision_of(columns, values, &mut scores).unwrap();
        assert_eq!(of_rows.row(5).to_vec(), scores);
        let right = model
            .predict(&rows)
            .unwrap()
            .iter()
            .zip(&labels)
            .filter(|(a, b)| a == b)
            .count();
        assert!(right > 45, "{right} of 90");
        assert!(model.check("x").is_ok());
    }
}

#[test]
fn features_of_very_different_sizes_converge() {
    let (mut x, labels) = groups(200, 6, 3);
    x.column_mut(0).mapv_inplace(|v| v * 1e3);
    x.column_mut(1).mapv_inplace(|v| v * 1e-3);
    let params = LogisticRegression::params().c(100.0);
    let model = params.fit(&LabelledRows::new(&x, &labels)).unwrap();
    assert!(model.report().unwrap().converged, "{:?}", model.report());
}

#[test]
fn what_does_not_fit_is_refused() {
    let params = LogisticRegression::params();
    let x = array![[1.0_f32, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let refused = |x: &Array2<f32>, labels: &[u32], words: &str| {
        let error = params
            .fit(&LabelledRows::new(x, labels))
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(&x, &[0, 1], "expected shape [3], got [2]");
    refused(
        &x,
        &[0, 0, 0],
        "at least two classes; all examples are of class 0",
    );
    refused(&x, &[0, 2, 0], "class 1 has none");
    refused(&x, &[0, 1, u32::MAX], "class 2 has none");
    refused(&Array2::zeros((0, 2)), &[], "is empty");
    let mut bad = x.clone();
    bad[[1, 0]] = f32::NAN;
    refused(&bad, &[0, 1, 0], "row 1, feature 0 is NaN");
    bad[[1, 0]] = f32::INFINITY;
    refused(&bad, &[0, 1, 0], "row 1, feature 0 is inf");
    let given = params.clone().class_weight(ClassWeight::Given(vec![1.0]));
    let error = given
        .fit(&LabelledRows::new(&x, &[0, 1, 0]))
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected shape [2], got [1]"), "{error}");
    let small = params.clone().max_bytes(100);
    let error = small
        .fit(&LabelledRows::new(&x, &[0, 1, 0]))
        .unwrap_err()
        .to_string();
    // 3 parameters in 16 vectors and 3 scores in 3, of 4 bytes
    assert!(
        error.contains("needs 228 bytes, above max_bytes = 100"),
        "{error}"
    );
    let model = params.fit(&LabelledRows::new(&x, &[0, 1, 0])).unwrap();
    assert!(
        model
            .predict(&array![[1.0_f32]])
            .unwrap_err()
            .to_string()
            .contains("expected shape [2], got [1]")
    );
    assert!(model.predict(&array![[1.0_f32, f32::NAN]]).is_err());
    let of = |columns: &[u32], values: &[f32]| model.decision_of(columns, values, &mut [0.0; 2]);
    assert!(of(&[2], &[1.0]).is_err() && of(&[0], &[]).is_err() && of(&[0], &[f32::NAN]).is_err());
}

#[test]
fn bad_parameters_are_refused_and_good_ones_have_an_effect() {
    let params = LogisticRegression::params();
    let bad = [
        ("c", "0"),
        ("tol", "0"),
        ("max_iter", "0"),
        ("history", "0"),
    ];
    testing::refuses(&params, &bad);
    testing::refuses_not_finite(&params, &["c", "tol"]);
    let weights = params
        .clone()
        .class_weight(ClassWeight::Given(vec![1.0, 0.0]));
    assert!(weights.validate().is_err());
    let (x, mut labels) = groups(200, 8, 3);
    labels[..60].fill(0);
    let changes = [
        ("c", "0.1"),
        ("class_weight", "balanced"),
        ("fit_intercept", "false"),
        ("tol", "0.01"),
        ("max_iter", "2"),
        ("history", "1"),
    ];
    testing::params_have_effect(&params, &changes, |params| {
        let model = params.fit(&LabelledRows::new(&x, &labels)).unwrap();
        (model.weights().clone(), model.intercepts().to_vec())
    });
}
