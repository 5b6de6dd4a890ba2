//! The rules of the house that no compiler knows: file sizes, the stated toolchain, and documents that quote the code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most lines a source file has.
const MAX_LINES: usize = 500;

/// All rules of the house.
pub fn check(root: &Path) -> Result<(), String> {
    files_are_short(root)?;
    dependencies_fit_the_stated_toolchain(root)?;
    readme_quotes_the_downstream_programs(root)?;
    links_lead_somewhere(root)
}

/// The names, without their ending, of the files in `folder` that end in `.ending`, sorted.
pub fn names_in(folder: &Path, ending: &str) -> Result<Vec<String>, String> {
    let entries =
        fs::read_dir(folder).map_err(|reason| format!("{}: {reason}", folder.display()))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn files_are_short(root: &Path) -> Result<(), String> {
    for folder in ["crates", "examples", "benches", "fuzz", "xtask"] {
        for path in files(&root.join(folder), "rs")? {
            let text = read(&path)?;
            let lines = text.lines().count();
            if lines > MAX_LINES {
                return Err(format!(
                    "{} has {lines} lines, above {MAX_LINES}",
                    path.display()
                ));
            }
        }
    }
    Ok(())
}

/// The files below `folder` that end in `.ending`, but for what is built or hidden.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|reason| format!("{}: {reason}", folder.display()))? {
        let path = entry.map_err(|reason| reason.to_string())?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
            found.extend(files(&path, ending)?);
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    Ok(found)
}

/// No dependency may ask for a newer compiler than the workspace states.
fn dependencies_fit_the_stated_toolchain(root: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    let output = command
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked"])
        .output();
    let output = output.map_err(|reason| reason.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|reason| reason.to_string())?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let needs = |package: &serde_json::Value| package["rust_version"].as_str().map(version);
    let ours = packages
        .iter()
        .find(|package| package["name"] == "guide-core")
        .and_then(needs);
    let ours = ours.ok_or("the workspace states no rust-version")?;
    for package in &packages {
        if let Some(theirs) = needs(package).filter(|theirs| *theirs > ours) {
            return Err(format!(
                "{} needs Rust {theirs:?}, the workspace states {ours:?}",
                package["name"]
            ));
        }
    }
    Ok(())
}

/// `"1.89"` as `[1, 89, 0]`.
fn version(text: &str) -> [u32; 3] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    [
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    ]
}

/// What the READMEs show as programs of a user are those that the gate compiles and runs.
fn readme_quotes_the_downstream_programs(root: &Path) -> Result<(), String> {
    for program in ["src/main.rs", "server/src/main.rs"] {
        let path = format!("examples/downstream/{program}");
        let text = read(&root.join(&path))?;
        for name in ["README.md", "README.zh-CN.md"] {
            if !read(&root.join(name))?.contains(text.trim_end()) {
                return Err(format!("{name} does not quote {path}"));
            }
        }
    }
    Ok(())
}

/// Every relative link of a Markdown page names a file or folder that is there.
fn links_lead_somewhere(root: &Path) -> Result<(), String> {
    for page in files(root, "md")? {
        let (text, folder) = (read(&page)?, page.parent().unwrap_or(root));
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !link.contains("://") && !folder.join(path).exists() {
                return Err(format!(
                    "{} links to `{link}`, which is not there",
                    page.display()
                ));
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|reason| format!("{}: {reason}", path.display()))
}
