//! A guide after a change of the catalogue: products that come, change, get another price or availability, or are no longer sold.

use std::collections::HashSet;
use std::sync::Arc;

use guide_core::{Error, Result};
use recsys_core::ItemId;

use super::Guide;
use crate::live::Change;
use crate::{Events, Product};

impl Guide {
    /// Whether changes can be applied one after the other.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product to change that the catalogue lacks; what [`Events::push`](crate::Events::push) and
    /// [`Catalog::push`](crate::Catalog::push) give for an event and a product; [`Error::Param`] for a price that is not finite.
    pub(crate) fn check_changes(&self, changes: &[Change]) -> Result<()> {
        let mut new: HashSet<&str> = HashSet::new();
        for change in changes {
            self.check_change(change, &new)?;
            if let Change::Product(product) = change {
                new.insert(&product.id);
            }
        }
        Ok(())
    }

    fn check_change(&self, change: &Change, new: &HashSet<&str>) -> Result<()> {
        let require = |id: &str| match new.contains(id) {
            true => Ok(()),
            false => self.catalog.require(id).map(|_| ()),
        };
        match change {
            Change::Event(event) => Events::default().push(event),
            Change::Product(product) => crate::catalog::check(product, self.catalog.len()),
            Change::Price { product, price } => {
                require(product)?;
                match price.filter(|price| !price.is_finite()) {
                    Some(price) => Err(Error::param("price", price, "finite")),
                    None => Ok(()),
                }
            }
            Change::Stock { product, .. } | Change::Removal { product } => require(product),
            Change::Forgotten { .. } => Ok(()),
        }
    }

    /// Applies changes that [`Guide::check_changes`] let pass. A shopper is forgotten elsewhere, because that counts anew.
    pub(crate) fn apply(&mut self, changes: &[Change]) -> Result<()> {
        let mut changed: Vec<u32> = Vec::new();
        for change in changes {
            match change {
                Change::Event(event) => self.observe(event),
                Change::Product(product) => {
                    let reader = self.sentences.get();
                    if reader.is_some_and(|reader| !reader.knows_all_of(product)) {
                        self.sentences = Arc::default();
                    }
                    changed.push(self.put_product(product.clone())?.0);
                }
                Change::Price { product, price } => {
                    changed.push(self.edit(product, |product| product.price = *price)?.0);
                }
                Change::Stock { product, available } => {
                    self.edit(product, |product| product.available = *available)?;
                }
                Change::Removal { product } => {
                    let number = self.catalog.require(product)?;
                    Arc::make_mut(&mut self.filters).stop_selling(number.0);
                }
                Change::Forgotten { .. } => {}
            }
        }
        if !changed.is_empty() {
            let params = &self.params.attributes;
            let attributes = self
                .attributes
                .with_products(params, &self.catalog, &changed);
            self.attributes = Arc::new(attributes);
            // An index that is not there yet will have the changed products.
            let text = self.text.get().filter(|_| self.params.context.text > 0.0);
            if let Some(text) = text.map(|text| text.with_products(&self.catalog, &changed)) {
                self.text = Arc::new(text.into());
            }
        }
        Ok(())
    }

    /// Changes the price or availability of a product. One that the shop no longer sells stays so.
    fn edit(&mut self, id: &str, edit: impl FnOnce(&mut Product)) -> Result<ItemId> {
        let number = self.catalog.require(id)?;
        let is_sold = self.filters.sold().contains(number.0);
        let mut product = Product::clone(&self.catalog.products()[number.index()]);
        edit(&mut product);
        self.put_product(product)?;
        if !is_sold {
            Arc::make_mut(&mut self.filters).stop_selling(number.0);
        }
        Ok(number)
    }

    /// Puts a product into the catalogue and the filters; the events that wait for it happen now.
    fn put_product(&mut self, product: Product) -> Result<ItemId> {
        let known = self.catalog.number(&product.id);
        if let Some(number) = known {
            let before = self.catalog.products()[number.index()].clone();
            let group = self.catalog.group_of(number);
            Arc::make_mut(&mut self.filters).take_out(number.0, &before, group);
        }
        let id = product.id.clone();
        let number = Arc::make_mut(&mut self.catalog).put(product)?;
        let product = self.catalog.products()[number.index()].clone();
        let group = self.catalog.group_of(number);
        Arc::make_mut(&mut self.filters).put_in(number.0, &product, group);
        if known.is_none() {
            for event in &self.since.take_waiting(&id) {
                self.observe(event);
            }
        }
        Ok(number)
    }
}
