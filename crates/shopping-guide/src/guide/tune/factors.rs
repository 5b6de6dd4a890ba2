//! Picks the settings of the factors: a short list, ordered by how often each has won, tried within a budget of work.

use std::sync::Arc;
use std::time::Instant;

use guide_core::{Error, Progress, Result};
use recsys_core::metrics::RankingScores;
use recsys_mf::{Confidence, IalsParams};

use super::report::{FactorTrial, TuneReport};
use crate::guide::Guide;
use crate::guide::lists::{AskedShopper, Questions};
use crate::guide::sources::SourceEntry;
use crate::guide::train::go_on;

/// Hits looked at.
const CUT: usize = 20;

/// When to stop.
pub(super) struct Limits {
    pub(super) start: Instant,
    pub(super) seconds: Option<f32>,
    pub(super) budget: u64,
}

/// The work of one training on `interactions` of `rows` shoppers and products together: `epochs · factors · (interactions +
/// factors · rows)`. The second part is the solution of each row's system, which is most of the work for a large catalogue.
pub(super) fn work(params: &IalsParams, interactions: usize, rows: usize) -> u64 {
    let (factors, epochs) = (params.n_factors as u64, params.n_epochs as u64);
    let of_rows = (rows as u64).saturating_mul(factors);
    let of_epoch = of_rows.saturating_add(interactions as u64);
    of_epoch.saturating_mul(factors).saturating_mul(epochs)
}

/// Settings to try beside those given, the most promising first.
fn settings(given: &IalsParams) -> Vec<IalsParams> {
    let rendle = |unobserved: f32, regularization: f32| {
        let params = given.clone().unobserved_weight(unobserved);
        let params = params.regularization(regularization);
        params
            .frequency_exponent(1.0)
            .alpha(1.0)
            .confidence(Confidence::Added)
    };
    let hu = |alpha: f32, regularization: f32| {
        let params = given.clone().unobserved_weight(1.0).alpha(alpha);
        let params = params.regularization(regularization);
        params
            .frequency_exponent(0.0)
            .confidence(Confidence::Replacing)
    };
    let listed = [
        rendle(0.01, 0.1),
        hu(40.0, 10.0),
        rendle(0.003, 0.1),
        hu(10.0, 0.05),
        rendle(0.1, 0.03),
        rendle(0.03, 0.03),
        rendle(0.3, 0.01),
        rendle(1.0, 0.003),
    ];
    listed.into_iter().filter(|one| one != given).collect()
}

/// Trains the factors under one setting after the other, and leaves the model and the settings in the guide that find most
/// alone. A setting must win over the best one so far by more than the standard error of the difference.
pub(super) fn pick(
    guide: &mut Guide,
    asked: &[AskedShopper],
    limits: &Limits,
    report: &mut TuneReport,
    progress: &dyn Progress,
) -> Result<()> {
    let Some((interactions, rows)) = guide
        .taken
        .as_ref()
        .map(|taken| (taken.len(), taken.n_users() + taken.n_items()))
    else {
        return Ok(());
    };
    if guide.fitted("factors").is_none() || guide.params.fusion.factors == 0.0 {
        return Ok(());
    }
    let mut best = measured(guide, asked, progress)?;
    let given = guide.params.factors.clone();
    report.trials.push(FactorTrial::new(
        &given,
        &best,
        work(&given, interactions, rows),
    ));
    let mut picked = 0;
    let settings = settings(&given);
    let n_settings = settings.len();
    for (number, settings) in settings.into_iter().enumerate() {
        let of_trial = work(&settings, interactions, rows);
        let is_late = |seconds: f32| limits.start.elapsed().as_secs_f32() > seconds;
        if report.work().saturating_add(of_trial) > limits.budget
            || limits.seconds.is_some_and(is_late)
        {
            report.untried = n_settings - number;
            break;
        }
        go_on(progress, "tuning")?;
        progress.step("tuning: settings of the factors", number, n_settings);
        let before = guide.clone();
        Arc::make_mut(&mut guide.params).factors = settings.clone();
        match guide.fit_again("factors", progress) {
            Err(Error::Diverged { .. }) => {
                report
                    .trials
                    .push(FactorTrial::diverged(&settings, of_trial));
                *guide = before;
                continue;
            }
            fitted => fitted?,
        }
        let found = measured(guide, asked, progress)?;
        report
            .trials
            .push(FactorTrial::new(&settings, &found, of_trial));
        if is_better(&found, &best) {
            best = found;
            picked = report.trials.len() - 1;
        } else {
            *guide = before;
        }
    }
    if let Some(trial) = report.trials.get_mut(picked) {
        trial.picked = true;
    }
    Ok(())
}

/// What the factors alone find for each shopper.
fn measured(
    guide: &Guide,
    asked: &[AskedShopper],
    progress: &dyn Progress,
) -> Result<Vec<RankingScores>> {
    let questions = Questions {
        asked,
        n: CUT,
        what: "tuning: shoppers asked for the factors",
        progress,
    };
    let is_factors = |entry: &SourceEntry<'_>| entry.source.name() == "factors";
    guide.ask_all(&questions, is_factors, |proposed, one| {
        let candidates = proposed.lists.iter().flat_map(|list| &list.candidates);
        let is_hit = |product: u32| one.wanted.binary_search(&product).is_ok();
        let hits = candidates.enumerate().filter(|(_, hit)| is_hit(hit.id.0));
        let ranks: Vec<usize> = hits.map(|(rank, _)| rank).collect();
        Ok(RankingScores::of(&ranks, one.wanted.len(), CUT))
    })
}

/// Whether the mean difference is above 0 by more than its standard error.
fn is_better(new: &[RankingScores], old: &[RankingScores]) -> bool {
    let worth = |scores: &RankingScores| scores.recall_over_test + scores.ndcg;
    let differences = new
        .iter()
        .zip(old)
        .map(|(new, old)| worth(new) - worth(old));
    let n = new.len().max(2) as f64;
    let (sum, squares) = differences.fold((0.0, 0.0), |(sum, squares), difference| {
        (sum + difference, squares + difference * difference)
    });
    let mean = sum / n;
    let variance = (squares - n * mean * mean).max(0.0) / (n - 1.0);
    mean > (variance / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(values: &[f64]) -> Vec<RankingScores> {
        let score = |&recall: &f64| {
            let mut scores = RankingScores::default();
            scores.recall_over_test = recall;
            scores
        };
        values.iter().map(score).collect()
    }

    #[test]
    fn a_setting_must_win_by_more_than_the_standard_error() {
        let old = scores(&[0.1; 8]);
        assert!(!is_better(&old, &old));
        assert!(is_better(&scores(&[0.2; 8]), &old));
        // One shopper of eight gains and one loses: the mean is below its standard error.
        let mut one = [0.1; 8];
        one[0] = 0.9;
        one[7] = 0.0;
        assert!(!is_better(&scores(&one), &old));
        one[..4].fill(0.9);
        assert!(is_better(&scores(&one), &old));
    }

    #[test]
    fn work_is_counted_without_overflow() {
        let params = IalsParams::default().n_factors(64).n_epochs(16);
        assert_eq!(work(&params, 1000, 0), 1_024_000);
        assert_eq!(work(&params, 1000, 10), 1024 * (1000 + 640));
        assert_eq!(work(&params, usize::MAX, usize::MAX), u64::MAX);
    }

    #[test]
    fn what_was_given_is_not_tried_twice() {
        let given = IalsParams::default();
        let all = settings(&given);
        let again = settings(&all[0]);
        assert_eq!(again.len(), all.len() - 1);
    }
}
