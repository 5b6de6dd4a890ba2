//! Decodes many picture files into one block of bytes, in parallel and in a fixed order.

use std::fmt;
use std::path::PathBuf;

use guide_core::{Error, Params, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::picture_params::{Buffers, PictureParams};
use super::pictures::Pictures;

/// What a reader does with a picture that cannot be read, and with a class without pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreadable {
    /// The first one, in the order of the data, is an error that names the file.
    #[default]
    Refuse,
    /// They are left out and counted.
    Skip,
}

/// Pictures that were read, and what was noticed while reading them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The pictures, in the order of the data.
    pub pictures: Pictures,
    /// What was left out or mended. Prints as one line, empty if there is nothing to say.
    pub notes: LoadNotes,
}

/// What a reader of pictures left out or mended, in the order in which it was noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadNotes {
    notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    what: String,
    count: usize,
    first: String,
}

impl LoadNotes {
    /// Counts one more of `what`; `first` is evaluated for the first of its kind.
    pub(super) fn count(&mut self, what: &str, first: impl FnOnce() -> String) {
        match self.notes.iter_mut().find(|note| note.what == what) {
            Some(note) => note.count += 1,
            None => self.notes.push(Note {
                what: what.to_owned(),
                count: 1,
                first: first(),
            }),
        }
    }

    /// How many there are of a kind, for example `unreadable pictures left out`; 0 if there are none.
    pub fn of(&self, what: &str) -> usize {
        let found = self.notes.iter().find(|note| note.what == what);
        found.map_or(0, |note| note.count)
    }

    /// The kinds with their counts and the first of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.notes
            .iter()
            .map(|note| (note.what.as_str(), note.count, note.first.as_str()))
    }

    /// Whether nothing was noticed.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }
}

impl fmt::Display for LoadNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (what, count, first)) in self.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            let (what, first) = (guide_core::printable(what), guide_core::printable(first));
            write!(f, "{separator}{count} {what} (first: {first})")?;
        }
        Ok(())
    }
}

/// The note on pictures that are left out under [`Unreadable::Skip`].
pub(super) const UNREADABLE: &str = "unreadable pictures left out";

/// Decodes all files; returns the bytes of those that could be read, and the places of the files that they belong to.
///
/// The result does not depend on the number of threads: under [`Unreadable::Refuse`] the error is that of the first file that
/// cannot be read.
pub(super) fn decode_all(
    paths: &[PathBuf],
    params: &PictureParams,
    unreadable: Unreadable,
    notes: &mut LoadNotes,
) -> Result<(Vec<u8>, Vec<usize>)> {
    params.validate()?;
    let len: usize = params.size().iter().product();
    let needed = (len as u64).saturating_mul(paths.len() as u64);
    if needed > params.max_bytes {
        return Err(Error::Memory {
            what: format!("{} pictures of {:?}", paths.len(), params.size()),
            needed,
            limit: params.max_bytes,
        });
    }
    let mut pixels = vec![0; len * paths.len()];
    let decoded = pixels.par_chunks_exact_mut(len).zip(paths);
    let decoded = decoded.map_init(Buffers::default, |buffers, (out, path)| {
        params.read_into(path, out, buffers).err()
    });
    if unreadable == Unreadable::Refuse {
        return match decoded.find_map_first(|error| error) {
            Some(error) => Err(error),
            None => Ok((pixels, (0..paths.len()).collect())),
        };
    }
    let errors: Vec<Option<Error>> = decoded.collect();
    let mut kept = Vec::with_capacity(paths.len());
    for (place, error) in errors.iter().enumerate() {
        match error {
            Some(error) => notes.count(UNREADABLE, || error.to_string()),
            None => {
                pixels.copy_within(place * len..(place + 1) * len, kept.len() * len);
                kept.push(place);
            }
        }
    }
    pixels.truncate(kept.len() * len);
    Ok((pixels, kept))
}

/// The values at `places`, in their order.
pub(super) fn select<T: Clone>(values: &[T], places: &[usize]) -> Vec<T> {
    places.iter().map(|&place| values[place].clone()).collect()
}

#[cfg(test)]
mod tests {
    use guide_core::testing::same_for_one_and_two_threads;
    use image::{GrayImage, Luma};

    use super::*;

    #[test]
    fn bad_files_are_refused_or_counted_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..9)
            .map(|i| folder.path().join(format!("{i}.png")))
            .collect();
        for (value, path) in paths.iter().enumerate() {
            if value % 4 == 2 {
                std::fs::write(path, "a text").unwrap();
            } else {
                GrayImage::from_pixel(5, 4, Luma([value as u8]))
                    .save(path)
                    .unwrap();
            }
        }
        let params = PictureParams::default().height(2).width(2).channels(1);
        let load = |unreadable| {
            same_for_one_and_two_threads(|| {
                let mut notes = LoadNotes::default();
                let read = decode_all(&paths, &params, unreadable, &mut notes);
                (read.map_err(|error| error.to_string()), notes)
            })
        };
        let (refused, _) = load(Unreadable::Refuse);
        let first = format!(
            "{}: not a readable picture: its first bytes are of no picture that is known; only PNG and JPEG are read",
            paths[2].display()
        );
        assert_eq!(refused.unwrap_err(), first);
        let small = params.clone().max_bytes(35);
        let notes = &mut LoadNotes::default();
        let error = decode_all(&paths, &small, Unreadable::Skip, notes).unwrap_err();
        let told = "9 pictures of [2, 2, 1] needs 36 bytes, above max_bytes = 35";
        assert_eq!(error.to_string(), told);
        let (read, notes) = load(Unreadable::Skip);
        let (pixels, places) = read.unwrap();
        assert_eq!(places, [0, 1, 3, 4, 5, 7, 8]);
        let values: Vec<u8> = places.iter().flat_map(|&place| [place as u8; 4]).collect();
        assert_eq!(pixels, values);
        assert_eq!(notes.of(UNREADABLE), 2);
        let told = format!("2 unreadable pictures left out (first: {first})");
        assert_eq!(notes.to_string(), told);
    }
}
