//! The recurrent text classifier: word vectors, RNN, LSTM or GRU layers, pooling, softmax.

mod memory;
mod net;
mod params;
mod pooling;
#[cfg(test)]
mod tests;
mod train;
mod words;

pub use params::{BestBy, RecurrentClassifierParams};
pub use pooling::Pooling;
pub use train::RecurrentTrainingReport;

use guide_core::{Error, Params, Persist, Result};
use nlp_embed::Vocabulary;
use nn_core::{Calibration, Mode, Weights};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{ClassifierReport, LabelProbabilities, LabelledTexts, TextClassifier};
use net::{Net, Work};
use train::SCORED;
use words::{PADDING, Reader, SPECIAL, UNKNOWN};

/// A classifier of texts by recurrent layers over word vectors, with calibrated probabilities.
///
/// A text without any known word, such as an empty one, gets the shares of the labels in the training data as its probabilities, and
/// [`LabelProbabilities::is_prior`] is true. Unknown words among known ones stand as `<unk>`. Of a text of more than `max_length` words
/// the first (or, with [`crate::Side::Pre`], the last) `max_length` are read.
///
/// ```
/// use guide_core::Fit;
/// use nlp_rnn::{Cell, LabelledTexts, RecurrentClassifier};
/// let texts = ["not good", "good", "not bad", "bad", "good not bad", "bad not good"];
/// let data = LabelledTexts::new(&texts, &["no", "yes", "yes", "no", "yes", "no"])?;
/// let params = RecurrentClassifier::params().cell(Cell::Gru).dim(8).hidden(8).min_count(1);
/// // So few texts cannot spare a validation part.
/// let params = params.validation_share(0.0).epochs(200).learning_rate(0.02).dropout(0.0);
/// let model = params.fit(&data)?;
/// assert_eq!(model.labels(), ["no", "yes"]);
/// assert_eq!((model.predict("not bad")?.label(), model.predict("not good")?.label()), ("yes", "no"));
/// // No known word: 3 of 6 texts have each label.
/// let nothing = model.predict("")?;
/// assert_eq!((nothing.is_prior(), nothing.top(2)), (true, vec![("no", 0.5), ("yes", 0.5)]));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct RecurrentClassifier {
    params: RecurrentClassifierParams,
    /// In the order of the classes.
    labels: Vec<String>,
    /// The share of each label in the training data.
    shares: Vec<f32>,
    vocabulary: Vocabulary,
    reader: Reader,
    net: Net,
    weights: Weights,
    calibration: Calibration,
    report: Option<RecurrentTrainingReport>,
}

/// The model as it lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    params: RecurrentClassifierParams,
    labels: Vec<String>,
    shares: Vec<f32>,
    vocabulary: Vocabulary,
    weights: Weights,
    calibration: Calibration,
}

impl From<RecurrentClassifier> for Stored {
    fn from(model: RecurrentClassifier) -> Self {
        Self {
            params: model.params,
            labels: model.labels,
            shares: model.shares,
            vocabulary: model.vocabulary,
            weights: model.weights,
            calibration: model.calibration,
        }
    }
}

impl TryFrom<Stored> for RecurrentClassifier {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let refused = |reason: String| Err(Error::decode(Self::KIND, reason));
        stored.params.validate()?;
        let (n_words, n_labels) = (stored.vocabulary.len(), stored.labels.len());
        let first = [PADDING, UNKNOWN].map(|id| stored.vocabulary.word(id));
        if first != SPECIAL {
            return refused(format!(
                "a vocabulary that begins with `{}` and `{}`",
                first[0], first[1]
            ));
        }
        if let Some(pair) = stored.labels.windows(2).find(|pair| pair[0] >= pair[1]) {
            return refused(format!("the label `{}` before `{}`", pair[0], pair[1]));
        }
        if n_labels < 2 || stored.shares.len() != n_labels {
            let shares = stored.shares.len();
            return refused(format!("{n_labels} labels with {shares} shares"));
        }
        if let Some(bad) = stored.shares.iter().find(|s| !(**s > 0.0 && **s < 1.0)) {
            return refused(format!("a label with a share of {bad}"));
        }
        let (expected, got) = (
            net::n_weights(&stored.params, n_words, n_labels)?,
            stored.weights.count().0,
        );
        if expected != got as u64 {
            return refused(format!("{got} weights for a network of {expected}"));
        }
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, &stored.params, (n_words, n_labels), false)?;
        weights.replace(stored.weights)?;
        Ok(Self {
            reader: Reader::new(&stored.params),
            params: stored.params,
            labels: stored.labels,
            shares: stored.shares,
            vocabulary: stored.vocabulary,
            net,
            weights,
            calibration: stored.calibration,
            report: None,
        })
    }
}

/// The memory of predictions, for [`RecurrentClassifier::predict_with`].
#[derive(Debug, Default)]
pub struct ClassifierBuffers {
    ids: Vec<u32>,
    work: Work,
}

impl RecurrentClassifier {
    /// The default parameters.
    pub fn params() -> RecurrentClassifierParams {
        RecurrentClassifierParams::default()
    }

    /// The parameters that it was trained with.
    pub fn trained_params(&self) -> &RecurrentClassifierParams {
        &self.params
    }

    /// What the training came to; `None` for a model from a file.
    pub fn report(&self) -> Option<&RecurrentTrainingReport> {
        self.report.as_ref()
    }

    /// The labels, in the order of their characters.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The words that it knows; `<pad>` and `<unk>` stand first.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The temperature of the probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The tensors: `embedding.weight`, PyTorch's names for the recurrent layers below `rnn.`, `attention.weight`, `.bias` and
    /// `.context` where there is attention, `output.weight` and `output.bias`.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The tensors to change, for example by [`nn_core::load_safetensors`].
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// The probabilities of the labels for a text.
    ///
    /// # Errors
    /// None at present.
    pub fn predict(&self, text: &str) -> Result<LabelProbabilities<'_>> {
        self.predict_with(text, &mut ClassifierBuffers::default())
    }

    /// As [`RecurrentClassifier::predict`], with buffers that are reused from text to text.
    ///
    /// # Errors
    /// As [`RecurrentClassifier::predict`].
    pub fn predict_with(
        &self,
        text: &str,
        buffers: &mut ClassifierBuffers,
    ) -> Result<LabelProbabilities<'_>> {
        let ClassifierBuffers { ids, work } = buffers;
        let met = self.reader.read(&self.vocabulary, text, ids);
        if met.n_known == 0 {
            return Ok(self.prior().cut(met.is_cut));
        }
        work.load(1, |_| ids);
        self.net.forward(&self.weights, Mode::Infer, work);
        Ok(self.answer(&work.logits).cut(met.is_cut))
    }

    /// The probabilities of the labels for many texts, on all threads. An answer differs from that of
    /// [`RecurrentClassifier::predict`] by rounding alone.
    ///
    /// # Errors
    /// As [`RecurrentClassifier::predict`].
    pub fn predict_batch<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
    ) -> Result<Vec<LabelProbabilities<'_>>> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let encoded = self.reader.read_all(&self.vocabulary, &texts);
        let is_known = |place: &usize| encoded.met[*place].n_known > 0;
        let known = encoded.by_length((0..texts.len()).filter(is_known).collect());
        let scored: Vec<Vec<LabelProbabilities<'_>>> = known
            .par_chunks(SCORED)
            .map_init(Work::default, |work, places| {
                work.load(places.len(), |i| &encoded.texts[places[i]]);
                self.net.forward(&self.weights, Mode::Infer, work);
                let rows = work.logits.chunks_exact(self.labels.len());
                rows.map(|logits| self.answer(logits)).collect()
            })
            .collect();
        let mut answers: Vec<LabelProbabilities<'_>> = texts.iter().map(|_| self.prior()).collect();
        for (place, answer) in known.into_iter().zip(scored.into_iter().flatten()) {
            answers[place] = answer;
        }
        let answers = answers.into_iter().zip(&encoded.met);
        Ok(answers
            .map(|(answer, met)| answer.cut(met.is_cut))
            .collect())
    }

    /// Compares its answers with known labels: [`TextClassifier::evaluate`].
    ///
    /// # Errors
    /// As [`TextClassifier::evaluate`].
    pub fn evaluate(&self, data: &LabelledTexts<'_>) -> Result<ClassifierReport> {
        TextClassifier::evaluate(self, data)
    }

    fn answer(&self, logits: &[f32]) -> LabelProbabilities<'_> {
        let mut probabilities = logits.to_vec();
        self.calibration.probabilities(&mut probabilities);
        LabelProbabilities::new(&self.labels, probabilities, false)
    }

    fn prior(&self) -> LabelProbabilities<'_> {
        LabelProbabilities::new(&self.labels, self.shares.clone(), true)
    }
}

impl TextClassifier for RecurrentClassifier {
    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn classify(&self, text: &str) -> Result<LabelProbabilities<'_>> {
        self.predict(text)
    }

    fn classify_batch(&self, texts: &[&str]) -> Result<Vec<LabelProbabilities<'_>>> {
        self.predict_batch(texts)
    }
}

impl Persist for RecurrentClassifier {
    const KIND: &'static str = "recurrent-text-classifier";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "labels": self.labels.len(),
            "words": self.vocabulary.len(),
            "weights": self.weights.count().0,
            "temperature": self.calibration.temperature(),
        })
    }

    fn check(&self) -> Result<()> {
        self.calibration.check(Self::KIND)?;
        match self.weights.not_finite() {
            None => Ok(()),
            Some((name, value)) => {
                let reason = format!("tensor `{name}` holds {value}");
                Err(Error::decode(Self::KIND, reason))
            }
        }
    }
}
