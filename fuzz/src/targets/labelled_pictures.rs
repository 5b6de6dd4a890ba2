//! Pictures with labels: idx files (MNIST) and records of CIFAR-10, plain and gzip.

use std::path::Path;

use vision_cnn::{Pictures, read_cifar10, read_idx};

use super::{Reading, ScratchFile, Target, gzip};

/// Reads each input as pictures, as labels and as records.
pub struct LabelledPictures {
    corpus: Vec<Vec<u8>>,
    file: ScratchFile,
    /// One label; the input is read as its picture.
    label: ScratchFile,
    /// One picture; the input is read as its label.
    picture: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"\0\0\x08\x01",
    b"\0\0\x08\x03",
    b"\0\0\0\x01",
    b"\0\0\0\x1c",
    b"\0\0\xea\x60",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"\x09",
    b"\x0a",
    b"\x1f\x8b",
];

const ONE_LABEL: &[u8] = b"\0\0\x08\x01\0\0\0\x01\x07";
const ONE_PICTURE: &[u8] = b"\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x05\x06";

impl LabelledPictures {
    /// The target with its corpus.
    ///
    /// # Errors
    /// If the files that are read beside the input cannot be written.
    pub fn new(scratch: &Path) -> anyhow::Result<Self> {
        let label = ScratchFile::new(scratch, "label");
        let picture = ScratchFile::new(scratch, "picture");
        std::fs::write(&label.0, ONE_LABEL)?;
        std::fs::write(&picture.0, ONE_PICTURE)?;
        let record: Vec<u8> = (0..3073_usize).map(|i| (i % 10) as u8).collect();
        let plain = [ONE_PICTURE.to_vec(), ONE_LABEL.to_vec(), record];
        let packed = plain.iter().map(|bytes| gzip(bytes)).collect();
        Ok(Self {
            corpus: [plain.to_vec(), packed].concat(),
            file: ScratchFile::new(scratch, "input"),
            label,
            picture,
        })
    }
}

impl Target for LabelledPictures {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let input = self.file.with(input)?;
        let readings = [
            read_idx(input, &self.label.0),
            read_idx(&self.picture.0, input),
            read_cifar10(&[input]),
        ];
        let mut reading = Reading::Refused;
        for pictures in readings.iter().flatten() {
            sound(pictures)?;
            reading = Reading::Accepted;
        }
        Ok(reading)
    }
}

fn sound(pictures: &Pictures) -> Result<(), String> {
    let (n, bytes) = (pictures.len(), pictures.all_pixels().len());
    if n == 0 || n * pictures.size().iter().product::<usize>() != bytes {
        return Err(format!("{n} pictures have {bytes} bytes"));
    }
    let labels = pictures
        .labels("class")
        .map_err(|reason| reason.to_string())?;
    let within = |&class: &u32| (class as usize) < labels.classes().len();
    match labels.of().len() == n && labels.of().iter().all(within) {
        true => Ok(()),
        false => Err(format!("{n} pictures have the labels {labels:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_of_the_corpus_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let target = LabelledPictures::new(folder.path()).unwrap();
        for (number, bytes) in target.corpus().iter().enumerate() {
            let reading = target.check(bytes);
            assert_eq!(reading, Ok(Reading::Accepted), "input {number}");
        }
    }
}
