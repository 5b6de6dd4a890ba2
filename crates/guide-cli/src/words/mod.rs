//! `guide words`: trains word vectors, finds neighbours, and measures quality.

mod corpus;
mod eval;
mod nearest;
mod train;
mod vectors;

pub use corpus::{Tokenizer, ensure_rereadable};
pub use vectors::read_vectors;

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum WordsCommand {
    /// Train vectors of the words in a text and write them to a file.
    Train(train::TrainArgs),
    /// Find the words nearest to others, or those that answer an analogy.
    Nearest(nearest::NearestArgs),
    /// Measure vectors on analogies and on similarities that people judged.
    Eval(eval::EvalArgs),
}

/// Runs `guide words`.
pub fn run(command: &WordsCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        WordsCommand::Train(args) => train::run(args, settings, output),
        WordsCommand::Nearest(args) => nearest::run(args, settings, output),
        WordsCommand::Eval(args) => eval::run(args, settings, output),
    }
}
