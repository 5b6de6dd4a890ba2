//! `guide demo`: the main job from end to end on a shop that is generated on the spot.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use guide_core::Error;
use guide_core::model_file::write_atomically;
use serde_json::json;
use shopping_guide::demo::{DemoParams, DemoShop};
use shopping_guide::report::{self, Sample};
use shopping_guide::{Answer, Evaluation, EvaluationParams, Guide, Persist, Query};

use crate::algorithms::Settings;
use crate::output::Output;
use crate::progress::Bar;
use crate::shop;

#[derive(Args)]
pub struct DemoArgs {
    /// The folder for the shop's files, the guide and the report; made if need be.
    #[arg(long, default_value = "demo-report", value_name = "FOLDER")]
    out: PathBuf,
    /// Products of the shop.
    #[arg(long, default_value_t = DemoParams::default().n_products)]
    products: usize,
    /// Shoppers of the shop.
    #[arg(long, default_value_t = DemoParams::default().n_shoppers)]
    shoppers: usize,
}

/// Runs `guide demo`.
pub fn run(args: &DemoArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let start = Instant::now();
    let params = shop::params(settings)?;
    let demo = DemoShop::params()
        .n_products(args.products)
        .n_shoppers(args.shoppers)
        .seed(params.seed)
        .generate()?;
    demo.save(&args.out)?;
    output.say(&format!(
        "a shop of {} products, {} shoppers and {} events in {}",
        demo.catalog.len(),
        demo.events.n_shoppers(),
        demo.events.len(),
        args.out.display()
    ));

    let bar = Bar::new("demo");
    let how = EvaluationParams::default();
    let evaluation = Evaluation::run(&demo.catalog, &demo.events, &params, &how, &bar)?;
    output.say(&format!(
        "\nmeasured on the last {:.0} % of the events: {} shoppers, {} products that were new to them",
        how.test_fraction * 100.0,
        evaluation.shoppers,
        evaluation.pairs
    ));
    output.table(&shop::measured_rows(&evaluation));

    let builder = Guide::builder()
        .catalog(demo.catalog.clone())
        .events(demo.events.clone())
        .params(params);
    let (guide, built) = builder.build_with(&bar)?;
    drop(bar);
    let shop_file = args.out.join("demo.shop");
    guide.save(&shop_file)?;
    let guide = Guide::load(&shop_file)?;

    let samples = samples(&demo, &guide)?;
    for sample in &samples {
        output.say(&format!(
            "\n{} (rung: {})",
            sample.question, sample.answer.rung
        ));
        for hit in sample.answer.hits.iter().take(3) {
            output.say(&format!("  {} — {}", hit.title, hit.reasons[0]));
        }
    }
    let page = args.out.join("report.html");
    write_page(
        &page,
        &report::html("The demo shop", &guide, Some(&evaluation), &samples),
    )?;

    let seconds = start.elapsed().as_secs_f64();
    if output.is_json() {
        let answers: Vec<_> = samples
            .iter()
            .map(|s| json!({ "question": s.question, "answer": s.answer }))
            .collect();
        output.object(&json!({
            "products": demo.catalog.len(),
            "shoppers": demo.events.n_shoppers(),
            "events": demo.events.len(),
            "evaluation": evaluation,
            "build": built,
            "answers": answers,
            "shop": shop_file,
            "report": page,
            "seconds": seconds,
        }));
    } else {
        output.say(&format!(
            "\n{seconds:.1} s. The report with pictures: {}",
            page.display()
        ));
        output.say(&format!(
            "Ask the shop: guide shop recommend --shop {} --shopper s1",
            shop_file.display()
        ));
    }
    Ok(())
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
        .and_then(|event| demo.catalog.get(event.product))
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
