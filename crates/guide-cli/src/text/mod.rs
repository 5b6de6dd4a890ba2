//! `guide text`: learns from texts.

mod classify;
mod labelled_table;
mod lm;

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum TextCommand {
    /// Train a language model, measure its perplexity, and let it write.
    Lm(lm::LmArgs),
    /// Train a classifier of texts and test it.
    Classify(classify::ClassifyArgs),
}

/// Runs `guide text`.
pub fn run(command: &TextCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        TextCommand::Lm(args) => lm::run(args, settings, output),
        TextCommand::Classify(args) => classify::run(args, settings, output),
    }
}
