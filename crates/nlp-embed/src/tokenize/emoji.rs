//! Emoji as tokens.

use unicode_properties::{EmojiStatus, UnicodeEmoji};

/// Whether a segment of Unicode annex 29 is an emoji: with its skin tone, a sequence joined by U+200D, or a flag.
///
/// Emoji are the characters that Unicode shows as pictures by default, and those of its blocks of symbols and dingbats
/// (U+2600 to U+27BF) and of pictographs (from U+1F000) that may be shown so, such as ❤. Arrows, geometric shapes, digits,
/// © and ® are none, although Unicode lists some of them: texts use them as bullets and marks.
pub(super) fn is_emoji(segment: &str) -> bool {
    let Some(first) = segment.chars().next() else {
        return false;
    };
    match first.emoji_status() {
        EmojiStatus::NonEmoji | EmojiStatus::NonEmojiButEmojiComponent => false,
        EmojiStatus::EmojiPresentation
        | EmojiStatus::EmojiPresentationAndModifierBase
        | EmojiStatus::EmojiPresentationAndEmojiComponent
        | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent => true,
        _ => matches!(first, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..),
    }
}
