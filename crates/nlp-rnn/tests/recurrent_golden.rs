//! Recurrent stacks against PyTorch and Keras: outputs, last states and all gradients.
#![allow(clippy::unwrap_used)] // in helpers too

use nlp_rnn::{
    Cell, MaskedOutput, Mode, RecurrentParams, RecurrentStack, RecurrentWeights, Reset, Squash, StackParams, StackState,
    StackWeights, State, Steps,
};
use serde_json::Value;

fn list(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Fails if a number is further from `want` than `most` of `max(1, |want|)`.
fn assert_near(what: &str, got: &[f32], want: &[f32], most: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= most * want.abs().max(1.0), "{what} {i}: {got}, golden {want}");
    }
}

fn mask(golden: &Value, kind: &str) -> Option<Vec<bool>> {
    let (n, steps) = (number(&golden["n"]), number(&golden["steps"]));
    let length = |i: usize| number(&golden["lengths"][i]);
    let at = |i: usize| {
        let (row, t) = (i / steps, i % steps);
        if kind == "left" { t >= steps - length(row) } else { t < length(row) }
    };
    (kind != "none").then(|| (0..n * steps).map(at).collect())
}

/// Runs one case; `states` and `grads` give the golden's last states, their gradients and the weights' gradients in our order.
fn run(
    name: &str,
    golden: &Value,
    stack: &RecurrentStack,
    weights: &StackWeights,
    (net, case): (&Value, &Value),
    states: &dyn Fn(&Value) -> StackState,
    grads: &dyn Fn(&Value) -> StackWeights,
) {
    let (n, steps) = (number(&golden["n"]), number(&golden["steps"]));
    let kind = case["mask"].as_str().unwrap();
    let what = |part: &str| format!("{name} {} x {} {kind} {} {part}", net["layers"], net["directions"], case["state"]);
    let mask = mask(golden, kind);
    let all = Steps { n, steps, mask: mask.as_deref() };
    let mut state = if case["state"] == "given" { states(&net["given"]) } else { stack.state(n) };
    let (x, dy) = (list(&net["x"]), list(&net["dy"]));
    // What a buffer held before must not matter.
    let mut cache = vec![f32::NAN; stack.cache_len(n, steps)];
    let mut scratch = vec![f32::NAN; stack.scratch_len(n, steps)];
    let mut y = vec![f32::NAN; dy.len()];
    stack.forward(weights, Mode::Infer, &x, all, &mut state, &mut y, &mut cache, &mut scratch).unwrap();
    assert_near(&what("y"), &y, &list(&case["y"]), 1e-5);
    for (i, (got, want)) in state.layers.iter().zip(states(&case["last"]).layers).enumerate() {
        assert_near(&what(&format!("last h {i}")), &got.h, &want.h, 1e-5);
        assert_near(&what(&format!("last c {i}")), &got.c, &want.c, 1e-5);
    }
    let mut d_state = states(&net["d_last"]);
    let (mut dx, mut sums) = (vec![f32::NAN; x.len()], stack.gradients());
    scratch.fill(f32::NAN);
    let into = Some(&mut dx[..]);
    stack
        .backward(weights, Mode::Infer, &x, all, &dy, &mut d_state, into, &mut cache, &mut scratch, Some(&mut sums))
        .unwrap();
    assert_near(&what("dx"), &dx, &list(&case["dx"]), 1e-4);
    for (i, (got, want)) in d_state.layers.iter().zip(states(&case["d_state"]).layers).enumerate() {
        assert_near(&what(&format!("dh {i}")), &got.h, &want.h, 1e-4);
        assert_near(&what(&format!("dc {i}")), &got.c, &want.c, 1e-4);
    }
    for (i, (got, want)) in sums.layers.iter().zip(grads(&case["grads"]).layers).enumerate() {
        assert_near(&what(&format!("d weight_ih {i}")), &got.input, &want.input, 1e-4);
        assert_near(&what(&format!("d weight_hh {i}")), &got.recurrent, &want.recurrent, 1e-4);
        assert_near(&what(&format!("d bias_ih {i}")), &got.bias_input, &want.bias_input, 1e-4);
        assert_near(&what(&format!("d bias_hh {i}")), &got.bias_recurrent, &want.bias_recurrent, 1e-4);
    }
}

fn stack(net: &Value, layer: RecurrentParams) -> RecurrentStack {
    let params = StackParams::new(layer).n_layers(number(&net["layers"])).bidirectional(net["directions"] == 2);
    RecurrentStack::new(params).unwrap()
}

fn torch(name: &str, json: &str, layer: RecurrentParams) {
    let golden: Value = serde_json::from_str(json).unwrap();
    let mut n_cases = 0;
    for net in golden["nets"].as_array().unwrap() {
        let stack = stack(net, layer.clone());
        // PyTorch keeps the states of all layers in one tensor.
        let states = |value: &Value| {
            let mut state = stack.state(number(&golden["n"]));
            let all: Vec<Vec<f32>> = value.as_array().unwrap().iter().map(list).collect();
            for (i, State { h, c }) in state.layers.iter_mut().enumerate() {
                let own = i * h.len()..(i + 1) * h.len();
                h.copy_from_slice(&all[0][own.clone()]);
                if !c.is_empty() {
                    c.copy_from_slice(&all[1][own]);
                }
            }
            state
        };
        let weights = |value: &Value| {
            let of = |i: usize| {
                let tensor = |name: &str| list(&value[&format!("{name}{}", stack.suffix(i))]);
                let (ih, hh) = (tensor("weight_ih"), tensor("weight_hh"));
                let params = stack.layers()[i].params();
                RecurrentWeights::from_torch(params, &ih, &hh, &tensor("bias_ih"), &tensor("bias_hh")).unwrap()
            };
            StackWeights { layers: (0..stack.layers().len()).map(of).collect() }
        };
        let own = weights(&net["weights"]);
        for case in net["cases"].as_array().unwrap() {
            run(name, &golden, &stack, &own, (net, case), &states, &weights);
            n_cases += 1;
        }
    }
    assert_eq!(n_cases, 16);
}

fn keras(name: &str, json: &str, layer: RecurrentParams) {
    let golden: Value = serde_json::from_str(json).unwrap();
    let mut n_cases = 0;
    for net in golden["nets"].as_array().unwrap() {
        let output = if net["output"] == "zero" { MaskedOutput::Zero } else { MaskedOutput::Previous };
        let stack = stack(net, layer.clone().masked_output(output));
        let states = |value: &Value| {
            let mut state = stack.state(number(&golden["n"]));
            let mut all = value.as_array().unwrap().iter().map(list);
            for State { h, c } in &mut state.layers {
                *h = all.next().unwrap();
                if !c.is_empty() {
                    *c = all.next().unwrap();
                }
            }
            state
        };
        let weights = |value: &Value| {
            let of = |tensors: &Value| {
                let bias = list(&tensors[2]);
                let two = layer.biases == nlp_rnn::Biases::Two;
                let (first, second) = bias.split_at(if two { bias.len() / 2 } else { bias.len() });
                RecurrentWeights {
                    input: list(&tensors[0]),
                    recurrent: list(&tensors[1]),
                    bias_input: first.to_vec(),
                    bias_recurrent: second.to_vec(),
                }
            };
            StackWeights { layers: value.as_array().unwrap().iter().map(of).collect() }
        };
        let own = weights(&net["weights"]);
        for case in net["cases"].as_array().unwrap() {
            run(name, &golden, &stack, &own, (net, case), &states, &weights);
            n_cases += 1;
        }
    }
    assert_eq!(n_cases, 32);
}

#[test]
fn simple_networks_of_pytorch() {
    let params = RecurrentParams::torch(Cell::Rnn, 3, 3);
    torch("rnn-tanh", include_str!("golden/torch-rnn-tanh.json"), params.clone());
    let params = params.state_activation(Squash::Relu);
    torch("rnn-relu", include_str!("golden/torch-rnn-relu.json"), params);
}

#[test]
fn lstm_of_pytorch() {
    torch("lstm", include_str!("golden/torch-lstm.json"), RecurrentParams::torch(Cell::Lstm, 3, 3));
}

#[test]
fn gru_of_pytorch() {
    torch("gru", include_str!("golden/torch-gru.json"), RecurrentParams::torch(Cell::Gru, 3, 3));
}

#[test]
fn simple_networks_of_keras() {
    keras("simple", include_str!("golden/keras-simple.json"), RecurrentParams::keras(Cell::Rnn, 3, 3));
}

#[test]
fn lstm_of_keras() {
    keras("lstm", include_str!("golden/keras-lstm.json"), RecurrentParams::keras(Cell::Lstm, 3, 3));
}

#[test]
fn gru_of_keras_with_the_reset_gate_after_the_product() {
    keras("gru-after", include_str!("golden/keras-gru-after.json"), RecurrentParams::keras(Cell::Gru, 3, 3));
}

#[test]
fn gru_of_keras_with_the_reset_gate_before_the_product() {
    let params = RecurrentParams::keras(Cell::Gru, 3, 3).reset(Reset::Before).biases(nlp_rnn::Biases::One);
    keras("gru-before", include_str!("golden/keras-gru-before.json"), params);
}
