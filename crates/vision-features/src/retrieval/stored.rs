//! A picture as the index keeps it.

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::VisualVocabulary;
use super::vocabulary::DIM;
use crate::{Features, Keypoint};

/// A picture of the index: what is compared, and the word of each descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Picture {
    pub(super) id: u32,
    /// `(x, y)` of each key point.
    pub(super) places: Vec<[f32; 2]>,
    #[serde(with = "flat")]
    pub(super) descriptors: Vec<[u8; DIM]>,
    pub(super) words: Vec<u32>,
}

impl Picture {
    pub(super) fn new(
        id: u32,
        features: Features<[u8; DIM]>,
        vocabulary: &VisualVocabulary,
    ) -> Result<Self> {
        check(&features)?;
        Ok(Self {
            id,
            places: features.keypoints.iter().map(place).collect(),
            words: vocabulary.words_of(&features.descriptors),
            descriptors: features.descriptors,
        })
    }

    /// Why its parts do not fit together or to a vocabulary of `n_words`, where they do not.
    pub(super) fn misfit(&self, n_words: usize) -> Option<String> {
        let n = self.places.len();
        if self.descriptors.len() != n || self.words.len() != n {
            return Some(format!(
                "{n} places with {} descriptors and {} words",
                self.descriptors.len(),
                self.words.len()
            ));
        }
        if let Some(word) = self.words.iter().find(|word| **word as usize >= n_words) {
            return Some(format!("word {word} of {n_words}"));
        }
        let mut numbers = self.places.as_flattened().iter();
        let lost = numbers.find(|number| !number.is_finite());
        lost.map(|number| format!("a key point at {number}"))
    }
}

fn place(keypoint: &Keypoint) -> [f32; 2] {
    [keypoint.x, keypoint.y]
}

/// Refuses features of which one part is missing or nowhere.
pub(super) fn check(features: &Features<[u8; DIM]>) -> Result<()> {
    if features.descriptors.len() != features.keypoints.len() {
        return Err(Error::Shape {
            what: "descriptors".to_owned(),
            expected: vec![features.keypoints.len(), DIM],
            got: vec![features.descriptors.len(), DIM],
        });
    }
    let places: Vec<[f32; 2]> = features.keypoints.iter().map(place).collect();
    let numbers = places.as_flattened();
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(Error::NotFinite {
            what: "coordinate of key point".to_owned(),
            index: at / 2,
            value: f64::from(numbers[at]),
        }),
        None => Ok(()),
    }
}

/// Descriptors in a file: one run of bytes.
mod flat {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::DIM;

    pub(super) fn serialize<S: Serializer>(
        descriptors: &[[u8; DIM]],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        descriptors.as_flattened().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<[u8; DIM]>, D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        match bytes.as_chunks() {
            (descriptors, []) => Ok(descriptors.to_vec()),
            _ => Err(D::Error::custom(format!(
                "{} bytes are no descriptors of {DIM}",
                bytes.len()
            ))),
        }
    }
}
