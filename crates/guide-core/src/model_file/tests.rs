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

#[test]
fn each_damage_has_its_error() {
    let good = bytes();
    assert!(matches!(
        read(b"PK\x03\x04 not a model at all"),
        Err(Error::NotAModel { .. })
    ));
    assert!(matches!(read(b""), Err(Error::NotAModel { .. })));
    assert!(matches!(read(&good[..20]), Err(Error::NotAModel { .. })));
    assert!(matches!(
        read(&good[..good.len() - 1]),
        Err(Error::Length { .. })
    ));
    let grown = [&good[..], b"x"].concat();
    assert!(matches!(read(&grown), Err(Error::Length { .. })));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(matches!(read(&flipped), Err(Error::Checksum { .. })));
    let mut codec = good.clone();
    codec[8] = 9;
    assert!(matches!(
        read(&codec),
        Err(Error::Codec {
            found: 9,
            supported: 1
        })
    ));
    let mut future = good;
    future[9] = 4;
    let error = read(&future).unwrap_err().to_string();
    assert_eq!(
        error,
        "`steps` model file of version 4; this program reads up to version 3"
    );
    let mut other = Vec::new();
    Other(1).write_to(&mut other).unwrap();
    assert!(matches!(read(&other), Err(Error::Kind { .. })));
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
fn a_claimed_length_is_not_allocated() {
    // A payload whose vector claims 2^60 elements, with a correct checksum.
    let payload = [&[253_u8][..], &(1_u64 << 60).to_le_bytes()].concat();
    let error = decode_payload::<Vec<String>>("steps", &payload).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }));
}

#[test]
fn survives_random_damage() {
    testing::survives_corruption(&steps(), 2_000, 1);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = steps().save("/no/such/folder/a.model").unwrap_err();
    assert!(error.to_string().starts_with("/no/such/folder/a.model: "));
}
