//! The linear support vector machine, one class against all others, with the squared hinge loss (Fan et al., 2008, "LIBLINEAR"): the model of
//! scikit-learn's `LinearSVC`.

use guide_core::ndarray::Array2;
use guide_core::{Fit, Params, Progress, Result};
use serde::{Deserialize, Serialize};

use super::example_loss::ExampleLoss;
use super::features::FeatureRows;
use super::scores::LinearScores;
use super::{ClassWeight, LabelledRows, LinearModelReport, LogisticRegressionParams, train};

/// Parameters of [`LinearSvm`]. `c` and `tol` have scikit-learn's default values; the tolerance there is another quantity. No random numbers
/// are drawn, so there is no seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinearSvmParams {
    /// Inverse strength of the L2 regularisation (default 1). A larger value fits the training data more closely.
    pub c: f32,
    /// How much the examples of each class count (default: each counts 1), in the scores of all classes; in `LinearSVC` an example counts 1
    /// in those of classes other than its own.
    pub class_weight: ClassWeight,
    /// Whether each class has an intercept (default true). It is not regularised; that of `LinearSVC` is.
    pub fit_intercept: bool,
    /// Training ends when no component of the gradient of the mean loss is larger (default 1e-4).
    pub tol: f32,
    /// Most iterations of L-BFGS (default 1000).
    pub max_iter: usize,
    /// Most bytes that the training may take beside the features (default 8 GiB); more is an error.
    pub max_bytes: u64,
}

impl Default for LinearSvmParams {
    fn default() -> Self {
        let shared = LogisticRegressionParams::default();
        Self {
            c: shared.c,
            class_weight: shared.class_weight,
            fit_intercept: shared.fit_intercept,
            tol: shared.tol,
            max_iter: shared.max_iter,
            max_bytes: shared.max_bytes,
        }
    }
}

guide_core::setters!(LinearSvmParams {
    c: f32,
    class_weight: ClassWeight,
    fit_intercept: bool,
    tol: f32,
    max_iter: usize,
    max_bytes: u64,
});

impl LinearSvmParams {
    /// The same for the training that both linear classifiers share.
    fn shared(&self) -> LogisticRegressionParams {
        LogisticRegressionParams::default()
            .c(self.c)
            .class_weight(self.class_weight.clone())
            .fit_intercept(self.fit_intercept)
            .tol(self.tol)
            .max_iter(self.max_iter)
            .max_bytes(self.max_bytes)
    }
}

impl Params for LinearSvmParams {
    fn validate(&self) -> Result<()> {
        self.shared().validate()
    }
}

impl Fit<LabelledRows<'_>> for LinearSvmParams {
    type Model = LinearSvm;

    /// # Errors
    /// As [`LogisticRegressionParams::fit_from`].
    fn fit_with(&self, data: &LabelledRows<'_>, progress: &dyn Progress) -> Result<LinearSvm> {
        let loss = ExampleLoss::SquaredHinge;
        let (scores, report) = train::fit(&self.shared(), loss, data, None, progress)?;
        Ok(LinearSvm {
            params: self.clone(),
            scores,
            report: Some(report),
        })
    }
}

/// Linear scores `z = W x + b`, one for each class. The class with the largest score is predicted.
///
/// Trained by minimising `C Σ_i s_i Σ_k max(0, 1 − t_ik z_ik)² + ½ ‖W‖²` over the examples with the weights `s_i` of their classes, where
/// `t_ik` is 1 if example `i` is of class `k` and −1 otherwise. On short texts it makes fewer errors than logistic regression where words
/// and classes are many and examples of each are few. The scores are no logarithms of probabilities; [`Calibration`](crate::Calibration) or
/// [`OpinionPool`](crate::OpinionPool) over their softmax gives probabilities.
///
/// ```
/// use guide_core::{Fit, ndarray::array};
/// use nn_core::{LabelledRows, LinearSvm};
/// // Symmetric examples: the intercept is 0, and 2 (1 − w)² + w²/2 is least at w = 0.8.
/// let (x, labels) = (array![[1.0], [-1.0]], [1, 0]);
/// let model = LinearSvm::params().tol(1e-6).fit(&LabelledRows::new(&x, &labels))?;
/// assert!((model.weights()[[0, 0]] - 0.8).abs() < 1e-4 && model.intercepts()[0].abs() < 1e-4);
/// assert_eq!(model.predict(&array![[0.3], [-2.0]])?, [1, 0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinearSvm {
    params: LinearSvmParams,
    scores: LinearScores,
    #[serde(skip)]
    report: Option<LinearModelReport>,
}

impl LinearSvm {
    /// The default parameters.
    pub fn params() -> LinearSvmParams {
        LinearSvmParams::default()
    }

    /// The parameters that it was trained with.
    pub fn trained_params(&self) -> &LinearSvmParams {
        &self.params
    }

    /// What the training came to; `None` for a model from a file.
    pub fn report(&self) -> Option<&LinearModelReport> {
        self.report.as_ref()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.scores.n_classes
    }

    /// The weights, shape `[features, outputs]`: one output a class, or one output, of class 1, for two classes.
    pub fn weights(&self) -> &Array2<f32> {
        &self.scores.weights
    }

    /// The intercept of each output.
    pub fn intercepts(&self) -> &[f32] {
        &self.scores.intercepts
    }

    /// Checks shapes and numbers, for models from files.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param), or [`Error::Decode`](guide_core::Error::Decode) of the file kind `kind`.
    pub fn check(&self, kind: &str) -> Result<()> {
        self.params.validate()?;
        self.scores.check(kind)
    }

    /// The scores of each example, shape `[examples, classes]`. For two classes the score of class 0 is 0, and that of class 1 is
    /// scikit-learn's `decision_function`.
    ///
    /// # Errors
    /// As [`LogisticRegression::decision`](super::LogisticRegression::decision).
    pub fn decision<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Array2<f32>> {
        self.scores.decision(features)
    }

    /// The class of the largest score of each example; of several the first.
    ///
    /// # Errors
    /// As [`LinearSvm::decision`].
    pub fn predict<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Vec<u32>> {
        self.scores.predict(features)
    }
}
