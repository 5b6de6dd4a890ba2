//! The pairs, cut into blocks that can be learned from side by side, in memory or in a file.
//!
//! Rows and columns are dealt into the same number of shards, and a block holds the pairs of a shard of rows with a shard of
//! columns, so that of the blocks `(s, s + t mod n)` no two share a row or a column (Gemulla, Haas, Nijkamp, Sismanis, 2011).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use guide_core::{Error, Result};

/// One pair, by its places in the shards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) row: u32,
    pub(super) column: u32,
    /// `ln X`.
    pub(super) log: f32,
}

impl Pair {
    const BYTES: usize = 12;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let parts = [self.row, self.column, self.log.to_bits()];
        for (bytes, part) in bytes.as_chunks_mut().0.iter_mut().zip(parts) {
            *bytes = u32::to_le_bytes(part);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut parts = [0; 3];
        for (part, bytes) in parts.iter_mut().zip(bytes.as_chunks().0) {
            *part = u32::from_le_bytes(*bytes);
        }
        let [row, column, log] = parts;
        Self {
            row,
            column,
            log: f32::from_bits(log),
        }
    }
}

/// All pairs, block by block.
pub(super) struct Blocks {
    /// What each block has in memory.
    held: Vec<Vec<Pair>>,
    n_held: usize,
    max_held: usize,
    n_pairs: u64,
    folder: PathBuf,
    spilled: Option<Spilled>,
}

/// What found no room in memory.
struct Spilled {
    /// Without a name, so that it is gone with the process however that ends.
    file: Mutex<File>,
    end: u64,
    /// For each block where its parts begin, and how many pairs each has.
    parts: Vec<Vec<(u64, usize)>>,
}

impl Blocks {
    /// No more than `max_bytes` stay in memory, the rest goes to a file in `folder`.
    pub(super) fn new(n_blocks: usize, max_bytes: usize, folder: PathBuf) -> Self {
        Self {
            held: vec![Vec::new(); n_blocks],
            n_held: 0,
            // A list may be half empty. To write looks into every block: not for fewer pairs than there are blocks.
            max_held: (max_bytes / (2 * Pair::BYTES)).max(n_blocks),
            n_pairs: 0,
            folder,
            spilled: None,
        }
    }

    pub(super) fn n_pairs(&self) -> u64 {
        self.n_pairs
    }

    pub(super) fn push(&mut self, block: usize, pair: Pair) -> Result<()> {
        self.held[block].push(pair);
        self.n_held += 1;
        self.n_pairs += 1;
        if self.n_held > self.max_held {
            self.spill()
                .map_err(|error| Error::io(&self.folder, error))?;
        }
        Ok(())
    }

    fn spill(&mut self) -> std::io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled {
                file: Mutex::new(tempfile::tempfile_in(&self.folder)?),
                end: 0,
                parts: vec![Vec::new(); self.held.len()],
            }),
        };
        let file = spilled
            .file
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for (pairs, parts) in self.held.iter_mut().zip(&mut spilled.parts) {
            if !pairs.is_empty() {
                let bytes: Vec<u8> = pairs.iter().flat_map(|pair| pair.to_bytes()).collect();
                file.write_all(&bytes)?;
                parts.push((spilled.end, pairs.len()));
                spilled.end += bytes.len() as u64;
                pairs.clear();
            }
        }
        self.n_held = 0;
        Ok(())
    }

    /// What `of` makes of the pairs of a block, in the order in which they came.
    pub(super) fn read<T>(&self, block: usize, of: impl Fn(Pair) -> T) -> Result<Vec<T>> {
        let held = &self.held[block];
        let mut read = Vec::new();
        if let Some(spilled) = &self.spilled {
            let n_spilled: usize = spilled.parts[block].iter().map(|part| part.1).sum();
            read.reserve_exact(n_spilled + held.len());
            (spilled.read(block, |pair| read.push(of(pair))))
                .map_err(|error| Error::io(&self.folder, error))?;
        }
        read.extend(held.iter().copied().map(of));
        Ok(read)
    }
}

impl Spilled {
    fn read(&self, block: usize, mut visit: impl FnMut(Pair)) -> std::io::Result<()> {
        for &(start, n_pairs) in &self.parts[block] {
            let mut bytes = vec![0; n_pairs * Pair::BYTES];
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut bytes)?;
            drop(file);
            for pair in bytes.as_chunks().0 {
                visit(Pair::from_bytes(pair));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_in_a_file_are_those_in_memory() {
        let pairs = |max_bytes| {
            let mut blocks = Blocks::new(3, max_bytes, std::env::temp_dir());
            for n in 0..100 {
                let pair = Pair {
                    row: n,
                    column: u32::MAX - n,
                    log: -0.1 * n as f32,
                };
                blocks.push((n * n % 3) as usize, pair).unwrap();
            }
            assert_eq!(blocks.n_pairs(), 100);
            let read = [0, 1, 2].map(|block| blocks.read(block, |pair| pair).unwrap());
            (read, blocks.spilled.is_some())
        };
        let (whole, spilled) = pairs(2400);
        assert!(!spilled);
        assert_eq!(whole.each_ref().map(Vec::len), [34, 66, 0]);
        assert!(whole[1].iter().all(|pair| pair.row % 3 != 0));
        for max_bytes in [0, 100, 2399] {
            assert_eq!(pairs(max_bytes), (whole.clone(), true));
        }
    }
}
