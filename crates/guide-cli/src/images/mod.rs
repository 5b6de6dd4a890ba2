//! `guide images`: learns from pictures.

mod data;
mod eval;
mod report;
mod train;

use clap::Subcommand;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum ImagesCommand {
    /// Train a convolutional network on labelled pictures and test it.
    Train(train::TrainArgs),
    /// Test a trained network on labelled pictures.
    Eval(eval::EvalArgs),
}

/// Runs `guide images`.
pub fn run(command: &ImagesCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        ImagesCommand::Train(args) => train::run(args, settings, output),
        ImagesCommand::Eval(args) => eval::run(args, settings, output),
    }
}
