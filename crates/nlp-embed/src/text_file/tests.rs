//! Files with everything that can be wrong with them.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::{Characters, Words};

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read<T: Tokenize>(file: &TextFile<T>) -> Result<Vec<Vec<String>>> {
    let mut sentences = Vec::new();
    file.walk(&mut |tokens| {
        sentences.push(tokens.iter().map(|&token| token.to_owned()).collect());
        Ok(())
    })?;
    Ok(sentences)
}

#[test]
fn plain_and_gzip_files_give_the_same_sentences() {
    let text = "\u{feff}a b\r\n\n  \nc d e f g\nh";
    let expected = [
        vec!["a", "b"],
        vec!["c", "d", "e"],
        vec!["f", "g"],
        vec!["h"],
    ];
    let mut parts = gzip(&text.as_bytes()[..1]);
    parts.extend(gzip(&text.as_bytes()[1..])); // gzip files may stand one after the other
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), parts] {
        let file = file(&bytes);
        let sentences = TextFile::of_tokens(file.path()).max_sentence_length(3);
        assert_eq!(read(&sentences).unwrap(), expected);
        assert_eq!(read(&sentences).unwrap(), expected); // and again
    }
}

#[test]
fn a_walk_says_how_far_it_is() {
    let line = "a coat and a hat\n";
    let text = line.repeat(100_000);
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
        let size = bytes.len() as u64;
        let file = file(&bytes);
        let sentences = TextFile::of_tokens(file.path());
        assert_eq!(sentences.bytes_read(), 0);
        for _ in 0..2 {
            let mut first = None;
            let walked = sentences.walk(&mut |_| {
                first.get_or_insert(sentences.bytes_read());
                Ok(())
            });
            walked.unwrap();
            // The first line is handed on when no more than a buffer was read.
            assert!(first.is_some_and(|read| read > 0 && read <= size.min(1 << 17)));
            assert_eq!(sentences.bytes_read(), size);
        }
    }
}

#[test]
fn lines_longer_than_the_buffer_lose_no_token() {
    let words = 3 * pieces::LONGEST / 8;
    let text: String = (0..words).map(|word| format!("{word:07} ")).collect();
    let file = file(format!("{text}\nend").as_bytes());
    let sentences = read(&TextFile::of_tokens(file.path())).unwrap();
    let (last, rest) = sentences.split_last().unwrap();
    assert_eq!(last, &["end"]);
    assert_eq!(rest.len(), words.div_ceil(1000));
    let tokens = rest.iter().flatten();
    assert!(
        tokens
            .enumerate()
            .all(|(word, token)| token.parse() == Ok(word))
    );
}

#[test]
fn lines_without_blanks_are_cut_between_characters() {
    let text = "手".repeat(pieces::LONGEST / 3 + 10);
    let file = file(text.as_bytes());
    let sentences = read(&TextFile::new(file.path(), Characters)).unwrap();
    let tokens: Vec<&String> = sentences.iter().flatten().collect();
    assert_eq!(tokens.len(), pieces::LONGEST / 3 + 10);
    assert!(tokens.iter().all(|&token| token == "手"));
    // Bytes that go on for ever are no text, but end all the same.
    let file = self::file(&vec![0x80; 2 * pieces::LONGEST + 5]);
    let error = read(&TextFile::of_tokens(file.path())).unwrap_err();
    assert!(error.to_string().ends_with(":1: byte 0x80 is not UTF-8"));
}

#[test]
fn long_tokens_are_cut_after_a_whole_character() {
    let file = file(format!("{} b {}", "手".repeat(50), "x".repeat(300_000)).as_bytes());
    let sentences = read(&TextFile::of_tokens(file.path())).unwrap();
    assert_eq!(
        sentences,
        [["手".repeat(33), "b".to_owned(), "x".repeat(100)]]
    );
}

#[test]
fn bytes_that_are_not_utf8_are_refused_or_replaced() {
    let file = file(b"fine\ncaf\xe9 au lait\nfine\xe6\x89");
    let sentences = TextFile::new(file.path(), Words::default());
    let error = read(&sentences).unwrap_err();
    let expected = format!("{}:2: byte 0xe9 is not UTF-8", file.path().display());
    assert_eq!(error.to_string(), expected);
    let replaced = TextFile::of_tokens(file.path()).invalid_utf8(InvalidUtf8::Replace);
    let expected = [
        vec!["fine"],
        vec!["caf\u{fffd}", "au", "lait"],
        vec!["fine\u{fffd}"],
    ];
    assert_eq!(read(&replaced).unwrap(), expected);
}

#[test]
fn what_goes_wrong_is_named() {
    let missing = TextFile::of_tokens("no such file");
    let error = read(&missing).unwrap_err().to_string();
    assert!(error.starts_with("no such file: "), "{error}");
    let packed = gzip("a b c\n".repeat(1000).as_bytes());
    let cut = file(&packed[..packed.len() / 2]);
    let error = read(&TextFile::of_tokens(cut.path())).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path == cut.path()));
    let whole = file(b"a b");
    let error = read(&TextFile::of_tokens(whole.path()).max_sentence_length(0)).unwrap_err();
    let expected = "parameter `max_sentence_length` must be at least 1, but is 0";
    assert_eq!(error.to_string(), expected);
    // The first error of the visitor ends the walk.
    let mut visits = 0;
    let text = file(b"a b c d\ne f\n");
    let walked = TextFile::of_tokens(text.path())
        .max_sentence_length(2)
        .walk(&mut |_| {
            visits += 1;
            Err(Error::empty("the visitor's patience"))
        });
    assert!(matches!(walked, Err(Error::Empty { .. })));
    assert_eq!(visits, 1);
}

#[test]
fn what_is_cut_is_counted_by_walk() {
    let long = "x".repeat(101);
    let text = format!("a b c\n{long} a b c d e f\n{long}\na b c d");
    let file = file(text.as_bytes());
    let sentences = TextFile::of_tokens(file.path()).max_sentence_length(3);
    for _ in 0..2 {
        assert_eq!(read(&sentences).unwrap().len(), 7);
        // A line that fills a sentence to the last token is not split.
        assert_eq!((sentences.cut_tokens(), sentences.split_lines()), (2, 2));
    }
}

#[test]
fn nul_characters_are_refused_with_their_line() {
    let file = file(b"a b\nc\0d\n");
    let text = TextFile::of_tokens(file.path());
    let error = read(&text).unwrap_err().to_string();
    assert!(
        error.ends_with(":2: a NUL character: the file is no text or in another encoding"),
        "{error}"
    );
    let kept = read(&text.invalid_utf8(InvalidUtf8::Replace)).unwrap();
    assert_eq!(kept[1], ["c\0d"]);
}
