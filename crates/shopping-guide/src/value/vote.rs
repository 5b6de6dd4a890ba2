//! Texts that can mean two things, `1,299` or `3/4/2024`: the other values of the column decide which.

use crate::read_report::{ReadReport, Remedy};

/// The value of a text under two ways of writing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reading<T> {
    /// The same under both.
    Plain(T),
    /// Valid only under the first way.
    First(T),
    /// Valid only under the second way.
    Second(T),
    /// A different value under each.
    Either(T, T),
}

impl<T: Copy> Reading<T> {
    /// The value; if there are two, the first.
    pub(crate) fn value(self) -> T {
        match self {
            Self::Plain(value) | Self::First(value) | Self::Second(value) => value,
            Self::Either(first, _) => first,
        }
    }

    /// The reading with every value changed by `change`, or `None` if one of them has no image.
    pub(crate) fn try_map<U>(self, change: impl Fn(T) -> Option<U>) -> Option<Reading<U>> {
        Some(match self {
            Self::Plain(value) => Reading::Plain(change(value)?),
            Self::First(value) => Reading::First(change(value)?),
            Self::Second(value) => Reading::Second(change(value)?),
            Self::Either(first, second) => Reading::Either(change(first)?, change(second)?),
        })
    }
}

/// The values of a column that are valid under one way of writing only.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Votes {
    first: usize,
    second: usize,
}

impl Votes {
    /// Counts a value.
    pub(crate) fn count<T>(&mut self, reading: &Reading<T>) {
        match reading {
            Reading::First(_) => self.first += 1,
            Reading::Second(_) => self.second += 1,
            Reading::Plain(_) | Reading::Either(..) => {}
        }
    }

    /// Whether the column is written the second way. If the votes are equal it is not.
    pub(crate) fn second_wins(self) -> bool {
        self.second > self.first
    }

    /// Whether no value votes, or as many vote for one way as for the other.
    pub(crate) fn undecided(self) -> bool {
        self.first == self.second
    }

    /// Whether the votes do not agree, so that a value with two meanings remains a guess.
    pub(crate) fn is_guess(self) -> bool {
        self.undecided() || self.first.min(self.second) > 0
    }
}

/// The values of a column, which vote on the way of writing.
#[derive(Debug)]
pub(crate) struct Column<T> {
    votes: Votes,
    /// The texts with two meanings: the row, and the second meaning.
    unclear: Vec<(usize, T)>,
    example: Option<(u64, String)>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self {
            votes: Votes::default(),
            unclear: Vec::new(),
            example: None,
        }
    }
}

impl<T: Copy> Column<T> {
    /// The value of a text for the row `at`. If it has two meanings this is the first, and [`Column::settle`] may correct it.
    pub(crate) fn take(&mut self, reading: Reading<T>, at: usize, line: u64, text: &str) -> T {
        self.votes.count(&reading);
        if let Reading::Either(_, second) = reading {
            self.unclear.push((at, second));
            self.example.get_or_insert_with(|| (line, text.to_owned()));
        }
        reading.value()
    }

    /// Calls `correct` with the second meanings if the column is written the second way. If its other values do not agree
    /// on a way of writing, the report says so as `guess`.
    pub(crate) fn settle(
        self,
        report: &mut ReadReport,
        guess: &str,
        mut correct: impl FnMut(usize, T),
    ) {
        let (rows, votes) = (self.unclear.len(), self.votes);
        if votes.second_wins() {
            for (at, value) in self.unclear {
                correct(at, value);
            }
        }
        if votes.is_guess()
            && let Some(example) = self.example
        {
            report.note_many(Remedy::Guessed, guess, rows, example);
        }
    }
}
