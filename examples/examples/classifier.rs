//! A small multilayer perceptron on rows of numbers: ten lines from arrays to labels.
//!
//!     cargo run --release -p examples --example classifier

use examples::expect;
use guide_core::ndarray::Array2;
use nn_core::{Classifier, testing::random};

/// Points in the plane, `inner` within a circle and `outer` around it.
fn rings(n: usize, seed: u64) -> anyhow::Result<(Array2<f32>, Vec<&'static str>)> {
    let x = Array2::from_shape_vec((n, 2), random(2 * n, seed))?;
    let inner = |x: f32, y: f32| x * x + y * y < 0.5;
    let rows = x.rows().into_iter();
    let labels = rows.map(|p| if inner(p[0], p[1]) { "inner" } else { "outer" });
    let labels = labels.collect();
    Ok((x, labels))
}

fn main() -> anyhow::Result<()> {
    let (x, labels) = rings(2000, 1)?;
    let (test_x, test_labels) = rings(1000, 2)?;

    let model = Classifier::params()
        .hidden(vec![32])
        .learning_rate(0.01)
        .fit(&x, &labels)?;
    let accuracy = model.accuracy(&test_x, &test_labels)?;
    let probabilities = model.predict_proba(&test_x)?;

    println!("accuracy on the test part: {accuracy:.3}");
    for (row, label) in model.predict(&test_x)?.iter().enumerate().take(3) {
        let point = test_x.row(row);
        println!(
            "{point:.2} is {label}, probabilities {:.2}",
            probabilities.row(row)
        );
    }
    expect(accuracy > 0.97, "an accuracy above .97")
}
