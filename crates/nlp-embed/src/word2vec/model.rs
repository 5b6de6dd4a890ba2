//! The trained model.

use std::time::Instant;

use guide_core::ndarray::{Array2, ArrayView2};
use guide_core::{Error, Fit, Params, Persist, Progress, Result};
use serde::{Deserialize, Serialize};

use super::params::Word2VecParams;
use super::subwords::SubwordRows;
use super::train::train;
use crate::trained::{check_table, table};
use crate::{Sentences, Vocabulary};

/// What word2vec is trained on.
#[derive(Clone, Copy)]
pub struct TrainingText<'a> {
    /// The words that get a vector, and their counts. Other words are passed over before windows are formed.
    pub vocabulary: &'a Vocabulary,
    /// The text.
    pub sentences: &'a dyn Sentences,
}

/// How a training went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingReport {
    /// Words of the vocabulary met, over all passes, before frequent ones were thinned out.
    pub words: u64,
    /// Passes made whole: fewer than asked for where training was stopped.
    pub epochs: usize,
    /// Seconds from the first word to the last, reading included.
    pub seconds: f64,
    /// Mean over the last pass of `Σ_j −ln σ(±x · y_j)`, for skip-gram of each pair of words, for CBOW of each word, taken from
    /// one word of sixteen; NaN where training was stopped before its first step.
    pub loss: f64,
}

impl TrainingReport {
    /// Words met in a second.
    ///
    /// ```
    /// let report = nlp_embed::TrainingReport { words: 300, epochs: 1, seconds: 2.0, loss: 1.5 };
    /// assert_eq!(report.words_per_second(), 150.0);
    /// ```
    pub fn words_per_second(&self) -> f64 {
        self.words as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

/// Word vectors learned by telling a word from the words around it.
///
/// Around each word a window of `b` words on either side is drawn, `b` uniform in `1..=window`. Skip-gram takes the vector `x` of
/// each word around, CBOW the mean of them, to predict the word in the middle. With negative sampling the outputs are the
/// word itself (label 1) and `negative` others drawn (label 0), with hierarchical softmax the inner nodes on the word's path in
/// the Huffman tree (label 1 where it goes first). For each output `y_j`, with `g_j = α (label_j − σ(x · y_j))`, the step is
/// `y_j += g_j x` and `x += Σ_j g_j y_j`, which CBOW adds to each word around.
///
/// Differences from the C program and gensim: the words drawn against a word are the same for its whole window, so that the
/// window is one small product of matrices (Ji et al., 2016); `σ` is exact where theirs is a table that ends at ±6; and the
/// text is trained by [`n_shards`](Word2VecParams::n_shards) shards, each on the rows that it owns and copies of others that are
/// brought home after each few thousand words. Of a vocabulary that is not small, and without the tree, each shard predicts the
/// words that it owns, held against each other. So the vectors depend on the seed and never on the number of threads.
///
/// ```
/// use guide_core::Fit;
/// use nlp_embed::{TrainingText, Vocabulary, Word2Vec};
/// let sentences = vec![vec!["red", "coat", "warm"], vec!["blue", "coat", "warm"]];
/// let vocabulary = Vocabulary::params().min_count(1).build(&sentences)?;
/// let text = TrainingText { vocabulary: &vocabulary, sentences: &sentences };
/// let params = Word2Vec::params().dim(20).epochs(2).sample(0.0); // no word here is too frequent
/// let model = params.fit(&text)?;
/// assert_eq!(model.vectors().dim(), (4, 20));
/// assert_eq!(model.report().words, 12);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word2Vec {
    params: Word2VecParams,
    vocabulary: Vocabulary,
    vectors: Array2<f32>,
    outputs: Array2<f32>,
    /// Where words are made of n-grams too.
    subwords: Option<SubwordRows>,
    report: TrainingReport,
    /// Rounds made in all trainings.
    rounds: u64,
}

impl Word2Vec {
    /// The default parameters.
    pub fn params() -> Word2VecParams {
        Word2VecParams::default()
    }

    /// The words, in the order of the vectors.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The vector of each word, `[n_words, dim]`.
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        self.vectors.view()
    }

    /// The vector of any word. Of one that is not known, where [`max_n`](Word2VecParams::max_n) is above 0, it is the mean of the vectors
    /// of its n-grams; `None` where no known word shares an n-gram with it.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use nlp_embed::{TrainingText, Vocabulary, Word2Vec};
    /// let sentences = vec![vec!["rain", "coat"], vec!["rain", "boots"]];
    /// let vocabulary = Vocabulary::params().min_count(1).build(&sentences)?;
    /// let text = TrainingText { vocabulary: &vocabulary, sentences: &sentences };
    /// let model = Word2Vec::params().dim(8).max_n(6).sample(0.0).fit(&text)?;
    /// assert!(model.vector_of("raincoat").is_some()); // <ra, rai, ain, coa, oat, at> ..
    /// assert!(model.vector_of("手机").is_none());
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn vector_of(&self, word: &str) -> Option<Vec<f32>> {
        if let Some(id) = self.vocabulary.id(word) {
            return Some(self.vectors.row(id as usize).to_vec());
        }
        let subwords = self.subwords.as_ref()?;
        let mut rows = Vec::new();
        (subwords.subwords).rows_of(word, self.vocabulary.len(), &mut rows);
        subwords.mean(&rows)
    }

    pub(super) fn rounds(&self) -> u64 {
        self.rounds
    }

    pub(super) fn subword_rows(&self) -> Option<&SubwordRows> {
        self.subwords.as_ref()
    }

    /// What words are predicted by, `[n, dim]`: a row for each word where there are negatives, then one for each inner node of
    /// the Huffman tree where there is one.
    pub fn outputs(&self) -> ArrayView2<'_, f32> {
        self.outputs.view()
    }

    /// What it was trained with.
    pub fn trained_with(&self) -> &Word2VecParams {
        &self.params
    }

    /// How the training went.
    pub fn report(&self) -> TrainingReport {
        self.report
    }

    /// The words and their vectors, `[n_words, dim]`, without what only training needs.
    pub fn into_parts(self) -> (Vocabulary, Array2<f32>) {
        (self.vocabulary, self.vectors)
    }
}

impl Fit<TrainingText<'_>> for Word2VecParams {
    type Model = Word2Vec;

    /// # Errors
    /// [`Error::Param`] for a parameter outside its range, [`Error::Empty`] for an empty vocabulary or a text in which no two of
    /// its words stand near each other, [`Error::Unsuitable`] for vectors that find no room in memory, [`Error::Diverged`], and
    /// the errors of the text.
    fn fit_with(&self, text: &TrainingText<'_>, progress: &dyn Progress) -> Result<Word2Vec> {
        self.train_from(None, text, text.vocabulary.total(), progress)
    }
}

impl Word2VecParams {
    /// Trains a model further, on more text with these parameters: words that it knows begin where it left them, new ones begin
    /// anew. `text.vocabulary` is the model's, with the counts and the new words of the text
    /// ([`VocabularyParams::extend`](crate::VocabularyParams::extend)), or without, to go on with known words only. Where counts
    /// have changed, the nodes of the Huffman tree begin anew too: it is another tree.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Param`] for another `dim` or other n-grams than the model's, or for a vocabulary
    /// that does not begin with its words.
    ///
    /// ```
    /// use guide_core::{Fit, Silent};
    /// use nlp_embed::{TrainingText, Vocabulary, Word2Vec};
    /// let sentences = vec![vec!["red", "coat"], vec!["blue", "coat"]];
    /// let vocabulary = Vocabulary::params().min_count(1).build(&sentences)?;
    /// let text = TrainingText { vocabulary: &vocabulary, sentences: &sentences };
    /// let params = Word2Vec::params().dim(8).sample(0.0);
    /// let model = params.fit(&text)?;
    ///
    /// let sentences = vec![vec!["red", "umbrella"]];
    /// let vocabulary = Vocabulary::params().min_count(1).extend(model.vocabulary(), &sentences)?;
    /// let text = TrainingText { vocabulary: &vocabulary, sentences: &sentences };
    /// let model = params.fit_more(&model, &text, &Silent)?;
    /// assert_eq!(model.vocabulary().words(), ["coat", "red", "blue", "umbrella"]);
    /// assert_eq!(model.vocabulary().counts(), [2, 2, 1, 1]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn fit_more(
        &self,
        model: &Word2Vec,
        text: &TrainingText<'_>,
        progress: &dyn Progress,
    ) -> Result<Word2Vec> {
        if self.dim != model.params.dim {
            let expected = format!("{}, as the model has", model.params.dim);
            return Err(Error::param("dim", self.dim, expected));
        }
        let before = &model.params;
        for (name, value, expected) in [
            ("max_n", self.max_n, before.max_n),
            ("min_n", self.min_n, before.min_n),
            ("n_buckets", self.n_buckets, before.n_buckets),
        ] {
            if value != expected && (self.max_n > 0 || before.max_n > 0) {
                let expected = format!("{expected}, as the model has");
                return Err(Error::param(name, value, expected));
            }
        }
        let (known, all) = (&model.vocabulary, text.vocabulary);
        if !all.words().starts_with(known.words()) {
            let n_known = known.len();
            let expected = format!("the {n_known} words of the model, and new ones behind them");
            let value = format!("{} other words", all.len());
            return Err(Error::param("vocabulary", value, expected));
        }
        let words = match all.total().saturating_sub(known.total()) {
            0 => all.total(),
            more => more,
        };
        self.train_from(Some(model), text, words, progress)
    }

    fn train_from(
        &self,
        start: Option<&Word2Vec>,
        text: &TrainingText<'_>,
        words_a_pass: u64,
        progress: &dyn Progress,
    ) -> Result<Word2Vec> {
        self.validate()?;
        let started = Instant::now();
        let trained = train(self, text, words_a_pass, start, progress)?;
        let seconds = started.elapsed().as_secs_f64();
        let (algorithm, epoch) = (self.architecture.name(), trained.epochs);
        let table = |data| table(algorithm, epoch, data, self.dim);
        let inputs = table(trained.shared.inputs)?;
        let (vectors, subwords) = match trained.parts {
            None => (inputs, None),
            Some(parts) => {
                let words = text.vocabulary.len();
                let (subwords, rows) = (parts.subwords.clone(), inputs);
                let subwords = SubwordRows { subwords, rows };
                let means = (0..words as u32).filter_map(|word| subwords.mean(parts.of_word(word)));
                (table(means.flatten().collect())?, Some(subwords))
            }
        };
        Ok(Word2Vec {
            params: self.clone(),
            vocabulary: text.vocabulary.clone(),
            vectors,
            subwords,
            outputs: table(trained.shared.outputs)?,
            report: TrainingReport {
                words: trained.words,
                epochs: trained.epochs,
                seconds,
                loss: trained.loss,
            },
            rounds: trained.rounds,
        })
    }
}

impl Persist for Word2Vec {
    const KIND: &'static str = "word2vec";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "words": self.vocabulary.len() })
    }

    fn check(&self) -> Result<()> {
        self.params.validate()?;
        let words = self.vocabulary.len();
        let nodes = if self.params.hierarchical_softmax {
            words.saturating_sub(1)
        } else {
            0
        };
        let held = if self.params.negative > 0 { words } else { 0 };
        let mut tables = vec![
            ("vectors", &self.vectors, words),
            ("outputs", &self.outputs, held + nodes),
        ];
        match (&self.subwords, self.params.max_n) {
            (None, 0) => {}
            (Some(pieces), 1..) if pieces.subwords.fits(&self.params) => {
                let rows = words + pieces.subwords.buckets().len();
                tables.push(("n-grams", &pieces.rows, rows));
            }
            _ => {
                return Err(Error::decode(
                    Self::KIND,
                    "n-grams that its parameters do not have",
                ));
            }
        }
        for (what, table, rows) in tables {
            check_table(Self::KIND, what, table, (rows, self.params.dim))?;
        }
        if words == 0 {
            return Err(Error::decode(Self::KIND, "no word"));
        }
        Ok(())
    }
}
