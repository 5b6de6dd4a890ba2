//! The whole guide on the demo shop: built, measured, asked in every way, saved and asked again.
//!
//!     cargo run --release -p examples --example shopping_guide

use examples::expect;
use guide_core::Silent;
use shopping_guide::demo::DemoShop;
use shopping_guide::{Answer, Evaluation, EvaluationParams, Guide, GuideParams, Persist, Query};

fn show(question: &str, answer: &Answer) {
    println!("\n{question} ({})", answer.rung);
    for hit in &answer.hits {
        println!("  {}: {}", hit.title, hit.reasons[0]);
    }
}

fn main() -> anyhow::Result<()> {
    let shop = DemoShop::params()
        .n_products(1000)
        .n_shoppers(1500)
        .generate()?;
    let params = GuideParams::default();
    let how = EvaluationParams::default();
    let evaluation = Evaluation::run(&shop.catalog, &shop.events, &params, &how, &Silent)?;
    for row in &evaluation.rows {
        println!(
            "{:<12} recall@20 {:.4}  NDCG@20 {:.4}",
            row.name, row.recall, row.ndcg
        );
    }

    let builder = Guide::builder()
        .catalog(shop.catalog.clone())
        .events(shop.events.clone());
    let guide = builder.params(params).build()?;
    let shopper = guide.shoppers().next().unwrap_or_default().to_owned();
    let question = Query::shopper(&shopper).price_to(50.0).n(3);
    let answer = guide.recommend(&question)?;
    show(&format!("For {shopper}, at most 50"), &answer);
    let product = answer.hits[0].product.clone();
    show(&format!("Like {product}"), &guide.similar(&product, 3)?);
    show(
        "For someone new who took that",
        &guide.recommend(&Query::history([&product]).n(3))?,
    );
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
        of("guide") > 1.5 * of("popular"),
        "the guide finds half as much again as popularity",
    )
}
