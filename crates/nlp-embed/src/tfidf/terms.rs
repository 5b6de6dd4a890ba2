//! The kept n-grams of one kind: their texts in one string, and a table that finds the number of an n-gram.

use hashbrown::HashTable;

/// N-grams in the order of their characters, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    text: String,
    ends: Vec<u32>,
    table: HashTable<(u64, u32)>,
}

impl Terms {
    /// Terms with their hashes, in ascending order.
    pub(super) fn new<'t>(terms: impl ExactSizeIterator<Item = (&'t str, u64)>) -> Self {
        let mut all = Self {
            text: String::new(),
            ends: Vec::with_capacity(terms.len()),
            table: HashTable::with_capacity(terms.len()),
        };
        for (number, (term, hash)) in terms.enumerate() {
            all.text.push_str(term);
            all.ends.push(all.text.len() as u32);
            all.table
                .insert_unique(hash, (hash, number as u32), |&(hash, _)| hash);
        }
        all
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// The number of the n-gram `text` with this hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, text: &str) -> Option<u32> {
        self.table
            .find(hash, |&(known, number)| {
                known == hash && self.get(number as usize) == Some(text)
            })
            .map(|&(_, number)| number)
    }

    /// Bytes of all texts together.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }
}
