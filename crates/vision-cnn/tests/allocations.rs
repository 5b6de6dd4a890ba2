//! A step of training allocates nothing once its buffers stand.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use cap::Cap;
use nn_core::{Activation, BatchNorm, Grads, Mode, Pass, Residual, Sequential, Weights, Workspace};
use vision_cnn::{
    AvgPool2d, Conv2d, Conv2dParams, Flatten, LocalResponseNorm, MaxPool2d, Padding, PoolParams,
};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[test]
fn a_step_allocates_nothing() {
    let mut weights = Weights::new();
    let w = &mut weights;
    let conv = |n_in, n_out, kernel: usize| {
        let params = Conv2dParams::keras(n_in, n_out, kernel).padding(Padding::all(kernel / 2));
        params.activation(Activation::Relu)
    };
    let branch = Conv2d::new(w, "branch", conv(8, 8, 3).groups(8)).unwrap();
    let shortcut = Conv2d::new(w, "shortcut", conv(8, 8, 1)).unwrap();
    let net = Sequential::new(&[12, 12, 3])
        .push(Conv2d::new(w, "0", conv(3, 8, 3).stride([2, 2])).unwrap())
        .unwrap();
    let net = net.push(BatchNorm::new(w, "1", 8)).unwrap();
    let block = Residual::new(branch, Activation::Relu).with_shortcut(shortcut);
    let net = net
        .push(block)
        .unwrap()
        .push(LocalResponseNorm::default())
        .unwrap();
    let net = net
        .push(MaxPool2d::new(PoolParams::default()).unwrap())
        .unwrap();
    let net = net
        .push(AvgPool2d::new(PoolParams::default()).unwrap())
        .unwrap();
    // Output channels shared out to threads, and none.
    let net = net
        .push(Conv2d::new(w, "6", conv(8, 128, 1)).unwrap())
        .unwrap();
    let net = net.push(Flatten).unwrap();
    for n in [2, 20] {
        let x = nn_core::testing::random(n * net.input().len(), 1);
        let (mut work, mut grads) = (Workspace::default(), Grads::of(&weights));
        let allocated = guide_core::testing::on_threads(2, || {
            let mut one = |step: u64| {
                let before = ALLOCATOR.total_allocated();
                let mode = Mode::Train { seed: 1, step };
                let pass = Pass {
                    mode,
                    ..Pass::infer(&weights, n)
                };
                work.forward(&net, &pass, net.input(), &x);
                work.output().1.fill(1.0);
                work.backward(&net, &pass, net.input(), &x, true, Some(&mut grads));
                ALLOCATOR.total_allocated() - before
            };
            // The first steps make the buffers, and the queues of the threads grow as other programs let them run. A step that allocates does so
            // every time.
            (0..40).map(&mut one).skip(4).min()
        });
        assert_eq!(allocated, Some(0), "bytes of {n} examples");
    }
}
