//! `guide text`: learns from texts.

mod lm;

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum TextCommand {
    /// Train a language model, measure its perplexity, and let it write.
    Lm(lm::LmArgs),
}

/// Runs `guide text`.
pub fn run(command: &TextCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        TextCommand::Lm(args) => lm::run(args, settings, output),
    }
}
