//! A set of numbers below a bound, one bit each.

/// Numbers of one word.
const WORD: usize = u64::BITS as usize;

/// A set of the numbers `0..size`, one bit each.
///
/// ```
/// use guide_core::Bitmap;
/// let mut odd = Bitmap::of(10, [1, 3, 5, 7, 9]);
/// odd.remove(5);
/// assert_eq!((odd.count(), odd.contains(3), odd.contains(5)), (4, true, false));
/// odd.intersect(&Bitmap::of(10, [0, 1, 9]));
/// assert_eq!(odd.iter().collect::<Vec<_>>(), [1, 9]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    size: usize,
}

impl Bitmap {
    /// No number below `size`.
    pub fn none(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(WORD)],
            size,
        }
    }

    /// All numbers below `size`.
    pub fn all(size: usize) -> Self {
        let mut words = vec![u64::MAX; size.div_ceil(WORD)];
        if let Some(last) = words.last_mut().filter(|_| !size.is_multiple_of(WORD)) {
            *last = (1 << (size % WORD)) - 1;
        }
        Self { words, size }
    }

    /// These numbers, of those below `size`.
    ///
    /// # Panics
    /// If one of them is not below `size`.
    pub fn of(size: usize, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::none(size);
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }

    /// The bound below which the numbers lie.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many numbers are in the set.
    pub fn count(&self) -> usize {
        let ones = self.words.iter().map(|word| word.count_ones() as usize);
        ones.sum()
    }

    /// Whether `number` is in the set; false for those beyond the bound.
    #[inline]
    pub fn contains(&self, number: u32) -> bool {
        let word = self.words.get(number as usize / WORD);
        word.is_some_and(|word| word >> (number as usize % WORD) & 1 == 1)
    }

    /// Puts `number` into the set.
    ///
    /// # Panics
    /// If it is not below [`Bitmap::size`].
    pub fn insert(&mut self, number: u32) {
        let number = number as usize;
        assert!(number < self.size, "{number} in a set below {}", self.size);
        self.words[number / WORD] |= 1 << (number % WORD);
    }

    /// Takes `number` out of the set, if it is there.
    pub fn remove(&mut self, number: u32) {
        if let Some(word) = self.words.get_mut(number as usize / WORD) {
            *word &= !(1 << (number as usize % WORD));
        }
    }

    /// Raises the bound to `size`, so that numbers below it can be put in; a lower `size` changes nothing.
    pub fn grow(&mut self, size: usize) {
        self.size = self.size.max(size);
        self.words.resize(self.size.div_ceil(WORD), 0);
    }

    /// Keeps the numbers that are in `other` too.
    ///
    /// # Panics
    /// If the bounds differ.
    pub fn intersect(&mut self, other: &Self) {
        assert_eq!(self.size, other.size, "sets below different bounds");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// The numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0_u32..).step_by(WORD).zip(&self.words);
        words.flat_map(|(first, &word)| {
            let rest =
                std::iter::successors(Some(word), |&word| (word != 0).then(|| word & (word - 1)));
            let some = rest.take_while(|&word| word != 0);
            some.map(move |word| first + word.trailing_zeros())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_a_set_of_numbers(size in 1_usize..200, steps in proptest::collection::vec((any::<bool>(), 0_u32..200), 0..80), others in proptest::collection::vec(0_u32..200, 0..80)) {
            let (mut set, mut plain) = (Bitmap::none(size), BTreeSet::new());
            for (insert, number) in steps {
                match insert && (number as usize) < size {
                    true => { set.insert(number); plain.insert(number); }
                    false => { set.remove(number); plain.remove(&number); }
                }
            }
            prop_assert_eq!(set.count(), plain.len());
            prop_assert!((0..400).all(|number| set.contains(number) == plain.contains(&number)));
            prop_assert_eq!(set.iter().collect::<BTreeSet<u32>>(), plain.clone());
            let others: BTreeSet<u32> = others.into_iter().filter(|&number| (number as usize) < size).collect();
            set.intersect(&Bitmap::of(size, others.iter().copied()));
            prop_assert_eq!(set.iter().collect::<BTreeSet<u32>>(), &plain & &others);
        }
    }

    #[test]
    fn all_numbers_are_those_below_the_bound() {
        for size in [0, 1, 63, 64, 65, 130] {
            let all = Bitmap::all(size);
            assert_eq!((all.count(), all.size()), (size, size));
            assert!(all.iter().eq(0..size as u32) && !all.contains(size as u32));
        }
    }

    #[test]
    #[should_panic(expected = "7 in a set below 7")]
    fn a_number_beyond_the_bound_cannot_be_in() {
        Bitmap::of(7, [6, 7]);
    }
}
