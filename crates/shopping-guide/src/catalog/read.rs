//! Reads a catalogue from a table with any columns.

use std::io::Read;
use std::path::Path;

use guide_core::Result;
use guide_core::table::TableSource;

use super::columns::CatalogColumns;
use super::finish::finish;
use super::gather::Gather;
use super::roles::Finder;
use super::{Catalog, csv_file, headings};
use crate::read_report::ReadReport;
use crate::table::Table;

/// Rows by which it is decided what a column is whose heading can mean several things.
const SAMPLE: usize = 1_000;
/// Fields of these rows, at most, so that the rows of a table of many columns do not fill the memory. At least
/// [`FEWEST`] rows are looked at.
const SAMPLE_FIELDS: usize = 100_000;
const FEWEST: usize = 20;

impl Catalog {
    /// Reads the file at `path`, plain or gzip, with a heading. Several rows of one product become one, with the most
    /// frequent title and the median price.
    ///
    /// The report says what each column is taken for and why, and which columns are not used and why.
    /// docs/data-formats.md has the rules.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Parse`] when no column fits a role that is needed, or a column that was said
    /// is not there, or no row is a product; [`Error::Empty`] when there is no row.
    ///
    /// [`Error::Io`]: guide_core::Error::Io
    /// [`Error::Parse`]: guide_core::Error::Parse
    /// [`Error::Empty`]: guide_core::Error::Empty
    pub fn read(path: impl AsRef<Path>, columns: &CatalogColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::file(path)?, columns)
    }

    /// [`Catalog::read`] from anything that can be read.
    ///
    /// # Errors
    /// As [`Catalog::read`].
    pub fn read_from(source: impl Read, columns: &CatalogColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::read(source, "<catalog>")?, columns)
    }
}

fn read(source: &TableSource, columns: &CatalogColumns) -> Result<(Catalog, ReadReport)> {
    let path = source.path();
    let mut table = Table::open(source, &columns.format, headings::is_known)?;
    let headings = table.headings().to_vec();
    if let Some(file) = csv_file::Layout::of(&headings, columns) {
        return file.read(table, path);
    }
    let finder = Finder::new(path, &headings, columns)?;
    let found = finder.id_and_title()?;
    let title = Some(found.title);
    let mut report = ReadReport::new(path.display().to_string());
    report.tell_writing(table.writing());
    let mut first = Vec::new();
    let sample = (SAMPLE_FIELDS / headings.len().max(1)).clamp(FEWEST, SAMPLE);
    while first.len() < sample
        && let Some(row) = table.next_row(title, &mut report)?
    {
        first.push(row);
    }
    let found = finder.all(found, &first)?;
    let mut gathered = Gather::new(&found, &headings, &first);
    for row in first {
        gathered.take(row, &mut report);
    }
    while let Some(row) = table.next_row(title, &mut report)? {
        gathered.take(row, &mut report);
    }
    let catalog = finish(gathered, &headings, path, &mut report)?;
    Ok((catalog, report))
}
