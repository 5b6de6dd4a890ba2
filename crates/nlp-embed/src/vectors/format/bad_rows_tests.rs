//! Rows as published files have them: tabs, padding, words with blanks, duplicates, and files of other kinds.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use guide_core::ndarray::Array2;
use proptest::prelude::*;

use super::tests::{bad_row, file, refused};
use super::*;
use crate::Vocabulary;

fn words(bytes: &[u8]) -> Vec<String> {
    let file = file(bytes);
    let vectors = WordVectors::read(file.path()).unwrap_or_else(|error| panic!("{error}"));
    vectors.vocabulary().words().to_vec()
}

fn format(bytes: &[u8]) -> VectorFormat {
    VectorFile::new(file(bytes).path()).detect().unwrap()
}

#[test]
fn any_blanks_separate_fields() {
    let expected = WordVectors::read(file(b"2 3\ncoat 1 -0.5 2\nlamp 0 1 0\n").path()).unwrap();
    for text in [
        "2 3\ncoat\t1\t-0.5\t2\nlamp\t0\t1\t0\n",
        "2\t3\ncoat\t1 -0.5 2\nlamp\t0 1 0\n",
        "2 3\ncoat  1 -0.5  2\nlamp  0  1  0\n",
        "2 3\ncoat \t 1\t -0.5 2 \t\r\nlamp 0  1\t0\r\n",
        "  2  3 \n  coat 1 -0.5 2\n  lamp 0 1 0",
        "coat\t1\t-0.5\t2\nlamp\t0\t1\t0\n",
        "coat\t1 -0.5 2\nlamp 0 1 0\n",
        "coat  1 -0.5  2\nlamp  0  1  0\n",
    ] {
        let vectors = WordVectors::read(file(text.as_bytes()).path()).unwrap();
        assert_eq!(vectors, expected, "{text:?}");
    }
}

#[test]
fn words_hold_blanks_in_every_row() {
    assert_eq!(
        words(b"2 2\nnew york 1 2\nsofa bed 3 4\n"),
        ["new york", "sofa bed"]
    );
    assert_eq!(
        words(b"3 2\nhat 1 2\nsofa\tbed 3 4\nto infinity 5 6\n"),
        ["hat", "sofa\tbed", "to infinity"]
    );
    // Without sizes the other rows tell how many numbers there are.
    assert_eq!(
        words(b"new york 1 2\nhat 3 4\n. . . 5 6\n"),
        ["new york", "hat", ". . ."]
    );
    let first = b"size 7 1 2\nhat 3 4\nlamp 5 6\n";
    let reason = "expected a word and 2 numbers, not 3: `size 7 1 2`";
    bad_row(first, 1, reason);
    // U+00A0 is part of a word.
    assert_eq!(
        words("a\u{a0}b 1 2\n\u{a0} 3 4\n".as_bytes()),
        ["a\u{a0}b", "\u{a0}"]
    );
}

#[test]
fn a_word_that_is_a_blank_has_its_line() {
    for text in [
        "3 2\nhat 1 2\n  3 4\nlamp 5 6\n",
        "3 2\nhat 1 2\n 3 4\nlamp 5 6\n",
        "3 2\nhat\t1\t2\n\t3\t4\nlamp 5 6\n",
    ] {
        bad_row(text.as_bytes(), 3, "the row has no word");
        let file = file(text.as_bytes());
        let skipping = VectorFile::new(file.path()).on_bad_row(OnBadRow::Skip);
        let (vectors, skipped) = skipping.read_counted().unwrap();
        assert_eq!(vectors.vocabulary().words(), ["hat", "lamp"]);
        assert_eq!((skipped.duplicates, skipped.malformed), (0, 1));
        assert_eq!(skipped.first_line, Some(3));
        assert_eq!(skipped.first_reason.as_deref(), Some("the row has no word"));
    }
}

#[test]
fn bad_rows_are_skipped_and_counted() {
    let text = b"8 2\na 1 2\nb 3 x\na 4 5\nc 1 2 3\nd 1\n 7 8\ne nan 1\nf 9 8\n";
    let sizes = file(text);
    let glove = file(&text[4..]);
    for path in [sizes.path(), glove.path()] {
        let skipping = VectorFile::new(path).on_bad_row(OnBadRow::Skip);
        let (vectors, skipped) = skipping.read_counted().unwrap();
        assert_eq!(vectors.vocabulary().words(), ["a", "f"]);
        assert_eq!(vectors.get("a"), Some([1.0, 2.0].as_slice()));
        assert_eq!(
            (skipped.duplicates, skipped.malformed, skipped.total()),
            (1, 5, 6)
        );
        assert_eq!(skipped.first_reason.as_deref(), Some("`x` is not a number"));
    }
    // An empty line is no row of the first line's count.
    let file = file(b"2 1\na 1\n\nb 2\n");
    let (vectors, skipped) = VectorFile::new(file.path())
        .on_bad_row(OnBadRow::Skip)
        .read_counted()
        .unwrap();
    assert_eq!((vectors.len(), skipped.malformed), (2, 1));
    assert_eq!(skipped.first_line, Some(3));
}

#[test]
fn skipping_does_not_hide_a_wrong_first_line() {
    let skipped = |bytes: &[u8]| {
        let file = file(bytes);
        let skipping = VectorFile::new(file.path()).on_bad_row(OnBadRow::Skip);
        let error = skipping.read().unwrap_err().to_string();
        let path = file.path().display().to_string();
        error.strip_prefix(&path).unwrap().to_owned()
    };
    assert_eq!(
        skipped(b"2 9\na 1 2\nb 3 4\n"),
        ":2: no row can be read; the first one: expected a word and 9 numbers, not 2: `a 1 2`"
    );
    assert_eq!(
        skipped(b"3 2\na 1 2\nb 3 4\n"),
        ":4: the file ends after 2 of 3 words"
    );
    assert_eq!(
        skipped(b"1 2\na 1 2\nb 3 4\n"),
        ":3: more than the 1 words of the first line"
    );
}

#[test]
fn a_wrong_dim_is_an_error_at_the_first_row() {
    bad_row(
        b"2 300\nthe 1 2\nlamp 3 4\n",
        2,
        "expected a word and 300 numbers, not 2: `the 1 2`",
    );
    bad_row(
        b"2000000 300\njacket 1 2 3\n",
        2,
        "expected a word and 300 numbers, not 3: `jacket 1 2 3`",
    );
    bad_row(
        b"2 2\nthe 1 2 3\nlamp 3 4 5\n",
        2,
        "expected a word and 2 numbers, not 3: `the 1 2 3`",
    );
    refused(b"5 7\n", 2, "the file ends after 0 of 5 words");
    refused(
        b"coat,1,2\nlamp,3,4\n",
        1,
        "expected a word and its numbers, separated by blanks or tabs, not `coat,1,2`",
    );
}

#[test]
fn one_odd_row_makes_no_binary_file() {
    let long = format!("2 3\nnot a row at all\n{}coat 1 2 3\n", "");
    for text in [
        long.as_str(),
        "2 3\ncoat 1 2 3\nlamp\n",
        "1 3\ncoat 1 2 x\n",
        "1 3\ncoat\n",
        "2 3\ncoat,1,2,3\nlamp,1,2,3\n",
    ] {
        assert_eq!(
            format(text.as_bytes()),
            VectorFormat::Word2VecText,
            "{text:?}"
        );
    }
    let mut odd = b"2 3\nco\0at\x01 1 2 3\nlamp 1 2 3\n".to_vec();
    assert_eq!(format(&odd), VectorFormat::Word2VecText);
    odd.extend(vec![0; 40]);
    assert_eq!(format(&odd), VectorFormat::Word2VecText);
    // The other way round: numbers whose bytes are letters.
    let letters = f32::from_le_bytes(*b"abc?");
    let mut binary = b"2 2\ncoat ".to_vec();
    binary.extend([letters.to_le_bytes(), letters.to_le_bytes()].concat());
    binary.extend(b"\nlamp ");
    binary.extend([letters.to_le_bytes(), letters.to_le_bytes()].concat());
    assert_eq!(format(&binary), VectorFormat::Word2VecBinary);
    assert_eq!(words(&binary), ["coat", "lamp"]);
    let cut = &binary[..binary.len() - 1];
    assert_eq!(format(cut), VectorFormat::Word2VecText);
}

#[test]
fn a_first_row_of_two_numbers_is_no_line_of_sizes() {
    for (text, expected) in [
        ("7 5\ncoat 3\nlamp 2\n", vec!["7", "coat", "lamp"]),
        ("1 1\n2 2\n3 3\n", vec!["1", "2", "3"]),
        ("2024 3\n2025 4\n", vec!["2024", "2025"]),
        ("7 0\ncoat 3\n", vec!["7", "coat"]),
        ("7 -5\ncoat 3\n", vec!["7", "coat"]),
        ("7 0.5\n", vec!["7"]),
        // Sizes that the rows do not contradict are sizes.
        ("2 1\n7 5\ncoat 3\n", vec!["7", "coat"]),
        ("1 1\ncoat 3\n", vec!["coat"]),
        ("1 3\ncoat 1 0 0.5\n", vec!["coat"]),
        ("1 3\n7 1 0 5\n", vec!["7"]),
        ("coat 1 0 0.5\n", vec!["coat"]),
        ("7 1 0\n", vec!["7"]),
    ] {
        assert_eq!(words(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn files_of_other_kinds_are_named() {
    let foreign = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        [bytes.to_vec(), packed.finish().unwrap()].map(|bytes| {
            let error = WordVectors::read(file(&bytes).path()).unwrap_err();
            match error {
                Error::ForeignFormat { format, .. } => format,
                error => panic!("{error}"),
            }
        })
    };
    let mut fasttext = 0x2F4F_16BA_u32.to_le_bytes().to_vec();
    fasttext.extend([12, 0, 0, 0, 100, 0, 0, 0]);
    assert_eq!(foreign(&fasttext), ["fastText model (bin)"; 2]);
    // An archive that holds a text without packing it ends its first line in a number.
    let mut zip =
        b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0\x09\0\0\0\x09\0\0\0glove.txt".to_vec();
    zip.extend(b"coat 1 2\nlamp 3 4\n");
    assert_eq!(foreign(&zip), ["zip archive"; 2]);
    assert_eq!(
        foreign(b"<!DOCTYPE html>\n<html>404</html>\n"),
        ["HTML page"; 2]
    );
    assert_eq!(
        foreign(b"\x93NUMPY\x01\0v\0{'descr'"),
        ["NumPy array (npy)"; 2]
    );
    assert_eq!(
        foreign(b"\x40\0\0\0\0\0\0\0{\"a\":{}}"),
        ["safetensors model"; 2]
    );
    assert_eq!(
        foreign(b"\x80\x04\x95\x10\0\0\0\0\0\0\0"),
        ["Python pickle"; 2]
    );
    // A word may look like the beginning of a page.
    assert_eq!(words(b"<html> 1 2\ncoat 3 4\n"), ["<html>", "coat"]);
    refused(
        b"\xff\xfec\0o\0",
        1,
        "the file is UTF-16 text; convert it to UTF-8",
    );
    refused(
        b"3 3\rcoat 1 0 0.5\rlamp 0 1 0\r",
        1,
        "the lines end with \\r alone; convert the line ends to \\n",
    );
    refused(
        b"\x01\x02\0\0\x03 a\n",
        1,
        "neither text nor word2vec's binary format, which begins with a line `words dim`",
    );
}

#[test]
fn bytes_of_files_are_escaped_in_messages() {
    let texts: [&[u8]; 3] = [
        b"2 2\na\x1b[2J 1 x\nb 1 2\n",
        b"2 2\na\x1b[2Jb 1\nb 1 2\n",
        b"2 2\na\x1b[2J 1 nan\nb 1 2\n",
    ];
    for text in texts {
        let error = WordVectors::read(file(text).path())
            .unwrap_err()
            .to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }
    let twice = b"2 2\na\x1b[2J\xc2\x9b 1 2\na\x1b[2J\xc2\x9b 1 2\n";
    bad_row(twice, 3, "duplicate word: a\\u{1b}[2J\\u{9b}");
}

fn any_vectors() -> impl Strategy<Value = WordVectors> {
    let word = prop_oneof![
        "[0-9]{1,3}",
        "[^ \t\n\r\x0c]{1,6}",
        Just("<html>".to_owned()),
        Just("nan".to_owned()),
    ];
    let words = prop::collection::btree_set(word, 1..6);
    (words, 1..4_usize).prop_flat_map(|(words, dim)| {
        let number = prop_oneof![
            (-9..9_i32).prop_map(|x| x as f32),
            any::<u32>()
                .prop_map(f32::from_bits)
                .prop_filter("a square is finite", |x| (x * x).is_finite()
                    && x.abs() < 1e18),
        ];
        let values = prop::collection::vec(number, words.len() * dim);
        values.prop_map(move |values| {
            let rows = Array2::from_shape_vec((words.len(), dim), values).unwrap();
            let words = words.iter().map(|word| (word.clone(), 0));
            WordVectors::new(Vocabulary::from_counts(words).unwrap(), rows).unwrap()
        })
    })
}

proptest! {
    /// Files of one word, words that are numbers, single numbers: all is read as it was written, in every format.
    #[test]
    fn every_file_written_is_read_back(vectors in any_vectors()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors");
        for format in [
            VectorFormat::Word2VecText,
            VectorFormat::Word2VecBinary,
            VectorFormat::GensimBinary,
            VectorFormat::Glove,
            VectorFormat::Model,
        ] {
            match vectors.write(&path, format) {
                Ok(()) => prop_assert_eq!(&WordVectors::read(&path).unwrap(), &vectors, "{:?}", format),
                Err(error) => prop_assert!(error.to_string().contains("U+FEFF"), "{}", error),
            }
        }
    }
}
