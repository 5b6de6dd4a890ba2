//! The kernels of every instruction set of the processor give what the plain ones give; sizes beyond the limits.

use guide_core::Params;
use nn_core::simd::Isa;
use nn_core::testing::{Case, random};
use nn_core::{Activation, Shape, Weights};
use proptest::prelude::*;

use super::{Conv2d, Conv2dParams};
use crate::Padding;

/// The outputs and, of a convolution without an activation, the gradients of the input, of the kernel and of the bias. The gradient of a relu jumps at 0,
/// where outputs may differ in sign by rounding.
fn numbers(conv: &Conv2d, weights: &Weights, input: &[usize], x: &[f32], dy: &[f32]) -> Vec<f32> {
    let pass = Case::of(conv, weights, input).pass(x, dy);
    if conv.params.activation == Activation::Relu {
        return pass.y;
    }
    let mut all = [pass.y, pass.dx].concat();
    for id in [Some(conv.kernel), conv.bias].into_iter().flatten() {
        all.extend_from_slice(pass.grads.get(id).stored());
    }
    all
}

#[test]
fn sizes_beyond_the_limits_are_refused_before_memory_is_reserved() {
    let refused = |params: Conv2dParams| {
        let error = Conv2d::new(&mut Weights::new(), "0", params).unwrap_err();
        error.to_string()
    };
    let params = || Conv2dParams::keras(4, 6, 3);
    assert_eq!(
        refused(params().stride([1, 1025])),
        "parameter `stride` must be two numbers from 1 to 1024, but is [1, 1025]"
    );
    assert!(params().stride([1024; 2]).validate().is_ok());
    for (n_in, n_out, name) in [(1 << 40, 6, "n_in"), (4, 1 << 40, "n_out")] {
        let error = refused(params().n_in(n_in).n_out(n_out));
        assert!(
            error.contains(name) && error.contains("1099511627776"),
            "{error}"
        );
    }
    // Each within its limit, the product not: 2^80 does not fit into 64 bits, 2^31 does.
    for (kernel, n) in [([1 << 20; 2], 1 << 20), ([2, 4], 1 << 14)] {
        let error = refused(params().kernel(kernel).n_in(n).n_out(n));
        assert!(
            error.contains("kernel") && error.contains("1073741824"),
            "{error}"
        );
    }
    // Depthwise, the same channels are few weights.
    let depthwise = params().n_in(1 << 14).n_out(1 << 14).groups(1 << 14);
    assert!(depthwise.kernel([2, 4]).validate().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    // One channel to many on either side, so that tiles with one and two vectors, with and without a rest, occur in each width of vectors; batches that
    // are split by examples, strips of rows and output channels; depthwise kernels.
    #[test]
    fn every_instruction_set_gives_the_same(
        size in (1_usize..=17, 1_usize..=17), kernel in 1_usize..=3, stride in 1_usize..=2, dilation in 1_usize..=2,
        groups in prop::sample::select(vec![1_usize, 1, 1, 3]), depths in (1_usize..=19, 1_usize..=70), depthwise in any::<bool>(),
        relu in any::<bool>(), n in prop::sample::select(vec![1_usize, 2, 9]), seed in any::<u64>()
    ) {
        let (n_in, n_out) = if depthwise { (depths.1, depths.1) } else { (depths.0 * groups, depths.1 * groups) };
        let groups = if depthwise { depths.1 } else { groups };
        let activation = if relu { Activation::Relu } else { Activation::Linear };
        let params = Conv2dParams::torch(n_in, n_out, kernel).stride([stride; 2]).dilation([dilation; 2]).groups(groups);
        let params = params.padding(Padding::all(kernel / 2 * dilation)).activation(activation);
        let mut weights = Weights::new();
        let mut conv = Conv2d::new(&mut weights, "0", params).unwrap();
        let input = [size.0, size.1, n_in];
        let x = random(n * input.iter().product::<usize>(), seed);
        let output = nn_core::Layer::output(&conv, Shape::of(&input)).unwrap();
        let dy = random(n * output.len(), seed ^ 1);
        let all = Isa::all();
        conv.isa = all[0];
        let expected = numbers(&conv, &weights, &input, &x, &dy);
        for &isa in &all[1..] {
            conv.isa = isa;
            let got = numbers(&conv, &weights, &input, &x, &dy);
            prop_assert_eq!(got.len(), expected.len());
            for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
                // Sums of up to 2,601 products in another order.
                let near = (got - expected).abs() <= 1e-4 * expected.abs().max(1.0);
                prop_assert!(near, "{isa:?}, number {place}: {got}, plain: {expected}");
            }
        }
    }
}
