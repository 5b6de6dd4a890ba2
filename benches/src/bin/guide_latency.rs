//! How long the guide of a large shop takes: to be built, saved, loaded, and to answer, on one thread.
//!
//!     guide_latency PRODUCTS SHOPPERS [VISITS] [FILE]
//!
//! The shop is the demo generator's. A guide that stands in FILE is loaded and not built again. Prints one JSON object a line: what was built, then for
//! each kind of query the median and the 99th percentile of the milliseconds of an answer with ten hits and their reasons.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use guide_demo::DemoShop;
use rand::RngExt;
use serde_json::json;
use shopping_guide::{Catalog, Event, EventKind, Events, Guide, GuideParams, Query, Silent};

/// Queries of each kind.
const ASKED: usize = 2000;
/// Products up to which the demo's generator makes the events: its time grows with the products and the events together.
const MOST_DEMO: usize = 200_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).map(|text| text.parse::<usize>());
    let n_products = number(0).context("the number of products")??;
    let n_shoppers = number(1).context("the number of shoppers")??;
    let visits = number(2).transpose()?.unwrap_or(8);
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let file = match arguments.get(3) {
        Some(file) => PathBuf::from(file),
        None => std::env::temp_dir().join(format!("latency-{}.guide", std::process::id())),
    };
    if !file.exists() {
        build(n_products, n_shoppers, visits, &file)?;
    }
    let start = Instant::now();
    let guide = Guide::load(&file)?;
    let load_s = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({
            "products": guide.catalog().len(),
            "shoppers": guide.shoppers().count(),
            "load_s": load_s,
            "file_mb": std::fs::metadata(&file)?.len() as f64 / 1e6,
            "resident_mb": resident_mb("VmRSS:"),
        })
    );
    if arguments.len() < 4 {
        std::fs::remove_file(&file)?;
    }
    measure(&guide)
}

fn build(
    n_products: usize,
    n_shoppers: usize,
    visits: usize,
    file: &PathBuf,
) -> anyhow::Result<()> {
    let params = DemoShop::params().n_products(n_products);
    let shop = match n_products <= MOST_DEMO {
        true => params
            .n_shoppers(n_shoppers)
            .visits(visits as f32)
            .generate()?,
        false => {
            let mut shop = params.n_shoppers(1).visits(1.0).generate()?;
            shop.events = quick_events(&shop.catalog, n_shoppers, visits)?;
            shop
        }
    };
    let n_events = shop.events.len();
    let before_mb = resident_mb("VmRSS:");
    let start = Instant::now();
    let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    let params = GuideParams::default().tune(false);
    let (guide, report) = builder.params(params).build_with(&Silent)?;
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    guide.save(file)?;
    println!(
        "{}",
        json!({
            "events": n_events,
            "build_s": build_s,
            "save_s": start.elapsed().as_secs_f64(),
            "seconds": report.seconds,
            "before_mb": before_mb,
            "peak_mb": resident_mb("VmHWM:"),
        })
    );
    Ok(())
}

/// Events of shoppers who each like five ranges of neighbouring products, nine events a visit, as many as the generator gives. The generator weighs all
/// products for each event.
fn quick_events(catalog: &Catalog, n_shoppers: usize, visits: usize) -> anyhow::Result<Events> {
    let products = catalog.products();
    let mut events = Events::default();
    for shopper in 0..n_shoppers {
        let mut rng = guide_core::stream(1, shopper as u64);
        let liked: [usize; 5] = std::array::from_fn(|_| rng.random_range(0..products.len()));
        let id = format!("S{shopper:07}");
        for visit in 0..visits {
            let basket = format!("V{shopper}-{visit}");
            let day = rng.random_range(0..365_i64);
            for nth in 0..9 {
                let first = liked[rng.random_range(0..liked.len())];
                // Near the first of the range more often than far from it.
                let far = (200.0 * rng.random::<f64>().powi(3)) as usize;
                let product = &products[(first + far) % products.len()].id;
                let kind = match nth {
                    0 | 1 => EventKind::Purchase,
                    2 => EventKind::Cart,
                    _ => EventKind::View,
                };
                let event = Event::new(&*id, &**product, kind).basket(&*basket);
                events.push(&event.time(day * 86_400 + nth))?;
            }
        }
    }
    Ok(events)
}

fn measure(guide: &Guide) -> anyhow::Result<()> {
    let shoppers: Vec<&str> = guide.shoppers().collect();
    let products = guide.catalog().products();
    let step = |n: usize| (n / ASKED).max(1);
    let some_shoppers = || shoppers.iter().step_by(step(shoppers.len())).take(ASKED);
    let some_products = || products.iter().step_by(step(products.len())).take(ASKED);
    let mut prices: Vec<f32> = products.iter().filter_map(|one| one.price).collect();
    prices.sort_unstable_by(f32::total_cmp);
    let price_at = |share: f64| prices[(prices.len() as f64 * share) as usize];
    let shopper = |id: &&str| Query::shopper(*id);
    let priced = |share: f64| {
        let price = price_at(share);
        some_shoppers().map(move |id| Query::shopper(*id).price_to(price))
    };
    time(guide, "recommend", some_shoppers().map(shopper))?;
    let similar = some_products().map(|product| Query::nobody().context(&product.id));
    time(guide, "similar", similar)?;
    let id = |place: usize| products[place % products.len()].id.clone();
    let session = |n: usize| Query::history([id(n), id(7 * n + 3), id(31 * n + 11)]);
    let sessions = (0..ASKED).map(|n| session(n * step(products.len())));
    time(guide, "history of three", sessions)?;
    let cart = |n: usize| Query::nobody().cart([id(n), id(7 * n + 3), id(31 * n + 11)]);
    let carts = (0..ASKED).map(|n| cart(n * step(products.len())));
    time(guide, "cart of three", carts)?;
    let visits = some_shoppers().enumerate().map(|(n, shopper)| {
        let seen = [id(n), id(7 * n + 3), id(31 * n + 11), id(5 * n + 1)];
        Query::shopper(*shopper).session(seen)
    });
    time(guide, "shopper with a session", visits)?;
    for (name, share) in [
        ("price, 1 % pass", 0.01),
        ("price, 10 % pass", 0.1),
        ("price, 90 % pass", 0.9),
    ] {
        time(guide, name, priced(share))?;
    }
    let colour = products.iter().find_map(|product| product.value("colour"));
    let colour = colour.context("a colour")?.to_owned();
    let coloured = some_shoppers().map(|id| Query::shopper(*id).attribute("colour", &*colour));
    time(guide, "one colour", coloured)?;
    let nobody = (0..ASKED).map(|_| Query::nobody());
    time(guide, "nobody", nobody)?;
    let start = Instant::now();
    for id in some_shoppers().take(20) {
        let hit = &guide.recommend(&Query::shopper(*id))?.hits[3].product;
        guide.explain(id, hit)?;
    }
    let explain_ms = start.elapsed().as_secs_f64() * 1e3 / 20.0;
    println!(
        "{}",
        json!({"query": "recommend and explain", "mean_ms": explain_ms})
    );
    Ok(())
}

fn time(guide: &Guide, name: &str, queries: impl Iterator<Item = Query>) -> anyhow::Result<()> {
    let mut milliseconds = Vec::new();
    let mut n_hits = 0;
    for query in queries {
        let start = Instant::now();
        let answer = guide.recommend(&query)?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        n_hits += answer.hits.len();
    }
    milliseconds.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| milliseconds[((milliseconds.len() - 1) as f64 * share) as usize];
    println!(
        "{}",
        json!({"query": name, "asked": milliseconds.len(), "p50_ms": at(0.5), "p99_ms": at(0.99), "hits": n_hits})
    );
    Ok(())
}

/// A line of the memory of this process in MB, as Linux tells it.
fn resident_mb(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}
