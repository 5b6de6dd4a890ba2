//! `guide model`: what a model file says of itself, and its tensors as `safetensors`, out and in.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use guide_core::{Persist, model_file};
use serde_json::json;

use crate::output::{Output, ensure_writable};
use crate::output_files::check_outputs;
use crate::settings::Settings;

#[derive(Subcommand)]
pub enum ModelCommand {
    /// Kind, version, parameters, sizes and checksum of a model file; the checksum is verified.
    Inspect {
        /// The model file.
        file: PathBuf,
    },
    /// Write the tensors of a network as safetensors, with PyTorch's names and layouts.
    Export {
        /// The model file.
        file: PathBuf,
        /// The safetensors file to write.
        #[arg(long, value_name = "WEIGHTS")]
        out: PathBuf,
    },
    /// Replace the tensors of a network by those of a safetensors file, which must have the same names and shapes.
    Import {
        /// The model file: its vocabulary, labels and parameters stay.
        file: PathBuf,
        /// The safetensors file.
        #[arg(long, value_name = "WEIGHTS")]
        weights: PathBuf,
        /// The model file to write.
        #[arg(long, value_name = "MODEL")]
        out: PathBuf,
    },
}

/// Runs `guide model`.
pub fn run(command: &ModelCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        ModelCommand::Inspect { file } => {
            settings.refuse("model inspect")?;
            inspect(file, output)
        }
        ModelCommand::Export { file, out } => {
            settings.refuse("model export")?;
            check_outputs(&[("the model", file)], &[("--out", Some(out))])?;
            ensure_writable(out)?;
            let kind = network(file)?;
            (kind.export)(file, out)?;
            output.object(&json!({ "kind": kind.name, "out": out }))
        }
        ModelCommand::Import { file, weights, out } => {
            settings.refuse("model import")?;
            let inputs = [("the model", file.as_path()), ("--weights", weights)];
            check_outputs(&inputs, &[("--out", Some(out))])?;
            ensure_writable(out)?;
            let kind = network(file)?;
            (kind.import)(file, weights, out)?;
            output.object(&json!({ "kind": kind.name, "out": out }))
        }
    }
}

fn inspect(file: &Path, output: &Output) -> anyhow::Result<()> {
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

/// A kind of model whose tensors can be exported and imported.
struct Network {
    name: &'static str,
    /// Writes the tensors of the first file to the second.
    export: fn(&Path, &Path) -> guide_core::Result<()>,
    /// Writes the model of the first file with the tensors of the second to the third.
    import: fn(&Path, &Path, &Path) -> guide_core::Result<()>,
}

/// A network of this type: how its tensors are written, and how they are read.
macro_rules! network {
    ($model:ty, $save:expr, $load:expr) => {
        Network {
            name: <$model>::KIND,
            export: |file, out| $save(&<$model>::load(file)?, out),
            import: |file, weights, out| {
                let mut model = <$model>::load(file)?;
                $load(&mut model, weights)?;
                model.save(out)
            },
        }
    };
    ($model:ty) => {
        network!(
            $model,
            |model: &$model, out| nn_core::save_safetensors(model.weights(), out),
            |model: &mut $model, path| nn_core::load_safetensors(model.weights_mut(), path)
        )
    };
}

/// All networks.
const NETWORKS: &[Network] = &[
    network!(nlp_rnn::LanguageModel),
    network!(nlp_rnn::Tagger),
    network!(nlp_rnn::RecurrentClassifier),
    network!(nn_core::Classifier),
    network!(
        recsys_deep::Ncf,
        recsys_deep::Ncf::save_weights,
        recsys_deep::Ncf::load_weights
    ),
    network!(
        recsys_deep::NeuMf,
        recsys_deep::NeuMf::save_weights,
        recsys_deep::NeuMf::load_weights
    ),
    network!(
        recsys_deep::Dmf,
        recsys_deep::Dmf::save_weights,
        recsys_deep::Dmf::load_weights
    ),
];

/// The kind of the network in a file.
fn network(file: &Path) -> anyhow::Result<&'static Network> {
    let kind = model_file::inspect(file)?.kind;
    let found = NETWORKS.iter().find(|network| network.name == kind);
    found.ok_or_else(|| {
        let known: Vec<&str> = NETWORKS.iter().map(|network| network.name).collect();
        anyhow::anyhow!(
            "{}: a model of kind `{kind}` has no tensors of a network; kinds that have: {}",
            guide_core::printable_path(file),
            known.join(", ")
        )
    })
}
