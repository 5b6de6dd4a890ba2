//! The life cycle of a source that the guide fits itself: fitted to the log, saved as a section of the guide's file, read again.

use std::fmt;
use std::sync::Arc;

use guide_core::{Error, Persist, Progress, Result, Silent};
use recsys_core::Interactions;

use super::{Popular, Request, Source};
use crate::guide::{EventLog, GuideParams};
use crate::{Catalog, Guide};

/// What a source is fitted to, or read with.
pub(crate) struct Material<'a> {
    pub(crate) params: &'a GuideParams,
    pub(crate) catalog: &'a Catalog,
    pub(crate) log: &'a EventLog,
    /// What shoppers took, as a matrix; none without events.
    pub(crate) taken: Option<&'a Interactions>,
    /// How many shoppers took each product.
    pub(crate) popular: &'a Popular,
    /// Fits with noise, this one with them.
    pub(crate) noise_fits: u32,
}

/// What fitting a source gives.
pub(crate) enum Fitted {
    Model(Arc<dyn SourceModel>),
    /// The source has nothing to go by, and why.
    NotFitted(&'static str),
}

/// What becomes of a source under [`NoiseParams`](crate::NoiseParams).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnderNoise {
    /// It is counted with noise, and kept as it is until the guide is fitted again.
    Counted,
    /// It says nothing of shoppers.
    AsEver,
    /// It has no form with noise, and is not fitted.
    NotFitted,
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
    /// What the query asks for in words.
    Words,
    /// What most shoppers take, whoever asks.
    Popular,
}

/// What a source weighs. What is in the cart, was looked at in this visit or is asked for in words adds to what it weighs otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Weights {
    /// For a shopper.
    pub(crate) for_shopper: f32,
    /// Where one asks what goes with a product.
    pub(crate) with_product: f32,
    /// Where there is a cart.
    pub(crate) with_cart: f32,
    /// Where there is a session.
    pub(crate) in_session: f32,
    /// Where the query asks for something in words.
    pub(crate) with_text: f32,
    /// Whether it is left out where there is a cart and the query tells nothing of what is liked.
    pub(crate) not_with_cart: bool,
}

impl Weights {
    /// The same for a shopper and where one asks what goes with a product.
    pub(crate) fn both(weight: f32) -> Self {
        Self::of(weight, weight)
    }

    /// For a shopper, and where one asks what goes with a product.
    pub(crate) fn of(for_shopper: f32, with_product: f32) -> Self {
        Self {
            for_shopper,
            with_product,
            ..Self::default()
        }
    }

    /// What it weighs for a request.
    pub(crate) fn for_request(&self, request: &Request) -> f32 {
        let asked = match request.contexts.is_empty() {
            true => self.for_shopper,
            false => self.with_product,
        };
        let has_cart = !request.cart.is_empty();
        if has_cart && self.not_with_cart && request.likes.is_empty() {
            return 0.0;
        }
        let when = |is_there: bool, weight: f32| if is_there { weight } else { 0.0 };
        let in_session = when(!request.session.is_empty(), self.in_session);
        let with_text = when(request.words.is_some(), self.with_text);
        asked + when(has_cart, self.with_cart) + in_session + with_text
    }

    /// Whether it is asked where there is a cart, a session or a text alone.
    pub(crate) fn is_for_a_visit(&self) -> bool {
        self.with_cart > 0.0 || self.in_session > 0.0 || self.with_text > 0.0
    }
}

/// A kind of source.
pub(crate) trait SourceKind: Sync {
    /// Its name, as answers show it.
    fn name(&self) -> &'static str;

    fn basis(&self) -> Basis;

    /// What it weighs.
    fn weights(&self, params: &GuideParams) -> Weights;

    /// Whether a model whose training was ended early is of no use.
    fn needs_all_of_its_training(&self) -> bool {
        false
    }

    /// Whether it is trained; any other source is made of counts, which are counted anew when the log changes.
    fn is_trained(&self) -> bool {
        false
    }

    /// Whether it needs nothing of a file but the catalogue, so that the guide of a file that was written before there was such a source has it too.
    fn is_made_of_the_catalogue(&self) -> bool {
        false
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::NotFitted
    }

    /// Whether it stays as it is until the guide is fitted again.
    fn waits_for_a_refit(&self, params: &GuideParams) -> bool {
        let is_counted = self.under_noise() == UnderNoise::Counted;
        self.is_trained() || is_counted && params.noise.is_some()
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
