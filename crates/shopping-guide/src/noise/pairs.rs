//! Pairs of products that shoppers took, counted with noise.

use std::collections::BTreeMap;

use guide_core::{Result, Scored};
use recsys_core::ItemId;

use super::NoiseParams;
use super::counts::each_capped;
use super::geometric::Geometric;
use crate::guide::EventLog;

/// Keeps pairs of few shoppers from the first places.
const SHRINKAGE: f64 = 10.0;

/// For each product those that were taken with it, `n_ji / (√(n_j n_i) + 10)` by the number of shoppers of the pair and of both products, all with noise:
/// best first, ties by product. `shoppers` has the numbers of the products.
pub(crate) fn pair_counts(
    params: &NoiseParams,
    log: &EventLog,
    shoppers: &[u32],
    fit: u32,
) -> Result<Vec<Vec<Scored<ItemId>>>> {
    let mut rows = vec![Vec::new(); shoppers.len()];
    if params.most_products < 2 {
        return Ok(rows);
    }
    // By product, so that the noise does not follow the order of the shoppers.
    let mut counts: BTreeMap<(ItemId, ItemId), i64> = BTreeMap::new();
    each_capped(log, params.most_products, |pairs| {
        for (place, one) in pairs.iter().enumerate() {
            for other in &pairs[place + 1..] {
                *counts.entry((one.product, other.product)).or_default() += 1;
            }
        }
    });
    let mut noise = Geometric::new(params, (fit, 2), params.most_pairs());
    let least = least_count(params);
    let shoppers = |product: ItemId| f64::from(shoppers[product.index()]);
    for ((one, other), count) in counts {
        let noised = count + noise.draw()?;
        if noised < least {
            continue;
        }
        let norm = (shoppers(one) * shoppers(other)).sqrt() + SHRINKAGE;
        // The numbers of the products have noise too.
        let score = (noised as f64 / norm).min(1.0) as f32;
        rows[one.index()].push(Scored { id: other, score });
        rows[other.index()].push(Scored { id: one, score });
    }
    for row in &mut rows {
        row.sort_unstable_by(Scored::order);
    }
    Ok(rows)
}

/// The least count with noise of a pair that is kept.
fn least_count(params: &NoiseParams) -> i64 {
    let pairs = params.most_pairs();
    let rate = params.epsilon_of_one() / pairs;
    let a = (-rate).exp();
    1 + ((pairs / (params.delta * (1.0 + a))).ln() / rate)
        .ceil()
        .max(0.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of the probabilities that a pair of one shopper is kept, over all pairs that the shopper can have, is at most δ, and with one less it is not.
    #[test]
    fn a_pair_of_one_shopper_is_kept_with_the_probability_delta() {
        for (most_products, delta) in [(2, 1e-6), (5, 1e-6), (5, 0.01), (20, 1e-9)] {
            let params = NoiseParams::default()
                .most_products(most_products)
                .delta(delta);
            let least = least_count(&params);
            let a = (-params.epsilon_of_one() / params.most_pairs()).exp();
            // Pr[1 + z ≥ least] = a^(least − 1) / (1 + a).
            let kept = |least: i64| params.most_pairs() * a.powf((least - 1) as f64) / (1.0 + a);
            assert!(kept(least) <= delta && kept(least - 1) > delta, "{least}");
        }
    }
}
