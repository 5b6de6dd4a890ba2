//! The forward pass of a recurrent layer: each part of the batch walks through all steps without waiting for the others.

use guide_core::Result;
use nn_core::{Pass, Room, fill_row_masks};

use super::layer::{Use, mask_stream, n_parts, take};
use super::parts::Part;
use super::weights::{Tensors, reset_first};
use super::{Cell, MaskedOutput, OutputColumns, Recurrent, RecurrentParams, Reset, State, Steps};
use crate::simd::{Factor, GruForward, Isa, LstmForward, Matrix, Phase, SimpleForward, packed_len};

/// Steps of one sequence up to which its products read the matrices where they lie.
const SHORT: usize = 64;

/// What all parts share.
struct Shared<'a> {
    isa: Isa,
    params: &'a RecurrentParams,
    steps: usize,
    input: Factor<'a>,
    recurrent: Factor<'a>,
    /// The candidate's columns of the recurrent matrix (GRU).
    candidate: Factor<'a>,
    bias: &'a [f32],
    bias_recurrent: &'a [f32],
    drops_x: bool,
    drops_h: bool,
    row: usize,
    from: usize,
}

impl Recurrent {
    /// Runs the layer over a batch: `x` is `[n, steps, n_in]`, the output `[n, steps, n_hidden]` goes to the columns `y`.
    ///
    /// `state` is where the sequences begin, and afterwards where they ended. The cache of `room` ([`Recurrent::cache_len`]) keeps
    /// what [`Recurrent::backward`] needs; its scratch has [`Recurrent::scratch_len`] numbers. Nothing is allocated. The result does not
    /// depend on the number of threads.
    ///
    /// # Errors
    /// [`guide_core::Error::Shape`] if a slice has another length than the parameters and `steps` ask for.
    pub fn forward(
        &self,
        pass: &Pass<'_>,
        x: &[f32],
        steps: Steps<'_>,
        state: &mut State,
        y: OutputColumns<'_>,
        room: Room<'_>,
    ) -> Result<()> {
        let Room { cache, scratch } = room;
        let columns = (y.values.len(), y.row, y.from);
        let tensors = self.checked(pass, x, steps, state, columns, (cache, scratch))?;
        if steps.is_empty() {
            return Ok(());
        }
        let (p, isa) = (self.params(), Isa::detect());
        let (n_in, hidden) = (p.n_in, p.n_hidden);
        let width = p.cell.n_gates() * hidden;
        let (joint, apart) = self.recurrent_columns();
        let mut rest = scratch;
        let input = take(&mut rest, packed_len(n_in, width));
        let recurrent = take(&mut rest, packed_len(hidden, joint));
        let candidate = take(&mut rest, packed_len(hidden, apart));
        let (bias, bias_recurrent) = (take(&mut rest, width), take(&mut rest, hidden));
        // One sequence reads the matrices so rarely that packing them would take longer than its products.
        let in_place = steps.n == 1 && steps.steps <= SHORT;
        let matrix = Matrix::rows(tensors.input, width);
        let input = Factor::new(isa, (n_in, width), matrix, input, in_place);
        let matrix = Matrix::rows(tensors.recurrent, width);
        let recurrent = Factor::new(isa, (hidden, joint), matrix, recurrent, in_place);
        let matrix = matrix.skip_cols(joint);
        let candidate = Factor::new(isa, (hidden, apart), matrix, candidate, in_place);
        self.join_biases(tensors, bias, bias_recurrent);

        let cut = self.cut(steps.n, steps.steps, cache);
        let [drops_x, drops_h] = self.drops(pass);
        if drops_x {
            let stream = mask_stream(self.number, Use::Input);
            fill_row_masks(pass, stream, p.input_dropout, cut.x_mask);
        }
        if drops_h {
            let stream = mask_stream(self.number, Use::Recurrent);
            fill_row_masks(pass, stream, p.recurrent_dropout, cut.h_mask);
        }
        let shared = Shared {
            isa,
            params: p,
            steps: steps.steps,
            input,
            recurrent,
            candidate,
            bias,
            bias_recurrent,
            drops_x,
            drops_h,
            row: y.row,
            from: y.from,
        };
        let part = Part {
            n: steps.n,
            mask: steps.mask,
            read: x,
            written: y.values,
            h: &mut state.h,
            c: &mut state.c,
            work: &mut [],
            cache: cut,
        };
        part.run(n_parts(steps.n), &|part| shared.run(part));
        Ok(())
    }

    /// The bias of the sums, and that of the candidate's recurrent product.
    fn join_biases(&self, tensors: Tensors<'_>, bias: &mut [f32], recurrent: &mut [f32]) {
        bias.fill(0.0);
        recurrent.fill(0.0);
        bias.iter_mut()
            .zip(tensors.bias_input)
            .for_each(|(x, y)| *x += y);
        let p = self.params();
        let apart = p.cell == Cell::Gru && p.reset == Reset::After;
        let joint = if apart {
            self.recurrent_columns().0
        } else {
            bias.len()
        };
        let both = tensors.bias_recurrent.iter();
        bias.iter_mut()
            .zip(both)
            .take(joint)
            .for_each(|(x, y)| *x += y);
        if apart {
            recurrent
                .iter_mut()
                .zip(tensors.bias_recurrent.iter().skip(joint))
                .for_each(|(x, y)| *x = *y);
        }
    }
}

impl Shared<'_> {
    fn run(&self, mut part: Part<'_>) {
        let (p, steps, isa) = (self.params, self.steps, self.isa);
        let hidden = p.n_hidden;
        let width = p.cell.n_gates() * hidden;
        let x = if self.drops_x {
            let rows = part
                .read
                .chunks_exact(p.n_in)
                .zip(part.cache.x.chunks_exact_mut(p.n_in));
            for (row, (x, seen)) in rows.enumerate() {
                let mask = &part.cache.x_mask[row / steps * p.n_in..];
                seen.iter_mut()
                    .zip(x.iter().zip(mask))
                    .for_each(|(s, (x, m))| *s = x * m);
            }
            &*part.cache.x
        } else {
            part.read
        };
        let size = (part.n * steps, p.n_in, width);
        let x = Matrix::rows(x, p.n_in);
        self.input
            .times(isa, size, x, false, part.cache.gates, width);
        let mut before = None;
        for walked in 0..steps {
            let t = if p.reverse {
                steps - 1 - walked
            } else {
                walked
            };
            self.see(&mut part, t);
            let seen = Matrix::rows(&part.cache.h_seen[t * hidden..], steps * hidden);
            let joint = if p.cell == Cell::Gru {
                2 * hidden
            } else {
                width
            };
            let gates = &mut part.cache.gates[t * width..];
            let size = (part.n, hidden, joint);
            self.recurrent
                .times(isa, size, seen, true, gates, steps * width);
            if p.cell == Cell::Gru {
                let inner = &mut part.cache.inner[t * hidden..];
                if p.reset == Reset::After {
                    let size = (part.n, hidden, hidden);
                    self.candidate
                        .times(isa, size, seen, false, inner, steps * hidden);
                } else {
                    self.pass(&mut part, t, Phase::Gates, before);
                    let inner = Matrix::rows(&part.cache.inner[t * hidden..], steps * hidden);
                    let sums = &mut part.cache.gates[t * width + 2 * hidden..];
                    let size = (part.n, hidden, hidden);
                    self.candidate
                        .times(isa, size, inner, true, sums, steps * width);
                }
            }
            let phase = if p.reset == Reset::After {
                Phase::ResetAfter
            } else {
                Phase::Candidate
            };
            self.pass(&mut part, t, phase, before);
            before = Some(t);
        }
    }

    /// Writes the states that the products of step `t` see.
    fn see(&self, part: &mut Part<'_>, t: usize) {
        let hidden = self.params.n_hidden;
        for (i, h) in part.h.chunks_exact(hidden).enumerate() {
            let at = (i * self.steps + t) * hidden;
            let seen = &mut part.cache.h_seen[at..at + hidden];
            if self.drops_h {
                let mask = &part.cache.h_mask[i * hidden..];
                seen.iter_mut()
                    .zip(h.iter().zip(mask))
                    .for_each(|(s, (h, m))| *s = h * m);
            } else {
                seen.copy_from_slice(h);
            }
        }
    }

    /// Gates and cell of step `t` for each sequence; `before` is the step walked before.
    fn pass(&self, part: &mut Part<'_>, t: usize, phase: Phase, before: Option<usize>) {
        let (p, steps, isa) = (self.params, self.steps, self.isa);
        let hidden = p.n_hidden;
        let width = p.cell.n_gates() * hidden;
        let Part {
            mask,
            written: y,
            h,
            c,
            cache,
            ..
        } = part;
        for (i, h) in h.chunks_exact_mut(hidden).enumerate() {
            let row = i * steps + t;
            let at = row * self.row + self.from;
            if mask.is_some_and(|mask| !mask[row]) {
                match before.filter(|_| p.masked_output == MaskedOutput::Previous) {
                    Some(before) => {
                        let from = (i * steps + before) * self.row + self.from;
                        y.copy_within(from..from + hidden, at);
                    }
                    None => y[at..at + hidden].fill(0.0),
                }
                continue;
            }
            let y = &mut y[at..at + hidden];
            let gates = &mut cache.gates[row * width..(row + 1) * width];
            let own = row * hidden..(row + 1) * hidden;
            match p.cell {
                Cell::Rnn => {
                    SimpleForward {
                        state: p.state_activation,
                        bias: self.bias,
                        gates,
                        h,
                        y,
                    }
                    .run(isa);
                }
                Cell::Lstm => LstmForward {
                    gate: p.gate_activation,
                    state: p.state_activation,
                    bias: self.bias,
                    gates,
                    c: &mut c[i * hidden..(i + 1) * hidden],
                    c_before: &mut cache.before[own.clone()],
                    c_value: &mut cache.inner[own],
                    h,
                    y,
                }
                .run(isa),
                Cell::Gru => GruForward {
                    phase,
                    gate: p.gate_activation,
                    state: p.state_activation,
                    reset_first: reset_first(p),
                    bias: self.bias,
                    bias_recurrent: self.bias_recurrent,
                    gates,
                    inner: &mut cache.inner[own.clone()],
                    h_seen: &cache.h_seen[own.clone()],
                    h_before: &mut cache.before[own],
                    h,
                    y,
                }
                .run(isa),
            }
        }
    }
}
