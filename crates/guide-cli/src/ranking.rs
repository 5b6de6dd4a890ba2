//! `guide ranking`: trains rankings of items and tests them against all items, or against sampled negatives.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use recsys_core::metrics::RankingScores;
use recsys_core::{
    Interactions, Recommender, SampledCase, evaluate_ranking, evaluate_sampled_seen, read,
};
use serde_json::{Value, json};

use crate::algorithms;
use crate::data::{Format, Layout};
use crate::output::{ExtendWith, Output};
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::at_least_one;

#[derive(Args)]
pub struct RankingArgs {
    /// Events to train on.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Events to find again.
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    #[command(flatten)]
    layout: Layout,
    /// For each test event a line `(user,item)` and the items to rank it against.
    #[arg(long, value_name = "FILE")]
    negatives: Option<PathBuf>,
    /// Algorithms, separated by commas; `guide algorithms` lists them.
    #[arg(long, required = true, value_delimiter = ',', value_parser = crate::usage::listed)]
    algo: Vec<String>,
    /// Length of the lists.
    #[arg(long, default_value_t = 20, value_parser = at_least_one())]
    k: usize,
}

/// Runs `guide ranking`.
pub fn run(args: &RankingArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let algorithms = algorithms::chosen(&args.algo, settings)?;
    let files = args.layout.files(Format::Pairs)?;
    let train = files.train(&args.train)?;
    let test = files.test(&args.test, &train)?;
    let cases = args
        .negatives
        .as_ref()
        .map(|path| read::negatives(path, test.ids()))
        .transpose()?;
    let seen = Interactions::new(&train, files.duplicates())?;
    let wanted = Interactions::new(&test, files.duplicates())?;
    let mut table = output.growing_table(&args.algo);
    for algorithm in algorithms {
        let k = args.k;
        let row = Bar::during(algorithm.name, |bar| -> guide_core::Result<Value> {
            let start = Instant::now();
            let model = (algorithm.ranking)(settings, &seen, bar)?;
            let fit_s = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let mut row = json!({ "algo": algorithm.name });
            row.extend_with(match &cases {
                None => full_ranking(&*model, &seen, &wanted, k)?,
                Some(cases) => sampled_ranking(&*model, &seen, cases, k)?,
            });
            let recommend_s = start.elapsed().as_secs_f64();
            row.extend_with(json!({ "k": k, "fit_s": fit_s, "recommend_s": recommend_s }));
            Ok(row)
        })?;
        table.add(&row)?;
    }
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
        "unknown_items": report.n_unknown_items,
    }));
    Ok(row)
}

/// One item of the test part among its negatives.
pub fn sampled_ranking(
    model: &dyn Recommender,
    seen: &Interactions,
    cases: &[SampledCase],
    k: usize,
) -> guide_core::Result<Value> {
    let report = evaluate_sampled_seen(model, seen, cases, &[k])?;
    let mut row = report
        .at
        .first()
        .map(|at| figures(&at.mean))
        .unwrap_or_default();
    row.extend_with(json!({
        "users": cases.len(),
        "unknown_users": report.n_unknown_users,
        "unknown_items": report.n_unknown_items,
    }));
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
