//! The English texts.

use crate::answer::counterfactual::Counterfactual;
use crate::answer::rung::{Asked, NoHits, Rung};
use crate::{NamedProduct, Reason};

pub(in crate::answer) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Because { title, .. } => format!("goes with {title}"),
        Reason::Shares {
            attribute, value, ..
        } => format!("{attribute}: {value}"),
        Reason::Matches { words, field, .. } => {
            format!("your words in {field}: {}", words.join(", "))
        }
        Reason::Trending { place, .. } => format!("place {place} among what is taken lately"),
        Reason::Popular { shoppers, place } => {
            let s = if *shoppers == 1 { "" } else { "s" };
            format!("place {place} by popularity, looked at or taken by {shoppers} shopper{s}")
        }
        Reason::Other { words } => words.clone(),
        Reason::Untried => "nobody has looked at it or taken it yet".to_owned(),
        Reason::Seen => "this shopper has it already".to_owned(),
        Reason::Viewed => "this shopper looked at it or put it into the cart".to_owned(),
        Reason::Promoted {
            attribute,
            value,
            factor,
        } => match *factor < 1.0 {
            true => format!("the shop holds back {attribute}: {value}"),
            false => format!("the shop promotes {attribute}: {value}"),
        },
        Reason::LeftOut => "the shop never recommends it".to_owned(),
        Reason::RuledOut => "the query leaves it out".to_owned(),
    }
}

pub(in crate::answer) fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Known => "what this shopper took, and what others took with it",
        Rung::FoldedIn => "what the history has, and what others took with it",
        Rung::Text => "the words that were asked for",
        Rung::Attributes => "what the products have in common",
        Rung::Popular => "what most shoppers take",
        Rung::Nothing => "there is no hit",
    }
}

pub(in crate::answer) fn no_hits(why: NoHits, asked: Asked) -> &'static str {
    match why {
        NoHits::NothingPasses if asked.with_filters => "no product passes the filters",
        NoHits::NothingPasses => "there is no product that the shop recommends here",
        NoHits::HasEverything if asked.with_history => "the history has everything that passes",
        NoHits::HasEverything => "this shopper has everything that passes",
        NoHits::NoMore => "there are no further hits",
        NoHits::NoneAsked => "no hit was asked for",
    }
}

pub(in crate::answer) fn counterfactual(found: &Counterfactual) -> String {
    match found {
        Counterfactual::Found {
            products,
            replaced_by,
            ..
        } => {
            let without = format!("would not be recommended without {}", listed(products));
            match replaced_by {
                Some(other) => format!("{without}; {} would be instead", other.title),
                None => without,
            }
        }
        Counterfactual::NotFound { .. } => {
            "no products of the history were found that it depends on".to_owned()
        }
        Counterfactual::NotAHit { place: Some(place) } => {
            format!("it is not among the hits, but at place {place}")
        }
        Counterfactual::NotAHit { place: None } => {
            "it is not among the hits, and cannot be".to_owned()
        }
    }
}

/// `A`, `A and B`, `A, B and C`.
fn listed(products: &[NamedProduct]) -> String {
    let titles: Vec<&str> = products.iter().map(|one| one.title.as_str()).collect();
    match titles.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
