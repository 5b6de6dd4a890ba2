//! Fifty steps of every optimiser, and the schedules, against PyTorch 2.15.0 and Keras 3.15.1 at 1e-5.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use common::{flat, keras, list, matrix, torch, within};
use guide_core::Tensor;
use nn_core::{
    Course, Epsilon, Grads, Init, Optimizer, OptimizerState, Role, Rule, Schedule, ScheduleState,
    Untouched, Weights,
};
use serde_json::Value;

/// The path of `Σ c (p − a)⁴ / 4 + p·push` under `optimizer`.
fn path(problem: &Value, optimizer: Optimizer) -> Vec<f32> {
    let (c, a) = (list(&problem["c"]), list(&problem["a"]));
    let mut weights = Weights::new();
    let id = weights.add("p", Role::Weight, &[4], list(&problem["start"]));
    let mut grads = Grads::of(&weights);
    let mut state = OptimizerState::new(optimizer, &weights);
    let mut path = Vec::new();
    for push in matrix(&problem["pushes"]).rows() {
        let p = weights.get(id);
        for (i, g) in grads.dense(id).iter_mut().enumerate() {
            *g = c[i] * (p[i] - a[i]).powi(3) + push[i];
        }
        state.step(&mut weights, &grads, 1.0);
        path.extend_from_slice(weights.get(id));
    }
    path
}

#[test]
fn every_rule_walks_as_in_pytorch() {
    let problem = &torch()["optimizers"];
    let rule = |rho, momentum, epsilon| Rule::RmsProp {
        rho,
        momentum,
        epsilon,
    };
    let optimizers = [
        ("sgd", Optimizer::sgd(0.05).weight_decay(0.1)),
        ("momentum", Optimizer::momentum(0.02, 0.9, false)),
        (
            "nesterov",
            Optimizer::momentum(0.02, 0.9, true).weight_decay(0.01),
        ),
        ("adagrad", Optimizer::adagrad(0.1)),
        ("rmsprop", Optimizer::rmsprop(0.01).weight_decay(0.01)),
        (
            "rmsprop-momentum",
            Optimizer::rmsprop(0.01).rule(rule(0.99, 0.5, 1e-8)),
        ),
        ("adam", Optimizer::adam(0.01)),
        ("adam-decay", Optimizer::adam(0.01).weight_decay(0.1)),
        ("adamw", Optimizer::adamw(0.01, 0.1)),
        ("adam-clipped", Optimizer::adam(0.01).clip_norm(Some(0.5))),
    ];
    for (name, optimizer) in optimizers {
        let expected = matrix(&problem["runs"][name]);
        within(name, &path(problem, optimizer), expected.data(), 1e-5);
    }
}

#[test]
fn adam_walks_as_in_keras() {
    let (problem, golden) = (&torch()["optimizers"], keras());
    let adam = Optimizer::keras_adam(0.01);
    within(
        "adam",
        &path(problem, adam.clone()),
        matrix(&golden["adam"]).data(),
        1e-5,
    );
    let adamw = adam.weight_decay(0.1).decoupled(true);
    within(
        "adamw",
        &path(problem, adamw),
        matrix(&golden["adamw"]).data(),
        1e-5,
    );
}

#[test]
fn the_place_of_epsilon_matters() {
    let problem = &torch()["optimizers"];
    let adam = |placement| {
        let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-2);
        path(
            problem,
            Optimizer::adam(0.01).rule(Rule::Adam {
                beta1,
                beta2,
                epsilon,
                placement,
            }),
        )
    };
    assert_ne!(adam(Epsilon::Corrected), adam(Epsilon::Uncorrected));
}

#[test]
fn rows_stay_or_move_as_in_pytorch() {
    let problem = &torch()["optimizers"];
    for (name, untouched) in [
        ("rows-lazy", Untouched::Stay),
        ("rows-dense", Untouched::Move),
    ] {
        let table = matrix(&problem["table"]);
        let mut weights = Weights::new();
        let shape = [table.nrows(), table.ncols()];
        let id = weights.add("table", Role::Rows, &shape, flat(&problem["table"]));
        let mut grads = Grads::of(&weights);
        let optimizer = Optimizer::adam(0.01).untouched(untouched);
        let mut state = OptimizerState::new(optimizer, &weights);
        let mut path = Vec::new();
        let pushes = matrix(&problem["row_pushes"]);
        let touched = problem["touched"].as_array().unwrap();
        for (ids, push) in touched.iter().zip(pushes.rows()) {
            grads.clear();
            for row in common::numbers(ids) {
                let row = grads.rows(id).row_mut(row);
                row.iter_mut().zip(push).for_each(|(g, push)| *g += push);
            }
            state.step(&mut weights, &grads, 1.0);
            path.extend_from_slice(weights.get(id));
        }
        within(name, &path, matrix(&problem["runs"][name]).data(), 1e-5);
    }
}

#[test]
fn long_tensors_are_split_without_a_trace() {
    let run = || {
        let mut weights = Weights::new();
        let id = weights.add_matrix("w", Role::Weight, [300, 300], Init::GlorotUniform, 1);
        let mut grads = Grads::of(&weights);
        let mut state = OptimizerState::new(Optimizer::rmsprop(0.1), &weights);
        for step in 0..3 {
            grads.clear();
            for (i, g) in grads.dense(id).iter_mut().enumerate() {
                *g = (i % 17) as f32 - step as f32;
            }
            let twice = grads.clone();
            grads.add(&twice);
            state.step(&mut weights, &grads, 1.0);
        }
        weights
    };
    guide_core::testing::same_for_one_and_two_threads(run);
}

#[test]
fn schedules_fall_as_in_pytorch() {
    let golden = &torch()["schedules"];
    let schedules = [
        (
            "step",
            Course::Step {
                every: 3,
                gamma: 0.5,
            },
        ),
        ("cosine", Course::Cosine { over: 10, low: 0.1 }),
        (
            "plateau",
            Course::Plateau {
                patience: 1,
                gamma: 0.5,
            },
        ),
    ];
    for (name, course) in schedules {
        let mut state = ScheduleState::new(Schedule::default().course(course));
        let mut factors = Vec::new();
        for (epoch, loss) in (1..).zip(list(&golden["watched"])) {
            factors.push(state.factor(epoch, epoch as u64));
            state.observe(f64::from(loss));
        }
        within(name, &factors, &list(&golden[name]), 1e-6);
    }
}

/// A step by rows changes the touched rows as a dense step does, and with [`Untouched::Move`] all of them.
#[test]
fn rows_step_as_the_dense_form() {
    let momentum = Optimizer::momentum(0.1, 0.9, true).weight_decay(0.01);
    let rmsprop = Optimizer::rmsprop(0.1).rule(Rule::RmsProp {
        rho: 0.9,
        momentum: 0.5,
        epsilon: 1e-8,
    });
    for optimizer in [
        Optimizer::sgd(0.1),
        momentum,
        Optimizer::adagrad(0.1),
        rmsprop,
        Optimizer::adam(0.1),
    ] {
        for untouched in [Untouched::Stay, Untouched::Move] {
            // Long enough to be split, with runs of rows that nothing touches.
            let of = |role| {
                let mut weights = Weights::new();
                let id = weights.add_matrix("t", role, [9_000, 5], Init::Normal(1.0), 1);
                let optimizer = optimizer.clone().untouched(untouched);
                let state = OptimizerState::new(optimizer, &weights);
                (id, Grads::of(&weights), state, weights)
            };
            let (dense, mut to_dense, mut of_dense, mut dense_weights) = of(Role::Weight);
            let (table, mut to_table, mut of_table, mut table_weights) = of(Role::Rows);
            // The same rows in each step, so that staying and moving agree on them.
            let touched = [0_u32, 1, 7, 4_499, 4_500, 8_999];
            for step in 0..3 {
                to_dense.clear();
                to_table.clear();
                for row in touched {
                    let at = row as usize * 5;
                    let grad = to_table.rows(table).row_mut(row);
                    for (col, g) in grad.iter_mut().enumerate() {
                        *g = (row % 5) as f32 - col as f32 + step as f32;
                        to_dense.dense(dense)[at + col] = *g;
                    }
                }
                of_dense.step(&mut dense_weights, &to_dense, 1.0);
                of_table.step(&mut table_weights, &to_table, 1.0);
            }
            for row in 0..9_000 {
                if untouched == Untouched::Move || touched.contains(&(row as u32)) {
                    let of = row * 5..row * 5 + 5;
                    let rows = (
                        &table_weights.get(table)[of.clone()],
                        &dense_weights.get(dense)[of],
                    );
                    assert_eq!(rows.0, rows.1, "row {row}");
                }
            }
        }
    }
}

/// Moments that shrink for ever become 0 before they are denormal numbers, which are 10 to 40 times slower.
#[test]
fn moments_never_become_denormal() {
    for optimizer in [Optimizer::adam(0.01), Optimizer::momentum(0.01, 0.9, false)] {
        let mut weights = Weights::new();
        let id = weights.add("w", Role::Weight, &[64], vec![1.0; 64]);
        let mut grads = Grads::of(&weights);
        let mut state = OptimizerState::new(optimizer, &weights);
        grads.dense(id).fill(1e-3);
        state.step(&mut weights, &grads, 1.0);
        grads.clear();
        let denormal = |state: &OptimizerState| {
            let text = serde_json::to_value(state).unwrap();
            let numbers = text["memory"][0].as_object().unwrap().values();
            let mut numbers = numbers.flat_map(|of| of.as_array().unwrap().iter());
            numbers.any(|x| (x.as_f64().unwrap() as f32).is_subnormal())
        };
        for _ in 0..200_000 {
            state.step(&mut weights, &grads, 1.0);
            let every = if state.steps() < 2_000 { 50 } else { 1_000 };
            if state.steps().is_multiple_of(every) {
                assert!(!denormal(&state), "step {}", state.steps());
            }
        }
    }
}
