//! The fuzz targets of the readers. Each input follows from the seed and its number, so that a run can be repeated.
//!
//! Without hidden flags the program starts one child process per target, two at a time ([`supervise`]). A child tries inputs
//! until its time is over ([`run`]). A child that runs out of memory is aborted; its parent then names the input.

mod cpu_time;
mod mutate;
mod panics;
mod run;
mod supervise;
mod targets;

use std::alloc::System;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use cap::Cap;
use clap::Parser;

/// The allocator counts bytes and refuses requests above the limit that [`run`] sets.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Tries mutated inputs on the readers.
#[derive(Parser)]
#[command(name = "fuzz")]
struct Args {
    /// Targets to run; all if none is named.
    targets: Vec<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seed of the inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Checks one file with the target that is named, for example a failing input of an earlier run.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Runs the target in this process. The number of the current input is written to this file.
    #[arg(long, hide = true, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// Writes the input of this number to a file and does not run it.
    #[arg(long, hide = true, value_name = "NUMBER")]
    show: Option<u64>,
}

fn main() -> ExitCode {
    match start(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> anyhow::Result<()> {
    ensure!(
        args.seconds > 0.0,
        "--seconds {} is not above 0",
        args.seconds
    );
    let names = match args.targets[..] {
        [] => targets::TARGETS.iter().map(|(name, _)| *name).collect(),
        ref named => named
            .iter()
            .map(|name| targets::known(name))
            .collect::<anyhow::Result<Vec<_>>>()?,
    };
    let one = || match names[..] {
        [name] => Ok(name),
        _ => Err(anyhow!("name one target")),
    };
    if let Some(file) = &args.replay {
        let input = std::fs::read(file).with_context(|| file.display().to_string())?;
        return run::replay(one()?, &input);
    }
    if let Some(number) = args.show {
        return run::show(one()?, args.seed, number);
    }
    if let Some(progress) = &args.progress {
        return run::run(one()?, args.seed, args.seconds, progress);
    }
    supervise::run_all(&names, args.seed, args.seconds)
}
