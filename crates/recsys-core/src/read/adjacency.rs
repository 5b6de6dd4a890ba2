//! One user a line, with all its items behind it.

use std::path::Path;

use guide_core::table::TableSource;
use guide_core::{Error, Result};

use super::lines::Lines;
use crate::{Ids, Records, RecordsBuilder, Values};

/// Reads lines of `user item item ..` between blanks, as the LightGCN and BARS benchmarks have them; a user without items gets a
/// number and no record.
///
/// # Errors
/// [`Error::Io`]; [`Error::Parse`] for bytes that are not UTF-8; [`Error::Empty`] without a record.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("train.txt");
/// std::fs::write(&path, "ann pen book\nbob pen\n")?;
/// let records = recsys_core::read::adjacency(&path)?;
/// assert_eq!((records.len(), records.n_users(), records.n_items()), (3, 2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn adjacency(path: impl AsRef<Path>) -> Result<Records> {
    adjacency_with(path, &Ids::default())
}

/// [`adjacency`]; names in `ids` keep their numbers, new ones come behind.
///
/// # Errors
/// As [`adjacency`].
pub fn adjacency_with(path: impl AsRef<Path>, ids: &Ids) -> Result<Records> {
    let path = path.as_ref();
    let source = TableSource::file(path)?;
    let mut lines = Lines::open(&source, None)?;
    let mut records = RecordsBuilder::from_ids(ids);
    while let Some(line) = lines.next()? {
        let mut names = line.split_ascii_whitespace();
        let Some(user) = names.next() else { continue };
        records.add_user(user);
        for item in names {
            records.push(user, item, Values::default())?;
        }
    }
    if records.is_empty() {
        return Err(Error::empty(path.display()));
    }
    Ok(records.finish())
}
