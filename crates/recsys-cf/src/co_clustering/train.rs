//! Training: users and items move in turn to the cluster that fits their ratings best.

use guide_core::ndarray::Array2;
use guide_core::{EpochReport, Fit, Params, Progress, Result, report, stream};
use rand::RngExt;
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use super::{CoClustering, CoClusteringParams};

impl Fit<Interactions> for CoClusteringParams {
    type Model = CoClustering;

    /// Reports the mean squared error over the ratings, as the items saw it when they chose their clusters.
    ///
    /// # Errors
    /// Bad parameters; [`Error::Unsuitable`](guide_core::Error::Unsuitable) without ratings.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<CoClustering> {
        self.validate()?;
        let draw = |shard: u64, n: usize, n_clusters: usize| {
            let mut rng = stream(self.seed, shard);
            let draw = (0..n).map(|_| rng.random_range(0..n_clusters as u32));
            draw.collect::<Vec<_>>()
        };
        let user_clusters = draw(0, data.n_users(), self.n_user_clusters);
        let item_clusters = draw(1, data.n_items(), self.n_item_clusters);
        fit_from(self, data, user_clusters, item_clusters, progress)
    }
}

/// Trains from the clusters given.
pub(super) fn fit_from(
    params: &CoClusteringParams,
    data: &Interactions,
    user_clusters: Vec<u32>,
    item_clusters: Vec<u32>,
    progress: &dyn Progress,
) -> Result<CoClustering> {
    let (ratings, _) = data.require_ratings("co-clustering")?;
    let by_item = data.by_item();
    let mut model = start(params, data, ratings, &by_item);
    (model.user_clusters, model.item_clusters) = (user_clusters, item_clusters);
    let residuals = residuals(&model, data, ratings);
    for epoch in 1..=params.n_epochs {
        model.shifts = shifts(&model, data, ratings);
        let users: Vec<(u32, f64)> = (0..data.n_users() as u32)
            .into_par_iter()
            .map(|user| {
                let known = data
                    .row(UserId(user))
                    .map(|p| (residuals[p], model.item_clusters[data.items()[p].index()]));
                model.best_user_cluster(known)
            })
            .collect();
        let moved = users
            .iter()
            .zip(&model.user_clusters)
            .any(|(a, &b)| a.0 != b);
        model.user_clusters = users.into_iter().map(|(cluster, _)| cluster).collect();
        let items: Vec<(u32, f64)> =
            (0..data.n_items() as u32)
                .into_par_iter()
                .map(|item| {
                    let users = by_item.users_of(ItemId(item)).iter();
                    let known = users.zip(by_item.positions_of(ItemId(item)));
                    model.best_item_cluster(known.map(|(user, &p)| {
                        (residuals[p as usize], model.user_clusters[user.index()])
                    }))
                })
                .collect();
        let moved = moved
            || items
                .iter()
                .zip(&model.item_clusters)
                .any(|(a, &b)| a.0 != b);
        let squares: f64 = items.iter().map(|&(_, squares)| squares).sum();
        model.item_clusters = items.into_iter().map(|(cluster, _)| cluster).collect();
        let done = EpochReport {
            algorithm: "co-clustering",
            epoch,
            n_epochs: params.n_epochs,
            loss: Some(squares / ratings.len() as f64),
        };
        if report(progress, done)?.is_break() || !moved {
            break;
        }
    }
    model.shifts = shifts(&model, data, ratings);
    Ok(model)
}

/// The means, before there are clusters.
fn start(
    params: &CoClusteringParams,
    data: &Interactions,
    ratings: &[f32],
    by_item: &ByItem,
) -> CoClustering {
    let mean = mean_of(ratings.iter().copied()).unwrap_or(0.0);
    let users = (0..data.n_users() as u32).map(UserId);
    let items = (0..data.n_items() as u32).map(ItemId);
    let ratings_of = |item| {
        by_item
            .positions_of(item)
            .iter()
            .map(|&p| ratings[p as usize])
    };
    CoClustering {
        params: params.clone(),
        ids: data.ids().clone(),
        scale: data.scale(),
        mean,
        user_biases: users
            .map(|user| mean_of(data.ratings_of(user).iter().copied()).map(|m| m - mean))
            .collect(),
        item_biases: items
            .map(|item| mean_of(ratings_of(item)).map(|m| m - mean))
            .collect(),
        user_clusters: Vec::new(),
        item_clusters: Vec::new(),
        shifts: Array2::zeros((params.n_user_clusters, params.n_item_clusters)),
    }
}

pub(super) fn mean_of(ratings: impl Iterator<Item = f32>) -> Option<f64> {
    let (sum, n) = ratings.fold((0.0, 0_u32), |(sum, n), r| (sum + f64::from(r), n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// `r_ui − μ_u − μ_i + μ`: what the shifts have to explain.
fn residuals(model: &CoClustering, data: &Interactions, ratings: &[f32]) -> Vec<f64> {
    let mut residuals = Vec::with_capacity(ratings.len());
    for user in (0..data.n_users() as u32).map(UserId) {
        for (&item, &rating) in data.items_of(user).iter().zip(data.ratings_of(user)) {
            residuals.push(f64::from(rating) - model.means(Some(user), Some(item)));
        }
    }
    residuals
}

/// `C_ui − C_u − C_i + μ` of every pair of clusters; a cluster or pair without ratings has the mean μ.
fn shifts(model: &CoClustering, data: &Interactions, ratings: &[f32]) -> Array2<f64> {
    let (n_users, n_items) = model.shifts.dim();
    let mut users = vec![(0.0, 0_u32); n_users];
    let mut items = vec![(0.0, 0_u32); n_items];
    let mut pairs = Array2::from_elem((n_users, n_items), (0.0, 0_u32));
    for (user, &uc) in (0..).map(UserId).zip(&model.user_clusters) {
        for p in data.row(user) {
            let ic = model.item_clusters[data.items()[p].index()];
            let (uc, ic) = (uc as usize, ic as usize);
            for (sum, n) in [&mut users[uc], &mut items[ic], &mut pairs[(uc, ic)]] {
                *sum += f64::from(ratings[p]);
                *n += 1;
            }
        }
    }
    let mean = |(sum, n): (f64, u32)| {
        if n == 0 {
            model.mean
        } else {
            sum / f64::from(n)
        }
    };
    Array2::from_shape_fn(pairs.dim(), |(uc, ic)| {
        mean(pairs[(uc, ic)]) - mean(users[uc]) - mean(items[ic]) + model.mean
    })
}
