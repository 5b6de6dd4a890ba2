//! `guide tune`: finds parameters on a validation part cut from the training part; the test part is met once, at the end.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use guide_core::{Params, Result, by_name};
use recsys_core::tune::{Goal, Search, Tuned, Tuner, Validation};
use recsys_core::{Duplicates, Interactions, Records, evaluate_ratings, split};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::algorithms::{self, Algorithm, Settings};
use crate::data::{RatingFormat, RatingLayout};
use crate::output::{ExtendWith, Output};
use crate::progress::Bar;
use crate::ranking::{RankingFormat, full_ranking};

/// How to go through the space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum How {
    /// Every combination; needs lists for all fields.
    Grid,
    /// Settings drawn one by one.
    Random,
    /// Many settings with little of a resource, the best of them with more.
    Halving,
}

#[derive(Args)]
pub struct TuneArgs {
    /// What to train on; the validation part is cut from it.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Measure the best parameters, trained on the whole training part, on this.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Events: pairs, adjacency or ncf, tuned for NDCG; ratings: ml-100k, ml-1m, csv or tsv, tuned for RMSE.
    #[arg(long)]
    format: String,
    /// The algorithm; `guide algorithms` lists them with their parameters.
    #[arg(long)]
    algo: String,
    /// A field and what to try: `k=20,50,100` for these, `n_factors=16..128` for whole numbers, `regularization=0.001..1.0`
    /// for numbers whose logarithm is drawn evenly.
    #[arg(long, required = true, value_name = "FIELD=VALUES", value_parser = crate::key_value)]
    space: Vec<(String, String)>,
    /// How to go through the space.
    #[arg(long, value_enum, default_value = "grid")]
    search: How,
    /// Settings to draw, unless the search is a grid.
    #[arg(long, default_value_t = 20)]
    trials: usize,
    /// Halving: the field that is the resource, and how much the first and the last round have of it.
    #[arg(long, value_name = "FIELD=FROM..TO", value_parser = crate::key_value)]
    resource: Option<(String, String)>,
    /// The part of the training part that trials are measured on.
    #[arg(long, default_value_t = 0.1, value_name = "FRACTION")]
    validation: f32,
    /// Length of the lists.
    #[arg(long, default_value_t = 20)]
    k: usize,
}

/// Parameters of any algorithm, by field name: what the table of algorithms hands out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Fields(Value);

/// Training checks the fields: only there is it known what they are of.
impl Params for Fields {
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

impl Fields {
    fn of(algorithm: &Algorithm, settings: &Settings) -> Result<Self> {
        let mut fields = Self((algorithm.parameters)());
        for (name, value) in &settings.fields {
            fields = by_name::set(&fields, name, value)?;
        }
        Ok(fields)
    }

    /// Every field as it would be given with `--set`.
    fn settings(&self, seed: Option<u64>) -> Settings {
        let value_of = |name: &str| name.split('.').fold(&self.0, |value, part| &value[part]);
        let text = |name: &String| match value_of(name) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let fields = by_name::names(self)
            .into_iter()
            .filter(|name| seed.is_none() || name != "seed");
        Settings {
            fields: fields.map(|name| (name.clone(), text(&name))).collect(),
            seed,
        }
    }
}

/// Runs `guide tune`.
pub fn run(args: &TuneArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let algorithm = algorithms::find(&args.algo)?;
    let base = Fields::of(algorithm, settings)?;
    let bar = Bar::new(&args.algo);
    let events = RankingFormat::from_str(&args.format, true).ok();
    let ratings = RatingFormat::from_str(&args.format, true)
        .ok()
        .map(RatingLayout::of);
    let read = |path: &PathBuf, known: Option<&Records>| match (events, &ratings, known) {
        (Some(format), ..) => Ok(format.read(path, known)?),
        (None, Some(layout), None) => Ok(layout.read(path)?),
        (None, Some(layout), Some(train)) => Ok(layout.read_test(path, train)?),
        (None, None, _) => Err(anyhow::anyhow!("no format `{}`", args.format)),
    };
    let train = read(&args.train, None)?;
    let test = args
        .test
        .as_ref()
        .map(|path| read(path, Some(&train)))
        .transpose()?;
    let duplicates = if events.is_some() {
        Duplicates::Sum
    } else {
        Duplicates::Last
    };
    let seed = settings.seed.unwrap_or(0);
    let cut = |train: &Records| split::ratio(train, args.validation, seed);
    let validation = Validation::new(&train, duplicates, cut)?;

    let (goal, figure) = if events.is_some() {
        (Goal::Maximize, "ndcg")
    } else {
        (Goal::Minimize, "rmse")
    };
    let tuned = args.tuner(base, goal)?.run(&args.search(seed)?, |fields| {
        let settings = fields.settings(settings.seed);
        let row = if events.is_some() {
            args.rank(
                algorithm,
                &settings,
                &validation.train,
                &validation.rows,
                &bar,
            )
        } else {
            args.rate(
                algorithm,
                &settings,
                &validation.train,
                &validation.records,
                &bar,
            )
        };
        row.map(|row| row[figure].as_f64().unwrap_or(f64::NAN))
    })?;
    print_trials(&tuned, figure, output);

    let mut best = json!({ "algo": args.algo, "validation": { figure: tuned.value }, "parameters": tuned.params });
    if let Some(test) = &test {
        let (settings, whole) = (
            tuned.params.settings(settings.seed),
            Interactions::new(&train, duplicates)?,
        );
        let row = if events.is_some() {
            args.rank(
                algorithm,
                &settings,
                &whole,
                &Interactions::new(test, duplicates)?,
                &bar,
            )?
        } else {
            args.rate(algorithm, &settings, &whole, test, &bar)?
        };
        best.extend_with(json!({ "test": row }));
    }
    drop(bar);
    output.object(&best);
    Ok(())
}

fn print_trials(tuned: &Tuned<Fields>, figure: &str, output: &Output) {
    let mut rows = Vec::new();
    for (number, trial) in tuned.trials.iter().enumerate() {
        let mut row = json!({ "trial": number });
        for (field, value) in &trial.settings {
            row.extend_with(json!({ field: value }));
        }
        let failed = trial.outcome.as_ref().err();
        row.extend_with(json!({ figure: trial.outcome.as_ref().ok(), "seconds": trial.seconds, "failed": failed }));
        output.row(row, &mut rows);
    }
    output.table(&rows);
}

impl TuneArgs {
    /// The space around `base`. One model at a time has all threads and all memory.
    fn tuner(&self, base: Fields, goal: Goal) -> anyhow::Result<Tuner<Fields>> {
        let mut tuner = Tuner::new(base, goal).parallel(false);
        for (field, values) in &self.space {
            tuner = match values.split_once("..") {
                None => tuner.one_of(field, values.split(',').map(str::trim)),
                Some((low, high)) => match (low.parse(), high.parse()) {
                    (Ok(low), Ok(high)) => tuner.integers(field, low, high),
                    _ => match (low.parse(), high.parse()) {
                        (Ok(low), Ok(high)) => tuner.log_uniform(field, low, high),
                        _ => anyhow::bail!("`{values}` is not a range of numbers (for `{field}`)"),
                    },
                },
            };
        }
        Ok(tuner)
    }

    fn search(&self, seed: u64) -> anyhow::Result<Search> {
        Ok(match self.search {
            How::Grid => Search::Grid,
            How::Random => Search::Random {
                n_trials: self.trials,
                seed,
            },
            How::Halving => {
                let needs = || anyhow::anyhow!("halving needs --resource FIELD=FROM..TO");
                let (resource, range) = self.resource.clone().ok_or_else(needs)?;
                let (min, max) = range.split_once("..").ok_or_else(needs)?;
                let (min, max) = (min.parse()?, max.parse()?);
                Search::Halving {
                    n_trials: self.trials,
                    seed,
                    resource,
                    min,
                    max,
                    factor: 3,
                }
            }
        })
    }

    fn rank(
        &self,
        algorithm: &Algorithm,
        settings: &Settings,
        train: &Interactions,
        test: &Interactions,
        bar: &Bar,
    ) -> Result<Value> {
        let fit = algorithm
            .ranking
            .ok_or_else(|| unfit(algorithm, "ratings to predict"))?;
        full_ranking(&*fit(settings, train, bar)?, train, test, self.k)
    }

    fn rate(
        &self,
        algorithm: &Algorithm,
        settings: &Settings,
        train: &Interactions,
        test: &Records,
        bar: &Bar,
    ) -> Result<Value> {
        let fit = algorithm
            .ratings
            .ok_or_else(|| unfit(algorithm, "events to rank"))?;
        let report = evaluate_ratings(&*fit(settings, train, bar)?, test)?;
        Ok(json!({ "rmse": report.rmse, "mae": report.mae }))
    }
}

fn unfit(algorithm: &Algorithm, needed: &str) -> guide_core::Error {
    guide_core::Error::Unsuitable {
        algorithm: algorithm.name,
        needed: needed.to_owned(),
    }
}
