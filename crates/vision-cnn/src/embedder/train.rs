//! Trains the embedder with triplets, from random weights or from those of an embedder.

use guide_core::{Error, Fit, Params, Progress, Result};
use nn_core::{History, Trainer, Watch, report_to};

use super::model::PictureEmbedder;
use super::objective::TripletObjective;
use super::params::PictureEmbedderParams;
use crate::classifier::SCORED;
use crate::{Normalization, PictureBatches, Pictures};

/// Report of the training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EmbedderTrainingReport {
    /// The loss of each epoch: the mean over the pictures of a batch.
    pub history: History,
    /// Classes with two pictures or more, which were trained on.
    pub n_classes: usize,
    /// Pictures that are alone in their class and were left out.
    pub n_alone: usize,
}

/// The name in errors and reports.
const ALGORITHM: &str = "embedder of pictures";

impl Fit<Pictures> for PictureEmbedderParams {
    type Model = PictureEmbedder;

    /// # Errors
    /// As [`PictureEmbedderParams::fit_from`].
    fn fit_with(&self, pictures: &Pictures, progress: &dyn Progress) -> Result<PictureEmbedder> {
        self.fit_from(None, pictures, &mut report_to(ALGORITHM, progress))
    }
}

impl PictureEmbedderParams {
    /// Trains with triplets, from the weights and the normalisation of `start` where there is one: an embedder that was trained with
    /// classes ([`PictureClassifier::into_embedder`](crate::PictureClassifier::into_embedder)) is a better start than random weights, from
    /// which this loss may end with all pictures in one place.
    ///
    /// `watch` may end the training; the model has then the weights of the last step.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter out of its range, [`Error::Empty`] without pictures, [`Error::Unknown`] for labels that are not
    /// there, [`Error::Unsuitable`] unless two classes have two pictures or more, [`Error::Shape`] for pictures that are too small for
    /// the network or of another size than those of `start`, [`Error::Diverged`].
    pub fn fit_from(
        &self,
        start: Option<&PictureEmbedder>,
        pictures: &Pictures,
        watch: &mut dyn Watch,
    ) -> Result<PictureEmbedder> {
        self.validate()?;
        if pictures.is_empty() {
            return Err(Error::empty("the set of pictures to learn"));
        }
        let labels = match (self.labels.as_str(), pictures.all_labels()) {
            ("", [first, ..]) => first,
            ("", []) => return Err(unsuitable("pictures with labels")),
            (name, _) => pictures.labels(name)?,
        };
        let counts = labels.counts();
        let n_alone = counts.iter().filter(|&&count| count == 1).count();
        let all: Vec<usize> = (0..pictures.len()).collect();
        let (mut network, architecture, normalization) = match start {
            Some(start) => {
                start.check_size(pictures)?;
                let network = start.copied_network()?;
                (network, start.architecture(), start.normalization().clone())
            }
            None => (
                self.architecture.trunk(pictures.size(), self.seed)?,
                self.architecture,
                Normalization::measured(pictures, &all)?,
            ),
        };
        let batches = PictureBatches::new(pictures, normalization.clone())?
            .augment(self.augment.clone().seed(self.seed))?;
        // Moved out and back, so that no second set of weights is kept.
        let mut weights = std::mem::take(network.weights_mut());
        let (history, n_classes) = {
            let mut objective = TripletObjective::new(
                &network,
                batches,
                labels.of(),
                [self.classes_per_batch, self.pictures_per_class],
                (self.margin, self.seed),
            );
            let n_classes = objective.n_classes();
            if n_classes < 2 {
                let name = guide_core::printable(labels.name());
                return Err(unsuitable(&format!(
                    "two classes of `{name}` with two pictures or more each, not {n_classes}"
                )));
            }
            let trainer = Trainer::default()
                .n_epochs(self.epochs)
                .batch_size(objective.batch_size())
                .optimizer(self.optimizer())
                .schedule(self.schedule())
                .seed(self.seed);
            let history = trainer.train_watched(ALGORITHM, &mut weights, &mut objective, watch);
            if let Some(error) = objective.take_error() {
                return Err(error);
            }
            (history?, n_classes)
        };
        *network.weights_mut() = weights;
        let report = EmbedderTrainingReport {
            history,
            n_classes,
            n_alone,
        };
        let n_epochs = report.history.epochs.len();
        let trained = Some((self.clone().architecture(architecture), report));
        let model = PictureEmbedder::new(architecture, normalization, network, trained)?;
        // The loss of a step is computed before its update, so the training loop cannot see that the last update diverged.
        let first = pictures.select(&all[..all.len().min(SCORED)])?;
        match model.embed(&first) {
            Ok(_) => Ok(model),
            Err(Error::NotFinite { value, .. }) => Err(Error::Diverged {
                algorithm: ALGORITHM,
                epoch: n_epochs,
                step: 0,
                loss: value,
            }),
            Err(other) => Err(other),
        }
    }
}

fn unsuitable(needed: &str) -> Error {
    Error::Unsuitable {
        algorithm: ALGORITHM,
        needed: needed.to_owned(),
    }
}
