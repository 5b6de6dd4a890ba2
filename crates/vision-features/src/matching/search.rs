//! The search: every query descriptor against every train descriptor, block by block.

use rayon::prelude::*;

use super::descriptor::{Descriptor, Keys, LANES, ROWS};
use super::{Match, simd};

/// Panels between two changes of query descriptors: 512 train descriptors, which stay in the nearest caches.
const PANELS: usize = 64;
/// The fewest query descriptors a thread takes at once.
const SHARD: usize = 128;
/// The most shards, which bounds the memory of the column minima.
const MAX_SHARDS: usize = 64;

/// The `k` nearest to each query descriptor and, where `columns` asks for them, the query nearest to each train
/// descriptor, from the same pass over the distances.
pub(super) fn nearest<D: Descriptor>(
    query: &[D],
    train: &[D],
    k: usize,
    columns: bool,
) -> (Vec<Vec<Match>>, Vec<u32>) {
    let k = k.min(train.len());
    if k == 0 || query.is_empty() {
        return (vec![Vec::new(); query.len()], Vec::new());
    }
    let panels = pack(train);
    let shard = query.len().div_ceil(MAX_SHARDS).max(SHARD);
    let n_columns = if columns { train.len() } else { 0 };
    let shards = query.par_chunks(shard).enumerate().map(|(index, rows)| {
        let mut search = Search::new(index * shard, rows.len(), k, n_columns);
        search.all(rows, &panels, train.len());
        search
    });
    let shards = shards.collect::<Vec<_>>();

    // The smallest of (key, query), so that the order of merging does not matter.
    let mut nearest_query = vec![(i32::MAX, 0); n_columns];
    for shard in &shards {
        for (best, column) in nearest_query.iter_mut().zip(shard.columns()) {
            *best = column.min(*best);
        }
    }
    let matches = shards.iter().flat_map(Search::matches::<D>).collect();
    let nearest_query = nearest_query.into_iter().map(|(_, query)| query).collect();
    (matches, nearest_query)
}

/// Train descriptors by panels; the last panel repeats the last descriptor where it is not full.
fn pack<D: Descriptor>(train: &[D]) -> Vec<D::Panel> {
    let panels = train.par_chunks(LANES);
    panels.map(|rows| D::pack(&padded(rows))).collect()
}

/// `rows` with the last one repeated. There is at least one.
fn padded<D: Copy, const N: usize>(rows: &[D]) -> [D; N] {
    std::array::from_fn(|row| rows[row.min(rows.len() - 1)])
}

/// What is known about a shard of query descriptors.
pub(super) struct Search {
    first: usize,
    k: usize,
    /// The best (key, train index) of each query descriptor, ascending.
    best: Vec<Vec<(i32, u32)>>,
    /// The key that a train descriptor has to stay below to be among them.
    limit: Vec<i32>,
    column_keys: Vec<i32>,
    column_rows: Vec<u32>,
}

impl Search {
    fn new(first: usize, n_rows: usize, k: usize, n_columns: usize) -> Self {
        // Whole panels, so that the padding has somewhere to go.
        let n_columns = n_columns.next_multiple_of(LANES);
        Self {
            first,
            k,
            best: vec![Vec::new(); n_rows],
            limit: vec![i32::MAX; n_rows],
            column_keys: vec![i32::MAX; n_columns],
            column_rows: vec![0; n_columns],
        }
    }

    fn all<D: Descriptor>(&mut self, rows: &[D], panels: &[D::Panel], n_train: usize) {
        let mut keys = [[[0; LANES]; ROWS]; PANELS];
        for (block, panels) in panels.chunks(PANELS).enumerate() {
            let first_column = block * PANELS * LANES;
            let keys = &mut keys[..panels.len()];
            for (group, rows) in rows.chunks(ROWS).enumerate() {
                D::keys(&padded(rows), panels, keys);
                hide_padding(keys, n_train - first_column);
                simd::look(self, group * ROWS, rows.len(), first_column, keys);
            }
        }
    }

    /// Takes in the keys of `n_rows` query descriptors from `row` and the train descriptors from `first_column`.
    #[inline(always)]
    pub(super) fn look(&mut self, row: usize, n_rows: usize, first_column: usize, keys: &[Keys]) {
        for offset in 0..n_rows {
            let (best, limit) = (&mut self.best[row + offset], &mut self.limit[row + offset]);
            for (panel, keys) in keys.iter().enumerate() {
                let keys = &keys[offset];
                if !keys.iter().fold(false, |any, key| any | (key < limit)) {
                    continue;
                }
                for (lane, &key) in keys.iter().enumerate() {
                    if key < *limit {
                        let column = (first_column + panel * LANES + lane) as u32;
                        // Columns come in ascending order, so an equal key goes behind.
                        let place = best.partition_point(|&(other, _)| other <= key);
                        best.truncate(self.k - 1);
                        best.insert(place, (key, column));
                        if best.len() == self.k {
                            *limit = best[self.k - 1].0;
                        }
                    }
                }
            }
        }
        if self.column_keys.is_empty() {
            return;
        }
        let column_keys = self.column_keys.as_chunks_mut::<LANES>().0;
        let column_rows = self.column_rows.as_chunks_mut::<LANES>().0;
        let from = first_column / LANES;
        let columns = column_keys[from..].iter_mut().zip(&mut column_rows[from..]);
        for (keys, (best, best_row)) in keys.iter().zip(columns) {
            for (offset, keys) in keys.iter().take(n_rows).enumerate() {
                let row = (self.first + row + offset) as u32;
                for lane in 0..LANES {
                    let better = keys[lane] < best[lane];
                    best[lane] = if better { keys[lane] } else { best[lane] };
                    best_row[lane] = if better { row } else { best_row[lane] };
                }
            }
        }
    }

    fn columns(&self) -> impl Iterator<Item = (i32, u32)> {
        let keys = self.column_keys.iter().copied();
        keys.zip(self.column_rows.iter().copied())
    }

    fn matches<D: Descriptor>(&self) -> impl Iterator<Item = Vec<Match>> {
        let numbered = self.best.iter().zip(self.first as u32..);
        numbered.map(|(best, query)| {
            let matches = best.iter().map(|&(key, train)| Match {
                query,
                train,
                distance: D::distance(key),
            });
            matches.collect()
        })
    }
}

/// Gives the lanes past the last train descriptor a key that never wins.
fn hide_padding(keys: &mut [Keys], n_columns: usize) {
    if let Some(last) = keys.get_mut(n_columns / LANES) {
        for keys in last {
            keys[n_columns % LANES..].fill(i32::MAX);
        }
    }
}
