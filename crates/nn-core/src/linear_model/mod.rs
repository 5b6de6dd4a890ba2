//! Linear classifiers with L2 regularisation on dense and sparse features: multinomial logistic regression and the linear support vector machine.

mod example_loss;
mod features;
mod lbfgs;
mod linear_svm;
mod logistic_regression;
mod objective;
mod params;
mod scores;
#[cfg(test)]
mod tests;
mod train;
mod vectors;

pub use features::FeatureRows;
pub use lbfgs::LinearModelReport;
pub use linear_svm::{LinearSvm, LinearSvmParams};
pub use logistic_regression::LogisticRegression;
pub use params::{ClassWeight, LogisticRegressionParams};

/// Features with the class of each example.
#[derive(Clone, Copy, Debug)]
pub struct LabelledRows<'a> {
    /// One example a row.
    pub features: FeatureRows<'a>,
    /// The class of each example, from 0. Every class up to the largest must have an example.
    pub labels: &'a [u32],
}

impl<'a> LabelledRows<'a> {
    /// Features with the class of each example.
    pub fn new(features: impl Into<FeatureRows<'a>>, labels: &'a [u32]) -> Self {
        Self {
            features: features.into(),
            labels,
        }
    }
}
