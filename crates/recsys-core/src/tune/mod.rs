//! Search for good parameters: grid, random, and successive halving (Jamieson and Talwalkar, 2016).

mod space;
#[cfg(test)]
mod tests;
mod validation;

use std::time::Instant;

use guide_core::{Error, Params, Result, by_name, ensure};
use rayon::prelude::*;

use space::{Settings, Space};

pub use validation::{RankingMeasure, Validation};

/// Whether low or high values are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Low ones: errors.
    Minimize,
    /// High ones: rankings.
    Maximize,
}

/// How to go through the space.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// Every combination; needs lists for all fields.
    Grid,
    /// Settings drawn one by one; what is drawn twice is tried once.
    Random {
        /// How many to draw.
        n_trials: usize,
        /// Which ones.
        seed: u64,
    },
    /// Random settings tried with little of a resource; of each round, the best go on with `factor` times as much.
    Halving {
        /// How many to draw.
        n_trials: usize,
        /// Which ones.
        seed: u64,
        /// The field that is the resource, such as `n_epochs`.
        resource: String,
        /// What the first round has of it.
        min: usize,
        /// What the last round has of it.
        max: usize,
        /// How many times more the next round has, and how many times fewer settings: usually 3.
        factor: usize,
    },
}

/// One setting that was tried.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// Fields and their values; the others stood as in the base parameters.
    pub settings: Vec<(String, String)>,
    /// The round of successive halving, from 0.
    pub round: usize,
    /// What was measured, or why nothing was.
    pub outcome: std::result::Result<f64, String>,
    /// Seconds taken.
    pub seconds: f64,
}

/// What a search found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tuned<P> {
    /// The best parameters: train them on the whole training part.
    pub params: P,
    /// What was measured with them on the validation part.
    pub value: f64,
    /// Their place in [`Tuned::trials`].
    pub best: usize,
    /// Everything that was tried, in order.
    pub trials: Vec<Trial>,
}

/// A search over the fields of some parameters, which are set by name as on the command line.
///
/// ```
/// use recsys_core::{BiasParams, Biases, Duplicates, split, testing::small_ratings};
/// use recsys_core::tune::{Goal, Search, Tuner, Validation};
///
/// let train = small_ratings(1); // A test part was cut off before.
/// let validation = Validation::new(&train, Duplicates::Refuse, |train| split::ratio(train, 0.2, 1))?;
/// let tuned = Tuner::new(BiasParams::default(), Goal::Minimize)
///     .one_of("reg_user", [1, 15, 1000])
///     .log_uniform("reg_item", 0.1, 1000.0)
///     .run(&Search::Random { n_trials: 12, seed: 7 }, |params| {
///         let biases = Biases::fit(params, &validation.train)?;
///         let (records, ratings) = (&validation.records, validation.records.ratings().unwrap_or(&[]));
///         let pairs = records.users().iter().zip(records.items()).zip(ratings);
///         Ok(pairs.map(|((&u, &i), &r)| (biases.estimate(Some(u), Some(i)) - f64::from(r)).powi(2)).sum())
///     })?;
/// assert_eq!(tuned.trials.len(), 12);
/// assert!(tuned.params.reg_user < 1000.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tuner<P> {
    base: P,
    goal: Goal,
    space: Space,
    parallel: bool,
}

impl<P: Params + Send + Sync> Tuner<P> {
    /// A search around `base`, whose fields stay as they are unless the space names them.
    pub fn new(base: P, goal: Goal) -> Self {
        Self {
            base,
            goal,
            space: Space::default(),
            parallel: true,
        }
    }

    /// Tries each of `values` for `field`.
    #[must_use]
    pub fn one_of<V: ToString>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.space.one_of(
            field,
            values.into_iter().map(|value| value.to_string()).collect(),
        );
        self
    }

    /// Draws `field` evenly from `low..=high`.
    #[must_use]
    pub fn uniform(mut self, field: &str, low: f32, high: f32) -> Self {
        self.space.uniform(field, low, high);
        self
    }

    /// Draws `field` from `low..=high` so that its logarithm is even: for rates and regularisation.
    #[must_use]
    pub fn log_uniform(mut self, field: &str, low: f32, high: f32) -> Self {
        self.space.log_uniform(field, low, high);
        self
    }

    /// Draws `field` evenly from the whole numbers `low..=high`.
    #[must_use]
    pub fn integers(mut self, field: &str, low: usize, high: usize) -> Self {
        self.space.integers(field, low, high);
        self
    }

    /// Whether trials run at the same time (they do unless this says otherwise). With `false` each trial has all threads, and only
    /// one model is in memory. The result is the same.
    #[must_use]
    pub fn parallel(mut self, parallel: bool) -> Self {
        self.parallel = parallel;
        self
    }

    /// Tries settings and measures each with `measure`: train on [`Validation::train`], then ask [`Validation::rank`] or
    /// [`Validation::rmse`]. A failing
    /// trial is recorded and never the best; of equal values the first is.
    ///
    /// # Errors
    /// [`Error::UnknownParam`] and [`Error::Param`] for fields that are not there or values that do not read, for an empty space or range, a grid
    /// with ranges in it, or a resource that does not fit; [`Error::Unsuitable`] when every trial failed.
    pub fn run(
        &self,
        search: &Search,
        measure: impl Fn(&P) -> Result<f64> + Sync,
    ) -> Result<Tuned<P>> {
        self.space.check(&self.base)?;
        let mut trials = Vec::new();
        let mut settings = match search {
            Search::Grid => self.space.grid()?,
            Search::Random { n_trials, seed } | Search::Halving { n_trials, seed, .. } => {
                self.space.draw(*n_trials, *seed)?
            }
        };
        let Search::Halving {
            resource,
            min,
            max,
            factor,
            ..
        } = search
        else {
            return self.finish(trials, self.try_all(settings, 0, &measure));
        };
        self.check_resource(resource, *min, *max, *factor)?;
        let (mut amount, mut round) = (*min, 0);
        loop {
            for setting in &mut settings {
                setting.retain(|(field, _)| field != resource);
                setting.push((resource.clone(), amount.to_string()));
            }
            let tried = self.try_all(settings, round, &measure);
            settings = self.best_of(&tried, tried.len().div_ceil(*factor));
            if amount == *max || settings.is_empty() {
                return self.finish(trials, tried);
            }
            // A single survivor needs no further race.
            let more = amount.saturating_mul(*factor).min(*max);
            amount = if settings.len() == 1 { *max } else { more };
            round += 1;
            trials.extend(tried);
        }
    }

    fn check_resource(&self, resource: &str, min: usize, max: usize, factor: usize) -> Result<()> {
        ensure::at_least_one("min", min)?;
        if max < min {
            return Err(Error::param("max", max, format!("at least min = {min}")));
        }
        if factor < 2 {
            return Err(Error::param("factor", factor, "at least 2"));
        }
        if self.space.names(resource) {
            return Err(Error::param(
                "resource",
                resource,
                "a field that the space does not name",
            ));
        }
        by_name::set(&self.base, resource, &max.to_string()).map(|_| ())
    }

    fn try_all(
        &self,
        settings: Vec<Settings>,
        round: usize,
        measure: &(impl Fn(&P) -> Result<f64> + Sync),
    ) -> Vec<Trial> {
        let attempt = |settings: Settings| {
            let start = Instant::now();
            let measured = self.with(&settings).and_then(|params| {
                params.validate()?;
                measure(&params)
            });
            let outcome = match measured {
                Ok(value) if value.is_finite() => Ok(value),
                Ok(value) => Err(format!("the measure is {value}")),
                Err(error) => Err(error.to_string()),
            };
            Trial {
                settings,
                round,
                outcome,
                seconds: start.elapsed().as_secs_f64(),
            }
        };
        if self.parallel {
            settings.into_par_iter().map(attempt).collect()
        } else {
            settings.into_iter().map(attempt).collect()
        }
    }

    fn with(&self, settings: &Settings) -> Result<P> {
        let set =
            |params: P, (field, value): &(String, String)| by_name::set(&params, field, value);
        settings.iter().try_fold(self.base.clone(), set)
    }

    /// The places of the trials that succeeded, best first, ties by place.
    fn ranked(&self, trials: &[Trial]) -> Vec<(usize, f64)> {
        let value = |(place, trial): (usize, &Trial)| Some((place, *trial.outcome.as_ref().ok()?));
        let mut ranked: Vec<(usize, f64)> = trials.iter().enumerate().filter_map(value).collect();
        ranked.sort_by(|(_, a), (_, b)| match self.goal {
            Goal::Minimize => a.total_cmp(b),
            Goal::Maximize => b.total_cmp(a),
        });
        ranked
    }

    fn best_of(&self, trials: &[Trial], n: usize) -> Vec<Settings> {
        let ranked = self.ranked(trials).into_iter().take(n);
        ranked
            .map(|(place, _)| trials[place].settings.clone())
            .collect()
    }

    fn finish(&self, mut trials: Vec<Trial>, last_round: Vec<Trial>) -> Result<Tuned<P>> {
        let Some(&(place, value)) = self.ranked(&last_round).first() else {
            let mut failures = trials
                .iter()
                .chain(&last_round)
                .rev()
                .filter_map(|t| t.outcome.as_ref().err());
            let reason = failures.next().cloned().unwrap_or_default();
            return Err(Error::Unsuitable {
                algorithm: "tuning",
                needed: format!("a trial that succeeds, but all failed, the last with: {reason}"),
            });
        };
        let params = self.with(&last_round[place].settings)?;
        let best = trials.len() + place;
        trials.extend(last_round);
        Ok(Tuned {
            params,
            value,
            best,
            trials,
        })
    }
}
