//! The log as sections of a file: one array for each column, names as one text with a sorted table.

use std::sync::Arc;

use guide_core::model_file::{SectionReader, SectionWriter};
use guide_core::{Error, Result};
use recsys_core::{IdMap, Ids};

use super::columns::Columns;
use super::{EventLog, Weighing};
use crate::{EventKind, guide::EventWeights};

const KINDS: [EventKind; 4] = [
    EventKind::View,
    EventKind::Cart,
    EventKind::Purchase,
    EventKind::Rating,
];

impl EventLog {
    /// Adds the sections of the log. Weights follow from kinds and values, where these are known.
    pub(crate) fn write(&self, sections: &mut SectionWriter) -> Result<()> {
        let Self {
            starts, columns, ..
        } = self;
        write_names(sections, "log.shoppers", &self.ids.users);
        write_names(sections, "log.basket-names", &self.baskets);
        let starts: Vec<u64> = starts.iter().map(|&start| start as u64).collect();
        sections.array("log.starts", &starts);
        sections.array("log.products", &columns.products);
        let place =
            |kind: &EventKind| KINDS.iter().position(|known| known == kind).unwrap_or(0) as u8;
        let kinds: Vec<u8> = columns.kinds.iter().map(place).collect();
        sections.array("log.kinds", &kinds);
        sections.array("log.values", &columns.values);
        self.write_times(sections);
        sections.array("log.baskets", &columns.baskets);
        if !self.is_whole {
            sections.array("log.weights", &columns.weights);
        }
        sections.value("log.about", &(&self.weighing, self.now, self.oldest))
    }

    /// Reads the sections that [`EventLog::write`] wrote; `items` are the products of the catalogue.
    ///
    /// # Errors
    /// [`Error::Decode`] for what does not fit together.
    pub(crate) fn read(
        sections: &SectionReader<'_>,
        items: &IdMap,
        weights: &EventWeights,
    ) -> Result<Self> {
        let (weighing, now, oldest): (Weighing, i64, i64) = sections.value("log.about")?;
        let kinds = sections.array::<u8>("log.kinds")?;
        if let Some(unknown) = kinds.iter().find(|&&kind| usize::from(kind) >= KINDS.len()) {
            return Err(refuse(&format!("an event of kind {unknown}")));
        }
        let kind = |place: u8| KINDS[usize::from(place) % KINDS.len()];
        let is_whole = !sections.has("log.weights");
        let ids = Ids {
            users: read_names(sections, "log.shoppers")?,
            items: items.clone(),
        };
        let mut log = Self {
            ids: Arc::new(ids),
            starts: to_starts(&sections.array("log.starts")?)?,
            columns: Columns {
                products: sections.array("log.products")?,
                kinds: kinds.into_iter().map(kind).collect(),
                weights: match is_whole {
                    true => Vec::new(),
                    false => sections.array("log.weights")?,
                },
                values: sections.array("log.values")?,
                times: read_times(sections, oldest)?,
                baskets: sections.array("log.baskets")?,
            },
            baskets: Arc::new(read_names(sections, "log.basket-names")?),
            weighing,
            now,
            oldest,
            is_whole,
        };
        log.check()?;
        if is_whole {
            let events = log.columns.kinds.iter().enumerate();
            let weight = |(place, &kind): (usize, &EventKind)| {
                let value = log.columns.values.get(place).copied();
                log.weighing.weight(weights, kind, value)
            };
            log.columns.weights = events.map(weight).collect();
        }
        log.columns.shrink();
        Ok(log)
    }

    /// Times as seconds behind the oldest one, where these fit into 32 bits.
    fn write_times(&self, sections: &mut SectionWriter) {
        let behind = |&time: &i64| match time {
            i64::MIN => Some(u32::MAX),
            time => u32::try_from(time - self.oldest)
                .ok()
                .filter(|&behind| behind < u32::MAX),
        };
        let packed: Option<Vec<u32>> = self.columns.times.iter().map(behind).collect();
        match packed {
            Some(packed) => sections.array("log.times", &packed),
            None => sections.array("log.long-times", &self.columns.times),
        }
    }

    /// Checks what a decoded file claims.
    ///
    /// # Errors
    /// [`Error::Decode`] for what no log can hold.
    pub(crate) fn check(&self) -> Result<()> {
        let Columns {
            products,
            kinds,
            weights,
            values,
            times,
            baskets,
        } = &self.columns;
        let n = products.len();
        let whole = |len: usize| len == n;
        let some = |len: usize| len == n || len == 0;
        let fits = whole(kinds.len())
            && (self.is_whole || whole(weights.len()))
            && some(values.len())
            && some(times.len())
            && some(baskets.len());
        let rows_fit = match self.starts.as_slice() {
            [] => n == 0 && self.ids.users.is_empty(),
            [first, .., last] => *first == 0 && *last == n,
            [only] => *only == 0 && n == 0,
        } && self.starts.len().saturating_sub(1) == self.ids.users.len()
            && self.starts.is_sorted();
        if !fits || !rows_fit {
            return Err(refuse("the columns of the log do not fit together"));
        }
        let n_products = self.ids.items.len();
        if products
            .iter()
            .any(|&product| product as usize >= n_products)
        {
            return Err(refuse("an event has a product that the catalogue lacks"));
        }
        for row in self.starts.windows(2) {
            if row[0] == row[1] || !products[row[0]..row[1]].is_sorted() {
                return Err(refuse("events are not sorted by shopper and product"));
            }
        }
        let n_baskets = self.baskets.len();
        let is_known = |&basket: &u32| basket == u32::MAX || (basket as usize) < n_baskets;
        if !baskets.iter().all(is_known) {
            return Err(refuse("an event is in a basket without a name"));
        }
        let is_time = |&time: &i64| time == i64::MIN || crate::time::YEARS.contains(&time);
        if !times.iter().all(is_time) || ![self.now, self.oldest].iter().all(is_time) {
            return Err(refuse("an event of no year that there is"));
        }
        let is_value = |(value, kind): (&f32, &EventKind)| match kind {
            EventKind::Rating => value.is_finite(),
            _ => *value == f32::INFINITY || value.is_finite() && *value >= 0.0,
        };
        let has_ratings = kinds.contains(&EventKind::Rating);
        let rated = !has_ratings || !values.is_empty();
        if !rated || !values.iter().zip(kinds).all(is_value) || !self.weighing.is_sound() {
            return Err(refuse("an event has a value that no event can have"));
        }
        let is_weight = |weight: &f32| weight.is_finite() && *weight >= 0.0;
        match weights.iter().all(is_weight) {
            true => Ok(()),
            false => Err(refuse("an event has a weight that no event can have")),
        }
    }
}

fn refuse(reason: &str) -> Error {
    Error::decode("guide", reason)
}

fn read_times(sections: &SectionReader<'_>, oldest: i64) -> Result<Vec<i64>> {
    if sections.has("log.long-times") {
        return sections.array("log.long-times");
    }
    let packed: Vec<u32> = sections.array("log.times")?;
    let time = |&behind: &u32| match behind {
        u32::MAX => i64::MIN,
        behind => oldest.saturating_add(behind.into()),
    };
    Ok(packed.iter().map(time).collect())
}

fn to_starts(starts: &[u64]) -> Result<Vec<usize>> {
    let start = |&start: &u64| usize::try_from(start).map_err(|_| refuse("a start beyond memory"));
    starts.iter().map(start).collect()
}

fn write_names(sections: &mut SectionWriter, name: &str, names: &IdMap) {
    let (text, ends, sorted) = names.to_columns();
    sections.bytes(name, text.as_bytes().to_vec());
    sections.array(&format!("{name}.ends"), ends);
    sections.array(&format!("{name}.sorted"), &sorted);
}

fn read_names(sections: &SectionReader<'_>, name: &str) -> Result<IdMap> {
    let text = sections.bytes(name)?.to_vec();
    let text = String::from_utf8(text).map_err(|_| refuse("names that are not UTF-8"))?;
    let ends = sections.array(&format!("{name}.ends"))?;
    let sorted = sections.array(&format!("{name}.sorted"))?;
    IdMap::from_columns(text, ends, sorted)
}
