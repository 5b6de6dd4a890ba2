//! The layout of model files as `guide_core::model_file` documents it, written a second time: a file with any payload and the right
//! checksum.

use guide_core::model_file::MAGIC;

/// A model file in its parts.
pub struct ModelFile {
    codec: u8,
    version: [u8; 2],
    /// What the file holds.
    pub kind: String,
    about: Vec<u8>,
    /// The encoded model.
    pub payload: Vec<u8>,
}

impl ModelFile {
    /// The parts of a file, or `None` if it has another layout. The checksum is not looked at.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let codec = take(&mut rest, 1)?[0];
        let version = *take(&mut rest, 2)?.first_chunk()?;
        take(&mut rest, 4)?;
        let length = take(&mut rest, 1)?[0].into();
        let kind = String::from_utf8(take(&mut rest, length)?.to_vec()).ok()?;
        let length = u32::from_le_bytes(*take(&mut rest, 4)?.first_chunk()?) as usize;
        let about = take(&mut rest, length)?.to_vec();
        take(&mut rest, 8)?;
        let payload = rest.to_vec();
        Some(Self {
            codec,
            version,
            kind,
            about,
            payload,
        })
    }

    /// The file with another payload.
    pub fn bytes(&self, payload: &[u8]) -> Vec<u8> {
        let mut body = vec![self.kind.len() as u8];
        body.extend(self.kind.as_bytes());
        body.extend((self.about.len() as u32).to_le_bytes());
        body.extend(&self.about);
        body.extend((payload.len() as u64).to_le_bytes());
        body.extend(payload);
        let mut checked = vec![self.codec];
        checked.extend(self.version);
        checked.extend(&body);
        let mut bytes = MAGIC.to_vec();
        bytes.push(self.codec);
        bytes.extend(self.version);
        bytes.extend(crc32fast::hash(&checked).to_le_bytes());
        bytes.extend(body);
        bytes
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(n)?;
    *rest = left;
    Some(taken)
}
