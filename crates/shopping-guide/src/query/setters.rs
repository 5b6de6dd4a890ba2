//! The methods of a query, which set its fields one after the other.

use super::{Boost, Cursor, Filters, Query, Who};
use crate::catalog::same_but_for_case;
use crate::{Id, Language};

/// [`Query::nobody`].
impl Default for Query {
    fn default() -> Self {
        Self::nobody()
    }
}

impl Query {
    pub(super) fn of(who: Who) -> Self {
        Self {
            who,
            contexts: Vec::new(),
            bought: Vec::new(),
            viewed: Vec::new(),
            cart: Vec::new(),
            session: Vec::new(),
            likes: Vec::new(),
            text: None,
            n: 10,
            filters: Filters::default(),
            at_most: Vec::new(),
            at_least_new: 0,
            diversity: None,
            boosts: Vec::new(),
            page: None,
            language: Language::default(),
        }
    }

    /// Asks for someone of whom nothing is known.
    pub fn nobody() -> Self {
        Self::of(Who::Nobody)
    }

    /// Asks for a shopper of the event log.
    pub fn shopper<'a>(id: impl Into<Id<'a>>) -> Self {
        Self::of(Who::Shopper(id.into().into_string()))
    }

    /// Asks for someone who took `products`, each counting 1.
    pub fn history<'a, S: Into<Id<'a>>>(products: impl IntoIterator<Item = S>) -> Self {
        Self::weighted_history(products.into_iter().map(|product| (product, 1.0)))
    }

    /// Asks for someone who took `products` with these weights.
    pub fn weighted_history<'a, S: Into<Id<'a>>>(
        products: impl IntoIterator<Item = (S, f32)>,
    ) -> Self {
        let products = products
            .into_iter()
            .map(|(product, weight)| (product.into().into_string(), weight));
        Self::of(Who::History(products.collect()))
    }

    /// Says what the shopper bought since the events that the guide knows. It is owned, so that it is left out of the hits, and
    /// counts in the history as a purchase of the log does.
    ///
    /// What is said here, or by [`Query::viewed`], [`Query::cart`] or [`Query::session`], comes on top of what [`Query::who`]
    /// tells of. A product counts what its strongest event counts ([`EventWeights`](crate::EventWeights)): a product that was
    /// taken long ago and is viewed now counts at least as a view. What the catalogue lacks is passed over, and
    /// [`Answer::unknown_products`](crate::Answer::unknown_products) tells.
    #[must_use]
    pub fn bought<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.bought.extend(texts(products));
        self
    }

    /// Says what the shopper looked at, and no more: it counts in the history as a view, and may be among the hits where
    /// products that were viewed by the log may ([`Query::leave_out_viewed`], [`Query::keep_viewed`]).
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let red = |id| Product::new(id, id).attribute("colour", "red");
    /// let catalog = Catalog::new([red("mug"), red("bowl"), red("tray"), Product::new("soap", "Soap")])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let query = Query::nobody().bought(["mug"]).viewed(["bowl"]).cart(["tray"]);
    /// let answer = guide.recommend(&query)?;
    /// let products: Vec<&str> = answer.hits.iter().map(|hit| hit.product.as_str()).collect();
    /// assert_eq!(products, ["bowl", "soap"]); // the mug is owned, the tray is in the cart
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn viewed<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.viewed.extend(texts(products));
        self
    }

    /// Says what is in the cart: it counts in the history as a product put into the cart, is not owned, and is never a hit.
    #[must_use]
    pub fn cart<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.cart.extend(texts(products));
        self
    }

    /// Says what the shopper looked at in this visit, in the order of time, the latest last. The latest counts as a view, and
    /// each one before it 0.8 of the one that followed: after 3 more products a view counts half. A product that was looked at
    /// several times counts as at the last time.
    #[must_use]
    pub fn session<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.session.extend(texts(products));
        self
    }

    /// Looks for words in the titles, texts and attribute values of the products, in English or Chinese. Products that have more of the words come
    /// first, and among those with as many the shopper's history counts too; the places behind them are filled as without words. Case, accents, the
    /// English plural and the width of characters do not matter, and a word that no product has is taken for one that differs by a typo.
    /// [`Answer::unmatched_words`](crate::Answer::unmatched_words) tells what was not found. A text without a word changes nothing.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let catalog = Catalog::new([
    ///     Product::new("mug", "Red mug"),
    ///     Product::new("bowl", "Bowl").attribute("colour", "red"),
    ///     Product::new("soap", "Soap"),
    /// ])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let answer = guide.recommend(&Query::nobody().text("red bowls from Paris"))?;
    /// let products: Vec<&str> = answer.hits.iter().map(|hit| hit.product.as_str()).collect();
    /// assert_eq!(products, ["bowl", "mug", "soap"]); // two words, one, none
    /// assert_eq!(answer.hits[1].reasons[0].to_string(), "your words in title: Red");
    /// assert_eq!(answer.unmatched_words, ["Paris"]);
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The language of the reasons (English unless said).
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// How many hits (10 unless said).
    #[must_use]
    pub fn n(mut self, n: usize) -> Self {
        self.n = n;
        self
    }

    /// A product being looked at. May be called several times: hits go with all these products, and none of them is a hit.
    #[must_use]
    pub fn context<'a>(mut self, product: impl Into<Id<'a>>) -> Self {
        self.contexts.push(product.into().into_string());
        self
    }

    /// Says that the shopper likes a value of an attribute: the source `attributes` then weighs as much as all sources
    /// together. Other products may still be among the hits.
    #[must_use]
    pub fn likes(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.likes.push((name.into(), value.into()));
        self
    }

    /// Lets products that the shopper bought or rated, or that the history names, be among the hits.
    #[must_use]
    pub fn keep_seen(mut self) -> Self {
        self.filters.keep_seen = true;
        self
    }

    /// Leaves out products too that the shopper looked at or put into the cart, and no more.
    #[must_use]
    pub fn leave_out_viewed(mut self) -> Self {
        self.filters.leave_out_viewed = Some(true);
        self
    }

    /// Lets products that the shopper looked at or put into the cart be among the hits, however the guide was built.
    #[must_use]
    pub fn keep_viewed(mut self) -> Self {
        self.filters.leave_out_viewed = Some(false);
        self
    }

    /// Lets products that are out of stock or not on sale be among the hits.
    #[must_use]
    pub fn keep_unavailable(mut self) -> Self {
        self.filters.keep_unavailable = true;
        self
    }

    /// Only products created or published within so many days before the present.
    #[must_use]
    pub fn new_within_days(mut self, days: f32) -> Self {
        self.filters.new_within_days = Some(days);
        self
    }

    /// The lowest price.
    #[must_use]
    pub fn price_from(mut self, price: f32) -> Self {
        self.filters.price_from = Some(price);
        self
    }

    /// The highest price.
    #[must_use]
    pub fn price_to(mut self, price: f32) -> Self {
        self.filters.price_to = Some(price);
        self
    }

    /// Only products that are known to be in stock. Without it, only those are left out that are known to be out of stock or
    /// not on sale. It holds beside [`Query::keep_unavailable`].
    #[must_use]
    pub fn in_stock(mut self) -> Self {
        self.filters.in_stock = true;
        self
    }

    /// Asks for a value of an attribute: values of the same attribute are alternatives, different attributes all hold. Case
    /// does not matter. A category finds what lies below it, and may be written `Home > Kitchen`, `Home/Kitchen` or, if no path
    /// begins with it, `Kitchen`.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        add_value(&mut self.filters.attributes, name.into(), value.into());
        self
    }

    /// Leaves out products that have a value of an attribute, which is found as by [`Query::attribute`]. Products without the
    /// attribute stay.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let of = |id, brand| Product::new(id, id).attribute("brand", brand);
    /// let catalog = Catalog::new([of("a", "Veldt"), of("b", "Koi"), Product::new("c", "c")])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let answer = guide.recommend(&Query::nobody().not_attribute("Brand", "veldt"))?;
    /// let products: Vec<&str> = answer.hits.iter().map(|hit| hit.product.as_str()).collect();
    /// assert_eq!(products, ["b", "c"]);
    /// assert!(guide.recommend(&Query::nobody().not_attribute("brand", "Veld")).is_err()); // nearest: `Veldt`
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn not_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        add_value(&mut self.filters.not_attributes, name.into(), value.into());
        self
    }

    /// Nothing but these products.
    #[must_use]
    pub fn only<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.filters.only = Some(texts(products).collect());
        self
    }

    /// None of these products.
    #[must_use]
    pub fn without<'a, S: Into<Id<'a>>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.filters.without.extend(texts(products));
        self
    }

    /// At most `n` hits of each value of an attribute, for example of each brand. `n` is at least 1.
    ///
    /// The list of hits is gone through from its beginning, and a product is passed over if `n` products of one of its values
    /// have a place already. So the first hits are the same however many are asked for, on all pages together no value has more
    /// than `n` hits, and an answer may have fewer hits than products are allowed. A value is the whole text: `Home > Kitchen`
    /// and `Home > Garden` are two. Case does not matter. A product with several values counts for each. Products without
    /// the attribute are not bounded. Of a variant group only the best product is looked at.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let of = |id, brand| Product::new(id, id).attribute("brand", brand);
    /// let catalog = Catalog::new([of("a", "Koi"), of("b", "Koi"), of("c", "Veldt"), Product::new("d", "d")])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let answer = guide.recommend(&Query::nobody().at_most(1, "brand"))?;
    /// let products: Vec<&str> = answer.hits.iter().map(|hit| hit.product.as_str()).collect();
    /// assert_eq!(products, ["a", "c", "d"]);
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn at_most(mut self, n: usize, attribute: impl Into<String>) -> Self {
        self.at_most.push((attribute.into(), n));
        self
    }

    /// At least `n` of the hits, on each page, are new products: such that nobody looked at or took yet. A variant of a product that
    /// somebody took is not new.
    ///
    /// Where the hits have fewer, the last hits that are not new leave, as many as are missing, and come first on the next page.
    /// The hits that stay keep their order. Behind them stand the best new products that were not among the hits: first those
    /// of the fused list, by their score; then those that share attributes with what the shopper took or likes; then any, in
    /// the order of the catalogue. If too few new products are allowed, all that are allowed are hits. Unlike without
    /// this call, the first hits may differ with the number of hits asked for.
    #[must_use]
    pub fn at_least_new(mut self, n: usize) -> Self {
        self.at_least_new = n;
        self
    }

    /// How much a hit loses for being like a better one, by shared attributes: from 0 (not at all) to 1. It takes the place of
    /// [`FusionParams::diversity`](crate::FusionParams::diversity) for this query.
    #[must_use]
    pub fn diversity(mut self, diversity: f32) -> Self {
        self.diversity = Some(diversity);
        self
    }

    /// Multiplies the fused score of the products that have a value of an attribute by `factor`, from 0.1 to 10. The value is
    /// found as by [`Query::attribute`]. The factors of several boosts multiply; together they count at least 0.000001 and at
    /// most 1000000.
    ///
    /// A boost changes the order of the fused products, the first of each source's list. It does not reach the
    /// products that fill the places behind these: they have no score to multiply, and stay in their order.
    /// A hit whose score was raised says so by [`Reason::Promoted`](crate::Reason::Promoted), its last reason. A lowered one is
    /// not said, but an [`Explanation`](crate::Explanation) has it too.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let of = |id, margin| Product::new(id, id).attribute("margin", margin);
    /// let guide = Guide::builder().catalog(Catalog::new([of("a", "low"), of("b", "high")])?).build()?;
    /// assert_eq!(guide.recommend(&Query::nobody())?.hits[0].product, "a");
    /// let hit = &guide.recommend(&Query::nobody().boost("margin", "high", 1.2))?.hits[0];
    /// assert_eq!(hit.product, "b"); // 0.1 / 62 · 1.2 in place of 0.1 / 61
    /// assert_eq!(hit.reasons.last().unwrap().to_string(), "the shop promotes margin: high");
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn boost(
        mut self,
        attribute: impl Into<String>,
        value: impl Into<String>,
        factor: f32,
    ) -> Self {
        self.boosts.push(Boost {
            attribute: attribute.into(),
            value: value.into(),
            factor,
        });
        self
    }

    /// Goes on behind the hits of the page whose [`Answer::next`](crate::Answer::next) `cursor` is. The query must be the same
    /// but for the number of hits.
    ///
    /// The guide keeps nothing between two pages: it makes the list of hits again and passes over the hits that were given.
    /// So the pages together are one long answer of the same guide. If the guide has changed between two pages,
    /// the page is that of the changed guide, and a product whose place has changed may be given twice or not at all.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let catalog = Catalog::new(["a", "b", "c"].map(|id| Product::new(id, id)))?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let first = guide.recommend(&Query::nobody().n(2))?;
    /// let second = guide.recommend(&Query::nobody().n(2).page(first.next.unwrap()))?;
    /// assert_eq!((second.hits.len(), second.hits[0].product.as_str(), second.next), (1, "c", None));
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    #[must_use]
    pub fn page(mut self, cursor: impl Into<Cursor>) -> Self {
        self.page = Some(cursor.into());
        self
    }
}

/// Adds a value to those of an attribute, whatever the case of its name.
fn add_value(attributes: &mut Vec<(String, Vec<String>)>, name: String, value: String) {
    let mut known = attributes.iter_mut();
    match known.find(|(known, _)| same_but_for_case(known, &name)) {
        Some((_, values)) => values.push(value),
        None => attributes.push((name, vec![value])),
    }
}

/// The ids as texts.
fn texts<'a, S: Into<Id<'a>>>(ids: impl IntoIterator<Item = S>) -> impl Iterator<Item = String> {
    ids.into_iter().map(|id| id.into().into_string())
}
