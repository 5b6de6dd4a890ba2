// RUSTFLAGS="-C target-cpu=native" cargo build --release && RAYON_NUM_THREADS=2 target/release/candle_cnn [EPOCHS]
//! The training and the answers of the seed CNN (`torch_seed_cnn` of `torch_conv.py`) in candle-nn on the CPU.
//!
//! One epoch to warm up, then EPOCHS (four unless said) of training, then as many passes of answers, over 2048 random pictures in batches of
//! 128. Prints `{"library","train_images_per_s","infer_images_per_s"}` of the median times; the losses go to stderr.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    AdamW, Conv2d, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss,
};

const LIBRARY: &str = "candle-nn 0.11.1";
const PICTURES: usize = 2048;
const BATCH: usize = 128;

struct Net {
    conv1: Conv2d,
    conv2: Conv2d,
    dense1: Linear,
    dense2: Linear,
}

impl Net {
    fn new(parameters: &VarBuilder) -> Result<Self> {
        Ok(Self {
            conv1: conv2d(1, 32, 3, Default::default(), parameters.pp("conv1"))?,
            conv2: conv2d(32, 64, 3, Default::default(), parameters.pp("conv2"))?,
            dense1: linear(1600, 128, parameters.pp("dense1"))?,
            dense2: linear(128, 10, parameters.pp("dense2"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.conv1.forward(x)?.relu()?.max_pool2d(2)?;
        // 11 x 11 without the last row and column, which no window of the pooling covers: candle's
        // gradient of pooling loses most of its values if the size is odd. (At an even size it is a
        // quarter of the right one, which Adam makes up for.) The cut costs no measurable time.
        let y = self
            .conv2
            .forward(&y)?
            .relu()?
            .narrow(2, 0, 10)?
            .narrow(3, 0, 10)?;
        let y = y.max_pool2d(2)?;
        let y = self.dense1.forward(&y.flatten_from(1)?)?.relu()?;
        self.dense2.forward(&y)
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

fn main() -> Result<()> {
    let epochs = std::env::args()
        .nth(1)
        .map_or(4, |n| n.parse().expect("EPOCHS is a number"));
    let device = Device::Cpu;
    let x = Tensor::randn(0f32, 1.0, (PICTURES, 1, 28, 28), &device)?;
    let labels = Tensor::from_iter((0..PICTURES as u32).map(|i| i % 10), &device)?;

    let parameters = VarMap::new();
    let net = Net::new(&VarBuilder::from_varmap(&parameters, DType::F32, &device))?;
    // Without decay this is Adam.
    let mut adam = AdamW::new(
        parameters.all_vars(),
        ParamsAdamW {
            lr: 1e-3,
            weight_decay: 0.0,
            ..Default::default()
        },
    )?;
    let mut trained = Vec::new();
    for epoch in 0..=epochs {
        let (start, mut sum) = (Instant::now(), 0.0);
        for first in (0..PICTURES).step_by(BATCH) {
            let loss = loss::cross_entropy(
                &net.forward(&x.narrow(0, first, BATCH)?)?,
                &labels.narrow(0, first, BATCH)?,
            )?;
            adam.backward_step(&loss)?;
            sum += loss.to_scalar::<f32>()?;
        }
        trained.push(start.elapsed().as_secs_f64());
        eprintln!(
            "epoch {epoch}: loss {:.4}, {:.2} s",
            sum / (PICTURES / BATCH) as f32,
            trained[epoch]
        );
    }

    // The same values as plain tensors, for which candle keeps no graph.
    let values: HashMap<_, _> = parameters
        .data()
        .lock()
        .expect("no thread panicked")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_detached_tensor()))
        .collect();
    let net = Net::new(&VarBuilder::from_tensors(values, DType::F32, &device))?;
    let mut answered = Vec::new();
    for _ in 0..epochs {
        let start = Instant::now();
        for first in (0..PICTURES).step_by(BATCH) {
            black_box(net.forward(&x.narrow(0, first, BATCH)?)?);
        }
        answered.push(start.elapsed().as_secs_f64());
    }
    println!(
        "{{\"library\":\"{LIBRARY}\",\"train_images_per_s\":{:.1},\"infer_images_per_s\":{:.1}}}",
        pictures_per_s(trained.split_off(1)),
        pictures_per_s(answered),
    );
    Ok(())
}
