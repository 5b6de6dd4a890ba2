//! The guide: sources of candidates, joined, filtered and explained.

mod ask;
mod ask_in_words;
mod boosts;
mod build;
mod caps;
mod changes;
mod counterfactual;
mod file;
mod file_before_5;
mod file_v2;
mod filter_changes;
mod filter_index;
mod filters;
mod fused;
pub(crate) mod limits;
mod list_rules;
mod lists;
mod log;
mod measuring;
mod new_events;
mod new_products;
mod observe;
mod own;
mod page;
mod params;
mod params_text;
mod reasons;
mod refit;
mod request;
mod save;
mod settle;
mod since;
mod sources;
mod split;
#[cfg(test)]
mod tests;
mod tiers;
mod train;
mod tune;
mod viewed;
#[cfg(not(feature = "neural"))]
mod without_neural;

use std::sync::{Arc, OnceLock};

use guide_core::{Error, Result};
use recsys_core::{Interactions, ItemId};

use filter_index::FilterIndex;
use sources::FittedSource;

pub(crate) use list_rules::ListRules;
pub(crate) use lists::{AskedShopper, Proposed, Questions, SourceList, held_out, sample};
pub(crate) use log::{EventLog, Pair, VisitKey, decay};
pub(crate) use new_events::SESSION_STEP;
pub(crate) use since::Since;
pub(crate) use split::TimeSplit;
pub(crate) use train::go_on;

pub use ask_in_words::Asked;
pub use build::{BuildReport, GuideBuilder, MeasuredGuide};
pub use params::{EventWeights, GuideParams};
pub use tune::{FactorTrial, TuneReport};
pub use viewed::{Viewed, ViewedRule};

use crate::noise::{NoiseReport, popular_counts};
use crate::sentence::{SentenceReader, Understood};
use crate::source::{Attributes, Popular, PopularNow, TextIndex, Visits, Within};
use crate::{Catalog, Events, Product};

/// Recommends products and says why.
///
/// A guide never changes, and copies of it share what they hold: it may be cloned and asked from any number of threads.
#[derive(Clone, Debug)]
pub struct Guide {
    params: Arc<GuideParams>,
    catalog: Arc<Catalog>,
    /// Made of the catalogue.
    filters: Arc<FilterIndex>,
    attributes: Arc<Attributes>,
    /// Made of the catalogue when a query first has words.
    text: Arc<OnceLock<TextIndex>>,
    log: Arc<EventLog>,
    /// What shoppers took, as a matrix that the sources are trained on; none without events.
    taken: Option<Interactions>,
    /// Made of the log.
    popular: Arc<Popular>,
    /// How often counts with noise were made of the log.
    noise_fits: u32,
    /// Made of the log when one first asks.
    visits: Arc<OnceLock<Visits>>,
    /// Made of the catalogue when a sentence is first read.
    sentences: Arc<OnceLock<SentenceReader>>,
    /// The sources that were fitted.
    fitted: Vec<FittedSource>,
    /// What happened since.
    since: Since,
    own: own::Own,
    /// The number of the last change of a live guide that it knows.
    sequence: u64,
}

/// By what a file holds, and the names and weights of the shop's own sources.
impl PartialEq for Guide {
    fn eq(&self, other: &Self) -> bool {
        let fits = |(a, b): (&FittedSource, &FittedSource)| a.is_same(b);
        self.params == other.params
            && self.catalog == other.catalog
            && self.attributes == other.attributes
            && self.log == other.log
            && self.filters.sold() == other.filters.sold()
            && self.noise() == other.noise()
            && self.popular == other.popular
            && self.since.events().eq(other.since.events())
            && self.since.waiting().eq(other.since.waiting())
            && self.fitted.len() == other.fitted.len()
            && self.fitted.iter().zip(&other.fitted).all(fits)
            && self.own == other.own
    }
}

/// A catalogue with its indices.
#[derive(Clone)]
pub(crate) struct Indexed {
    catalog: Arc<Catalog>,
    filters: Arc<FilterIndex>,
    attributes: Arc<Attributes>,
}

impl Indexed {
    fn new(params: &GuideParams, catalog: Catalog) -> Self {
        let attributes = Attributes::new(&params.attributes, &catalog);
        Self::with(catalog, attributes)
    }

    /// A catalogue with the index of attributes of its file.
    fn with(catalog: Catalog, attributes: Attributes) -> Self {
        Self {
            attributes: Arc::new(attributes),
            filters: Arc::new(FilterIndex::new(&catalog)),
            catalog: Arc::new(catalog),
        }
    }
}

/// The index of words; empty where no query is answered by it.
fn text_index(params: &GuideParams, catalog: &Catalog) -> TextIndex {
    match params.context.text > 0.0 {
        true => TextIndex::new(&params.text_search, catalog),
        false => TextIndex::default(),
    }
}

/// Where the counts of what is popular come from.
enum Counts {
    /// They are counted, with noise where the parameters say so, after so many fits with noise.
    Anew { noise_fits: u32 },
    /// Counts with noise stay as they are; others are counted.
    Kept {
        noise_fits: u32,
        popular: Arc<Popular>,
    },
}

impl Counts {
    fn of(guide: &Guide) -> Self {
        Self::Kept {
            noise_fits: guide.noise_fits,
            popular: guide.popular.clone(),
        }
    }
}

impl Guide {
    /// A guide with its counts and without a source.
    fn unfitted(
        params: Arc<GuideParams>,
        indexed: Indexed,
        log: EventLog,
        counts: Counts,
    ) -> Result<Self> {
        let n_products = indexed.catalog.len();
        let noise = params.noise.as_ref();
        let (noise_fits, kept) = match counts {
            Counts::Anew { noise_fits } => (noise_fits + u32::from(noise.is_some()), None),
            Counts::Kept {
                noise_fits,
                popular,
            } => (noise_fits, Some(popular)),
        };
        let counted = || match (kept, noise) {
            (Some(popular), Some(_)) => Ok(popular),
            (None, Some(noise)) => {
                popular_counts(noise, &log, n_products, noise_fits).map(Arc::new)
            }
            (_, None) => {
                let half_life = params.popular_half_life_days;
                Ok(Arc::new(Popular::new(&log, n_products, half_life)))
            }
        };
        let (popular, taken) = rayon::join(counted, || log.interactions());
        Ok(Self {
            params,
            catalog: indexed.catalog,
            filters: indexed.filters,
            attributes: indexed.attributes,
            text: Arc::default(),
            taken: taken?,
            log: Arc::new(log),
            popular: popular?,
            noise_fits,
            visits: Arc::default(),
            sentences: Arc::default(),
            fitted: Vec::new(),
            since: Since::default(),
            own: own::Own::default(),
            sequence: 0,
        })
    }

    /// The catalogue as it is now, with indices that hold what came or changed.
    fn indexed(&self) -> Indexed {
        let attributes = match self.attributes.has_added() {
            true => Arc::new(Attributes::new(&self.params.attributes, &self.catalog)),
            false => self.attributes.clone(),
        };
        Indexed {
            catalog: self.catalog.clone(),
            filters: self.filters.clone(),
            attributes,
        }
    }

    /// Takes a catalogue and events, and builds a guide from them.
    pub fn builder() -> GuideBuilder {
        GuideBuilder::default()
    }

    /// The parameters it was built with.
    pub fn params(&self) -> &GuideParams {
        &self.params
    }

    /// What noise its counts have, and what that has spent; none without noise.
    pub fn noise(&self) -> Option<NoiseReport> {
        let noise = self.params.noise.as_ref();
        noise.map(|noise| NoiseReport::new(noise, self.noise_fits))
    }

    /// What a shopper's sentence says, in English, Chinese or both, as far as it names values of the catalogue, what is not wanted, and the order.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Polarity, Product, Query};
    /// let coat = |id, colour| Product::new(id, id).attribute("type", "Coat").attribute("colour", colour);
    /// let guide = Guide::builder().catalog(Catalog::new([coat("a", "Black"), coat("b", "Red"), coat("c", "Blue")])?).build()?;
    /// let understood = guide.understand("想买大衣，不要黑色, preferably blue, with pockets");
    /// let says: Vec<_> = understood.slots.iter().map(|slot| (slot.span.clone(), slot.polarity)).collect();
    /// assert_eq!(says[0], (6..12, Polarity::Wanted)); // 大衣, a coat
    /// assert_eq!(says[1].1, Polarity::NotWanted); // 黑色, black
    /// assert_eq!(understood.rest[0].text, "pockets");
    /// let answer = guide.recommend(&understood.apply(Query::nobody()))?;
    /// assert_eq!(answer.hits.iter().map(|hit| hit.product.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn understand(&self, sentence: &str) -> Understood {
        let sentences = self
            .sentences
            .get_or_init(|| SentenceReader::new(&self.catalog));
        sentences.understand(sentence)
    }

    /// What the shop sells.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The ids of all shoppers of the event log.
    pub fn shoppers(&self) -> impl Iterator<Item = &str> {
        let known = self.log.ids().users.names();
        known.chain(self.since.shoppers().names())
    }

    /// The events that it was built with and whose product the catalogue has, by shopper and product; of one shopper and product in the
    /// order in which they came. A guide can be built from them again.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a guide of a file before version 5, which has only what the events add up to.
    pub fn events(&self) -> Result<Events> {
        self.ensure_whole_log("its events")?;
        match self.since.is_empty() {
            true => self.log.to_events(),
            false => self.log_now().to_events(),
        }
    }

    /// How many shoppers took each product of the catalogue.
    pub fn popularity(&self) -> Vec<u32> {
        let popular = self.popular_now();
        let products = (0..self.catalog.len() as u32).map(ItemId);
        products.map(|product| popular.shoppers(product)).collect()
    }

    /// How products compare by their attributes.
    pub(crate) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The words of the products.
    pub(crate) fn text(&self) -> &TextIndex {
        self.text
            .get_or_init(|| text_index(&self.params, &self.catalog))
    }

    /// How many shoppers took each other product in a visit with this one, by rising product.
    pub(crate) fn visits_with(&self, product: ItemId, within: Within) -> Vec<(ItemId, u32)> {
        let n_products = self.catalog.len();
        let visits = self
            .visits
            .get_or_init(|| Visits::new(&self.log, n_products));
        visits.with(product, within, (&self.log, &self.since), n_products)
    }

    /// What is popular now.
    pub(crate) fn popular_now(&self) -> PopularNow<'_> {
        PopularNow {
            base: &self.popular,
            changes: &self.since.popular,
            n_products: self.catalog.len(),
        }
    }

    /// What is taken lately, where `counts` are those of the log.
    pub(crate) fn taken_lately<'g>(&'g self, counts: &'g Popular) -> PopularNow<'g> {
        PopularNow {
            base: counts,
            changes: &self.since.trending,
            n_products: self.catalog.len(),
        }
    }

    /// What was taken lately by the log; none where its events have no times.
    fn trending_counts(&self) -> Option<Arc<Popular>> {
        self.fitted.iter().find_map(|one| one.model.counts())
    }

    /// The products that a shopper of the event log took, with their weights.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id.
    pub fn history(&self, shopper: &str) -> Result<Vec<(&Product, f32)>> {
        let shopper = self
            .shopper(shopper)
            .ok_or_else(|| Error::unknown("shopper", shopper))?;
        let history = self.history_of(shopper).into_iter();
        Ok(history
            .map(|(product, weight)| (&*self.catalog.products()[product.index()], weight))
            .collect())
    }

    /// Refuses a guide of a file that lacks the events themselves.
    fn ensure_whole_log(&self, what: &'static str) -> Result<()> {
        match self.log.is_whole() {
            true => Ok(()),
            false => Err(Error::Unsuitable {
                algorithm: "guide",
                needed: format!(
                    "the kinds, times and baskets of all events for {what}; its file is of a version before 5 and holds only what the events \
                     of a shopper with a product add up to: build it from the events again"
                ),
            }),
        }
    }
}
