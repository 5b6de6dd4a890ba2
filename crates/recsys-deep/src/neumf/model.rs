//! The trained model: rankings, and shoppers it never saw.

use std::sync::Arc;

use guide_core::{Error, Fit, Params, Persist, Progress, Result};
use nn_core::{Ending, Init, Loss};
use recsys_core::{FoldIn, Ids, Interactions, ItemId, Model, UserId, ensure_history};
use serde::{Deserialize, Serialize};

use super::params::{Fusion, NeuMfParams};
use crate::fold_in::fit_user;
use crate::pair_model::pair_model;
use crate::pair_net::{PairNet, Start};
use crate::pairs::{Pairs, drawn_beside};
use crate::scorer::{ItemParts, score_all};

/// Neural matrix factorisation: the chance that a user takes an item is `σ(h · [p_u ⊙ q_i ; tower([p'_u ; q'_i])] + b)`, learned by
/// binary cross entropy against items drawn anew for each epoch. [`Fusion`] leaves out either part: GMF, MLP.
///
/// Scores are logits. Weights and ratings of the interactions are not looked at. A user without interactions stands at the mean
/// of all. [`FoldIn`] fits the vectors of a new user alone, by the same loss.
///
/// He, Liao, Zhang, Nie, Hu, Chua (2017), "Neural Collaborative Filtering", eq. 9 to 13, pre-training in section 3.4.1.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// use recsys_deep::NeuMf;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let neumf = NeuMf::params().learning_rate(0.02).n_epochs(100).fit(&data)?;
/// let mut scores = [0.0; 3];
/// neumf.score_items(UserId(3), &mut scores)?;
/// assert!(scores[2] > 0.0 && scores[0] < 0.0); // dan has the hat and not the pen
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuMf {
    pub(super) params: NeuMfParams,
    ids: Arc<Ids>,
    pub(super) net: PairNet,
    #[serde(skip)]
    parts: ItemParts,
}

/// Regularisation of a new user's vector towards the mean user's.
const REGULARIZATION: f32 = 0.01;

impl NeuMf {
    /// The default parameters, of NeuMF.
    pub fn params() -> NeuMfParams {
        NeuMfParams::default()
    }

    /// Those of GMF.
    pub fn gmf() -> NeuMfParams {
        Self::params().fusion(Fusion::Gmf)
    }

    /// Those of the tower alone.
    pub fn mlp() -> NeuMfParams {
        Self::params().fusion(Fusion::Mlp)
    }
}

impl NeuMfParams {
    /// The network before training.
    pub(super) fn start(&self, data: &Interactions) -> PairNet {
        let start = Start {
            tables: Init::Normal(0.01),
            out: Init::LecunUniform,
            seed: self.seed,
        };
        let (product, tower) = match self.fusion {
            Fusion::Gmf => (self.n_factors, 0),
            Fusion::Mlp => (0, self.n_tower_factors),
            Fusion::NeuMf => (self.n_factors, self.n_tower_factors),
        };
        let sizes = (data.n_users(), data.n_items());
        PairNet::new(sizes, product, tower, &self.hidden, start)
    }

    fn train(
        &self,
        data: &Interactions,
        mut net: PairNet,
        pretrained: bool,
        progress: &dyn Progress,
    ) -> Result<(PairNet, Ending)> {
        let loss = Loss::BceWithLogits;
        let (n_negatives, seed) = (self.n_negatives, self.seed);
        let mut pairs = Pairs::drawn(data, |_| 1.0, loss, n_negatives, seed, self.validation);
        let mut trainer = self.trainer(pretrained);
        if pairs.held_out.is_empty() {
            trainer.patience = 0;
        }
        let history = net.train(&trainer, self.name(), &mut pairs, progress)?;
        Ok((net, history.ending))
    }

    /// NeuMF from a GMF and an MLP that were trained alone: their vectors and layers, and output weights `[α h_gmf ; (1 − α) h_mlp]`.
    /// When the first of them is broken off, it alone makes the scores.
    fn pretrain(&self, data: &Interactions, progress: &dyn Progress) -> Result<(PairNet, Ending)> {
        let alone = |fusion| self.clone().fusion(fusion).n_epochs(self.pretrain_epochs);
        let (of_gmf, of_mlp) = (alone(Fusion::Gmf), alone(Fusion::Mlp));
        let (gmf, ending) = of_gmf.train(data, of_gmf.start(data), false, progress)?;
        let mlp = of_mlp.start(data);
        let ((mlp, ending), alpha) = if ending == Ending::Interrupted {
            ((mlp, ending), 1.0)
        } else {
            (of_mlp.train(data, mlp, false, progress)?, self.alpha)
        };
        let mut net = self.start(data);
        // Both have the names of this network's tensors, and no other than the output layer in common.
        let ids: Vec<_> = net.weights.ids().collect();
        for id in ids {
            let name = net.weights.name(id).to_owned();
            let from = [&gmf, &mlp].map(|part| part.weights.find(&name).map(|id| (part, id)));
            let numbers = match from {
                [Some((gmf, of_gmf)), Some((mlp, of_mlp))] if net.out.bias() == Some(id) => {
                    let (a, b) = (gmf.weights.get(of_gmf)[0], mlp.weights.get(of_mlp)[0]);
                    vec![alpha * a + (1.0 - alpha) * b]
                }
                [Some((gmf, of_gmf)), Some((mlp, of_mlp))] => {
                    let of_gmf = gmf.weights.get(of_gmf).iter().map(|w| alpha * w);
                    let of_mlp = mlp.weights.get(of_mlp).iter();
                    of_gmf.chain(of_mlp.map(|w| (1.0 - alpha) * w)).collect()
                }
                [Some((part, from)), None] | [None, Some((part, from))] => {
                    part.weights.get(from).to_vec()
                }
                [None, None] => continue,
            };
            net.weights.get_mut(id).copy_from_slice(&numbers);
        }
        Ok((net, ending))
    }
}

impl Fit<Interactions> for NeuMfParams {
    type Model = NeuMf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<NeuMf> {
        self.validate()?;
        let pretrains = self.fusion == Fusion::NeuMf && self.pretrain_epochs > 0;
        let (mut net, ending) = if pretrains {
            self.pretrain(data, progress)?
        } else {
            (self.start(data), Ending::Finished)
        };
        if ending != Ending::Interrupted {
            (net, _) = self.train(data, net, pretrains, progress)?;
        }
        // Each user with an interaction keeps one to be trained on.
        let users = (0..data.n_users() as u32).map(UserId);
        let seen_users: Vec<bool> = users.map(|user| !data.items_of(user).is_empty()).collect();
        // Items that nobody took were drawn as negatives, so their vectors are trained.
        net.fill_unseen(&seen_users, &vec![true; data.n_items()]);
        Ok(NeuMf {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            net,
            parts: ItemParts::default(),
        })
    }
}

pair_model!(NeuMf, "neumf");

impl FoldIn for NeuMf {
    /// The weights are not looked at.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        assert_eq!(scores.len(), self.n_items(), "scores and items");
        let (n_negatives, seed) = (self.params.n_negatives, self.params.seed);
        let pairs = drawn_beside(history, self.n_items(), n_negatives, seed);
        let (n_users, loss) = (self.n_users(), Loss::BceWithLogits);
        let user = fit_user(
            &self.net,
            &self.parts,
            n_users,
            &pairs,
            loss,
            REGULARIZATION,
        );
        score_all(&self.net, &self.parts, &user, scores);
        Ok(())
    }
}

impl Persist for NeuMf {
    const KIND: &'static str = "neumf";
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
        if self.net.fits(self.ids.users.len(), self.ids.items.len()) {
            Ok(())
        } else {
            Err(Error::decode(
                Self::KIND,
                "names and network do not fit together",
            ))
        }
    }
}
