//! Folders of tagged sentences: each word that is read has a tag, lines keep their numbers, and what is read is the same after it is
//! written and read again.

use std::path::{Path, PathBuf};

use nlp_rnn::{SpanRule, TaggedFolder, read_tagged_folder, spans};

use super::{Reading, Target, gzip};

/// Reads folders with `seq.in`, `seq.out` and `label`.
pub struct Folders {
    corpus: Vec<Vec<u8>>,
    folder: PathBuf,
}

/// Stands between the files of an input. With fewer than three files there is no `label`.
const BETWEEN: &[u8] = b"\n<file>\n";

const FILES: [&str; 3] = ["seq.in", "seq.out", "label"];

const TOKENS: &[&[u8]] = &[
    BETWEEN,
    b"B-color",
    b"I-color",
    b"O",
    b"B-",
    b"\r\n",
    b"\xef\xbb\xbf",
    b" ",
    b"\n\n",
    b"\xc2\xa0",
];

const SENTENCES: &[[&str; 3]] = &[
    [
        "find red shoes\nplay abba\n",
        "O B-color B-type\nO B-artist\n",
        "find\nplay\n",
    ],
    [
        "\nred  fox\t hat\n\n",
        "\nB-brand I-brand B-type\n\n",
        "\nfind\n\n",
    ],
    [
        "\u{feff}\u{4e70} \u{624b}\u{673a}\r\nnew york",
        "O B-type\r\nI-city I-place",
        "",
    ],
    ["a b", "O O", "x\n"],
];

impl Folders {
    /// The target with its corpus.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn new(scratch: &Path) -> anyhow::Result<Self> {
        let folder = scratch.join("tagged");
        std::fs::create_dir_all(&folder)?;
        let mut corpus = Vec::new();
        for [words, tags, labels] in SENTENCES {
            let files = [words, tags, labels].map(|text| text.as_bytes().to_vec());
            let n_files = if labels.is_empty() { 2 } else { 3 };
            corpus.push(files[..n_files].join(BETWEEN));
        }
        let [words, tags, labels] = SENTENCES[0].map(|text| gzip(text.as_bytes()));
        corpus.push([words, tags, labels].join(BETWEEN));
        Ok(Self { corpus, folder })
    }

    /// Writes the files of the folder; those that are not given are removed.
    fn write(&self, files: &[&[u8]]) -> Result<(), String> {
        for (number, name) in FILES.iter().enumerate() {
            let path = self.folder.join(name);
            let done = match files.get(number) {
                Some(bytes) => std::fs::write(&path, bytes),
                None if path.exists() => std::fs::remove_file(&path),
                None => Ok(()),
            };
            done.map_err(|reason| format!("{}: {reason}", path.display()))?;
        }
        Ok(())
    }
}

impl Target for Folders {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        self.write(&parts(input))?;
        let Ok(read) = read_tagged_folder(&self.folder) else {
            return Ok(Reading::Refused);
        };
        sound(&read)?;
        let text = |field: &dyn Fn(usize) -> String| {
            let mut lines = vec![String::new(); read.n_lines];
            for (sentence, line) in read.lines.iter().enumerate() {
                lines[line - 1] = field(sentence);
            }
            (lines.join("\n") + "\n").into_bytes()
        };
        let words = text(&|n| read.sentences[n].words.join(" "));
        let tags = text(&|n| read.sentences[n].tags.join(" "));
        let labels = text(&|n| read.sentences[n].label.clone().unwrap_or_default());
        let files: &[&[u8]] = match read.sentences[0].label {
            Some(_) => &[&words, &tags, &labels],
            None => &[&words, &tags],
        };
        self.write(files)?;
        let again = read_tagged_folder(&self.folder)
            .map_err(|reason| format!("once written it is not read: {reason}"))?;
        if again.sentences != read.sentences || again.lines != read.lines {
            return Err("it changes when it is written and read again".to_owned());
        }
        Ok(Reading::Accepted)
    }
}

/// The files of an input, at most three.
fn parts(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while parts.len() < FILES.len() - 1 {
        let found = rest
            .windows(BETWEEN.len())
            .position(|bytes| bytes == BETWEEN);
        let Some(at) = found else { break };
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}

fn sound(read: &TaggedFolder) -> Result<(), String> {
    if read.sentences.is_empty() || read.lines.len() != read.sentences.len() {
        return Err(format!(
            "{} lines of {} sentences",
            read.lines.len(),
            read.sentences.len()
        ));
    }
    let ascending = read.lines.windows(2).all(|pair| pair[0] < pair[1]);
    let last = read.lines.last().copied().unwrap_or_default();
    if !ascending || read.lines[0] == 0 || last > read.n_lines {
        return Err(format!("lines {:?} of {}", read.lines, read.n_lines));
    }
    for sentence in &read.sentences {
        if sentence.words.is_empty() || sentence.words.len() != sentence.tags.len() {
            return Err(format!("{sentence:?}"));
        }
        for rule in [SpanRule::Strict, SpanRule::Conlleval] {
            spans(&sentence.tags, rule).map_err(|reason| reason.to_string())?;
        }
    }
    let _ = (read.tag_names(), read.label_names(), read.notes.to_string());
    Ok(())
}
