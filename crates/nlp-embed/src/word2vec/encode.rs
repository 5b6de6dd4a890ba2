//! Sentences as the numbers of their words.

/// Sentences one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoded {
    pub(super) words: Vec<u32>,
    ends: Vec<usize>,
}

impl Encoded {
    pub(super) fn push(&mut self, sentence: &[u32]) {
        self.words.extend_from_slice(sentence);
        self.ends.push(self.words.len());
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.ends.clear();
    }

    pub(super) fn sentences(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        (starts.zip(&self.ends)).map(|(&start, &end)| &self.words[start..end])
    }

    /// Bytes held for the words and the ends.
    pub(super) fn bytes(&self) -> usize {
        size_of::<u32>() * self.words.capacity() + size_of::<usize>() * self.ends.capacity()
    }
}
