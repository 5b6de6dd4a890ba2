//! Sources that a shop adds to its guide.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use guide_core::{Error, Result};

use super::{Guide, limits};
use crate::source::{KINDS, Source};

/// Sources with their weights.
#[derive(Clone, Default)]
pub(super) struct Own(Vec<(Arc<dyn Source>, f32)>);

impl Guide {
    /// Adds a source of the shop's own, for example what a photo search finds. It is fused with the others by `weight`, also
    /// where one asks what goes with a product, and silences none of them; the rung of its hits is `attributes`. What the
    /// query leaves out is left out of its candidates too. It is not saved with the guide: whoever loads the guide adds it again.
    ///
    /// # Errors
    /// [`Error::Param`] for a weight outside 0.000001 to 1000000, [`Error::Duplicate`] for a name that a source of the
    /// guide has.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, ItemId, Product, Query, Reason, Request, Result, Scored, Source};
    ///
    /// struct OnOffer(ItemId);
    /// impl Source for OnOffer {
    ///     fn name(&self) -> &'static str { "on offer" }
    ///     fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
    ///         let offers = [Scored { id: self.0, score: 1.0 }].into_iter();
    ///         Ok(offers.filter(|offer| request.allows(offer.id.0)).take(n).collect())
    ///     }
    ///     fn reasons(&self, _: &Request, _: ItemId) -> Result<Vec<Reason>> {
    ///         Ok(vec![Reason::Other { words: "half price today".to_owned() }])
    ///     }
    /// }
    ///
    /// let catalog = Catalog::new([Product::new("a", "Mug"), Product::new("b", "Bowl")])?;
    /// let offer = OnOffer(catalog.number("b").unwrap());
    /// let guide = Guide::builder().catalog(catalog).build()?.with_source(Box::new(offer), 1.0)?;
    /// let answer = guide.recommend(&Query::nobody())?;
    /// assert_eq!((answer.hits[0].product.as_str(), answer.hits[0].sources[0].as_str()), ("b", "on offer"));
    /// assert_eq!(answer.hits[0].reasons[0].to_string(), "half price today");
    /// assert_eq!(guide.recommend(&Query::nobody().without(["b"]))?.hits[0].product, "a");
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn with_source(mut self, source: Box<dyn Source>, weight: f32) -> Result<Self> {
        limits::weight_above_0("weight", weight)?;
        let name = source.name();
        let is_built_in = KINDS.iter().any(|kind| kind.name() == name);
        if is_built_in || self.own.iter().any(|(own, _)| own.name() == name) {
            return Err(Error::Duplicate {
                what: "source".to_owned(),
                id: name.to_owned(),
            });
        }
        self.own.0.push((Arc::from(source), weight));
        Ok(self)
    }
}

impl Deref for Own {
    type Target = [(Arc<dyn Source>, f32)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// By names and weights.
impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        let named = |own: &Self| -> Vec<(&str, f32)> {
            let own = own.iter();
            own.map(|(source, weight)| (source.name(), *weight))
                .collect()
        };
        named(self) == named(other)
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.iter();
        f.debug_list()
            .entries(own.map(|(source, weight)| (source.name(), weight)))
            .finish()
    }
}
