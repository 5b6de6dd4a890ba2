//! LeNet-5 (LeCun and others, 1998) with relu and max pooling: with and without random shifts and rotations of the training pictures.
//!
//!     cargo run --release -p examples --example lenet [folder with MNIST's files, or a folder for each class]

use examples::expect;
use examples::labelled_pictures::{parts, print_classifier, print_heading};
use vision_cnn::{Architecture, Augment, PictureClassifier};

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([28, 28, 1], [400, 200])?;
    let params = PictureClassifier::params()
        .architecture(Architecture::LeNet5)
        .epochs(8)
        .batch(16)
        .learning_rate(2e-3);
    print_heading();
    let (_, plain) = print_classifier(&params, &train, &test)?;
    let augmented = params.augment(Augment::digits());
    let (_, augmented) = print_classifier(&augmented, &train, &test)?;
    expect(plain > 0.85, "an accuracy above 0.85 without augmentation")?;
    expect(augmented > 0.85, "an accuracy above 0.85 with it")
}
