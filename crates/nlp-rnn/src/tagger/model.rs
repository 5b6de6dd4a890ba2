//! The trained tagger: tags and intents of sentences.

use guide_core::model_file::decode_payload;
use guide_core::{Error, Persist, Result};
use nlp_embed::WordTokenizer;
use nn_core::{Pass, Weights};
use serde::{Deserialize, Serialize};

use super::example::{Example, Padded};
use super::net::Net;
use super::params::TaggerParams;
use super::passes::Work;
use super::train::{decoder, field};
use super::version1::TaggerVersion1;
use super::windows::{join, n_fitting, windows};
use crate::{AllowedTags, Gazetteer, SpanReport, SpanRule, TagBatch, TaggedSentence, WordFeatures};

/// Sentences of a pass that answers. More are hardly faster.
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
    tokenizer: WordTokenizer,
}

/// What a tagger finds in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged<'t> {
    /// A tag a word.
    pub tags: Vec<&'t str>,
    /// The most probable intent and its probability, where the tagger was trained with labels and there is a word.
    pub intent: Option<(&'t str, f32)>,
}

/// A text that was cut into words, and what a tagger finds in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaggedText<'t> {
    /// Its words.
    pub words: Vec<String>,
    /// Their tags, and the intent.
    pub tagged: Tagged<'t>,
}

/// The tags of one window of a sentence, and the probabilities of the intents.
#[derive(Clone, Debug, Default)]
struct Window {
    tags: Vec<u32>,
    intents: Vec<f32>,
}

/// How well a tagger does.
#[derive(Clone, Debug, Default)]
pub struct TaggerReport {
    /// Spans and tags.
    pub spans: SpanReport,
    /// Sentences with a label that was compared with an intent.
    pub labelled: u64,
    /// Sentences with a label that was not compared, because no answer has an intent: the tagger was trained without labels.
    pub uncompared_labels: u64,
    /// Of these, with the right intent.
    pub right_intents: u64,
    /// Sentences with all tags and the intent right, or all tags where no label is compared.
    pub right: u64,
}

impl TaggerReport {
    /// Compares what a tagger found with what is known. Tags and labels that it does not know count as errors. Where no answer has an
    /// intent, labels are not compared.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one answer a sentence; as [`SpanReport::add`].
    pub fn new(sentences: &[TaggedSentence], found: &[Tagged<'_>]) -> Result<Self> {
        if sentences.len() != found.len() {
            return Err(Error::Shape {
                what: "the answers of a tagger".to_owned(),
                expected: vec![sentences.len()],
                got: vec![found.len()],
            });
        }
        let mut report = Self {
            spans: SpanReport::new(SpanRule::Strict),
            ..Self::default()
        };
        let has_intents = found.iter().any(|found| found.intent.is_some());
        for (sentence, found) in sentences.iter().zip(found) {
            report.spans.add(&sentence.tags, &found.tags)?;
            let tags_are_right = sentence.tags.iter().eq(&found.tags);
            let label = sentence.label.as_ref();
            let compared = label.filter(|_| has_intents);
            let intent_is_right = match (compared, found.intent) {
                (Some(label), Some((intent, _))) => label == intent,
                (Some(_), None) => false,
                (None, _) => true,
            };
            report.labelled += u64::from(compared.is_some());
            report.uncompared_labels += u64::from(label.is_some() && compared.is_none());
            report.right_intents += u64::from(compared.is_some() && intent_is_right);
            report.right += u64::from(tags_are_right && intent_is_right);
        }
        Ok(report)
    }

    /// Share of the sentences with a compared label whose intent is right, `None` if there are none.
    pub fn intent_accuracy(&self) -> Option<f64> {
        (self.labelled > 0).then(|| self.right_intents as f64 / self.labelled as f64)
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
        tokenizer: WordTokenizer,
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
            tokenizer,
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

    /// How [`Tagger::tag_text`] cuts a text into words: [`TaggerData::tokenizer`](super::TaggerData::tokenizer).
    pub fn tokenizer(&self) -> WordTokenizer {
        self.tokenizer
    }

    /// Cuts a text into words as the training data were cut and tags them. Letters become lower case if no training word had an
    /// upper-case letter.
    ///
    /// # Errors
    /// As [`Tagger::tag`].
    pub fn tag_text(&self, text: &str) -> Result<TaggedText<'_>> {
        let lowered = if self.features.has_upper_case() {
            None
        } else {
            Some(text.to_lowercase())
        };
        let text = lowered.as_deref().unwrap_or(text);
        let words = self.tokenizer.build(false).tokens(text);
        let found = self.tag(std::slice::from_ref(&words))?;
        let nothing = Tagged {
            tags: Vec::new(),
            intent: None,
        };
        let tagged = found.into_iter().next().unwrap_or(nothing);
        Ok(TaggedText { words, tagged })
    }

    /// Tags sentences, each a list of words.
    ///
    /// A sentence of more than 1024 words is tagged in windows of 1024 words, of which neighbours share 128; the probabilities of its
    /// intents are the means of its windows'. Memory does not grow with the longest sentence.
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
        let parts = sentences
            .iter()
            .flat_map(|words| windows(words.len()).map(|window| &words[window]));
        let parts: Vec<&[W]> = parts.collect();
        let mut found = self.tag_windows(weights, &parts)?.into_iter();
        let allowed = match self.params.constrained {
            true => Some(AllowedTags::iob2(&self.tags)?),
            false => None,
        };
        let answers = sentences.iter().map(|words| {
            let mut windows = windows(words.len()).zip(&mut found);
            let (_, mut whole) = windows.next().unwrap_or_default();
            if words.len() == whole.tags.len() {
                return self.named(&whole);
            }
            let mut n_words = whole.tags.len();
            whole.intents.iter_mut().for_each(|p| *p *= n_words as f32);
            for (window, part) in windows {
                join(&mut whole.tags, &part.tags, window.start, allowed.as_ref());
                let share = window.len() as f32;
                let sums = whole.intents.iter_mut().zip(&part.intents);
                sums.for_each(|(sum, p)| *sum += share * p);
                n_words += window.len();
            }
            let each = whole.intents.iter_mut();
            each.for_each(|p| *p /= n_words.max(1) as f32);
            self.named(&whole)
        });
        Ok(answers.collect())
    }

    /// The names of tags and of the most probable intent.
    fn named(&self, found: &Window) -> Tagged<'_> {
        let names = found.tags.iter();
        let names = names.map(|&tag| self.tags[tag as usize].as_str()).collect();
        let shares = &found.intents;
        let intent = (!shares.is_empty() && !found.tags.is_empty()).then(|| {
            let better = |best: usize, class: usize| match shares[class] > shares[best] {
                true => class,
                false => best,
            };
            let best = (0..shares.len()).fold(0, better);
            (self.intents[best].as_str(), shares[best])
        });
        Tagged {
            tags: names,
            intent,
        }
    }

    /// Tags windows of at most 1024 words, those of near-by length together.
    fn tag_windows<W: AsRef<str>>(
        &self,
        weights: &Weights,
        windows: &[&[W]],
    ) -> Result<Vec<Window>> {
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|&index| windows[index].len());
        let mut found = vec![Window::default(); windows.len()];
        let mut crf = decoder(&self.params, &self.tags)?;
        crf.set_scores(field(&self.net, weights))?;
        let (mut batch, mut work) = (Padded::default(), Work::default());
        let (n_tags, n_intents) = (self.net.n_tags(), self.net.n_intents());
        let mut rest = &order[..];
        while !rest.is_empty() {
            let lengths = rest.iter().take(BLOCK).map(|&index| windows[index].len());
            let (block, later) = rest.split_at(n_fitting(lengths));
            rest = later;
            let encode =
                |&index: &usize| Example::new(windows[index], &self.features, &self.gazetteer);
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
                let intents = work.intents.get(row * n_intents..(row + 1) * n_intents);
                found[index] = Window {
                    tags: tags[from..from + batch.lengths[row]].to_vec(),
                    intents: intents.unwrap_or_default().to_vec(),
                };
            }
        }
        Ok(found)
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
        TaggerReport::new(sentences, &self.tag_with(weights, &words)?)
    }
}

impl Persist for Tagger {
    const KIND: &'static str = "tagger";
    /// 2 added the tokeniser.
    const VERSION: u16 = 2;

    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        match version {
            1 => {
                let old: TaggerVersion1 = decode_payload(Self::KIND, payload)?;
                old.current()
            }
            Self::VERSION => decode_payload(Self::KIND, payload),
            found => Err(Error::Version {
                kind: Self::KIND.to_owned(),
                found,
                supported: Self::VERSION,
            }),
        }
    }

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "words": self.features.n_words(),
            "tags": self.tags.len(),
            // Their number alone: a description of many long names is refused when it is saved.
            "intents": self.intents.len(),
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        self.tokenizer.check()?;
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
