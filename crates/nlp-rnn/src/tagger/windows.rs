//! The words that one pass of the tagger takes: runs of sentences, and overlapping windows of a very long sentence.

use std::ops::Range;

use crate::AllowedTags;

/// Most words of a pass, padding included. With the default parameters a pass takes about 20 KB of memory a word, so 160 MB.
pub(super) const PASS_WORDS: usize = 8192;
/// Words of a window. A longer sentence is tagged window by window.
pub(super) const WINDOW: usize = 1024;
/// Words that two windows share. The LSTM needs some of them before it knows where it stands.
pub(super) const OVERLAP: usize = 128;

/// How many of the first sentences go into one pass: as many as fit into [`PASS_WORDS`] once they are padded, at least 1.
pub(super) fn n_fitting(lengths: impl Iterator<Item = usize>) -> usize {
    let mut steps = 0;
    let fitting = lengths.enumerate().take_while(|&(before, length)| {
        steps = steps.max(length);
        before == 0 || (before + 1) * steps <= PASS_WORDS
    });
    fitting.count()
}

/// The windows of a sentence; the whole of it if it is not longer than [`WINDOW`].
pub(super) fn windows(n_words: usize) -> impl Iterator<Item = Range<usize>> {
    let step = WINDOW - OVERLAP;
    let n = n_words.saturating_sub(OVERLAP).div_ceil(step).max(1);
    (0..n).map(move |window| window * step..(window * step + WINDOW).min(n_words))
}

/// Appends the tags of the window that begins at word `start` to the tags of the words before it, some of which it shares.
///
/// The window takes over after the shared word nearest to the middle to which both give the same tag, so that every pair of neighbours
/// was found by one of them. Without such a word it takes over at the nearest pair that `allowed` lets follow each other, and else in
/// the middle.
pub(super) fn join(
    joined: &mut Vec<u32>,
    window: &[u32],
    start: usize,
    allowed: Option<&AllowedTags>,
) {
    let shared = joined.len() - start;
    if shared == 0 || window.len() <= shared {
        joined.extend_from_slice(window.get(shared..).unwrap_or_default());
        return;
    }
    let middle = shared / 2;
    let nearest = |fits: &dyn Fn(usize) -> bool| {
        let fitting = (0..shared).filter(|&word| fits(word));
        fitting.min_by_key(|word| word.abs_diff(middle))
    };
    let follows = |before: u32, after: u32| {
        allowed.is_none_or(|allowed| allowed.follows(before as usize, after as usize))
    };
    let last = nearest(&|word| joined[start + word] == window[word])
        .or_else(|| nearest(&|word| follows(joined[start + word], window[word + 1])))
        .unwrap_or(middle);
    joined.truncate(start + last + 1);
    joined.extend_from_slice(&window[last + 1..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_has_a_limit() {
        assert_eq!(n_fitting([3, 5, 2].into_iter()), 3);
        assert_eq!(n_fitting([1_000_000, 1].into_iter()), 1);
        // 8 sentences of 1024 words are 8192; the ninth is too much, whatever its length.
        assert_eq!(n_fitting([1024; 20].into_iter()), 8);
        assert_eq!(n_fitting((1..=20).map(|n| n * 100)), 9); // 9 x 900 = 8100, 10 x 1000 = 10000
        assert_eq!(n_fitting(std::iter::empty()), 0);
    }

    #[test]
    fn windows_cover_a_sentence_and_overlap() {
        for n_words in [0, 1, 127, 128, 129, 1023, 1024, 1025, 1920, 1921, 10_000] {
            let all: Vec<_> = windows(n_words).collect();
            assert_eq!((all[0].start, all[all.len() - 1].end), (0, n_words));
            for pair in all.windows(2) {
                assert_eq!(pair[0].end - pair[1].start, OVERLAP);
                assert!(pair[1].end > pair[0].end, "{all:?}");
            }
            assert!(all.iter().all(|window| window.len() <= WINDOW));
        }
        assert_eq!(windows(1024).count(), 1);
        assert_eq!(windows(1025).count(), 2);
    }

    #[test]
    fn windows_are_joined_where_they_agree() {
        // O B-a I-a B-b
        let allowed = AllowedTags::iob2(&["O", "B-a", "I-a", "B-b"]).unwrap();
        let join = |before: &[u32], window: &[u32], start| {
            let mut joined = before.to_vec();
            super::join(&mut joined, window, start, Some(&allowed));
            joined
        };
        // The shared words are 2 to 5, the middle one is 4, and they agree on 3 and 5.
        assert_eq!(
            join(&[0, 0, 1, 2, 0, 0], &[0, 2, 1, 0, 3], 2),
            [0, 0, 1, 2, 1, 0, 3]
        );
        // They agree nowhere, and only after the last shared word is a change of windows allowed: `I-a` does not follow `O`.
        assert_eq!(join(&[0, 0, 0, 1], &[1, 2, 2, 0], 1), [0, 0, 0, 1, 0]);
        assert_eq!(join(&[1, 2], &[3, 0], 2), [1, 2, 3, 0]);
        assert_eq!(join(&[], &[3, 0], 0), [3, 0]);
    }
}
