//! ResNet-20 for small pictures (He and others, 2016, section 4.2) with two heads at once: the shape and the colour of a thing.
//!
//!     cargo run --release -p examples --example resnet [folder for each class]

use examples::expect;
use examples::labelled_pictures::{parts, print_classifier, print_heading};
use vision_cnn::{Architecture, PictureClassifier};

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([16, 16, 3], [300, 100])?;
    let params = PictureClassifier::params()
        .architecture(Architecture::ResNet20)
        .epochs(12)
        .batch(16)
        .learning_rate(5e-3);
    print_heading();
    let (model, accuracy) = print_classifier(&params, &train, &test)?;
    let scores = model.classify(&test)?;
    for picture in 0..3 {
        let found = model.heads().iter().enumerate().map(|(number, head)| {
            let (class, probability) = scores.top(number, picture, 1)[0];
            format!("{} {probability:.2}", head.classes()[class])
        });
        println!(
            "picture {picture}: {}",
            found.collect::<Vec<_>>().join(", ")
        );
    }
    expect(accuracy > 0.85, "an accuracy above 0.85")
}
