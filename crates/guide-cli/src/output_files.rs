//! Refuses output files that would overwrite an input or each other.

use std::path::{Path, PathBuf};

use crate::usage::usage;

/// Refuses an output that is one of the inputs or another output, also under another spelling, through a symbolic link or
/// through a hard link. Each file comes with its name on the command line.
pub fn check_outputs(
    inputs: &[(&str, &Path)],
    outputs: &[(&str, Option<&Path>)],
) -> anyhow::Result<()> {
    let outputs: Vec<(&str, &Path)> = outputs
        .iter()
        .filter_map(|&(flag, path)| Some((flag, path?)))
        .collect();
    for (index, &(flag, path)) in outputs.iter().enumerate() {
        let others = inputs.iter().chain(&outputs[..index]);
        for &(other, other_path) in others {
            if is_same_file(path, other_path) {
                let path = guide_core::printable_path(path);
                return Err(usage(format!(
                    "{flag} {path} is the file of {other}, which it would overwrite; name another file"
                )));
            }
        }
    }
    Ok(())
}

/// Refuses an output file inside a folder that the command reads. It would overwrite an input, or be read as an input by the next run.
pub fn check_outside(
    folders: &[(&str, PathBuf)],
    (flag, output): (&str, &Path),
) -> anyhow::Result<()> {
    let Some(resolved_output) = resolved(output) else {
        return Ok(());
    };
    for (other, folder) in folders {
        let is_inside = |folder: PathBuf| resolved_output.starts_with(folder);
        if folder.canonicalize().is_ok_and(is_inside) {
            let (path, folder) = (
                guide_core::printable_path(output),
                guide_core::printable_path(folder),
            );
            return Err(usage(format!(
                "{flag} {path} lies in the folder of {other}, {folder}, whose files are read; name a file elsewhere"
            )));
        }
    }
    Ok(())
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    has_same_identity(a, b) || matches!((resolved(a), resolved(b)), (Some(a), Some(b)) if a == b)
}

/// The absolute path without links. The last part need not exist yet, its folder must.
fn resolved(path: &Path) -> Option<PathBuf> {
    if let Ok(path) = path.canonicalize() {
        return Some(path);
    }
    // A dangling link: writing to it would create its target.
    if let Ok(target) = path.read_link() {
        let folder = path.parent().unwrap_or(Path::new(""));
        return resolved_in_folder(&folder.join(target));
    }
    resolved_in_folder(path)
}

fn resolved_in_folder(path: &Path) -> Option<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

/// Whether both exist and are one file on the disk, as hard links are.
#[cfg(unix)]
fn has_same_identity(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| {
        let metadata = path.metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    matches!((identity(a), identity(b)), (Some(a), Some(b)) if a == b)
}

/// Without the numbers of files, paths alone are compared.
#[cfg(not(unix))]
fn has_same_identity(_: &Path, _: &Path) -> bool {
    false
}
