//! One time step of the long short-term memory for one example, gates and cell in one pass (Hochreiter, Schmidhuber, 1997;
//! forget gate: Gers et al., 2000).

use super::Lanes;
use super::squash::{Squash, biased};
use super::{Isa, Kernel, run};

/// A forward step. Slices hold one number a hidden unit, `gates` and `bias` four: input, forget, candidate, output.
///
/// `i, f, o = gate(..)`, `g = state(..)`, `c ← f c + i g`, `h ← o state(c)`.
pub(crate) struct LstmForward<'a> {
    pub(crate) gate: Squash,
    pub(crate) state: Squash,
    /// Bias of each gate, added to the sums.
    pub(crate) bias: &'a [f32],
    /// In: the sums of the products. Out: the values of the gates.
    pub(crate) gates: &'a mut [f32],
    /// In: the cell before the step. Out: after it.
    pub(crate) c: &'a mut [f32],
    /// Out: the cell before the step.
    pub(crate) c_before: &'a mut [f32],
    /// Out: `state(c)` after the step.
    pub(crate) c_value: &'a mut [f32],
    /// Out: the hidden state.
    pub(crate) h: &'a mut [f32],
    /// Out: the hidden state once more.
    pub(crate) y: &'a mut [f32],
}

/// A backward step.
pub(crate) struct LstmBackward<'a> {
    pub(crate) gate: Squash,
    pub(crate) state: Squash,
    /// In: the values of the gates. Out: the gradients of their sums.
    pub(crate) gates: &'a mut [f32],
    pub(crate) c_before: &'a [f32],
    pub(crate) c_value: &'a [f32],
    /// Gradient of the output of this step.
    pub(crate) dy: &'a [f32],
    /// In: gradient of the hidden state from later steps. Out: 0; the caller adds that of the state before the step.
    pub(crate) dh: &'a mut [f32],
    /// In: gradient of the cell from later steps. Out: of the cell before the step.
    pub(crate) dc: &'a mut [f32],
}

impl LstmForward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl LstmBackward<'_> {
    /// Does the step.
    ///
    /// # Panics
    /// If the slices have other lengths than the fields say.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl Kernel for LstmForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.h.len();
        assert!(self.gates.len() == 4 * n && self.bias.len() == 4 * n);
        assert!(
            self.c.len() == n
                && self.c_before.len() == n
                && self.c_value.len() == n
                && self.y.len() == n
        );
        let (i, rest) = self.gates.split_at_mut(n);
        let (f, rest) = rest.split_at_mut(n);
        let (g, o) = rest.split_at_mut(n);
        let (b_i, rest) = self.bias.split_at(n);
        let (b_f, rest) = rest.split_at(n);
        let (b_g, b_o) = rest.split_at(n);
        for j in (0..n).step_by(V::N) {
            let input = biased::<V>(self.gate, &i[j..], &b_i[j..]);
            let forget = biased::<V>(self.gate, &f[j..], &b_f[j..]);
            let candidate = biased::<V>(self.state, &g[j..], &b_g[j..]);
            let output = biased::<V>(self.gate, &o[j..], &b_o[j..]);
            let before = V::load(&self.c[j..]);
            let cell = forget.fma(before, input.mul(candidate)).flush();
            let squashed = self.state.value(cell);
            let hidden = output.mul(squashed).flush();
            input.store(&mut i[j..]);
            forget.store(&mut f[j..]);
            candidate.store(&mut g[j..]);
            output.store(&mut o[j..]);
            before.store(&mut self.c_before[j..]);
            cell.store(&mut self.c[j..]);
            squashed.store(&mut self.c_value[j..]);
            hidden.store(&mut self.h[j..]);
            hidden.store(&mut self.y[j..]);
        }
    }
}

impl Kernel for LstmBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n = self.dh.len();
        assert!(self.gates.len() == 4 * n && self.dc.len() == n && self.dy.len() == n);
        assert!(self.c_before.len() == n && self.c_value.len() == n);
        let (i, rest) = self.gates.split_at_mut(n);
        let (f, rest) = rest.split_at_mut(n);
        let (g, o) = rest.split_at_mut(n);
        let (gate, state) = (self.gate, self.state);
        for j in (0..n).step_by(V::N) {
            let (input, forget) = (V::load(&i[j..]), V::load(&f[j..]));
            let (candidate, output) = (V::load(&g[j..]), V::load(&o[j..]));
            let value = V::load(&self.c_value[j..]);
            let dh = V::load(&self.dy[j..]).add(V::load(&self.dh[j..])).flush();
            let inner = dh.mul(output).mul(state.derivative(value));
            let dc = V::load(&self.dc[j..]).add(inner).flush();
            let d_input = dc.mul(candidate).mul(gate.derivative(input)).flush();
            let d_forget = dc
                .mul(V::load(&self.c_before[j..]))
                .mul(gate.derivative(forget))
                .flush();
            let d_candidate = dc.mul(input).mul(state.derivative(candidate)).flush();
            let d_output = dh.mul(value).mul(gate.derivative(output)).flush();
            d_input.store(&mut i[j..]);
            d_forget.store(&mut f[j..]);
            d_candidate.store(&mut g[j..]);
            d_output.store(&mut o[j..]);
            dc.mul(forget).store(&mut self.dc[j..]);
            V::splat(0.0).store(&mut self.dh[j..]);
        }
    }
}
