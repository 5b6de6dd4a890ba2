//! Answers a shopper's sentence, one after the other in a conversation.

use guide_core::Result;
use serde::{Deserialize, Serialize};

use super::Guide;
use crate::sentence::{Conversation, Polarity, Says, Slot, Sort, Strength, Understood, applied};
use crate::{Answer, Product, Query};

/// The answer to a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asked {
    /// What the sentence says, by itself.
    pub understood: Understood,
    /// The products; none where the sentence is not for products ([`Intent::wants_products`](crate::Intent::wants_products)).
    pub answer: Option<Answer>,
    /// What had to be left out, because no product has all that was asked for, in the order in which it was.
    pub relaxed: Vec<Slot>,
}

impl Guide {
    /// Answers a sentence with what the sentences before it in `conversation` said. `query` says for whom, how many, and what else holds.
    ///
    /// What must hold is a filter. Where no product is left, something is left out and told in [`Asked::relaxed`], one after the other until there are
    /// products: of the values of attributes the one that is least certain, then the price, then the type of product. What is not wanted stays
    /// not wanted. A price is left out at once where no product has one.
    ///
    /// # Errors
    /// As [`Guide::recommend`].
    ///
    /// ```
    /// use shopping_guide::{Catalog, Conversation, Guide, Product, Query};
    /// let coat = |id, colour, price| Product::new(id, id).attribute("type", "Coat").attribute("colour", colour).price(price);
    /// let catalog = Catalog::new([coat("a", "Red", 90.0), coat("b", "Red", 60.0), coat("c", "Blue", 80.0)])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let mut conversation = Conversation::default();
    /// let mut ask = |sentence: &str| -> Result<Vec<String>, shopping_guide::Error> {
    ///     let answer = guide.ask(sentence, &mut conversation, Query::nobody())?.answer;
    ///     Ok(answer.map_or(Vec::new(), |answer| answer.hits.into_iter().map(|hit| hit.product).collect()))
    /// };
    /// assert_eq!(ask("a red coat")?, ["a", "b"]);
    /// assert_eq!(ask("cheaper")?, ["b"]); // at most 0.8 times the price in the middle, 90
    /// assert_eq!(ask("in blue, any price")?, ["c"]);
    /// assert!(ask("where is my order?")?.is_empty());
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn ask(
        &self,
        sentence: &str,
        conversation: &mut Conversation,
        query: Query,
    ) -> Result<Asked> {
        let understood = self.understand(sentence);
        if !understood.intent.wants_products() {
            return Ok(Asked {
                understood,
                answer: None,
                relaxed: Vec::new(),
            });
        }
        let mut next = conversation.clone();
        let shown = conversation
            .shown
            .iter()
            .filter_map(|id| self.catalog.get(id));
        let prices: Vec<f32> = shown.filter_map(|product| product.price).collect();
        next.hear(sentence, &understood, &prices);
        // A catalogue may have no prices, or no longer a value that it had.
        let can_be_asked = |slot: &Slot| {
            let alone = applied(std::slice::from_ref(slot), Query::nobody());
            self.request(&alone).is_ok()
        };
        let (mut slots, mut relaxed): (Vec<Slot>, Vec<Slot>) =
            next.slots.iter().cloned().partition(can_be_asked);
        let answer = loop {
            let refused = next.refused.iter().map(String::as_str);
            let mut asked = applied(&slots, query.clone()).without(refused);
            if !next.words.is_empty() {
                asked = asked.text(next.words.join(" "));
            }
            let answer = self.in_order(&slots, asked)?;
            if !answer.hits.is_empty() || query.n == 0 {
                break answer;
            }
            match least_needed(&slots) {
                Some(place) => relaxed.push(slots.remove(place)),
                None => break answer,
            }
        };
        next.shown = answer.hits.iter().map(|hit| hit.product.clone()).collect();
        *conversation = next;
        Ok(Asked {
            understood,
            answer: Some(answer),
            relaxed,
        })
    }

    /// The answer in the order that a slot asks for, if one does.
    fn in_order(&self, slots: &[Slot], query: Query) -> Result<Answer> {
        let sort = slots.iter().rev().find_map(|slot| match slot.says {
            Says::Sort(sort) => Some(sort),
            _ => None,
        });
        let Some(sort) = sort else {
            return self.recommend(&query);
        };
        let request = self.request(&query)?;
        let products = self.catalog.products();
        let known = request.allowed.iter().filter_map(|number| {
            let key = self.sort_key(sort, number, products.get(number as usize)?)?;
            Some((key, number))
        });
        let mut known: Vec<(f64, u32)> = known.collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        known.truncate(query.n);
        // Without prices or times there is no order by them.
        if known.is_empty() {
            return self.recommend(&query);
        }
        let ids: Vec<&str> = known
            .iter()
            .map(|&(_, number)| products[number as usize].id.as_str())
            .collect();
        let mut answer = self.recommend(&query.only(ids.iter().copied()))?;
        answer
            .hits
            .sort_by_key(|hit| ids.iter().position(|id| *id == hit.product));
        Ok(answer)
    }

    /// The number by which products are sorted in ascending order; none if the product lacks the field, such as a price.
    fn sort_key(&self, sort: Sort, number: u32, product: &Product) -> Option<f64> {
        match sort {
            Sort::Cheapest => product.price.map(f64::from),
            Sort::Dearest => product.price.map(|price| -f64::from(price)),
            Sort::Newest => product.time.map(|time| -(time as f64)),
            Sort::MostPopular => {
                let shoppers = self.popular_now().shoppers(recsys_core::ItemId(number));
                Some(-f64::from(shoppers))
            }
        }
    }
}

/// The slot that is left out first where no product has all: of what must hold and is wanted the least certain value, then the price, then the type.
fn least_needed(slots: &[Slot]) -> Option<usize> {
    let order = |slot: &Slot| match &slot.says {
        Says::Attribute { .. } if slot.is_of_type() => 2,
        Says::Attribute { .. } => 0,
        Says::Price { .. } => 1,
        Says::Quantity(_) | Says::Sort(_) => 3,
    };
    let may_go = |slot: &Slot| {
        slot.polarity == Polarity::Wanted && slot.strength == Strength::Must && order(slot) < 3
    };
    let places = slots.iter().enumerate().filter(|(_, slot)| may_go(slot));
    // Of equally certain ones the last goes first.
    let worth = |place: usize, slot: &Slot| (order(slot), slot.confidence, usize::MAX - place);
    let least = places.min_by(|a, b| {
        let (a, b) = (worth(a.0, a.1), worth(b.0, b.1));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
    });
    least.map(|(place, _)| place)
}
