//! What is written is read, and each damage has its error.

use super::*;
use crate::testing;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Steps {
    names: Vec<String>,
    sizes: Vec<f32>,
}

impl Persist for Steps {
    const KIND: &'static str = "steps";
    const VERSION: u16 = 3;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "n": self.sizes.len() })
    }

    fn check(&self) -> Result<()> {
        if self.names.len() == self.sizes.len() {
            Ok(())
        } else {
            Err(Error::decode(
                Self::KIND,
                format!("{} names for {} sizes", self.names.len(), self.sizes.len()),
            ))
        }
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Other(u8);

impl Persist for Other {
    const KIND: &'static str = "other";
    const VERSION: u16 = 1;

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

fn steps() -> Steps {
    Steps {
        names: vec!["left".into(), "right".into()],
        sizes: vec![0.5, 1.5],
    }
}

fn bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    steps().write_to(&mut bytes).unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Result<Steps> {
    Steps::read_from(&mut &bytes[..])
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    steps().save(&path).unwrap();
    steps().save(&path).unwrap();
    assert_eq!(Steps::load(&path).unwrap(), steps());
    let header = inspect(&path).unwrap();
    assert_eq!((header.kind.as_str(), header.version), ("steps", 3));
    assert_eq!(header.about["n"], 2);
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "no temporary file remains"
    );
}

/// The message of the refusal.
fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

/// `good` with the bytes from `at` replaced.
fn with(good: &[u8], at: usize, by: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    bytes[at..at + by.len()].copy_from_slice(by);
    bytes
}

/// Where the length of the description stands in a file of `Steps`: after 15 bytes, the kind's length and the kind.
const ABOUT: usize = 15 + 1 + 5;

#[test]
fn each_damage_has_its_error() {
    let good = bytes();
    let n = good.len();
    // The payload begins at a multiple of 64 bytes: 2 names of 4 and 5 letters, 2 numbers.
    let header = ABOUT + 4 + r#"{"n":2}"#.len() + 8;
    assert_eq!(n, header.next_multiple_of(64) + (1 + 5 + 6) + (1 + 8));
    for (damaged, message) in [
        (
            b"PK\x03\x04 not a model at all".to_vec(),
            "not a model file: it does not begin with GUIDEMDL",
        ),
        (vec![], "not a model file: only 0 bytes"),
        (good[..14].to_vec(), "not a model file: only 14 bytes"),
        (
            good[..20].to_vec(),
            "not a model file: the header is cut off",
        ),
        (
            good[..n - 1].to_vec(),
            "model file should hold 21 payload bytes, but holds 20",
        ),
        (
            [&good[..], b"xyz"].concat(),
            "model file should hold 21 payload bytes, but holds 22",
        ),
        (
            with(&good, 8, &[9]),
            "model file uses codec 9; this program knows codec 1",
        ),
        (
            with(&good, 9, &[4]),
            "`steps` model file of version 4; this program reads up to version 3",
        ),
        (
            with(&good, 9, &[0]),
            "not a model file: its version is 0, and versions begin at 1",
        ),
        (
            with(&good, 16, &[0xff]),
            "not a model file: its kind is not UTF-8",
        ),
        (
            with(&good, ABOUT, &((1_u32 << 20) + 1).to_le_bytes()),
            "not a model file: its description claims 1048577 bytes",
        ),
        (
            with(&good, ABOUT + 4, b"["),
            "not a model file: its description is not JSON: expected `,` or `]` at line 1 column 5",
        ),
    ] {
        assert_eq!(refusal(&damaged), message);
    }
    let mut other = Vec::new();
    Other(1).write_to(&mut other).unwrap();
    assert_eq!(
        refusal(&other),
        "this is a `other` model file, expected `steps`"
    );
}

#[test]
fn a_flipped_bit_is_told_with_both_checksums() {
    let good = bytes();
    let stored = u32::from_le_bytes([good[11], good[12], good[13], good[14]]);
    let mut flipped = good;
    *flipped.last_mut().unwrap() ^= 1;
    let found = crc32fast::hash(&[&flipped[8..11], &flipped[15..]].concat());
    assert_ne!(found, stored);
    assert_eq!(
        refusal(&flipped),
        format!("model file is damaged: checksum {found:#010x}, expected {stored:#010x}")
    );
}

#[test]
fn an_older_version_without_a_decoder_is_refused() {
    let mut old = Vec::new();
    write_parts(&mut old, "steps", 2, "null", &[]).unwrap();
    assert_eq!(
        refusal(&old),
        "`steps` model file of version 2; this program reads version 3"
    );
}

#[test]
fn what_is_not_there_is_named() {
    let error = Steps::load("/no/such/a.model").unwrap_err().to_string();
    assert!(error.starts_with("/no/such/a.model: "), "{error}");
    let error = inspect("/no/such/a.model").unwrap_err().to_string();
    assert!(error.starts_with("/no/such/a.model: "), "{error}");
}

#[test]
fn inspection_verifies_the_file_whatever_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    let inspected = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        inspect(&path).map_err(|error| {
            let (error, path) = (error.to_string(), format!("{}: ", path.display()));
            error.strip_prefix(&path).unwrap_or_default().to_owned()
        })
    };
    let good = bytes();
    let header = inspected(&good).unwrap();
    assert_eq!(header.payload_bytes, 21);
    assert_eq!(header.checksum.to_le_bytes(), good[11..15]);
    assert_eq!(
        inspected(b"{\"json\": \"of another program\"}").unwrap_err(),
        "not a model file: it does not begin with GUIDEMDL"
    );
    assert_eq!(
        inspected(&good[..good.len() - 4]).unwrap_err(),
        "model file should hold 21 payload bytes, but holds 17"
    );
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(
        inspected(&flipped)
            .unwrap_err()
            .starts_with("model file is damaged: checksum 0x")
    );
    // A description that was changed in place is damage too, though it is JSON.
    let renamed = with(&good, ABOUT + 4, br#"{"n":9}"#);
    assert!(
        inspected(&renamed)
            .unwrap_err()
            .starts_with("model file is damaged: checksum 0x")
    );
}

#[test]
fn loading_names_the_file_whatever_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    let good = bytes();
    let other = {
        let mut other = Vec::new();
        Other(1).write_to(&mut other).unwrap();
        other
    };
    let cut = good[..good.len() - 1].to_vec();
    for bytes in [
        vec![],
        cut,
        with(&good, 8, &[9]),
        with(&good, 9, &[4]),
        other,
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let error = Steps::load(&path).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        let expected = format!("{}: {}", path.display(), refusal(&bytes));
        assert_eq!(error.to_string(), expected);
    }
}

/// A model of so many bytes that describes itself in `about` letters.
#[derive(serde::Serialize, serde::Deserialize)]
struct Talker {
    about: usize,
}

impl Persist for Talker {
    const KIND: &'static str = "talker";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        "x".repeat(self.about).into()
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn what_no_reader_takes_is_not_written() {
    let most = (1 << 20) - 2; // and two quotation marks
    let mut bytes = Vec::new();
    Talker { about: most }.write_to(&mut bytes).unwrap();
    assert_eq!(Talker::read_from(&mut &bytes[..]).unwrap().about, most);

    let mut bytes = Vec::new();
    let error = Talker { about: most + 1 }.write_to(&mut bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the description of a `talker` model file needs 1048577 bytes, above max_bytes = 1048576"
    );
    assert!(bytes.is_empty(), "nothing was written");

    assert!(ensure_at_most("the payload".into(), MAX_PAYLOAD, MAX_PAYLOAD).is_ok());
    let error = ensure_at_most("the payload".into(), MAX_PAYLOAD + 1, MAX_PAYLOAD).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload needs 8589934593 bytes, above max_bytes = 8589934592"
    );
    let error = write_parts(&mut bytes, &"k".repeat(256), 1, "null", &[]).unwrap_err();
    assert!(matches!(
        error,
        Error::Memory {
            needed: 256,
            limit: 255,
            ..
        }
    ));
}

#[test]
fn a_write_that_fails_midway_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    steps().save(&path).unwrap();
    let failed = write_atomically(&path, |file| {
        // More than any buffer holds, so that bytes reach the disk before the failure.
        let written = file.write_all(&vec![7; 1 << 20]);
        written.map_err(|source| Error::io(Path::new("<writer>"), source))?;
        let full = std::io::ErrorKind::StorageFull.into();
        Err(Error::io(Path::new("<writer>"), full))
    });
    let message = failed.unwrap_err().to_string();
    assert!(
        message.starts_with(&format!("{}: ", path.display())),
        "{message}"
    );
    assert_eq!(Steps::load(&path).unwrap(), steps());
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing else remains"
    );

    // A model that cannot be written leaves the old file as well.
    assert!(Talker { about: 1 << 20 }.save(&path).is_err());
    assert_eq!(Steps::load(&path).unwrap(), steps());
}

#[test]
fn a_valid_file_of_contradicting_parts_is_refused() {
    let mut bytes = Vec::new();
    Steps {
        names: vec![],
        sizes: vec![1.0],
    }
    .write_to(&mut bytes)
    .unwrap();
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "cannot decode `steps`: 0 names for 1 sizes"
    );
}

#[test]
fn a_limit_is_kept() {
    let bytes = bytes();
    let error = Steps::read_limited(&mut &bytes[..], 4).unwrap_err();
    assert!(matches!(error, Error::Memory { limit: 4, .. }));
}

#[test]
fn survives_random_damage() {
    testing::survives_corruption(&steps(), 2_000, 1);
}

#[test]
fn forged_payloads_are_refused_or_fit_together() {
    let read = testing::refuses_forged_payloads(&steps(), 2_000);
    assert!(
        read.iter().any(|forged| *forged != steps()),
        "no forgery came past the checksum"
    );
    assert!(read.len() < 1_500, "{} of 2000 were read", read.len());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = steps().save("/no/such/folder/a.model").unwrap_err();
    assert!(error.to_string().starts_with("/no/such/folder/a.model: "));
}
