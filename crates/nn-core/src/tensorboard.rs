//! Event files that TensorBoard shows: TFRecords of hand-written protocol buffers.
//!
//! ```text
//! record: length u64 | masked crc32c of the length u32 | event | masked crc32c of the event u32
//! Event { 1: wall_time f64, 2: step i64, 3: file_version string | 5: Summary { 1: Value { 1: tag, 2: simple_value f32 } } }
//! ```

use std::fs::{File, create_dir_all};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use guide_core::{Error, Result};

use crate::EpochRecord;

/// Writes scalars to one event file in a folder that `tensorboard --logdir` watches.
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// A new event file in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn new(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
        let nanos = now().as_nanos();
        let path = folder.join(format!("events.out.tfevents.{nanos}.guide"));
        let file = File::create_new(&path).map_err(|source| Error::io(&path, source))?;
        let mut writer = Self {
            path,
            file: BufWriter::new(file),
        };
        let mut event = Vec::new();
        put_double(&mut event, 1, now().as_secs_f64());
        put_bytes(&mut event, 3, b"brain.Event:2");
        writer.write(&event)?;
        Ok(writer)
    }

    /// The event file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One point of the curve `tag`.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<()> {
        let event = scalar_event(now().as_secs_f64(), tag, step, value);
        self.write(&event)
    }

    /// The curves `loss`, `validation` and `learning_rate` of a training, by epoch.
    ///
    /// # Errors
    /// As [`EventWriter::scalar`].
    pub fn epoch(&mut self, record: &EpochRecord) -> Result<()> {
        let step = record.epoch as u64;
        self.scalar("loss", step, record.loss)?;
        self.scalar("learning_rate", step, f64::from(record.learning_rate))?;
        match record.validation {
            Some(validation) => self.scalar("validation", step, validation),
            None => Ok(()),
        }
    }

    fn write(&mut self, event: &[u8]) -> Result<()> {
        let written = self
            .file
            .write_all(&record(event))
            .and_then(|()| self.file.flush());
        written.map_err(|source| Error::io(&self.path, source))
    }
}

fn now() -> std::time::Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn scalar_event(seconds: f64, tag: &str, step: u64, value: f64) -> Vec<u8> {
    let mut point = Vec::new();
    put_bytes(&mut point, 1, tag.as_bytes());
    put_key(&mut point, 2, 5);
    point.extend_from_slice(&(value as f32).to_le_bytes());
    let mut summary = Vec::new();
    put_bytes(&mut summary, 1, &point);
    let mut event = Vec::new();
    put_double(&mut event, 1, seconds);
    put_key(&mut event, 2, 0);
    put_varint(&mut event, step);
    put_bytes(&mut event, 5, &summary);
    event
}

/// An event with its length and checksums.
fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend_from_slice(&masked_crc(&length).to_le_bytes());
    record.extend_from_slice(event);
    record.extend_from_slice(&masked_crc(event).to_le_bytes());
    record
}

fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn put_key(to: &mut Vec<u8>, field: u64, wire: u64) {
    put_varint(to, field << 3 | wire);
}

fn put_double(to: &mut Vec<u8>, field: u64, value: f64) {
    put_key(to, field, 1);
    to.extend_from_slice(&value.to_le_bytes());
}

fn put_bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_key(to, field, 2);
    put_varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// CRC-32C (Castagnoli), rotated and shifted so that checksums of data that holds checksums stay good.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// Bit by bit: event files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
            (crc >> 1) ^ (0x82F6_3B78 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }

    #[test]
    fn a_record_holds_the_event_between_its_checksums() {
        let event = scalar_event(1.5, "loss", 300, 0.25);
        let expected = [
            &[0x09][..],
            &1.5_f64.to_le_bytes(),
            &[0x10, 0xAC, 0x02],            // step 300
            &[0x2A, 13, 0x0A, 11, 0x0A, 4], // summary, value, tag
            b"loss",
            &[0x15],
            &0.25_f32.to_le_bytes(),
        ];
        assert_eq!(event, expected.concat());
        let record = record(&event);
        assert_eq!(record.len(), 8 + 4 + event.len() + 4);
        assert_eq!(record[12..12 + event.len()], event);
    }

    #[test]
    fn every_epoch_is_on_disk_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::new(folder.path().join("run")).unwrap();
        let epoch = EpochRecord {
            epoch: 1,
            n_epochs: 2,
            loss: 0.5,
            validation: Some(0.25),
            measured: None,
            learning_rate: 0.1,
            seconds: 1.0,
        };
        writer.epoch(&epoch).unwrap();
        let bytes = std::fs::read(writer.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let tags = ["brain.Event:2", "loss", "learning_rate", "validation"];
        assert!(tags.iter().all(|tag| text.contains(tag)));
    }
}
