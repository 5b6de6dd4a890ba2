//! One time step of the simple recurrent network for one example (Elman, 1990): `h = σ(sum + b)`.

use super::Lanes;
use super::squash::Squash;
use super::{Isa, Kernel, run};

/// A forward step. All slices hold one number a hidden unit.
pub(crate) struct SimpleForward<'a> {
    pub(crate) state: Squash,
    pub(crate) bias: &'a [f32],
    /// In: the sums of the products. Out: the hidden state.
    pub(crate) gates: &'a mut [f32],
    /// Out: the hidden state.
    pub(crate) h: &'a mut [f32],
    /// Out: the hidden state once more.
    pub(crate) y: &'a mut [f32],
}

/// A backward step.
pub(crate) struct SimpleBackward<'a> {
    pub(crate) state: Squash,
    /// In: the hidden state. Out: the gradient of the sum.
    pub(crate) gates: &'a mut [f32],
    pub(crate) dy: &'a [f32],
    /// In: gradient of the hidden state from later steps. Out: 0; the caller adds that of the state before the step.
    pub(crate) dh: &'a mut [f32],
}

impl SimpleForward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl SimpleBackward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl Kernel for SimpleForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.h.len();
        assert!(self.gates.len() == n && self.bias.len() == n && self.y.len() == n);
        for j in (0..n).step_by(V::N) {
            let sum = V::load(&self.gates[j..]).add(V::load(&self.bias[j..]));
            let hidden = self.state.value(sum).flush();
            hidden.store(&mut self.gates[j..]);
            hidden.store(&mut self.h[j..]);
            hidden.store(&mut self.y[j..]);
        }
    }
}

impl Kernel for SimpleBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.dh.len();
        assert!(self.gates.len() == n && self.dy.len() == n);
        for j in (0..n).step_by(V::N) {
            let dh = V::load(&self.dy[j..]).add(V::load(&self.dh[j..]));
            let hidden = V::load(&self.gates[j..]);
            dh.mul(self.state.derivative(hidden))
                .flush()
                .store(&mut self.gates[j..]);
            V::splat(0.0).store(&mut self.dh[j..]);
        }
    }
}
