//! What is learned of the words of one shard.

use guide_core::kernels::{adagrad_pair, dot, prefetch};

use super::params::GloveParams;

/// A number of one word with the sum of the squares of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bias {
    pub(super) value: f32,
    pub(super) sum: f32,
}

/// The words of one shard, as rows or as columns.
pub(super) struct Table {
    /// Numbers a vector, a multiple of eight; those above `dim` stay 0.
    width: usize,
    /// For each word the vector and after it the sums of squares, which are read together.
    rows: Vec<f32>,
    biases: Vec<Bias>,
}

/// What is learned of one word.
struct Word<'a> {
    vector: &'a mut [f32],
    sums: &'a mut [f32],
    bias: &'a mut Bias,
}

/// A pair to learn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Example {
    pub(super) row: u32,
    pub(super) column: u32,
    /// `ln X`.
    pub(super) log: f32,
    /// `f(X)`.
    pub(super) weight: f32,
}

/// Pairs from asking for the words of one to its step: they lie all over a table that no near cache holds.
const AHEAD: usize = 4;

impl Table {
    /// Sums of squares begin at 1.
    pub(super) fn new(n_words: usize, dim: usize) -> Self {
        let width = dim.next_multiple_of(8);
        let mut rows = vec![0.0; n_words * 2 * width];
        for row in rows.chunks_exact_mut(2 * width) {
            row[width..].fill(1.0);
        }
        let bias = Bias {
            value: 0.0,
            sum: 1.0,
        };
        Self {
            width,
            rows,
            biases: vec![bias; n_words],
        }
    }

    fn row(&self, word: u32) -> &[f32] {
        &self.rows[word as usize * 2 * self.width..][..2 * self.width]
    }

    fn word(&mut self, word: u32) -> Word<'_> {
        let row = &mut self.rows[word as usize * 2 * self.width..][..2 * self.width];
        let (vector, sums) = row.split_at_mut(self.width);
        Word {
            vector,
            sums,
            bias: &mut self.biases[word as usize],
        }
    }

    /// The vector of a word, and what fills it up.
    pub(super) fn vector(&self, word: u32) -> &[f32] {
        &self.row(word)[..self.width]
    }

    pub(super) fn vector_mut(&mut self, word: u32) -> &mut [f32] {
        self.word(word).vector
    }

    pub(super) fn bias_mut(&mut self, word: u32) -> &mut Bias {
        self.word(word).bias
    }
}

/// Makes a step for each of the `examples`; returns `Σ ½ f(X) (w · w̃ + b + b̃ − ln X)²`, each before its step.
pub(super) fn learn(
    params: &GloveParams,
    rows: &mut Table,
    columns: &mut Table,
    examples: &[Example],
) -> f64 {
    let mut loss = 0.0;
    for (number, example) in examples.iter().enumerate() {
        if let Some(coming) = examples.get(number + AHEAD) {
            prefetch(rows.row(coming.row));
            prefetch(columns.row(coming.column));
        }
        let (row, column) = (rows.word(example.row), columns.word(example.column));
        let mut difference = dot(row.vector, column.vector) - example.log;
        if params.biased {
            difference += row.bias.value + column.bias.value;
        }
        let slope = example.weight * difference;
        loss += 0.5 * f64::from(slope) * f64::from(difference);
        adagrad_pair(
            (row.vector, row.sums),
            (column.vector, column.sums),
            slope,
            params.eta,
            params.clip,
        );
        if params.biased {
            row.bias.descend(params.bias_eta * slope);
            column.bias.descend(params.bias_eta * slope);
        }
    }
    loss
}

impl Bias {
    fn descend(&mut self, step: f32) {
        self.value -= step / self.sum.sqrt();
        self.sum += step * step;
    }
}
