//! Model files with a changed payload and the right length and checksum: loaded or refused, and a loaded one answers without a
//! panic, with finite numbers or an error unless its own numbers are extreme.

mod ask;
mod file;
mod saved;

use guide_core::Persist;
use serde_json::Value;

use self::ask::Ask;
use self::file::ModelFile;
use super::{Reading, Target};

/// Reads model files.
pub struct Models {
    /// A file of each kind, apart.
    files: Vec<ModelFile>,
    /// Their payloads, which are changed.
    payloads: Vec<Vec<u8>>,
}

/// A kind of model by the name in its file, and how a file of it is checked.
type Kind = (&'static str, fn(&[u8]) -> Result<Reading, String>);

/// All kinds of model files.
const KINDS: &[Kind] = &[
    kind::<shopping_guide::Guide>(),
    kind::<recsys_cf::CoClustering>(),
    kind::<recsys_cf::Ease>(),
    kind::<recsys_cf::ItemTop>(),
    kind::<recsys_cf::Knn>(),
    kind::<recsys_cf::SlopeOne>(),
    kind::<recsys_mf::Als>(),
    kind::<recsys_mf::Baseline>(),
    kind::<recsys_mf::Bpr>(),
    kind::<recsys_mf::GraphFilter>(),
    kind::<recsys_mf::Ials>(),
    kind::<recsys_mf::Lmf>(),
    kind::<recsys_mf::Nmf>(),
    kind::<recsys_mf::Popular>(),
    kind::<recsys_mf::PureSvd>(),
    kind::<recsys_mf::Random>(),
    kind::<recsys_mf::Svd>(),
    kind::<recsys_mf::Svdpp>(),
    kind::<recsys_deep::Dmf>(),
    kind::<recsys_deep::Ncf>(),
    kind::<recsys_deep::NeuMf>(),
    kind::<nlp_embed::Glove>(),
    kind::<nlp_embed::Phrases>(),
    kind::<nlp_embed::Word2Vec>(),
    kind::<nlp_embed::WordVectors>(),
    kind::<nlp_rnn::LanguageModel>(),
    kind::<nlp_rnn::LinearClassifier>(),
    kind::<nlp_rnn::RecurrentClassifier>(),
    kind::<nlp_rnn::Tagger>(),
    kind::<nn_core::Classifier>(),
    kind::<vision_features::PictureIndex>(),
    kind::<vision_features::VisualVocabulary>(),
    kind::<vision_cnn::PictureClassifier>(),
    kind::<vision_cnn::PictureEmbedder>(),
];

const fn kind<M: Persist + Ask>() -> Kind {
    (M::KIND, check::<M>)
}

impl Models {
    /// The target with a small model of each kind.
    ///
    /// # Errors
    /// If a model cannot be trained, or its own file is not read.
    pub fn new() -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for bytes in saved::all()? {
            let file = ModelFile::parse(&bytes).ok_or_else(|| {
                anyhow::anyhow!("a saved model has another layout than documented")
            })?;
            anyhow::ensure!(
                file.bytes(&file.payload) == bytes,
                "`{}`: length or checksum are not as documented",
                file.kind
            );
            files.push(file);
        }
        for (kind, _) in KINDS {
            anyhow::ensure!(
                files.iter().any(|file| file.kind == *kind),
                "the corpus has no model of kind `{kind}`"
            );
        }
        let payloads = files.iter().map(|file| file.payload.clone()).collect();
        let models = Self { files, payloads };
        for (number, payload) in models.payloads.iter().enumerate() {
            let read = models.check(&models.seal(number, payload.clone(), true));
            let kind = &models.files[number].kind;
            anyhow::ensure!(
                read == Ok(Reading::Accepted),
                "an honest model of kind `{kind}`: {read:?}"
            );
        }
        Ok(models)
    }
}

impl Target for Models {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.payloads
    }

    fn seal(&self, from: usize, bytes: Vec<u8>, _: bool) -> Vec<u8> {
        self.files[from].bytes(&bytes)
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let Some(file) = ModelFile::parse(input) else {
            return Ok(Reading::Refused);
        };
        match KINDS.iter().find(|(kind, _)| *kind == file.kind) {
            Some((kind, check)) => check(input).map_err(|reason| format!("{kind}: {reason}")),
            None => Ok(Reading::Refused),
        }
    }
}

/// Loads a model, writes and reads it once more, and asks it.
fn check<M: Persist + Ask>(file: &[u8]) -> Result<Reading, String> {
    let Ok(model) = M::read_from(&mut &file[..]) else {
        return Ok(Reading::Refused);
    };
    let written = bytes_of(&model)?;
    let again = M::read_from(&mut written.as_slice())
        .map_err(|reason| format!("once written it is not read: {reason}"))?;
    if bytes_of(&again)? != written {
        return Err("it changes when it is written and read again".to_owned());
    }
    match model.ask() {
        Err(reason) if !has_extreme_numbers(&model) => Err(reason),
        _ => Ok(Reading::Accepted),
    }
}

/// Largest float of a model that must answer with finite numbers. Products of several larger ones overflow in many models, which
/// then give an infinite score instead of an error. Training on ordinary data makes none.
const LARGEST: f64 = 1e6;

/// Whether a float of `model`, or the reciprocal of one, is above [`LARGEST`].
fn has_extreme_numbers<M: Persist>(model: &M) -> bool {
    serde_json::to_value(model).map_or(true, |value| is_extreme(&value))
}

fn is_extreme(value: &Value) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().is_none_or(|number| {
            let size = number.abs();
            size > LARGEST || (size > 0.0 && size < 1.0 / LARGEST)
        }),
        Value::Array(values) => values.iter().any(is_extreme),
        Value::Object(fields) => fields.values().any(is_extreme),
        _ => false,
    }
}

fn bytes_of<M: Persist>(model: &M) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    match model.write_to(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(reason) => Err(format!("it was read and cannot be written: {reason}")),
    }
}
