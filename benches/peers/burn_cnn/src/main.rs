// RUSTFLAGS="-C target-cpu=native" cargo build --release && RAYON_NUM_THREADS=2 target/release/burn_cnn [EPOCHS]
//! The training and the answers of the seed CNN (`torch_seed_cnn` of `torch_conv.py`) in burn on the CPU, in its backend `flex`.
//!
//! One epoch to warm up, then EPOCHS (four unless said) of training, then as many passes of answers, over 2048 random pictures in batches of
//! 128. Prints `{"library","train_images_per_s","infer_images_per_s"}` of the median times; the losses go to stderr.

use std::hint::black_box;
use std::time::Instant;

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::relu;

const LIBRARY: &str = "burn 0.22.1 (flex)";
const PICTURES: usize = 2048;
const BATCH: usize = 128;

#[derive(Module, Debug)]
struct Net {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dense1: Linear,
    dense2: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([1, 32], [3, 3]).init(device),
            conv2: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            dense1: LinearConfig::new(1600, 128).init(device),
            dense2: LinearConfig::new(128, 10).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let y = self.pool.forward(relu(self.conv1.forward(x)));
        let y = self.pool.forward(relu(self.conv2.forward(y)));
        self.dense2
            .forward(relu(self.dense1.forward(y.flatten(1, 3))))
    }
}

fn pictures_per_s(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.len() / 2;
    let median = if seconds.len() % 2 == 1 {
        seconds[middle]
    } else {
        (seconds[middle - 1] + seconds[middle]) / 2.0
    };
    PICTURES as f64 / median
}

fn main() {
    let epochs = std::env::args()
        .nth(1)
        .map_or(4, |n| n.parse().expect("EPOCHS is a number"));
    let device = Device::flex().autodiff();
    let x = Tensor::<4>::random(
        [PICTURES, 1, 28, 28],
        Distribution::Normal(0.0, 1.0),
        &device,
    );
    let labels: Vec<i32> = (0..PICTURES as i32).map(|i| i % 10).collect();
    let labels = Tensor::<1, Int>::from_data(labels.as_slice(), &device);

    let mut net = Net::new(&device);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
    let mut trained = Vec::new();
    for epoch in 0..=epochs {
        let (start, mut sum) = (Instant::now(), 0.0);
        for first in (0..PICTURES).step_by(BATCH) {
            let answers = net.forward(x.clone().narrow(0, first, BATCH));
            let loss = cross_entropy.forward(answers, labels.clone().narrow(0, first, BATCH));
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = adam.step(1e-3, net, gradients);
            sum += loss.into_scalar::<f32>();
        }
        device.sync().expect("the CPU has finished");
        trained.push(start.elapsed().as_secs_f64());
        eprintln!(
            "epoch {epoch}: loss {:.4}, {:.2} s",
            sum / (PICTURES / BATCH) as f32,
            trained[epoch]
        );
    }

    let (net, x) = (net.valid(), x.without_autodiff());
    let mut answered = Vec::new();
    for _ in 0..epochs {
        let start = Instant::now();
        for first in (0..PICTURES).step_by(BATCH) {
            black_box(net.forward(x.clone().narrow(0, first, BATCH)));
        }
        x.device().sync().expect("the CPU has finished");
        answered.push(start.elapsed().as_secs_f64());
    }
    println!(
        "{{\"library\":\"{LIBRARY}\",\"train_images_per_s\":{:.1},\"infer_images_per_s\":{:.1}}}",
        pictures_per_s(trained.split_off(1)),
        pictures_per_s(answered),
    );
}
