//! The sources of a guide as data: each with what its candidates rest on and its weights. A new source is one entry here.

use super::Guide;
use crate::source::{Factors, Neighbours, Shared, Source, Trending};

/// What the candidates of a source rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// What other shoppers did with the products of the history.
    OtherShoppers,
    /// What the products of the history are like.
    Attributes,
    /// Something that only the shop knows: a source of its own.
    Own,
    /// What most shoppers take, whoever asks.
    Popular,
}

/// A source with its basis and weights.
pub(crate) struct SourceEntry<'g> {
    pub(crate) source: Box<dyn Source + 'g>,
    pub(super) basis: Basis,
    for_shopper: f32,
    with_product: f32,
}

impl SourceEntry<'_> {
    /// What it weighs for a shopper, or where one asks what goes with a product.
    pub(crate) fn weight(&self, with_product: bool) -> f32 {
        match with_product {
            true => self.with_product,
            false => self.for_shopper,
        }
    }
}

impl Guide {
    /// The sources that this guide has, in the order in which they are told.
    pub(crate) fn sources(&self) -> Vec<SourceEntry<'_>> {
        let catalog = &self.catalog;
        let (fusion, context) = (&self.params.fusion, &self.params.context);
        let mut entries: Vec<SourceEntry<'_>> = Vec::new();
        let mut add = |source, basis, [for_shopper, with_product]: [f32; 2]| {
            entries.push(SourceEntry {
                source,
                basis,
                for_shopper,
                with_product,
            });
        };
        if let Some(model) = &self.neighbours {
            let source = Box::new(Neighbours { model, catalog });
            add(
                source,
                Basis::OtherShoppers,
                [fusion.neighbours, context.neighbours],
            );
        }
        if let Some(factors) = &self.factors {
            let source = Box::new(Factors { factors, catalog });
            add(
                source,
                Basis::OtherShoppers,
                [fusion.factors, context.factors],
            );
        }
        let index = &self.attributes;
        let source = Box::new(Shared { index, catalog });
        add(
            source,
            Basis::Attributes,
            [fusion.attributes, context.attributes],
        );
        for (source, weight) in self.own.iter() {
            add(Box::new(&**source), Basis::Own, [*weight; 2]);
        }
        if let Some(trending) = &self.trending {
            add(
                Box::new(Trending(trending)),
                Basis::Popular,
                [fusion.trending; 2],
            );
        }
        add(Box::new(&self.popular), Basis::Popular, [fusion.popular; 2]);
        entries
    }
}
