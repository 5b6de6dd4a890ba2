//! Rating files on the command line: a named format, or a line format with its separator.

use std::path::Path;

use clap::{Args, ValueEnum};
use recsys_core::Records;
use recsys_core::read::Delimited;

/// File layouts with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RatingFormat {
    /// Tab-separated `user item rating timestamp`, as MovieLens 100K.
    #[value(name = "ml-100k")]
    Ml100k,
    /// `user::item::rating::timestamp`, as MovieLens 1M.
    #[value(name = "ml-1m")]
    Ml1m,
    /// Comma-separated `user,item,rating`, quotes allowed.
    Csv,
    /// Tab-separated `user item rating`.
    Tsv,
}

/// How rating files are laid out.
#[derive(Args)]
pub struct RatingLayout {
    /// Layout of the files; plain or gzip.
    #[arg(long, value_enum, default_value = "csv")]
    format: RatingFormat,
    /// Names of the columns in their order, out of user, item, rating and timestamp; other names are skipped.
    #[arg(long, value_name = "FIELDS")]
    line_format: Option<String>,
    /// Separator of the columns.
    #[arg(long)]
    sep: Option<String>,
    /// Lines before the data, such as a heading.
    #[arg(long, default_value_t = 0)]
    skip_lines: usize,
    /// Lowest and highest rating; those of the data unless said.
    #[arg(long, value_name = "LOW,HIGH", value_parser = scale)]
    scale: Option<(f32, f32)>,
}

fn scale(text: &str) -> Result<(f32, f32), String> {
    let bad = || format!("`{text}` is not LOW,HIGH");
    let (low, high) = text.split_once(',').ok_or_else(bad)?;
    Ok((
        low.trim().parse().map_err(|_| bad())?,
        high.trim().parse().map_err(|_| bad())?,
    ))
}

impl RatingLayout {
    /// The layout of a named format.
    pub fn of(format: RatingFormat) -> Self {
        Self {
            format,
            line_format: None,
            sep: None,
            skip_lines: 0,
            scale: None,
        }
    }

    /// The reader of this layout.
    pub fn reader(&self) -> guide_core::Result<Delimited> {
        let (fields, separator) = match self.format {
            RatingFormat::Ml100k => ("user item rating timestamp", "\t"),
            RatingFormat::Ml1m => ("user item rating timestamp", "::"),
            RatingFormat::Csv => ("user item rating", ","),
            RatingFormat::Tsv => ("user item rating", "\t"),
        };
        let fields = self.line_format.as_deref().unwrap_or(fields);
        let separator = self
            .sep
            .as_deref()
            .unwrap_or(separator)
            .replace("\\t", "\t");
        let reader = Delimited::new(fields, &separator)?
            .quotes(self.format == RatingFormat::Csv)
            .skip_lines(self.skip_lines);
        Ok(match self.scale {
            Some((low, high)) => reader.scale(low, high),
            None => reader,
        })
    }

    /// The training file.
    pub fn read(&self, path: &Path) -> guide_core::Result<Records> {
        self.reader()?.read(path)
    }

    /// The test file that goes with `train`: names that both know have one number.
    pub fn read_test(&self, path: &Path, train: &Records) -> guide_core::Result<Records> {
        self.reader()?.read_with(path, train.ids())
    }
}
