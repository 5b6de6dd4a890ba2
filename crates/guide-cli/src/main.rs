//! `guide`: recommend, evaluate and inspect without writing code.
//!
//! `--json` prints one JSON object a line on standard output; progress and logs go to standard error. Exit codes: 0, 2 for
//! a usage error, 1 with one line that says what is wrong.
#![allow(unreachable_pub)] // a program has no users of its items

mod algorithms;
mod answers;
mod ask;
mod build;
mod data;
mod demo;
mod forget;
mod images;
mod match_pictures;
mod measured;
mod model;
mod output;
mod output_files;
mod progress;
mod ranking;
mod ratings;
mod settings;
mod shop;
mod space;
mod tables;
mod text;
mod trials;
mod tune;
mod usage;
mod words;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::output::Output;
use crate::settings::Settings;
use crate::usage::Usage;

/// Guides shoppers: learns from ratings and events, recommends, and says why.
#[derive(Parser)]
#[command(name = "guide", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Args)]
struct Common {
    /// Print one JSON object a line instead of a table.
    #[arg(long, global = true)]
    json: bool,
    /// Seed of everything that draws numbers.
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// Threads to use, up to 1024; all cores unless said. The results do not depend on it.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Set a parameter by its field name; an unknown one is answered with the list of known ones.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = usage::key_value)]
    set: Vec<(String, String)>,
}

#[derive(Subcommand)]
enum Command {
    /// Build the seeded demo shop, train every source, evaluate, answer sample queries, write a report with pictures.
    Demo(demo::DemoArgs),
    /// Train and test predictors of ratings.
    Ratings(ratings::RatingsArgs),
    /// Train and test rankings of items.
    Ranking(ranking::RankingArgs),
    /// Find parameters on a validation part, and measure them once on the test part.
    Tune(tune::TuneArgs),
    /// Build a guide from a shop's files, and ask it.
    #[command(subcommand)]
    Shop(shop::ShopCommand),
    /// Train word vectors, look into them, and measure them.
    #[command(subcommand)]
    Words(words::WordsCommand),
    /// Learn from texts: language models, classifiers, taggers.
    #[command(subcommand)]
    Text(text::TextCommand),
    /// Train convolutional networks on labelled pictures, and test them.
    #[command(subcommand)]
    Images(images::ImagesCommand),
    /// Match two pictures by SIFT, SURF or ORB, and find the first in the second.
    Match(match_pictures::MatchArgs),
    /// Look at model files.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// List the algorithms with their parameters.
    Algorithms,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::log(&format!("guide: {}", in_one_line(&error)));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// The chain of causes in one line.
fn in_one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let Common {
        json,
        seed,
        threads,
        set,
    } = cli.common;
    if let Some(n) = threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(n))
            .build_global()?;
    }
    let settings = Settings { fields: set, seed };
    let output = Output::new(json);
    match cli.command {
        Command::Demo(args) => demo::run(&args, &settings, &output),
        Command::Ratings(args) => ratings::run(&args, &settings, &output),
        Command::Ranking(args) => ranking::run(&args, &settings, &output),
        Command::Tune(args) => tune::run(&args, &settings, &output),
        Command::Shop(command) => shop::run(&command, &settings, &output),
        Command::Words(command) => words::run(&command, &settings, &output),
        Command::Text(command) => text::run(&command, &settings, &output),
        Command::Images(command) => images::run(&command, &settings, &output),
        Command::Match(args) => match_pictures::run(&args, &settings, &output),
        Command::Model(command) => model::run(&command, &settings, &output),
        Command::Algorithms => algorithms::list(&settings, &output),
    }
}
