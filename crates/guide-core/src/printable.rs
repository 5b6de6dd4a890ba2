//! Text made safe for a terminal.

use std::borrow::Cow;
use std::path::Path;

/// Returns `text` with every character escaped that could move the cursor, start a terminal's command sequence, break the
/// line or reverse the order in which text is shown. Everything else stays as it is, backslashes included.
///
/// Escaped are the control characters (U+0000 to U+001F, U+007F, U+0080 to U+009F), the line and paragraph separators
/// (U+2028, U+2029) and the bidirectional embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069). Tab,
/// carriage return and line feed become `\t`, `\r` and `\n`, the others `\u{1b}`.
///
/// Use it for every piece of text from a file, an argument or a network that is printed to a terminal or put into an error
/// message. Applying it twice gives the same text as applying it once.
///
/// ```
/// use guide_core::printable;
/// assert_eq!(printable("coat\r\u{1b}[2J"), "coat\\r\\u{1b}[2J");
/// assert_eq!(printable("abc\u{202e}fdp.exe"), "abc\\u{202e}fdp.exe");
/// assert!(matches!(printable("Mäntel für 19 €, 手机 👍🏽"), std::borrow::Cow::Borrowed(_)));
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The path as it is shown in messages: lossy where it is not UTF-8, escaped by [`printable`].
///
/// ```
/// use std::path::Path;
/// assert_eq!(guide_core::printable_path(Path::new("a\r.vec")), "a\\r.vec");
/// ```
#[must_use]
pub fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

/// Whether `c` changes more of a terminal than the cell that it is printed to.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_character_that_controls_a_terminal_is_escaped() {
        for code in (0..0x20)
            .chain(0x7f..0xa0)
            .chain(0x2028..0x202f)
            .chain(0x2066..0x206a)
        {
            let c = char::from_u32(code).unwrap();
            let text = format!("a{c}b");
            let shown = printable(&text);
            assert!(shown.starts_with("a\\") && shown.ends_with('b'), "{shown}");
            assert!(!shown.contains(is_unsafe), "{shown}");
        }
        assert_eq!(printable("\t\r\n\u{7f}\u{9b}"), "\\t\\r\\n\\u{7f}\\u{9b}");
    }

    #[test]
    fn text_of_any_language_and_emoji_stay_as_they_are() {
        let family = "👨\u{200d}👩\u{200d}👧"; // joined by U+200D
        let texts = [
            "C:\\tmp\\new",
            "שלום",
            "\u{200e}مرحبا\u{200f}",
            family,
            "🇩🇪",
            "e\u{301}",
            "\u{a0}",
            "",
        ];
        for text in texts {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    proptest! {
        #[test]
        fn twice_is_once(text in ".{0,30}", extra in any::<Vec<char>>()) {
            let text: String = text.chars().chain(extra).collect();
            let once = printable(&text).into_owned();
            prop_assert!(!once.contains(is_unsafe));
            prop_assert_eq!(printable(&once), once.as_str());
        }
    }
}
