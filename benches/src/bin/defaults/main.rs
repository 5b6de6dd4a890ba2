//! The table "defaults, every set" of docs/benchmarks.md: every algorithm with its defaults beside its peers with theirs.
//!
//!     cargo run --release -p benches --bin defaults -- all --data DATA --work FOLDER --python venv/bin/python
//!
//! `split` writes the splits, `ours` measures this project's algorithms on them and `peers` the peers' (implicit for rankings,
//! Surprise for ratings; see benches/peers/README.md), each as JSON lines in FOLDER; `table` prints Markdown of all lines there. A
//! split or line that is there already is not made again, so that a run that was stopped goes on where it was.
//! `--seeds N`, `--sets A,B` and `--algos A,B` do less.

mod ours;
mod sets;
mod splits;
mod table;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// What the command line says.
struct Options {
    data: PathBuf,
    work: PathBuf,
    python: PathBuf,
    seeds: u64,
    sets: Vec<String>,
    algos: Vec<String>,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            data: "DATA".into(),
            work: "defaults".into(),
            python: "venv/bin/python".into(),
            seeds: 5,
            sets: Vec::new(),
            algos: Vec::new(),
        };
        let list = |text: &str| text.split(',').map(str::to_owned).collect();
        while let Some(flag) = args.next() {
            let value = args
                .next()
                .with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--data" => options.data = value.into(),
                "--work" => options.work = value.into(),
                "--python" => options.python = value.into(),
                "--seeds" => options.seeds = value.parse()?,
                "--sets" => options.sets = list(&value),
                "--algos" => options.algos = list(&value),
                _ => bail!(
                    "no flag `{flag}`; known: --data, --work, --python, --seeds, --sets, --algos"
                ),
            }
        }
        Ok(options)
    }

    fn wants(&self, set: &str) -> bool {
        self.sets.is_empty() || self.sets.iter().any(|wanted| wanted == set)
    }

    fn wants_algo(&self, algo: &str) -> bool {
        self.algos.is_empty() || self.algos.iter().any(|wanted| wanted == algo)
    }

    fn splits(&self) -> PathBuf {
        self.work.join("splits")
    }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let step = args.next().unwrap_or_default();
    let options = Options::read(args)?;
    let steps: &[&str] = match step.as_str() {
        "all" => &["split", "ours", "peers", "table"],
        "split" | "ours" | "peers" | "table" => &[step.as_str()],
        _ => bail!("say what: split, ours, peers, table or all"),
    };
    for step in steps {
        match *step {
            "split" => splits::write(&options)?,
            "ours" => ours::measure(&options)?,
            "peers" => peers(&options)?,
            _ => print!("{}", table::markdown(&options.work)?),
        }
    }
    Ok(())
}

/// Runs the peers' scripts on the same splits.
fn peers(options: &Options) -> anyhow::Result<()> {
    let scripts = [
        ("implicit_ranking.py", "implicit.jsonl"),
        ("surprise_ratings.py", "surprise.jsonl"),
    ];
    for (script, out) in scripts {
        let mut command = Command::new(&options.python);
        command
            .arg(
                PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                    .join("peers")
                    .join(script),
            )
            .arg("--splits")
            .arg(options.splits())
            .arg("--out")
            .arg(options.work.join(out));
        for (flag, names) in [("--sets", &options.sets), ("--algos", &options.algos)] {
            if !names.is_empty() {
                command.arg(flag).arg(names.join(","));
            }
        }
        let status = command
            .status()
            .with_context(|| format!("{} {script}", options.python.display()))?;
        if !status.success() {
            bail!("{script} ended with {status}");
        }
    }
    Ok(())
}
