//! How long a live guide takes to observe events, to answer with many events since it was settled, to settle and to forget; and whether its
//! memory stays flat.
//!
//!     guide_live FILE [EVENTS] [FLOOD]
//!
//! FILE holds a guide, for example of `guide_latency`. EVENTS (50,000) are observed one by one with a journal that is synced every 10 ms. Then
//! FLOOD events (0) are observed by a guide that keeps at most 100 of each shopper and is saved after every million.

use std::time::{Duration, Instant};

use anyhow::Context;
use rand::RngExt;
use serde_json::json;
use shopping_guide::{Event, EventKind, Guide, LiveGuide, LiveParams, Query, Silent, SyncMode};

/// Queries of each kind.
const ASKED: usize = 2000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = arguments.first().context("a file with a guide")?;
    let number = |place: usize| arguments.get(place).map(|text| text.parse::<usize>());
    let n_events = number(1).transpose()?.unwrap_or(50_000);
    let flood = number(2).transpose()?.unwrap_or(0);
    let guide = Guide::load(file)?;
    let shoppers: Vec<String> = guide.shoppers().map(str::to_owned).collect();
    let products: Vec<String> = guide
        .catalog()
        .products()
        .iter()
        .map(|one| one.id.clone())
        .collect();
    let now = guide.events()?.latest().unwrap_or(0);
    let mut rng = guide_core::seeded(1);
    let mut event = move |number: usize| {
        let shopper = match rng.random_range(0..10) {
            0 => format!("new shopper {}", rng.random_range(0..100_000)),
            _ => shoppers[rng.random_range(0..shoppers.len())].clone(),
        };
        let product = products[rng.random_range(0..products.len())].clone();
        let kind = [EventKind::View, EventKind::Cart, EventKind::Purchase][rng.random_range(0..3)];
        Event::new(shopper, product, kind).time(now + number as i64)
    };
    let folder = tempfile::tempdir()?;
    let params = LiveParams::default().settle_after(usize::MAX);
    let mode = SyncMode::Every(Duration::from_millis(10));
    let start = Instant::now();
    let live = LiveGuide::create(folder.path().join("shop"), guide, mode, params)?;
    println!("{}", json!({"create_s": start.elapsed().as_secs_f64()}));
    ask(&live, "recommend, nothing since")?;
    let mut micros = Vec::with_capacity(n_events);
    for number in 0..n_events {
        let event = event(number);
        let start = Instant::now();
        live.observe(&event)?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    tell("observe_us", "observe", &mut micros);
    ask(&live, "recommend, all of it since")?;
    seconds("settle", || live.settle())?;
    ask(&live, "recommend, settled")?;
    let shopper = live
        .guide()
        .shoppers()
        .next()
        .context("a shopper")?
        .to_owned();
    seconds("forget", || live.forget(&shopper).map(|_| ()))?;
    seconds("refit", || live.refit(&Silent).map(|_| ()))?;
    seconds("checkpoint", || live.checkpoint())?;
    if flood > 0 {
        let params = LiveParams::default().keep_events(Some(100));
        let folder = tempfile::tempdir()?;
        let guide = Guide::clone(&live.guide());
        drop(live);
        let live = LiveGuide::create(folder.path().join("shop"), guide, mode, params)?;
        let start = Instant::now();
        for number in 0..flood {
            live.observe(&event(number))?;
            if (number + 1) % 1_000_000 == 0 {
                live.checkpoint()?;
                println!(
                    "{}",
                    json!({
                        "observed": number + 1,
                        "seconds": start.elapsed().as_secs_f64(),
                        "resident_mb": resident_mb(),
                        "failure": live.take_failure(),
                    })
                );
            }
        }
    }
    Ok(())
}

fn seconds(name: &str, work: impl FnOnce() -> shopping_guide::Result<()>) -> anyhow::Result<()> {
    let start = Instant::now();
    work()?;
    println!(
        "{}",
        json!({"work": name, "seconds": start.elapsed().as_secs_f64()})
    );
    Ok(())
}

fn ask(live: &LiveGuide, name: &str) -> anyhow::Result<()> {
    let guide = live.guide();
    let shoppers: Vec<&str> = guide.shoppers().collect();
    let step = (shoppers.len() / ASKED).max(1);
    let mut milliseconds = Vec::new();
    for shopper in shoppers.iter().step_by(step).take(ASKED) {
        let query = Query::shopper(*shopper);
        let start = Instant::now();
        guide.recommend(&query)?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
    }
    tell("recommend_ms", name, &mut milliseconds);
    Ok(())
}

fn tell(unit: &str, name: &str, times: &mut [f64]) {
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{}",
        json!({"of": name, "unit": unit, "p50": at(0.5), "p99": at(0.99), "most": at(1.0)})
    );
}

/// The memory of this process in MB, as Linux tells it.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}
