//! Files as the programs write them, and files whose first line contradicts the rows.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use guide_core::ndarray::array;

use super::*;
use crate::Vocabulary;

pub(super) fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn vectors() -> WordVectors {
    let words = Vocabulary::from_counts([("手机", 0), ("a\u{a0}b", 0), ("hat", 0)]).unwrap();
    let rows = array![[1.0, -0.1], [1e-30, 3.4e18], [0.333_333_34, 0.0]];
    WordVectors::new(words, rows).unwrap()
}

/// `words dim`, then words and numbers, each row followed by `end`.
fn binary(head: &str, rows: &[(&[u8], &[f32])], end: &[u8]) -> Vec<u8> {
    let mut bytes = head.as_bytes().to_vec();
    for (word, numbers) in rows {
        bytes.extend_from_slice(word);
        bytes.push(b' ');
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend_from_slice(end);
    }
    bytes
}

#[test]
fn what_is_written_is_read_to_the_bit() {
    let vectors = vectors();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    for format in [
        VectorFormat::Word2VecText,
        VectorFormat::Word2VecBinary,
        VectorFormat::GensimBinary,
        VectorFormat::Glove,
        VectorFormat::Model,
    ] {
        vectors.write(&path, format).unwrap();
        let detected = VectorFile::new(&path).detect().unwrap();
        let is_gensims = format == VectorFormat::GensimBinary;
        assert!(detected == format || is_gensims && detected == VectorFormat::Word2VecBinary);
        assert_eq!(WordVectors::read(&path).unwrap(), vectors, "{format:?}");
        let first = VectorFile::new(&path).format(format).limit(2).read();
        let words = if format == VectorFormat::Model { 3 } else { 2 };
        assert_eq!(first.unwrap().len(), words);
    }
}

#[test]
fn the_formats_are_those_of_the_programs() {
    let words = Vocabulary::from_counts([("a", 0), ("b", 0)]).unwrap();
    let vectors = WordVectors::new(words, array![[1.0, 0.5], [-2.0, 0.0]]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    let written = |format| {
        vectors.write(&path, format).unwrap();
        std::fs::read(&path).unwrap()
    };
    let text = written(VectorFormat::Word2VecText);
    assert_eq!(text, b"2 2\na 1 0.5\nb -2 0\n");
    assert_eq!(written(VectorFormat::Glove), b"a 1 0.5\nb -2 0\n");
    let rows: [(&[u8], &[f32]); 2] = [(b"a", &[1.0, 0.5]), (b"b", &[-2.0, 0.0])];
    let c = binary("2 2\n", &rows, b"\n");
    assert_eq!(written(VectorFormat::Word2VecBinary), c);
    let gensim = binary("2 2\n", &rows, b"");
    assert_eq!(written(VectorFormat::GensimBinary), gensim);
    // The C program's text has six digits and a blank at the end of each row.
    for bytes in [
        b"2 2\na 1.000000 0.500000 \nb -2.000000 0.000000 \n".to_vec(),
        b"2 2\r\na 1 .5\r\nb -2e0 -0\r\n\n".to_vec(),
        c,
        gensim,
    ] {
        assert_eq!(WordVectors::read(file(&bytes).path()).unwrap(), vectors);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).unwrap();
        let packed = file(&packed.finish().unwrap());
        assert_eq!(WordVectors::read(packed.path()).unwrap(), vectors);
    }
}

#[test]
fn glove_words_may_hold_blanks() {
    let text = file(b"the 1 2\nat name@domain.com 3 4\n. . 5 6\n");
    let vectors = WordVectors::read(text.path()).unwrap();
    let words = ["the", "at name@domain.com", ". ."];
    assert_eq!(vectors.vocabulary().words(), words);
    let path = text.path().with_extension("copy");
    let error = vectors
        .write(&path, VectorFormat::Word2VecText)
        .unwrap_err();
    let expected = "a file of word vectors needs words without blanks, not `at name@domain.com`";
    assert_eq!(error.to_string(), expected);
    assert!(!path.exists());
}

#[track_caller]
pub(super) fn refused(bytes: &[u8], line: u64, reason: &str) {
    let file = file(bytes);
    let error = WordVectors::read(file.path()).unwrap_err();
    let expected = format!("{}:{line}: {reason}", file.path().display());
    assert_eq!(error.to_string(), expected);
}

/// A row that is refused, with the way to leave it out.
#[track_caller]
pub(super) fn bad_row(bytes: &[u8], line: u64, reason: &str) {
    let hint = "(--on-bad-row skip leaves such rows out)";
    refused(bytes, line, &format!("{reason} {hint}"));
}

#[test]
fn text_files_that_lie_are_refused() {
    refused(
        b"3 2\na 1 2\nb 3 4\n",
        4,
        "the file ends after 2 of 3 words",
    );
    let more = "more than the 1 words of the first line";
    refused(b"1 2\na 1 2\nb 3 4\n", 3, more);
    let size = "0 numbers a word are not between 1 and 65536";
    refused(b"3 0\na\n", 1, size);
    let size = "99999999999 numbers a word are not between 1 and 65536";
    refused(b"3 99999999999\na 1\n", 1, size);
    let huge = "the file ends after 1 of 9000000000000000000 words";
    refused(b"9000000000000000000 2\na 1 2\n", 3, huge);
    let short = "expected a word and 2 numbers, not 1: `b 3`";
    bad_row(b"2 2\na 1 2\nb 3\n", 3, short);
    let long = "expected a word and 2 numbers, not 3: `b 3 4 5`";
    bad_row(b"2 2\na 1 2\nb 3 4 5\n", 3, long);
    let nan = "number 2 of `b` is NaN, which is not finite";
    bad_row(b"2 2\na 1 2\nb 3 nan\n", 3, nan);
    let large = "number 1 of `b` is inf, which is not finite";
    bad_row(b"2 2\na 1 2\nb 1e39 4\n", 3, large);
    bad_row(b"2 2\na 1 2\na 3 4\n", 3, "duplicate word: a");
    bad_row(b"2 2\na 1 2\n 3 4\n", 3, "the row has no word");
    bad_row(b"2 2\na 1 2\nb 3 x\n", 3, "`x` is not a number");
    let bytes = "the word `caf\u{fffd}` is not UTF-8";
    bad_row(b"2 2\na 1 2\ncaf\xe9 3 4\n", 3, bytes);
    let latin = file(b"1 1\ncaf\xe9 3\n");
    let replaced = VectorFile::new(latin.path()).invalid_utf8(InvalidUtf8::Replace);
    assert!(replaced.read().unwrap().get("caf\u{fffd}").is_some());
    refused(
        b"-2 3\na 1 2 3\n",
        1,
        "expected `words dim`, two whole numbers, not `-2 3`",
    );
    bad_row(
        b"2 1\na 1\nb 2e19\n",
        3,
        "the length of `b` is no finite number",
    );
    // GloVe's rows have the length of the first.
    let long = "expected a word and 2 numbers, not 3: `b 3 4 5`";
    bad_row(b"a 1 2\nb 3 4 5\n", 2, long);
    let short = "expected a word and 2 numbers, not 1: `b 3`";
    bad_row(b"a 1 2\nb 3\n", 2, short);
    refused(
        b"hello\n",
        1,
        "0 numbers a word are not between 1 and 65536",
    );
    bad_row(b"a b\n", 1, "`b` is not a number");
    let error = WordVectors::read(file(b"").path()).unwrap_err().to_string();
    assert!(error.ends_with(" is empty"), "{error}");
    let text = VectorFile::new(latin.path()).format(VectorFormat::Glove);
    assert!(text.read().is_err());
    let glove = file(b"a 1 2\n");
    let text = VectorFile::new(glove.path()).format(VectorFormat::Word2VecText);
    let error = text.read().unwrap_err().to_string();
    let expected = "expected `words dim`, two whole numbers, not `a 1 2`";
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn binary_numbers_that_look_like_a_line_s_end_are_numbers() {
    // The second line ends at once: a low byte of a number is a line's end.
    let first = f32::from_le_bytes([b'\n', 0, 0x80, 0x3f]);
    let a: (&[u8], &[f32]) = (b"a", &[first, 2.0]);
    for end in [b"".as_slice(), b"\n"] {
        let file = file(&binary("1 2\n", &[a], end));
        let format = VectorFile::new(file.path()).detect().unwrap();
        assert_eq!(format, VectorFormat::Word2VecBinary);
        let vectors = WordVectors::read(file.path()).unwrap();
        assert_eq!(vectors.get("a"), Some([first, 2.0].as_slice()));
    }
}

#[test]
fn marks_and_empty_lines_are_no_words() {
    let marked = file(b"\xef\xbb\xbf1 2\na 1 2\n");
    assert_eq!(WordVectors::read(marked.path()).unwrap().len(), 1);
    let marked = file(b"\xef\xbb\xbfa 1 2\n\n \n");
    let vectors = WordVectors::read(marked.path()).unwrap();
    assert_eq!(vectors.vocabulary().words(), ["a"]);
    bad_row(
        b"a 1 2\n\nb 3 4\n",
        2,
        "the line is empty, and rows follow it",
    );
}

#[test]
fn packed_model_files_are_read() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    vectors().write_to(&mut packed).unwrap();
    let packed = packed.finish().unwrap();
    let whole = file(&packed);
    assert_eq!(WordVectors::read(whole.path()).unwrap(), vectors());
    let cut = file(&packed[..packed.len() / 2]);
    let error = WordVectors::read(cut.path()).unwrap_err().to_string();
    assert!(error.starts_with(&*cut.path().to_string_lossy()), "{error}");
}

#[test]
fn of_words_that_become_the_same_the_first_is_kept_if_bad_rows_are_skipped() {
    let rows: [(&[u8], &[f32]); 3] = [(b"\xe9", &[1.0]), (b"\xe8", &[2.0]), (b"b", &[3.0])];
    let text = b"3 1\n\xe9 1\n\xe8 2\nb 3\n".to_vec();
    for bytes in [text, binary("3 1\n", &rows, b"\n")] {
        let file = file(&bytes);
        let replaced = VectorFile::new(file.path()).invalid_utf8(InvalidUtf8::Replace);
        let error = replaced.read().unwrap_err().to_string();
        assert!(error.contains(":3: duplicate word: \u{fffd} "), "{error}");
        let skipping = replaced.on_bad_row(OnBadRow::Skip);
        let (vectors, skipped) = skipping.read_counted().unwrap();
        assert_eq!(vectors.vocabulary().words(), ["\u{fffd}", "b"]);
        assert_eq!(vectors.vectors().row(0), [1.0]);
        assert_eq!((skipped.duplicates, skipped.total()), (1, 1));
        assert_eq!(skipping.limit(2).read().unwrap().len(), 1);
    }
}

#[test]
fn memory_is_taken_for_what_is_read() {
    // Sizes that would need more than there is, were the limit not looked at: only what is read is reserved.
    let path = file(&[b"100000 2\na 1 2\n".as_slice(), &[b' '; 1 << 20]].concat());
    let mut table = table::Table::open(path.path(), table::RowRules::default()).unwrap();
    table.read_sizes(3).unwrap();
    assert!(table.reserved() < 100);
}

#[test]
fn binary_files_that_lie_are_refused() {
    let a: (&[u8], &[f32]) = (b"a", &[1.0, 2.0]);
    for end in [b"".as_slice(), b"\n"] {
        let row = |row: (&[u8], &[f32])| binary("2 2\n", &[a, row], end);
        let nan = "number 1 of `b` is NaN, which is not finite";
        bad_row(&row((b"b", &[f32::NAN, 2.0])), 3, nan);
        bad_row(&row(a), 3, "duplicate word: a");
        refused(&row((b"", &[1.0, 2.0])), 3, "the row has no word");
        let bytes = "the word `\u{fffd}` is not UTF-8";
        bad_row(&row((b"\xe6", &[1.0, 2.0])), 3, bytes);
        let short = "the file ends after 1 of 2 words";
        refused(&binary("2 2\n", &[a], end), 3, short);
        let cut = row((b"b", &[1.0, 2.0]));
        let cut = &cut[..cut.len() - end.len() - 3];
        let reason = "the file ends after 5 of 8 bytes of `b`";
        refused(cut, 3, reason);
        let more = "more than the 1 words of the first line";
        refused(&binary("1 2\n", &[a, (b"b", &[1.0, 2.0])], end), 2, more);
        let huge = "the file ends after 8 of 262144 bytes of `a`";
        refused(&binary("4000000000 65536\n", &[a], b""), 2, huge);
    }
    let mut endless = binary("2 2\n", &[a], b"\n");
    endless.extend(vec![b'x'; 1 << 17]);
    let word = format!("no blank ends the word `{}...`", "x".repeat(40));
    refused(&endless, 3, &word);
}
