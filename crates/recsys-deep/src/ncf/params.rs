//! What NCF can be told.

use guide_core::{Params, Result, ensure};
use nn_core::{Optimizer, Trainer, Untouched};
use serde::{Deserialize, Serialize};

use crate::limits::{MOST_FACTORS, ensure_patience, ensure_widths};

/// Parameters of [`Ncf`](super::Ncf). The defaults are those of a small Keras network: Adam of 1e-3 in Keras's form, a tenth of the
/// ratings held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NcfParams {
    /// Numbers a user and an item (default 32).
    pub n_factors: usize,
    /// Width of each hidden layer (default `[64]`).
    pub hidden: Vec<usize>,
    /// Passes over the ratings (default 10).
    pub n_epochs: usize,
    /// Ratings in a step (default 256).
    pub batch_size: usize,
    /// Adam's learning rate (default 1e-3).
    pub learning_rate: f32,
    /// Weight decay of all weights, apart from the gradient (default 0).
    pub weight_decay: f32,
    /// What a step does to users and items outside the batch (default [`Untouched::Stay`]; Keras moves them).
    pub untouched: Untouched,
    /// Share of the ratings held out to watch (default 0.1), but for the only ones of a user or item. The weights of the epoch that
    /// is best on them are kept; with 0, or where no rating can be spared, those of the last step.
    pub validation: f32,
    /// Epochs without a better validation after which training ends; 0 for never (default 0), the only choice without a validation.
    pub patience: usize,
    /// Seed of the first weights, of the split and of the order.
    pub seed: u64,
}

impl Default for NcfParams {
    fn default() -> Self {
        Self {
            n_factors: 32,
            hidden: vec![64],
            n_epochs: 10,
            batch_size: 256,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            untouched: Untouched::Stay,
            validation: 0.1,
            patience: 0,
            seed: 0,
        }
    }
}

guide_core::setters!(NcfParams {
    n_factors: usize,
    hidden: Vec<usize>,
    n_epochs: usize,
    batch_size: usize,
    learning_rate: f32,
    weight_decay: f32,
    untouched: Untouched,
    validation: f32,
    patience: usize,
    seed: u64,
});

impl Params for NcfParams {
    fn validate(&self) -> Result<()> {
        ensure::within("n_factors", self.n_factors, 1, MOST_FACTORS)?;
        ensure_widths("hidden", &self.hidden)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::within("validation", self.validation, 0.0, 0.9)?;
        ensure_patience(self.patience, self.validation > 0.0)
    }
}

impl NcfParams {
    pub(super) fn optimizer(&self) -> Optimizer {
        Optimizer::keras_adam(self.learning_rate)
            .weight_decay(self.weight_decay)
            .decoupled(true)
            .untouched(self.untouched)
    }

    pub(super) fn trainer(&self) -> Trainer {
        Trainer::default()
            .n_epochs(self.n_epochs)
            .batch_size(self.batch_size)
            .optimizer(self.optimizer())
            .patience(self.patience)
            .seed(self.seed)
    }
}
