//! Characters that stand for ASCII ones: full-width forms, other blanks, other minus signs.

use std::borrow::Cow;

/// `text` with full-width digits, letters and signs as ASCII, every blank as a space, and the minus sign U+2212 as `-`.
///
/// Digits of other scripts become ASCII digits as well: Arabic, Persian and Devanagari.
pub(crate) fn plain_characters(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    text.chars().map(plain_character).collect::<String>().into()
}

/// The character that stands for `character`, by the rules of [`plain_characters`].
pub(crate) fn plain_character(character: char) -> char {
    let shifted = |zero: u32, to: u32| {
        char::from_u32((character as u32).wrapping_sub(zero).wrapping_add(to)).unwrap_or(character)
    };
    match character {
        '\u{ff01}'..='\u{ff5e}' => shifted(0xff01, 0x21),
        '\u{660}'..='\u{669}' => shifted(0x660, 0x30),
        '\u{6f0}'..='\u{6f9}' => shifted(0x6f0, 0x30),
        '\u{966}'..='\u{96f}' => shifted(0x966, 0x30),
        '\u{ffe5}' => '¥',
        '\u{ffe1}' => '£',
        '\u{ffe6}' => '₩',
        '−' => '-',
        '٫' => '.',
        '٬' | 'ʼ' | '’' | '‘' | '´' | '`' => '\'',
        blank if blank.is_whitespace() => ' ',
        // Marks for the direction of writing, and the byte-order mark, are not seen.
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_other_digits_become_ascii() {
        assert_eq!(plain_characters("￥１，２９９．５０"), "¥1,299.50");
        assert_eq!(plain_characters("١٢٫٥"), "12.5");
        assert_eq!(plain_characters("1\u{202f}299’5−"), "1 299'5-");
        assert_eq!(plain_characters("元 kr"), "元 kr");
    }
}
