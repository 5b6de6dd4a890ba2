//! Properties of the layers: against plain loops, the adjoint identity, and errors.
#![allow(clippy::unwrap_used)]

use guide_core::testing::on_threads;
use nn_core::testing::{Case, random};
use nn_core::{Activation, Layer, Mode, Sequential, Shape, Weights};
use proptest::prelude::*;
use vision_cnn::{
    AdaptiveAvgPool2d, AvgPool2d, Conv2d, Conv2dParams, GlobalAvgPool, LocalResponseNorm,
    MaxPool2d, Padding, PoolParams,
};

/// The convolution of the formula, in `f64`.
fn plain(
    params: &Conv2dParams,
    [height, width]: [usize; 2],
    [top, left]: [usize; 2],
    output: Shape,
    x: &[f32],
    w: &[f32],
    b: &[f32],
) -> Vec<f64> {
    let &[rows, columns, n_out] = output.axes() else {
        unreachable!()
    };
    let (n_in, group) = (params.n_in, params.n_in / params.groups);
    let of_group = n_out / params.groups;
    let mut y = Vec::new();
    for example in x.chunks_exact(height * width * n_in) {
        for (i, j, o) in (0..rows)
            .flat_map(|i| (0..columns).flat_map(move |j| (0..n_out).map(move |o| (i, j, o))))
        {
            let mut sum = f64::from(b[o]);
            for (k, l) in
                (0..params.kernel[0]).flat_map(|k| (0..params.kernel[1]).map(move |l| (k, l)))
            {
                let row = (i * params.stride[0] + k * params.dilation[0]).wrapping_sub(top);
                let column = (j * params.stride[1] + l * params.dilation[1]).wrapping_sub(left);
                if row >= height || column >= width {
                    continue;
                }
                for c in 0..group {
                    let x = example[(row * width + column) * n_in + o / of_group * group + c];
                    let w = w[((k * params.kernel[1] + l) * group + c) * n_out + o];
                    sum += f64::from(x) * f64::from(w);
                }
            }
            y.push(sum);
        }
    }
    y
}

fn pair(least: usize, most: usize) -> impl Strategy<Value = [usize; 2]> {
    (least..=most, least..=most).prop_map(|(a, b)| [a, b])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_convolution_is_its_formula_and_its_gradients_are_adjoint(
        size in pair(1, 12), kernel in pair(1, 5), stride in pair(1, 3), dilation in pair(1, 3), before in pair(0, 4), after in pair(0, 4),
        groups in 1_usize..4, of_group in pair(1, 5), wide in any::<bool>(), n in prop::sample::select(vec![1_usize, 2, 9, 35]), seed in any::<u64>()
    ) {
        let n_out = if wide { 131 } else { of_group[1] } * groups;
        let n = if wide { n.min(2) } else { n };
        let padding = Padding::Explicit { top: before[0], bottom: after[0], left: before[1], right: after[1] };
        let params = Conv2dParams::default().n_in(of_group[0] * groups).n_out(n_out).groups(groups);
        let params = params.kernel(kernel).stride(stride).dilation(dilation).padding(padding);
        let input = Shape::of(&[size[0], size[1], params.n_in]);
        let mut weights = Weights::new();
        let conv = Conv2d::new(&mut weights, "0", params.clone()).unwrap();
        let Ok(output) = conv.output(input) else {
            let too_small = |axis: usize| (kernel[axis] - 1) * dilation[axis] + 1 > size[axis] + before[axis] + after[axis];
            prop_assert!(too_small(0) || too_small(1));
            return Ok(());
        };
        let (kernel, bias) = (conv.kernel(), conv.bias().unwrap());
        for id in [kernel, bias] {
            let values = random(weights.get(id).len(), seed ^ 2);
            weights.get_mut(id).copy_from_slice(&values);
        }
        let (x, dy) = (random(n * input.len(), seed), random(n * output.len(), seed ^ 1));
        let case = Case::of(&conv, &weights, input.axes());
        let got = on_threads(2, || case.pass(&x, &dy));
        let expected = plain(&params, size, before, output, &x, weights.get(kernel), weights.get(bias));
        for (got, expected) in got.y.iter().zip(&expected) {
            prop_assert!((f64::from(*got) - expected).abs() < 1e-4, "{got} {expected}");
        }
        // <dy, y − b> = <dx, x> = <dw, w>, as the map is linear in both.
        let by_channel: Vec<f32> = got.grads.get(bias).stored().to_vec();
        let of_bias = nn_core::testing::inner(&by_channel, weights.get(bias));
        let product = nn_core::testing::inner(&dy, &got.y) - of_bias;
        let by_input = nn_core::testing::inner(&got.dx, &x);
        let by_kernel = nn_core::testing::inner(got.grads.get(kernel).stored(), weights.get(kernel));
        let norm = |a: &[f32]| nn_core::testing::inner(a, a).sqrt();
        let size = norm(&dy) * (norm(&got.y) + norm(&x));
        prop_assert!((product - by_input).abs() <= 1e-6 * size.max(1.0), "{product} {by_input}");
        prop_assert!((product - by_kernel).abs() <= 1e-6 * size.max(1.0), "{product} {by_kernel}");
        // The gradient of the bias is the sum over points.
        for (channel, got) in by_channel.iter().enumerate() {
            let sum: f64 = dy.iter().skip(channel).step_by(n_out).map(|&dy| f64::from(dy)).sum();
            prop_assert!((f64::from(*got) - sum).abs() < 1e-4);
        }
    }

    #[test]
    fn poolings_that_are_linear_are_adjoint(
        size in pair(1, 9), kernel in pair(1, 4), stride in pair(1, 3), depth in 1_usize..20, ceil in any::<bool>(), real in any::<bool>(), seed in any::<u64>()
    ) {
        let params = PoolParams::default().kernel(kernel).stride(Some(stride)).ceil_mode(ceil).count_include_pad(!real);
        let params = params.padding(Padding::symmetric(kernel[0] / 2, kernel[1] / 2));
        let input = [size[0], size[1], depth];
        let weights = Weights::new();
        let average = AvgPool2d::new(params).unwrap();
        let adaptive = AdaptiveAvgPool2d::new(stride[0], kernel[1]).unwrap();
        let layers: [&dyn Layer; 3] = [&average, &adaptive, &GlobalAvgPool];
        for layer in layers {
            Case::of(layer, &weights, &input).is_adjoint(3, seed);
        }
    }
}

#[test]
fn gradients_are_differences() {
    let mut weights = Weights::new();
    let params = Conv2dParams::torch(2, 3, 3)
        .padding(Padding::Same)
        .stride([2, 1]);
    let conv = Conv2d::new(&mut weights, "0", params.activation(Activation::Tanh)).unwrap();
    Case::of(&conv, &weights, &[4, 5, 2]).gradients_are_differences(&random(80, 1), 2);
    let norm = LocalResponseNorm::default().size(3).alpha(0.5);
    Case::of(&norm, &Weights::new(), &[2, 2, 5]).gradients_are_differences(&random(40, 1), 2);
}

#[test]
fn a_convolution_alone_and_in_a_batch_gives_the_same() {
    // An example alone is shared out by rows or channels, a batch by examples.
    let top = Padding::Explicit {
        top: 3,
        bottom: 0,
        left: 0,
        right: 0,
    };
    for (size, n_in, n_out, padding) in [
        (30, 5, 33, Padding::all(1)),
        (6, 40, 160, Padding::all(1)),
        (6, 3, 131, Padding::Valid),
        (9, 3, 131, top),
    ] {
        let mut weights = Weights::new();
        let params = Conv2dParams::keras(n_in, n_out, 3).padding(padding);
        let conv = Conv2d::new(&mut weights, "0", params).unwrap();
        let input = [size, size, n_in];
        let case = Case {
            mode: Mode::Infer,
            ..Case::of(&conv, &weights, &input)
        };
        let x = random(40 * size * size * n_in, 1);
        let all = case.forward(&x);
        let one = case.forward(&x[..size * size * n_in]);
        for (one, all) in one.iter().zip(&all) {
            assert!((one - all).abs() < 1e-5, "{one} {all}");
        }
    }
}

#[test]
fn the_maximum_of_a_window_with_nan_is_nan() {
    let pool = MaxPool2d::new(PoolParams::default()).unwrap();
    let y = Case::of(&pool, &Weights::new(), &[2, 4, 1]).forward(&[
        1.0,
        f32::NAN,
        3.0,
        -4.0,
        2.0,
        0.0,
        -1.0,
        -2.0,
    ]);
    assert!(y[0].is_nan() && y[1] == 3.0);
}

#[test]
fn cells_that_same_adds_do_not_count_in_an_average() {
    // 3 x 3 around each of 2 x 2 cells meets all four, and Keras divides by 4.
    let params = PoolParams::square(3, 1).padding(Padding::Same);
    let pool = AvgPool2d::new(params).unwrap();
    let y = Case::of(&pool, &Weights::new(), &[2, 2, 1]).forward(&[1.0, 2.0, 3.0, 6.0]);
    assert_eq!(y, [3.0; 4]);
}

fn refused(params: Conv2dParams) -> String {
    Conv2d::new(&mut Weights::new(), "0", params)
        .unwrap_err()
        .to_string()
}

#[test]
fn parameters_that_cannot_be_are_refused() {
    let params = || Conv2dParams::keras(4, 6, 3);
    let errors = [
        (refused(params().n_in(0)), "n_in"),
        (refused(params().n_out(0)), "n_out"),
        (refused(params().groups(0)), "groups"),
        (refused(params().groups(4)), "groups"),
        (refused(params().groups(3)), "groups"),
        (refused(params().kernel([0, 3])), "kernel"),
        (refused(params().stride([1, 0])), "stride"),
        (refused(params().dilation([0, 1])), "dilation"),
        (
            refused(params().padding(Padding::all(usize::MAX))),
            "padding",
        ),
        (refused(params().activation(Activation::Gelu)), "activation"),
    ];
    for (error, name) in &errors {
        assert!(error.contains(name), "{error}");
    }
    let four = &errors[3].0;
    assert!(
        four.contains('4') && four.contains("a divisor of n_out = 6"),
        "{four}"
    );
    let pool = |params: PoolParams| MaxPool2d::new(params).unwrap_err().to_string();
    assert!(pool(PoolParams::square(2, 0)).contains("stride"));
    let wide = pool(PoolParams::square(3, 1).padding(Padding::all(2)));
    assert!(
        wide.contains("at most half the window of 3 cells"),
        "{wide}"
    );
    assert!(AdaptiveAvgPool2d::new(1, 0).is_err());
    let norm = LocalResponseNorm::default().size(0);
    assert!(norm.output(Shape::of(&[1, 1, 3])).is_err());
}

#[test]
fn shapes_that_do_not_fit_name_the_layer_and_both_shapes() {
    let layer = |params| Conv2d::new(&mut Weights::new(), "0", params).unwrap();
    let misfit =
        |conv: Conv2d, input: &[usize]| Sequential::new(input).push(conv).unwrap_err().to_string();
    assert_eq!(
        misfit(layer(Conv2dParams::keras(3, 4, 3)), &[8, 8, 2]),
        "input of layer 0 (Conv2D): expected shape [8, 8, 3], got [8, 8, 2]"
    );
    // A kernel larger than the padded picture: the expected shape is the smallest that holds it.
    let wide = Conv2dParams::keras(3, 4, 5)
        .padding(Padding::all(1))
        .dilation([2, 1]);
    assert_eq!(
        misfit(layer(wide), &[6, 2, 3]),
        "input of layer 0 (Conv2D): expected shape [7, 3, 3], got [6, 2, 3]"
    );
    assert_eq!(
        misfit(layer(Conv2dParams::keras(3, 4, 3)), &[24]),
        "input of layer 0 (Conv2D): expected shape [3, 3, 3], got [24]"
    );
    let pool = MaxPool2d::new(PoolParams::square(3, 1)).unwrap();
    let error = Sequential::new(&[2, 5, 1])
        .push(pool)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "input of layer 0 (MaxPooling2D): expected shape [3, 5, 1], got [2, 5, 1]"
    );
    assert!(GlobalAvgPool.output(Shape::of(&[3, 0, 2])).is_err());
    assert!(GlobalAvgPool.output(Shape::of(&[3])).is_err());
}
