//! `guide ranking`: trains rankings of items and tests them against all items, or against sampled negatives.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use recsys_core::metrics::RankingScores;
use recsys_core::read::{self, Delimited};
use recsys_core::{
    Duplicates, Interactions, Recommender, Records, SampledCase, evaluate_ranking, evaluate_sampled,
};
use serde_json::{Value, json};

use crate::algorithms::{self, Settings};
use crate::output::{ExtendWith, Output};
use crate::progress::Bar;

/// File layouts with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RankingFormat {
    /// `user item` a line; further columns are skipped.
    Pairs,
    /// `user item item ..` a line.
    Adjacency,
    /// Tab-separated `user item rating timestamp`, each read as an event, as the files of the NCF paper.
    Ncf,
}

#[derive(Args)]
pub struct RankingArgs {
    /// Events to train on.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Events to find again.
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Layout of the files; plain or gzip.
    #[arg(long, value_enum, default_value = "pairs")]
    format: RankingFormat,
    /// For each test event a line `(user,item)` and the items to rank it against.
    #[arg(long, value_name = "FILE")]
    negatives: Option<PathBuf>,
    /// Algorithms, separated by commas; `guide algorithms` lists them.
    #[arg(long, required = true, value_delimiter = ',')]
    algo: Vec<String>,
    /// Length of the lists.
    #[arg(long, default_value_t = 20)]
    k: usize,
}

impl RankingFormat {
    /// The file; with `known`, names that both know have one number.
    pub fn read(self, path: &Path, known: Option<&Records>) -> guide_core::Result<Records> {
        let read = |reader: Delimited| match known {
            None => reader.read(path),
            Some(train) => reader.read_with(path, train.ids()),
        };
        match (self, known) {
            (Self::Adjacency, None) => read::adjacency(path),
            (Self::Adjacency, Some(train)) => read::adjacency_with(path, train.ids()),
            (Self::Pairs, _) => read(Delimited::new("user item", " ")?),
            (Self::Ncf, _) => read(Delimited::new("user item _ _", "\t")?),
        }
    }
}

/// Runs `guide ranking`.
pub fn run(args: &RankingArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let train = args.format.read(&args.train, None)?;
    let test = args.format.read(&args.test, Some(&train))?;
    let cases = args
        .negatives
        .as_ref()
        .map(|path| read::negatives(path, test.ids()))
        .transpose()?;
    let seen = Interactions::new(&train, Duplicates::Sum)?;
    let wanted = Interactions::new(&test, Duplicates::Sum)?;
    let mut rows = Vec::new();
    for name in &args.algo {
        let algorithm = algorithms::find(name)?;
        let fit = algorithm
            .ranking
            .ok_or_else(|| anyhow::anyhow!("`{name}` does not rank items"))?;
        let bar = Bar::new(name);
        let start = Instant::now();
        let model = fit(settings, &seen, &bar)?;
        let fit_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let mut row = json!({ "algo": name });
        let k = args.k;
        let measured = match &cases {
            None => full_ranking(&*model, &seen, &wanted, k)?,
            Some(cases) => sampled_ranking(&*model, cases, k)?,
        };
        row.extend_with(measured);
        row.extend_with(
            json!({ "k": k, "fit_s": fit_s, "recommend_s": start.elapsed().as_secs_f64() }),
        );
        drop(bar);
        output.row(row, &mut rows);
    }
    output.table(&rows);
    Ok(())
}

/// All items, seen ones left out.
pub fn full_ranking(
    model: &dyn Recommender,
    seen: &Interactions,
    wanted: &Interactions,
    k: usize,
) -> guide_core::Result<Value> {
    let report = evaluate_ranking(model, seen, wanted, &[k])?;
    let mut row = report.at(k).map(|at| figures(&at.mean)).unwrap_or_default();
    row.extend_with(json!({
        "coverage": report.at(k).map(|at| at.coverage),
        "users": report.users.len(),
        "unknown_users": report.n_unknown_users,
    }));
    Ok(row)
}

/// One item of the test part among its negatives.
fn sampled_ranking(
    model: &dyn Recommender,
    cases: &[SampledCase],
    k: usize,
) -> guide_core::Result<Value> {
    let report = evaluate_sampled(model, cases, &[k])?;
    let mut row = report
        .at
        .first()
        .map(|at| figures(&at.mean))
        .unwrap_or_default();
    row.extend_with(json!({ "users": cases.len(), "unknown_users": report.n_unknown_users }));
    Ok(row)
}

fn figures(scores: &RankingScores) -> Value {
    json!({
        "recall": scores.recall_over_test,
        "ndcg": scores.ndcg,
        "hr": scores.hit_rate,
        "mrr": scores.mrr,
        "map": scores.map_over_min,
        "precision": scores.precision_over_k,
    })
}
