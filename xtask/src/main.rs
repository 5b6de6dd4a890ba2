//! `cargo xtask check`: the one gate, the same for people and for continuous integration. `cargo xtask fuzz`: its fuzz targets
//! alone, for longer.

mod house;
mod lock;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, fs};

/// One step of the gate: a name, and what it runs.
struct Step {
    name: &'static str,
    run: fn(&Path) -> Result<(), String>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        run: |root| cargo(root, &["fmt", "--all", "--check"]),
    },
    Step {
        name: "house",
        run: house::check,
    },
    Step {
        name: "clippy",
        run: |root| {
            cargo(
                root,
                &[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ],
            )
        },
    },
    Step {
        name: "test",
        run: |root| cargo(root, &["test", "--workspace"]),
    },
    // The guide without its default features: what belongs to one of them must not be needed.
    Step {
        name: "features",
        run: |root| {
            let package = ["-p", "shopping-guide", "--no-default-features"];
            let arguments = ["clippy", "--all-targets"].iter().chain(&package);
            let arguments: Vec<&str> = arguments
                .chain(&["--", "-D", "warnings"])
                .copied()
                .collect();
            cargo(root, &arguments)
        },
    },
    // Ten seconds for each target, two targets at a time.
    Step {
        name: "fuzz",
        run: |root| fuzz(root, &[]),
    },
    Step {
        name: "downstream",
        run: downstream,
    },
    Step {
        name: "demo",
        run: demo,
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "examples",
        run: examples,
    },
    // Whether the benches build, with what the tests have built already.
    Step {
        name: "bench",
        run: |root| {
            cargo(
                root,
                &["bench", "--workspace", "--no-run", "--profile", "dev"],
            )
        },
    },
    Step {
        name: "deny",
        run: deny,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let root = root();
    if let [command, arguments @ ..] = &args[..]
        && command == "fuzz"
    {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        return match fuzz(&root, &arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let wanted: Vec<&Step> = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => STEPS.iter().collect(),
        ["check", ref names @ ..]
            if names
                .iter()
                .all(|name| STEPS.iter().any(|step| step.name == *name)) =>
        {
            STEPS
                .iter()
                .filter(|step| names.contains(&step.name))
                .collect()
        }
        _ => Vec::new(),
    };
    if wanted.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        eprintln!(
            "usage: cargo xtask check [STEP..]\n       cargo xtask fuzz [--seconds N] [--seed S] [TARGET ..]\nsteps: {}",
            names.join(" ")
        );
        return ExitCode::from(2);
    }
    for step in wanted {
        let start = Instant::now();
        eprintln!("== {}", step.name);
        if let Err(reason) = (step.run)(&root) {
            eprintln!("== {} failed: {reason}", step.name);
            return ExitCode::FAILURE;
        }
        eprintln!(
            "== {} passed in {:.1} s",
            step.name,
            start.elapsed().as_secs_f64()
        );
    }
    ExitCode::SUCCESS
}

/// The workspace folder: the parent of this package's.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// The folder of what is built.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from)
}

/// Runs cargo in `folder`.
fn cargo(folder: &Path, args: &[&str]) -> Result<(), String> {
    run(Command::new(env!("CARGO")).current_dir(folder).args(args))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(reason) => Err(format!("{command:?}: {reason}")),
    }
}

/// Runs the fuzz targets; the program prints what failed.
fn fuzz(root: &Path, arguments: &[&str]) -> Result<(), String> {
    // With the workspace and its tests, whose crates are built already with the features that all of them need together; for the
    // program alone they would be built again with others.
    cargo(root, &["build", "--workspace", "--bin", "fuzz", "--tests"])?;
    let program = target(root).join("debug").join("fuzz");
    run(Command::new(program).current_dir(root).args(arguments))
}

/// Builds and runs the program of a user who depends on the facade by path, in a folder of its own for the file that it writes.
/// Its tests, which use algorithm crates without `guide-core`, are checked; those of the server are run.
/// Both get the versions of this workspace, and for what it lacks those of their own lock file.
fn downstream(root: &Path) -> Result<(), String> {
    let program = root.join("examples/downstream");
    let folder = target(root).join("downstream");
    let read = |path: &Path| fs::read_to_string(path);
    let lock = program.join("Cargo.lock");
    fs::create_dir_all(&folder)
        .and_then(|()| {
            Ok(lock::joined(
                &read(&root.join("Cargo.lock"))?,
                &read(&lock)?,
            ))
        })
        .and_then(|joined| fs::write(&lock, joined))
        .map_err(|reason| format!("{}: {reason}", lock.display()))?;
    let with_program = |args: &[&str]| {
        run(Command::new(env!("CARGO"))
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", target(root))
            .args(args)
            .arg("--manifest-path")
            .arg(program.join("Cargo.toml")))
    };
    with_program(&["run", "--quiet"])?;
    with_program(&["check", "--quiet", "--tests"])?;
    with_program(&["test", "--quiet", "--package", "server"])
}

/// The command that the README gives people, into the build folder.
fn demo(root: &Path) -> Result<(), String> {
    let report = target(root).join("demo-report");
    let mut command = Command::new(env!("CARGO"));
    run(command
        .current_dir(root)
        .args(["run", "--quiet", "--release", "--", "demo", "--out"])
        .arg(report))
}

fn doc(root: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    run(command
        .current_dir(root)
        .env("RUSTDOCFLAGS", "-D warnings")
        .args(["doc", "--workspace", "--no-deps"]))
}

/// Runs every example on its generated data, as the tests built it; each fails when its threshold is not met.
fn examples(root: &Path) -> Result<(), String> {
    for name in house::names_in(&root.join("examples/examples"), "rs")? {
        eprintln!("-- example {name}");
        cargo(
            root,
            &[
                "run",
                "--quiet",
                "--package",
                "examples",
                "--example",
                &name,
            ],
        )?;
    }
    Ok(())
}

/// Licences and advisories, where `cargo deny` is installed.
fn deny(root: &Path) -> Result<(), String> {
    let installed = Command::new(env!("CARGO"))
        .args(["deny", "--version"])
        .output();
    if installed.is_ok_and(|output| output.status.success()) {
        cargo(
            root,
            &["deny", "--offline", "check", "bans", "licenses", "sources"],
        )
    } else {
        eprintln!("cargo deny is not installed: skipped");
        Ok(())
    }
}
