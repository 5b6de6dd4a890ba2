//! Single steps by hand.

use super::super::shard::Shard;
use super::{Architecture, Plan, Rows, Word2Vec};

/// Follows a plan of one sentence of three words: the middle one, with all around it, is the only one with outputs.
fn one_step(
    architecture: Architecture,
    mean: bool,
    labels: [f32; 2],
) -> ([[f32; 2]; 3], [[f32; 2]; 2]) {
    let plan = Plan {
        sentence_ends: vec![3],
        inputs: vec![0, 1, 2],
        input_ends: vec![1, 2, 3],
        halves: vec![1; 3],
        output_ends: vec![0, 2, 2],
        outputs: vec![0, 1],
        labels: labels.to_vec(),
    };
    follow(architecture, mean, &plan)
}

fn follow(architecture: Architecture, mean: bool, plan: &Plan) -> ([[f32; 2]; 3], [[f32; 2]; 2]) {
    let mut shard = Shard::new((3, 2), 2, 0, 1);
    let mut inputs = Rows::new(&[1.0, 0.0, 9.0, 9.0, 0.0, 2.0], 2, 1);
    let mut outputs = Rows::new(&[0.0, 2.0, 0.0, -1.0], 2, 1);
    shard.inputs.take(&mut inputs.parts[0]);
    shard.outputs.take(&mut outputs.parts[0]);
    let params = Word2Vec::params()
        .architecture(architecture)
        .cbow_mean(mean);
    shard.follow(&params, plan, 0.5);
    let row = |row: &[f32]| [row[0], row[1]];
    (
        [0, 1, 2].map(|slot| row(shard.inputs.row(slot))),
        [0, 1].map(|slot| row(shard.outputs.row(slot))),
    )
}

fn near<const N: usize>(got: [[f32; 2]; N], expected: [[f32; 2]; N]) {
    for (got, expected) in got.iter().flatten().zip(expected.iter().flatten()) {
        assert!((got - expected).abs() < 1e-5, "{got} {expected}");
    }
}

#[test]
fn a_step_of_skip_gram_by_hand() {
    // Words a = (1, 0) and b = (0, 2) around; outputs p = (0, 2) and q = (0, −1). The products are 0, 0, 4 and −2, with
    // σ(4) = .982014 and σ(−2) = .119203. First a word drawn against the true one, then two nodes gone first.
    let (inputs, outputs) = one_step(Architecture::SkipGram, true, [1.0, 0.0]);
    // a += .25 p − .25 q; b += .5 (1 − .982014) p − .5 · .119203 q
    near(inputs, [[1.0, 0.75], [9.0, 9.0], [0.0, 2.077588]]);
    // p += .25 a + .008993 b; q += −.25 a − .0596015 b
    near(outputs, [[0.25, 2.017986], [-0.25, -1.119203]]);
    let (inputs, outputs) = one_step(Architecture::SkipGram, true, [1.0, 1.0]);
    // The error of b on q is now .5 (1 − .119203) = .4403985.
    near(inputs, [[1.0, 0.25], [9.0, 9.0], [0.0, 1.577588]]);
    near(outputs, [[0.25, 2.017986], [0.25, -0.119203]]);
}

#[test]
fn a_step_of_cbow_by_hand() {
    // The mean (.5, 1) has the products 2 and −1: .5 (1 − σ(2)) = .0596015 and .5 σ(−1) = .1344707.
    let (inputs, outputs) = one_step(Architecture::Cbow, true, [1.0, 0.0]);
    // .0596015 p − .1344707 q = (0, .2536737), to both alike
    near(inputs, [[1.0, 0.2536737], [9.0, 9.0], [0.0, 2.2536737]]);
    near(outputs, [[0.0298007, 2.0596015], [-0.0672354, -1.1344707]]);
    let (_, outputs) = one_step(Architecture::Cbow, true, [1.0, 1.0]);
    // .5 (1 − σ(−1)) = .3655293
    near(outputs, [[0.0298007, 2.0596015], [0.1827646, -0.6344707]]);
    // The sum (1, 2) has the products 4 and −2, and half of the pull goes to each of the two.
    let (inputs, outputs) = one_step(Architecture::Cbow, false, [1.0, 0.0]);
    near(inputs, [[1.0, 0.0387938], [9.0, 9.0], [0.0, 2.0387938]]);
    near(outputs, [[0.0089931, 2.0179862], [-0.0596015, -1.119203]]);
}

#[test]
fn a_step_of_skip_gram_on_n_grams_by_hand() {
    // A word of the rows (1, 0) and (0, 2) is their mean (.5, 1), as the two words of CBOW are; the whole pull goes to each row.
    let plan = Plan {
        sentence_ends: vec![2],
        inputs: vec![0, 2, 1],
        input_ends: vec![2, 3],
        halves: vec![1; 2],
        output_ends: vec![0, 2],
        outputs: vec![0, 1],
        labels: vec![1.0, 0.0],
    };
    let (inputs, outputs) = follow(Architecture::SkipGram, true, &plan);
    near(inputs, [[1.0, 0.2536737], [9.0, 9.0], [0.0, 2.2536737]]);
    near(outputs, [[0.0298007, 2.0596015], [-0.0672354, -1.1344707]]);
}
