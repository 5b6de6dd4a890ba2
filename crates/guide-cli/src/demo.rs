//! `guide demo`: the main job from end to end on a shop that is generated on the spot.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use guide_core::Error;
use guide_core::model_file::write_atomically;
use guide_demo::report::{self, Sample};
use guide_demo::{DemoParams, DemoShop};
use serde_json::{Value, json};
use shopping_guide::{Answer, EvaluationParams, Guide, Query};

use crate::build;
use crate::measured::say_measured;
use crate::output::Output;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::{at_least_one, usage};

#[derive(Args)]
pub struct DemoArgs {
    /// The folder for the shop's files, the guide and the report; made if need be.
    #[arg(long, default_value = "demo-report", value_name = "FOLDER")]
    out: PathBuf,
    /// Products of the shop.
    #[arg(long, default_value_t = DemoParams::default().n_products, value_parser = at_least_one())]
    products: usize,
    /// Shoppers of the shop.
    #[arg(long, default_value_t = DemoParams::default().n_shoppers, value_parser = at_least_one())]
    shoppers: usize,
}

/// Runs `guide demo`.
pub fn run(args: &DemoArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let start = Instant::now();
    let params = build::params(settings)?; // nothing is written for parameters that cannot be
    let shop = DemoShop::params()
        .n_products(args.products)
        .n_shoppers(args.shoppers)
        .seed(params.seed);
    let demo = Bar::during("making the shop", |bar| {
        bar.say(format!("{} shoppers visit it", args.shoppers));
        shop.generate()
    });
    let demo = demo.map_err(usage)?;
    Bar::during("writing its files", |_| demo.save(&args.out))?;
    output.say(&format!(
        "a shop of {} products, {} shoppers and {} events in {}",
        demo.catalog.len(),
        demo.events.n_shoppers(),
        demo.events.len(),
        args.out.display()
    ))?;

    let how = EvaluationParams::default().seed(params.seed);
    let builder = Guide::builder()
        .catalog(demo.catalog.clone())
        .events(demo.events.clone())
        .params(params);
    let (guide, built, measured) = build::build_measured(builder, &how)?;
    output.say("")?;
    say_measured(&measured, how.test_fraction, output)?;
    let shop_file = args.out.join("demo.shop");
    guide.save(&shop_file)?;
    let guide = Guide::load(&shop_file)?;

    let samples = samples(&demo, &guide)?;
    for sample in &samples {
        output.say(&format!(
            "\n{} (rung: {})",
            sample.question, sample.answer.rung
        ))?;
        for hit in sample.answer.hits.iter().take(3) {
            let reason = hit
                .reasons
                .first()
                .map_or(String::new(), ToString::to_string);
            output.say(&format!("  {} — {reason}", hit.title))?;
        }
    }
    let page = args.out.join("report.html");
    let html = report::html("The demo shop", &guide, measured.as_ref().ok(), &samples);
    write_page(&page, &html)?;

    let seconds = start.elapsed().as_secs_f64();
    let answers = samples
        .iter()
        .map(|sample| json!({ "question": sample.question, "answer": sample.answer }));
    output.line(&json!({
        "products": demo.catalog.len(),
        "shoppers": demo.events.n_shoppers(),
        "events": demo.events.len(),
        "evaluation": measured.as_ref().ok(),
        "not_measured": measured.as_ref().err(),
        "build": built,
        "answers": answers.collect::<Value>(),
        "shop": shop_file,
        "report": page,
        "seconds": seconds,
    }))?;
    output.say(&format!(
        "\n{seconds:.1} s. The report with pictures: {}",
        page.display()
    ))?;
    match guide.shoppers().next() {
        Some(shopper) => output.say(&format!(
            "Ask the shop: guide shop recommend --shop {} --shopper {shopper}",
            shop_file.display()
        )),
        None => Ok(()),
    }
}

/// One question for each rung of the cold-start ladder, and one for each kind of question.
fn samples(demo: &DemoShop, guide: &Guide) -> anyhow::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut ask = |question: String, answer: Answer| samples.push(Sample { question, answer });
    let n = 6;
    if let Some(shopper) = guide.shoppers().next() {
        ask(
            format!("What should shopper {shopper} see?"),
            guide.recommend(&Query::shopper(shopper).n(n))?,
        );
        let cheap = Query::shopper(shopper).n(n).price_to(30.0);
        ask(
            format!("What should shopper {shopper} see for at most 30?"),
            guide.recommend(&cheap)?,
        );
    }
    if let Some(product) = demo
        .events
        .iter()
        .next()
        .and_then(|event| demo.catalog.get(&event.product))
    {
        let bought = Query::history([product.id.as_str()]).n(n);
        ask(
            format!("Someone new took “{}”. What else?", product.title),
            guide.recommend(&bought)?,
        );
        ask(
            format!("What goes with “{}”?", product.title),
            guide.similar(&product.id, n)?,
        );
    }
    if let Some((shopper, likes)) = demo.new_shoppers.first() {
        let words: Vec<String> = likes
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let query = likes
            .iter()
            .fold(Query::shopper(shopper).n(n), |query, (name, value)| {
                query.likes(name, value)
            });
        ask(
            format!("A newcomer likes {}. What to show?", words.join(", ")),
            guide.recommend(&query)?,
        );
    }
    if let Some(product) = demo
        .new_products
        .first()
        .and_then(|id| demo.catalog.get(id))
    {
        ask(
            format!("“{}” is new. What is like it?", product.title),
            guide.similar(&product.id, n)?,
        );
    }
    ask(
        "Nothing is known. What to show?".to_owned(),
        guide.recommend(&Query::nobody().n(n))?,
    );
    Ok(samples)
}

fn write_page(path: &Path, page: &str) -> guide_core::Result<()> {
    write_atomically(path, |file| {
        file.write_all(page.as_bytes())
            .map_err(|source| Error::io(path, source))
    })
}
