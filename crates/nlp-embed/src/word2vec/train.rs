//! The training: rounds of a few shards side by side, each on rows of its own and copies of others, then merged.
//!
//! A round holds some thousand words a shard. Which words a shard gets, its draws and the order of the merge do not depend on
//! the threads, and neither does the result.

use guide_core::{EpochReport, Error, Progress, Result, report};
use rayon::prelude::*;

use super::encode::Encoded;
use super::model::{TrainingText, Word2Vec};
use super::params::{Architecture, Word2VecParams};
use super::plan::{Setting, Shared, Tables};
use super::rows::{Rows, Share};
use super::shard::{Loss, Shard};
use super::subwords::Parts;

/// Known words in a round, at least, of a text of `words` of them: few enough that shards stay near each other and the step size
/// falls smoothly, and of a long text many, so that each row is copied for more steps. Longer sentences are cut at the share of
/// a shard.
pub(super) fn round_words(words: u64, n_shards: usize) -> usize {
    n_shards * (words / (ROUNDS_A_PASS * n_shards as u64)).clamp(1024, 4096) as usize
}

/// Rounds of a text that is neither short nor long.
const ROUNDS_A_PASS: u64 = 64;

/// What training comes to.
pub(super) struct Trained {
    pub(super) shared: Shared,
    /// Which rows words are made of, where not of one.
    pub(super) parts: Option<Parts>,
    /// Known words met, over all passes.
    pub(super) words: u64,
    /// Mean loss of the last pass.
    pub(super) loss: f64,
}

/// Trains on `text`, of whose vocabulary it holds `words_a_pass` words, from where `start` ended or from the beginning.
pub(super) fn train(
    params: &Word2VecParams,
    text: &TrainingText<'_>,
    words_a_pass: u64,
    start: Option<&Word2Vec>,
    progress: &dyn Progress,
) -> Result<Trained> {
    let mut trainer = Trainer::new(params, text, words_a_pass, start, progress)?;
    let algorithm = match params.architecture {
        Architecture::SkipGram => "skip-gram",
        Architecture::Cbow => "cbow",
    };
    let mut cache = Some(Encoded::default());
    let mut loss = 0.0;
    for epoch in 1..=params.epochs {
        match &cache {
            Some(cache) if epoch > 1 => {
                for sentence in cache.sentences() {
                    trainer.feed(sentence);
                }
            }
            _ => trainer.read(text, &mut cache)?,
        }
        trainer.round();
        if trainer.stopped {
            break;
        }
        if trainer.words == 0 {
            return Err(Error::empty(
                "the text, of which no word is in the vocabulary,",
            ));
        }
        let losses = std::mem::take(&mut trainer.loss);
        loss = losses.sum / losses.n.max(1) as f64;
        let epoch = EpochReport {
            algorithm,
            epoch,
            n_epochs: params.epochs,
            loss: Some(loss),
        };
        if report(progress, epoch)?.is_break() {
            break;
        }
    }
    Ok(Trained {
        shared: Shared {
            dim: params.dim,
            inputs: trainer.inputs.collect(),
            outputs: trainer.outputs.collect(),
        },
        parts: trainer.tables.parts,
        words: trainer.words,
        loss,
    })
}

struct Trainer<'a> {
    params: &'a Word2VecParams,
    progress: &'a dyn Progress,
    tables: Tables,
    inputs: Rows,
    outputs: Rows,
    shards: Vec<Shard>,
    /// The text of the next round, and how many words make it one.
    text: Encoded,
    round_words: usize,
    rounds: u64,
    words: u64,
    /// Words in all passes, as the vocabulary has it.
    words_to_come: f64,
    loss: Loss,
    stopped: bool,
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
            return Err(Error::empty("the vocabulary"));
        }
        let tables = Tables::new(params, text.vocabulary)?;
        let n_inputs = tables.n_inputs(text.vocabulary.len());
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
            progress,
            tables,
            text: Encoded::default(),
            round_words: round_words(words_a_pass, params.n_shards),
            rounds: 0,
            words: 0,
            words_to_come: params.epochs as f64 * words_a_pass as f64,
            loss: Loss::default(),
            stopped: false,
        })
    }

    /// Trains on one pass of the text, and keeps it in `cache` as long as it has room there.
    fn read(&mut self, text: &TrainingText<'_>, cache: &mut Option<Encoded>) -> Result<()> {
        let mut sentence = Vec::new();
        let walked = text.sentences.walk(&mut |tokens| {
            sentence.clear();
            sentence.extend(tokens.iter().filter_map(|token| text.vocabulary.id(token)));
            for piece in sentence.chunks(self.round_words / self.params.n_shards) {
                if let Some(known) = cache {
                    known.push(piece);
                    if known.bytes() > self.params.cache_bytes {
                        *cache = None;
                    }
                }
                self.feed(piece);
            }
            if self.stopped {
                // Ends the walk; nobody sees it.
                return Err(Error::empty("what is left of a stopped training"));
            }
            Ok(())
        });
        if self.stopped { Ok(()) } else { walked }
    }

    /// Adds a sentence to the round, and trains when it is full.
    fn feed(&mut self, sentence: &[u32]) {
        if self.stopped {
            return;
        }
        self.text.push(sentence);
        if self.text.words.len() >= self.round_words {
            self.round();
        }
    }

    /// Trains the shards on what they have and merges them.
    fn round(&mut self) {
        if self.stopped || self.progress.within_epoch().is_break() {
            self.stopped = true;
            return;
        }
        let params = self.params;
        let done = (self.words as f64 / self.words_to_come).min(1.0) as f32;
        let rate = params.alpha - (params.alpha - params.min_alpha) * done;
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
            self.loss.sum += shard.loss.sum;
            self.loss.n += shard.loss.n;
            shard.clear();
        }
        self.words += self.text.words.len() as u64;
        self.text.clear();
        self.rounds += 1;
    }
}
