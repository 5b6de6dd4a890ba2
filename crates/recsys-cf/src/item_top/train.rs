//! All pairs of items that share a user, one item after the other: a row of a sparse product, of which the best are kept.

use std::ops::Range;

use guide_core::{EpochReport, Fit, Params, Progress, Result, report};
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::{ItemSimilarity, ItemTop, ItemTopParams, Recipe, Weighting};
use crate::neighbours::Neighbours;
use crate::sparse::Sums;

impl Fit<Interactions> for ItemTopParams {
    type Model = ItemTop;

    /// Finds the neighbours in one pass, which `progress` cannot shorten.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<ItemTop> {
        self.validate()?;
        let matrix = Weighted::new(self, data);
        let neighbours = match self.similarity {
            ItemSimilarity::Dot => matrix.neighbours(self.k, |dot, _, _| dot),
            ItemSimilarity::Cosine => matrix.neighbours(self.k, |dot, a, b| dot / (a * b).sqrt()),
        };
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

/// The weighted matrix by rows and by columns.
struct Weighted<'a> {
    data: &'a Interactions,
    columns: ByItem,
    values: Vec<f32>,  // [n], by rows
    squares: Vec<f64>, // [n_items]: Σ_u w_ui²
}

impl<'a> Weighted<'a> {
    fn new(params: &ItemTopParams, data: &'a Interactions) -> Self {
        let values = weigh(params, data);
        let mut squares = vec![0.0; data.n_items()];
        for (item, &value) in data.items().iter().zip(&values) {
            squares[item.index()] += f64::from(value).powi(2);
        }
        Self {
            data,
            columns: data.by_item(),
            values,
            squares,
        }
    }

    /// The `k` best others of each item by `similarity` of `(Σ w_ui w_uj, Σ w_ui², Σ w_uj²)`, those above 0.
    fn neighbours(&self, k: usize, similarity: impl Fn(f64, f64, f64) -> f64 + Sync) -> Neighbours {
        let square = |item: u32| self.squares[item as usize];
        Neighbours::best_of_rows(
            self.data.n_items(),
            k,
            |item, sums| self.add_products(item, sums),
            |item, other, dot| similarity(f64::from(dot), square(item.0), square(other)) as f32,
        )
    }

    /// Adds `Σ_u w_ui w_uj` for every `j` that shares a user with `item`.
    fn add_products(&self, item: ItemId, sums: &mut Sums) {
        let (users, positions) = (self.columns.users_of(item), self.columns.positions_of(item));
        for (&user, &position) in users.iter().zip(positions) {
            let own = self.values[position as usize];
            let row = self.data.row(user);
            for (other, value) in self.data.items()[row.clone()].iter().zip(&self.values[row]) {
                sums.add(other.0, own * value);
            }
        }
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
