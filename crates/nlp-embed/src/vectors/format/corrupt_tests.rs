//! Ten thousand damaged files of vectors and pairs: none of them panics or makes the reader take memory for what is not there.

use guide_core::ndarray::array;
use guide_core::{model_file, seeded};
use rand::RngExt;

use super::*;
use crate::{Analogies, Vocabulary, WordPairs};

/// Files that are read, of every format.
fn good_files() -> Vec<Vec<u8>> {
    let words = ["coat", "7", "手机", "sofa-bed"].map(|word| (word, 0));
    let rows = array![
        [1.0, -0.5, 3e-9],
        [0.25, 7.0, 0.0],
        [1e18, 1.0, 2.0],
        [0.0, 0.0, 0.0]
    ];
    let vectors = WordVectors::new(Vocabulary::from_counts(words).unwrap(), rows).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors");
    let mut files: Vec<Vec<u8>> = [
        VectorFormat::Word2VecText,
        VectorFormat::Word2VecBinary,
        VectorFormat::GensimBinary,
        VectorFormat::Glove,
        VectorFormat::Model,
    ]
    .into_iter()
    .map(|format| {
        vectors.write(&path, format).unwrap();
        std::fs::read(&path).unwrap()
    })
    .collect();
    files.push(b"coat\t1\t2\nsofa bed\t3\t4\n. . 5 6\n".to_vec());
    files.push(b"word1\tword2\tPOS\tSimLex999\ncoat\tlamp\tN\t1.5\nhat\tcoat\tN\t8\n".to_vec());
    files.push(b"Word 1,Word 2,Human (mean)\n\"coat\",lamp,1.5\nhat,\"a \"\"b\"\"\",8\n".to_vec());
    files.push(b"# pairs\ncoat lamp 1.5\nhat coat 8\n".to_vec());
    files
}

/// One to four changes: a byte, a cut, a piece that is doubled, a number that is blown up.
fn damaged(good: &[u8], rng: &mut guide_core::Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..rng.random_range(1..5) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + rng.random_range(1..20)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
            4 => bytes.insert(at, b" \t\n\r,\"0\0\x1b\xff"[rng.random_range(0..10)]),
            _ => {
                // A claim that no file of this size can hold.
                let huge: &[u8] = [
                    b"4000000000 65536\n".as_slice(),
                    b"99999999999999999999 3\n",
                    b"3 4294967296\n",
                ][rng.random_range(0..3)];
                let end = bytes
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .map_or(0, |end| end + 1);
                bytes.splice(0..end, huge.iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn damaged_files_are_read_or_refused() {
    let files = good_files();
    let mut rng = seeded(12);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    let formats = [
        None,
        Some(VectorFormat::Word2VecText),
        Some(VectorFormat::Word2VecBinary),
        Some(VectorFormat::Glove),
    ];
    let (mut read, mut refused) = (0, 0);
    for round in 0..10_000 {
        let good = &files[round % files.len()];
        let bytes = damaged(good, &mut rng);
        let _ = std::fs::remove_file(&path); // some file systems wait for the disk when a file is overwritten
        std::fs::write(&path, &bytes).unwrap();
        let mut file = VectorFile::new(&path);
        file.format = formats[rng.random_range(0..formats.len())];
        if rng.random() {
            file = file.on_bad_row(OnBadRow::Skip);
        }
        match file.read_counted() {
            Ok((vectors, skipped)) => {
                read += 1;
                // Each number has at least two bytes in the file, each row at least one.
                assert!(
                    2 * vectors.len() * vectors.dim() <= bytes.len()
                        || bytes.starts_with(model_file::MAGIC)
                );
                assert!(skipped.total() <= bytes.len());
                let word = vectors.vocabulary().word(0);
                assert!(
                    vectors
                        .similarity(word, word)
                        .is_ok_and(|cosine| cosine.abs() <= 1.0)
                );
            }
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(!message.contains(char::is_control), "{message:?}");
            }
        }
        if let Ok(mut table) = table::Table::open(&path, table::RowRules::default()) {
            let _ = table.read_sizes(usize::MAX);
            assert!(
                table.reserved() <= bytes.len(),
                "{} numbers reserved",
                table.reserved()
            );
        }
        let _ = WordPairs::read(&path);
        let _ = Analogies::read(&path);
    }
    // Both happen often enough that the damage is neither too small nor too large.
    assert!(
        read > 1000 && refused > 1000,
        "{read} read, {refused} refused"
    );
}
