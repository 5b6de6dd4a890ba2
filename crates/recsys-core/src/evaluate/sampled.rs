//! The sampled protocol (He et al., 2017): each test item ranked among a few others, usually 99.

use guide_core::{Error, Result, stream};
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ensure_cutoffs, ensure_finite, ensure_same_ids};
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
    /// Place of the positive of each case, from 0; `None` for an unknown user.
    pub ranks: Vec<Option<usize>>,
    /// Cases of users of whom the model knows nothing; they are in no mean.
    pub n_unknown_users: usize,
    /// Cases of known users whose positive is an item that the model knows nothing of; they are missed and in every mean.
    pub n_unknown_items: usize,
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
/// model does not know ([`Model::knows_item`](crate::Model::knows_item)) scores lowest, and a user that it does not know
/// ([`Model::knows_user`](crate::Model::knows_user)) is counted and in no mean. The model is asked once for each run of cases of
/// one user, for their items alone. Where the training part is at hand, [`evaluate_sampled_seen`] asks it instead of the model.
///
/// # Errors
/// [`Error::Param`] without a cut-off or with 0 for one, [`Error::Empty`] without a case whose user the model knows,
/// [`Error::NotFinite`] with the user for a score that is not finite.
///
/// ```
/// use recsys_core::testing::Table;
/// use recsys_core::{ItemId, SampledCase, UserId, evaluate_sampled};
/// let model = Table::new(&[&[0.9, 0.1, 0.5, 0.5]]);
/// let (user, positive) = (UserId(0), ItemId(2));
/// let negatives = vec![ItemId(0), ItemId(1), ItemId(3)];
/// // Item 0 is better and item 3 ties, which counts against the method: third place.
/// let report = evaluate_sampled(&model, &[SampledCase { user, positive, negatives }], &[2, 3])?;
/// assert_eq!(report.ranks, [Some(2)]);
/// assert_eq!([report.at[0].mean.hit_rate, report.at[1].mean.ndcg], [0.0, 0.5]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn evaluate_sampled(
    model: &dyn Recommender,
    cases: &[SampledCase],
    cutoffs: &[usize],
) -> Result<SampledReport> {
    let known = Known {
        user: &|user| model.knows_user(user),
        item: &|item| model.knows_item(item),
    };
    evaluate(model, known, cases, cutoffs)
}

/// [`evaluate_sampled`] of a model that was trained on `seen`: users without an interaction there are unknown,
/// whatever the model makes of their numbers. Items have the score that the model gives them.
///
/// # Errors
/// As [`evaluate_sampled`], and [`Error::Unsuitable`] when the data is numbered otherwise than the model.
///
/// ```
/// use recsys_core::testing::{Table, events};
/// use recsys_core::{Duplicates, Interactions, ItemId, RecordsBuilder, SampledCase, UserId, Values, evaluate_sampled_seen};
/// let model = Table::new(&[&[0.9, 0.1], &[0.9, 0.1]]);
/// let mut train = RecordsBuilder::from_ids(events(&[("0", "0"), ("1", "1")]).ids());
/// train.push("0", "1", Values::default())?;
/// let seen = Interactions::new(&train.finish(), Duplicates::Refuse)?;
/// // User 1 is known by name only and is in no mean.
/// let case = |user| SampledCase { user: UserId(user), positive: ItemId(0), negatives: vec![ItemId(1)] };
/// let report = evaluate_sampled_seen(&model, &seen, &[case(0), case(1)], &[1])?;
/// assert_eq!((report.n_unknown_users, report.n_unknown_items), (1, 0));
/// assert_eq!(report.at[0].mean.hit_rate, 1.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn evaluate_sampled_seen(
    model: &dyn Recommender,
    seen: &Interactions,
    cases: &[SampledCase],
    cutoffs: &[usize],
) -> Result<SampledReport> {
    ensure_same_ids(model.ids(), seen.ids())?;
    let known = Known {
        user: &|user| user.index() < model.n_users() && !seen.items_of(user).is_empty(),
        item: &|item| item.index() < model.n_items(),
    };
    evaluate(model, known, cases, cutoffs)
}

/// Decides which users and items the model knows.
#[derive(Clone, Copy)]
struct Known<'a> {
    user: &'a (dyn Fn(UserId) -> bool + Sync),
    item: &'a (dyn Fn(ItemId) -> bool + Sync),
}

fn evaluate(
    model: &dyn Recommender,
    known: Known<'_>,
    cases: &[SampledCase],
    cutoffs: &[usize],
) -> Result<SampledReport> {
    ensure_cutoffs(cutoffs)?;
    let of_user = |cases: &&[SampledCase]| ranks_of_user(model, known, cases);
    let by_user: Vec<&[SampledCase]> = cases.chunk_by(|a, b| a.user == b.user).collect();
    let ranks: Vec<Vec<Option<usize>>> = by_user.par_iter().map(of_user).collect::<Result<_>>()?;
    let ranks = ranks.concat();
    let found: Vec<usize> = ranks.iter().flatten().copied().collect();
    if found.is_empty() {
        return Err(Error::empty("the set of cases with a known user"));
    }
    let at = |&k: &usize| {
        let cases: Vec<RankingScores> = found
            .iter()
            .map(|&rank| RankingScores::of(&[rank], 1, k))
            .collect();
        SampledAt {
            k,
            mean: RankingScores::mean(&cases),
            cases,
        }
    };
    let missed = cases.iter().zip(&ranks);
    let missed = missed.filter(|(case, rank)| rank.is_some() && !(known.item)(case.positive));
    Ok(SampledReport {
        at: cutoffs.iter().map(at).collect(),
        n_unknown_users: ranks.len() - found.len(),
        n_unknown_items: missed.count(),
        ranks,
    })
}

/// The places of the positives of one user's cases, from one asking of the model.
fn ranks_of_user(
    model: &dyn Recommender,
    known: Known<'_>,
    cases: &[SampledCase],
) -> Result<Vec<Option<usize>>> {
    let known_user = |case: &&SampledCase| (known.user)(case.user);
    let Some(user) = cases.first().filter(known_user).map(|case| case.user) else {
        return Ok(vec![None; cases.len()]);
    };
    let of_case = |case: &SampledCase| [&[case.positive], &case.negatives[..]].concat();
    let mut items: Vec<ItemId> = cases.iter().flat_map(of_case).collect();
    items.sort_unstable();
    items.dedup();
    items.retain(|&item| (known.item)(item));
    let scores = model.score_some(user, &items)?;
    ensure_finite(user, scores.iter().copied())?;
    let score = |item: ItemId| match items.binary_search(&item) {
        Ok(place) => scores[place],
        Err(_) => f32::NEG_INFINITY,
    };
    let rank = |case: &SampledCase| {
        let positive = score(case.positive);
        let before = |&&item: &&ItemId| item != case.positive && score(item) >= positive;
        Some(case.negatives.iter().filter(before).count())
    };
    Ok(cases.iter().map(rank).collect())
}

/// A case for each test interaction that is new to its user, with `n_negatives` different items drawn by `seed` from
/// those the user has neither in `seen` nor in `test`.
///
/// # Errors
/// [`Error::Param`] if a user has fewer such items; [`Error::Unsuitable`] when the parts are numbered differently.
///
/// ```
/// use recsys_core::{Duplicates, Interactions, ItemId, RecordsBuilder, Values, sample_cases, testing::events};
/// let seen = events(&[("ann", "pen"), ("bob", "ink"), ("bob", "cup"), ("bob", "mug")]);
/// let mut test = RecordsBuilder::from_ids(seen.ids());
/// test.push("ann", "cup", Values::default())?;
/// let test = Interactions::new(&test.finish(), Duplicates::Refuse)?;
/// // ann has the pen, and the cup is what is tested: ink and mug are left.
/// let cases = sample_cases(&seen, &test, 2, 7)?;
/// let mut negatives = cases[0].negatives.clone();
/// negatives.sort();
/// assert_eq!((cases.len(), cases[0].positive, negatives), (1, ItemId(2), vec![ItemId(1), ItemId(3)]));
/// assert!(sample_cases(&seen, &test, 3, 7).is_err());
/// # Ok::<(), guide_core::Error>(())
/// ```
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
