//! Words by the rules of Unicode annex 29, with prices, quantities, short compounds, names with signs and emoji kept whole.

use unicode_segmentation::UnicodeSegmentation;

use super::emoji::is_emoji;
use super::signed_names::{is_ampersand_part, sign_len};

/// A part of normalised text.
pub(super) enum Piece<'a> {
    /// A word, a number, a price, an emoji.
    Word(&'a str),
    /// One Chinese character.
    Han(&'a str),
    /// Anything else. It separates the pieces on both sides.
    Gap,
}

/// Chinese units.
#[rustfmt::skip]
const UNITS: [&str; 66] = [
    "元", "美元", "欧元", "日元", "港元", "万元", "円", "块", "块钱", "角", "毛", "分",
    "寸", "英寸", "吋", "尺", "英尺", "米", "厘米", "公分", "毫米", "微米", "千米", "公里", "平方米", "平米",
    "克", "千克", "公斤", "毫克", "克拉", "斤", "吨", "盎司", "磅", "升", "毫升", "加仑",
    "瓦", "千瓦", "伏", "安", "毫安", "毫安时", "赫兹", "分贝", "度", "折", "倍", "码", "号",
    "年", "月", "日", "天", "周", "周年", "岁", "小时", "分钟", "秒", "核", "像素", "万像素", "万", "万象素",
];

/// Words that begin with a unit's last character. A unit does not end before one of them.
#[rustfmt::skip]
const NO_UNIT: [&str; 32] = [
    "升级", "升值", "天猫", "天使", "元旦", "元素", "核心", "核桃", "安装", "安全", "尺码", "尺寸", "倍数", "号码", "码头",
    "分之", "分辨", "分类", "折叠", "折扣", "秒杀", "米色", "米饭", "毛衣", "毛巾", "周边", "月饼", "年级", "年货", "度假",
    "角落", "日常",
];

/// Marks that annex 29 takes for a part of a word between two letters, or of a number.
const GLUE: [char; 3] = [':', ';', '.'];

/// The segments of annex 29, cut further at `:` and `;`, and at a `.` between letters, unless the parts have at most two
/// letters each (`u.s`, `a.m`).
fn segments(text: &str) -> Vec<(usize, &str)> {
    let mut segments = Vec::new();
    for (start, segment) in text.split_word_bound_indices() {
        let mut from = 0;
        for (at, mark) in segment.match_indices(GLUE) {
            let (before, after) = (&segment[..at], &segment[at + 1..]);
            let parts = [before.rsplit(GLUE).next(), after.split(GLUE).next()];
            let is_short = |part: &Option<&str>| part.is_none_or(is_short);
            let holds =
                mark == "." && (after.starts_with(char::is_numeric) || parts.iter().all(is_short));
            if before.is_empty() || after.is_empty() || holds {
                continue;
            }
            segments.push((start + from, &segment[from..at]));
            segments.push((start + at, mark));
            from = at + 1;
        }
        segments.push((start + from, &segment[from..]));
    }
    segments
}

/// Hands the pieces of `text` to `visit`.
pub(super) fn pieces<'a>(text: &'a str, mut visit: impl FnMut(Piece<'a>)) {
    let segments = segments(text);
    let segment = |index: usize| segments.get(index).map_or("", |&(_, segment)| segment);
    let mut index = 0;
    while let Some(&(start, first)) = segments.get(index) {
        // A currency sign belongs to the number behind it, and so does a point at the beginning of a number.
        let signed = is_currency(first);
        let before = text[..start].chars().next_back();
        let begins = signed || !before.is_some_and(|c| c == '.' || c.is_alphanumeric());
        let pointed = begins && segment(index + usize::from(signed)) == ".";
        let number = index + usize::from(signed) + usize::from(pointed);
        let head = if begins_with_digit(segment(number)) {
            number
        } else {
            index
        };
        let word = segment(head);
        if is_han(word) {
            visit(Piece::Han(word));
            index += 1;
            continue;
        }
        if is_emoji(word) {
            visit(Piece::Word(word.trim_end_matches('\u{200d}')));
            index += 1;
            continue;
        }
        if !is_word(word) {
            visit(Piece::Gap);
            index += 1;
            continue;
        }
        let mut last = head;
        while is_ampersand_part(segment(last))
            && segment(last + 1) == "&"
            && is_ampersand_part(segment(last + 2))
        {
            last += 2;
        }
        if last > head {
            let end = segments.get(last + 1).map_or(text.len(), |&(end, _)| end);
            visit(Piece::Word(&text[start..end]));
            index = last + 1;
            continue;
        }
        while segment(last + 1) == "-" && is_part(segment(last + 2)) {
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
        let rest = &text[end..];
        let end = end + unit_len(segment(last), rest).max(sign_len(segment(last), rest));
        visit(Piece::Word(&text[start..end]));
        index = last + 1;
        while segments.get(index).is_some_and(|&(start, _)| start < end) {
            index += 1;
        }
    }
}

/// Whether words with hyphens between them are one word.
fn is_compound(first: &str, last: &str, parts: &[(usize, &str)]) -> bool {
    let has_digit = |&(_, part): &(usize, &str)| part.contains(|c: char| c.is_ascii_digit());
    is_short(first) || is_short(last) || parts.iter().any(has_digit)
}

fn is_short(part: &str) -> bool {
    part.chars().nth(2).is_none()
}

/// Bytes of the unit at the start of `rest`, if `number` is a number. Units of Latin letters are in the number's segment already.
pub(super) fn unit_len(number: &str, rest: &str) -> usize {
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
    let mut signs = rest.chars();
    if let Some(sign) = signs.next()
        && (matches!(sign, '%' | '‰') || is_money(sign) && !begins_with_digit(signs.as_str()))
    {
        return sign.len_utf8();
    }
    let fits = UNITS.iter().filter(|unit| ends(unit, rest));
    fits.map(|unit| unit.len()).max().unwrap_or(0)
}

/// Whether `rest` begins with `unit`, and no other word begins with the unit's end.
fn ends(unit: &str, rest: &str) -> bool {
    let last = unit.char_indices().next_back().map_or(0, |(at, _)| at);
    rest.starts_with(unit) && !NO_UNIT.iter().any(|word| rest[last..].starts_with(word))
}

/// Whether a segment is one Chinese character.
fn is_han(segment: &str) -> bool {
    segment.chars().next().is_some_and(is_han_character)
}

pub(super) fn is_han_character(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a segment can be a part of a word with hyphens.
fn is_part(segment: &str) -> bool {
    is_word(segment) && !is_han(segment)
}

/// Whether a segment is a word or a number. A blank with a letter-like mark is neither.
fn is_word(segment: &str) -> bool {
    segment.contains(char::is_alphanumeric) && !segment.contains(char::is_whitespace)
}

fn is_currency(segment: &str) -> bool {
    let mut characters = segment.chars();
    characters.next().is_some_and(is_money) && characters.next().is_none()
}

/// Whether a character is in Unicode's category of currency signs (Sc) and stays as it is under NFKC.
fn is_money(c: char) -> bool {
    matches!(c, '$' | '\u{a2}'..='\u{a5}' | '\u{58f}' | '\u{60b}' | '\u{7fe}' | '\u{7ff}' | '\u{9f2}' | '\u{9f3}'
        | '\u{9fb}' | '\u{af1}' | '\u{bf9}' | '\u{e3f}' | '\u{17db}' | '\u{20a0}'..='\u{20cf}' | '\u{a838}'
        | '\u{11fdd}'..='\u{11fe0}' | '\u{1e2ff}' | '\u{1ecb0}')
}

fn begins_with_digit(segment: &str) -> bool {
    segment.starts_with(|c: char| c.is_ascii_digit())
}
