//! The trained tagger: tags and intents of sentences.

use guide_core::{Error, Persist, Result};
use nn_core::{Pass, Weights};
use serde::{Deserialize, Serialize};

use super::example::{Example, Padded};
use super::net::Net;
use super::params::TaggerParams;
use super::passes::Work;
use super::train::{decoder, field};
use crate::{Gazetteer, SpanReport, SpanRule, TagBatch, TaggedSentence, WordFeatures};

/// Sentences of a pass that answers. More need more memory and are hardly faster.
const BLOCK: usize = 64;

/// Finds the spans of a sentence (its slots) and, where it was trained with labels, what the sentence is for (its intent).
///
/// Vectors of words, their characters, shapes, affixes and gazetteer marks go through a bidirectional LSTM; attention over its words gives
/// the intent (Liu, Lane 2016), whose probabilities join each word (Stack-Propagation, Qin et al. 2019) for the scores of a linear-chain CRF
/// (Lample et al. 2016).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tagger {
    params: TaggerParams,
    features: WordFeatures,
    gazetteer: Gazetteer,
    tags: Vec<String>,
    intents: Vec<String>,
    net: Net,
    weights: Weights,
}

/// What a tagger finds in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged<'t> {
    /// A tag a word.
    pub tags: Vec<&'t str>,
    /// The most probable intent and its probability, where the tagger was trained with labels and there is a word.
    pub intent: Option<(&'t str, f32)>,
}

/// How well a tagger does.
#[derive(Clone, Debug, Default)]
pub struct TaggerReport {
    /// Spans and tags.
    pub spans: SpanReport,
    /// Sentences with a label.
    pub labelled: u64,
    /// Of these, with the right intent.
    pub right_intents: u64,
    /// Sentences with all tags and the intent right, or all tags where there is no label.
    pub right: u64,
}

impl TaggerReport {
    /// Share of the labelled sentences whose intent is right, 0 if there are none.
    pub fn intent_accuracy(&self) -> f64 {
        self.right_intents as f64 / self.labelled.max(1) as f64
    }

    /// Share of the sentences that are right as a whole.
    pub fn sentence_accuracy(&self) -> f64 {
        self.right as f64 / self.spans.sentences.max(1) as f64
    }
}

impl Tagger {
    /// The default parameters.
    pub fn params() -> TaggerParams {
        TaggerParams::default()
    }

    #[allow(clippy::too_many_arguments)] // the parts of the model
    pub(super) fn new(
        params: TaggerParams,
        features: WordFeatures,
        gazetteer: Gazetteer,
        tags: Vec<String>,
        intents: Vec<String>,
        net: Net,
        weights: Weights,
    ) -> Result<Self> {
        decoder(&params, &tags)?;
        Ok(Self {
            params,
            features,
            gazetteer,
            tags,
            intents,
            net,
            weights,
        })
    }

    /// What it was trained with.
    pub fn trained_with(&self) -> &TaggerParams {
        &self.params
    }

    /// The names of its tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The names of its intents; empty if it was trained without.
    pub fn intents(&self) -> &[String] {
        &self.intents
    }

    pub(super) fn features(&self) -> &WordFeatures {
        &self.features
    }

    pub(super) fn net(&self) -> &Net {
        &self.net
    }

    /// The tensors: `words.weight`, `shapes.weight`, `affixes.0.weight` and so on for tables, PyTorch's names for the layers below
    /// `encoder.`, `attention.` and `intent.` where there are intents, `slots.` and `emissions.`, and those of a CRF below `crf.`.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The tensors to change, for example by [`nn_core::load_safetensors`].
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    pub(super) fn set_weights(&mut self, weights: Weights) {
        self.weights = weights;
    }

    /// A sentence with its tags and its intent as numbers.
    pub(super) fn example(&self, sentence: &TaggedSentence) -> Result<Example> {
        let mut example = Example::new(&sentence.words, &self.features, &self.gazetteer);
        for tag in &sentence.tags {
            let number = self.tags.iter().position(|known| known == tag);
            example
                .tags
                .push(number.ok_or_else(|| Error::unknown("tag", tag))? as u32);
        }
        if let Some(label) = &sentence.label {
            let number = self.intents.iter().position(|known| known == label);
            example.intent = number.ok_or_else(|| Error::unknown("label", label))? as u32;
        }
        Ok(example)
    }

    /// Tags sentences, each a list of words.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if the network gives a score that is not finite.
    pub fn tag<W: AsRef<str>>(&self, sentences: &[Vec<W>]) -> Result<Vec<Tagged<'_>>> {
        self.tag_with(&self.weights, sentences)
    }

    fn tag_with<W: AsRef<str>>(
        &self,
        weights: &Weights,
        sentences: &[Vec<W>],
    ) -> Result<Vec<Tagged<'_>>> {
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        order.sort_by_key(|&index| sentences[index].len());
        let mut found: Vec<Option<Tagged<'_>>> = vec![None; sentences.len()];
        let mut crf = decoder(&self.params, &self.tags)?;
        crf.set_scores(field(&self.net, weights))?;
        let (mut batch, mut work) = (Padded::default(), Work::default());
        let (n_tags, n_intents) = (self.net.n_tags(), self.net.n_intents());
        for block in order.chunks(BLOCK) {
            let encode =
                |&index: &usize| Example::new(&sentences[index], &self.features, &self.gazetteer);
            let examples: Vec<Example> = block.iter().map(encode).collect();
            batch.set(examples.iter(), &mut |_| false);
            let mut tags = vec![0; batch.n * batch.steps];
            if batch.steps > 0 {
                let emissions = work.forward(&self.net, &Pass::infer(weights, batch.n), &batch)?;
                let scored = TagBatch::new(n_tags, batch.steps, emissions, &batch.lengths)?;
                crf.decode(&scored, &mut tags)?;
            }
            for (row, &index) in block.iter().enumerate() {
                let from = row * batch.steps;
                let numbers = &tags[from..from + batch.lengths[row]];
                let names = numbers
                    .iter()
                    .map(|&tag| self.tags[tag as usize].as_str())
                    .collect();
                let intent = (n_intents > 0 && !numbers.is_empty()).then(|| {
                    let shares = &work.intents[row * n_intents..(row + 1) * n_intents];
                    let best = (0..n_intents).fold(0, |best, class| {
                        if shares[class] > shares[best] {
                            class
                        } else {
                            best
                        }
                    });
                    (self.intents[best].as_str(), shares[best])
                });
                found[index] = Some(Tagged {
                    tags: names,
                    intent,
                });
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Tags sentences whose tags are known and compares. Tags and labels that training never saw count as errors.
    ///
    /// # Errors
    /// As [`Tagger::tag`]; [`Error::Shape`] and [`Error::Unknown`] as [`SpanReport::add`].
    pub fn evaluate(&self, sentences: &[TaggedSentence]) -> Result<TaggerReport> {
        self.evaluate_with(&self.weights, sentences)
    }

    pub(super) fn evaluate_with(
        &self,
        weights: &Weights,
        sentences: &[TaggedSentence],
    ) -> Result<TaggerReport> {
        let words: Vec<Vec<&str>> = sentences
            .iter()
            .map(|sentence| sentence.words.iter().map(String::as_str).collect())
            .collect();
        let mut report = TaggerReport {
            spans: SpanReport::new(SpanRule::Strict),
            ..TaggerReport::default()
        };
        for (sentence, found) in sentences.iter().zip(self.tag_with(weights, &words)?) {
            report.spans.add(&sentence.tags, &found.tags)?;
            let tags_are_right = sentence.tags.iter().eq(&found.tags);
            let intent_is_right = match (&sentence.label, found.intent) {
                (Some(label), Some((intent, _))) => label == intent,
                (Some(_), None) => false,
                (None, _) => true,
            };
            report.labelled += u64::from(sentence.label.is_some());
            report.right_intents += u64::from(sentence.label.is_some() && intent_is_right);
            report.right += u64::from(tags_are_right && intent_is_right);
        }
        Ok(report)
    }
}

impl Persist for Tagger {
    const KIND: &'static str = "tagger";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "words": self.features.n_words(),
            "tags": self.tags.len(),
            "intents": self.intents,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        use super::check::check;
        check(
            &self.params,
            &self.features,
            &self.gazetteer,
            (&self.tags, &self.intents),
            &self.net,
            &self.weights,
        )
    }
}
