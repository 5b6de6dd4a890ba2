//! Which tags may begin, follow one another and end: hard constraints of a CRF.

use guide_core::{Error, Result};

/// The allowed sequences of tags.
///
/// ```
/// use nlp_rnn::AllowedTags;
/// let allowed = AllowedTags::iob2(&["O", "B-color", "I-color", "B-brand"])?;
/// assert!(allowed.allows(&[0, 1, 2])); // O B-color I-color
/// assert!(!allowed.allows(&[0, 2])); // O I-color
/// assert!(!allowed.allows(&[3, 2])); // B-brand I-color
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedTags {
    start: Vec<bool>,
    /// Row = the tag before.
    next: Vec<bool>,
}

impl AllowedTags {
    /// The sequences of IOB2 by the names of the tags: `I-x` only after `B-x` or `I-x`. All else is allowed.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] if every tag is `I-`, so that no sequence could begin.
    pub fn iob2<T: AsRef<str>>(tags: &[T]) -> Result<Self> {
        let kind = |tag: usize, prefixes: &[&str]| {
            let name = tags[tag].as_ref();
            prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))
        };
        let inside = |tag| kind(tag, &["I-"]);
        let start: Vec<bool> = (0..tags.len()).map(|tag| inside(tag).is_none()).collect();
        if !start.contains(&true) {
            return Err(Error::Unsuitable {
                algorithm: "crf",
                needed: "a tag other than I-, which cannot begin".to_owned(),
            });
        }
        let follows = |before, after| {
            inside(after).is_none_or(|name| kind(before, &["B-", "I-"]) == Some(name))
        };
        let pairs =
            (0..tags.len()).flat_map(|before| (0..tags.len()).map(move |after| (before, after)));
        let next = pairs
            .map(|(before, after)| follows(before, after))
            .collect();
        Ok(Self { start, next })
    }

    /// Tags it is about.
    pub fn n_tags(&self) -> usize {
        self.start.len()
    }

    /// Whether a sequence may begin with `tag`. False for an unknown one.
    pub fn begins(&self, tag: usize) -> bool {
        self.start.get(tag).copied().unwrap_or(false)
    }

    /// Whether `after` may follow `before`. False for an unknown one.
    pub fn follows(&self, before: usize, after: usize) -> bool {
        let k = self.n_tags();
        before < k && after < k && self.next[before * k + after]
    }

    /// Whether a sequence is allowed.
    pub fn allows(&self, tags: &[u32]) -> bool {
        self.first_misfit(tags).is_none()
    }

    /// The first word whose tag is not allowed where it stands.
    pub(super) fn first_misfit(&self, tags: &[u32]) -> Option<usize> {
        let fits = |word: usize| match word.checked_sub(1) {
            None => self.begins(tags[0] as usize),
            Some(before) => self.follows(tags[before] as usize, tags[word] as usize),
        };
        (0..tags.len()).find(|&word| !fits(word))
    }
}
