//! Parameters of the classifier of pictures.

use guide_core::{Error, Params, Result, ensure, setters};
use nn_core::{Course, Optimizer, Rule, Schedule};
use serde::{Deserialize, Serialize};

use crate::{Architecture, Augment};

/// Which optimiser trains a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PictureTraining {
    /// Adam with decoupled weight decay (Loshchilov, Hutter, 2019).
    AdamW,
    /// Stochastic gradient descent with Nesterov momentum 0.9 and coupled weight decay, as ResNet was trained.
    Momentum,
}

/// Parameters of [`PictureClassifier`](super::PictureClassifier).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PictureClassifierParams {
    /// The network (default [`Architecture::SeedCnn`]).
    pub architecture: Architecture,
    /// Passes over the pictures (default 10).
    pub epochs: usize,
    /// Pictures in a step (default 64).
    pub batch: usize,
    /// The optimiser (default AdamW).
    pub training: PictureTraining,
    /// Learning rate (default 1e-3).
    pub learning_rate: f32,
    /// Weight decay (default 1e-4).
    pub weight_decay: f32,
    /// Whether the learning rate falls to 0 along half a cosine over the epochs (default true).
    pub cosine: bool,
    /// Steps over which the learning rate first increases linearly to `learning_rate` (default 0); at most a tenth of all steps.
    pub warm_up: usize,
    /// Share of each target that is spread evenly over all classes (Szegedy et al., 2016; default 0).
    pub label_smoothing: f32,
    /// Weight of each head's loss, in the order of the labels; empty for 1 each (default).
    pub head_weights: Vec<f32>,
    /// Random changes of the training pictures (default none). Its random numbers are drawn by `seed` too.
    pub augment: Augment,
    /// Share of the pictures that is held out, where no validation part is given, to find the best epoch and the temperature of the
    /// probabilities; 0 for none: the last epoch is then kept, and probabilities are not calibrated (default 0).
    pub validation_share: f32,
    /// Epochs without a better validation after which training ends; 0 for never (default).
    pub patience: usize,
    /// Seed of the first weights, of the order, of dropout, of augmentation and of the pictures held out.
    pub seed: u64,
}

impl Default for PictureClassifierParams {
    fn default() -> Self {
        Self {
            architecture: Architecture::SeedCnn,
            epochs: 10,
            batch: 64,
            training: PictureTraining::AdamW,
            learning_rate: 1e-3,
            weight_decay: 1e-4,
            cosine: true,
            warm_up: 0,
            label_smoothing: 0.0,
            head_weights: Vec::new(),
            augment: Augment::default(),
            validation_share: 0.0,
            patience: 0,
            seed: 0,
        }
    }
}

setters!(PictureClassifierParams {
    architecture: Architecture,
    epochs: usize,
    batch: usize,
    training: PictureTraining,
    learning_rate: f32,
    weight_decay: f32,
    cosine: bool,
    warm_up: usize,
    label_smoothing: f32,
    head_weights: Vec<f32>,
    augment: Augment,
    validation_share: f32,
    patience: usize,
    seed: u64,
});

impl PictureClassifierParams {
    /// Parameters that train `architecture` from drawn weights: ResNets by momentum with a learning rate of 0.1 as in their paper; the weight decay of 5e-4
    /// (the paper has 1e-4), Nesterov's form, the cosine and 200 steps of warm-up are ours. All others: the defaults. Not for fine-tuning, where 0.1 destroys
    /// public weights: 1e-4 with AdamW is a start.
    ///
    /// ```
    /// use vision_cnn::{Architecture, PictureClassifierParams, PictureTraining};
    /// let params = PictureClassifierParams::of(Architecture::ResNet20);
    /// assert_eq!((params.training, params.learning_rate), (PictureTraining::Momentum, 0.1));
    /// assert_eq!(PictureClassifierParams::of(Architecture::SeedCnn), PictureClassifierParams::default());
    /// ```
    pub fn of(architecture: Architecture) -> Self {
        let params = Self {
            architecture,
            ..Self::default()
        };
        match architecture {
            Architecture::ResNet18
            | Architecture::ResNet34
            | Architecture::ResNet50
            | Architecture::ResNet20
            | Architecture::ResNet32
            | Architecture::ResNet56 => params
                .training(PictureTraining::Momentum)
                .learning_rate(0.1)
                .weight_decay(5e-4)
                .warm_up(200),
            _ => params,
        }
    }

    pub(super) fn optimizer(&self) -> Optimizer {
        match self.training {
            PictureTraining::AdamW => Optimizer::adamw(self.learning_rate, self.weight_decay),
            PictureTraining::Momentum => Optimizer::sgd(self.learning_rate)
                .rule(Rule::Sgd {
                    momentum: 0.9,
                    nesterov: true,
                })
                .weight_decay(self.weight_decay),
        }
    }

    /// The schedule of a training on `n` pictures.
    pub(super) fn schedule(&self, n: usize) -> Schedule {
        let course = match self.cosine {
            true => Course::Cosine {
                over: self.epochs,
                low: 0.0,
            },
            false => Course::Constant,
        };
        let n_steps = n.div_ceil(self.batch) * self.epochs;
        Schedule::default()
            .course(course)
            .warm_up(self.warm_up.min(n_steps / 10))
    }

    /// The weight of each of `n` heads.
    pub(super) fn weights_of_heads(&self, n: usize) -> Result<Vec<f32>> {
        if self.head_weights.is_empty() {
            return Ok(vec![1.0; n]);
        }
        if self.head_weights.len() != n {
            let value = format!("{:?}", self.head_weights);
            return Err(Error::param(
                "head_weights",
                value,
                format!("{n} weights, one for each set of labels"),
            ));
        }
        Ok(self.head_weights.clone())
    }
}

impl Params for PictureClassifierParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::at_least_one("batch", self.batch)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::within("label_smoothing", self.label_smoothing, 0.0, 0.99)?;
        for &weight in &self.head_weights {
            ensure::not_negative("head_weights", weight)?;
        }
        self.augment.validate()?;
        ensure::within("validation_share", self.validation_share, 0.0, 0.9)
    }
}
