//! Dropout (Srivastava et al., 2014), inverted: training scales up, so that answering does nothing.

use guide_core::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::random::Draws;
use crate::{Backward, Layer, Mode, Pass, Room, Shape};

/// Each number becomes 0 with probability `rate` while training, and is divided by `1 − rate` otherwise. What is dropped depends
/// on seed, step, stream and the position in the batch, so that the backward pass draws the same again and nothing is kept.
///
/// ```
/// use nn_core::{Dropout, Mode, Pass, Shape, Weights, Workspace};
/// let dropout = Dropout::new(0.5, 1)?;
/// let (weights, x) = (Weights::new(), [1.0; 1000]);
/// let mut work = Workspace::default();
/// let pass = Pass::infer(&weights, 1);
/// assert_eq!(work.forward(&dropout, &pass, Shape::of(&[1000]), &x), x);
/// let pass = Pass { mode: Mode::Train { seed: 1, step: 1 }, ..pass };
/// let y = work.forward(&dropout, &pass, Shape::of(&[1000]), &x);
/// assert!(y.iter().all(|&y| y == 0.0 || y == 2.0));
/// assert!((y.iter().sum::<f32>() - 1000.0).abs() < 100.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropout {
    rate: f32,
    stream: u64,
}

impl Dropout {
    /// Drops with probability `rate`. `stream` numbers its random numbers: two dropouts of one network take two numbers, or they drop
    /// the same places.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] unless `0 <= rate < 1`.
    pub fn new(rate: f32, stream: u64) -> Result<Self> {
        ensure::within("rate", rate, 0.0, 1.0 - f32::EPSILON)?;
        Ok(Self { rate, stream })
    }

    /// The probability.
    pub fn rate(&self) -> f32 {
        self.rate
    }

    /// Multiplies the numbers of a batch, the first of which stands at `position` of the whole batch, by 0 or `1 / (1 − rate)`.
    /// Nothing happens where the pass answers.
    pub fn apply(&self, mode: Mode, position: u64, values: &mut [f32]) {
        let Some(draws) = Draws::of(mode, self.stream).filter(|_| self.rate > 0.0) else {
            return;
        };
        let below = (f64::from(self.rate) * 4_294_967_296.0) as u32;
        let keep = 1.0 / (1.0 - self.rate);
        for (place, value) in values.iter_mut().enumerate() {
            let dropped = draws.bits(position + place as u64) < below;
            *value *= if dropped { 0.0 } else { keep };
        }
    }
}

impl Layer for Dropout {
    fn kind(&self) -> &'static str {
        "Dropout"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        Ok(input)
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        y.copy_from_slice(x);
        self.apply(pass.mode, (pass.first * input.len()) as u64, y);
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        if let Some(dx) = at.dx {
            dx.copy_from_slice(at.dy);
            self.apply(pass.mode, (pass.first * input.len()) as u64, dx);
        }
    }
}
