//! The table: means over the seeds, and the relative difference to each peer with its 95 % interval.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::ours::lines;
use crate::sets::{Kind, SETS};

/// The quantiles .975 of Student's t for 1 to 9 degrees of freedom.
const T: [f64; 9] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
];

/// The values of the seeds, by set, algorithm and whose settings.
type Values = BTreeMap<(String, String, String), BTreeMap<u64, Value>>;

/// Markdown of every line in the folder.
pub fn markdown(work: &Path) -> anyhow::Result<String> {
    let mut values = Values::new();
    for file in ["ours.jsonl", "implicit.jsonl", "surprise.jsonl"] {
        for row in lines(&work.join(file))? {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let key = (text("set"), text("algo"), text("side"));
            let seed = row["seed"].as_u64().unwrap_or(0);
            values.entry(key).or_default().insert(seed, row);
        }
    }
    let mut out = String::new();
    for (kind, measure) in [(Kind::Events, "recall"), (Kind::Ratings, "rmse")] {
        let is_of_kind = |of: Kind| (of == Kind::Ratings) == (kind == Kind::Ratings);
        let (second, header) = match kind {
            Kind::Ratings => (
                "mae",
                "| set | algorithm | RMSE | MAE | Surprise's RMSE | better by, % | seconds |",
            ),
            _ => (
                "ndcg",
                "| set | algorithm | recall@20 | NDCG@20 | coverage | peer: recall@20 | better by, % | seconds |",
            ),
        };
        writeln!(
            out,
            "{header}\n|{}",
            "---|".repeat(header.matches('|').count() - 1)
        )?;
        for set in SETS.iter().filter(|set| is_of_kind(set.kind)) {
            let of_set = |key: &&(String, String, String)| key.0 == set.file_name();
            let ours = values.keys().filter(of_set).filter(|key| key.2 == "ours");
            for key in ours {
                let rows = &values[key];
                write!(
                    out,
                    "| {} ({}) | `{}` | {} | {} |",
                    set.name,
                    rows.len(),
                    key.1,
                    short(mean(rows, measure)),
                    short(mean(rows, second))
                )?;
                if kind == Kind::Events {
                    write!(out, " {} |", short(mean(rows, "coverage")))?;
                }
                let peers = values
                    .iter()
                    .filter(|(peer, _)| (&peer.0, &peer.1) == (&key.0, &key.1) && peer.2 != "ours");
                let (mut shown, mut better) = (Vec::new(), Vec::new());
                for (peer, theirs) in peers {
                    let mean = short(mean(theirs, measure));
                    shown.push(match peer.2.split_once(' ') {
                        Some((_, settings)) => format!("{settings}: {mean}"),
                        None => mean,
                    });
                    better.push(difference(rows, theirs, measure));
                }
                let or_dash = |texts: Vec<String>| match texts.is_empty() {
                    true => "–".to_owned(),
                    false => texts.join("; "),
                };
                let (shown, better) = (or_dash(shown), or_dash(better));
                writeln!(out, " {shown} | {better} | {:.2} |", mean(rows, "fit_s"))?;
            }
        }
        out.push('\n');
    }
    Ok(out)
}

fn numbers(rows: &BTreeMap<u64, Value>, measure: &str) -> Vec<f64> {
    let number = |row: &Value| row[measure].as_f64().unwrap_or(f64::NAN);
    rows.values().map(number).collect()
}

fn mean(rows: &BTreeMap<u64, Value>, measure: &str) -> f64 {
    let numbers = numbers(rows, measure);
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// `.1234`, as the other tables have it.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// By how many percent of the peer's mean ours is better, over the seeds that both have, with the interval.
fn difference(ours: &BTreeMap<u64, Value>, theirs: &BTreeMap<u64, Value>, measure: &str) -> String {
    let sign = if measure == "rmse" { -1.0 } else { 1.0 };
    let pairs = ours.iter().filter_map(|(seed, ours)| {
        Some((
            ours[measure].as_f64()?,
            theirs.get(seed)?[measure].as_f64()?,
        ))
    });
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let n = pairs.len() as f64;
    let scale = 100.0 / (pairs.iter().map(|pair| pair.1).sum::<f64>() / n);
    let parts: Vec<f64> = pairs
        .iter()
        .map(|(ours, theirs)| sign * (ours - theirs) * scale)
        .collect();
    let mean = parts.iter().sum::<f64>() / n;
    match T.get(pairs.len().wrapping_sub(2)) {
        Some(t) => {
            let squares: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
            let half = t * (squares / (n - 1.0) / n).sqrt();
            format!("{mean:+.1} ({:+.1} to {:+.1})", mean - half, mean + half)
        }
        None => format!("{mean:+.1}"),
    }
}
