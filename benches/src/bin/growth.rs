//! How time and memory grow with the interactions: one model on a made-up set of a given size, as one JSON line.
//!
//!     for algo in item-cosine ials bpr; do for scale in 1 10 100; do
//!         cargo run --release -p benches --bin growth -- $algo $scale; done; done > growth.jsonl
//!     cargo run --release -p benches --bin growth -- draw growth.jsonl > docs/pictures/growth.svg
//!
//! Scale 1 has gowalla's users and items (29,858 and 40,981) and 673,741 interactions; users, items and interactions grow
//! together, so that a user has as many items at any size. Items are drawn by Zipf's law.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Instant;

use guide_core::{Fit, Result, stream};
use rand::RngExt;
use rand_distr::{Distribution, Zipf};
use recsys_cf::ItemCosine;
use recsys_core::{Duplicates, Interactions, Recommender, RecordsBuilder, UserId, Values};
use recsys_mf::{BprParams, IalsParams};
use serde_json::{Value, json};

const USERS: usize = 29_858;
const ITEMS: usize = 40_981;
/// Items of a user, at least; half as many as the mean.
const FEWEST: usize = 8;
/// Users who are asked for, at any size.
const ASKED: u32 = 10_000;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["draw", file] => print!("{}", picture(&std::fs::read_to_string(file)?)?),
        [algo, scale] => println!("{}", measure(algo, scale.parse()?)?),
        _ => anyhow::bail!("usage: growth item-cosine|ials|bpr SCALE, or growth draw FILE"),
    }
    Ok(())
}

fn measure(algo: &str, scale: usize) -> anyhow::Result<Value> {
    let data = zipf(scale)?;
    let before_mb = peak_mb();
    let start = Instant::now();
    let model: Box<dyn Recommender> = match algo {
        "item-cosine" => Box::new(ItemCosine::implicit().k(20).fit(&data)?),
        "ials" => Box::new(IalsParams::rendle().n_epochs(3).fit(&data)?),
        "bpr" => Box::new(BprParams::implicit().n_factors(64).n_epochs(5).fit(&data)?),
        _ => anyhow::bail!("no algorithm `{algo}`; known: item-cosine, ials, bpr"),
    };
    let fit_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let users: Vec<UserId> = (0..ASKED).map(UserId).collect();
    model.recommend_batch(&users, 20, &data)?;
    Ok(json!({
        "algo": algo,
        "scale": scale,
        "users": data.n_users(),
        "items": data.n_items(),
        "interactions": data.len(),
        "fit_s": fit_s,
        "recommend_10000_s": start.elapsed().as_secs_f64(),
        "data_mb": before_mb,
        "peak_mb": peak_mb(),
    }))
}

/// Each user's items from a stream of its own: a number of them with a long tail, by Zipf's law, each once.
fn zipf(scale: usize) -> Result<Interactions> {
    let (n_users, n_items) = (USERS * scale, ITEMS * scale);
    let mut records = RecordsBuilder::from_ids(&recsys_core::Ids::numbered(n_users, n_items));
    let Ok(law) = Zipf::new(n_items as f64, 1.0) else {
        unreachable!("there are items")
    };
    for user in 0..n_users {
        let mut rng = stream(1, user as u64);
        // Pareto's law with exponent 1.45, cut off: 23 items a user in the mean, where gowalla has 27.
        let tail: f64 = rng.random_range(1e-4..1.0_f64).powf(-1.0 / 1.45);
        let wanted = ((FEWEST as f64 * tail) as usize).min(800);
        let mut own = HashSet::new();
        while own.len() < wanted {
            own.insert(law.sample(&mut rng) as usize - 1);
        }
        let mut own: Vec<usize> = own.into_iter().collect();
        own.sort_unstable();
        let user = user.to_string();
        for item in own {
            records.push(&user, &item.to_string(), Values::default())?;
        }
    }
    Interactions::new(&records.finish(), Duplicates::Refuse)
}

/// The most memory that this process had, in MB, as Linux tells it.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}

/// Seconds and peak memory over the interactions, both axes logarithmic; the grey line grows as the interactions do.
fn picture(lines: &str) -> anyhow::Result<String> {
    let rows: Vec<Value> = lines
        .lines()
        .map(serde_json::from_str)
        .collect::<std::result::Result<_, _>>()?;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"360\" font-family=\"sans-serif\" \
         font-size=\"12\"><rect width=\"860\" height=\"360\" fill=\"#fff\"/>",
    );
    panel(&mut svg, &rows, 0.0, "fit_s", "training, seconds", 0.1)?;
    panel(&mut svg, &rows, 430.0, "peak_mb", "peak memory, MB", 10.0)?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// One diagram from `(left + 60, 40)`, 330 wide and 260 high: three decades of interactions, four of `field` from `low`.
fn panel(
    svg: &mut String,
    rows: &[Value],
    left: f64,
    field: &str,
    title: &str,
    low: f64,
) -> std::fmt::Result {
    let x = |interactions: f64| left + 60.0 + 330.0 * (interactions / 3e5).log10() / 3.0;
    let y = |value: f64| 300.0 - 260.0 * (value / low).log10() / 4.0;
    write!(
        svg,
        "<text x=\"{}\" y=\"24\" font-weight=\"bold\">{title}</text>",
        left + 60.0
    )?;
    for decade in 0..=4 {
        let value = low * 10_f64.powi(decade);
        write!(
            svg,
            "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"#e4e4e4\"/>\
             <text x=\"{3}\" y=\"{4}\" text-anchor=\"end\">{value}</text>",
            left + 60.0,
            left + 390.0,
            y(value),
            left + 54.0,
            y(value) + 4.0
        )?;
    }
    for (interactions, label) in [(1e6, "1 M"), (1e7, "10 M"), (1e8, "100 M")] {
        write!(
            svg,
            "<line x1=\"{0}\" x2=\"{0}\" y1=\"40\" y2=\"300\" stroke=\"#e4e4e4\"/>\
             <text x=\"{0}\" y=\"318\" text-anchor=\"middle\">{label}</text>",
            x(interactions)
        )?;
    }
    write!(
        svg,
        "<text x=\"{}\" y=\"338\" text-anchor=\"middle\">interactions</text>",
        left + 225.0
    )?;
    let linear = (low * 5.0, low * 500.0);
    write!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#999\" stroke-dasharray=\"4 4\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#777\">linear</text>",
        x(8e5),
        y(linear.0),
        x(8e7),
        y(linear.1),
        x(8e7) - 40.0,
        y(linear.1) + 18.0
    )?;
    for (number, (algo, colour)) in [
        ("item-cosine", "#2f6fdb"),
        ("ials", "#d9552b"),
        ("bpr", "#2a9d5c"),
    ]
    .into_iter()
    .enumerate()
    {
        let points: Vec<(f64, f64)> = rows
            .iter()
            .filter(|row| row["algo"] == algo)
            .filter_map(|row| Some((x(row["interactions"].as_f64()?), y(row[field].as_f64()?))))
            .collect();
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        )?;
        for (x, y) in &points {
            write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"
            )?;
        }
        write!(
            svg,
            "<text x=\"{}\" y=\"{}\" fill=\"{colour}\">{algo}</text>",
            left + 70.0,
            58.0 + 18.0 * number as f64
        )?;
    }
    Ok(())
}
