//! The passes over gates and cells: every form of the vector code against the plain one.

use proptest::prelude::*;
use rand::RngExt;

use super::*;

fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = guide_core::seeded(seed);
    (0..len).map(|_| rng.random_range(-2.0..2.0)).collect()
}

/// The buffers of one pass, each of `n` numbers a gate: what a pass overwrites begins with random numbers too.
fn buffers(n: usize, seed: u64) -> [Vec<f32>; 8] {
    let widths = [4, 4, 1, 1, 1, 1, 1, 1];
    let mut number = 0;
    widths.map(|width| {
        number += 1;
        random(width * n, seed ^ number)
    })
}

fn near(isa: Isa, what: &str, plain: &[Vec<f32>; 8], fast: &[Vec<f32>; 8]) {
    for (number, (plain, fast)) in plain.iter().zip(fast).enumerate() {
        for (plain, fast) in plain.iter().zip(fast) {
            let most = 2e-6 * plain.abs().max(1.0);
            assert!(
                (plain - fast).abs() <= most,
                "{isa:?}, {what}, buffer {number}: {fast}, plain {plain}"
            );
        }
    }
}

fn each_form(what: &str, n: usize, seed: u64, pass: impl Fn(Isa, &mut [Vec<f32>; 8])) {
    let all = Isa::all();
    let mut plain = buffers(n, seed);
    pass(all[0], &mut plain);
    assert!(n == 0 || plain != buffers(n, seed), "{what} did nothing");
    for &isa in &all[1..] {
        let mut fast = buffers(n, seed);
        pass(isa, &mut fast);
        near(isa, what, &plain, &fast);
    }
}

const PAIRS: [(Squash, Squash); 3] = [
    (Squash::Sigmoid, Squash::Tanh),
    (Squash::HardSigmoid, Squash::Relu),
    (Squash::Sigmoid, Squash::Linear),
];

proptest! {
    #[test]
    fn passes_of_the_lstm(n in 0_usize..70, seed in any::<u64>(), pair in 0_usize..3) {
        let (gate, state) = PAIRS[pair];
        each_form("forward", n, seed, |isa, [gates, bias, c, c_before, c_value, h, y, _]| {
            LstmForward { gate, state, bias, gates, c, c_before, c_value, h, y }.run(isa);
        });
        each_form("backward", n, seed, |isa, [gates, _, dc, c_before, c_value, dh, dy, _]| {
            LstmBackward { gate, state, gates, c_before, c_value, dy, dh, dc }.run(isa);
        });
    }

    #[test]
    fn passes_of_the_simple_network(n in 0_usize..70, seed in any::<u64>(), pair in 0_usize..3) {
        let state = PAIRS[pair].1;
        each_form("forward", n, seed, |isa, [gates, bias, _, _, _, h, y, _]| {
            SimpleForward { state, bias: &bias[..n], gates: &mut gates[..n], h, y }.run(isa);
        });
        each_form("backward", n, seed, |isa, [gates, _, _, _, _, dh, dy, _]| {
            SimpleBackward { state, gates: &mut gates[..n], dy, dh }.run(isa);
        });
    }

    #[test]
    fn passes_of_the_gru(n in 0_usize..70, seed in any::<u64>(), pair in 0_usize..3, reset_first in any::<bool>()) {
        let (gate, state) = PAIRS[pair];
        for phase in [Phase::ResetAfter, Phase::Gates, Phase::Candidate] {
            each_form("forward", n, seed, |isa, [gates, bias, inner, h_seen, h_before, h, y, bias_recurrent]| {
                let (gates, bias) = (&mut gates[..3 * n], &bias[..3 * n]);
                GruForward { phase, gate, state, reset_first, bias, bias_recurrent, gates, inner, h_seen, h_before, h, y }.run(isa);
            });
            each_form("backward", n, seed, |isa, [gates, _, inner, h_seen, h_before, dh, dy, d_reset]| {
                let gates = &mut gates[..3 * n];
                GruBackward { phase, gate, state, reset_first, gates, inner, h_seen, h_before, dy, dh, d_reset }.run(isa);
            });
        }
    }
}
