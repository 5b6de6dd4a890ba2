//! RP3beta: random walks of three steps, with popular items held back (Paudel, Christoffel, Newell, Bernstein, 2017,
//! "Updatable, accurate, diverse, and scalable recommendations for interactive applications").

#[cfg(test)]
mod tests;

use guide_core::{Fit, Params, Progress, Result, ensure};
use recsys_core::{ByItem, Interactions, UserId};
use serde::{Deserialize, Serialize};

use crate::item_top::{ItemTop, Recipe};
use crate::neighbours::{Kept, Neighbours};
use crate::sparse::add_products;

/// RP3beta: `w_ji = d_i^−β Σ_u (p_ju p_ui)^α`, the `k` largest of each item `j`.
///
/// `p_ju = v_uj / Σ_u v_uj` is the chance of a step from item `j` to user `u`, `p_ui = v_ui / Σ_i v_ui` that of one from
/// user to item, with the weights of the events (1 where there are none), and `d_i` is the number of users of `i`. With
/// `β = 0` this is P3alpha (Cooper, Lee, Radinsky, Siantos, 2014). The model is an [`ItemTop`].
///
/// Without weights these are the papers' chances, one by the degree of where the walk stands. (The evaluation by Ferrari
/// Dacrema, Cremonesi and Jannach, 2019, lets weights count from user to item and not from item to user.)
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::Rp3Beta;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Values};
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "tea"), ("ann", "cup"), ("bob", "tea"), ("cy", "tea"), ("cy", "cup")] {
///     records.push(user, item, Values::default())?;
/// }
/// let events = Interactions::new(&records.finish(), Duplicates::Sum)?;
/// let model = Rp3Beta::params().beta(0.5).fit(&events)?;
/// // From the tea to Ann or Cy, a third each, from there to the cup with a half; the cup has two users.
/// let weight = model.neighbours_of(ItemId(0))?[0].score;
/// assert!((weight - 2.0 * (1.0 / 3.0) * (1.0 / 2.0) / 2.0_f32.sqrt()).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rp3Beta;

impl Rp3Beta {
    /// The default parameters.
    pub fn params() -> Rp3BetaParams {
        Rp3BetaParams::default()
    }
}

/// Parameters of [`Rp3Beta`]. `k`, `alpha` and `beta` are those that the code of the evaluation by Ferrari Dacrema, Cremonesi
/// and Jannach (2019) starts from, which sets `normalize` too; the method as published does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rp3BetaParams {
    /// Weights kept of each item, the largest.
    pub k: usize,
    /// The power of each step's chance: below 1, rare ways count more.
    pub alpha: f32,
    /// How much popular items are held back: 0 not at all.
    pub beta: f32,
    /// Whether the weights kept of each item `j` are divided by their sum (L1), so that each item has one vote.
    pub normalize: bool,
}

impl Default for Rp3BetaParams {
    fn default() -> Self {
        Self {
            k: 100,
            alpha: 1.0,
            beta: 0.6,
            normalize: false,
        }
    }
}

guide_core::setters!(Rp3BetaParams {
    k: usize,
    alpha: f32,
    beta: f32,
    normalize: bool,
});

impl Params for Rp3BetaParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("k", self.k)?;
        ensure::not_negative("alpha", self.alpha)?;
        ensure::not_negative("beta", self.beta)
    }
}

impl Fit<Interactions> for Rp3BetaParams {
    type Model = ItemTop;

    /// Trains in one pass, of which `progress` hears after every few thousand items. Where it ends the training, the items
    /// not reached yet have no weights.
    ///
    /// # Errors
    /// Bad parameters.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<ItemTop> {
        self.validate()?;
        let walk = Walk::new(self, data);
        let steps = (&walk.to_users[..], &walk.to_items[..]);
        let penalties = &walk.penalties;
        let kept = Kept {
            k: self.k,
            amplify: 1.0,
            normalize: self.normalize,
        };
        let neighbours = Neighbours::best_of_rows(
            data.n_items(),
            kept,
            ("rp3beta", progress),
            |item, sums| add_products(data, &walk.by_item, steps, item, sums),
            |_| |to, chance| chance * penalties[to as usize],
        )?;
        Ok(ItemTop::new(
            Recipe::Rp3Beta(self.clone()),
            data.clone(),
            neighbours,
        ))
    }
}

/// The two last steps of the walk.
struct Walk {
    by_item: ByItem,
    to_users: Vec<f32>,  // [n]: p_iu^α, by the position of the event
    to_items: Vec<f32>,  // [n]: p_ui^α
    penalties: Vec<f32>, // [n_items]: d_i^−β
}

impl Walk {
    fn new(params: &Rp3BetaParams, data: &Interactions) -> Self {
        let (alpha, beta) = (f64::from(params.alpha), f64::from(params.beta));
        let weight = |position: usize| f64::from(data.weight(position));
        let mut of_items = vec![0.0; data.n_items()];
        for (position, item) in data.items().iter().enumerate() {
            of_items[item.index()] += weight(position);
        }
        // An event of weight 0 is no way at all, whatever its power.
        let chance = |part: f64, whole: f64| match part {
            0.0 => 0.0,
            _ => (part / whole).powf(alpha) as f32,
        };
        let (mut to_users, mut to_items) = (Vec::new(), Vec::new());
        for user in (0..data.n_users() as u32).map(UserId) {
            let of_user: f64 = data.row(user).map(weight).sum();
            for position in data.row(user) {
                let of_item = of_items[data.items()[position].index()];
                to_users.push(chance(weight(position), of_item));
                to_items.push(chance(weight(position), of_user));
            }
        }
        let penalty = |&count: &u32| f64::from(count.max(1)).powf(-beta) as f32;
        Self {
            by_item: data.by_item(),
            to_users,
            to_items,
            penalties: data.item_counts().iter().map(penalty).collect(),
        }
    }
}
