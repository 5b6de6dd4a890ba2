//! Tagged sentences from a folder with `seq.in` (words), `seq.out` (their tags) and, where there are intents, `label`.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use guide_core::{Error, Result, open_unpacked};

use crate::bio::{BioTag, broken_tags};

/// The largest file that is read, 1 GiB: all sentences are held in memory.
const MAX_BYTES: u64 = 1 << 30;

/// A sentence with a tag a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedSentence {
    /// Its words.
    pub words: Vec<String>,
    /// A tag a word: `O`, `B-kind` or `I-kind`.
    pub tags: Vec<String>,
    /// What the sentence is for, where the data tell it.
    pub label: Option<String>,
}

/// Sentences of a folder, and what was noticed while reading them.
#[derive(Clone, Debug, Default)]
pub struct TaggedFolder {
    /// All sentences, in the order of the files.
    pub sentences: Vec<TaggedSentence>,
    /// The line of each sentence in the files, from 1. Lines that are passed over have no sentence.
    pub lines: Vec<usize>,
    /// The number of lines of each file.
    pub n_lines: usize,
    /// What was noticed.
    pub notes: TaggedNotes,
}

/// What was passed over or looks wrong in tagged data. [`fmt::Display`] says it in one line, or says nothing if all is as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedNotes {
    /// Lines that are empty in all files, which were passed over.
    pub empty_lines: usize,
    /// The first of them, from 1.
    pub first_empty_line: Option<u64>,
    /// Files with byte order marks, at their start or where files were joined, which were removed.
    pub byte_order_marks: Vec<PathBuf>,
    /// Files with lines that end with CR LF; the CR was removed.
    pub crlf: Vec<PathBuf>,
    /// `I-` tags that do not continue a span of their kind; they were kept.
    pub broken_tags: usize,
    /// The line of the first of them, from 1.
    pub first_broken_line: Option<u64>,
}

/// Reads `seq.in`, `seq.out` and, if there is one, `label` of `folder`; each may be gzip under its own name.
///
/// Line `n` of all files is one sentence; words and tags are separated by blanks.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// std::fs::write(folder.join("seq.in"), "red shoes\nnike\n").unwrap();
/// std::fs::write(folder.join("seq.out"), "B-color B-type\nB-brand\n").unwrap();
/// let data = nlp_rnn::read_tagged_folder(folder)?;
/// assert_eq!(data.sentences[0].words, ["red", "shoes"]);
/// assert_eq!((&data.sentences[1].label, data.lines), (&None, vec![1, 2]));
/// assert_eq!(data.notes.to_string(), "");
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] with the path for a file that is missing or cannot be read; [`Error::Parse`] with file and line for another number of tags
/// than words, another number of lines than in `seq.in`, a tag that is none of BIO, a sentence without a label, bytes that are not UTF-8, or a NUL character;
/// [`Error::ForeignFormat`] for an archive; [`Error::Memory`] for a file above 1 GiB; [`Error::Empty`] if there is no sentence.
pub fn read_tagged_folder(folder: impl AsRef<Path>) -> Result<TaggedFolder> {
    let folder = folder.as_ref();
    let mut notes = TaggedNotes::default();
    let words = Lines::read(folder.join("seq.in"), &mut notes)?;
    let tags = Lines::read(folder.join("seq.out"), &mut notes)?;
    let label = folder.join("label");
    let there = label
        .try_exists()
        .map_err(|source| Error::io(&label, source))?;
    let labels = if there {
        Some(Lines::read(label, &mut notes)?)
    } else {
        None
    };
    tags.ensure_as_long_as(&words)?;
    if let Some(labels) = &labels {
        labels.ensure_as_long_as(&words)?;
    }
    let mut sentences = Vec::with_capacity(words.len());
    let mut lines = Vec::with_capacity(words.len());
    for index in 0..words.len() {
        let label = labels.as_ref().map(|labels| labels.line(index).trim());
        let line = index as u64 + 1;
        let sentence = TaggedSentence {
            words: split(words.line(index)),
            tags: split(tags.line(index)),
            label: label.filter(|label| !label.is_empty()).map(str::to_owned),
        };
        let (n_words, n_tags) = (sentence.words.len(), sentence.tags.len());
        if n_words != n_tags {
            let reason = format!("{n_tags} tags for the {n_words} words of this line in seq.in");
            return Err(Error::parse(&tags.path, line, reason));
        }
        if n_words == 0 && sentence.label.is_none() {
            notes.empty_lines += 1;
            notes.first_empty_line.get_or_insert(line);
            continue;
        }
        if n_words == 0 {
            return Err(Error::parse(
                &words.path,
                line,
                "a sentence without words has a label",
            ));
        }
        if let Some(labels) = labels.as_ref().filter(|_| sentence.label.is_none()) {
            return Err(Error::parse(
                &labels.path,
                line,
                "no label for the sentence of this line",
            ));
        }
        for tag in &sentence.tags {
            BioTag::parse(tag).map_err(|reason| Error::parse(&tags.path, line, reason))?;
        }
        let broken = broken_tags(&sentence.tags)?;
        if broken > 0 {
            notes.broken_tags += broken;
            notes.first_broken_line.get_or_insert(line);
        }
        sentences.push(sentence);
        lines.push(index + 1);
    }
    if sentences.is_empty() {
        return Err(Error::empty(format!(
            "{}: the tagged data",
            words.path.display()
        )));
    }
    Ok(TaggedFolder {
        sentences,
        lines,
        n_lines: words.len(),
        notes,
    })
}

impl TaggedFolder {
    /// The names of all tags, sorted, `O` first.
    pub fn tag_names(&self) -> Vec<String> {
        tag_names(&self.sentences)
    }

    /// The names of all labels, sorted.
    pub fn label_names(&self) -> Vec<String> {
        label_names(&self.sentences)
    }
}

pub(crate) fn tag_names(sentences: &[TaggedSentence]) -> Vec<String> {
    let all = sentences.iter().flat_map(|sentence| &sentence.tags);
    let names: BTreeSet<&str> = all.map(String::as_str).filter(|&tag| tag != "O").collect();
    ["O"].into_iter().chain(names).map(str::to_owned).collect()
}

pub(crate) fn label_names(sentences: &[TaggedSentence]) -> Vec<String> {
    let all = sentences
        .iter()
        .filter_map(|sentence| sentence.label.as_deref());
    let names: BTreeSet<&str> = all.collect();
    names.into_iter().map(str::to_owned).collect()
}

impl fmt::Display for TaggedNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let at =
            |line: Option<u64>| line.map_or(String::new(), |line| format!(" (first: line {line})"));
        if self.empty_lines > 0 {
            let first = at(self.first_empty_line);
            parts.push(format!(
                "{} empty lines were passed over{first}",
                self.empty_lines
            ));
        }
        if self.broken_tags > 0 {
            let first = at(self.first_broken_line);
            parts.push(format!(
                "{} I- tags do not continue a span{first}",
                self.broken_tags
            ));
        }
        for (paths, what) in [
            (&self.byte_order_marks, "a byte order mark"),
            (&self.crlf, "CR line ends"),
        ] {
            let names: Vec<String> = paths
                .iter()
                .map(|path| guide_core::printable_path(path).to_string())
                .collect();
            if !names.is_empty() {
                parts.push(format!("{what} removed from {}", names.join(", ")));
            }
        }
        write!(f, "{}", parts.join("; "))
    }
}

fn split(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The lines of a file, plain or gzip, without their ends and without byte order marks.
pub(crate) struct Lines {
    path: PathBuf,
    text: String,
    /// Where each line stands in the text.
    ranges: Vec<std::ops::Range<usize>>,
}

impl Lines {
    pub(crate) fn read(path: PathBuf, notes: &mut TaggedNotes) -> Result<Self> {
        let mut bytes = Vec::new();
        let reader = open_unpacked(&path)?;
        let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|source| Error::io(&path, source))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::Memory {
                what: path.display().to_string(),
                needed: bytes.len() as u64,
                limit: MAX_BYTES,
            });
        }
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
            Error::parse(&path, line, format!("byte {:#04x} is not UTF-8", bytes[at]))
        })?;
        if let Some(at) = text.find('\0') {
            let line = text[..at].matches('\n').count() as u64 + 1;
            let reason = "a NUL character: the file is no text or in another encoding";
            return Err(Error::parse(&path, line, reason));
        }
        // Files that were converted twice begin with several, and joined files have them in the middle.
        if text.contains(BYTE_ORDER_MARK) {
            text.retain(|character| character != BYTE_ORDER_MARK);
            notes.byte_order_marks.push(path.clone());
        }
        let mut ranges = Vec::new();
        let mut start = 0;
        let mut crlf = false;
        for line in text.split_inclusive('\n') {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            let bare = bare
                .strip_suffix('\r')
                .inspect(|_| crlf = true)
                .unwrap_or(bare);
            ranges.push(start..start + bare.len());
            start += line.len();
        }
        if crlf {
            notes.crlf.push(path.clone());
        }
        Ok(Self { path, text, ranges })
    }

    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(crate) fn line(&self, index: usize) -> &str {
        &self.text[self.ranges[index].clone()]
    }

    fn ensure_as_long_as(&self, words: &Self) -> Result<()> {
        if self.len() == words.len() {
            return Ok(());
        }
        let line = self.len().min(words.len()) as u64 + 1;
        let reason = format!("{} lines, but seq.in has {}", self.len(), words.len());
        Err(Error::parse(&self.path, line, reason))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    /// The error for these files, from the name of the file on.
    fn refused(files: &[(&str, &[u8])]) -> String {
        let folder = folder(files);
        let message = read_tagged_folder(folder.path()).unwrap_err().to_string();
        let path = format!("{}/", folder.path().display());
        message.replace(&path, "")
    }

    #[test]
    fn marks_line_ends_and_empty_lines_are_removed_and_said() {
        let folder = folder(&[
            (
                "seq.in",
                "\u{feff}\u{feff}red  shoes \r\n\r\n\n\u{feff}nike\r\n".as_bytes(),
            ),
            ("seq.out", b"B-color\tI-type\n\n \nB-brand"),
            ("label", b"Find\n\n\nFind\n"),
        ]);
        let data = read_tagged_folder(folder.path()).unwrap();
        let sentences = &data.sentences;
        assert_eq!((&data.lines[..], data.n_lines), (&[1, 4][..], 4));
        assert_eq!(sentences[0].words, ["red", "shoes"]);
        assert_eq!(sentences[1].tags, ["B-brand"]);
        assert_eq!(sentences[1].label.as_deref(), Some("Find"));
        let words = folder.path().join("seq.in");
        let words = words.display();
        let expected = format!(
            "2 empty lines were passed over (first: line 2); 1 I- tags do not continue a span (first: line 1); \
             a byte order mark removed from {words}; CR line ends removed from {words}"
        );
        assert_eq!(data.notes.to_string(), expected);
        assert_eq!(data.tag_names(), ["O", "B-brand", "B-color", "I-type"]);
        assert_eq!(data.label_names(), ["Find"]);
    }

    #[test]
    fn misfits_name_file_and_line() {
        let words: (&str, &[u8]) = ("seq.in", b"red shoes\nnike\n");
        let tags: (&str, &[u8]) = ("seq.out", b"B-color O\nB-brand\n");
        for (files, expected) in [
            (
                vec![words, ("seq.out", b"B-color O\nB-brand O\n")],
                "seq.out:2: 2 tags for the 1 words of this line in seq.in",
            ),
            (
                vec![words, ("seq.out", b"B-color O\n\n")],
                "seq.out:2: 0 tags for the 1 words of this line in seq.in",
            ),
            (
                vec![words, ("seq.out", b"B-color O\n")],
                "seq.out:2: 1 lines, but seq.in has 2",
            ),
            (
                vec![words, ("seq.out", b"B-color O\nO\nO\n")],
                "seq.out:3: 3 lines, but seq.in has 2",
            ),
            (
                vec![words, ("seq.out", b"B-color O\nS-brand\n")],
                "seq.out:2: unknown tag, expected O, B-kind or I-kind: `S-brand`",
            ),
            (
                vec![words, tags, ("label", b"Find\n\n")],
                "label:2: no label for the sentence of this line",
            ),
            (
                vec![words, tags, ("label", b"Find\n")],
                "label:2: 1 lines, but seq.in has 2",
            ),
            (
                vec![
                    ("seq.in", b"a\n\n"),
                    ("seq.out", b"O\n\n"),
                    ("label", b"x\ny\n"),
                ],
                "seq.in:2: a sentence without words has a label",
            ),
            (
                vec![("seq.in", b"a\nb\xff\n"), tags],
                "seq.in:2: byte 0xff is not UTF-8",
            ),
            (
                vec![("seq.in", b"a\nb\0c\n"), tags],
                "seq.in:2: a NUL character: the file is no text or in another encoding",
            ),
            (
                vec![("seq.in", b"\n"), ("seq.out", b"\n")],
                "seq.in: the tagged data is empty",
            ),
            (
                vec![("seq.in", b"PK\x03\x04"), tags],
                "seq.in: zip archive, which is not read here; unpack it and pass the file inside",
            ),
        ] {
            assert_eq!(refused(&files), expected);
        }
        assert!(refused(&[words]).starts_with("seq.out: No such file"));
    }
}
