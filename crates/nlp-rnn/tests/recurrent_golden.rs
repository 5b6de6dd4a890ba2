//! Recurrent stacks against PyTorch and Keras: outputs, last states and all gradients.
#![allow(clippy::unwrap_used)] // in helpers too

use nlp_rnn::{
    Cell, MaskedOutput, RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState,
    State, Steps,
};
use nn_core::{Grads, Pass, Role, Room, WeightId, Weights, from_safetensors};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

fn list(value: &Value) -> Vec<f32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap() as f32)
        .collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Fails if a number is further from `want` than `most` of `max(1, |want|)`.
fn assert_near(what: &str, got: &[f32], want: &[f32], most: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(
            (got - want).abs() <= most * want.abs().max(1.0),
            "{what} {i}: {got}, golden {want}"
        );
    }
}

fn mask(golden: &Value, kind: &str) -> Option<Vec<bool>> {
    let (n, steps) = (number(&golden["n"]), number(&golden["steps"]));
    let length = |i: usize| number(&golden["lengths"][i]);
    let at = |i: usize| {
        let (row, t) = (i / steps, i % steps);
        if kind == "left" {
            t >= steps - length(row)
        } else {
            t < length(row)
        }
    };
    (kind != "none").then(|| (0..n * steps).map(at).collect())
}

/// The transposed matrix of one with rows of `row` numbers.
fn transposed(values: &[f32], row: usize) -> Vec<f32> {
    (0..row)
        .flat_map(|j| values.iter().skip(j).step_by(row))
        .copied()
        .collect()
}

/// Runs one case; `states` gives states in our order, `grad` the golden's gradient of a tensor.
fn run(
    name: &str,
    golden: &Value,
    stack: &RecurrentStack,
    weights: &Weights,
    (net, case): (&Value, &Value),
    states: &dyn Fn(&Value) -> StackState,
    grad: &dyn Fn(&Value, WeightId) -> Vec<f32>,
) {
    let (n, steps) = (number(&golden["n"]), number(&golden["steps"]));
    let kind = case["mask"].as_str().unwrap();
    let what = |part: &str| {
        format!(
            "{name} {} x {} {kind} {} {part}",
            net["layers"], net["directions"], case["state"]
        )
    };
    let mask = mask(golden, kind);
    let all = Steps {
        n,
        steps,
        mask: mask.as_deref(),
    };
    let mut state = if case["state"] == "given" {
        states(&net["given"])
    } else {
        stack.state(n)
    };
    let (x, dy) = (list(&net["x"]), list(&net["dy"]));
    // What a buffer held before must not matter.
    let mut cache = vec![f32::NAN; stack.cache_len(n, steps)];
    let mut scratch = vec![f32::NAN; stack.scratch_len(n, steps)];
    let mut y = vec![f32::NAN; dy.len()];
    let pass = Pass::infer(weights, n);
    let room = Room {
        cache: &mut cache,
        scratch: &mut scratch,
    };
    stack
        .forward(&pass, &x, all, &mut state, &mut y, room)
        .unwrap();
    assert_near(&what("y"), &y, &list(&case["y"]), 1e-5);
    for (i, (got, want)) in state
        .layers
        .iter()
        .zip(states(&case["last"]).layers)
        .enumerate()
    {
        assert_near(&what(&format!("last h {i}")), &got.h, &want.h, 1e-5);
        assert_near(&what(&format!("last c {i}")), &got.c, &want.c, 1e-5);
    }
    let mut d_state = states(&net["d_last"]);
    let (mut dx, mut sums) = (vec![f32::NAN; x.len()], Grads::of(weights));
    scratch.fill(f32::NAN);
    let into = Some(&mut dx[..]);
    let room = Room {
        cache: &mut cache,
        scratch: &mut scratch,
    };
    stack
        .backward(
            &pass,
            &x,
            all,
            &dy,
            &mut d_state,
            into,
            Some(&mut sums),
            room,
        )
        .unwrap();
    assert_near(&what("dx"), &dx, &list(&case["dx"]), 1e-4);
    for (i, (got, want)) in d_state
        .layers
        .iter()
        .zip(states(&case["d_state"]).layers)
        .enumerate()
    {
        assert_near(&what(&format!("dh {i}")), &got.h, &want.h, 1e-4);
        assert_near(&what(&format!("dc {i}")), &got.c, &want.c, 1e-4);
    }
    for id in weights.ids() {
        assert_near(
            &what(weights.name(id)),
            sums.dense(id),
            &grad(&case["grads"], id),
            1e-4,
        );
    }
}

fn stack(net: &Value, layer: RecurrentParams, weights: &mut Weights) -> RecurrentStack {
    let params = StackParams::new(layer)
        .n_layers(number(&net["layers"]))
        .bidirectional(net["directions"] == 2);
    RecurrentStack::new(weights, "", params).unwrap()
}

/// A file as PyTorch writes it.
fn file(weights: &Weights, tensors: &Value) -> Vec<u8> {
    let bytes_of = |id| {
        let values = list(&tensors[weights.name(id)]);
        values
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let all: Vec<(WeightId, Vec<u8>)> = weights.ids().map(|id| (id, bytes_of(id))).collect();
    let views = all.iter().map(|(id, bytes)| {
        let shape = weights.shape(*id).iter().rev().copied().collect();
        (
            weights.name(*id),
            TensorView::new(Dtype::F32, shape, bytes).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}

fn torch(name: &str, json: &str, layer: RecurrentParams) {
    let golden: Value = serde_json::from_str(json).unwrap();
    let mut n_cases = 0;
    for net in golden["nets"].as_array().unwrap() {
        let mut weights = Weights::new();
        let stack = stack(net, layer.clone(), &mut weights);
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
        let bytes = file(&weights, &net["weights"]);
        from_safetensors(&mut weights, &bytes).unwrap();
        let grad = |value: &Value, id| {
            let values = list(&value[weights.name(id)]);
            if weights.role(id) == Role::Transposed {
                transposed(&values, weights.shape(id)[0])
            } else {
                values
            }
        };
        for case in net["cases"].as_array().unwrap() {
            run(name, &golden, &stack, &weights, (net, case), &states, &grad);
            n_cases += 1;
        }
    }
    assert_eq!(n_cases, 16);
}

fn keras(name: &str, json: &str, layer: RecurrentParams) {
    let golden: Value = serde_json::from_str(json).unwrap();
    let mut n_cases = 0;
    for net in golden["nets"].as_array().unwrap() {
        let output = if net["output"] == "zero" {
            MaskedOutput::Zero
        } else {
            MaskedOutput::Previous
        };
        let mut weights = Weights::new();
        let stack = stack(net, layer.clone().masked_output(output), &mut weights);
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
        // Keras has one tensor for both biases.
        let two = layer.biases == nlp_rnn::Biases::Two;
        let of_layer = |tensors: &Value| {
            let bias = list(&tensors[2]);
            let (first, second) = bias.split_at(if two { bias.len() / 2 } else { bias.len() });
            let mut all = vec![list(&tensors[0]), list(&tensors[1]), first.to_vec()];
            all.extend(two.then(|| second.to_vec()));
            all
        };
        let tensors = |value: &Value| -> Vec<Vec<f32>> {
            value
                .as_array()
                .unwrap()
                .iter()
                .flat_map(of_layer)
                .collect()
        };
        for (id, values) in weights.ids().zip(tensors(&net["weights"])) {
            weights.get_mut(id).copy_from_slice(&values);
        }
        let grad = |value: &Value, id: WeightId| {
            let place = weights.ids().position(|other| other == id).unwrap();
            tensors(value).swap_remove(place)
        };
        for case in net["cases"].as_array().unwrap() {
            run(name, &golden, &stack, &weights, (net, case), &states, &grad);
            n_cases += 1;
        }
    }
    assert_eq!(n_cases, 32);
}

#[test]
fn simple_networks_of_pytorch() {
    let params = RecurrentParams::torch(Cell::Rnn, 3, 3);
    torch(
        "rnn-tanh",
        include_str!("golden/torch-rnn-tanh.json"),
        params.clone(),
    );
    let params = params.state_activation(Squash::Relu);
    torch(
        "rnn-relu",
        include_str!("golden/torch-rnn-relu.json"),
        params,
    );
}

#[test]
fn lstm_of_pytorch() {
    torch(
        "lstm",
        include_str!("golden/torch-lstm.json"),
        RecurrentParams::torch(Cell::Lstm, 3, 3),
    );
}

#[test]
fn gru_of_pytorch() {
    torch(
        "gru",
        include_str!("golden/torch-gru.json"),
        RecurrentParams::torch(Cell::Gru, 3, 3),
    );
}

#[test]
fn simple_networks_of_keras() {
    keras(
        "simple",
        include_str!("golden/keras-simple.json"),
        RecurrentParams::keras(Cell::Rnn, 3, 3),
    );
}

#[test]
fn lstm_of_keras() {
    keras(
        "lstm",
        include_str!("golden/keras-lstm.json"),
        RecurrentParams::keras(Cell::Lstm, 3, 3),
    );
}

#[test]
fn gru_of_keras_with_the_reset_gate_after_the_product() {
    keras(
        "gru-after",
        include_str!("golden/keras-gru-after.json"),
        RecurrentParams::keras(Cell::Gru, 3, 3),
    );
}

#[test]
fn gru_of_keras_with_the_reset_gate_before_the_product() {
    let params = RecurrentParams::keras(Cell::Gru, 3, 3)
        .reset(Reset::Before)
        .biases(nlp_rnn::Biases::One);
    keras(
        "gru-before",
        include_str!("golden/keras-gru-before.json"),
        params,
    );
}
