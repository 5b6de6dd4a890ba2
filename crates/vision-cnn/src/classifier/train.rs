//! Trains the classifier of pictures: normalisation measured on the training part, the best epoch and the temperatures on the validation part.

use guide_core::{Error, Fit, Params, Progress, Result, holdout, stratified_holdout};
use nn_core::{Calibration, History, Trainer, Watch, report_to};

use super::evaluate::in_classes_of;
use super::model::{Head, PictureClassifier};
use super::objective::{Examples, PictureObjective};
use super::params::PictureClassifierParams;
use crate::networks::{PictureNetwork, check_size};
use crate::{Labels, Network, Normalization, PictureBatches, Pictures};

/// Report of the training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PictureTrainingReport {
    /// The loss of each epoch, and which epoch was kept.
    pub history: History,
    /// Pictures that were trained on.
    pub n_train: usize,
    /// Pictures that the best epoch and the temperatures were found on.
    pub n_validation: usize,
}

/// The name in errors and reports.
pub(super) const ALGORITHM: &str = "classifier of pictures";

impl Fit<Pictures> for PictureClassifierParams {
    type Model = PictureClassifier;

    /// # Errors
    /// As [`PictureClassifierParams::fit_validated`].
    fn fit_with(&self, pictures: &Pictures, progress: &dyn Progress) -> Result<PictureClassifier> {
        let mut watch = report_to(ALGORITHM, progress);
        self.fit_validated(pictures, None, &mut watch)
    }
}

impl PictureClassifierParams {
    /// Trains a head for each set of labels of `pictures`. The best epoch and the temperatures of the probabilities are found on
    /// `validation`, which has the same labels and classes ([`Pictures::with_classes_of`]), or, without it, on a share of `pictures`
    /// that is then not trained on, drawn from each class of the first labels.
    ///
    /// `watch` may end the training: the model is then that of the best epoch so far, or of the last step without a validation.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter out of its range, [`Error::Empty`] without pictures, [`Error::Unsuitable`] without labels or
    /// for labels of one class, [`Error::Shape`] for pictures that are too small for the network or a validation part of another
    /// size or other classes, [`Error::Diverged`].
    pub fn fit_validated(
        &self,
        pictures: &Pictures,
        validation: Option<&Pictures>,
        watch: &mut dyn Watch,
    ) -> Result<PictureClassifier> {
        self.fit_measured(pictures, validation, None, watch)
    }

    /// The same, and after each epoch the accuracy of the first head on `test`, for reports alone: `watch` gets it as
    /// [`EpochRecord::measured`](nn_core::EpochRecord::measured), and it has no influence on the model. A class that `pictures` does not
    /// have counts as an error, as in [`PictureClassifier::evaluate`].
    ///
    /// # Errors
    /// As [`PictureClassifierParams::fit_validated`], and [`Error::Shape`] or [`Error::Unknown`] for test pictures of another size or
    /// without the first labels.
    pub fn fit_measured(
        &self,
        pictures: &Pictures,
        validation: Option<&Pictures>,
        test: Option<&Pictures>,
        watch: &mut dyn Watch,
    ) -> Result<PictureClassifier> {
        self.validate()?;
        let labels = pictures.all_labels();
        check_labels(labels)?;
        let n_classes = n_classes(labels);
        let network = self
            .architecture
            .network(pictures.size(), &n_classes, self.seed)?;
        self.train((network, None), pictures, validation, test, watch)
    }

    /// Trains `network` further, for example with public weights ([`Network::load_trunk`]): fine-tuning. It has a head for each set of
    /// labels of `pictures`. `normalization` is that of its earlier training, [`Normalization::imagenet`] for torchvision's weights;
    /// `None` measures it on the training part. All else is as in [`PictureClassifierParams::fit_validated`];
    /// [`PictureClassifierParams::architecture`] has no effect, [`PictureClassifier::trained_with`] has that of the network.
    ///
    /// A network of layers of one's own is trained too, but its classifier cannot be saved
    /// ([`PictureClassifier::from_network`]).
    ///
    /// ```
    /// use vision_cnn::{Architecture, Labels, Normalization, PictureClassifier, Pictures};
    /// let labels = Labels::new("side", vec!["left".into(), "right".into()], vec![0, 1, 0, 1])?;
    /// let pictures = Pictures::new([8, 8, 1], (0..=255).collect(), vec![labels])?;
    /// let network = Architecture::ResNet20.network([8, 8, 1], &[2], 7)?; // network.load_trunk("resnet20.safetensors")?
    /// let unit = Normalization::unit(1)?;
    /// let params = PictureClassifier::params().epochs(1).learning_rate(1e-4);
    /// let model = params.fit_from(network, Some(unit.clone()), &pictures, None, &mut |_: &nn_core::EpochRecord| {
    ///     std::ops::ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(model.trained_with().architecture, Architecture::ResNet20);
    /// assert_eq!(model.normalization(), &unit);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`PictureClassifierParams::fit_validated`], [`Error::Shape`] for a network of pictures of another size or whose heads differ
    /// from the labels in number or classes, and as [`PictureClassifier::from_network`].
    pub fn fit_from(
        &self,
        network: Network,
        normalization: Option<Normalization>,
        pictures: &Pictures,
        validation: Option<&Pictures>,
        watch: &mut dyn Watch,
    ) -> Result<PictureClassifier> {
        self.validate()?;
        let labels = pictures.all_labels();
        check_labels(labels)?;
        let (size, n_classes) = (network.size(), n_classes(labels));
        check_size("pictures for the network", size, pictures)?;
        if network.n_classes() != n_classes {
            return Err(Error::Shape {
                what: format!("classes of the heads of network `{}`", network.name()),
                expected: n_classes,
                got: network.n_classes(),
            });
        }
        network.check_tensors()?;
        self.train((network, normalization), pictures, validation, None, watch)
    }

    /// Trains a network. The caller has checked that its input and heads fit the pictures and their labels.
    fn train(
        &self,
        (mut network, normalization): (Network, Option<Normalization>),
        pictures: &Pictures,
        validation: Option<&Pictures>,
        test: Option<&Pictures>,
        watch: &mut dyn Watch,
    ) -> Result<PictureClassifier> {
        if pictures.is_empty() {
            return Err(Error::empty("the set of pictures to learn"));
        }
        let labels = pictures.all_labels();
        if let Some(validation) = validation {
            check_size(
                "pictures of the validation part",
                pictures.size(),
                validation,
            )?;
            check_classes(pictures, validation)?;
        }
        let test_classes = match test {
            Some(test) => {
                check_size("pictures of the test part", pictures.size(), test)?;
                let of_test = test.labels(labels[0].name())?;
                in_classes_of(labels[0].classes(), of_test).1
            }
            None => Vec::new(),
        };
        let head_weights = self.weights_of_heads(labels.len())?;
        let all = || (0..pictures.len()).collect::<Vec<usize>>();
        let (train, held_out) = match validation {
            None if self.validation_share > 0.0 => {
                stratified_holdout(labels[0].of(), self.validation_share, self.seed)
                    .or_else(|_| holdout(pictures.len(), self.validation_share, self.seed))?
            }
            _ => (all(), Vec::new()),
        };
        let normalization = match normalization {
            Some(normalization) => normalization,
            None => Normalization::measured(pictures, &train)?,
        };
        let plain = PictureBatches::new(pictures, normalization.clone())?;
        let augmented = plain
            .clone()
            .augment(self.augment.clone().seed(self.seed))?;
        let classes = |pictures| {
            Pictures::all_labels(pictures)
                .iter()
                .map(Labels::of)
                .collect()
        };
        let train = Examples {
            batches: augmented,
            places: train,
            classes: classes(pictures),
        };
        let valid = match validation {
            Some(validation) if !validation.is_empty() => Some(Examples {
                batches: PictureBatches::new(validation, normalization.clone())?,
                places: (0..validation.len()).collect(),
                classes: classes(validation),
            }),
            None if !held_out.is_empty() => Some(Examples {
                batches: plain,
                places: held_out,
                classes: classes(pictures),
            }),
            _ => None,
        };
        let test = match test {
            Some(test) if !test.is_empty() => Some(Examples {
                batches: PictureBatches::new(test, normalization.clone())?,
                places: (0..test.len()).collect(),
                classes: vec![&test_classes[..]],
            }),
            _ => None,
        };
        let n_train = train.places.len();
        let n_validation = valid.as_ref().map_or(0, |valid| valid.places.len());
        let trainer = Trainer::default()
            .n_epochs(self.epochs)
            .batch_size(self.batch)
            .optimizer(self.optimizer())
            .schedule(self.schedule(n_train))
            .patience(if n_validation > 0 { self.patience } else { 0 })
            .seed(self.seed);
        // Moved out and back, so that no second set of weights is kept.
        let mut weights = std::mem::take(network.weights_mut());
        let (history, calibrations) = {
            let smoothing = self.label_smoothing;
            let mut objective =
                PictureObjective::new(&network, train, valid, smoothing, head_weights);
            objective.measure_on(test);
            let history = trainer.train_watched(ALGORITHM, &mut weights, &mut objective, watch);
            if let Some(error) = objective.take_error() {
                return Err(error);
            }
            let history = history?;
            objective.check_scores(&weights)?;
            let scores = objective.score_validation(&weights)?;
            let calibrations = scores
                .into_iter()
                .map(|(scores, classes)| Calibration::fit(scores.view(), &classes));
            (history, calibrations.collect::<Result<Vec<_>>>()?)
        };
        *network.weights_mut() = weights;
        let heads = labels.iter().enumerate().map(|(number, labels)| {
            let calibration = calibrations.get(number).copied().unwrap_or_default();
            Head::calibrated(labels, calibration)
        });
        let report = PictureTrainingReport {
            history,
            n_train,
            n_validation,
        };
        let mut params = self.clone();
        params.architecture = network.architecture().unwrap_or(params.architecture);
        let network = PictureNetwork::new(network, normalization)?;
        PictureClassifier::new(params, heads.collect(), network, Some(report))
    }
}

/// Refuses pictures without labels, and labels without a choice.
fn check_labels(labels: &[Labels]) -> Result<()> {
    let unsuitable = |needed: String| Error::Unsuitable {
        algorithm: ALGORITHM,
        needed,
    };
    if labels.is_empty() {
        return Err(unsuitable("pictures with labels".to_owned()));
    }
    for labels in labels {
        if let [only] = labels.classes() {
            let needed = format!(
                "two classes or more of `{}`, not only `{only}`",
                labels.name()
            );
            return Err(unsuitable(needed));
        }
    }
    Ok(())
}

/// Numbers of classes of all labels.
fn n_classes(labels: &[Labels]) -> Vec<usize> {
    let counts = labels.iter().map(|labels| labels.classes().len());
    counts.collect()
}

/// Refuses a validation part with other classes.
fn check_classes(pictures: &Pictures, validation: &Pictures) -> Result<()> {
    for labels in pictures.all_labels() {
        if validation.labels(labels.name())?.classes() != labels.classes() {
            let needed = format!(
                "a validation part with the classes of `{}` of the training part (Pictures::with_classes_of)",
                labels.name()
            );
            return Err(Error::Unsuitable {
                algorithm: ALGORITHM,
                needed,
            });
        }
    }
    Ok(())
}
