//! Cuts a batch into parts that walk through all steps without waiting for each other.

use super::layer::Cache;

/// The sequences of one part of a batch, in a forward or a backward pass. Each slice holds the same count of numbers for each
/// sequence, or none at all.
pub(crate) struct Part<'a> {
    /// The number of sequences.
    pub(crate) n: usize,
    pub(crate) mask: Option<&'a [bool]>,
    /// What the pass reads: the input, or the gradient of the output.
    pub(crate) read: &'a [f32],
    /// What the pass writes: the output, or the gradient of the input where it is wanted.
    pub(crate) written: &'a mut [f32],
    /// The hidden state and the cell, or their gradients.
    pub(crate) h: &'a mut [f32],
    pub(crate) c: &'a mut [f32],
    /// `[n, n_hidden]`, of the backward pass alone.
    pub(crate) work: &'a mut [f32],
    pub(crate) cache: Cache<'a>,
}

impl Part<'_> {
    /// Runs `pass` over `n_parts` parts of nearly the same size.
    pub(crate) fn run(self, n_parts: usize, pass: &(impl Fn(Part<'_>) + Sync)) {
        if n_parts <= 1 {
            return pass(self);
        }
        let n_left = n_parts / 2;
        let n = self.n * n_left / n_parts;
        let (left, right) = self.split(n);
        rayon::join(
            || left.run(n_left, pass),
            || right.run(n_parts - n_left, pass),
        );
    }

    /// The first `n` sequences, and the others.
    fn split(self, n: usize) -> (Self, Self) {
        let at = |len: usize| len / self.n * n;
        let (read, read_2) = self.read.split_at(at(self.read.len()));
        let mask = self.mask.map(|mask| mask.split_at(at(mask.len())));
        let cut = |values| halves(values, at);
        let (written, written_2) = cut(self.written);
        let (h, h_2) = cut(self.h);
        let (c, c_2) = cut(self.c);
        let (work, work_2) = cut(self.work);
        let (gates, gates_2) = cut(self.cache.gates);
        let (h_seen, h_seen_2) = cut(self.cache.h_seen);
        let (before, before_2) = cut(self.cache.before);
        let (inner, inner_2) = cut(self.cache.inner);
        let (x, x_2) = cut(self.cache.x);
        let (x_mask, x_mask_2) = cut(self.cache.x_mask);
        let (h_mask, h_mask_2) = cut(self.cache.h_mask);
        let left = Self {
            n,
            mask: mask.map(|(left, _)| left),
            read,
            written,
            h,
            c,
            work,
            cache: Cache {
                gates,
                h_seen,
                before,
                inner,
                x,
                x_mask,
                h_mask,
            },
        };
        let right = Self {
            n: self.n - n,
            mask: mask.map(|(_, right)| right),
            read: read_2,
            written: written_2,
            h: h_2,
            c: c_2,
            work: work_2,
            cache: Cache {
                gates: gates_2,
                h_seen: h_seen_2,
                before: before_2,
                inner: inner_2,
                x: x_2,
                x_mask: x_mask_2,
                h_mask: h_mask_2,
            },
        };
        (left, right)
    }
}

/// `values` cut at the place that `at` gives for their number.
fn halves(values: &mut [f32], at: impl Fn(usize) -> usize) -> (&mut [f32], &mut [f32]) {
    let place = at(values.len());
    values.split_at_mut(place)
}
