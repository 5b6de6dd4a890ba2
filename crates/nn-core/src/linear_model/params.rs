//! Parameters of logistic regression.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// How much the examples of each class count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeight {
    /// Each example counts 1.
    #[default]
    None,
    /// An example of class `c` counts `n / (n_classes · n_c)`, so that all classes count the same.
    Balanced,
    /// The weight of each class, in the order of the class numbers.
    Given(Vec<f32>),
}

impl ClassWeight {
    /// The weight of each class, of which `counts` has the numbers of examples. A class without examples counts as one with one.
    ///
    /// # Errors
    /// [`Error::Shape`] for given weights of another number of classes.
    ///
    /// ```
    /// use nn_core::ClassWeight;
    /// assert_eq!(ClassWeight::Balanced.of_classes(&[3, 1])?, [4.0 / 6.0, 2.0]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn of_classes(&self, counts: &[usize]) -> Result<Vec<f32>> {
        match self {
            Self::None => Ok(vec![1.0; counts.len()]),
            Self::Balanced => {
                let (n, k) = (counts.iter().sum::<usize>() as f64, counts.len() as f64);
                let weight = |&count: &usize| (n / (k * count.max(1) as f64)) as f32;
                Ok(counts.iter().map(weight).collect())
            }
            Self::Given(weights) if weights.len() == counts.len() => Ok(weights.clone()),
            Self::Given(weights) => Err(Error::Shape {
                what: "class_weight, one number for each class".to_owned(),
                expected: vec![counts.len()],
                got: vec![weights.len()],
            }),
        }
    }

    /// Checks that given weights are finite and above 0.
    ///
    /// # Errors
    /// [`Error::Param`] with the name `class_weight` otherwise.
    pub fn check(&self) -> Result<()> {
        if let Self::Given(weights) = self
            && let Some(bad) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0))
        {
            let expected = "finite numbers above 0, one for each class";
            return Err(Error::param("class_weight", bad, expected));
        }
        Ok(())
    }
}

/// Parameters of [`LogisticRegression`](super::LogisticRegression). The defaults are those of scikit-learn, but for
/// `max_iter` (100 there). No random numbers are drawn, so there is no seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogisticRegressionParams {
    /// Inverse strength of the L2 regularisation (default 1). A larger value fits the training data more closely.
    pub c: f32,
    /// How much the examples of each class count (default: each counts 1).
    pub class_weight: ClassWeight,
    /// Whether each class has an intercept, which is not regularised (default true).
    pub fit_intercept: bool,
    /// Training ends when no component of the gradient of the mean loss is larger (default 1e-4).
    pub tol: f32,
    /// Most iterations of L-BFGS (default 1000).
    pub max_iter: usize,
    /// Steps that L-BFGS remembers (default 6). More need fewer iterations, each of which takes longer.
    pub history: usize,
    /// Most bytes that the training may take beside the features (default 8 GiB); more is an error. It takes
    /// `4 · features · outputs · (2 · history + 4)` bytes and more.
    pub max_bytes: u64,
}

impl Default for LogisticRegressionParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            class_weight: ClassWeight::None,
            fit_intercept: true,
            tol: 1e-4,
            max_iter: 1000,
            history: 6,
            max_bytes: 8 << 30,
        }
    }
}

guide_core::setters!(LogisticRegressionParams {
    c: f32,
    class_weight: ClassWeight,
    fit_intercept: bool,
    tol: f32,
    max_iter: usize,
    history: usize,
    max_bytes: u64,
});

impl Params for LogisticRegressionParams {
    fn validate(&self) -> Result<()> {
        ensure::positive("c", self.c)?;
        ensure::positive("tol", self.tol)?;
        ensure::at_least_one("max_iter", self.max_iter)?;
        ensure::at_least_one("history", self.history)?;
        self.class_weight.check()
    }
}
