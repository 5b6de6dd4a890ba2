//! What the tuning tried, what it picked, and what that costs, as fields and in words.

use std::fmt;

use recsys_core::metrics::RankingScores;
use recsys_mf::IalsParams;
use serde::Serialize;

/// How the parameters of a guide were fitted to its log.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TuneReport {
    /// Shoppers whose events the trials were fitted to: all, or a sample drawn by the seed where the log is too large.
    pub shoppers: usize,
    /// Shoppers of the whole log.
    pub all_shoppers: usize,
    /// Interactions of a shopper and a product that each trial was fitted to.
    pub interactions: usize,
    /// Shoppers whose later events the trials were measured on.
    pub asked: usize,
    /// Shoppers of the sample who have such events.
    pub all_asked: usize,
    /// The most work that the trials of the factors may take, as [`GuideParams::tune_budget`](crate::GuideParams).
    pub budget: u64,
    /// A limit in seconds, where one was set: then another machine, or the same one under load, may pick other settings.
    pub seconds_limit: Option<f32>,
    /// The settings of the factors that were tried, those given first.
    pub trials: Vec<FactorTrial>,
    /// Settings for which the budget or the time did not suffice.
    pub untried: usize,
    /// What each source finds alone: recall@20 and NDCG@20 together.
    pub alone: Vec<(String, f64)>,
    /// What they find together under the weights that were picked.
    pub fused: f64,
    /// The source whose order is taken as it is, where no fusion is better; the others only fill the places behind it.
    pub prefers: Option<String>,
}

/// One setting of the factors.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FactorTrial {
    /// The setting.
    pub params: IalsParams,
    /// Recall@20 of the factors alone; none where the training diverged.
    pub recall: Option<f64>,
    /// NDCG@20 of the factors alone.
    pub ndcg: Option<f64>,
    /// Its part of the work.
    pub work: u64,
    /// Whether it is the setting of the guide.
    pub picked: bool,
}

impl FactorTrial {
    pub(super) fn new(params: &IalsParams, scores: &[RankingScores], work: u64) -> Self {
        let mean = RankingScores::mean(scores);
        Self {
            // A sum of nothing is −0.
            recall: Some(mean.recall_over_test + 0.0),
            ndcg: Some(mean.ndcg + 0.0),
            ..Self::diverged(params, work)
        }
    }

    pub(super) fn diverged(params: &IalsParams, work: u64) -> Self {
        Self {
            params: params.clone(),
            recall: None,
            ndcg: None,
            work,
            picked: false,
        }
    }

    fn words(&self) -> String {
        let params = serde_json::json!(self.params);
        let field = |name: &str| {
            let value = &params[name];
            let number = value.as_f64().map(|number| (number as f32).to_string());
            let text = value.as_str().map(str::to_owned);
            let value = number
                .or(text)
                .unwrap_or_else(|| "from the data".to_owned());
            format!("{name} {value}")
        };
        let fields = [
            "n_factors",
            "unobserved_weight",
            "alpha",
            "confidence",
            "regularization",
            "frequency_exponent",
        ];
        fields.map(field).join(", ")
    }

    fn figures(&self) -> String {
        match (self.recall, self.ndcg) {
            (Some(recall), Some(ndcg)) => format!("recall@20 {recall:.4}, NDCG@20 {ndcg:.4}"),
            _ => "training diverged".to_owned(),
        }
    }
}

impl TuneReport {
    /// The work of the trials so far.
    pub fn work(&self) -> u64 {
        let works = self.trials.iter().map(|trial| trial.work);
        works.fold(0, u64::saturating_add)
    }

    /// Whether the same seed gives the same guide on any machine.
    pub fn is_reproducible(&self) -> bool {
        self.seconds_limit.is_none()
    }
}

impl fmt::Display for TuneReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  tuned on {} of {} shoppers ({} interactions), asked {} of the {} of them with later events",
            self.shoppers, self.all_shoppers, self.interactions, self.asked, self.all_asked
        )?;
        if let Some(picked) = self.trials.iter().find(|trial| trial.picked) {
            let (n, work) = (self.trials.len(), self.work());
            writeln!(
                f,
                "  factors: {n} settings tried with work {work:.1e} of {:.1e}, {} left out; picked {}: {}",
                self.budget,
                self.untried,
                picked.words(),
                picked.figures()
            )?;
            if let Some(given) = self.trials.first().filter(|given| !given.picked) {
                writeln!(f, "  factors as given: {}", given.figures())?;
            }
        }
        if let Some(seconds) = self.seconds_limit {
            writeln!(
                f,
                "  tuning was limited to {seconds} s: the same seed may give another guide elsewhere"
            )?;
        }
        if let Some(source) = &self.prefers {
            writeln!(
                f,
                "  no fusion finds more than `{source}` alone: its order is taken, the other sources fill the places behind"
            )?;
        }
        Ok(())
    }
}
