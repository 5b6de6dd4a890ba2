//! What is learned of the words of one shard.

use guide_core::Result;
use guide_core::kernels::{adagrad_pair, dot, prefetch};

use super::params::GloveParams;
use crate::trained::ensure_room;

/// A number of one word with the sum of the squares of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bias {
    pub(super) value: f32,
    pub(super) sum: f32,
}

/// Numbers a vector is filled up to.
fn width(dim: usize) -> usize {
    dim.next_multiple_of(8)
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
    /// Refuses vectors that find no room in memory, before the text is counted for them.
    pub(super) fn ensure_room(n_words: usize, dim: usize) -> Result<()> {
        // Vectors and sums of rows and of columns, and the vectors that come of them.
        ensure_room("glove", n_words, dim, 4 * width(dim) + dim)
    }

    /// Sums of squares begin at 1.
    pub(super) fn new(n_words: usize, dim: usize) -> Self {
        let width = width(dim);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glove::Glove;

    /// Tables of the words `(1, 0)` with the bias .25 and `(.5, −1)` with −.5, after `n` steps of the pair, and the losses.
    fn steps(params: &GloveParams, n: usize) -> ([Table; 2], f64) {
        let mut tables = [([1.0, 0.0], 0.25), ([0.5, -1.0], -0.5)].map(|(vector, bias)| {
            let mut table = Table::new(3, 2);
            table.vector_mut(1)[..2].copy_from_slice(&vector);
            table.bias_mut(1).value = bias;
            table
        });
        let [rows, columns] = &mut tables;
        let pair = Example {
            row: 1,
            column: 1,
            log: -1.75,
            weight: 0.5,
        };
        let loss = learn(params, rows, columns, &vec![pair; n]);
        (tables, loss)
    }

    fn near(got: &[f32], expected: &[f32]) {
        assert!(got.len() >= expected.len());
        let rest = vec![0.0; got.len() - expected.len()];
        for (got, expected) in got.iter().zip(expected.iter().chain(&rest)) {
            assert!((got - expected).abs() < 1e-6, "{got} {expected}");
        }
    }

    fn bias(value: f32, sum: f32) -> Bias {
        Bias { value, sum }
    }

    #[test]
    fn tables_beyond_memory_are_refused() {
        assert!(Table::ensure_room(1000, 50).is_ok());
        for (n_words, dim) in [(usize::MAX, 50), (1 << 44, 65_536), (1 << 48, 1)] {
            let error = Table::ensure_room(n_words, dim).unwrap_err().to_string();
            let says = format!(
                "glove needs more memory than there is, for {n_words} words of {dim} numbers"
            );
            assert_eq!(error, says);
        }
    }

    #[test]
    fn a_step_by_hand() {
        // The difference is .5 + .25 − .5 + 1.75 = 2, the slope 1, the steps .05 (.5, −1) and .05 (1, 0).
        let ([mut row, mut column], loss) = steps(&Glove::params(), 1);
        assert_eq!(loss, 1.0);
        near(row.vector(1), &[0.975, 0.05]);
        near(column.vector(1), &[0.45, -1.0]);
        assert_eq!(*row.bias_mut(1), bias(-0.75, 2.0));
        assert_eq!(*column.bias_mut(1), bias(-1.5, 2.0));
        near(&row.word(1).sums[..2], &[1.000_625, 1.002_5]);
        near(&column.word(1).sums[..2], &[1.002_5, 1.0]);
        // Nobody else moves.
        near(row.vector(0), &[]);
        assert_eq!(*row.bias_mut(2), bias(0.0, 1.0));
    }

    #[test]
    fn the_second_step_is_divided_by_what_the_first_left() {
        // The difference is .38875 − 2.25 + 1.75 = −.11125, the slope −.055625.
        let ([mut row, mut column], loss) = steps(&Glove::params(), 2);
        assert!((loss - 1.003_094_141).abs() < 1e-6, "{loss}");
        // .05 · .055625 · .45 / √1.000625 = .001251172; −.05 · .055625 / √1.0025 = −.002777783
        near(row.vector(1), &[0.976_251_2, 0.047_222_2]);
        // .05 · .055625 · .975 / √1.0025 = .002708339; .05 · .055625 · .05 = .000139063
        near(column.vector(1), &[0.452_708_3, -0.999_860_9]);
        // .055625 / √2 = .0393328
        near(&[row.bias_mut(1).value], &[-0.710_667_2]);
        near(&[column.bias_mut(1).value], &[-1.460_667_2]);
    }

    #[test]
    fn slopes_are_clipped_and_biases_have_their_own_rate() {
        let params = Glove::params().clip(0.3).bias_eta(0.25);
        let ([mut row, column], _) = steps(&params, 1);
        near(row.vector(1), &[0.985, 0.015]);
        near(column.vector(1), &[0.485, -1.0]);
        assert_eq!(*row.bias_mut(1), bias(0.0, 1.0625));
        // Without biases the difference is 2.25 and the slope 1.125.
        let ([mut row, _], loss) = steps(&Glove::params().biased(false), 1);
        assert_eq!(loss, 0.5 * 1.125 * 2.25);
        near(row.vector(1), &[0.971_875, 0.056_25]);
        assert_eq!(*row.bias_mut(1), bias(0.25, 1.0));
    }
}
