//! The trained model: ratings, rankings, and shoppers it never saw.

use std::sync::Arc;

use guide_core::{Error, Fit, Params, Persist, Progress, Result, holdout};
use nn_core::{Init, Loss};
use recsys_core::{
    Basis, FoldIn, Ids, Interactions, ItemId, Model, Prediction, RatingPredictor, Scale, UserId,
    ensure_history,
};
use serde::{Deserialize, Serialize};

use super::NcfParams;
use crate::fold_in::fit_user;
use crate::pair_model::pair_model;
use crate::pair_net::{PairNet, Start};
use crate::pairs::{Pair, Pairs};
use crate::scorer::{ItemParts, score_all, score_items, user_vector};

/// Neural collaborative filtering: `r̂_ui = w · relu(W [p_u ; q_i] + c) + b`, more layers if asked for, learned by mean squared error
/// with Adam.
///
/// An unknown user or item stands at the mean of all vectors. [`FoldIn`] fits the vector of a new user alone, to its ratings and
/// to the mean vector, by at most 200 steps of Adam over the whole history.
///
/// He, Liao, Zhang, Nie, Hu, Chua (2017), "Neural Collaborative Filtering", eq. 3, with the ratings themselves as targets.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, RatingPredictor, ItemId, Records, UserId, Values};
/// use recsys_deep::Ncf;
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "pen", 5.0), ("ann", "hat", 1.0), ("bob", "pen", 5.0), ("cat", "hat", 1.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let ncf = Ncf::params().validation(0.0).learning_rate(0.05).n_epochs(100).fit(&data)?;
/// let (bob, cat) = (UserId(1), UserId(2));
/// assert!(ncf.predict(Some(cat), Some(ItemId(0))).rating > 4.0); // everybody likes the pen
/// assert!(ncf.predict(Some(bob), Some(ItemId(1))).rating < 2.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ncf {
    params: NcfParams,
    ids: Arc<Ids>,
    scale: Scale,
    net: PairNet,
    seen_users: Vec<bool>,
    seen_items: Vec<bool>,
    #[serde(skip)]
    parts: ItemParts,
}

/// Regularisation of a new user's vector towards the mean user's.
const REGULARIZATION: f32 = 0.05;

impl Ncf {
    /// The default parameters.
    pub fn params() -> NcfParams {
        NcfParams::default()
    }

    /// As fresh from a file.
    #[cfg(test)]
    pub(super) fn forget_parts(&mut self) {
        self.parts = ItemParts::default();
    }
}

/// Which users and items have a pair.
fn seen(pairs: &[Pair], n_users: usize, n_items: usize) -> (Vec<bool>, Vec<bool>) {
    let (mut users, mut items) = (vec![false; n_users], vec![false; n_items]);
    for pair in pairs {
        users[pair.user as usize] = true;
        items[pair.item as usize] = true;
    }
    (users, items)
}

/// Holds out a share of the pairs, but none without which a user or an item would be untrained.
fn hold_out(
    all: Vec<Pair>,
    share: f32,
    seed: u64,
    sizes: (usize, usize),
) -> (Vec<Pair>, Vec<Pair>) {
    // A share that leaves nothing on one side holds out nothing.
    let Ok((train, out)) = holdout(all.len(), share, seed) else {
        return (all, Vec::new());
    };
    let mut train: Vec<Pair> = train.into_iter().map(|place| all[place]).collect();
    let (mut users, mut items) = seen(&train, sizes.0, sizes.1);
    let mut held_out = Vec::with_capacity(out.len());
    for pair in out.into_iter().map(|place| all[place]) {
        let (user, item) = (
            &mut users[pair.user as usize],
            &mut items[pair.item as usize],
        );
        if *user && *item {
            held_out.push(pair);
        } else {
            (*user, *item) = (true, true);
            train.push(pair);
        }
    }
    (train, held_out)
}

impl Fit<Interactions> for NcfParams {
    type Model = Ncf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Ncf> {
        self.validate()?;
        let (ratings, scale) = data.require_ratings("ncf")?;
        let sizes = (data.n_users(), data.n_items());
        let all = Pair::all(data, |place| ratings[place]);
        let (train, held_out) = hold_out(all, self.validation, self.seed, sizes);
        let (seen_users, seen_items) = seen(&train, sizes.0, sizes.1);
        let start = Start {
            tables: Init::Uniform(0.05),
            out: Init::GlorotUniform,
            seed: self.seed,
        };
        let mut net = PairNet::new(sizes, 0, self.n_factors, &self.hidden, start);
        let mut pairs = Pairs {
            pairs: train,
            held_out,
            loss: Loss::Mse,
            redraw: None,
        };
        let mut trainer = self.trainer();
        if pairs.held_out.is_empty() {
            trainer.patience = 0;
        }
        net.train(&trainer, "ncf", &mut pairs, progress)?;
        net.fill_unseen(&seen_users, &seen_items);
        Ok(Ncf {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            scale,
            net,
            seen_users,
            seen_items,
            parts: ItemParts::default(),
        })
    }
}

pair_model!(Ncf, "ncf");

impl RatingPredictor for Ncf {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let known =
            |seen: &[bool], index: Option<usize>| index.filter(|&i| seen.get(i) == Some(&true));
        let user = known(&self.seen_users, user.map(UserId::index));
        let item = known(&self.seen_items, item.map(ItemId::index));
        let basis = match (user, item) {
            (Some(_), Some(_)) => Basis::Model,
            (None, Some(_)) => Basis::UnknownUser,
            (Some(_), None) => Basis::UnknownItem,
            (None, None) => Basis::UnknownBoth,
        };
        let user = user.unwrap_or(self.seen_users.len());
        let item = item.unwrap_or(self.seen_items.len());
        let (vector, mut score) = (user_vector(&self.net, user), [0.0]);
        score_items(&self.net, &self.parts, &vector, item, &mut score);
        Prediction {
            rating: self.scale.clip(score[0]),
            basis,
        }
    }
}

impl FoldIn for Ncf {
    /// The values are ratings.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        assert_eq!(scores.len(), self.n_items(), "scores and items");
        let pair = |&(item, rating): &(ItemId, f32)| Pair {
            user: 0,
            item: item.0,
            target: self.scale.clip(rating),
        };
        let pairs: Vec<Pair> = history.iter().map(pair).collect();
        let n_users = self.n_users();
        let user = fit_user(
            &self.net,
            &self.parts,
            n_users,
            &pairs,
            Loss::Mse,
            REGULARIZATION,
        );
        score_all(&self.net, &self.parts, &user, scores);
        Ok(())
    }
}

impl Persist for Ncf {
    const KIND: &'static str = "ncf";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "users": self.ids.users.len(),
            "items": self.ids.items.len(),
            "weights": self.net.weights.count().0,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let (n_users, n_items) = (self.ids.users.len(), self.ids.items.len());
        let fits = self.seen_users.len() == n_users
            && self.seen_items.len() == n_items
            && self.net.fits(n_users, n_items)
            && self.scale.min <= self.scale.max;
        if fits {
            Ok(())
        } else {
            Err(Error::decode(
                Self::KIND,
                "names and network do not fit together",
            ))
        }
    }
}
