//! Results on standard output: a JSON object a line, or a table for people.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use guide_core::Error;
use guide_core::model_file::write_atomically;
use serde_json::{Map, Value};

/// Where results go. Nobody reading on is no error of ours: see [`is_closed`].
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON lines, or tables.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads along.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints rows of the same fields.
    pub fn rows(&self, rows: &[Value]) -> anyhow::Result<()> {
        rows.iter().try_for_each(|row| self.line(row))?;
        self.table(rows)
    }

    /// Prints a row at once for programs; keeps it in `rows` for the table that people get.
    pub fn row(&self, row: Value, rows: &mut Vec<Value>) -> anyhow::Result<()> {
        self.line(&row)?;
        rows.push(row);
        Ok(())
    }

    /// Prints a line that only programs want.
    pub fn line(&self, value: &Value) -> anyhow::Result<()> {
        match self.json {
            true => print(&format!("{}\n", shortest(value))),
            false => Ok(()),
        }
    }

    /// Prints the rows that [`Output::row`] kept, for people.
    pub fn table(&self, rows: &[Value]) -> anyhow::Result<()> {
        match self.json {
            true => Ok(()),
            false => print(&table(rows)),
        }
    }

    /// Prints one object: for people a line a field.
    pub fn object(&self, object: &Value) -> anyhow::Result<()> {
        let fields = match object {
            Value::Object(fields) if !self.json => fields,
            _ => return print(&format!("{}\n", shortest(object))),
        };
        let width = fields.keys().map(|name| width_of(name)).max().unwrap_or(0);
        let line = |(name, value): (&String, &Value)| {
            format!("{name:width$}  {}\n", cell(&shortest(value)))
        };
        print(&fields.iter().map(line).collect::<String>())
    }

    /// Prints a line that only people want.
    pub fn say(&self, line: &str) -> anyhow::Result<()> {
        match self.json {
            true => Ok(()),
            false => print(&format!("{line}\n")),
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).context("standard output")
}

/// Whether whoever reads standard output went away, as `head` does when it has enough.
pub fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints a line on standard error, where there is one.
pub fn log(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Refuses a file that could not be written once the work for it is done: tries the temporary file that will become it.
pub fn ensure_writable(path: &Path) -> guide_core::Result<()> {
    if path.is_dir() {
        return Err(Error::io(path, ErrorKind::IsADirectory.into()));
    }
    match write_atomically(path, |_| Err(Error::empty("a trial"))) {
        Err(error @ Error::Io { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// The same with every number that is a single-precision one written as such: 0.005, not 0.004999999888241291.
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

/// Objects that grow by the fields of another.
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
    let empty = Map::new();
    let fields = |row: &Value| row.as_object().cloned().unwrap_or_default();
    let names: Vec<String> = rows
        .first()
        .and_then(Value::as_object)
        .unwrap_or(&empty)
        .keys()
        .cloned()
        .collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            names
                .iter()
                .map(|name| fields(row).get(name).map_or(String::new(), cell))
                .collect()
        })
        .collect();
    let mut text = String::new();
    let width = |column: usize| {
        let all = cells.iter().map(|row| &row[column]).chain([&names[column]]);
        all.map(|cell| width_of(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    for (number, row) in std::iter::once(&names).chain(&cells).enumerate() {
        let padded = row.iter().enumerate().map(|(column, cell)| {
            let gap = " ".repeat(widths[column] - width_of(cell));
            let is_number = rows
                .first()
                .is_some_and(|row| row[&names[column]].is_number());
            if is_number {
                format!("{gap}{cell}")
            } else {
                format!("{cell}{gap}")
            }
        });
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
        if number == 0 {
            let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            text.push_str(&rules.join("  "));
            text.push('\n');
        }
    }
    text
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

/// A value for people: floats with four digits, lists joined.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(String::new(), |x| format!("{x:.4}"))
        }
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
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
    }
}
