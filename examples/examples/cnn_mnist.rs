//! The usual first network of Keras on pictures of one channel: convolutions, pooling, dense layers; its table of layers, its accuracy, and
//! the same answers from its file.
//!
//!     cargo run --release -p examples --example cnn_mnist [folder with MNIST's files, or a folder for each class]

use examples::expect;
use examples::labelled_pictures::{parts, print_classifier, print_heading};
use guide_core::Persist;
use vision_cnn::{Augment, PictureClassifier};

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([20, 20, 1], [600, 200])?;
    let params = PictureClassifier::params()
        .epochs(5)
        .batch(32)
        .augment(Augment::default().shift(1))
        .seed(1);
    print_heading();
    let (model, accuracy) = print_classifier(&params, &train, &test)?;
    println!("{}", model.summary());
    expect(accuracy > 0.95, "an accuracy above 0.95")?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("digits.model");
    model.save(&file)?;
    let same = PictureClassifier::load(&file)?.classify(&test)? == model.classify(&test)?;
    expect(same, "the file gives the same answers")
}
