//! The forward and backward pass of the tagger's network over a batch, in buffers that are kept from step to step.

use guide_core::Result;
use guide_core::kernels::axpy;
use nn_core::{Activation, Embedding, Grads, Pass, Room, Shape, Workspace};

use super::attention::AttentionWork;
use super::chars::CharWork;
use super::example::Padded;
use super::net::Net;
use crate::{StackState, Steps};

/// The buffers.
#[derive(Debug, Default)]
pub(super) struct Work {
    chars: CharWork,
    attention: AttentionWork,
    x: Vec<f32>,
    dx: Vec<f32>,
    h: Vec<f32>,
    dh: Vec<f32>,
    state: StackState,
    cache: Vec<f32>,
    scratch: Vec<f32>,
    intent: Workspace,
    /// Probabilities of the intents, `[n, intents]`, and their gradient.
    pub(super) intents: Vec<f32>,
    d_intents: Vec<f32>,
    z: Vec<f32>,
    slots: Workspace,
    s: Vec<f32>,
    emissions: Workspace,
}

/// The columns of a word's vector: where each part begins.
struct Columns {
    next: usize,
}

impl Columns {
    fn take(&mut self, width: usize) -> std::ops::Range<usize> {
        self.next += width;
        self.next - width..self.next
    }
}

impl Work {
    /// Runs the network up to the scores of the tags, `[n, steps, tags]`, and the probabilities of the intents.
    pub(super) fn forward(&mut self, net: &Net, pass: &Pass<'_>, batch: &Padded) -> Result<&[f32]> {
        let (n, steps) = (batch.n, batch.steps);
        let rows = n * steps;
        self.input(net, pass, batch);
        net.input_dropout.apply(pass.mode, 0, &mut self.x);
        let width = net.encoder.width();
        self.h.resize(rows * width, 0.0);
        self.cache.resize(net.encoder.cache_len(n, steps), 0.0);
        self.scratch.resize(
            net.encoder.scratch_len(n, steps).max(self.scratch.len()),
            0.0,
        );
        net.encoder.clear_state(n, &mut self.state);
        let room = Room {
            cache: &mut self.cache,
            scratch: &mut self.scratch,
        };
        let masked = Steps::masked(n, steps, &batch.mask);
        net.encoder
            .forward(pass, &self.x, masked, &mut self.state, &mut self.h, room)?;
        net.output_dropout.apply(pass.mode, 0, &mut self.h);
        let n_intents = net.n_intents();
        self.intents.clear();
        let mut more = 0;
        if let Some(intent) = &net.intent {
            intent
                .attention
                .forward(pass, batch, &self.h, &mut self.attention);
            let logits =
                self.intent
                    .forward(&intent.logits, pass, Shape::of(&[width]), &self.attention.y);
            self.intents.extend_from_slice(logits);
            Activation::Softmax.apply(&mut self.intents, n_intents);
            more = if intent.to_slots { n_intents } else { 0 };
        }
        self.z.clear();
        for row in 0..rows {
            self.z
                .extend_from_slice(&self.h[row * width..(row + 1) * width]);
            let sentence = row / steps;
            self.z
                .extend_from_slice(&self.intents[sentence * more..(sentence + 1) * more]);
        }
        let pass = Pass { n: rows, ..*pass };
        let s = self
            .slots
            .forward(&net.slots, &pass, Shape::of(&[width + more]), &self.z);
        self.s.clear();
        self.s.extend_from_slice(s);
        net.slot_dropout.apply(pass.mode, 0, &mut self.s);
        Ok(self.emissions.forward(
            &net.emissions,
            &pass,
            Shape::of(&[net.slots.n_out()]),
            &self.s,
        ))
    }

    /// The scores of the tags of the last forward pass, and room for their gradient.
    pub(super) fn scores(&mut self) -> (&[f32], &mut [f32]) {
        self.emissions.output()
    }

    /// Runs back from the gradient that was written by [`Work::scores`]. `d_logits` is the gradient of the intents' own loss by their
    /// logits.
    pub(super) fn backward(
        &mut self,
        net: &Net,
        pass: &Pass<'_>,
        batch: &Padded,
        d_logits: &[f32],
        grads: &mut Grads,
    ) -> Result<()> {
        let (n, steps, width) = (batch.n, batch.steps, net.encoder.width());
        let rows = n * steps;
        let by_word = Pass { n: rows, ..*pass };
        let shape = Shape::of(&[net.slots.n_out()]);
        let ds =
            self.emissions
                .backward(&net.emissions, &by_word, shape, &self.s, true, Some(grads));
        let (_, d_slots) = self.slots.output();
        d_slots.copy_from_slice(ds);
        net.slot_dropout.apply(pass.mode, 0, d_slots);
        let more = net.slots.n_in() - width;
        let dz = self.slots.backward(
            &net.slots,
            &by_word,
            Shape::of(&[width + more]),
            &self.z,
            true,
            Some(grads),
        );
        self.dh.clear();
        self.d_intents.clear();
        self.d_intents.resize(self.intents.len(), 0.0);
        for (row, dz) in dz.chunks_exact(width + more).enumerate() {
            self.dh.extend_from_slice(&dz[..width]);
            let sentence = row / steps;
            if batch.mask[row] && more > 0 {
                axpy(
                    1.0,
                    &dz[width..],
                    &mut self.d_intents[sentence * more..(sentence + 1) * more],
                );
            }
        }
        if let Some(intent) = &net.intent {
            let k = net.n_intents();
            let (_, d) = self.intent.output();
            let sentences = self
                .intents
                .chunks_exact(k)
                .zip(self.d_intents.chunks_exact(k));
            for ((p, dp), (d, own)) in
                sentences.zip(d.chunks_exact_mut(k).zip(d_logits.chunks_exact(k)))
            {
                let mean: f32 = p.iter().zip(dp).map(|(p, dp)| p * dp).sum();
                for (class, d) in d.iter_mut().enumerate() {
                    *d = own[class] + p[class] * (dp[class] - mean);
                }
            }
            let dy = self.intent.backward(
                &intent.logits,
                pass,
                Shape::of(&[width]),
                &self.attention.y,
                true,
                Some(grads),
            );
            self.attention.dy.clear();
            self.attention.dy.extend_from_slice(dy);
            intent.attention.backward(
                pass,
                batch,
                &self.h,
                &mut self.attention,
                &mut self.dh,
                grads,
            );
        }
        net.output_dropout.apply(pass.mode, 0, &mut self.dh);
        self.state.reset();
        self.dx.resize(self.x.len(), 0.0);
        let room = Room {
            cache: &mut self.cache,
            scratch: &mut self.scratch,
        };
        let masked = Steps::masked(n, steps, &batch.mask);
        let (dx, grads) = (&mut self.dx, grads);
        net.encoder.backward(
            pass,
            &self.x,
            masked,
            &self.dh,
            &mut self.state,
            Some(dx),
            Some(&mut *grads),
            room,
        )?;
        net.input_dropout.apply(pass.mode, 0, &mut self.dx);
        self.input_gradients(net, pass, batch, grads);
        Ok(())
    }

    /// Writes the vectors of all words into `x`, 0 in the padding.
    fn input(&mut self, net: &Net, pass: &Pass<'_>, batch: &Padded) {
        let width = net.input_width();
        self.x.clear();
        self.x.resize(batch.n * batch.steps * width, 0.0);
        if let Some(chars) = &net.chars {
            chars.forward(pass, batch, &mut self.chars);
        }
        for (word, &row) in batch.rows.iter().enumerate() {
            let x = &mut self.x[row * width..(row + 1) * width];
            let mut columns = Columns { next: 0 };
            let mut put = |table: &Embedding, id: u32| {
                x[columns.take(table.dim())].copy_from_slice(table.row(pass.weights, id));
            };
            put(&net.words, batch.words[word]);
            if let Some(shapes) = &net.shapes {
                put(shapes, batch.shapes[word]);
            }
            let n_affixes = batch.affixes.len() / batch.n_words();
            let affixes = &batch.affixes[word * n_affixes..(word + 1) * n_affixes];
            net.affixes
                .iter()
                .zip(affixes)
                .for_each(|(table, &id)| put(table, id));
            if let Some(table) = &net.marks {
                let sum = &mut x[columns.take(table.dim())];
                for &mark in batch.marks(word) {
                    axpy(1.0, table.row(pass.weights, mark), sum);
                }
            }
            if let Some(chars) = &net.chars {
                let width = chars.width();
                let y = &self.chars.y[word * width..(word + 1) * width];
                x[columns.take(width)].copy_from_slice(y);
            }
        }
    }

    /// Adds the gradients of the tables that [`Work::input`] read, for `dx`.
    fn input_gradients(&mut self, net: &Net, pass: &Pass<'_>, batch: &Padded, grads: &mut Grads) {
        let width = net.input_width();
        self.chars.dy.clear();
        for (word, &row) in batch.rows.iter().enumerate() {
            let dx = &self.dx[row * width..(row + 1) * width];
            let mut columns = Columns { next: 0 };
            let mut add = |table: &Embedding, ids: &[u32]| {
                let dx = &dx[columns.take(table.dim())];
                ids.iter().for_each(|&id| table.scatter(&[id], dx, grads));
            };
            add(&net.words, &batch.words[word..=word]);
            if let Some(shapes) = &net.shapes {
                add(shapes, &batch.shapes[word..=word]);
            }
            let n_affixes = batch.affixes.len() / batch.n_words();
            let affixes = &batch.affixes[word * n_affixes..(word + 1) * n_affixes];
            net.affixes
                .iter()
                .zip(affixes)
                .for_each(|(table, id)| add(table, std::slice::from_ref(id)));
            if let Some(marks) = &net.marks {
                add(marks, batch.marks(word));
            }
            if let Some(chars) = &net.chars {
                self.chars
                    .dy
                    .extend_from_slice(&dx[columns.take(chars.width())]);
            }
        }
        if let Some(chars) = &net.chars {
            chars.backward(pass, batch, &mut self.chars, grads);
        }
    }
}
