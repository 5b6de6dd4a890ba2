//! What the lists of one source, or of the guide, are worth: the means over all shoppers asked.

use guide_core::Result;
use recsys_core::metrics::RankingScores;
use serde::{Deserialize, Serialize};

use super::EvaluationParams;
use super::answered::Answered;
use super::interval::{Difference, gains, interval, recalls};
use super::list_quality::mean_of_known;

/// The means over shoppers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measured {
    /// `guide`, the name of a source, or `without` and the name of a source.
    pub name: String,
    /// Recall: hits over held-out products.
    pub recall: f64,
    /// The 95 % interval of the recall, by bootstrap over shoppers.
    pub recall_interval: (f64, f64),
    /// Normalised discounted cumulative gain.
    pub ndcg: f64,
    /// The 95 % interval of the gain, by bootstrap over shoppers.
    pub ndcg_interval: (f64, f64),
    /// The share of shoppers with a hit.
    pub hit_rate: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// The share of all products that are recommended to someone of those asked.
    pub coverage: f64,
    /// How different the first `k` products of one answer are: `1 − mean over pairs of cos(i, j)` with the cosine of their
    /// attributes, title, text and price band, as the mean over answers with two products or more (intra-list diversity: Ziegler
    /// et al., 2005). 0 for equal products, 1 for products that share nothing; `None` if no answer has two.
    #[serde(default)]
    pub diversity: Option<f64>,
    /// How little known the first `k` products of one answer are, in bits: the mean of `−log₂(c / n)`, where `c` of the `n`
    /// shoppers of the training part took the product, as the mean over answers with a product (self-information: Zhou et al.,
    /// 2010). 0 for what everybody took; a product that nobody took counts as 1 of `n + 1`. `None` if no answer has a product.
    #[serde(default)]
    pub novelty: Option<f64>,
    /// Seconds to answer all shoppers asked, the threads' seconds added up. Each source is asked once: the guide's seconds
    /// are those of its sources and of joining their lists.
    pub seconds: f64,
}

impl Measured {
    /// The means of the lists at `place` in the answers, of a catalogue of `n_products`.
    pub(super) fn of(
        name: String,
        place: usize,
        answered: &[Answered],
        n_products: usize,
        how: &EvaluationParams,
    ) -> Result<Self> {
        let lists = || answered.iter().map(|one| &one.lists[place]);
        let mut recommended = vec![false; n_products];
        for &product in lists().flat_map(|list| &list.products) {
            recommended[product as usize] = true;
        }
        let scores: Vec<RankingScores> = lists().map(|list| list.scores).collect();
        let mean = RankingScores::mean(&scores);
        // A sum of nothing is −0.
        Ok(Self {
            name,
            recall: mean.recall_over_test + 0.0,
            recall_interval: interval(&recalls(&scores), how.seed)?,
            ndcg: mean.ndcg + 0.0,
            ndcg_interval: interval(&gains(&scores), how.seed)?,
            hit_rate: mean.hit_rate + 0.0,
            mrr: mean.mrr + 0.0,
            coverage: recommended.iter().filter(|&&hit| hit).count() as f64 / n_products as f64,
            diversity: mean_of_known(lists().map(|list| list.diversity)),
            novelty: mean_of_known(lists().map(|list| list.novelty)),
            seconds: lists().map(|list| list.seconds).sum(),
        })
    }
}

/// A source that finds more alone than the guide does with all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BetterSource {
    /// Its name.
    pub name: String,
    /// Its recall less the guide's.
    pub difference: f64,
    /// The 95 % interval of the difference, by bootstrap over shoppers.
    pub interval: (f64, f64),
    /// Whether the whole interval is above 0; where it is not, the difference may be chance.
    pub is_certain: bool,
}

impl BetterSource {
    /// Those of the sources, which follow the guide in `rows` and in each answer, that find more than it, the best first.
    pub(super) fn all(rows: &[Measured], answered: &[Answered], seed: u64) -> Result<Vec<Self>> {
        let Some((guide, sources)) = rows.split_first() else {
            return Ok(Vec::new());
        };
        let of_guide = recalls(&scores_of(answered, 0));
        let mut better = Vec::new();
        for (place, row) in (1..).zip(sources) {
            if row.recall <= guide.recall {
                continue;
            }
            let of_source = recalls(&scores_of(answered, place));
            let Difference { mean, interval, .. } = Difference::of(&of_source, &of_guide, seed)?;
            better.push(Self {
                name: row.name.clone(),
                difference: mean,
                interval,
                is_certain: interval.0 > 0.0,
            });
        }
        better.sort_by(|a, b| b.difference.total_cmp(&a.difference));
        Ok(better)
    }
}

/// What the guide finds without one of its sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WithoutSource {
    /// The source that is left out.
    pub source: String,
    /// The guide with the weight 0 for this source, and all else as it is.
    pub measured: Measured,
    /// What the source adds to the recall: that of the guide less that without the source.
    pub adds_recall: Difference,
    /// What the source adds to the NDCG.
    pub adds_ndcg: Difference,
}

impl WithoutSource {
    /// The guide without `source`, whose lists are at `place` in the answers; those of the guide are at 0.
    pub(super) fn of(
        source: &str,
        place: usize,
        answered: &[Answered],
        n_products: usize,
        how: &EvaluationParams,
    ) -> Result<Self> {
        let name = format!("without {source}");
        let (with, without) = (scores_of(answered, 0), scores_of(answered, place));
        Ok(Self {
            source: source.to_owned(),
            measured: Measured::of(name, place, answered, n_products, how)?,
            adds_recall: Difference::of(&recalls(&with), &recalls(&without), how.seed)?,
            adds_ndcg: Difference::of(&gains(&with), &gains(&without), how.seed)?,
        })
    }
}

/// What the lists at `place` find for each shopper.
pub(super) fn scores_of(answered: &[Answered], place: usize) -> Vec<RankingScores> {
    answered.iter().map(|one| one.lists[place].scores).collect()
}
