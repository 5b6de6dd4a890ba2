//! AlexNet (Krizhevsky, 2014) put together layer by layer with an eighth of its channels, for small pictures. `Architecture::AlexNet` is the
//! whole one, with torchvision's names.
//!
//!     cargo run --release -p examples --example alexnet [folder for each class]

use examples::expect;
use examples::labelled_pictures::{parts, print_heading, print_layers};
use nn_core::{Activation, Dense, Dropout, Init, Sequential, Weights};
use vision_cnn::{Conv2d, Conv2dParams, Flatten, MaxPool2d, Padding, PoolParams};

/// Five convolutions, three of them followed by pooling, and three dense layers. Kernel, stride and padding of the first are smaller than the
/// 11, 4 and 2 of the original, since the pictures are.
fn layers(size: [usize; 3], n_classes: usize) -> guide_core::Result<(Weights, Sequential)> {
    let mut weights = Weights::new();
    let mut net = Sequential::new(&size);
    for (number, (n_out, kernel, stride, pools)) in [
        (8, 5, 2, true),
        (24, 5, 1, true),
        (48, 3, 1, false),
        (32, 3, 1, false),
        (32, 3, 1, false),
    ]
    .into_iter()
    .enumerate()
    {
        let n_in = net.output_shape().last();
        let params = Conv2dParams::torch(n_in, n_out, kernel)
            .stride([stride; 2])
            .padding(Padding::all(kernel / 2))
            .activation(Activation::Relu)
            .init(Init::HeUniform)
            .seed(number as u64);
        net = net.push(Conv2d::new(&mut weights, &format!("conv{number}"), params)?)?;
        if pools {
            net = net.push(MaxPool2d::new(PoolParams::square(3, 2))?)?;
        }
    }
    let pictures = net.output_shape();
    net = net.push(Flatten)?.push(Dropout::new(0.3, 1)?)?;
    let init = Init::HeUniform;
    let first = Dense::after_flatten(&mut weights, "dense0", pictures, 64, init, 7);
    let second = Dense::new(&mut weights, "dense1", 64, 64, init, 8);
    let last = Dense::new(
        &mut weights,
        "dense2",
        64,
        n_classes,
        Init::GlorotUniform,
        9,
    );
    let net = net
        .push(first.activation(Activation::Relu))?
        .push(second.activation(Activation::Relu))?
        .push(last)?;
    Ok((weights, net))
}

fn main() -> anyhow::Result<()> {
    let (train, test) = parts([32, 32, 3], [600, 200])?;
    let n_classes = train.all_labels()[0].classes().len();
    let (weights, net) = layers(train.size(), n_classes)?;
    println!(
        "{}",
        nn_core::summary("alexnet / 8", &net, &weights, net.input())
    );
    print_heading();
    let accuracy = print_layers("alexnet / 8", (weights, net), (12, 2e-3), [&train, &test])?;
    expect(accuracy > 0.85, "an accuracy above 0.85")
}
