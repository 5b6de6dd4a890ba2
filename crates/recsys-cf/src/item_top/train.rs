//! All pairs of items that share a user, one item after the other: a row of a sparse product, of which the best are kept.

use std::ops::Range;

use guide_core::{Error, Fit, Params, Progress, Result};
use recsys_core::{Interactions, ItemId, UserId};

use super::{ItemSimilarity, ItemTop, ItemTopParams, Recipe, Weighting};
use crate::neighbours::{Kept, Neighbours};
use crate::sparse::add_products;

impl Fit<Interactions> for ItemTopParams {
    type Model = ItemTop;

    /// Finds the neighbours in one pass, of which `progress` hears after every few thousand items. Where it ends the
    /// training, the items not reached yet have no neighbours.
    ///
    /// # Errors
    /// Bad parameters, among them an `amplify` under which a weight is no finite number.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<ItemTop> {
        self.validate()?;
        let (by_item, values) = rayon::join(|| data.by_item(), || weigh(self, data));
        let kept = Kept {
            k: self.k,
            amplify: self.amplify,
            normalize: self.normalize,
        };
        let (n_items, listener) = (data.n_items(), ("item-top", progress));
        let add_row =
            |item, sums: &mut _| add_products(data, &by_item, (&values, &values), item, sums);
        let neighbours = match &Measure::new(self, data, &values) {
            Measure::Product => {
                Neighbours::best_of_rows(n_items, kept, listener, add_row, |_| |_, dot| dot)
            }
            Measure::Norms {
                from,
                to,
                shrinkage,
            } => Neighbours::best_of_rows(n_items, kept, listener, add_row, |j| {
                let from = from[j.index()];
                move |i, dot| dot / (from * to[i as usize] + shrinkage)
            }),
            Measure::Shares {
                squares,
                alpha,
                beta,
                shrinkage,
            } => Neighbours::best_of_rows(n_items, kept, listener, add_row, |j| {
                let from = squares[j.index()];
                move |i, dot| {
                    // Rounding alone could leave less than nothing.
                    let only = |all: f32| (all - dot).max(0.0);
                    dot / (dot + alpha * only(squares[i as usize]) + beta * only(from) + shrinkage)
                }
            }),
        }?;
        if !neighbours.is_finite() {
            let expected = "smaller: a similarity raised to it is not finite";
            return Err(Error::param("amplify", self.amplify, expected));
        }
        Ok(ItemTop::new(
            Recipe::ItemTop(self.clone()),
            data.clone(),
            neighbours,
        ))
    }
}

/// What each interaction counts: of two, the product is a part of `d`.
fn weigh(params: &ItemTopParams, data: &Interactions) -> Vec<f32> {
    let n_items = data.n_items() as f64;
    let weights = |range: Range<usize>| range.map(|position| f64::from(data.weight(position)));
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
        // The root, since it comes into a product twice.
        let counts = (row.len() as f64).powf(-0.5 * f64::from(params.user_exponent));
        let idf = (n_items.ln() - (row.len() as f64).ln_1p()).max(0.0);
        let entries = data.items()[row.clone()].iter().zip(weights(row));
        values.extend(entries.map(|(item, weight)| {
            let value = match params.weighting {
                _ if weight == 0.0 => 0.0,
                Weighting::Plain if params.similarity.of_sets() => 1.0,
                Weighting::Plain => weight,
                Weighting::Tfidf => weight.sqrt() * idf,
                Weighting::Bm25 => bm25(item, weight) * idf,
            };
            (value * counts) as f32
        }));
    }
    values
}

/// What makes a similarity of the products of two items: the formulas of [`ItemSimilarity`].
enum Measure {
    /// `d`.
    Product,
    /// `d / (from_j to_i + s)`.
    Norms {
        from: Vec<f32>, // [n_items]
        to: Vec<f32>,   // [n_items]
        shrinkage: f32,
    },
    /// `d / (d + α (b_i − d) + β (a_j − d) + s)`.
    Shares {
        squares: Vec<f32>, // [n_items]
        alpha: f32,
        beta: f32,
        shrinkage: f32,
    },
}

impl Measure {
    fn new(params: &ItemTopParams, data: &Interactions, values: &[f32]) -> Self {
        let mut squares = vec![0.0_f64; data.n_items()];
        for (item, &value) in data.items().iter().zip(values) {
            squares[item.index()] += f64::from(value).powi(2);
        }
        let power = |power: f64| squares.iter().map(|x| x.powf(power) as f32).collect();
        let shrinkage = params.shrinkage;
        let norms = |alpha: f64| Self::Norms {
            from: power(1.0 - alpha),
            to: power(alpha),
            shrinkage,
        };
        let shares = |alpha: f32, beta: f32| Self::Shares {
            squares: power(1.0),
            alpha,
            beta,
            shrinkage,
        };
        match params.similarity {
            ItemSimilarity::Dot => Self::Product,
            ItemSimilarity::Cosine => norms(0.5),
            ItemSimilarity::Asymmetric => norms(f64::from(params.alpha)),
            ItemSimilarity::Jaccard => shares(1.0, 1.0),
            ItemSimilarity::Tversky => shares(params.alpha, params.beta),
            ItemSimilarity::Dice => shares(0.5, 0.5),
        }
    }
}
