//! Everything about a guide that can be set.

use guide_core::{Params, Result, ensure};
use recsys_cf::{ItemTfidf, ItemTopParams};
use recsys_mf::{Ials, IalsParams};
use serde::{Deserialize, Serialize};

use crate::EventKind;
use crate::fusion::{ContextWeights, FusionParams};
use crate::source::AttributeParams;

/// What an event counts: a view is the weakest sign of interest, a purchase the strongest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EventWeights {
    /// A view (0.5).
    pub view: f32,
    /// A product put into the cart (0.75).
    pub cart: f32,
    /// A purchase (1), whatever the number of pieces.
    pub purchase: f32,
    /// The best rating of the log (1); the worst counts 0, those between in proportion.
    pub rating: f32,
    /// A product of a shopper's history that was taken so many days before the shopper's last one counts half of it when the
    /// shopper asks; none for ever. What shoppers took together counts the same at any time.
    pub half_life_days: Option<f32>,
}

impl Default for EventWeights {
    fn default() -> Self {
        Self {
            view: 0.5,
            cart: 0.75,
            purchase: 1.0,
            rating: 1.0,
            half_life_days: Some(90.0),
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
    /// What an event of `kind` counts; ratings as the best one.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GuideParams {
    /// What events count.
    pub events: EventWeights,
    /// The source `neighbours`.
    pub neighbours: ItemTopParams,
    /// The source `factors`; its seed is that of the guide.
    pub factors: IalsParams,
    /// The source `attributes`: what the fields of a product weigh.
    pub attributes: AttributeParams,
    /// The source `trending`: days after which an event counts half. Where some events have a time, those without count as the
    /// oldest; the latest in a thousand, among which wrong dates would be, as those just before them.
    pub trending_half_life_days: f32,
    /// The source `popular`: days after which an event counts half; none for ever.
    pub popular_half_life_days: Option<f32>,
    /// How the sources' lists become one.
    pub fusion: FusionParams,
    /// What the sources weigh where one asks what goes with a product.
    pub context: ContextWeights,
    /// Whether the half lives of `events` and `trending` and the weights of the fusion are fitted to the log, where it has
    /// times and enough shoppers: a guide is built on all but the last tenth of the baskets, and those under which its
    /// sources find most of that tenth are taken. The search begins at those given here; a source of weight 0 stays silent.
    pub tune: bool,
    /// Products that are never recommended, for example postage that the till books as an article. They still tell what
    /// goes with what.
    pub leave_out: Vec<String>,
    /// Where random numbers come from.
    pub seed: u64,
}

impl Default for GuideParams {
    fn default() -> Self {
        Self {
            events: EventWeights::default(),
            neighbours: ItemTfidf::params(),
            factors: Ials::params().regularization(0.01),
            attributes: AttributeParams::default(),
            trending_half_life_days: 14.0,
            popular_half_life_days: None,
            fusion: FusionParams::default(),
            context: ContextWeights::default(),
            tune: true,
            leave_out: Vec::new(),
            seed: 0,
        }
    }
}

guide_core::setters!(GuideParams {
    events: EventWeights,
    neighbours: ItemTopParams,
    factors: IalsParams,
    attributes: AttributeParams,
    trending_half_life_days: f32,
    popular_half_life_days: Option<f32>,
    fusion: FusionParams,
    context: ContextWeights,
    tune: bool,
    leave_out: Vec<String>,
    seed: u64,
});

impl Params for GuideParams {
    fn validate(&self) -> Result<()> {
        within("events", self.events.validate())?;
        within("neighbours", self.neighbours.validate())?;
        within("factors", self.factors.validate())?;
        within("attributes", self.attributes.validate())?;
        ensure::positive("trending_half_life_days", self.trending_half_life_days)?;
        let days = self.popular_half_life_days;
        days.map_or(Ok(()), |days| {
            ensure::positive("popular_half_life_days", days)
        })?;
        within("fusion", self.fusion.validate())?;
        within("context", self.context.validate())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_few_fields_read_from_json() {
        let text = r#"{"seed": 7, "events": {"view": 0.1}, "fusion": {"k": 20}, "attributes": {"price_bands": 4}}"#;
        let params: GuideParams = serde_json::from_str(text).unwrap();
        let expected = GuideParams::default()
            .seed(7)
            .events(EventWeights::default().view(0.1))
            .fusion(FusionParams::default().k(20.0))
            .attributes(AttributeParams::default().price_bands(4));
        assert_eq!(params, expected);
        let slip = serde_json::from_str::<GuideParams>(r#"{"sed": 7}"#);
        assert!(
            slip.unwrap_err()
                .to_string()
                .starts_with("unknown field `sed`")
        );
    }
}
