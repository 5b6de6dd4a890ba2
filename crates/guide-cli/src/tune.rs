//! `guide tune`: finds parameters on a validation part cut from the training part; the test part is met once, at the end.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::{Error, Result};
use recsys_core::split::{self, Split};
use recsys_core::tune::{Goal, Search, Tuner, Validation};
use recsys_core::{Interactions, Records, SampledCase, evaluate_ratings, read, sample_cases};
use serde_json::{Value, json};

use crate::algorithms::{self, Algorithm};
use crate::data::{Files, Format, Layout};
use crate::output::{ExtendWith, Output};
use crate::progress::Bar;
use crate::ranking::{full_ranking, sampled_ranking};
use crate::settings::Settings;
use crate::space::{self, Fields, Holds, Values};
use crate::trials::Trials;
use crate::usage::{at_least_one, fraction, key_value, of_flag, usage};

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

/// Which records of the training part trials are measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cut {
    /// Some of all, drawn by the seed.
    Ratio,
    /// The latest of each user.
    LeaveLast,
    /// One of each user, drawn by the seed.
    LeaveOneOut,
    /// The latest of all.
    ByTime,
}

/// What is to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// NDCG of full rankings.
    Ndcg,
    /// Recall of full rankings.
    Recall,
    /// Hit rate of each event among events drawn by the seed.
    HrSampled,
    /// Error of predicted ratings: the lower the better.
    Rmse,
}

impl Figure {
    /// Its field in a row of results.
    fn field(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg",
            Self::Recall => "recall",
            Self::HrSampled => "hr",
            Self::Rmse => "rmse",
        }
    }
}

/// `--negatives`: how many to draw, or those of the test part.
#[derive(Clone, Debug)]
enum Negatives {
    Drawn(usize),
    File(PathBuf),
}

fn negatives(text: &str) -> std::result::Result<Negatives, String> {
    match text.parse() {
        Ok(0) => Err("at least one must be drawn".to_owned()),
        Ok(n) => Ok(Negatives::Drawn(n)),
        Err(_) => Ok(Negatives::File(text.into())),
    }
}

/// Trials run one after another, each with all threads, and are told of as they finish.
#[derive(Args)]
pub struct TuneArgs {
    /// What to train on; the validation part is cut from it.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Measure the best parameters, trained on the whole training part, on this.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    #[command(flatten)]
    layout: Layout,
    /// The algorithm; `guide algorithms` lists them with their parameters.
    #[arg(long)]
    algo: String,
    /// A field and what to try. `k=20,50,100`: each of these. `n_factors=16..128`: drawn from the range, all alike, whole
    /// numbers for a field of whole numbers and any numbers (`b=0..1`) for others. `regularization=0.001..1@log`: drawn so that the logarithm is even.
    #[arg(long, required = true, value_name = "FIELD=VALUES", value_parser = key_value)]
    space: Vec<(String, String)>,
    /// How to go through the space.
    #[arg(long, value_enum, default_value = "grid")]
    search: How,
    /// Settings to draw, unless the search is a grid.
    #[arg(long, default_value_t = 20, value_parser = at_least_one())]
    trials: usize,
    /// Halving: the field that is the resource, and how much the first and the last round have of it.
    #[arg(long, value_name = "FIELD=FROM..TO", value_parser = space::resource, required_if_eq("search", "halving"))]
    resource: Option<(String, usize, usize)>,
    /// Which records of the training part trials are measured on.
    #[arg(long, value_enum, default_value = "ratio")]
    validation: Cut,
    /// How much of the training part that is, for `ratio` and `by-time`.
    #[arg(long, default_value_t = 0.1, value_name = "FRACTION", value_parser = fraction)]
    validation_fraction: f32,
    /// What is to be good; unless said, rmse for ml-100k, ml-1m, csv and tsv, ndcg for pairs, adjacency and ncf.
    #[arg(long, value_enum)]
    goal: Option<Figure>,
    /// A number: so many are drawn by the seed for each event under `--goal hr-sampled` (99 unless said). A file: for each test
    /// event a line `(user,item)` and the items to rank it against, for the test part.
    #[arg(long, value_name = "N|FILE", value_parser = negatives)]
    negatives: Vec<Negatives>,
    /// Length of the lists.
    #[arg(long, default_value_t = 20, value_parser = at_least_one())]
    k: usize,
    /// Also write the trials and the best to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a trial is measured on.
struct Part {
    rows: Interactions,
    records: Records,
    cases: Option<Vec<SampledCase>>,
}

/// Runs `guide tune`.
pub fn run(args: &TuneArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let files = args.layout.files(Format::Pairs)?;
    let job = Job::new(args, settings, &files)?;
    let base = Fields((job.algorithm.parameters)(settings).map_err(usage)?);
    let tuner = args.tuner(base, &job)?;
    let train = files.train(&args.train)?;
    let test = match &args.test {
        Some(path) => Some(files.test(path, &train)?),
        None => None,
    };
    let whole = Interactions::new(&train, files.duplicates())?;
    let test = match test {
        Some(records) => Some(args.test_part(records, &whole, &files, &job)?),
        None => None,
    };
    let cut = |train: &Records| args.cut(train, job.seed);
    let validation = Validation::new(&train, files.duplicates(), cut)
        .map_err(|error| of_flag(error, "test_fraction", "--validation-fraction"))?;
    let part = Part {
        cases: job.drawn(&validation.train, &validation.rows)?,
        rows: validation.rows,
        records: validation.records,
    };

    let trials = Trials::new(
        args.searched(),
        job.figure.field(),
        args.out.as_deref(),
        output,
    )?;
    let (best, value) = Bar::during(job.algorithm.name, |bar| {
        let tuned = tuner.run(&args.search(job.seed), |fields| {
            trials.ensure_open()?;
            let start = Instant::now();
            let row = job.measure(fields, &validation.train, &part, bar);
            let value = row.map(|row| row[job.figure.field()].as_f64().unwrap_or(f64::NAN));
            bar.aside(|| trials.tell(fields, &value, start.elapsed().as_secs_f64()));
            value
        });
        trials.stopped()?;
        tuned
            .map(|tuned| (tuned.params, tuned.value))
            .map_err(of_space)
    })?;
    trials.table()?;
    let field = job.figure.field();
    let mut row = json!({
        "algo": args.algo,
        "validation": { field: value },
        "parameters": best.0,
    });
    if let Some(test) = &test {
        let tested = Bar::during(job.algorithm.name, |bar| {
            job.measure(&best, &whole, test, bar)
        })?;
        row.extend_with(json!({ "test": tested }));
    }
    trials.write(&row)?;
    output.object(&row)
}

/// The search refuses nothing but its space: what fails within a trial is told with the trial.
fn of_space(error: Error) -> anyhow::Error {
    match error {
        Error::Param { .. } | Error::UnknownParam { .. } | Error::Duplicate { .. } => {
            usage(format!("--space: {error}"))
        }
        other => other.into(),
    }
}

/// What is trained and what is measured.
struct Job {
    algorithm: &'static Algorithm,
    figure: Figure,
    k: usize,
    n_negatives: usize,
    seed: u64,
}

impl Job {
    fn new(args: &TuneArgs, settings: &Settings, files: &Files) -> anyhow::Result<Self> {
        let chosen = algorithms::chosen(std::slice::from_ref(&args.algo), settings)?;
        let Some(&algorithm) = chosen.first() else {
            return Err(usage("no algorithm"));
        };
        let figure = args.goal.unwrap_or(match args.layout.format {
            None | Some(Format::Pairs | Format::Adjacency | Format::Ncf) => Figure::Ndcg,
            Some(_) => Figure::Rmse,
        });
        if figure == Figure::Rmse {
            algorithm.to_rate()?;
            if !files.rated {
                return Err(usage("--goal rmse: the files have no column `rating`"));
            }
        }
        let drawn = args
            .negatives
            .iter()
            .filter_map(|negatives| match negatives {
                Negatives::Drawn(n) => Some(*n),
                Negatives::File(_) => None,
            });
        let drawn: Vec<usize> = drawn.collect();
        if drawn.len() > 1 || args.negatives.len() - drawn.len() > 1 {
            return Err(usage("--negatives takes one number and one file"));
        }
        if !drawn.is_empty() && figure != Figure::HrSampled {
            return Err(usage("--negatives N is for --goal hr-sampled"));
        }
        let has_file = args.negatives.len() > drawn.len();
        if has_file && (args.test.is_none() || figure == Figure::Rmse) {
            return Err(usage("--negatives FILE is for ranking a --test part"));
        }
        Ok(Self {
            algorithm,
            figure,
            k: args.k,
            n_negatives: drawn.first().copied().unwrap_or(99),
            seed: settings.seed.unwrap_or(0),
        })
    }

    /// The cases of the sampled protocol, where the goal is one.
    fn drawn(
        &self,
        seen: &Interactions,
        wanted: &Interactions,
    ) -> anyhow::Result<Option<Vec<SampledCase>>> {
        if self.figure != Figure::HrSampled {
            return Ok(None);
        }
        sample_cases(seen, wanted, self.n_negatives, self.seed)
            .map(Some)
            .map_err(|error| of_flag(error, "n_negatives", "--negatives"))
    }

    fn measure(
        &self,
        fields: &Fields,
        train: &Interactions,
        part: &Part,
        bar: &Bar,
    ) -> Result<Value> {
        let settings = fields.settings();
        match (self.figure, self.algorithm.ratings, &part.cases) {
            (Figure::Rmse, Some(fit), _) => {
                let report = evaluate_ratings(&*fit(&settings, train, bar)?, &part.records)?;
                Ok(json!({ "rmse": report.rmse, "mae": report.mae }))
            }
            (_, _, Some(cases)) => {
                let model = (self.algorithm.ranking)(&settings, train, bar)?;
                sampled_ranking(&*model, train, cases, self.k)
            }
            _ => {
                let model = (self.algorithm.ranking)(&settings, train, bar)?;
                full_ranking(&*model, train, &part.rows, self.k)
            }
        }
    }
}

impl TuneArgs {
    /// The space around `base`, every value of which reads as its field wants. One model at a time has all threads and all
    /// memory.
    fn tuner(&self, base: Fields, job: &Job) -> anyhow::Result<Tuner<Fields>> {
        let goal = match job.figure {
            Figure::Rmse => Goal::Minimize,
            _ => Goal::Maximize,
        };
        let mut tuner = Tuner::new(base, goal).parallel(false);
        for (field, text) in &self.space {
            let set = |value: &str| {
                let settings = Settings {
                    fields: vec![(field.clone(), value.to_owned())],
                    seed: None,
                };
                (job.algorithm.parameters)(&settings)
            };
            if let Err(unknown @ Error::UnknownParam { .. }) = set("1") {
                return Err(of_space(unknown));
            }
            let holds = Holds::of(|value| set(value).is_ok());
            let values = Values::read(field, text, holds)?;
            for value in values.samples() {
                set(&value).map_err(of_space)?;
            }
            if self.search == How::Grid && !matches!(values, Values::OneOf(_)) {
                return Err(usage(format!(
                    "--space {field}={text} is a range, and a grid needs lists: say --search random"
                )));
            }
            tuner = values.put(tuner, field);
        }
        Ok(tuner)
    }

    /// The fields that change from trial to trial.
    fn searched(&self) -> Vec<&str> {
        let resource = self.resource.iter().map(|(field, ..)| field.as_str());
        let resource = resource.filter(|_| self.search == How::Halving);
        let fields = self.space.iter().map(|(field, _)| field.as_str());
        fields.chain(resource).collect()
    }

    fn search(&self, seed: u64) -> Search {
        match (self.search, &self.resource) {
            (How::Halving, Some((resource, min, max))) => Search::Halving {
                n_trials: self.trials,
                seed,
                resource: resource.clone(),
                min: *min,
                max: *max,
                factor: 3,
            },
            (How::Grid, _) => Search::Grid,
            _ => Search::Random {
                n_trials: self.trials,
                seed,
            },
        }
    }

    fn cut(&self, train: &Records, seed: u64) -> Result<Split> {
        match self.validation {
            Cut::Ratio => split::ratio(train, self.validation_fraction, seed),
            Cut::LeaveLast => split::leave_last(train),
            Cut::LeaveOneOut => split::leave_one_out(train, seed),
            Cut::ByTime => split::by_time(train, self.validation_fraction),
        }
    }

    fn test_part(
        &self,
        records: Records,
        train: &Interactions,
        files: &Files,
        job: &Job,
    ) -> anyhow::Result<Part> {
        let rows = Interactions::new(&records, files.duplicates())?;
        let file = self.negatives.iter().find_map(|negatives| match negatives {
            Negatives::File(path) => Some(path),
            Negatives::Drawn(_) => None,
        });
        let cases = match file {
            Some(path) => Some(read::negatives(path, records.ids())?),
            None => job.drawn(train, &rows)?,
        };
        Ok(Part {
            rows,
            records,
            cases,
        })
    }
}
