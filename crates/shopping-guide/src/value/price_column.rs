//! A column of prices: its decimal sign, its currency, and the prices in other currencies.

use super::currency::{Currency, Decimals, decimals, joined};
use super::finding::{Findings, ValueFinding};
use super::missing;
use super::number::GUESSED_DECIMAL;
use super::price::{self, NoPrice};
use super::vote::{Reading, Votes};
use crate::read_report::{ReadReport, Remedy};

/// Said of a price that is the lowest of several.
pub(crate) const LOWEST_PRICE: &str =
    "has a lowest or approximate price (`from 12`, `12-15`), taken as the price";
/// Said of a price whose separator is read by its currency.
pub(crate) const GUESSED_THOUSANDS: &str = "has a price whose separator may be of decimals or thousands, taken as thousands because its currency has no three decimals";

/// The prices of a column, which is read as a whole: the separator of `1,299` and the currency are those of most prices.
///
/// Call [`PriceColumn::take`] for each row, then [`PriceColumn::settle`] once.
#[derive(Debug, Default)]
pub(crate) struct PriceColumn {
    values: Vec<Value>,
    currencies: Vec<Seen>,
    unclear: Unclear,
    findings: Findings,
    missing: usize,
}

/// A price with its place.
#[derive(Debug)]
struct Value {
    row: usize,
    reading: Reading<f32>,
    /// Its number in the column's currencies.
    currency: Option<usize>,
}

/// A currency of the column.
#[derive(Debug)]
struct Seen {
    currency: Currency,
    rows: usize,
    examples: Vec<(u64, String)>,
}

/// Prices whose separator has two meanings.
#[derive(Debug, Default)]
struct Unclear {
    rows: usize,
    /// How many of them have a currency without three decimals.
    of_currency: usize,
    examples: Vec<(u64, String)>,
}

/// What a column of prices was read as.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SettledPrices {
    /// The currency of most prices: an ISO 4217 code, or a sign that several currencies share, such as `$`. `None` if no
    /// price has one.
    pub(crate) currency: Option<Currency>,
    /// Each currency with its number of prices, the most frequent first.
    pub(crate) currencies: Vec<(Currency, usize)>,
    /// Prices that have no currency: they are taken as of the column's.
    pub(crate) without_currency: usize,
    /// Rows whose field is empty or says that it has no value.
    pub(crate) missing: usize,
    /// What was guessed, and which prices were taken as unknown because of their currency.
    pub(crate) findings: Vec<ValueFinding>,
}

impl SettledPrices {
    /// The currencies as one text: "EUR (98), USD (2)"; empty if no price has a currency.
    #[cfg(test)]
    pub(crate) fn words(&self) -> String {
        let each = self.currencies.iter();
        let each = each.map(|(currency, rows)| format!("{currency} ({rows})"));
        each.collect::<Vec<_>>().join(", ")
    }

    /// Adds every finding to the report of the file.
    pub(crate) fn add_to(&self, report: &mut ReadReport) {
        for finding in &self.findings {
            finding.add_to(report);
        }
    }
}

impl PriceColumn {
    /// Takes the text of a row. `row` is the caller's number of the row or of its product; `line` is its line in the file.
    ///
    /// Returns true if it is a price, whose amount [`PriceColumn::settle`] gives; false if the price is missing.
    ///
    /// # Errors
    /// The reason why there is no price, as a predicate of the row: "has a price that is no number, ...".
    pub(crate) fn take(&mut self, text: &str, row: usize, line: u64) -> Result<bool, &'static str> {
        if missing(text) {
            self.missing += 1;
            return Ok(false);
        }
        let text = text.trim();
        let price = match price::read(text) {
            Ok(price) => price,
            Err(refused) => {
                if let NoPrice::NotAboveZero(Some(below)) = refused {
                    self.see(&below, None, line, text);
                }
                return Err(refused.reason());
            }
        };
        self.see(&price.reading, price.currency, line, text);
        if price.lowest {
            self.findings
                .add(Remedy::Guessed, LOWEST_PRICE, line, || text.to_owned());
        }
        let currency = price
            .currency
            .map(|currency| self.count(currency, line, text));
        self.values.push(Value {
            row,
            reading: price.reading,
            currency,
        });
        Ok(true)
    }

    /// Remembers a number with two meanings.
    fn see(&mut self, reading: &Reading<f32>, currency: Option<Currency>, line: u64, text: &str) {
        let decimals = currency.map(decimals);
        if matches!(reading, Reading::Either(..)) && decimals != Some(Decimals::None) {
            self.unclear.rows += 1;
            self.unclear.of_currency += usize::from(decimals == Some(Decimals::Two));
            if self.unclear.examples.len() < 3 {
                self.unclear.examples.push((line, text.to_owned()));
            }
        }
    }

    fn count(&mut self, currency: Currency, line: u64, text: &str) -> usize {
        let known = self
            .currencies
            .iter()
            .position(|seen| seen.currency == currency);
        let at = known.unwrap_or_else(|| {
            self.currencies.push(Seen {
                currency,
                rows: 0,
                examples: Vec::new(),
            });
            self.currencies.len() - 1
        });
        if let Some(seen) = self.currencies.get_mut(at) {
            seen.rows += 1;
            if seen.examples.len() < 3 {
                seen.examples.push((line, text.to_owned()));
            }
        }
        at
    }

    /// Reads the prices, now that the whole column is known. Calls `price` with the row and the amount of each price, in the
    /// order of the rows. A price in another currency than most is unknown: it is not converted and not given to `price`.
    ///
    /// A bare sign is the currency that shares it, if the column names exactly one such: `$` in a column with `USD` is `USD`.
    pub(crate) fn settle(self, mut price: impl FnMut(usize, f32)) -> SettledPrices {
        let names = merged(&self.currencies);
        let mut currencies: Vec<(Currency, usize)> = Vec::new();
        for (name, seen) in names.iter().zip(&self.currencies) {
            match currencies.iter_mut().find(|(known, _)| known == name) {
                Some((_, rows)) => *rows += seen.rows,
                None => currencies.push((*name, seen.rows)),
            }
        }
        // A stable sort: of equally frequent currencies the first of the file stays first.
        currencies.sort_by_key(|&(_, rows)| std::cmp::Reverse(rows));
        let main = currencies.first().map(|&(currency, _)| currency);
        let name = |value: &Value| value.currency.and_then(|at| names.get(at).copied());
        let is_main = |value: &&Value| name(value).is_none_or(|name| Some(name) == main);
        let mut votes = Votes::default();
        for value in self.values.iter().filter(is_main) {
            votes.count(&value.reading);
        }
        for value in self.values.iter().filter(is_main) {
            let decimals = name(value).or(main).map(decimals);
            price(value.row, amount(value.reading, decimals, votes));
        }
        let mut findings = self.findings.into_list();
        if self.unclear.rows > 0 && votes.is_guess() {
            let all_have = self.unclear.of_currency == self.unclear.rows;
            let thousands = votes.undecided()
                && (all_have || main.map(decimals).is_some_and(|it| it != Decimals::Three));
            findings.push(ValueFinding {
                remedy: Remedy::Guessed,
                reason: if thousands {
                    GUESSED_THOUSANDS
                } else {
                    GUESSED_DECIMAL
                }
                .to_owned(),
                rows: self.unclear.rows,
                examples: self.unclear.examples,
            });
        }
        for (name, seen) in names.iter().zip(self.currencies) {
            if let Some(main) = main
                && *name != main
            {
                findings.push(ValueFinding {
                    remedy: Remedy::Mended,
                    reason: format!(
                        "has a price in {name} where most prices are in {main}, taken as unknown"
                    ),
                    rows: seen.rows,
                    examples: seen.examples,
                });
            }
        }
        SettledPrices {
            currency: main,
            currencies,
            without_currency: self
                .values
                .iter()
                .filter(|value| value.currency.is_none())
                .count(),
            missing: self.missing,
            findings,
        }
    }
}

/// The name of each currency, where a bare sign has the name of the only currency that shares it.
fn merged(seen: &[Seen]) -> Vec<Currency> {
    let name = |bare: &Seen| {
        let mut sharing = seen.iter().map(|other| other.currency).filter(|other| {
            *other != bare.currency && joined(bare.currency, other) == Some(*other)
        });
        match (sharing.next(), sharing.next()) {
            (Some(only), None) => only,
            _ => bare.currency,
        }
    };
    seen.iter().map(name).collect()
}

/// The amount of a price. Of two meanings, the one above a thousand if the currency has no decimals, or if it has two and
/// the other prices do not decide.
fn amount(reading: Reading<f32>, decimals: Option<Decimals>, votes: Votes) -> f32 {
    match (reading, decimals) {
        (Reading::Either(one, other), Some(Decimals::None)) => one.max(other),
        (Reading::Either(one, other), Some(Decimals::Two)) if votes.undecided() => one.max(other),
        (Reading::Either(_, second), _) if votes.second_wins() => second,
        (reading, _) => reading.value(),
    }
}
