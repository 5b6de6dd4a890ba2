//! Asks two guides for the same shoppers and compares what they find of the later events.

use guide_core::{Bitmap, Error, Params, Progress, Result};
use rayon::prelude::*;
use recsys_core::metrics::RankingScores;
use recsys_core::{ItemId, UserId};

use super::answered::scores;
use super::interval::{Difference, MeanScores, gains, recalls};
use super::{Comparison, EvaluationParams, SkippedEvents};
use crate::guide::{go_on, sample};
use crate::{EventKind, Events, Guide, Query};

/// Shoppers between one report of the progress and the next: a fraction of a second of work.
const BATCH: usize = 256;

/// A shopper, and what the later events say that the shopper took.
struct ReplayedShopper<'e> {
    name: &'e str,
    /// The shopper in each guide.
    known: [Option<UserId>; 2],
    /// The products in each guide; `None` where the guide cannot recommend it to the shopper.
    wanted: Vec<[Option<u32>; 2]>,
}

/// The shoppers who can be asked for.
struct Replay<'e> {
    shoppers: Vec<ReplayedShopper<'e>>,
    events: usize,
    skipped: SkippedEvents,
}

impl<'e> Replay<'e> {
    fn new(guides: [&Guide; 2], later: &'e Events, only: Option<EventKind>) -> Result<Self> {
        let (rows, ids) = later.rows();
        let names = ids.users.names();
        let shoppers = names.map(|id| guides.map(|guide| guide.shopper(id)));
        let shoppers: Vec<[Option<UserId>; 2]> = shoppers.collect();
        let names = ids.items.names();
        let products = names.map(|id| guides.map(|guide| guide.catalog().number(id)));
        let products: Vec<[Option<ItemId>; 2]> = products.collect();
        let mut skipped = SkippedEvents::default();
        let mut pairs = Vec::new();
        for row in rows {
            let (known, product) = (shoppers[row.shopper.index()], products[row.product.index()]);
            if only.is_some_and(|only| only != row.kind) {
                skipped.other_kind += 1;
            } else if known == [None; 2] {
                skipped.unknown_shopper += 1;
            } else if product == [None; 2] {
                skipped.unknown_product += 1;
            } else {
                pairs.push((known, product, row.shopper));
            }
        }
        // Two ids of a shopper that mean the same one, such as `17` and `17.0`, are one shopper.
        pairs.sort_unstable();
        let allowed = [guides[0].recommendable()?, guides[1].recommendable()?];
        let mut replay = Self {
            shoppers: Vec::new(),
            events: 0,
            skipped,
        };
        for events in pairs.chunk_by(|a, b| a.0 == b.0) {
            let (known, _, shopper) = events[0];
            let can_recommend = [0, 1].map(|place| Recommendable {
                allowed: &allowed[place],
                had: known[place].map_or(Vec::new(), |shopper| guides[place].had_by(shopper)),
            });
            let mut wanted = Vec::new();
            for (_, product, _) in events {
                let numbers = [0, 1].map(|place| can_recommend[place].number(product[place]));
                match numbers {
                    [None, None] => replay.skipped.not_recommended += 1,
                    _ => wanted.push(numbers),
                }
            }
            replay.events += wanted.len();
            wanted.dedup();
            if !wanted.is_empty() {
                replay.shoppers.push(ReplayedShopper {
                    name: ids.user_name(shopper),
                    known,
                    wanted,
                });
            }
        }
        Ok(replay)
    }
}

/// What a guide can recommend to one shopper.
struct Recommendable<'a> {
    allowed: &'a Bitmap,
    had: Vec<ItemId>,
}

impl Recommendable<'_> {
    /// The number of a product that it can recommend.
    fn number(&self, product: Option<ItemId>) -> Option<u32> {
        let new = product.filter(|product| self.had.binary_search(product).is_err());
        let number = new.map(|product| product.0);
        number.filter(|&number| self.allowed.contains(number))
    }
}

/// What each guide finds of what one shopper took.
fn found(guides: [&Guide; 2], one: &ReplayedShopper<'_>, k: usize) -> Result<[RankingScores; 2]> {
    let query = Query::shopper(one.name);
    let of_guide = |place: usize| {
        let products = guides[place].first_products(&query, k)?;
        let wanted = one.wanted.iter().filter_map(|numbers| numbers[place]);
        let mut wanted: Vec<u32> = wanted.collect();
        wanted.sort_unstable();
        Ok(scores(&products, &wanted, one.wanted.len(), k))
    };
    Ok([of_guide(0)?, of_guide(1)?])
}

/// [`Evaluation::compare`](crate::Evaluation::compare).
pub(super) fn compare(
    guides: [&Guide; 2],
    later: &Events,
    how: &EvaluationParams,
    progress: &dyn Progress,
) -> Result<Comparison> {
    how.validate()?;
    let Replay {
        shoppers,
        events,
        skipped,
    } = Replay::new(guides, later, how.only)?;
    if shoppers.is_empty() {
        return Err(Error::empty(
            "the set of shoppers whom one of the guides knows and who took a product later that it can recommend to them",
        ));
    }
    let all_shoppers = shoppers.len();
    let asked = sample(shoppers, how.shoppers, how.seed);
    let what = "comparing: shoppers asked";
    let mut answered: Vec<[RankingScores; 2]> = Vec::with_capacity(asked.len());
    for batch in asked.chunks(BATCH) {
        progress.step(what, answered.len(), asked.len());
        go_on(progress, what)?;
        let batch = batch.par_iter().map(|one| found(guides, one, how.k));
        answered.extend(batch.collect::<Result<Vec<_>>>()?);
    }
    progress.step(what, answered.len(), asked.len());
    let [a, b] = [0, 1].map(|place| -> Vec<RankingScores> {
        answered.iter().map(|scores| scores[place]).collect()
    });
    let hits =
        |scores: &[RankingScores]| -> Vec<f64> { scores.iter().map(|one| one.hit_rate).collect() };
    let unknown_to = |place: usize| {
        let unknown = asked.iter().filter(|one| one.known[place].is_none());
        unknown.count()
    };
    Ok(Comparison {
        k: how.k,
        shoppers: asked.len(),
        all_shoppers,
        events,
        skipped,
        pairs: asked.iter().map(|one| one.wanted.len()).sum(),
        unknown_to_a: unknown_to(0),
        unknown_to_b: unknown_to(1),
        recall: Difference::of(&recalls(&b), &recalls(&a), how.seed)?,
        ndcg: Difference::of(&gains(&b), &gains(&a), how.seed)?,
        hit_rate: Difference::of(&hits(&b), &hits(&a), how.seed)?,
        a: MeanScores::of("a", &a, how.seed)?,
        b: MeanScores::of("b", &b, how.seed)?,
    })
}
