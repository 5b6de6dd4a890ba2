//! The backward pass of a recurrent layer through time: each part of the batch walks back alone, then each weight gradient is
//! one product over all steps (Werbos, 1990).

use guide_core::Result;
use nn_core::{Grads, Pass, Room};

use super::layer::{n_parts, take};
use super::parts::Part;
use super::weight_gradients::add_weight_gradients;
use super::weights::reset_first;
use super::{Cell, InputColumns, MaskedOutput, Recurrent, RecurrentParams, Reset, State, Steps};
use crate::simd::{
    GruBackward, Isa, LstmBackward, Matrix, Phase, SimpleBackward, pack, packed_len, product,
};

/// What all parts share.
struct Shared<'a> {
    isa: Isa,
    params: &'a RecurrentParams,
    steps: usize,
    /// The transposed recurrent matrix; `candidate` holds the candidate's columns (GRU).
    recurrent: &'a [f32],
    candidate: &'a [f32],
    /// The transposed input matrix; not used where `dx` is not wanted.
    input: &'a [f32],
    wants_dx: bool,
    drops_x: bool,
    drops_h: bool,
    row: usize,
    from: usize,
}

impl Recurrent {
    /// Runs back through the batch of the last [`Recurrent::forward`], with the same `pass`, `x`, `steps` and cache.
    ///
    /// `dy` holds the gradient of the output. `d_state` holds the gradient of the last state (0 if nothing used it), and
    /// afterwards that of the first state: where a window of truncated back-propagation ends, it is reset. Gradients of the weights
    /// are added to `grads`; `dx`, `[n, steps, n_in]`, is overwritten where it is wanted. The cache is used up.
    ///
    /// # Errors
    /// [`guide_core::Error::Shape`] if a slice has another length than the parameters and `steps` ask for.
    #[allow(clippy::too_many_arguments)] // each is a buffer of its own
    pub fn backward(
        &self,
        pass: &Pass<'_>,
        x: &[f32],
        steps: Steps<'_>,
        dy: InputColumns<'_>,
        d_state: &mut State,
        dx: Option<&mut [f32]>,
        grads: Option<&mut Grads>,
        room: Room<'_>,
    ) -> Result<()> {
        let Room { cache, scratch } = room;
        let columns = (dy.values.len(), dy.row, dy.from);
        let tensors = self.checked(pass, x, steps, d_state, columns, (cache, scratch))?;
        let (p, isa) = (self.params(), Isa::detect());
        if let Some(dx) = &dx {
            let shape = [steps.n, steps.steps, p.n_in];
            super::sequence::check_len("the gradient of the input", &shape, dx.len())?;
        }
        if steps.is_empty() {
            return Ok(());
        }
        let (n_in, hidden) = (p.n_in, p.n_hidden);
        let width = p.cell.n_gates() * hidden;
        let (joint, apart) = self.recurrent_columns();
        let mut rest = scratch;
        let recurrent = take(&mut rest, packed_len(joint, hidden));
        let candidate = take(&mut rest, packed_len(apart, hidden));
        let input = take(&mut rest, packed_len(width, n_in));
        let work = take(&mut rest, steps.n * hidden);
        let matrix = Matrix::rows(tensors.recurrent, width);
        pack(isa, (joint, hidden), matrix.transposed(), recurrent, None);
        pack(
            isa,
            (apart, hidden),
            matrix.skip_cols(joint).transposed(),
            candidate,
            None,
        );
        if dx.is_some() {
            pack(
                isa,
                (width, n_in),
                Matrix::rows(tensors.input, width).transposed(),
                input,
                None,
            );
        }
        let [drops_x, drops_h] = self.drops(pass);
        let shared = Shared {
            isa,
            params: p,
            steps: steps.steps,
            recurrent,
            candidate,
            input,
            wants_dx: dx.is_some(),
            drops_x,
            drops_h,
            row: dy.row,
            from: dy.from,
        };
        let part = Part {
            n: steps.n,
            mask: steps.mask,
            read: dy.values,
            written: dx.unwrap_or(&mut []),
            h: &mut d_state.h,
            c: &mut d_state.c,
            work,
            cache: self.cut(steps.n, steps.steps, cache),
        };
        part.run(n_parts(steps.n), &|part| shared.run(part));
        if let Some(grads) = grads {
            let cut = self.cut(steps.n, steps.steps, cache);
            let seen = if drops_x { &*cut.x } else { x };
            let parts = (&*cut.gates, &*cut.h_seen, &*cut.inner);
            add_weight_gradients(isa, (p, self.ids()), steps.len(), seen, parts, rest, grads);
        }
        Ok(())
    }
}

impl Shared<'_> {
    fn run(&self, mut part: Part<'_>) {
        let (p, steps) = (self.params, self.steps);
        for walked in (0..steps).rev() {
            let t = if p.reverse {
                steps - 1 - walked
            } else {
                walked
            };
            let phase = if p.reset == Reset::After {
                Phase::ResetAfter
            } else {
                Phase::Candidate
            };
            self.pass(&mut part, t, walked, phase);
            self.previous(&mut part, t, walked);
        }
        if !self.wants_dx {
            return;
        }
        let width = p.cell.n_gates() * p.n_hidden;
        let gates = Matrix::rows(part.cache.gates, width);
        product(
            self.isa,
            (part.n * steps, width, p.n_in),
            gates,
            self.input,
            false,
            part.written,
            p.n_in,
        );
        if self.drops_x {
            for (row, dx) in part.written.chunks_exact_mut(p.n_in).enumerate() {
                let mask = &part.cache.x_mask[row / steps * p.n_in..];
                dx.iter_mut().zip(mask).for_each(|(dx, m)| *dx *= m);
            }
        }
    }

    /// Adds to `dh` the gradient of the state before step `t` that comes through the products.
    fn previous(&self, part: &mut Part<'_>, t: usize, walked: usize) {
        let (p, steps, isa) = (self.params, self.steps, self.isa);
        let (n, hidden) = (part.n, p.n_hidden);
        let width = p.cell.n_gates() * hidden;
        let joint = if p.cell == Cell::Gru {
            2 * hidden
        } else {
            width
        };
        let reset_before = p.cell == Cell::Gru && p.reset == Reset::Before;
        let is_direct = !self.drops_h && !reset_before;
        if reset_before {
            // The gradient of `r h`, from which the reset gate's own follows.
            let candidate = Matrix::rows(&part.cache.gates[t * width + joint..], steps * width);
            product(
                isa,
                (n, hidden, hidden),
                candidate,
                self.candidate,
                false,
                part.work,
                hidden,
            );
            self.pass(part, t, walked, Phase::Gates);
        }
        let gates = Matrix::rows(&part.cache.gates[t * width..], steps * width);
        let into = if is_direct {
            &mut *part.h
        } else {
            &mut *part.work
        };
        product(
            isa,
            (n, joint, hidden),
            gates,
            self.recurrent,
            is_direct || reset_before,
            into,
            hidden,
        );
        if p.cell == Cell::Gru && !reset_before {
            let inner = Matrix::rows(&part.cache.inner[t * hidden..], steps * hidden);
            product(
                isa,
                (n, hidden, hidden),
                inner,
                self.candidate,
                true,
                into,
                hidden,
            );
        }
        if is_direct {
            return;
        }
        if self.drops_h {
            let added = part.work.iter().zip(&*part.cache.h_mask);
            part.h
                .iter_mut()
                .zip(added)
                .for_each(|(dh, (d, m))| *dh += d * m);
        } else {
            part.h
                .iter_mut()
                .zip(&*part.work)
                .for_each(|(dh, d)| *dh += d);
        }
    }

    /// Gates and cell of step `t`, number `walked` of the walk, for each sequence.
    fn pass(&self, part: &mut Part<'_>, t: usize, walked: usize, phase: Phase) {
        let (p, steps, isa) = (self.params, self.steps, self.isa);
        let hidden = p.n_hidden;
        let width = p.cell.n_gates() * hidden;
        let Part {
            mask,
            read: dy,
            h: dh,
            c: dc,
            work,
            cache,
            ..
        } = part;
        for (i, dh) in dh.chunks_exact_mut(hidden).enumerate() {
            let row = i * steps + t;
            let at = row * self.row + self.from;
            let dy = &dy[at..at + hidden];
            let gates = &mut cache.gates[row * width..(row + 1) * width];
            let own = row * hidden..(row + 1) * hidden;
            if let Some(mask) = mask.filter(|mask| !mask[row]) {
                if phase == Phase::Gates {
                    continue;
                }
                gates.fill(0.0);
                if p.cell == Cell::Gru {
                    cache.inner[own].fill(0.0);
                }
                // The output is that of the last step that counted, which is the state as long as there was one.
                let walk = &mask[i * steps..(i + 1) * steps];
                let earlier = if p.reverse {
                    &walk[t + 1..]
                } else {
                    &walk[..walked]
                };
                if p.masked_output == MaskedOutput::Previous && earlier.contains(&true) {
                    dh.iter_mut().zip(dy).for_each(|(dh, dy)| *dh += dy);
                }
                continue;
            }
            match p.cell {
                Cell::Rnn => SimpleBackward {
                    state: p.state_activation,
                    gates,
                    dy,
                    dh,
                }
                .run(isa),
                Cell::Lstm => LstmBackward {
                    gate: p.gate_activation,
                    state: p.state_activation,
                    gates,
                    c_before: &cache.before[own.clone()],
                    c_value: &cache.inner[own],
                    dy,
                    dh,
                    dc: &mut dc[i * hidden..(i + 1) * hidden],
                }
                .run(isa),
                Cell::Gru => GruBackward {
                    phase,
                    gate: p.gate_activation,
                    state: p.state_activation,
                    reset_first: reset_first(p),
                    gates,
                    inner: &mut cache.inner[own.clone()],
                    h_seen: &cache.h_seen[own.clone()],
                    h_before: &cache.before[own],
                    dy,
                    dh,
                    d_reset: &mut work[i * hidden..(i + 1) * hidden],
                }
                .run(isa),
            }
        }
    }
}
