//! The form of a fitted [`TfIdf`] in a file: texts and counts; the tables are built again when it is read.

use guide_core::Params;
use serde::{Deserialize, Serialize};

use super::ngrams::{Analyser, NgramKind, Prepared};
use super::terms::Terms;
use super::{KINDS, Part, TfIdf, TfIdfParams};

/// What a file holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    params: TfIdfParams,
    n_texts: usize,
    parts: [StoredPart; 2],
}

/// The terms of one kind.
#[derive(Serialize, Deserialize)]
struct StoredPart {
    /// All terms, one behind the other.
    text: String,
    /// The end of each term in `text`, in bytes.
    ends: Vec<u32>,
    /// In how many texts each term occurs.
    df: Vec<u32>,
}

impl From<TfIdf> for Stored {
    fn from(tfidf: TfIdf) -> Self {
        let parts = tfidf.parts.map(|part| StoredPart {
            text: part.terms.text().to_owned(),
            ends: part.terms.ends().to_vec(),
            df: part.df,
        });
        Self {
            params: tfidf.params,
            n_texts: tfidf.n_texts,
            parts,
        }
    }
}

impl TryFrom<Stored> for TfIdf {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let params = stored.params;
        params.validate().map_err(|error| error.to_string())?;
        let analyser = Analyser::new(&params);
        let mut parts = [Part::default(), Part::default()];
        for ((part, kind), stored_part) in parts.iter_mut().zip(KINDS).zip(stored.parts) {
            let terms = terms_of(&stored_part, &analyser, kind)?;
            let df = stored_part.df;
            if let Some(bad) = df
                .iter()
                .find(|&&df| df == 0 || df as usize > stored.n_texts)
            {
                return Err(format!("a term in {bad} of {} texts", stored.n_texts));
            }
            *part = Part::new(&params, stored.n_texts, terms, df);
        }
        let n_features = parts[0].terms.len() + parts[1].terms.len();
        if n_features == 0 || u32::try_from(n_features).is_err() {
            return Err(format!("{n_features} terms"));
        }
        Ok(Self {
            params,
            n_texts: stored.n_texts,
            parts,
            analyser,
        })
    }
}

/// The terms with their hashes, which only the n-grams of a text have.
fn terms_of(part: &StoredPart, analyser: &Analyser, kind: NgramKind) -> Result<Terms, String> {
    if part.ends.len() != part.df.len() {
        return Err(format!(
            "{} terms with {} counts",
            part.ends.len(),
            part.df.len()
        ));
    }
    let mut terms: Vec<(&str, u64)> = Vec::with_capacity(part.ends.len());
    let (mut start, mut characters) = (0, Vec::new());
    for &end in &part.ends {
        let end = end as usize;
        let Some(term) = part.text.get(start..end).filter(|term| !term.is_empty()) else {
            return Err(format!(
                "a term from byte {start} to {end} of {}",
                part.text.len()
            ));
        };
        if let Some((last, _)) = terms.last()
            && *last >= term
        {
            return Err(format!("the term `{term}` behind `{last}`"));
        }
        let hash = analyser
            .hash_of(kind, term, &mut characters)
            .ok_or_else(|| format!("`{term}`, which is no n-gram of its kind"))?;
        terms.push((term, hash));
        start = end;
    }
    if start != part.text.len() {
        return Err(format!("terms up to byte {start} of {}", part.text.len()));
    }
    Ok(Terms::new(terms.into_iter()))
}

impl Analyser {
    /// The hash of a term; `None` if it has not the form of one.
    fn hash_of(
        &self,
        kind: NgramKind,
        term: &str,
        characters: &mut Vec<(u32, char)>,
    ) -> Option<u64> {
        let prepared = Prepared::of_term(kind, term);
        let mut hash = None;
        self.each_of_whole(kind, &prepared, characters, |ngram| {
            if ngram.start == 0 && ngram.end as usize == term.len() {
                hash = Some(ngram.hash);
            }
        });
        hash
    }
}
