//! Opens text files: unpacks gzip and drops a byte-order mark.

use std::io::{BufRead, Cursor, Read, Result as IoResult};
use std::path::Path;

use guide_core::{Error, Result, open_unpacked};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens the text file at `path`, unpacked if it is gzip, without the byte-order mark.
///
/// # Errors
/// Those of [`open_unpacked`], of which [`Error::ForeignFormat`] names archives and other files that are no text.
pub(crate) fn open_text(path: &Path) -> Result<Box<dyn BufRead>> {
    unmarked(open_unpacked(path)?).map_err(|source| Error::io(path, source))
}

/// Drops the byte-order mark, if there is one.
pub(crate) fn unmarked(mut file: Box<dyn BufRead>) -> IoResult<Box<dyn BufRead>> {
    let mut first = Vec::new();
    file.by_ref()
        .take(MARK.len() as u64)
        .read_to_end(&mut first)?;
    if first == MARK {
        return Ok(file);
    }
    Ok(Box::new(Cursor::new(first).chain(file)))
}
