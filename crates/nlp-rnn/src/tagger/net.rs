//! The network of the tagger: which layers it has, and their tensors.

use guide_core::Result;
use nn_core::{Activation, Dense, Dropout, Embedding, Init, Role, WeightId, Weights};
use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::chars::CharNet;
use super::params::TaggerParams;
use crate::{RecurrentStack, WordFeatures, WordShape};

/// Words to vectors, a bidirectional LSTM, the intent from all words, the tags from each word and the intent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Net {
    pub(super) words: Embedding,
    pub(super) shapes: Option<Embedding>,
    /// One for each prefix and suffix.
    pub(super) affixes: Vec<Embedding>,
    /// Two rows a kind of the gazetteer: begins, goes on.
    pub(super) marks: Option<Embedding>,
    pub(super) chars: Option<CharNet>,
    pub(super) encoder: RecurrentStack,
    pub(super) intent: Option<Intent>,
    pub(super) slots: Dense,
    pub(super) emissions: Dense,
    pub(super) start: WeightId,
    pub(super) transitions: WeightId,
    pub(super) end: WeightId,
    pub(super) input_dropout: Dropout,
    pub(super) output_dropout: Dropout,
    pub(super) slot_dropout: Dropout,
}

/// What finds the intent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    pub(super) attention: Attention,
    pub(super) logits: Dense,
    /// Whether its probabilities are an input of the tags.
    pub(super) to_slots: bool,
}

/// How many of each the network tells apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) n_tags: usize,
    pub(super) n_intents: usize,
    pub(super) n_kinds: usize,
}

impl Net {
    pub(super) fn new(
        weights: &mut Weights,
        params: &TaggerParams,
        features: &WordFeatures,
        sizes: Sizes,
    ) -> Result<Self> {
        let mut seeds =
            (0..).map(|number: u64| params.seed.wrapping_mul(1009).wrapping_add(1 + number));
        let mut seed = || seeds.next().unwrap_or_default();
        // As large as Glorot's bound for a layer that sees few of the rows at a time.
        let vectors = |dim: usize| Init::Uniform((3.0 / dim.max(1) as f32).sqrt());
        let words = Embedding::new(
            weights,
            "words",
            features.n_words(),
            params.word_dim,
            vectors(params.word_dim),
            seed(),
        );
        let mut table = |weights: &mut Weights, name: &str, n_rows: usize, dim: usize| {
            (dim > 0 && n_rows > 0)
                .then(|| Embedding::new(weights, name, n_rows, dim, vectors(dim), seed()))
        };
        let shapes = table(weights, "shapes", WordShape::COUNT, params.shape_dim);
        let tables = features.n_affixes().into_iter().enumerate();
        let affixes = tables
            .filter_map(|(number, n)| {
                table(weights, &format!("affixes.{number}"), n, params.affix_dim)
            })
            .collect();
        let marks = table(weights, "marks", 2 * sizes.n_kinds, params.gazetteer_dim);
        let chars = (params.char_filters > 0).then(|| {
            CharNet::new(
                weights,
                features.n_chars(),
                params.char_dim,
                params.char_filters,
                seed(),
            )
        });
        let mut net_width = params.word_dim + chars.as_ref().map_or(0, CharNet::width);
        net_width += [&shapes, &marks]
            .into_iter()
            .flatten()
            .map(Embedding::dim)
            .sum::<usize>();
        let affixes: Vec<Embedding> = affixes;
        net_width += affixes.iter().map(Embedding::dim).sum::<usize>();
        let mut stack = params.stack(net_width);
        stack.layer.seed = seed();
        let encoder = RecurrentStack::new(weights, "encoder.", stack)?;
        let width = encoder.width();
        let init = Init::GlorotUniform;
        let intent = (sizes.n_intents > 0).then(|| Intent {
            attention: Attention::new(weights, width, params.attention_dim, seed()),
            logits: Dense::new(weights, "intent", width, sizes.n_intents, init, seed()),
            to_slots: params.intent_to_slots,
        });
        let more = if params.intent_to_slots {
            sizes.n_intents
        } else {
            0
        };
        let slots = Dense::new(
            weights,
            "slots",
            width + more,
            params.slot_dim,
            init,
            seed(),
        );
        let emissions = Dense::new(
            weights,
            "emissions",
            params.slot_dim,
            sizes.n_tags,
            init,
            seed(),
        );
        let k = sizes.n_tags;
        let mut field = |name: &str, shape: &[usize]| {
            weights.add(
                format!("crf.{name}"),
                Role::Weight,
                shape,
                vec![0.0; shape.iter().product()],
            )
        };
        Ok(Self {
            words,
            shapes,
            affixes,
            marks,
            chars,
            encoder,
            intent,
            slots: slots.activation(Activation::Tanh),
            emissions,
            start: field("start_transitions", &[k]),
            transitions: field("transitions", &[k, k]),
            end: field("end_transitions", &[k]),
            input_dropout: Dropout::new(params.dropout, 101)?,
            output_dropout: Dropout::new(params.dropout, 102)?,
            slot_dropout: Dropout::new(params.dropout, 103)?,
        })
    }

    /// Numbers in the vector of a word.
    pub(super) fn input_width(&self) -> usize {
        self.encoder.params().layer.n_in
    }

    pub(super) fn n_tags(&self) -> usize {
        self.emissions.n_out()
    }

    pub(super) fn n_intents(&self) -> usize {
        self.intent
            .as_ref()
            .map_or(0, |intent| intent.logits.n_out())
    }
}
