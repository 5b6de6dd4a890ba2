//! `guide text`: learns from texts.

mod classify;
mod labelled_table;

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum TextCommand {
    /// Train a classifier of texts and test it.
    Classify(classify::ClassifyArgs),
}

/// Runs `guide text`.
pub fn run(command: &TextCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        TextCommand::Classify(args) => classify::run(args, settings, output),
    }
}
