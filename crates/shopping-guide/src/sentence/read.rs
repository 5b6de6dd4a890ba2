//! Reads a sentence, step by step: what was found by one step is not looked at by the next.

use std::ops::Range;

use super::gazetteer::{Gazetteer, Match};
use super::intent::intent;
use super::negation::{longest, negations};
use super::quantities::{Bound, Interval, Quantity, UnitKind, quantities};
use super::same_words::FILLERS;
use super::tokens::{Kind, Token, tokens};
use super::understood::{FoundBy, Polarity, Rest, Says, Slot, Sort, Strength, Understood};

/// Bytes of a sentence that are read.
pub(crate) const MOST_BYTES: usize = 2000;

/// How far from a price without a bound products may cost, as a part of it.
const NEAR: f64 = 0.2;

/// Words that say in what order.
const SORTS: &[(&[&str], Sort)] = &[
    (&["cheapest"], Sort::Cheapest),
    (&["lowest", "price"], Sort::Cheapest),
    (&["lowest", "priced"], Sort::Cheapest),
    (&["最", "便", "宜"], Sort::Cheapest),
    (&["most", "expensive"], Sort::Dearest),
    (&["highest", "price"], Sort::Dearest),
    (&["最", "贵"], Sort::Dearest),
    (&["newest"], Sort::Newest),
    (&["latest"], Sort::Newest),
    (&["new", "arrivals"], Sort::Newest),
    (&["最", "新"], Sort::Newest),
    (&["新", "款"], Sort::Newest),
    (&["most", "popular"], Sort::MostPopular),
    (&["best", "selling"], Sort::MostPopular),
    (&["bestsellers"], Sort::MostPopular),
    (&["最", "火"], Sort::MostPopular),
    (&["热", "销"], Sort::MostPopular),
    (&["最", "受", "欢", "迎"], Sort::MostPopular),
];

/// Words behind which something is liked and need not hold, up to the next mark.
const SOFT: &[&[&str]] = &[
    &["preferably"],
    &["ideally"],
    &["if", "possible"],
    &["would", "prefer"],
    &["i'd", "prefer"],
    &["maybe"],
    &["最", "好"],
    &["优", "先"],
];

/// A sentence while it is read.
struct Reading<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Whether a step took the token.
    taken: Vec<bool>,
    /// What is not wanted, with the negation and how many tokens that has.
    negations: Vec<(Range<usize>, usize)>,
    slots: Vec<Slot>,
}

/// What `text` says of products, as far as it names values of the catalogue.
pub(crate) fn understand(gazetteer: &Gazetteer, text: &str) -> Understood {
    let tokens = tokens(text, MOST_BYTES);
    let intent = intent(&tokens);
    let last = tokens.last().map_or(0, |token| token.span.end);
    let bytes_not_read = match text.len() <= MOST_BYTES {
        true => 0,
        false => text.len() - last.max(MOST_BYTES),
    };
    let mut reading = Reading {
        text,
        taken: vec![false; tokens.len()],
        negations: negations(&tokens),
        tokens,
        slots: Vec::new(),
    };
    reading.quantities(gazetteer);
    reading.take_negations();
    reading.sorts();
    reading.values(|tokens, place| gazetteer.at(tokens, place));
    reading.values(|tokens, place| match is_filler(&tokens[place]) {
        true => None,
        false => gazetteer.nearly_at(tokens, place),
    });
    reading.soften();
    let rest = reading.rest();
    let mut slots = reading.slots;
    slots.sort_by_key(|slot| slot.span.start);
    Understood {
        intent,
        slots,
        rest,
        bytes_not_read,
    }
}

impl Reading<'_> {
    fn take_negations(&mut self) {
        for (range, cue) in &self.negations {
            self.taken[range.start..range.start + cue].fill(true);
        }
    }

    fn polarity(&self, place: usize) -> Polarity {
        match self
            .negations
            .iter()
            .any(|(range, _)| range.contains(&place))
        {
            true => Polarity::NotWanted,
            false => Polarity::Wanted,
        }
    }

    /// The end of the tokens that may belong to what begins at `place`: nothing goes over the ends of a negation, or over what is taken.
    fn end(&self, place: usize) -> usize {
        let bounds = self
            .negations
            .iter()
            .flat_map(|(range, _)| [range.start, range.end]);
        let bound = bounds.filter(|&bound| bound > place).min();
        let taken = self.taken[place..].iter().position(|&taken| taken);
        let taken = taken.map_or(self.tokens.len(), |after| place + after);
        bound.unwrap_or(self.tokens.len()).min(taken)
    }

    fn span(&self, range: Range<usize>) -> Range<usize> {
        match (
            self.tokens.get(range.start),
            range
                .end
                .checked_sub(1)
                .and_then(|last| self.tokens.get(last)),
        ) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        }
    }

    fn add(&mut self, range: Range<usize>, says: Says, confidence: f32, found_by: FoundBy) {
        self.taken[range.clone()].fill(true);
        self.slots.push(Slot {
            says,
            polarity: self.polarity(range.start),
            strength: Strength::Must,
            span: self.span(range),
            confidence,
            found_by,
        });
    }

    fn sorts(&mut self) {
        for place in 0..self.tokens.len() {
            let found = SORTS
                .iter()
                .find(|(words, _)| longest(&[words], &self.tokens, place).is_some());
            if let Some((words, sort)) = found.filter(|_| !self.taken[place]) {
                self.add(
                    place..place + words.len(),
                    Says::Sort(*sort),
                    1.0,
                    FoundBy::SortRule,
                );
            }
        }
    }

    /// Prices, and other quantities. Around a price that is said without a bound, products that cost a little less or more are meant too.
    fn quantities(&mut self, gazetteer: &Gazetteer) {
        let end = self.tokens.last().map_or(0, |token| token.span.end);
        for quantity in quantities(self.text.get(..end).unwrap_or_default()) {
            let is_in = |token: &Token| {
                token.span.start < quantity.span.end && quantity.span.start < token.span.end
            };
            let Some(first) = self.tokens.iter().position(is_in) else {
                continue;
            };
            let len = self.tokens[first..]
                .iter()
                .take_while(|token| is_in(token))
                .count();
            let range = first..first + len;
            let is_money = quantity
                .unit
                .as_ref()
                .is_none_or(|unit| unit.kind == UnitKind::Money);
            // A number alone may be anything: a model, a size, a year.
            let is_bare =
                quantity.unit.is_none() && matches!(quantity.bound, Bound::Exact | Bound::About);
            // 三只松鼠 is a brand, and not three of something.
            let value = gazetteer.at(&self.tokens, first);
            if is_bare || value.is_some_and(|value| value.len > len) {
                continue;
            }
            // "not over 50": the negation belongs to the price.
            self.negations.retain(|(negation, cue)| {
                let cue = negation.start..negation.start + cue;
                cue.end <= range.start || range.end <= cue.start
            });
            let (says, confidence) = match is_money {
                true => price(&quantity),
                false => (Says::Quantity(quantity), 1.0),
            };
            self.add(range, says, confidence, FoundBy::QuantityRule);
        }
    }

    /// Takes the values that `find` finds, from the first token to the last.
    fn values(&mut self, find: impl Fn(&[Token], usize) -> Option<Match>) {
        let mut place = 0;
        while place < self.tokens.len() {
            let end = self.end(place);
            let found = match self.taken[place] {
                true => None,
                false => find(&self.tokens[..end], place),
            };
            let found = found.filter(|found| found.len > 1 || self.may_stand_alone(place));
            let Some(found) = found else {
                place += 1;
                continue;
            };
            let by_words = match found.found_by {
                FoundBy::Catalogue => 1.0,
                FoundBy::Typo => 0.7,
                _ => 0.9,
            };
            let several = found.any_of.iter().any(|pair| pair.0 != found.any_of[0].0);
            let confidence = if several { 0.9 * by_words } else { by_words };
            let says = Says::Attribute {
                any_of: found.any_of,
            };
            self.add(place..place + found.len, says, confidence, found.found_by);
            place += found.len;
        }
    }

    /// Whether the token is a word by itself. A Chinese character within other characters is most often a part of another word.
    fn may_stand_alone(&self, place: usize) -> bool {
        let is_apart = |other: Option<usize>| {
            let other = other.and_then(|other| Some((other, self.tokens.get(other)?)));
            other.is_none_or(|(other, token)| {
                token.kind != Kind::Han || self.taken[other] || is_filler(token)
            })
        };
        self.tokens[place].kind != Kind::Han
            || is_apart(place.checked_sub(1)) && is_apart(Some(place + 1))
    }

    /// What stands behind a word of preference need not hold.
    fn soften(&mut self) {
        for place in 0..self.tokens.len() {
            let Some(len) = longest(SOFT, &self.tokens, place) else {
                continue;
            };
            let behind = &self.tokens[place + len..];
            let marks = [",", ".", ";", "，", "。", "；", "!", "?"];
            let end = behind
                .iter()
                .find(|token| marks.contains(&token.text.as_str()));
            let end = end.map_or(self.text.len(), |token| token.span.start);
            let start = self.tokens[place].span.start;
            for slot in &mut self.slots {
                if slot.span.start >= start
                    && slot.span.end <= end
                    && slot.polarity == Polarity::Wanted
                {
                    slot.strength = Strength::Liked;
                }
            }
        }
    }

    /// The runs of words that no step took.
    fn rest(&self) -> Vec<Rest> {
        let is_left = |place: usize| {
            let token = &self.tokens[place];
            !self.taken[place] && token.kind != Kind::Mark && !is_filler(token)
        };
        let mut rest = Vec::new();
        let mut place = 0;
        while place < self.tokens.len() {
            if !is_left(place) {
                place += 1;
                continue;
            }
            let start = place;
            while place < self.tokens.len()
                && is_left(place)
                && self.polarity(place) == self.polarity(start)
            {
                place += 1;
            }
            let span = self.span(start..place);
            rest.push(Rest {
                text: self.text.get(span.clone()).unwrap_or_default().to_owned(),
                span,
                polarity: self.polarity(start),
            });
        }
        rest
    }
}

/// What a price says, and how certain that is.
fn price(quantity: &Quantity) -> (Says, f32) {
    let Interval {
        from,
        to,
        from_included,
        to_included,
    } = quantity.interval;
    let (low, high) = match quantity.bound {
        Bound::Exact | Bound::About => (1.0 - NEAR, 1.0 + NEAR),
        _ => (1.0, 1.0),
    };
    let lowest = |from: f64| {
        let from = (from * low) as f32;
        if from_included { from } else { from.next_up() }
    };
    let highest = |to: f64| {
        let to = (to * high) as f32;
        if to_included { to } else { to.next_down() }
    };
    let says = Says::Price {
        from: from.map(lowest).filter(|from| from.is_finite()),
        to: to.map(highest).filter(|to| to.is_finite()),
        currency: quantity.unit.as_ref().map(|unit| unit.symbol.clone()),
    };
    (says, if quantity.unit.is_some() { 1.0 } else { 0.8 })
}

fn is_filler(token: &Token) -> bool {
    FILLERS.contains(&token.whole.as_str())
}
