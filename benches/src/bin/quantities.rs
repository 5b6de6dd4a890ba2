//! How many entries of public specifications of quantities the reader of sentences agrees with.
//!
//!     quantities FOLDER
//!
//! FOLDER holds `{en,zh}-currency.json`, `{en,zh}-range.json` and `zh-number.json` of the specifications of Microsoft's
//! Recognizers-Text (MIT): a list of `Input` with `Results` (`Start`, `End`, both counted in characters and included, and a
//! `Resolution`). An entry agrees if every span and value of it does and nothing else is found. Prints one JSON object a file and
//! each entry that does not agree, with the first reason; at last the speed on short sentences.
//!
//! Conventions of the specifications that are mapped here:
//! - A currency without a number has no value and is not looked for. Coins are not converted: 50 `Cent` are 0.5 of ours.
//! - Numbers leave out 多 at their end, money, and numbers with a percent sign.
//! - Ranges leave out units and words such as `about`. Of 多, 几 and 以上 only the lower end and of a range of two numbers only the
//!   values are compared, because they take the end of `20 to 30` as excluded, and 以上 without the number itself.
//! - An entry marked as not supported in .NET, the implementation that the specification is made from, is counted apart.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};
use shopping_guide::{Bound, Quantity, UnitKind, quantities};

/// Relative difference of two values that are the same.
const SAME: f64 = 1e-9;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .context("the folder of the specifications")?;
    let (mut agreed, mut total) = (0, 0);
    for name in [
        "en-currency",
        "zh-currency",
        "en-range",
        "zh-range",
        "zh-number",
    ] {
        let path = Path::new(&folder).join(format!("{name}.json"));
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let entries: Vec<Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
        let mut counts = [[0_usize; 2]; 2];
        for entry in &entries {
            let input = entry["Input"].as_str().unwrap_or_default();
            let marks = entry["NotSupported"].as_str().unwrap_or_default();
            let unsupported = usize::from(marks.contains("dotnet"));
            let reason = disagreement(name, entry, input);
            counts[unsupported][usize::from(reason.is_none())] += 1;
            if let Some(reason) = reason {
                let mark = if unsupported == 1 {
                    " (not supported in .NET)"
                } else {
                    ""
                };
                println!("  {input:?}: {reason}{mark}");
            }
        }
        let [[no, yes], [unsupported_no, unsupported_yes]] = counts;
        agreed += yes;
        total += yes + no;
        println!(
            "{}",
            json!({ "file": name, "entries": yes + no, "agree": yes, "percent": percent(yes, yes + no),
                "not_supported": unsupported_no + unsupported_yes, "of_them_agree": unsupported_yes })
        );
    }
    println!(
        "{}",
        json!({ "entries": total, "agree": agreed, "percent": percent(agreed, total) })
    );
    speed();
    Ok(())
}

fn percent(part: usize, whole: usize) -> f64 {
    (1000.0 * part as f64 / whole.max(1) as f64).round() / 10.0
}

/// A result of the specification or of ours: places of characters, and what is compared.
#[derive(Debug)]
struct Compared {
    span: Range<usize>,
    values: (Option<f64>, Option<f64>),
    /// Whether the ends are included; `None` if not compared.
    included: Option<(bool, bool)>,
    currency: Option<String>,
}

/// The first reason why an entry does not agree.
fn disagreement(name: &str, entry: &Value, input: &str) -> Option<String> {
    let kind = name.rsplit('-').next().unwrap_or_default();
    let results = entry["Results"].as_array().cloned().unwrap_or_default();
    let expected: Vec<Compared> = results
        .iter()
        .filter_map(|result| specified(kind, result))
        .collect();
    let found = quantities(input);
    let found: Vec<Compared> = found
        .iter()
        .filter_map(|quantity| ours(kind, quantity, input))
        .collect();
    for (wanted, got) in expected.iter().zip(&found) {
        if wanted.span != got.span {
            return Some(format!(
                "span {:?}, not {:?}",
                cut(input, &got.span),
                cut(input, &wanted.span)
            ));
        }
        let open = got.values.1.is_some() && wanted.values.1.is_none() && got.included.is_none();
        let ends = [
            (wanted.values.0, got.values.0),
            (wanted.values.1, got.values.1),
        ];
        let ends = ends.iter().take(if open { 1 } else { 2 });
        if ends.clone().any(|(wanted, got)| !same(*wanted, *got)) {
            return Some(format!("value {:?}, not {:?}", got.values, wanted.values));
        }
        if let (Some(one), Some(other)) = (wanted.included, got.included)
            && one != other
        {
            return Some(format!("ends included {other:?}, not {one:?}"));
        }
        if let (Some(one), Some(other)) = (&wanted.currency, &got.currency)
            && one != other
        {
            return Some(format!("currency {other}, not {one}"));
        }
    }
    match expected.len().cmp(&found.len()) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(format!(
            "also found {:?}",
            cut(input, &found[expected.len()].span)
        )),
        std::cmp::Ordering::Greater => Some(format!(
            "did not find {:?}",
            cut(input, &expected[found.len()].span)
        )),
    }
}

fn cut(text: &str, span: &Range<usize>) -> String {
    text.chars().skip(span.start).take(span.len()).collect()
}

fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= SAME * one.abs().max(other.abs()),
        (one, other) => one == other,
    }
}

/// A result of the specification. `None` if it has no value.
fn specified(kind: &str, result: &Value) -> Option<Compared> {
    let place = |key: &str| Some(usize::try_from(result[key].as_u64()?).unwrap_or(usize::MAX));
    let span = place("Start")?..place("End")? + 1;
    let resolution = &result["Resolution"];
    let value = resolution["value"].as_str()?;
    if kind == "range" {
        let (from, to) = value.get(1..value.len() - 1)?.split_once(',')?;
        let included = (value.starts_with('['), value.ends_with(']'));
        let half_open = included == (true, false) && !from.is_empty() && !to.is_empty();
        return Some(Compared {
            span,
            values: (from.parse().ok(), to.parse().ok()),
            included: (!half_open).then_some(included),
            currency: None,
        });
    }
    let coin = match resolution["unit"].as_str().unwrap_or_default() {
        "Cent" | "Pence" | "Penny" | "Sen" => 0.01,
        "Satoshi" => 1e-8,
        _ => 1.0,
    };
    let value = value.parse::<f64>().ok().map(|value| value * coin);
    Some(Compared {
        span,
        values: (value, value),
        included: None,
        currency: resolution["isoCurrency"].as_str().map(str::to_owned),
    })
}

/// One of ours, or `None` if it is of another kind.
fn ours(kind: &str, quantity: &Quantity, text: &str) -> Option<Compared> {
    let unit = quantity.unit.as_ref();
    let money = unit.is_some_and(|unit| unit.kind == UnitKind::Money);
    let percent_sign = unit.is_some_and(|unit| matches!(unit.written.as_str(), "%" | "％"));
    let interval = quantity.interval;
    let characters = |span: Range<usize>| {
        let before = |byte: usize| text.get(..byte).map_or(0, |text| text.chars().count());
        before(span.start)..before(span.end)
    };
    match kind {
        "currency" => money.then(|| Compared {
            span: characters(quantity.amount.clone()),
            values: (interval.from.or(interval.to), interval.to.or(interval.from)),
            included: None,
            currency: unit
                .map(|unit| unit.symbol.clone())
                .filter(|code| code.len() == 3 && code.is_ascii()),
        }),
        "number" => (!money && !percent_sign).then(|| {
            let value = interval.from.or(interval.to);
            let mut span = quantity.number.clone();
            if text
                .get(span.clone())
                .is_some_and(|number| number.ends_with('多'))
            {
                span.end -= '多'.len_utf8();
            }
            Compared {
                span: characters(span),
                values: (value, value),
                included: None,
                currency: None,
            }
        }),
        _ => {
            let small_range = interval.exact().is_none();
            let equal = quantity.bound == Bound::Exact && quantity.span != quantity.amount;
            let range = small_range || equal && !quantity.span.is_empty() && !sized(quantity);
            range.then(|| compared_range(quantity, text, &characters))
        }
    }
}

/// Whether the words around the number are those of a size or a percentage.
fn sized(quantity: &Quantity) -> bool {
    let unit = quantity.unit.as_ref().map(|unit| unit.kind);
    matches!(unit, Some(UnitKind::Size | UnitKind::Percent))
}

fn compared_range(
    quantity: &Quantity,
    text: &str,
    characters: &dyn Fn(Range<usize>) -> Range<usize>,
) -> Compared {
    const ABOUT: &[&str] = &["about ", "around ", "大概有", "大概", "大约有", "大约"];
    let mut span = quantity.span.clone();
    let written = text.get(span.clone()).unwrap_or_default();
    if let Some(about) = ABOUT
        .iter()
        .find(|about| written.to_lowercase().starts_with(**about))
    {
        span.start += about.len();
    }
    if span.end == quantity.amount.end {
        span.end = quantity.number.end;
    }
    let interval = quantity.interval;
    let loose = ["以上", "以下", "之上", "之下"]
        .iter()
        .any(|word| written.ends_with(word) || written.contains(&format!("{word}，")));
    let several = quantity.bound == Bound::About;
    let included = (interval.from_included, interval.to_included);
    let both = quantity.bound == Bound::Between
        && included == (true, true)
        && !written.contains("等于")
        && !written.contains("equal");
    Compared {
        span: characters(span),
        values: (interval.from, interval.to),
        included: (!loose && !several && !both).then_some(included),
        currency: None,
    }
}

/// Prints the time of short sentences.
fn speed() {
    const ROUNDS: usize = 20_000;
    let sentences = [
        "red running shoes under 50 dollars, size 42, not Nike please",
        "给我妈买一件500元以内的羊毛大衣，不要黑色，最好是两三百块，尺码42左右，包邮，明天能到货吗，谢谢，还有没有别的颜色",
        "between twenty-five hundred and 3,000 euros or IFP5550-BUN 2",
    ];
    for sentence in sentences {
        let start = Instant::now();
        let found: usize = (0..ROUNDS)
            .map(|_| quantities(std::hint::black_box(sentence)).len())
            .sum();
        let micros = start.elapsed().as_secs_f64() * 1e6 / ROUNDS as f64;
        println!(
            "{}",
            json!({ "characters": sentence.chars().count(), "found": found / ROUNDS, "micros": micros })
        );
    }
}
