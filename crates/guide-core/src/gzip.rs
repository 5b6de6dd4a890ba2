//! Opens files that may be gzip, by their content, and names the formats that are not read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result as IoResult};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::{Error, Result, foreign_format};

/// Size of the read buffer. A file's format is recognised within its first bytes of this number.
const BUFFER: usize = 1 << 17;

/// Opens the file at `path` and unpacks it if its content is gzip, one or several members.
///
/// # Errors
/// [`Error::ForeignFormat`] if the content, unpacked if it was gzip, is a zip archive, a workbook, a picture or another
/// format of [`foreign_format`]; [`Error::Io`] with the path for a file that cannot be read. Damage further on in a gzip
/// file is an error of the returned reader.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("prices.csv");
/// std::fs::write(&path, b"PK\x03\x04\x14\0").unwrap();
/// let error = guide_core::open_unpacked(&path).err().unwrap();
/// let reason = "prices.csv: zip archive, which is not read here; unpack it and pass the file inside";
/// assert!(error.to_string().ends_with(reason));
/// ```
pub fn open_unpacked(path: &Path) -> Result<Box<dyn BufRead>> {
    let io = |source| Error::io(path, source);
    let mut file = File::open(path).and_then(unpacked).map_err(io)?;
    match foreign_format(file.fill_buf().map_err(io)?) {
        None => Ok(file),
        Some(format) => Err(Error::ForeignFormat {
            path: path.to_owned(),
            format,
        }),
    }
}

/// The bytes of `source`, unpacked if it begins as gzip does.
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn text_is_opened_and_other_formats_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        let opened = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let mut text = String::new();
            open_unpacked(&path).map(|mut file| file.read_to_string(&mut text).map(|_| text))
        };
        for bytes in [b"a,b\n".to_vec(), gzip(b"a,b\n")] {
            assert_eq!(opened(&bytes).unwrap().unwrap(), "a,b\n");
        }
        for bytes in [b"".to_vec(), gzip(b"")] {
            assert_eq!(opened(&bytes).unwrap().unwrap(), "");
        }
        let zip = b"PK\x03\x04\x14\0\0\0\0\0";
        for (bytes, name) in [
            (zip.to_vec(), "zip archive"),
            (gzip(zip), "zip archive"),
            (gzip(&gzip(b"a,b\n")), "gzip file"),
            (b"<!doctype html>".to_vec(), "HTML page"),
        ] {
            let error = opened(&bytes).unwrap_err();
            assert!(
                matches!(error, Error::ForeignFormat { format, .. } if format == name),
                "{error}"
            );
        }
        let cut = gzip(&b"a,b\n".repeat(1000));
        let error = opened(&cut[..15]).map(|text| text.map_err(|error| Error::io(&path, error)));
        assert!(!matches!(error, Ok(Ok(_))));
        assert!(matches!(
            open_unpacked(&folder.path().join("none.csv")),
            Err(Error::Io { .. })
        ));
    }
}
