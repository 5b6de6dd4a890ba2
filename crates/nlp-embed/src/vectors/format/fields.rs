//! The parts of a line in a text file of vectors: the word, and the numbers behind it.
//!
//! Fields are separated by one or more blanks, which are spaces or tabs. A word may hold blanks itself, so rows are read
//! from their end: the last `dim` fields are the numbers, and what stands before them is the word.

/// Whether `byte` separates fields. Other white space, such as U+00A0, belongs to a word.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The fields of `line`, the last one first.
fn from_end(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.trim_ascii_end()
        .rsplit(is_blank)
        .filter(|field| !field.is_empty())
}

/// How many fields `line` has, the word's own included.
pub(super) fn count_fields(line: &[u8]) -> usize {
    from_end(line).count()
}

/// How many fields at the end of `line` are numbers. The first field is always part of the word.
pub(super) fn count_numbers(line: &[u8]) -> usize {
    let numbers = from_end(line).take_while(|field| number(field).is_some());
    numbers.count().min(count_fields(line).saturating_sub(1))
}

/// The word of `line`, without the blanks around it, and its last `dim` fields; `None` if there are fewer fields.
pub(super) fn split_row(line: &[u8], dim: usize) -> Option<(&[u8], Vec<&[u8]>)> {
    let mut rest = line;
    let mut numbers = Vec::new();
    for _ in 0..dim {
        rest = rest.trim_ascii_end();
        let start = rest.iter().rposition(is_blank);
        let (before, field) = rest.split_at(start.map_or(0, |at| at + 1));
        if field.is_empty() {
            return None;
        }
        numbers.push(field);
        rest = before;
    }
    numbers.reverse();
    Some((rest.trim_ascii(), numbers))
}

/// Whether a word of several fields ends in a number, so that the row may have too many numbers rather than a word with
/// blanks in it.
pub(super) fn ends_in_number(word: &[u8]) -> bool {
    let last = from_end(word).next().unwrap_or_default();
    last.len() < word.len() && last.iter().any(u8::is_ascii_digit) && number(last).is_some()
}

/// The number in a field; also `nan` and `inf`, which the reader then refuses by name.
pub(super) fn number(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The two whole numbers of `words dim`, with which word2vec's files begin, whether they can be sizes or not.
pub(super) fn sizes(line: &[u8]) -> Option<(i128, i128)> {
    let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let words = fields.next()?.parse().ok()?;
    let dim = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some((words, dim))
}

/// The first 40 bytes of something in a file, as text for an error message.
pub(super) fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..40).unwrap_or(bytes);
    let text = String::from_utf8_lossy(start).into_owned();
    if start.len() < bytes.len() {
        text + "..."
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_from_their_end() {
        let numbers: Vec<&[u8]> = vec![b"1", b"-.5"];
        for line in [
            "coat 1 -.5",
            "coat\t1\t-.5",
            "coat \t 1   -.5 \r",
            "  coat  1 -.5",
        ] {
            let row = split_row(line.as_bytes(), 2);
            assert_eq!(row, Some((b"coat".as_slice(), numbers.clone())), "{line}");
            assert_eq!(count_numbers(line.as_bytes()), 2);
            assert_eq!(count_fields(line.as_bytes()), 3);
        }
        let row = split_row("sofa  bed 1 -.5".as_bytes(), 2);
        assert_eq!(row, Some((b"sofa  bed".as_slice(), numbers.clone())));
        let row = split_row(b" 1 -.5", 2);
        assert_eq!(row, Some((b"".as_slice(), numbers)));
        assert_eq!(split_row(b"coat", 2), None);
        assert_eq!(split_row(b"", 1), None);
    }

    #[test]
    fn the_word_is_never_counted_as_a_number() {
        assert_eq!(count_numbers(b"7 1 2"), 2);
        assert_eq!(count_numbers(b"7"), 0);
        assert_eq!(count_numbers(b"a nan inf"), 2);
        assert_eq!(count_numbers(b""), 0);
        assert!(ends_in_number(b"size 7") && !ends_in_number(b"7"));
        assert!(!ends_in_number(b"to infinity") && !ends_in_number(b"sofa bed"));
    }
}
