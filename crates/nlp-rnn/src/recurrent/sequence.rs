//! The values that go in and out of a recurrent layer: sequences, masks and states.

use guide_core::{Error, Result};

/// The lengths of a batch of sequences, and which of their steps count.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a> {
    /// Sequences.
    pub n: usize,
    /// Steps of each, padding included.
    pub steps: usize,
    /// Whether a step counts, `[n, steps]`; all do if `None`. Padding on the left and on the right are both masks, and gaps are
    /// allowed. At a masked step the state does not change. The input of a masked step has no effect on outputs and gradients, but
    /// products read it: it must be finite, for NaN times 0 is NaN.
    pub mask: Option<&'a [bool]>,
}

impl Steps<'static> {
    /// `n` sequences of `steps` steps that all count.
    pub fn full(n: usize, steps: usize) -> Self {
        Self {
            n,
            steps,
            mask: None,
        }
    }
}

impl<'a> Steps<'a> {
    /// `n` sequences of `steps` steps, those counting where `mask`, `[n, steps]`, is true.
    pub fn masked(n: usize, steps: usize, mask: &'a [bool]) -> Self {
        Self {
            n,
            steps,
            mask: Some(mask),
        }
    }

    /// `n * steps`.
    pub fn len(&self) -> usize {
        self.n * self.steps
    }

    /// Whether there is no step at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks the length of the mask.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is not `n * steps`.
    pub fn check(&self) -> Result<()> {
        match self.mask {
            Some(mask) => check_len(
                "the mask of the sequences",
                &[self.n, self.steps],
                mask.len(),
            ),
            None => Ok(()),
        }
    }
}

/// The state of a recurrent layer in one direction, `[n, n_hidden]`: owned by the caller, so that a batch can go on where the
/// last one ended. Also its gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Hidden state.
    pub h: Vec<f32>,
    /// Cell of an LSTM; empty for other cells.
    pub c: Vec<f32>,
}

impl State {
    /// Sets everything to 0, with as many numbers as before.
    pub fn reset(&mut self) {
        self.h.fill(0.0);
        self.c.fill(0.0);
    }
}

/// Columns of a matrix `[n * steps, row]` that a layer writes its output to: both directions write to one matrix.
#[derive(Debug)]
pub struct OutputColumns<'a> {
    /// The whole matrix.
    pub values: &'a mut [f32],
    /// Numbers in a row.
    pub row: usize,
    /// First column.
    pub from: usize,
}

/// Columns of a matrix `[n * steps, row]` that a layer reads the gradient of its output from.
#[derive(Clone, Copy, Debug)]
pub struct InputColumns<'a> {
    /// The whole matrix.
    pub values: &'a [f32],
    /// Numbers in a row.
    pub row: usize,
    /// First column.
    pub from: usize,
}

/// Checks that `got` is the product of `shape`.
pub(crate) fn check_len(what: &str, shape: &[usize], got: usize) -> Result<()> {
    if shape.iter().product::<usize>() == got {
        return Ok(());
    }
    Err(Error::Shape {
        what: what.to_owned(),
        expected: shape.to_vec(),
        got: vec![got],
    })
}

/// Checks that columns `from..from + width` lie within rows of `row` numbers, and that there are `n_rows` rows.
pub(crate) fn check_columns(
    what: &str,
    n_rows: usize,
    width: usize,
    (len, row, from): (usize, usize, usize),
) -> Result<()> {
    if from + width > row {
        let expected = vec![n_rows, from + width];
        return Err(Error::Shape {
            what: what.to_owned(),
            expected,
            got: vec![n_rows, row],
        });
    }
    check_len(what, &[n_rows, row], len)
}

/// The result of a pass whose buffers were cut to the sizes that the layers ask for, so that it cannot fail.
pub(crate) fn fitting(done: Result<()>) {
    if let Err(reason) = done {
        panic!("a buffer of a recurrent network: {reason}");
    }
}
