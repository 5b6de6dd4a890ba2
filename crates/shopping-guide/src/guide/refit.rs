//! Fits a guide again, with the parameters and weights that it has.

use guide_core::{Progress, Result};

use super::{BuildReport, Guide};
use crate::Events;

impl Guide {
    /// A guide with the same catalogue and parameters, fitted to its events and to `more` behind them. Nothing is tuned: tune once a week by
    /// [`Guide::builder`] with [`Guide::events`], and refit as often as there is something new. Sources of the shop's own stay.
    ///
    /// Events whose product the catalogue lacks are left out and counted in [`BuildReport::unknown_products`].
    ///
    /// # Errors
    /// [`Error::Unsuitable`](crate::Error::Unsuitable) for a guide of a file before version 5, which lacks the events; and as
    /// [`GuideBuilder::build_with`](crate::GuideBuilder::build_with).
    ///
    /// ```
    /// use shopping_guide::{Catalog, Event, Events, Guide, Product, Query, Silent};
    /// let catalog = Catalog::new(["mug", "bowl", "soap"].map(|id| Product::new(id, id)))?;
    /// let guide = Guide::builder().catalog(catalog).events(Events::new([Event::purchase("ann", "mug")])?).build()?;
    /// let more = Events::new([Event::purchase("bob", "mug"), Event::purchase("bob", "bowl"), Event::purchase("cy", "soap")])?;
    /// let (guide, report) = guide.refit(&more, &Silent)?;
    /// assert_eq!((report.events, guide.shoppers().count()), (4, 3));
    /// assert_eq!(guide.recommend(&Query::shopper("ann"))?.hits[0].product, "bowl");
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn refit(&self, more: &Events, progress: &dyn Progress) -> Result<(Self, BuildReport)> {
        self.ensure_whole_log("a refit")?;
        let params = &*self.params;
        let now = self.log_now();
        let log = now.and(&params.events, params.viewed, &self.catalog, more);
        let (guide, mut report) = self.fitted_to(log, progress)?;
        report.unknown_products = now.len() + more.len() - report.events;
        let unknown = more.rows().1.items.names();
        let unknown = unknown.filter(|id| self.catalog.get(id).is_none());
        report.unknown_examples = unknown.take(3).map(str::to_owned).collect();
        Ok((guide, report))
    }
}
