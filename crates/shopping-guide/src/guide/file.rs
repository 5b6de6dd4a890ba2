//! The guide as a file: one section for the parameters, the catalogue, each column of the log and each source that was trained.

use std::sync::Arc;

use guide_core::model_file::{SectionReader, SectionWriter};
use guide_core::{Error, Params, Persist, Result, Silent};
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::file_before_5::read_older;
use super::log::EventLog;
use super::params_text;
use super::sources::FittedSource;
use super::{Counts, Guide, GuideParams, Indexed};
use crate::source::{Attributes, KINDS, Popular, SourceKind, Weights};
use crate::{Catalog, Event, Events};

/// The section of a source.
fn section_of(name: &str) -> String {
    format!("source.{name}")
}

/// The counts with noise that a file has; without noise they are made of the log.
fn read_counts(
    sections: &SectionReader<'_>,
    params: &GuideParams,
    n_products: usize,
) -> Result<Counts> {
    if params.noise.is_none() {
        return Ok(Counts::Anew { noise_fits: 0 });
    }
    let fits = sections.array::<u32>("noise.fits")?;
    let shoppers = sections.array::<u32>("noise.shoppers")?;
    match fits.as_slice() {
        // Products that came after the fit have no count.
        &[noise_fits] if shoppers.len() <= n_products => Ok(Counts::Kept {
            noise_fits,
            popular: Arc::new(Popular::of_shoppers(shoppers)),
        }),
        _ => {
            let reason = "counts with noise do not fit the products";
            Err(Error::decode(Guide::KIND, reason))
        }
    }
}

/// As the payload of its file.
impl Serialize for Guide {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let payload = self.encode().map_err(serde::ser::Error::custom)?;
        serializer.serialize_bytes(&payload)
    }
}

impl<'de> Deserialize<'de> for Guide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let payload = Vec::<u8>::deserialize(deserializer)?;
        let guide = Self::decode(Self::VERSION, &payload).and_then(|guide| {
            guide.check()?;
            Ok(guide)
        });
        guide.map_err(serde::de::Error::custom)
    }
}

impl Persist for Guide {
    const KIND: &'static str = "guide";
    const VERSION: u16 = 5;

    fn about(&self) -> serde_json::Value {
        let mut params = json!(self.params);
        // The list may be longer than a description.
        params["leave_out"] = json!(self.params.leave_out.len());
        let sources = self.fitted.iter().map(|one| one.kind().name());
        json!({
            "params": params,
            "n_products": self.catalog.len(),
            "n_shoppers": self.log.n_shoppers(),
            "n_events": self.log.len(),
            "sources": sources.collect::<Vec<_>>(),
            "leave_out_viewed": self.leaves_out_viewed(),
        })
    }

    /// What happened since the guide was fitted is counted first, without training.
    fn encode(&self) -> Result<Vec<u8>> {
        if self.is_ahead_of_its_log() {
            return self.settled(&Silent)?.encode();
        }
        let mut sections = SectionWriter::new(Self::KIND);
        sections.bytes("params", params_text::write(&self.params)?.into_bytes());
        sections.value("catalog", &*self.catalog)?;
        sections.value("attributes", &*self.attributes)?;
        sections.array("removed-products", &self.filters.removed());
        sections.array("sequence", &[self.sequence]);
        let waiting: Vec<&Event<'static>> = self.since.waiting().map(|event| &**event).collect();
        sections.value("waiting-events", &waiting)?;
        self.log.write(&mut sections)?;
        if self.params.noise.is_some() {
            sections.array("noise.fits", &[self.noise_fits]);
            sections.array("noise.shoppers", self.popular.all_shoppers());
        }
        for one in &self.fitted {
            let saved = one.model.save()?;
            sections.bytes(&section_of(one.kind().name()), saved.unwrap_or_default());
        }
        Ok(sections.finish())
    }

    /// Versions 1 and 2 knew neither variant groups nor times of products; before version 5 a file held what the events of a shopper with a
    /// product add up to, and not the events.
    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        if version < 5 {
            return read_older(version, payload);
        }
        let sections = SectionReader::new(Self::KIND, payload)?;
        let params = params_text::read(sections.bytes("params")?)?;
        #[cfg(not(feature = "neural"))]
        super::without_neural::ensure_readable(&sections, &params)?;
        if let Err(reason) = params.validate() {
            return Err(Error::decode(Self::KIND, reason));
        }
        let catalog: Catalog = sections.value("catalog")?;
        if catalog.is_empty() {
            return Err(Error::decode(Self::KIND, "no product"));
        }
        let read_attributes = || {
            let attributes: Attributes = sections.value("attributes")?;
            attributes.check(catalog.len())?;
            Ok(attributes)
        };
        let read_log = || EventLog::read(&sections, catalog.ids(), &params.events);
        let (attributes, log) = rayon::join(read_attributes, read_log);
        let (attributes, log) = (attributes?, log?);
        let mut indexed = Indexed::with(catalog, attributes);
        for number in sections.array::<u32>("removed-products")? {
            if number as usize >= indexed.catalog.len() {
                return Err(Error::decode(Self::KIND, "a removed product that is none"));
            }
            Arc::make_mut(&mut indexed.filters).stop_selling(number);
        }
        let counts = read_counts(&sections, &params, indexed.catalog.len())?;
        let mut guide = Self::unfitted(Arc::new(params), indexed, log, counts)?;
        let sequence = sections.array::<u64>("sequence")?;
        guide.sequence = sequence.first().copied().unwrap_or(0);
        let kinds = KINDS.par_iter().enumerate();
        let is_there = |kind: &&dyn SourceKind| {
            let needs_none = kind.is_made_of_the_catalogue()
                && kind.weights(&guide.params) != Weights::default();
            needs_none || sections.has(&section_of(kind.name()))
        };
        let saved = kinds.filter(|(_, kind)| is_there(kind));
        let fitted = saved.map(|(kind, source)| {
            let section = section_of(source.name());
            let saved = match sections.has(&section) {
                true => Some(sections.bytes(&section)?).filter(|saved| !saved.is_empty()),
                false => None,
            };
            let model = source.restore(saved, &guide.material())?;
            Ok(FittedSource { kind, model })
        });
        guide.fitted = fitted.collect::<Result<_>>()?;
        for event in sections.value::<Vec<Event<'static>>>("waiting-events")? {
            Events::default().push(&event)?;
            guide.since.wait(Arc::new(event));
        }
        Ok(guide)
    }

    /// Each part is checked when it is read, before the next one is made of it.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}
