//! Names that hold a sign: `c++`, `c#`, `at&t`. Without their sign they would be other words, most often single letters.

use super::quantities::is_han_character;

/// Length in bytes of the signs behind `word` that belong to it, at the start of `rest`.
///
/// Plus signs belong to a word of one or two letters (`c++`, `a+`, `tv+`): two or more always, a single one if no letter or
/// digit follows it (`a+b` is two words). `#` belongs to a single letter if no Latin letter follows it (`c#`, `f#`).
pub(super) fn sign_len(word: &str, rest: &str) -> usize {
    if !is_short_name(word) {
        return 0;
    }
    let plus = rest.len() - rest.trim_start_matches('+').len();
    let next = rest[plus..].chars().next();
    let joins = next.is_some_and(|c| c.is_ascii_alphanumeric());
    if plus > 1 || plus == 1 && !joins {
        return plus;
    }
    let mut signs = rest.chars();
    let is_sharp = signs.next() == Some('#') && word.chars().nth(1).is_none();
    usize::from(is_sharp && !signs.next().is_some_and(|c| c.is_ascii_alphabetic()))
}

/// Whether `&` joins `word` to another such word: one or two letters, with or without `'s` behind them (`at&t`, `h&m`,
/// `m&m's`).
pub(super) fn is_ampersand_part(word: &str) -> bool {
    is_short_name(
        word.strip_suffix("'s")
            .or(word.strip_suffix("'S"))
            .unwrap_or(word),
    )
}

/// One or two letters, none of them Chinese.
fn is_short_name(word: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() && !is_han_character(c);
    (1..=2).contains(&word.chars().count()) && word.chars().all(is_letter)
}
