//! This project's algorithms with their defaults on every split, one JSON line each.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;

use guide_core::{Fit, Params, Result, by_name};
use recsys_cf::{
    CoClustering, Ease, ItemBm25, ItemCosine, ItemTfidf, KnnParams, Rp3Beta, SlopeOne,
};
use recsys_core::read::{self, Delimited};
use recsys_core::{
    Duplicates, Interactions, RatingPredictor, Recommender, evaluate_ranking, evaluate_ratings,
};
use recsys_deep::{Dmf, NeuMf};
use recsys_mf::{
    Als, Baseline, Bpr, GraphFilter, Ials, Lmf, Nmf, Popular, PureSvd, Random, Svd, Svdpp,
};
use serde_json::{Value, json};

use crate::Options;
use crate::sets::{Kind, SETS};
use crate::splits::files;

type Train<M> = fn(&Interactions, u64) -> Result<Box<M>>;

/// `params` with the seed, where it has one.
fn seeded<P: Params>(params: P, seed: u64) -> Result<P> {
    match by_name::names(&params).iter().any(|name| name == "seed") {
        true => by_name::set(&params, "seed", &seed.to_string()),
        false => Ok(params),
    }
}

macro_rules! rows {
    ($($name:literal: $params:expr),+ $(,)?) => {
        &[$(($name, |data, seed| Ok(Box::new(seeded($params, seed)?.fit(data)?)))),+]
    };
}

const RANKINGS: &[(&str, Train<dyn Recommender>)] = rows![
    "popular": Popular::params(),
    "item-cosine": ItemCosine::params(),
    "item-tfidf": ItemTfidf::params(),
    "item-bm25": ItemBm25::params(),
    "rp3beta": Rp3Beta::params(),
    "ease": Ease::params(),
    "ials": Ials::params(),
    "bpr": Bpr::params(),
    "lmf": Lmf::params(),
    "pure-svd": PureSvd::params(),
    "graph-filter": GraphFilter::params(),
    "gmf": NeuMf::gmf(),
    "mlp": NeuMf::mlp(),
    "neumf": NeuMf::params(),
    "dmf": Dmf::params(),
];

const RATINGS: &[(&str, Train<dyn RatingPredictor>)] = rows![
    "random": Random::params(),
    "baseline": Baseline::params(),
    "knn-basic": KnnParams::basic(),
    "knn-means": KnnParams::means(),
    "knn-zscore": KnnParams::zscore(),
    "knn-baseline": KnnParams::baseline(),
    "slope-one": SlopeOne::params(),
    "co-clustering": CoClustering::params(),
    "svd": Svd::params(),
    "svdpp": Svdpp::params(),
    "nmf": Nmf::params(),
    "als": Als::params(),
];

/// More items than this are too many for the table of items by items that `ease` inverts.
const MOST_ITEMS_OF_EASE: usize = 8_000;
/// More interactions than this are too many for the networks: minutes for each seed.
const MOST_OF_NETWORKS: usize = 250_000;

/// Adds the lines that are not there yet to `ours.jsonl`.
pub fn measure(options: &Options) -> anyhow::Result<()> {
    let path = options.work.join("ours.jsonl");
    let done = lines(&path)?;
    let done: HashSet<(String, u64, String)> = done.iter().filter_map(key).collect();
    let mut out = OpenOptions::new().create(true).append(true).open(&path)?;
    for set in SETS.iter().filter(|set| options.wants(&set.file_name())) {
        for seed in 0..options.seeds {
            let names: Vec<&str> = match set.kind {
                Kind::Ratings => RATINGS.iter().map(|(name, _)| *name).collect(),
                _ => RANKINGS.iter().map(|(name, _)| *name).collect(),
            };
            let missing = |name: &&str| {
                let key = (set.file_name(), seed, (*name).to_owned());
                options.wants_algo(name) && !done.contains(&key)
            };
            let names: Vec<&str> = names.into_iter().filter(missing).collect();
            if names.is_empty() {
                continue;
            }
            let [train, test] = files(&options.splits(), set, seed);
            let measure = |name: &str| match set.kind {
                Kind::Ratings => rate(&train, &test, name, seed),
                _ => rank(&train, &test, name, seed),
            };
            for name in names {
                let Some(mut row) = measure(name)? else {
                    continue;
                };
                row["side"] = json!("ours");
                row["set"] = json!(set.file_name());
                row["seed"] = json!(seed);
                row["algo"] = json!(name);
                writeln!(out, "{row}")?;
            }
        }
    }
    Ok(())
}

/// `None` where the set is too large for the algorithm.
fn rank(train: &Path, test: &Path, name: &str, seed: u64) -> anyhow::Result<Option<Value>> {
    let train = read::adjacency(train)?;
    let test = read::adjacency_with(test, train.ids())?;
    let seen = Interactions::new(&train, Duplicates::Refuse)?;
    let wanted = Interactions::new(&test, Duplicates::Refuse)?;
    let too_large = match name {
        "ease" => seen.n_items() > MOST_ITEMS_OF_EASE,
        "gmf" | "mlp" | "neumf" | "dmf" => seen.len() > MOST_OF_NETWORKS,
        _ => false,
    };
    let found = RANKINGS.iter().find(|(known, _)| *known == name);
    let Some((_, fit)) = found.filter(|_| !too_large) else {
        return Ok(None);
    };
    let start = Instant::now();
    let model = fit(&seen, seed)?;
    let fit_s = start.elapsed().as_secs_f64();
    let report = evaluate_ranking(&*model, &seen, &wanted, &[20])?;
    let at = &report.at[0];
    Ok(Some(json!({
        "users": seen.n_users(),
        "items": seen.n_items(),
        "interactions": seen.len(),
        "recall": at.mean.recall_over_test,
        "ndcg": at.mean.ndcg,
        "coverage": at.coverage,
        "fit_s": fit_s,
    })))
}

fn rate(train: &Path, test: &Path, name: &str, seed: u64) -> anyhow::Result<Option<Value>> {
    let lines = Delimited::new("user item rating", "\t")?.scale(1.0, 5.0);
    let train = lines.read(train)?;
    let test = lines.read_with(test, train.ids())?;
    let data = Interactions::new(&train, Duplicates::Refuse)?;
    let Some((_, fit)) = RATINGS.iter().find(|(known, _)| *known == name) else {
        return Ok(None);
    };
    let start = Instant::now();
    let model = fit(&data, seed)?;
    let fit_s = start.elapsed().as_secs_f64();
    let report = evaluate_ratings(&*model, &test)?;
    Ok(Some(json!({
        "users": data.n_users(),
        "items": data.n_items(),
        "interactions": data.len(),
        "rmse": report.rmse,
        "mae": report.mae,
        "fit_s": fit_s,
    })))
}

/// The lines of a file, none where there is no file.
pub fn lines(path: &Path) -> anyhow::Result<Vec<Value>> {
    let Ok(file) = File::open(path) else {
        return Ok(Vec::new());
    };
    let lines = BufReader::new(file).lines();
    lines
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect()
}

fn key(row: &Value) -> Option<(String, u64, String)> {
    let text = |name: &str| Some(row[name].as_str()?.to_owned());
    Some((text("set")?, row["seed"].as_u64()?, text("algo")?))
}
