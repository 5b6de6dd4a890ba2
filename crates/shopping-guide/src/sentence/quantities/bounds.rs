//! Finds the words before and behind an amount that bound it: `at most`, 以内, 不超过, 左右.

pub(super) use super::bound_words::Said;
use super::bound_words::Said::{Above, Below};
use super::bound_words::{BEFORE, BEHIND, NEGATED_VERBS, NOT, PARTICLES, Row, VERBS};
use crate::sentence::text::{FoldedText, begins, ends, is_han, is_letter, is_word};

fn rows(rows: &'static [Row]) -> impl Iterator<Item = (Said, &'static str)> + Clone {
    rows.iter()
        .flat_map(|(said, words)| words.iter().map(|word| (*said, *word)))
}

/// The bound whose words end before `start`, and where they begin. They do not reach before `free_from`.
pub(super) fn before(text: &FoldedText, start: usize, free_from: usize) -> Option<(Said, usize)> {
    let mut end = text.skip_blanks_back(start);
    for article in ["the", "a", "an", "第"] {
        if let Some(begin) = text.ends_with(end, article) {
            end = text.skip_blanks_back(begin);
            break;
        }
    }
    let first = words_before(text, end).filter(|(_, begin)| *begin >= free_from);
    let found = first.or_else(|| {
        let particle = PARTICLES.contains(&text.before(end));
        let end = particle.then(|| text.skip_blanks_back(end - 1))?;
        words_before(text, end).filter(|(_, begin)| *begin >= free_from)
    });
    let (said, begin) = found?;
    if said == Above(false)
        && let Some(begin) = negation(text, begin, free_from)
    {
        return Some((Below(true), begin));
    }
    if said == Below(false)
        && let Some(begin) = directly_negated(text, begin, free_from)
    {
        return Some((Above(true), begin));
    }
    Some((said, begin))
}

fn words_before(text: &FoldedText, end: usize) -> Option<(Said, usize)> {
    let last = text.before(end);
    let mut found: Option<(Said, usize)> = None;
    for (said, words) in rows(BEFORE).filter(|(_, words)| ends(words, last)) {
        if let Some(begin) = text.ends_with(end, words)
            && found.is_none_or(|(_, known)| begin < known)
        {
            found = Some((said, begin));
        }
    }
    let (said, begin) = found?;
    // 过 is also the end of other words, and `=` of signs that are none.
    let before = text.before(begin);
    let part = match text.at(begin) {
        '过' => is_han(before) && !"比价格过量数额重超".contains(before),
        '近' => matches!(before, '最' | '附' | '远'),
        '<' | '>' | '=' => matches!(before, '<' | '>' | '=' | '!'),
        '~' => before.is_ascii_digit(),
        // `air max 90` is a model. A bound stands at the start of a phrase.
        'm' => end - begin <= 4 && is_word(text.before(text.skip_blanks_back(begin))),
        _ => false,
    };
    (!part).then_some((said, begin))
}

/// Where a negation of `more than` begins, before which only verbs of paying stand.
fn negation(text: &FoldedText, begin: usize, free_from: usize) -> Option<usize> {
    const FAR: usize = 6;
    if is_han(text.at(begin)) {
        let mut at = begin;
        for _ in 0..FAR {
            let before = text.before(at);
            if matches!(before, '不' | '别' | '勿' | '莫') {
                return (at > free_from).then(|| at - 1);
            }
            if !NEGATED_VERBS.contains(before) {
                return None;
            }
            at -= 1;
        }
        return None;
    }
    let mut end = text.skip_blanks_back(begin);
    for _ in 0..FAR {
        let not = text.longest_before(end, NOT.iter().copied());
        if let Some((start, _)) = not.filter(|(start, _)| *start >= free_from) {
            // `do not`
            let helper = ["do", "does", "can", "will", "should"]
                .iter()
                .find_map(|word| text.ends_with(text.skip_blanks_back(start), word));
            return Some(helper.filter(|begin| *begin >= free_from).unwrap_or(start));
        }
        let (start, _) = text.longest_before(end, VERBS.iter().copied())?;
        end = text.skip_blanks_back(start);
    }
    None
}

/// `not under`, 不能低于, 别低于.
fn directly_negated(text: &FoldedText, begin: usize, free_from: usize) -> Option<usize> {
    if is_han(text.at(begin)) {
        let words = ["不能", "不要", "不可", "不得", "不会", "别"];
        let (start, _) = text.longest_before(begin, words.into_iter())?;
        return (start >= free_from).then_some(start);
    }
    None
}

/// The bound whose words begin behind `end`, and where they end. A number must not follow directly: in `or less than 40` the
/// words belong to it.
pub(super) fn behind(
    text: &FoldedText,
    end: usize,
    next_start: Option<usize>,
) -> Option<(Said, usize)> {
    let start = text.skip_blanks(end);
    let first = text.at(start);
    let mut found: Option<(Said, usize)> = None;
    for (said, words) in rows(BEHIND).filter(|(_, words)| begins(words, first)) {
        if let Some(after) = text.starts_with(start, words)
            && found.is_none_or(|(_, known)| after > known)
        {
            found = Some((said, after));
        }
    }
    let (said, after) = found?;
    let part = match first {
        '内' => matches!(text.at(after), '衣' | '裤' | '部' | '胆' | '存' | '置') || start > end,
        '起' => matches!(text.at(after), '来' | '床' | '球'),
        '前' | '出' => matches!(text.at(after), '置'),
        '+' => start > end || text.at(after).is_ascii_digit(),
        _ => false,
    };
    let of_next =
        is_letter(first) && next_start.is_some_and(|next| of_next_number(text, after, next));
    (!part && !of_next).then_some((said, after))
}

/// Whether nothing but `than`, `to` and blanks stand between the words of a bound and the next number.
fn of_next_number(text: &FoldedText, end: usize, next: usize) -> bool {
    let mut at = text.skip_blanks(end);
    for _ in 0..4 {
        if at >= next {
            return true;
        }
        let word = ["than", "or", "equal", "to", "the", "a", "of"]
            .iter()
            .find_map(|word| text.starts_with(at, word));
        match word {
            Some(after) => at = text.skip_blanks(after),
            None => return false,
        }
    }
    false
}

/// 比 before a number and an adjective behind it: 比500便宜.
pub(super) fn compared(
    text: &FoldedText,
    start: usize,
    end: usize,
) -> Option<(Said, usize, usize)> {
    let begin = text.ends_with(text.skip_blanks_back(start), "比")?;
    let behind = text.skip_blanks(end);
    let found = [
        ("大", Above(false)),
        ("高", Above(false)),
        ("多", Above(false)),
        ("贵", Above(false)),
        ("重", Above(false)),
        ("长", Above(false)),
        ("小", Below(false)),
        ("低", Below(false)),
        ("少", Below(false)),
        ("便宜", Below(false)),
        ("轻", Below(false)),
        ("短", Below(false)),
    ];
    found
        .iter()
        .find_map(|(word, said)| Some((*said, begin, text.starts_with(behind, word)?)))
}
