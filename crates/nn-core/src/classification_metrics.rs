//! How good the answers of a classifier are: accuracy, precision, recall, F1 and the confusion table.

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
    /// Row: the class; column: what was predicted.
    counts: Vec<u64>,
}

impl Confusion {
    /// Counts the pairs of actual and predicted classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ in number, [`Error::Empty`] without examples, [`Error::OutOfRange`] for a class above
    /// 65,535, whose table would not fit into memory.
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
        if largest > usize::from(u16::MAX) {
            return Err(Error::out_of_range(
                "class",
                largest,
                usize::from(u16::MAX) + 1,
            ));
        }
        let n_classes = largest + 1;
        let mut counts = vec![0; n_classes * n_classes];
        for (&actual, &predicted) in actual.iter().zip(predicted) {
            counts[actual as usize * n_classes + predicted as usize] += 1;
        }
        Ok(Self { n_classes, counts })
    }

    /// One more than the largest class, actual or predicted.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Examples of class `actual` that were predicted to be of class `predicted`; 0 for classes that do not exist.
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        match actual < self.n_classes && predicted < self.n_classes {
            true => self.counts[actual * self.n_classes + predicted],
            false => 0,
        }
    }

    /// The number of examples.
    pub fn n_examples(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The share of examples whose class was predicted.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.n_classes)
            .map(|class| self.count(class, class))
            .sum();
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
        let met = |&class: &usize| self.actual(class) + self.predicted(class) > 0;
        let f1: Vec<f64> = (0..self.n_classes)
            .filter(met)
            .map(|class| self.f1(class))
            .collect();
        f1.iter().sum::<f64>() / f1.len() as f64
    }

    fn actual(&self, class: usize) -> u64 {
        (0..self.n_classes)
            .map(|predicted| self.count(class, predicted))
            .sum()
    }

    fn predicted(&self, class: usize) -> u64 {
        (0..self.n_classes)
            .map(|actual| self.count(actual, class))
            .sum()
    }
}

fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
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
        assert!(refused(&[70_000], &[0]).contains("class 70000 is out of range"));
    }
}
