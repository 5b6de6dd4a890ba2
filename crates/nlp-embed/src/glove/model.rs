//! The trained model.

use guide_core::ndarray::{Array1, Array2, ArrayView2, Axis, s};
use guide_core::{Error, Fit, Params, Persist, Progress, Result};
use serde::{Deserialize, Serialize};

use super::params::GloveParams;
use super::train::train;
use crate::trained::{check_table, table};
use crate::{TrainingText, Vocabulary};

/// How a training went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GloveReport {
    /// Words of the vocabulary met in the text.
    pub words: u64,
    /// Pairs of words that stand together, `X_ij > 0`.
    pub pairs: u64,
    /// Seconds to count them, reading the text included.
    pub counting_seconds: f64,
    /// Seconds of all passes over them.
    pub training_seconds: f64,
    /// Whole passes made.
    pub epochs: usize,
    /// Mean of `½ f(X) (w · w̃ + b + b̃ − ln X)²` over the last whole pass.
    pub loss: f64,
}

/// Word vectors from how often words stand near each other.
///
/// With the co-occurrence `X_ij`, the sum of `1 / d` over the occurrences of word `j` within `window` words of word `i`, at a
/// distance of `d` words in the same sentence, the loss is `Σ f(X_ij) (w_i · w̃_j + b_i + b̃_j − ln X_ij)²` over the pairs with
/// `X_ij > 0`, where `f(X) = min(1, (X / x_max)^alpha)`. Each pair makes one step of AdaGrad a pass, as in the C program:
/// `g = η clip(f(X) · (…) · w̃_jk)`, `w_ik −= g / √G_ik`, `G_ik += g²`, from `G = 1` on; and so does each bias, with
/// `g = bias_eta · f(X) · (…)`.
///
/// A sentence is what the source calls one. The C program takes lines whole; a [`TextFile`](crate::TextFile) cuts them at 1000
/// tokens unless [told otherwise](crate::TextFile::max_sentence_length), and pairs across a cut are not counted.
///
/// Differences from the C program: the pairs are learned from block by block, within which they are drawn in another order in
/// each pass, so that the vectors depend on the seed and never on the number of threads; numbers are `f32`; and what is not
/// finite ends the training where the program passes over it.
///
/// ```
/// use guide_core::Fit;
/// use nlp_embed::{Glove, TrainingText, Vocabulary};
/// let sentences = vec![vec!["red", "coat"], vec!["blue", "coat"]];
/// let vocabulary = Vocabulary::params().min_count(1).build(&sentences)?;
/// let text = TrainingText { vocabulary: &vocabulary, sentences: &sentences };
/// let model = Glove::params().dim(20).epochs(2).fit(&text)?;
/// assert_eq!(model.vectors().dim(), (3, 20));
/// // red with coat, blue with coat, and the reverse
/// assert_eq!(model.report().pairs, 4);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Glove {
    params: GloveParams,
    vocabulary: Vocabulary,
    vectors: Array2<f32>,
    report: GloveReport,
}

impl Glove {
    /// The default parameters.
    pub fn params() -> GloveParams {
        GloveParams::default()
    }

    /// The words, in the order of the vectors.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The vector of each word, `[n_words, dim]`.
    pub fn vectors(&self) -> ArrayView2<'_, f32> {
        self.vectors.view()
    }

    /// What it was trained with.
    pub fn trained_with(&self) -> &GloveParams {
        &self.params
    }

    /// How the training went.
    pub fn report(&self) -> GloveReport {
        self.report
    }

    /// The words and their vectors, `[n_words, dim]`.
    pub fn into_parts(self) -> (Vocabulary, Array2<f32>) {
        (self.vocabulary, self.vectors)
    }
}

/// The name of the row for words that have none, and the most vectors that it is the mean of.
const UNK: &str = "<unk>";
const UNK_MEAN_OF: usize = 100;

impl Fit<TrainingText<'_>> for GloveParams {
    type Model = Glove;

    /// # Errors
    /// [`Error::Param`] for a parameter outside its range, [`Error::Empty`] for an empty vocabulary or a text in which no
    /// sentence has two words of it, [`Error::Duplicate`] if `<unk>` is to be added and already a word, [`Error::Unsuitable`]
    /// for vectors for which there is no memory, [`Error::Io`] with the folder where no files can be made or there is no room
    /// for them, [`Error::Diverged`], and the errors of the text.
    fn fit_with(&self, text: &TrainingText<'_>, progress: &dyn Progress) -> Result<Glove> {
        self.validate()?;
        if let Some(folder) = &self.spill_dir {
            // Else a folder that is not there would be told of when half of the text is counted.
            tempfile::tempfile_in(folder).map_err(|source| Error::io(folder, source))?;
        }
        let mut vocabulary = text.vocabulary.clone();
        if self.unk_row {
            vocabulary.push(UNK.to_owned(), 0)?;
        }
        let trained = train(self, text, progress)?;
        let mut vectors = table("glove", trained.report.epochs, trained.vectors, self.dim)?;
        if self.unk_row {
            let last = vectors.slice(s![vectors.nrows().saturating_sub(UNK_MEAN_OF).., ..]);
            let mean: Array1<f32> = last.sum_axis(Axis(0)) / last.nrows() as f32;
            if let Err(reason) = vectors.push_row(mean.view()) {
                unreachable!("{reason}");
            }
        }
        Ok(Glove {
            params: self.clone(),
            vocabulary,
            vectors,
            report: trained.report,
        })
    }
}

impl Persist for Glove {
    const KIND: &'static str = "glove";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "words": self.vocabulary.len() })
    }

    fn check(&self) -> Result<()> {
        self.params.validate()?;
        let words = self.vocabulary.len();
        if words == 0 {
            return Err(Error::decode(Self::KIND, "no word"));
        }
        check_table(
            Self::KIND,
            "vectors",
            &self.vectors,
            (words, self.params.dim),
        )
    }
}
