//! What a caller may say about how a table is written.

/// What is known in advance of how a table is written. What is not said is found out from the file.
///
/// ```
/// use guide_core::table::TableFormat;
/// let format = TableFormat::default().separator(';').encoding("windows-1252").no_heading();
/// assert_eq!((format.separator, format.heading), (Some(';'), Some(false)));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TableFormat {
    /// A label of the Encoding Standard, such as `utf-8`, `windows-1252`, `gbk`, `big5`, `shift_jis` or `utf-16le`.
    pub encoding: Option<String>,
    /// What stands between fields: one ASCII character.
    pub separator: Option<char>,
    /// Whether the first row names the columns.
    pub heading: Option<bool>,
    /// Whether fields may stand in double quotes.
    pub quotes: Option<bool>,
}

impl TableFormat {
    /// Says the encoding by a label of the Encoding Standard.
    #[must_use]
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Says what stands between fields: one ASCII character.
    #[must_use]
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// Says that the first row is data. The columns are then called `1`, `2`, ...
    #[must_use]
    pub fn no_heading(mut self) -> Self {
        self.heading = Some(false);
        self
    }

    /// Says that quotes are characters like any other.
    #[must_use]
    pub fn no_quotes(mut self) -> Self {
        self.quotes = Some(false);
        self
    }
}
