//! The training loop. Each round trains a few shards in parallel, on their own rows and on copies of the others' rows, and
//! then merges them.
//!
//! A round holds some thousand words per shard. All shards read the whole round. The words that a shard predicts, its random
//! numbers and the order of the merge do not depend on the number of threads, so neither does the result.

use guide_core::{EpochReport, Error, Progress, Result, report};
use rayon::prelude::*;

use super::encode::Encoded;
use super::model::{TrainingText, Word2Vec};
use super::params::Word2VecParams;
use super::plan::{Setting, Shared, Tables};
use super::rows::{Rows, Share};
use super::shard::{Loss, Shard};
use super::subwords::Parts;
use crate::corpus::Watch;
use crate::trained::{ensure_room, no_two_words};

/// Least number of known words in a round, for a text of `words` known words. More words per round let the shards drift apart
/// and make the learning rate fall in larger steps; fewer copy each row for fewer steps, which is slow on a long text.
pub(super) fn round_words(words: u64, n_shards: usize) -> usize {
    n_shards * (words / (ROUNDS_A_PASS * n_shards as u64)).clamp(1024, 4096) as usize
}

/// Rounds per pass, unless the text is so short or so long that the bounds in [`round_words`] apply.
const ROUNDS_A_PASS: u64 = 64;

/// Most known words of a sentence. Longer sentences are cut, as in gensim.
const LONGEST_SENTENCE: usize = 10_000;

/// Smallest learning rate. Steps of this size change nothing, but their errors still give the loss.
const LEAST_RATE: f32 = 1e-30;

/// The result of a training.
pub(super) struct Trained {
    pub(super) shared: Shared,
    /// The rows that each word is the mean of; `None` if each word has one row.
    pub(super) parts: Option<Parts>,
    /// Known words met, over all passes.
    pub(super) words: u64,
    /// Complete passes.
    pub(super) epochs: usize,
    /// Mean loss of the last pass that had a step; NaN if training was stopped before the first step.
    pub(super) loss: f64,
    /// Rounds made, those of earlier trainings included.
    pub(super) rounds: u64,
}

/// Trains on `text`, which holds `words_a_pass` words of its vocabulary. Continues from `start`, if given.
pub(super) fn train(
    params: &Word2VecParams,
    text: &TrainingText<'_>,
    words_a_pass: u64,
    start: Option<&Word2Vec>,
    progress: &dyn Progress,
) -> Result<Trained> {
    let mut trainer = Trainer::new(params, text, words_a_pass, start, progress)?;
    let mut cache = (params.epochs > 1).then(Encoded::default);
    let (mut epochs, mut loss) = (0, None);
    for epoch in 1..=params.epochs {
        let passed = trainer.pass(text, &mut cache, epoch);
        let passed = trainer.watch.of(passed)?;
        let of_this = std::mem::take(&mut trainer.loss).mean();
        loss = of_this.or(loss);
        if passed.is_none() {
            break;
        }
        if trainer.words == 0 {
            return Err(Error::empty(
                "the text, of which no word is in the vocabulary,",
            ));
        }
        if epoch == 1 {
            // The vocabulary may have been counted in another text, or without its rare words.
            trainer.words_to_come = params.epochs as f64 * trainer.words as f64;
        }
        epochs = epoch;
        let epoch = EpochReport {
            algorithm: params.architecture.name(),
            epoch,
            n_epochs: params.epochs,
            loss: of_this,
        };
        if report(progress, epoch)?.is_break() {
            break;
        }
    }
    if loss.is_none() && epochs == params.epochs {
        return Err(if trainer.has_pair {
            Error::empty("the text, of whose known words `sample` leaves no two beside each other,")
        } else {
            no_two_words()
        });
    }
    Ok(Trained {
        shared: Shared {
            dim: params.dim,
            inputs: trainer.inputs.collect(),
            outputs: trainer.outputs.collect(),
        },
        parts: trainer.tables.parts,
        words: trainer.words,
        epochs,
        loss: loss.unwrap_or(f64::NAN),
        rounds: trainer.rounds,
    })
}

struct Trainer<'a> {
    params: &'a Word2VecParams,
    watch: Watch<'a>,
    tables: Tables,
    inputs: Rows,
    outputs: Rows,
    shards: Vec<Shard>,
    /// The text of the next round, which is trained when it has `round_words` words.
    text: Encoded,
    round_words: usize,
    /// Rounds made, those of an earlier training included. Seeds the random numbers of each round.
    rounds: u64,
    words: u64,
    /// Whether a sentence had two known words, before any was left out by `sample`.
    has_pair: bool,
    /// Words in all passes: estimated from the vocabulary until the first pass has counted them.
    words_to_come: f64,
    loss: Loss,
}

impl<'a> Trainer<'a> {
    fn new(
        params: &'a Word2VecParams,
        text: &TrainingText<'_>,
        words_a_pass: u64,
        start: Option<&Word2Vec>,
        progress: &'a dyn Progress,
    ) -> Result<Self> {
        if words_a_pass == 0 {
            let what = if text.vocabulary.is_empty() {
                "the vocabulary"
            } else {
                "the text that the vocabulary was counted in"
            };
            return Err(Error::empty(what));
        }
        let tables = Tables::new(params, text.vocabulary)?;
        let n_inputs = tables.n_inputs(text.vocabulary.len());
        // Each row is held twice while the list is split into the parts of the shards.
        let n_rows = n_inputs + tables.n_outputs;
        ensure_room(
            params.architecture.name(),
            n_rows,
            params.dim,
            2 * params.dim,
        )?;
        let shared = match start {
            None => Shared::drawn(params, n_inputs, tables.n_outputs),
            Some(model) => Shared::continued(params, &tables, text.vocabulary, model),
        };
        let rows = |rows: &[f32]| Rows::new(rows, params.dim, params.n_shards);
        let n_rows = (n_inputs, tables.n_outputs);
        Ok(Self {
            inputs: rows(&shared.inputs),
            outputs: rows(&shared.outputs),
            shards: (0..params.n_shards)
                .map(|part| Shard::new(n_rows, params.dim, part, params.n_shards))
                .collect(),
            params,
            watch: Watch::new(progress),
            tables,
            text: Encoded::default(),
            round_words: round_words(words_a_pass, params.n_shards),
            rounds: start.map_or(0, Word2Vec::rounds),
            words: 0,
            has_pair: false,
            words_to_come: params.epochs as f64 * words_a_pass as f64,
            loss: Loss::default(),
        })
    }

    /// Trains one pass over the text. The first pass fills `cache`, which later passes read instead of the text.
    fn pass(
        &mut self,
        text: &TrainingText<'_>,
        cache: &mut Option<Encoded>,
        epoch: usize,
    ) -> Result<()> {
        match cache {
            Some(cache) if epoch > 1 => cache.sentences().try_for_each(|known| self.feed(known))?,
            _ => self.read(text, cache)?,
        }
        self.round()
    }

    /// Trains on the text, and keeps its words in `cache` unless they need more than `cache_bytes`.
    fn read(&mut self, text: &TrainingText<'_>, cache: &mut Option<Encoded>) -> Result<()> {
        let mut sentence = Vec::new();
        text.sentences.walk(&mut |tokens| {
            sentence.clear();
            sentence.extend(tokens.iter().filter_map(|token| text.vocabulary.id(token)));
            self.has_pair |= sentence.len() > 1;
            for piece in sentence.chunks(LONGEST_SENTENCE) {
                if let Some(known) = cache {
                    known.push(piece);
                    if known.bytes() > self.params.cache_bytes {
                        *cache = None;
                    }
                }
                self.feed(piece)?;
            }
            Ok(())
        })
    }

    /// Adds a sentence to the round, and trains when it is full.
    fn feed(&mut self, sentence: &[u32]) -> Result<()> {
        self.text.push(sentence);
        if self.text.words.len() < self.round_words {
            return Ok(());
        }
        self.round()
    }

    /// Trains the shards on the text of the round, then merges them.
    fn round(&mut self) -> Result<()> {
        self.watch.look()?;
        let params = self.params;
        let done = (self.words as f64 / self.words_to_come).min(1.0) as f32;
        let rate = (params.alpha - (params.alpha - params.min_alpha) * done).max(LEAST_RATE);
        let setting = Setting {
            params,
            tables: &self.tables,
            inputs: &self.inputs,
            outputs: &self.outputs,
        };
        (self.shards.par_iter_mut().with_max_len(1))
            .for_each(|shard| shard.prepare(setting, &self.text, self.rounds));
        let parts = (self.inputs.parts.par_iter_mut()).zip(&mut self.outputs.parts);
        (self.shards.par_iter_mut().zip(parts).with_max_len(1))
            .for_each(|(shard, own)| shard.train(params, own, rate));
        let shares =
            |of: fn(&Shard) -> &Share| -> Vec<&Share> { self.shards.iter().map(of).collect() };
        self.inputs.merge(&shares(|shard| &shard.inputs), rate);
        self.outputs.merge(&shares(|shard| &shard.outputs), rate);
        for shard in &mut self.shards {
            self.loss.add(shard.loss);
            shard.clear();
        }
        self.words += self.text.words.len() as u64;
        self.text.clear();
        self.rounds += 1;
        Ok(())
    }
}
