//! A toy model passes every check, and each flaw put into it is caught.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    BiasParams, Biases, Contribution, Ids, Part, Prediction, SimilarItems, SimilarUsers,
    ensure_history, ensure_user, similar_by_items,
};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Flaw {
    None,
    KeepsExcluded,
    PadsExcluded,
    OffScale,
    WrongBasis,
    NotFinite,
    Forgets,
    Random,
    TrustsOrder,
    ThreadOrder,
    SwallowsNan,
    LeavesPartOut,
    LikesItself,
    WorstFirst,
}

/// Item neighbours by common users, ratings by baseline.
#[derive(Serialize, Deserialize)]
struct Toy {
    data: Interactions,
    similar: Vec<f32>, // [n_items * n_items]
    biases: Biases,
    flaw: Flaw,
}

static CALLS: AtomicU32 = AtomicU32::new(0);

impl Toy {
    fn fit(data: &Interactions, flaw: Flaw) -> Result<Self> {
        let n = data.n_items();
        let columns = data.by_item();
        let mut similar = vec![0.0; n * n];
        for user in (0..data.n_users() as u32).map(UserId) {
            for (a, weight) in data.history_of(user) {
                for &b in data.items_of(user) {
                    let norm = columns.users_of(a).len() * columns.users_of(b).len();
                    similar[a.index() * n + b.index()] += weight.min(1.0) / (norm as f32).sqrt();
                }
            }
        }
        if flaw == Flaw::ThreadOrder && rayon::current_num_threads() == 2 && data.n_users() > 300 {
            similar.reverse();
        }
        if flaw == Flaw::Random {
            similar[0] += CALLS.fetch_add(1, Ordering::Relaxed) as f32;
        }
        let biases = match data.ratings() {
            Some(_) => Biases::fit(&BiasParams::default(), data)?,
            None => Biases {
                mean: 0.0,
                users: vec![],
                items: vec![],
            },
        };
        Ok(Self {
            data: data.clone(),
            similar,
            biases,
            flaw,
        })
    }

    fn similarity(&self, a: ItemId, b: ItemId) -> f32 {
        self.similar[a.index() * self.n_items() + b.index()]
    }
}

impl Model for Toy {
    fn ids(&self) -> &Arc<Ids> {
        self.data.ids()
    }
}

impl Recommender for Toy {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.score_for(&self.data.history_of(user), scores)?;
        if self.flaw == Flaw::NotFinite && self.data.items_of(user).is_empty() {
            scores.fill(f32::NAN);
        }
        Ok(())
    }

    fn recommend(&self, user: UserId, n: usize, exclude: &[ItemId]) -> Result<Vec<Scored<ItemId>>> {
        let mut scores = vec![0.0; self.n_items()];
        self.score_items(user, &mut scores)?;
        let nothing = [];
        let exclude = if self.flaw == Flaw::KeepsExcluded {
            &nothing
        } else {
            exclude
        };
        let mut hits = if self.flaw == Flaw::TrustsOrder {
            let keep = |item: &Scored<ItemId>| exclude.binary_search(&item.id).is_err();
            let all = crate::best_items(&scores, scores.len(), &[]);
            all.into_iter().filter(keep).take(n).collect()
        } else {
            crate::best_items(&scores, n, exclude)
        };
        if self.flaw == Flaw::PadsExcluded {
            let padding = exclude.iter().map(|&id| Scored {
                id,
                score: f32::MIN,
            });
            hits.extend(padding.take(n - hits.len()));
        }
        Ok(hits)
    }
}

impl FoldIn for Toy {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        if self.flaw != Flaw::SwallowsNan {
            ensure_history(self, history)?;
        }
        let history = if self.flaw == Flaw::Forgets {
            history.get(1..).unwrap_or(&[])
        } else {
            history
        };
        for (item, score) in items(self).zip(scores) {
            *score = history
                .iter()
                .map(|&(from, w)| w * self.similarity(from, item))
                .sum();
        }
        Ok(())
    }
}

impl Explain for Toy {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        crate::ensure_item(self, item)?;
        let history = self.data.history_of(user).into_iter();
        let mut parts: Vec<Contribution> = history
            .map(|(from, w)| Contribution {
                from: Part::Item(from),
                amount: w * self.similarity(from, item),
            })
            .collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        if self.flaw == Flaw::LeavesPartOut {
            parts.truncate(3);
        }
        Ok(parts)
    }
}

impl SimilarItems for Toy {
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>> {
        crate::ensure_item(self, item)?;
        let row: Vec<f32> = items(self)
            .map(|other| self.similarity(item, other))
            .collect();
        let exclude = [item];
        let exclude = if self.flaw == Flaw::LikesItself {
            &[][..]
        } else {
            &exclude
        };
        Ok(crate::best_items(&row, n, exclude))
    }
}

impl SimilarUsers for Toy {
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>> {
        let mut near = similar_by_items(&self.data, user, n)?;
        match self.flaw {
            Flaw::LikesItself => near.insert(
                0,
                Scored {
                    id: user,
                    score: 1.0,
                },
            ),
            Flaw::WorstFirst => near.reverse(),
            _ => {}
        }
        Ok(near)
    }
}

impl RatingPredictor for Toy {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let user = user.filter(|&user| !self.data.items_of(user).is_empty());
        let item = item.filter(|item| {
            self.biases
                .items
                .get(item.index())
                .is_some_and(|&b| b != 0.0)
        });
        let basis = match (user, item) {
            (Some(_), Some(_)) => Basis::Model,
            (None, Some(_)) => Basis::UnknownUser,
            (Some(_), None) if self.flaw == Flaw::WrongBasis => Basis::Model,
            (Some(_), None) => Basis::UnknownItem,
            (None, None) => Basis::UnknownBoth,
        };
        let rating = self.biases.estimate(user, item) as f32;
        let scale = self.data.scale().unwrap();
        let off = if self.flaw == Flaw::OffScale {
            1.0
        } else {
            0.0
        };
        Prediction {
            rating: scale.clip(rating) + off,
            basis,
        }
    }
}

impl Persist for Toy {
    const KIND: &'static str = "toy";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

fn caught(check: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(check)).is_err()
}

#[test]
fn a_sound_model_passes() {
    let fit = |data: &Interactions| Toy::fit(data, Flaw::None);
    solves_checkerboard(&checkerboard(), fit);
    recommender(fit);
    rating_predictor(fit);
    fold_in(History::Weights, Agreement::Scores(1e-6), fit);
    fold_in(History::Weights, Agreement::Top10(1.0), fit);
    explain(1e-5, fit);
    similar_items(&checkerboard(), fit);
    similar_users(&checkerboard(), fit);
    persist(&fit(&contract_data()).unwrap(), |toy| {
        scores_of(toy, UserId(0))
    });
}

#[test]
fn each_flaw_is_caught() {
    let with = |flaw| move |data: &Interactions| Toy::fit(data, flaw);
    for flaw in [
        Flaw::KeepsExcluded,
        Flaw::PadsExcluded,
        Flaw::NotFinite,
        Flaw::Random,
        Flaw::TrustsOrder,
        Flaw::ThreadOrder,
    ] {
        assert!(caught(|| recommender(with(flaw))), "{flaw:?}");
    }
    for flaw in [Flaw::OffScale, Flaw::WrongBasis] {
        assert!(caught(|| rating_predictor(with(flaw))), "{flaw:?}");
    }
    let scores = Agreement::Scores(1e-6);
    assert!(caught(|| fold_in(
        History::Weights,
        scores,
        with(Flaw::SwallowsNan)
    )));
    assert!(
        caught(|| fold_in(History::Ratings, scores, with(Flaw::None))),
        "other values"
    );
    assert!(caught(|| explain(1e-5, with(Flaw::LeavesPartOut))));
    assert!(caught(|| similar_items(
        &checkerboard(),
        with(Flaw::LikesItself)
    )));
    for flaw in [Flaw::LikesItself, Flaw::WorstFirst] {
        let found = caught(|| similar_users(&checkerboard(), with(flaw)));
        assert!(found, "{flaw:?}");
    }
    let popular = |data: &Interactions| {
        let mut toy = Toy::fit(data, Flaw::None)?;
        toy.similar.fill(1.0);
        Ok(toy)
    };
    assert!(caught(|| solves_checkerboard(&checkerboard(), popular)));
    assert!(caught(|| similar_items(&checkerboard(), popular)));
}

#[test]
fn a_model_that_forgets_half_its_history_disagrees() {
    // Trained on the whole history, asked with a part of it.
    struct Halved(Toy, Toy);
    impl Model for Halved {
        fn ids(&self) -> &Arc<Ids> {
            self.0.ids()
        }
    }
    impl Recommender for Halved {
        fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
            self.0.score_items(user, scores)
        }
    }
    impl FoldIn for Halved {
        fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
            ensure_history(&self.0, history)?;
            self.1.score_for(history, scores)
        }
    }
    let fit = |data: &Interactions| {
        Ok(Halved(
            Toy::fit(data, Flaw::None)?,
            Toy::fit(data, Flaw::Forgets)?,
        ))
    };
    assert!(caught(|| fold_in(
        History::Weights,
        Agreement::Scores(1e-3),
        fit
    )));
    assert!(caught(|| fold_in(
        History::Weights,
        Agreement::Top10(0.99),
        fit
    )));
}
