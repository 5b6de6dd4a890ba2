//! Chinese numerals, also mixed with digits: 一百零五, 一百五 (150), 三千二 (3200), 两三百 (200 to 300), 十几万, 3万4000.

use super::digits::literal;
use super::number::{Number, Pair, Written};
use crate::sentence::text::{FoldedText, is_han, is_word};

/// The figure of a character. 几 is 3 to 9.
fn figure(c: char) -> Option<Pair> {
    let value = match c {
        '零' | '〇' => 0.0,
        '一' | '壹' => 1.0,
        '二' | '贰' | '两' => 2.0,
        '三' | '叁' => 3.0,
        '四' | '肆' => 4.0,
        '五' | '伍' => 5.0,
        '六' | '陆' => 6.0,
        '七' | '柒' => 7.0,
        '八' | '捌' => 8.0,
        '九' | '玖' => 9.0,
        _ => return None,
    };
    Some((value, value))
}

/// 十, 百, 千.
fn small(c: char) -> Option<f64> {
    match c {
        '十' | '拾' => Some(10.0),
        '百' | '佰' => Some(100.0),
        '千' | '仟' => Some(1000.0),
        _ => None,
    }
}

/// 万, 亿, 兆.
fn big(c: char) -> Option<f64> {
    match c {
        '万' => Some(1e4),
        '亿' => Some(1e8),
        '兆' => Some(1e12),
        _ => None,
    }
}

fn multiplies(c: char) -> bool {
    small(c).is_some() || big(c).is_some()
}

/// The value of one figure from 1 to 9.
pub(super) fn single_figure(c: char) -> Option<f64> {
    let value = match c {
        '1'..='9' => f64::from(c.to_digit(10)?),
        _ => figure(c)?.0,
    };
    (value > 0.0).then_some(value)
}

/// The place behind the numerals at `start`.
pub(super) fn numerals_end(text: &FoldedText, start: usize) -> usize {
    let numeral = |at: &usize| figure(text.at(*at)).is_some() || multiplies(text.at(*at));
    start + (start..).take_while(numeral).count()
}

/// Whether a Chinese number may begin with `c`.
pub(super) fn begins(c: char) -> bool {
    figure(c).is_some() || multiplies(c) || matches!(c, '几' | '半' | '数')
}

fn add(one: Pair, other: Pair) -> Pair {
    (one.0 + other.0, one.1 + other.1)
}

fn times(pair: Pair, factor: f64) -> Pair {
    (pair.0 * factor, pair.1 * factor)
}

/// The largest power of ten that divides a value: 多 behind 150 adds less than 10.
pub(super) fn step(value: f64) -> f64 {
    let mut step = 1.0;
    while step < 1e15 && value >= step * 10.0 && value % (step * 10.0) == 0.0 {
        step *= 10.0;
    }
    step
}

/// A number while it is read.
struct Reader<'a> {
    text: &'a FoldedText,
    /// The place behind what was read.
    at: usize,
    /// Sums with the multiplier that closed each, the largest first.
    groups: Vec<(Pair, f64)>,
    /// The sum below the next 万.
    section: Pair,
    /// The last of 十, 百, 千 in this section.
    lowest: f64,
    /// Figures that wait for their multiplier, and whether they are a single digit.
    pending: Option<(Pair, bool)>,
    /// The last multiplier. 0 if there is none.
    last: f64,
    zero: bool,
    open: bool,
    approximate: bool,
    n_figures: usize,
    n_characters: usize,
}

/// The number at `start`: Chinese numerals, or digits with a Chinese multiplier. `None` if there is none.
pub(super) fn read(text: &FoldedText, start: usize) -> Option<Number> {
    let mut reader = Reader {
        text,
        at: start,
        groups: Vec::new(),
        section: (0.0, 0.0),
        lowest: f64::INFINITY,
        pending: None,
        last: 0.0,
        zero: false,
        open: false,
        approximate: false,
        n_figures: 0,
        n_characters: 0,
    };
    if text.at(start) == '半' && text.at(start + 1) != '百' {
        return reader.half();
    }
    while reader.step(start).is_some() {}
    reader.finish()
}

impl Reader<'_> {
    fn half(&self) -> Option<Number> {
        let written = Written::Chinese { single: true };
        Some(Number {
            weak: true,
            ..Number::exact(self.at + 1, 0.5, written)
        })
    }

    /// Reads one more part. `None` at the end of the number.
    fn step(&mut self, start: usize) -> Option<()> {
        let next = if self.at == start {
            start
        } else {
            self.text.skip_blanks(self.at)
        };
        let spaced = next > self.at;
        match self.text.at(next) {
            c if c.is_ascii_digit() || (c == '.' && next == start) => self.digits(next, spaced),
            '几' | '数' => self.some(next, spaced),
            '多' | '余' | '来' => self.more(next),
            '半' => self.half_of_hundred(next),
            '点' => self.decimals(next),
            c if figure(c).is_some() => self.figures(next, spaced),
            c if small(c).is_some() => self.small(next),
            c if big(c).is_some() => self.big(next),
            _ => None,
        }
    }

    fn nothing_read(&self) -> bool {
        self.pending.is_none() && self.last == 0.0
    }

    /// 3 of 3万, 4000 of 3万4000.
    fn digits(&mut self, next: usize, spaced: bool) -> Option<()> {
        if self.pending.is_some() || self.open {
            return None;
        }
        let found = literal(self.text, next)?;
        let after = self.text.at(self.text.skip_blanks(found.end));
        let first = self.nothing_read();
        if !first && (!found.plain || (spaced && !multiplies(after))) {
            return None;
        }
        self.pending = Some(((found.value, found.value), found.plain && found.count == 1));
        self.n_figures += 1;
        self.n_characters += found.end - next;
        self.at = found.end;
        Some(())
    }

    /// One figure, two that follow each other (两三: two to three), or a row of them (二零二四).
    fn figures(&mut self, next: usize, spaced: bool) -> Option<()> {
        if self.pending.is_some() || self.open {
            return None;
        }
        let text = self.text;
        let value = |at: usize| figure(text.at(at)).map(|pair| pair.0);
        // Longer rows are no numbers of a shop.
        const LONGEST: usize = 24;
        let row = (next..next + LONGEST)
            .take_while(|at| value(*at).is_some())
            .count();
        if row == LONGEST {
            return None;
        }
        let after = text.at(text.skip_blanks(next + row));
        // A figure behind a blank belongs to the number before if the number goes on or ends there.
        let behind = text.at(next + row);
        let ends = behind == '又' || !is_han(behind) && !is_word(behind);
        if spaced && (self.last == 0.0 || !(multiplies(after) || ends)) {
            return None;
        }
        let first = value(next)?;
        if first == 0.0 && row == 1 {
            return self.zero(next);
        }
        if first == 0.0 && self.last > 0.0 {
            self.zero = true;
            self.n_characters += 1;
            self.at = next + 1;
            return Some(());
        }
        let second = value(next + 1).unwrap_or(0.0);
        let (pair, length) = match row {
            1 => ((first, first), 1),
            2 if second == first + 1.0 && first > 0.0 => ((first, second), 2),
            // 五五 is no number.
            2 if second != 0.0 || self.last > 0.0 => return None,
            _ => {
                let figures = (next..next + row).filter_map(value);
                let whole = figures.fold(0.0, |whole, figure| whole * 10.0 + figure);
                ((whole, whole), row)
            }
        };
        self.approximate |= pair.0 != pair.1;
        self.pending = Some((pair, row <= 2 && length == row));
        self.n_figures += 1;
        self.n_characters += length;
        self.at = next + length;
        Some(())
    }

    /// 零 within a number, or before 点, or alone.
    fn zero(&mut self, next: usize) -> Option<()> {
        let after = self.text.at(self.text.skip_blanks(next + 1));
        if self.nothing_read() && !multiplies(after) {
            self.pending = Some(((0.0, 0.0), false));
            self.n_figures += 1;
        } else if !(begins(after) || after.is_ascii_digit()) {
            return None;
        }
        self.zero = true;
        self.n_characters += 1;
        self.at = next + 1;
        Some(())
    }

    /// 几: three to nine before a multiplier, less than the last multiplier behind one.
    fn some(&mut self, next: usize, spaced: bool) -> Option<()> {
        if self.pending.is_some() || self.open || (spaced && self.last == 0.0) {
            return None;
        }
        if self.nothing_read() {
            let after = self.text.at(next + 1);
            if self.text.at(next) == '数' && !multiplies(after) {
                return None;
            }
            self.pending = Some(((3.0, 9.0), false));
        } else {
            let less_than = if self.zero { 10.0 } else { self.last };
            self.section = add(self.section, (0.0, less_than));
            self.open = true;
        }
        self.n_figures += 1;
        self.n_characters += 1;
        self.at = next + 1;
        // 一百几十 is below 200 as well.
        if self.open && small(self.text.at(self.at)) == Some(10.0) && self.lowest > 10.0 {
            self.at += 1;
        }
        self.approximate = true;
        Some(())
    }

    /// 多, 余, 来 behind a round number.
    fn more(&mut self, next: usize) -> Option<()> {
        let after = self.text.at(self.text.skip_blanks(next + 1));
        if self.open && big(after).is_some() {
            // 十几万多亿: the number is open already.
            self.n_characters += 1;
            self.at = next + 1;
            return Some(());
        }
        let sum = self.sum();
        let round = self.pending.is_none() || (sum.0 >= 10.0 && sum.0 % 10.0 == 0.0);
        let digits = self
            .pending
            .is_some_and(|(pair, single)| !single && pair.0 >= 10.0);
        if self.open || self.nothing_read() || sum.0 != sum.1 || !(round || digits) {
            return None;
        }
        if self.text.at(next) == '来' {
            // 来 is also a verb: 五十来买.
            if !(big(after).is_some()
                || matches!(after, '个' | '块' | '元' | '岁' | '件' | '斤' | '米'))
            {
                return None;
            }
        } else {
            let step = step(sum.0);
            self.section = add(self.section, (0.0, step));
            self.open = true;
        }
        self.approximate = true;
        self.n_characters += 1;
        self.at = next + 1;
        Some(())
    }

    /// 半百: 50.
    fn half_of_hundred(&mut self, next: usize) -> Option<()> {
        if !self.nothing_read() || self.at != next {
            return None;
        }
        self.pending = Some(((0.5, 0.5), false));
        self.n_figures += 1;
        self.n_characters += 1;
        self.at = next + 1;
        Some(())
    }

    fn small(&mut self, next: usize) -> Option<()> {
        let c = self.text.at(next);
        let after = self.text.at(next + 1);
        let value = small(c)?;
        // 千克, 千米: units.
        let unit = value == 1000.0 && matches!(after, '克' | '米' | '瓦' | '卡' | '赫');
        if self.open || value >= self.lowest || unit {
            return None;
        }
        let first = self.nothing_read();
        // 百分之, and 十分 as `very`.
        let other_word = first
            && after == '分'
            && !(value == 10.0 && matches!(self.text.at(next + 2), '之' | '钱' | '钟'));
        let implied = first || self.zero || value == 10.0;
        let waiting = self.pending.take();
        if other_word || (waiting.is_none() && !implied) {
            return None;
        }
        let figures = waiting.map_or((1.0, 1.0), |(pair, _)| pair);
        self.section = add(self.section, times(figures, value));
        (self.lowest, self.last, self.zero) = (value, value, false);
        self.n_characters += 1;
        self.at = next + 1;
        Some(())
    }

    fn big(&mut self, next: usize) -> Option<()> {
        let value = big(self.text.at(next))?;
        // 万元: one is implied.
        let implied = self.nothing_read() && self.text.at(next + 1) == '元';
        let one = if implied { (1.0, 1.0) } else { (0.0, 0.0) };
        let waiting = self.pending.map_or(one, |(pair, _)| pair);
        let figures = add(self.section, waiting);
        let mut sum = figures;
        let mut scale = value;
        while let Some((group, closed_by)) = self.groups.last().copied() {
            let doubled = closed_by == value && figures.1 == 0.0;
            if closed_by >= value && !doubled {
                break;
            }
            if doubled {
                scale *= value;
            }
            sum = add(sum, group);
            self.groups.pop();
        }
        let ordered = self
            .groups
            .last()
            .is_none_or(|(_, closed_by)| *closed_by > value);
        if sum.1 == 0.0 || !ordered {
            return None;
        }
        self.groups.push((times(sum, value), scale));
        self.section = (0.0, 0.0);
        self.pending = None;
        (self.lowest, self.last, self.zero) = (f64::INFINITY, value, false);
        self.n_characters += 1;
        self.at = next + 1;
        Some(())
    }

    /// 点 with figures behind it: 五点八, 一点五万.
    fn decimals(&mut self, next: usize) -> Option<()> {
        if self.open || self.nothing_read() {
            return None;
        }
        let first = self.text.skip_blanks(next + 1);
        let digit = |at: usize| figure(self.text.at(at)).filter(|_| self.text.at(at) != '两');
        let (mut at, mut unit, mut part) = (first, 0.1, 0.0);
        while let Some((value, _)) = digit(at) {
            part += value * unit;
            unit *= 0.1;
            at += 1;
        }
        if at == first {
            return None;
        }
        let whole = self.sum();
        let digits = (at - first).min(15) as i32;
        // Rounded to the digits written, so that 9.9 is the same number as in digits.
        let power = 10_f64.powi(digits);
        let part = (part * power).round() / power;
        let value = add(whole, (part, part));
        self.groups.clear();
        self.section = (0.0, 0.0);
        self.pending = Some((value, false));
        self.n_figures += 1;
        self.n_characters += 1 + at - first;
        (self.at, self.last, self.lowest, self.zero) = (at, 0.0, 10.0, true);
        Some(())
    }

    /// The sum so far. A single figure behind a multiplier counts tenths of it: 一百五 is 150.
    fn sum(&self) -> Pair {
        let groups = self
            .groups
            .iter()
            .fold((0.0, 0.0), |sum, (group, _)| add(sum, *group));
        let sum = add(groups, self.section);
        match self.pending {
            Some((pair, true)) if self.last > 0.0 && !self.zero => {
                add(sum, times(pair, self.last / 10.0))
            }
            Some((pair, _)) => add(sum, pair),
            None => sum,
        }
    }

    fn finish(self) -> Option<Number> {
        let values = self.sum();
        if self.nothing_read() && self.n_characters == 0 {
            return None;
        }
        let han = self.n_figures > 0 || self.last > 0.0;
        // 百, 千 and 万 alone begin other words: 百货.
        let money = self.text.at(self.at) == '元';
        let alone = self.n_figures == 0 && self.n_characters == 1 && self.last != 10.0 && !money;
        // Digits alone are not Chinese.
        let digits_only = self.last == 0.0 && self.text.before(self.at).is_ascii_digit();
        if !han || alone || digits_only || self.only_zero_lost() {
            return None;
        }
        let scale = self.scale();
        let only_multipliers = self.n_figures == 0 && self.n_characters < 3 && !self.zero;
        let single =
            self.n_characters == 1 || only_multipliers || self.last == 0.0 && self.approximate;
        let written = Written::Chinese { single };
        Some(Number {
            end: self.at,
            values,
            open: self.open,
            approximate: self.approximate,
            scale,
            weak: false,
            written,
        })
    }

    /// Nothing but 零 was read and it belongs to no figure.
    fn only_zero_lost(&self) -> bool {
        self.n_figures == 0 && self.last == 0.0
    }

    /// The multiplier if the number is one figure times it.
    fn scale(&self) -> f64 {
        if self.n_figures == 1 && self.pending.is_none() {
            let group = self.groups.iter().map(|(_, scale)| *scale).product::<f64>();
            let lowest = if self.lowest.is_finite() {
                self.lowest
            } else {
                1.0
            };
            return group * lowest;
        }
        1.0
    }
}
