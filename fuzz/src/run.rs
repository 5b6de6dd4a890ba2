//! Runs one target in this process: makes inputs, checks each, and stops at the first that fails.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};

use crate::cpu_time::{self, Stopwatch};
use crate::targets::{Reading, Target, open};
use crate::{ALLOCATOR, mutate, panics};

/// Bytes that one input may take beyond what the target itself holds.
const MEMORY: usize = 512 << 20;
/// Processor time that one input may take.
const TIME: Duration = Duration::from_secs(2);
/// Processor time after which an input is taken for one that never ends.
const HANG: Duration = Duration::from_secs(20);
/// Exit code of a child that gave up an input that never ends.
pub const HUNG: i32 = 3;
/// Mutated inputs after which some must have been accepted and some refused.
const ENOUGH: u64 = 1000;

/// Tries inputs for `seconds`. Writes the number of each input to the file `progress` before it is tried.
///
/// # Errors
/// If an input fails, or all inputs are accepted, or all are refused.
pub fn run(name: &str, seed: u64, seconds: f64, progress: &Path) -> anyhow::Result<()> {
    let (target, _scratch) = prepare(name)?;
    let mut progress = File::create(progress).with_context(|| progress.display().to_string())?;
    let current = Arc::new(AtomicU64::new(0));
    watch_for_hangs(Arc::clone(&current));
    let start = Instant::now();
    let mut stopwatch = Stopwatch::new();
    let n_unchanged = target.corpus().len() as u64;
    let (mut tried, mut accepted, mut accepted_mutated) = (0, 0, 0);
    while tried < n_unchanged || start.elapsed().as_secs_f64() < seconds {
        progress.rewind()?;
        progress.write_all(&tried.to_le_bytes())?;
        current.store(tried, Ordering::Relaxed);
        let input = mutate::input(&*target, seed, tried);
        stopwatch.restart();
        match check(&*target, &input, &stopwatch) {
            Ok(reading) => {
                accepted += u64::from(reading == Reading::Accepted);
                accepted_mutated += u64::from(reading == Reading::Accepted && tried >= n_unchanged);
            }
            Err(reason) => {
                let file = keep(name, seed, tried, &input)?;
                bail!("{}", failure(name, seed, tried, &file, &reason));
            }
        }
        tried += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name}: {tried} inputs, {:.0} a second, {accepted} accepted, {} refused",
        tried as f64 / seconds,
        tried - accepted
    );
    let mutated = tried - n_unchanged;
    if mutated >= ENOUGH {
        ensure!(
            accepted_mutated > 0,
            "{name}: none of {mutated} mutated inputs was accepted, so the target tests nothing"
        );
        ensure!(
            accepted < tried,
            "{name}: none of {tried} inputs was refused, so the target tests nothing"
        );
    }
    Ok(())
}

/// Checks one input and says how it went.
///
/// # Errors
/// If it fails.
pub fn replay(name: &str, input: &[u8]) -> anyhow::Result<()> {
    let (target, _scratch) = prepare(name)?;
    match check(&*target, input, &Stopwatch::new()) {
        Ok(reading) => println!("{name}: {reading:?}"),
        Err(reason) => bail!("{name}: {reason}"),
    }
    Ok(())
}

/// Writes the input of a number to a file and prints the file's path.
///
/// # Errors
/// If the file cannot be written.
pub fn show(name: &str, seed: u64, number: u64) -> anyhow::Result<()> {
    let (target, _scratch) = prepare(name)?;
    let file = keep(name, seed, number, &mutate::input(&*target, seed, number))?;
    println!("{}", file.display());
    Ok(())
}

/// What is told of a failing input.
pub fn failure(name: &str, seed: u64, number: u64, file: &Path, reason: &str) -> String {
    let file = file.display();
    format!(
        "{name}: input {number} of seed {seed} failed: {reason}\n  the input: {file}\n  \
         again: cargo xtask fuzz {name} --replay {file}"
    )
}

/// The target, and the folder for its files, which is removed with the value. Sets the memory limit.
fn prepare(name: &str) -> anyhow::Result<(Box<dyn Target>, tempfile::TempDir)> {
    // Files in memory where there are such: each input is written, read, and often written again with a sync.
    let in_memory = Path::new("/dev/shm");
    let scratch = match in_memory.is_dir() {
        true => tempfile::tempdir_in(in_memory),
        false => tempfile::tempdir(),
    };
    let scratch = scratch?;
    let target = open(name, scratch.path())?;
    panics::silence();
    let limit = ALLOCATOR.allocated() + MEMORY;
    ALLOCATOR
        .set_limit(limit)
        .map_err(|()| anyhow!("cannot limit the memory to {limit} bytes"))?;
    Ok((target, scratch))
}

fn check(target: &dyn Target, input: &[u8], stopwatch: &Stopwatch) -> Result<Reading, String> {
    let reading =
        panics::catch(|| target.check(input)).map_err(|panic| format!("it panics: {panic}"))??;
    if stopwatch.is_above(TIME) {
        return Err(format!(
            "it takes more than {} s of processor time",
            TIME.as_secs()
        ));
    }
    Ok(reading)
}

/// Starts a thread that ends this process when one input takes more than [`HANG`].
fn watch_for_hangs(current: Arc<AtomicU64>) {
    // Wall time stands in where processor time is not known.
    let start = Instant::now();
    let used = move || cpu_time::used().unwrap_or_else(|| start.elapsed());
    let mut since = (current.load(Ordering::Relaxed), used());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let now = (current.load(Ordering::Relaxed), used());
            if now.0 != since.0 {
                since = now;
            } else if now.1 - since.1 > HANG {
                std::process::exit(HUNG);
            }
        }
    });
}

/// Writes a failing input to the folder `fuzz` in the build folder.
fn keep(name: &str, seed: u64, number: u64, input: &[u8]) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .join("fuzz");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}-{seed}-{number}.input"));
    fs::write(&file, input).with_context(|| file.display().to_string())?;
    Ok(file)
}
