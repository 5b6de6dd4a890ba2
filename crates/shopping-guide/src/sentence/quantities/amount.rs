//! A number with its unit: money with its coins, measures, sizes, counts.

use super::currencies::{self, Money};
use super::english;
use super::number::{Number, Pair, Written, number};
use super::types::UnitKind;
use super::units::{self, UnitOf};
use crate::sentence::text::{FoldedText, is_han, is_word};
use crate::value::joined;

/// A number with its unit. Places are characters of the sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Amount {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) number_start: usize,
    pub(super) number_end: usize,
    pub(super) values: Pair,
    /// Both ends are excluded.
    pub(super) open: bool,
    pub(super) approximate: bool,
    /// The multiplier that a number before in the same range shares: 2 to 3万.
    pub(super) scale: f64,
    /// What one of the unit as written is worth: 0.1 for 毛.
    pub(super) coin: f64,
    /// A quantity only with a bound.
    pub(super) weak: bool,
    pub(super) unit: Option<UnitOf>,
    /// The unit as written.
    pub(super) written: (usize, usize),
    /// 上百: at least a hundred.
    pub(super) at_least: bool,
}

/// An amount at a place, or where to go on.
pub(super) enum Found {
    Amount(Amount),
    /// No amount begins before this place.
    Nothing(usize),
}

/// Facts about the whole sentence.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// It speaks of weight, so that pounds are no money.
    pub(super) weight: bool,
    /// The end of the amount before: prefixes do not reach behind it.
    pub(super) free_from: usize,
}

/// The amount at `start`.
pub(super) fn amount(text: &FoldedText, start: usize, context: Context) -> Found {
    let first = text.at(start);
    let money = currencies::before_number(text, start);
    let mut number_start = money.map_or(start, |money| text.skip_blanks(money.end));
    let mut percent = None;
    for (words, factor) in [("百分之", 0.01), ("千分之", 0.001)] {
        if money.is_none()
            && let Some(end) = text.starts_with(start, words)
        {
            number_start = text.skip_blanks(end);
            percent = Some(factor);
        }
    }
    for words in ["百分之百", "百分百"] {
        if let Some(end) = text.starts_with(start, words) {
            return Found::Amount(hundred_percent(start, end));
        }
    }
    let at_least = money.is_none()
        && matches!(first, '上' | '成')
        && matches!(text.at(start + 1), '百' | '千' | '万');
    if at_least {
        number_start = start + 1;
    }
    let read = if at_least {
        round(text, number_start)
    } else {
        number(text, number_start)
    };
    let Some(mut number) = read else {
        return Found::Nothing(after_nothing(text, start));
    };
    if text.starts_with(number.end, "m").is_some()
        && (money.is_some() || currencies::behind_number(text, number.end + 1).is_some())
    {
        number = number.times(1e6, number.end + 1);
    }
    let mut amount = Amount {
        start,
        end: number.end,
        number_start,
        number_end: number.end,
        values: number.values,
        open: number.open,
        approximate: number.approximate,
        scale: number.scale,
        coin: 1.0,
        weak: number.weak,
        unit: None,
        written: (start, start),
        at_least,
    };
    if let Some(factor) = percent {
        let unit = UnitOf {
            factor,
            ..units::PERCENT
        };
        amount.set_unit(unit, (start, number_start));
    } else if let Some(money) = money {
        amount.written = (money.start, money.end);
        amount.set_money(money);
        amount.join_second_currency(text, money);
        amount.add_coins(text, money.factor);
    } else if let Some((begin, system)) =
        units::size_before(text, number_start).filter(|(begin, _)| *begin >= context.free_from)
    {
        let unit = UnitOf {
            symbol: system,
            ..units::SIZE
        };
        amount.start = begin;
        amount.set_unit(unit, (begin, number_start));
        let behind = units::unit(text, amount.end, number.values.0);
        if let Some((found, _, end)) = behind
            && found.kind == UnitKind::Size
        {
            amount.end = end;
        }
    } else if number.written != Written::Ordinal {
        amount.add_unit(text, number, context);
    }
    let single = number.written == Written::Chinese { single: true };
    if single && is_other_word(text, &amount) {
        return Found::Nothing(number.end.max(start + 1));
    }
    // 第二件: an ordinal.
    amount.weak |= text.before(start) == '第';
    if amount.unit.is_none() && !stands_alone(text, &amount, number.written) {
        return Found::Nothing(number.end.max(start + 1));
    }
    Found::Amount(amount)
}

/// 百分之百, 百分百.
fn hundred_percent(start: usize, end: usize) -> Amount {
    Amount {
        start,
        end,
        number_start: end - 1,
        number_end: end,
        values: (100.0, 100.0),
        open: false,
        approximate: false,
        scale: 1.0,
        coin: 1.0,
        weak: false,
        unit: Some(units::PERCENT),
        written: (start, end - 1),
        at_least: false,
    }
}

/// Where the next amount may begin if none begins at `start`: behind the word or the row of digits.
fn after_nothing(text: &FoldedText, start: usize) -> usize {
    let first = text.at(start);
    if !is_word(first) {
        return (start + 1).max(super::chinese::numerals_end(text, start));
    }
    let word = (start..).take_while(|at| is_word(text.at(*at)));
    start + word.count()
}

/// 百, 千, 万 or 百万 alone, behind 上.
fn round(text: &FoldedText, start: usize) -> Option<Number> {
    let mut end = start;
    let mut value = 1.0;
    loop {
        value *= match text.at(end) {
            '百' => 100.0,
            '千' => 1000.0,
            '万' => 1e4,
            _ => break,
        };
        end += 1;
        if end > start + 2 {
            break;
        }
    }
    (end > start).then(|| Number::exact(end, value, Written::Chinese { single: true }))
}

/// Whether a single character with a unit behind it is no number: 登陆部队, and 几件 as a question.
fn is_other_word(text: &FoldedText, amount: &Amount) -> bool {
    const FORMAL: &str = "壹贰叁肆伍陆柒捌玖拾";
    let numeral = text.at(amount.number_start);
    let before = text.before(amount.start);
    let within = FORMAL.contains(numeral) && is_han(before) && !BEFORE.contains(before);
    let question = numeral == '几' && amount.unit.is_none_or(|unit| unit.kind != UnitKind::Money);
    within || question
}

/// Characters before a numeral that stands alone.
const BEFORE: &str = "是为前后到至和与有买要约共比在于第从负我给";

/// Whether a numeral without unit is a number: one character of many words, as in 三星 or 四川, is none.
fn stands_alone(text: &FoldedText, amount: &Amount, written: Written) -> bool {
    const BEHIND: &str = "的不那这是和与到至而却吗呢吧以左之上多";
    let Written::Chinese { single: true } = written else {
        return true;
    };
    let (before, behind) = (text.before(amount.start), text.at(amount.end));
    (!is_han(before) || BEFORE.contains(before)) && (!is_han(behind) || BEHIND.contains(behind))
}

impl Amount {
    fn set_unit(&mut self, unit: UnitOf, written: (usize, usize)) {
        self.unit = Some(unit);
        self.written = written;
        self.weak = false;
    }

    fn set_money(&mut self, money: Money) {
        let unit = UnitOf {
            kind: UnitKind::Money,
            symbol: money.currency,
            factor: 1.0,
        };
        self.values = (self.values.0 * money.factor, self.values.1 * money.factor);
        self.unit = Some(unit);
        self.coin = money.factor;
        self.weak = false;
    }

    /// `$ 20 USD`, 人民币20元.
    fn join_second_currency(&mut self, text: &FoldedText, first: Money) {
        let Some(second) = currencies::behind_number(text, self.end) else {
            return;
        };
        let of_next = text.at(text.skip_blanks(second.end)).is_ascii_digit();
        if let Some(both) = joined(first.currency, second.currency)
            && !of_next
            && second.factor == 1.0
        {
            self.set_money(Money {
                currency: both,
                factor: 1.0,
                ..second
            });
            self.written = (first.start, first.end);
            self.end = second.end;
        }
    }

    /// The unit or currency behind the number.
    fn add_unit(&mut self, text: &FoldedText, number: Number, context: Context) {
        let money = currencies::behind_number(text, self.end)
            .filter(|money| self.is_money(text, money, context));
        let unit = units::unit(text, self.end, number.values.0);
        match (money, unit) {
            (Some(money), unit) if unit.is_none_or(|(.., end)| money.end >= end) => {
                self.written = (money.start, money.end);
                self.end = money.end;
                let times = english::times_behind(text, number, money.end);
                if let Some(product) = times {
                    self.values = product.values;
                    self.end = product.end;
                }
                self.set_money(money);
                let coins = money.factor < 1.0 || number.value().is_some();
                if times.is_none() && coins {
                    self.add_coins(text, money.factor);
                }
                self.add_half(text, money.factor);
            }
            (_, Some((unit, start, end))) => {
                self.set_unit(unit, (start, end));
                self.end = end;
                if text.before(end) == '个' && text.at(end) == '半' {
                    self.add_half_of_time(text);
                }
                if text.before(end) == '米' && unit.symbol == "m" {
                    self.add_centimetres(text);
                }
                self.add_half(text, 1.0);
            }
            _ => self.add_piece(text, context),
        }
    }

    /// Whether what follows the number is money and no other thing of the same name.
    fn is_money(&self, text: &FoldedText, money: &Money, context: Context) -> bool {
        let pound = text.starts_with(money.start, "pound").is_some()
            || text.starts_with(money.start, "pounds").is_some();
        if pound {
            let hyphen = text.at(self.end) == '-';
            return !(context.weight || hyphen);
        }
        let name = text.folded(money.start..money.end);
        match name {
            ['分'] => false,
            ['块' | '毛' | '角' | '刀' | '欧'] => coin_ends(text, money.end),
            _ => true,
        }
    }

    /// 三块肥皂 is soap, and a pound may be a weight.
    fn add_piece(&mut self, text: &FoldedText, context: Context) {
        let start = text.skip_blanks(self.end);
        let hyphen = usize::from(text.at(start) == '-');
        let pound = ["pound", "pounds"]
            .iter()
            .find_map(|word| text.starts_with(start + hyphen, word));
        if let Some(end) = pound.filter(|_| context.weight || hyphen == 1) {
            let unit = UnitOf {
                kind: UnitKind::Weight,
                symbol: "lb",
                factor: 0.453_592_37,
            };
            self.set_unit(unit, (start + hyphen, end));
            self.end = end;
        } else if text.at(start) == '块' && self.values.1 < 10.0 {
            self.set_unit(units::PIECE, (start, start + 1));
            self.end = start + 1;
        }
    }

    /// Coins behind whole money: `3 dollars 50 cents`, 三块五毛, 一块二, `15 dollars and 50`.
    fn add_coins(&mut self, text: &FoldedText, factor: f64) {
        let mut above = factor;
        // At most 块, 毛 and 分.
        for _ in 0..2 {
            match self.coins(text, above) {
                Some((value, end, factor)) if self.values.0 == self.values.1 => {
                    let sum = ((self.values.0 + value) * 1e4).round() / 1e4;
                    self.values = (sum, sum);
                    self.end = end;
                    self.number_end = end;
                    above = factor;
                }
                _ => break,
            }
        }
    }

    /// The next coins: their value in units of the currency, their end, and the factor of their unit.
    fn coins(&self, text: &FoldedText, above: f64) -> Option<(f64, usize, f64)> {
        let currency = self.unit?.symbol;
        let joint = text.skip_blanks(self.end);
        let and = ["and", "又", "零"]
            .iter()
            .find_map(|word| text.starts_with(joint, word));
        let start = text.skip_blanks(and.unwrap_or(joint));
        if matches!(text.at(start), '-' | '负')
            || (start == self.end && text.at(start).is_ascii_digit() && !is_han(text.before(start)))
        {
            return None;
        }
        if let Some(tenths) = self.figure_before_count(text, start) {
            return (above > 0.01).then_some((tenths * above / 10.0, start + 1, 0.01));
        }
        let number = number(text, start)?;
        let value = number.value().filter(|value| *value < 100.0)?;
        if let Some(coin) = currencies::behind_number(text, number.end) {
            let same = joined(currency, coin.currency).is_some();
            return (same && coin.factor < above).then_some((
                value * coin.factor,
                coin.end,
                coin.factor,
            ));
        }
        let han = is_han(text.before(self.end));
        let alone = units::unit(text, number.end, value).is_none();
        if han {
            let one_figure = value < 10.0
                && value.fract() == 0.0
                && number.end == start + 1
                && start == self.end;
            let behind = text.at(number.end);
            let ends = coin_ends(text, number.end) && !behind.is_ascii_digit() && behind != '.';
            return (one_figure && alone && ends && above > 0.01).then_some((
                value * above / 10.0,
                number.end,
                0.01,
            ));
        }
        let whole =
            value > 0.0 && value.fract() == 0.0 && self.values.0.fract() == 0.0 || above == 0.1;
        let between = text
            .ends_with(text.skip_blanks_back(self.start), "between")
            .is_some();
        let next = text.skip_blanks(number.end);
        let ends = !is_word(text.at(next))
            || ["and", "more", "or", "please"]
                .iter()
                .any(|word| text.starts_with(next, word).is_some());
        let words_only = and.is_some() || self.written.0 > self.number_start;
        let value = if above == 0.1 {
            value * 0.01
        } else {
            value * above / 100.0
        };
        let dash = matches!(text.at(next), '-' | '~' | '–' | '%' | '$' | '€' | '£' | '¥');
        (whole && alone && ends && words_only && !between && !dash && start > self.end)
            .then_some((value, number.end, 0.01))
    }

    /// 一块二一个, 九块九包邮: the figure behind 块 with a count or another word behind it.
    fn figure_before_count(&self, text: &FoldedText, start: usize) -> Option<f64> {
        let value = super::chinese::single_figure(text.at(start))?;
        let next = text.at(start + 1);
        let free = text.starts_with(start + 1, "包邮").is_some();
        let counted = super::chinese::single_figure(next).is_some()
            && units::unit(text, start + 2, 1.0).is_some();
        let attached = start == self.end && is_han(text.before(start));
        (attached && (free || counted && is_han(next))).then_some(value)
    }

    /// 一个半小时: one and a half hours.
    fn add_half_of_time(&mut self, text: &FoldedText) {
        let half = self.end + 1;
        if let Some((unit, start, end)) = units::unit(text, half, 0.5)
            && unit.kind == UnitKind::Duration
            && start == half
        {
            self.values = (self.values.0 + 0.5, self.values.1 + 0.5);
            self.set_unit(unit, (start, end));
            self.end = end;
        }
    }

    /// 一米八, 1米75: tenths or hundredths of a metre behind 米.
    fn add_centimetres(&mut self, text: &FoldedText) {
        let figures = (self.end..self.end + 3).map_while(|at| {
            super::chinese::single_figure(text.at(at))
                .or((at > self.end && text.at(at) == '0').then_some(0.0))
        });
        let figures: Vec<f64> = figures.collect();
        let end = self.end + figures.len();
        let part = match figures.as_slice() {
            [tenths] => tenths / 10.0,
            [tenths, hundredths] => tenths / 10.0 + hundredths / 100.0,
            _ => return,
        };
        let counted = units::unit(text, end, 2.0).is_some() || text.at(end) == '.';
        if !counted && self.values.0 == self.values.1 && self.values.0.fract() == 0.0 {
            let sum = ((self.values.0 + part) * 100.0).round() / 100.0;
            self.values = (sum, sum);
            self.end = end;
            self.number_end = end;
        }
    }

    /// 半 or 多 behind a unit: 两斤半, 一百块多.
    fn add_half(&mut self, text: &FoldedText, factor: f64) {
        let measured = self
            .unit
            .is_some_and(|unit| !matches!(unit.kind, UnitKind::Count | UnitKind::Size));
        let exact = self.values.0 == self.values.1;
        if !measured || !exact || !is_han(text.before(self.end)) {
            return;
        }
        match text.at(self.end) {
            '半' if coin_ends(text, self.end + 1) => {
                let sum = self.values.0 + factor / 2.0;
                self.values = (sum, sum);
                self.end += 1;
            }
            '多' if text.at(self.end + 1) != '少' => {
                let step = super::chinese::step(self.values.0);
                self.values.1 += step;
                self.open = true;
                self.approximate = true;
                self.end += 1;
            }
            _ => {}
        }
    }
}

/// Whether 块, 毛 or a figure that ends at `end` is the end of a sum of money, and no part of another word such as 五角大楼.
fn coin_ends(text: &FoldedText, end: usize) -> bool {
    const BEHIND: &str = "钱以之左上下内里到至多来的起吧呢吗啊和与不就能都太也买可行够零半一二三四五六七八九两几封或及左间出每打贵便更还又再给拿";
    let behind = text.at(end);
    !is_han(behind) || BEHIND.contains(behind)
}
