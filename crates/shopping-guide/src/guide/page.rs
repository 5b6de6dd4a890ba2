//! Pages of an answer: which hits were given before, and the cursor that tells it.

use guide_core::{Error, Result};

use super::fused::{Fused, Place};
use crate::{Cursor, Query};

/// Written first in a cursor. Another number for another form.
const VERSION: &str = "1";

/// The hits of the pages before one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Before {
    /// Numbers of hits, each with the number of pages in a row that had so many.
    runs: Vec<(usize, usize)>,
}

impl Before {
    /// The pages before the one that `query` asks for.
    ///
    /// # Errors
    /// [`Error::Param`] for a cursor that no answer gave, or that an answer to another query gave.
    pub(super) fn of(query: &Query) -> Result<Self> {
        let Some(cursor) = &query.page else {
            return Ok(Self::default());
        };
        let refused = |expected| Error::param("page", cursor, expected);
        let Some((runs, checksum)) = parts(cursor.as_str()) else {
            return Err(refused("a cursor that an answer gave"));
        };
        match checksum == checksum_of(query)? {
            true => Ok(Self { runs }),
            false => Err(refused(
                "a cursor that an answer to the same query gave (only the number of hits may differ)",
            )),
        }
    }

    /// The number of hits of each page.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        let runs = self.runs.iter();
        runs.flat_map(|&(size, times)| std::iter::repeat_n(size, times))
    }

    /// The number of hits of all pages.
    pub(super) fn n_hits(&self) -> usize {
        let hits = self.runs.iter();
        let hits = hits.map(|&(size, times)| size.saturating_mul(times));
        hits.fold(0, usize::saturating_add)
    }

    /// The cursor of the page behind one of `n` hits.
    pub(super) fn next(&self, query: &Query, n: usize) -> Result<Cursor> {
        let mut runs = self.runs.clone();
        // Only with a floor for new products it matters where a page ended.
        match runs.last_mut() {
            Some((size, times)) if query.at_least_new == 0 => {
                *size = size.saturating_mul(*times).saturating_add(n);
                *times = 1;
            }
            Some((size, times)) if *size == n => *times = times.saturating_add(1),
            _ => runs.push((n, 1)),
        }
        let runs = runs.iter().map(|(size, times)| format!("{size}x{times}"));
        let runs: Vec<String> = runs.collect();
        let checksum = checksum_of(query)?;
        Ok(format!("{VERSION}-{}-{checksum:016x}", runs.join("_")).into())
    }
}

/// What a cursor says. `None` if it is none.
fn parts(cursor: &str) -> Option<(Vec<(usize, usize)>, u64)> {
    let mut parts = cursor.split('-');
    let (version, runs, checksum) = (parts.next()?, parts.next()?, parts.next()?);
    if version != VERSION || parts.next().is_some() {
        return None;
    }
    let run = |run: &str| {
        let (size, times) = run.split_once('x')?;
        let run: (usize, usize) = (size.parse().ok()?, times.parse().ok()?);
        (run.0 > 0 && run.1 > 0).then_some(run)
    };
    let runs: Option<Vec<_>> = runs.split('_').map(run).collect();
    Some((runs?, u64::from_str_radix(checksum, 16).ok()?))
}

/// The FNV-1a hash (Fowler, Noll, Vo) of a query without its page and its number of hits.
fn checksum_of(query: &Query) -> Result<u64> {
    let mut query = query.clone();
    query.page = None;
    query.n = 0;
    let text = serde_json::to_string(&query).map_err(|error| Error::decode("query", error))?;
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    Ok(text.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
}

/// The places of one page.
pub(super) struct Page {
    pub(super) places: Vec<Place>,
    /// Whether there is a place behind the last one.
    pub(super) has_more: bool,
}

impl Fused<'_> {
    /// The page of `n` places behind those of `before`.
    pub(super) fn page(&self, before: &Before, n: usize) -> Result<Page> {
        if self.rules().at_least_new > 0 {
            return self.page_with_new(before, n);
        }
        // One more, which tells whether there is one.
        let end = before.n_hits().saturating_add(n).saturating_add(1);
        let mut places = self.places(end.min(self.n_allowed()))?;
        places.drain(..before.n_hits().min(places.len()));
        let has_more = places.len() > n;
        places.truncate(n);
        Ok(Page { places, has_more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_tells_the_pages_before_it() {
        let query = Query::shopper("ann");
        let first = Before::of(&query).unwrap();
        assert_eq!(first.n_hits(), 0);
        let second = first.next(&query, 10).unwrap();
        let query_2 = query.clone().n(5).page(second);
        let before = Before::of(&query_2).unwrap();
        assert_eq!((before.n_hits(), before.runs), (10, vec![(10, 1)]));
        let before = Before::of(&query_2).unwrap();
        let third = query.clone().page(before.next(&query_2, 5).unwrap());
        assert_eq!(Before::of(&third).unwrap().runs, [(15, 1)]);

        // With a floor for new products the size of each page is kept.
        let mut query = query.at_least_new(1);
        for size in [10, 10, 5] {
            let before = Before::of(&query).unwrap();
            query = query.clone().page(before.next(&query, size).unwrap());
        }
        let before = Before::of(&query).unwrap();
        assert_eq!(
            (&before.runs[..], before.n_hits()),
            (&[(10, 2), (5, 1)][..], 25)
        );
        assert_eq!(before.sizes().collect::<Vec<_>>(), [10, 10, 5]);
    }

    #[test]
    fn a_cursor_of_another_query_or_of_nobody_is_refused() {
        let query = Query::shopper("ann").price_to(9.0);
        let cursor = Before::default().next(&query, 10).unwrap();
        let refused = |query: Query| Before::of(&query).unwrap_err().to_string();
        let error = refused(Query::shopper("bob").price_to(9.0).page(cursor.clone()));
        assert!(error.contains("an answer to the same query"), "{error}");
        let error = refused(Query::shopper("ann").price_to(8.0).page(cursor.clone()));
        assert!(error.contains("an answer to the same query"), "{error}");
        let checksum = cursor.as_str().rsplit('-').next().unwrap();
        let huge = format!("1-{}x{}-{checksum}", usize::MAX, usize::MAX);
        let huge = Before::of(&query.clone().page(huge)).unwrap();
        assert_eq!(huge.n_hits(), usize::MAX);
        for bad in [
            "",
            "x",
            "1-10x1",
            "2-10x1-0",
            "1-10x1-g",
            "1-0x1-0",
            "1-10-0",
            "1-1x1-0-0",
        ] {
            let error = refused(query.clone().page(bad));
            assert!(error.contains("a cursor that an answer gave"), "{error}");
        }
    }
}
