//! Names of file formats that a reader meets by mistake, recognised by the first bytes of a file.

/// Offset of the file name in a zip archive's local file header.
const ZIP_NAME: usize = 30;
/// Offset of the two-byte length of that name.
const ZIP_NAME_LENGTH: usize = 26;
/// Sizes that the second header of a BMP file may state. Without this check a text that begins with `BM` would be taken for one.
const BMP_HEADER_SIZES: [u32; 7] = [12, 40, 52, 56, 64, 108, 124];
/// Most bytes of a safetensors header, as its own library allows.
const SAFETENSORS_HEADER_MAX: u64 = 100_000_000;

/// Formats that a fixed series of bytes at the start of the file identifies.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "gzip file"),
    (b"\x1f\x9d", "compress file (.Z)"),
    (b"BZh", "bzip2 file"), // checked further below
    (b"\xfd7zXZ\0", "xz file"),
    (b"\x28\xb5\x2f\xfd", "zstd file"),
    (b"\x04\x22\x4d\x18", "lz4 file"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "rar archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook (xls)"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "parquet file"), // checked further below
    (b"PARE", "parquet file (encrypted)"),
    (b"ARROW1\0\0", "Arrow file (feather)"),
    (b"Obj\x01", "Avro file"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (b"\x93NUMPY", "NumPy array (npy)"),
    (b"\xba\x16\x4f\x2f", "fastText model (bin)"),
    (b"GGUF", "GGUF model"), // checked further below
    (b"%PDF-", "PDF document"),
    (b"{\\rtf", "RTF document"),
    (b"\x89PNG\r\n\x1a\n", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF87a", "GIF picture"),
    (b"GIF89a", "GIF picture"),
    (b"II*\0", "TIFF picture"),
    (b"MM\0*", "TIFF picture"),
    (b"II+\0", "TIFF picture"),
    (b"MM\0+", "TIFF picture"),
];

/// Names the format of a file that begins with `first_bytes`, if it is one of the formats that people often pass to a reader
/// of text, tables or pictures by mistake. `None` for text and for everything unknown.
///
/// The name holds no article and no advice: `"zip archive"`, `"Excel workbook (xlsx)"`, `"parquet file"`, `"HTML page"`,
/// `"fastText model (bin)"`, `"HEIC picture"`. The advice to a user is [`foreign_format_remedy`].
///
/// A reader that accepts one of the formats itself (JPEG and PNG for pictures, gzip for text) calls this only after it has
/// failed, or unpacks first. 512 bytes are enough for every format; with fewer, some formats are not recognised. More
/// bytes let a zip archive be named by what is in it (`xlsx`, `docx`, `npz`).
///
/// ```
/// use guide_core::foreign_format;
/// assert_eq!(foreign_format(b"PK\x03\x04\x14\0"), Some("zip archive"));
/// assert_eq!(foreign_format(b"\n<!DOCTYPE html>\n<html>"), Some("HTML page"));
/// assert_eq!(foreign_format(b"PK,price\n1,2\n"), None);
/// assert_eq!(foreign_format(b""), None);
/// ```
#[must_use]
pub fn foreign_format(first_bytes: &[u8]) -> Option<&'static str> {
    zip(first_bytes)
        .or_else(|| signature(first_bytes))
        .or_else(|| container(first_bytes))
        .or_else(|| markup(first_bytes))
}

/// What a user can do about a file in the format that [`foreign_format`] named, as the end of an error message.
///
/// ```
/// use guide_core::{foreign_format, foreign_format_remedy};
/// let name = foreign_format(b"PK\x03\x04\x14\0").unwrap();
/// assert_eq!(foreign_format_remedy(name), "unpack it and pass the file inside");
/// ```
#[must_use]
pub fn foreign_format_remedy(name: &str) -> &'static str {
    let is = |part: &str| name.contains(part);
    if is("fastText") {
        "pass the model's .vec file instead"
    } else if is("Excel") || is("spreadsheet") {
        "save the sheet as CSV (UTF-8) and pass that"
    } else if is("parquet") || is("SQLite") || is("Arrow") || is("Avro") || is("HDF5") {
        "export the table as CSV and pass that"
    } else if is("archive") && !is("NumPy") || is("file (.Z)") {
        "unpack it and pass the file inside"
    } else if is("bzip2") || is("xz") || is("zstd") || is("lz4") || is("gzip") {
        "unpack it first"
    } else if is("HTML") || is("XML") {
        "the server sent a page in place of the data; download the file itself"
    } else if is("PNG") || is("JPEG") {
        "pass a file of the kind that is asked for"
    } else if is("picture") {
        "convert it to JPEG or PNG"
    } else {
        "convert it to a format that is read here"
    }
}

/// A zip archive, named by what its first entries are.
fn zip(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"PK\x05\x06") || bytes.starts_with(b"PK\x07\x08") {
        return Some("zip archive");
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let length = match bytes.get(ZIP_NAME_LENGTH..ZIP_NAME_LENGTH + 2) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => 0,
    };
    let after = bytes.get(ZIP_NAME..).unwrap_or_default();
    let name = after.get(..length).unwrap_or(after);
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    let is_office = [b"[Content_Types].xml".as_slice(), b"_rels/", b"docProps/"]
        .iter()
        .any(|part| name.starts_with(part));
    Some(if name.starts_with(b"xl/") {
        "Excel workbook (xlsx)"
    } else if name.starts_with(b"word/") || is_office && holds(b"word/") {
        "Word document (docx)"
    } else if name.starts_with(b"ppt/") || is_office && holds(b"ppt/") {
        "PowerPoint document (pptx)"
    } else if is_office {
        "Excel workbook (xlsx)"
    } else if name == b"mimetype" && holds(b"opendocument.spreadsheet") {
        "OpenDocument spreadsheet (ods)"
    } else if name.ends_with(b".npy") {
        "NumPy archive (npz)"
    } else if name.ends_with(b"/data.pkl") {
        "PyTorch model (zip)"
    } else {
        "zip archive"
    })
}

/// A format of [`SIGNATURES`], with a second look where the signature alone could be the start of a text.
fn signature(bytes: &[u8]) -> Option<&'static str> {
    let (mark, name) = SIGNATURES
        .iter()
        .find(|(mark, _)| bytes.starts_with(mark))?;
    let rest = bytes.get(mark.len()..).unwrap_or_default();
    let is_certain = match *mark {
        b"BZh" => matches!(rest.first(), Some(b'1'..=b'9')) && is_bzip2_block(rest),
        b"PAR1" | b"PARE" | b"GGUF" => rest.first().is_none_or(|&byte| !is_text_byte(byte)),
        _ => true,
    };
    is_certain.then_some(*name)
}

/// Whether a bzip2 block, or the end of an empty bzip2 file, follows the digit of the level.
fn is_bzip2_block(rest: &[u8]) -> bool {
    let block = rest.get(1..).unwrap_or_default();
    block.starts_with(b"\x31\x41\x59\x26\x53\x59") || block.starts_with(b"\x17\x72\x45\x38\x50\x90")
}

fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')
}

/// Formats that are identified by bytes further on.
fn container(bytes: &[u8]) -> Option<&'static str> {
    let at = |from: usize, length: usize| bytes.get(from..from + length).unwrap_or_default();
    if let [0x80, 2..=5, ..] = bytes {
        return Some("Python pickle");
    }
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = bytes {
        return Some("zstd file"); // begins with a frame that decoders skip
    }
    if at(4, 4) == b"ftyp" {
        return Some(match at(8, 4) {
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
                "HEIC picture"
            }
            b"avif" | b"avis" => "AVIF picture",
            _ => "MP4 video",
        });
    }
    if bytes.starts_with(b"RIFF") {
        return match at(8, 4) {
            b"WEBP" => Some("WebP picture"),
            b"WAVE" => Some("WAV sound"),
            b"AVI " => Some("AVI video"),
            _ => None,
        };
    }
    if bytes.starts_with(b"BM") && at(6, 4) == [0; 4] {
        let size = at(14, 4).try_into().map(u32::from_le_bytes);
        return size
            .is_ok_and(|size| BMP_HEADER_SIZES.contains(&size))
            .then_some("BMP picture");
    }
    if at(257, 5) == b"ustar" {
        return Some("tar archive");
    }
    if at(8, 2) == b"{\"" {
        let length = at(0, 8).try_into().map(u64::from_le_bytes);
        return length
            .is_ok_and(|length| length <= SAFETENSORS_HEADER_MAX)
            .then_some("safetensors model");
    }
    None
}

/// HTML and XML, after a byte-order mark, blanks and comments.
fn markup(bytes: &[u8]) -> Option<&'static str> {
    let mut text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    loop {
        text = text.trim_ascii_start();
        let Some(comment) = text.strip_prefix(b"<!--") else {
            break;
        };
        let Some(end) = comment.windows(3).position(|window| window == b"-->") else {
            return Some("HTML page");
        };
        text = comment.get(end + 3..).unwrap_or_default();
    }
    let begins = |tag: &str| {
        let start = text.get(..tag.len()).unwrap_or_default();
        let next = text.get(tag.len());
        start.eq_ignore_ascii_case(tag.as_bytes())
            && next.is_none_or(|&byte| byte == b'>' || byte.is_ascii_whitespace())
    };
    const HTML: [&str; 6] = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<title",
        "<script",
    ];
    if HTML.into_iter().any(begins) {
        return Some("HTML page");
    }
    if !text.starts_with(b"<?xml") {
        return None;
    }
    // XHTML is HTML to whoever downloaded a page in place of a file.
    let start = text.get(..text.len().min(512)).unwrap_or_default();
    let is_html = start
        .windows(5)
        .any(|window| window.eq_ignore_ascii_case(b"<html"));
    Some(if is_html { "HTML page" } else { "XML document" })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The first bytes of a zip archive whose entries have these names and contents.
    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in entries {
            bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0, 0]);
            bytes.extend(name.as_bytes());
            bytes.extend(*content);
        }
        bytes
    }

    fn padded(start: &[u8], at: usize, further: &[u8]) -> Vec<u8> {
        let mut bytes = start.to_vec();
        bytes.resize(at, 0);
        bytes.extend(further);
        bytes
    }

    #[test]
    fn zip_archives_are_named_by_their_entries() {
        let types = ("[Content_Types].xml", b"<Types/>".as_slice());
        /// An archive by the names and contents of its entries.
        type Entries<'e> = &'e [(&'e str, &'e [u8])];
        let cases: [(Entries<'_>, &str); 9] = [
            (&[("glove.txt", b"a 1 2\n")], "zip archive"),
            (&[types, ("xl/workbook.xml", b"")], "Excel workbook (xlsx)"),
            (&[types], "Excel workbook (xlsx)"),
            (&[("_rels/.rels", b"")], "Excel workbook (xlsx)"),
            (&[("xl/workbook.xml", b"")], "Excel workbook (xlsx)"),
            (&[types, ("word/document.xml", b"")], "Word document (docx)"),
            (
                &[(
                    "mimetype",
                    b"application/vnd.oasis.opendocument.spreadsheet",
                )],
                "OpenDocument spreadsheet (ods)",
            ),
            (&[("arr_0.npy", b"")], "NumPy archive (npz)"),
            (&[("archive/data.pkl", b"")], "PyTorch model (zip)"),
        ];
        for (entries, name) in cases {
            assert_eq!(foreign_format(&zip_of(entries)), Some(name), "{entries:?}");
        }
        assert_eq!(foreign_format(b"PK\x03\x04"), Some("zip archive"));
        assert_eq!(foreign_format(b"PK\x05\x06\0\0"), Some("zip archive"));
        // A name that is said to be longer than the bytes that are there.
        let mut cut = zip_of(&[("data.csv", b"a,b")]);
        cut[26..28].copy_from_slice(&u16::MAX.to_le_bytes());
        assert_eq!(foreign_format(&cut), Some("zip archive"));
    }

    #[test]
    fn formats_are_named_by_their_first_bytes() {
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"PAR1\x15\x04\x15".to_vec(), "parquet file"),
            (b"%PDF-1.7\n".to_vec(), "PDF document"),
            (b"\x28\xb5\x2f\xfd\x04\0".to_vec(), "zstd file"),
            (b"\x50\x2a\x4d\x18\x04\0\0\0".to_vec(), "zstd file"),
            (b"BZh91AY&SY".to_vec(), "bzip2 file"),
            (b"BZh9\x17\x72\x45\x38\x50\x90".to_vec(), "bzip2 file"),
            (b"\xfd7zXZ\0\0\x04".to_vec(), "xz file"),
            (b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "7z archive"),
            (b"SQLite format 3\0\x10".to_vec(), "SQLite database"),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0".to_vec(),
                "Excel workbook (xls)",
            ),
            (b"\x93NUMPY\x01\0".to_vec(), "NumPy array (npy)"),
            (b"\x80\x04\x95\x10".to_vec(), "Python pickle"),
            (
                0x2F4F_16BA_u32.to_le_bytes().to_vec(),
                "fastText model (bin)",
            ),
            (b"\0\0\0\x18ftypheic\0\0\0\0".to_vec(), "HEIC picture"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0".to_vec(), "HEIC picture"),
            (b"\0\0\0\x18ftypavif\0\0\0\0".to_vec(), "AVIF picture"),
            (b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(), "WebP picture"),
            (b"GIF89a\x01\0".to_vec(), "GIF picture"),
            (padded(b"BM\x46", 14, &[40, 0, 0, 0]), "BMP picture"),
            (b"II*\0\x08\0".to_vec(), "TIFF picture"),
            (b"MM\0*\0\0".to_vec(), "TIFF picture"),
            (b"\xff\xd8\xff\xe0".to_vec(), "JPEG picture"),
            (b"\x89PNG\r\n\x1a\n\0".to_vec(), "PNG picture"),
            (padded(b"notes.txt", 257, b"ustar\x0000"), "tar archive"),
            (b"\x40\0\0\0\0\0\0\0{\"a\":".to_vec(), "safetensors model"),
        ];
        for (bytes, name) in cases {
            assert_eq!(foreign_format(&bytes), Some(name), "{bytes:?}");
            assert!(!foreign_format_remedy(name).is_empty());
        }
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a b\n").unwrap();
        assert_eq!(foreign_format(&gzip.finish().unwrap()), Some("gzip file"));
    }

    #[test]
    fn pages_are_html_and_feeds_are_xml() {
        for page in [
            "<!DOCTYPE html><html>",
            "\u{feff}\r\n<!doctype HTML PUBLIC \"-//W3C//DTD\">",
            "<HTML lang=\"en\">",
            "<!-- saved -->\n<html>",
            "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"\"><html xmlns=\"\">",
            "<head><title>404</title>",
        ] {
            assert_eq!(foreign_format(page.as_bytes()), Some("HTML page"), "{page}");
        }
        let feed = b"<?xml version=\"1.0\"?>\n<rss version=\"2.0\">";
        assert_eq!(foreign_format(feed), Some("XML document"));
    }

    #[test]
    fn texts_that_begin_like_a_signature_are_texts() {
        for text in [
            "",
            "PK 0.1 0.2\n",
            "PAR1,PAR2\n1,2\n",
            "PAR1 0.5 0.5\n",
            "BM,price\n1,2\n",
            "BMW 0.1 0.2 0.3\nAudi 0.3 0.1 0.2\n",
            "BZh1 club,5\n",
            "GGUF format\n",
            "RIFF raff\n",
            "<s> 0.1 0.2\n</s> 0.3 0.4\n",
            "<html5> 0.1 0.2\n",
            "{\"id\": 1}\n",
            "id,title\n",
            "\u{feff}id,title\n",
            "400000 300\nthe 0.1\n",
            "手机,1\n",
        ] {
            assert_eq!(foreign_format(text.as_bytes()), None, "{text}");
        }
    }
}
