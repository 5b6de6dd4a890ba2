//! What the classifiers of texts share: the trait, their answers, and how they are measured.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use guide_core::{Error, Persist, Result};
use nn_core::Confusion;

use crate::{LabelledTexts, LinearClassifier, RecurrentClassifier};

/// A classifier of texts, linear or recurrent: an app trains several and takes the one that is best on its validation part.
///
/// ```
/// use guide_core::Fit;
/// use nlp_rnn::{LabelledTexts, LinearClassifier, RecurrentClassifier, TextClassifier};
/// let texts = ["warm coat", "oak desk", "red coat", "glass desk", "red warm coat", "oak shelf, a desk"];
/// let data = LabelledTexts::new(&texts, &["clothes", "home", "clothes", "home", "clothes", "home"])?;
/// let linear = LinearClassifier::params().fit(&data)?;
/// let params = RecurrentClassifier::params().dim(8).hidden(8).min_count(1).epochs(60).validation_share(0.0);
/// let recurrent = params.dropout(0.0).learning_rate(0.02).fit(&data)?;
/// let all: [&dyn TextClassifier; 2] = [&linear, &recurrent];
/// for classifier in all {
///     assert_eq!(classifier.evaluate(&data)?.confusion.accuracy(), 1.0);
///     assert_eq!(classifier.classify("a desk")?.label(), "home");
/// }
/// # Ok::<(), guide_core::Error>(())
/// ```
pub trait TextClassifier: Send + Sync {
    /// The labels, in the order of their characters.
    fn labels(&self) -> &[String];

    /// The probabilities of the labels for a text.
    ///
    /// # Errors
    /// Those of the classifier.
    fn classify(&self, text: &str) -> Result<LabelProbabilities<'_>>;

    /// The probabilities of the labels for many texts, on all threads.
    ///
    /// # Errors
    /// As [`TextClassifier::classify`].
    fn classify_batch(&self, texts: &[&str]) -> Result<Vec<LabelProbabilities<'_>>>;

    /// Predicts the label of each text and compares it with the label it has. A label that the model does not know counts as
    /// an error, and as a class of its own in the macro F1.
    ///
    /// # Errors
    /// [`Error::Empty`] without texts, and those of [`TextClassifier::classify`].
    fn evaluate(&self, data: &LabelledTexts<'_>) -> Result<ClassifierReport> {
        if data.is_empty() {
            return Err(Error::empty("the list of test texts"));
        }
        let start = Instant::now();
        let answers = self.classify_batch(data.texts())?;
        let seconds = start.elapsed().as_secs_f64();
        let mut labels = self.labels().to_vec();
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for label in data.labels() {
            if class_of(self.labels(), label).is_none() {
                *unknown.entry(label).or_default() += 1;
            }
        }
        labels.extend(unknown.keys().map(|label| (*label).to_owned()));
        let numbers = (self.labels().len() as u32..).zip(unknown.keys());
        let numbers: HashMap<&str, u32> = numbers.map(|(class, label)| (*label, class)).collect();
        let classes = data.labels().iter();
        let actual: Vec<u32> = classes
            .filter_map(|label| match class_of(self.labels(), label) {
                Some(class) => Some(class as u32),
                None => numbers.get(label).copied(),
            })
            .collect();
        let predicted: Vec<u32> = answers.iter().map(|answer| answer.class() as u32).collect();
        let known = answers.iter().zip(&actual).filter_map(|(answer, &class)| {
            let p = *answer.probabilities().get(class as usize)?;
            Some(-f64::from(p.max(f32::MIN_POSITIVE)).ln())
        });
        let losses: Vec<f64> = known.collect();
        Ok(ClassifierReport {
            confusion: Confusion::new(&actual, &predicted)?,
            unknown_labels: unknown
                .into_iter()
                .map(|(label, count)| (label.to_owned(), count))
                .collect(),
            n_cut: answers.iter().filter(|answer| answer.is_cut()).count(),
            n_prior: answers.iter().filter(|answer| answer.is_prior()).count(),
            n_log_loss: losses.len(),
            // A sum of zeros with a sign is shown without it.
            log_loss: (!losses.is_empty())
                .then(|| losses.iter().sum::<f64>() / losses.len() as f64 + 0.0),
            labels,
            seconds,
        })
    }
}

fn class_of(labels: &[String], label: &str) -> Option<usize> {
    labels
        .binary_search_by(|known| known.as_str().cmp(label))
        .ok()
}

/// Reads a classifier of texts of either kind.
///
/// # Errors
/// Those of [`Persist::load`]; for a file of another kind [`Error::Kind`], which names both kinds that are read.
pub fn load_text_classifier(path: &Path) -> Result<Box<dyn TextClassifier>> {
    match guide_core::model_file::inspect(path)?.kind.as_str() {
        LinearClassifier::KIND => Ok(Box::new(LinearClassifier::load(path)?)),
        RecurrentClassifier::KIND => Ok(Box::new(RecurrentClassifier::load(path)?)),
        found => Err(Error::File {
            path: path.to_owned(),
            cause: Box::new(Error::Kind {
                expected: format!(
                    "{}` or `{}",
                    LinearClassifier::KIND,
                    RecurrentClassifier::KIND
                ),
                found: found.to_owned(),
            }),
        }),
    }
}

/// The probabilities of all labels for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelProbabilities<'m> {
    labels: &'m [String],
    probabilities: Vec<f32>,
    best: usize,
    is_prior: bool,
    is_cut: bool,
}

impl<'m> LabelProbabilities<'m> {
    /// Probabilities in the order of `labels`.
    ///
    /// # Panics
    /// If they differ in number or there are none.
    pub(crate) fn new(labels: &'m [String], probabilities: Vec<f32>, is_prior: bool) -> Self {
        assert!(
            labels.len() == probabilities.len() && !labels.is_empty(),
            "probabilities of labels"
        );
        let better = |best: usize, label| match probabilities[label] > probabilities[best] {
            true => label,
            false => best,
        };
        Self {
            best: (0..probabilities.len()).fold(0, better),
            labels,
            probabilities,
            is_prior,
            is_cut: false,
        }
    }

    /// The same for a text of which words were cut off or not.
    pub(crate) fn cut(self, is_cut: bool) -> Self {
        Self { is_cut, ..self }
    }

    /// The most probable label; of several the first.
    pub fn label(&self) -> &'m str {
        &self.labels[self.best]
    }

    /// Its place among the labels of the model.
    pub fn class(&self) -> usize {
        self.best
    }

    /// Its probability.
    pub fn probability(&self) -> f32 {
        self.probabilities[self.best]
    }

    /// The probability of each label, in the order of [`TextClassifier::labels`].
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }

    /// Whether the text had no known n-gram or word, so that these are the shares of the labels in the training data.
    pub fn is_prior(&self) -> bool {
        self.is_prior
    }

    /// Whether the text was longer than the model reads, so that words of it were not looked at.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The `n` most probable labels with their probabilities, the most probable first.
    pub fn top(&self, n: usize) -> Vec<(&'m str, f32)> {
        let labels = self.labels.iter().map(String::as_str);
        let mut all: Vec<(&str, f32)> = labels.zip(self.probabilities.iter().copied()).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(n);
        all
    }
}

/// How well a classifier answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClassifierReport {
    /// Counts by actual and predicted label, in the order of `labels`.
    pub confusion: Confusion,
    /// The labels of the model, then those that only the test texts have.
    pub labels: Vec<String>,
    /// Labels that the model does not know, and how many test texts have each. Each such text counts as an error.
    pub unknown_labels: Vec<(String, usize)>,
    /// Texts without a known n-gram or word, which were answered with the shares of the labels.
    pub n_prior: usize,
    /// Texts that were longer than the model reads, and were cut.
    pub n_cut: usize,
    /// Mean negative logarithm of the probability of the right label, in nats, over the texts whose label is known;
    /// `None` if there is no such text.
    pub log_loss: Option<f64>,
    /// Texts whose label is known: those that `log_loss` is the mean over.
    pub n_log_loss: usize,
    /// Seconds for all texts, on all threads.
    pub seconds: f64,
}
