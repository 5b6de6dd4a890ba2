//! Data sets by index, batches of indices, and splits of indices.

use rand::seq::SliceRandom;

use crate::{Error, Result, ensure, seeded, stream};

/// A finite sequence of examples.
pub trait Dataset {
    /// One example.
    type Item;

    /// How many examples there are.
    fn len(&self) -> usize;

    /// The example at `index`.
    ///
    /// # Panics
    /// Past the end, as slices do.
    fn get(&self, index: usize) -> Self::Item;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Clone> Dataset for [T] {
    type Item = T;

    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn get(&self, index: usize) -> T {
        self[index].clone()
    }
}

/// Batches of indices into a [`Dataset`].
///
/// ```
/// use guide_core::Batches;
/// let batches = Batches::sequential(5, 2)?;
/// let batches: Vec<&[usize]> = batches.iter().collect();
/// assert_eq!(batches, [&[0, 1][..], &[2, 3], &[4]]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    order: Vec<usize>,
    /// End of each batch in `order`.
    ends: Vec<usize>,
}

impl Batches {
    /// `0..len` in order, `size` at a time; the last batch may be shorter.
    ///
    /// # Errors
    /// [`Error::Param`] if `size` is 0.
    pub fn sequential(len: usize, size: usize) -> Result<Self> {
        ensure::at_least_one("batch_size", size)?;
        let ends = (1..=len.div_ceil(size))
            .map(|batch| (batch * size).min(len))
            .collect();
        Ok(Self {
            order: (0..len).collect(),
            ends,
        })
    }

    /// `0..len` in the order of `seed`, `size` at a time.
    ///
    /// # Errors
    /// As [`Batches::sequential`].
    pub fn shuffled(len: usize, size: usize, seed: u64) -> Result<Self> {
        let mut batches = Self::sequential(len, size)?;
        batches.order.shuffle(&mut seeded(seed));
        Ok(batches)
    }

    /// Batches whose members have near-by `lengths` (so that padding is short), the batches themselves in the order of `seed`.
    ///
    /// # Errors
    /// As [`Batches::sequential`].
    pub fn bucketed(lengths: &[usize], size: usize, seed: u64) -> Result<Self> {
        let mut batches = Self::shuffled(lengths.len(), size, seed)?;
        batches.order.sort_by_key(|&index| lengths[index]);
        let mut chunks: Vec<&[usize]> = batches.order.chunks(size).collect();
        chunks.shuffle(&mut seeded(seed));
        let ends = chunks.iter().scan(0, |end, chunk| {
            *end += chunk.len();
            Some(*end)
        });
        Ok(Self {
            ends: ends.collect(),
            order: chunks.concat(),
        })
    }

    /// The batches.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.ends.iter().enumerate().map(|(batch, &end)| {
            let start = if batch == 0 { 0 } else { self.ends[batch - 1] };
            &self.order[start..end]
        })
    }
}

/// Two ascending index sets of `0..len`: a test part of `round(len * test_fraction)` drawn by `seed`, and the rest.
///
/// Returns `(train, test)`.
///
/// # Errors
/// [`Error::Param`] unless `0 < test_fraction < 1` leaves both parts non-empty.
///
/// ```
/// let (train, test) = guide_core::holdout(10, 0.3, 7)?;
/// assert_eq!((train.len(), test.len()), (7, 3));
/// assert!(test.is_sorted() && test.iter().all(|index| !train.contains(index)));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn holdout(len: usize, test_fraction: f32, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    ensure::within("test_fraction", test_fraction, 0.0, 1.0)?;
    let n_test = (len as f64 * f64::from(test_fraction)).round() as usize;
    if n_test == 0 || n_test == len {
        let expected = format!("a fraction that splits {len} examples in two non-empty parts");
        return Err(Error::param("test_fraction", test_fraction, expected));
    }
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut seeded(seed));
    let mut train = order.split_off(n_test);
    train.sort_unstable();
    order.sort_unstable();
    Ok((train, order))
}

/// Two ascending index sets of a test part and the rest, drawn by `seed` for every label on its own: of a label with `n`
/// examples `round(n * test_fraction)`, but at most `n - 1`, are the test part.
///
/// Returns `(train, test)`. The test part is empty if every label is too rare.
///
/// # Errors
/// [`Error::Param`] unless `0 < test_fraction < 1`.
///
/// ```
/// let labels = ["a", "b", "a", "b", "a", "a", "c"];
/// let (train, test) = guide_core::stratified_holdout(&labels, 0.5, 7)?;
/// let of = |places: Vec<usize>| places.into_iter().map(|i| labels[i]).collect::<String>();
/// assert_eq!((of(train).len(), of(test).replace('b', "")), (4, "aa".to_owned())); // two of a, one of b, none of c
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn stratified_holdout<L: Ord>(
    labels: &[L],
    test_fraction: f32,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>)> {
    if !(test_fraction > 0.0 && test_fraction < 1.0) {
        let expected = "above 0 and below 1";
        return Err(Error::param("test_fraction", test_fraction, expected));
    }
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&index| &labels[index]);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    let of_labels = order.chunk_by_mut(|&a, &b| labels[a] == labels[b]);
    for (number, indices) in of_labels.enumerate() {
        indices.shuffle(&mut stream(seed, number as u64));
        let n_test = (f64::from(test_fraction) * indices.len() as f64).round() as usize;
        let (drawn, others) = indices.split_at(n_test.min(indices.len() - 1));
        test.extend_from_slice(drawn);
        train.extend_from_slice(others);
    }
    train.sort_unstable();
    test.sort_unstable();
    Ok((train, test))
}

/// `k` pairs `(train, test)` of ascending indices: the test parts are disjoint, cover `0..len` and differ by at most one in size.
///
/// # Errors
/// [`Error::Param`] unless `2 <= k <= len`.
///
/// ```
/// let folds = guide_core::k_fold(5, 2, 7)?;
/// let sizes: Vec<_> = folds.iter().map(|(train, test)| (train.len(), test.len())).collect();
/// assert_eq!(sizes, [(2, 3), (3, 2)]);
/// assert_eq!(folds[0].0, folds[1].1); // what one fold learns from, the other is tested on
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn k_fold(len: usize, k: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    if k < 2 || k > len {
        return Err(Error::param(
            "folds",
            k,
            format!("between 2 and the number of examples, {len}"),
        ));
    }
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut seeded(seed));
    let mut fold_of = vec![0_usize; len];
    for (position, &index) in order.iter().enumerate() {
        fold_of[index] = position % k;
    }
    Ok((0..k)
        .map(|fold| (0..len).partition(|&index| fold_of[index] != fold))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_cover_every_index_once() {
        let folds = k_fold(11, 3, 5).unwrap();
        let mut seen: Vec<usize> = folds.iter().flat_map(|(_, test)| test.clone()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..11).collect::<Vec<_>>());
        assert!(
            folds
                .iter()
                .all(|(train, test)| train.len() + test.len() == 11 && test.len() >= 3)
        );
        assert_eq!(
            k_fold(3, 4, 0).unwrap_err().to_string(),
            "parameter `folds` must be between 2 and the number of examples, 3, but is 4"
        );
    }

    #[test]
    fn holdout_refuses_an_empty_part() {
        let (train, test) = holdout(10, 0.2, 1).unwrap();
        assert_eq!((train.len(), test.len()), (8, 2));
        assert!(
            holdout(10, 0.0, 1).is_err()
                && holdout(10, f32::NAN, 1).is_err()
                && holdout(0, 0.5, 1).is_err()
        );
    }

    #[test]
    fn buckets_hold_near_by_lengths_and_every_index() {
        let lengths: Vec<usize> = (0..100).map(|i| i * 7 % 13).collect();
        let batches = Batches::bucketed(&lengths, 10, 3).unwrap();
        let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
        for batch in batches.iter() {
            let of = |index: &usize| lengths[*index];
            assert!(batch.iter().map(of).max().unwrap() - batch.iter().map(of).min().unwrap() <= 2);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_is_an_order_of_every_index() {
        let order = |seed| -> Vec<usize> {
            let batches = Batches::shuffled(103, 10, seed).unwrap();
            let sizes: Vec<usize> = batches.iter().map(<[usize]>::len).collect();
            assert_eq!(sizes, [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 3]);
            batches.iter().flatten().copied().collect()
        };
        let first = order(5);
        assert_eq!(first, order(5));
        assert_ne!(first, order(6));
        assert!(!first.is_sorted());
        let mut seen = first;
        seen.sort_unstable();
        assert_eq!(seen, (0..103).collect::<Vec<_>>());
    }

    #[test]
    fn a_batch_of_nothing_is_refused() {
        assert!(matches!(
            Batches::sequential(3, 0),
            Err(Error::Param { .. })
        ));
        assert_eq!(Batches::sequential(0, 4).unwrap().iter().len(), 0);
    }
}
