//! The trained model: rankings, and shoppers it never saw.

use std::sync::Arc;

use guide_core::{Error, Fit, Params, Persist, Progress, Result};
use nn_core::{Init, Loss, report_to};
use recsys_core::{
    FoldIn, Ids, Interactions, ItemId, Model, Recommender, UserId, ensure_history, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::params::{Fusion, NeuMfParams};
use crate::fold_in::fit_user;
use crate::ncf::seen;
use crate::pair_net::{PairNet, Start};
use crate::pairs::{Columns, Pairs, drawn_beside};
use crate::scorer::{ItemParts, score_all, user_vector};

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
    params: NeuMfParams,
    ids: Arc<Ids>,
    net: PairNet,
    #[serde(skip)]
    parts: ItemParts,
}

/// How strongly a new user is held to the mean user.
const PULL: f32 = 0.01;

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
    fn start(&self, data: &Interactions) -> PairNet {
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
    ) -> Result<PairNet> {
        let mut pairs = Pairs::drawn(
            data,
            vec![1.0; data.len()],
            Loss::BceWithLogits,
            self.n_negatives,
            self.seed,
        );
        let mut watch = report_to(self.name(), progress);
        let trainer = self.trainer(pretrained);
        trainer.train(self.name(), &mut net, &mut pairs, &mut watch)?;
        Ok(net)
    }

    /// NeuMF from a GMF and an MLP that were trained alone: their vectors and layers, and output weights `[α h_gmf ; (1 − α) h_mlp]`.
    fn pretrain(&self, data: &Interactions, progress: &dyn Progress) -> Result<PairNet> {
        let alone = |fusion| {
            let params = self.clone().fusion(fusion).n_epochs(self.pretrain_epochs);
            params.train(data, params.start(data), false, progress)
        };
        let (gmf, mlp) = (alone(Fusion::Gmf)?, alone(Fusion::Mlp)?);
        let mut net = self.start(data);
        let shares = [(&gmf.head, self.alpha), (&mlp.head, 1.0 - self.alpha)];
        let weights = shares
            .iter()
            .flat_map(|(head, share)| head.out_weight().iter().map(move |w| share * w));
        net.head
            .out
            .weight
            .iter_mut()
            .zip(weights)
            .for_each(|(to, w)| *to = w);
        if let Some(bias) = &mut net.head.out.bias {
            bias.fill(shares.iter().map(|(head, share)| share * head.bias()).sum());
        }
        net.product = gmf.product;
        net.tower = mlp.tower;
        net.head.layers = mlp.head.layers;
        Ok(net)
    }
}

impl Fit<Interactions> for NeuMfParams {
    type Model = NeuMf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<NeuMf> {
        self.validate()?;
        let pretrains = self.fusion == Fusion::NeuMf && self.pretrain_epochs > 0;
        let start = if pretrains {
            self.pretrain(data, progress)?
        } else {
            self.start(data)
        };
        let mut net = self.train(data, start, pretrains, progress)?;
        let (seen_users, _) = seen(data);
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

impl Model for NeuMf {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }
}

impl Recommender for NeuMf {
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

impl FoldIn for NeuMf {
    /// The weights are not looked at.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        assert_eq!(scores.len(), self.n_items(), "scores and items");
        let pairs = Pairs {
            columns: drawn_beside(
                history,
                self.n_items(),
                self.params.n_negatives,
                self.params.seed,
            ),
            held_out: Columns::default(),
            loss: Loss::BceWithLogits,
            redraw: None,
        };
        let user = fit_user(&self.net, self.n_users(), &pairs, PULL);
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
            "weights": nn_core::count(&self.net).0,
        })
    }

    fn check(&self) -> Result<()> {
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
