//! Counting words and pairs, in bounded memory, and scoring the pairs.

use std::collections::HashMap as Scores;

use guide_core::{Progress, Result};
use hashbrown::{HashMap, HashSet};

use super::params::{PhraseScoring, PhrasesParams};
use crate::Sentences;
use crate::corpus::{WORDS_A_LOOK, Watch};

/// What stands between the words of a pair: no tokenizer leaves a line's end in a token, and blanks are in some.
pub(super) const BETWEEN: &str = "\n";

/// How often words and candidates for phrases were met.
#[derive(Default)]
struct Counts {
    words: HashMap<String, u64>,
    /// By their words, joined.
    pairs: HashMap<String, u64>,
    /// All words, connectors too.
    n_tokens: u64,
    /// Counts up to this are dropped by the next pruning.
    rare: u64,
}

/// The phrases of `sentences`: pairs of words with a score above the threshold. The key is the two words, joined.
///
/// # Errors
/// [`Error::Cancelled`](guide_core::Error::Cancelled) if `progress` ends the counting: the counts of a part of the text would
/// give other phrases. Those of `sentences`.
pub(super) fn scores<S: Sentences + ?Sized>(
    params: &PhrasesParams,
    sentences: &S,
    progress: &dyn Progress,
) -> Result<Scores<String, f64>> {
    let connectors: HashSet<&str> = params.connector_words.iter().map(String::as_str).collect();
    let mut counts = Counts::default();
    let watch = Watch::new(progress);
    let mut next_look = 0;
    sentences.walk(&mut |tokens| {
        if counts.n_tokens >= next_look {
            next_look = counts.n_tokens + WORDS_A_LOOK as u64;
            watch.look()?;
        }
        counts.meet(tokens, &connectors);
        counts.prune(params.max_vocab);
        Ok(())
    })?;
    let scored = counts.pairs.iter().filter_map(|(pair, &count)| {
        let score = counts.score(pair, count, params)?;
        (score > params.threshold).then(|| (pair.clone(), score))
    });
    Ok(scored.collect())
}

impl Counts {
    fn meet(&mut self, tokens: &[&str], connectors: &HashSet<&str>) {
        self.n_tokens += tokens.len() as u64;
        let mut start = None;
        for (place, token) in tokens.iter().enumerate() {
            if connectors.contains(token) {
                continue;
            }
            *self.words.entry_ref(*token).or_insert(0) += 1;
            if let Some(pair) = start.and_then(|start| tokens.get(start..=place)) {
                *self.pairs.entry(pair.join(BETWEEN)).or_insert(0) += 1;
            }
            start = Some(place);
        }
    }

    fn prune(&mut self, max_vocab: usize) {
        if self.words.len() + self.pairs.len() > max_vocab {
            let rare = self.rare;
            self.words.retain(|_, count| *count > rare);
            self.pairs.retain(|_, count| *count > rare);
            self.rare += 1;
        }
    }

    /// None where a word was dropped, or the pair was met too seldom.
    fn score(&self, pair: &str, count: u64, params: &PhrasesParams) -> Option<f64> {
        let (first, last) = (pair.split(BETWEEN).next()?, pair.rsplit(BETWEEN).next()?);
        let (a, b) = (
            *self.words.get(first)? as f64,
            *self.words.get(last)? as f64,
        );
        let ab = count as f64;
        match params.scoring {
            PhraseScoring::Original => {
                let vocab = (self.words.len() + self.pairs.len()) as f64;
                Some((ab - params.min_count as f64) / (a * b) * vocab)
            }
            PhraseScoring::Npmi if count < params.min_count => None,
            PhraseScoring::Npmi => {
                let n = self.n_tokens as f64;
                let (a, b, ab) = (a / n, b / n, ab / n);
                Some((ab / (a * b)).ln() / -ab.ln())
            }
        }
    }
}
