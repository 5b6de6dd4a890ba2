//! What a settled column says about its values, for the read report.

use crate::read_report::{ReadReport, Remedy};

/// Examples kept for each finding, as in a [`ReadReport`].
const EXAMPLES: usize = 3;

/// One thing to say about several values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValueFinding {
    /// What was done with the values: used as a guess, or used without this value (mended).
    pub(crate) remedy: Remedy,
    /// What is special about them, as a predicate: "has a time ...".
    pub(crate) reason: String,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Line in the file and text of the first rows.
    pub(crate) examples: Vec<(u64, String)>,
}

impl ValueFinding {
    /// Adds this finding to the report of a file.
    pub(crate) fn add_to(&self, report: &mut ReadReport) {
        let mut rest = self.rows;
        for (at, example) in self.examples.iter().enumerate() {
            let last = at + 1 == self.examples.len();
            let rows = if last { rest } else { rest.min(1) };
            report.note_many(self.remedy, &self.reason, rows, example.clone());
            rest -= rows;
        }
    }
}

/// Findings by reason, in the order of their first row.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<ValueFinding>);

impl Findings {
    /// Counts one row.
    pub(crate) fn add(
        &mut self,
        remedy: Remedy,
        reason: &str,
        line: u64,
        text: impl FnOnce() -> String,
    ) {
        let same = |finding: &ValueFinding| finding.remedy == remedy && finding.reason == reason;
        let at = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(ValueFinding {
                remedy,
                reason: reason.to_owned(),
                rows: 0,
                examples: Vec::new(),
            });
            self.0.len() - 1
        });
        if let Some(finding) = self.0.get_mut(at) {
            finding.rows += 1;
            if finding.examples.len() < EXAMPLES {
                finding.examples.push((line, text()));
            }
        }
    }

    /// The findings.
    pub(crate) fn into_list(self) -> Vec<ValueFinding> {
        self.0
    }
}
