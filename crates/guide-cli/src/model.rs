//! `guide model`: what a model file says of itself.

use std::path::PathBuf;

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
    let header = model_file::inspect(file)?;
    output.object(&json!({
        "kind": header.kind,
        "version": header.version,
        "codec": header.codec,
        "payload_bytes": header.payload_bytes,
        "checksum": format!("{:08x}", header.checksum),
        "about": header.about,
    }))
}
