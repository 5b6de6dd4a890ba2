//! Weights that `scripts/convert/keras_lstm_to_safetensors.py` converted give the outputs of the Keras models that they come from.
#![allow(clippy::unwrap_used)]

use nlp_rnn::{Cell, LanguageModel, RecurrentParams, RecurrentStack, Reset, StackParams, Steps};
use nn_core::{Pass, Role, Room, Weights, load_safetensors};
use serde::Deserialize;

const WORDS: usize = 7;
const DIM: usize = 4;
const UNITS: usize = 5;

#[derive(Deserialize)]
struct Golden {
    x: Vec<f32>,
    y: Vec<f32>,
}

fn golden(name: &str) -> (Golden, String) {
    let stem = format!(
        "{}/tests/golden/keras-converted-{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(format!("{stem}.json")).unwrap();
    let golden = serde_json::from_str(&text).unwrap();
    (golden, format!("{stem}.safetensors"))
}

/// The outputs of a stack that was loaded from the converted file; with words, its inputs are rows of the embedding and its outputs go
/// through the output layer and softmax.
fn outputs(params: StackParams, with_words: bool, name: &str) -> (Vec<f32>, Vec<f32>) {
    let (golden, path) = golden(name);
    let mut weights = Weights::new();
    let stack = RecurrentStack::new(&mut weights, "rnn.", params).unwrap();
    let width = stack.width();
    let mut add = |name: &str, shape: &[usize]| {
        let zeros = vec![0.0; shape.iter().product()];
        weights.add(name, Role::Weight, shape, zeros)
    };
    let words = with_words.then(|| {
        [
            add("embedding.weight", &[WORDS, DIM]),
            add("output.weight", &[WORDS, width]),
            add("output.bias", &[WORDS]),
        ]
    });
    load_safetensors(&mut weights, path).unwrap();
    let x: Vec<f32> = match words {
        None => golden.x,
        Some([embedding, ..]) => {
            let rows = weights.get(embedding);
            let row = |&word: &f32| rows[word as usize * DIM..][..DIM].to_vec();
            golden.x.iter().flat_map(row).collect()
        }
    };
    let n_steps = x.len() / DIM;
    let mut y = vec![0.0; n_steps * width];
    let mut cache = vec![0.0; stack.cache_len(1, n_steps)];
    let mut scratch = vec![0.0; stack.scratch_len(1, n_steps)];
    let room = Room {
        cache: &mut cache,
        scratch: &mut scratch,
    };
    let (pass, steps) = (Pass::infer(&weights, 1), Steps::full(1, n_steps));
    let mut state = stack.state(1);
    stack
        .forward(&pass, &x, steps, &mut state, &mut y, room)
        .unwrap();
    if let Some([_, output, bias]) = words {
        let (output, bias) = (weights.get(output), weights.get(bias));
        let score = |h: &[f32], word: usize| {
            let row = &output[word * width..][..width];
            row.iter().zip(h).map(|(w, h)| w * h).sum::<f32>() + bias[word]
        };
        let rows = y.chunks(width);
        y = rows
            .flat_map(|h| (0..WORDS).map(move |word| score(h, word)))
            .collect();
        nn_core::Activation::Softmax.apply(&mut y, WORDS);
    }
    (y, golden.y)
}

fn assert_equal(params: StackParams, with_words: bool, name: &str) {
    let (got, expected) = outputs(params, with_words, name);
    assert_eq!(got.len(), expected.len(), "{name}");
    for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
        assert!(
            (got - expected).abs() < 1e-5,
            "{name} at {place}: {got}, Keras gives {expected}"
        );
    }
}

fn stack(cell: Cell, n_layers: usize) -> StackParams {
    StackParams::new(RecurrentParams::torch(cell, DIM, UNITS)).n_layers(n_layers)
}

#[test]
fn outputs_equal_those_of_keras() {
    assert_equal(stack(Cell::Lstm, 2), true, "lstm");
    assert_equal(stack(Cell::Gru, 2), true, "gru");
    assert_equal(stack(Cell::Rnn, 1), true, "rnn");
    let both = stack(Cell::Lstm, 2).bidirectional(true);
    assert_equal(both, false, "bidirectional");
    let before = RecurrentParams::torch(Cell::Gru, DIM, UNITS).reset(Reset::Before);
    assert_equal(StackParams::new(before), false, "gru-before");
}

/// A language model with the converted weights is as surprised by each next word as the Keras model.
#[test]
fn a_language_model_takes_converted_weights() {
    let names = ["e", "d", "c", "b", "a"];
    // The more frequent a word, the lower its number: `e` is 2, behind the end of a sentence and the unknown word.
    let text: Vec<Vec<&str>> = (1..=5).map(|n| names[..n].to_vec()).collect();
    for (name, cell, layers) in [
        ("lstm", Cell::Lstm, 2),
        ("gru", Cell::Gru, 2),
        ("rnn", Cell::Rnn, 1),
    ] {
        let params = LanguageModel::params().tied(false).dim(DIM).hidden(UNITS);
        let params = params.cell(cell).layers(layers).batch(1).epochs(1);
        let mut model = params.fit(&text).unwrap();
        let (golden, path) = golden(name);
        load_safetensors(model.weights_mut(), path).unwrap();
        let words: Vec<u32> = golden.x.iter().map(|&word| word as u32).collect();
        let next = words[1..].iter().chain([&0]);
        let loss: f32 = golden
            .y
            .chunks(WORDS)
            .zip(next)
            .map(|(shares, &word)| -shares[word as usize].ln())
            .sum();
        let known = words[1..].iter().map(|&word| model.vocabulary().word(word));
        let sentence: Vec<&str> = known.collect();
        let got = model.perplexity(&vec![sentence], None).unwrap();
        let expected = f64::from(loss / words.len() as f32).exp();
        assert_eq!((got.n_words, got.n_unknown), (words.len(), 0));
        assert!(
            (got.perplexity / expected - 1.0).abs() < 1e-5,
            "{name}: {} beside {expected}",
            got.perplexity
        );
    }
}
