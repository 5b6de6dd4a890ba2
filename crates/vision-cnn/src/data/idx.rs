//! MNIST's idx files, plain or gzip: a magic number, the sizes, the bytes (LeCun, Cortes, Burges, 1998).

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use guide_core::{Error, Result, open_unpacked};

use super::pictures::{Labels, Pictures, check_size};

/// The most bytes of pictures that are read, 4 GiB: MNIST has 47 MB, EMNIST 638 MB.
const MAX_BYTES: u64 = 1 << 32;

/// MNIST, or another set in the same four files.
#[derive(Clone, Debug)]
pub struct Mnist {
    /// The training part.
    pub train: Pictures,
    /// The test part.
    pub test: Pictures,
}

/// Reads the four files of MNIST, Fashion-MNIST or another set of that form from `folder`: `train-images-idx3-ubyte`,
/// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or gzip, with or without `.gz`
/// at the end of its name. `idx3` and `idx1` may follow a dot in place of the hyphen.
///
/// The classes are the numbers up to the largest label of both parts.
///
/// # Errors
/// [`Error::Io`] with the names tried for a file that is missing; otherwise as [`read_idx`].
pub fn read_mnist(folder: impl AsRef<Path>) -> Result<Mnist> {
    let folder = folder.as_ref();
    let part = |name: &str| -> Result<([usize; 3], Vec<u8>, Vec<u8>)> {
        let images = find(folder, &format!("{name}-images"), "idx3-ubyte")?;
        let labels = find(folder, &format!("{name}-labels"), "idx1-ubyte")?;
        read_pair(&images, &labels)
    };
    let (train, test) = (part("train")?, part("t10k")?);
    let n_classes = n_classes(&train.2).max(n_classes(&test.2));
    let pictures = |(size, pixels, labels): ([usize; 3], Vec<u8>, Vec<u8>)| {
        Pictures::new(size, pixels, vec![digits(&labels, n_classes)?])
    };
    Ok(Mnist {
        train: pictures(train)?,
        test: pictures(test)?,
    })
}

/// Reads grey pictures and their labels from two idx files, plain or gzip. The labels have the name `class`; the classes are
/// the numbers up to the largest label.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let (images, labels) = (folder.path().join("images"), folder.path().join("labels"));
/// // Two pictures of 1 x 3 pixels.
/// std::fs::write(&images, [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3][..], &[1, 2, 3, 4, 5, 6]].concat())?;
/// std::fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 2, 1, 0])?;
/// let pictures = vision_cnn::read_idx(&images, &labels)?;
/// assert_eq!((pictures.size(), pictures.pixels(1)), ([1, 3, 1], &[4, 5, 6][..]));
/// assert_eq!(pictures.labels("class")?.of(), [1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Picture`] with the file for another magic number, impossible sizes, or more or fewer bytes than the sizes say;
/// [`Error::Shape`] if the files differ in number; [`Error::Io`]; [`Error::ForeignFormat`] for an archive; [`Error::Picture`]
/// above 4 GiB. Memory follows the bytes that are there, not the sizes that the file claims.
pub fn read_idx(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Pictures> {
    let (size, pixels, labels) = read_pair(images.as_ref(), labels.as_ref())?;
    let labels = digits(&labels, n_classes(&labels))?;
    Pictures::new(size, pixels, vec![labels])
}

fn read_pair(images: &Path, labels: &Path) -> Result<([usize; 3], Vec<u8>, Vec<u8>)> {
    let ([n, height, width], pixels) = read_file::<3>(images, "pictures")?;
    let ([n_labels], of) = read_file::<1>(labels, "labels")?;
    if n != n_labels {
        return Err(Error::Shape {
            what: format!(
                "{}, one label for each picture of {}",
                labels.display(),
                images.display()
            ),
            expected: vec![n],
            got: vec![n_labels],
        });
    }
    let size = [height, width, 1];
    let wrong = |error: Error| wrong(images, format!("pictures of {height} x {width}: {error}"));
    check_size(size).map_err(wrong)?;
    Ok((size, pixels, of))
}

/// Reads an idx file of bytes with `N` dimensions.
fn read_file<const N: usize>(path: &Path, what: &str) -> Result<([usize; N], Vec<u8>)> {
    let mut file = open_unpacked(path)?;
    read_bytes(&mut file, what).map_err(|error| match error {
        NotIdx::Io(source) => Error::io(path, source),
        NotIdx::Wrong(reason) => wrong(path, reason),
        NotIdx::TooLarge(needed) => wrong(
            path,
            format!("{needed} bytes; at most {MAX_BYTES} are read"),
        ),
    })
}

fn wrong(path: &Path, reason: String) -> Error {
    Error::Picture {
        path: path.to_owned(),
        reason,
    }
}

enum NotIdx {
    Io(std::io::Error),
    Wrong(String),
    TooLarge(u64),
}

impl From<std::io::Error> for NotIdx {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

fn read_bytes<const N: usize>(
    file: &mut dyn BufRead,
    what: &str,
) -> std::result::Result<([usize; N], Vec<u8>), NotIdx> {
    let mut head = Vec::new();
    let head_len = 4 + 4 * N;
    file.take(head_len as u64).read_to_end(&mut head)?;
    let magic = [0, 0, 8, N as u8];
    match head.get(..4) {
        Some(found) if found == magic => {}
        found => {
            let found = found.unwrap_or(&head);
            return Err(NotIdx::Wrong(format!(
                "an idx file of {what} begins with the bytes {magic:?}, this one with {found:?}"
            )));
        }
    }
    let sizes = head[4..].as_chunks::<4>().0;
    let Some(sizes) = sizes.first_chunk::<N>() else {
        let reason = format!("cut off after {} of its first {head_len} bytes", head.len());
        return Err(NotIdx::Wrong(reason));
    };
    let sizes = sizes.map(u32::from_be_bytes);
    let claimed = sizes
        .iter()
        .try_fold(1_u64, |product, &size| product.checked_mul(u64::from(size)));
    let claimed = claimed.unwrap_or(u64::MAX);
    if claimed > MAX_BYTES {
        return Err(NotIdx::TooLarge(claimed));
    }
    if claimed == 0 {
        let reason = format!("it holds no {what}: its sizes are {sizes:?}");
        return Err(NotIdx::Wrong(reason));
    }
    // Memory grows with what is read; one byte more shows that there is too much.
    let mut bytes = Vec::new();
    file.take(claimed + 1).read_to_end(&mut bytes)?;
    let found = bytes.len() as u64;
    if found < claimed {
        return Err(NotIdx::Wrong(format!(
            "cut off: its sizes {sizes:?} are {claimed} bytes of {what}, but {found} are there"
        )));
    }
    if found > claimed {
        return Err(NotIdx::Wrong(format!(
            "bytes are left after the {claimed} bytes of {what} that its sizes {sizes:?} are"
        )));
    }
    Ok((sizes.map(|size| size as usize), bytes))
}

/// The first of the names of a file that is there.
fn find(folder: &Path, name: &str, kind: &str) -> Result<PathBuf> {
    let names = ["-", "."].map(|dot| format!("{name}{dot}{kind}"));
    let names = names
        .into_iter()
        .flat_map(|name| [name.clone(), format!("{name}.gz")]);
    let names: Vec<String> = names.collect();
    for name in &names {
        let path = folder.join(name);
        if path.is_file() {
            return Ok(path);
        }
    }
    let reason = format!("there is none of the files {}", names.join(", "));
    let reason = std::io::Error::new(std::io::ErrorKind::NotFound, reason);
    Err(Error::io(folder, reason))
}

fn n_classes(labels: &[u8]) -> usize {
    labels.iter().max().map_or(0, |&most| usize::from(most) + 1)
}

fn digits(labels: &[u8], n_classes: usize) -> Result<Labels> {
    let classes = (0..n_classes).map(|class| class.to_string()).collect();
    let of = labels.iter().map(|&label| u32::from(label)).collect();
    Labels::new("class", classes, of)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn file(sizes: &[u32], bytes: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 0, 8, sizes.len() as u8];
        file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        file.extend(bytes);
        file
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The result for these two files; a message without the folder.
    fn read(images: &[u8], labels: &[u8]) -> std::result::Result<Pictures, String> {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["images", "labels"].map(|name| folder.path().join(name));
        std::fs::write(&paths[0], images).unwrap();
        std::fs::write(&paths[1], labels).unwrap();
        let path = format!("{}/", folder.path().display());
        read_idx(&paths[0], &paths[1]).map_err(|error| error.to_string().replace(&path, ""))
    }

    #[test]
    fn four_files_are_found_by_any_usual_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        };
        write(
            "train-images-idx3-ubyte.gz",
            &gzip(&file(&[3, 1, 2], &[1; 6])),
        );
        write("train-labels.idx1-ubyte", &file(&[3], &[0, 4, 1]));
        write("t10k-images-idx3-ubyte", &file(&[1, 1, 2], &[7, 8]));
        let error = read_mnist(folder.path()).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "there is none of the files t10k-labels-idx1-ubyte, t10k-labels-idx1-ubyte.gz, \
                 t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz"
            ),
            "{error}"
        );
        write("t10k-labels-idx1-ubyte", &gzip(&file(&[1], &[6])));
        let mnist = read_mnist(folder.path()).unwrap();
        assert_eq!((mnist.train.len(), mnist.test.pixels(0)), (3, &[7, 8][..]));
        // Both parts have the classes 0 to 6.
        for part in [&mnist.train, &mnist.test] {
            let labels = part.labels("class").unwrap();
            assert_eq!((labels.classes().len(), &*labels.classes()[6]), (7, "6"));
        }
    }

    #[test]
    fn wrong_files_are_refused_exactly() {
        let labels = file(&[2], &[1, 0]);
        let images = file(&[2, 1, 2], &[1, 2, 3, 4]);
        for (images, labels, expected) in [
            (
                labels.clone(),
                labels.clone(),
                "images: not a readable picture: an idx file of pictures begins with the bytes [0, 0, 8, 3], this one with [0, 0, 8, 1]",
            ),
            (
                b"ab".to_vec(),
                labels.clone(),
                "images: not a readable picture: an idx file of pictures begins with the bytes [0, 0, 8, 3], this one with [97, 98]",
            ),
            (
                images[..15].to_vec(),
                labels.clone(),
                "images: not a readable picture: cut off after 15 of its first 16 bytes",
            ),
            (
                images[..18].to_vec(),
                labels.clone(),
                "images: not a readable picture: cut off: its sizes [2, 1, 2] are 4 bytes of pictures, but 2 are there",
            ),
            (
                [&images[..], &[9]].concat(),
                labels.clone(),
                "images: not a readable picture: bytes are left after the 4 bytes of pictures that its sizes [2, 1, 2] are",
            ),
            (
                file(&[0, 28, 28], &[]),
                labels.clone(),
                "images: not a readable picture: it holds no pictures: its sizes are [0, 28, 28]",
            ),
            (
                file(&[60_000, 60_000, 60_000], &[1; 9]),
                labels.clone(),
                "images: not a readable picture: 216000000000000 bytes; at most 4294967296 are read",
            ),
            (
                file(&[u32::MAX; 3], &[1; 9]),
                labels.clone(),
                "images: not a readable picture: 18446744073709551615 bytes; at most 4294967296 are read",
            ),
            (
                images.clone(),
                file(&[3], &[1, 0, 1]),
                "labels, one label for each picture of images: expected shape [2], got [3]",
            ),
            (
                file(&[1, 1, 20_000], &[0; 20_000]),
                file(&[1], &[0]),
                "images: not a readable picture: pictures of 1 x 20000: parameter `width` must be between 1 and 16384, but is 20000",
            ),
            (
                b"PK\x03\x04".to_vec(),
                labels.clone(),
                "images: zip archive, which is not read here; unpack it and pass the file inside",
            ),
        ] {
            assert_eq!(read(&images, &labels).unwrap_err(), expected);
        }
        assert!(read(&images, &labels).is_ok());
        let cut = gzip(&images);
        let error = read(&cut[..cut.len() - 9], &labels).unwrap_err();
        assert!(error.starts_with("images: "), "{error}");
    }

    proptest! {
        /// A file cut anywhere is refused, and changed bytes give pictures or an error, never a panic.
        #[test]
        fn damaged_files_never_panic(
            n in 1_u32..5, height in 1_u32..4, width in 1_u32..4,
            cut in 0.0..1.0_f64, changes in prop::collection::vec((0_usize..60, any::<u8>()), 0..4), packed: bool,
        ) {
            let bytes: Vec<u8> = (0..n * height * width).map(|i| i as u8).collect();
            let labels = file(&[n], &vec![0; n as usize]);
            let whole = file(&[n, height, width], &bytes);
            let sealed = |bytes: &[u8]| if packed { gzip(bytes) } else { bytes.to_vec() };
            let read_whole = read(&sealed(&whole), &labels).unwrap();
            prop_assert_eq!(read_whole.all_pixels(), &bytes[..]);
            let kept = (cut * whole.len() as f64) as usize;
            prop_assert!(read(&sealed(&whole[..kept]), &labels).is_err());
            let packed_file = sealed(&whole);
            let kept = (cut * packed_file.len() as f64) as usize;
            prop_assert!(read(&packed_file[..kept], &labels).is_err());
            let mut changed = whole;
            for (at, value) in changes {
                let at = at % changed.len();
                changed[at] = value;
            }
            if let Ok(pictures) = read(&changed, &labels) {
                prop_assert_eq!(pictures.len(), n as usize);
            }
        }
    }
}
