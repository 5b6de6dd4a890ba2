//! Taggers of version 1, which had no tokeniser.

use guide_core::Result;
use nlp_embed::WordTokenizer;
use nn_core::Weights;
use serde::Deserialize;

use super::model::Tagger;
use super::net::Net;
use super::params::TaggerParams;
use crate::{Gazetteer, WordFeatures};

/// The fields of a file of version 1, in their order.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct TaggerVersion1 {
    pub(super) params: TaggerParams,
    pub(super) features: WordFeatures,
    pub(super) gazetteer: Gazetteer,
    pub(super) tags: Vec<String>,
    pub(super) intents: Vec<String>,
    pub(super) net: Net,
    pub(super) weights: Weights,
}

impl TaggerVersion1 {
    /// The same as a tagger of the current version, with the default tokeniser.
    pub(super) fn current(self) -> Result<Tagger> {
        Tagger::new(
            self.params,
            self.features,
            self.gazetteer,
            self.tags,
            self.intents,
            self.net,
            self.weights,
            WordTokenizer::default(),
        )
    }
}

#[cfg(test)]
impl guide_core::Persist for TaggerVersion1 {
    const KIND: &'static str = Tagger::KIND;
    const VERSION: u16 = 1;

    fn check(&self) -> Result<()> {
        Ok(())
    }
}
