//! Recurrent layers on batches of a training's size: outputs and gradients equal those of the sequences one by one, summed.
#![allow(clippy::unwrap_used)] // in helpers too

use guide_core::seeded;
use nlp_rnn::{Cell, RecurrentParams, RecurrentStack, Reset, StackParams, Steps};
use nn_core::{Grads, Pass, Room, Weights};
use rand::RngExt;

const STEPS: usize = 21;

fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = seeded(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Outputs, gradients of the input and of all tensors for `n` sequences.
fn passes(
    stack: &RecurrentStack,
    weights: &Weights,
    n: usize,
    (x, dy): (&[f32], &[f32]),
    mask: &[bool],
) -> (Vec<f32>, Vec<f32>, Vec<Vec<f32>>) {
    let steps = Steps::masked(n, STEPS, mask);
    let mut cache = vec![f32::NAN; stack.cache_len(n, STEPS)];
    let mut scratch = vec![f32::NAN; stack.scratch_len(n, STEPS)];
    let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
    let (mut state, mut d_state) = (stack.state(n), stack.state(n));
    let mut grads = Grads::of(weights);
    let pass = Pass::infer(weights, n);
    let room = Room {
        cache: &mut cache,
        scratch: &mut scratch,
    };
    stack
        .forward(&pass, x, steps, &mut state, &mut y, room)
        .unwrap();
    let room = Room {
        cache: &mut cache,
        scratch: &mut scratch,
    };
    let (into, sums) = (Some(&mut dx[..]), Some(&mut grads));
    stack
        .backward(&pass, x, steps, dy, &mut d_state, into, sums, room)
        .unwrap();
    let width = |id| weights.shape(id).iter().skip(1).product::<usize>().max(1);
    let all = weights
        .ids()
        .map(|id| grads.get(id).to_dense(width(id)).to_vec());
    (y, dx, all.collect())
}

fn assert_near(what: &str, got: &[f32], expected: &[f64]) {
    let top = expected.iter().fold(1.0_f64, |top, x| top.max(x.abs()));
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(got) - expected).abs();
        assert!(error < 2e-6 * top, "{what} {i}: {got}, not {expected}");
    }
}

fn is_the_sum_of_its_sequences(layer: RecurrentParams, n: usize) {
    let name = format!("{:?} of {} units", layer.cell, layer.n_hidden);
    let mut weights = Weights::new();
    let n_in = layer.n_in;
    let params = StackParams::new(layer).n_layers(2).bidirectional(true);
    let stack = RecurrentStack::new(&mut weights, "", params).unwrap();
    let width = stack.width();
    let (x, dy) = (random(n * STEPS * n_in, 1), random(n * STEPS * width, 2));
    // Lengths from 1 to all steps, padded on the right.
    let length = |row: usize| 1 + (row * 13) % STEPS;
    let mask: Vec<bool> = (0..n * STEPS)
        .map(|place| place % STEPS < length(place / STEPS))
        .collect();
    let (y, dx, grads) = passes(&stack, &weights, n, (&x, &dy), &mask);
    let mut sums: Vec<Vec<f64>> = grads.iter().map(|g| vec![0.0; g.len()]).collect();
    for row in 0..n {
        let [ins, outs] = [n_in, width].map(|w| row * STEPS * w..(row + 1) * STEPS * w);
        let mask = &mask[row * STEPS..(row + 1) * STEPS];
        let of_row = (&x[ins.clone()], &dy[outs.clone()]);
        let (own_y, own_dx, own) = passes(&stack, &weights, 1, of_row, mask);
        let exact = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<_>>();
        assert_near(
            &format!("{name}: output of {row},"),
            &y[outs],
            &exact(own_y),
        );
        assert_near(&format!("{name}: dx of {row},"), &dx[ins], &exact(own_dx));
        for (sums, own) in sums.iter_mut().zip(own) {
            sums.iter_mut()
                .zip(own)
                .for_each(|(sum, g)| *sum += f64::from(g));
        }
    }
    for (id, (got, sums)) in weights.ids().zip(grads.iter().zip(&sums)) {
        assert!(
            sums.iter().any(|g| *g != 0.0),
            "{name}: {}",
            weights.name(id)
        );
        assert_near(&format!("{name}: {}", weights.name(id)), got, sums);
    }
}

#[test]
fn a_batch_of_29_is_the_sum_of_its_sequences() {
    for hidden in [32, 45] {
        let torch = |cell| RecurrentParams::torch(cell, 19, hidden);
        let before = RecurrentParams::keras(Cell::Gru, 19, hidden).reset(Reset::Before);
        for layer in [
            torch(Cell::Rnn),
            torch(Cell::Lstm),
            torch(Cell::Gru),
            before,
        ] {
            is_the_sum_of_its_sequences(layer, 29);
        }
    }
}
