//! Answers of a guide as JSON and as text: a reason is everywhere an object with a `text`.

use serde_json::{Value, json};
use shopping_guide::{Answer, Explanation, Filters, Hit, NoHits, Query, Reason, Who};

use crate::output::{Output, log};

fn reasons(reasons: &[Reason]) -> Value {
    let reason = |reason: &Reason| {
        let mut fields = json!(reason);
        fields["text"] = json!(reason.to_string());
        fields
    };
    reasons.iter().map(reason).collect()
}

fn hit(hit: &Hit) -> Value {
    let mut fields = json!(hit);
    fields["reasons"] = reasons(&hit.reasons);
    fields
}

/// The answer as one object.
pub fn answer(answer: &Answer) -> Value {
    let mut fields = json!(answer);
    fields["hits"] = answer.hits.iter().map(hit).collect();
    fields
}

/// The explanation as one object.
pub fn explanation(explanation: &Explanation) -> Value {
    let mut fields = json!(explanation);
    fields["reasons"] = reasons(&explanation.reasons);
    fields
}

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

/// Why there is no hit, in words that name a filter only where one was given.
fn why_no_hits(why: NoHits, query: &Query) -> &'static str {
    let filters = &query.filters;
    let mut unfiltered = Filters::default();
    unfiltered.keep_seen = filters.keep_seen;
    unfiltered.leave_out_viewed = filters.leave_out_viewed;
    match (why, &query.who, *filters == unfiltered) {
        (NoHits::NothingPasses, _, false) => "no product passes the filters",
        (NoHits::NothingPasses, _, true) => "there is no product that the shop recommends here",
        (NoHits::HasEverything, Who::History(_), _) => "the history has everything that passes",
        (NoHits::HasEverything, ..) => "this shopper has everything that passes",
        _ => "no hit was asked for",
    }
}

/// Prints a hit a line.
pub fn print(answer: &Answer, query: &Query, output: &Output) -> anyhow::Result<()> {
    note_unknown(answer.unknown_shopper, &answer.unknown_products);
    output.say(&format!("rung: {}", answer.rung))?;
    if let Some(why) = answer.no_hits() {
        let words = why_no_hits(why, query);
        output.say(words)?;
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
        let mut line = hit(of_place);
        line["rung"] = json!(answer.rung);
        output.line(&line)?;
    }
    Ok(())
}
