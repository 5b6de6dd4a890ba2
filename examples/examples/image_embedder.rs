//! Pictures as vectors: the layers of a classifier before its heads, and the same trained on with triplets. How often are the nearest
//! pictures of the same class? How long does one picture take?
//!
//!     cargo run --release -p examples --example image_embedder [folder with MNIST's files, or a folder for each class]

use std::ops::ControlFlow;
use std::time::Instant;

use examples::expect;
use examples::labelled_pictures::parts;
use guide_core::{Fit, Persist};
use vision_cnn::{NeighbourReport, PictureClassifier, PictureEmbedder, Pictures};

fn print(
    name: &str,
    embedder: &PictureEmbedder,
    test: &Pictures,
) -> anyhow::Result<NeighbourReport> {
    let report = embedder.evaluate(test, test.all_labels()[0].name(), 5)?;
    let one = test.select(&[0])?;
    embedder.embed(&one)?;
    let start = Instant::now();
    for _ in 0..20 {
        embedder.embed(&one)?;
    }
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / 20.0;
    println!(
        "{name:<12} {:>5} {:>8.4} {:>8.4} {milliseconds:>8.2}",
        embedder.dim(),
        report.at_1,
        report.precision_at_5
    );
    Ok(report)
}

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([20, 20, 1], [500, 200])?;
    println!(
        "{:<12} {:>5} {:>8} {:>8} {:>8}",
        "trained on", "dim", "rank 1", "prec. 5", "ms"
    );

    let first = train.all_labels()[0].name().to_owned();
    let drawn = PictureEmbedder::params().epochs(1).learning_rate(1e-12);
    let drawn = drawn.fit(&train)?;
    let nothing = print("nothing", &drawn, &test)?;

    let classifier = PictureClassifier::params().epochs(4).batch(32);
    let by_class = classifier.fit(&train)?.into_embedder()?;
    let by_class_report = print("classes", &by_class, &test)?;

    let mut go_on = |_: &nn_core::EpochRecord| ControlFlow::Continue(());
    let params = PictureEmbedder::params().labels(first).epochs(3);
    let by_triplet = params.fit_from(Some(&by_class), &train, &mut go_on)?;
    let by_triplet_report = print("triplets too", &by_triplet, &test)?;

    expect(by_class_report.at_1 > 0.9, "rank 1 above 0.9 by classes")?;
    expect(by_triplet_report.at_1 > 0.9, "rank 1 above 0.9 by triplets")?;
    let is_better = by_triplet_report.precision_at_5 > nothing.precision_at_5 + 0.1;
    expect(is_better, "a better precision than with drawn weights")?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("embedder.model");
    by_triplet.save(&file)?;
    let read = PictureEmbedder::load(&file)?;
    let same = read.embed(&test)?.rows() == by_triplet.embed(&test)?.rows();
    expect(same, "the file gives the same vectors")
}
