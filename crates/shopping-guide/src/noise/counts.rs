//! What is popular and what is taken lately, counted with noise.

use guide_core::Result;

use super::NoiseParams;
use super::geometric::Geometric;
use crate::guide::{EventLog, Pair, decay};
use crate::source::Popular;

/// Units of one count that fades: fractions are rounded to them, so that noise is added to whole numbers.
const UNITS: f64 = 64.0;

/// Calls `each` with the products of one shopper that count: the latest `most`, ties by product.
pub(super) fn each_capped(log: &EventLog, most: usize, mut each: impl FnMut(&[Pair])) {
    let mut of_shopper: Vec<Pair> = Vec::new();
    let mut last = None;
    let mut finish = |pairs: &mut Vec<Pair>| {
        pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.time), pair.product));
        pairs.truncate(most);
        pairs.sort_by_key(|pair| pair.product);
        each(pairs);
        pairs.clear();
    };
    log.each_pair(|shopper, pair| {
        if last.is_some_and(|last| last != shopper) {
            finish(&mut of_shopper);
        }
        last = Some(shopper);
        of_shopper.push(pair);
    });
    finish(&mut of_shopper);
}

/// How many shoppers took each product, with noise.
pub(crate) fn popular_counts(
    params: &NoiseParams,
    log: &EventLog,
    n_products: usize,
    fit: u32,
) -> Result<Popular> {
    let mut counts = vec![0_i64; n_products];
    each_capped(log, params.most_products, |pairs| {
        pairs
            .iter()
            .for_each(|pair| counts[pair.product.index()] += 1);
    });
    let mut noise = Geometric::new(params, (fit, 0), params.most_products as f64);
    let mut shoppers = Vec::with_capacity(n_products);
    for count in counts {
        let noised = (count + noise.draw()?).clamp(0, u32::MAX.into());
        shoppers.push(noised as u32);
    }
    Ok(Popular::of_shoppers(shoppers))
}

/// How many shoppers took each product, each counting half after `half_life_days`, with noise; beside them `shoppers`, which have noise already.
pub(crate) fn trending_counts(
    params: &NoiseParams,
    log: &EventLog,
    (shoppers, half_life_days): (&[u32], f32),
    fit: u32,
) -> Result<Popular> {
    let mut units = vec![0_i64; shoppers.len()];
    each_capped(log, params.most_products, |pairs| {
        for pair in pairs {
            let faded = decay(pair.time, log.now(), Some(half_life_days));
            units[pair.product.index()] += (f64::from(faded) * UNITS).round() as i64;
        }
    });
    let mut noise = Geometric::new(params, (fit, 1), params.most_products as f64 * UNITS);
    let mut scores = Vec::with_capacity(units.len());
    for count in units {
        let noised = (count + noise.draw()?).max(0);
        scores.push((noised as f64 / UNITS) as f32);
    }
    Ok(Popular::of(scores, shoppers.to_vec(), Some(half_life_days)))
}
