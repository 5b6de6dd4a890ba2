//! What GMF, MLP and NeuMF can be told.

use guide_core::{Params, Result, ensure};
use nn_core::{Optimizer, Trainer, Untouched};
use serde::{Deserialize, Serialize};

use crate::limits::{MOST_FACTORS, MOST_NEGATIVES, ensure_patience, ensure_widths};

/// Which network scores a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// `h · (p ⊙ q) + b`: generalised matrix factorisation.
    Gmf,
    /// `h · tower([p ; q]) + b`.
    Mlp,
    /// `h · [p ⊙ q ; tower([p' ; q'])] + b` with vectors of its own for each part.
    #[serde(rename = "neumf")]
    NeuMf,
}

/// Parameters of [`NeuMf`](super::NeuMf). The defaults are those of the authors' programs (neural_collaborative_filtering: a tower of
/// 64, 32, 16, 8, four negatives, batches of 256, Adam of 1e-3, 20 epochs) but for the factors and the weight decay, which were chosen
/// on validation parts of several data sets; [`NeuMfParams::authors`] has theirs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NeuMfParams {
    /// Which network (default NeuMF).
    pub fusion: Fusion,
    /// Numbers in each vector of the product (default 32).
    pub n_factors: usize,
    /// Numbers in each vector of the tower (default 32).
    pub n_tower_factors: usize,
    /// Width of each layer of the tower (default `[32, 16, 8]`; the authors count the input, 64, as the first).
    pub hidden: Vec<usize>,
    /// Items drawn beside each interaction, anew in each epoch (default 4).
    pub n_negatives: usize,
    /// Passes over the interactions (default 20).
    pub n_epochs: usize,
    /// Pairs in a step (default 256).
    pub batch_size: usize,
    /// Adam's learning rate (default 1e-3).
    pub learning_rate: f32,
    /// Weight decay of all weights, apart from the gradient (default 0.1).
    pub weight_decay: f32,
    /// What a step does to users and items outside the batch (default [`Untouched::Stay`]; the authors' Keras moves them).
    pub untouched: Untouched,
    /// Epochs for which GMF and MLP are trained alone before NeuMF begins from their weights; 0 for none (default 0).
    pub pretrain_epochs: usize,
    /// Share of the product in the first output weights after that, α (default 0.5).
    pub alpha: f32,
    /// Learning rate of the plain gradient descent that then trains NeuMF, Adam's moments being unknown (default 0.01).
    pub fine_tune_rate: f32,
    /// Whether one interaction of each user who has two or more is held out to watch, against as many drawn items as in training
    /// (default false). The weights of the epoch with the least loss on them are kept; without, those of the last step.
    pub validation: bool,
    /// Epochs without a better validation after which training ends; 0 for never (default 0), the only choice without a validation.
    pub patience: usize,
    /// Seed of the first weights, of the draws and of the order.
    pub seed: u64,
}

impl Default for NeuMfParams {
    fn default() -> Self {
        Self {
            fusion: Fusion::NeuMf,
            n_factors: 32,
            n_tower_factors: 32,
            hidden: vec![32, 16, 8],
            n_negatives: 4,
            n_epochs: 20,
            batch_size: 256,
            learning_rate: 1e-3,
            weight_decay: 0.1,
            untouched: Untouched::Stay,
            pretrain_epochs: 0,
            alpha: 0.5,
            fine_tune_rate: 0.01,
            validation: false,
            patience: 0,
            seed: 0,
        }
    }
}

guide_core::setters!(NeuMfParams {
    fusion: Fusion,
    n_factors: usize,
    n_tower_factors: usize,
    hidden: Vec<usize>,
    n_negatives: usize,
    n_epochs: usize,
    batch_size: usize,
    learning_rate: f32,
    weight_decay: f32,
    untouched: Untouched,
    pretrain_epochs: usize,
    alpha: f32,
    fine_tune_rate: f32,
    validation: bool,
    patience: usize,
    seed: u64,
});

impl Params for NeuMfParams {
    fn validate(&self) -> Result<()> {
        ensure::within("n_factors", self.n_factors, 1, MOST_FACTORS)?;
        ensure::within("n_tower_factors", self.n_tower_factors, 1, MOST_FACTORS)?;
        ensure_widths("hidden", &self.hidden)?;
        ensure::within("n_negatives", self.n_negatives, 1, MOST_NEGATIVES)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::within("alpha", self.alpha, 0.0, 1.0)?;
        ensure::positive("fine_tune_rate", self.fine_tune_rate)?;
        ensure_patience(self.patience, self.validation)
    }
}

impl NeuMfParams {
    /// The defaults of the authors' programs: 8 factors and no weight decay.
    pub fn authors() -> Self {
        Self {
            n_factors: 8,
            weight_decay: 0.0,
            ..Self::default()
        }
    }

    /// The algorithm's name on the command line.
    pub(super) fn name(&self) -> &'static str {
        match self.fusion {
            Fusion::Gmf => "gmf",
            Fusion::Mlp => "mlp",
            Fusion::NeuMf => "neumf",
        }
    }

    /// A training of Adam, or of plain gradient descent on pre-trained weights.
    pub(super) fn trainer(&self, pretrained: bool) -> Trainer {
        let optimizer = if pretrained {
            Optimizer::sgd(self.fine_tune_rate)
        } else {
            Optimizer::adam(self.learning_rate)
        };
        let optimizer = optimizer
            .weight_decay(self.weight_decay)
            .decoupled(true)
            .untouched(self.untouched);
        Trainer::default()
            .n_epochs(self.n_epochs)
            .batch_size(self.batch_size)
            .optimizer(optimizer)
            .patience(self.patience)
            .seed(self.seed)
    }
}
