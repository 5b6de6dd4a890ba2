//! Trains the linear text classifier.

use std::time::Instant;

use guide_core::{Fit, Params, Progress, Result, SparseRows, stratified_holdout};
use nn_core::{Calibration, LabelledRows, LogisticRegression, LogisticRegressionReport};

use super::{LinearClassifier, LinearClassifierParams};
use crate::LabelledTexts;
use crate::labelled_texts::{classes, shares};

/// What the training came to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinearTrainingReport {
    /// Seconds for counting n-grams and making rows.
    pub feature_seconds: f64,
    /// Seconds for the regression and the calibration.
    pub training_seconds: f64,
    /// Texts that the calibration was fitted on.
    pub n_calibration: usize,
    /// The regression.
    pub regression: LogisticRegressionReport,
}

impl Fit<LabelledTexts<'_>> for LinearClassifierParams {
    type Model = LinearClassifier;

    /// # Errors
    /// As [`LinearClassifierParams::fit_calibrated`].
    fn fit_with(
        &self,
        data: &LabelledTexts<'_>,
        progress: &dyn Progress,
    ) -> Result<LinearClassifier> {
        self.fit_calibrated(data, None, progress)
    }
}

impl LinearClassifierParams {
    /// Trains on all of `data`. The probabilities are calibrated on `validation`, or, without it, on a share of `data`.
    /// Texts of `validation` whose label is unknown are left out of the calibration.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param) for a parameter out of its range, [`Error::Empty`](guide_core::Error::Empty) without texts or without an n-gram that is kept,
    /// [`Error::Unsuitable`](guide_core::Error::Unsuitable) for texts of fewer than two labels or a text above 1 GiB, [`Error::Shape`](guide_core::Error::Shape) for weights of
    /// classes that are not one for each label.
    pub fn fit_calibrated(
        &self,
        data: &LabelledTexts<'_>,
        validation: Option<&LabelledTexts<'_>>,
        progress: &dyn Progress,
    ) -> Result<LinearClassifier> {
        self.validate()?;
        let (names, classes) = classes(data, "linear text classifier")?;
        let class = |label: &str| names.binary_search(&label).ok().map(|class| class as u32);
        let start = Instant::now();
        let (tfidf, rows) = self.features.fit_transform(data.texts())?;
        let feature_seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (calibration, first, n_calibration) = match validation {
            Some(_) => (Calibration::default(), None, 0),
            None => self.calibrated_on_share(&rows, &classes, names.len(), progress)?,
        };
        let all = LabelledRows::new(&rows, &classes);
        let regression = self.regression.fit_from(&all, first.as_ref(), progress)?;
        let (calibration, n_calibration) = match validation {
            None => (calibration, n_calibration),
            Some(validation) => {
                let known = validation.texts().iter().zip(validation.labels());
                let known = known.filter_map(|(text, label)| Some((*text, class(label)?)));
                let (texts, classes): (Vec<&str>, Vec<u32>) = known.unzip();
                let scores = regression.decision(&tfidf.transform(&texts)?)?;
                (Calibration::fit(scores.view(), &classes)?, texts.len())
            }
        };
        let shares = shares(&classes, names.len());
        let report = regression.report().map(|&regression| LinearTrainingReport {
            feature_seconds,
            training_seconds: start.elapsed().as_secs_f64(),
            n_calibration,
            regression,
        });
        Ok(LinearClassifier {
            params: self.clone(),
            labels: names.into_iter().map(str::to_owned).collect(),
            shares,
            tfidf,
            regression,
            calibration,
            report,
        })
    }

    /// The temperature, fitted on a share of the rows, the model of the other rows, and how many rows the share has.
    fn calibrated_on_share(
        &self,
        rows: &SparseRows,
        classes: &[u32],
        n_classes: usize,
        progress: &dyn Progress,
    ) -> Result<(Calibration, Option<LogisticRegression>, usize)> {
        let none = (Calibration::default(), None, 0);
        if self.calibration_share == 0.0 {
            return Ok(none);
        }
        let (rest, drawn) = stratified_holdout(classes, self.calibration_share, self.seed)?;
        // Of a few texts a share may round to nothing.
        if drawn.len() < n_classes {
            return Ok(none);
        }
        let labels = |places: &[usize]| places.iter().map(|&p| classes[p]).collect::<Vec<_>>();
        let (rest_rows, rest_labels) = (rows.select(&rest), labels(&rest));
        let rest = LabelledRows::new(&rest_rows, &rest_labels);
        let model = self.regression.fit_from(&rest, None, progress)?;
        let scores = model.decision(&rows.select(&drawn))?;
        let calibration = Calibration::fit(scores.view(), &labels(&drawn))?;
        Ok((calibration, Some(model), drawn.len()))
    }
}
