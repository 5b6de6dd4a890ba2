//! The plain objective: rows of numbers in, rows of numbers to be met.

use guide_core::ndarray::{Array2, Axis};
use guide_core::{Error, Result, Rng};

use crate::{Grad, Layer, Loss, Objective};

/// A [`Loss`] of a layer's output against targets, with a second set held out for validation.
///
/// ```
/// use std::ops::ControlFlow;
/// use guide_core::ndarray::array;
/// use nn_core::{Dense, Init, Loss, Optimizer, Supervised, Trainer};
/// // y = 2 x
/// let mut data = Supervised::new(array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]], Loss::Mse)?;
/// let mut dense = Dense::new(1, 1, Init::Zeros, 0).without_bias();
/// let trainer = Trainer::default().n_epochs(100).optimizer(Optimizer::sgd(0.1));
/// trainer.train("line", &mut dense, &mut data, &mut |_| ControlFlow::Continue(()))?;
/// assert!((dense.weight[[0, 0]] - 2.0).abs() < 1e-4);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Supervised {
    inputs: Array2<f32>,  // [n, in]
    targets: Array2<f32>, // [n, out]
    loss: Loss,
    held_out: Option<(Array2<f32>, Array2<f32>)>,
}

impl Supervised {
    /// Learns `targets` (`[n, out]`) from `inputs` (`[n, in]`).
    ///
    /// # Errors
    /// [`Error::Shape`] when the rows differ in number, [`Error::NotFinite`] for NaN or an infinity.
    pub fn new(inputs: Array2<f32>, targets: Array2<f32>, loss: Loss) -> Result<Self> {
        check(&inputs, &targets)?;
        Ok(Self {
            inputs,
            targets,
            loss,
            held_out: None,
        })
    }

    /// The same with a set for validation.
    ///
    /// # Errors
    /// As [`Supervised::new`].
    pub fn held_out(mut self, inputs: Array2<f32>, targets: Array2<f32>) -> Result<Self> {
        check(&inputs, &targets)?;
        self.held_out = Some((inputs, targets));
        Ok(self)
    }
}

fn check(inputs: &Array2<f32>, targets: &Array2<f32>) -> Result<()> {
    if inputs.nrows() != targets.nrows() {
        return Err(Error::Shape {
            what: "targets".to_owned(),
            expected: vec![inputs.nrows(), targets.ncols()],
            got: vec![targets.nrows(), targets.ncols()],
        });
    }
    for (what, numbers) in [("input", inputs), ("target", targets)] {
        if let Some((index, &value)) = numbers.iter().enumerate().find(|(_, x)| !x.is_finite()) {
            return Err(Error::NotFinite {
                what: what.to_owned(),
                index,
                value: f64::from(value),
            });
        }
    }
    Ok(())
}

impl<M> Objective<M> for Supervised
where
    M: Layer<Input = Array2<f32>, Output = Array2<f32>, Cache: Send>,
{
    /// The cache of the last pass.
    type Workspace = Option<M::Cache>;

    fn n_examples(&self) -> usize {
        self.inputs.nrows()
    }

    fn learn(
        &self,
        model: &M,
        examples: &[usize],
        scale: f32,
        rng: &mut Rng,
        grads: &mut [Grad],
        work: &mut Option<M::Cache>,
    ) -> f64 {
        let (y, cache) = model.forward(&self.inputs.select(Axis(0), examples), rng);
        let target = self.targets.select(Axis(0), examples);
        let (loss, dy) = self.loss.of(&y, &target, scale);
        model.backward(&cache, &dy, grads);
        *work = Some(cache);
        loss
    }

    fn absorb(&self, model: &mut M, shards: &[Option<M::Cache>]) {
        let caches: Vec<&M::Cache> = shards.iter().flatten().collect();
        model.absorb(&caches);
    }

    fn validate(&self, model: &M) -> Option<f64> {
        let (inputs, targets) = self.held_out.as_ref()?;
        let (sum, _) = self.loss.of(&model.infer(inputs), targets, 0.0);
        Some(sum / inputs.nrows().max(1) as f64)
    }
}
