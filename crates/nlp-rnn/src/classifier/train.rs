//! Trains the recurrent classifier: batches of texts of near-by length, early stopping, and the temperature of the probabilities.

use std::time::Instant;

use guide_core::ndarray::Array2;
use guide_core::{Batches, Error, Fit, Params, Progress, Result, stratified_holdout};
use nlp_embed::WordVectors;
use nn_core::{
    Batch, Calibration, CrossEntropy, Grads, History, Mode, Objective, Trainer, Watch, Weights,
    report_to,
};

use super::net::{Net, Work};
use super::words::{Encoded, Reader};
use super::{BestBy, RecurrentClassifier, RecurrentClassifierParams, memory};
use crate::LabelledTexts;
use crate::first_vectors::{ensure_width, write_first_vectors};
use crate::labelled_texts::{classes, known_labels, shares};

/// What the training came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecurrentTrainingReport {
    /// The loss of each epoch, what [`BestBy`] watches, and which epoch was kept.
    pub history: History,
    /// Texts that were trained on.
    pub n_train: usize,
    /// Texts that the best epoch and the temperature were found on.
    pub n_validation: usize,
    /// Validation texts that were left out because no training text has their label.
    pub n_unknown_labels: usize,
    /// Texts without a word, which were left out.
    pub n_empty: usize,
    /// Training texts that were cut to `max_length` words.
    pub n_cut: usize,
    /// Words of the vocabulary that began with a given vector.
    pub n_with_vector: usize,
    /// Seconds for counting and numbering words.
    pub reading_seconds: f64,
    /// Seconds for all epochs and the calibration.
    pub training_seconds: f64,
}

/// Texts, and the number of the class of each.
type TextsOfClasses<'t> = (Vec<&'t str>, Vec<u32>);

impl Fit<LabelledTexts<'_>> for RecurrentClassifierParams {
    type Model = RecurrentClassifier;

    /// # Errors
    /// As [`RecurrentClassifierParams::fit_validated`].
    fn fit_with(
        &self,
        data: &LabelledTexts<'_>,
        progress: &dyn Progress,
    ) -> Result<RecurrentClassifier> {
        let mut watch = report_to(ALGORITHM, progress);
        self.fit_validated(data, None, None, &mut watch)
    }
}

/// The name in errors and reports.
const ALGORITHM: &str = "recurrent text classifier";

impl RecurrentClassifierParams {
    /// Trains on `data`. The best epoch and the temperature of the probabilities are found on `validation`, or, without it, on a share
    /// of `data` that is then not trained on. Texts of `validation` whose label is unknown are left out and counted.
    ///
    /// Words that `vectors` has begin with their vectors, the others with drawn ones; all are trained on.
    /// `watch` may end the training: the model is then that of the best epoch so far, or of the last step without a validation.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter out of its range or vectors of another width than `dim`, [`Error::Unsuitable`] for texts of
    /// fewer than two labels, [`Error::Empty`] if no text has a word or no text of `validation` has a known label, [`Error::Shape`] for given class weights that are not one for
    /// each label, [`Error::Memory`] if training would take more than 16 GiB, [`Error::Diverged`].
    pub fn fit_validated(
        &self,
        data: &LabelledTexts<'_>,
        validation: Option<&LabelledTexts<'_>>,
        vectors: Option<&WordVectors>,
        watch: &mut dyn Watch,
    ) -> Result<RecurrentClassifier> {
        self.validate()?;
        if let Some(vectors) = vectors {
            ensure_width(vectors, "dim", self.dim)?;
        }
        let (names, all) = classes(data, ALGORITHM)?;
        let given = validation.map(|validation| known_labels(validation, &names));
        let (given, n_unknown_labels) = match given.transpose()? {
            Some((texts, classes, n_unknown)) => (Some((texts, classes)), n_unknown),
            None => (None, 0),
        };
        let texts = data.texts();
        let of = |places: &[usize]| places.iter().map(|&p| (texts[p], all[p])).unzip();
        let held_out = match given {
            None if self.validation_share > 0.0 => {
                let (rest, drawn) = stratified_holdout(&all, self.validation_share, self.seed)?;
                // Of a few texts a share may round to nothing.
                (drawn.len() >= names.len()).then_some((rest, drawn))
            }
            _ => None,
        };
        let (train, valid): (TextsOfClasses<'_>, TextsOfClasses<'_>) = match &held_out {
            Some((rest, drawn)) => (of(rest), of(drawn)),
            None => ((texts.to_vec(), all.clone()), given.unwrap_or_default()),
        };

        let start = Instant::now();
        let reader = Reader::new(self);
        let vocabulary = reader.vocabulary(self, &train.0, vectors)?;
        let train = Examples::new(reader.read_all(&vocabulary, &train.0), train.1);
        let valid = Examples::new(reader.read_all(&vocabulary, &valid.0), valid.1);
        if train.classes.is_empty() {
            return Err(Error::empty("the set of training texts with words"));
        }
        let reading_seconds = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let mut counts = vec![0; names.len()];
        for &class in &train.classes {
            counts[class as usize] += 1;
        }
        let class_weights = self.class_weight.of_classes(&counts)?;
        let sizes = (vocabulary.len(), names.len());
        memory::check_tensors(self, sizes)?;
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, self, sizes, true)?;
        let longest = train.texts.texts.iter().map(Vec::len).max().unwrap_or(0);
        let n_weights = weights.count().0;
        memory::check_steps(self, &net, n_weights, (train.classes.len(), longest))?;
        let mut n_with_vector = 0;
        if let Some(vectors) = vectors {
            let table = weights.get_mut(net.embedding.weight());
            n_with_vector = write_first_vectors(vectors, vocabulary.words(), table);
        }
        let trainer = Trainer::default()
            .n_epochs(self.epochs)
            .batch_size(self.batch)
            .optimizer(self.optimizer())
            .patience(match valid.classes.is_empty() {
                true => 0,
                false => self.patience,
            })
            .seed(self.seed);
        let mut objective = TextObjective {
            net: &net,
            lengths: train.texts.texts.iter().map(Vec::len).collect(),
            loss: CrossEntropy {
                smoothing: self.label_smoothing,
                ignore: None,
            },
            class_weights,
            valid_order: valid.texts.by_length((0..valid.classes.len()).collect()),
            scores: Array2::zeros((valid.classes.len(), names.len())),
            best_by: self.best_by,
            work: Work::default(),
            classes: Vec::with_capacity(self.batch),
            train: &train,
            valid: &valid,
        };
        let history = trainer.train_watched(ALGORITHM, &mut weights, &mut objective, watch)?;
        let calibration = if valid.classes.is_empty() {
            Calibration::default()
        } else {
            objective.score_validation(&weights);
            Calibration::fit(objective.scores.view(), &valid.classes)?
        };
        let report = RecurrentTrainingReport {
            history,
            n_train: train.classes.len(),
            n_validation: valid.classes.len(),
            n_unknown_labels,
            n_empty: train.n_empty + valid.n_empty,
            n_cut: train.texts.met.iter().filter(|met| met.is_cut).count(),
            n_with_vector,
            reading_seconds,
            training_seconds: start.elapsed().as_secs_f64(),
        };
        Ok(RecurrentClassifier {
            params: self.clone(),
            labels: names.iter().map(|&name| name.to_owned()).collect(),
            shares: shares(&all, names.len()),
            vocabulary,
            reader,
            net,
            weights,
            calibration,
            report: Some(report),
        })
    }
}

/// Texts with words, and their classes.
struct Examples {
    texts: Encoded,
    classes: Vec<u32>,
    n_empty: usize,
}

impl Examples {
    fn new(all: Encoded, classes: Vec<u32>) -> Self {
        let n = classes.len();
        let pairs = all.texts.into_iter().zip(all.met).zip(classes);
        let pairs = pairs.filter(|((ids, _), _)| !ids.is_empty());
        let ((texts, met), classes): ((Vec<_>, Vec<_>), Vec<u32>) = pairs.unzip();
        Self {
            n_empty: n - classes.len(),
            texts: Encoded { texts, met },
            classes,
        }
    }
}

/// Texts that are scored at a time.
pub(super) const SCORED: usize = 32;

/// The network that learns the labels of texts.
struct TextObjective<'a> {
    net: &'a Net,
    train: &'a Examples,
    valid: &'a Examples,
    lengths: Vec<usize>,
    loss: CrossEntropy,
    class_weights: Vec<f32>,
    /// The validation part by length.
    valid_order: Vec<usize>,
    /// The scores of the validation part, `[texts, labels]`.
    scores: Array2<f32>,
    best_by: BestBy,
    work: Work,
    classes: Vec<u32>,
}

impl TextObjective<'_> {
    fn score_validation(&mut self, weights: &Weights) {
        for places in self.valid_order.chunks(SCORED) {
            let texts = &self.valid.texts.texts;
            self.work.load(places.len(), |i| &texts[places[i]]);
            self.net.forward(weights, Mode::Infer, &mut self.work);
            let rows = self.work.logits.chunks_exact(self.net.n_labels());
            for (&place, logits) in places.iter().zip(rows) {
                let row = self.scores.row_mut(place);
                row.into_iter().zip(logits).for_each(|(s, &y)| *s = y);
            }
        }
    }
}

impl Objective for TextObjective<'_> {
    fn n_examples(&self) -> usize {
        self.train.classes.len()
    }

    fn batches(&self, _: usize, size: usize, seed: u64) -> Result<Batches> {
        Batches::bucketed(&self.lengths, size, seed)
    }

    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        let (examples, texts) = (batch.examples, &self.train.texts.texts);
        let (work, mode) = (&mut self.work, batch.mode());
        work.load(examples.len(), |i| &texts[examples[i]]);
        self.net.forward(weights, mode, work);
        self.classes.clear();
        self.classes
            .extend(examples.iter().map(|&example| self.train.classes[example]));
        let mean = 1.0 / examples.len() as f32;
        let weight = |class: u32| self.class_weights[class as usize];
        let (n_labels, logits) = (self.net.n_labels(), &mut work.logits);
        let loss = self
            .loss
            .weighted(n_labels, logits, &self.classes, mean, weight);
        self.net.backward(weights, mode, work, grads);
        loss
    }

    /// The log loss, or the share of errors with a small part of the log loss, which decides between equal ones.
    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        if self.valid.classes.is_empty() {
            return None;
        }
        self.score_validation(weights);
        let (mut loss, mut errors) = (0.0, 0.0);
        for (row, &class) in self.scores.outer_iter().zip(&self.valid.classes) {
            let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|&y| f64::from(y - top).exp()).sum();
            let own = row[class as usize];
            loss += sum.ln() - f64::from(own - top);
            errors += f64::from(u8::from(own < top));
        }
        let n = self.valid.classes.len() as f64;
        Some(match self.best_by {
            BestBy::LogLoss => loss / n,
            BestBy::Accuracy => (errors + 1e-3 * (loss / n).min(100.0)) / n,
        })
    }
}
