//! How well a classifier of pictures answers: accuracy, the share of pictures whose class is among the first k, and the log loss.

use guide_core::{Error, Result};
use nn_core::Confusion;

use super::model::PictureClassifier;
use crate::{Labels, Pictures};

/// The answers of one head on a test part.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadReport {
    /// The name of the labels.
    pub name: String,
    /// The classes: those of the model, then those that only the test part has.
    pub classes: Vec<String>,
    /// Pictures by their class and the class that was found.
    pub confusion: Confusion,
    /// Share of the pictures whose class is among the five most probable ones.
    pub top5: f64,
    /// Mean `−ln p` of the class, over the pictures whose class the model knows.
    pub log_loss: f64,
    /// Pictures whose class the model does not know; each counts as an error.
    pub n_unknown: usize,
}

impl HeadReport {
    /// Share of the pictures whose class is the most probable one.
    pub fn accuracy(&self) -> f64 {
        self.confusion.accuracy()
    }
}

/// The answers of all heads on a test part.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureReport {
    /// One for each head whose labels the test part has.
    pub heads: Vec<HeadReport>,
}

impl PictureClassifier {
    /// Classifies pictures and compares with their labels. A head without labels of its name in `pictures` is left out.
    ///
    /// # Errors
    /// [`Error::Empty`] without pictures, [`Error::Shape`] for another size, [`Error::Unknown`] if no labels have the name of a head.
    pub fn evaluate(&self, pictures: &Pictures) -> Result<PictureReport> {
        if pictures.is_empty() {
            return Err(Error::empty("the set of test pictures"));
        }
        let found = self.classify(pictures)?;
        let mut heads = Vec::new();
        for (number, head) in self.heads().iter().enumerate() {
            let Ok(labels) = pictures.labels(head.name()) else {
                continue;
            };
            let (classes, actual) = in_classes_of(head.classes(), labels);
            let (n_known, n) = (head.classes().len(), pictures.len());
            let (mut predicted, mut top5, mut loss, mut n_unknown) = (Vec::new(), 0, 0.0, 0);
            for (picture, &class) in actual.iter().enumerate() {
                let top = found.top(number, picture, 5);
                predicted.push(top.first().map_or(0, |&(class, _)| class as u32));
                top5 += usize::from(top.iter().any(|&(found, _)| found == class as usize));
                if (class as usize) < n_known {
                    let p = found.probabilities(number)[[picture, class as usize]];
                    loss -= f64::from(p.max(f32::MIN_POSITIVE)).ln();
                } else {
                    n_unknown += 1;
                }
            }
            heads.push(HeadReport {
                name: head.name().to_owned(),
                classes,
                confusion: Confusion::new(&actual, &predicted)?,
                top5: top5 as f64 / n as f64,
                log_loss: loss / (n - n_unknown).max(1) as f64 + 0.0,
                n_unknown,
            });
        }
        if heads.is_empty() {
            let names: Vec<&str> = self.heads().iter().map(|head| head.name()).collect();
            return Err(Error::unknown("labels among the heads", names.join(", ")));
        }
        Ok(PictureReport { heads })
    }
}

/// The classes of the model and after them those that only the labels have, and the class of each picture among these.
pub(super) fn in_classes_of(known: &[String], labels: &Labels) -> (Vec<String>, Vec<u32>) {
    let mut classes = known.to_vec();
    let places: Vec<u32> = labels
        .classes()
        .iter()
        .map(|class| {
            let place = known.iter().position(|known| known == class);
            let place = place.unwrap_or_else(|| {
                classes.push(class.clone());
                classes.len() - 1
            });
            place as u32
        })
        .collect();
    let of = labels.of().iter().map(|&class| places[class as usize]);
    (classes, of.collect())
}
