//! All pairs of items that share a user, one item after the other: a row of a sparse product, of which the best are kept.

use std::ops::Range;

use guide_core::{EpochReport, Fit, Params, Progress, Result, report};
use recsys_core::{Interactions, ItemId, UserId};

use super::{ItemSimilarity, ItemTop, ItemTopParams, Recipe, Weighting};
use crate::neighbours::Neighbours;
use crate::sparse::add_products;

impl Fit<Interactions> for ItemTopParams {
    type Model = ItemTop;

    /// Finds the neighbours in one pass, which `progress` cannot shorten.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<ItemTop> {
        self.validate()?;
        let by_item = data.by_item();
        let mut values = weigh(self, data);
        if self.similarity == ItemSimilarity::Cosine {
            normalise(data, &mut values);
        }
        let neighbours = Neighbours::best_of_rows(
            data.n_items(),
            self.k,
            |item, sums| add_products(data, &by_item, (&values, &values), item, sums),
            |_, _, dot| dot,
        );
        let done = EpochReport {
            algorithm: "item-top",
            epoch: 1,
            n_epochs: 1,
            loss: None,
        };
        let _ = report(progress, done)?;
        Ok(ItemTop::new(
            Recipe::ItemTop(self.clone()),
            data.clone(),
            neighbours,
        ))
    }
}

/// What each interaction counts.
fn weigh(params: &ItemTopParams, data: &Interactions) -> Vec<f32> {
    let n_items = data.n_items() as f64;
    let weights = |range: Range<usize>| range.map(|position| f64::from(data.weight(position)));
    let idf = |user: UserId| (n_items.ln() - (data.row(user).len() as f64).ln_1p()).max(0.0);
    // BM25: the saturation of each item.
    let mut lengths = vec![0.0; data.n_items()];
    for (item, weight) in data.items().iter().zip(weights(0..data.len())) {
        lengths[item.index()] += weight;
    }
    let mean_length = lengths.iter().sum::<f64>() / n_items;
    let (k1, b) = (f64::from(params.k1), f64::from(params.b));
    let bm25 = |item: &ItemId, weight: f64| {
        let norm = k1 * (1.0 - b + b * lengths[item.index()] / mean_length);
        weight * (k1 + 1.0) / (norm + weight)
    };
    let mut values = Vec::with_capacity(data.len());
    for user in (0..data.n_users() as u32).map(UserId) {
        let row = data.row(user);
        let entries = data.items()[row.clone()].iter().zip(weights(row));
        values.extend(entries.map(|(item, weight)| match params.weighting {
            Weighting::Plain => weight,
            _ if weight == 0.0 => 0.0,
            Weighting::Tfidf => weight.sqrt() * idf(user),
            Weighting::Bm25 => bm25(item, weight) * idf(user),
        } as f32));
    }
    values
}

/// Divides the values of each item by their norm, so that products are cosines.
fn normalise(data: &Interactions, values: &mut [f32]) {
    let mut squares = vec![0.0_f64; data.n_items()];
    for (item, &value) in data.items().iter().zip(values.iter()) {
        squares[item.index()] += f64::from(value).powi(2);
    }
    for (item, value) in data.items().iter().zip(values) {
        let norm = squares[item.index()].sqrt();
        if norm > 0.0 {
            *value = (f64::from(*value) / norm) as f32;
        }
    }
}
