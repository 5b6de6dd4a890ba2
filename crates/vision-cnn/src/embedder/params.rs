//! Parameters of the embedder that is trained with triplets.

use guide_core::{Params, Result, ensure, setters};
use nn_core::{Course, Optimizer, Schedule};
use serde::{Deserialize, Serialize};

use crate::{Architecture, Augment};

/// Parameters of [`PictureEmbedder`](super::PictureEmbedder) under the batch-hard triplet loss (Hermans, Beyer, Leibe, 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PictureEmbedderParams {
    /// The network, whose layers before the heads are the embedder (default [`Architecture::SeedCnn`]). Has no effect where the training
    /// starts from an embedder: the trained model then has the architecture of that one.
    pub architecture: Architecture,
    /// The labels that say which pictures are alike; empty for the first ones (default).
    pub labels: String,
    /// Passes, of `n / (classes_per_batch · pictures_per_class)` batches each for `n` pictures (default 10).
    pub epochs: usize,
    /// Classes in a batch, `P` of the paper (default 16); at least 2. All of them if there are fewer.
    pub classes_per_batch: usize,
    /// Pictures of each class in a batch, `K` of the paper (default 4); at least 2. A class with fewer pictures repeats them.
    pub pictures_per_class: usize,
    /// How much farther than the farthest picture of its class the nearest picture of another class must be from a picture, as
    /// Euclidean distance of unit vectors (default 0.2); above 0, below 2.
    pub margin: f32,
    /// Learning rate of AdamW (default 3e-4).
    pub learning_rate: f32,
    /// Weight decay (default 1e-4).
    pub weight_decay: f32,
    /// Whether the learning rate falls to 0 along half a cosine over the epochs (default true).
    pub cosine: bool,
    /// Random changes of the training pictures (default none). Its random numbers are drawn by `seed` too.
    pub augment: Augment,
    /// Seed of the first weights, of the batches, of dropout and of augmentation.
    pub seed: u64,
}

impl Default for PictureEmbedderParams {
    fn default() -> Self {
        Self {
            architecture: Architecture::SeedCnn,
            labels: String::new(),
            epochs: 10,
            classes_per_batch: 16,
            pictures_per_class: 4,
            margin: 0.2,
            learning_rate: 3e-4,
            weight_decay: 1e-4,
            cosine: true,
            augment: Augment::default(),
            seed: 0,
        }
    }
}

setters!(PictureEmbedderParams {
    architecture: Architecture,
    labels: String,
    epochs: usize,
    classes_per_batch: usize,
    pictures_per_class: usize,
    margin: f32,
    learning_rate: f32,
    weight_decay: f32,
    cosine: bool,
    augment: Augment,
    seed: u64,
});

/// The most classes and pictures of a class in a batch: the distances of all pairs are kept.
const MAX_PER_BATCH: usize = 1 << 10;

impl PictureEmbedderParams {
    pub(super) fn optimizer(&self) -> Optimizer {
        Optimizer::adamw(self.learning_rate, self.weight_decay)
    }

    pub(super) fn schedule(&self) -> Schedule {
        Schedule::default().course(match self.cosine {
            true => Course::Cosine {
                over: self.epochs,
                low: 0.0,
            },
            false => Course::Constant,
        })
    }
}

impl Params for PictureEmbedderParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::within(
            "classes_per_batch",
            self.classes_per_batch,
            2,
            MAX_PER_BATCH,
        )?;
        ensure::within(
            "pictures_per_class",
            self.pictures_per_class,
            2,
            MAX_PER_BATCH,
        )?;
        ensure::within("margin", self.margin, f32::MIN_POSITIVE, 1.999)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        self.augment.validate()
    }
}
