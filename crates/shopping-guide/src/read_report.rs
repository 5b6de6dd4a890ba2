//! What a reader did with each row of a file: kept, mended or left out, and why.

use std::fmt;
use std::path::Path;

use guide_core::Error;
use guide_core::table::{KnownBy, Writing};
use serde::{Deserialize, Serialize};

/// Examples kept of each kind of finding.
const EXAMPLES: usize = 3;

/// What a reader did with the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// The file.
    pub file: String,
    /// Rows below the heading.
    pub rows: usize,
    /// Rows that were used, mended ones among them.
    pub kept: usize,
    /// Rows that were used after a repair.
    pub mended: usize,
    /// Rows that were not used.
    pub left_out: usize,
    /// The encoding by its name in the Encoding Standard.
    pub encoding: String,
    /// What stands between fields; none for JSON lines.
    pub separator: Option<char>,
    /// Each column that was used: what it was used as, and why.
    pub columns: Vec<ColumnUse>,
    /// Each column that was not used, and why.
    pub unused: Vec<UnusedColumn>,
    /// What else a user should know of the file as a whole: what was guessed, spans, counts.
    pub notes: Vec<String>,
    /// Why rows were mended or left out, in the order of first appearance.
    pub findings: Vec<Finding>,
}

/// A column that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnUse {
    /// Its heading.
    pub heading: String,
    /// What it was used as, for example `price`.
    pub role: String,
    /// Why: `said`, `its heading`, or what its values look like.
    pub why: String,
}

/// A column that was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedColumn {
    /// Its heading.
    pub heading: String,
    /// Why it was not used.
    pub why: String,
}

/// One reason for which rows were mended or left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was wrong.
    pub reason: String,
    /// What was done.
    pub remedy: Remedy,
    /// In how many rows.
    pub rows: usize,
    /// The first of them: line in the file, from 1, and what stood there.
    pub examples: Vec<(u64, String)>,
}

/// What was done with a row that had something wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// It was repaired and used.
    Mended,
    /// It was not used.
    LeftOut,
    /// It was used as it stands, where it could also have meant something else.
    Guessed,
    /// It was used as it stands; it is only worth knowing.
    Noted,
}

impl ReadReport {
    /// A report on `file`.
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            ..Self::default()
        }
    }

    /// Tells how the file is written, and what of that is a guess.
    pub(crate) fn tell_writing(&mut self, writing: &Writing) {
        self.encoding = writing.encoding.to_owned();
        self.separator = writing.separator;
        match writing.encoding_by {
            KnownBy::Guess(line) => self.notes.push(format!(
                "the file is not UTF-8 from line {line} on; it is read as {} by a guess, --encoding changes that",
                writing.encoding
            )),
            KnownBy::Majority => {
                let note = "most of the file is UTF-8, single rows are not and are read as windows-1252";
                self.notes.push(note.to_owned());
            }
            _ => {}
        }
        if writing.backslash_quotes {
            let note = "quotes within fields are escaped by a backslash";
            self.notes.push(note.to_owned());
        }
        if !writing.heading_flaws.is_empty() {
            let note = format!(
                "the heading, line {}, was mended as rows are: {:?}",
                writing.first_line, writing.heading_flaws
            );
            self.notes.push(note);
        }
        if !writing.heading {
            let note = "the file has no heading; its columns are called 1, 2, ..";
            self.notes.push(note.to_owned());
        }
    }

    /// The role of the column called `heading`, if it was used.
    pub fn role(&self, heading: &str) -> Option<&str> {
        let used = self.columns.iter().find(|column| column.heading == heading);
        used.map(|column| column.role.as_str())
    }

    /// How many rows were mended or left out for `reason`.
    pub fn count(&self, reason: &str) -> usize {
        let found = self
            .findings
            .iter()
            .find(|finding| finding.reason == reason);
        found.map_or(0, |finding| finding.rows)
    }

    /// Notes something wrong in a row; the row itself is counted by [`ReadReport::settle`].
    pub(crate) fn note(
        &mut self,
        remedy: Remedy,
        reason: &str,
        line: u64,
        seen: impl Into<String>,
    ) {
        self.note_many(remedy, reason, 1, (line, seen.into()));
    }

    /// Notes something wrong in `rows` rows, of which one is given with its line.
    pub(crate) fn note_many(
        &mut self,
        remedy: Remedy,
        reason: &str,
        rows: usize,
        example: (u64, String),
    ) {
        let found = self
            .findings
            .iter()
            .position(|finding| finding.reason == reason && finding.remedy == remedy);
        let at = found.unwrap_or_else(|| {
            self.findings.push(Finding {
                reason: reason.to_owned(),
                remedy,
                rows: 0,
                examples: Vec::new(),
            });
            self.findings.len() - 1
        });
        let finding = &mut self.findings[at];
        finding.rows += rows;
        if finding.examples.len() < EXAMPLES {
            finding.examples.push(example);
        }
    }

    /// Counts a row: kept whole (`None`), mended or left out.
    pub(crate) fn settle(&mut self, remedy: Option<Remedy>) {
        self.rows += 1;
        match remedy {
            None => self.kept += 1,
            Some(Remedy::Mended) => {
                self.kept += 1;
                self.mended += 1;
            }
            Some(Remedy::LeftOut) => self.left_out += 1,
            Some(Remedy::Guessed | Remedy::Noted) => self.kept += 1,
        }
    }

    /// The error for a file of which no row is left: where its first row fails, and how many fail why.
    pub(crate) fn nothing_left(&self, path: &Path, file: &str, row: &str) -> Error {
        let left_out = self
            .findings
            .iter()
            .filter(|finding| finding.remedy == Remedy::LeftOut);
        let reasons: Vec<String> = left_out
            .clone()
            .map(|finding| {
                let seen = finding.examples.first().map_or("", |(_, seen)| seen);
                format!("{} {} (`{seen}`)", finding.rows, finding.reason)
            })
            .collect();
        let lines = left_out.filter_map(|finding| finding.examples.first());
        match lines.map(|example| example.0).min() {
            Some(line) => {
                let (rows, reasons) = (self.rows, reasons.join(", "));
                let reason = format!("no {row} in {rows} rows: {reasons}");
                Error::parse(path, line, reason)
            }
            None => Error::empty(format!("the {file} {}", path.display())),
        }
    }
}

impl fmt::Display for ReadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} rows, {} kept ({} of them mended), {} left out",
            self.file, self.rows, self.kept, self.mended, self.left_out
        )?;
        for column in &self.columns {
            let ColumnUse { heading, role, why } = column;
            let article = if role == "attribute" { "an" } else { "the" };
            writeln!(f, "  column `{heading}` is {article} {role} ({why})")?;
        }
        for UnusedColumn { heading, why } in &self.unused {
            writeln!(f, "  column `{heading}` is not used: {why}")?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        for finding in &self.findings {
            let remedy = match finding.remedy {
                Remedy::Mended => "mended",
                Remedy::LeftOut => "left out",
                Remedy::Guessed => "guessed",
                Remedy::Noted => "noted",
            };
            write!(f, "  {} {remedy}: {}", finding.rows, finding.reason)?;
            for (line, seen) in &finding.examples {
                write!(f, "; line {line}: {seen}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
