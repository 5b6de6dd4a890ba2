//! What the examples of networks for pictures share: labelled pictures, and a row of a table for each network.

use std::path::Path;
use std::time::Instant;

use guide_core::ndarray::Array2;
use guide_core::{Fit, Result, seeded};
use nn_core::{
    CrossEntropy, Optimizer, Sequential, Supervised, Targets, Trainer, Weights, infer,
    top_k_accuracy,
};
use rand::RngExt;
use vision_cnn::{
    ClassFolder, Labels, Normalization, PictureBatches, PictureClassifier, PictureClassifierParams,
    PictureParams, Pictures, read_class_folder, read_mnist,
};

/// The classes of [`shapes`].
pub const SHAPES: [&str; 4] = ["disc", "ring", "cross", "square"];

/// The colours of [`shapes`] in three channels, as they are named and as they are seen.
pub const COLORS: [(&str, [u8; 3]); 3] = [
    ("red", [230, 40, 40]),
    ("green", [40, 210, 60]),
    ("blue", [50, 60, 240]),
];

/// Pictures of one shape each, at a random place and size on noise; the labels are `shape` and `color` (grey pictures have one colour).
///
/// # Errors
/// For a size that pictures cannot have.
pub fn shapes(n: usize, [height, width, channels]: [usize; 3], seed: u64) -> Result<Pictures> {
    let mut rng = seeded(seed);
    let (mut pixels, mut of_shape, mut of_color) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let shape = rng.random_range(0..SHAPES.len());
        let color = rng.random_range(0..COLORS.len());
        let radius = rng.random_range(0.28..0.42_f32) * height.min(width) as f32;
        let mut place = |side: usize| rng.random_range(radius..side as f32 - radius);
        let (y0, x0) = (place(height), place(width));
        for cell in 0..height * width {
            let (y, x) = ((cell / width) as f32 - y0, (cell % width) as f32 - x0);
            let (distance, far) = (y.hypot(x) / radius, y.abs().max(x.abs()) / radius);
            let inside = match shape {
                0 => distance < 0.9,
                1 => distance > 0.55 && distance < 1.0,
                2 => y.abs().min(x.abs()) / radius < 0.25 && far < 1.0,
                _ => far > 0.5 && far < 0.85,
            };
            let noise = rng.random_range(0..50_u8);
            let seen = COLORS[color].1;
            pixels.extend((0..channels).map(|channel| match inside {
                true if channels == 1 => 255 - noise,
                true => seen[channel].saturating_sub(noise / 2),
                false => 30 + noise,
            }));
        }
        of_shape.push(shape as u32);
        of_color.push(color as u32);
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut labels = vec![Labels::new("shape", names(&SHAPES), of_shape)?];
    if channels > 1 {
        let colors = COLORS.map(|color| color.0);
        labels.push(Labels::new("color", names(&colors), of_color)?);
    }
    Pictures::new([height, width, channels], pixels, labels)
}

/// A training and a test part: of the folder named by the first argument (the four files of MNIST, or a folder for each class, read in
/// this size, a fifth of it held out), or else generated.
///
/// # Errors
/// What reading gives.
pub fn parts(size: [usize; 3], [n_train, n_test]: [usize; 2]) -> Result<(Pictures, Pictures)> {
    let Some(path) = crate::path() else {
        return Ok((shapes(n_train, size, 1)?, shapes(n_test, size, 2)?));
    };
    let holds = |name: &str| Path::new(&path).join(name).exists();
    if holds("train-images-idx3-ubyte") || holds("train-images-idx3-ubyte.gz") {
        let mnist = read_mnist(path)?;
        return Ok((mnist.train, mnist.test));
    }
    let [height, width, channels] = size;
    let params = PictureParams::default().height(height).width(width);
    let params = ClassFolder::default().pictures(params.channels(channels));
    let read = read_class_folder(path, &params)?;
    println!("{}", read.notes);
    let (train, test) = read.pictures.split_by("class", 0.2, 1)?;
    Ok((read.pictures.select(&train)?, read.pictures.select(&test)?))
}

/// The heading of the rows.
pub fn print_heading() {
    println!(
        "{:<18} {:>10} {:>8} {:>9} {:>8} {:>8}",
        "network", "weights", "pictures", "accuracy", "log loss", "seconds"
    );
}

/// Trains a classifier and prints a row for each of its heads. Returns the accuracy of the first.
///
/// # Errors
/// What training and testing give.
pub fn print_classifier(
    params: &PictureClassifierParams,
    train: &Pictures,
    test: &Pictures,
) -> Result<(PictureClassifier, f64)> {
    let start = Instant::now();
    let model = params.fit(train)?;
    let seconds = start.elapsed().as_secs_f64();
    let report = model.evaluate(test)?;
    for head in &report.heads {
        let name = format!("{} {}", params.architecture, head.name);
        let (accuracy, loss) = (head.accuracy(), head.log_loss);
        let (weights, n) = (model.network().weights().count().0, train.len());
        println!("{name:<18} {weights:>10} {n:>8} {accuracy:>9.4} {loss:>8.4} {seconds:>8.1}");
    }
    let accuracy = report.heads.first().map_or(0.0, |head| head.accuracy());
    Ok((model, accuracy))
}

/// Trains layers that were put together by hand, whose outputs are the scores of the first labels, and prints a row. Returns the accuracy.
///
/// # Errors
/// What training and testing give.
pub fn print_layers(
    name: &str,
    (mut weights, net): (Weights, Sequential),
    (n_epochs, learning_rate): (usize, f32),
    [train, test]: [&Pictures; 2],
) -> anyhow::Result<f64> {
    let all: Vec<usize> = (0..train.len()).collect();
    let normalization = Normalization::measured(train, &all)?;
    let (x, classes) = rows(train, &normalization)?;
    let (test_x, test_classes) = rows(test, &normalization)?;
    let shape = train.size();
    let start = Instant::now();
    let targets = Targets::Classes(classes, CrossEntropy::default());
    let mut data = Supervised::new(&net, &shape, x, targets)?;
    let trainer = Trainer::default().n_epochs(n_epochs).batch_size(32);
    let trainer = trainer.optimizer(Optimizer::adam(learning_rate));
    trainer.train(&mut weights, &mut data)?;
    let seconds = start.elapsed().as_secs_f64();
    let scores = infer(&net, &weights, nn_core::Shape::of(&shape), &test_x)?;
    let accuracy = top_k_accuracy(scores.view(), &test_classes, 1)?;
    let (count, n) = (weights.count().0, train.len());
    println!(
        "{name:<18} {count:>10} {n:>8} {accuracy:>9.4} {:>8} {seconds:>8.1}",
        "-"
    );
    Ok(accuracy)
}

/// Pictures as rows of normalised numbers, and the classes of their first labels.
fn rows(
    pictures: &Pictures,
    normalization: &Normalization,
) -> anyhow::Result<(Array2<f32>, Vec<u32>)> {
    let batches = PictureBatches::new(pictures, normalization.clone())?;
    let all: Vec<usize> = (0..pictures.len()).collect();
    let mut x = Array2::zeros((all.len(), pictures.size().iter().product()));
    batches.batch(&all, 0, x.as_slice_mut().unwrap_or_default())?;
    let first = pictures.all_labels().first();
    let first = first.ok_or_else(|| anyhow::anyhow!("the pictures have no labels"))?;
    Ok((x, first.of().to_vec()))
}
