//! `guide shop`: builds a guide from a shop's files, and asks it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shopping_guide::{Guide, Persist, Query};

use crate::answers;
use crate::build::{self, BuildArgs};
use crate::output::Output;
use crate::settings::Settings;
use crate::usage::at_least_one;

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

/// Which products may be among the hits.
#[derive(Args)]
struct Wanted {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    /// How many hits.
    #[arg(short, long = "hits", visible_alias = "n", default_value_t = 10, value_parser = at_least_one())]
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
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::usage::key_value)]
    attribute: Vec<(String, String)>,
    /// A value of an attribute that the shopper likes.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::usage::key_value)]
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
        ShopCommand::Build(args) => build::run(args, settings, output),
        ShopCommand::Recommend(args) => {
            settings.refuse("shop recommend")?;
            let guide = load(&args.wanted.shop)?;
            answers::print(&guide.recommend(&args.query())?, output)
        }
        ShopCommand::Similar(args) => {
            settings.refuse("shop similar")?;
            let guide = load(&args.wanted.shop)?;
            answers::print(&guide.similar(&args.product, args.wanted.n)?, output)
        }
        ShopCommand::Explain(args) => {
            settings.refuse("shop explain")?;
            explain(args, output)
        }
    }
}

fn load(shop: &Path) -> anyhow::Result<Guide> {
    Ok(Guide::load(shop)?)
}

fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<()> {
    let explanation = load(&args.shop)?.explain(&args.shopper, &args.product)?;
    output.line(&answers::explanation(&explanation))?;
    let place = explanation
        .place
        .map_or("not among the candidates".to_owned(), |place| {
            format!("place {place}")
        });
    output.say(&format!(
        "{} ({}): {place}, rung {}",
        explanation.title, explanation.product, explanation.rung
    ))?;
    for reason in &explanation.reasons {
        output.say(&format!("  {reason}"))?;
    }
    let sources = explanation.sources.iter();
    output.table(&sources.map(|source| json!(source)).collect::<Vec<Value>>())
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
