//! Times forward and backward passes of one LSTM layer, for `benches/peers/torch_lstm.py`: one JSON line.

use std::time::{Duration, Instant};

use nlp_rnn::{Cell, InputColumns, OutputColumns, Recurrent, RecurrentParams, Steps};
use nn_core::{Grads, Pass, Room, Weights};
use serde_json::json;

/// 200 inputs and 200 hidden units, 20 sequences of 20 steps: one layer of Zaremba's small language model (2014).
const SIZE: usize = 200;
const N: usize = 20;
const STEPS: usize = 20;

fn main() -> anyhow::Result<()> {
    let rounds: usize = std::env::args()
        .nth(1)
        .map_or(Ok(200), |text| text.parse())?;
    let mut weights = Weights::new();
    let layer = Recurrent::new(
        &mut weights,
        "",
        "_l0",
        RecurrentParams::torch(Cell::Lstm, SIZE, SIZE),
    )?;
    let (pass, mut grads) = (Pass::infer(&weights, N), Grads::of(&weights));
    let noise = |i: usize| ((i * 7919) % 1009) as f32 / 504.5 - 1.0;
    let x: Vec<f32> = (0..N * STEPS * SIZE).map(noise).collect();
    let dy: Vec<f32> = (0..N * STEPS * SIZE).map(|i| noise(i + 13)).collect();
    let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
    let mut cache = vec![0.0; layer.cache_len(N, STEPS)];
    let mut scratch = vec![0.0; layer.scratch_len(N)];
    let (mut state, mut d_state) = (layer.state(N), layer.state(N));
    let steps = Steps::full(N, STEPS);
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    for round in 0..rounds + rounds / 4 {
        state.reset();
        d_state.reset();
        let start = Instant::now();
        let out = OutputColumns {
            values: &mut y,
            row: SIZE,
            from: 0,
        };
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        layer.forward(&pass, &x, steps, &mut state, out, room)?;
        let middle = Instant::now();
        let dy = InputColumns {
            values: &dy,
            row: SIZE,
            from: 0,
        };
        let (into, sums) = (Some(&mut dx[..]), Some(&mut grads));
        let room = Room {
            cache: &mut cache,
            scratch: &mut scratch,
        };
        layer.backward(&pass, &x, steps, dy, &mut d_state, into, sums, room)?;
        let end = Instant::now();
        // The first fifth warms up.
        if round >= rounds / 4 {
            forward.push(middle - start);
            backward.push(end - middle);
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let (forward, backward) = (median(&mut forward), median(&mut backward));
    println!(
        "{}",
        json!({"algo": "nlp-rnn-lstm", "forward_us": forward, "backward_us": backward, "y": y[y.len() - 1], "dx": dx[0]})
    );
    Ok(())
}
