//! The trials of `guide tune`, told of as they finish.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use guide_core::{Error, Result};
use serde_json::{Value, json};

use crate::output::{ExtendWith, Output, log, shortest};
use crate::space::Fields;

/// Tells of trials as they finish.
pub struct Trials<'a> {
    output: &'a Output,
    /// The fields that change.
    fields: Vec<&'a str>,
    figure: &'static str,
    out: Option<(&'a Path, File)>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    rows: Vec<Value>,
    /// Why nobody can be told of more: the search then ends.
    stopped: Option<anyhow::Error>,
}

impl<'a> Trials<'a> {
    /// Tells of trials that set `fields` and measure `figure`: on `output`, and in the file `out`.
    pub fn new(
        fields: Vec<&'a str>,
        figure: &'static str,
        out: Option<&'a Path>,
        output: &'a Output,
    ) -> Result<Self> {
        let out = match out {
            Some(path) => {
                let file = File::create(path).map_err(|source| Error::io(path, source))?;
                Some((path, file))
            }
            None => None,
        };
        Ok(Self {
            output,
            fields,
            figure,
            out,
            told: Mutex::default(),
        })
    }

    /// Refuses a further trial where nobody can be told of it.
    pub fn ensure_open(&self) -> Result<()> {
        match self.told.lock() {
            Ok(told) if told.stopped.is_none() => Ok(()),
            _ => Err(Error::Unsuitable {
                algorithm: "tuning",
                needed: "someone to tell of the trials".to_owned(),
            }),
        }
    }

    /// Why nobody could be told of more.
    pub fn stopped(&self) -> anyhow::Result<()> {
        match self.told.lock() {
            Ok(mut told) => told.stopped.take().map_or(Ok(()), Err),
            Err(_) => Ok(()),
        }
    }

    /// Tells of a trial.
    pub fn tell(&self, fields: &Fields, value: &Result<f64>, seconds: f64) {
        let Ok(mut told) = self.told.lock() else {
            return;
        };
        let mut row = json!({ "trial": told.rows.len() });
        for field in &self.fields {
            row.extend_with(json!({ *field: fields.value_of(field) }));
        }
        let failed = value.as_ref().err().map(ToString::to_string);
        row.extend_with(
            json!({ self.figure: value.as_ref().ok(), "seconds": seconds, "failed": failed }),
        );
        if !self.output.is_json() {
            log(&shortest(&row).to_string());
        }
        let written = self
            .write(&row)
            .map_err(anyhow::Error::from)
            .and_then(|()| self.output.row(row, &mut told.rows));
        told.stopped = written.err();
    }

    /// Prints all trials, for people.
    pub fn table(&self) -> anyhow::Result<()> {
        match self.told.lock() {
            Ok(told) => self.output.table(&told.rows),
            Err(_) => Ok(()),
        }
    }

    /// Writes a line to the file.
    pub fn write(&self, row: &Value) -> Result<()> {
        match &self.out {
            Some((path, file)) => {
                writeln!(&*file, "{}", shortest(row)).map_err(|source| Error::io(path, source))
            }
            None => Ok(()),
        }
    }
}
