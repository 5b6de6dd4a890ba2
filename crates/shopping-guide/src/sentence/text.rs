//! A sentence as comparable characters: half width, lower case, simplified, each with its place in the original.

use std::ops::Range;

use crate::fold::simplified;
use crate::value::plain_character;

/// Blanks that are skipped between two parts of a quantity. More of them separate.
const MAX_BLANKS: usize = 4;

/// A sentence as comparable characters, addressed by character position.
pub(crate) struct FoldedText {
    /// Half width, lower case, simplified.
    chars: Vec<char>,
    /// Half width in the case as written. Codes of currencies need it.
    cased: Vec<char>,
    /// The byte where each character begins in the original, and the length of the original.
    starts: Vec<usize>,
}

impl FoldedText {
    pub(crate) fn new(text: &str) -> Self {
        let mut folded = Self {
            chars: Vec::with_capacity(text.len()),
            cased: Vec::with_capacity(text.len()),
            starts: Vec::with_capacity(text.len() + 1),
        };
        let mut before = '\0';
        for (start, character) in text.char_indices() {
            let plain = plain_character(character);
            folded.starts.push(start);
            folded.cased.push(plain);
            // The Chinese comma separates thousands only within full-width digits.
            let pause = character == '，' && !('０'..='９').contains(&before);
            folded.chars.push(if pause {
                character
            } else {
                comparable(lower(plain))
            });
            before = character;
        }
        folded.starts.push(text.len());
        folded
    }

    /// Number of characters.
    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `place`, `'\0'` behind the end.
    pub(crate) fn at(&self, place: usize) -> char {
        self.chars.get(place).copied().unwrap_or('\0')
    }

    /// The character before `place`, `'\0'` at the start.
    pub(crate) fn before(&self, place: usize) -> char {
        place.checked_sub(1).map_or('\0', |place| self.at(place))
    }

    /// The characters of a range in the case as written.
    pub(crate) fn cased(&self, range: Range<usize>) -> String {
        self.cased.get(range).unwrap_or_default().iter().collect()
    }

    /// The folded characters of a range.
    pub(crate) fn folded(&self, range: Range<usize>) -> &[char] {
        self.chars.get(range).unwrap_or_default()
    }

    /// The bytes of the original that a range of characters takes.
    pub(crate) fn bytes(&self, range: Range<usize>) -> Range<usize> {
        let end = self.starts.last().copied().unwrap_or(0);
        let byte = |place: usize| self.starts.get(place).copied().unwrap_or(end);
        byte(range.start)..byte(range.end)
    }

    /// The place behind the blanks at `place`.
    pub(crate) fn skip_blanks(&self, place: usize) -> usize {
        let blanks = (0..MAX_BLANKS).take_while(|ahead| self.at(place + ahead) == ' ');
        place + blanks.count()
    }

    /// The place before the blanks that end at `place`.
    pub(crate) fn skip_blanks_back(&self, place: usize) -> usize {
        let blanks =
            (0..MAX_BLANKS).take_while(|back| self.before(place.saturating_sub(*back)) == ' ');
        place - blanks.count()
    }

    /// The end of `phrase` if it stands at `place`. A blank of the phrase matches blanks and a hyphen; between characters
    /// that are no Latin letters, blanks of the text are skipped. A phrase that ends in a letter or digit ends a word.
    pub(crate) fn starts_with(&self, place: usize, phrase: &str) -> Option<usize> {
        let mut at = place;
        let mut last = '\0';
        for wanted in phrase.chars() {
            if wanted == ' ' {
                let next = match self.at(at) {
                    '-' => at + 1,
                    _ => self.skip_blanks(at),
                };
                if next == at {
                    return None;
                }
                at = next;
            } else {
                if last != '\0' && last != ' ' && !wanted.is_ascii_alphanumeric() {
                    at = self.skip_blanks(at);
                }
                if self.at(at) != wanted {
                    return None;
                }
                at += 1;
            }
            last = wanted;
        }
        let cut = last.is_ascii_alphanumeric() && is_word(self.at(at));
        (!cut).then_some(at)
    }

    /// The start of `phrase` if it ends at `end`, by the rules of [`Self::starts_with`].
    pub(crate) fn ends_with(&self, end: usize, phrase: &str) -> Option<usize> {
        let mut at = end;
        let mut last = '\0';
        for wanted in phrase.chars().rev() {
            if wanted == ' ' {
                let next = match self.before(at) {
                    '-' => at - 1,
                    _ => self.skip_blanks_back(at),
                };
                if next == at {
                    return None;
                }
                at = next;
            } else {
                if last != '\0' && last != ' ' && !wanted.is_ascii_alphanumeric() {
                    at = self.skip_blanks_back(at);
                }
                if self.before(at) != wanted {
                    return None;
                }
                at -= 1;
            }
            last = wanted;
        }
        let cut = last.is_ascii_alphanumeric() && is_word(self.before(at));
        (!cut).then_some(at)
    }

    /// The longest of `phrases` that ends at `end`: its start and its place in the list.
    pub(crate) fn longest_before<'a>(
        &self,
        end: usize,
        phrases: impl Iterator<Item = &'a str>,
    ) -> Option<(usize, usize)> {
        let found = phrases
            .enumerate()
            .filter_map(|(at, phrase)| Some((self.ends_with(end, phrase)?, at)));
        found.min_by_key(|(start, _)| *start)
    }

    /// The longest of `phrases` that begins at `place`: its end and its place in the list.
    pub(crate) fn longest_at<'a>(
        &self,
        place: usize,
        phrases: impl Iterator<Item = &'a str>,
    ) -> Option<(usize, usize)> {
        let found = phrases
            .enumerate()
            .filter_map(|(at, phrase)| Some((self.starts_with(place, phrase)?, at)));
        found.max_by_key(|(end, at)| (*end, usize::MAX - at))
    }

    /// The end of the Latin letters at `place`.
    pub(crate) fn letters_end(&self, place: usize) -> usize {
        let rest = self.chars.get(place..).unwrap_or_default();
        place + rest.iter().take_while(|c| is_letter(**c)).count()
    }
}

/// A letter of an alphabet with spaces between words.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_lowercase() || (!c.is_ascii() && c.is_alphabetic() && !is_han(c))
}

/// Whether a phrase begins with a character. `str::starts_with` calls `memcmp`, which took half of the time of long tables.
pub(crate) fn begins(phrase: &str, c: char) -> bool {
    phrase.chars().next().is_some_and(|first| first == c)
}

/// Whether a phrase ends with a character, see [`begins`].
pub(crate) fn ends(phrase: &str, c: char) -> bool {
    phrase.chars().next_back().is_some_and(|last| last == c)
}

/// A letter or an ASCII digit.
pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_digit() || is_letter(c)
}

/// A character of a script without spaces between words.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The lower case of a character that stays one character.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The form that the tables of quantities have of a character. 圓 is the 元 of prices here, and 參 a number.
fn comparable(c: char) -> char {
    match c {
        '\u{301c}' => '~',
        '″' => '"',
        '俩' => '两',
        '倆' => '两',
        '參' => '叁',
        '圆' => '元',
        '圓' => '元',
        '貳' => '贰',
        '銭' => '钱',
        _ => simplified(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_folded_one_by_one_and_keep_their_place() {
        let text = FoldedText::new("買３萬ＵＳ＄");
        assert_eq!(text.folded(0..text.len()), ['买', '3', '万', 'u', 's', '$']);
        assert_eq!(text.cased(3..6), "US$");
        assert_eq!(text.bytes(1..3), 3..9);
        assert_eq!(text.bytes(5..9), 15..18);
        assert_eq!((text.at(9), text.before(0)), ('\0', '\0'));
    }

    #[test]
    fn phrases_end_words_and_blanks_are_skipped_between_signs() {
        let text = FoldedText::new("at  most < = 小于 或 等于 wholesome");
        assert_eq!(text.starts_with(0, "at most"), Some(8));
        assert_eq!(text.starts_with(9, "<="), Some(12));
        assert_eq!(text.ends_with(20, "小于或等于"), Some(13));
        assert_eq!(text.starts_with(21, "whole"), None);
        assert_eq!(text.ends_with(30, "some"), None);
        let text = FoldedText::new("20 or so");
        assert_eq!(
            text.longest_at(3, ["or", "or so"].into_iter()),
            Some((8, 1))
        );
    }
}
