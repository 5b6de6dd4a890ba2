//! Convolution layers, forward and backward, and the training of the seed CNN: times as one JSON line, for `peers/torch_conv.py`.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use guide_core::ndarray::Array2;
use nn_core::{
    Activation, CrossEntropy, Dense, Grads, Init, Layer, Mode, Optimizer, Pass, Sequential, Shape,
    Supervised, Targets, Trainer, Weights, Workspace, infer,
};
use vision_cnn::{Architecture, Conv2d, Conv2dParams, Flatten, MaxPool2d, Padding, PoolParams};

/// Name, batch, size, channels in and out, kernel, stride, padding, bias and relu, whether the gradient by the input is wanted, whether it
/// trains.
type Case = (
    &'static str,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    bool,
    bool,
    bool,
);

const CASES: [Case; 12] = [
    ("seed-conv1", 128, 28, 1, 32, 3, 1, 0, true, false, true),
    ("seed-conv2", 128, 13, 32, 64, 3, 1, 0, true, true, true),
    ("lenet-conv1", 128, 28, 1, 6, 5, 1, 2, true, false, true),
    ("lenet-conv2", 128, 14, 6, 16, 5, 1, 0, true, true, true),
    (
        "resnet20-16@32",
        128,
        32,
        16,
        16,
        3,
        1,
        1,
        false,
        true,
        true,
    ),
    (
        "resnet20-32@16",
        128,
        16,
        32,
        32,
        3,
        1,
        1,
        false,
        true,
        true,
    ),
    ("resnet20-64@8", 128, 8, 64, 64, 3, 1, 1, false, true, true),
    ("resnet18-stem", 1, 224, 3, 64, 7, 2, 3, false, false, false),
    (
        "resnet18-64@56",
        1,
        56,
        64,
        64,
        3,
        1,
        1,
        false,
        false,
        false,
    ),
    (
        "resnet18-128@28",
        1,
        28,
        128,
        128,
        3,
        1,
        1,
        false,
        false,
        false,
    ),
    (
        "resnet18-256@14",
        1,
        14,
        256,
        256,
        3,
        1,
        1,
        false,
        false,
        false,
    ),
    (
        "resnet18-512@7",
        1,
        7,
        512,
        512,
        3,
        1,
        1,
        false,
        false,
        false,
    ),
];

fn noise(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0)
        .collect()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Median microseconds of the forward and of the backward pass.
fn layer(case: Case) -> anyhow::Result<[f64; 2]> {
    let (_, n, size, n_in, n_out, kernel, stride, padding, bias, wants_dx, trains) = case;
    let params = Conv2dParams::keras(n_in, n_out, kernel)
        .stride([stride; 2])
        .padding(Padding::all(padding))
        .bias(bias);
    let params = params.activation(if bias {
        Activation::Relu
    } else {
        Activation::Linear
    });
    let mut weights = Weights::new();
    let conv = Conv2d::new(&mut weights, "0", params)?;
    let input = Shape::of(&[size, size, n_in]);
    let x = noise(n * input.len());
    let dy = noise(n * conv.output(input)?.len());
    let mut grads = Grads::of(&weights);
    let mut work = Workspace::default();
    let mode = if trains {
        Mode::Train { seed: 0, step: 1 }
    } else {
        Mode::Infer
    };
    let pass = Pass {
        mode,
        ..Pass::infer(&weights, n)
    };
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    while forward.len() < 5 || (begin.elapsed().as_secs_f64() < 0.8 && forward.len() < 1000) {
        let start = Instant::now();
        work.forward(&conv, &pass, input, &x);
        forward.push(start.elapsed().as_secs_f64() * 1e6);
        if trains {
            work.output().1.copy_from_slice(&dy);
            let start = Instant::now();
            work.backward(&conv, &pass, input, &x, wants_dx, Some(&mut grads));
            backward.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    let backward = match backward.is_empty() {
        true => f64::NAN,
        false => median(&mut backward),
    };
    Ok([median(&mut forward), backward])
}

/// Images per second of the seed CNN: training at batch 128 with Adam, and answers.
fn seed_cnn() -> anyhow::Result<[f64; 2]> {
    let mut weights = Weights::new();
    let w = &mut weights;
    let conv = |n_in, n_out| Conv2dParams::keras(n_in, n_out, 3).activation(Activation::Relu);
    let net = Sequential::new(&[28, 28, 1])
        .push(Conv2d::new(w, "0", conv(1, 32))?)?
        .push(MaxPool2d::new(PoolParams::default())?)?
        .push(Conv2d::new(w, "1", conv(32, 64))?)?
        .push(MaxPool2d::new(PoolParams::default())?)?;
    let pictures = net.output_shape();
    let dense = Dense::after_flatten(w, "2", pictures, 128, Init::GlorotUniform, 0);
    let net = net
        .push(Flatten)?
        .push(dense.activation(Activation::Relu))?
        .push(Dense::new(w, "3", 128, 10, Init::GlorotUniform, 1))?;
    let n = 128 * 16;
    let x = Array2::from_shape_vec((n, 784), noise(n * 784))?;
    let targets = Targets::Classes(
        (0..n as u32).map(|i| i % 10).collect(),
        CrossEntropy::default(),
    );
    let mut data = Supervised::new(&net, &[28, 28, 1], x.clone(), targets)?;
    let trainer = Trainer::default()
        .batch_size(128)
        .optimizer(Optimizer::adam(1e-3));
    trainer.clone().n_epochs(1).train(&mut weights, &mut data)?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        trainer.clone().n_epochs(1).train(&mut weights, &mut data)?;
        times.push(start.elapsed().as_secs_f64());
    }
    let train = n as f64 / median(&mut times);
    times.clear();
    for _ in 0..6 {
        let start = Instant::now();
        infer(&net, &weights, Shape::of(&[28, 28, 1]), &x)?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok([train, n as f64 / median(&mut times)])
}

/// Answers a second of ResNet-18, one picture of 224 x 224 at a time.
fn resnet18() -> anyhow::Result<f64> {
    let network = Architecture::ResNet18.network([224, 224, 3], &[1000], 1)?;
    let input = network.input();
    let (x, pass) = (noise(input.len()), Pass::infer(network.weights(), 1));
    let head = network.heads().first().context("a head")?;
    let features = network.trunk().output(input)?;
    let (mut trunk, mut scores) = (Workspace::default(), Workspace::default());
    let mut times = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        let found = trunk.forward(network.trunk(), &pass, input, &x);
        scores.forward(head, &pass, features, found);
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(1.0 / median(&mut times))
}

fn main() -> anyhow::Result<()> {
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut line = BTreeMap::new();
    for case in CASES.into_iter().filter(|case| case.0.contains(&only)) {
        let [forward, backward] = layer(case)?;
        line.insert(format!("{}/forward_us", case.0), forward);
        if case.10 {
            line.insert(format!("{}/backward_us", case.0), backward);
        }
    }
    if "seed-cnn".contains(&only) {
        let [train, answer] = seed_cnn()?;
        line.insert("seed-cnn/train_images_per_s".to_owned(), train);
        line.insert("seed-cnn/infer_images_per_s".to_owned(), answer);
    }
    if "resnet18".contains(&only) {
        line.insert("resnet18/infer_images_per_s".to_owned(), resnet18()?);
    }
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}
