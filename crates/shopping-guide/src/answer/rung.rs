//! What an answer is based on, and why an answer has no hit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Language;
use super::wording::{chinese, english};
use crate::{Filters, Query, Who};

/// What an answer is based on. The variants are in order: the first one needs the most data of the shopper, the last ones need none (cold start).
/// `Display` and JSON give the name of the variant; [`Rung::say`] gives a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rung {
    /// A shopper of the event log, by what other shoppers did.
    Known,
    /// A history given with the query, by what other shoppers did.
    FoldedIn,
    /// The words of the query. There is no history.
    Text,
    /// Shared attributes alone: neither the history's products nor the shopper have company in the event log.
    Attributes,
    /// What most shoppers take.
    Popular,
    /// There is no hit: none was asked for, no product passes the filters, or the shopper has all that do.
    Nothing,
}

impl Rung {
    /// What it means, for a shopper to read.
    ///
    /// ```
    /// use shopping_guide::{Language, Rung};
    /// assert_eq!(Rung::Popular.say(Language::English), "what most shoppers take");
    /// assert_eq!(Rung::Popular.say(Language::Chinese), "大家都在选的商品");
    /// ```
    pub fn say(self, language: Language) -> String {
        match language {
            Language::English => english::rung(self),
            Language::Chinese => chinese::rung(self),
        }
        .to_owned()
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known => "known",
            Self::FoldedIn => "folded-in",
            Self::Text => "text",
            Self::Attributes => "attributes",
            Self::Popular => "popular",
            Self::Nothing => "nothing",
        })
    }
}

/// Why an answer has no hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoHits {
    /// None was asked for.
    NoneAsked,
    /// No product passes the filters, or the shop recommends none.
    NothingPasses,
    /// Products pass, and the shopper has all of them.
    HasEverything,
    /// The pages before this one gave all hits.
    NoMore,
}

impl NoHits {
    /// The same in words that fit every query.
    pub fn say(self, language: Language) -> String {
        self.worded(language, Asked::default())
    }

    /// The same in the language of the query that had no hit. Names a filter only if the query has one.
    ///
    /// ```
    /// use shopping_guide::{Language, NoHits, Query};
    /// let query = Query::nobody().price_to(5.0);
    /// assert_eq!(NoHits::NothingPasses.say_to(&query), "no product passes the filters");
    /// let query = query.language(Language::Chinese);
    /// assert_eq!(NoHits::NothingPasses.say_to(&query), "没有符合筛选条件的商品");
    /// ```
    pub fn say_to(self, query: &Query) -> String {
        self.worded(query.language, Asked::of(query))
    }

    fn worded(self, language: Language, asked: Asked) -> String {
        match language {
            Language::English => english::no_hits(self, asked),
            Language::Chinese => chinese::no_hits(self, asked),
        }
        .to_owned()
    }
}

/// What the wording of [`NoHits`] depends on.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) with_filters: bool,
    pub(super) with_history: bool,
}

impl Asked {
    fn of(query: &Query) -> Self {
        // These two say what the shopper may be offered again; they are no filters to a reader.
        let unfiltered = Filters {
            keep_seen: query.filters.keep_seen,
            leave_out_viewed: query.filters.leave_out_viewed,
            ..Filters::default()
        };
        Self {
            with_filters: query.filters != unfiltered,
            with_history: matches!(query.who, Who::History(_)),
        }
    }
}

/// In English.
impl fmt::Display for NoHits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::English))
    }
}
