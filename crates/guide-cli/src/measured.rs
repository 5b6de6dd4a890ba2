//! What was measured of a guide, as tables.

use serde_json::{Value, json};
use shopping_guide::{Evaluation, GroupMeasured, Measured, WithoutSource};

use crate::output::Output;

/// Prints the evaluation, or the reason why the guide was not measured.
pub fn say_measured(
    measured: &Result<Evaluation, String>,
    part: f32,
    output: &Output,
) -> anyhow::Result<()> {
    match measured {
        Ok(evaluation) => {
            output.say(&measured_on(evaluation, part))?;
            output.table(&measured_rows(evaluation))?;
            if !evaluation.without.is_empty() {
                output.say("\nthe guide without one of its sources, and what the source adds")?;
                output.table(&without_rows(evaluation))?;
            }
            output.say("\nby part: the guide, and the NDCG of two of its sources there")?;
            output.table(&group_rows(evaluation))?;
            for line in beaten_by(evaluation) {
                output.say(&line)?;
            }
            Ok(())
        }
        Err(reason) => output.say(&format!("not measured: {reason}")),
    }
}

/// On what the guide was measured, and that the one that is saved is another fit of the same, in words.
fn measured_on(evaluation: &Evaluation, part: f32) -> String {
    let percent = part * 100.0;
    let asked = match evaluation.shoppers == evaluation.all_shoppers {
        true => format!("all {} shoppers", evaluation.shoppers),
        false => format!(
            "a sample of {} of the {} shoppers",
            evaluation.shoppers, evaluation.all_shoppers
        ),
    };
    let unknown = match evaluation.unknown_shoppers {
        0 => String::new(),
        some => format!("\nnot asked: {some} shoppers of that part without a history"),
    };
    format!(
        "measured on the last {percent:.0} % of the baskets: {asked} who took products there that were new to them, {} products{unknown}\n\
         measured: a guide with the parameters below, fitted without the last {percent:.0} %; saved: the same, refitted on all",
        evaluation.pairs
    )
}

/// A line for each source that alone finds more than the guide.
fn beaten_by(evaluation: &Evaluation) -> Vec<String> {
    let k = evaluation.k;
    let guide = evaluation.row("guide").map_or(0.0, |row| row.recall);
    let line = |source: &shopping_guide::BetterSource| {
        let (low, high) = source.interval;
        let how_sure = match source.is_certain {
            true => "beyond chance",
            false => "which may be chance",
        };
        format!(
            "the guide finds less than its source `{}` alone: recall@{k} {guide:.4} against {:.4}, {how_sure} (difference {:.4}, 95 % interval {low:.4} to {high:.4})",
            source.name,
            guide + source.difference,
            source.difference
        )
    };
    evaluation.better_sources.iter().map(line).collect()
}

/// The evaluation as rows of a table.
fn measured_rows(evaluation: &Evaluation) -> Vec<Value> {
    let k = evaluation.k;
    let row = |row: &Measured| {
        json!({
            "source": row.name,
            format!("recall@{k}"): row.recall,
            "95 % interval": interval(row.recall_interval),
            format!("ndcg@{k}"): row.ndcg,
            "of ndcg": interval(row.ndcg_interval),
            "hit_rate": row.hit_rate,
            "mrr": row.mrr,
            "coverage": row.coverage,
            "diverse": row.diversity,
            "novelty": row.novelty,
            "seconds": row.seconds,
        })
    };
    evaluation.rows.iter().map(row).collect()
}

/// The guide without each source as rows of a table.
fn without_rows(evaluation: &Evaluation) -> Vec<Value> {
    let k = evaluation.k;
    let row = |one: &WithoutSource| {
        json!({
            "without": one.source,
            format!("recall@{k}"): one.measured.recall,
            "it adds": one.adds_recall.mean,
            "95 % interval": from_to(one.adds_recall.interval),
            format!("ndcg@{k}"): one.measured.ndcg,
            "to ndcg": one.adds_ndcg.mean,
            "of ndcg": from_to(one.adds_ndcg.interval),
            "diverse": one.measured.diversity,
            "novelty": one.measured.novelty,
        })
    };
    evaluation.without.iter().map(row).collect()
}

/// The parts of the question as rows of a table.
fn group_rows(evaluation: &Evaluation) -> Vec<Value> {
    let k = evaluation.k;
    let row = |one: &GroupMeasured| {
        let guide = one.row("guide");
        let ndcg = |name: &str| one.row(name).map(|row| row.ndcg);
        json!({
            "part": one.group.to_string(),
            "shoppers": one.shoppers,
            format!("recall@{k}"): guide.map(|row| row.recall),
            format!("ndcg@{k}"): ndcg("guide"),
            "95 % interval": guide.map(|row| interval(row.ndcg_interval)),
            "attributes": ndcg("attributes"),
            "popular": ndcg("popular"),
            "times popular": one.ndcg_times_popular,
        })
    };
    evaluation.by_group.iter().map(row).collect()
}

fn interval((low, high): (f64, f64)) -> String {
    format!("{low:.4}-{high:.4}")
}

/// An interval as text: `to` stands between its ends, since a minus may stand before one of them.
fn from_to((low, high): (f64, f64)) -> String {
    format!("{low:.4} to {high:.4}")
}
