//! A step of training allocates nothing once its buffers stand.
#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::ops::ControlFlow;

use cap::Cap;
use nlp_rnn::{
    Cell, LabelledTexts, Pooling, RecurrentClassifier, RecurrentParams, RecurrentStack,
    StackParams, Steps,
};
use nn_core::{EpochRecord, Grads, Mode, Pass, Room, Watch, Weights};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// One test: the count is the whole process's, and what the harness allocates to start another test would be counted too.
#[test]
fn steps_allocate_nothing() {
    a_step_allocates_nothing();
    a_step_of_a_classifier_allocates_nothing();
}

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
            let mut least = usize::MAX;
            for step in 0..12 {
                let before = ALLOCATOR.total_allocated();
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
                // The queues of the threads grow in the first steps, and now and then in a later one. What a step itself allocates, each does.
                if step >= 4 {
                    least = least.min(ALLOCATOR.total_allocated() - before);
                }
            }
            least
        });
        assert_eq!(allocated, 0, "bytes of {cell:?}");
    }
}

/// Notes the bytes allocated so far at every look of the training loop.
struct Looks {
    epochs: usize,
    of_fourth: Vec<usize>,
}

impl Watch for Looks {
    fn epoch(&mut self, _: &EpochRecord) -> ControlFlow<()> {
        self.epochs += 1;
        ControlFlow::Continue(())
    }

    fn within_epoch(&mut self) -> ControlFlow<()> {
        if self.epochs == 3 {
            self.of_fourth.push(ALLOCATOR.total_allocated());
        }
        ControlFlow::Continue(())
    }
}

fn a_step_of_a_classifier_allocates_nothing() {
    let text = |n: usize| {
        ["warm", "thin", "a", "coat"]
            .map(|word| word.repeat(n % 2 + 1))
            .join(" ")
            .repeat(n % 5 + 1)
    };
    let texts: Vec<String> = (0..2000).map(text).collect();
    let labels: Vec<&str> = (0..2000).map(|n| ["x", "y"][n % 2]).collect();
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    for pooling in [
        Pooling::Max,
        Pooling::Attention,
        Pooling::Last,
        Pooling::Mean,
    ] {
        let params = RecurrentClassifier::params()
            .dim(8)
            .hidden(8)
            .epochs(4)
            .batch(20);
        let params = params.pooling(pooling).validation_share(0.0);
        let looks = guide_core::testing::on_threads(2, || {
            let mut looks = Looks {
                epochs: 0,
                of_fourth: Vec::with_capacity(16),
            };
            params.fit_validated(&data, None, None, &mut looks).unwrap();
            looks.of_fourth
        });
        // 32 steps lie between two looks.
        assert!(looks.len() >= 3, "{}", looks.len());
        let allocated: Vec<usize> = looks.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(
            allocated.iter().all(|&bytes| bytes == 0),
            "{pooling:?}: {allocated:?}"
        );
    }
}
