//! The tower of users apart from the users it was trained on: it makes the vector of a history.

use guide_core::{Error, Result};
use nn_core::Weights;
use recsys_core::ItemId;
use serde::{Deserialize, Serialize};

use super::model::{TOWER, vectors};
use super::params::DmfLoss;
use super::tower::{StoredTower, Tower};

/// The tower of users of a [`Dmf`](super::Dmf), with nothing of any user: what a program keeps that asks only by histories, and searches the
/// [vectors of the items](super::Dmf::item_vectors) by an index of its own. The score of an item is the inner product of both vectors; where
/// the model was trained with [`DmfLoss::Nce`] both have length 1, so that it is their cosine.
///
/// ```
/// use recsys_core::{ItemId, Recommender, UserId, testing::events};
/// use recsys_deep::{DmfParams, Fit};
/// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("cy", "hat")]);
/// let dmf = DmfParams::default().n_epochs(2).fit(&data)?;
/// // Ann as somebody who was not there: the same history, so the same vector.
/// let vector = dmf.user_tower().vector(&[(ItemId(0), 1.0), (ItemId(1), 1.0)])?;
/// assert_eq!(vector, dmf.user_vectors().row(0));
/// # Ok::<(), recsys_deep::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct DmfUserTower {
    pub(super) loss: DmfLoss,
    /// What ratings are divided by, where there are any.
    pub(super) highest: Option<f32>,
    pub(super) tower: Tower,
    pub(super) weights: Weights,
}

impl DmfUserTower {
    /// The number of items that a history may name.
    pub fn n_items(&self) -> usize {
        self.tower.first.n_rows()
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.tower.dim()
    }

    /// The vector of a user with this history. The values are ratings where the model was trained on ratings, else they are not looked at.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an item that the model does not have, [`Error::NotFinite`] for a value that is no number, or a vector
    /// beyond the finite numbers.
    pub fn vector(&self, history: &[(ItemId, f32)]) -> Result<Vec<f32>> {
        for (index, &(item, value)) in history.iter().enumerate() {
            if item.index() >= self.n_items() {
                return Err(Error::out_of_range("item", item.index(), self.n_items()));
            }
            if !value.is_finite() {
                return Err(Error::NotFinite {
                    what: "value of history entry".to_owned(),
                    index,
                    value: f64::from(value),
                });
            }
        }
        let value = |rating: f32| self.highest.map_or(1.0, |highest| rating / highest);
        let cell = |&(item, rating): &(ItemId, f32)| (item.0, value(rating));
        let tower = (&self.tower, &self.weights);
        let user = vectors(tower, self.loss, 1, |_| history.iter().map(cell))?;
        Ok(user.row(0).to_vec())
    }
}

/// The tower as it lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    loss: DmfLoss,
    highest: Option<f32>,
    tower: StoredTower,
}

impl From<DmfUserTower> for Stored {
    fn from(tower: DmfUserTower) -> Self {
        Self {
            loss: tower.loss,
            highest: tower.highest,
            tower: StoredTower::of(&tower.weights, &tower.tower),
        }
    }
}

impl TryFrom<Stored> for DmfUserTower {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let mut weights = Weights::new();
        let tower = stored.tower.add_to(&mut weights, TOWER)?;
        if let Some((name, bad)) = weights.not_finite() {
            return Err(format!("`{name}` holds {bad}"));
        }
        if let Some(highest) = stored
            .highest
            .filter(|&highest| highest.is_nan() || highest <= 0.0)
        {
            return Err(format!("a highest rating of {highest}"));
        }
        Ok(Self {
            loss: stored.loss,
            highest: stored.highest,
            tower,
            weights,
        })
    }
}

#[cfg(test)]
mod tests {
    use guide_core::model_file::{decode_payload, encode_payload};
    use guide_core::{ErrorKind, Fit};
    use recsys_core::testing::events;

    use super::*;
    use crate::DmfParams;

    #[test]
    fn it_refuses_what_it_cannot_answer_and_what_no_training_gives() {
        let data = events(&[("ann", "pen"), ("bob", "pen"), ("bob", "hat")]);
        let params = DmfParams::default().hidden(vec![4, 2]).n_epochs(1);
        let tower = params.fit(&data).unwrap().user_tower();
        assert_eq!((tower.n_items(), tower.dim()), (2, 2));
        let kind = |history: &[(ItemId, f32)]| tower.vector(history).unwrap_err().kind();
        assert_eq!(kind(&[(ItemId(2), 1.0)]), ErrorKind::BadRequest);
        assert!(tower.vector(&[(ItemId(0), f32::NAN)]).is_err());
        let read = |tower: &DmfUserTower| {
            let bytes = encode_payload("tower", tower)?;
            decode_payload::<DmfUserTower>("tower", &bytes)
        };
        assert_eq!(read(&tower).unwrap(), tower);
        let mut forged = tower.clone();
        forged.highest = Some(0.0);
        let error = read(&forged).unwrap_err().to_string();
        assert!(error.contains("a highest rating of 0"), "{error}");
        let mut forged = tower;
        let first = forged.tower.first.weight();
        forged.weights.get_mut(first)[0] = f32::NAN;
        let error = read(&forged).unwrap_err().to_string();
        assert!(error.contains("holds NaN"), "{error}");
    }
}
