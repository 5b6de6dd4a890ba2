//! Files of ratings and events on the command line: a named format, or a line format with its separator.

use std::path::Path;

use clap::{Args, ValueEnum};
use recsys_core::read::{self, Delimited};
use recsys_core::{Duplicates, Records};

use crate::usage::{of_flag, usage};

/// File layouts with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// `user item` a line; further columns are skipped.
    Pairs,
    /// `user item item ..` a line.
    Adjacency,
    /// Tab-separated `user item rating timestamp`, as the files of the NCF paper.
    Ncf,
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

/// How files are laid out.
#[derive(Args)]
pub struct Layout {
    /// Layout of the files, plain or gzip; csv for `guide ratings` and pairs elsewhere, unless said.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Names of the columns in their order, out of user, item, rating, weight and timestamp; `_` passes over one.
    #[arg(long, value_name = "FIELDS")]
    line_format: Option<String>,
    /// Separator of the columns.
    #[arg(long)]
    sep: Option<String>,
    /// Lines before the data, such as a heading.
    #[arg(long, default_value_t = 0)]
    skip_lines: usize,
    /// Encoding of the files, for example windows-1252 or gbk; UTF-8 unless said.
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Double quotes are characters like any other.
    #[arg(long)]
    no_quotes: bool,
    /// Lowest and highest rating; those of the data unless said.
    #[arg(long, value_name = "LOW,HIGH", value_parser = scale, allow_hyphen_values = true)]
    scale: Option<(f32, f32)>,
}

fn scale(text: &str) -> Result<(f32, f32), String> {
    let ends = text.split_once(',').and_then(|(low, high)| {
        Some((
            low.trim().parse::<f32>().ok()?,
            high.trim().parse::<f32>().ok()?,
        ))
    });
    match ends {
        Some((low, high)) if low < high && (high - low).is_finite() => Ok((low, high)),
        _ => Err("it must be two numbers LOW,HIGH, the lower one first".to_owned()),
    }
}

/// Reads files of one layout.
pub struct Files {
    /// None for lists of adjacency.
    lines: Option<Delimited>,
    /// Whether a column holds ratings.
    pub rated: bool,
}

impl Layout {
    /// The reader of this layout, of the format `unless_said` where none is named.
    ///
    /// # Errors
    /// A usage error for flags that do not go together.
    pub fn files(&self, unless_said: Format) -> anyhow::Result<Files> {
        let (fields, separator) = match self.format.unwrap_or(unless_said) {
            Format::Adjacency => return self.adjacency(),
            Format::Pairs => ("user item", " "),
            Format::Ncf | Format::Ml100k => ("user item rating timestamp", "\t"),
            Format::Ml1m => ("user item rating timestamp", "::"),
            Format::Csv => ("user item rating", ","),
            Format::Tsv => ("user item rating", "\t"),
        };
        let fields = self.line_format.as_deref().unwrap_or(fields);
        let separator = self.sep.as_deref().unwrap_or(separator);
        let separator = separator.replace("\\t", "\t");
        let is_csv = self.format.unwrap_or(unless_said) == Format::Csv;
        let quotes = is_csv && separator.len() == 1 && !self.no_quotes;
        let lines = match Delimited::new(fields, &separator) {
            Ok(lines) => lines.quotes(quotes).skip_lines(self.skip_lines),
            Err(error @ guide_core::Error::Param { .. }) => {
                let bad_fields = error.to_string().contains("`line_format`");
                let (name, flag) = match bad_fields {
                    true => ("line_format", "--line-format"),
                    false => ("separator", "--sep"),
                };
                return Err(of_flag(error, name, flag));
            }
            Err(error) => return Err(error.into()),
        };
        let lines = match &self.encoding {
            Some(label) => lines.encoding(label),
            None => lines,
        };
        Ok(Files {
            lines: Some(match self.scale {
                Some((low, high)) => lines.scale(low, high),
                None => lines,
            }),
            rated: fields.split_whitespace().any(|field| field == "rating"),
        })
    }

    fn adjacency(&self) -> anyhow::Result<Files> {
        let plain = self.line_format.is_none()
            && self.sep.is_none()
            && self.skip_lines == 0
            && self.scale.is_none()
            && self.encoding.is_none()
            && !self.no_quotes;
        if !plain {
            return Err(usage(
                "--format adjacency takes no --line-format, --sep, --skip-lines, --encoding, --no-quotes or --scale",
            ));
        }
        Ok(Files {
            lines: None,
            rated: false,
        })
    }
}

impl Files {
    /// The training file.
    pub fn train(&self, path: &Path) -> guide_core::Result<Records> {
        match &self.lines {
            Some(lines) => lines.read(path),
            None => read::adjacency(path),
        }
    }

    /// The test file that goes with `train`: names that both know have one number.
    pub fn test(&self, path: &Path, train: &Records) -> guide_core::Result<Records> {
        match &self.lines {
            Some(lines) => lines.read_with(path, train.ids()),
            None => read::adjacency_with(path, train.ids()),
        }
    }

    /// What becomes of a pair that comes twice: events add up, and the later rating is what the user thinks now.
    pub fn duplicates(&self) -> Duplicates {
        match self.rated {
            true => Duplicates::Last,
            false => Duplicates::Sum,
        }
    }
}
