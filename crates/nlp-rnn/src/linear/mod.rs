//! The linear text classifier: TF-IDF of n-grams and multinomial logistic regression, which often is as good as a recurrent
//! network (Wang and Manning, 2012, "Baselines and Bigrams").

mod params;
#[cfg(test)]
mod tests;
mod train;

pub use params::LinearClassifierParams;
pub use train::LinearTrainingReport;

use guide_core::ndarray::Array2;
use guide_core::{Error, Params, Persist, Result};
use nlp_embed::{TfIdf, TfIdfRow};
use nn_core::{Calibration, LogisticRegression};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{ClassifierReport, LabelProbabilities, LabelledTexts, TextClassifier};

/// A classifier of texts by linear scores of their n-grams, with calibrated probabilities.
///
/// A text without any known n-gram, such as an empty one, gets the shares of the labels in the training data as its
/// probabilities, and [`LabelProbabilities::is_prior`] is true.
///
/// ```
/// use guide_core::Fit;
/// use nlp_rnn::{LabelledTexts, LinearClassifier};
/// let texts = ["a warm coat", "a red coat", "an oak desk", "a glass desk", "an oak shelf", "a warm hat"];
/// let labels = ["clothes", "clothes", "furniture", "furniture", "furniture", "clothes"];
/// let params = LinearClassifier::params().calibration_share(0.0);
/// let model = params.fit(&LabelledTexts::new(&texts, &labels)?)?;
/// assert_eq!(model.labels(), ["clothes", "furniture"]);
/// let answer = model.predict("red coats")?;
/// assert_eq!(answer.label(), "clothes");
/// assert!(answer.probability() > 0.5 && !answer.is_prior());
/// // No known n-gram: 3 of 6 texts have each label.
/// let nothing = model.predict("")?;
/// assert_eq!((nothing.is_prior(), nothing.top(2)), (true, vec![("clothes", 0.5), ("furniture", 0.5)]));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinearClassifier {
    params: LinearClassifierParams,
    /// In the order of the classes.
    labels: Vec<String>,
    /// The share of each label in the training data.
    shares: Vec<f32>,
    tfidf: TfIdf,
    regression: LogisticRegression,
    calibration: Calibration,
    #[serde(skip)]
    report: Option<LinearTrainingReport>,
}

impl LinearClassifier {
    /// The default parameters.
    pub fn params() -> LinearClassifierParams {
        LinearClassifierParams::default()
    }

    /// The parameters that it was trained with.
    pub fn trained_params(&self) -> &LinearClassifierParams {
        &self.params
    }

    /// What the training came to; `None` for a model from a file.
    pub fn report(&self) -> Option<&LinearTrainingReport> {
        self.report.as_ref()
    }

    /// The labels, in the order of their characters.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The n-grams and their weights.
    pub fn tfidf(&self) -> &TfIdf {
        &self.tfidf
    }

    /// The linear model over the n-grams.
    pub fn regression(&self) -> &LogisticRegression {
        &self.regression
    }

    /// The temperature of the probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The probabilities of the labels for a text.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a text above 1 GiB.
    pub fn predict(&self, text: &str) -> Result<LabelProbabilities<'_>> {
        self.predict_with(text, &mut TfIdfRow::default())
    }

    /// As [`LinearClassifier::predict`], with buffers that are reused from text to text.
    ///
    /// # Errors
    /// As [`LinearClassifier::predict`].
    pub fn predict_with(&self, text: &str, row: &mut TfIdfRow) -> Result<LabelProbabilities<'_>> {
        self.tfidf.row_into(text, row)?;
        if row.columns().is_empty() {
            return Ok(LabelProbabilities::new(
                &self.labels,
                self.shares.clone(),
                true,
            ));
        }
        let mut scores = vec![0.0; self.labels.len()];
        self.regression
            .decision_of(row.columns(), row.values(), &mut scores)?;
        self.calibration.probabilities(&mut scores);
        Ok(LabelProbabilities::new(&self.labels, scores, false))
    }

    /// The probabilities of the labels for many texts, on all threads.
    ///
    /// # Errors
    /// As [`LinearClassifier::predict`].
    pub fn predict_batch<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
    ) -> Result<Vec<LabelProbabilities<'_>>> {
        texts
            .par_iter()
            .with_min_len(32)
            .map_init(TfIdfRow::default, |row, text| {
                self.predict_with(text.as_ref(), row)
            })
            .collect()
    }

    /// The probabilities for many texts, `[texts, labels]`, with the columns in the order of `labels`: to be joined with those of another classifier of
    /// the same labels ([`nn_core::OpinionPool`]). A label that this classifier does not know has 0; one that is not in `labels` is left out, so that the
    /// rows then sum to less than 1.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use nlp_rnn::{LabelledTexts, LinearClassifier};
    /// let data = LabelledTexts::new(&["red coat", "blue hat", "a coat", "a hat"], &["coat", "hat", "coat", "hat"])?;
    /// let model = LinearClassifier::params().fit(&data)?;
    /// let order = ["shoe", "hat", "coat"].map(str::to_owned);
    /// let p = model.probabilities_in_order(&["green hat"], &order)?;
    /// assert!(p[[0, 0]] == 0.0 && p[[0, 1]] > p[[0, 2]]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`LinearClassifier::predict`].
    pub fn probabilities_in_order<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        labels: &[String],
    ) -> Result<Array2<f32>> {
        let place = |own: &String| labels.iter().position(|label| label == own);
        let places: Vec<Option<usize>> = self.labels.iter().map(place).collect();
        let mut rows = Array2::zeros((texts.len(), labels.len()));
        for (answer, mut row) in self.predict_batch(texts)?.iter().zip(rows.rows_mut()) {
            for (&p, place) in answer.probabilities().iter().zip(&places) {
                if let Some(place) = *place {
                    row[place] = p;
                }
            }
        }
        Ok(rows)
    }

    /// Compares its answers with known labels: [`TextClassifier::evaluate`].
    ///
    /// # Errors
    /// As [`TextClassifier::evaluate`].
    pub fn evaluate(&self, data: &LabelledTexts<'_>) -> Result<ClassifierReport> {
        TextClassifier::evaluate(self, data)
    }
}

impl TextClassifier for LinearClassifier {
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

impl Persist for LinearClassifier {
    const KIND: &'static str = "linear-text-classifier";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "labels": self.labels.len(),
            "features": self.tfidf.n_features(),
            "texts": self.tfidf.n_texts(),
            "temperature": self.calibration.temperature(),
        })
    }

    fn check(&self) -> Result<()> {
        let refused = |reason: String| Err(Error::decode(Self::KIND, reason));
        self.params.validate()?;
        self.regression.check(Self::KIND)?;
        self.calibration.check(Self::KIND)?;
        if let Some(pair) = self.labels.windows(2).find(|pair| pair[0] >= pair[1]) {
            return refused(format!("the label `{}` before `{}`", pair[0], pair[1]));
        }
        let n_labels = self.labels.len();
        if self.regression.n_classes() != n_labels || self.shares.len() != n_labels {
            return refused(format!(
                "{n_labels} labels with {} shares and {} classes",
                self.shares.len(),
                self.regression.n_classes()
            ));
        }
        if let Some(bad) = self
            .shares
            .iter()
            .find(|share| !(**share > 0.0 && **share < 1.0))
        {
            return refused(format!("a label with a share of {bad}"));
        }
        if self.regression.n_features() != self.tfidf.n_features() {
            return refused(format!(
                "weights of {} n-grams for {}",
                self.regression.n_features(),
                self.tfidf.n_features()
            ));
        }
        Ok(())
    }
}
