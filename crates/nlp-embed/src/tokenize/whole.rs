//! Words of letters or digits and Chinese characters together, which are found before the rest is cut.

use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;

use super::quantities::{is_han_character, unit_len};

/// Those of jieba's dictionary (but names of persons) and of shops, in lower case.
const COMMON: &str = "1号店 4s店 aa制 ab型 a型 b型 o型 a股 b股 h股 a字裙 b超 bb机 bp机 c语言 c盘 d盘 e盘 f盘 u盘 cd机 cd盒 \
    ic卡 ip卡 sd卡 tf卡 sim卡 visa卡 ip地址 ip电话 k歌 pc机 ph值 polo衫 qq号 q版 rss订阅 t台 t恤 t恤衫 v领 x光 x光线 x射线";

static ALL_COMMON: LazyLock<Arc<WholeWords>> = LazyLock::new(|| {
    let mut words = WholeWords::default();
    COMMON
        .split_whitespace()
        .for_each(|word| words.add(word.to_owned()));
    Arc::new(words)
});

/// Words in lower case, by their first character, the longest first.
#[derive(Clone, Debug, Default)]
pub(super) struct WholeWords(HashMap<char, Vec<String>>);

impl WholeWords {
    pub(super) fn common() -> Arc<Self> {
        Arc::clone(&ALL_COMMON)
    }

    pub(super) fn add(&mut self, word: String) {
        let Some(first) = word.chars().next() else {
            return;
        };
        let alike = self.0.entry(first).or_default();
        if !alike.contains(&word) {
            alike.push(word);
            alike.sort_by_key(|word| std::cmp::Reverse(word.len()));
        }
    }

    /// Bytes of the longest of the words at byte `at` of `text`, in capitals or not: not within another word or number, and
    /// not one whose last digits have a unit behind them.
    pub(super) fn len_at(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?.to_lowercase().next()?;
        let alike = self.0.get(&first)?;
        if is_within(text, at) {
            return None;
        }
        let lengths = alike.iter().filter_map(|word| prefix_len(rest, word));
        let mut whole = lengths.filter(|&len| {
            let measured = rest[..len].ends_with(|c: char| c.is_ascii_digit())
                && unit_len("", &rest[len..]) > 0;
            !measured && !is_within(text, at + len)
        });
        whole.next()
    }
}

/// Whether a letter or digit stands on both sides of byte `at`.
fn is_within(text: &str, at: usize) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() && !is_han_character(c);
    let (before, after) = text.split_at(at);
    before.ends_with(is_letter) && after.starts_with(is_letter)
}

/// Bytes of `word` at the start of `rest`, where it may have capitals.
fn prefix_len(rest: &str, word: &str) -> Option<usize> {
    let mut characters = rest.char_indices();
    for wanted in word.chars() {
        let (_, c) = characters.next()?;
        if c != wanted && !c.to_lowercase().eq([wanted]) {
            return None;
        }
    }
    Some(characters.offset())
}
