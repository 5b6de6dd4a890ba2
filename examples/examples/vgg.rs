//! VGG (Simonyan, Zisserman, 2015) with an eighth of its channels, for small pictures: eight convolutions of 3 x 3 with batch normalisation.
//! `Architecture::Vgg11Bn` and others are the whole ones, with torchvision's names.
//!
//!     cargo run --release -p examples --example vgg [folder for each class]

use examples::expect;
use examples::labelled_pictures::{parts, print_heading, print_layers};
use nn_core::{Activation, BatchNorm, Dense, Init, Sequential, Weights};
use vision_cnn::{Conv2d, Conv2dParams, GlobalAvgPool, MaxPool2d, Padding, PoolParams};

/// The convolutions of VGG11 by their channels; `None` is a pooling.
const VGG11: [Option<usize>; 12] = [
    Some(8),
    None,
    Some(16),
    None,
    Some(32),
    Some(32),
    None,
    Some(64),
    Some(64),
    None,
    Some(64),
    Some(64),
];

fn layers(size: [usize; 3], n_classes: usize) -> guide_core::Result<(Weights, Sequential)> {
    let mut weights = Weights::new();
    let mut net = Sequential::new(&size);
    for (number, channels) in VGG11.into_iter().enumerate() {
        let Some(n_out) = channels else {
            net = net.push(MaxPool2d::new(PoolParams::square(2, 2))?)?;
            continue;
        };
        let n_in = net.output_shape().last();
        let params = Conv2dParams::torch(n_in, n_out, 3)
            .padding(Padding::all(1))
            .bias(false)
            .init(Init::HeUniform)
            .seed(number as u64);
        let norm = BatchNorm::new(&mut weights, &format!("norm{number}"), n_out);
        net = net
            .push(Conv2d::new(&mut weights, &format!("conv{number}"), params)?)?
            .push(norm.activation(Activation::Relu))?;
    }
    let net = net.push(GlobalAvgPool)?;
    let last = Dense::new(&mut weights, "dense", 64, n_classes, Init::GlorotUniform, 9);
    Ok((weights, net.push(last)?))
}

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([24, 24, 3], [500, 200])?;
    let n_classes = train.all_labels()[0].classes().len();
    let (weights, net) = layers(train.size(), n_classes)?;
    print_heading();
    let accuracy = print_layers("vgg11 / 8", (weights, net), (6, 2e-3), [&train, &test])?;
    expect(accuracy > 0.9, "an accuracy above 0.9")
}
