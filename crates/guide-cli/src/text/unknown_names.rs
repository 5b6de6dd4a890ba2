//! Labels and tags of test or validation data that training lacks: how often each occurs, and a line about them.

use std::collections::{BTreeMap, HashSet};

/// Names that a line lists. Data may have thousands.
const LISTED: usize = 5;

/// Names that are not known, and how often each occurs.
#[derive(Debug, Default)]
pub struct UnknownNames<'n> {
    counts: BTreeMap<&'n str, usize>,
}

impl<'n> UnknownNames<'n> {
    /// Counts the `names` that are not among `known`.
    pub fn new<K: AsRef<str>>(known: &[K], names: impl IntoIterator<Item = &'n str>) -> Self {
        let known: HashSet<&str> = known.iter().map(AsRef::as_ref).collect();
        let mut found = Self::default();
        for name in names.into_iter().filter(|name| !known.contains(name)) {
            *found.counts.entry(name).or_default() += 1;
        }
        found
    }

    /// How often all of them occur.
    pub fn n(&self) -> usize {
        self.counts.values().sum()
    }

    /// The first names in the order of their characters.
    pub fn listed(&self) -> String {
        let names: Vec<&str> = self.counts.keys().copied().take(LISTED).collect();
        let more = match self.counts.len() > names.len() {
            true => ", ..",
            false => "",
        };
        names.join(", ") + more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_counted_and_the_first_listed() {
        let unknown = UnknownNames::new(&["a", "b"], ["b", "z", "c", "z"]);
        assert_eq!((unknown.n(), unknown.listed()), (3, "c, z".to_owned()));
        let many = UnknownNames::new::<&str>(&[], ["1", "2", "3", "4", "5", "6"]);
        assert_eq!(many.listed(), "1, 2, 3, 4, 5, ..");
        assert_eq!(UnknownNames::new(&["a"], ["a"]).n(), 0);
    }
}
