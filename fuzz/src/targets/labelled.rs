//! Tables of texts with labels: each row that is read has both, and they can be split.

use std::path::Path;

use guide_core::table::TableFormat;
use nlp_rnn::{LabelledTable, read_labelled_table};

use super::{Reading, ScratchFile, Target, choice, gzip, utf_16};

/// Reads tables of texts with labels.
pub struct Tables {
    corpus: Vec<Vec<u8>>,
    file: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"text",
    b"label",
    b"\"\"",
    b"\"",
    b"\r\n",
    b"\t",
    b"\\\"",
    b"{\"text\": \"",
    b"\xef\xbb\xbf",
];

const TEXTS: &[&str] = &[
    "text,label\na warm coat,good\n\"too small, and\nlate\",bad\nfine,good\n",
    "id\ttext\tlabel\n1\tred \"shoes\"\tgood\n2\t\tbad\n3\tblue hat\t\n4\tgrey\tbad\textra\n",
    "label;text\r\n\u{597d};\u{624b}\u{673a} \u{5f88}\u{597d}\r\n\u{574f};\u{574f}\u{4e86}\r\n",
    "{\"text\": \"a coat\", \"label\": \"good\"}\n{\"text\": \"a \\\"hat\\\"\", \"label\": 2}\n{\"label\": \"bad\"}\n",
    "a coat,good\na hat,bad\nshoes,good\n",
    "text,label\n\"never closed,good\nshoes,bad\nhat,good\n",
];

impl Tables {
    /// The target with its corpus.
    pub fn new(scratch: &Path) -> Self {
        let mut corpus: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        corpus.push(gzip(TEXTS[0].as_bytes()));
        corpus.push(utf_16(TEXTS[2]));
        corpus.push(b"text,label\nJ\xfcrgen,good\nT\xfcr,bad\n".to_vec());
        Self {
            corpus,
            file: ScratchFile::new(scratch, "labelled"),
        }
    }
}

impl Target for Tables {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let path = self.file.with(input)?;
        let format = TableFormat::default();
        let read = match choice(input, 6) {
            0 => read_labelled_table(path, &format.no_heading(), "1", "2"),
            1 => read_labelled_table(path, &format.no_quotes(), "text", "label"),
            2 => read_labelled_table(path, &format.separator(','), "text", "label"),
            3 => read_labelled_table(path, &format.encoding("windows-1252"), "text", "label"),
            _ => read_labelled_table(path, &format, "text", "label"),
        };
        let Ok(read) = read else {
            return Ok(Reading::Refused);
        };
        sound(&read).map(|()| Reading::Accepted)
    }
}

/// Checks that each text has a label, and that both parts of a split hold all of them.
fn sound(read: &LabelledTable) -> Result<(), String> {
    let fields = read.texts.iter().chain(&read.labels);
    if let Some(field) = fields.clone().find(|f| f.is_empty() || f.trim() != **f) {
        return Err(format!("a field {field:?}"));
    }
    let texts = read.texts().map_err(|reason| reason.to_string())?;
    let (rest, drawn) = texts.split(0.5, 1).map_err(|reason| reason.to_string())?;
    if rest.len() + drawn.len() != texts.len() || texts.is_empty() {
        return Err(format!(
            "{} and {} of {} texts",
            rest.len(),
            drawn.len(),
            texts.len()
        ));
    }
    if rest.distinct_labels() != texts.distinct_labels() {
        return Err("a label is not in the first part of a split".to_owned());
    }
    Ok(())
}
