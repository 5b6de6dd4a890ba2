//! Results on standard output, as JSON lines or as a table, and logs on standard error. Everything is escaped for terminals.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use guide_core::model_file::write_atomically;
use guide_core::{Error, is_printable, printable};
use serde_json::Value;

/// Prints results. If the reader of standard output went away, that is no error, see [`is_closed`].
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON lines, or tables.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are printed as JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints rows of the same fields.
    pub fn rows(&self, rows: &[Value]) -> anyhow::Result<()> {
        rows.iter().try_for_each(|row| self.line(row))?;
        self.table(rows)
    }

    /// Prints a row at once as JSON, or keeps it in `rows` for [`Output::table`].
    pub fn row(&self, row: Value, rows: &mut Vec<Value>) -> anyhow::Result<()> {
        self.line(&row)?;
        rows.push(row);
        Ok(())
    }

    /// Prints a line of JSON; nothing without `--json`.
    pub fn line(&self, value: &Value) -> anyhow::Result<()> {
        match self.json {
            true => print(&json_line(value)),
            false => Ok(()),
        }
    }

    /// Prints the rows that [`Output::row`] kept as a table; nothing with `--json`.
    pub fn table(&self, rows: &[Value]) -> anyhow::Result<()> {
        match self.json {
            true => Ok(()),
            false => print(&table(rows)),
        }
    }

    /// A table that prints each row at once. `first_column` holds the texts of its first column, which set its width.
    pub fn growing_table(&self, first_column: &[String]) -> GrowingTable<'_> {
        GrowingTable {
            output: self,
            first_width: first_column
                .iter()
                .map(|text| width_of(text))
                .max()
                .unwrap_or(0),
            begun: None,
        }
    }

    /// Prints one object, as JSON or with one line for each field.
    pub fn object(&self, object: &Value) -> anyhow::Result<()> {
        let fields = match object {
            Value::Object(fields) if !self.json => fields,
            _ => return print(&json_line(object)),
        };
        let width = fields.keys().map(|name| width_of(name)).max().unwrap_or(0);
        let line = |(name, value): (&String, &Value)| {
            format!("{name:width$}  {}\n", cell(&shortest(value)))
        };
        print(&fields.iter().map(line).collect::<String>())
    }

    /// Prints text, of one line or several; nothing with `--json`. Control characters other than line feeds are escaped.
    pub fn say(&self, text: &str) -> anyhow::Result<()> {
        match self.json {
            true => Ok(()),
            false => print(&format!("{}\n", printable_lines(text))),
        }
    }
}

/// Whether output that nobody reads any more is dropped, so that the work goes on.
static GOES_ON_UNREAD: AtomicBool = AtomicBool::new(false);

/// Ignores a closed standard output from now on. For commands whose result is a file: `guide shop build .. | head` must save it.
pub fn go_on_unread() {
    GOES_ON_UNREAD.store(true, Ordering::Relaxed);
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()) {
        Err(error)
            if error.kind() == ErrorKind::BrokenPipe && GOES_ON_UNREAD.load(Ordering::Relaxed) =>
        {
            Ok(())
        }
        written => written.context("standard output"),
    }
}

/// Escapes each line of `text`.
fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// A line of JSON. Characters that JSON allows but a terminal acts on, such as U+009B and U+202E, are written as `\u009b`.
fn json_line(value: &Value) -> String {
    let text = shortest(value).to_string();
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_printable(c) {
            line.push(c);
        } else {
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    line.push('\n');
    line
}

/// Whether the reader of standard output went away, as `head` does when it has enough.
pub fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints text on standard error, if there is one. Control characters other than line feeds are escaped.
pub fn log(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable_lines(text));
}

/// Returns an error if the file cannot be written, before the work for it begins: tries to create the temporary file that
/// will become it.
pub fn ensure_writable(path: &Path) -> guide_core::Result<()> {
    if path.is_dir() {
        return Err(Error::io(path, ErrorKind::IsADirectory.into()));
    }
    match write_atomically(path, |_| Err(Error::empty("a trial"))) {
        Err(error @ Error::Io { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// Writes every number that is an `f32` with the digits of an `f32`: 0.005, not 0.004999999888241291.
pub fn shortest(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(shortest).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (name.clone(), shortest(value)))
                .collect()
        }
        Value::Number(number) if number.is_f64() => {
            let double = number.as_f64().unwrap_or(f64::NAN);
            let single = double as f32;
            match single.to_string().parse::<f64>() {
                Ok(short) if f64::from(single) == double => short.into(),
                _ => value.clone(),
            }
        }
        other => other.clone(),
    }
}

/// Adds fields to a JSON object.
pub trait ExtendWith {
    /// Adds the fields of `other` behind those there.
    fn extend_with(&mut self, other: Value);
}

impl ExtendWith for Value {
    fn extend_with(&mut self, other: Value) {
        if let (Value::Object(fields), Value::Object(more)) = (self, other) {
            fields.extend(more);
        }
    }
}

/// A table with a heading; columns as wide as their widest cell, numbers to the right.
fn table(rows: &[Value]) -> String {
    let columns = Columns::of(rows.first());
    let cells: Vec<Vec<String>> = rows.iter().map(|row| columns.cells(row)).collect();
    let width = |column: usize| {
        let all = cells
            .iter()
            .map(|row| &row[column])
            .chain([&columns.names[column]]);
        all.map(|cell| width_of(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.names.len()).map(width).collect();
    let rows: String = cells
        .iter()
        .map(|cells| columns.line(cells, &widths))
        .collect();
    columns.heading(&widths) + &rows
}

/// The columns of a table: those of its first row.
struct Columns {
    names: Vec<String>,
    are_numbers: Vec<bool>,
}

impl Columns {
    fn of(first: Option<&Value>) -> Self {
        let fields = first.and_then(Value::as_object);
        Self {
            names: fields
                .iter()
                .flat_map(|fields| fields.keys().cloned())
                .collect(),
            are_numbers: fields
                .iter()
                .flat_map(|fields| fields.values().map(Value::is_number))
                .collect(),
        }
    }

    fn cells(&self, row: &Value) -> Vec<String> {
        let names = self.names.iter();
        names
            .map(|name| row.get(name).map_or(String::new(), cell))
            .collect()
    }

    fn heading(&self, widths: &[usize]) -> String {
        let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        format!("{}{}\n", self.line(&self.names, widths), rules.join("  "))
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let padded =
            cells
                .iter()
                .zip(widths)
                .zip(&self.are_numbers)
                .map(|((cell, width), is_number)| {
                    let gap = " ".repeat(width.saturating_sub(width_of(cell)));
                    match is_number {
                        true => format!("{gap}{cell}"),
                        false => format!("{cell}{gap}"),
                    }
                });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    }
}

/// A table that is printed row by row, as soon as a row is known.
pub struct GrowingTable<'o> {
    output: &'o Output,
    /// Width of the first column, from its texts.
    first_width: usize,
    begun: Option<(Columns, Vec<usize>)>,
}

/// Least width of a column of numbers: room for 999.9999. A longer number only shifts its row.
const NUMBER_WIDTH: usize = 8;

impl GrowingTable<'_> {
    /// Prints a row, after the heading if it is the first.
    pub fn add(&mut self, row: &Value) -> anyhow::Result<()> {
        self.output.line(row)?;
        if self.output.json {
            return Ok(());
        }
        if self.begun.is_none() {
            let columns = Columns::of(Some(row));
            let least = |place: usize| {
                if place == 0 {
                    self.first_width
                } else {
                    NUMBER_WIDTH
                }
            };
            let names = columns.names.iter().enumerate();
            let widths: Vec<usize> = names
                .map(|(place, name)| width_of(name).max(least(place)))
                .collect();
            print(&columns.heading(&widths))?;
            self.begun = Some((columns, widths));
        }
        match &self.begun {
            Some((columns, widths)) => print(&columns.line(&columns.cells(row), widths)),
            None => Ok(()),
        }
    }
}

/// Columns that `text` takes on a terminal: Chinese characters take two.
fn width_of(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if ('\u{1100}'..='\u{ffdc}').contains(&c) {
                2
            } else {
                1
            }
        })
        .sum()
}

/// A value in a table: escaped text, floats with four digits, lists joined.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text).into_owned(),
        Value::Null => "-".to_owned(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(String::new(), four_digits)
        }
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => json_line(other).trim_end().to_owned(),
    }
}

/// A number with four decimals. What rounds to zero has no sign.
fn four_digits(number: f64) -> String {
    let text = format!("{number:.4}");
    match text.as_str() {
        "-0.0000" => "0.0000".to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn single_precision_is_written_shortly_and_double_in_full() {
        let double = 1.0 / 3.0;
        let row = json!({"rate": 0.005_f32, "list": [0.1_f32, double], "n": 3, "half": 0.5, "big": 1e30_f32});
        let text =
            format!(r#"{{"rate":0.005,"list":[0.1,{double}],"n":3,"half":0.5,"big":1e+30}}"#);
        assert_eq!(shortest(&row).to_string(), text);
    }

    #[test]
    fn tables_line_up() {
        let rows = [
            json!({"algo": "svd", "rmse": 0.93451}),
            json!({"algo": "手机", "rmse": 10.0}),
        ];
        assert_eq!(
            table(&rows),
            "algo     rmse\n----  -------\nsvd    0.9345\n手机  10.0000\n"
        );
        assert_eq!(table(&[]), "\n\n");
        let rows = [
            json!({"algo": "svd", "fcp": -0.000_01, "n": -1.5}),
            json!({"algo": "a", "fcp": null, "n": 2}),
        ];
        assert_eq!(
            table(&rows),
            "algo     fcp        n\n----  ------  -------\nsvd   0.0000  -1.5000\na          -        2\n"
        );
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_printed() {
        let bad = "a\r\n\t\u{1b}[2J\u{9b}\u{202e}b";
        let good = "a\\r\\n\\t\\u{1b}[2J\\u{9b}\\u{202e}b";
        assert_eq!(cell(&json!(bad)), good);
        assert_eq!(cell(&json!([bad, 1])), format!("{good}; 1"));
        assert!(table(&[json!({ "title": bad })]).contains(good));
        assert_eq!(printable_lines("x\ny\r\u{9b}"), "x\ny\\r\\u{9b}");
        let line = json_line(&json!({ "title": bad }));
        assert!(line.trim_end().chars().all(is_printable), "{line}");
        let again: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(again["title"], bad);
    }
}
