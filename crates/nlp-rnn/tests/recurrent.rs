//! Recurrent layers: dropout, states, masks, threads, memory and bad input.
#![allow(clippy::unwrap_used)] // in helpers too

use guide_core::testing::{refuses, refuses_not_finite, same_for_one_and_two_threads};
use guide_core::{Error, seeded};
use nlp_rnn::{
    Biases, Cell, GateOrder, MaskedOutput, RecurrentParams, RecurrentStack, Reset, Squash,
    StackParams, StackState, Steps,
};
use nn_core::{Grads, Mode, Pass, Room, Weights};
use rand::RngExt;

const TRAIN: Mode = Mode::Train { seed: 5, step: 9 };

fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = seeded(seed);
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// A stack, its weights, and a batch for it.
struct Setting {
    stack: RecurrentStack,
    weights: Weights,
    x: Vec<f32>,
    n: usize,
    steps: usize,
    mask: Option<Vec<bool>>,
    mode: Mode,
    first: usize,
}

/// What a forward and a backward pass give.
#[derive(Clone, Debug, PartialEq)]
struct Passes {
    y: Vec<f32>,
    state: StackState,
    dx: Vec<f32>,
    d_state: StackState,
    grads: Grads,
}

impl Setting {
    fn new(params: StackParams, (n, steps): (usize, usize)) -> Self {
        let mut weights = Weights::new();
        let stack = RecurrentStack::new(&mut weights, "", params).unwrap();
        let x = random(n * steps * stack.params().layer.n_in, 3);
        Self {
            stack,
            weights,
            x,
            n,
            steps,
            mask: None,
            mode: TRAIN,
            first: 0,
        }
    }

    fn all(&self) -> Steps<'_> {
        Steps {
            n: self.n,
            steps: self.steps,
            mask: self.mask.as_deref(),
        }
    }

    fn pass(&self) -> Pass<'_> {
        Pass {
            weights: &self.weights,
            mode: self.mode,
            n: self.n,
            first: self.first,
        }
    }

    /// The output of a forward pass that begins with `state` and changes it.
    fn forward(&self, state: &mut StackState) -> Vec<f32> {
        let mut cache = vec![f32::NAN; self.stack.cache_len(self.n, self.steps)];
        let mut scratch = vec![f32::NAN; self.stack.scratch_len(self.n, self.steps)];
        let mut y = vec![f32::NAN; self.n * self.steps * self.stack.width()];
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        self.stack
            .forward(&self.pass(), &self.x, self.all(), state, &mut y, room)
            .unwrap();
        y
    }

    fn begin(&self) -> StackState {
        let mut state = self.stack.state(self.n);
        for (i, layer) in state.layers.iter_mut().enumerate() {
            layer.h = random(layer.h.len(), 50 + i as u64);
            layer.c = random(layer.c.len(), 90 + i as u64);
        }
        state
    }

    /// The gradients that go in: of the output and of the last state.
    fn given(&self) -> (Vec<f32>, StackState) {
        let mut d_state = self.begin();
        for layer in &mut d_state.layers {
            layer.h.reverse();
            layer.c.reverse();
        }
        (random(self.n * self.steps * self.stack.width(), 4), d_state)
    }

    fn run(&self) -> Passes {
        let (mut state, (dy, mut d_state)) = (self.begin(), self.given());
        let mut cache = vec![f32::NAN; self.stack.cache_len(self.n, self.steps)];
        let mut scratch = vec![f32::NAN; self.stack.scratch_len(self.n, self.steps)];
        let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; self.x.len()]);
        let (pass, x, all) = (self.pass(), &self.x, self.all());
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        self.stack
            .forward(&pass, x, all, &mut state, &mut y, room)
            .unwrap();
        let mut grads = Grads::of(&self.weights);
        let (into, sums) = (Some(&mut dx[..]), Some(&mut grads));
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        self.stack
            .backward(&pass, x, all, &dy, &mut d_state, into, sums, room)
            .unwrap();
        Passes {
            y,
            state,
            dx,
            d_state,
            grads,
        }
    }

    /// The sum of outputs and last states, each times the gradient that goes in.
    fn loss(&self, begin: &StackState) -> f64 {
        let (mut state, (dy, d_state)) = (begin.clone(), self.given());
        let y = self.forward(&mut state);
        let sum = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum()
        };
        let states = state.layers.iter().zip(&d_state.layers);
        sum(&y, &dy)
            + states
                .map(|(a, b)| sum(&a.h, &b.h) + sum(&a.c, &b.c))
                .sum::<f64>()
    }
}

fn assert_difference(what: &str, got: f32, (above, below): (f64, f64)) {
    let want = (above - below) / 2e-2;
    assert!(
        (f64::from(got) - want).abs() < 2e-2 * want.abs().max(1.0),
        "{what}: {got}, difference {want}"
    );
}

/// Compares gradients with differences of the loss, h = 1e-2.
fn is_gradient(mut setting: Setting) {
    let mut passes = setting.run();
    let mut begin = setting.begin();
    for i in (0..setting.x.len()).step_by(7) {
        let kept = setting.x[i];
        let losses = [1e-2, -1e-2].map(|h| {
            setting.x[i] = kept + h;
            setting.loss(&begin)
        });
        setting.x[i] = kept;
        assert_difference(&format!("dx {i}"), passes.dx[i], losses.into());
    }
    for layer in 0..begin.layers.len() {
        for i in (0..begin.layers[layer].h.len()).step_by(3) {
            let kept = begin.layers[layer].h[i];
            let losses = [1e-2, -1e-2].map(|h| {
                begin.layers[layer].h[i] = kept + h;
                setting.loss(&begin)
            });
            begin.layers[layer].h[i] = kept;
            assert_difference(
                &format!("dh {layer} {i}"),
                passes.d_state.layers[layer].h[i],
                losses.into(),
            );
        }
    }
    for id in setting.weights.ids() {
        for i in (0..setting.weights.get(id).len()).step_by(11) {
            let kept = setting.weights.get(id)[i];
            let losses = [1e-2, -1e-2].map(|h| {
                setting.weights.get_mut(id)[i] = kept + h;
                setting.loss(&begin)
            });
            setting.weights.get_mut(id)[i] = kept;
            let what = format!("{} {i}", setting.weights.name(id));
            assert_difference(&what, passes.grads.dense(id)[i], losses.into());
        }
    }
}

fn cells() -> Vec<RecurrentParams> {
    let gru = RecurrentParams::torch(Cell::Gru, 5, 6);
    vec![
        RecurrentParams::torch(Cell::Rnn, 5, 6),
        RecurrentParams::torch(Cell::Lstm, 5, 6),
        gru.clone(),
        gru.clone().gate_order(GateOrder::Keras),
        gru.reset(Reset::Before),
    ]
}

#[test]
fn gradients_are_differences_with_every_dropout_and_masks_with_gaps() {
    for cell in cells() {
        for output in [MaskedOutput::Zero, MaskedOutput::Previous] {
            let layer = cell
                .clone()
                .input_dropout(0.3)
                .recurrent_dropout(0.3)
                .masked_output(output);
            let params = StackParams::new(layer)
                .n_layers(2)
                .bidirectional(true)
                .dropout(0.3);
            let mut setting = Setting::new(params, (2, 4));
            setting.mask = Some(vec![true, false, true, false, false, true, true, false]);
            is_gradient(setting);
        }
    }
}

#[test]
fn gradients_are_differences_for_other_functions_and_biases() {
    for cell in cells() {
        for (gate, state, biases) in [
            (Squash::HardSigmoid, Squash::Sigmoid, Biases::One),
            (Squash::Sigmoid, Squash::Linear, Biases::None),
        ] {
            let layer = cell
                .clone()
                .gate_activation(gate)
                .state_activation(state)
                .biases(biases);
            is_gradient(Setting::new(StackParams::new(layer), (2, 3)));
        }
    }
}

#[test]
fn same_bits_for_one_and_two_threads_and_for_shards_of_a_batch() {
    for cell in cells() {
        let layer = cell
            .n_in(70)
            .n_hidden(45)
            .input_dropout(0.2)
            .recurrent_dropout(0.2);
        let params = StackParams::new(layer)
            .n_layers(2)
            .bidirectional(true)
            .dropout(0.2);
        let setting = Setting::new(params, (29, 21));
        let whole = same_for_one_and_two_threads(|| setting.run());
        // The last nine sequences alone: masks belong to the sequence. Another split of rows over tiles gives the same sums.
        let mut shard = Setting::new(setting.stack.params().clone(), (9, 21));
        shard.first = 20;
        shard.x = setting.x[20 * 21 * 70..].to_vec();
        let mut state = setting.begin();
        for layer in &mut state.layers {
            layer.h.drain(..20 * 45);
            if !layer.c.is_empty() {
                layer.c.drain(..20 * 45);
            }
        }
        assert_eq!(
            shard.forward(&mut state),
            whole.y[20 * 21 * shard.stack.width()..]
        );
    }
}

#[test]
fn two_windows_give_the_outputs_of_the_whole() {
    for cell in cells() {
        let mut setting = Setting::new(StackParams::new(cell).n_layers(2), (3, 8));
        setting.mode = Mode::Infer;
        let whole = setting.run();
        let mut state = setting.begin();
        let width = setting.stack.width();
        for window in 0..2 {
            let rows = |values: &[f32], row: usize| -> Vec<f32> {
                let of = |i: usize| {
                    values[(i * 8 + window * 4) * row..(i * 8 + window * 4 + 4) * row].to_vec()
                };
                (0..3).flat_map(of).collect()
            };
            let mut part = Setting::new(setting.stack.params().clone(), (3, 4));
            (part.mode, part.x) = (Mode::Infer, rows(&setting.x, 5));
            assert_eq!(part.forward(&mut state), rows(&whole.y, width));
        }
        assert_eq!(state, whole.state);
    }
}

#[test]
fn padding_changes_neither_states_nor_gradients() {
    for cell in cells() {
        let params = StackParams::new(cell).n_layers(2).bidirectional(true);
        let mut short = Setting::new(params.clone(), (2, 3));
        short.mode = Mode::Infer;
        let want = short.run();
        for left in [0, 2] {
            // Two steps of padding, before or after the three that count.
            let mut long = Setting::new(params.clone(), (2, 5));
            long.mode = Mode::Infer;
            let counts = |t: usize| (left..left + 3).contains(&t);
            long.mask = Some((0..10).map(|row| counts(row % 5)).collect());
            for i in 0..2 {
                long.x[(i * 5 + left) * 5..(i * 5 + left + 3) * 5]
                    .copy_from_slice(&short.x[i * 15..(i + 1) * 15]);
            }
            let got = long.run();
            assert_eq!(got.state, want.state);
            for row in 0..10 {
                let y = &got.y[row * 12..(row + 1) * 12];
                if counts(row % 5) {
                    let short = row / 5 * 3 + row % 5 - left;
                    assert_eq!(y, &want.y[short * 12..(short + 1) * 12]);
                } else {
                    assert!(
                        y.iter().all(|&y| y == 0.0)
                            && got.dx[row * 5..(row + 1) * 5].iter().all(|&d| d == 0.0)
                    );
                }
            }
        }
    }
}

#[test]
fn tiny_numbers_become_0() {
    for cell in [Cell::Rnn, Cell::Lstm] {
        let layer = RecurrentParams::keras(cell, 2, 20)
            .state_activation(Squash::Linear)
            .forget_bias(None);
        let mut setting = Setting::new(StackParams::new(layer), (1, 3));
        setting.mode = Mode::Infer;
        setting.x.fill(1e-36);
        let mut state = setting.stack.state(1);
        let y = setting.forward(&mut state);
        assert!(
            y.iter()
                .chain(&state.layers[0].h)
                .chain(&state.layers[0].c)
                .all(|&y| y == 0.0)
        );
    }
}

#[test]
fn empty_batches_and_sequences() {
    let params = StackParams::new(RecurrentParams::default().n_in(3).n_hidden(4)).n_layers(2);
    for size in [(0, 3), (2, 0), (0, 0)] {
        let setting = Setting::new(params.clone(), size);
        let passes = setting.run();
        assert!(passes.y.is_empty() && passes.dx.is_empty());
        assert_eq!(passes.state, setting.begin());
        assert_eq!(passes.grads, Grads::of(&setting.weights));
    }
}

#[test]
fn wrong_sizes_are_told() {
    let setting = Setting::new(
        StackParams::new(RecurrentParams::torch(Cell::Lstm, 3, 4)),
        (2, 5),
    );
    let stack = &setting.stack;
    let refused = |x: &[f32], all: Steps<'_>, y: usize, cache: usize| {
        let (mut y, mut cache) = (vec![0.0; y], vec![0.0; cache]);
        let (mut state, mut scratch) = (stack.state(2), vec![0.0; stack.scratch_len(2, 5)]);
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        let done = stack.forward(&setting.pass(), x, all, &mut state, &mut y, room);
        let error = done.unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        error.to_string()
    };
    let cache = stack.cache_len(2, 5);
    let all = Steps::full(2, 5);
    assert_eq!(
        refused(&setting.x[1..], all, 40, cache),
        "the input of a recurrent layer: expected shape [2, 5, 3], got [29]"
    );
    assert!(refused(&setting.x, all, 39, cache).contains("output"));
    assert!(refused(&setting.x, all, 40, cache - 1).contains("cache"));
    assert!(refused(&setting.x, Steps::masked(2, 5, &[true; 9]), 40, cache).contains("mask"));
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let params = RecurrentParams::default();
    let bad = [
        ("n_in", "0"),
        ("n_hidden", "0"),
        ("gate_activation", "tanh"),
        ("input_dropout", "1"),
        ("recurrent_dropout", "-0.1"),
    ];
    let (last, others) = bad.split_last().unwrap();
    refuses(&params, &[others[0], others[1], others[3], *last]);
    assert!(matches!(
        RecurrentStack::new(&mut Weights::new(), "", StackParams::new(params.clone().gate_activation(Squash::Tanh))),
        Err(Error::Param { name, .. }) if name == "gate_activation"
    ));
    refuses_not_finite(
        &params,
        &["input_dropout", "recurrent_dropout", "forget_bias"],
    );
    let params = StackParams::default();
    refuses(
        &params,
        &[("n_layers", "0"), ("dropout", "1"), ("dropout", "-1")],
    );
}

#[test]
fn first_weights_are_those_of_the_presets() {
    let mut weights = Weights::new();
    let params = StackParams::new(RecurrentParams::keras(Cell::Lstm, 30, 20));
    let stack = RecurrentStack::new(&mut weights, "a.", params).unwrap();
    stack.check(&weights).unwrap();
    let ids = stack.layers()[0].ids();
    let (input, recurrent) = (weights.get(ids.input), weights.get(ids.recurrent));
    let bound = (6.0_f32 / (30.0 + 80.0)).sqrt();
    let most = input.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    assert!(most <= bound && most > 0.95 * bound);
    let want: Vec<f32> = (0..80)
        .map(|j| if (20..40).contains(&j) { 1.0 } else { 0.0 })
        .collect();
    assert_eq!(
        (weights.get(ids.bias_input.unwrap()), ids.bias_recurrent),
        (&want[..], None)
    );
    // The rows of the recurrent matrix are orthonormal.
    for (i, a) in recurrent.chunks(80).enumerate() {
        for (j, b) in recurrent.chunks(80).enumerate() {
            let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            assert!((product - if i == j { 1.0 } else { 0.0 }).abs() < 1e-5);
        }
    }
    let params = StackParams::new(RecurrentParams::torch(Cell::Gru, 30, 25)).n_layers(2);
    let both = RecurrentStack::new(&mut weights, "b.", params.clone()).unwrap();
    for layer in both.layers() {
        for id in layer.ids().all() {
            let most = weights.get(id).iter().fold(0.0_f32, |m, w| m.max(w.abs()));
            assert!(most <= 0.2 && most > 0.18, "{}: {most}", weights.name(id));
        }
    }
    let names: Vec<&str> = both.layers()[1]
        .ids()
        .all()
        .map(|id| weights.name(id))
        .collect();
    assert_eq!(
        names,
        [
            "b.weight_ih_l1",
            "b.weight_hh_l1",
            "b.bias_ih_l1",
            "b.bias_hh_l1"
        ]
    );
    let [first, second] =
        [0, 1].map(|layer: usize| weights.get(both.layers()[layer].ids().recurrent));
    assert_ne!(first, second);
    // A stack does not fit the store of another net.
    let mut other = Weights::new();
    RecurrentStack::new(&mut other, "", params.n_layers(1)).unwrap();
    assert!(matches!(both.check(&other), Err(Error::Shape { .. })));
}
