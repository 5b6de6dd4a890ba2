//! Plain loops over rows, compiled for the processor at hand: the same operations in the same order on every path.

use nn_core::simd::{Isa, Kernel, Lanes, run};

/// Adds each row of `rows` to `sum`.
pub(crate) fn add_rows(isa: Isa, rows: &[f32], sum: &mut [f32]) {
    run(isa, AddRows { rows, sum });
}

struct AddRows<'a> {
    rows: &'a [f32],
    sum: &'a mut [f32],
}

impl Kernel for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let sum = self.sum;
        for row in self.rows.chunks_exact(sum.len().max(1)) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
    }
}

/// Sets the numbers of `dy` to 0 where `y` is 0 or less, and adds each of its rows to `sum`: the gradient of `max(·, 0)` and of a bias.
pub(crate) fn mask_and_add_rows(isa: Isa, y: &[f32], dy: &mut [f32], sum: &mut [f32]) {
    run(isa, MaskAndAddRows { y, dy, sum });
}

struct MaskAndAddRows<'a> {
    y: &'a [f32],
    dy: &'a mut [f32],
    sum: &'a mut [f32],
}

impl Kernel for MaskAndAddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self { y, dy, sum } = self;
        let width = sum.len().max(1);
        for (dy, y) in dy.chunks_exact_mut(width).zip(y.chunks_exact(width)) {
            for ((sum, dy), &y) in sum.iter_mut().zip(dy).zip(y) {
                let kept = if y > 0.0 { *dy } else { 0.0 };
                *dy = kept;
                *sum += kept;
            }
        }
    }
}
