//! Parameters of the language model.

use guide_core::{Error, Params, Result, ensure};
use nlp_embed::WordTokenizer;
use nn_core::{Init, Optimizer, Rule};
use serde::{Deserialize, Serialize};

use crate::{Cell, RecurrentParams, StackParams};

/// Which optimiser trains the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Training {
    /// Plain gradient descent, as Zaremba et al. (2014).
    Sgd,
    /// Adam, as the usual Keras program.
    Adam,
}

/// Which library's layers, first weights and optimiser a model follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conventions {
    /// PyTorch's: two biases a layer, which begin with 0, and matrices that begin uniform between minus and plus
    /// [`init`](LanguageModelParams::init), as in Zaremba's program; Adam with `ε` = 1e-8.
    #[default]
    Torch,
    /// Keras's: the words' vectors begin uniform between minus and plus [`init`](LanguageModelParams::init), the other matrices as
    /// Glorot's, the recurrent ones orthogonal; one bias a layer (two for the GRU), and 1 for the forget gate; Adam with `ε` = 1e-7.
    Keras,
}

/// Parameters of [`LanguageModel`](super::LanguageModel). The defaults are two layers of 200 with dropout, the output layer tied to the words' vectors.
///
/// The loss of a step is the sum over its time steps and the mean over its sequences, as in Zaremba's program: a learning rate of 1
/// with 20 steps is one of 20 for the mean over both that PyTorch's example takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LanguageModelParams {
    /// The recurrent cell (default LSTM).
    pub cell: Cell,
    /// Numbers in the vector of a word (default 200).
    pub dim: usize,
    /// Hidden units of a layer (default 200); with `tied` the same as `dim`.
    pub hidden: usize,
    /// Layers (default 2).
    pub layers: usize,
    /// Whether the output layer uses the words' vectors as its matrix (Press, Wolf, 2017; Inan et al., 2017; default true).
    pub tied: bool,
    /// Time steps of a window, over which gradients go back (default 35).
    pub bptt: usize,
    /// Sequences in a window: the text is cut into so many parts that are read side by side (default 20).
    pub batch: usize,
    /// Passes over the text (default 18).
    pub epochs: usize,
    /// The optimiser (default SGD).
    pub training: Training,
    /// Learning rate (default 1).
    pub learning_rate: f32,
    /// What the learning rate is multiplied by after each epoch past `decay_after` (default 0.78).
    pub decay: f32,
    /// Epochs at the full learning rate (default 7).
    pub decay_after: usize,
    /// Shrinks a gradient whose norm is above this; 0 for never (default 5).
    pub clip: f32,
    /// Share of the numbers between the words, the layers and the output that training drops (default 0.35).
    pub dropout: f32,
    /// Share of the hidden state that training drops, the same units in all steps of a window (default 0.1).
    pub recurrent_dropout: f32,
    /// Weight decay, apart from the gradient (default 0).
    pub weight_decay: f32,
    /// The first weights are uniform between minus and plus this (default 0.1).
    pub init: f32,
    /// Words that are rarer than this in the training text are unknown (default 1).
    pub min_count: u64,
    /// The most words in the vocabulary, the most frequent ones (default 50,000).
    pub max_words: usize,
    /// Seed of the first weights and of dropout.
    pub seed: u64,
    /// Which library's layers, first weights and optimiser the model follows (default PyTorch).
    pub conventions: Conventions,
    /// How the text was cut into words (default [`WordTokenizer::Whitespace`]). Training is given words and does not cut; the model
    /// keeps this for [`LanguageModel::tokenizer`](super::LanguageModel::tokenizer).
    pub tokenizer: WordTokenizer,
    /// Whether the tokeniser converted letters to lower case; tokenisers that never do so ignore it (default true).
    pub lower_case: bool,
}

impl Default for LanguageModelParams {
    fn default() -> Self {
        Self {
            cell: Cell::Lstm,
            dim: 200,
            hidden: 200,
            layers: 2,
            tied: true,
            bptt: 35,
            batch: 20,
            epochs: 18,
            training: Training::Sgd,
            learning_rate: 1.0,
            decay: 0.78,
            decay_after: 7,
            clip: 5.0,
            dropout: 0.35,
            recurrent_dropout: 0.1,
            weight_decay: 0.0,
            init: 0.1,
            min_count: 1,
            max_words: 50_000,
            seed: 0,
            conventions: Conventions::Torch,
            tokenizer: WordTokenizer::Whitespace,
            lower_case: true,
        }
    }
}

guide_core::setters!(LanguageModelParams {
    cell: Cell,
    dim: usize,
    hidden: usize,
    layers: usize,
    tied: bool,
    bptt: usize,
    batch: usize,
    epochs: usize,
    training: Training,
    learning_rate: f32,
    decay: f32,
    decay_after: usize,
    clip: f32,
    dropout: f32,
    recurrent_dropout: f32,
    weight_decay: f32,
    init: f32,
    min_count: u64,
    max_words: usize,
    seed: u64,
    conventions: Conventions,
    tokenizer: WordTokenizer,
    lower_case: bool,
});

impl LanguageModelParams {
    /// The small model of Zaremba, Sutskever and Vinyals (2014), "Recurrent Neural Network Regularization": two layers of 200, 20 steps,
    /// no dropout, learning rate 1 halved after each epoch from the fifth on, 13 epochs.
    pub fn zaremba_small() -> Self {
        Self {
            tied: false,
            bptt: 20,
            epochs: 13,
            decay: 0.5,
            decay_after: 4,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            ..Self::default()
        }
    }

    /// The usual Keras program: one LSTM of 200 units, softmax over the vocabulary at every step, Adam of 1e-3, with Keras's biases and
    /// first weights.
    pub fn keras() -> Self {
        Self {
            conventions: Conventions::Keras,
            layers: 1,
            training: Training::Adam,
            learning_rate: 1e-3,
            decay: 1.0,
            clip: 0.0,
            init: 0.05,
            ..Self::zaremba_small()
        }
    }

    /// The recurrent layers.
    pub(super) fn stack(&self) -> StackParams {
        let (cell, dim, hidden) = (self.cell, self.dim, self.hidden);
        let layer = match self.conventions {
            Conventions::Torch => RecurrentParams {
                input_init: Init::Uniform(self.init),
                recurrent_init: Init::Uniform(self.init),
                bias_init: Init::Zeros,
                ..RecurrentParams::torch(cell, dim, hidden)
            },
            Conventions::Keras => RecurrentParams::keras(cell, dim, hidden),
        };
        let layer = layer.recurrent_dropout(self.recurrent_dropout);
        StackParams::new(layer.seed(self.seed.wrapping_add(1)))
            .n_layers(self.layers)
            .dropout(self.dropout)
    }

    /// How the matrix of an untied output layer begins.
    pub(super) fn output_init(&self) -> Init {
        match self.conventions {
            Conventions::Torch => Init::Uniform(self.init),
            Conventions::Keras => Init::GlorotUniform,
        }
    }

    /// Numbers in all tensors of a model with a vocabulary of `n_words`.
    pub(super) fn n_weights(&self, n_words: usize) -> u128 {
        let [words, dim, hidden] = [n_words, self.dim, self.hidden].map(|len| len as u128);
        let output = if self.tied { 0 } else { words * hidden };
        words * dim + self.stack().n_weights() + output + words
    }

    pub(super) fn optimizer(&self) -> Optimizer {
        let rule = match self.training {
            Training::Sgd => Rule::Sgd {
                momentum: 0.0,
                nesterov: false,
            },
            Training::Adam => match self.conventions {
                Conventions::Torch => Optimizer::adam(self.learning_rate).rule,
                Conventions::Keras => Optimizer::keras_adam(self.learning_rate).rule,
            },
        };
        Optimizer::sgd(self.learning_rate)
            .rule(rule)
            .weight_decay(self.weight_decay)
            .decoupled(true)
            .clip_norm((self.clip > 0.0).then_some(self.clip))
    }
}

/// The most units or numbers of a vector.
const MOST_WIDTH: usize = 1 << 14;

impl Params for LanguageModelParams {
    fn validate(&self) -> Result<()> {
        ensure::within("dim", self.dim, 1, MOST_WIDTH)?;
        ensure::within("hidden", self.hidden, 1, MOST_WIDTH)?;
        ensure::within("layers", self.layers, 1, 64)?;
        if self.tied && self.dim != self.hidden {
            let expected = format!("{}, as `dim`, with `tied`", self.dim);
            return Err(Error::param("hidden", self.hidden, expected));
        }
        ensure::within("bptt", self.bptt, 1, 1 << 16)?;
        ensure::within("batch", self.batch, 1, 1 << 16)?;
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::within("decay", self.decay, f32::MIN_POSITIVE, 1.0)?;
        ensure::not_negative("clip", self.clip)?;
        let below_one = 1.0 - f32::EPSILON;
        ensure::within("dropout", self.dropout, 0.0, below_one)?;
        ensure::within("recurrent_dropout", self.recurrent_dropout, 0.0, below_one)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::positive("init", self.init)?;
        if self.min_count == 0 {
            return Err(Error::param("min_count", self.min_count, "at least 1"));
        }
        ensure::at_least_one("max_words", self.max_words)?;
        self.tokenizer.check()
    }
}
