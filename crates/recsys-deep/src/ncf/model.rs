//! The trained model: ratings, rankings, and shoppers it never saw.

use std::sync::Arc;

use guide_core::{Error, Fit, Params, Persist, Progress, Result, holdout};
use nn_core::{Init, Loss, report_to};
use recsys_core::{
    Basis, FoldIn, Ids, Interactions, ItemId, Model, Prediction, RatingPredictor, Recommender,
    Scale, UserId, ensure_history, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::NcfParams;
use crate::fold_in::fit_user;
use crate::pair_net::{PairNet, Start};
use crate::pairs::{Columns, Pairs};
use crate::scorer::{ItemParts, score_all, user_vector};

/// Neural collaborative filtering: `r̂_ui = w · relu(W [p_u ; q_i] + c) + b`, more layers if asked for, learned by mean squared error
/// with Adam.
///
/// An unknown user or item stands at the mean of all vectors. [`FoldIn`] fits the vector of a new user alone, to its ratings and
/// to the mean vector, as 200 steps of Adam over the whole history.
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

/// How strongly a new user is held to the mean user.
const PULL: f32 = 0.05;

impl Ncf {
    /// The default parameters.
    pub fn params() -> NcfParams {
        NcfParams::default()
    }
}

/// Which users and items have an interaction.
pub(crate) fn seen(data: &Interactions) -> (Vec<bool>, Vec<bool>) {
    let users = (0..data.n_users() as u32).map(|user| !data.items_of(UserId(user)).is_empty());
    let items = data.item_counts().into_iter().map(|count| count > 0);
    (users.collect(), items.collect())
}

impl Fit<Interactions> for NcfParams {
    type Model = Ncf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Ncf> {
        self.validate()?;
        let (ratings, scale) = data.require_ratings("ncf")?;
        let all = Columns::of(data, |place| ratings[place]);
        let (columns, held_out) = if self.validation > 0.0 {
            let (train, held_out) = holdout(data.len(), self.validation, self.seed)
                .map_err(|_| too_few(data.len(), self.validation))?;
            (all.select(&train), all.select(&held_out))
        } else {
            (all, Columns::default())
        };
        let start = Start {
            tables: Init::Uniform(0.05),
            out: Init::GlorotUniform,
            seed: self.seed,
        };
        let sizes = (data.n_users(), data.n_items());
        let mut net = PairNet::new(sizes, 0, self.n_factors, &self.hidden, start);
        let mut pairs = Pairs {
            columns,
            held_out,
            loss: Loss::Mse,
            redraw: None,
        };
        let trainer = self.trainer();
        trainer.train("ncf", &mut net, &mut pairs, &mut report_to("ncf", progress))?;
        let (seen_users, seen_items) = seen(data);
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

fn too_few(len: usize, share: f32) -> Error {
    Error::Unsuitable {
        algorithm: "ncf",
        needed: format!(
            "ratings that `validation` = {share} splits in two parts, not {len} of them"
        ),
    }
}

impl Model for Ncf {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }
}

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
        let user = user.unwrap_or(self.seen_users.len()) as u32;
        let item = item.unwrap_or(self.seen_items.len()) as u32;
        let (scores, _) = self.net.head.forward(&self.net.gather(&[user], &[item]));
        Prediction {
            rating: self.scale.clip(scores[0]),
            basis,
        }
    }
}

impl Recommender for Ncf {
    /// The predicted ratings, not moved onto the scale.
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        assert_eq!(scores.len(), self.n_items(), "scores and items");
        score_all(
            &self.net,
            &self.parts,
            &user_vector(&self.net, user.index()),
            scores,
        );
        Ok(())
    }
}

impl FoldIn for Ncf {
    /// The values are ratings.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        assert_eq!(scores.len(), self.n_items(), "scores and items");
        let pairs = Pairs {
            columns: Columns {
                users: Vec::new(),
                items: history.iter().map(|(item, _)| item.0).collect(),
                targets: history
                    .iter()
                    .map(|&(_, rating)| self.scale.clip(rating))
                    .collect(),
            },
            held_out: Columns::default(),
            loss: Loss::Mse,
            redraw: None,
        };
        let user = fit_user(&self.net, self.n_users(), &pairs, PULL);
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
            "weights": nn_core::count(&self.net).0,
        })
    }

    fn check(&self) -> Result<()> {
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
