//! What files of versions 1 and 2 hold of a guide. The codec goes by position, so these structs never change.

use recsys_cf::{ItemSimilarity, ItemTop, ItemTopParams, Weighting};
use recsys_mf::{Confidence, Ials, IalsParams, Solver};
use serde::Deserialize;

use super::{EventWeights, GuideParams, Viewed};
use crate::catalog::CatalogV2;
use crate::source::{AttributeParams, AttributesBefore4, PopularBefore5};
use crate::{ContextWeights, FusionParams};

/// The catalogue as it was before version 3.
pub(super) type CatalogBefore3 = CatalogV2;
/// The neighbours as they were before version 3.
pub(super) type NeighboursBefore3 = ItemTop;
/// The factors as they were before version 3.
pub(super) type FactorsBefore3 = Ials;

/// A guide: `O` is a flag for each interaction, or nothing in version 1.
#[derive(Deserialize)]
pub(super) struct StoredBefore3<O> {
    pub(super) params: ParamsBefore3,
    pub(super) catalog: CatalogBefore3,
    pub(super) neighbours: Option<NeighboursBefore3>,
    pub(super) factors: Option<FactorsBefore3>,
    pub(super) attributes: AttributesBefore4,
    pub(super) now: i64,
    pub(super) trending: Option<PopularBefore5>,
    #[serde(rename = "popular")]
    pub(super) _popular: PopularBefore5,
    pub(super) owned: O,
}

#[derive(Deserialize)]
pub(super) struct ParamsBefore3 {
    events: EventWeightsBefore3,
    neighbours: ItemTopParamsBefore3,
    factors: IalsParamsBefore3,
    attributes: AttributeParamsBefore3,
    trending_half_life_days: f32,
    popular_half_life_days: Option<f32>,
    fusion: FusionParamsBefore3,
    context: ContextWeightsBefore3,
    tune: bool,
    leave_out: Vec<String>,
    seed: u64,
}

#[derive(Deserialize)]
struct EventWeightsBefore3 {
    view: f32,
    cart: f32,
    purchase: f32,
    rating: f32,
    half_life_days: Option<f32>,
}

#[derive(Deserialize)]
struct ItemTopParamsBefore3 {
    k: usize,
    weighting: Weighting,
    similarity: ItemSimilarity,
    k1: f32,
    b: f32,
    alpha: f32,
    beta: f32,
    shrinkage: f32,
    user_exponent: f32,
    normalize: bool,
    amplify: f32,
}

#[derive(Deserialize)]
struct IalsParamsBefore3 {
    n_factors: usize,
    n_epochs: usize,
    regularization: f32,
    frequency_exponent: f32,
    unobserved_weight: f32,
    alpha: f32,
    confidence: Confidence,
    solver: Solver,
    cg_steps: usize,
    init_deviation: f32,
    seed: u64,
}

#[derive(Deserialize)]
struct AttributeParamsBefore3 {
    attribute_weight: f32,
    title_weight: f32,
    text_weight: f32,
    price_weight: f32,
    price_bands: usize,
}

#[derive(Deserialize)]
struct FusionParamsBefore3 {
    k: f32,
    depth: usize,
    neighbours: f32,
    factors: f32,
    attributes: f32,
    trending: f32,
    popular: f32,
    diversity: f32,
}

#[derive(Deserialize)]
struct ContextWeightsBefore3 {
    neighbours: f32,
    factors: f32,
    attributes: f32,
}

impl ParamsBefore3 {
    /// The same parameters as they are now; a guide of that time recommended again what was only viewed.
    pub(super) fn now(self) -> GuideParams {
        let (events, neighbours, factors) = (self.events, self.neighbours, self.factors);
        let (attributes, fusion, context) = (self.attributes, self.fusion, self.context);
        GuideParams::default()
            .events(
                EventWeights::default()
                    .view(events.view)
                    .cart(events.cart)
                    .purchase(events.purchase)
                    .rating(events.rating)
                    .half_life_days(events.half_life_days),
            )
            .neighbours(
                ItemTopParams::default()
                    .k(neighbours.k)
                    .weighting(neighbours.weighting)
                    .similarity(neighbours.similarity)
                    .k1(neighbours.k1)
                    .b(neighbours.b)
                    .alpha(neighbours.alpha)
                    .beta(neighbours.beta)
                    .shrinkage(neighbours.shrinkage)
                    .user_exponent(neighbours.user_exponent)
                    .normalize(neighbours.normalize)
                    .amplify(neighbours.amplify),
            )
            .factors(
                IalsParams::default()
                    .n_factors(factors.n_factors)
                    .n_epochs(factors.n_epochs)
                    .regularization(factors.regularization)
                    .frequency_exponent(factors.frequency_exponent)
                    .unobserved_weight(factors.unobserved_weight)
                    .alpha(factors.alpha)
                    .confidence(factors.confidence)
                    .solver(factors.solver)
                    .cg_steps(factors.cg_steps)
                    .init_deviation(factors.init_deviation)
                    .seed(factors.seed),
            )
            .attributes(
                AttributeParams::default()
                    .attribute_weight(attributes.attribute_weight)
                    .title_weight(attributes.title_weight)
                    .text_weight(attributes.text_weight)
                    .price_weight(attributes.price_weight)
                    .price_bands(attributes.price_bands),
            )
            .trending_half_life_days(self.trending_half_life_days)
            .popular_half_life_days(self.popular_half_life_days)
            .fusion(
                FusionParams::default()
                    .k(fusion.k)
                    .depth(fusion.depth)
                    .neighbours(fusion.neighbours)
                    .factors(fusion.factors)
                    .attributes(fusion.attributes)
                    .trending(fusion.trending)
                    .popular(fusion.popular)
                    .diversity(fusion.diversity),
            )
            .context(
                ContextWeights::default()
                    .neighbours(context.neighbours)
                    .factors(context.factors)
                    .attributes(context.attributes),
            )
            .viewed(Viewed::Keep)
            .tune(self.tune)
            .leave_out(self.leave_out)
            .seed(self.seed)
    }
}
