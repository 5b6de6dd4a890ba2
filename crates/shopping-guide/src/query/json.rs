//! Reads queries from JSON as a front end writes it: short forms, and ids that are numbers.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Boost, Cursor, Filters, Query, Who};
use crate::{Id, Language, finite};

/// A query as it is written. Each field may be missing.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a query")]
pub(super) struct Written {
    who: Option<Who>,
    shopper: Option<Id<'static>>,
    language: Language,
    history: Option<Weights>,
    context: Ids,
    contexts: Ids,
    bought: Ids,
    viewed: Ids,
    cart: Ids,
    session: Ids,
    likes: Pairs<Ids>,
    text: Option<String>,
    n: Option<usize>,
    filters: Filters,
    attributes: Pairs<Ids>,
    not_attributes: Pairs<Ids>,
    at_most: Pairs<usize>,
    at_least_new: usize,
    #[serde(deserialize_with = "finite::option")]
    diversity: Option<f32>,
    boosts: Vec<Boost>,
    page: Option<Cursor>,
}

impl TryFrom<Written> for Query {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let who = match (written.who, written.shopper, written.history) {
            (None, None, None) => Who::Nobody,
            (Some(who), None, None) => who,
            (None, Some(shopper), None) => Who::Shopper(shopper.into_string()),
            (None, None, Some(Weights(history))) => Who::History(history),
            _ => {
                return Err(
                    "only one of `who`, `shopper` and `history` may say for whom a query asks",
                );
            }
        };
        let mut query = Self::of(who);
        query.contexts = [written.context.0, written.contexts.0].concat();
        query.bought = written.bought.0;
        query.viewed = written.viewed.0;
        query.cart = written.cart.0;
        query.session = written.session.0;
        let likes = written.likes.0.into_iter();
        let likes = likes.flat_map(|(name, values)| {
            let values = values.0.into_iter();
            values.map(move |value| (name.clone(), value))
        });
        query.likes = likes.collect();
        query.text = written.text;
        query.n = written.n.unwrap_or(query.n);
        query.filters = written.filters;
        let filters = &mut query.filters;
        filters.attributes.extend(lists(written.attributes));
        filters.not_attributes.extend(lists(written.not_attributes));
        query.at_most = written.at_most.0;
        query.at_least_new = written.at_least_new;
        query.diversity = written.diversity;
        query.boosts = written.boosts;
        query.page = written.page;
        query.language = written.language;
        Ok(query)
    }
}

fn lists(pairs: Pairs<Ids>) -> impl Iterator<Item = (String, Vec<String>)> {
    pairs.0.into_iter().map(|(name, ids)| (name, ids.0))
}

/// A list of ids, or one.
pub(super) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Ids::deserialize(deserializer)?.0)
}

/// A list of ids, or one, or `None` for `null`.
pub(super) fn some_ids<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let ids: Option<Ids> = Option::deserialize(deserializer)?;
    Ok(ids.map(|ids| ids.0))
}

/// Ids with weights; an id alone weighs 1.
pub(super) fn weights<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, f32)>, D::Error> {
    Ok(Weights::deserialize(deserializer)?.0)
}

/// Names with values: an object, or a list of pairs.
pub(super) fn attributes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, Vec<String>)>, D::Error> {
    Ok(lists(Pairs::deserialize(deserializer)?).collect())
}

#[derive(Default)]
struct Ids(Vec<String>);

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> Visitor<'de> for IdsVisitor {
    type Value = Ids;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids or one id, which is text or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Ids, E> {
        Ok(Ids(vec![text.to_owned()]))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Ids, E> {
        Ok(Ids(vec![number.to_string()]))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Ids, E> {
        Ok(Ids(vec![number.to_string()]))
    }

    fn visit_unit<E: Error>(self) -> Result<Ids, E> {
        Ok(Ids::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ids, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = list.next_element::<Id<'static>>()? {
            ids.push(id.into_string());
        }
        Ok(Ids(ids))
    }
}

struct Weights(Vec<(String, f32)>);

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries: Vec<Entry> = Vec::deserialize(deserializer)?;
        let entry = |Entry(id, weight): Entry| {
            let weight = finite::single(format_args!("weight of `{id}`,"), weight)?;
            Ok((id, weight))
        };
        Ok(Self(
            entries.into_iter().map(entry).collect::<Result<_, _>>()?,
        ))
    }
}

/// A product of a history with its weight.
struct Entry(String, f64);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, which is text or a whole number, or an id with a weight")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry(text.to_owned(), 1.0))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Entry, E> {
        Ok(Entry(number.to_string(), 1.0))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Entry, E> {
        Ok(Entry(number.to_string(), 1.0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Entry, A::Error> {
        let Some(id) = pair.next_element::<Id<'static>>()? else {
            return Err(Error::invalid_length(0, &self));
        };
        let Some(weight) = pair.next_element()? else {
            return Err(Error::invalid_length(1, &self));
        };
        Ok(Entry(id.into_string(), weight))
    }
}

/// Names with values of any type.
struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of names and values, or a list of pairs of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = list.next_element()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
