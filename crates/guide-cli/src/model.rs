//! `guide model`: what a model file says of itself.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use guide_core::model_file;
use serde_json::json;

use crate::output::Output;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum ModelCommand {
    /// Kind, version, parameters, sizes and checksum of a model file; the checksum is verified.
    Inspect {
        /// The model file.
        file: PathBuf,
    },
}

/// Runs `guide model`.
pub fn run(command: &ModelCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("model inspect")?;
    let ModelCommand::Inspect { file } = command;
    let header = model_file::inspect(file).map_err(|error| of_file(error, file))?;
    output.object(&json!({
        "kind": header.kind,
        "version": header.version,
        "codec": header.codec,
        "payload_bytes": header.payload_bytes,
        "checksum": format!("{:08x}", header.checksum),
        "about": header.about,
    }))
}

/// An error about a model file that says which file.
pub fn of_file(error: guide_core::Error, file: &Path) -> anyhow::Error {
    let named = error.to_string().contains(&*file.to_string_lossy());
    let error = anyhow::Error::from(error);
    match named {
        true => error,
        false => error.context(file.display().to_string()),
    }
}
