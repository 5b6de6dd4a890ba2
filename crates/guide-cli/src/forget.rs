//! `guide shop forget`: a saved guide without a shopper.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use shopping_guide::{Guide, LiveGuide, LiveParams};

use crate::output::Output;
use crate::output_files::check_outputs;

#[derive(Args)]
#[command(group(ArgGroup::new("where").required(true).args(["out", "in_place"])))]
pub struct ForgetArgs {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    /// The shopper.
    #[arg(long, value_name = "ID")]
    shopper: String,
    /// Where the guide without the shopper is saved.
    #[arg(long, value_name = "SHOP")]
    out: Option<PathBuf>,
    /// Put it in the place of the old one.
    #[arg(long)]
    in_place: bool,
}

/// Runs `guide shop forget`.
pub fn run(args: &ForgetArgs, output: &Output) -> anyhow::Result<()> {
    check_outputs(&[("--shop", &args.shop)], &[("--out", args.out.as_deref())])?;
    let guide = Guide::load(&args.shop)?;
    anyhow::ensure!(
        guide.shoppers().any(|shopper| shopper == args.shopper),
        "{}: it has no shopper `{}`",
        args.shop.display(),
        guide_core::printable(&args.shopper)
    );
    let live = LiveGuide::new(guide, LiveParams::default())?;
    let forgotten = live.forget(&args.shopper)?;
    let out = args.out.as_ref().unwrap_or(&args.shop);
    live.guide().save(out)?;
    output.line(&json!(forgotten))?;
    output.say(&format!(
        "{} events of `{}` are gone; saved to {}",
        forgotten.events,
        guide_core::printable(&forgotten.shopper),
        guide_core::printable_path(out)
    ))?;
    let row = |(source, trace): &(String, shopping_guide::Trace)| json!({"source": source, "trace": trace});
    output.table(&forgotten.sources.iter().map(row).collect::<Vec<Value>>())
}
