//! The draws of a shard, made before it trains, so that training itself knows which rows it will touch.

use guide_core::{Result, Rng};
use rand::RngExt;

use super::encode::Encoded;
use super::huffman::Huffman;
use super::params::Word2VecParams;
use super::rows::{Rows, Share};
use super::sampling::{Noise, below, whose};
use super::subwords::Parts;
use crate::Vocabulary;

/// What the draws are made from, and which row of the outputs belongs to what: words first where words are held against
/// each other, then the inner nodes of the tree where there is one.
#[derive(Debug)]
pub(super) struct Tables {
    /// For each word the highest draw, of 32 bits, at which an occurrence is kept.
    keep: Vec<u32>,
    /// What words are held against: for each shard its own words, or one for all.
    noises: Vec<Noise>,
    tree: Option<Huffman>,
    pub(super) parts: Option<Parts>,
    pub(super) first_node: u32,
    pub(super) n_outputs: usize,
}

impl Tables {
    pub(super) fn new(params: &Word2VecParams, vocabulary: &Vocabulary) -> Result<Self> {
        let counts = vocabulary.counts();
        let keep = vocabulary.keep_probabilities(params.sample)?;
        let by_word = !params.hierarchical_softmax && counts.len() >= OWN_WORDS * params.n_shards;
        let n_noises = match params.negative {
            0 => 0,
            _ if by_word => params.n_shards,
            _ => 1,
        };
        let noises = (0..n_noises).map(|part| {
            let own = counts.iter().skip(part).step_by(n_noises).copied();
            Noise::new(&own.collect::<Vec<_>>(), params.ns_exponent)
        });
        let noises: Vec<Noise> = noises.collect();
        let tree = (params.hierarchical_softmax).then(|| Huffman::new(counts));
        let first_node = if noises.is_empty() { 0 } else { counts.len() };
        let n_nodes = if tree.is_some() { counts.len() - 1 } else { 0 };
        Ok(Self {
            // A conversion to an integer stops at its limits.
            keep: keep
                .iter()
                .map(|kept| (kept * 2f64.powi(32)) as u32)
                .collect(),
            noises,
            tree,
            parts: Parts::of(params, vocabulary),
            first_node: first_node as u32,
            n_outputs: first_node + n_nodes,
        })
    }

    /// Input rows for `n_words` words and their n-grams.
    pub(super) fn n_inputs(&self, n_words: usize) -> usize {
        n_words + (self.parts.as_ref()).map_or(0, |parts| parts.subwords.buckets().len())
    }
}

/// Words a shard must own for it to predict these alone and hold them against each other: so many that any word meets many
/// others.
pub(super) const OWN_WORDS: usize = 1000;

/// The parameters before and after training.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dim: usize,
    /// A row for each word, then one for each n-gram where words are made of them, `[n_inputs, dim]`.
    pub(super) inputs: Vec<f32>,
    /// A row for each output, `[n_outputs, dim]`.
    pub(super) outputs: Vec<f32>,
}

/// What all shards read while they train.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) params: &'a Word2VecParams,
    pub(super) tables: &'a Tables,
    pub(super) inputs: &'a Rows,
    pub(super) outputs: &'a Rows,
}

/// For each word that is kept the slots of its input rows, its window, and the slots of its output rows with what each should say.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Ends of the sentences in the words kept.
    pub(super) sentence_ends: Vec<usize>,
    /// End of each word's part of `inputs`.
    pub(super) input_ends: Vec<usize>,
    pub(super) inputs: Vec<u32>,
    pub(super) halves: Vec<u32>,
    /// End of each word's part of `outputs` and `labels`.
    pub(super) output_ends: Vec<usize>,
    pub(super) outputs: Vec<u32>,
    pub(super) labels: Vec<f32>,
}

impl Plan {
    /// Draws anew for `text`: which words are kept and their windows from `rng`, which is the same for all shards, and the
    /// words held against those that this shard predicts from `own`. A word drawn against itself is left out, so that it has
    /// one less, as in the C program and gensim.
    ///
    /// Where each shard has a noise of its own it predicts the words that it owns, and holds them against each other, so
    /// that no output is ever borrowed. What is true and what is drawn must come from the same words: drawn from other words than
    /// are predicted, they would be told apart by that alone, which cost CBOW .03 of its analogies. Otherwise shards take
    /// turns, in an order that no text has and that each round begins elsewhere; nodes of a tree would in the other case see the
    /// words of one shard go one way only.
    pub(super) fn draw(
        &mut self,
        setting: Setting<'_>,
        text: &Encoded,
        (mut rng, mut own): (Rng, Rng),
        inputs: &mut Share,
        outputs: &mut Share,
    ) {
        let Setting { params, tables, .. } = setting;
        self.clear();
        let n_shards = params.n_shards;
        let by_word = tables.noises.len() == n_shards;
        let first_turn: u64 = rng.random();
        let mut kept = Vec::new();
        for sentence in text.sentences() {
            kept.clear();
            kept.extend(
                (sentence.iter())
                    .filter(|&&word| rng.random::<u32>() <= tables.keep[word as usize]),
            );
            if kept.len() < 2 {
                continue;
            }
            for &word in &kept {
                let mut input = |row| self.inputs.push(inputs.slot_of(row));
                match &tables.parts {
                    None => input(word),
                    Some(parts) => parts.of_word(word).iter().for_each(|&row| input(row)),
                }
                self.input_ends.push(self.inputs.len());
                self.halves.push(if params.shrink_windows {
                    1 + below(rng.random(), params.window) as u32
                } else {
                    params.window as u32
                });
                let predicts = if by_word {
                    word as usize % n_shards
                } else {
                    let turn = first_turn.wrapping_add(self.halves.len() as u64);
                    whose(turn, n_shards)
                };
                if predicts == outputs.part {
                    self.draw_outputs(setting, word, &mut own, outputs);
                }
                self.output_ends.push(self.outputs.len());
            }
            self.sentence_ends.push(self.halves.len());
        }
        inputs.borrow(setting.inputs);
        outputs.borrow(setting.outputs);
    }

    fn draw_outputs(
        &mut self,
        Setting { params, tables, .. }: Setting<'_>,
        word: u32,
        rng: &mut Rng,
        outputs: &mut Share,
    ) {
        let mut output = |slot: u32, label: f32| {
            self.outputs.push(slot);
            self.labels.push(label);
        };
        if !tables.noises.is_empty() {
            output(outputs.slot_of(word), 1.0);
        }
        if let [noise] = &tables.noises[..] {
            for _ in 0..params.negative {
                let other = noise.draw(rng);
                if other != word {
                    output(outputs.slot_of(other), 0.0);
                }
            }
        } else if let Some(noise) = tables.noises.get(outputs.part) {
            for _ in 0..params.negative {
                let place = noise.draw(rng);
                if outputs.own_row(place) != word {
                    output(place, 0.0);
                }
            }
        }
        if let Some(tree) = &tables.tree {
            let (nodes, ways) = tree.path(word);
            for (node, way) in nodes.iter().zip(ways) {
                let slot = outputs.slot_of(tables.first_node + node);
                output(slot, if *way { 0.0 } else { 1.0 });
            }
        }
    }

    fn clear(&mut self) {
        self.sentence_ends.clear();
        self.inputs.clear();
        self.input_ends.clear();
        self.halves.clear();
        self.output_ends.clear();
        self.outputs.clear();
        self.labels.clear();
    }

    /// The input rows of the kept words in `places`.
    pub(super) fn inputs_of(&self, places: std::ops::Range<usize>) -> &[u32] {
        &self.inputs[start(&self.input_ends, places.start)..start(&self.input_ends, places.end)]
    }

    /// The part of `outputs` and `labels` that belongs to the kept word `place`; empty past the end.
    pub(super) fn outputs_of(&self, place: usize) -> std::ops::Range<usize> {
        start(&self.output_ends, place)..start(&self.output_ends, place + 1)
    }
}

/// Where the part of number `place` begins; past the end, where the last ends.
fn start(ends: &[usize], place: usize) -> usize {
    match place.min(ends.len()).checked_sub(1) {
        Some(before) => ends[before],
        None => 0,
    }
}
