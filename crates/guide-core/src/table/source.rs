//! Where the bytes of a table come from.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use crate::{Error, Result, unpacked};

/// Bytes that can be read several times: once to find out how they are written, and again to read them.
#[derive(Clone, Debug)]
pub struct TableSource {
    path: PathBuf,
    /// The bytes of what can be read only once; `None` for a file.
    bytes: Option<Vec<u8>>,
}

impl TableSource {
    /// The file at `path`, plain or gzip. A pipe is read into memory at once.
    ///
    /// # Errors
    /// [`Error::Io`] with the path, also for a folder.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let about = std::fs::metadata(path).map_err(io)?;
        if about.is_dir() {
            let reason = std::io::Error::new(
                std::io::ErrorKind::IsADirectory,
                "this is a folder, not a file",
            );
            return Err(io(reason));
        }
        if about.is_file() {
            File::open(path).map_err(io)?;
            return Ok(Self {
                path: path.to_owned(),
                bytes: None,
            });
        }
        Self::read(File::open(path).map_err(io)?, path)
    }

    /// All that `source` gives, kept in memory as it is, packed or not; `name` stands in messages.
    ///
    /// # Errors
    /// [`Error::Io`] with the name.
    pub fn read(mut source: impl Read, name: impl AsRef<Path>) -> Result<Self> {
        let path = name.as_ref().to_owned();
        let mut bytes = Vec::new();
        source
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(&path, source))?;
        Ok(Self {
            path,
            bytes: Some(bytes),
        })
    }

    /// The path of the file, or the name given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The unpacked bytes, from the start.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] for a file of another format, such as a spreadsheet, which is named.
    pub fn open(&self) -> Result<Box<dyn BufRead + '_>> {
        let io = |source| Error::io(&self.path, source);
        let opened: std::io::Result<Box<dyn BufRead + '_>> = match &self.bytes {
            Some(bytes) => unpacked(bytes.as_slice()),
            None => File::open(&self.path).and_then(unpacked),
        };
        let mut text = opened.map_err(io)?;
        let start = text.fill_buf().map_err(io)?;
        if let Some(format) = crate::foreign_format(start) {
            let remedy = crate::foreign_format_remedy(format);
            let reason = format!("this is not a table but a file of this kind: {format}; {remedy}");
            return Err(Error::parse(&self.path, 1, reason));
        }
        Ok(text)
    }
}
