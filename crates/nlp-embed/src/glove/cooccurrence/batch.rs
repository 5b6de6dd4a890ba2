//! Counting a part of the text that is in memory.

use std::ops::Range;

use guide_core::Result;
use rayon::prelude::*;

use super::{Cell, Sink, UNITS};

/// Between sentences, and before the first.
const END: u32 = u32::MAX;

/// Occurrences a thread takes at a time.
const OCCURRENCES_A_TASK: usize = 8192;

/// Tasks that are counted before any is handed on.
fn n_counters() -> usize {
    2 * rayon::current_num_threads()
}

/// Sentences one after another.
pub(super) struct Batch {
    n_words: usize,
    symmetric: bool,
    /// What a word at each distance from 1 on counts.
    weights: Vec<u64>,
    /// The words, each sentence between two ends.
    text: Vec<u32>,
}

impl Batch {
    /// Of a word, in a list that may be half empty, and of the place where it stands.
    pub(super) const BYTES_A_WORD: usize = 3 * size_of::<u32>();

    /// Of the sums of all counters, and of where the places of each word end.
    pub(super) fn bytes_to_count(n_words: usize) -> usize {
        n_words.saturating_mul(size_of::<u64>() * (n_counters() + 1))
    }

    pub(super) fn new(n_words: usize, window: usize, symmetric: bool) -> Self {
        let weight = |distance: usize| (UNITS / distance as f64).round() as u64;
        Self {
            n_words,
            symmetric,
            weights: (1..=window).map(weight).collect(),
            text: vec![END],
        }
    }

    pub(super) fn push(&mut self, sentence: &[u32]) {
        if !sentence.is_empty() {
            self.text.extend_from_slice(sentence);
            self.text.push(END);
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.truncate(1);
    }

    /// Words held, ends included.
    pub(super) fn n_words(&self) -> usize {
        self.text.len()
    }

    /// Hands the counts of the batch to `sink`, by rising row and column.
    pub(super) fn count(&self, look: &dyn Fn() -> Result<()>, sink: &mut Sink<'_>) -> Result<()> {
        let places = Places::new(&self.text, self.n_words);
        let mut tasks = places.tasks();
        // The rows are handed on in their order, so how many are counted at a time does not show.
        let mut counters = vec![Counter::new(self.n_words); n_counters()];
        while !tasks.is_empty() {
            look()?;
            let wave = tasks.split_off(tasks.len().saturating_sub(counters.len()));
            (counters
                .par_iter_mut()
                .zip(wave.into_par_iter().rev())
                .with_max_len(1))
            .for_each(|(counter, rows)| {
                counter.cells.clear();
                for row in rows {
                    self.count_row(row, places.of(row), counter);
                }
            });
            for counter in &mut counters {
                sink(&counter.cells)?;
                counter.cells.clear();
            }
        }
        Ok(())
    }

    fn count_row(&self, row: u32, places: &[u32], counter: &mut Counter) {
        for &place in places {
            let place = place as usize;
            counter.add(self.text[place + 1..].iter(), &self.weights);
            if self.symmetric {
                counter.add(self.text[..place].iter().rev(), &self.weights);
            }
        }
        counter.end_row(row);
    }
}

/// Where each word stands in a text.
struct Places {
    /// Where the places of each word end.
    ends: Vec<usize>,
    places: Vec<u32>,
}

impl Places {
    fn new(text: &[u32], n_words: usize) -> Self {
        let mut ends = vec![0; n_words];
        let known = || text.iter().filter(|&&word| word != END);
        known().for_each(|&word| ends[word as usize] += 1);
        let mut n = 0;
        for end in &mut ends {
            // The start, which moves up to the end as places are filled in.
            n += std::mem::replace(end, n);
        }
        let mut places = vec![0; n];
        for (&word, place) in text.iter().zip(0..) {
            if word != END {
                let next = &mut ends[word as usize];
                places[*next] = place;
                *next += 1;
            }
        }
        Self { ends, places }
    }

    fn start(&self, word: u32) -> usize {
        match word {
            0 => 0,
            word => self.ends[word as usize - 1],
        }
    }

    fn of(&self, word: u32) -> &[u32] {
        &self.places[self.start(word)..self.ends[word as usize]]
    }

    /// The words in ranges of about as many occurrences, the last words first.
    fn tasks(&self) -> Vec<Range<u32>> {
        let mut tasks = Vec::new();
        let n_words = self.ends.len() as u32;
        let mut start = 0;
        for word in 0..n_words {
            let n = self.ends[word as usize] - self.start(start);
            if n >= OCCURRENCES_A_TASK || word + 1 == n_words {
                tasks.push(start..word + 1);
                start = word + 1;
            }
        }
        tasks.reverse();
        tasks
    }
}

/// A row in the making, and those that are done.
#[derive(Clone)]
struct Counter {
    /// For each word; 0 between rows.
    sums: Vec<u64>,
    /// Those whose sum is not 0.
    met: Vec<u32>,
    cells: Vec<Cell>,
}

impl Counter {
    fn new(n_words: usize) -> Self {
        Self {
            sums: vec![0; n_words],
            met: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Adds the words of one side, the nearest first, up to the end of the sentence or of the window.
    fn add<'a>(&mut self, words: impl Iterator<Item = &'a u32>, weights: &[u64]) {
        for (&word, weight) in words.zip(weights) {
            if word == END {
                return;
            }
            let sum = &mut self.sums[word as usize];
            if *sum == 0 {
                self.met.push(word);
            }
            *sum += weight;
        }
    }

    fn end_row(&mut self, row: u32) {
        self.met.sort_unstable();
        for &column in &self.met {
            let sum = std::mem::take(&mut self.sums[column as usize]);
            self.cells.push(Cell::new(row, column, sum));
        }
        self.met.clear();
    }
}
