//! Learned taste: the factors of products, and of the shopper as they follow from the history.

use guide_core::kernels::{TopK, matmul_into};
use guide_core::ndarray::{Array2, s};
use guide_core::{Result, Scored};
use recsys_core::{FoldIn, ItemId};
use recsys_mf::Ials;

use super::{Request, Source, because, best, with_scores};
use crate::{Catalog, Reason};

/// Factors by alternating least squares, with the catalogue for the titles in the reasons.
pub(crate) struct Factors<'g> {
    pub(crate) model: &'g Ials,
    pub(crate) catalog: &'g Catalog,
}

/// Products scored for several requests at once: so few that the scores stay in cache.
const TILE: usize = 1024;

impl Factors<'_> {
    /// The candidates for each of many requests, by products of matrices: several times as fast as one request after the
    /// other. The scores differ from those of [`Source::candidates`] by rounding alone.
    pub(crate) fn candidates_of(
        &self,
        requests: &[Request],
        n: usize,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        let items = self.model.item_factors();
        let (n_items, dim) = items.dim();
        let mut users = Array2::zeros((requests.len(), dim));
        for (request, mut user) in requests.iter().zip(users.outer_iter_mut()) {
            let vector = self.model.user_vector_for(&request.history)?;
            user.iter_mut()
                .zip(vector)
                .for_each(|(to, from)| *to = from);
        }
        let mut best = vec![TopK::new(n.min(n_items)); requests.len()];
        let mut scores = Array2::zeros((requests.len(), TILE));
        for first in (0..n_items).step_by(TILE) {
            let tile = first..(first + TILE).min(n_items);
            let mut scores = scores.slice_mut(s![.., ..tile.len()]);
            let items = items.slice(s![tile, ..]);
            matmul_into(1.0, users.view(), items.t(), 0.0, scores.view_mut());
            for ((request, scores), best) in requests.iter().zip(scores.outer_iter()).zip(&mut best)
            {
                let scores = scores.to_slice().unwrap_or_default();
                best.offer(first as u32, scores, |product| {
                    let score = scores.get((product as usize).saturating_sub(first));
                    request.allows(product) && score.is_some_and(|&score| score > 0.0)
                });
            }
        }
        let named = |hit: Scored<u32>| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        };
        let each = requests.iter().zip(best);
        let lists = each.map(|(request, best)| match request.history.is_empty() {
            true => Vec::new(),
            false => best.finish().into_iter().map(named).collect(),
        });
        Ok(lists.collect())
    }
}

impl Source for Factors<'_> {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        if request.history.is_empty() {
            return Ok(Vec::new());
        }
        with_scores(request.allowed.len(), |scores| {
            self.model.score_for(&request.history, scores)?;
            Ok(best(scores, request, n))
        })
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.model.explain_for(&request.history, product)?;
        Ok(because(self.catalog, &parts))
    }
}

#[cfg(test)]
mod tests {
    use guide_core::Fit;
    use recsys_core::{Interactions, testing};

    use super::*;
    use crate::Product;

    /// Many requests at once are answered as each alone is, but for rounding.
    #[test]
    fn a_batch_is_answered_as_single_requests_are() {
        let names: Vec<(String, String)> = (0..60)
            .flat_map(|user| (0..6).map(move |nth| (user, (user * 7 + nth * nth * 3) % 40)))
            .map(|(user, item)| (format!("u{user}"), format!("i{item}")))
            .collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|(u, i)| (&u[..], &i[..])).collect();
        let data: Interactions = testing::events(&pairs);
        let model = Ials::params().n_factors(8).fit(&data).unwrap();
        let products = data.ids().items.names().map(|id| Product::new(id, id));
        let catalog = Catalog::new(products).unwrap();
        let source = Factors {
            model: &model,
            catalog: &catalog,
        };
        let requests: Vec<Request> = (0..20)
            .map(|user| Request {
                history: match user {
                    3 => Vec::new(),
                    user => data.history_of(recsys_core::UserId(user)),
                },
                allowed: (0..data.n_items()).map(|item| item % 3 != 0).collect(),
                ..Request::default()
            })
            .collect();
        let lists = source.candidates_of(&requests, 9).unwrap();
        for (request, list) in requests.iter().zip(lists) {
            let single = source.candidates(request, 9).unwrap();
            assert_eq!(list.len(), single.len());
            for (a, b) in list.iter().zip(single) {
                assert!((a.score - b.score).abs() < 1e-4, "{a:?} {b:?}");
            }
        }
    }
}
