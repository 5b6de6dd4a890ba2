//! Joins amounts with the words beside and between them: bounds, ranges, intervals of two bounds.

use super::amount::Amount;
use super::bounds::{self, Said};
use super::types::{Bound, Interval, UnitKind};
use super::units::UnitOf;
use crate::sentence::text::{FoldedText, is_han};

/// A quantity with places of characters.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) span: (usize, usize),
    pub(super) amount: (usize, usize),
    pub(super) number: (usize, usize),
    pub(super) interval: Interval,
    pub(super) unit: Option<UnitOf>,
    pub(super) written: (usize, usize),
    pub(super) bound: Bound,
}

/// Between the two ends of a range, without further words.
const TO: &[&str] = &[
    "up to", "-", "–", "—", "~", "to", "till", "until", "through", "thru", "到", "至", "--",
];

/// Between the two ends of a range that other words announce.
const AND: &[&str] = &["and", "&", "和", "与", "跟", "or"];

/// Before a range.
const FROM: &[&str] = &["from", "between", "从", "介于"];

/// Before a range whose ends [`AND`] joins.
const BETWEEN: &[&str] = &["between", "介于", "在", "位于", "处于", "in between"];

/// Behind a range.
const WITHIN: &[&str] = &["之间", "间", "中间"];

/// Between two bounds of one interval.
const BOTH: &[&str] = &[
    "and",
    "but",
    "and also",
    ", and",
    ", but",
    ",",
    "且",
    "并且",
    "并",
    "同时",
    "的同时",
    "而且",
    "但",
    "但是",
    "，",
    "，但",
    "，且",
    "，并且",
    "，同时",
    "、",
    "又",
    "or",
];

/// The quantities that amounts make together.
pub(super) fn items(text: &FoldedText, amounts: &[Amount]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(amounts.len());
    let mut at = 0;
    while let Some(amount) = amounts.get(at) {
        let free_from = items.last().map_or(0, |item| item.span.1);
        let next = amounts.get(at + 1);
        let range = next.and_then(|second| range(text, amount, second, free_from));
        let used = 1 + usize::from(range.is_some());
        let shares = next.filter(|next| amount.unit.is_none() && dimensions(text, amount, next));
        let mut single = single(amount);
        if let Some(next) = shares {
            single.unit = shared_length(text, amounts, at).or(next.unit);
            single.written = (amount.end, amount.end);
        }
        let item = range.unwrap_or(single);
        let next_start = amounts.get(at + used).map(|next| next.start);
        at += used;
        if let Some(item) = bounded(text, item, free_from, next_start, amount) {
            match items.last().and_then(|last| both(text, last, &item)) {
                Some(joined) => {
                    items.pop();
                    items.push(joined);
                }
                None => items.push(item),
            }
        }
    }
    items
}

/// Whether `x` joins two amounts as sides of one thing.
fn dimensions(text: &FoldedText, first: &Amount, second: &Amount) -> bool {
    let sign = text.skip_blanks(first.end);
    matches!(text.at(sign), 'x' | '×' | '*') && text.skip_blanks(sign + 1) == second.start
}

/// The unit of length behind at most three sides.
fn shared_length(text: &FoldedText, amounts: &[Amount], at: usize) -> Option<UnitOf> {
    let sides = amounts
        .get(at..)?
        .iter()
        .zip(amounts.get(at + 1..)?)
        .take(2);
    let joined = sides.take_while(|(first, second)| dimensions(text, first, second));
    joined
        .filter_map(|(_, second)| second.unit)
        .find(|unit| unit.kind == UnitKind::Length)
}

fn single(amount: &Amount) -> Item {
    let (from, to) = amount.values;
    let bound = match (amount.at_least, amount.approximate) {
        (true, _) => Bound::AtLeast,
        (_, true) => Bound::About,
        _ => Bound::Exact,
    };
    Item {
        span: (amount.start, amount.end),
        amount: (amount.start, amount.end),
        number: (amount.number_start, amount.number_end),
        interval: Interval {
            from: Some(from),
            to: (!amount.at_least).then_some(to),
            from_included: !amount.open,
            to_included: !amount.open && !amount.at_least,
        },
        unit: amount.unit,
        written: amount.written,
        bound,
    }
}

/// Whether two amounts may be ends of one range.
fn compatible(one: Option<UnitOf>, other: Option<UnitOf>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.kind == other.kind
                && (one.kind != UnitKind::Money
                    || crate::value::joined(one.symbol, other.symbol).is_some())
        }
        _ => true,
    }
}

/// A range from one amount to the next.
fn range(text: &FoldedText, first: &Amount, second: &Amount, free_from: usize) -> Option<Item> {
    if !compatible(first.unit, second.unit) || first.at_least || second.at_least {
        return None;
    }
    let gap = text.skip_blanks(first.end);
    let reaches = |word: &&str| {
        let end = text.skip_blanks(text.starts_with(gap, word)?);
        let article = ["the", "第", "about"]
            .iter()
            .find_map(|word| text.starts_with(end, word));
        let end = article.map_or(end, |end| text.skip_blanks(end));
        (end == second.start).then_some(())
    };
    let before = text.skip_blanks_back(first.start);
    let before = ["the", "第"]
        .iter()
        .find_map(|word| text.ends_with(before, word))
        .map_or(before, |start| text.skip_blanks_back(start));
    let announced = |words: &'static [&'static str]| {
        text.longest_before(before, words.iter().copied())
            .map(|(start, _)| start)
            .filter(|start| *start >= free_from)
    };
    let within = text.longest_at(text.skip_blanks(second.end), WITHIN.iter().copied());
    let within = within
        .map(|(end, _)| end)
        .filter(|end| text.at(*end) != '隔');
    let start = if TO.iter().any(|word| reaches(word).is_some()) {
        announced(FROM)
    } else if AND.iter().any(|word| reaches(word).is_some()) {
        let start = announced(BETWEEN);
        if start.is_none() && within.is_none() {
            return None;
        }
        start
    } else {
        return None;
    };
    // `one-fourth`, `the quarter to $ 5`.
    let part = first.unit.is_none() && first.values.0 < 1.0;
    if first.weak && (second.weak || part) && start.is_none() {
        return None;
    }
    let (low, high) = ends(first, second)?;
    let unit = second.unit.or(first.unit);
    let (from, to) = (start.unwrap_or(first.start), within.unwrap_or(second.end));
    Some(Item {
        span: (from, to),
        amount: (first.start, second.end),
        number: (first.number_start, second.number_end),
        interval: Interval {
            from: Some(low),
            to: Some(high),
            from_included: true,
            to_included: true,
        },
        unit,
        written: if second.unit.is_some() {
            second.written
        } else {
            first.written
        },
        bound: Bound::Between,
    })
}

/// The ends of a range. The first number shares the coin and the multiplier of the second: 五到八毛, 2-3万.
fn ends(first: &Amount, second: &Amount) -> Option<(f64, f64)> {
    let (mut low, high) = (first.values.0, second.values.1);
    if first.unit.is_none() {
        let figure = second.values.0 / second.scale;
        let one_step = figure > low && (figure <= 3.0 * low || (figure <= 5.0 * low && low > 1.0));
        if first.scale == 1.0 && second.scale > 1.0 && low < second.scale && one_step {
            low *= second.scale;
        }
        if second.coin != 1.0 {
            low *= second.coin;
        }
    }
    let factor = |unit: Option<UnitOf>| unit.map_or(1.0, |unit| unit.factor);
    if let (Some(_), Some(_)) = (first.unit, second.unit) {
        // 500ml to 1l: in the unit of the second.
        low *= factor(first.unit) / factor(second.unit);
    }
    (low <= high).then_some((low, high))
}

/// The item with the words of its bound. `None` if it is no quantity without them.
fn bounded(
    text: &FoldedText,
    item: Item,
    free_from: usize,
    next_start: Option<usize>,
    amount: &Amount,
) -> Option<Item> {
    if let Some((said, start, end)) = bounds::compared(text, item.span.0, item.span.1)
        && start >= free_from
    {
        let mut item = item;
        item.span = (start, end);
        say(&mut item, said);
        return Some(item);
    }
    let mut item = item;
    let mut before = bounds::before(text, item.span.0, free_from);
    if let Some((Said::About, start)) = before {
        item.span.0 = start;
        let further = bounds::before(text, start, free_from);
        before = match further {
            Some((Said::Budget, start)) => {
                item.span.0 = start;
                Some((Said::About, start))
            }
            Some(further) => Some(further),
            None => before,
        };
    }
    let behind = bounds::behind(text, item.span.1, next_start);
    let said_before = before.map(|(said, _)| said);
    if let Some((_, start)) = before {
        item.span.0 = item.span.0.min(start);
    }
    let behind = behind.filter(|(said, _)| fits(said_before, *said));
    if let Some((_, end)) = behind {
        item.span.1 = end;
    }
    match (said_before, behind.map(|(said, _)| said)) {
        (Some(Said::Below(_)), Some(Said::OrEqual)) => say(&mut item, Said::Below(true)),
        (Some(Said::Above(_)), Some(Said::OrEqual)) => say(&mut item, Said::Above(true)),
        (Some(said @ (Said::Below(_) | Said::Above(_))), _) => say(&mut item, said),
        (_, Some(said)) => say(&mut item, said),
        (Some(said), None) => say(&mut item, said),
        (None, None) if is_lowest_price(text, &item, free_from) => {
            item.span.0 = text
                .ends_with(text.skip_blanks_back(item.span.0), "from")
                .unwrap_or(item.span.0);
            say(&mut item, Said::Above(true));
        }
        (None, None) => {
            let weak = amount.weak && item.bound != Bound::Between;
            return (!weak).then_some(item);
        }
    }
    let about_nothing = amount.weak && item.unit.is_none() && item.bound == Bound::About;
    (!about_nothing).then_some(item)
}

/// `from $100`, with nothing that it reaches to.
fn is_lowest_price(text: &FoldedText, item: &Item, free_from: usize) -> bool {
    let money = item.unit.is_some_and(|unit| unit.kind == UnitKind::Money);
    let from = text.ends_with(text.skip_blanks_back(item.span.0), "from");
    money && item.bound == Bound::Exact && from.is_some_and(|start| start >= free_from)
}

/// Whether words behind an amount go with those before it.
fn fits(before: Option<Said>, behind: Said) -> bool {
    match (before, behind) {
        (None, Said::OrEqual) => false,
        (Some(Said::Below(_)), Said::Above(_)) | (Some(Said::Above(_)), Said::Below(_)) => false,
        (Some(Said::Below(_) | Said::Above(_)), _) => true,
        (_, Said::OrEqual) => false,
        _ => true,
    }
}

/// Changes the interval of an item to what was said of it.
fn say(item: &mut Item, said: Said) {
    let range = item.bound == Bound::Between;
    match said {
        // `about 20 to 30`, `budget 200 to 300`: the range remains.
        Said::About | Said::Budget | Said::Equal if range => {}
        Said::Below(_) | Said::Budget => {
            let included = said != Said::Below(false);
            item.interval.to = item.interval.to.or(item.interval.from);
            item.interval.from = None;
            item.interval.to_included = included;
            item.interval.from_included = false;
            item.bound = Bound::AtMost;
        }
        Said::Above(included) => {
            item.interval.to = None;
            item.interval.from_included = included;
            item.interval.to_included = false;
            item.bound = Bound::AtLeast;
        }
        Said::About => item.bound = Bound::About,
        Said::Equal | Said::OrEqual => {}
    }
}

/// Two bounds of one interval: `above 1000 and below 1500`, 大于10小于20.
fn both(text: &FoldedText, first: &Item, second: &Item) -> Option<Item> {
    let (low, high) = match (first.bound, second.bound) {
        (Bound::AtLeast, Bound::AtMost) => (first, second),
        (Bound::AtMost, Bound::AtLeast) => (second, first),
        _ => return None,
    };
    let gap = text.skip_blanks(first.span.1);
    let joined = BOTH.iter().any(|word| {
        let end = text.starts_with(gap, word);
        end.is_some_and(|end| text.skip_blanks(end) == second.span.0)
    });
    let touching =
        gap == second.span.0 && (is_han(text.at(gap)) || is_han(text.before(first.span.1)));
    let factor = |item: &Item| item.unit.map_or(1.0, |unit| unit.factor);
    let (mut from, to) = (low.interval.from?, high.interval.to?);
    if low.unit.is_some() && high.unit.is_some() {
        from *= factor(low) / factor(high);
    }
    if !(joined || touching) || from >= to || !compatible(first.unit, second.unit) {
        return None;
    }
    let with_unit = if high.unit.is_some() { high } else { low };
    Some(Item {
        span: (first.span.0, second.span.1),
        amount: (first.amount.0, second.amount.1),
        number: (first.number.0, second.number.1),
        interval: Interval {
            from: Some(from),
            to: Some(to),
            from_included: low.interval.from_included,
            to_included: high.interval.to_included,
        },
        unit: with_unit.unit,
        written: with_unit.written,
        bound: Bound::Between,
    })
}
