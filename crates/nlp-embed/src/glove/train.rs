//! The training loop: passes over the blocks of pairs. Blocks that share no word are trained in parallel.
//!
//! The words of each shard, the order of the blocks and the order of the pairs in a block do not depend on the number of
//! threads, so neither does the result.

use std::time::Instant;

use guide_core::{EpochReport, Error, Progress, Result, report, stream};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::blocks::{Blocks, Pair};
use super::cooccurrence::count;
use super::model::GloveReport;
use super::params::GloveParams;
use super::shards::Shards;
use super::table::{Example, Table, learn};
use crate::TrainingText;
use crate::trained::no_two_words;

const ALGORITHM: &str = "glove";

/// The vectors of all words, `dim` numbers each, and the figures of the training.
pub(super) struct Trained {
    pub(super) vectors: Vec<f32>,
    pub(super) report: GloveReport,
}

pub(super) fn train(
    params: &GloveParams,
    text: &TrainingText<'_>,
    progress: &dyn Progress,
) -> Result<Trained> {
    let counts = text.vocabulary.counts();
    if counts.is_empty() {
        return Err(Error::empty("the vocabulary"));
    }
    Table::ensure_room(counts.len(), params.dim)?;
    let shards = Shards::deal(counts, params.n_shards);
    let start = Instant::now();
    let n = params.n_shards;
    let mut blocks = Blocks::new(n * n, params.max_bytes / 2, params.spill_folder());
    let words = count(params, text, progress, &mut |cells| {
        for cell in cells {
            let (row_shard, row) = shards.places[cell.row() as usize];
            let (column_shard, column) = shards.places[cell.column() as usize];
            let log = cell.value().ln() as f32;
            let block = row_shard as usize * n + column_shard as usize;
            blocks.push(block, Pair { row, column, log })?;
        }
        Ok(())
    })?;
    let mut trainer = Trainer::new(params, shards, blocks);
    let mut done = GloveReport {
        words,
        pairs: trainer.blocks.n_pairs(),
        counting_seconds: start.elapsed().as_secs_f64(),
        training_seconds: 0.0,
        epochs: 0,
        loss: 0.0,
    };
    if done.pairs == 0 {
        return Err(no_two_words());
    }
    let start = Instant::now();
    trainer.run(&mut done, progress)?;
    done.training_seconds = start.elapsed().as_secs_f64();
    Ok(Trained {
        vectors: trainer.vectors(),
        report: done,
    })
}

struct Trainer<'a> {
    params: &'a GloveParams,
    shards: Shards,
    blocks: Blocks,
    /// By shard.
    rows: Vec<Table>,
    columns: Vec<Table>,
}

impl<'a> Trainer<'a> {
    fn new(params: &'a GloveParams, shards: Shards, blocks: Blocks) -> Self {
        let mut rng = stream(params.seed, 0);
        let reach = 0.5 / params.dim as f32;
        let mut side = || {
            let new = |&n_words: &usize| Table::new(n_words, params.dim);
            let mut tables: Vec<Table> = shards.lens.iter().map(new).collect();
            for &(shard, place) in &shards.places {
                let table = &mut tables[shard as usize];
                for x in &mut table.vector_mut(place)[..params.dim] {
                    *x = rng.random_range(-reach..reach);
                }
                table.bias_mut(place).value = rng.random_range(-reach..reach);
            }
            tables
        };
        Self {
            rows: side(),
            columns: side(),
            params,
            shards,
            blocks,
        }
    }

    fn run(&mut self, done: &mut GloveReport, progress: &dyn Progress) -> Result<()> {
        for epoch in 1..=self.params.epochs {
            let Some(loss) = self.epoch(epoch, progress)? else {
                break;
            };
            done.epochs = epoch;
            done.loss = loss / done.pairs as f64;
            let epoch = EpochReport {
                algorithm: ALGORITHM,
                epoch,
                n_epochs: self.params.epochs,
                loss: Some(done.loss),
            };
            if report(progress, epoch)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// One pass over all pairs. Returns the sum of their losses, or `None` if `progress` stopped it.
    fn epoch(&mut self, epoch: usize, progress: &dyn Progress) -> Result<Option<f64>> {
        let (params, blocks, n) = (self.params, &self.blocks, self.params.n_shards);
        let first_stream = epoch as u64 * (n * n + 1) as u64;
        let mut shifts: Vec<usize> = (0..n).collect();
        shifts.shuffle(&mut stream(params.seed, first_stream));
        let mut loss = 0.0;
        for shift in shifts {
            if progress.within_epoch().is_break() {
                return Ok(None);
            }
            self.columns.rotate_left(shift);
            let pairs = self.rows.par_iter_mut().zip(&mut self.columns).enumerate();
            let losses = pairs.with_max_len(1).map(|(shard, (rows, columns))| {
                let block = shard * n + (shard + shift) % n;
                let mut examples = blocks.read(block, params.example())?;
                examples.shuffle(&mut stream(params.seed, first_stream + 1 + block as u64));
                Ok(learn(params, rows, columns, &examples))
            });
            let losses: Result<Vec<f64>> = losses.collect();
            self.columns.rotate_right(shift);
            loss += losses?.iter().sum::<f64>();
        }
        Ok(Some(loss))
    }

    fn vectors(&self) -> Vec<f32> {
        let dim = self.params.dim;
        let vectors = self.shards.places.iter().flat_map(|&(shard, place)| {
            let row = self.rows[shard as usize].vector(place);
            let column = self.columns[shard as usize].vector(place);
            let both = row.iter().zip(column).take(dim);
            both.map(|(w, c)| if self.params.add_contexts { w + c } else { *w })
        });
        vectors.collect()
    }
}

impl GloveParams {
    /// A pair with its weight: `f(X) = min(1, (X / x_max)^alpha)`.
    fn example(&self) -> impl Fn(Pair) -> Example {
        let log_max = self.x_max.ln();
        let weight = move |log: f32| {
            if self.weighted && log < log_max {
                (self.alpha * (log - log_max)).exp()
            } else {
                1.0
            }
        };
        move |pair| Example {
            row: pair.row,
            column: pair.column,
            log: pair.log,
            weight: weight(pair.log),
        }
    }
}
