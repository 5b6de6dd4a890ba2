//! Dropout (Srivastava et al., 2014), inverted: training scales up, so that answering does nothing.

use std::marker::PhantomData;

use guide_core::ndarray::{Array, Dimension, Ix2};
use guide_core::{Result, Rng, Tensor, ensure};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{Grad, Layer, Summary, Weights};

/// Each number becomes 0 with probability `rate` while training, and is divided by `1 − rate` otherwise.
///
/// ```
/// use guide_core::{ndarray::Array2, seeded};
/// use nn_core::{Dropout, Layer};
/// let dropout = Dropout::new(0.5)?;
/// let x = Array2::ones((1, 1000));
/// assert_eq!(dropout.infer(&x), x);
/// let (y, _) = dropout.forward(&x, &mut seeded(1));
/// assert!(y.iter().all(|&y| y == 0.0 || y == 2.0));
/// assert!((y.sum() - 1000.0).abs() < 100.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropout<D = Ix2> {
    rate: f32,
    axes: PhantomData<D>,
}

impl<D> Dropout<D> {
    /// Drops with probability `rate`.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] unless `0 <= rate < 1`.
    pub fn new(rate: f32) -> Result<Self> {
        ensure::within("rate", rate, 0.0, 1.0 - f32::EPSILON)?;
        Ok(Self {
            rate,
            axes: PhantomData,
        })
    }
}

impl<D> Weights for Dropout<D> {}

impl<D: Dimension> Layer for Dropout<D> {
    type Input = Array<f32, D>;
    type Output = Array<f32, D>;
    /// The factor of each number: 0 or `1 / (1 − rate)`.
    type Cache = Array<f32, D>;

    fn infer(&self, x: &Array<f32, D>) -> Array<f32, D> {
        x.clone()
    }

    fn forward(&self, x: &Array<f32, D>, rng: &mut Rng) -> (Array<f32, D>, Array<f32, D>) {
        let keep = 1.0 / (1.0 - self.rate);
        let mut factors = x.clone();
        for factor in factors.data_mut() {
            *factor = if rng.random::<f32>() < self.rate {
                0.0
            } else {
                keep
            };
        }
        (x * &factors, factors)
    }

    fn backward(
        &self,
        factors: &Array<f32, D>,
        dy: &Array<f32, D>,
        _: &mut [Grad],
    ) -> Array<f32, D> {
        dy * factors
    }

    fn describe(&self, summary: &mut Summary) {
        summary.same("Dropout", self);
    }
}
