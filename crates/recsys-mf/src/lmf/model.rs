//! The trained model: scores, shoppers it never saw, parts of a score.

use std::sync::Arc;

use guide_core::kernels::{axpy, dot};
use guide_core::{Error, Fit, Params, Persist, Progress, Result, stream};
use rand::RngExt;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::params::{LmfParams, LmfSolver};
use super::{adagrad, sgd};
use crate::descent::{minimise, sigmoid};
use crate::factors::{Factors, factor_model};
use crate::parts::{diverged, ensure_fits, ensure_room};

/// Logistic matrix factorisation: `u` takes `i` with the probability `σ(s_ui)`, `s_ui = b + b_u + b_i + p_u · q_i`.
///
/// The likelihood of an interaction with weight `c` counts `c` times; of what was not taken, `neg_prop` times as many are
/// drawn as were taken. The loss reported is the mean of the negative log-likelihoods met.
///
/// By default ([`LmfSolver::AdaGrad`]) `b = 0` and negatives are the items of other interactions, so popular ones more often.
/// With the items fixed, the gradient for a user is
/// `g = Σ_{i taken} c_ui (1 − σ(s_ui)) (q_i, 1) − Σ_{j drawn} σ(s_uj) (q_j, 1) − λ (p_u, b_u)`, and one step of AdaGrad adds
/// `γ g / √(ε + Σ g²)`, number by number; items follow with the users fixed. implicit 0.7.3 never draws more negatives than it
/// has factors, because it mistakes one length for another; here there may be as many as there are items.
///
/// With [`LmfSolver::Sgd`] each interaction and each negative, drawn from all items alike, is a step of its own:
/// `e = c (1 − σ(s_ui))` for the one and `e = −σ(s_ui)` for the other, then `p_u ← p_u + γ (e q_i − λ p_u)`,
/// `q_i ← q_i + γ (e p_u − λ q_i)` and `b ← b + γ (e − λ b)` for all three biases, from the old values.
/// [`LmfParams::rendle`] has the settings that put it ahead of neural networks on MovieLens 1M.
///
/// [`FoldIn`] minimises `Σ_H −c ln σ(s_i) + m mean_j −ln σ(−s_j) + λ'/2 (|p|² + b_u²)` with the items fixed, `m` being the
/// number of negatives, `j` 1024 of them, drawn as in training, and `λ'` the sum of the pulls of an epoch: `λ`, or with
/// [`LmfSolver::Sgd`] `λ (|H| + m)`. [`Explain`] splits a score into biases and factors, exactly; which items of the user
/// stand behind the factors, the model does not know.
///
/// Johnson (2014), equations 2 to 5; Rendle, Krichene, Zhang and Anderson (2020),
/// section 3.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// use recsys_mf::LmfParams;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let lmf = LmfParams::implicit().n_factors(4).regularization(0.1).n_epochs(100).fit(&data)?;
/// let best = lmf.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(best[0].id, ItemId(1)); // cat has the pen: ink rather than a hat
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lmf {
    params: LmfParams,
    ids: Arc<Ids>,
    pub(super) factors: Factors,
    /// Items drawn as negatives are, which new users are held against.
    negatives: Vec<ItemId>,
}

/// Negatives that a new user's items are held against: on MovieLens 1M users folded in rank as well as those trained, with a
/// quarter of these they hit 3 % less.
const FOLD_IN_NEGATIVES: usize = 1024;
/// Keeps the stream of these draws apart from those of training.
const FOLD_IN_STREAM: u64 = u64::MAX - 1;

impl Lmf {
    /// The default parameters.
    pub fn params() -> LmfParams {
        LmfParams::default()
    }

    /// The items, drawn as in training, that a new user's own are held against.
    pub fn negatives(&self) -> &[ItemId] {
        &self.negatives
    }

    /// The bias and the factors of a user with this history: the minimum of the loss with the items fixed.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> (f32, Vec<f32>) {
        let k = self.params.n_factors;
        if history.is_empty() {
            return (0.0, vec![0.0; k]);
        }
        let row = |item: ItemId| self.factors.items.row(item.0);
        let bias = |item: ItemId| self.factors.item_bias(item.index());
        let n_negatives = self.params.n_negatives(history.len(), self.n_items());
        let share = n_negatives as f32 / self.negatives.len() as f32;
        // (item, weight of having it, weight of not having it)
        let had = history.iter().map(|&(item, weight)| (item, weight, 0.0));
        let not = self.negatives.iter().map(|&item| (item, 0.0, share));
        let cases: Vec<(ItemId, f32, f32)> = had.chain(not).collect();
        let pull = self.params.pull(history.len(), n_negatives);
        // The loss bends by at most ¼ (|q|² + 1) a case.
        let bend = |&(item, had, not): &(ItemId, f32, f32)| {
            0.25 * (had.abs() + not) * (dot(row(item), row(item)) + 1.0)
        };
        let first_step = 1.0 / (pull + cases.iter().map(bend).sum::<f32>());
        let mut vector = minimise(k + 1, first_step, |x, gradient| {
            for (gradient, &x) in gradient.iter_mut().zip(x) {
                *gradient = pull * x;
            }
            for &(item, had, not) in &cases {
                let score = self.factors.mean + x[k] + bias(item) + dot(&x[..k], row(item));
                let step = not * sigmoid(score) - had * sigmoid(-score);
                axpy(step, row(item), &mut gradient[..k]);
                gradient[k] += step;
            }
        });
        let bias = vector.pop().unwrap_or(0.0);
        (bias, vector)
    }
}

impl Fit<Interactions> for LmfParams {
    type Model = Lmf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Lmf> {
        self.validate()?;
        let n_rows = data.n_users() + data.n_items();
        ensure_room("lmf", n_rows, 2 * (self.n_factors + 1))?;
        let trained = match self.solver {
            LmfSolver::AdaGrad => adagrad::train(self, data, progress)?,
            LmfSolver::Sgd => sgd::train(self, data, progress)?,
        };
        // Steps may go beyond the finite numbers, or so near that lengths do, without an epoch's loss showing it.
        let diverged = || diverged("lmf", trained.reached);
        let mut factors =
            Factors::new(trained.users, trained.items, self.n_factors).map_err(|_| diverged())?;
        factors.mean = trained.bias;
        factors.user_biases = trained.user_biases;
        factors.item_biases = trained.item_biases;
        if !factors.fits(data.ids()) {
            return Err(diverged());
        }
        let mut rng = stream(self.seed, FOLD_IN_STREAM);
        let mut draw = || match self.solver {
            LmfSolver::AdaGrad => data.items()[rng.random_range(0..data.len())],
            LmfSolver::Sgd => ItemId(rng.random_range(0..data.n_items() as u32)),
        };
        let negatives = (0..FOLD_IN_NEGATIVES).map(|_| draw()).collect();
        Ok(Lmf {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors,
            negatives,
        })
    }
}

factor_model!(Lmf);

/// From a history of items and weights, which must not be negative.
impl FoldIn for Lmf {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        if let Some((_, weight)) = history.iter().find(|(_, weight)| *weight < 0.0) {
            return Err(Error::param("weight", weight, "not negative"));
        }
        let (bias, vector) = self.fold_in(history);
        self.factors.score_for(bias, &vector, scores);
        Ok(())
    }
}

/// Biases and factors, exactly.
impl Explain for Lmf {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(self.factors.explain(user, item))
    }
}

impl Persist for Lmf {
    const KIND: &'static str = "lmf";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        let fits = self.params.validate().is_ok()
            && self.factors.fits(&self.ids)
            && self.factors.items.dim() == self.params.n_factors
            && (self.negatives.iter()).all(|item| item.index() < self.ids.items.len());
        ensure_fits(
            Self::KIND,
            fits,
            "names, factors and negatives do not fit together",
        )
    }
}
