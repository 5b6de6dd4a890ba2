//! Answers of a guide as text and as JSON lines.

use serde_json::json;
use shopping_guide::{Answer, Evidence, Query, Standing};

use crate::output::{Output, log};

/// Says on standard error what the shop does not know of a question.
pub fn note_unknown(shopper: bool, products: &[String]) {
    if shopper {
        log("guide: note: the shop does not know this shopper, who is served like nobody");
    }
    if !products.is_empty() {
        let products = products.join(", ");
        log(&format!(
            "guide: note: the shop does not have these products, which are passed over: {products}"
        ));
    }
}

/// Prints a hit a line.
pub fn print(answer: &Answer, query: &Query, output: &Output) -> anyhow::Result<()> {
    note_unknown(answer.unknown_shopper, &answer.unknown_products);
    if !answer.unmatched_words.is_empty() {
        log(&format!(
            "guide: note: no product that may be a hit has these words: {}",
            answer.unmatched_words.join(", ")
        ));
    }
    if answer.words_left_out > 0 {
        log(&format!(
            "guide: note: {} words behind the first 64 were not looked for",
            answer.words_left_out
        ));
    }
    output.say(&format!("rung: {}", answer.rung))?;
    if let Some(why) = answer.no_hits() {
        let words = why.say_to(query);
        output.say(&words)?;
        let line = json!({ "hits": 0, "rung": answer.rung, "no_hits": why, "why": words });
        return output.line(&line);
    }
    for (place, of_place) in (1..).zip(&answer.hits) {
        let (product, title, score) = (&of_place.product, &of_place.title, of_place.score);
        let sources = of_place.sources.join(", ");
        output.say(&format!(
            "{place:3}. {title} ({product})  {score:.4} by {sources}"
        ))?;
        for reason in &of_place.reasons {
            output.say(&format!("       {reason}"))?;
        }
        let mut line = json!(of_place);
        line["rung"] = json!(answer.rung);
        output.line(&line)?;
    }
    Ok(())
}

/// Parts of a score that are printed, at most; the others are summed up.
const MOST_PARTS: usize = 5;

/// The parts of a source's score in one line, the largest first; `None` if it has only one.
pub fn parts(source: &Standing) -> Option<String> {
    let mut parts: Vec<_> = source.parts.iter().collect();
    if parts.len() < 2 {
        return None;
    }
    parts.sort_by(|a, b| b.amount.abs().total_cmp(&a.amount.abs()));
    let (shown, others) = parts.split_at(MOST_PARTS.min(parts.len()));
    let mut told: Vec<String> = shown
        .iter()
        .map(|part| {
            let of = match &part.evidence {
                Evidence::Product { title, .. } => title.clone(),
                Evidence::Attribute { attribute, value } => format!("{attribute}: {value}"),
                Evidence::Word { word, field } => format!("`{word}` in {field}"),
                _ => "the rest".to_owned(),
            };
            format!("{:.4} {of}", part.amount)
        })
        .collect();
    if !others.is_empty() {
        let sum: f32 = others.iter().map(|part| part.amount).sum();
        told.push(format!("{sum:.4} {} others", others.len()));
    }
    let score = source.score.unwrap_or_default();
    let (name, told) = (&source.source, told.join(" + "));
    Some(format!("  {name} {score:.4} = {told}"))
}
