//! Tables of JSON lines. Each line is one object; its keys are the columns.
//!
//! A nested object gives columns with dotted names: `{"user": {"id": 7}}` has the column `user.id`. A list of objects in
//! `items`, `line_items` or `products`, as orders have it, gives one row for each object. Any other list stays JSON text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::encoding::{DecodedText, Survey};
use super::records::{LONGEST, MOST_FIELDS};
use super::row::{Flaw, Row};
use crate::{Error, Result};

/// Lists under these keys give one row for each object in them.
const LISTS_OF_ROWS: [&str; 3] = ["items", "line_items", "products"];
/// Deeper objects stay JSON text.
const DEEPEST: usize = 16;

/// Reads the objects one by one.
pub(super) struct JsonLines<'s> {
    lines: Lines<'s>,
    columns: HashMap<String, usize>,
    /// Fields that all rows of the last line share.
    shared: Fields,
    /// Further fields of the rows of the last line that were not given yet, the next one last.
    due: Vec<Fields>,
}

impl<'s> JsonLines<'s> {
    /// Opens the text and finds its columns, in the order of first appearance, which takes a pass over the text.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] for a line that is too long, or for too many columns; [`Error::Empty`] without a column.
    pub(super) fn open(survey: &Survey<'s>) -> Result<(Self, Vec<String>)> {
        let path = survey.source().path();
        let mut lines = Lines::new(survey.text()?, path);
        let mut columns = HashMap::new();
        let mut headings: Vec<String> = Vec::new();
        while let Some(line) = lines.next_line()? {
            let Ok(rows) = rows_of(line) else { continue };
            let (shared, own) = rows;
            for (key, _) in shared.into_iter().chain(own.into_iter().flatten()) {
                if !columns.contains_key(&key) {
                    columns.insert(key.clone(), headings.len());
                    headings.push(key);
                }
            }
            if headings.len() > MOST_FIELDS {
                let reason = format!("the objects have more than {MOST_FIELDS} different keys");
                return Err(Error::parse(path, lines.number, reason));
            }
        }
        if headings.is_empty() {
            return Err(Error::empty(path.display()));
        }
        let lines = Lines::new(survey.text()?, path);
        Ok((
            Self {
                lines,
                columns,
                shared: Fields::new(),
                due: Vec::new(),
            },
            headings,
        ))
    }

    /// Reads the next row into `row`; false at the end.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] for a line that is too long.
    pub(super) fn next_row(&mut self, row: &mut Row) -> Result<bool> {
        while self.due.is_empty() {
            let Some(line) = self.lines.next_line()? else {
                return Ok(false);
            };
            let parsed = rows_of(line);
            let number = self.lines.number;
            match parsed {
                Ok((shared, mut own)) => {
                    own.reverse();
                    (self.shared, self.due) = (shared, own);
                }
                Err(reason) => {
                    row.clear();
                    row.line = number;
                    row.note(Flaw::NotJson(reason));
                    return Ok(true);
                }
            }
        }
        if let Some(own) = self.due.pop() {
            self.fill(row, &own);
        }
        Ok(true)
    }

    /// Puts the shared fields and those of one row into `row`, in the order of the columns.
    fn fill(&self, row: &mut Row, own: &Fields) {
        row.clear();
        row.line = self.lines.number;
        let mut values: Vec<Option<&str>> = vec![None; self.columns.len()];
        for (key, value) in self.shared.iter().chain(own) {
            if let Some(&column) = self.columns.get(key)
                && values[column].replace(value).is_some()
            {
                row.note(Flaw::RepeatedKey(key.clone()));
            }
        }
        values
            .into_iter()
            .for_each(|value| row.push(value.unwrap_or_default()));
    }
}

/// Lines that hold anything, of bounded length.
struct Lines<'s> {
    path: PathBuf,
    text: BufReader<DecodedText<'s>>,
    line: Vec<u8>,
    number: u64,
}

impl<'s> Lines<'s> {
    fn new(text: DecodedText<'s>, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            text: BufReader::new(text),
            line: Vec::new(),
            number: 0,
        }
    }

    fn next_line(&mut self) -> Result<Option<&str>> {
        loop {
            self.line.clear();
            let mut bounded = (&mut self.text).take(LONGEST as u64 + 1);
            let read = bounded.read_until(b'\n', &mut self.line);
            if read.map_err(|reason| Error::io(&self.path, reason))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.len() > LONGEST {
                let reason = format!("the line is longer than {LONGEST} bytes");
                return Err(Error::parse(&self.path, self.number, reason));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        match std::str::from_utf8(&self.line) {
            Ok(line) => Ok(Some(line)),
            Err(reason) => {
                let reason = format!(
                    "byte {} of the line is not UTF-8, which JSON must be",
                    reason.valid_up_to() + 1
                );
                Err(Error::parse(&self.path, self.number, reason))
            }
        }
    }
}

/// Names and values of one row, in the order of the text.
type Fields = Vec<(String, String)>;

/// The fields that the rows of a line share, and those of each row; or why the line has no row.
fn rows_of(line: &str) -> std::result::Result<(Fields, Vec<Fields>), String> {
    let object: Object<'_> = serde_json::from_str(line).map_err(|reason| reason.to_string())?;
    let mut rows = Vec::new();
    let mut shared = Fields::new();
    flatten(&object, "", 0, &mut shared, &mut rows)?;
    if rows.is_empty() {
        rows.push(Fields::new());
    }
    Ok((shared, rows))
}

/// Adds the fields of an object to `fields`, and the rows of a list of objects to `rows`.
fn flatten(
    object: &Object<'_>,
    prefix: &str,
    depth: usize,
    fields: &mut Fields,
    rows: &mut Vec<Fields>,
) -> std::result::Result<(), String> {
    for (key, value) in &object.0 {
        let name = if prefix.is_empty() {
            key.to_string()
        } else {
            format!("{prefix}.{key}")
        };
        let json = value.get().trim();
        let parsed = |reason: serde_json::Error| format!("{name}: {reason}");
        match json.as_bytes().first() {
            Some(b'{') if depth < DEEPEST => {
                let inner: Object<'_> = serde_json::from_str(json).map_err(parsed)?;
                flatten(&inner, &name, depth + 1, fields, rows)?;
            }
            Some(b'[')
                if rows.is_empty() && depth == 0 && LISTS_OF_ROWS.contains(&key.as_ref()) =>
            {
                match serde_json::from_str::<Vec<Object<'_>>>(json) {
                    Ok(list) if !list.is_empty() => {
                        for inner in &list {
                            let mut own = Fields::new();
                            flatten(inner, &name, DEEPEST - 2, &mut own, &mut Vec::new())?;
                            rows.push(own);
                        }
                    }
                    _ => fields.push((name, json.to_owned())),
                }
            }
            Some(b'"') => {
                let text: String = serde_json::from_str(json).map_err(parsed)?;
                fields.push((name, text));
            }
            Some(b'n') => {} // null: no value, as if the key were not there
            _ => fields.push((name, json.to_owned())), // numbers keep every digit
        }
    }
    Ok(())
}

/// The keys and values of a JSON object, in order, repeated keys too.
struct Object<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de: 'j, 'j> Deserialize<'de> for Object<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Object<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}
