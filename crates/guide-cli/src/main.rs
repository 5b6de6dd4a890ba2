//! `guide`: recommend, evaluate and inspect without writing code.
//!
//! `--json` prints one JSON object a line on standard output; progress and logs go to standard error. Exit codes: 0, 2 for
//! a usage error, 1 with one line that says what is wrong.
#![allow(clippy::print_stderr, clippy::print_stdout)] // printing is what this program does
#![allow(unreachable_pub)] // a program has no users of its items

mod algorithms;
mod data;
mod demo;
mod model;
mod output;
mod progress;
mod ranking;
mod ratings;
mod shop;
mod tune;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::algorithms::Settings;
use crate::output::Output;

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
    /// Threads to use; all cores unless said. The results do not depend on it.
    #[arg(long, global = true)]
    threads: Option<usize>,
    /// Set a parameter by its field name; an unknown one is answered with the list of known ones.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
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
    /// Look at model files.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// List the algorithms with their parameters.
    Algorithms,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not KEY=VALUE"))?;
    Ok((pair.0.trim().to_owned(), pair.1.trim().to_owned()))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: the causes behind each other.
            eprintln!("guide: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let Common {
        json,
        seed,
        threads,
        set,
    } = cli.common;
    if let Some(n) = threads {
        anyhow::ensure!(n >= 1, "--threads must be at least 1, but is {n}");
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
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
        Command::Model(command) => model::run(&command, &output),
        Command::Algorithms => {
            algorithms::list(&output);
            Ok(())
        }
    }
}
