//! Everything about a guide that can be set.

use guide_core::{Params, Result, ensure};
use recsys_cf::{ItemTfidf, ItemTopParams};
#[cfg(feature = "neural")]
use recsys_deep::DmfParams;
use recsys_mf::{Ials, IalsParams};
use serde::{Deserialize, Serialize};

use super::{Viewed, limits};
use crate::EventKind;
use crate::fusion::{ContextWeights, FusionParams};
use crate::noise::NoiseParams;
use crate::source::{AttributeParams, TextParams};

/// What an event counts: a view is the weakest sign of interest, a purchase the strongest. Each weight is 0, or between
/// 0.000001 and 1000000. Where all events of a log are views, or all are carts, they count as purchases do.
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
        limits::weight("view", self.view)?;
        limits::weight("cart", self.cart)?;
        limits::weight("purchase", self.purchase)?;
        limits::weight("rating", self.rating)?;
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
    /// The source `neural`: a network that is trained where [`FusionParams::neural`] or [`ContextWeights::neural`] is above 0, and the log
    /// has 1,000 shoppers and 20,000 different pairs of shopper and product; its seed is that of the guide.
    #[cfg(feature = "neural")]
    pub neural: DmfParams,
    /// The settings of the network, kept as they were read for a program that has the feature.
    #[cfg(not(feature = "neural"))]
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    neural: serde_json::Value,
    /// The source `attributes`: what the fields of a product weigh.
    pub attributes: AttributeParams,
    /// The source `text`: how words of a query are looked for in the fields of a product.
    pub text_search: TextParams,
    /// The source `trending`: days after which an event counts half. Where some events have a time, those without count as the
    /// oldest; the latest in a thousand, among which wrong dates would be, as those just before them.
    pub trending_half_life_days: f32,
    /// The source `popular`: days after which an event counts half; none for ever.
    pub popular_half_life_days: Option<f32>,
    /// How the sources' lists become one.
    pub fusion: FusionParams,
    /// What the sources weigh where one asks what goes with a product.
    pub context: ContextWeights,
    /// What is done with products that a shopper only viewed or put into the cart.
    pub viewed: Viewed,
    /// Whether the settings of the factors, the half lives of `events` and `trending` and the weights of the fusion are fitted
    /// to the log, where it has times and enough shoppers: a guide is built on all but the last tenth of the baskets, and
    /// those under which its sources find most of that tenth are taken. The search begins at those given here; a source of
    /// weight 0 is not used.
    pub tune: bool,
    /// Events that tuning is done on, at most: of a larger log some shoppers are taken with all that they did, drawn by the
    /// seed.
    pub tune_events: usize,
    /// The most work that the settings of the factors are tried with: the sum over the trials of `epochs · factors ·
    /// (interactions + factors · (shoppers + products))`. It is counted in work, so that the same seed gives the same guide on
    /// any machine; a thousand million take about two seconds of one core.
    pub tune_budget: u64,
    /// Seconds after which no further setting of the factors is tried; none for no limit. With a limit the guide depends on
    /// how fast the machine is, and the report says so.
    pub tune_seconds: Option<f32>,
    /// Products that are never recommended, for example postage that the till books as an article. They still tell what
    /// goes with what.
    pub leave_out: Vec<String>,
    /// What shoppers did together is shown to others only where so many shoppers did it (1): pairs of `neighbours`, `bought-together` and
    /// `session` with fewer are left out.
    pub at_least_shoppers: usize,
    /// Noise for what is counted of shoppers, so that no answer tells whether one of them is among those counted; none counts exactly. With noise
    /// `tune` must be false: what tuning picks follows from exact counts.
    pub noise: Option<NoiseParams>,
    /// Where random numbers come from.
    pub seed: u64,
}

impl Default for GuideParams {
    fn default() -> Self {
        Self {
            events: EventWeights::default(),
            neighbours: ItemTfidf::params(),
            factors: Ials::params(),
            neural: Default::default(),
            attributes: AttributeParams::default(),
            text_search: TextParams::default(),
            trending_half_life_days: 14.0,
            popular_half_life_days: None,
            fusion: FusionParams::default(),
            context: ContextWeights::default(),
            viewed: Viewed::default(),
            tune: true,
            tune_events: 1_000_000,
            tune_budget: 30_000_000_000,
            tune_seconds: None,
            leave_out: Vec::new(),
            at_least_shoppers: 1,
            noise: None,
            seed: 0,
        }
    }
}

guide_core::setters!(GuideParams {
    events: EventWeights,
    neighbours: ItemTopParams,
    factors: IalsParams,
    attributes: AttributeParams,
    text_search: TextParams,
    trending_half_life_days: f32,
    popular_half_life_days: Option<f32>,
    fusion: FusionParams,
    context: ContextWeights,
    viewed: Viewed,
    tune: bool,
    tune_events: usize,
    tune_budget: u64,
    tune_seconds: Option<f32>,
    leave_out: Vec<String>,
    at_least_shoppers: usize,
    noise: Option<NoiseParams>,
    seed: u64,
});

#[cfg(feature = "neural")]
guide_core::setters!(GuideParams { neural: DmfParams });

impl Params for GuideParams {
    fn validate(&self) -> Result<()> {
        within("events", self.events.validate())?;
        within("neighbours", self.neighbours.validate())?;
        within("neighbours", limits::neighbours(&self.neighbours))?;
        within("factors", self.factors.validate())?;
        within("factors", limits::factors(&self.factors))?;
        #[cfg(feature = "neural")]
        within("neural", self.neural.validate())?;
        #[cfg(feature = "neural")]
        within("neural", limits::neural(&self.neural))?;
        within("attributes", self.attributes.validate())?;
        within("text_search", self.text_search.validate())?;
        ensure::positive("trending_half_life_days", self.trending_half_life_days)?;
        let days = self.popular_half_life_days;
        days.map_or(Ok(()), |days| {
            ensure::positive("popular_half_life_days", days)
        })?;
        ensure::at_least_one("tune_events", self.tune_events)?;
        ensure::within("at_least_shoppers", self.at_least_shoppers, 1, 1 << 30)?;
        let noise = self.noise.as_ref();
        within("noise", noise.map_or(Ok(()), Params::validate))?;
        if noise.is_some() && self.tune {
            let expected = "false with `noise`: what tuning picks follows from exact counts";
            return Err(guide_core::Error::param("tune", true, expected));
        }
        self.tune_seconds
            .map_or(Ok(()), |seconds| ensure::positive("tune_seconds", seconds))?;
        within("fusion", self.fusion.validate())?;
        within("context", self.context.validate())?;
        #[cfg(not(feature = "neural"))]
        super::without_neural::ensure_no_weight(self)?;
        Ok(())
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
