//! The sampled protocol (He et al., 2017): each test item ranked among a few others, usually 99.

use guide_core::{Error, Result, stream};
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ensure_cutoffs, ensure_same_ids};
use crate::metrics::RankingScores;
use crate::{Interactions, ItemId, Recommender, UserId};

/// One test interaction and the items it is ranked among.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledCase {
    /// Who.
    pub user: UserId,
    /// The item of the test interaction.
    pub positive: ItemId,
    /// Items the user did not have; one that equals [`SampledCase::positive`] is passed over.
    pub negatives: Vec<ItemId>,
}

/// How well a model ranks test items among sampled ones.
///
/// These figures are far higher than those of full rankings and may order models otherwise (Krichene and Rendle, 2020).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampledReport {
    /// The metrics at each cut-off, in the order asked for.
    pub at: Vec<SampledAt>,
    /// Place of the positive of each case, from 0; `None` for a user whom the model does not know.
    pub ranks: Vec<Option<usize>>,
    /// Cases of users whom the model does not know; they are in no mean.
    pub n_unknown_users: usize,
}

/// The metrics at one cut-off.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampledAt {
    /// The cut-off.
    pub k: usize,
    /// Means over cases: hit rate, NDCG and MRR are the usual ones.
    pub mean: RankingScores,
    /// The values of each case whose user the model knows, in order.
    pub cases: Vec<RankingScores>,
}

/// Ranks the positive of each case among its negatives.
///
/// A tie counts against the method: the positive stands behind every negative that scores as high. An item that the
/// model does not know scores lowest.
///
/// # Errors
/// [`Error::Param`] without a cut-off or with 0 for one, [`Error::Empty`] without a case whose user the model knows.
pub fn evaluate_sampled(
    model: &dyn Recommender,
    cases: &[SampledCase],
    cutoffs: &[usize],
) -> Result<SampledReport> {
    ensure_cutoffs(cutoffs)?;
    let of_case = |scores: &mut Vec<f32>, case: &SampledCase| {
        if case.user.index() >= model.n_users() {
            return Ok(None);
        }
        model.score_items(case.user, scores)?;
        let score = |item: ItemId| {
            scores
                .get(item.index())
                .copied()
                .unwrap_or(f32::NEG_INFINITY)
        };
        let positive = score(case.positive);
        let before = |&&item: &&ItemId| item != case.positive && score(item) >= positive;
        Ok(Some(case.negatives.iter().filter(before).count()))
    };
    let ranks = cases
        .par_iter()
        .map_init(|| vec![0.0; model.n_items()], of_case);
    let ranks: Vec<Option<usize>> = ranks.collect::<Result<_>>()?;
    let known: Vec<usize> = ranks.iter().flatten().copied().collect();
    if known.is_empty() {
        return Err(Error::empty("the set of cases with a known user"));
    }
    let at = |&k: &usize| {
        let cases: Vec<RankingScores> = known
            .iter()
            .map(|&rank| RankingScores::of(&[rank], 1, k))
            .collect();
        SampledAt {
            k,
            mean: RankingScores::mean(&cases),
            cases,
        }
    };
    Ok(SampledReport {
        at: cutoffs.iter().map(at).collect(),
        n_unknown_users: ranks.len() - known.len(),
        ranks,
    })
}

/// A case for each test interaction that is new to its user, with `n_negatives` different items drawn by `seed` from
/// those the user has neither in `seen` nor in `test`.
///
/// # Errors
/// [`Error::Param`] if a user has fewer such items; [`Error::Unsuitable`] when the parts are numbered differently.
pub fn sample_cases(
    seen: &Interactions,
    test: &Interactions,
    n_negatives: usize,
    seed: u64,
) -> Result<Vec<SampledCase>> {
    ensure_same_ids(seen.ids(), test.ids())?;
    let n_items = seen.n_items().max(test.n_items());
    let of_user = |user: UserId| {
        let mut rng = stream(seed, u64::from(user.0));
        let had = |item: ItemId| seen.contains(user, item) || test.contains(user, item);
        let mut free: Vec<ItemId> = Vec::new();
        let new = test
            .items_of(user)
            .iter()
            .copied()
            .filter(|&item| !seen.contains(user, item));
        new.map(|positive| {
            if free.is_empty() {
                free = (0..n_items as u32)
                    .map(ItemId)
                    .filter(|&item| !had(item))
                    .collect();
            }
            if free.len() < n_negatives {
                let expected = format!(
                    "at most {}, the items that user {} did not have",
                    free.len(),
                    user.0
                );
                return Err(Error::param("n_negatives", n_negatives, expected));
            }
            for place in 0..n_negatives {
                let drawn = rng.random_range(place..free.len());
                free.swap(place, drawn);
            }
            Ok(SampledCase {
                user,
                positive,
                negatives: free[..n_negatives].to_vec(),
            })
        })
        .collect::<Result<Vec<_>>>()
    };
    let users: Vec<UserId> = (0..test.n_users() as u32).map(UserId).collect();
    let cases: Vec<Vec<SampledCase>> = users.into_par_iter().map(of_user).collect::<Result<_>>()?;
    Ok(cases.concat())
}
