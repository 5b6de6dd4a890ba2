//! `guide shop`: builds a guide from a shop's files, and asks it.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand, ValueEnum};
use guide_core::by_name;
use serde_json::{Value, json};
use shopping_guide::{
    Answer, Catalog, CatalogColumns, Evaluation, EvaluationParams, EventColumns, EventKind, Events,
    Guide, GuideParams, Measured, Persist, Query,
};

use crate::algorithms::Settings;
use crate::output::Output;
use crate::progress::Bar;

#[derive(Subcommand)]
pub enum ShopCommand {
    /// Read a catalogue and an event log, train every source, evaluate, and save the guide as one file.
    Build(BuildArgs),
    /// Recommend products to a shopper, to someone with a history, or to nobody in particular.
    Recommend(RecommendArgs),
    /// Find products that go with a product.
    Similar(SimilarArgs),
    /// Say what each source thinks of a product for a shopper, and why.
    Explain(ExplainArgs),
}

/// What an event log without a column of kinds is made of.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    View,
    Cart,
    Purchase,
    Rating,
}

#[derive(Args)]
pub struct BuildArgs {
    /// The catalogue: a CSV with a heading, plain or gzip. May be the event log itself, where each sale names its product.
    #[arg(long, value_name = "CSV")]
    catalog: PathBuf,
    /// The event log: a CSV with a heading, plain or gzip.
    #[arg(long, value_name = "CSV")]
    events: Option<PathBuf>,
    /// Say what a column of the catalogue is: id, title, text, price or picture. What is not said is guessed.
    #[arg(long, value_name = "ROLE=HEADING", value_parser = crate::key_value)]
    catalog_column: Vec<(String, String)>,
    /// Say what a column of the events is: shopper, product, kind, value, time or basket. What is not said is guessed.
    #[arg(long, value_name = "ROLE=HEADING", value_parser = crate::key_value)]
    event_column: Vec<(String, String)>,
    /// What every event is, where no column says it.
    #[arg(long, value_enum)]
    all_are: Option<Kind>,
    /// The part of the baskets, last by time, on which the guide is measured before it is built on all; 0 for none.
    #[arg(long, default_value_t = 0.1, value_name = "FRACTION")]
    test_fraction: f32,
    /// Where to save the guide.
    #[arg(long, value_name = "SHOP")]
    out: PathBuf,
}

/// Which products may be among the hits.
#[derive(Args)]
struct Wanted {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    /// How many hits.
    #[arg(short, default_value_t = 10)]
    n: usize,
}

#[derive(Args)]
pub struct RecommendArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// The shopper.
    #[arg(long, value_name = "ID", conflicts_with = "history")]
    shopper: Option<String>,
    /// Products of someone whom the guide does not know, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    history: Vec<String>,
    /// The product being looked at.
    #[arg(long, value_name = "ID")]
    context: Option<String>,
    /// Lowest price.
    #[arg(long)]
    price_from: Option<f32>,
    /// Highest price.
    #[arg(long)]
    price_to: Option<f32>,
    /// A value that an attribute must have; several of the same attribute are alternatives.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::key_value)]
    attribute: Vec<(String, String)>,
    /// A value of an attribute that the shopper likes.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::key_value)]
    likes: Vec<(String, String)>,
    /// Products that must not be among the hits, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    without: Vec<String>,
}

#[derive(Args)]
pub struct SimilarArgs {
    #[command(flatten)]
    wanted: Wanted,
    /// The product.
    #[arg(long, value_name = "ID")]
    product: String,
}

#[derive(Args)]
pub struct ExplainArgs {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    /// The shopper.
    #[arg(long, value_name = "ID")]
    shopper: String,
    /// The product.
    #[arg(long, value_name = "ID")]
    product: String,
}

/// Runs `guide shop`.
pub fn run(command: &ShopCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        ShopCommand::Build(args) => build(args, settings, output),
        ShopCommand::Recommend(args) => {
            let answer = Guide::load(&args.wanted.shop)?.recommend(&args.query())?;
            print_answer(&answer, output);
            Ok(())
        }
        ShopCommand::Similar(args) => {
            let answer = Guide::load(&args.wanted.shop)?.similar(&args.product, args.wanted.n)?;
            print_answer(&answer, output);
            Ok(())
        }
        ShopCommand::Explain(args) => explain(args, output),
    }
}

/// The guide's parameters with the settings of the command line in place.
pub fn params(settings: &Settings) -> guide_core::Result<GuideParams> {
    let mut params = GuideParams::default();
    if let Some(seed) = settings.seed {
        params = params.seed(seed);
    }
    for (name, value) in &settings.fields {
        params = by_name::set(&params, name, value)?;
    }
    Ok(params)
}

fn build(args: &BuildArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let params = params(settings)?;
    anyhow::ensure!(
        (0.0..1.0).contains(&args.test_fraction),
        "--test-fraction must be at least 0 and below 1, but is {}",
        args.test_fraction
    );
    let (catalog, catalog_report) = Catalog::read(&args.catalog, &args.catalog_columns()?)?;
    output.say(&catalog_report.to_string());
    let events = match &args.events {
        Some(path) => {
            let (events, report) = Events::read(path, &args.event_columns()?)?;
            output.say(&report.to_string());
            Some((events, report))
        }
        None => None,
    };
    let bar = Bar::new("shop");
    let evaluation = match &events {
        Some((events, _)) if args.test_fraction > 0.0 => {
            let how = EvaluationParams::default().test_fraction(args.test_fraction);
            Some(Evaluation::run(&catalog, events, &params, &how, &bar)?)
        }
        _ => None,
    };
    if let Some(evaluation) = &evaluation {
        output.say(&format!(
            "measured on the last {:.0} % of the baskets: {} shoppers, {} products that were new to them",
            args.test_fraction * 100.0,
            evaluation.shoppers,
            evaluation.pairs
        ));
        if !output.is_json() {
            output.table(&measured_rows(evaluation));
        }
    }
    let start = Instant::now();
    let mut builder = Guide::builder().catalog(catalog).params(params);
    let (events, events_report) = events.unzip();
    if let Some(events) = events {
        builder = builder.events(events);
    }
    let (guide, built) = builder.build_with(&bar)?;
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    guide.save(&args.out)?;
    drop(bar);
    let bytes = std::fs::metadata(&args.out)
        .map(|file| file.len())
        .unwrap_or(0);
    if output.is_json() {
        output.object(&json!({
            "catalog": catalog_report,
            "events": events_report,
            "evaluation": evaluation,
            "build": built,
            "build_s": build_s,
            "save_s": start.elapsed().as_secs_f64(),
            "out": args.out,
            "bytes": bytes,
        }));
    } else {
        output.say(&format!(
            "\n{}: {} products ({} without events), {} shoppers, {} events, {bytes} bytes, built in {build_s:.2} s",
            args.out.display(),
            built.products,
            built.new_products,
            built.shoppers,
            built.events
        ));
        for (source, seconds) in &built.seconds {
            output.say(&format!("  {source}: {seconds:.3} s"));
        }
    }
    Ok(())
}

/// The evaluation as rows of a table.
pub fn measured_rows(evaluation: &Evaluation) -> Vec<Value> {
    let k = evaluation.k;
    let row = |row: &Measured| {
        json!({
            "source": row.name,
            format!("recall@{k}"): row.recall,
            format!("ndcg@{k}"): row.ndcg,
            "hit_rate": row.hit_rate,
            "mrr": row.mrr,
            "coverage": row.coverage,
            "seconds": row.seconds,
        })
    };
    evaluation.rows.iter().map(row).collect()
}

fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<()> {
    let explanation = Guide::load(&args.shop)?.explain(&args.shopper, &args.product)?;
    if output.is_json() {
        output.object(&serde_json::to_value(&explanation)?);
        return Ok(());
    }
    let place = explanation
        .place
        .map_or("not among the candidates".to_owned(), |place| {
            format!("place {place}")
        });
    output.say(&format!(
        "{} ({}): {place}, rung {}",
        explanation.title, explanation.product, explanation.rung
    ));
    for reason in &explanation.reasons {
        output.say(&format!("  {reason}"));
    }
    output.table(
        &explanation
            .sources
            .iter()
            .map(|source| json!(source))
            .collect::<Vec<_>>(),
    );
    Ok(())
}

fn print_answer(answer: &Answer, output: &Output) {
    output.say(&format!("rung: {}", answer.rung));
    for (place, hit) in (1..).zip(&answer.hits) {
        let reasons: Vec<String> = hit.reasons.iter().map(ToString::to_string).collect();
        let (product, title, sources) = (&hit.product, &hit.title, hit.sources.join(", "));
        output.say(&format!(
            "{place:3}. {title} ({product})  {:.4} by {sources}",
            hit.score
        ));
        reasons
            .iter()
            .for_each(|reason| output.say(&format!("       {reason}")));
        output.line(&json!({
            "product": product,
            "title": title,
            "score": hit.score,
            "sources": hit.sources,
            "reasons": reasons,
            "rung": answer.rung,
        }));
    }
}

impl RecommendArgs {
    fn query(&self) -> Query {
        let mut query = match &self.shopper {
            Some(shopper) => Query::shopper(shopper),
            None if self.history.is_empty() => Query::nobody(),
            None => Query::history(&self.history),
        };
        query = query.n(self.wanted.n).without(&self.without);
        query.context.clone_from(&self.context);
        query.filters.price_from = self.price_from;
        query.filters.price_to = self.price_to;
        query = self
            .attribute
            .iter()
            .fold(query, |query, (name, value)| query.attribute(name, value));
        self.likes
            .iter()
            .fold(query, |query, (name, value)| query.likes(name, value))
    }
}

impl BuildArgs {
    fn catalog_columns(&self) -> anyhow::Result<CatalogColumns> {
        let mut columns = CatalogColumns::default();
        for (role, heading) in &self.catalog_column {
            columns = match role.as_str() {
                "id" => columns.id(heading),
                "title" => columns.title(heading),
                "text" => columns.text(heading),
                "price" => columns.price(heading),
                "picture" => columns.picture(heading),
                _ => anyhow::bail!("no role `{role}`; known: id, title, text, price, picture"),
            };
        }
        Ok(columns)
    }

    fn event_columns(&self) -> anyhow::Result<EventColumns> {
        let mut columns = EventColumns::default();
        for (role, heading) in &self.event_column {
            columns = match role.as_str() {
                "shopper" => columns.shopper(heading),
                "product" => columns.product(heading),
                "kind" => columns.kind(heading),
                "value" => columns.value(heading),
                "time" => columns.time(heading),
                "basket" => columns.basket(heading),
                _ => anyhow::bail!(
                    "no role `{role}`; known: shopper, product, kind, value, time, basket"
                ),
            };
        }
        Ok(match self.all_are {
            None => columns,
            Some(Kind::View) => columns.all_are(EventKind::View),
            Some(Kind::Cart) => columns.all_are(EventKind::Cart),
            Some(Kind::Purchase) => columns.all_are(EventKind::Purchase),
            Some(Kind::Rating) => columns.all_are(EventKind::Rating),
        })
    }
}
