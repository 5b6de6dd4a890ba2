//! `guide shop`: builds a guide from a shop's files, and asks it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use guide_core::Error;
use serde_json::{Value, json};
use shopping_guide::{Guide, Language, Query, Standing};

use crate::answers;
use crate::ask::{self, AskArgs};
use crate::build::{self, BuildArgs, ViewedFlags};
use crate::forget::{self, ForgetArgs};
use crate::output::Output;
use crate::settings::Settings;
use crate::usage::{at_least_one, listed, number, of_flag};

#[derive(Subcommand)]
pub enum ShopCommand {
    /// Read a catalogue and an event log, train every source, evaluate, and save the guide as one file.
    Build(BuildArgs),
    /// Recommend products to a shopper, to someone with a history, or to nobody in particular.
    Recommend(RecommendArgs),
    /// Answer a shopper's sentence.
    Ask(AskArgs),
    /// Find products that go with a product.
    Similar(SimilarArgs),
    /// Say what each source thinks of a product for whoever asks, and why.
    Explain(ExplainArgs),
    /// Take all that a shopper did out of a saved guide, and say what that leaves.
    Forget(ForgetArgs),
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

/// How the answer is worded.
#[derive(Args)]
struct Wording {
    /// The language of the reasons: en or zh.
    #[arg(long, default_value_t = Language::English)]
    language: Language,
}

#[derive(Args)]
pub struct RecommendArgs {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    wording: Wording,
    #[command(flatten)]
    asked: Asked,
}

/// Who asks, and what may be answered.
#[derive(Args)]
struct Asked {
    /// The shopper.
    #[arg(long, value_name = "ID", conflicts_with = "history")]
    shopper: Option<String>,
    /// Products of someone whom the guide does not know, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = listed)]
    history: Vec<String>,
    /// The product being looked at; several may be given.
    #[arg(long, value_name = "ID")]
    context: Vec<String>,
    /// Products in the cart, separated by commas: what goes with them is asked for, and none of them is a hit.
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = listed)]
    cart: Vec<String>,
    /// Products looked at in this visit, separated by commas, the latest last.
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = listed)]
    session: Vec<String>,
    /// Words to look for, in English or Chinese: products that have them come first.
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Let products be among the hits that the shopper bought or rated, or that the history names, such as what is bought again
    /// each week.
    #[arg(long)]
    keep_seen: bool,
    #[command(flatten)]
    viewed: ViewedFlags,
    /// Lowest price.
    #[arg(long, value_parser = number)]
    price_from: Option<f32>,
    /// Highest price.
    #[arg(long, value_parser = number)]
    price_to: Option<f32>,
    /// Only products created or published within so many days before the last event or the newest product.
    #[arg(long, value_name = "DAYS")]
    new_within_days: Option<f32>,
    /// Also products that are out of stock or not on sale.
    #[arg(long)]
    keep_unavailable: bool,
    /// A value that an attribute must have; several of the same attribute are alternatives. A category finds what lies below it.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::usage::key_value)]
    attribute: Vec<(String, String)>,
    /// A value of an attribute that the shopper likes.
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::usage::key_value)]
    likes: Vec<(String, String)>,
    /// Products that must not be among the hits, separated by commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',', value_parser = listed)]
    without: Vec<String>,
}

#[derive(Args)]
pub struct SimilarArgs {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    wording: Wording,
    /// The product.
    #[arg(long, value_name = "ID")]
    product: String,
}

#[derive(Args)]
pub struct ExplainArgs {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    #[command(flatten)]
    wording: Wording,
    #[command(flatten)]
    asked: Asked,
    /// The product.
    #[arg(long, value_name = "ID")]
    product: String,
}

/// Runs `guide shop`.
pub fn run(command: &ShopCommand, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match command {
        ShopCommand::Build(args) => build::run(args, settings, output),
        ShopCommand::Ask(args) => {
            settings.refuse("shop ask")?;
            ask::run(args, output)
        }
        ShopCommand::Forget(args) => {
            settings.refuse("shop forget")?;
            forget::run(args, output)
        }
        ShopCommand::Recommend(args) => {
            settings.refuse("shop recommend")?;
            let shop = &args.wanted.shop;
            let query = args.asked.query().n(args.wanted.n);
            let query = query.language(args.wording.language);
            let guide = load(shop)?;
            if !recommend(&guide, &query, shop, output)? {
                tell_hidden(&guide, &query, shop, output)?;
            }
            Ok(())
        }
        ShopCommand::Similar(args) => {
            settings.refuse("shop similar")?;
            let shop = &args.wanted.shop;
            let query = Query::nobody().context(&args.product).n(args.wanted.n);
            let query = query.language(args.wording.language);
            recommend(&load(shop)?, &query, shop, output).map(|_| ())
        }
        ShopCommand::Explain(args) => {
            settings.refuse("shop explain")?;
            explain(args, output)
        }
    }
}

/// Prints the answer. Returns whether it has a hit.
fn recommend(guide: &Guide, query: &Query, shop: &Path, output: &Output) -> anyhow::Result<bool> {
    let answer = guide
        .recommend(query)
        .map_err(|error| refused(error, shop))?;
    answers::print(&answer, query, output)?;
    Ok(!answer.hits.is_empty())
}

/// Says how many products an empty answer would have if the stock did not count.
fn tell_hidden(guide: &Guide, query: &Query, shop: &Path, output: &Output) -> anyhow::Result<()> {
    if query.filters.keep_unavailable {
        return Ok(());
    }
    let all = query.clone().keep_unavailable();
    let hidden = guide
        .recommend(&all)
        .map_err(|error| refused(error, shop))?
        .hits
        .len();
    match hidden {
        0 => Ok(()),
        n => output.say(&format!(
            "products that pass but are out of stock or not on sale: {n}; --keep-unavailable shows them"
        )),
    }
}

fn load(shop: &Path) -> anyhow::Result<Guide> {
    Ok(Guide::load(shop)?)
}

/// What the shop cannot be asked: a usage error of a flag, or an error that names the shop's file.
fn refused(error: Error, shop: &Path) -> anyhow::Error {
    let flag = match &error {
        Error::Param { name, .. } if name == "price_from" => Some(("price_from", "--price-from")),
        Error::Param { name, .. } if name == "price_to" => Some(("price_to", "--price-to")),
        Error::Param { name, .. } if name == "new_within_days" => {
            Some(("new_within_days", "--new-within-days"))
        }
        _ => None,
    };
    match flag {
        Some((name, flag)) => of_flag(error, name, flag),
        None => Error::File {
            path: shop.to_owned(),
            cause: Box::new(error),
        }
        .into(),
    }
}

fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<()> {
    let query = args.asked.query().language(args.wording.language);
    let explained = load(&args.shop)?.explain_for(&query, &args.product);
    let explanation = explained.map_err(|error| refused(error, &args.shop))?;
    answers::note_unknown(explanation.unknown_shopper, &explanation.unknown_products);
    output.line(&json!(explanation))?;
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
    let row = |source: &Standing| {
        let mut row = json!(source);
        if let Some(fields) = row.as_object_mut() {
            fields.remove("parts"); // they have lines of their own
        }
        row
    };
    let sources = explanation.sources.iter();
    output.table(&sources.map(row).collect::<Vec<Value>>())?;
    let mut parts = explanation.sources.iter().filter_map(answers::parts);
    parts.try_for_each(|line| output.say(&line))
}

impl Asked {
    fn query(&self) -> Query {
        let mut query = match &self.shopper {
            Some(shopper) => Query::shopper(shopper),
            None if self.history.is_empty() => Query::nobody(),
            None => Query::history(&self.history),
        };
        query = query.without(&self.without);
        query.contexts.extend(self.context.clone());
        query = query.cart(&self.cart).session(&self.session);
        query.text = self.text.clone();
        query.filters.price_from = self.price_from;
        query.filters.price_to = self.price_to;
        query.filters.new_within_days = self.new_within_days;
        query.filters.keep_unavailable = self.keep_unavailable;
        query.filters.keep_seen = self.keep_seen;
        query.filters.leave_out_viewed = self.viewed.left_out();
        query = self
            .attribute
            .iter()
            .fold(query, |query, (name, value)| query.attribute(name, value));
        self.likes
            .iter()
            .fold(query, |query, (name, value)| query.likes(name, value))
    }
}
