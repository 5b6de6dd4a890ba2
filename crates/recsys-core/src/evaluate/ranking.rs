//! Full rankings: every item of the catalogue that the user has not had competes with the test items.

use guide_core::{Error, Result, Scored};
use rayon::prelude::*;

use super::{ensure_cutoffs, ensure_finite, ensure_same_ids};
use crate::metrics::{self, RankingScores};
use crate::{FoldIn, Interactions, ItemId, Recommender, UserId};

/// Users whose lists are asked for at once: bounds the memory of the lists.
const CHUNK: usize = 2048;

/// How well a model ranks what the users of a test part had next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RankingReport {
    /// The metrics at each cut-off, in the order asked for.
    pub at: Vec<RankingAt>,
    /// The users measured: those who have a test item that is new to them.
    pub users: Vec<UserId>,
    /// Each user's list up to the largest cut-off.
    pub lists: Vec<Vec<ItemId>>,
    /// Test items of these users that are new to them.
    pub n_test: usize,
    /// Those of [`n_test`](Self::n_test) that nobody has in the training part (or, for [`evaluate_fold_in`], that the model has
    /// no number for): nothing could be learned of them, and they count as missed unless a list shows them all the same.
    pub n_unknown_items: usize,
    /// Test items left out because the user had them before, so that no list can show them.
    pub n_test_seen: usize,
    /// Users with test items of whom the model knows nothing, since they have no number in it or no interaction in the
    /// training part (for [`evaluate_fold_in`]: no history); they are in no mean.
    pub n_unknown_users: usize,
}

/// The metrics at one cut-off.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RankingAt {
    /// The cut-off: the length of the lists.
    pub k: usize,
    /// Means over users.
    pub mean: RankingScores,
    /// `Σ_users hits / Σ_users min(k, |test|)`: what implicit calls precision.
    pub pooled_precision_over_min: f64,
    /// [`metrics::coverage`] of the lists.
    pub coverage: f64,
    /// [`metrics::gini`] of the lists.
    pub gini: f64,
    /// [`metrics::novelty`] of the lists.
    pub novelty: f64,
    /// [`metrics::intra_list_diversity`] of the lists, once [`RankingReport::with_diversity`] was told what is similar.
    pub diversity: Option<f64>,
    /// The values of each user, in the order of [`RankingReport::users`], for [`significance`](crate::significance) tests.
    pub users: Vec<RankingScores>,
}

impl RankingReport {
    /// The metrics at the cut-off `k`, if it was asked for.
    pub fn at(&self, k: usize) -> Option<&RankingAt> {
        self.at.iter().find(|at| at.k == k)
    }

    /// The same report with the [diversity](RankingAt::diversity) of the lists at each cut-off under `similarity`: the cosine of item
    /// vectors, or [`ByItem::cosine`](crate::ByItem::cosine).
    ///
    /// # Errors
    /// [`Error::NotFinite`] with the cut-off where a similarity was not finite.
    pub fn with_diversity(mut self, similarity: impl Fn(ItemId, ItemId) -> f32) -> Result<Self> {
        for at in &mut self.at {
            let lists = self.lists.iter().map(|list| &list[..at.k.min(list.len())]);
            let diversity = metrics::intra_list_diversity(lists, &similarity);
            if !diversity.is_finite() {
                return Err(Error::NotFinite {
                    what: "diversity at cut-off".to_owned(),
                    index: at.k,
                    value: diversity,
                });
            }
            at.diversity = Some(diversity);
        }
        Ok(self)
    }
}

/// Ranks the whole catalogue for every user of `test`, without what the user has in `seen`, and measures the lists at all
/// `cutoffs` in one pass.
///
/// `seen` is the training part. A user without interactions there is unknown, also where the parts of a split share the ids and
/// the user so has a number: it is counted in [`RankingReport::n_unknown_users`] and is in no mean.
///
/// Ties count against the method: a test item stands behind all other items of its score, so that a constant score
/// finds nothing. A test item that the model does not know, or gives NaN, cannot be found and counts as missed.
///
/// # Errors
/// [`Error::Param`] without a cut-off or with 0 for one, [`Error::Unsuitable`] when the data is numbered otherwise than the model,
/// [`Error::Empty`] without a user to measure, [`Error::NotFinite`] with the user for a listed score that is not finite.
///
/// ```
/// use recsys_core::testing::{Table, events};
/// use recsys_core::{Duplicates, Interactions, RecordsBuilder, Values, evaluate_ranking};
/// let seen = events(&[("0", "0"), ("1", "1"), ("1", "2")]);
/// let mut test = RecordsBuilder::from_ids(seen.ids());
/// test.push("0", "2", Values::default())?;
/// let test = Interactions::new(&test.finish(), Duplicates::Refuse)?;
/// // User 0 had item 0; of the others, 2 comes behind 1.
/// let model = Table::new(&[&[0.9, 0.5, 0.4], &[0.1, 0.1, 0.1]]);
/// let report = evaluate_ranking(&model, &seen, &test, &[1, 2])?;
/// assert_eq!([report.at[0].mean.recall_over_test, report.at[1].mean.mrr], [0.0, 0.5]);
/// let report = report.with_diversity(|_, _| 0.25)?;
/// assert_eq!(report.at[1].diversity, Some(0.75));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn evaluate_ranking(
    model: &dyn Recommender,
    seen: &Interactions,
    test: &Interactions,
    cutoffs: &[usize],
) -> Result<RankingReport> {
    ensure_same_ids(model.ids(), seen.ids())?;
    let counts = seen.item_counts();
    let known_item = |item: ItemId| counts.get(item.index()).is_some_and(|&count| count > 0);
    let cases = Cases::new(seen, test, cutoffs, model.n_users(), known_item)?;
    let lists = |users: &[UserId], n: usize| model.recommend_batch(users, n, seen);
    cases.measure(cutoffs, seen, model.n_items(), lists)
}

/// What a history given to [`FoldIn`] consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Items and weights: models of events.
    Weights,
    /// Items and ratings: models of ratings.
    Ratings,
}

impl History {
    /// The history of `user` in `data`.
    pub fn of(self, data: &Interactions, user: UserId) -> Vec<(ItemId, f32)> {
        match self {
            Self::Weights => data.history_of(user),
            Self::Ratings => data
                .items_of(user)
                .iter()
                .copied()
                .zip(data.ratings_of(user).iter().copied())
                .collect(),
        }
    }
}

/// [`evaluate_ranking`] for users the model was not trained on: each is served from its row in `history` alone, as in the
/// protocol of [`user_holdout`](crate::split::user_holdout). Users with an empty history are counted as unknown. Novelty counts
/// the items of `history`.
///
/// # Errors
/// As [`evaluate_ranking`].
pub fn evaluate_fold_in(
    model: &dyn FoldIn,
    history: &Interactions,
    values: History,
    test: &Interactions,
    cutoffs: &[usize],
) -> Result<RankingReport> {
    ensure_same_ids(model.ids(), history.ids())?;
    let known_item = |item: ItemId| item.index() < model.n_items();
    let cases = Cases::new(history, test, cutoffs, usize::MAX, known_item)?;
    let lists = |users: &[UserId], n: usize| {
        let list = |&user: &UserId| {
            model.recommend_for(&values.of(history, user), n, history.items_of(user))
        };
        users.par_iter().map(list).collect()
    };
    cases.measure(cutoffs, history, model.n_items(), lists)
}

/// The area under the ROC curve, averaged over users.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AucReport {
    /// The mean over users.
    pub auc: f64,
    /// The users measured.
    pub users: Vec<UserId>,
    /// The value of each.
    pub values: Vec<f64>,
    /// As [`RankingReport::n_unknown_users`].
    pub n_unknown_users: usize,
    /// Test items, new to their users, that nobody has in the training part; they are in the values with the score that the model gives.
    pub n_unknown_items: usize,
}

/// The mean over users of [`metrics::auc`] of the user's test items against all items that are neither in its test part nor in
/// `seen`. Test items that the model has no number for are left out; those that nobody has in `seen` are counted and stay in.
///
/// # Errors
/// As [`evaluate_ranking`]; here NaN is refused as every other score that is not finite.
pub fn evaluate_auc(
    model: &dyn Recommender,
    seen: &Interactions,
    test: &Interactions,
) -> Result<AucReport> {
    ensure_same_ids(model.ids(), seen.ids())?;
    let counts = seen.item_counts();
    let known_item = |item: ItemId| counts.get(item.index()).is_some_and(|&count| count > 0);
    let cases = Cases::new(seen, test, &[1], model.n_users(), known_item)?;
    let n_items = model.n_items();
    let of_user = |scores: &mut Vec<f32>, (&user, relevant): (&UserId, &Vec<ItemId>)| {
        model.score_items(user, scores)?;
        ensure_finite(user, scores.iter().copied())?;
        let score = |item: &ItemId| scores.get(item.index()).copied();
        let positives: Vec<f32> = relevant.iter().filter_map(score).collect();
        let exclude = seen.items_of(user);
        let other = |item: &ItemId| {
            relevant.binary_search(item).is_err() && exclude.binary_search(item).is_err()
        };
        let negatives: Vec<f32> = (0..n_items as u32)
            .map(ItemId)
            .filter(other)
            .filter_map(|item| score(&item))
            .collect();
        Ok(metrics::auc(&positives, &negatives)?.map(|auc| (user, auc)))
    };
    let values = cases.users.par_iter().zip(&cases.relevant);
    let values: Vec<Option<(UserId, f64)>> = values
        .map_init(|| vec![0.0; n_items], of_user)
        .collect::<Result<_>>()?;
    let (users, values): (Vec<UserId>, Vec<f64>) = values.into_iter().flatten().unzip();
    if users.is_empty() {
        return Err(Error::empty("the set of users with a known test item"));
    }
    Ok(AucReport {
        auc: values.iter().sum::<f64>() / values.len() as f64,
        users,
        values,
        n_unknown_users: cases.n_unknown_users,
        n_unknown_items: cases.n_unknown_items,
    })
}

/// Who is measured on what.
struct Cases {
    users: Vec<UserId>,
    /// The new test items of each user, rising.
    relevant: Vec<Vec<ItemId>>,
    n_test_seen: usize,
    n_unknown_users: usize,
    n_unknown_items: usize,
}

impl Cases {
    /// The users of `test` that the model, which has numbers for `n_users`, can know from `seen`.
    fn new(
        seen: &Interactions,
        test: &Interactions,
        cutoffs: &[usize],
        n_users: usize,
        known_item: impl Fn(ItemId) -> bool,
    ) -> Result<Self> {
        ensure_cutoffs(cutoffs)?;
        ensure_same_ids(seen.ids(), test.ids())?;
        let mut cases = Self {
            users: vec![],
            relevant: vec![],
            n_test_seen: 0,
            n_unknown_users: 0,
            n_unknown_items: 0,
        };
        for user in (0..test.n_users() as u32).map(UserId) {
            let items = test.items_of(user);
            if items.is_empty() {
                continue;
            }
            if user.index() >= n_users || seen.items_of(user).is_empty() {
                cases.n_unknown_users += 1;
                continue;
            }
            let new = items
                .iter()
                .copied()
                .filter(|&item| !seen.contains(user, item));
            let new: Vec<ItemId> = new.collect();
            cases.n_test_seen += items.len() - new.len();
            cases.n_unknown_items += new.iter().filter(|&&item| !known_item(item)).count();
            if !new.is_empty() {
                cases.users.push(user);
                cases.relevant.push(new);
            }
        }
        if cases.users.is_empty() {
            return Err(Error::empty(match cases.n_unknown_users {
                0 => "the set of users with a new test item".to_owned(),
                n => format!(
                    "the set of known users with a new test item ({n} with test items are unknown: they have no interaction in the training part)"
                ),
            }));
        }
        Ok(cases)
    }

    fn measure(
        self,
        cutoffs: &[usize],
        seen: &Interactions,
        n_items: usize,
        recommend: impl Fn(&[UserId], usize) -> Result<Vec<Vec<Scored<ItemId>>>> + Sync,
    ) -> Result<RankingReport> {
        let longest = cutoffs.iter().copied().max().unwrap_or(0);
        // One item more than needed shows whether a tie reaches over the end.
        let asked = longest.saturating_add(1).min(n_items);
        let mut ranks: Vec<Vec<usize>> = Vec::with_capacity(self.users.len());
        let mut lists: Vec<Vec<ItemId>> = Vec::with_capacity(self.users.len());
        for (users, relevant) in self.users.chunks(CHUNK).zip(self.relevant.chunks(CHUNK)) {
            let hits = recommend(users, asked)?;
            let of_user =
                |((user, hits), relevant): ((&UserId, &Vec<Scored<ItemId>>), &Vec<ItemId>)| {
                    ensure_finite(*user, hits.iter().map(|hit| hit.score))?;
                    match ranks_of(
                        hits,
                        relevant,
                        longest,
                        hits.len() == asked && asked < n_items,
                    ) {
                        Some(ranks) => Ok(ranks),
                        None => {
                            let all = recommend(std::slice::from_ref(user), n_items)?;
                            let all = all.first().map_or(&[][..], Vec::as_slice);
                            Ok(ranks_of(all, relevant, longest, false).unwrap_or_default())
                        }
                    }
                };
            let of_users = users.par_iter().zip(&hits).zip(relevant).map(of_user);
            ranks.extend(of_users.collect::<Result<Vec<_>>>()?);
            lists.extend(
                hits.iter()
                    .map(|hits| hits.iter().take(longest).map(|hit| hit.id).collect()),
            );
        }
        let item_counts = seen.item_counts();
        let n_histories = (0..seen.n_users() as u32)
            .filter(|&u| !seen.items_of(UserId(u)).is_empty())
            .count();
        let at = |&k: &usize| {
            let of_user = |(ranks, relevant): (&Vec<usize>, &Vec<ItemId>)| {
                RankingScores::of(ranks, relevant.len(), k)
            };
            let users: Vec<RankingScores> =
                ranks.par_iter().zip(&self.relevant).map(of_user).collect();
            let hits: usize = ranks
                .iter()
                .map(|ranks| ranks.partition_point(|&rank| rank < k))
                .sum();
            let best: usize = self
                .relevant
                .iter()
                .map(|relevant| relevant.len().min(k))
                .sum();
            let cut = || lists.iter().map(|list| &list[..k.min(list.len())]);
            RankingAt {
                k,
                mean: RankingScores::mean(&users),
                pooled_precision_over_min: hits as f64 / best as f64,
                coverage: metrics::coverage(cut(), n_items),
                gini: metrics::gini(cut(), n_items),
                novelty: metrics::novelty(cut(), &item_counts, n_histories),
                diversity: None,
                users,
            }
        };
        Ok(RankingReport {
            at: cutoffs.iter().map(at).collect(),
            n_test: self.relevant.iter().map(Vec::len).sum(),
            users: self.users,
            lists,
            n_unknown_items: self.n_unknown_items,
            n_test_seen: self.n_test_seen,
            n_unknown_users: self.n_unknown_users,
        })
    }
}

/// The places below `k` of the `relevant` items (rising) in a ranking whose first items are `hits`, each behind all others of its
/// score. `None` if that cannot be told because `more` items follow, which may tie with the last.
fn ranks_of(
    hits: &[Scored<ItemId>],
    relevant: &[ItemId],
    k: usize,
    more: bool,
) -> Option<Vec<usize>> {
    let mut ranks = Vec::new();
    let mut start = 0;
    for tied in hits.chunk_by(|a, b| a.score == b.score) {
        let end = start + tied.len();
        let found = tied
            .iter()
            .filter(|hit| relevant.binary_search(&hit.id).is_ok())
            .count();
        if start >= k {
            break;
        }
        if found > 0 && more && end == hits.len() {
            return None;
        }
        ranks.extend((end - found..end).filter(|&rank| rank < k));
        start = end;
    }
    Some(ranks)
}
