//! What a sentence does not want: the words behind a negation, up to where it ends.

use std::ops::Range;

use super::tokens::{Kind, Token};

/// Words behind which something is not wanted, each as tokens. Longer ones come first.
const CUES: &[&[&str]] = &[
    &["anything", "but"],
    &["other", "than"],
    &["apart", "from"],
    &["don't", "want"],
    &["do", "not", "want"],
    &["don't", "like"],
    &["do", "not", "like"],
    &["not"],
    &["no"],
    &["without"],
    &["except"],
    &["excluding"],
    &["non"],
    &["never"],
    &["不", "想", "要"],
    &["不", "喜", "欢"],
    &["不", "要"],
    &["不", "是"],
    &["别", "要"],
    &["除", "了"],
    &["非"],
    &["别"],
    &["无"],
];

/// Words that look like a negation and are none.
const NO_CUES: &[&[&str]] = &[
    &["not", "only"],
    &["no", "more", "than"],
    &["not", "more", "than"],
    &["no", "less", "than"],
    &["not", "less", "than"],
    &["no", "matter"],
    &["no", "problem"],
    &["不", "超", "过"],
    &["不", "少", "于"],
    &["不", "低", "于"],
    &["不", "高", "于"],
    &["不", "到"],
    &["不", "锈", "钢"],
    &["非", "常"],
    &["是", "不", "是"],
    &["好", "不", "好"],
    &["要", "不", "要"],
];

/// Where a negation ends: at a mark, or before one of these.
const ENDS: &[&[&str]] = &[
    &["and"],
    &["but"],
    &["just"],
    &["with"],
    &["under"],
    &["below"],
    &["please"],
    &["以", "外"],
    &["之", "外"],
    &["都"],
    &["但"],
    &["而"],
    &["只"],
    &["要"],
];

/// Words between two values that are both not wanted.
const GOES_ON: &[&str] = &["or", "nor", "、", "和", "或", "/"];

/// The ranges of tokens that are not wanted, with the negation itself, and how many tokens that has.
pub(super) fn negations(tokens: &[Token]) -> Vec<(Range<usize>, usize)> {
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if let Some(none) = longest(NO_CUES, tokens, place) {
            place += none;
            continue;
        }
        let Some(cue) = longest(CUES, tokens, place).or_else(|| minus(tokens, place)) else {
            place += 1;
            continue;
        };
        let start = place;
        place += cue;
        while let Some(token) = tokens.get(place) {
            let goes_on = GOES_ON.contains(&token.text.as_str());
            let is_mark =
                token.kind == Kind::Mark && !matches!(token.text.as_str(), "-" | "'" | "&");
            let ends = is_mark && !goes_on || longest(ENDS, tokens, place).is_some();
            let begins_anew =
                longest(CUES, tokens, place).is_some() || minus(tokens, place).is_some();
            if ends || begins_anew {
                break;
            }
            place += 1;
        }
        found.push((start..place, cue));
    }
    found
}

/// A minus before a word, with a space or nothing before it: `-black`. Between two words it is a hyphen.
fn minus(tokens: &[Token], place: usize) -> Option<usize> {
    let (token, next) = (tokens.get(place)?, tokens.get(place + 1)?);
    let is_apart = match place.checked_sub(1).and_then(|before| tokens.get(before)) {
        Some(before) => before.span.end < token.span.start,
        None => true,
    };
    let touches = token.span.end == next.span.start && matches!(next.kind, Kind::Word | Kind::Han);
    (token.text == "-" && is_apart && touches).then_some(1)
}

/// How many tokens the longest of `phrases` has that stands at `place`.
pub(super) fn longest(phrases: &[&[&str]], tokens: &[Token], place: usize) -> Option<usize> {
    let stands = |phrase: &&&[&str]| {
        let here = tokens.get(place..place + phrase.len());
        here.is_some_and(|here| {
            here.iter()
                .zip(**phrase)
                .all(|(token, word)| token.whole == **word)
        })
    };
    phrases
        .iter()
        .filter(stands)
        .map(|phrase| phrase.len())
        .max()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    /// What is not wanted, without the words that say so.
    fn not_wanted(text: &str) -> Vec<&str> {
        let tokens = tokens(text, 1000);
        let ranges = negations(&tokens).into_iter();
        let texts = ranges.map(|(range, cue)| {
            let first = &tokens[range.start + cue..range.end];
            let (Some(first), Some(last)) = (first.first(), first.last()) else {
                return "";
            };
            &text[first.span.start..last.span.end]
        });
        texts.collect()
    }

    #[test]
    fn a_negation_ends_at_a_conjunction_or_a_mark() {
        for (text, expected) in [
            ("red shoes, not Nike, under 50", vec!["Nike"]),
            ("not gcs and train", vec!["gcs"]),
            ("shoes without laces but with zip", vec!["laces"]),
            ("no black or white shirts", vec!["black or white shirts"]),
            ("shirt -black -red", vec!["black", "red"]),
            ("anything but leather", vec!["leather"]),
            ("I don't want nylon", vec!["nylon"]),
            ("羊毛大衣，不要黑色，要红色", vec!["黑色"]),
            ("不要黑色和白色的", vec!["黑色和白色的"]),
            ("除了耐克以外都行", vec!["耐克"]),
            ("不要黑色要白色", vec!["黑色"]),
            ("except Puma", vec!["Puma"]),
        ] {
            assert_eq!(not_wanted(text), expected, "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_negation_is_none() {
        for text in [
            "no more than 50 dollars",
            "not only red",
            "part AB-123",
            "t-shirt",
            "不超过500元",
            "不锈钢锅",
            "非常好看",
            "要不要买",
        ] {
            assert!(not_wanted(text).is_empty(), "{text}");
        }
    }
}
