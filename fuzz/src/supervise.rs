//! Runs each target in a child process, two at a time, and reports those that fail.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use anyhow::{Context, bail};

use crate::run::{HUNG, failure};

/// Child processes at a time.
const AT_A_TIME: usize = 2;
/// Threads of a child's pool. The number changes no result, and more than the machine has would only wait.
const THREADS: &str = "2";

/// Runs all targets and prints what each tells.
///
/// # Errors
/// If a target fails; the others are still run.
pub fn run_all(names: &[&str], seed: u64, seconds: f64) -> anyhow::Result<()> {
    let queue = Mutex::new(names.iter().copied().collect::<VecDeque<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(names.len()) {
            scope.spawn(|| {
                while let Some(name) = queue.lock().ok().and_then(|mut queue| queue.pop_front()) {
                    match run(name, seed, seconds) {
                        Ok(told) => print!("{told}"),
                        Err(reason) => {
                            eprintln!("{reason:#}");
                            failed
                                .lock()
                                .iter_mut()
                                .for_each(|failed| failed.push(name));
                        }
                    }
                }
            });
        }
    });
    match failed.into_inner() {
        Ok(failed) if failed.is_empty() => Ok(()),
        Ok(failed) => bail!("targets that failed: {}", failed.join(", ")),
        Err(_) => bail!("a thread that runs targets panicked"),
    }
}

/// What a child prints.
fn run(name: &str, seed: u64, seconds: f64) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let progress = folder.path().join("progress");
    let output = start(
        name,
        seed,
        &[
            "--seconds",
            &seconds.to_string(),
            "--progress",
            &progress.to_string_lossy(),
        ],
    )?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(told);
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    let reason = reason.trim();
    // The child itself tells what failed, unless it was ended.
    if output.status.code() == Some(1) {
        bail!("{told}{reason}");
    }
    let number = number_in(&progress)
        .with_context(|| format!("{name}: {} before the first input: {reason}", output.status))?;
    let shown = start(name, seed, &["--show", &number.to_string()])?;
    let file = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    let reason = match output.status.code() {
        Some(HUNG) => "it does not end".to_owned(),
        _ => format!("{}; {reason}", output.status),
    };
    bail!("{}", failure(name, seed, number, Path::new(&file), &reason))
}

/// Starts this program for one target and waits for it.
fn start(name: &str, seed: u64, further: &[&str]) -> anyhow::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args([name, "--seed", &seed.to_string()])
        .args(further);
    command
        .env("RAYON_NUM_THREADS", THREADS)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    Ok(command.output()?)
}

/// The number of the input that a child tried last.
fn number_in(progress: &Path) -> anyhow::Result<u64> {
    let bytes = std::fs::read(progress)?;
    let bytes = bytes
        .first_chunk()
        .context("the file of the progress is too short")?;
    Ok(u64::from_le_bytes(*bytes))
}
