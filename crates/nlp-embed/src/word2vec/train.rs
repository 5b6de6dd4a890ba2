//! The training: rounds of a few shards side by side, each on copies of the rows it meets, then merged.
//!
//! A round holds some thousand words a shard. Which words a shard gets, its draws and the order of the merge do not depend on
//! the threads, and neither does the result.

use guide_core::{EpochReport, Error, Progress, Result, report};
use rayon::prelude::*;

use super::encode::Encoded;
use super::model::{TrainingText, Word2Vec};
use super::params::{Architecture, Word2VecParams};
use super::plan::{Setting, Shared, Tables};
use super::rows::{Copies, merge};
use super::shard::{Loss, Shard};
use super::subwords::Parts;

/// Known words a shard has in a round, at least, of a text of `words` of them: few enough that shards stay near each other and
/// the step size falls smoothly, and of a long text many, so that each row is copied for more steps. Longer sentences are cut
/// there.
pub(super) fn shard_words(words: u64, n_shards: usize) -> usize {
    (words / (ROUNDS_A_PASS * n_shards as u64)).clamp(1024, 8192) as usize
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
        shared: trainer.shared,
        parts: trainer.tables.parts,
        words: trainer.words,
        loss,
    })
}

struct Trainer<'a> {
    params: &'a Word2VecParams,
    progress: &'a dyn Progress,
    tables: Tables,
    shared: Shared,
    shards: Vec<Shard>,
    shard_words: usize,
    /// The shard that gets the next sentence.
    filling: usize,
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
        Ok(Self {
            shards: vec![Shard::new(n_inputs, tables.n_outputs, params.dim); params.n_shards],
            params,
            progress,
            tables,
            shared,
            shard_words: shard_words(words_a_pass, params.n_shards),
            filling: 0,
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
            for piece in sentence.chunks(self.shard_words) {
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

    /// Gives a sentence to the shard that is being filled, and trains when all are full.
    fn feed(&mut self, sentence: &[u32]) {
        if self.stopped {
            return;
        }
        let text = &mut self.shards[self.filling].text;
        text.push(sentence);
        if text.words.len() >= self.shard_words {
            self.filling += 1;
            if self.filling == self.shards.len() {
                self.round();
            }
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
        let first_stream = 1 + self.rounds * params.n_shards as u64;
        let setting = Setting {
            params,
            tables: &self.tables,
            shared: &self.shared,
        };
        (self.shards.par_iter_mut().enumerate().with_max_len(1)).for_each(|(number, shard)| {
            shard.train(setting, first_stream + number as u64, rate);
        });
        let copies =
            |of: fn(&Shard) -> &Copies| -> Vec<&Copies> { self.shards.iter().map(of).collect() };
        let shared = &mut self.shared;
        merge(
            &mut shared.inputs,
            shared.dim,
            &copies(|shard| &shard.inputs),
            rate,
        );
        merge(
            &mut shared.outputs,
            shared.dim,
            &copies(|shard| &shard.outputs),
            rate,
        );
        for shard in &mut self.shards {
            self.words += shard.text.words.len() as u64;
            self.loss.sum += shard.loss.sum;
            self.loss.n += shard.loss.n;
            shard.clear();
        }
        self.rounds += 1;
        self.filling = 0;
    }
}
