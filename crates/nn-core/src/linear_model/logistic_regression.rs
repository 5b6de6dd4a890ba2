//! Multinomial logistic regression with L2 regularisation on dense and sparse features, with the objective of scikit-learn's
//! `LogisticRegression` (Pedregosa et al., 2011).

use guide_core::ndarray::{Array2, ArrayViewMut1};
use guide_core::{Fit, Params, Progress, Result};
use serde::{Deserialize, Serialize};

use super::example_loss::ExampleLoss;
use super::features::FeatureRows;
use super::scores::LinearScores;
use super::{LabelledRows, LinearModelReport, LogisticRegressionParams, train};

/// Class probabilities that are the softmax of linear scores `z = W x + b`; for two classes the sigmoid of one score.
///
/// Trained by minimising `C Σ s_i ℓ(z_i, y_i) + ½ ‖W‖²` over the examples with the weights `s_i` of their classes; `ℓ` is the
/// negative logarithm of the probability of the right class. Intercepts are not regularised. This is the objective of
/// scikit-learn, so weights and probabilities are equal within the tolerance of the training.
///
/// ```
/// use guide_core::{Fit, ndarray::array};
/// use nn_core::{LabelledRows, LogisticRegression};
/// // Symmetric examples: the intercept is 0, and w solves w = 2 / (1 + e^w), so w = 0.6748.
/// let (x, labels) = (array![[1.0], [-1.0]], [1, 0]);
/// let model = LogisticRegression::params().tol(1e-6).fit(&LabelledRows::new(&x, &labels))?;
/// assert!((model.weights()[[0, 0]] - 0.6748).abs() < 1e-4 && model.intercepts()[0].abs() < 1e-4);
/// assert_eq!(model.predict(&array![[0.3], [-2.0]])?, [1, 0]);
/// let p = model.predict_proba(&array![[1.0]])?;
/// assert!((p[[0, 1]] - 0.6626).abs() < 1e-4); // 1 / (1 + e^-0.6748)
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogisticRegression {
    params: LogisticRegressionParams,
    scores: LinearScores,
    #[serde(skip)]
    report: Option<LinearModelReport>,
}

impl LogisticRegression {
    /// The default parameters.
    pub fn params() -> LogisticRegressionParams {
        LogisticRegressionParams::default()
    }

    /// The parameters that it was trained with.
    pub fn trained_params(&self) -> &LogisticRegressionParams {
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

    /// The number of features.
    pub fn n_features(&self) -> usize {
        self.scores.n_features()
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

    /// The scores of each example, shape `[examples, classes]`: the logarithms of its class probabilities but for a constant.
    /// For two classes the score of class 0 is 0, and that of class 1 is scikit-learn's `decision_function`.
    ///
    /// # Errors
    /// [`Error::Shape`](guide_core::Error::Shape) for another number of features, [`Error::NotFinite`](guide_core::Error::NotFinite) for NaN and infinities.
    pub fn decision<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Array2<f32>> {
        self.scores.decision(features)
    }

    /// Puts the scores of one sparse example into `scores`, as [`LogisticRegression::decision`]. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Shape`](guide_core::Error::Shape) if `columns` and `values`, or `scores` and the classes, differ in number, [`Error::OutOfRange`](guide_core::Error::OutOfRange) for a
    /// column that does not exist, [`Error::NotFinite`](guide_core::Error::NotFinite) for NaN and infinities.
    pub fn decision_of(&self, columns: &[u32], values: &[f32], scores: &mut [f32]) -> Result<()> {
        self.scores.decision_of(columns, values, scores)
    }

    /// The probabilities of the classes of each example, shape `[examples, classes]`.
    ///
    /// # Errors
    /// As [`LogisticRegression::decision`].
    pub fn predict_proba<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Array2<f32>> {
        let mut scores = self.decision(features)?;
        scores.outer_iter_mut().for_each(softmax);
        Ok(scores)
    }

    /// The most probable class of each example; of several the first.
    ///
    /// # Errors
    /// As [`LogisticRegression::decision`].
    pub fn predict<'a>(&self, features: impl Into<FeatureRows<'a>>) -> Result<Vec<u32>> {
        self.scores.predict(features)
    }
}

impl Fit<LabelledRows<'_>> for LogisticRegressionParams {
    type Model = LogisticRegression;

    /// # Errors
    /// As [`LogisticRegressionParams::fit_from`].
    fn fit_with(
        &self,
        data: &LabelledRows<'_>,
        progress: &dyn Progress,
    ) -> Result<LogisticRegression> {
        self.fit_from(data, None, progress)
    }
}

impl LogisticRegressionParams {
    /// Trains from the weights of `start`, which saves iterations if it was trained on similar data, or from weights of 0.
    /// `progress` may stop the training, which then gives the model as it is.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param) for a parameter out of its range, [`Error::Shape`](guide_core::Error::Shape) for labels or a `start` that do not fit,
    /// [`Error::NotFinite`](guide_core::Error::NotFinite) for NaN and infinities, [`Error::Unsuitable`](guide_core::Error::Unsuitable) for fewer than two classes or a class without
    /// examples, [`Error::Diverged`](guide_core::Error::Diverged) if the features are so large that the loss overflows.
    pub fn fit_from(
        &self,
        data: &LabelledRows<'_>,
        start: Option<&LogisticRegression>,
        progress: &dyn Progress,
    ) -> Result<LogisticRegression> {
        let start = start.map(|start| &start.scores);
        let (scores, report) = train::fit(self, ExampleLoss::Logistic, data, start, progress)?;
        Ok(LogisticRegression {
            params: self.clone(),
            scores,
            report: Some(report),
        })
    }
}

/// Replaces scores by their softmax.
fn softmax(mut scores: ArrayViewMut1<'_, f32>) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.mapv_inplace(|score| (score - largest).exp());
    let sum = scores.sum();
    scores.mapv_inplace(|p| p / sum);
}
