//! Parameters of the recurrent text classifier.

use guide_core::{Params, Result, ensure};
use nlp_embed::WordTokenizer;
use nn_core::{ClassWeight, Optimizer};
use serde::{Deserialize, Serialize};

use super::Pooling;
use crate::{Cell, Side};

/// Which epoch's weights are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BestBy {
    /// Those with the highest accuracy on the validation part; of equal ones those with the lowest log loss.
    #[default]
    Accuracy,
    /// Those with the lowest log loss on the validation part.
    LogLoss,
}

/// Parameters of [`RecurrentClassifier`](super::RecurrentClassifier). The defaults are one bidirectional LSTM of 100 units on word
/// vectors of 100 numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecurrentClassifierParams {
    /// The recurrent cell (default LSTM).
    pub cell: Cell,
    /// Numbers in the vector of a word (default 100).
    pub dim: usize,
    /// Hidden units of a layer in one direction (default 100).
    pub hidden: usize,
    /// Layers (default 1).
    pub layers: usize,
    /// Whether the layers walk in both directions (default true).
    pub bidirectional: bool,
    /// How the outputs of all steps become one vector (default: the maximum).
    pub pooling: Pooling,
    /// How text is cut into words (default: [`WordTokenizer::Words`]).
    pub tokenizer: WordTokenizer,
    /// Whether letters are converted to lower case, by the tokenisers that can (default true).
    pub lower_case: bool,
    /// Words that are rarer than this in the training texts are unknown, unless a given word vector exists (default 2).
    pub min_count: u64,
    /// The most words in the vocabulary, the most frequent ones (default 50,000).
    pub max_words: usize,
    /// Words of a text that are read; the others are cut off (default 200).
    pub max_length: usize,
    /// Where longer texts are cut (default: at the end, so that the first words stay).
    pub truncating: Side,
    /// How much the texts of each label count; given weights are in the order of the labels, which are sorted by their
    /// characters (default: each text counts 1).
    pub class_weight: ClassWeight,
    /// Share of each target that is spread evenly over all labels (Szegedy et al., 2016; default 0).
    pub label_smoothing: f32,
    /// Share of the words that training replaces by `<unk>` (Iyyer et al., 2015; default 0.05).
    pub word_dropout: f32,
    /// Share of the numbers of the word vectors that training drops (default 0.2).
    pub embedding_dropout: f32,
    /// Share of the numbers between the layers and before the output that training drops (default 0.4).
    pub dropout: f32,
    /// Share of the hidden state that training drops, the same units at all steps (default 0).
    pub recurrent_dropout: f32,
    /// Most passes over the texts (default 20).
    pub epochs: usize,
    /// Texts in a step (default 32).
    pub batch: usize,
    /// Learning rate of Adam (default 0.002).
    pub learning_rate: f32,
    /// Weight decay, apart from the gradient (default 0).
    pub weight_decay: f32,
    /// Shrinks a gradient whose norm is above this; 0 for never (default 5).
    pub clip: f32,
    /// Epochs without a better validation after which training ends; 0 for never (default 3). Of no effect without a validation part.
    pub patience: usize,
    /// Which epoch is the best one (default: by accuracy).
    pub best_by: BestBy,
    /// Share of the texts that are held out, where no validation part is given, to find the best epoch and the temperature of the
    /// probabilities; 0 for none: the last epoch is then kept, and probabilities are not calibrated (default 0.1).
    pub validation_share: f32,
    /// Seed of the first weights, of the order of the texts, of dropout, and of the texts held out (default 1).
    pub seed: u64,
}

impl Default for RecurrentClassifierParams {
    fn default() -> Self {
        Self {
            cell: Cell::Lstm,
            dim: 100,
            hidden: 100,
            layers: 1,
            bidirectional: true,
            pooling: Pooling::Max,
            tokenizer: WordTokenizer::Words,
            lower_case: true,
            min_count: 2,
            max_words: 50_000,
            max_length: 200,
            truncating: Side::Post,
            class_weight: ClassWeight::None,
            label_smoothing: 0.0,
            word_dropout: 0.05,
            embedding_dropout: 0.2,
            dropout: 0.4,
            recurrent_dropout: 0.0,
            epochs: 20,
            batch: 32,
            learning_rate: 0.002,
            weight_decay: 0.0,
            clip: 5.0,
            patience: 3,
            best_by: BestBy::Accuracy,
            validation_share: 0.1,
            seed: 1,
        }
    }
}

guide_core::setters!(RecurrentClassifierParams {
    cell: Cell,
    dim: usize,
    hidden: usize,
    layers: usize,
    bidirectional: bool,
    pooling: Pooling,
    tokenizer: WordTokenizer,
    lower_case: bool,
    min_count: u64,
    max_words: usize,
    max_length: usize,
    truncating: Side,
    class_weight: ClassWeight,
    label_smoothing: f32,
    word_dropout: f32,
    embedding_dropout: f32,
    dropout: f32,
    recurrent_dropout: f32,
    epochs: usize,
    batch: usize,
    learning_rate: f32,
    weight_decay: f32,
    clip: f32,
    patience: usize,
    best_by: BestBy,
    validation_share: f32,
    seed: u64,
});

impl RecurrentClassifierParams {
    pub(super) fn optimizer(&self) -> Optimizer {
        Optimizer::adam(self.learning_rate)
            .weight_decay(self.weight_decay)
            .decoupled(true)
            .clip_norm((self.clip > 0.0).then_some(self.clip))
    }

    /// Numbers in the output of a step, and in the pooled vector.
    pub(super) fn width(&self) -> usize {
        self.hidden * if self.bidirectional { 2 } else { 1 }
    }
}

/// The most units or numbers of a vector.
const MOST_WIDTH: usize = 1 << 14;

impl Params for RecurrentClassifierParams {
    fn validate(&self) -> Result<()> {
        ensure::within("dim", self.dim, 1, MOST_WIDTH)?;
        ensure::within("hidden", self.hidden, 1, MOST_WIDTH)?;
        ensure::within("layers", self.layers, 1, 64)?;
        self.tokenizer.check()?;
        ensure::within("min_count", self.min_count, 1, u64::MAX)?;
        ensure::at_least_one("max_words", self.max_words)?;
        ensure::within("max_length", self.max_length, 1, 1 << 16)?;
        self.class_weight.check()?;
        let below_one = 1.0 - f32::EPSILON;
        ensure::within("label_smoothing", self.label_smoothing, 0.0, below_one)?;
        ensure::within("word_dropout", self.word_dropout, 0.0, below_one)?;
        ensure::within("embedding_dropout", self.embedding_dropout, 0.0, below_one)?;
        ensure::within("dropout", self.dropout, 0.0, below_one)?;
        ensure::within("recurrent_dropout", self.recurrent_dropout, 0.0, below_one)?;
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::within("batch", self.batch, 1, 1 << 16)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::not_negative("clip", self.clip)?;
        ensure::within("validation_share", self.validation_share, 0.0, below_one)
    }
}
