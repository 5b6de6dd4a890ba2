//! The trained model: scores, shoppers it never saw, parts of a score.

use std::sync::Arc;

use guide_core::kernels::{axpy, dot};
use guide_core::{Fit, Params, Persist, Progress, Result, stream};
use rand::RngExt;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, UserId, ensure_history, ensure_item,
    ensure_user,
};
use serde::{Deserialize, Serialize};

use super::params::{BprParams, Negatives};
use super::train::train;
use crate::descent::{minimise, sigmoid};
use crate::factors::{Factors, factor_model};
use crate::parts::{diverged, ensure_fits, ensure_room};

/// Bayesian personalised ranking: `s_ui = b_i + p_u · q_i`, learned so that what a user took scores above what it did not.
///
/// For a user `u`, an item `i` it took and a drawn item `j` it did not, one step climbs `ln σ(s_ui − s_uj) − λ/2 |θ|²`:
/// with `z = σ(s_uj − s_ui)`, `p_u += η (z (q_i − q_j) − λ p_u)`, `q_i += η (z p_u − λ q_i)`, `q_j += η (−z p_u − λ q_j)`,
/// `b_i += η (z − λ b_i)`, `b_j += η (−z − λ b_j)`. An epoch meets every interaction once; weights and ratings are not
/// looked at. The loss reported is the mean of `−ln σ(s_ui − s_uj)`.
///
/// [`FoldIn`] minimises the same loss for a new user's `p` with the items fixed, against 256 negatives drawn in training:
/// `Σ_{i ∈ H} mean_j −ln σ(s_i − s_j) + |H| λ/2 |p|²`. [`Explain`] splits a score into item bias and factors, exactly; which
/// items of the user stand behind the factors, the model does not know.
///
/// Rendle et al. (2009), "BPR: Bayesian Personalized Ranking from Implicit Feedback", section 4 and LearnBPR.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// use recsys_mf::Bpr;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let bpr = Bpr::params().n_factors(4).learning_rate(0.1).n_epochs(200).fit(&data)?;
/// let best = bpr.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(best[0].id, ItemId(1)); // cat has the pen: ink rather than a hat
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bpr {
    params: BprParams,
    ids: Arc<Ids>,
    factors: Factors,
    /// Items drawn as negatives are, which new users are held against.
    negatives: Vec<ItemId>,
}

/// Negatives that a new user's items are held against.
const FOLD_IN_NEGATIVES: usize = 256;
/// Keeps the stream of these draws apart from those of training.
const FOLD_IN_STREAM: u64 = u64::MAX - 1;

impl Bpr {
    /// The default parameters.
    pub fn params() -> BprParams {
        BprParams::default()
    }

    /// What each item adds to every score, by number.
    pub fn item_biases(&self) -> &[f32] {
        &self.factors.item_biases
    }

    /// The items, drawn as in training, that a new user's own are held against.
    pub fn negatives(&self) -> &[ItemId] {
        &self.negatives
    }

    /// The factors of a user with this history: the minimum of the training loss with the items fixed.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> Vec<f32> {
        let row = |item: ItemId| self.factors.items.row(item.0);
        let bias = |item: ItemId| self.factors.item_bias(item.index());
        let negatives: Vec<ItemId> = (self.negatives.iter().copied())
            .filter(|negative| history.iter().all(|(item, _)| item != negative))
            .collect();
        let n_factors = self.factors.items.dim();
        if history.is_empty() || negatives.is_empty() {
            return vec![0.0; n_factors];
        }
        let share = 1.0 / negatives.len() as f32;
        let pull = history.len() as f32 * self.params.regularization;
        let score = |p: &[f32], item: ItemId| bias(item) + dot(p, row(item));
        let longest = (history
            .iter()
            .map(|&(item, _)| item)
            .chain(negatives.iter().copied()))
        .map(|item| dot(row(item), row(item)))
        .fold(0.0, f32::max);
        // The loss bends by at most ¼ |q_i − q_j|² ≤ longest for each item.
        let first_step = 1.0 / (pull + history.len() as f32 * longest).max(f32::MIN_POSITIVE);
        let mut against = vec![0.0; negatives.len()];
        minimise(n_factors, first_step, |p, gradient| {
            for (gradient, &p) in gradient.iter_mut().zip(p) {
                *gradient = pull * p;
            }
            let scores: Vec<f32> = negatives
                .iter()
                .map(|&negative| score(p, negative))
                .collect();
            against.fill(0.0);
            for &(item, _) in history {
                let own = score(p, item);
                let mut total = 0.0;
                for (against, &other) in against.iter_mut().zip(&scores) {
                    let wrong = share * sigmoid(other - own);
                    *against += wrong;
                    total += wrong;
                }
                axpy(-total, row(item), gradient);
            }
            for (&negative, &wrong) in negatives.iter().zip(&against) {
                axpy(wrong, row(negative), gradient);
            }
        })
    }
}

impl Fit<Interactions> for BprParams {
    type Model = Bpr;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Bpr> {
        self.validate()?;
        ensure_room("bpr", data.n_users() + data.n_items(), self.n_factors)?;
        let trained = train(self, data, progress)?;
        let mut factors = Factors::new(trained.users, trained.items, self.n_factors)
            .map_err(|_| diverged("bpr", trained.reached))?;
        factors.item_biases = trained.item_biases;
        let mut rng = stream(self.seed, FOLD_IN_STREAM);
        let taken: Vec<ItemId> = match self.negatives {
            Negatives::Popular => Vec::new(),
            Negatives::Uniform => {
                let counts = data.item_counts();
                let items = (0..)
                    .map(ItemId)
                    .zip(counts)
                    .filter(|&(_, count)| count > 0);
                items.map(|(item, _)| item).collect()
            }
        };
        let pool = if taken.is_empty() {
            data.items()
        } else {
            &taken
        };
        let negatives = (0..FOLD_IN_NEGATIVES).map(|_| pool[rng.random_range(0..pool.len())]);
        Ok(Bpr {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors,
            negatives: negatives.collect(),
        })
    }
}

factor_model!(Bpr);

impl FoldIn for Bpr {
    /// The weights are not looked at.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        self.factors.score_for(0.0, &self.fold_in(history), scores);
        Ok(())
    }
}

/// Item bias and factors, exactly.
impl Explain for Bpr {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(self.factors.explain(user, item))
    }
}

impl Persist for Bpr {
    const KIND: &'static str = "bpr";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "users": self.ids.users.len(),
            "items": self.ids.items.len(),
        })
    }

    fn check(&self) -> Result<()> {
        let fits = self.params.validate().is_ok()
            && self.factors.fits(&self.ids)
            && (self.negatives.iter()).all(|item| item.index() < self.ids.items.len());
        ensure_fits(
            Self::KIND,
            fits,
            "names, factors and negatives do not fit together",
        )
    }
}
