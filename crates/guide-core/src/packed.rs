//! Files that may be packed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result as IoResult};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::{Error, Result};

const BUFFER: usize = 1 << 17;

/// The bytes in the file at `path`, unpacked if it starts as gzip does, however many parts it was packed in.
///
/// # Errors
/// [`Error::Io`] with the path; of what is packed badly, the error comes with the byte.
pub fn open_unpacked(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).and_then(unpacked);
    file.map_err(|source| Error::io(path, source))
}

/// The bytes of `source`, unpacked if it starts as gzip does.
///
/// # Errors
/// Those of `source` at its first bytes.
///
/// ```
/// use std::io::BufRead;
/// let mut line = String::new();
/// guide_core::unpacked("a coat\n".as_bytes())?.read_line(&mut line)?;
/// assert_eq!(line, "a coat\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn unpacked<'a>(source: impl Read + 'a) -> IoResult<Box<dyn BufRead + 'a>> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    Ok(if source.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(
            BUFFER,
            MultiGzDecoder::new(source),
        ))
    } else {
        Box::new(source)
    })
}
