//! Values of attributes that the shop promotes: they change the fused scores, and the reasons say so.

use guide_core::{Result, Scored, ensure};
use recsys_core::ItemId;

use super::Guide;
use crate::catalog::{Place, same_but_for_case};
use crate::fusion::WEIGHTS;
use crate::{Boost, Product, Reason};

/// A value of an attribute with the factor of its products.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Promotion {
    attribute: String,
    /// The value as the catalogue writes it.
    value: String,
    place: Place,
    factor: f32,
}

impl Promotion {
    fn holds(&self, product: &Product) -> bool {
        let mut own = product.attributes.iter();
        own.any(|(name, value)| same_but_for_case(name, &self.attribute) && self.place.holds(value))
    }
}

impl Guide {
    /// A boost of a query, checked.
    pub(super) fn promotion(&self, boost: &Boost) -> Result<Promotion> {
        ensure::within("boost", boost.factor, 0.1, 10.0)?;
        let (place, value) = self.known_value(&boost.attribute, &boost.value)?;
        Ok(Promotion {
            attribute: boost.attribute.clone(),
            value,
            place,
            factor: boost.factor,
        })
    }

    /// Multiplies the scores of a list by the factors of its products, and puts the list in order again.
    pub(super) fn promote(&self, list: &mut [Scored<ItemId>], promotions: &[Promotion]) {
        if promotions.is_empty() {
            return;
        }
        for hit in list.iter_mut() {
            hit.score *= self.factor_of(hit.id, promotions);
        }
        list.sort_unstable_by(Scored::order);
    }

    /// The factor of a product. It is bounded as weights are, so that however many boosts there are, a score stays a finite
    /// number above 0.
    pub(super) fn factor_of(&self, product: ItemId, promotions: &[Promotion]) -> f32 {
        let factors = self.promotions_of(product, promotions);
        let factor: f64 = factors
            .map(|promotion| f64::from(promotion.factor))
            .product();
        factor.clamp((*WEIGHTS.start()).into(), (*WEIGHTS.end()).into()) as f32
    }

    fn promotions_of<'p>(
        &self,
        product: ItemId,
        promotions: &'p [Promotion],
    ) -> impl Iterator<Item = &'p Promotion> {
        let product = self.catalog.products().get(product.index());
        let promotions = promotions.iter();
        promotions.filter(move |promotion| product.is_some_and(|product| promotion.holds(product)))
    }

    /// The reasons by which a product was promoted; by which its score was lowered, if `lowered`.
    pub(super) fn promoted(
        &self,
        product: ItemId,
        promotions: &[Promotion],
        lowered: bool,
    ) -> Vec<Reason> {
        let own = self.promotions_of(product, promotions);
        let own = own.filter(|promotion| match lowered {
            true => promotion.factor < 1.0,
            false => promotion.factor > 1.0,
        });
        own.map(|promotion| Reason::Promoted {
            attribute: promotion.attribute.clone(),
            value: promotion.value.clone(),
            factor: promotion.factor,
        })
        .collect()
    }
}
