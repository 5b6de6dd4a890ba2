//! A text as numbers of words, one stream with a special token at the end of each sentence.

use guide_core::{Error, Result};
use nlp_embed::{Sentences, Vocabulary};

use super::params::LanguageModelParams;

/// What stands at the end of each sentence.
pub(super) const END: &str = "<eos>";
/// What stands for a word that is not in the vocabulary.
pub(super) const UNKNOWN: &str = "<unk>";

/// A text as numbers of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WordStream {
    /// The words of all sentences, each sentence followed by `<eos>`.
    pub(super) words: Vec<u32>,
    /// Words that are not in the vocabulary and stand as `<unk>`; an `<unk>` that the text itself has is not among them.
    pub(super) n_unknown: usize,
}

/// The vocabulary of a training text, with `<eos>` and `<unk>`.
pub(super) fn vocabulary<S: Sentences + ?Sized>(
    params: &LanguageModelParams,
    text: &S,
) -> Result<Vocabulary> {
    let all = Vocabulary::params().min_count(1).build(text)?;
    let mut n_sentences = 0_u64;
    text.walk(&mut |_| {
        n_sentences += 1;
        Ok(())
    })?;
    let reserved = |word: &str| word == END || word == UNKNOWN;
    let frequent = all.words().iter().zip(all.counts().iter().copied());
    let frequent: Vec<(&str, u64)> = frequent
        .map(|(word, count)| (word.as_str(), count))
        .filter(|&(word, count)| count >= params.min_count && !reserved(word))
        .take(params.max_words)
        .collect();
    let kept: u64 = frequent.iter().map(|(_, count)| count).sum();
    let ends = all.id(END).map_or(0, |id| all.counts()[id as usize]);
    let unknown = all.n_tokens().saturating_sub(kept + ends);
    let special = [(END, n_sentences + ends), (UNKNOWN, unknown)];
    Vocabulary::from_counts(special.into_iter().chain(frequent))
}

/// The numbers of `<eos>` and `<unk>`.
pub(super) fn special_tokens(vocabulary: &Vocabulary) -> Result<(u32, u32)> {
    let find = |word: &str| {
        let id = vocabulary.id(word);
        id.ok_or_else(|| Error::unknown("word of the vocabulary:", word))
    };
    Ok((find(END)?, find(UNKNOWN)?))
}

/// The text in numbers of the vocabulary.
pub(super) fn stream<S: Sentences + ?Sized>(
    vocabulary: &Vocabulary,
    text: &S,
) -> Result<WordStream> {
    let (end, unknown) = special_tokens(vocabulary)?;
    let mut stream = WordStream::default();
    text.walk(&mut |words| {
        for word in words {
            let id = vocabulary.id(word).unwrap_or_else(|| {
                stream.n_unknown += 1;
                unknown
            });
            stream.words.push(id);
        }
        stream.words.push(end);
        Ok(())
    })?;
    Ok(stream)
}
