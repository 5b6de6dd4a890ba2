//! Differential privacy of what other shoppers did: counts with noise, so that no answer tells whether one shopper is among those counted.
//!
//! The unit is a shopper with all events. Of each shopper the latest `C` products count ([`NoiseParams::most_products`]), each once, so that one shopper
//! changes the counts of products by at most `C` in sum, and those of pairs by `P = C (C − 1) / 2`. Every count gets noise of the two-sided geometric
//! distribution, `Pr[z] = (1 − a) / (1 + a) · a^|z|` with `a = exp(−ε / s)`, where `s` is what one shopper can change at most (Ghosh, Roughgarden,
//! Sundararajan, 2012). A third of ε goes to each of the sources `popular`, `trending` and `neighbours`. Pairs that nobody took have no count to add
//! noise to, so that a pair is kept only where its count with noise is at least `1 + ⌈ln(P / (δ (1 + a))) s / ε⌉` (Korolova, Kenthapadi, Mishra,
//! Ntoulas, 2009): that a pair is kept because of one shopper has at most the probability δ.

mod counts;
mod geometric;
mod pairs;
#[cfg(test)]
mod tests;

use std::fmt;

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

pub(crate) use counts::{popular_counts, trending_counts};
pub(crate) use pairs::pair_counts;

/// Noise for what is counted of shoppers.
///
/// What the noise covers: the sources `popular`, `trending` and `neighbours`, and what reasons say of them. Sources that are trained or count exactly
/// (`factors`, `neural`, `bought-together`, `session`) are not fitted. The same counts serve until the guide is fitted again, and each fit spends ε and δ
/// once more; [`NoiseReport`] adds them up. Not covered are a shopper's own answers, which follow from the own history, the numbers of a report or an
/// evaluation, and the moment that counts as now.
///
/// ```
/// use shopping_guide::{Catalog, Event, Events, Guide, GuideParams, NoiseParams, Product, Silent};
/// let catalog = Catalog::new(["mug", "bowl"].map(|id| Product::new(id, id)))?;
/// let shoppers: Vec<String> = (0..5000).map(|number| format!("shopper {number}")).collect();
/// let events = Events::new(shoppers.iter().map(|shopper| Event::purchase(shopper.as_str(), "mug")))?;
/// let params = GuideParams::default().tune(false).noise(Some(NoiseParams::default()));
/// let (guide, report) = Guide::builder().catalog(catalog).events(events).params(params).build_with(&Silent)?;
/// let mugs = guide.popularity()[0];
/// assert!(mugs.abs_diff(5000) < 400); // noise of a deviation of 21
/// assert_eq!(report.noise.unwrap().epsilon_spent, 1.0);
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NoiseParams {
    /// ε of one fit, all counts together (1): the smaller, the more noise.
    pub epsilon: f64,
    /// δ of one fit (0.000001): far less than one in the number of shoppers.
    pub delta: f64,
    /// Products of one shopper that count, the latest (5). More of them tell more and need more noise.
    pub most_products: usize,
    /// Where the noise comes from, for tests alone: whoever knows it can take the noise away. Unless set, from the operating system.
    pub seed: Option<u64>,
}

impl Default for NoiseParams {
    fn default() -> Self {
        Self {
            epsilon: 1.0,
            delta: 1e-6,
            most_products: 5,
            seed: None,
        }
    }
}

guide_core::setters!(NoiseParams {
    epsilon: f64,
    delta: f64,
    most_products: usize,
    seed: Option<u64>,
});

impl Params for NoiseParams {
    fn validate(&self) -> Result<()> {
        ensure::within("epsilon", self.epsilon, 1e-3, 1e3)?;
        ensure::within("delta", self.delta, 1e-15, 0.1)?;
        ensure::within("most_products", self.most_products, 1, 1000)
    }
}

impl NoiseParams {
    /// ε of the counts of one source.
    fn epsilon_of_one(&self) -> f64 {
        self.epsilon / 3.0
    }

    /// Pairs of products that one shopper can have at most.
    fn most_pairs(&self) -> f64 {
        (self.most_products * (self.most_products - 1) / 2) as f64
    }
}

/// What noise a guide has, and what it has spent. A guide that is built anew knows nothing of those before it: whoever builds one of the same events
/// adds what that one spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoiseReport {
    /// How often counts with noise were made of the log.
    pub fits: u32,
    /// ε of all these fits together, for one shopper with all events.
    pub epsilon_spent: f64,
    /// δ of all these fits together.
    pub delta_spent: f64,
    /// Products of one shopper that count.
    pub most_products: usize,
}

impl fmt::Display for NoiseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "counts with noise: of each shopper the latest {} products; spent so far: epsilon {}, delta {} (fits: {})",
            self.most_products, self.epsilon_spent, self.delta_spent, self.fits
        )
    }
}

impl NoiseReport {
    pub(crate) fn new(params: &NoiseParams, fits: u32) -> Self {
        Self {
            fits,
            epsilon_spent: params.epsilon * f64::from(fits),
            delta_spent: params.delta * f64::from(fits),
            most_products: params.most_products,
        }
    }
}
