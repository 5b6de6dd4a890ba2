//! Pairs of words with the similarity that people gave them.

use std::path::Path;

use guide_core::{Params, Result};
use serde::Serialize;

use super::{EvaluationParams, Known, pair_file};
use crate::WordVectors;

/// Pairs of words, each with the mean of people's judgements, as in WordSim-353 (Finkelstein et al., 2002) and SimLex-999
/// (Hill, Reichart and Korhonen, 2015).
///
/// ```
/// use guide_core::ndarray::array;
/// use nlp_embed::{EvaluationParams, Vocabulary, WordPairs, WordVectors};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("pairs.tsv");
/// std::fs::write(&path, "# judged\ncoat\tjacket\t9.1\ncoat\tlamp\t0.5\nhat\tlamp\t1\njacket\tlamp\t0.9\n").unwrap();
/// let words = Vocabulary::from_counts(["coat", "jacket", "lamp"].map(|word| (word, 1)))?;
/// let vectors = WordVectors::new(words, array![[3.0, 0.0], [4.0, 3.0], [0.0, 1.0]])?;
/// // cosines .8, 0 and .6: in the order of the judgements; hat is not known
/// let report = WordPairs::read(&path)?.evaluate(&vectors, EvaluationParams::default())?;
/// assert!((report.spearman.unwrap() - 1.0).abs() < 1e-12);
/// assert_eq!((report.answered, report.skipped), (3, 1));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WordPairs {
    pairs: Vec<(String, String, f64)>,
    heading: Option<(u64, Vec<String>)>,
    score: usize,
}

/// How well cosines and judgements agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairReport {
    /// Correlation of the ranks (equal values get the mean of their ranks); `None` if all cosines or all judgements are equal.
    pub spearman: Option<f64>,
    /// Correlation of the values.
    pub pearson: Option<f64>,
    /// Pairs that count.
    pub answered: usize,
    /// Pairs with an unknown word that were left out.
    pub skipped: usize,
    /// All pairs with an unknown word.
    pub unknown: usize,
    /// Words that took part: the limit, or all words if there are fewer.
    pub vocab: usize,
}

impl PairReport {
    /// The share of pairs whose words are known, `1 − unknown / (answered + skipped)`.
    pub fn coverage(&self) -> f64 {
        let all = self.answered + self.skipped;
        (all - self.unknown) as f64 / all as f64
    }
}

impl WordPairs {
    /// Reads a file of word pairs: two words and a judgement a line, between tabs, blanks, commas or semicolons. Lines that
    /// begin with `#` are left out.
    ///
    /// The files of WordSim-353 and SimLex-999 are read as they are published. A first line without a number is a heading
    /// if a number follows below it. The judgement is then the column with one of the headings `SimLex999`, `Human (mean)`,
    /// `score`, `similarity`, `relatedness`, `mean`, `average`, `rating` or `judgement`, else the only column of numbers.
    /// [`WordPairs::heading`] and [`WordPairs::score_column`] tell what was found.
    ///
    /// # Errors
    /// [`Error::Io`](guide_core::Error::Io); [`Error::Parse`](guide_core::Error::Parse) with the line for a row with another
    /// number of fields or without a finite number, and if several columns of numbers could be the judgement;
    /// [`Error::Empty`](guide_core::Error::Empty) for a file without a pair.
    ///
    /// ```
    /// use nlp_embed::WordPairs;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("SimLex-999.txt");
    /// std::fs::write(&path, "word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.72\n").unwrap();
    /// let pairs = WordPairs::read(&path)?;
    /// assert_eq!(pairs.pairs(), [("old".to_owned(), "new".to_owned(), 1.58)]);
    /// assert_eq!((pairs.score_column(), pairs.heading().map(|(line, _)| line)), (4, Some(1)));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let file = pair_file::read(path.as_ref())?;
        Ok(Self {
            pairs: file.pairs,
            heading: file.heading,
            score: file.score,
        })
    }

    /// The pairs: two words and their judgement.
    pub fn pairs(&self) -> &[(String, String, f64)] {
        &self.pairs
    }

    /// Line, from 1, and fields of the heading; `None` if the file has none.
    pub fn heading(&self) -> Option<(u64, &[String])> {
        let (line, names) = self.heading.as_ref()?;
        Some((*line, names))
    }

    /// The column of the judgement, from 1.
    pub fn score_column(&self) -> usize {
        self.score + 1
    }

    /// The heading of that column, if the file has headings.
    pub fn score_heading(&self) -> Option<&str> {
        let (_, names) = self.heading.as_ref()?;
        names.get(self.score).map(String::as_str)
    }

    /// Correlates the pairs' cosines with their judgements.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param) for a bad parameter.
    pub fn evaluate(&self, vectors: &WordVectors, params: EvaluationParams) -> Result<PairReport> {
        params.validate()?;
        let known = Known::new(vectors, params);
        let vocabulary = vectors.vocabulary();
        let (mut cosines, mut judgements, mut unknown) = (Vec::new(), Vec::new(), 0);
        for (a, b, judged) in &self.pairs {
            let ids = known.id(a).zip(known.id(b));
            unknown += usize::from(ids.is_none());
            let cosine = match ids {
                Some((a, b)) => vectors.similarity(vocabulary.word(a), vocabulary.word(b))?,
                _ if params.unknown_counts => 0.0,
                _ => continue,
            };
            cosines.push(f64::from(cosine));
            judgements.push(*judged);
        }
        Ok(PairReport {
            spearman: correlation(&ranks(&cosines), &ranks(&judgements)),
            pearson: correlation(&cosines, &judgements),
            answered: cosines.len(),
            skipped: self.pairs.len() - cosines.len(),
            unknown,
            vocab: known.first.len(),
        })
    }
}

/// The rank of each value, from 1. Equal values get the mean of their ranks.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|a, b| a.1 == b.1) {
        let rank = below as f64 + (equal.len() + 1) as f64 / 2.0;
        for &(index, _) in equal {
            ranks[index] = rank;
        }
        below += equal.len();
    }
    ranks
}

/// Pearson's correlation; `None` for fewer than two values or if all are equal.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let is_constant = |values: &[f64]| values.windows(2).all(|pair| pair[0] == pair[1]);
    if is_constant(a) || is_constant(b) {
        return None; // the mean of equal values may differ from them in the last digit
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    let scale = (square_a * square_b).sqrt();
    (scale > 0.0).then(|| both / scale)
}
