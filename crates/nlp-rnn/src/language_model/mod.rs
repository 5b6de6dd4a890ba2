//! A recurrent language model: the probability of the next word.

mod evaluate;
mod generate;
mod memory;
mod net;
mod params;
#[cfg(test)]
mod tests;
mod text;
mod train;
mod version1;

use guide_core::model_file::decode_payload;
use guide_core::{Error, Params, Persist, Progress, Result, Silent};
use nlp_embed::{Sentences, Tokenize, Vocabulary, WordVectors};
use nn_core::{Course, History, Schedule, Trainer, Watch, Weights, report_to};
use serde::{Deserialize, Serialize};

pub use evaluate::ContinuousCache;
pub use generate::Generation;
pub use params::{Conventions, LanguageModelParams, Training};

use crate::first_vectors::{ensure_width, write_first_vectors};
use evaluate::log_loss;
use net::Net;
use train::{Parts, TextObjective};

/// The probability of each next word given all words before it, by recurrent layers (Mikolov et al., 2010; Zaremba et al., 2014).
///
/// Sentences are read as one stream; each ends with `<eos>`, and words outside the vocabulary are `<unk>`. The perplexity of a text is
/// `exp(−1/N Σ log p(w_i | w_1 .. w_{i−1}))` over its `N` words, the ends of sentences among them.
///
/// ```
/// use nlp_rnn::{Generation, LanguageModel};
/// let text: Vec<_> = (0..100).map(|n| if n % 3 == 0 { vec!["red", "coat"] } else { vec!["blue", "hat"] }).collect();
/// let params = LanguageModel::params().dim(8).hidden(8).layers(1).batch(2).bptt(6).epochs(40);
/// let model = params.dropout(0.0).recurrent_dropout(0.0).fit(&text)?;
/// // After "red" comes "coat", after "coat" an end: the only doubt is which of the two sentences comes next.
/// assert!(model.perplexity(&text, None)?.perplexity < 1.3);
/// assert_eq!(model.generate(&["red"], &Generation::default().beam(2))?, ["coat"]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct LanguageModel {
    params: LanguageModelParams,
    vocabulary: Vocabulary,
    end: u32,
    unknown: u32,
    net: Net,
    weights: Weights,
}

/// The model as it lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    params: LanguageModelParams,
    vocabulary: Vocabulary,
    weights: Weights,
}

impl From<LanguageModel> for Stored {
    fn from(model: LanguageModel) -> Self {
        Self {
            params: model.params,
            vocabulary: model.vocabulary,
            weights: model.weights,
        }
    }
}

impl TryFrom<Stored> for LanguageModel {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        guide_core::check_params(Self::KIND, &stored.params)?;
        // Before memory is taken for what the parameters claim.
        let (claimed, found) = (
            stored.params.n_weights(stored.vocabulary.len()),
            stored.weights.count(),
        );
        if claimed != found.0 as u128 {
            let reason = format!("{} weights, where the parameters need {claimed}", found.0);
            return Err(Error::decode(Self::KIND, reason));
        }
        let mut model = LanguageModelParams::start(&stored.params, stored.vocabulary)?;
        model.weights.replace(stored.weights)?;
        Ok(model)
    }
}

/// How well a text was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perplexity {
    /// `e` to the mean of `−log p`.
    pub perplexity: f64,
    /// Words that were predicted, the ends of sentences among them.
    pub n_words: usize,
    /// Those that are not in the vocabulary and stood as `<unk>`.
    pub n_unknown: usize,
}

impl LanguageModel {
    /// The default parameters.
    pub fn params() -> LanguageModelParams {
        LanguageModelParams::default()
    }

    /// Its vocabulary, `<eos>` and `<unk>` first.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The parameters that it was trained with.
    pub fn trained_params(&self) -> &LanguageModelParams {
        &self.params
    }

    /// The tokeniser that cuts a text as the training text was cut.
    ///
    /// ```
    /// use nlp_embed::WordTokenizer;
    /// use nlp_rnn::{Generation, LanguageModel};
    /// let params = LanguageModel::params().tokenizer(WordTokenizer::Words).dim(4).hidden(4).batch(2).epochs(1);
    /// let model = params.fit(&vec![vec!["red", "coat"]; 20])?;
    /// let prompt = model.tokenizer().tokens("Red, ");
    /// assert_eq!(prompt, ["red"]);
    /// let prompt: Vec<&str> = prompt.iter().map(String::as_str).collect();
    /// assert!(model.generate(&prompt, &Generation::default().n_words(3))?.len() <= 3);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn tokenizer(&self) -> Box<dyn Tokenize> {
        self.params.tokenizer.build(self.params.lower_case)
    }

    /// The tensors: `embedding.weight`, PyTorch's names for the recurrent layers below `rnn.`, `output.weight` (not where it is tied) and
    /// `output.bias`.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The tensors to change, for example by [`nn_core::load_safetensors`].
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// The perplexity of a text, with a cache where one is given.
    ///
    /// # Errors
    /// [`Error::Empty`] for a text without sentences, bad parameters of the cache, [`Error::Unsuitable`] if the perplexity is above the
    /// largest `f64`, as after a training that diverged, and those of `text`.
    pub fn perplexity<S: Sentences + ?Sized>(
        &self,
        text: &S,
        cache: Option<ContinuousCache>,
    ) -> Result<Perplexity> {
        if let Some(cache) = &cache {
            cache.validate()?;
        }
        let stream = text::stream(&self.vocabulary, text)?;
        if stream.words.is_empty() {
            return Err(Error::empty("the text to predict"));
        }
        let parts = Parts::new(&stream.words, 1, self.end)?;
        let loss = log_loss(&self.net, &self.weights, &parts, cache);
        let mean = loss / stream.words.len() as f64;
        let perplexity = mean.exp();
        if !perplexity.is_finite() {
            return Err(Error::Unsuitable {
                algorithm: Self::KIND,
                needed: format!(
                    "weights that give a perplexity below {:e}: the mean of -log p over the {} words of the text is {mean}; the training \
                     diverged or the weights are damaged, train again with a smaller `learning_rate`",
                    f64::MAX,
                    stream.words.len()
                ),
            });
        }
        Ok(Perplexity {
            perplexity,
            n_words: stream.words.len(),
            n_unknown: stream.n_unknown,
        })
    }
}

impl LanguageModelParams {
    /// Learns a text.
    ///
    /// # Errors
    /// Bad parameters, [`Error::Empty`] for a text without words, [`Error::Memory`] if training would take more than 16 GiB,
    /// [`Error::Diverged`] also where the perplexity of a window or of the text to watch is above the largest `f64`, and those of `text`.
    pub fn fit<S: Sentences + ?Sized>(&self, text: &S) -> Result<LanguageModel> {
        self.fit_with(text, None, &Silent)
    }

    /// The same with a second text to watch, whose best epoch is kept, and reports.
    ///
    /// # Errors
    /// As [`LanguageModelParams::fit`].
    pub fn fit_with<S: Sentences + ?Sized>(
        &self,
        text: &S,
        valid: Option<&S>,
        progress: &dyn Progress,
    ) -> Result<LanguageModel> {
        let mut watch = report_to("language-model", progress);
        self.fit_watched(text, valid, &mut watch)
            .map(|(model, _)| model)
    }

    /// The same, with the record of each epoch: its losses are means of `−log p`, so that `e` to them is a perplexity.
    ///
    /// # Errors
    /// As [`LanguageModelParams::fit`].
    pub fn fit_watched<S: Sentences + ?Sized>(
        &self,
        text: &S,
        valid: Option<&S>,
        watch: &mut dyn Watch,
    ) -> Result<(LanguageModel, History)> {
        self.fit_from(None, text, valid, watch)
    }

    /// The same from trained vectors: words that `vectors` has begin with theirs, the others with drawn ones; all are trained on.
    ///
    /// # Errors
    /// As [`LanguageModelParams::fit`], and [`Error::Param`] for vectors of another width than `dim`.
    pub fn fit_from<S: Sentences + ?Sized>(
        &self,
        vectors: Option<&WordVectors>,
        text: &S,
        valid: Option<&S>,
        watch: &mut dyn Watch,
    ) -> Result<(LanguageModel, History)> {
        self.validate()?;
        if let Some(vectors) = vectors {
            ensure_width(vectors, "dim", self.dim)?;
        }
        let vocabulary = text::vocabulary(self, text)?;
        memory::check_tensors(self, vocabulary.len())?;
        let mut model = self.start(vocabulary)?;
        if let Some(vectors) = vectors {
            let table = model.weights.get_mut(model.net.embedding.weight());
            write_first_vectors(vectors, model.vocabulary.words(), table);
        }
        let words = text::stream(&model.vocabulary, text)?.words;
        let parts = Parts::new(&words, self.batch, model.end)?;
        memory::check(self, &model.net, model.vocabulary.len(), parts.length())?;
        let valid = match valid {
            None => None,
            Some(valid) => {
                let words = text::stream(&model.vocabulary, valid)?.words;
                if words.is_empty() {
                    return Err(Error::empty("the text to watch"));
                }
                Some(Parts::new(&words, 1, model.end)?)
            }
        };
        let course = Course::Decay {
            after: self.decay_after,
            gamma: self.decay,
        };
        let trainer = Trainer::default()
            .n_epochs(self.epochs)
            .batch_size(1)
            .optimizer(self.optimizer())
            .schedule(Schedule::default().course(course))
            .seed(self.seed);
        let mut objective = TextObjective::new(&model.net, parts, self.bptt, valid);
        let history =
            trainer.train_watched("language-model", &mut model.weights, &mut objective, watch)?;
        Ok((model, history))
    }

    /// The model before training.
    fn start(&self, vocabulary: Vocabulary) -> Result<LanguageModel> {
        let (end, unknown) = text::special_tokens(&vocabulary)?;
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, self, vocabulary.len())?;
        Ok(LanguageModel {
            params: self.clone(),
            vocabulary,
            end,
            unknown,
            net,
            weights,
        })
    }
}

impl Persist for LanguageModel {
    const KIND: &'static str = "language-model";
    /// 2 added the conventions and the tokeniser to the parameters.
    const VERSION: u16 = 2;

    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        match version {
            1 => {
                let old: version1::StoredVersion1 = decode_payload(Self::KIND, payload)?;
                Self::try_from(Stored::from(old))
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
            "words": self.vocabulary.len(),
            "weights": self.weights.count().0,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        match self.weights.not_finite() {
            None => Ok(()),
            Some((name, value)) => {
                let reason = format!("tensor `{name}` holds {value}");
                Err(Error::decode(Self::KIND, reason))
            }
        }
    }
}
