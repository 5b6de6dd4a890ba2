//! `guide text parse`: what a shopper's sentence says.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use shopping_guide::{Catalog, CatalogColumns, Guide, Says, SentenceReader, Understood};

use crate::output::{Output, log};

#[derive(Args)]
#[command(group(ArgGroup::new("values").required(true).args(["catalog", "shop"])))]
pub struct ParseArgs {
    /// The sentence, in English, Chinese or both.
    sentence: String,
    /// Read the sentence with the attribute values of this catalogue: a CSV or JSON lines, plain or gzip.
    #[arg(long, value_name = "CSV")]
    catalog: Option<PathBuf>,
    /// Read the sentence with the attribute values of this guide, as saved by `guide shop build`.
    #[arg(long, value_name = "SHOP")]
    shop: Option<PathBuf>,
}

/// Runs `guide text parse`.
pub fn run(args: &ParseArgs, output: &Output) -> anyhow::Result<()> {
    let understood = match (&args.catalog, &args.shop) {
        (Some(catalog), _) => {
            let (catalog, _) = Catalog::read(catalog, &CatalogColumns::default())?;
            SentenceReader::new(&catalog).understand(&args.sentence)
        }
        (None, Some(shop)) => Guide::load(shop)?.understand(&args.sentence),
        (None, None) => anyhow::bail!("give --catalog or --shop"),
    };
    if understood.bytes_not_read > 0 {
        let bytes = understood.bytes_not_read;
        log(&format!(
            "guide: note: the sentence is too long: its last {bytes} bytes are not read"
        ));
    }
    print_understood(&understood, &args.sentence, output)
}

/// Prints a slot a line, then what stands for none.
pub fn print_understood(
    understood: &Understood,
    sentence: &str,
    output: &Output,
) -> anyhow::Result<()> {
    let intent = json!(understood.intent);
    output.say(&format!("intent: {}", intent.as_str().unwrap_or_default()))?;
    output.line(&json!({ "intent": intent, "bytes_not_read": understood.bytes_not_read }))?;
    let words =
        |span: &std::ops::Range<usize>| sentence.get(span.clone()).unwrap_or_default().to_owned();
    for slot in &understood.slots {
        let mut line = json!(slot);
        line["words"] = json!(words(&slot.span));
        output.line(&line)?;
    }
    for rest in &understood.rest {
        output.line(&json!({ "rest": rest.text, "span": rest.span, "polarity": rest.polarity }))?;
    }
    let slots = understood.slots.iter().map(|slot| {
        json!({
            "words": words(&slot.span),
            "says": told(&slot.says),
            "polarity": slot.polarity,
            "strength": slot.strength,
            "confidence": slot.confidence,
            "found by": slot.found_by,
        })
    });
    output.table(&slots.collect::<Vec<Value>>())?;
    if !understood.rest.is_empty() {
        let rest: Vec<&str> = understood
            .rest
            .iter()
            .map(|rest| rest.text.as_str())
            .collect();
        output.say(&format!("not understood: {}", rest.join(", ")))?;
    }
    Ok(())
}

/// What a slot says, in words.
pub fn told(says: &Says) -> String {
    match says {
        Says::Attribute { any_of } => {
            let pairs: Vec<String> = any_of
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            pairs.join(" or ")
        }
        other => json!(other).to_string(),
    }
}
