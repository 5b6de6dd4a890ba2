//! Trains the linear text classifier.

use std::time::Instant;

use guide_core::{Fit, Params, Progress, Result, SparseRows, stratified_holdout};
use nn_core::{Calibration, LabelledRows, LinearModelReport, LogisticRegression};

use super::{LinearClassifier, LinearClassifierParams};
use crate::LabelledTexts;
use crate::labelled_texts::{classes, known_labels, shares};

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
    /// Validation texts that were left out because no training text has their label.
    pub n_unknown_labels: usize,
    /// The regression.
    pub regression: LinearModelReport,
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
    /// Texts of `validation` whose label is unknown are left out of the calibration and counted.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param) for a parameter out of its range, [`Error::Empty`](guide_core::Error::Empty) without texts, without an n-gram that is kept, or if no text of `validation` has a known label,
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
        let given = validation.map(|validation| known_labels(validation, &names));
        let given = given.transpose()?;
        let n_unknown_labels = given.as_ref().map_or(0, |(.., n_unknown)| *n_unknown);
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
        let (calibration, n_calibration) = match given {
            None => (calibration, n_calibration),
            Some((texts, classes, _)) => {
                let scores = regression.decision(&tfidf.transform(&texts)?)?;
                (Calibration::fit(scores.view(), &classes)?, texts.len())
            }
        };
        let shares = shares(&classes, names.len());
        let report = regression.report().map(|&regression| LinearTrainingReport {
            feature_seconds,
            training_seconds: start.elapsed().as_secs_f64(),
            n_calibration,
            n_unknown_labels,
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
        let known = self.frequent_columns(rows, &rest);
        let rest_rows = self.known_rows(rows, &rest, &known)?;
        let rest_labels = labels(&rest);
        let rest = LabelledRows::new(&rest_rows, &rest_labels);
        // The temperature and the start of the second training need no more.
        let loose = self
            .regression
            .clone()
            .tol((10.0 * self.regression.tol).min(f32::MAX));
        let model = loose.fit_from(&rest, None, progress)?;
        let scores = model.decision(&self.known_rows(rows, &drawn, &known)?)?;
        let calibration = Calibration::fit(scores.view(), &labels(&drawn))?;
        Ok((calibration, Some(model), drawn.len()))
    }

    /// Which columns are n-grams of at least `min_df` of the rows at `places`.
    fn frequent_columns(&self, rows: &SparseRows, places: &[usize]) -> Vec<bool> {
        let mut counts = vec![0_usize; rows.n_columns()];
        for &place in places {
            let (columns, _) = rows.row(place);
            columns.iter().for_each(|&c| counts[c as usize] += 1);
        }
        counts.iter().map(|&n| n >= self.features.min_df).collect()
    }

    /// The rows at `places`, as n-grams counted without the held-out texts make them: of the known columns alone, at the length that they
    /// had. With the other columns, whose weights are 0, the scores of held-out texts would be lower than those of new ones, and the
    /// temperature far too low.
    fn known_rows(
        &self,
        rows: &SparseRows,
        places: &[usize],
        known: &[bool],
    ) -> Result<SparseRows> {
        let length = |values: &[f32]| values.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut kept = SparseRows::new(rows.n_columns());
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for &place in places {
            let (all_columns, all_values) = rows.row(place);
            let both = all_columns.iter().zip(all_values);
            let both = both.filter(|(column, _)| known[**column as usize]);
            columns.clear();
            values.clear();
            both.for_each(|(&column, &value)| {
                columns.push(column);
                values.push(value);
            });
            if self.features.l2_norm && !values.is_empty() {
                let scale = length(all_values) / length(&values);
                values.iter_mut().for_each(|value| *value *= scale);
            }
            kept.push(&columns, &values)?;
        }
        Ok(kept)
    }
}
