//! Counts in files, each in order, and their merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::PathBuf;

use guide_core::{Error, Result};

use super::{Cell, Sink};

/// Files open at a time; when there are so many they become one.
const MAX_RUNS: usize = 64;
/// Bytes read or written at a time.
const BUFFER: usize = 1 << 18;
/// Counts handed on at a time.
const CELLS_A_PIECE: usize = 1 << 14;

/// The files, without names, so that they are gone with the process however it ends.
pub(super) struct Runs {
    folder: PathBuf,
    files: Vec<File>,
}

impl Runs {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            files: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes what `fill` hands on, by rising key, to a new file.
    pub(super) fn add(
        &mut self,
        look: &dyn Fn() -> Result<()>,
        fill: &mut dyn FnMut(&mut Sink<'_>) -> Result<()>,
    ) -> Result<()> {
        if self.files.len() == MAX_RUNS {
            let full = std::mem::replace(self, Self::new(self.folder.clone()));
            self.add(look, &mut |sink| full.merge(look, sink))?;
        }
        let io = |error| Error::io(&self.folder, error);
        let mut writer =
            BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(&self.folder).map_err(io)?);
        fill(&mut |cells| {
            for cell in cells {
                writer.write_all(&cell.key.to_le_bytes()).map_err(io)?;
                writer.write_all(&cell.sum.to_le_bytes()).map_err(io)?;
            }
            Ok(())
        })?;
        let file = writer
            .into_inner()
            .map_err(|error| io(error.into_error()))?;
        self.files.push(file);
        Ok(())
    }

    /// Hands the sums over all files to `sink`, by rising key.
    pub(super) fn merge(&self, look: &dyn Fn() -> Result<()>, sink: &mut Sink<'_>) -> Result<()> {
        let io = |error| Error::io(&self.folder, error);
        let mut readers = Vec::with_capacity(self.files.len());
        let mut next = BinaryHeap::with_capacity(self.files.len());
        for (run, mut file) in self.files.iter().enumerate() {
            file.rewind().map_err(io)?;
            let mut reader = BufReader::with_capacity(BUFFER, file);
            if let Some(cell) = read(&mut reader).map_err(io)? {
                next.push(Reverse((cell.key, run, cell.sum)));
            }
            readers.push(reader);
        }
        let mut piece: Vec<Cell> = Vec::with_capacity(CELLS_A_PIECE);
        while let Some(mut least) = next.peek_mut() {
            let Reverse((key, run, sum)) = *least;
            match read(&mut readers[run]).map_err(io)? {
                Some(cell) => *least = Reverse((cell.key, run, cell.sum)),
                None => {
                    std::collections::binary_heap::PeekMut::pop(least);
                }
            }
            match piece.last_mut() {
                Some(last) if last.key == key => last.sum += sum,
                _ => {
                    if piece.len() == CELLS_A_PIECE {
                        look()?;
                        sink(&piece)?;
                        piece.clear();
                    }
                    piece.push(Cell { key, sum });
                }
            }
        }
        sink(&piece)
    }
}

/// The next count, if there is any.
fn read(reader: &mut impl Read) -> std::io::Result<Option<Cell>> {
    let mut bytes = [0; 16];
    match reader.read_exact(&mut bytes) {
        Ok(()) => {
            let (key, sum) = bytes.split_at(8);
            let number = |bytes: &[u8]| {
                bytes
                    .iter()
                    .rev()
                    .fold(0, |n, &byte| n << 8 | u64::from(byte))
            };
            Ok(Some(Cell {
                key: number(key),
                sum: number(sum),
            }))
        }
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
