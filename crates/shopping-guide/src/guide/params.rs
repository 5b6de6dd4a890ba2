//! Everything about a guide that can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::EventKind;
use crate::fusion::FusionParams;
use crate::source::AttributeParams;

/// What an event counts: a view is the weakest sign of interest, a purchase the strongest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventWeights {
    /// A view (1).
    pub view: f32,
    /// A product put into the cart (2).
    pub cart: f32,
    /// A purchase (4), whatever the number of pieces.
    pub purchase: f32,
    /// The best rating of the log (4); the worst counts 0, those between in proportion.
    pub rating: f32,
    /// Days after which an event counts half; none for ever.
    pub half_life_days: Option<f32>,
}

impl Default for EventWeights {
    fn default() -> Self {
        Self {
            view: 1.0,
            cart: 2.0,
            purchase: 4.0,
            rating: 4.0,
            half_life_days: None,
        }
    }
}

guide_core::setters!(EventWeights {
    view: f32,
    cart: f32,
    purchase: f32,
    rating: f32,
    half_life_days: Option<f32>,
});

impl Params for EventWeights {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("view", self.view)?;
        ensure::not_negative("cart", self.cart)?;
        ensure::not_negative("purchase", self.purchase)?;
        ensure::not_negative("rating", self.rating)?;
        self.half_life_days
            .map_or(Ok(()), |days| ensure::positive("half_life_days", days))
    }
}

impl EventWeights {
    /// What an event of `kind` counts before time is looked at; ratings as the best one.
    pub(crate) fn of(&self, kind: EventKind) -> f32 {
        match kind {
            EventKind::View => self.view,
            EventKind::Cart => self.cart,
            EventKind::Purchase => self.purchase,
            EventKind::Rating => self.rating,
        }
    }
}

/// Parameters of a [`Guide`](crate::Guide).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GuideParams {
    /// What events count.
    pub events: EventWeights,
    /// The source `attributes`: what the fields of a product weigh.
    pub attributes: AttributeParams,
    /// The source `popular`: days after which an event counts half; none for ever.
    pub popular_half_life_days: Option<f32>,
    /// How the sources' lists become one.
    pub fusion: FusionParams,
    /// Where random numbers come from.
    pub seed: u64,
}

guide_core::setters!(GuideParams {
    events: EventWeights,
    attributes: AttributeParams,
    popular_half_life_days: Option<f32>,
    fusion: FusionParams,
    seed: u64,
});

impl Params for GuideParams {
    fn validate(&self) -> Result<()> {
        within("events", self.events.validate())?;
        within("attributes", self.attributes.validate())?;
        let days = self.popular_half_life_days;
        days.map_or(Ok(()), |days| {
            ensure::positive("popular_half_life_days", days)
        })?;
        within("fusion", self.fusion.validate())
    }
}

/// Puts the name of the nested parameters before the field's in an error.
fn within(outer: &str, checked: Result<()>) -> Result<()> {
    checked.map_err(|error| match error {
        guide_core::Error::Param {
            name,
            value,
            expected,
        } => guide_core::Error::param(&format!("{outer}.{name}"), value, expected),
        other => other,
    })
}
