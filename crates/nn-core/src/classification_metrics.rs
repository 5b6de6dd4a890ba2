//! How good the answers of a classifier are: accuracy, precision, recall, F1 and the confusion table.

use std::collections::BTreeMap;

use guide_core::ndarray::ArrayView2;
use guide_core::{Error, Result};
use serde::Serialize;

/// Counts of examples by their class and the class that was predicted for them.
///
/// Of class `c`: precision `tp / predicted`, recall `tp / actual`, `F1 = 2 tp / (predicted + actual)`; each is 0 where its
/// denominator is 0. Accuracy is the share of examples whose class was predicted.
///
/// ```
/// use nn_core::Confusion;
/// let confusion = Confusion::new(&[0, 0, 1, 1, 2], &[0, 1, 1, 1, 1])?;
/// assert_eq!(confusion.accuracy(), 0.6);
/// assert_eq!(confusion.f1(0), 2.0 / 3.0); // tp 1, predicted 1, actual 2
/// assert_eq!(confusion.f1(1), 4.0 / 6.0); // tp 2, predicted 4, actual 2
/// assert_eq!(confusion.f1(2), 0.0); // never predicted
/// assert_eq!(confusion.macro_f1(), (2.0 / 3.0 + 4.0 / 6.0 + 0.0) / 3.0);
/// assert_eq!(confusion.count(2, 1), 1);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    n_classes: usize,
    /// Actual class, predicted class and how many examples have them; rising, none of 0. Memory grows with the examples, not with the
    /// square of the classes.
    pairs: Vec<(u32, u32, u64)>,
    /// Each actual class and its examples, rising.
    actual: Vec<(u32, u64)>,
    /// Each predicted class and its examples, rising.
    predicted: Vec<(u32, u64)>,
}

impl Confusion {
    /// Counts the pairs of actual and predicted classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ in number, [`Error::Empty`] without examples.
    pub fn new(actual: &[u32], predicted: &[u32]) -> Result<Self> {
        if actual.len() != predicted.len() {
            return Err(Error::Shape {
                what: "the predictions, one for each example".to_owned(),
                expected: vec![actual.len()],
                got: vec![predicted.len()],
            });
        }
        let largest = actual.iter().chain(predicted).max();
        let largest = *largest.ok_or_else(|| Error::empty("the list of examples"))? as usize;
        let mut pairs = BTreeMap::new();
        let (mut of_actual, mut of_predicted) = (BTreeMap::new(), BTreeMap::new());
        for (&actual, &predicted) in actual.iter().zip(predicted) {
            *pairs.entry((actual, predicted)).or_insert(0) += 1;
            *of_actual.entry(actual).or_insert(0) += 1;
            *of_predicted.entry(predicted).or_insert(0) += 1;
        }
        let pairs = pairs.into_iter().map(|((a, p), count)| (a, p, count));
        Ok(Self {
            n_classes: largest + 1,
            pairs: pairs.collect(),
            actual: of_actual.into_iter().collect(),
            predicted: of_predicted.into_iter().collect(),
        })
    }

    /// One more than the largest class, actual or predicted.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Examples of class `actual` that were predicted to be of class `predicted`; 0 for classes that do not exist.
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        let pair = (actual, predicted);
        let place = |&(a, p, _): &(u32, u32, u64)| (a as usize, p as usize).cmp(&pair);
        let found = self.pairs.binary_search_by(place);
        found.map_or(0, |at| self.pairs[at].2)
    }

    /// The number of examples.
    pub fn n_examples(&self) -> u64 {
        self.actual.iter().map(|(_, count)| count).sum()
    }

    /// The share of examples whose class was predicted.
    pub fn accuracy(&self) -> f64 {
        let right = self.pairs.iter().filter(|(a, p, _)| a == p);
        let right: u64 = right.map(|(.., count)| count).sum();
        right as f64 / self.n_examples() as f64
    }

    /// The share of the predictions of `class` that are right.
    pub fn precision(&self, class: usize) -> f64 {
        share(self.count(class, class), self.predicted(class))
    }

    /// The share of the examples of `class` that were predicted to be of it.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.count(class, class), self.actual(class))
    }

    /// The harmonic mean of precision and recall of `class`.
    pub fn f1(&self, class: usize) -> f64 {
        let both = self.predicted(class) + self.actual(class);
        share(2 * self.count(class, class), both)
    }

    /// The mean F1 of all classes that are the actual or the predicted class of an example, as scikit-learn's
    /// `f1_score(average="macro")`.
    pub fn macro_f1(&self) -> f64 {
        let actual = self.actual.iter().map(|&(class, _)| class as usize);
        let predicted = self.predicted.iter().map(|&(class, _)| class as usize);
        let only_predicted = predicted.filter(|&class| self.actual(class) == 0);
        let mut met: Vec<usize> = actual.chain(only_predicted).collect();
        met.sort_unstable();
        let sum: f64 = met.iter().map(|&class| self.f1(class)).sum();
        sum / met.len() as f64
    }

    fn actual(&self, class: usize) -> u64 {
        examples_of(&self.actual, class)
    }

    fn predicted(&self, class: usize) -> u64 {
        examples_of(&self.predicted, class)
    }
}

/// The examples of a class in a rising list, 0 if it is not there.
fn examples_of(counts: &[(u32, u64)], class: usize) -> u64 {
    let found = counts.binary_search_by(|&(other, _)| (other as usize).cmp(&class));
    found.map_or(0, |at| counts[at].1)
}

fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

/// Refuses classes that are not one for each row of `scores`, or a class without a column. `what` and `one` name the classes and one of them in errors.
pub(crate) fn check_classes(
    (what, one): (&str, &'static str),
    scores: ArrayView2<'_, f32>,
    classes: &[u32],
) -> Result<()> {
    let (n, n_classes) = scores.dim();
    if classes.len() != n {
        return Err(Error::Shape {
            what: what.to_owned(),
            expected: vec![n],
            got: vec![classes.len()],
        });
    }
    match classes.iter().find(|&&class| class as usize >= n_classes) {
        Some(&class) => Err(Error::out_of_range(one, class as usize, n_classes)),
        None => Ok(()),
    }
}

/// The share of examples whose class has one of the `k` largest scores; `scores` is `[examples, classes]`. A score equal to that of the
/// class counts as larger: a classifier that gives all classes the same score has a share of 0.
///
/// ```
/// use guide_core::ndarray::array;
/// let scores = array![[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]];
/// assert_eq!(nn_core::top_k_accuracy(scores.view(), &[0, 1, 0], 1)?, 1.0 / 3.0);
/// assert_eq!(nn_core::top_k_accuracy(scores.view(), &[0, 1, 0], 2)?, 1.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without examples, [`Error::Shape`] for another number of classes of examples, [`Error::OutOfRange`] for a class without a
/// column.
pub fn top_k_accuracy(scores: ArrayView2<'_, f32>, classes: &[u32], k: usize) -> Result<f64> {
    if scores.nrows() == 0 {
        return Err(Error::empty("the list of examples"));
    }
    check_classes(
        ("the classes, one for each example", "class"),
        scores,
        classes,
    )?;
    let rows = scores.outer_iter().zip(classes);
    let right = rows.filter(|(row, class)| {
        let own = row[**class as usize];
        row.iter().filter(|&&score| score >= own).count() <= k
    });
    Ok(right.count() as f64 / classes.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_were_not_met_do_not_count() {
        // Class 1 is neither actual nor predicted.
        let confusion = Confusion::new(&[0, 2, 2], &[0, 2, 0]).unwrap();
        assert_eq!(confusion.n_classes(), 3);
        // class 0: tp 1, predicted 2, actual 1; class 2: tp 1, predicted 1, actual 2
        assert!((confusion.macro_f1() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((confusion.precision(0), confusion.recall(0)), (0.5, 1.0));
        assert_eq!((confusion.precision(2), confusion.recall(2)), (1.0, 0.5));
        assert_eq!((confusion.precision(1), confusion.recall(1)), (0.0, 0.0));
        assert_eq!(confusion.count(7, 0), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |a: &[u32], b: &[u32]| Confusion::new(a, b).unwrap_err().to_string();
        assert!(refused(&[0], &[]).contains("expected shape [1], got [0]"));
        assert!(refused(&[], &[]).contains("is empty"));
    }

    /// A table of all pairs of these classes would take 8 · 10¹⁰ bytes and more.
    #[test]
    fn memory_grows_with_the_examples() {
        let actual: Vec<u32> = (0..100_000).collect();
        let predicted = vec![7; 100_000];
        let confusion = Confusion::new(&actual, &predicted).unwrap();
        assert_eq!(confusion.accuracy(), 1e-5);
        assert_eq!(
            (confusion.n_examples(), confusion.count(7, 7)),
            (100_000, 1)
        );
        // F1 of class 7 is 2 / (1 + 100,000), that of the others 0.
        assert!((confusion.macro_f1() - 2.0 / 100_001.0 / 100_000.0).abs() < 1e-15);
        let far = Confusion::new(&[u32::MAX], &[0]).unwrap();
        assert_eq!((far.accuracy(), far.macro_f1()), (0.0, 0.0));
    }
}
