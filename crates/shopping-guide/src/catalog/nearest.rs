//! The known text that is most like one that is not known, for messages.

/// The text of `known` that needs the fewest changes to become `text`, if it needs few enough to be a slip: at most a third
/// of the characters, or one text begins with the other. Case is ignored. Ties go to the first.
pub(crate) fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = |text: &str| -> Vec<char> {
        text.chars()
            .flat_map(char::to_lowercase)
            .take(200)
            .collect()
    };
    let wanted = lower(text);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let other = lower(candidate);
        let longest = wanted.len().max(other.len());
        let shortest = wanted.len().min(other.len());
        let begins = shortest >= 3 && wanted[..shortest] == other[..shortest];
        // A difference in length alone is at least so many changes.
        if !begins && longest > 4 && (longest - shortest) * 3 > longest {
            continue;
        }
        let changes = distance(&wanted, &other);
        let is_near = begins || changes * 3 <= longest || longest <= 4 && changes <= 2;
        if is_near && best.is_none_or(|(least, _)| changes < least) {
            best = Some((changes, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that make `a` into `b` (optimal string alignment).
pub(crate) fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = [
        vec![0; b.len() + 1],
        (0..=b.len()).collect(),
        vec![0; b.len() + 1],
    ];
    for (i, &from) in a.iter().enumerate() {
        let [before, last, next] = &mut rows;
        next[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(from != to))
                .min(last[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                least = least.min(before[j - 1] + 1);
            }
            next[j + 1] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["red", "blue", "green", "Home > Kitchen"];
        assert_eq!(nearest("bleu", known), Some("blue"));
        assert_eq!(nearest("GREE", known), Some("green"));
        assert_eq!(nearest("Home", known), Some("Home > Kitchen"));
        assert_eq!(nearest("ultraviolet", known), None);
        assert_eq!(nearest("", known), None);
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("", "abc", 3),
            ("abc", "", 3),
            ("", "", 0),
        ] {
            assert_eq!(distance(&chars(a), &chars(b)), expected, "{a} {b}");
        }
    }
}
