//! `guide shop build`: reads a shop's files, measures a guide on the last baskets, builds it on all, and saves it.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::{Error, Progress};
use serde_json::{Value, json};
use shopping_guide::{
    Catalog, CatalogColumns, Evaluation, EvaluationParams, EventColumns, EventKind, Events, Guide,
    GuideParams, Measured, Persist,
};

use crate::output::{Output, ensure_writable, shortest};
use crate::progress::Bar;
use crate::settings::Settings;
use crate::tables::TableArgs;
use crate::usage::{fraction_or_none, of_flag, usage};

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
    /// The catalogue: a CSV or JSON lines, plain or gzip. May be the event log itself, where each sale names its product.
    #[arg(long, value_name = "CSV")]
    catalog: PathBuf,
    /// The event log: a CSV or JSON lines, plain or gzip.
    #[arg(long, value_name = "CSV")]
    events: Option<PathBuf>,
    /// Say what a column of the catalogue is: id, title, text, price, sale-price, picture, time, stock, status, group (of
    /// variants), store-view, attribute or ignore; the column by its heading or as #3 by its number. What is not said is guessed.
    #[arg(long, value_name = "ROLE=HEADING", value_parser = crate::usage::key_value)]
    catalog_column: Vec<(String, String)>,
    /// Say what a column of the events is: shopper, product, kind, value, time, basket, status or ignore; the column by its
    /// heading or as #3 by its number. What is not said is guessed.
    #[arg(long, value_name = "ROLE=HEADING", value_parser = crate::usage::key_value)]
    event_column: Vec<(String, String)>,
    /// What every event is, where no column says it.
    #[arg(long, value_enum)]
    all_are: Option<Kind>,
    #[command(flatten)]
    tables: TableArgs,
    /// The part of the baskets, last by time, on which the guide is measured before it is built on all: 0.1 unless said, where
    /// the log allows it; 0 for none.
    #[arg(long, value_name = "FRACTION", value_parser = fraction_or_none)]
    test_fraction: Option<f32>,
    /// Products that the guide never recommends, such as postage that the till books as an article, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    leave_out_products: Vec<String>,
    /// Where to save the guide.
    #[arg(long, value_name = "SHOP")]
    out: PathBuf,
}

/// The guide's parameters with the settings of the command line in place.
pub fn params(settings: &Settings) -> anyhow::Result<GuideParams> {
    settings.apply(GuideParams::default()).map_err(usage)
}

/// Runs `guide shop build`.
pub fn run(args: &BuildArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let params = params(settings)?;
    let params = match args.leave_out_products.is_empty() {
        true => params,
        false => params.leave_out(args.leave_out_products.clone()),
    };
    let (catalog_columns, event_columns) = (args.catalog_columns()?, args.event_columns()?);
    ensure_writable(&args.out)?;
    let (catalog, catalog_report) = Catalog::read(&args.catalog, &catalog_columns)?;
    output.say(&catalog_report.to_string())?;
    let (events, events_report) = match &args.events {
        Some(path) => Some(Events::read(path, &event_columns)?).unzip(),
        None => (None, None),
    };
    if let Some(report) = &events_report {
        output.say(&report.to_string())?;
    }
    let measured = Bar::during("measuring", |bar| {
        args.measure(&catalog, events.as_ref(), &params, bar)
    })?;
    match &measured {
        Ok(evaluation) => {
            output.say(&measured_on(evaluation, args.part()))?;
            output.table(&measured_rows(evaluation))?;
        }
        Err(reason) => output.say(&format!("not measured: {reason}"))?,
    }
    let start = Instant::now();
    let mut builder = Guide::builder().catalog(catalog).params(params);
    if let Some(events) = events {
        builder = builder.events(events);
    }
    let (guide, built) = Bar::during("building", |bar| builder.build_with(bar))?;
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    guide.save(&args.out)?;
    let save_s = start.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&args.out)
        .map(|file| file.len())
        .unwrap_or(0);
    output.line(&json!({
        "catalog": catalog_report,
        "events": events_report,
        "evaluation": measured.as_ref().ok(),
        "not_measured": measured.as_ref().err(),
        "build": built,
        "fusion": guide.params().fusion,
        "half_life_days": half_lives(guide.params()),
        "build_s": build_s,
        "save_s": save_s,
        "out": args.out,
        "bytes": bytes,
    }))?;
    output.say(&format!(
        "\n{}: {bytes} bytes, built in {build_s:.2} s\n{}",
        args.out.display(),
        built.to_string().trim_end()
    ))?;
    output.say(&numbers("fusion", &json!(guide.params().fusion)))?;
    output.say(&numbers("half lives in days", &half_lives(guide.params())))
}

/// `name: field number, field number ..`.
fn numbers(name: &str, fields: &Value) -> String {
    let fields = shortest(fields);
    let fields = fields.as_object().into_iter().flatten();
    let texts: Vec<String> = fields
        .map(|(field, value)| match value.as_f64() {
            None => format!("{field} none"),
            Some(number) => format!("{field} {number}"),
        })
        .collect();
    format!("  {name}: {}", texts.join(", "))
}

fn half_lives(params: &GuideParams) -> Value {
    json!({
        "history": params.events.half_life_days,
        "trending": params.trending_half_life_days,
        "popular": params.popular_half_life_days,
    })
}

/// On what the guide was measured, in words.
pub fn measured_on(evaluation: &Evaluation, part: f32) -> String {
    format!(
        "measured on the last {:.0} % of the baskets: {} shoppers, {} products that were new to them",
        part * 100.0,
        evaluation.shoppers,
        evaluation.pairs
    )
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

/// Whether it is the log that does not allow a guide to be measured.
pub fn is_of_the_log(error: &Error) -> bool {
    match error {
        Error::Unsuitable { .. } | Error::Empty { .. } => true,
        Error::Param { name, .. } => name == "test_fraction",
        _ => false,
    }
}

fn no_role(role: &str, known: &str) -> anyhow::Error {
    usage(format!("no role `{role}`; known: {known}"))
}

impl BuildArgs {
    /// The part of the baskets to measure on.
    fn part(&self) -> f32 {
        self.test_fraction.unwrap_or(0.1)
    }

    /// The evaluation, or why there is none. A log that does not allow one is an error only where it was asked for.
    fn measure(
        &self,
        catalog: &Catalog,
        events: Option<&Events>,
        params: &GuideParams,
        bar: &dyn Progress,
    ) -> anyhow::Result<Result<Evaluation, String>> {
        let Some(events) = events else {
            return Ok(Err("no events".to_owned()));
        };
        if self.part() == 0.0 {
            return Ok(Err("--test-fraction is 0".to_owned()));
        }
        let how = EvaluationParams::default().test_fraction(self.part());
        match Evaluation::run(catalog, events, params, &how, bar) {
            Ok(evaluation) => Ok(Ok(evaluation)),
            Err(error) => {
                let of_the_log = is_of_the_log(&error);
                let error = of_flag(error, "test_fraction", "--test-fraction");
                match of_the_log && self.test_fraction.is_none() {
                    true => Ok(Err(error.to_string())),
                    false => Err(error),
                }
            }
        }
    }

    fn catalog_columns(&self) -> anyhow::Result<CatalogColumns> {
        let mut columns = CatalogColumns::default().format(self.tables.catalog()?);
        for (role, heading) in &self.catalog_column {
            columns = match role.as_str() {
                "id" => columns.id(heading),
                "title" => columns.title(heading),
                "text" => columns.text(heading),
                "price" => columns.price(heading),
                "sale-price" => columns.sale_price(heading),
                "picture" => columns.picture(heading),
                "time" => columns.time(heading),
                "stock" => columns.stock(heading),
                "status" => columns.status(heading),
                "group" => columns.group(heading),
                "store-view" => columns.store_view(heading),
                "attribute" | "attributes" => columns.attribute(heading),
                "ignore" => columns.ignore(heading),
                _ => {
                    let known = "id, title, text, price, sale-price, picture, time, stock, status, group, store-view, attribute, ignore";
                    return Err(no_role(role, known));
                }
            };
        }
        Ok(columns)
    }

    fn event_columns(&self) -> anyhow::Result<EventColumns> {
        let mut columns = EventColumns::default().format(self.tables.events()?);
        columns.kinds = self.tables.kinds()?;
        for (role, heading) in &self.event_column {
            columns = match role.as_str() {
                "shopper" => columns.shopper(heading),
                "product" => columns.product(heading),
                "kind" => columns.kind(heading),
                "value" => columns.value(heading),
                "time" => columns.time(heading),
                "basket" => columns.basket(heading),
                "status" => columns.status(heading),
                "ignore" => columns.ignore(heading),
                _ => {
                    let known = "shopper, product, kind, value, time, basket, status, ignore";
                    return Err(no_role(role, known));
                }
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
