//! Training of the tagger: the loss of a batch, and what is watched.

use guide_core::{Batches, Error, Fit, Params, Progress, Result, stream};
use nlp_embed::{WordTokenizer, WordVectors};
use nn_core::{
    Batch, Course, Grads, Mode, Objective, Optimizer, Pass, Schedule, Trainer, Weights, report_to,
};
use rand::RngExt;

use super::example::{Example, Padded};
use super::memory;
use super::model::Tagger;
use super::net::{Net, Sizes};
use super::params::TaggerParams;
use super::passes::Work;
use super::windows::{PASS_WORDS, n_fitting};
use crate::crf::MAX_TAGS;
use crate::first_vectors::ensure_width;
use crate::tagged_folder::{label_names, tag_names};
use crate::{
    AllowedTags, BioTag, Crf, CrfScores, Gazetteer, TagBatch, TaggedSentence, TaggerReport,
    WordFeatures,
};

/// What a tagger is trained on.
#[derive(Clone, Copy, Debug)]
pub struct TaggerData<'d> {
    /// Sentences to learn. Either all have labels (intents) or none.
    pub train: &'d [TaggedSentence],
    /// Sentences to watch: the weights of the best epoch on them are kept, without them those of the last epoch.
    ///
    /// Where they have labels, the best epoch is the one with the most sentences that are right as a whole (all tags and the intent), of
    /// several the one with the highest F1. Where they have none, it is the one with the highest strict F1 of the spans, which is what
    /// such data are measured by, of several the one with the most sentences that are right.
    pub valid: &'d [TaggedSentence],
    /// Phrases that the caller knows; empty for none.
    pub gazetteer: &'d Gazetteer,
    /// Trained vectors of words to start from, as wide as [`TaggerParams::word_dim`]; `None` starts from random ones.
    ///
    /// All their words become known to the tagger, also those that `train` does not have: their vectors stay as they are, those of
    /// words in `train` are trained on. Where words are compared in lower case, a word that is in lower case comes before one that is
    /// not, then the earlier before the later.
    pub vectors: Option<&'d WordVectors>,
    /// How [`Tagger::tag_text`] cuts a text into words: as the words of `train` were cut (default: [`WordTokenizer::Words`]).
    pub tokenizer: WordTokenizer,
}

impl<'d> TaggerData<'d> {
    /// Sentences to learn, with nothing to watch, no gazetteer's phrases and no trained vectors.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use nlp_rnn::{Gazetteer, TaggedSentence, Tagger, TaggerData};
    /// let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    /// let sentence = |text: &str, tags: &str| TaggedSentence { words: words(text), tags: words(tags), label: None };
    /// let train = [sentence("red shoes", "B-color B-type"), sentence("blue hats", "B-color B-type")];
    /// let gazetteer = Gazetteer::default();
    /// let params = Tagger::params().n_epochs(20).learning_rate(0.01);
    /// let tagger = params.fit(&TaggerData::new(&train, &gazetteer))?;
    /// let found = tagger.tag(&[vec!["blue", "shoes"]])?;
    /// assert_eq!(found[0].tags, ["B-color", "B-type"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn new(train: &'d [TaggedSentence], gazetteer: &'d Gazetteer) -> Self {
        Self {
            train,
            valid: &[],
            gazetteer,
            vectors: None,
            tokenizer: WordTokenizer::default(),
        }
    }

    /// The same with sentences to watch.
    #[must_use]
    pub fn valid(self, valid: &'d [TaggedSentence]) -> Self {
        Self { valid, ..self }
    }

    /// The same with trained vectors to start from.
    #[must_use]
    pub fn vectors(self, vectors: &'d WordVectors) -> Self {
        Self {
            vectors: Some(vectors),
            ..self
        }
    }

    /// The same for words that were cut in another way.
    #[must_use]
    pub fn tokenizer(self, tokenizer: WordTokenizer) -> Self {
        Self { tokenizer, ..self }
    }
}

impl Fit<TaggerData<'_>> for TaggerParams {
    type Model = Tagger;

    /// # Errors
    /// Bad parameters, sentences that do not fit, [`Error::Memory`] if training would take more than 16 GiB, [`Error::Diverged`].
    fn fit_with(&self, data: &TaggerData<'_>, progress: &dyn Progress) -> Result<Tagger> {
        self.validate()?;
        data.tokenizer.check()?;
        check(data.train)?;
        check_tags("validation sentence", data.valid)?;
        let words: Vec<Vec<&str>> = data.train.iter().map(words_of).collect();
        let mut features = self.features.build(&words)?;
        if let Some(vectors) = data.vectors {
            ensure_width(vectors, "word_dim", self.word_dim)?;
            features.add_words(vectors.vocabulary().words())?;
        }
        let (tags, intents) = (tag_names(data.train), label_names(data.train));
        if tags.len() > MAX_TAGS {
            return Err(Error::Unsuitable {
                algorithm: "tagger",
                needed: format!(
                    "at most {MAX_TAGS} different tags, but the training sentences have {}",
                    tags.len()
                ),
            });
        }
        let sizes = Sizes {
            n_tags: tags.len(),
            n_intents: intents.len(),
            n_kinds: data.gazetteer.kinds().len(),
        };
        memory::check_tensors(self, &features, sizes)?;
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, self, &features, sizes)?;
        let longest = words.iter().map(Vec::len).max().unwrap_or(0);
        memory::check_passes(self, &net, weights.count().0, (words.len(), longest))?;
        if let Some(vectors) = data.vectors {
            start_from(vectors, &features, &net, &mut weights);
        }
        let mut model = Tagger::new(
            self.clone(),
            features,
            data.gazetteer.clone(),
            tags,
            intents,
            net,
            weights,
            data.tokenizer,
        )?;
        let examples = data.train.iter().map(|sentence| model.example(sentence));
        let examples = examples.collect::<Result<Vec<Example>>>()?;
        let mut learner = Learner::new(&model, examples, data.valid)?;
        let trainer = Trainer::default()
            .n_epochs(self.n_epochs)
            .batch_size(self.batch_size)
            .optimizer(Optimizer::adam(self.learning_rate).clip_norm(Some(self.clip_norm)))
            .schedule(Schedule::default().course(Course::Cosine {
                over: self.n_epochs,
                low: 0.0,
            }))
            .seed(self.seed);
        let mut weights = model.weights().clone();
        trainer.train_watched(
            "tagger",
            &mut weights,
            &mut learner,
            &mut report_to("tagger", progress),
        )?;
        model.set_weights(weights);
        Ok(model)
    }
}

/// Writes the vectors of words into the rows of the table; rows of words without a vector stay random.
fn start_from(vectors: &WordVectors, features: &WordFeatures, net: &Net, weights: &mut Weights) {
    let dim = net.words.dim();
    let table = weights.get_mut(net.words.weight());
    let mut filled = vec![false; features.n_words()];
    for is_normal in [true, false] {
        let words = vectors.vocabulary().words().iter().enumerate();
        for (id, word) in words {
            let normal = features.normal(word);
            let Some(number) = features.vocabulary().id(&normal) else {
                continue;
            };
            let row = number as usize + 1;
            if (normal == *word) == is_normal && !filled[row] {
                filled[row] = true;
                table[row * dim..(row + 1) * dim].copy_from_slice(vectors.vectors().row(id as u32));
            }
        }
    }
}

fn words_of(sentence: &TaggedSentence) -> Vec<&str> {
    sentence.words.iter().map(String::as_str).collect()
}

/// Refuses training sentences that cannot be learned: labels on some only, no words or too many, and tags that do not fit.
fn check(sentences: &[TaggedSentence]) -> Result<()> {
    if sentences.is_empty() {
        return Err(Error::empty("the set of tagged sentences"));
    }
    let unsuitable = |needed: String| Error::Unsuitable {
        algorithm: "tagger",
        needed,
    };
    let labels = sentences.iter().filter_map(|s| s.label.as_ref());
    let labelled = labels.count();
    if labelled != 0 && labelled != sentences.len() {
        return Err(unsuitable(format!(
            "a label for all sentences or none, not for {labelled} of {}",
            sentences.len()
        )));
    }
    for (index, sentence) in sentences.iter().enumerate() {
        let n_words = sentence.words.len();
        if n_words == 0 {
            return Err(Error::empty(format!(
                "sentence {index} of the tagged sentences"
            )));
        }
        if n_words > PASS_WORDS {
            return Err(unsuitable(format!(
                "training sentences of at most {PASS_WORDS} words, but sentence {index} has {n_words}; cut it"
            )));
        }
    }
    check_tags("sentence", sentences)
}

/// Refuses another number of tags than words, and tags that are none of `O`, `B-kind` and `I-kind`.
fn check_tags(what: &str, sentences: &[TaggedSentence]) -> Result<()> {
    for (index, sentence) in sentences.iter().enumerate() {
        if sentence.words.len() != sentence.tags.len() {
            return Err(Error::Shape {
                what: format!("the tags of {what} {index}"),
                expected: vec![sentence.words.len()],
                got: vec![sentence.tags.len()],
            });
        }
        for tag in &sentence.tags {
            let known = BioTag::parse(tag);
            known.map_err(|_| {
                Error::unknown(
                    format!("tag in {what} {index}, expected O, B-kind or I-kind:"),
                    tag,
                )
            })?;
        }
    }
    Ok(())
}

/// The objective.
pub(super) struct Learner<'l> {
    model: &'l Tagger,
    examples: Vec<Example>,
    lengths: Vec<usize>,
    valid: &'l [TaggedSentence],
    /// Whether a word was met once, by its number.
    rare: Vec<bool>,
    crf: Crf,
    batch: Padded,
    work: Work,
    d_logits: Vec<f32>,
}

impl<'l> Learner<'l> {
    pub(super) fn new(
        model: &'l Tagger,
        examples: Vec<Example>,
        valid: &'l [TaggedSentence],
    ) -> Result<Self> {
        let counts = model.features().vocabulary().counts();
        let rare = [false]
            .into_iter()
            .chain(counts.iter().map(|&count| count == 1));
        Ok(Self {
            model,
            lengths: examples.iter().map(Example::len).collect(),
            examples,
            valid,
            rare: rare.collect(),
            crf: Crf::new(model.net().n_tags())?,
            batch: Padded::default(),
            work: Work::default(),
            d_logits: Vec::new(),
        })
    }

    pub(super) fn try_learn(
        &mut self,
        weights: &Weights,
        batch: Batch<'_>,
        grads: &mut Grads,
    ) -> Result<f64> {
        let params = self.model.trained_with();
        let mut rng = stream(batch.seed ^ 0x7A66, batch.step);
        let (often, rarely) = (
            (10.0 * params.word_dropout)
                .min(0.5)
                .max(params.word_dropout),
            params.word_dropout,
        );
        let scale = 1.0 / batch.examples.len() as f32;
        let (mut rest, mut loss, mut n_passes) = (batch.examples, 0.0, 0_u64);
        while !rest.is_empty() {
            let lengths = rest.iter().map(|&index| self.lengths[index]);
            let (run, later) = rest.split_at(n_fitting(lengths));
            rest = later;
            let rare = &self.rare;
            let mut drops = |word: u32| {
                let share = if rare[word as usize] { often } else { rarely };
                rng.random::<f32>() < share
            };
            let examples = run.iter().map(|&index| &self.examples[index]);
            self.batch.set(examples, &mut drops);
            // Each pass drops other numbers.
            let seed = batch.seed ^ n_passes.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            n_passes += 1;
            let mode = Mode::Train {
                seed,
                step: batch.step,
            };
            loss += self.learn_pass(weights, mode, scale, grads)?;
        }
        Ok(loss)
    }

    /// Adds the gradients of the sentences that are loaded, times `scale`, and returns the sum of their losses.
    fn learn_pass(
        &mut self,
        weights: &Weights,
        mode: Mode,
        scale: f32,
        grads: &mut Grads,
    ) -> Result<f64> {
        let (net, params) = (self.model.net(), self.model.trained_with());
        let pass = Pass {
            weights,
            mode,
            n: self.batch.n,
            first: 0,
        };
        self.work.forward(net, &pass, &self.batch)?;
        let (emissions, gradient) = self.work.scores();
        let tagged = TagBatch::new(
            net.n_tags(),
            self.batch.steps,
            emissions,
            &self.batch.lengths,
        )?;
        self.crf.set_scores(field(net, weights))?;
        let mut loss = self.crf.learn(&tagged, &self.batch.tags, scale, gradient)?;
        let found = self.crf.gradients();
        for (id, values) in [
            (net.start, found.start),
            (net.transitions, found.transitions),
            (net.end, found.end),
        ] {
            guide_core::kernels::axpy(1.0, values, grads.dense(id));
        }
        self.d_logits.clear();
        let k = net.n_intents();
        for (p, &intent) in self
            .work
            .intents
            .chunks_exact(k.max(1))
            .zip(&self.batch.intents)
        {
            loss -= f64::from(params.intent_weight) * f64::from(p[intent as usize].max(1e-30)).ln();
            let weight = params.intent_weight * scale;
            self.d_logits.extend(p.iter().map(|p| weight * p));
            let true_one = self.d_logits.len() - k + intent as usize;
            self.d_logits[true_one] -= weight;
        }
        self.work
            .backward(net, &pass, &self.batch, &self.d_logits, grads)?;
        Ok(loss)
    }
}

/// The scores of the field among the weights.
pub(super) fn field<'w>(net: &Net, weights: &'w Weights) -> CrfScores<'w> {
    CrfScores {
        start: weights.get(net.start),
        transitions: weights.get(net.transitions),
        end: weights.get(net.end),
    }
}

/// The field that finds tags: constrained where the parameters say so.
pub(super) fn decoder(params: &TaggerParams, tags: &[String]) -> Result<Crf> {
    if params.constrained {
        Crf::constrained(AllowedTags::iob2(tags)?)
    } else {
        Crf::new(tags.len())
    }
}

impl Objective for Learner<'_> {
    fn n_examples(&self) -> usize {
        self.examples.len()
    }

    fn batches(&self, _: usize, size: usize, seed: u64) -> Result<Batches> {
        Batches::bucketed(&self.lengths, size, seed)
    }

    /// A loss that is not finite is an error of the training loop; so is what a pass refuses, which only numbers that are not finite cause.
    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        debug_assert!(batch.mode() != Mode::Infer);
        self.try_learn(weights, batch, grads).unwrap_or(f64::NAN)
    }

    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        if self.valid.is_empty() {
            return None;
        }
        // Only scores that are not finite give an error here; the training loop refuses NaN.
        let report = self.model.evaluate_with(weights, self.valid);
        Some(report.map_or(f64::NAN, |report| shortfall(&report)))
    }
}

/// What is watched, the lower the better: the first of two shares of errors, and of the second so little that it only decides between
/// equal ones. With labels sentences come first, without them the F1 of the spans.
pub(super) fn shortfall(report: &TaggerReport) -> f64 {
    let (sentences, spans) = (
        1.0 - report.sentence_accuracy(),
        1.0 - report.spans.overall.f1(),
    );
    if report.labelled > 0 {
        // One sentence more is a share of 1/n.
        sentences + 0.5 * spans / report.spans.sentences.max(1) as f64
    } else {
        spans + 1e-9 * sentences
    }
}
