//! Gradients of the weights of a recurrent layer: sums over all steps of all sequences, one product a matrix.

use nn_core::Grads;

use super::layer::{BLOCK, take};
use super::{Cell, RecurrentIds, RecurrentParams, Reset};
use crate::simd::{Isa, Matrix, PANEL, pack, packed_len, product};

/// Adds the gradients of all weights. `n` is the number of steps of all sequences; `gates`, `seen` and `inner` are parts of the
/// cache after the walk back.
///
/// The columns of the gates are packed once for both matrices. Blocks of [`BLOCK`] steps follow each other in a fixed order, and
/// threads share the rows of the result, so its bits do not depend on them.
pub(crate) fn add_weight_gradients(
    isa: Isa,
    (p, ids): (&RecurrentParams, &RecurrentIds),
    n: usize,
    x: &[f32],
    (gates, seen, inner): (&[f32], &[f32], &[f32]),
    scratch: &mut [f32],
    grads: &mut Grads,
) {
    let hidden = p.n_hidden;
    let width = p.cell.n_gates() * hidden;
    let mut rest = scratch;
    let packed = take(&mut rest, packed_len(BLOCK, width));
    let (sums, candidate_sums) = (take(&mut rest, width), take(&mut rest, hidden));
    sums.fill(0.0);
    candidate_sums.fill(0.0);
    for from in (0..n).step_by(BLOCK) {
        let k = BLOCK.min(n - from);
        let d_gates = Matrix::rows(gates, width).skip_rows(from);
        let inner = Matrix::rows(inner, hidden).skip_rows(from);
        let x = Matrix::rows(x, p.n_in).skip_rows(from).transposed();
        let seen = Matrix::rows(seen, hidden).skip_rows(from).transposed();
        pack(isa, (k, width), d_gates, packed, Some(sums));
        add_product(
            isa,
            (p.n_in, k, width),
            x,
            packed,
            grads.dense(ids.input),
            width,
        );
        let recurrent = grads.dense(ids.recurrent);
        if p.cell != Cell::Gru {
            add_product(isa, (hidden, k, width), seen, packed, recurrent, width);
            continue;
        }
        let joint = 2 * hidden;
        if joint.is_multiple_of(PANEL) {
            // The panels of the two gates stand before those of the candidate.
            add_product(isa, (hidden, k, joint), seen, packed, recurrent, width);
        } else {
            pack(isa, (k, joint), d_gates, packed, None);
            add_product(isa, (hidden, k, joint), seen, packed, recurrent, width);
        }
        let candidate = &mut recurrent[joint..];
        if p.reset == Reset::After {
            pack(isa, (k, hidden), inner, packed, Some(candidate_sums));
            add_product(isa, (hidden, k, hidden), seen, packed, candidate, width);
        } else {
            pack(
                isa,
                (k, hidden),
                d_gates.skip_cols(joint),
                packed,
                Some(candidate_sums),
            );
            add_product(
                isa,
                (hidden, k, hidden),
                inner.transposed(),
                packed,
                candidate,
                width,
            );
        }
    }
    if let Some(bias) = ids.bias_input {
        grads
            .dense(bias)
            .iter_mut()
            .zip(&*sums)
            .for_each(|(g, s)| *g += s);
    }
    if p.cell == Cell::Gru {
        sums[2 * hidden..].copy_from_slice(candidate_sums);
    }
    if let Some(bias) = ids.bias_recurrent {
        grads
            .dense(bias)
            .iter_mut()
            .zip(&*sums)
            .for_each(|(g, s)| *g += s);
    }
}

/// `C ← C + A B` by several threads, which share the rows of `C`; `b` is packed.
fn add_product(
    isa: Isa,
    (m, k, n): (usize, usize, usize),
    a: Matrix<'_>,
    b: &[f32],
    c: &mut [f32],
    c_row: usize,
) {
    /// Rows from which a second thread pays: several of the largest tiles.
    const ALONE: usize = 36;
    if m <= ALONE || rayon::current_num_threads() < 2 {
        return product(isa, (m, k, n), a, b, true, c, c_row);
    }
    // Halves of whole tiles. A sum does not depend on the tile that it is in.
    let half = (m / 2).next_multiple_of(12);
    let (top, bottom) = c.split_at_mut(half * c_row);
    rayon::join(
        || add_product(isa, (half, k, n), a, b, top, c_row),
        || add_product(isa, (m - half, k, n), a.skip_rows(half), b, bottom, c_row),
    );
}
