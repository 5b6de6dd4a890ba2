//! Words by the rules of Unicode annex 29, but with prices, quantities and short compounds kept whole.

use unicode_segmentation::UnicodeSegmentation;

/// A part of normalised text.
pub(super) enum Piece<'a> {
    /// A word, a number, a price.
    Word(&'a str),
    /// One Chinese character.
    Han(&'a str),
    /// Anything else: what stands before and after it does not belong together.
    Gap,
}

/// Chinese units, the longer before those they begin with.
const UNITS: [&str; 58] = [
    "美元",
    "欧元",
    "日元",
    "港元",
    "万元",
    "元",
    "块钱",
    "块",
    "角",
    "英寸",
    "寸",
    "英尺",
    "尺",
    "厘米",
    "毫米",
    "微米",
    "公里",
    "千米",
    "米",
    "平方米",
    "平米",
    "公斤",
    "千克",
    "毫克",
    "克",
    "斤",
    "吨",
    "盎司",
    "磅",
    "毫升",
    "升",
    "加仑",
    "瓦",
    "千瓦",
    "伏",
    "安",
    "毫安时",
    "毫安",
    "赫兹",
    "分贝",
    "度",
    "折",
    "倍",
    "码",
    "号",
    "岁",
    "年",
    "月",
    "日",
    "天",
    "小时",
    "分钟",
    "秒",
    "周",
    "核",
    "像素",
    "万像素",
    "万",
];

/// Hands the pieces of `text` to `visit`.
pub(super) fn pieces<'a>(text: &'a str, mut visit: impl FnMut(Piece<'a>)) {
    let segments: Vec<(usize, &str)> = text.split_word_bound_indices().collect();
    let segment = |index: usize| segments.get(index).map_or("", |&(_, segment)| segment);
    let mut index = 0;
    while let Some(&(start, first)) = segments.get(index) {
        // A sign of money belongs to the number behind it.
        let signed = is_currency(first) && begins_with_digit(segment(index + 1));
        let head = index + usize::from(signed);
        let word = segment(head);
        if is_han(word) {
            visit(Piece::Han(word));
            index += 1;
            continue;
        }
        if !is_word(word) {
            visit(Piece::Gap);
            index += 1;
            continue;
        }
        let mut last = head;
        while is_hyphen(segment(last + 1)) && is_part(segment(last + 2)) {
            last += 2;
        }
        if last > head && !is_compound(word, segment(last), &segments[head..=last]) {
            (head..=last)
                .step_by(2)
                .for_each(|part| visit(Piece::Word(segment(part))));
            index = last + 1;
            continue;
        }
        let end = segments.get(last + 1).map_or(text.len(), |&(end, _)| end);
        let end = end + unit_len(segment(last), &text[end..]);
        visit(Piece::Word(&text[start..end]));
        index = last + 1;
        while segments.get(index).is_some_and(|&(start, _)| start < end) {
            index += 1;
        }
    }
}

/// Whether words with hyphens between them are one word.
fn is_compound(first: &str, last: &str, parts: &[(usize, &str)]) -> bool {
    let is_short = |part: &str| part.chars().nth(2).is_none();
    let has_digit = |&(_, part): &(usize, &str)| part.contains(|c: char| c.is_ascii_digit());
    is_short(first) || is_short(last) || parts.iter().any(has_digit)
}

/// Bytes of the unit at the start of `rest`, if `number` is a number; units of letters stand in the number's segment already.
fn unit_len(number: &str, rest: &str) -> usize {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{2044}');
    if !number.chars().all(digits) {
        return 0;
    }
    if let Some(scale) = rest.strip_prefix('°') {
        let mut letters = scale.chars();
        let letter = letters
            .next()
            .filter(|c| matches!(c, 'c' | 'C' | 'f' | 'F'));
        let ends = !letters.next().is_some_and(char::is_alphanumeric);
        return '°'.len_utf8() + letter.filter(|_| ends).map_or(0, char::len_utf8);
    }
    if let Some(sign) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '%' | '‰' | '€' | '£'))
    {
        return sign.len_utf8();
    }
    let fits = UNITS.iter().filter(|unit| rest.starts_with(**unit));
    fits.map(|unit| unit.len()).max().unwrap_or(0)
}

/// Whether a segment is one Chinese character.
fn is_han(segment: &str) -> bool {
    segment.chars().next().is_some_and(|c| {
        matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    })
}

/// Whether a segment can be a part of a word with hyphens.
fn is_part(segment: &str) -> bool {
    is_word(segment) && !is_han(segment)
}

/// Whether a segment is a word or a number: not so a blank that carries a letter-like mark.
fn is_word(segment: &str) -> bool {
    segment.contains(char::is_alphanumeric) && !segment.contains(char::is_whitespace)
}

fn is_hyphen(segment: &str) -> bool {
    matches!(segment, "-" | "\u{2010}")
}

fn is_currency(segment: &str) -> bool {
    matches!(segment, "$" | "€" | "£" | "¥" | "₹" | "₩")
}

fn begins_with_digit(segment: &str) -> bool {
    segment.starts_with(|c: char| c.is_ascii_digit())
}
