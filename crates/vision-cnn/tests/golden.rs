//! Outputs and gradients against those of PyTorch and Keras in float64 (`scripts/golden/vision_cnn.py`).
#![allow(clippy::unwrap_used)]

use guide_core::testing::on_threads;
use nn_core::testing::{Case, Passed};
use nn_core::{
    Activation, BatchNorm, Dense, Init, Layer, Pass, Residual, Sequential, Shape, Weights,
    Workspace, from_safetensors, to_safetensors,
};
use serde_json::Value;
use vision_cnn::{
    AdaptiveAvgPool2d, AvgPool2d, Conv2d, Conv2dParams, Flatten, GlobalAvgPool, LocalResponseNorm,
    MaxPool2d, Padding, PoolParams,
};

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/layers.json")).unwrap()
}

/// The numbers of the script's `noise`.
fn noise(len: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| (i * 7919 + i * i * 31 + seed * 611_953) % 2003;
    (0..len)
        .map(|i| (number(i) as f64 / 1001.5 - 1.0) as f32)
        .collect()
}

fn list(value: &Value) -> Vec<f32> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|x| x.as_f64().unwrap() as f32).collect()
}

fn usizes<const N: usize>(value: &Value) -> [usize; N] {
    let numbers = value.as_array().unwrap().iter();
    let numbers: Vec<usize> = numbers.map(|x| x.as_u64().unwrap() as usize).collect();
    numbers.try_into().unwrap()
}

/// Equal to 1e-4, of the number where it is above 1.
fn near(what: &str, got: &[f32], expected: &Value) {
    let expected = list(expected);
    assert_eq!(got.len(), expected.len(), "{what}");
    for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let apart = (got - expected).abs() / expected.abs().max(1.0);
        assert!(
            apart <= 1e-4,
            "{what} [{index}]: {got}, expected {expected}"
        );
    }
}

/// The passes of a layer over noise, the same on one thread and on two.
fn pass(layer: &dyn Layer, weights: &Weights, input: &[usize], n: usize, seed: usize) -> Passed {
    let case = Case::of(layer, weights, input);
    let x = noise(n * Shape::of(input).len(), seed);
    let output = layer.output(Shape::of(input)).unwrap();
    let dy = noise(n * output.len(), seed + 300);
    let one = on_threads(1, || case.pass(&x, &dy));
    let two = on_threads(2, || case.pass(&x, &dy));
    assert!(one == two, "one thread and two differ");
    one
}

#[test]
fn convolutions() {
    for (number, case) in golden()["convs"].as_array().unwrap().iter().enumerate() {
        let what = format!("convolution {number}");
        let input: [usize; 3] = usizes(&case["input"]);
        let padding = match case["padding"].as_str() {
            Some(_) => Padding::Same,
            None => {
                let [top, bottom, left, right] = usizes(&case["padding"]);
                Padding::Explicit {
                    top,
                    bottom,
                    left,
                    right,
                }
            }
        };
        let relu = case["relu"].as_bool().unwrap();
        let params = Conv2dParams::default()
            .n_in(input[2])
            .n_out(case["out"].as_u64().unwrap() as usize)
            .kernel(usizes(&case["kernel"]))
            .stride(usizes(&case["stride"]))
            .dilation(usizes(&case["dilation"]))
            .groups(case["groups"].as_u64().unwrap() as usize)
            .padding(padding)
            .activation(if relu {
                Activation::Relu
            } else {
                Activation::Linear
            });
        let mut weights = Weights::new();
        let conv = Conv2d::new(&mut weights, "0", params).unwrap();
        let (kernel, bias) = (conv.kernel(), conv.bias().unwrap());
        for (id, seed) in [(kernel, number + 100), (bias, number + 200)] {
            let values = noise(weights.get(id).len(), seed);
            weights.get_mut(id).copy_from_slice(&values);
        }
        let got = pass(&conv, &weights, &input, 2, number);
        near(&format!("{what}, output"), &got.y, &case["y"]);
        near(&format!("{what}, dx"), &got.dx, &case["dx"]);
        near(
            &format!("{what}, dw"),
            got.grads.get(kernel).stored(),
            &case["dw"],
        );
        near(
            &format!("{what}, db"),
            got.grads.get(bias).stored(),
            &case["db"],
        );
    }
}

#[test]
fn poolings() {
    let pool = PoolParams::square;
    let wide = PoolParams::default()
        .kernel([3, 2])
        .stride(Some([2, 3]))
        .ceil_mode(true);
    let over = |params: PoolParams| params.padding(Padding::all(1));
    let max = |params| Box::new(MaxPool2d::new(params).unwrap()) as Box<dyn Layer>;
    let avg = |params| Box::new(AvgPool2d::new(params).unwrap()) as Box<dyn Layer>;
    let adaptive = |h, w| Box::new(AdaptiveAvgPool2d::new(h, w).unwrap()) as Box<dyn Layer>;
    let norm = LocalResponseNorm::default().size(5).alpha(0.5);
    let other = LocalResponseNorm::default()
        .size(4)
        .alpha(1.5)
        .beta(0.6)
        .k(1.0);
    let layers: Vec<(&str, usize, Box<dyn Layer>)> = vec![
        ("max-2", 0, max(pool(2, 2))),
        ("max-3-2-1", 1, max(over(pool(3, 2)))),
        ("max-ceil", 2, max(pool(2, 2).ceil_mode(true))),
        (
            "max-wide-ceil",
            3,
            max(wide.clone().padding(Padding::symmetric(1, 0))),
        ),
        ("avg-2", 4, avg(PoolParams::default())),
        ("avg-3-2-1", 5, avg(over(pool(3, 2)))),
        (
            "avg-3-2-1-real",
            6,
            avg(over(pool(3, 2)).count_include_pad(false)),
        ),
        ("avg-ceil", 7, avg(over(wide))),
        ("adaptive-3-2", 8, adaptive(3, 2)),
        ("adaptive-4-4", 9, adaptive(4, 4)),
        ("global", 10, Box::new(GlobalAvgPool)),
        ("lrn-5", 11, Box::new(norm)),
        ("lrn-4", 12, Box::new(other)),
        ("max-same", 50, max(pool(3, 2).padding(Padding::Same))),
        (
            "avg-same",
            51,
            avg(pool(2, 2)
                .kernel([3, 2])
                .padding(Padding::Same)
                .count_include_pad(false)),
        ),
    ];
    let golden = golden();
    assert_eq!(golden["pools"].as_object().unwrap().len(), layers.len());
    for (name, seed, layer) in layers {
        let case = &golden["pools"][name];
        let input: [usize; 3] = usizes(&case["input"]);
        let got = pass(&layer, &Weights::new(), &input, 2, seed);
        near(&format!("{name}, output"), &got.y, &case["y"]);
        near(&format!("{name}, dx"), &got.dx, &case["dx"]);
    }
}

#[test]
fn residual_blocks() {
    for (number, case) in golden()["blocks"].as_array().unwrap().iter().enumerate() {
        let seed = number + 1;
        let input: [usize; 3] = usizes(&case["input"]);
        let n_out = case["out"].as_u64().unwrap() as usize;
        let stride = case["stride"].as_u64().unwrap() as usize;
        let mut weights = Weights::new();
        let mut conv = |name: &str, n_in, kernel, stride| {
            let params = Conv2dParams::keras(n_in, n_out, kernel).bias(false);
            let params = params.stride([stride; 2]).padding(Padding::all(kernel / 2));
            let conv = Conv2d::new(&mut weights, &format!("{name}.conv"), params).unwrap();
            (
                conv,
                BatchNorm::new(&mut weights, &format!("{name}.norm"), n_out),
            )
        };
        let (conv1, norm1) = conv("1", input[2], 3, stride);
        let (conv2, norm2) = conv("2", n_out, 3, 1);
        let variance = norm2.running_var();
        let branch = Sequential::new(&input).push(conv1).unwrap();
        let branch = branch.push(norm1.activation(Activation::Relu)).unwrap();
        let branch = branch.push(conv2).unwrap().push(norm2).unwrap();
        let mut block = Residual::new(branch, Activation::Relu);
        if stride > 1 {
            let (conv, norm) = conv("3", input[2], 1, stride);
            let shortcut = Sequential::new(&input)
                .push(conv)
                .unwrap()
                .push(norm)
                .unwrap();
            block = block.with_shortcut(shortcut);
        }
        let trained: Vec<_> = weights
            .ids()
            .filter(|&id| weights.role(id).is_trained())
            .collect();
        for (k, &id) in trained.iter().enumerate() {
            let values = noise(weights.get(id).len(), seed + 10 * k);
            weights.get_mut(id).copy_from_slice(&values);
        }
        let got = pass(&block, &weights, &input, 3, seed);
        near("output", &got.y, &case["y"]);
        near("dx", &got.dx, &case["dx"]);
        let names = case["names"].as_array().unwrap();
        assert_eq!(names.len(), trained.len());
        for (name, &id) in names.iter().zip(&trained) {
            let name = name.as_str().unwrap();
            near(name, got.grads.get(id).stored(), &case["grads"][name]);
        }
        let before = weights.clone();
        let shape = Shape::of(&input);
        let train = Pass {
            mode: Case::of(&block, &before, &input).mode,
            ..Pass::infer(&before, 3)
        };
        let mut work = Workspace::default();
        work.forward(&block, &train, shape, &noise(3 * shape.len(), seed));
        work.commit(&block, shape, 3, &mut weights);
        near(
            "running variance",
            weights.get(variance),
            &case["running_var"],
        );
    }
}

#[test]
fn a_network_of_pytorch_loads_and_answers() {
    let mut weights = Weights::new();
    let conv = Conv2dParams::keras(2, 6, 3)
        .padding(Padding::all(1))
        .groups(2);
    let net = Sequential::new(&[4, 5, 2]);
    let net = net
        .push(Conv2d::new(&mut weights, "0", conv).unwrap())
        .unwrap();
    let norm = BatchNorm::new(&mut weights, "1", 6).activation(Activation::Relu);
    let net = net.push(norm).unwrap();
    let net = net
        .push(MaxPool2d::new(PoolParams::default()).unwrap())
        .unwrap();
    let pictures = net.output_shape();
    assert_eq!(pictures, Shape::of(&[2, 2, 6]));
    let dense = Dense::after_flatten(&mut weights, "5", pictures, 3, Init::Zeros, 0);
    let net = net.push(Flatten).unwrap().push(dense).unwrap();
    let file = include_bytes!("golden/network.safetensors");
    from_safetensors(&mut weights, file).unwrap();
    let mut work = Workspace::default();
    let y = work.forward(&net, &Pass::infer(&weights, 2), net.input(), &noise(80, 1));
    near("answers", y, &golden()["network"]);
    // Written and read again, they are the same.
    let bytes = to_safetensors(&weights).unwrap();
    let mut again = weights.clone();
    again.ids().for_each(|id| again.get_mut(id).fill(0.0));
    from_safetensors(&mut again, &bytes).unwrap();
    assert_eq!(again, weights);
}
