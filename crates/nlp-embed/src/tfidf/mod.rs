//! TF-IDF features of word and character n-grams (Salton and Buckley, 1988, "Term-weighting approaches in automatic text
//! retrieval"), with the conventions of scikit-learn's `TfidfVectorizer`.

mod count;
mod ngrams;
mod params;
mod stored;
mod terms;
#[cfg(test)]
mod tests;

pub use ngrams::NgramKind;
pub use params::{TfIdfParams, WordTokenizer};

use guide_core::{Error, Fit, Params, Progress, Result, SparseRows};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use ngrams::{Analyser, Prepared};
use terms::Terms;

/// Longest text in bytes: positions within a text are 32-bit numbers, and lower-casing may lengthen a text.
const LONGEST_TEXT: usize = 1 << 30;
/// Texts that one task turns into rows.
const BLOCK: usize = 128;
const KINDS: [NgramKind; 2] = [NgramKind::Words, NgramKind::Characters];

/// Turns a text into a sparse row of TF-IDF values, one for each n-gram that was kept when the value was fitted.
///
/// A term `t` that occurs `c` times in a text has the value `tf(c) · idf(t)`, with `tf(c) = 1 + ln c` and
/// `idf(t) = ln((1 + n) / (1 + df(t))) + 1` of `n` texts, `df(t)` of them with the term. The part of the word n-grams and the
/// part of the character n-grams are then each divided by their Euclidean length, as a `FeatureUnion` of two vectorizers does.
/// Columns: first the word n-grams, then the character n-grams, each in the order of their characters. A term that was not
/// kept is ignored; a text without a known term gives an empty row.
///
/// ```
/// use nlp_embed::{NgramKind, TfIdf, TfIdfParams};
/// let (tfidf, rows) = TfIdfParams::sklearn().fit_transform(&["red coat", "red hat"])?;
/// assert_eq!(tfidf.term(0), Some((NgramKind::Words, "coat")));
/// // coat: ln(3/2) + 1 = 1.4055, red: ln(3/3) + 1 = 1; the length is 1.7249
/// let (columns, values) = rows.row(0);
/// assert_eq!(columns, [0, 2]);
/// assert!((values[0] - 0.8148).abs() < 1e-4 && (values[1] - 0.5797).abs() < 1e-4);
/// assert_eq!(tfidf.row("a blue coat")?.columns(), [0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Serialize, Deserialize)]
#[serde(try_from = "stored::Stored", into = "stored::Stored")]
pub struct TfIdf {
    params: TfIdfParams,
    n_texts: usize,
    parts: [Part; 2],
    analyser: Analyser,
}

/// The terms of one kind.
#[derive(Clone, Debug, Default)]
struct Part {
    terms: Terms,
    /// In how many texts each term occurs.
    df: Vec<u32>,
    /// The inverse document frequency of each term; 1 if it is not used.
    idf: Vec<f32>,
}

/// A sparse row, with the buffers that make it: reused from text to text, so that nothing is allocated.
#[derive(Clone, Debug, Default)]
pub struct TfIdfRow {
    columns: Vec<u32>,
    values: Vec<f32>,
    prepared: Prepared,
    characters: Vec<(u32, char)>,
    met: Vec<u32>,
}

impl TfIdfRow {
    /// The columns, ascending.
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// The value of each column.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl<S: AsRef<str> + Sync> Fit<[S]> for TfIdfParams {
    type Model = TfIdf;

    /// # Errors
    /// As [`TfIdfParams::fit_transform`]. `progress` hears of nothing, since a step takes seconds.
    fn fit_with(&self, texts: &[S], _: &dyn Progress) -> Result<TfIdf> {
        Ok(self.counted(texts)?.0)
    }
}

impl TfIdfParams {
    /// Fits on `texts` and gives their rows: sooner than fitting and transforming, because each text is prepared once.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter out of its range, [`Error::Empty`] without texts or without a kept n-gram,
    /// [`Error::Unsuitable`] for a text above 1 GiB or for terms of more than 4 GiB together.
    pub fn fit_transform<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<(TfIdf, SparseRows)> {
        let (tfidf, prepared) = self.counted(texts)?;
        let rows = tfidf.rows(&prepared, |text, row| {
            tfidf.fill(
                text,
                &mut row.columns,
                &mut row.values,
                &mut row.characters,
                &mut row.met,
            );
            Ok(())
        })?;
        Ok((tfidf, rows))
    }

    fn counted<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<(TfIdf, Vec<Prepared>)> {
        self.validate()?;
        if texts.is_empty() {
            return Err(Error::empty("the list of texts"));
        }
        texts
            .iter()
            .try_for_each(|text| ensure_short(text.as_ref()))?;
        let analyser = Analyser::new(self);
        let prepared: Vec<Prepared> = texts
            .par_iter()
            .map(|text| {
                let mut prepared = Prepared::default();
                analyser.prepare(text.as_ref(), &mut prepared);
                prepared
            })
            .collect();
        let mut parts = [Part::default(), Part::default()];
        for (part, kind) in parts.iter_mut().zip(KINDS) {
            let used = match kind {
                NgramKind::Words => analyser.word_ngrams,
                NgramKind::Characters => analyser.char_ngrams,
            };
            if used.is_some() {
                let (terms, df) = count::count(self, &analyser, kind, &prepared)?;
                *part = Part::new(self, texts.len(), terms, df);
            }
        }
        let tfidf = TfIdf {
            params: self.clone(),
            n_texts: texts.len(),
            parts,
            analyser,
        };
        if tfidf.n_features() == 0 {
            return Err(Error::empty(format!(
                "the list of n-grams that at least {} of {} texts have and at most {} of all (min_df, max_df)",
                self.min_df,
                texts.len(),
                self.max_df
            )));
        }
        Ok((tfidf, prepared))
    }
}

impl Part {
    fn new(params: &TfIdfParams, n_texts: usize, terms: Terms, df: Vec<u32>) -> Self {
        let smooth = if params.smooth_idf { 1.0 } else { 0.0 };
        let idf = |df: &u32| match params.use_idf {
            true => (((n_texts as f64 + smooth) / (f64::from(*df) + smooth)).ln() + 1.0) as f32,
            false => 1.0,
        };
        Self {
            idf: df.iter().map(idf).collect(),
            terms,
            df,
        }
    }
}

impl TfIdf {
    /// The default parameters.
    pub fn params() -> TfIdfParams {
        TfIdfParams::default()
    }

    /// The parameters that it was fitted with.
    pub fn fitted_params(&self) -> &TfIdfParams {
        &self.params
    }

    /// The number of columns of a row.
    pub fn n_features(&self) -> usize {
        self.parts[0].terms.len() + self.parts[1].terms.len()
    }

    /// The number of texts that it was fitted on.
    pub fn n_texts(&self) -> usize {
        self.n_texts
    }

    /// The kind and the text of the n-gram of a column; `None` if there is no such column.
    pub fn term(&self, column: usize) -> Option<(NgramKind, &str)> {
        let n_words = self.parts[0].terms.len();
        match column.checked_sub(n_words) {
            None => Some((NgramKind::Words, self.parts[0].terms.get(column)?)),
            Some(column) => Some((NgramKind::Characters, self.parts[1].terms.get(column)?)),
        }
    }

    /// The inverse document frequency of a column; `None` if there is no such column.
    pub fn idf(&self, column: usize) -> Option<f32> {
        let n_words = self.parts[0].terms.len();
        match column.checked_sub(n_words) {
            None => self.parts[0].idf.get(column).copied(),
            Some(column) => self.parts[1].idf.get(column).copied(),
        }
    }

    /// The row of a text.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a text above 1 GiB.
    pub fn row(&self, text: &str) -> Result<TfIdfRow> {
        let mut row = TfIdfRow::default();
        self.row_into(text, &mut row)?;
        Ok(row)
    }

    /// Puts the row of a text into `row`, whose buffers are reused.
    ///
    /// # Errors
    /// As [`TfIdf::row`].
    pub fn row_into(&self, text: &str, row: &mut TfIdfRow) -> Result<()> {
        ensure_short(text)?;
        let TfIdfRow {
            columns,
            values,
            prepared,
            characters,
            met,
        } = row;
        self.analyser.prepare(text, prepared);
        self.fill(prepared, columns, values, characters, met);
        Ok(())
    }

    /// The rows of many texts.
    ///
    /// # Errors
    /// As [`TfIdf::row`].
    pub fn transform<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<SparseRows> {
        self.rows(texts, |text, row| self.row_into(text.as_ref(), row))
    }

    /// The rows that `fill` makes of `texts`, block by block.
    fn rows<T: Sync>(
        &self,
        texts: &[T],
        fill: impl Fn(&T, &mut TfIdfRow) -> Result<()> + Sync,
    ) -> Result<SparseRows> {
        let blocks: Vec<SparseRows> = texts
            .par_chunks(BLOCK)
            .map_init(TfIdfRow::default, |row, block| {
                let mut rows = SparseRows::new(self.n_features());
                for text in block {
                    fill(text, row)?;
                    rows.push(&row.columns, &row.values)?;
                }
                Ok(rows)
            })
            .collect::<Result<_>>()?;
        let mut rows = SparseRows::new(self.n_features());
        blocks.iter().try_for_each(|block| rows.append(block))?;
        Ok(rows)
    }

    fn fill(
        &self,
        text: &Prepared,
        columns: &mut Vec<u32>,
        values: &mut Vec<f32>,
        characters: &mut Vec<(u32, char)>,
        met: &mut Vec<u32>,
    ) {
        columns.clear();
        values.clear();
        let mut first_column = 0;
        for (part, kind) in self.parts.iter().zip(KINDS) {
            let whole = text.text(kind);
            met.clear();
            self.analyser.each(kind, text, characters, |ngram| {
                let slice = &whole[ngram.start as usize..ngram.end as usize];
                met.extend(part.terms.find(ngram.hash, slice));
            });
            met.sort_unstable();
            let first = values.len();
            let mut squares = 0.0_f64;
            for same in met.chunk_by(|a, b| a == b) {
                let count = same.len() as f32;
                let tf = match self.params.sublinear_tf {
                    true => 1.0 + count.ln(),
                    false => count,
                };
                let value = tf * part.idf[same[0] as usize];
                squares += f64::from(value) * f64::from(value);
                columns.push(first_column + same[0]);
                values.push(value);
            }
            if self.params.l2_norm && squares > 0.0 {
                let scale = 1.0 / squares.sqrt();
                for value in &mut values[first..] {
                    *value = (f64::from(*value) * scale) as f32;
                }
            }
            first_column += part.terms.len() as u32;
        }
    }
}

impl std::fmt::Debug for TfIdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TfIdf")
            .field("params", &self.params)
            .field("n_texts", &self.n_texts)
            .field("n_features", &self.n_features())
            .finish_non_exhaustive()
    }
}

impl Clone for TfIdf {
    fn clone(&self) -> Self {
        Self {
            params: self.params.clone(),
            n_texts: self.n_texts,
            parts: self.parts.clone(),
            analyser: Analyser::new(&self.params),
        }
    }
}

/// Refuses a text whose positions might not fit into 32 bits.
fn ensure_short(text: &str) -> Result<()> {
    if text.len() <= LONGEST_TEXT {
        return Ok(());
    }
    Err(Error::Unsuitable {
        algorithm: "TF-IDF",
        needed: format!(
            "texts of at most {LONGEST_TEXT} bytes; one has {} bytes",
            text.len()
        ),
    })
}
