//! `guide shop ask`: answers a shopper's sentence, in a conversation that is kept in a file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use guide_core::Error;
use guide_core::model_file::write_atomically;
use serde_json::json;
use shopping_guide::{Asked, Conversation, Guide, Language, Query};

use crate::answers;
use crate::output::{Output, log};
use crate::text::{print_understood, told};
use crate::usage::at_least_one;

#[derive(Args)]
pub struct AskArgs {
    /// The guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: PathBuf,
    /// The sentence, in English, Chinese or both.
    sentence: String,
    /// The file of the conversation, as JSON. It is created if it is missing, and updated with this sentence.
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
    /// The shopper.
    #[arg(long, value_name = "ID")]
    shopper: Option<String>,
    /// How many hits.
    #[arg(short, long = "hits", visible_alias = "n", default_value_t = 10, value_parser = at_least_one())]
    n: usize,
    /// The language of the reasons: en or zh.
    #[arg(long, default_value_t = Language::English)]
    language: Language,
}

/// Runs `guide shop ask`.
pub fn run(args: &AskArgs, output: &Output) -> anyhow::Result<()> {
    let guide = Guide::load(&args.shop)?;
    let mut conversation = match &args.session {
        Some(path) if path.exists() => read(path)?,
        _ => Conversation::default(),
    };
    let who = args
        .shopper
        .as_ref()
        .map_or_else(Query::nobody, Query::shopper);
    let query = who.n(args.n).language(args.language);
    let asked = guide.ask(&args.sentence, &mut conversation, query.clone());
    let asked = asked.map_err(|error| Error::File {
        path: args.shop.clone(),
        cause: Box::new(error),
    })?;
    print(&asked, &args.sentence, &query, output)?;
    match &args.session {
        Some(path) => Ok(write(path, &conversation)?),
        None => Ok(()),
    }
}

fn print(asked: &Asked, sentence: &str, query: &Query, output: &Output) -> anyhow::Result<()> {
    print_understood(&asked.understood, sentence, output)?;
    for slot in &asked.relaxed {
        let words = told(&slot.says);
        log(&format!(
            "guide: note: no product has all of this; left out: {words}"
        ));
        output.line(&json!({ "left_out": slot }))?;
    }
    match &asked.answer {
        Some(answer) => answers::print(answer, query, output),
        None => output.say("no products: this is no search"),
    }
}

fn read(path: &Path) -> anyhow::Result<Conversation> {
    let text = std::fs::read(path).map_err(|source| Error::io(path, source))?;
    let shown = guide_core::printable_path(path);
    serde_json::from_slice(&text).with_context(|| format!("{shown} is no conversation"))
}

fn write(path: &Path, conversation: &Conversation) -> guide_core::Result<()> {
    write_atomically(path, |file| {
        let text = json!(conversation).to_string();
        let written = file.write_all(text.as_bytes());
        written.map_err(|source| Error::io(path, source))
    })
}
