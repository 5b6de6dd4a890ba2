//! The life cycle of a source that the guide fits itself: fitted to the log, saved as a section of the guide's file, read again.

use std::fmt;
use std::sync::Arc;

use guide_core::{Error, Persist, Progress, Result, Silent};
use recsys_core::Interactions;

use super::{Popular, Source};
use crate::guide::{EventLog, GuideParams};
use crate::{Catalog, Guide};

/// What a source is fitted to, or read with.
pub(crate) struct Material<'a> {
    pub(crate) params: &'a GuideParams,
    pub(crate) catalog: &'a Catalog,
    pub(crate) log: &'a EventLog,
    /// What shoppers took, as a matrix; none without events.
    pub(crate) taken: Option<&'a Interactions>,
}

/// What fitting a source gives.
pub(crate) enum Fitted {
    Model(Arc<dyn SourceModel>),
    /// The source has nothing to go by, and why.
    NotFitted(&'static str),
}

/// What the candidates of a source rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// What other shoppers did with the products of the history.
    OtherShoppers,
    /// What the products of the history are like.
    Attributes,
    /// Something that only the shop knows: a source of its own.
    Own,
    /// What most shoppers take, whoever asks.
    Popular,
}

/// A kind of source.
pub(crate) trait SourceKind: Sync {
    /// Its name, as answers show it.
    fn name(&self) -> &'static str;

    fn basis(&self) -> Basis;

    /// What it weighs for a shopper, and where one asks what goes with a product.
    fn weights(&self, params: &GuideParams) -> [f32; 2];

    /// Whether a model whose training was ended early is of no use.
    fn needs_all_of_its_training(&self) -> bool {
        false
    }

    /// Whether it is trained; any other source is made of counts, which are counted anew when the log changes.
    fn is_trained(&self) -> bool {
        false
    }

    /// Fits the source.
    fn fit(&self, material: &Material<'_>, progress: &dyn Progress) -> Result<Fitted>;

    /// Reads what [`SourceModel::save`] gave. A source that saves nothing is made of the log or of the catalogue again.
    fn read(&self, section: &[u8], _: &Material<'_>) -> Result<Arc<dyn SourceModel>> {
        let reason = format!(
            "{} bytes of the source `{}`, which has none",
            section.len(),
            self.name()
        );
        Err(Error::decode(Guide::KIND, reason))
    }

    /// The source of a file that has `saved` of it.
    fn restore(
        &self,
        saved: Option<&[u8]>,
        material: &Material<'_>,
    ) -> Result<Arc<dyn SourceModel>> {
        match saved {
            Some(section) => self.read(section, material),
            None => match self.fit(material, &Silent)? {
                Fitted::Model(model) => Ok(model),
                Fitted::NotFitted(why) => Err(Error::decode(Guide::KIND, why)),
            },
        }
    }
}

/// A fitted source.
pub(crate) trait SourceModel: fmt::Debug + Send + Sync {
    /// The source as it answers for this guide.
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g>;

    /// What a file holds of it; none where it is made of the log or of the catalogue when the file is read.
    fn save(&self) -> Result<Option<Vec<u8>>>;

    /// What was trained, for the log and the catalogue as they are now; none where all of it is counted anew.
    fn kept(&self, _: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        Ok(None)
    }

    /// The counts of a source that an event changes at once.
    fn counts(&self) -> Option<Arc<Popular>> {
        None
    }
}
