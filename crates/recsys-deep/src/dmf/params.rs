//! What DMF can be told.

use guide_core::{Error, Params, Result, ensure};
use nn_core::{Loss, Optimizer, Trainer};
use serde::{Deserialize, Serialize};

use crate::limits::{MOST_NEGATIVES, ensure_patience, ensure_widths};

/// What a pair's score is, and what it is held against. `t` is the rating over the highest one, 1 where there are no ratings, and 0
/// for a drawn item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DmfLoss {
    /// `ŷ = max(10⁻⁶, cos(p, q))`, `−t log ŷ − (1 − t) log(1 − ŷ)`: the paper's normalised cross entropy.
    Nce,
    /// `ŷ = σ(p · q)`, binary cross entropy of the logit, as RecBole; the last layer has no relu here, because vectors without
    /// negative numbers have no inner product below 0, and most targets are 0.
    Bce,
}

impl DmfLoss {
    pub(super) fn of_scores(self) -> Loss {
        match self {
            Self::Nce => Loss::Nce(1e-6),
            Self::Bce => Loss::BceWithLogits,
        }
    }
}

/// Parameters of [`Dmf`](super::Dmf). The defaults were chosen on validation parts of MovieLens 100K and of a quarter of it;
/// [`DmfParams::paper`] has the loss, seven negatives, batches of 256 and Adam of 1e-4 of the paper with the widths of RecBole's DMF
/// (64, then `[64, 64]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DmfParams {
    /// Width of each layer of both towers; the first is linear, the others have relus, the last is the vector (default `[128, 64]`).
    pub hidden: Vec<usize>,
    /// Width of each layer of the tower of items where it is another; the last must be that of [`DmfParams::hidden`] (default `[]`,
    /// the same; the authors have `[512, 64]` for users and `[1024, 64]` for items).
    pub item_hidden: Vec<usize>,
    /// Score and loss (default BCE).
    pub loss: DmfLoss,
    /// Items drawn beside each interaction, anew in each epoch (default 4).
    pub n_negatives: usize,
    /// Passes over the interactions (default 10).
    pub n_epochs: usize,
    /// Pairs in a step (default 1,024).
    pub batch_size: usize,
    /// Adam's learning rate (default 1e-3).
    pub learning_rate: f32,
    /// Weight decay of all weights, apart from the gradient (default 0.05).
    pub weight_decay: f32,
    /// Whether the cell that is to be told is left out of the user's row and the item's column while training on it (default true; the
    /// public programs leave it in, and so tell the network what it is asked).
    pub leave_target_out: bool,
    /// Whether one interaction of each user who has two or more is held out to watch, against as many drawn items as in training
    /// (default false). The weights of the epoch with the least loss on them are kept; without, those of the last step.
    pub validation: bool,
    /// Epochs without a better validation after which training ends; 0 for never (default 0), the only choice without a validation.
    pub patience: usize,
    /// Seed of the first weights, of the draws and of the order.
    pub seed: u64,
}

impl Default for DmfParams {
    fn default() -> Self {
        Self {
            hidden: vec![128, 64],
            item_hidden: Vec::new(),
            loss: DmfLoss::Bce,
            n_negatives: 4,
            n_epochs: 10,
            batch_size: 1024,
            learning_rate: 1e-3,
            weight_decay: 0.05,
            leave_target_out: true,
            validation: false,
            patience: 0,
            seed: 0,
        }
    }
}

impl DmfParams {
    /// The settings of the paper, with the widths of RecBole's DMF.
    pub fn paper() -> Self {
        Self {
            hidden: vec![64, 64, 64],
            loss: DmfLoss::Nce,
            n_negatives: 7,
            n_epochs: 20,
            batch_size: 256,
            learning_rate: 1e-4,
            weight_decay: 0.0,
            ..Self::default()
        }
    }
}

guide_core::setters!(DmfParams {
    hidden: Vec<usize>,
    item_hidden: Vec<usize>,
    loss: DmfLoss,
    n_negatives: usize,
    n_epochs: usize,
    batch_size: usize,
    learning_rate: f32,
    weight_decay: f32,
    leave_target_out: bool,
    validation: bool,
    patience: usize,
    seed: u64,
});

impl Params for DmfParams {
    fn validate(&self) -> Result<()> {
        ensure_widths("hidden", &self.hidden)?;
        ensure_widths("item_hidden", self.item_widths())?;
        if self.item_widths().last() != self.hidden.last() {
            let expected = format!("widths that end as `hidden` = {:?} does", self.hidden);
            let value = format!("{:?}", self.item_hidden);
            return Err(Error::param("item_hidden", value, expected));
        }
        ensure::within("n_negatives", self.n_negatives, 1, MOST_NEGATIVES)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure_patience(self.patience, self.validation)
    }
}

impl DmfParams {
    /// Widths of the tower of items.
    pub(super) fn item_widths(&self) -> &[usize] {
        if self.item_hidden.is_empty() {
            &self.hidden
        } else {
            &self.item_hidden
        }
    }

    pub(super) fn trainer(&self) -> Trainer {
        let adam = Optimizer::adam(self.learning_rate);
        Trainer::default()
            .n_epochs(self.n_epochs)
            .batch_size(self.batch_size)
            .optimizer(adam.weight_decay(self.weight_decay).decoupled(true))
            .patience(self.patience)
            .seed(self.seed)
    }
}
