//! The sources of a guide: those that it fitted, and those of the shop, each with its weights.

use std::sync::Arc;

use guide_core::{Progress, Result};

use super::Guide;
use crate::source::{Basis, Fitted, KINDS, Request, Source, SourceKind, SourceModel, Weights};

/// A source that the guide fitted.
#[derive(Clone, Debug)]
pub(super) struct FittedSource {
    /// Its place in [`KINDS`].
    pub(super) kind: usize,
    pub(super) model: Arc<dyn SourceModel>,
}

impl FittedSource {
    pub(super) fn kind(&self) -> &'static dyn SourceKind {
        KINDS[self.kind]
    }

    /// Whether files hold the same of both.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let saved = |one: &Self| one.model.save().ok();
        self.kind == other.kind && saved(self) == saved(other)
    }
}

/// A source with its basis and weights.
pub(crate) struct SourceEntry<'g> {
    pub(crate) source: Box<dyn Source + 'g>,
    pub(super) basis: Basis,
    weights: Weights,
}

impl SourceEntry<'_> {
    /// The same source with the same weights.
    pub(super) fn borrowed(&self) -> SourceEntry<'_> {
        SourceEntry {
            source: Box::new(&*self.source),
            basis: self.basis,
            weights: self.weights,
        }
    }

    /// What it weighs for a request.
    pub(crate) fn weight(&self, request: &Request) -> f32 {
        self.weights.for_request(request)
    }

    /// Whether it can say something of a shopper of whom the log alone tells, and not only of a cart, a session or a text.
    pub(crate) fn is_for_shoppers(&self) -> bool {
        self.weights.for_shopper > 0.0 || !self.weights.is_for_a_visit()
    }

    /// What it weighs for a shopper of whom the log alone tells.
    pub(crate) fn weight_for_shopper(&self) -> f32 {
        self.weights.for_shopper
    }
}

impl Guide {
    /// The sources that this guide has, in the order in which they are told: those of the shop come before what is popular.
    pub(crate) fn sources(&self) -> Vec<SourceEntry<'_>> {
        let fitted = self.fitted.iter().map(|one| SourceEntry {
            source: one.model.source(self),
            basis: one.kind().basis(),
            weights: one.kind().weights(&self.params),
        });
        let mut entries: Vec<SourceEntry<'_>> = fitted.collect();
        let is_personal = |entry: &SourceEntry<'_>| entry.basis != Basis::Popular;
        let behind = entries.iter().position(|entry| !is_personal(entry));
        let own = self.own.iter().map(|(source, weight)| SourceEntry {
            source: Box::new(&**source),
            basis: Basis::Own,
            weights: Weights::both(*weight),
        });
        let place = behind.unwrap_or(entries.len());
        entries.splice(place..place, own);
        entries
    }

    /// The fitted source called `name`.
    pub(super) fn fitted(&self, name: &str) -> Option<&FittedSource> {
        self.fitted.iter().find(|one| one.kind().name() == name)
    }

    /// Fits the source called `name` again, to the parameters as they are now.
    pub(super) fn fit_again(&mut self, name: &str, progress: &dyn Progress) -> Result<()> {
        let Some(place) = self.fitted.iter().position(|one| one.kind().name() == name) else {
            return Ok(());
        };
        match self.fitted[place].kind().fit(&self.material(), progress)? {
            Fitted::Model(model) => self.fitted[place].model = model,
            Fitted::NotFitted(_) => {
                self.fitted.remove(place);
            }
        }
        Ok(())
    }
}
