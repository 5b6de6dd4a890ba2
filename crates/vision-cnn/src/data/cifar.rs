//! CIFAR-10's binary files: records of one label and 3,072 bytes, red, green and blue planes of 32 x 32 (Krizhevsky, 2009).

use std::io::Read;
use std::path::Path;

use guide_core::{Error, Result, open_unpacked};

use super::pictures::{Labels, Pictures};

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
/// A label and three planes.
const RECORD: usize = 1 + 3 * PLANE;
/// The most bytes of a file, 2^28: 87,354 records. CIFAR-10 has 10,000 in each.
const MAX_BYTES: u64 = 1 << 28;

/// The classes of CIFAR-10, in the order of their labels.
const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Reads files of CIFAR-10's binary version (`data_batch_1.bin`, ..), plain or gzip, one after the other. The pictures are
/// `[32, 32, 3]`, the labels have the name `class`.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("test_batch.bin");
/// // A frog in red.
/// std::fs::write(&path, [&[6][..], &[255; 1024], &[0; 2048]].concat())?;
/// let pictures = vision_cnn::read_cifar10(&[&path])?;
/// assert_eq!((pictures.size(), &pictures.pixels(0)[..4]), ([32, 32, 3], &[255, 0, 0, 255][..]));
/// let labels = pictures.labels("class")?;
/// assert_eq!(labels.classes()[labels.of()[0] as usize], "frog");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Picture`] with the file, and the record from 1, if the file is empty or not whole records, or a label is above 9;
/// [`Error::Picture`] above 2^28 bytes; [`Error::Io`]; [`Error::ForeignFormat`] for an archive; [`Error::Empty`] without files.
pub fn read_cifar10<P: AsRef<Path>>(files: &[P]) -> Result<Pictures> {
    if files.is_empty() {
        return Err(Error::empty("the list of CIFAR-10 files"));
    }
    let (mut pixels, mut of, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        let path = path.as_ref();
        let wrong = |reason| Error::Picture {
            path: path.to_owned(),
            reason,
        };
        bytes.clear();
        let file = open_unpacked(path)?;
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|source| Error::io(path, source))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(wrong(format!(
                "more than {MAX_BYTES} bytes; no file of CIFAR-10 has so many"
            )));
        }
        let (records, rest) = bytes.as_chunks::<RECORD>();
        if records.is_empty() || !rest.is_empty() {
            let n = bytes.len();
            let reason = format!(
                "{n} bytes are not whole records of CIFAR-10, which have {RECORD} bytes each: {} are left over",
                rest.len()
            );
            return Err(wrong(reason));
        }
        for (number, [label, planes @ ..]) in records.iter().enumerate() {
            if usize::from(*label) >= CLASSES.len() {
                let reason = format!("record {} has the label {label}, above 9", number + 1);
                return Err(wrong(reason));
            }
            of.push(u32::from(*label));
            let [red, green, blue] = [0, 1, 2].map(|plane| &planes[plane * PLANE..][..PLANE]);
            let pixel = red.iter().zip(green).zip(blue);
            pixels.extend(pixel.flat_map(|((&red, &green), &blue)| [red, green, blue]));
        }
    }
    let classes = CLASSES.iter().map(|&class| class.to_owned()).collect();
    let labels = Labels::new("class", classes, of)?;
    Pictures::new([SIDE, SIDE, 3], pixels, vec![labels])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[&[u8]]) -> std::result::Result<Pictures, String> {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..files.len())
            .map(|number| folder.path().join(format!("{number}.bin")))
            .collect();
        for (path, bytes) in paths.iter().zip(files) {
            std::fs::write(path, bytes).unwrap();
        }
        let path = format!("{}/", folder.path().display());
        read_cifar10(&paths).map_err(|error| error.to_string().replace(&path, ""))
    }

    fn record(label: u8) -> Vec<u8> {
        let value = |i: usize| (i / PLANE * 100 + i % SIDE) as u8;
        std::iter::once(label)
            .chain((0..3 * PLANE).map(value))
            .collect()
    }

    #[test]
    fn planes_become_pixels() {
        let pictures = read(&[&[record(3), record(9)].concat(), &record(0)]).unwrap();
        assert_eq!(pictures.len(), 3);
        assert_eq!(pictures.labels("class").unwrap().of(), [3, 9, 0]);
        for (place, pixel) in pictures.pixels(2).as_chunks::<3>().0.iter().enumerate() {
            let x = (place % SIDE) as u8;
            assert_eq!(*pixel, [x, 100 + x, 200 + x]);
        }
    }

    #[test]
    fn wrong_files_are_refused_exactly() {
        let good = record(1);
        for (bytes, expected) in [
            (
                good[..3072].to_vec(),
                "1.bin: not a readable picture: 3072 bytes are not whole records of CIFAR-10, which have 3073 bytes each: 3072 are left over",
            ),
            (
                vec![],
                "1.bin: not a readable picture: 0 bytes are not whole records of CIFAR-10, which have 3073 bytes each: 0 are left over",
            ),
            (
                [record(9), record(10)].concat(),
                "1.bin: not a readable picture: record 2 has the label 10, above 9",
            ),
        ] {
            assert_eq!(read(&[&good, &bytes]).unwrap_err(), expected);
        }
        assert_eq!(
            read(&[]).unwrap_err(),
            "the list of CIFAR-10 files is empty"
        );
    }
}
