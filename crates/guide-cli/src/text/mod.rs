//! `guide text`: learns from texts, and reads sentences.

mod classify;
mod lm;
mod parse;
mod tag;
mod unknown_names;

pub use parse::{print_understood, told};

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum TextCommand {
    /// Train a language model, measure its perplexity, and let it write.
    Lm(lm::LmArgs),
    /// Train a classifier of texts and test it.
    Classify(classify::ClassifyArgs),
    /// Train a tagger of slots and intents and test it.
    Tag(tag::TagArgs),
    /// Say what a shopper's sentence says of the products of a shop.
    Parse(parse::ParseArgs),
}

/// Runs `guide text`.
pub fn run(command: &TextCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        TextCommand::Lm(args) => lm::run(args, settings, output),
        TextCommand::Classify(args) => classify::run(args, settings, output),
        TextCommand::Tag(args) => tag::run(args, settings, output),
        TextCommand::Parse(args) => {
            settings.refuse("text parse")?;
            parse::run(args, output)
        }
    }
}
