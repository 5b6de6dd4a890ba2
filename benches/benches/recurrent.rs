//! Recurrent layers: forward and backward passes, in training and for one sentence; a whole step of a language model.

use benches::quick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nlp_rnn::{
    Cell, LanguageModel, LanguageModelParams, RecurrentParams, RecurrentStack, StackParams, Steps,
};
use nn_core::{EpochRecord, Grads, Mode, Pass, Room, Weights};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

fn noise(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| ((i * 7919) % 1009) as f32 / 504.5 - 1.0)
        .collect()
}

fn passes(c: &mut Criterion, name: &str, params: StackParams, n: usize, steps: usize) {
    let mut weights = Weights::new();
    let stack = RecurrentStack::new(&mut weights, "", params).expect("good parameters");
    let mut grads = Grads::of(&weights);
    let (mut state, mut d_state) = (stack.state(n), stack.state(n));
    let (x, dy) = (
        noise(n * steps * stack.params().layer.n_in),
        noise(n * steps * stack.width()),
    );
    let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
    let mut cache = vec![0.0; stack.cache_len(n, steps)];
    let mut scratch = vec![0.0; stack.scratch_len(n, steps)];
    let all = Steps::full(n, steps);
    let pass = Pass {
        weights: &weights,
        mode: Mode::Train { seed: 1, step: 1 },
        n,
        first: 0,
    };
    let mut group = c.benchmark_group(format!("{name}-b{n}-t{steps}"));
    group.throughput(Throughput::Elements((n * steps) as u64));
    group.bench_function("forward", |bench| {
        bench.iter(|| {
            state.reset();
            let room = Room {
                cache: &mut cache,
                scratch: &mut scratch,
            };
            let done = stack.forward(&pass, &x, all, &mut state, &mut y, room);
            done.expect("buffers of the right sizes");
            black_box(&y);
        });
    });
    group.bench_function("forward-backward", |bench| {
        bench.iter(|| {
            state.reset();
            d_state.reset();
            let room = Room {
                cache: &mut cache,
                scratch: &mut scratch,
            };
            let done = stack.forward(&pass, &x, all, &mut state, &mut y, room);
            done.expect("buffers of the right sizes");
            let (into, sums) = (Some(&mut dx[..]), Some(&mut grads));
            let room = Room {
                cache: &mut cache,
                scratch: &mut scratch,
            };
            let done = stack.backward(&pass, &x, all, &dy, &mut d_state, into, sums, room);
            done.expect("buffers of the right sizes");
            black_box(&y);
        });
    });
    group.finish();
}

fn recurrent(c: &mut Criterion) {
    for (name, cell) in [("rnn", Cell::Rnn), ("lstm", Cell::Lstm), ("gru", Cell::Gru)] {
        let layer = RecurrentParams::torch(cell, 200, 200);
        passes(
            c,
            &format!("{name}/2x200"),
            StackParams::new(layer).n_layers(2),
            20,
            20,
        );
    }
    let layer = RecurrentParams::torch(Cell::Lstm, 200, 200)
        .input_dropout(0.2)
        .recurrent_dropout(0.2);
    passes(
        c,
        "lstm-variational/2x200",
        StackParams::new(layer).n_layers(2),
        20,
        20,
    );
    let layer = RecurrentParams::torch(Cell::Lstm, 100, 100);
    passes(
        c,
        "bilstm/1x100",
        StackParams::new(layer).bidirectional(true),
        1,
        12,
    );
}

/// One step of a language model: forward, softmax over 10,000 words, backward, clipping, update. Set-up is not in the time.
fn language_model_step(c: &mut Criterion) {
    // With the end of a sentence and the unknown word: 10,000.
    let words: Vec<String> = (0..9_998).map(|word| word.to_string()).collect();
    fn sentence(words: &[String]) -> Vec<&str> {
        words.iter().map(String::as_str).collect()
    }
    let text: Vec<Vec<&str>> = words.chunks(20).map(sentence).collect();
    let n_tokens = words.len() + text.len();
    for (name, params) in [
        ("zaremba-small", LanguageModelParams::zaremba_small()),
        ("keras", LanguageModelParams::keras()),
        ("tied-dropout", LanguageModel::params().bptt(20)),
    ] {
        let of_step = params.batch * params.bptt;
        let mut group = c.benchmark_group(format!("language-model/{name}-b20-t20-v10000"));
        group.throughput(Throughput::Elements(of_step as u64));
        group.bench_function("step", |bench| {
            bench.iter_custom(|n| {
                let epochs = (n as usize * of_step).div_ceil(n_tokens);
                let mut seconds = 0.0;
                let mut watch = |record: &EpochRecord| {
                    seconds += record.seconds;
                    ControlFlow::Continue(())
                };
                let trained = params
                    .clone()
                    .epochs(epochs)
                    .fit_watched(&text, None, &mut watch);
                trained.expect("a text that can be learned");
                let n_steps = (epochs * n_tokens) as f64 / of_step as f64;
                Duration::from_secs_f64(seconds * n as f64 / n_steps)
            });
        });
        group.finish();
    }
}

criterion_group!(name = layers; config = quick(); targets = recurrent, language_model_step);
criterion_main!(layers);
