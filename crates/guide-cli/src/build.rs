//! `guide shop build`: reads a shop's files, measures a guide on the last baskets, builds it on all, and saves it.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::Error;
use serde_json::{Value, json};
use shopping_guide::{
    Catalog, CatalogColumns, Evaluation, EvaluationParams, EventColumns, EventKind, Events, Guide,
    GuideBuilder, GuideParams, MeasuredGuide, Viewed,
};

use crate::measured::say_measured;
use crate::output::{Output, ensure_writable, go_on_unread, shortest};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::tables::TableArgs;
use crate::usage::{at_least_one, fraction_or_none, listed, of_flag, usage};

/// The kind of all events when no column states it.
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
    /// How many shoppers the guide is measured on, drawn by the seed: 5000 unless said.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    test_shoppers: Option<usize>,
    /// Products that the guide never recommends, such as postage that the till books as an article, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = listed)]
    leave_out_products: Vec<String>,
    #[command(flatten)]
    viewed: ViewedFlags,
    /// Where to save the guide.
    #[arg(long, value_name = "SHOP")]
    out: PathBuf,
}

/// What is done with products that a shopper viewed or put into the cart, and did not buy or rate.
#[derive(Args)]
pub struct ViewedFlags {
    /// Recommend products again that the shopper only viewed. Unless said, they are left out where all events of the log are of
    /// one kind, and recommended where the log also tells what was bought.
    #[arg(long)]
    keep_viewed: bool,
    /// Leave out products that the shopper only viewed, as what was bought is left out.
    #[arg(long, conflicts_with = "keep_viewed")]
    leave_out_viewed: bool,
}

impl ViewedFlags {
    /// Whether they are left out, where a flag says it.
    pub fn left_out(&self) -> Option<bool> {
        (self.keep_viewed || self.leave_out_viewed).then_some(self.leave_out_viewed)
    }
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
    let params = match args.viewed.left_out() {
        None => params,
        Some(true) => params.viewed(Viewed::LeaveOut),
        Some(false) => params.viewed(Viewed::Keep),
    };
    let (catalog_columns, event_columns) = (args.catalog_columns()?, args.event_columns()?);
    let mut inputs = vec![("--catalog", args.catalog.as_path())];
    inputs.extend(args.events.as_deref().map(|events| ("--events", events)));
    check_outputs(&inputs, &[("--out", Some(args.out.as_path()))])?;
    ensure_writable(&args.out)?;
    go_on_unread();
    let read = |bar: &Bar| {
        bar.say(args.catalog.display().to_string());
        Catalog::read(&args.catalog, &catalog_columns)
    };
    let (catalog, catalog_report) = Bar::during("reading", read)?;
    output.say(&catalog_report.to_string())?;
    let (events, events_report) = match &args.events {
        Some(path) => {
            let read = |bar: &Bar| {
                bar.say(path.display().to_string());
                Events::read(path, &event_columns)
            };
            Some(Bar::during("reading", read)?).unzip()
        }
        None => (None, None),
    };
    if let Some(report) = &events_report {
        output.say(&report.to_string())?;
    }
    let start = Instant::now();
    let mut builder = Guide::builder().catalog(catalog).params(params);
    let has_events = events.is_some();
    if let Some(events) = events {
        builder = builder.events(events);
    }
    let how = args.how(settings);
    let (guide, built, measured) = Bar::during("building", |bar| -> anyhow::Result<_> {
        if let (true, Some(how)) = (has_events, &how) {
            let MeasuredGuide {
                guide,
                report,
                evaluation,
                ..
            } = builder.build_measured(how, bar)?;
            return Ok((guide, report, evaluation.map_err(NotMeasured::Log)));
        }
        let why = match has_events {
            true => "--test-fraction is 0",
            false => "no events",
        };
        let (guide, report) = builder.build_with(bar)?;
        Ok((guide, report, Err(NotMeasured::Asked(why))))
    })?;
    let measured = match measured {
        Err(NotMeasured::Log(error)) if args.test_fraction.is_some() => {
            return Err(of_flag(error, "test_fraction", "--test-fraction"));
        }
        measured => measured.map_err(|reason| reason.to_string()),
    };
    say_measured(&measured, args.part(), output)?;
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    Bar::during("saving", |bar| {
        bar.say(args.out.display().to_string());
        guide.save(&args.out)
    })?;
    let save_s = start.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&args.out)
        .map(|file| file.len())
        .unwrap_or(0);
    output.line(&json!({
        "catalog": catalog_report,
        "events": events_report,
        "evaluation": measured.as_ref().ok(),
        "not_measured": measured.as_ref().err(),
        "refitted_on_all": measured.is_ok(),
        "reproducible": guide.params().tune_seconds.is_none(),
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

/// Why a guide was not measured.
enum NotMeasured {
    /// It was not asked for.
    Asked(&'static str),
    /// The log does not allow it.
    Log(Error),
}

impl std::fmt::Display for NotMeasured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asked(why) => f.write_str(why),
            // Nobody gave a fraction: what counts is that there is too little to split.
            Self::Log(Error::Param { expected, .. }) => write!(
                f,
                "there are too few baskets with a time to hold out the last tenth; needed: {expected}"
            ),
            Self::Log(error) => write!(f, "{error}"),
        }
    }
}

/// Builds and measures, or builds alone where the log does not allow to measure.
pub fn build_measured(
    builder: GuideBuilder,
    how: &EvaluationParams,
) -> anyhow::Result<(
    Guide,
    shopping_guide::BuildReport,
    Result<Evaluation, String>,
)> {
    let MeasuredGuide {
        guide,
        report,
        evaluation,
        ..
    } = Bar::during("building", |bar| builder.build_measured(how, bar))?;
    let evaluation = evaluation.map_err(|error| NotMeasured::Log(error).to_string());
    Ok((guide, report, evaluation))
}

fn no_role(role: &str, known: &str) -> anyhow::Error {
    usage(format!("no role `{role}`; known: {known}"))
}

impl BuildArgs {
    /// The part of the baskets to measure on.
    fn part(&self) -> f32 {
        self.test_fraction.unwrap_or(0.1)
    }

    /// How to measure; none where it is not asked for.
    fn how(&self, settings: &Settings) -> Option<EvaluationParams> {
        let how = EvaluationParams::default()
            .test_fraction(self.part())
            .seed(settings.seed.unwrap_or(0));
        let shoppers = self.test_shoppers.unwrap_or(how.shoppers);
        (self.part() > 0.0).then(|| how.shoppers(shoppers))
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
                "value" | "rating" => columns.value(heading),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_set_as_any_other_source() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut settings = Settings {
            fields: vec![
                field("fusion.neural", "0.5"),
                field("neural.n_epochs", "3"),
                field("neural.hidden", "[32,16]"),
            ],
            seed: Some(7),
        };
        let params = params(&settings).unwrap();
        assert_eq!((params.fusion.neural, params.seed), (0.5, 7));
        assert_eq!(
            (params.neural.n_epochs, &*params.neural.hidden),
            (3, &[32, 16][..])
        );
        settings.fields = vec![field("neural.n_epochs", "2000")];
        let error = super::params(&settings).unwrap_err().to_string();
        assert!(
            error.contains("`neural.n_epochs` must be between 1 and 1000"),
            "{error}"
        );
    }
}
