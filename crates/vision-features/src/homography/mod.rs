//! The projective map between two pictures of a plane, from matches of which some are wrong.

mod dlt;
mod params;
mod ransac;
mod refine;
#[cfg(test)]
mod tests;

use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

pub use params::RansacParams;
pub(crate) use ransac::n_places;
pub use ransac::{HomographyFit, find_homography};

/// A projective map `H` of the plane: `(x, y)` goes to `(u / w, v / w)` with `(u, v, w) = H (x, y, 1)`.
///
/// `H` is known but for a factor; here its last number is 1, or its numbers have the norm 1 where that one is 0.
///
/// ```
/// use vision_features::Homography;
/// let twice_and_right = Homography::new([[2.0, 0.0, 5.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])?;
/// assert_eq!(twice_and_right.apply(1.0, 3.0), Some((7.0, 6.0)));
/// let back = twice_and_right.inverse().unwrap();
/// assert_eq!(back.apply(7.0, 6.0), Some((1.0, 3.0)));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[[f64; 3]; 3]", into = "[[f64; 3]; 3]")]
pub struct Homography([[f64; 3]; 3]);

impl Homography {
    /// The map of a matrix, row by row.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and infinities; [`Error::Unsuitable`] for nothing but zeros.
    pub fn new(matrix: [[f64; 3]; 3]) -> Result<Self> {
        let numbers = matrix.as_flattened();
        if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(Error::NotFinite {
                what: "number of the homography".to_owned(),
                index,
                value: numbers[index],
            });
        }
        let largest = numbers
            .iter()
            .fold(0.0, |most: f64, number| most.max(number.abs()));
        if largest == 0.0 {
            return Err(Error::Unsuitable {
                algorithm: "homography",
                needed: "a matrix that is not all zeros".to_owned(),
            });
        }
        let last = matrix[2][2];
        let factor = if last.abs() > 1e-12 * largest {
            last
        } else {
            // By the largest number first, so that no square overflows.
            let squares = numbers.iter().map(|number| (number / largest).powi(2));
            largest * squares.sum::<f64>().sqrt()
        };
        Ok(Self(matrix.map(|row| row.map(|number| number / factor))))
    }

    /// The matrix, row by row.
    pub fn matrix(&self) -> [[f64; 3]; 3] {
        self.0
    }

    /// Where a point goes; `None` where that is infinitely far.
    ///
    /// ```
    /// use vision_features::Homography;
    /// let tilt = Homography::new([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 1.0]])?;
    /// assert_eq!(tilt.apply(2.0, 4.0), Some((1.0, 2.0)));
    /// assert_eq!(tilt.apply(-2.0, 4.0), None); // on the horizon
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn apply(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let [u, v, w] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        let (x, y) = (u / w, v / w);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// The map back; `None` where the plane is mapped to a line or a point.
    pub fn inverse(&self) -> Option<Self> {
        let back = nalgebra::Matrix3::from(self.0)
            .transpose()
            .try_inverse()?
            .transpose();
        Self::new(back.into()).ok()
    }
}

impl TryFrom<[[f64; 3]; 3]> for Homography {
    type Error = Error;

    fn try_from(matrix: [[f64; 3]; 3]) -> Result<Self> {
        Self::new(matrix)
    }
}

impl From<Homography> for [[f64; 3]; 3] {
    fn from(homography: Homography) -> Self {
        homography.0
    }
}
