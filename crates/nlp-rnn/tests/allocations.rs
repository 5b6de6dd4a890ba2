//! A step of training allocates nothing once its buffers stand.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use cap::Cap;
use nlp_rnn::{Cell, RecurrentParams, RecurrentStack, StackParams, Steps};
use nn_core::{Grads, Mode, Pass, Room, Weights};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[test]
fn a_step_allocates_nothing() {
    for cell in [Cell::Rnn, Cell::Lstm, Cell::Gru] {
        let layer = RecurrentParams::torch(cell, 40, 50)
            .input_dropout(0.2)
            .recurrent_dropout(0.2);
        let params = StackParams::new(layer)
            .n_layers(2)
            .bidirectional(true)
            .dropout(0.2);
        let mut weights = Weights::new();
        let stack = RecurrentStack::new(&mut weights, "", params).unwrap();
        let mut grads = Grads::of(&weights);
        let (n, steps) = (20, 10);
        let (mut state, mut d_state) = (stack.state(n), stack.state(n));
        let (x, dy) = (
            vec![0.5; n * steps * 40],
            vec![0.25; n * steps * stack.width()],
        );
        let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
        let mut cache = vec![0.0; stack.cache_len(n, steps)];
        let mut scratch = vec![0.0; stack.scratch_len(n, steps)];
        let mask: Vec<bool> = (0..n * steps).map(|row| row % 3 > 0).collect();
        let all = Steps::masked(n, steps, &mask);
        let allocated = guide_core::testing::on_threads(2, || {
            let mut before = 0;
            for step in 0..8 {
                // The first steps fill the queues of the threads.
                if step == 4 {
                    before = ALLOCATOR.total_allocated();
                }
                let pass = Pass {
                    weights: &weights,
                    mode: Mode::Train { seed: 1, step },
                    n,
                    first: 0,
                };
                let room = Room {
                    cache: &mut cache,
                    scratch: &mut scratch,
                };
                stack
                    .forward(&pass, &x, all, &mut state, &mut y, room)
                    .unwrap();
                let room = Room {
                    cache: &mut cache,
                    scratch: &mut scratch,
                };
                let (into, sums) = (Some(&mut dx[..]), Some(&mut grads));
                stack
                    .backward(&pass, &x, all, &dy, &mut d_state, into, sums, room)
                    .unwrap();
            }
            ALLOCATOR.total_allocated() - before
        });
        assert_eq!(allocated, 0, "bytes of {cell:?}");
    }
}
