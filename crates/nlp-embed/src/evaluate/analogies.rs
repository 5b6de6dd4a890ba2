//! Analogies: a is to b as c is to which word? (Mikolov, Chen, Corrado and Dean, 2013, section 4.1.)

use std::borrow::Cow;
use std::path::Path;

use guide_core::ndarray::{Array2, s};
use guide_core::{Error, Metric, Params, Result, Vectors, kernels};
use serde::Serialize;

use super::{EvaluationParams, Known, lines};
use crate::WordVectors;

/// Questions `a b c d` in sections: a is to b as c is to d.
///
/// ```
/// use guide_core::ndarray::array;
/// use nlp_embed::{Analogies, EvaluationParams, Vocabulary, WordVectors};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("questions.txt");
/// std::fs::write(&path, ": family\nMan Woman King Queen\nMan Woman Uncle Aunt\n").unwrap();
/// let words = Vocabulary::from_counts(["man", "woman", "king", "queen"].map(|word| (word, 1)))?;
/// let rows = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]];
/// let vectors = WordVectors::new(words, rows)?;
/// let report = Analogies::read(&path)?.evaluate(&vectors, EvaluationParams::default())?;
/// let family = &report.sections[0];
/// assert_eq!((family.correct, family.answered, family.skipped), (1, 1, 1)); // no uncle
/// assert_eq!((report.total.accuracy(), report.total.coverage()), (Some(1.0), Some(0.5)));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analogies {
    sections: Vec<(String, Vec<[String; 4]>)>,
}

/// How the questions of one section were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnalogySection {
    /// Its name.
    pub section: String,
    /// Right answers.
    pub correct: usize,
    /// Questions that count.
    pub answered: usize,
    /// Questions with an unknown word that were left out.
    pub skipped: usize,
    /// All questions with an unknown word.
    pub unknown: usize,
}

impl AnalogySection {
    /// `correct / answered`; `None` if no question was answered.
    pub fn accuracy(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.correct as f64 / self.answered as f64)
    }

    /// The share of questions whose words are known, `1 − unknown / (answered + skipped)`; `None` for a section without
    /// questions.
    pub fn coverage(&self) -> Option<f64> {
        let all = self.answered + self.skipped;
        (all > 0).then(|| (all - self.unknown) as f64 / all as f64)
    }
}

/// How all questions were answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnalogyReport {
    /// In the order of the file.
    pub sections: Vec<AnalogySection>,
    /// Their sums, named `total`.
    pub total: AnalogySection,
    /// Words that took part: the limit, or all words if there are fewer.
    pub vocab: usize,
}

impl Analogies {
    /// Reads a file like `questions-words.txt`: lines `: section`, and lines of four words.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Parse`] for a line that is neither, or a question before the first section, [`Error::Empty`]
    /// for a file without a section.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut sections: Vec<(String, Vec<[String; 4]>)> = Vec::new();
        for (number, line) in lines(path)? {
            let error = |reason: String| Error::parse(path, number, reason);
            if let Some(name) = line.strip_prefix(':') {
                sections.push((name.trim().to_owned(), Vec::new()));
                continue;
            }
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let question = <[String; 4]>::try_from(words)
                .map_err(|words| error(format!("expected 4 words, not {}", words.len())))?;
            let (_, questions) = sections
                .last_mut()
                .ok_or_else(|| error("a question before the first `: section`".to_owned()))?;
            questions.push(question);
        }
        if sections.is_empty() {
            return Err(Error::empty(path.display()));
        }
        Ok(Self { sections })
    }

    /// Answers every question by the word with the greatest cosine to `b̂ − â + ĉ`, the three left out (3CosAdd), as gensim
    /// does.
    ///
    /// # Errors
    /// [`Error::Param`] for a bad parameter.
    pub fn evaluate(
        &self,
        vectors: &WordVectors,
        params: EvaluationParams,
    ) -> Result<AnalogyReport> {
        params.validate()?;
        let known = Known::new(vectors, params);
        let vocab = known.first.len();
        let candidates = if vocab < vectors.len() {
            let rows = vectors.vectors().rows().slice(s![..vocab, ..]).to_owned();
            Cow::Owned(Vectors::new(rows, Metric::Cosine)?)
        } else {
            Cow::Borrowed(vectors.vectors())
        };
        let mut total = AnalogySection {
            section: "total".to_owned(),
            ..AnalogySection::default()
        };
        let mut sections = Vec::with_capacity(self.sections.len());
        for (name, questions) in &self.sections {
            let ids: Vec<[u32; 4]> = questions
                .iter()
                .filter_map(|question| {
                    let [a, b, c, d] = question.each_ref().map(|word| known.id(word));
                    Some([a?, b?, c?, d?])
                })
                .collect();
            let unknown = questions.len() - ids.len();
            let (wrong, skipped) = if params.unknown_counts {
                (unknown, 0)
            } else {
                (0, unknown)
            };
            let section = AnalogySection {
                section: name.clone(),
                correct: count_correct(&candidates, &known, &ids)?,
                answered: ids.len() + wrong,
                skipped,
                unknown,
            };
            total.correct += section.correct;
            total.answered += section.answered;
            total.skipped += section.skipped;
            total.unknown += section.unknown;
            sections.push(section);
        }
        Ok(AnalogyReport {
            sections,
            total,
            vocab,
        })
    }
}

fn count_correct(candidates: &Vectors, known: &Known, questions: &[[u32; 4]]) -> Result<usize> {
    let mut queries = Array2::<f32>::zeros((questions.len(), candidates.dim()));
    for (mut query, &[a, b, c, _]) in queries.outer_iter_mut().zip(questions) {
        let Some(query) = query.as_slice_mut() else {
            continue;
        };
        for (id, sign) in [(a, -1.0), (b, 1.0), (c, 1.0)] {
            kernels::axpy(sign, &candidates.unit(id), query);
        }
    }
    // The words a, b and c are no answers, in any spelling that counts as the same word.
    let first = |row: u32| known.first.get(row as usize).copied();
    let given = |question: usize, row: u32| {
        let words = questions.get(question).map_or(&[][..], |words| &words[..3]);
        first(row).is_some_and(|row| words.contains(&row))
    };
    let answers =
        candidates.search_batch(queries.view(), 1, |question, row| !given(question, row))?;
    let is_correct = |(answer, question): &(Vec<guide_core::Scored<u32>>, &[u32; 4])| {
        answer
            .first()
            .is_some_and(|answer| first(answer.id) == Some(question[3]))
    };
    Ok(answers
        .into_iter()
        .zip(questions)
        .filter(is_correct)
        .count())
}
