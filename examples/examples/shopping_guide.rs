//! The whole guide: built, measured, asked in every way, saved and asked again; on the demo shop, or on a shop's own files.
//!
//!     cargo run --release -p examples --example shopping_guide [catalog.csv events.csv]

use anyhow::Context;
use examples::{expect, path};
use guide_core::Silent;
use guide_demo::DemoShop;
use shopping_guide::{
    Answer, Catalog, CatalogColumns, EvaluationParams, EventColumns, Events, Guide, MeasuredGuide,
    Query,
};

/// The files named by the two arguments, or else the demo shop.
fn shop() -> anyhow::Result<(Catalog, Events)> {
    let Some(catalog) = path() else {
        let shop = DemoShop::params()
            .n_products(1000)
            .n_shoppers(1500)
            .generate()?;
        return Ok((shop.catalog, shop.events));
    };
    let events = std::env::args()
        .nth(2)
        .context("a catalogue needs a log of events as second argument")?;
    // What the columns are is guessed from their headings.
    let (catalog, _) = Catalog::read(catalog, &CatalogColumns::default())?;
    let (events, _) = Events::read(events, &EventColumns::default())?;
    Ok((catalog, events))
}

fn show(question: &str, answer: &Answer) {
    println!("\n{question} ({})", answer.rung);
    for hit in &answer.hits {
        let reason = hit.reasons.first().map(ToString::to_string);
        println!("  {}: {}", hit.title, reason.unwrap_or_default());
    }
}

fn main() -> anyhow::Result<()> {
    let (catalog, events) = shop()?;
    // Tuned and measured without the last tenth of the baskets, then fitted to all events with the same parameters.
    let builder = Guide::builder().catalog(catalog).events(events);
    let MeasuredGuide {
        guide,
        report,
        evaluation,
        ..
    } = builder.build_measured(&EvaluationParams::default(), &Silent)?;
    let evaluation = evaluation?;
    for row in &evaluation.rows {
        let (low, high) = row.recall_interval;
        println!(
            "{:<12} recall@20 {:.4} ({low:.4} to {high:.4})  NDCG@20 {:.4}",
            row.name, row.recall, row.ndcg
        );
    }
    for source in &evaluation.better_sources {
        println!("{} alone finds more than the guide", source.name);
    }
    println!("{report}");

    let shopper = guide.shoppers().next().unwrap_or_default().to_owned();
    let question = Query::shopper(&shopper).price_to(50.0).n(3);
    let answer = guide.recommend(&question)?;
    show(&format!("For {shopper}, at most 50"), &answer);
    if let Some(hit) = answer.hits.first() {
        let product = hit.product.clone();
        show(&format!("Like {product}"), &guide.similar(&product, 3)?);
        show(
            "For someone new who took that",
            &guide.recommend(&Query::history([&product]).n(3))?,
        );
    }
    show(
        "For nobody in particular",
        &guide.recommend(&Query::nobody().n(3))?,
    );

    let file = std::env::temp_dir().join("example.shop");
    guide.save(&file)?;
    anyhow::ensure!(
        Guide::load(&file)?.recommend(&question)? == answer,
        "the file changed the guide"
    );
    let of = |name: &str| evaluation.row(name).map_or(0.0, |row| row.recall);
    expect(
        answer.hits.len() == 3 && of("guide") > 1.5 * of("popular"),
        "the guide answers, and finds half as much again as popularity",
    )
}
