//! One time step of the gated recurrent unit for one example (Cho et al., 2014), with the reset gate before the recurrent
//! product (the paper, v1 of Keras) or after it (cuDNN, PyTorch, Keras's `reset_after`).
//!
//! `r, z = gate(..)`, `n = state(..)`, `h ← (1 − z) n + z h`.

use super::Lanes;
use super::squash::{Squash, biased};
use super::{Isa, Kernel, run};

/// What one pass computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Everything, with the reset gate after the product: `n = state(sum + b + r (h R_n + b_n))`.
    ResetAfter,
    /// Reset gate before the product: both gates, and `r h`.
    Gates,
    /// Reset gate before the product: the candidate `n = state(sum + b)`, where the sum holds `(r h) R_n`, and the new state.
    Candidate,
}

/// A forward step. Slices hold one number a hidden unit, `gates` and `bias` three: two gates and the candidate.
pub(crate) struct GruForward<'a> {
    pub(crate) phase: Phase,
    pub(crate) gate: Squash,
    pub(crate) state: Squash,
    /// Whether the reset gate stands before the update gate, as in PyTorch.
    pub(crate) reset_first: bool,
    pub(crate) bias: &'a [f32],
    /// Bias of the candidate's recurrent product ([`Phase::ResetAfter`]).
    pub(crate) bias_recurrent: &'a [f32],
    /// In: the sums of the products. Out: the values of the gates.
    pub(crate) gates: &'a mut [f32],
    /// [`Phase::ResetAfter`]: in `h R_n`, out `h R_n + b_n`. [`Phase::Gates`]: out `r h`.
    pub(crate) inner: &'a mut [f32],
    /// The state before the step as the products saw it (with dropout).
    pub(crate) h_seen: &'a [f32],
    /// Out: the state before the step.
    pub(crate) h_before: &'a mut [f32],
    /// In: the state before the step. Out: after it.
    pub(crate) h: &'a mut [f32],
    /// Out: the state once more.
    pub(crate) y: &'a mut [f32],
}

/// A backward step.
pub(crate) struct GruBackward<'a> {
    /// [`Phase::Candidate`] runs before [`Phase::Gates`].
    pub(crate) phase: Phase,
    pub(crate) gate: Squash,
    pub(crate) state: Squash,
    pub(crate) reset_first: bool,
    /// In: the values of the gates. Out: the gradients of their sums.
    pub(crate) gates: &'a mut [f32],
    /// [`Phase::ResetAfter`]: in `h R_n + b_n`, out its gradient.
    pub(crate) inner: &'a mut [f32],
    pub(crate) h_seen: &'a [f32],
    pub(crate) h_before: &'a [f32],
    pub(crate) dy: &'a [f32],
    /// In: gradient of the state from later steps. Out: the part of the gradient of the state before the step that does not
    /// pass the products.
    pub(crate) dh: &'a mut [f32],
    /// [`Phase::Gates`]: in the gradient of `r h`, out that of `h`.
    pub(crate) d_reset: &'a mut [f32],
}

impl GruForward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl GruBackward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

/// The reset gate, the update gate and the candidate.
#[inline(always)]
fn split(gates: &mut [f32], n: usize, reset_first: bool) -> [&mut [f32]; 3] {
    let (first, rest) = gates.split_at_mut(n);
    let (second, candidate) = rest.split_at_mut(n);
    if reset_first {
        [first, second, candidate]
    } else {
        [second, first, candidate]
    }
}

impl Kernel for GruForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.h.len();
        assert!(
            self.gates.len() == 3 * n && self.bias.len() == 3 * n && self.bias_recurrent.len() == n
        );
        assert!(
            self.inner.len() == n
                && self.h_before.len() == n
                && self.y.len() == n
                && self.h_seen.len() == n
        );
        let [r, z, c] = split(self.gates, n, self.reset_first);
        let (b_first, rest) = self.bias.split_at(n);
        let (b_second, b_c) = rest.split_at(n);
        let (b_r, b_z) = if self.reset_first {
            (b_first, b_second)
        } else {
            (b_second, b_first)
        };
        for j in (0..n).step_by(V::N) {
            let mut extra = V::splat(0.0);
            if self.phase != Phase::Candidate {
                let reset = biased::<V>(self.gate, &r[j..], &b_r[j..]);
                biased::<V>(self.gate, &z[j..], &b_z[j..]).store(&mut z[j..]);
                reset.store(&mut r[j..]);
                if self.phase == Phase::Gates {
                    reset
                        .mul(V::load(&self.h_seen[j..]))
                        .store(&mut self.inner[j..]);
                    continue;
                }
                let inner = V::load(&self.inner[j..]).add(V::load(&self.bias_recurrent[j..]));
                inner.store(&mut self.inner[j..]);
                extra = reset.mul(inner);
            }
            let sum = V::load(&c[j..]).add(V::load(&b_c[j..])).add(extra);
            let candidate = self.state.value(sum);
            let before = V::load(&self.h[j..]);
            let hidden = V::load(&z[j..])
                .fma(before.sub(candidate), candidate)
                .flush();
            candidate.store(&mut c[j..]);
            before.store(&mut self.h_before[j..]);
            hidden.store(&mut self.h[j..]);
            hidden.store(&mut self.y[j..]);
        }
    }
}

impl Kernel for GruBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.dh.len();
        assert!(self.gates.len() == 3 * n && self.inner.len() == n && self.h_seen.len() == n);
        assert!(self.h_before.len() == n && self.dy.len() == n && self.d_reset.len() == n);
        let [r, z, c] = split(self.gates, n, self.reset_first);
        let (gate, state) = (self.gate, self.state);
        for j in (0..n).step_by(V::N) {
            let reset = V::load(&r[j..]);
            if self.phase == Phase::Gates {
                let d_reset = V::load(&self.d_reset[j..]);
                let dr = d_reset
                    .mul(V::load(&self.h_seen[j..]))
                    .mul(gate.derivative(reset));
                dr.flush().store(&mut r[j..]);
                d_reset.mul(reset).store(&mut self.d_reset[j..]);
                continue;
            }
            let (update, candidate) = (V::load(&z[j..]), V::load(&c[j..]));
            let dh = V::load(&self.dy[j..]).add(V::load(&self.dh[j..])).flush();
            let towards = V::load(&self.h_before[j..]).sub(candidate);
            let dz = dh.mul(towards).mul(gate.derivative(update)).flush();
            let dc = dh
                .sub(dh.mul(update))
                .mul(state.derivative(candidate))
                .flush();
            if self.phase == Phase::ResetAfter {
                let dr = dc
                    .mul(V::load(&self.inner[j..]))
                    .mul(gate.derivative(reset));
                dr.flush().store(&mut r[j..]);
                dc.mul(reset).flush().store(&mut self.inner[j..]);
            }
            dz.store(&mut z[j..]);
            dc.store(&mut c[j..]);
            dh.mul(update).store(&mut self.dh[j..]);
        }
    }
}
