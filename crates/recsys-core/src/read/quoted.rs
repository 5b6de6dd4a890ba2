//! Fields in double quotes (RFC 4180), which may hold separators, doubled quotes and line ends.

/// The fields of one record, which may go over several lines.
pub(super) struct QuotedRow {
    separator: char,
    pub(super) fields: Vec<String>,
    /// Bytes taken so far.
    pub(super) length: usize,
    /// Lines taken so far.
    lines: u64,
    /// The line of the record, from 0, whose quote is still open.
    pub(super) opened: Option<u64>,
}

impl QuotedRow {
    pub(super) fn new(separator: char) -> Self {
        Self {
            separator,
            fields: Vec::new(),
            length: 0,
            lines: 0,
            opened: None,
        }
    }

    /// Takes the first line of a record.
    pub(super) fn start(&mut self, line: &str) {
        self.fields.clear();
        (self.length, self.lines, self.opened) = (0, 0, None);
        self.take(line, String::new());
    }

    /// Takes the next line of a record whose last field is open.
    pub(super) fn go_on(&mut self, line: &str) {
        let mut field = self.fields.pop().unwrap_or_default();
        field.push('\n');
        self.take(line, field);
    }

    fn take(&mut self, line: &str, mut field: String) {
        let mut characters = line.chars().peekable();
        let mut at_start = self.opened.is_none();
        while let Some(character) = characters.next() {
            let quote = character == '"';
            if self.opened.is_some() {
                if !quote || characters.next_if_eq(&'"').is_some() {
                    field.push(character);
                } else {
                    self.opened = None;
                }
            } else if character == self.separator {
                self.fields.push(std::mem::take(&mut field));
                at_start = true;
                continue;
            } else if quote && at_start {
                self.opened = Some(self.lines);
            } else {
                field.push(character);
            }
            at_start = false;
        }
        self.fields.push(field);
        self.length += line.len();
        self.lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[&str]) -> (Vec<String>, Option<u64>) {
        let mut row = QuotedRow::new(',');
        row.start("left,\"from before");
        row.start(lines[0]);
        lines[1..].iter().for_each(|line| row.go_on(line));
        (row.fields, row.opened)
    }

    #[test]
    fn quotes_are_taken_off_at_the_start_of_a_field_only() {
        let line = "\"a,b\",c \"d\",\"e\"\"f\",\"\",\"g\"h,";
        let expected = ["a,b", "c \"d\"", "e\"f", "", "gh", ""];
        assert_eq!(fields(&[line]), (expected.map(String::from).to_vec(), None));
    }

    #[test]
    fn the_line_of_the_open_quote_is_known() {
        assert_eq!(fields(&["a,\"b", "", "c\",d"]).0, ["a", "b\n\nc", "d"]);
        assert_eq!(fields(&["a,\"b"]).1, Some(0));
        assert_eq!(fields(&["\"a", "b\",\"c", "d"]).1, Some(1));
        assert_eq!(
            fields(&["a,\"b\"\""]).1,
            Some(0),
            "a doubled quote does not close"
        );
    }
}
