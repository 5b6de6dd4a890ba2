//! Counts the n-grams of many texts: in how many texts each occurs, and how often.
//!
//! Blocks of texts are counted side by side; their counts are merged in 64 partitions by the first bits of the hash, each in
//! the order of the texts. So the result does not depend on the number of threads.

use guide_core::{Error, Result};
use hashbrown::HashTable;
use rayon::prelude::*;

use super::TfIdfParams;
use super::ngrams::{Analyser, Ngram, NgramKind, Prepared};
use super::terms::Terms;

/// Partitions of the counts.
const PARTITIONS: usize = 64;
/// Texts that one task counts.
const BLOCK: usize = 128;
/// Blocks that are counted before they are merged: bounds the memory of what is not merged yet.
const BLOCKS: usize = 64;

/// One n-gram of one text, and how often it occurs there.
#[derive(Clone, Copy)]
struct InText {
    hash: u64,
    text: u32,
    start: u32,
    end: u32,
    count: u32,
}

/// One n-gram, where it was met first, and its counts over all texts.
struct Counted {
    first: InText,
    n_texts: u32,
    count: u64,
}

/// The kept n-grams of `kind`, and in how many texts each occurs.
///
/// # Errors
/// [`Error::Unsuitable`] for terms of more than 4 GiB together.
pub(super) fn count(
    params: &TfIdfParams,
    analyser: &Analyser,
    kind: NgramKind,
    texts: &[Prepared],
) -> Result<(Terms, Vec<u32>)> {
    let mut partitions: Vec<HashTable<Counted>> =
        (0..PARTITIONS).map(|_| HashTable::new()).collect();
    for (round, texts_of_round) in texts.chunks(BLOCK * BLOCKS).enumerate() {
        let first = round * BLOCK * BLOCKS;
        let blocks: Vec<Vec<Vec<InText>>> = texts_of_round
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(block, of_block)| count_block(analyser, kind, of_block, first + block * BLOCK))
            .collect();
        partitions
            .par_iter_mut()
            .enumerate()
            .for_each(|(number, partition)| {
                for block in &blocks {
                    merge(partition, &block[number], kind, texts);
                }
            });
    }
    let mut kept: Vec<Counted> = partitions
        .into_par_iter()
        .flat_map_iter(|partition| {
            partition
                .into_iter()
                .filter(|term| is_kept(params, term, texts.len()))
        })
        .collect();
    let slice = |term: &Counted| slice(texts, kind, &term.first);
    if let Some(most) = params.max_features
        && kept.len() > most
    {
        kept.par_sort_unstable_by(|a, b| {
            b.count.cmp(&a.count).then_with(|| slice(a).cmp(slice(b)))
        });
        kept.truncate(most);
    }
    kept.par_sort_unstable_by(|a, b| slice(a).cmp(slice(b)));
    let bytes: usize = kept.iter().map(|term| slice(term).len()).sum();
    if u32::try_from(bytes).is_err() {
        return Err(Error::Unsuitable {
            algorithm: "TF-IDF",
            needed: format!(
                "terms of at most {} bytes together, not {bytes}; set max_features",
                u32::MAX
            ),
        });
    }
    let terms = Terms::new(kept.iter().map(|term| (slice(term), term.first.hash)));
    Ok((terms, kept.iter().map(|term| term.n_texts).collect()))
}

fn is_kept(params: &TfIdfParams, term: &Counted, n_texts: usize) -> bool {
    term.n_texts as usize >= params.min_df
        && f64::from(term.n_texts) <= params.max_df * n_texts as f64
}

fn slice<'t>(texts: &'t [Prepared], kind: NgramKind, at: &InText) -> &'t str {
    &texts[at.text as usize].text(kind)[at.start as usize..at.end as usize]
}

/// The n-grams of each text of a block, by partition. `first` is the number of the first text.
fn count_block(
    analyser: &Analyser,
    kind: NgramKind,
    texts: &[Prepared],
    first: usize,
) -> Vec<Vec<InText>> {
    let mut partitions: Vec<Vec<InText>> = vec![Vec::new(); PARTITIONS];
    let (mut ngrams, mut characters) = (Vec::<Ngram>::new(), Vec::new());
    for (number, text) in texts.iter().enumerate() {
        ngrams.clear();
        analyser.each(kind, text, &mut characters, |ngram| ngrams.push(ngram));
        let whole = text.text(kind);
        let slice = |ngram: &Ngram| &whole[ngram.start as usize..ngram.end as usize];
        ngrams.sort_unstable_by(|a, b| {
            a.hash
                .cmp(&b.hash)
                .then_with(|| slice(a).cmp(slice(b)))
                .then(a.start.cmp(&b.start))
        });
        for same in ngrams.chunk_by(|a, b| a.hash == b.hash && slice(a) == slice(b)) {
            let ngram = same[0];
            partitions[(ngram.hash >> 58) as usize].push(InText {
                hash: ngram.hash,
                text: (first + number) as u32,
                start: ngram.start,
                end: ngram.end,
                count: same.len() as u32,
            });
        }
    }
    partitions
}

/// Adds the counts of a block to those of a partition.
fn merge(
    partition: &mut HashTable<Counted>,
    block: &[InText],
    kind: NgramKind,
    texts: &[Prepared],
) {
    for next in block {
        let is_same = |known: &Counted| {
            known.first.hash == next.hash
                && slice(texts, kind, &known.first) == slice(texts, kind, next)
        };
        let entry = partition.entry(next.hash, is_same, |known| known.first.hash);
        let known = entry.or_insert_with(|| Counted {
            first: *next,
            n_texts: 0,
            count: 0,
        });
        let known = known.into_mut();
        known.n_texts += 1;
        known.count += u64::from(next.count);
    }
}
