//! Convolution, pooling and batch normalisation layers: forward passes, and forward and backward passes, in training and for one picture.

use benches::quick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nn_core::{Activation, BatchNorm, Grads, Layer, Mode, Pass, Shape, Weights, Workspace};
use std::hint::black_box;
use vision_cnn::{Conv2d, Conv2dParams, MaxPool2d, Padding, PoolParams};

fn noise(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0)
        .collect()
}

/// A layer over `n` examples of a square picture. `wants_dx`: whether the gradient by the input is made.
fn passes(
    c: &mut Criterion,
    name: &str,
    (layer, weights): (&dyn Layer, &Weights),
    [size, channels, n]: [usize; 3],
    wants_dx: bool,
) {
    let input = Shape::of(&[size, size, channels]);
    let x = noise(n * input.len());
    let dy = noise(n * layer.output(input).expect("a shape that fits").len());
    let (mut work, mut grads) = (Workspace::default(), Grads::of(weights));
    let mode = Mode::Train { seed: 1, step: 1 };
    let pass = Pass {
        mode,
        ..Pass::infer(weights, n)
    };
    let mut group = c.benchmark_group(format!("{name}-b{n}"));
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function("forward", |bench| {
        bench.iter(|| {
            black_box(work.forward(layer, &pass, input, &x));
        });
    });
    group.bench_function("forward-backward", |bench| {
        bench.iter(|| {
            work.forward(layer, &pass, input, &x);
            work.output().1.copy_from_slice(&dy);
            black_box(work.backward(layer, &pass, input, &x, wants_dx, Some(&mut grads)));
        });
    });
    group.finish();
}

fn conv(c: &mut Criterion, size: usize, n: usize, params: Conv2dParams) {
    let name = format!(
        "conv2d/{}x{size}x{size}-k{}s{}g{}-{}",
        params.n_in, params.kernel[0], params.stride[0], params.groups, params.n_out
    );
    let (channels, mut weights) = (params.n_in, Weights::new());
    let layer = Conv2d::new(&mut weights, "0", params).expect("good parameters");
    // Pictures themselves want no gradient.
    let wants_dx = channels > 3;
    passes(c, &name, (&layer, &weights), [size, channels, n], wants_dx);
}

fn convolutions(c: &mut Criterion) {
    let layer = |n_in, n_out, kernel: usize| {
        let params = Conv2dParams::keras(n_in, n_out, kernel);
        params.padding(Padding::all(kernel / 2)).bias(false)
    };
    let seed = |n_in, n_out| Conv2dParams::keras(n_in, n_out, 3).activation(Activation::Relu);
    conv(c, 28, 128, seed(1, 32));
    conv(c, 13, 128, seed(32, 64));
    conv(c, 32, 128, layer(3, 16, 3));
    conv(c, 32, 128, layer(16, 16, 3));
    conv(c, 16, 128, layer(32, 32, 3));
    conv(c, 8, 128, layer(64, 64, 3));
    conv(c, 32, 128, layer(16, 32, 3).stride([2, 2]));
    conv(c, 32, 128, layer(16, 32, 1).stride([2, 2]));
    conv(c, 32, 32, layer(64, 64, 3).groups(64));
    conv(c, 224, 1, layer(3, 64, 7).stride([2, 2]));
    conv(c, 56, 1, layer(64, 64, 3));
    conv(c, 28, 1, layer(128, 128, 3));
    conv(c, 14, 1, layer(256, 256, 3));
    conv(c, 7, 1, layer(512, 512, 3));
}

fn others(c: &mut Criterion) {
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "0", 16).activation(Activation::Relu);
    passes(
        c,
        "batch-norm/16x32x32",
        (&norm, &weights),
        [32, 16, 128],
        true,
    );
    let pool = MaxPool2d::new(PoolParams::default()).expect("good parameters");
    let none = Weights::new();
    passes(
        c,
        "max-pool/32x26x26-k2",
        (&pool, &none),
        [26, 32, 128],
        true,
    );
}

criterion_group!(name = layers; config = quick(); targets = convolutions, others);
criterion_main!(layers);
